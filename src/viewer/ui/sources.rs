//! Sources: what each is connected to, how much comes, and what could not be used.

use bevy_egui::egui;

use super::alarms::clock_text;
use super::inspector::age_text;
use super::{PanelData, style};
use crate::command::Command;
use crate::history::freshness::life;
use crate::model::SessionId;
use crate::model::connection::SessionKind;
use crate::source::SourceStatus;
use crate::source::status::Link;
use crate::twin::Mode;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {}

/// Rejected causes and unmapped topics listed of a source at most.
const MOST: usize = 50;

/// Every source.
pub fn sources_ui(ui: &mut egui::Ui, data: &PanelData, _: &mut Memory, _: &mut Vec<Command>) {
    let sources = data.view.twin.sources();
    if sources.is_empty() {
        let next = "Name a broker in the scene, or start with --mqtt mqtt://host:1883";
        let icon = egui_phosphor::regular::PLUGS;
        style::empty_ui(ui, icon, "No source", next);
        return;
    }
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            for (source, connection) in sources.iter().zip(0..) {
                source_ui(ui, data, source, connection);
            }
        });
}

/// Whether a connection was alive at the cursor.
fn was_alive(data: &PanelData, connection: u32) -> bool {
    let plant = data.view.twin.plant();
    let session = plant.sessions.iter().position(|session| {
        session.kind == SessionKind::Connection && session.connection == connection
    });
    session.is_some_and(|at| {
        let signal = plant.session_signal(SessionId(at as u32));
        let history = data.view.twin.history();
        life(history.latest_at(signal, data.view.snapshot.time)).is_some()
    })
}

fn source_ui(ui: &mut egui::Ui, data: &PanelData, source: &SourceStatus, connection: u32) {
    let now = data.view.now;
    let is_live = data.view.twin.mode() == Mode::Live;
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(&*source.name).strong());
        ui.add(egui::Label::new(style::small(&*source.url)).truncate());
    });
    if !is_live {
        let then = if was_alive(data, connection) {
            "connected"
        } else {
            "not connected"
        };
        let at = clock_text(data, data.view.snapshot.time);
        ui.add(egui::Label::new(format!("At {at}: {then}. Now:")).wrap());
    }
    let link = match &source.link {
        Link::Starting => "Starting".to_owned(),
        Link::Connected => source
            .connected_since
            .map_or("Connected".to_owned(), |since| {
                format!("Connected for {}", age_text(now.secs_since(since)))
            }),
        Link::Waiting { error, retry } => {
            format!(
                "{error}; tried again in {}",
                age_text(retry.secs_since(now))
            )
        }
        Link::Failed { error } => format!("Cannot work: {error}"),
    };
    ui.add(egui::Label::new(link).wrap());
    let last = source
        .last_message
        .map_or("none yet".to_owned(), |time| age_text(now.secs_since(time)));
    ui.label(style::small(format!(
        "{:.0} messages/s, {} messages, {} samples, last {last} ago, {} reconnects, {} lost",
        source.messages_per_second,
        source.messages,
        source.samples,
        source.reconnects,
        source.dropped
    )));
    if source.rejected() > 0 {
        let title = format!("{} could not be used", source.rejected());
        ui.push_id(("rejects", &source.name), |ui| {
            ui.collapsing(title, |ui| {
                for reject in source.rejects.iter().take(MOST) {
                    ui.label(format!("{}× {:?}", reject.count, reject.cause));
                    ui.label(style::small(format!(
                        "{}: {}",
                        reject.last_topic, reject.last_detail
                    )));
                }
            });
        });
    }
    if source.unmapped_topics > 0 {
        let title = format!("{} topics that nothing is bound to", source.unmapped_topics);
        ui.push_id(("unmapped", &source.name), |ui| {
            ui.collapsing(title, |ui| {
                for topic in source.unmapped.iter().take(MOST) {
                    ui.label(&*topic.topic);
                    ui.label(style::small(format!("{}× {}", topic.count, topic.sample)));
                }
            });
        });
    }
    ui.add_space(4.0);
}
