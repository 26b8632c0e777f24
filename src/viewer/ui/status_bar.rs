//! The status bar: sources, what the mouse is over, how late motion is drawn, quality, and the
//! newest notice.

use bevy_egui::egui;

use super::menu::quality_word;
use super::{PanelData, style};
use crate::model::Timestamp;
use crate::source::status::Link;
use crate::viewer::commands::Severity;
use crate::viewer::{motion, theme};

/// A notice is shown for this long, s.
const NOTICE_SECS: f64 = 12.0;

/// The status bar.
pub fn status_bar_ui(ui: &mut egui::Ui, data: &PanelData) {
    ui.horizontal(|ui| {
        sources_ui(ui, data);
        ui.separator();
        if data.loading.pending > 0 {
            ui.label(style::small(format!(
                "Loading {} models",
                data.loading.pending
            )));
            ui.separator();
        }
        notice_ui(ui, data, data.view.now);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let quality = quality_word(data.quality.quality);
            ui.label(style::small(format!("Quality: {quality}")))
                .on_hover_text("How much is spent on the picture; the menu changes it");
            ui.separator();
            let delay = motion::DELAY.as_secs_f64();
            ui.label(style::small(format!("Motion {delay:.1} s behind")))
                .on_hover_text(
                    "Motion is drawn this much late, so that it lies between two samples and is \
                     never guessed; values are those of the cursor",
                );
        });
    });
}

fn sources_ui(ui: &mut egui::Ui, data: &PanelData) {
    let sources = data.view.twin.sources();
    if sources.is_empty() {
        ui.label(style::small("No source"));
        return;
    }
    let connected = sources
        .iter()
        .filter(|source| source.link == Link::Connected)
        .count();
    let rate: f64 = sources
        .iter()
        .map(|source| source.messages_per_second)
        .sum();
    let icon = if connected == sources.len() {
        egui_phosphor::regular::PLUGS_CONNECTED
    } else {
        egui_phosphor::regular::PLUGS
    };
    let text = format!(
        "{icon} {connected} of {} sources  {rate:.0} messages/s",
        sources.len()
    );
    let text = egui::RichText::new(text).small();
    ui.label(if connected == sources.len() {
        text.color(theme::TEXT_WEAK.egui())
    } else {
        text.color(theme::TEXT.egui()).strong()
    });
}

fn notice_ui(ui: &mut egui::Ui, data: &PanelData, now: Timestamp) {
    if let Some(notice) = data.notices.last()
        && now.secs_since(notice.time) < NOTICE_SECS
    {
        let text = egui::RichText::new(&*notice.text).small();
        ui.add(
            egui::Label::new(match notice.severity {
                Severity::Info => text.color(theme::TEXT_WEAK.egui()),
                Severity::Problem => text.color(theme::TEXT.egui()).strong(),
            })
            .truncate(),
        );
    }
}
