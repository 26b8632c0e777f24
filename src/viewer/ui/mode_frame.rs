//! The frame around the whole window: live, replay or what-if, for whoever looks for a second.

use bevy_egui::egui;

use crate::twin::Mode;
use crate::viewer::TwinView;
use crate::viewer::theme;

/// The frame around the whole window, in the colour of what the cursor reads: nobody shall take
/// the past or a forecast for the present.
pub fn mode_frame(ctx: &egui::Context, view: &TwinView) {
    let painter = ctx.layer_painter(egui::LayerId::new(
        egui::Order::Foreground,
        "mode frame".into(),
    ));
    let mode = view.twin.mode();
    let width = match mode {
        Mode::Live => theme::MODE_FRAME,
        Mode::Replay | Mode::WhatIf => theme::MODE_FRAME_LOUD,
    };
    painter.rect_stroke(
        ctx.viewport_rect(),
        0.0,
        egui::Stroke::new(width, theme::of(ctx).mode(mode).egui()),
        egui::StrokeKind::Inside,
    );
}
