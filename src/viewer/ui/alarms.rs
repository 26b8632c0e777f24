//! The alarm list.

use bevy_egui::egui;

use super::{PanelData, style};
use crate::command::Command;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {}

/// Alarms, newest first.
pub fn alarms_ui(ui: &mut egui::Ui, data: &PanelData, _: &mut Memory, _: &mut Vec<Command>) {
    let alarms = data.view.twin.alarms();
    if alarms.is_empty() {
        ui.label(style::weak("No alarm"));
    }
    for alarm in alarms.iter().take(100) {
        ui.label(data.view.twin.plant().signal_path(alarm.signal));
    }
}
