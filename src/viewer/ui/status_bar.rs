//! The status bar: sources, whether they are recorded, what the mouse is over, how late motion is drawn, quality, and the
//! newest notice.

use bevy_egui::egui;

use super::menu::quality_word;
use super::{PanelData, style};
use crate::model::Timestamp;
use crate::source::status::Link;
use crate::timeline::Edge;
use crate::viewer::commands::Severity;
use crate::viewer::motion;

/// A notice is shown for this long, s.
const NOTICE_SECS: f64 = 12.0;

/// Narrower than this, it says less, points.
const NARROW: f32 = 760.0;

/// The status bar.
pub fn status_bar_ui(ui: &mut egui::Ui, data: &PanelData) {
    let is_narrow = ui.available_width() < NARROW;
    ui.horizontal(|ui| {
        sources_ui(ui, data);
        recorder_ui(ui, data);
        ui.separator();
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let quality = quality_word(data.quality.quality);
            ui.label(style::small(format!("Quality: {quality}")))
                .on_hover_text("How much is spent on the picture; the menu changes it");
            if !is_narrow {
                ui.separator();
                let delay = motion::DELAY.as_secs_f64();
                ui.label(style::small(format!("Motion {delay:.1} s behind")))
                    .on_hover_text(
                        "Motion is drawn this much late, so that it lies between two samples and \
                         is never guessed; values are those of the cursor",
                    );
            }
            ui.separator();
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                if data.loading.pending > 0 {
                    ui.label(style::small(format!(
                        "Loading {} models",
                        data.loading.pending
                    )));
                    ui.separator();
                }
                notice_ui(ui, data, data.view.now);
            });
        });
    });
}

fn sources_ui(ui: &mut egui::Ui, data: &PanelData) {
    let sources = data.view.twin.sources();
    if sources.is_empty() {
        let is_past = data.view.twin.timeline().edge() == Edge::End;
        ui.label(style::small(if is_past {
            "A recording"
        } else {
            "No source"
        }));
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
        text.weak()
    } else {
        text.strong()
    })
    .on_hover_text("Sources that are connected, and how much comes: the Sources panel says more");
}

/// Whether what is received is kept.
fn recorder_ui(ui: &mut egui::Ui, data: &PanelData) {
    let Some(status) = data.view.twin.recorder() else {
        return;
    };
    let text = match (&status.problem, status.lost) {
        (Some(_), _) => "Not recording",
        (None, 0) => "Recording",
        (None, _) => "Recording with gaps",
    };
    let is_whole = status.problem.is_none() && status.lost == 0;
    let text = egui::RichText::new(format!("{} {text}", egui_phosphor::regular::RECORD)).small();
    ui.separator();
    ui.label(if is_whole { text.weak() } else { text.strong() })
        .on_hover_text(format!("{}: {}", status.words(), status.folder.display()));
}

fn notice_ui(ui: &mut egui::Ui, data: &PanelData, now: Timestamp) {
    if let Some(notice) = data.notices.last()
        && now.secs_since(notice.time) < NOTICE_SECS
    {
        let text = egui::RichText::new(&*notice.text).small();
        ui.add(
            egui::Label::new(match notice.severity {
                Severity::Info => text.weak(),
                Severity::Problem => text.strong(),
            })
            .truncate(),
        );
    }
}
