//! Marks over the plant's picture: the corners of what is selected, the footprint of what is under
//! the mouse. Drawn by the user interface, so they stay sharp however coarse the plant is drawn.

use bevy::math::Vec3;
use bevy_egui::egui;

use crate::viewer::camera::CameraRig;
use crate::viewer::plant::Proxy;
use crate::viewer::theme;

/// Share of an edge that a corner mark takes.
const CORNER: f32 = 0.22;

/// Marks the eight corners of a box.
pub fn corners(painter: &egui::Painter, rect: egui::Rect, rig: &CameraRig, proxy: &Proxy) {
    let corners = proxy.corners();
    let palette = theme::of(painter.ctx());
    for pass in [
        egui::Stroke::new(4.0, palette.halo.egui_alpha(190)),
        egui::Stroke::new(2.0, palette.selection.egui()),
    ] {
        for (at, corner) in corners.iter().enumerate() {
            for axis in [1, 2, 4] {
                let other = corners[at ^ axis];
                segment(
                    painter,
                    rect,
                    rig,
                    *corner,
                    corner.lerp(other, CORNER),
                    pass,
                );
            }
        }
    }
}

/// Outlines the footprint of a box.
pub fn footprint(painter: &egui::Painter, rect: egui::Rect, rig: &CameraRig, proxy: &Proxy) {
    let corners = proxy.corners();
    let palette = theme::of(painter.ctx());
    let ring = [corners[0], corners[1], corners[5], corners[4]];
    for pass in [
        egui::Stroke::new(3.5, palette.halo.egui_alpha(160)),
        egui::Stroke::new(1.5, palette.selection.egui_alpha(220)),
    ] {
        for (at, corner) in ring.iter().enumerate() {
            segment(painter, rect, rig, *corner, ring[(at + 1) % 4], pass);
        }
    }
}

fn segment(
    painter: &egui::Painter,
    rect: egui::Rect,
    rig: &CameraRig,
    from: Vec3,
    to: Vec3,
    stroke: egui::Stroke,
) {
    if let (Some(from), Some(to)) = (on_screen(rect, rig, from), on_screen(rect, rig, to)) {
        painter.line_segment([from, to], stroke);
    }
}

/// Where a point of the plant is on the screen, in points; `None` behind the eye.
pub fn on_screen(rect: egui::Rect, rig: &CameraRig, point: Vec3) -> Option<egui::Pos2> {
    let aspect = rect.width() / rect.height().max(1.0);
    let (at, _) = rig.project(point, aspect)?;
    Some(egui::pos2(
        rect.center().x + at.x * rect.width() / 2.0,
        rect.center().y - at.y * rect.height() / 2.0,
    ))
}
