//! The legend of the overlay in force, floating over the plant.

use bevy_egui::egui;

use super::{PanelData, style};
use crate::command::{Command, Overlay};
use crate::model::{Health, OperatingState};
use crate::viewer::overlay::label::value_text;
use crate::viewer::overlay::{age, heat, state, symbol};
use crate::viewer::theme;

/// Size of a scale's bar, points.
const BAR: egui::Vec2 = egui::vec2(180.0, 12.0);

/// The legend, in the lower left corner of `rect`, and what it covers.
pub fn legend_ui(
    ctx: &egui::Context,
    rect: egui::Rect,
    data: &PanelData,
    out: &mut Vec<Command>,
) -> Option<egui::Rect> {
    let overlay = data.view.twin.view().overlay;
    if overlay == Overlay::None {
        return None;
    }
    let legend = egui::Area::new("legend".into())
        .fade_in(false)
        .order(egui::Order::Middle)
        .pivot(egui::Align2::LEFT_BOTTOM)
        .fixed_pos(rect.left_bottom() + egui::vec2(12.0, -12.0))
        .show(ctx, |ui| {
            style::floating_frame(ctx).show(ui, |ui| match overlay {
                Overlay::None => {}
                Overlay::Health => health_legend(ui, data),
                Overlay::State => state_legend(ui, data),
                Overlay::Heat => heat_legend(ui, data, out),
                Overlay::DataAge => age_legend(ui),
            });
        });
    Some(legend.response.rect)
}

fn health_legend(ui: &mut egui::Ui, data: &PanelData) {
    ui.label(style::small("Health (NAMUR NE 107)"));
    let counts = data.groups.of_plant();
    egui::Grid::new("health legend")
        .min_col_width(0.0)
        .spacing([8.0, 3.0])
        .show(ui, |ui| {
            for health in Health::ALL.into_iter().rev() {
                symbol::health_ui(ui, health);
                ui.label(match health {
                    Health::Unknown => "Unknown: nothing fresh",
                    other => other.label(),
                });
                let count = counts.get(health as usize).copied().unwrap_or_default();
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.label(style::weak(count.to_string()));
                });
                ui.end_row();
            }
        });
}

fn state_legend(ui: &mut egui::Ui, data: &PanelData) {
    ui.label(style::small("Operating state"));
    let counts = state::counts(data.view);
    egui::Grid::new("state legend")
        .min_col_width(0.0)
        .spacing([8.0, 3.0])
        .show(ui, |ui| {
            for state in OperatingState::ALL {
                let count = counts.get(state as usize).copied().unwrap_or_default();
                symbol::state_colour_ui(ui, state);
                ui.label(theme::state_word(state));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.label(style::weak(count.to_string()));
                });
                ui.end_row();
            }
        });
}

fn heat_legend(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    let scale = &data.tints.heat;
    let names = heat::signals(data.view.twin.plant());
    if names.is_empty() {
        ui.label("No signal of this plant has a range");
        ui.label(style::small(
            "Give a signal a `range` or limits in its kind",
        ));
        return;
    }
    egui::ComboBox::from_id_salt("heat signal")
        .selected_text(words(&scale.signal))
        .width(BAR.x)
        .show_ui(ui, |ui| {
            for (name, count) in names {
                let text = format!("{} ({count})", words(&name));
                if ui.selectable_label(name == scale.signal, text).clicked() {
                    out.push(Command::SetHeatSignal(name));
                }
            }
        });
    bar_ui(
        ui,
        theme::heat,
        &value_text(crate::model::Value::Float(scale.low), scale.unit),
        &value_text(crate::model::Value::Float(scale.high), scale.unit),
    );
    ui.label(style::small("Pale grey: no fresh value"));
}

fn age_legend(ui: &mut egui::Ui) {
    ui.label(style::small("Age of the newest value"));
    bar_ui(
        ui,
        theme::age,
        "0\u{202f}s",
        &format!("{:.0}\u{202f}s", age::OLDEST_SECS),
    );
    ui.label(style::small("Pale grey: stale"));
}

/// `spindle_temperature` as people write it.
pub fn words(name: &str) -> String {
    let mut text = name.replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn bar_ui(ui: &mut egui::Ui, colour: impl Fn(f64) -> theme::Rgb, low: &str, high: &str) {
    let (rect, _) = ui.allocate_exact_size(BAR, egui::Sense::hover());
    let steps = 60;
    for step in 0..steps {
        let share = f64::from(step) / f64::from(steps - 1);
        let left = rect.left() + rect.width() * step as f32 / steps as f32;
        let part = egui::Rect::from_min_max(
            egui::pos2(left, rect.top()),
            egui::pos2(left + rect.width() / steps as f32 + 0.5, rect.bottom()),
        );
        ui.painter().rect_filled(part, 0.0, colour(share).egui());
    }
    ui.horizontal(|ui| {
        ui.set_width(BAR.x);
        ui.label(style::small(low));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(style::small(high));
        });
    });
}
