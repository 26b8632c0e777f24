//! The overview: all that was recorded in a bar, with the part that is shown below it. A drag moves
//! that part, a click brings it there.

use std::sync::Arc;

use bevy_egui::egui;

use super::axis::Axis;
use super::{Memory, PanelData, picture};
use crate::command::Command;
use crate::model::{Health, Timestamp};
use crate::timeline::ruler::length;
use crate::viewer::theme;

/// The overview; `beside` is the room at its left.
pub fn overview_ui(
    ui: &mut egui::Ui,
    rect: egui::Rect,
    beside: egui::Rect,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let palette = theme::of(ui.ctx());
    let bar = rect.shrink2(egui::vec2(0.0, 3.0));
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(bar, 2.0, palette.field.egui());
    let timeline = data.view.twin.timeline();
    let Some(recorded) = timeline.recorded().filter(|span| span.start < span.end) else {
        return;
    };
    let axis = Axis::new(bar, &recorded, ui.ctx().pixels_per_point());
    let text = format!("All: {}", length(recorded.end.nanos_since(recorded.start)));
    let font = egui::FontId::proportional(theme::TEXT_SIZE_SMALL - 1.0);
    let ink = palette.text_weak.egui();
    let galley = ui.painter().layout_no_wrap(text, font, ink);
    let left = beside.left() + theme::SPACE_M;
    if left + galley.size().x < beside.right() {
        let at = egui::pos2(left, beside.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
    }
    painter.add(egui::Shape::Mesh(Arc::new(picture(axis, bar, data))));
    let visible = timeline.visible();
    if let Some(part) = axis.part(&visible) {
        // Never so narrow that nobody finds it.
        let middle = part.center();
        let half = (part.span() / 2.0).max(3.0);
        let part = egui::Rangef::new(middle - half, middle + half);
        let place = egui::Rect::from_x_y_ranges(part, rect.shrink2(egui::vec2(0.0, 1.0)).y_range());
        painter.rect(
            place,
            2.0,
            palette.selection.egui_alpha(38),
            egui::Stroke::new(1.5, palette.selection.egui()),
            egui::StrokeKind::Inside,
        );
    }
    let cursor = axis.x(timeline.cursor());
    let ink = palette.mode(data.view.twin.mode()).egui();
    painter.vline(cursor.round(), rect.y_range(), egui::Stroke::new(2.0, ink));
    hand(ui, rect, axis, data, memory, out);
}

/// Health, data and gaps of all that was recorded.
fn picture(axis: Axis, bar: egui::Rect, data: &PanelData) -> egui::Mesh {
    let palette = theme::Palette::of(data.view.twin.view().theme);
    let mut mesh = egui::Mesh::default();
    let shown = &data.lanes.answer.overview;
    let x = |bucket: i64, width: i64| axis.x(Timestamp::from_nanos(bucket.saturating_mul(width)));
    let density = &shown.density;
    let most = density.counts.iter().copied().max().unwrap_or(0).max(1);
    for (count, at) in density.counts.iter().zip(density.first..) {
        if *count > 0 {
            let share = (*count as f32 / most as f32).sqrt().max(0.2) * 0.6;
            let wide = egui::Rangef::new(
                x(at, density.width),
                x(at + 1, density.width).min(axis.right),
            );
            let high = egui::Rangef::new(bar.bottom() - bar.height() * share, bar.bottom());
            mesh.add_colored_rect(egui::Rect::from_x_y_ranges(wide, high), palette.chip.egui());
        }
    }
    if let Some(cells) = shown.lanes.get(&crate::timeline::lanes::LaneId::Health) {
        for (cell, at) in cells.cells.iter().zip(cells.first..) {
            let worst = cell.healths().map(|(_, worst)| worst);
            if let Some(worst) = worst.filter(|worst| *worst > Health::Unknown) {
                let left = x(at, cells.width);
                let right = x(at + 1, cells.width).max(left + 1.0).min(axis.right);
                let wide = egui::Rangef::new(left, right);
                let high = egui::Rangef::new(bar.top(), bar.top() + 4.0);
                let ink = palette.health(worst).egui();
                mesh.add_colored_rect(egui::Rect::from_x_y_ranges(wide, high), ink);
            }
        }
    }
    for gap in shown.gaps.iter() {
        if let Some(part) = axis.part(&gap.span) {
            picture::hatch(
                &mut mesh,
                egui::Rect::from_x_y_ranges(part, bar.y_range()),
                palette,
            );
        }
    }
    for marker in data.view.twin.view().markers.values() {
        let left = axis.x(marker.from);
        let wide = egui::Rangef::new(left - 0.5, axis.x(marker.end()).max(left + 1.0));
        let place = egui::Rect::from_x_y_ranges(wide, bar.y_range());
        mesh.add_colored_rect(place, palette.selection.egui_alpha(150));
    }
    mesh
}

fn hand(
    ui: &egui::Ui,
    rect: egui::Rect,
    axis: Axis,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let response = ui.interact(rect, "overview".into(), egui::Sense::click_and_drag());
    let visible = data.view.twin.timeline().visible();
    let length = visible.end.nanos_since(visible.start);
    let pos = response.interact_pointer_pos();
    if response.drag_started()
        && let Some(pos) = pos
    {
        let share = axis.at(pos.x).nanos_since(visible.start) as f64 / length as f64;
        // Whoever takes hold beside it takes its middle.
        memory.held = Some(if (0.0..=1.0).contains(&share) {
            share
        } else {
            0.5
        });
    }
    let is_moved = response.dragged() && response.drag_delta().x != 0.0;
    let held = match memory.held {
        Some(held) if is_moved => Some(held),
        _ if response.clicked() => Some(0.5),
        _ => None,
    };
    if let (Some(held), Some(pos)) = (held, pos) {
        let at = axis.at(pos.x.clamp(axis.left, axis.right)).as_nanos();
        let from = at.saturating_sub((held * length as f64) as i64);
        let to = from.saturating_add(length);
        out.push(Command::ShowSpan([from, to].map(Timestamp::from_nanos)));
    }
    if response.drag_stopped() {
        memory.held = None;
    }
    if response.double_clicked() {
        out.push(Command::ShowAllTime);
    }
    if let Some(pos) = response.hover_pos().filter(|_| !response.dragged()) {
        let [date, time, zone] = super::readout::instant_of(data, axis.at(pos.x));
        response.on_hover_text_at_pointer(format!(
            "{date}  {time} {zone}\nDrag to move what is shown, double click for all"
        ));
    }
}
