//! The ruler: ticks in the plant's time, bookmarks, the selected range. A drag on it scrubs.

use bevy_egui::egui;

use super::axis::Axis;
use super::{Memory, PanelData};
use crate::command::Command;

use crate::timeline::ruler::{instant, ticks};
use crate::timeline::{Edge, Marker};
use crate::viewer::theme;

/// Room that a label takes, points.
const LABEL: f64 = 84.0;

/// The ruler.
pub fn ruler_ui(
    ui: &mut egui::Ui,
    rect: egui::Rect,
    axis: Axis,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let palette = theme::of(ui.ctx());
    // Before the bookmarks, which lie on it.
    let response = ui
        .interact(rect, "ruler".into(), egui::Sense::click_and_drag())
        .on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 0.0, palette.field.egui());
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        egui::Stroke::new(1.0, palette.line.egui()),
    );
    range_ui(&painter, rect, axis, data, memory);
    ticks_ui(&painter, rect, axis, data);
    for (name, marker) in data.view.twin.view().markers.iter() {
        marker_ui(ui, &painter, rect, axis, data, name, marker, out);
    }
    super::wheel(ui, &response, axis, data, out);
    scrub(&response, axis, data, memory, out);
    if let Some(pos) = response.hover_pos() {
        let line = egui::Stroke::new(1.0, palette.text_weak.egui());
        ui.painter().vline(pos.x, rect.y_range(), line);
        if !response.dragged() {
            let [date, time, zone] = super::readout::instant_of(data, axis.at(pos.x));
            response.on_hover_text_at_pointer(format!("{date}  {time} {zone}\nDrag to scrub"));
        }
    }
}

/// The cursor is where the hand is.
fn scrub(
    response: &egui::Response,
    axis: Axis,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let timeline = data.view.twin.timeline();
    let at = response
        .interact_pointer_pos()
        .map(|pos| axis.at(pos.x.clamp(axis.left, axis.right)));
    let held = response.is_pointer_button_down_on() || response.dragged();
    if let Some(at) = at.filter(|_| held && response.dragged_by(egui::PointerButton::Primary)) {
        if memory.scrubbed != Some(at) {
            memory.scrubbed = Some(at);
            out.push(Command::Scrub(at));
        }
    }
    if response.clicked()
        && let Some(at) = at
    {
        out.push(Command::Seek(at));
    }
    if response.drag_stopped() {
        let last = memory.scrubbed.take();
        // Whoever leaves it at the present wants that.
        let is_now = last.is_some_and(|at| at >= timeline.now());
        if is_now && timeline.edge() == Edge::Live {
            out.push(Command::FollowLive);
        }
    }
}

fn range_ui(
    painter: &egui::Painter,
    rect: egui::Rect,
    axis: Axis,
    data: &PanelData,
    memory: &Memory,
) {
    let palette = theme::of(painter.ctx());
    let by_hand = memory.selecting.map(|[a, b]| a.min(b)..a.max(b));
    if let Some(range) = by_hand.or(data.view.twin.timeline().range())
        && let Some(part) = axis.part(&range)
    {
        let band = egui::Rect::from_x_y_ranges(part, rect.y_range());
        painter.rect_filled(band, 0.0, palette.selection.egui_alpha(64));
        let edge = egui::Stroke::new(1.5, palette.selection.egui());
        for x in [axis.x(range.start), axis.x(range.end)] {
            painter.vline(x, rect.y_range(), edge);
        }
    }
}

fn ticks_ui(painter: &egui::Painter, rect: egui::Rect, axis: Axis, data: &PanelData) {
    let palette = theme::of(painter.ctx());
    let zone = &data.view.twin.plant().calendar.time_zone;
    let font = egui::FontId::proportional(theme::TEXT_SIZE_SMALL);
    let mut free = rect.left();
    for tick in ticks(&axis.span(), f64::from(rect.width()), LABEL, zone) {
        let x = axis.x(tick.at).round();
        let (height, ink) = match (tick.label.is_empty(), tick.is_date) {
            (true, _) => (4.0, palette.line),
            (false, false) => (7.0, palette.text_weak),
            (false, true) => (rect.height(), palette.text_weak),
        };
        let marks = egui::Rangef::new(rect.bottom() - height, rect.bottom());
        painter.vline(x, marks, egui::Stroke::new(1.0, ink.egui()));
        if tick.label.is_empty() {
            continue;
        }
        let ink = if tick.is_date {
            palette.text
        } else {
            palette.text_weak
        };
        let galley = painter.layout_no_wrap(tick.label, font.clone(), ink.egui());
        let left = x + theme::SPACE_S;
        // What would be cut at the edge is left out.
        if left >= free && left + galley.size().x <= rect.right() {
            let top = rect.center().y - galley.size().y / 2.0 - 1.0;
            free = left + galley.size().x + theme::SPACE_S;
            painter.galley(egui::pos2(left, top), galley, ink.egui());
        }
    }
}

/// A flag for an instant, a bracket for a range; a click goes there.
fn marker_ui(
    ui: &egui::Ui,
    painter: &egui::Painter,
    rect: egui::Rect,
    axis: Axis,
    data: &PanelData,
    name: &std::sync::Arc<str>,
    marker: &Marker,
    out: &mut Vec<Command>,
) {
    let span = marker.from
        ..marker
            .end()
            .max(marker.from + std::time::Duration::from_nanos(1));
    let x = axis.x(marker.from);
    let end = axis.x(span.end);
    if end < axis.left || x > axis.right {
        return;
    }
    let palette = theme::of(ui.ctx());
    let ink = palette.selection.egui();
    if marker.to.is_some() {
        let bar = egui::Rect::from_min_max(
            egui::pos2(x.max(axis.left), rect.bottom() - 4.0),
            egui::pos2(end.min(axis.right), rect.bottom() - 1.0),
        );
        painter.rect_filled(bar, 0.0, ink);
    }
    painter.vline(x, rect.y_range(), egui::Stroke::new(1.5, ink));
    let flag = egui::Rect::from_min_size(egui::pos2(x, rect.top() + 1.0), egui::vec2(9.0, 9.0));
    let points = vec![
        flag.left_top(),
        flag.right_top(),
        egui::pos2(flag.right() - 3.0, flag.center().y),
        flag.right_bottom(),
        flag.left_bottom(),
    ];
    // Two triangles' worth: it is not convex.
    let mut mesh = egui::Mesh::default();
    for point in points {
        mesh.colored_vertex(point, ink);
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(0, 2, 4);
    mesh.add_triangle(4, 2, 3);
    painter.add(egui::Shape::mesh(mesh));
    let place = flag.expand(3.0).intersect(rect);
    let id = egui::Id::new(("marker", &**name));
    let response = ui.interact(place, id, egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::WidgetType::Button, true, format!("Bookmark: {name}"))
    });
    let zone = &data.view.twin.plant().calendar.time_zone;
    let [_, time, _] = instant(marker.from, zone);
    let mut says = format!("{name}\n{time}");
    if let Some(to) = marker.to {
        let length = crate::timeline::ruler::length(to.nanos_since(marker.from));
        says += &format!(", {length}");
    }
    if !marker.note.is_empty() {
        says += &format!("\n{}", marker.note);
    }
    response.context_menu(|ui| {
        let icon = egui_phosphor::regular::TRASH;
        if super::super::menu::entry_ui(ui, icon, "Delete this bookmark", "") {
            out.push(Command::DeleteBookmark(name.clone()));
            ui.close();
        }
    });
    if response.on_hover_text(says).clicked() {
        out.push(Command::GoToBookmark(name.clone()));
    }
}
