//! Help: every mouse gesture and key, from the table that the keys are read from.

use bevy_egui::egui;

use super::style;
use crate::command::{Command, Panel};
use crate::viewer::navigation::{SHORTCUTS, Shortcut};

/// Width of the help, points.
const WIDTH: f32 = 720.0;

/// The help, over everything, in two columns.
pub fn help_ui(ctx: &egui::Context, out: &mut Vec<Command>) {
    egui::Area::new("help".into())
        .order(egui::Order::Foreground)
        .pivot(egui::Align2::CENTER_CENTER)
        .fixed_pos(ctx.content_rect().center())
        .show(ctx, |ui| {
            style::floating_frame().show(ui, |ui| {
                ui.set_width(WIDTH);
                style::heading_ui(ui, "Mouse and keys", Panel::Help, out);
                let half = SHORTCUTS.len().div_ceil(2);
                ui.columns(2, |columns| {
                    for (ui, shortcuts) in columns.iter_mut().zip(SHORTCUTS.chunks(half)) {
                        column_ui(ui, shortcuts);
                    }
                });
            });
        });
}

fn column_ui(ui: &mut egui::Ui, shortcuts: &[Shortcut]) {
    let first = shortcuts.first().map(|shortcut| shortcut.keys);
    egui::Grid::new(("shortcuts", first))
        .striped(true)
        .num_columns(2)
        .spacing([12.0, 4.0])
        .show(ui, |ui| {
            for shortcut in shortcuts {
                ui.label(egui::RichText::new(shortcut.keys).strong());
                ui.label(shortcut.does);
                ui.end_row();
            }
        });
}
