//! Sources and their status.

use bevy_egui::egui;

use super::{PanelData, style};
use crate::command::Command;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {}

/// Each source with its link and rate.
pub fn sources_ui(ui: &mut egui::Ui, data: &PanelData, _: &mut Memory, _: &mut Vec<Command>) {
    let sources = data.view.twin.sources();
    if sources.is_empty() {
        ui.label(style::weak("No source: name one in the scene"));
    }
    for source in sources {
        ui.label(format!(
            "{}  {:.0} messages/s",
            source.name, source.messages_per_second
        ));
    }
}
