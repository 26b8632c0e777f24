//! A pinned signal along time: what it was between, its mean, and its limits; gaps are gaps.

use bevy_egui::egui;

use super::PanelData;
use super::axis::Axis;
use crate::model::{SignalId, Timestamp};
use crate::timeline::lanes::Plot;
use crate::viewer::overlay::label::value_text;
use crate::viewer::theme;

/// Draws a plot into `rect`.
pub fn plot_ui(
    painter: &egui::Painter,
    rect: egui::Rect,
    axis: Axis,
    plot: &Plot,
    data: &PanelData,
    id: SignalId,
) {
    let palette = theme::of(painter.ctx());
    let (Some([low, high]), Some(signal)) = (plot.bounds, data.view.twin.plant().signal(id)) else {
        return;
    };
    let room = ((high - low) * 0.08).max(high.abs().max(1.0) * 1e-6);
    let (low, high) = (low - room, high + room);
    let y = |value: f64| {
        let share = (value - low) / (high - low);
        rect.bottom() - (share.clamp(0.0, 1.0) as f32) * rect.height()
    };
    let limits = signal.spec.limits.as_ref();
    for limit in limits
        .into_iter()
        .flat_map(|limits| [limits.low_low, limits.low, limits.high, limits.high_high])
        .flatten()
        .filter(|limit| (low..=high).contains(limit))
    {
        let ink = palette.health(crate::model::Health::OutOfSpecification);
        let line = egui::Stroke::new(1.0, ink.mix(palette.text, 0.3).egui());
        let at = y(limit);
        let points = [egui::pos2(rect.left(), at), egui::pos2(rect.right(), at)];
        painter.extend(egui::Shape::dashed_line(&points, line, 4.0, 4.0));
    }
    let ink = palette.selection;
    let mut mesh = egui::Mesh::default();
    let mut line: Vec<egui::Pos2> = Vec::new();
    let stroke = egui::Stroke::new(1.3, ink.egui());
    let start =
        |at: usize| Timestamp::from_nanos((plot.first + at as i64).saturating_mul(plot.width));
    let end = plot.buckets.len();
    let flush = |line: &mut Vec<egui::Pos2>| {
        if line.len() > 1 {
            painter.add(egui::Shape::line(std::mem::take(line), stroke));
        }
        line.clear();
    };
    let mut last = plot.before.map(|value| (0_usize, value));
    if let Some((_, value)) = last {
        line.push(egui::pos2(axis.x(start(0)).max(rect.left()), y(value)));
    }
    for (bucket, at) in plot
        .buckets
        .iter()
        .zip(0_usize..)
        .filter(|(bucket, _)| bucket.count > 0)
    {
        let x = axis.x(start(at));
        if let Some((since, value)) = last {
            // It stood for so long, and no longer.
            let until = at.min(since.saturating_add(plot.stands));
            if until < at {
                line.push(egui::pos2(axis.x(start(until)), y(value)));
                flush(&mut line);
            }
        }
        if bucket.max > bucket.min {
            let wide = egui::Rangef::new(x, axis.x(start(at + 1)).max(x + 1.0));
            let high = egui::Rangef::new(y(bucket.max), y(bucket.min));
            mesh.add_colored_rect(egui::Rect::from_x_y_ranges(wide, high), ink.egui_alpha(70));
        }
        line.push(egui::pos2(x, y(bucket.mean)));
        last = Some((at, bucket.last));
    }
    if let Some((since, value)) = last {
        let until = end.min(since.saturating_add(plot.stands));
        if until > since {
            line.push(egui::pos2(axis.x(start(until)).min(rect.right()), y(value)));
        }
    }
    flush(&mut line);
    painter.add(egui::Shape::mesh(mesh));
    let unit = signal.spec.unit.symbol;
    for (value, align, at) in [
        (high - room, egui::Align2::RIGHT_TOP, rect.right_top()),
        (low + room, egui::Align2::RIGHT_BOTTOM, rect.right_bottom()),
    ] {
        let text = value_text(crate::model::Value::Float(value), unit);
        let font = egui::FontId::proportional(theme::TEXT_SIZE_SMALL - 1.0);
        let galley = painter.layout_no_wrap(text, font, palette.text_weak.egui());
        let place = align.anchor_size(at - egui::vec2(3.0, 0.0), galley.size());
        painter.rect_filled(
            place.expand2(egui::vec2(2.0, 0.0)),
            2.0,
            palette.field.egui_alpha(210),
        );
        painter.galley(place.min, galley, palette.text_weak.egui());
    }
}
