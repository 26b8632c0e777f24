//! The symbols: NE 107 health by shape and colour, operating state by letter. Lists, legends and
//! labels all draw these.

use bevy_egui::egui::{self, Pos2, Shape, Stroke, vec2};

use crate::model::{Health, OperatingState};
use crate::viewer::theme;

/// Draws the symbol of a health, `size` points wide: Failure a circle with a cross, function check
/// a triangle with a tool, out of specification a triangle with a question mark, maintenance a
/// square with a drop of oil, unknown an open circle, good a small ring.
pub fn paint(painter: &egui::Painter, centre: Pos2, size: f32, health: Health) {
    let colour = theme::health(health).egui();
    let half = size / 2.0;
    let dark = theme::TEXT.egui();
    let white = theme::HALO.egui();
    let edge = Stroke::new(1.0, white);
    let triangle = || {
        let low = half * 0.86;
        Shape::convex_polygon(
            vec![
                centre + vec2(0.0, -half),
                centre + vec2(half, low),
                centre + vec2(-half, low),
            ],
            colour,
            edge,
        )
    };
    match health {
        Health::Failure => {
            painter.circle(centre, half, colour, edge);
            let arm = half * 0.42;
            let stroke = Stroke::new(size * 0.14, white);
            painter.line_segment([centre - vec2(arm, arm), centre + vec2(arm, arm)], stroke);
            painter.line_segment([centre - vec2(arm, -arm), centre + vec2(arm, -arm)], stroke);
        }
        Health::FunctionCheck => {
            painter.add(triangle());
            // A spanner: a shaft and an open jaw.
            let stroke = Stroke::new(size * 0.13, dark);
            let jaw = centre + vec2(half * 0.16, half * 0.05);
            let foot = centre + vec2(-half * 0.34, half * 0.64);
            painter.line_segment([foot, jaw], stroke);
            painter.line_segment([jaw, jaw + vec2(-half * 0.08, -half * 0.34)], stroke);
            painter.line_segment([jaw, jaw + vec2(half * 0.3, half * 0.06)], stroke);
        }
        Health::OutOfSpecification => {
            painter.add(triangle());
            glyph(
                painter,
                centre + vec2(0.0, half * 0.26),
                size * 0.66,
                "?",
                dark,
            );
        }
        Health::MaintenanceRequired => {
            painter.rect(
                egui::Rect::from_center_size(centre, vec2(size, size) * 0.9),
                2.0,
                colour,
                edge,
                egui::StrokeKind::Inside,
            );
            // A drop of oil.
            let low = centre + vec2(0.0, half * 0.18);
            painter.circle_filled(low, half * 0.34, white);
            painter.add(Shape::convex_polygon(
                vec![
                    centre - vec2(0.0, half * 0.62),
                    low + vec2(half * 0.31, -half * 0.14),
                    low - vec2(half * 0.31, half * 0.14),
                ],
                white,
                Stroke::NONE,
            ));
        }
        Health::Unknown => {
            let ring = Stroke::new(size * 0.1, colour);
            painter.circle(centre, half * 0.85, theme::FIELD.egui(), ring);
            glyph(painter, centre, size * 0.62, "?", colour);
        }
        Health::Good => {
            painter.circle_stroke(centre, half * 0.45, Stroke::new(size * 0.12, colour));
        }
    }
}

/// Draws the letter of an operating state on its colour, `size` points wide.
pub fn paint_state(painter: &egui::Painter, centre: Pos2, size: f32, state: OperatingState) {
    let colour = theme::state(state);
    painter.rect_filled(
        egui::Rect::from_center_size(centre, vec2(size, size)),
        3.0,
        colour.egui(),
    );
    let ink = if colour.contrast(theme::TEXT) >= colour.contrast(theme::HALO) {
        theme::TEXT
    } else {
        theme::HALO
    };
    glyph(
        painter,
        centre,
        size * 0.76,
        theme::state_letter(state),
        ink.egui(),
    );
}

/// A symbol as a widget in a row, with its meaning as a tooltip.
pub fn health_ui(ui: &mut egui::Ui, health: Health) -> egui::Response {
    let (rect, response) =
        ui.allocate_exact_size(egui::Vec2::splat(theme::SYMBOL_SIZE), egui::Sense::hover());
    paint(ui.painter(), rect.center(), theme::SYMBOL_SIZE, health);
    response.on_hover_text(health.label())
}

/// A state's letter as a widget in a row, with its meaning as a tooltip.
pub fn state_ui(ui: &mut egui::Ui, state: OperatingState) -> egui::Response {
    let (rect, response) =
        ui.allocate_exact_size(egui::Vec2::splat(theme::SYMBOL_SIZE), egui::Sense::hover());
    paint_state(ui.painter(), rect.center(), theme::SYMBOL_SIZE, state);
    response.on_hover_text(theme::state_word(state))
}

fn glyph(painter: &egui::Painter, centre: Pos2, size: f32, text: &str, colour: egui::Color32) {
    painter.text(
        centre,
        egui::Align2::CENTER_CENTER,
        text,
        egui::FontId::proportional(size),
        colour,
    );
}
