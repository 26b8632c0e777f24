//! A fan: the limits that shares of the futures do not exceed, along time, with what then really happened
//! over it.

use bevy_egui::egui;

use super::{Shown, Told, time_unit};
use crate::futures::{Band, Quantiles, Track};
use crate::model::Timestamp;
use crate::twin::Outlook;
use crate::viewer::theme::{self, Palette, Rgb};
use crate::viewer::ui::PanelData;
use crate::viewer::ui::alarms::clock_text;
use crate::viewer::ui::timeline::axis::Axis;

/// Height of the chart in the panel, points.
pub const HEIGHT: f32 = 150.0;
/// The first of so many parts of a fan does not choose its scale.
const SETTLED: usize = 32;
/// Room below the chart for times, points.
const BELOW: f32 = 16.0;

/// The colour of a case.
pub fn ink(palette: &Palette, case: usize) -> Rgb {
    let inks = palette.cases;
    inks.get(case % inks.len()).copied().unwrap_or(palette.text)
}

/// Least and greatest that is to be seen.
fn bounds(shown: &Shown) -> Option<[f64; 2]> {
    // At first a rate is that of a few minutes.
    let settled = |told: &Told| told.band.limits.len() / SETTLED;
    let limits = shown
        .cases
        .iter()
        .flat_map(|told| told.band.limits.iter().skip(settled(told)));
    let of_bands = limits.flat_map(|limits| [limits.p05, limits.p95]);
    let skipped = shown.cases.first().map_or(0, settled);
    let measured = shown.measured.iter().skip(skipped);
    let measured = measured.map(|(_, value)| *value);
    let watched = shown
        .cases
        .iter()
        .flat_map(|told| told.watched.iter().skip(settled(told)))
        .map(|(_, value)| *value);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in of_bands.chain(measured).chain(watched) {
        (low, high) = (low.min(value), high.max(value));
    }
    (low <= high).then_some([low, high])
}

/// Draws every case into `rect`, the one of this number before the others.
pub fn fans_ui(painter: &egui::Painter, rect: egui::Rect, axis: Axis, shown: &Shown, first: usize) {
    let palette = theme::of(painter.ctx());
    let Some([low, high]) = bounds(shown) else {
        return;
    };
    let room = ((high - low) * 0.08).max(high.abs().max(1.0) * 1e-3);
    let (low, high) = (low - room, high + room);
    let y = |value: f64| {
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        rect.bottom() - share as f32 * rect.height()
    };
    let others = (0..shown.cases.len()).filter(|case| *case != first);
    for case in others.chain([first]) {
        if let Some(told) = shown.cases.get(case) {
            let ink = ink(palette, case);
            if case == first {
                fan(painter, axis, told, ink, y);
            }
            lines(painter, axis, told, ink, case == first, y);
        }
    }
    let line = |values: &mut dyn Iterator<Item = (Timestamp, f64)>, stroke: egui::Stroke| {
        let points: Vec<_> = values
            .map(|(t, value)| egui::pos2(axis.x(t), y(value)))
            .collect();
        painter.add(egui::Shape::line(points, stroke));
    };
    if let Some(told) = shown.cases.get(first) {
        let stroke = egui::Stroke::new(1.5, palette.text.egui());
        line(&mut told.watched.iter().copied(), stroke);
    }
    let stroke = egui::Stroke::new(2.0, palette.selection.egui());
    line(&mut shown.measured.iter().copied(), stroke);
    let font = egui::FontId::proportional(theme::TEXT_SIZE_SMALL - 1.0);
    let (each, unit) = match shown.track {
        Track::LeadTime => time_unit(high - room),
        _ => (1.0, shown.track.unit()),
    };
    for (value, align, at) in [
        (high - room, egui::Align2::RIGHT_TOP, rect.right_top()),
        (low + room, egui::Align2::RIGHT_BOTTOM, rect.right_bottom()),
    ] {
        let text = format!("{:.0} {unit}", value / each);
        let galley = painter.layout_no_wrap(text, font.clone(), palette.text_weak.egui());
        let place = align.anchor_size(at - egui::vec2(3.0, 0.0), galley.size());
        painter.rect_filled(
            place.expand2(egui::vec2(2.0, 0.0)),
            2.0,
            palette.field.egui_alpha(210),
        );
        painter.galley(place.min, galley, palette.text_weak.egui());
    }
}

/// One fan: 5 % to 95 % pale, a quarter to three quarters stronger. Where two lie over each other, no colour
/// is left: only one is filled.
fn fan(painter: &egui::Painter, axis: Axis, told: &Told, ink: Rgb, y: impl Fn(f64) -> f32) {
    let Band { times, limits, .. } = &told.band;
    let mut mesh = egui::Mesh::default();
    for (low, high, shade) in [(0, 6, 52), (1, 5, 46), (2, 4, 56)] {
        let colour = ink.egui_alpha(shade);
        let base = mesh.vertices.len() as u32;
        for (time, limits) in times.iter().zip(limits) {
            let all = [
                limits.p05, limits.p10, limits.p25, limits.p50, limits.p75, limits.p90, limits.p95,
            ];
            let x = axis.x(*time);
            for at in [low, high] {
                let value = all.get(at).copied().unwrap_or_default();
                mesh.colored_vertex(egui::pos2(x, y(value)), colour);
            }
        }
        for at in 1..times.len() as u32 {
            let here = base + 2 * at;
            mesh.add_triangle(here - 2, here - 1, here);
            mesh.add_triangle(here - 1, here, here + 1);
        }
    }
    painter.add(egui::Shape::mesh(mesh));
}

/// The median, and of a fan that is not filled its limits of 5 % and 95 %.
fn lines(
    painter: &egui::Painter,
    axis: Axis,
    told: &Told,
    ink: Rgb,
    is_filled: bool,
    y: impl Fn(f64) -> f32,
) {
    let Band { times, limits, .. } = &told.band;
    let line = |of: fn(&Quantiles) -> f64, stroke: egui::Stroke| {
        let points = times.iter().zip(limits);
        let points = points.map(|(time, limits)| egui::pos2(axis.x(*time), y(of(limits))));
        painter.add(egui::Shape::line(points.collect(), stroke));
    };
    line(|limits| limits.p50, egui::Stroke::new(1.5, ink.egui()));
    if !is_filled {
        let thin = egui::Stroke::new(0.75, ink.egui_alpha(150));
        line(|limits| limits.p05, thin);
        line(|limits| limits.p95, thin);
    }
}

/// The chart of the panel, with its times below and the cursor in it.
pub fn chart_ui(
    ui: &egui::Ui,
    place: egui::Rect,
    data: &PanelData,
    outlook: &Outlook,
    shown: &Shown,
    first: usize,
) {
    let palette = theme::of(ui.ctx());
    let chart = place.with_max_y(place.bottom() - BELOW);
    let painter = ui.painter().with_clip_rect(place);
    painter.rect_filled(chart, f32::from(theme::ROUNDING), palette.field.egui());
    let span = outlook.span();
    let axis = Axis::new(chart, &span, ui.ctx().pixels_per_point());
    let inner = ui.painter().with_clip_rect(chart);
    fans_ui(
        &inner,
        chart.shrink2(egui::vec2(0.0, 3.0)),
        axis,
        shown,
        first,
    );
    let line = |at: Timestamp, ink: Rgb| {
        let x = axis.x(at);
        if chart.x_range().contains(x) {
            inner.vline(x, chart.y_range(), egui::Stroke::new(1.0, ink.egui()));
        }
    };
    line(data.view.now, palette.text_weak);
    let twin = &data.view.twin;
    line(twin.timeline().cursor(), palette.mode(twin.mode()));
    let font = egui::FontId::proportional(theme::TEXT_SIZE_SMALL - 1.0);
    for (at, align, x) in [
        (span.start, egui::Align2::LEFT_BOTTOM, chart.left()),
        (span.end, egui::Align2::RIGHT_BOTTOM, chart.right()),
    ] {
        let text = clock_text(data, at);
        let place = egui::pos2(x, place.bottom());
        painter.text(place, align, text, font.clone(), palette.text_weak.egui());
    }
}
