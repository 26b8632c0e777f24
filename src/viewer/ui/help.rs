//! Help: every mouse gesture and key, from the table that the keys are read from.

use bevy_egui::egui;

use super::style;
use crate::command::{Command, Panel};
use crate::viewer::navigation::SHORTCUTS;

/// The help, over the plant.
pub fn help_ui(ctx: &egui::Context, rect: egui::Rect, out: &mut Vec<Command>) {
    egui::Area::new("help".into())
        .order(egui::Order::Foreground)
        .pivot(egui::Align2::CENTER_CENTER)
        .fixed_pos(rect.center())
        .show(ctx, |ui| {
            style::floating_frame().show(ui, |ui| {
                ui.set_width(430.0);
                style::heading_ui(ui, "Mouse and keys", Panel::Help, out);
                egui::Grid::new("shortcuts")
                    .striped(true)
                    .spacing([16.0, 3.0])
                    .show(ui, |ui| {
                        for shortcut in SHORTCUTS {
                            ui.label(egui::RichText::new(shortcut.keys).strong());
                            ui.label(shortcut.does);
                            ui.end_row();
                        }
                    });
            });
        });
}
