//! The menus of the right mouse button: on equipment, in the plant and in the tree, and on the
//! floor.

use bevy_egui::egui;
use egui_phosphor::regular as icon;

use super::action::{self, Deed};
use super::legend::words;
use super::menu::entry_ui;
use super::{PanelData, style};
use crate::command::{Command, Panel, Visibility};
use crate::futures::Change;
use crate::model::process::Process;
use crate::model::{Equipment, EquipmentId};
use crate::viewer::navigation::heat_map;
use crate::viewer::overlay::heat;
use crate::viewer::theme;

/// Width of the menu, points.
const WIDTH: f32 = 230.0;

/// What can be done with one equipment.
pub fn equipment_menu_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    id: EquipmentId,
    out: &mut Vec<Command>,
) {
    let plant = data.view.twin.plant();
    let Some(one) = plant.equipment(id) else {
        return;
    };
    let view = data.view.twin.view();
    ui.set_width(WIDTH);
    ui.label(egui::RichText::new(&*one.name).strong());
    ui.add(egui::Label::new(style::small(&*one.path)).truncate());
    ui.separator();
    if entry_ui(ui, icon::CROSSHAIR, "Fly there", "Double click") {
        out.push(Command::Select(one.path.clone()));
        out.push(Command::Focus(one.path.clone()));
        ui.close();
    }
    if view.selection == Some(id) {
        if entry_ui(ui, icon::SELECTION_SLASH, "Select nothing", "Esc") {
            out.push(Command::Deselect);
            ui.close();
        }
    } else if entry_ui(ui, icon::CURSOR_CLICK, "Select", "Click") {
        out.push(Command::Select(one.path.clone()));
        ui.close();
    }
    if entry_ui(ui, icon::MAGNIFYING_GLASS, "Open in the inspector", "") {
        out.push(Command::Select(one.path.clone()));
        out.push(Command::SetPanel(Panel::Inspector, Visibility::Shown));
        ui.close();
    }
    let hot: Vec<_> = one
        .signal_ids()
        .filter_map(|signal| plant.signal(signal))
        .filter(|signal| heat::suits(signal))
        .collect();
    if !hot.is_empty() {
        let text = format!("{}  Show as heat", icon::THERMOMETER);
        ui.menu_button(text, |ui| {
            ui.set_width(WIDTH);
            egui::ScrollArea::vertical()
                .max_height(ui.ctx().content_rect().height() * 0.5)
                .show(ui, |ui| {
                    for signal in hot {
                        if entry_ui(ui, icon::WAVE_SINE, &words(&signal.spec.name), "") {
                            out.extend(heat_map(signal));
                            ui.close();
                        }
                    }
                });
        });
    }
    let changes = changes(one, shift_end_secs(data));
    if !changes.is_empty() {
        let text = format!("{}  What if…", icon::BINOCULARS);
        ui.menu_button(text, |ui| {
            ui.set_width(WIDTH);
            for (picture, change) in changes {
                if entry_ui(ui, picture, &change.words(&one.name), "") {
                    out.push(Command::WhatIf(change));
                    out.push(Command::SetPanel(Panel::Futures, Visibility::Shown));
                    ui.close();
                }
            }
        });
    }
    let is_hidden = view.unlabelled.contains(&id);
    let (picture, text, shown) = if is_hidden {
        (icon::EYE, "Show its label", Visibility::Shown)
    } else {
        (icon::EYE_SLASH, "Hide its label", Visibility::Hidden)
    };
    if entry_ui(ui, picture, text, "") {
        out.push(Command::SetLabel(one.path.clone(), shown));
        ui.close();
    }
    ui.separator();
    if entry_ui(ui, icon::COPY, "Copy its path", "") {
        ui.ctx().copy_text(one.path.to_string());
        ui.close();
    }
}

const HOUR: f64 = 3_600.0;

/// How long the shift lasts after the fork, or after the cursor where there is none yet; where nobody works
/// in shifts, four hours.
pub(super) fn shift_end_secs(data: &PanelData) -> f64 {
    let twin = &data.view.twin;
    let cursor = twin.timeline().cursor();
    let fork = twin.outlook().map_or(cursor, |outlook| outlook.at());
    let end = twin.plant().calendar.shift_end(fork);
    end.map_or(4.0 * HOUR, |end| end.secs_since(fork))
}

/// What could be different with an equipment.
pub(super) fn changes(one: &Equipment, shift_end_secs: f64) -> Vec<(&'static str, Change)> {
    let path = || one.path.clone();
    match &one.process {
        Process::Station(_) | Process::Handler(_) => vec![
            (icon::LIGHTNING_SLASH, Change::Dies(path(), 0.0)),
            (icon::WRENCH, Change::Serviced(path(), 0.0, HOUR / 2.0)),
            (
                icon::WRENCH,
                Change::Serviced(path(), shift_end_secs, HOUR / 2.0),
            ),
            (icon::FAST_FORWARD, Change::Cycle(path(), 1.0 / 1.1)),
            (icon::FAST_FORWARD, Change::Cycle(path(), 1.0 / 1.25)),
            (icon::PLUS_SQUARE, Change::OneMore(path())),
            (icon::CLOCK, Change::RoundTheClock(path())),
        ],
        Process::Conveyor { .. } => vec![
            (icon::LIGHTNING_SLASH, Change::Dies(path(), 0.0)),
            (icon::WRENCH, Change::Serviced(path(), 0.0, HOUR / 2.0)),
        ],
        Process::Buffer {
            capacity: Some(places),
            ..
        } => vec![
            (icon::PLUS_SQUARE, Change::Places(path(), places * 2)),
            (
                icon::MINUS_SQUARE,
                Change::Places(path(), (places / 2).max(1)),
            ),
        ],
        _ => Vec::new(),
    }
}

/// What can be done where no equipment is.
pub fn floor_menu_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    ui.set_width(WIDTH);
    for deed in [
        Deed::Home,
        Deed::TopView,
        Deed::Labels,
        Deed::Panel(Panel::Palette),
    ] {
        let Some(action) = action::of(deed) else {
            continue;
        };
        let keys = action.chord.map(action::Chord::text).unwrap_or_default();
        if entry_ui(ui, action.icon, action.name, &keys) {
            out.extend(deed.commands(data));
            ui.close();
        }
    }
    let hidden = &data.view.twin.view().unlabelled;
    if !hidden.is_empty() {
        ui.add_space(theme::SPACE_XS);
        if entry_ui(ui, icon::EYE, "Show all hidden labels", "") {
            let plant = data.view.twin.plant();
            let paths = hidden.iter().filter_map(|id| plant.equipment(*id));
            out.extend(paths.map(|one| Command::SetLabel(one.path.clone(), Visibility::Shown)));
            ui.close();
        }
    }
}
