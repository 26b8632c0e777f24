//! The menu at the left of the top bar: saved views, files, how things are shown, incidents of the
//! demo, and the end. And the keys for the same, which also work while a text is being typed.

use std::path::PathBuf;

use bevy_egui::egui;

use super::keyboard::pressed_keys;
use super::{PanelData, style};
use crate::command::{Command, Quality};
use crate::viewer::theme;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {
    /// Name for the view that is to be saved.
    name: String,
    /// Frames for which the menu is still to be opened, with the cursor in the name: one that has
    /// just opened has no field yet that could be written in.
    opens: u8,
}

/// Width of the menu, points.
const WIDTH: f32 = 292.0;
/// Height of everything but the two lists, points.
const FIXED_HEIGHT: f32 = 330.0;
/// Sizes of the interface that the keys step through, percent.
const SIZES: [u16; 10] = [75, 90, 100, 110, 125, 150, 175, 200, 225, 250];
/// The size of new users.
const NORMAL: u16 = 100;

/// The button and, while it is open, the menu.
pub fn menu_ui(ui: &mut egui::Ui, data: &PanelData, memory: &mut Memory, out: &mut Vec<Command>) {
    let button = ui
        .button(egui::RichText::new(egui_phosphor::regular::LIST).size(theme::TEXT_SIZE_HEADING))
        .on_hover_text("Menu: saved views, pictures, size, quality");
    let asks_for_name = memory.opens > 0;
    memory.opens = memory.opens.saturating_sub(1);
    let set = if asks_for_name {
        Some(egui::SetOpenCommand::Bool(true))
    } else {
        button.clicked().then_some(egui::SetOpenCommand::Toggle)
    };
    egui::Popup::menu(&button)
        .open_memory(set)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .gap(6.0)
        .width(WIDTH)
        .show(|ui| {
            ui.set_width(WIDTH);
            save_ui(ui, memory, out);
            if asks_for_name {
                ui.memory_mut(|focus| focus.request_focus(name_id()));
            }
            views_ui(ui, data, out);
            ui.separator();
            files_ui(ui, data, out);
            ui.separator();
            size_ui(ui, data, out);
            quality_ui(ui, data, out);
            if !data.incidents.is_empty() {
                ui.separator();
                incidents_ui(ui, data, out);
            }
            ui.separator();
            if entry_ui(ui, egui_phosphor::regular::SIGN_OUT, "Quit", "Ctrl+Q") {
                out.push(Command::Quit);
                ui.close();
            }
        });
}

/// The keys of the menu's entries.
pub fn keys(ctx: &egui::Context, data: &PanelData, memory: &mut Memory, out: &mut Vec<Command>) {
    use egui::Key;
    for (key, modifiers) in pressed_keys(ctx) {
        match key {
            Key::F12 if modifiers.shift => out.push(state(data)),
            Key::F12 => out.push(picture(data)),
            _ if !modifiers.command || modifiers.alt => {}
            Key::S => {
                memory.opens = 3;
                ctx.request_repaint();
            }
            Key::Q => out.push(Command::Quit),
            Key::Plus | Key::Equals => out.push(Command::SetUiScale(larger(data))),
            Key::Minus => out.push(Command::SetUiScale(smaller(data))),
            Key::Num0 => out.push(Command::SetUiScale(NORMAL)),
            _ => {}
        }
    }
}

/// Saved views and incidents are listed within this height each: the menu fits any window.
fn list_height(ui: &egui::Ui) -> f32 {
    ((ui.ctx().content_rect().height() - FIXED_HEIGHT) / 2.0).clamp(60.0, 260.0)
}

fn name_id() -> egui::Id {
    egui::Id::new("name of the view")
}

fn save_ui(ui: &mut egui::Ui, memory: &mut Memory, out: &mut Vec<Command>) {
    heading_ui(ui, "Views", "Ctrl+S");
    ui.horizontal(|ui| {
        let field = ui.add(
            egui::TextEdit::singleline(&mut memory.name)
                .id(name_id())
                .hint_text("Name of this view")
                .char_limit(80)
                .desired_width(WIDTH - 44.0),
        );
        let is_entered =
            field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let name = memory.name.trim();
        let is_clicked = ui
            .add_enabled(
                !name.is_empty(),
                egui::Button::new("Save").fill(theme::HOVER.egui()),
            )
            .on_hover_text("Keep this view under the name")
            .clicked();
        if (is_entered || is_clicked) && !name.is_empty() {
            out.push(Command::SaveViewpoint(name.into()));
            memory.name.clear();
            ui.close();
        }
    });
}

fn views_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    let views = &data.view.twin.view().viewpoints;
    if views.is_empty() {
        ui.label(style::small("No view is saved yet"));
        return;
    }
    egui::ScrollArea::vertical()
        .id_salt("views")
        .max_height(list_height(ui))
        .show(ui, |ui| {
            for name in views.keys() {
                ui.horizontal(|ui| {
                    let text = format!("{}  {name}", egui_phosphor::regular::MAP_PIN);
                    let fly = egui::Button::new(text).truncate().right_text("");
                    let size = egui::vec2(WIDTH - 30.0, ui.spacing().interact_size.y);
                    if ui
                        .add_sized(size, fly)
                        .on_hover_text("Fly to this view")
                        .clicked()
                    {
                        out.push(Command::GoToViewpoint(name.clone()));
                        ui.close();
                    }
                    let forget = ui.button(egui_phosphor::regular::X);
                    if forget.on_hover_text("Forget this view").clicked() {
                        out.push(Command::DeleteViewpoint(name.clone()));
                    }
                });
            }
        });
}

fn files_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    if entry_ui(ui, egui_phosphor::regular::CAMERA, "Take a picture", "F12") {
        out.push(picture(data));
        ui.close();
    }
    let icon = egui_phosphor::regular::BRACKETS_CURLY;
    if entry_ui(ui, icon, "Write the state (JSON)", "Shift+F12") {
        out.push(state(data));
        ui.close();
    }
}

fn size_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    choice_ui(ui, "Size", |ui| {
        let button = |ui: &mut egui::Ui, text: String, hint: &str| {
            let button = egui::Button::new(text).fill(theme::HOVER.egui());
            ui.add(button).on_hover_text(hint).clicked()
        };
        if button(ui, "−".to_owned(), "Smaller (Ctrl+Minus)") {
            out.push(Command::SetUiScale(smaller(data)));
        }
        let percent = format!("{} %", data.view.twin.view().ui_scale);
        if button(ui, percent, "Back to 100 % (Ctrl+0)") {
            out.push(Command::SetUiScale(NORMAL));
        }
        if button(ui, "+".to_owned(), "Larger (Ctrl+Plus)") {
            out.push(Command::SetUiScale(larger(data)));
        }
    });
}

fn quality_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    choice_ui(ui, "Quality", |ui| {
        for quality in [Quality::Low, Quality::Medium, Quality::High] {
            let is_chosen = data.quality.quality == quality;
            let response = ui.selectable_label(is_chosen, quality_word(quality));
            let response = if quality == data.quality.by_adapter {
                response.on_hover_text("Suits this graphics adapter")
            } else {
                response
            };
            if response.clicked() {
                out.push(Command::SetQuality(quality));
            }
        }
    });
}

fn incidents_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    heading_ui(ui, "Start an incident of the demo plant", "");
    egui::ScrollArea::vertical()
        .id_salt("incidents")
        .max_height(list_height(ui))
        .show(ui, |ui| {
            for (id, name) in data.incidents {
                if entry_ui(ui, egui_phosphor::regular::LIGHTNING, name, "") {
                    out.push(Command::TriggerIncident(id.clone()));
                    ui.close();
                }
            }
        });
}

/// One entry over the whole width, with its keys at the right; whether it was chosen.
fn entry_ui(ui: &mut egui::Ui, icon: &str, text: &str, keys: &str) -> bool {
    let button = egui::Button::new(format!("{icon}  {text}"))
        .truncate()
        .shortcut_text(style::small(keys));
    ui.add(button).clicked()
}

/// A heading inside the menu, with its keys at the right.
fn heading_ui(ui: &mut egui::Ui, text: &str, keys: &str) {
    ui.horizontal(|ui| {
        ui.label(style::small(text));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(style::small(keys));
        });
    });
}

/// A word and a few buttons to choose from.
fn choice_ui(ui: &mut egui::Ui, word: &str, choices: impl FnOnce(&mut egui::Ui)) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(64.0, 20.0), egui::Sense::hover());
        ui.painter().text(
            rect.left_center(),
            egui::Align2::LEFT_CENTER,
            word,
            egui::FontId::proportional(theme::TEXT_SIZE),
            theme::TEXT.egui(),
        );
        choices(ui);
    });
}

/// The word of a quality on screen.
pub const fn quality_word(quality: Quality) -> &'static str {
    match quality {
        Quality::Low => "Low",
        Quality::Medium => "Medium",
        Quality::High => "High",
    }
}

fn larger(data: &PanelData) -> u16 {
    let size = data.view.twin.view().ui_scale;
    let next = SIZES.into_iter().find(|larger| *larger > size);
    next.unwrap_or(size)
}

fn smaller(data: &PanelData) -> u16 {
    let size = data.view.twin.view().ui_scale;
    let next = SIZES.into_iter().rev().find(|smaller| *smaller < size);
    next.unwrap_or(size)
}

fn picture(data: &PanelData) -> Command {
    Command::Screenshot(file_name(data, "png").into())
}

fn state(data: &PanelData) -> Command {
    Command::Dump(file_name(data, "json"))
}

/// `gearbox_2026-11-22_23-24-05.250.png`, in the current folder: the plant, and its time of day now.
fn file_name(data: &PanelData, ending: &str) -> PathBuf {
    let plant = data.view.twin.plant();
    let now: jiff::Timestamp = data.view.now.into();
    let time = now
        .to_zoned(plant.calendar.time_zone.clone())
        .strftime("%Y-%m-%d_%H-%M-%S%.3f");
    format!("{}_{time}.{ending}", plant.id).into()
}
