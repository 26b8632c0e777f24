//! What happened: alarms, sources, gaps and clock jumps from the history, and what was said to the
//! user.

use std::time::Duration;

use bevy_egui::egui;

use super::alarms::{alarm_words, clock_text};
use super::legend::words;
use super::{PanelData, style};
use crate::command::Command;
use crate::model::Timestamp;
use crate::model::alarm::{Alarm, Event, EventKind};
use crate::twin::Mode;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {
    lines: Vec<(Timestamp, String)>,
    /// When the lines were made.
    made: Timestamp,
}

/// How far back the log looks.
const SPAN: Duration = Duration::from_secs(3_600);
/// Lines at most.
const MOST: usize = 500;
/// The log is made anew this often.
const PERIOD: Duration = Duration::from_secs(1);

/// The log, newest first.
pub fn log_ui(ui: &mut egui::Ui, data: &PanelData, memory: &mut Memory, _: &mut Vec<Command>) {
    let now = data.view.snapshot.time;
    let is_other = data.view.twin.mode() != Mode::Live && now != memory.made;
    if now.saturating_since(memory.made) >= PERIOD || now < memory.made || is_other {
        memory.made = now;
        memory.lines = lines(data, now);
    }
    if memory.lines.is_empty() {
        let next = "Alarms, connections and what was said to you are listed here as they come";
        let icon = egui_phosphor::regular::LIST_BULLETS;
        style::empty_ui(ui, icon, "Nothing happened in the last hour", next);
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        18.0,
        memory.lines.len(),
        |ui, range| {
            for (time, text) in memory.lines.get(range).unwrap_or_default() {
                ui.horizontal(|ui| {
                    ui.label(style::weak(clock_text(data, *time)).monospace());
                    ui.add(egui::Label::new(text).truncate());
                });
            }
        },
    );
}

fn lines(data: &PanelData, now: Timestamp) -> Vec<(Timestamp, String)> {
    let until = now + Duration::from_nanos(1);
    let events = data.view.twin.history().events(now - SPAN..until);
    let mut lines: Vec<(Timestamp, String)> = events
        .iter()
        .rev()
        .filter(|event| event.is_news())
        .take(MOST)
        .map(|event| (event.time, event_text(data, event)))
        .collect();
    let said = data
        .notices
        .iter()
        .filter(|notice| notice.time <= now)
        .map(|notice| (notice.time, notice.text.to_string()));
    lines.extend(said);
    lines.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    lines.truncate(MOST);
    lines
}

/// What an event says, in a line.
pub fn event_text(data: &PanelData, event: &Event) -> String {
    let plant = data.view.twin.plant();
    let connection = |at: u32| {
        plant
            .connections
            .get(at as usize)
            .map_or_else(|| format!("source {at}"), |one| one.id.to_string())
    };
    match &event.kind {
        EventKind::AlarmRaised(alarm) => alarm_text(data, alarm),
        EventKind::AlarmCleared(alarm) => format!("Returned: {}", alarm_text(data, alarm)),
        EventKind::AlarmStanding(alarm) => format!("Still active: {}", alarm_text(data, alarm)),
        EventKind::Source {
            connection: at,
            message,
        } => format!("{}: {message}", connection(*at)),
        EventKind::Gap {
            connection: at,
            samples,
            ..
        } => format!("{}: {samples} samples lost", connection(*at)),
        EventKind::ClockJump { nanos } => {
            format!("The clock was set by {:.1} s", *nanos as f64 * 1e-9)
        }
        EventKind::Note { message } => message.to_string(),
    }
}

/// What an alarm says, with whose it is.
pub fn alarm_text(data: &PanelData, alarm: &Alarm) -> String {
    let plant = data.view.twin.plant();
    let name = plant
        .equipment(alarm.equipment)
        .map_or_else(String::new, |one| one.name.to_string());
    let signal = plant
        .signal(alarm.signal)
        .map_or("", |signal| &signal.spec.name);
    let says = words(&alarm_words(signal, alarm.condition)).to_lowercase();
    format!("{name}: {says}")
}
