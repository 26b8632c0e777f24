//! The menu at the left of the top bar: saved views, files, how things are shown, incidents of the
//! demo, and the end.

use bevy_egui::egui;

use super::action::{self, Chord, Deed};
use super::{PanelData, style};
use crate::command::{Command, Panel, Quality, Theme};
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

impl Memory {
    /// Opens the menu with the cursor in the name of a view.
    pub fn ask_for_name(&mut self) {
        self.opens = 3;
    }

    /// Whether the menu is about to open.
    pub const fn is_asking(&self) -> bool {
        self.opens > 0
    }
}

/// Width of the menu, points.
const WIDTH: f32 = 300.0;
/// Height of everything but the two lists, points.
const FIXED_HEIGHT: f32 = 490.0;

/// The button and, while it is open, the menu.
pub fn menu_ui(ui: &mut egui::Ui, data: &PanelData, memory: &mut Memory, out: &mut Vec<Command>) {
    let button = ui
        .button(egui::RichText::new(egui_phosphor::regular::LIST).size(theme::TEXT_SIZE_HEADING))
        .on_hover_text("Menu: saved views, pictures, theme, size, quality");
    let asks_for_name = memory.is_asking();
    memory.opens = memory.opens.saturating_sub(1);
    let set = if asks_for_name {
        Some(egui::SetOpenCommand::Bool(true))
    } else {
        button.clicked().then_some(egui::SetOpenCommand::Toggle)
    };
    let most = ui.ctx().content_rect().height() - 4.0 * theme::SPACE_XL;
    egui::Popup::menu(&button)
        .open_memory(set)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .gap(6.0)
        .width(WIDTH)
        .show(|ui| {
            ui.set_width(WIDTH);
            // Or else it is as high as any area is by default, whatever the window.
            ui.set_max_height(most);
            egui::ScrollArea::vertical()
                .max_height(most)
                .show(ui, |ui| {
                    save_ui(ui, memory, out);
                    if asks_for_name {
                        ui.memory_mut(|focus| focus.request_focus(name_id()));
                    }
                    views_ui(ui, data, out);
                    ui.separator();
                    deed_ui(ui, data, Deed::TopView, out);
                    ui.separator();
                    deed_ui(ui, data, Deed::Picture, out);
                    deed_ui(ui, data, Deed::State, out);
                    ui.separator();
                    deed_ui(ui, data, Deed::Undo, out);
                    deed_ui(ui, data, Deed::Redo, out);
                    ui.separator();
                    theme_ui(ui, data, out);
                    size_ui(ui, data, out);
                    quality_ui(ui, data, out);
                    ui.separator();
                    deed_ui(ui, data, Deed::Panel(Panel::Palette), out);
                    deed_ui(ui, data, Deed::Panel(Panel::Tour), out);
                    deed_ui(ui, data, Deed::Panel(Panel::Help), out);
                    deed_ui(ui, data, Deed::Panel(Panel::Diagnostics), out);
                    if !data.incidents.is_empty() {
                        ui.separator();
                        incidents_ui(ui, data, out);
                    }
                    ui.separator();
                    deed_ui(ui, data, Deed::Quit, out);
                });
        });
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
                .desired_width(WIDTH - 60.0),
        );
        let is_entered =
            field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let name = memory.name.trim();
        let is_clicked = ui
            .add_enabled(!name.is_empty(), egui::Button::new("Save"))
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
        ui.label(style::small("None yet: type a name to keep this one"));
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
                    let size = egui::vec2(WIDTH - 46.0, ui.spacing().interact_size.y);
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

/// One deed of the table as an entry.
fn deed_ui(ui: &mut egui::Ui, data: &PanelData, deed: Deed, out: &mut Vec<Command>) {
    let Some(action) = action::of(deed) else {
        return;
    };
    let keys = action.chord.map(Chord::text).unwrap_or_default();
    let entry = entry(ui, action.icon, action.name, &keys);
    if entry.on_hover_text(deed_says(deed)).clicked() {
        out.extend(deed.commands(data));
        ui.close();
    }
}

/// What an entry does, in a sentence.
const fn deed_says(deed: Deed) -> &'static str {
    match deed {
        Deed::TopView => "Look straight down on the layout, as on a drawing",
        Deed::Picture => "Write what you see to a file in the current folder",
        Deed::State => "Write every value, state and alarm to a file, for other programs",
        Deed::Undo => "Take back the last change of panels, overlay, labels, theme or size",
        Deed::Redo => "Change again what was taken back",
        Deed::Panel(Panel::Palette) => "Find machines, signals and commands by name",
        Deed::Panel(Panel::Tour) => "What is where on the screen, in a minute",
        Deed::Panel(Panel::Help) => "Every key and what the mouse does",
        Deed::Panel(Panel::Diagnostics) => "Frames a second, draws and triangles, in a corner",
        Deed::Quit => "End the program",
        _ => "",
    }
}

fn theme_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    choice_ui(ui, "Theme", |ui| {
        for theme in Theme::ALL {
            let is_chosen = data.view.twin.view().theme == theme;
            if ui.selectable_label(is_chosen, theme_word(theme)).clicked() {
                out.push(Command::SetTheme(theme));
            }
        }
    });
}

fn size_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    choice_ui(ui, "Size", |ui| {
        let percent = format!("{} %", data.view.twin.view().ui_scale);
        for (text, says, deed) in [
            ("−", "Smaller", Deed::Smaller),
            (&*percent, "Back to 100 %", Deed::NormalSize),
            ("+", "Larger", Deed::Larger),
        ] {
            let button = ui.button(text).on_hover_text(action::hint(says, deed));
            if button.clicked() {
                out.extend(deed.commands(data));
            }
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
pub fn entry_ui(ui: &mut egui::Ui, icon: &str, text: &str, keys: &str) -> bool {
    entry(ui, icon, text, keys).clicked()
}

fn entry(ui: &mut egui::Ui, icon: &str, text: &str, keys: &str) -> egui::Response {
    let button = egui::Button::new(format!("{icon}  {text}"))
        .truncate()
        .shortcut_text(style::small(keys));
    ui.add(button)
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
            theme::of(ui.ctx()).text.egui(),
        );
        // What can be pressed has a ground, in a menu too.
        let palette = theme::of(ui.ctx());
        ui.visuals_mut().widgets.inactive.weak_bg_fill = palette.hover.egui();
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

/// The word of a theme on screen.
pub const fn theme_word(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "Light",
        Theme::Dark => "Dark",
        Theme::HighContrast => "High contrast",
    }
}
