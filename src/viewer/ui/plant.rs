//! Plant tree.

use bevy_egui::egui;

use super::{PanelData, style};
use crate::command::Command;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {}

/// The equipment of the plant; a click selects, a double click flies there.
pub fn plant_ui(ui: &mut egui::Ui, data: &PanelData, _: &mut Memory, out: &mut Vec<Command>) {
    let plant = data.view.twin.plant();
    ui.label(style::small(format!(
        "{} pieces of equipment",
        plant.equipment.len()
    )));
    let rows = plant.equipment.len();
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, 20.0, rows, |ui, range| {
            for (one, at) in plant
                .equipment
                .iter()
                .zip(0..)
                .skip(range.start)
                .take(range.len())
            {
                let id = crate::model::EquipmentId(at);
                let is_chosen = data.view.twin.view().selection == Some(id);
                let response = ui.selectable_label(is_chosen, &*one.name);
                if response.clicked() {
                    out.push(Command::Select(one.path.clone()));
                }
                if response.double_clicked() {
                    out.push(Command::Focus(one.path.clone()));
                }
            }
        });
}
