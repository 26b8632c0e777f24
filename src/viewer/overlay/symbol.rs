//! The symbols: NE 107 health by shape and colour, operating state by letter. Lists, legends and
//! labels all draw these.

use bevy_egui::egui::{self, Pos2, Shape, Stroke, vec2};

use crate::model::{Health, OperatingState};
use crate::viewer::theme;

/// Draws the symbol of a health, `size` points wide: Failure a circle with a cross, function check
/// a triangle with a tool, out of specification a triangle with a question mark, maintenance a
/// square with a drop of oil, unknown an open circle, good a small ring.
pub fn paint(painter: &egui::Painter, centre: Pos2, size: f32, health: Health) {
    let palette = theme::of(painter.ctx());
    let fill = palette.health(health);
    let colour = fill.egui();
    let ink = palette.ink_on(fill).egui();
    let half = size / 2.0;
    let edge = Stroke::new(1.0, palette.health_edge(health).egui());
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
            let stroke = Stroke::new(size * 0.14, ink);
            painter.line_segment([centre - vec2(arm, arm), centre + vec2(arm, arm)], stroke);
            painter.line_segment([centre - vec2(arm, -arm), centre + vec2(arm, -arm)], stroke);
        }
        Health::FunctionCheck => {
            painter.add(triangle());
            // A spanner: a shaft and an open jaw.
            let stroke = Stroke::new(size * 0.13, ink);
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
                ink,
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
            painter.circle_filled(low, half * 0.34, ink);
            painter.add(Shape::convex_polygon(
                vec![
                    centre - vec2(0.0, half * 0.62),
                    low + vec2(half * 0.31, -half * 0.14),
                    low - vec2(half * 0.31, half * 0.14),
                ],
                ink,
                Stroke::NONE,
            ));
        }
        Health::Unknown => {
            let ring = Stroke::new(size * 0.1, colour);
            painter.circle(centre, half * 0.85, palette.field.egui(), ring);
            glyph(painter, centre, size * 0.62, "?", colour);
        }
        Health::Good => {
            painter.circle_stroke(centre, half * 0.45, Stroke::new(size * 0.12, colour));
        }
    }
}

/// Draws the letter of an operating state, `size` points wide; a dot where no state is known.
pub fn paint_state(painter: &egui::Painter, centre: Pos2, size: f32, state: OperatingState) {
    let palette = theme::of(painter.ctx());
    if state == OperatingState::Unknown {
        painter.circle_filled(centre, size * 0.12, palette.text_weak.egui());
        return;
    }
    let chip = palette.state_chip(state);
    painter.rect(
        egui::Rect::from_center_size(centre, vec2(size, size)),
        3.0,
        chip.fill
            .map_or(egui::Color32::TRANSPARENT, |fill| fill.egui()),
        Stroke::new(1.0, chip.edge.egui()),
        egui::StrokeKind::Inside,
    );
    letter(painter, centre, size, state, chip.ink);
}

/// Draws the letter of an operating state on the colour that equipment has in the state overlay.
pub fn paint_state_colour(painter: &egui::Painter, centre: Pos2, size: f32, state: OperatingState) {
    let palette = theme::of(painter.ctx());
    let colour = palette.state(state);
    painter.rect(
        egui::Rect::from_center_size(centre, vec2(size, size)),
        3.0,
        colour.egui(),
        Stroke::new(1.0, colour.mix(palette.text, 0.5).egui()),
        egui::StrokeKind::Inside,
    );
    letter(painter, centre, size, state, palette.ink_on(colour));
}

fn letter(
    painter: &egui::Painter,
    centre: Pos2,
    size: f32,
    state: OperatingState,
    ink: theme::Rgb,
) {
    let text = theme::state_letter(state);
    glyph(painter, centre, size * 0.76, text, ink.egui());
}

/// What a health means, for who has not learnt NE 107 by heart.
pub const fn health_meaning(health: Health) -> &'static str {
    match health {
        Health::Good => "Good: within all limits, nothing to do",
        Health::Unknown => "Unknown: nothing fresh speaks for it; look at its connection",
        Health::MaintenanceRequired => {
            "Maintenance required: it still works, but wears; plan its maintenance"
        }
        Health::OutOfSpecification => {
            "Out of specification: a value is beyond a limit; find out why"
        }
        Health::FunctionCheck => {
            "Function check: somebody works on it, or a sensor is bad; its values may mislead"
        }
        Health::Failure => "Failure: it cannot do its work; act now",
    }
}

/// What an operating state means, with its letter.
pub const fn state_meaning(state: OperatingState) -> &'static str {
    match state {
        OperatingState::Unknown => "No operating state is known of it",
        OperatingState::Execute => "E – Execute: it works",
        OperatingState::Idle => "I – Idle: ready, with nothing to do",
        OperatingState::Starved => "S – Starved: it waits for parts from before",
        OperatingState::Blocked => "B – Blocked: it cannot hand its part on",
        OperatingState::Held => "H – Held: stopped by a fault of its own",
        OperatingState::Setup => "U – Set-up: it is made ready for another product",
        OperatingState::Stopped => "O – Off: it is not meant to work now",
        OperatingState::Maintenance => "M – Maintenance: somebody works on it",
    }
}

/// A symbol as a widget in a row, with its meaning as a tooltip.
pub fn health_ui(ui: &mut egui::Ui, health: Health) -> egui::Response {
    let response = space(ui);
    paint(
        ui.painter(),
        response.rect.center(),
        theme::SYMBOL_SIZE,
        health,
    );
    response.on_hover_text(health_meaning(health))
}

/// A state's letter as a widget in a row, with its meaning as a tooltip.
pub fn state_ui(ui: &mut egui::Ui, state: OperatingState) -> egui::Response {
    let response = space(ui);
    let centre = response.rect.center();
    paint_state(ui.painter(), centre, theme::SYMBOL_SIZE, state);
    response.on_hover_text(state_meaning(state))
}

/// A state's letter on the colour of the state overlay, for its legend.
pub fn state_colour_ui(ui: &mut egui::Ui, state: OperatingState) -> egui::Response {
    let response = space(ui);
    let centre = response.rect.center();
    paint_state_colour(ui.painter(), centre, theme::SYMBOL_SIZE, state);
    response.on_hover_text(state_meaning(state))
}

fn space(ui: &mut egui::Ui) -> egui::Response {
    let size = egui::Vec2::splat(theme::SYMBOL_SIZE);
    ui.allocate_exact_size(size, egui::Sense::hover()).1
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
