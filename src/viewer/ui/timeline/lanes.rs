//! The lanes: names at the left, what was along time beside them. A click goes there, a drag selects
//! a range, the wheel zooms at the pointer.

use std::ops::Range;
use std::sync::Arc;

use bevy_egui::egui;

use super::axis::Axis;
use super::picture::{Basis, letters, mesh};
use super::rows::{Content, Fold, Row};
use super::{Memory as TimelineMemory, PanelData, plot, readout};
use crate::command::{Command, Visibility};
use crate::model::Timestamp;
use crate::timeline::Edge;
use crate::timeline::lanes::LaneId;
use crate::viewer::theme;
use crate::viewer::ui::futures::{fan, record};

/// What is kept between frames.
#[derive(Debug, Default)]
pub struct Memory {
    /// Rows that are scrolled out above, points.
    scrolled: f32,
    /// Lanes of the rows that are seen.
    pub(super) seen: Vec<LaneId>,
    /// What was drawn last, and of what.
    drawn: Option<(Basis, Arc<egui::Mesh>)>,
}

/// So far beyond what is seen, lanes are kept, points.
const AHEAD: f32 = 120.0;
/// The lanes and their names.
pub fn lanes_ui(
    ui: &mut egui::Ui,
    rect: egui::Rect,
    names: egui::Rect,
    axis: Axis,
    rows: &[Row],
    data: &PanelData,
    memory: &mut TimelineMemory,
    out: &mut Vec<Command>,
) {
    let palette = theme::of(ui.ctx());
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 0.0, palette.field.egui());
    let whole: f32 = rows.iter().map(|row| row.height).sum();
    scroll(ui, names, rect.height(), whole, &mut memory.lanes);
    let top = rect.top() - memory.lanes.scrolled;
    let basis = Basis {
        revision: data.lanes.answer.main.revision,
        axis,
        rows: rows.to_vec(),
        rect,
        scrolled: memory.lanes.scrolled,
        theme: data.view.twin.view().theme,
        known: known(data),
    };
    let shown = &data.lanes.answer.main;
    let mesh = match &memory.lanes.drawn {
        Some((of, mesh)) if *of == basis => Arc::clone(mesh),
        _ => {
            let mesh = Arc::new(mesh(&basis, shown, palette, top));
            memory.lanes.drawn = Some((basis, Arc::clone(&mesh)));
            mesh
        }
    };
    painter.add(egui::Shape::Mesh(mesh));
    let mut y = top;
    memory.lanes.seen.clear();
    for row in rows {
        let (from, to) = (y, y + row.height);
        y = to;
        // Those that a turn of the wheel brings are worked out before.
        if to > rect.top() - AHEAD && from < rect.bottom() + AHEAD {
            memory.lanes.seen.extend(row.lane());
        }
        if to <= rect.top() || from >= rect.bottom() {
            continue;
        }
        let band = egui::Rangef::new(from, to);
        let place = egui::Rect::from_x_y_ranges(rect.x_range(), band);
        match &row.content {
            Content::Plot(id) => {
                if let Some(plot) = shown.plots.get(id) {
                    plot::plot_ui(
                        &painter,
                        place.shrink2(egui::vec2(0.0, 3.0)),
                        axis,
                        plot,
                        data,
                        *id,
                    );
                }
            }
            Content::Futures => {
                let first = memory.futures.case();
                if let Some(shown) = memory.futures.shown(data) {
                    let place = place.shrink2(egui::vec2(0.0, 3.0));
                    fan::fans_ui(&painter, place, axis, shown, first);
                }
            }
            Content::Group(..) | Content::Equipment(_) => {
                let cells = row.lane().and_then(|id| shown.lanes.get(&id));
                if let Some(cells) =
                    cells.filter(|_| from >= rect.top() - 4.0 && to <= rect.bottom() + 4.0)
                {
                    letters(&painter, place, axis, cells);
                }
            }
            Content::Health | Content::Events | Content::Data | Content::More => {}
        }
        let line = egui::Stroke::new(1.0, palette.line.egui_alpha(120));
        painter.hline(rect.x_range(), to - 0.5, line);
        let name = egui::Rect::from_x_y_ranges(names.x_range(), band);
        name_ui(ui, name, names, row, data, out);
    }
    selected_ui(&painter, rect, axis, data, memory);
    let response = ui.interact(rect, "lanes".into(), egui::Sense::click_and_drag());
    super::wheel(ui, &response, axis, data, out);
    hand(&response, axis, memory, out);
    if let Some(pos) = response.hover_pos() {
        let line = egui::Stroke::new(1.0, palette.text_weak.egui());
        painter.vline(pos.x, rect.y_range(), line);
        if !response.dragged() {
            let under = under(rows, top, pos.y);
            response.on_hover_ui_at_pointer(|ui| readout::readout_ui(ui, data, axis, pos.x, under));
        }
    }
}

fn under(rows: &[Row], top: f32, y: f32) -> Option<&Row> {
    let mut bottom = top;
    rows.iter().find(|row| {
        bottom += row.height;
        y < bottom
    })
}

/// What was recorded, as far as it is known already.
fn known(data: &PanelData) -> Option<Range<Timestamp>> {
    let timeline = data.view.twin.timeline();
    let recorded = timeline.recorded()?;
    // As far as the lanes are: between two of their pictures nothing moves.
    let until = data
        .lanes
        .answer
        .main
        .lanes
        .values()
        .map(|cells| cells.until);
    let end = match timeline.edge() {
        Edge::Live => until.max().unwrap_or(recorded.end),
        Edge::End => recorded.end,
    };
    Some(recorded.start..end.max(recorded.start))
}

/// A wheel over the names scrolls the rows.
fn scroll(ui: &egui::Ui, names: egui::Rect, height: f32, whole: f32, memory: &mut Memory) {
    if ui.rect_contains_pointer(names) {
        let by = ui.input(|input| input.smooth_scroll_delta.y);
        memory.scrolled -= by;
        ui.input_mut(|input| input.smooth_scroll_delta = egui::Vec2::ZERO);
    }
    memory.scrolled = memory
        .scrolled
        .clamp(0.0, (whole - height).max(0.0))
        .round();
    if whole > height + 1.0 {
        let share = height / whole;
        let bar = egui::Rect::from_min_size(
            egui::pos2(names.left() + 1.0, names.top() + memory.scrolled * share),
            egui::vec2(3.0, height * share),
        );
        let ink = theme::of(ui.ctx()).line.egui();
        ui.painter().rect_filled(bar, 1.5, ink);
    }
}

/// A click goes there, a drag selects.
fn hand(
    response: &egui::Response,
    axis: Axis,
    memory: &mut TimelineMemory,
    out: &mut Vec<Command>,
) {
    let at = response
        .interact_pointer_pos()
        .map(|pos| axis.at(pos.x.clamp(axis.left, axis.right)));
    if response.clicked()
        && let Some(at) = at
    {
        out.push(Command::Seek(at));
    }
    if response.drag_started_by(egui::PointerButton::Primary)
        && let Some(at) = at
    {
        memory.selecting = Some([at, at]);
    }
    if let (Some([_, end]), Some(at)) = (&mut memory.selecting, at)
        && response.dragged()
    {
        *end = at;
    }
    if response.drag_stopped()
        && let Some(range) = memory.selecting.take()
    {
        out.push(Command::SelectRange(range));
    }
}

fn selected_ui(
    painter: &egui::Painter,
    rect: egui::Rect,
    axis: Axis,
    data: &PanelData,
    memory: &TimelineMemory,
) {
    let palette = theme::of(painter.ctx());
    let by_hand = memory.selecting.map(|[a, b]| a.min(b)..a.max(b));
    if let Some(range) = by_hand.or(data.view.twin.timeline().range())
        && let Some(part) = axis.part(&range)
    {
        let band = egui::Rect::from_x_y_ranges(part, rect.y_range());
        painter.rect_filled(band, 0.0, palette.selection.egui_alpha(34));
        let edge = egui::Stroke::new(1.5, palette.selection.egui());
        for x in [axis.x(range.start), axis.x(range.end)] {
            painter.vline(x, rect.y_range(), edge);
        }
    }
    for marker in data.view.twin.view().markers.values() {
        let x = axis.x(marker.from);
        if (axis.left..=axis.right).contains(&x) {
            let line = egui::Stroke::new(1.0, palette.selection.egui_alpha(140));
            painter.vline(x, rect.y_range(), line);
        }
    }
}

/// The name of a row; a group's folds and unfolds, an equipment's selects.
fn name_ui(
    ui: &mut egui::Ui,
    rect: egui::Rect,
    clip: egui::Rect,
    row: &Row,
    data: &PanelData,
    out: &mut Vec<Command>,
) {
    let palette = theme::of(ui.ctx());
    let place = rect.intersect(clip);
    let id = egui::Id::new(("lane", &row.name, row.depth, row.lane()));
    let sense = match row.content {
        Content::Health | Content::Events | Content::Futures | Content::Data | Content::More => {
            egui::Sense::hover()
        }
        _ => egui::Sense::click(),
    };
    let response = ui.interact(place, id, sense);
    let plain = row.name.replace('\n', " ");
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::WidgetType::Button, true, format!("Lane: {plain}"))
    });
    let painter = ui.painter().with_clip_rect(clip);
    let plant = data.view.twin.plant();
    let is_selected = match row.content {
        Content::Equipment(id) => data.view.twin.view().selection == Some(id),
        _ => false,
    };
    let is_hovered = response.hovered() && sense.senses_click();
    if is_selected || is_hovered {
        let fill = if is_selected {
            palette.chosen
        } else {
            palette.hover
        };
        painter.rect_filled(rect, 0.0, fill.egui());
    }
    let mut left = rect.left() + theme::SPACE_M + f32::from(row.depth) * 9.0;
    if let Content::Group(_, _, fold) = &row.content {
        let icon = match fold {
            Fold::Open => egui_phosphor::regular::CARET_DOWN,
            Fold::Closed => egui_phosphor::regular::CARET_RIGHT,
        };
        painter.text(
            egui::pos2(left, rect.center().y),
            egui::Align2::LEFT_CENTER,
            icon,
            egui::FontId::proportional(theme::TEXT_SIZE_SMALL),
            palette.text_weak.egui(),
        );
        left += 13.0;
    }
    let is_thin = rect.height() < 14.0;
    let size = if is_thin {
        theme::TEXT_SIZE_SMALL - 1.0
    } else {
        theme::TEXT_SIZE_SMALL
    };
    let ink = palette.text.egui();
    let mut job = egui::text::LayoutJob::simple(
        row.name.clone(),
        egui::FontId::proportional(size),
        ink,
        f32::INFINITY,
    );
    // Whoever is called at length is shown as far as there is room; the hint says all of it.
    let room = rect.right() - left - theme::SPACE_S;
    let whole = painter.layout_job(job.clone());
    let galley = if whole.size().x > room {
        let lines: Vec<String> = row
            .name
            .lines()
            .map(|line| fitted(&painter, line, size, room))
            .collect();
        job = egui::text::LayoutJob::simple(
            lines.join("\n"),
            egui::FontId::proportional(size),
            ink,
            f32::INFINITY,
        );
        painter.layout_job(job)
    } else {
        whole
    };
    let y = rect.center().y - galley.size().y / 2.0;
    painter.galley(egui::pos2(left, y), galley, ink);
    match &row.content {
        Content::Group(_, path, fold) => {
            let shown = match fold {
                Fold::Open => Visibility::Hidden,
                Fold::Closed => Visibility::Shown,
            };
            let says = match fold {
                Fold::Open => "Fold it",
                Fold::Closed => "Unfold it",
            };
            if response.on_hover_text(format!("{plain}\n{says}")).clicked() {
                out.push(Command::SetLane(Arc::clone(path), shown));
            }
        }
        Content::Equipment(id) => {
            if let Some(one) = plant.equipment(*id) {
                let response = response.on_hover_text(format!("{}\nSelect it", one.path));
                if response.double_clicked() {
                    out.push(Command::Focus(one.path.clone()));
                } else if response.clicked() {
                    out.push(Command::Select(one.path.clone()));
                }
            }
        }
        Content::Plot(id) => {
            let path: Arc<str> = plant.signal_path(*id).into();
            let response = response.on_hover_text(format!("{path}\nTake this plot away"));
            if response.clicked() {
                out.push(Command::UnpinSignal(path));
            }
        }
        Content::Health => {
            response.on_hover_text("The worst health of the plant, as it was then");
        }
        Content::Events => {
            response.on_hover_text(
                "Alarms by priority: the higher, the more urgent; other events small",
            );
        }
        Content::Futures => {
            let score = data.view.twin.outlook().and_then(record::words);
            let score = score.map_or_else(String::new, |words| format!("\n{words}"));
            response.on_hover_text(format!(
                "Nine of ten simulated futures stay in the pale band, half in the strong one; the line \
                 over it is what really happened{score}"
            ));
        }
        Content::More => {
            response.on_hover_text("Select one in the plant or in the tree to see its lane");
        }
        Content::Data => {
            response.on_hover_text("How much was received; where nothing could be, it is hatched");
        }
    }
}

/// As much of a text as has room, and two dots for the rest.
fn fitted(painter: &egui::Painter, text: &str, size: f32, room: f32) -> String {
    let font = egui::FontId::proportional(size);
    let width = |text: &str| {
        painter
            .layout_no_wrap(text.to_owned(), font.clone(), egui::Color32::PLACEHOLDER)
            .size()
            .x
    };
    if width(text) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let fits = (0..letters.len()).rev().find_map(|count| {
        let cut: String = letters.iter().take(count).chain(&['‥']).collect();
        (width(&cut) <= room).then_some(cut)
    });
    fits.unwrap_or_default()
}
