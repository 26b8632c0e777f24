//! Help: every mouse gesture and key, from the tables that they are read from.

use bevy_egui::egui;

use super::action::{ACTIONS, Chord, Group};
use super::style;
use crate::command::{Command, Panel, Visibility};
use crate::viewer::navigation::GESTURES;
use crate::viewer::theme;

/// Width of the help, points.
const WIDTH: f32 = 720.0;
/// Narrower than this, all is in one column, points.
const NARROW: f32 = 560.0;

/// The help, over everything.
pub fn help_ui(ctx: &egui::Context, out: &mut Vec<Command>) {
    let screen = ctx.content_rect().shrink(theme::SPACE_L);
    let width = WIDTH.min(screen.width() - 2.0 * theme::SPACE_XL);
    egui::Area::new("help".into())
        .order(egui::Order::Foreground)
        .pivot(egui::Align2::CENTER_CENTER)
        .fixed_pos(screen.center())
        .constrain_to(screen)
        .show(ctx, |ui| {
            style::dialog_frame(ctx).show(ui, |ui| {
                ui.set_width(width);
                ui.horizontal(|ui| {
                    let title = egui::RichText::new("Mouse and keys").strong();
                    ui.label(title.size(theme::TEXT_SIZE_TITLE));
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        let close = egui::Button::new(egui_phosphor::regular::X).frame(false);
                        if ui.add(close).on_hover_text("Close (F1 or Esc)").clicked() {
                            out.push(Command::SetPanel(Panel::Help, Visibility::Hidden));
                        }
                    });
                });
                egui::ScrollArea::vertical()
                    .max_height(screen.height() - 5.0 * theme::SPACE_XL)
                    .show(ui, |ui| {
                        if width < NARROW {
                            gestures_ui(ui);
                            for (group, word) in Group::ALL {
                                keys_ui(ui, group, word);
                            }
                            return;
                        }
                        ui.columns(2, |columns| {
                            let [left, right] = columns else {
                                return;
                            };
                            gestures_ui(left);
                            for (group, word) in Group::ALL {
                                let ui = match group {
                                    Group::Look => &mut *left,
                                    _ => &mut *right,
                                };
                                keys_ui(ui, group, word);
                            }
                        });
                    });
            });
        });
}

fn gestures_ui(ui: &mut egui::Ui) {
    let rows = GESTURES.iter().map(|row| (row.keys.to_owned(), row.does));
    table_ui(ui, "Mouse", rows);
}

fn keys_ui(ui: &mut egui::Ui, group: Group, word: &str) {
    let actions = ACTIONS.iter().filter(|action| action.group == group);
    let rows = actions.filter_map(|action| Some((action.chord.map(Chord::text)?, action.name)));
    table_ui(ui, word, rows);
}

fn table_ui<'a>(ui: &mut egui::Ui, word: &str, rows: impl Iterator<Item = (String, &'a str)>) {
    ui.add_space(theme::SPACE_M);
    ui.label(style::small(word));
    egui::Grid::new(("keys", word))
        .num_columns(2)
        .spacing([theme::SPACE_L, theme::SPACE_S])
        .show(ui, |ui| {
            for (keys, does) in rows {
                ui.label(egui::RichText::new(keys).strong());
                ui.add(egui::Label::new(does).wrap());
                ui.end_row();
            }
        });
}
