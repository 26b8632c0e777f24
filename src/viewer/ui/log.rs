//! What happened.

use bevy_egui::egui;

use super::{PanelData, style};
use crate::command::Command;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {}

/// Notices, newest first.
pub fn log_ui(ui: &mut egui::Ui, data: &PanelData, _: &mut Memory, _: &mut Vec<Command>) {
    for notice in data.notices.iter().rev() {
        ui.label(style::small(&*notice.text));
    }
}
