//! Inspector of the selection.

use bevy_egui::egui;

use super::{PanelData, style};
use crate::command::Command;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {}

/// Every signal of the selected equipment with its value.
pub fn inspector_ui(ui: &mut egui::Ui, data: &PanelData, _: &mut Memory, _: &mut Vec<Command>) {
    let plant = data.view.twin.plant();
    let Some(one) = data
        .view
        .twin
        .view()
        .selection
        .and_then(|id| plant.equipment(id))
    else {
        ui.label(style::weak("Select equipment in the plant or in the tree"));
        return;
    };
    ui.label(egui::RichText::new(&*one.name).strong());
    ui.label(style::small(&*one.path));
    egui::Grid::new("signals").striped(true).show(ui, |ui| {
        for id in one.signal_ids() {
            let (Some(signal), Some(value)) =
                (plant.signal(id), data.view.snapshot.values.get(id.index()))
            else {
                continue;
            };
            ui.label(super::legend::words(&signal.spec.name));
            ui.label(crate::viewer::overlay::label::value_text(
                *value,
                signal.spec.unit.symbol,
            ));
            ui.end_row();
        }
    });
}
