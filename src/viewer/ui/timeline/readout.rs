//! What is under the pointer: the instant, and what the lane there says of it.

use std::time::Duration;

use bevy_egui::egui;

use super::PanelData;
use super::axis::Axis;
use super::rows::{Content, Row};
use crate::history::freshness::{FreshnessRule, life};
use crate::model::{
    EquipmentId, Freshness, Health, HealthStatus, OperatingState, SignalId, Timestamp,
};
use crate::timeline::ruler::{instant, length};
use crate::viewer::overlay::label::value_text;
use crate::viewer::ui::{log, style};
use crate::viewer::{theme, ui::legend::words};

/// Lines about events or equipment at most.
const LINES: usize = 6;
/// Events so near to the pointer are meant, points.
const NEAR: f32 = 4.0;

/// Date, time and zone of an instant, in the plant's time zone.
pub fn instant_of(data: &PanelData, at: Timestamp) -> [String; 3] {
    instant(at, &data.view.twin.plant().calendar.time_zone)
}

/// What is at `x` in a row.
pub fn readout_ui(ui: &mut egui::Ui, data: &PanelData, axis: Axis, x: f32, row: Option<&Row>) {
    let at = axis.at(x);
    let [date, time, zone] = instant_of(data, at);
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(time).strong());
        ui.label(style::weak(format!("{zone}  {date}")));
    });
    let timeline = data.view.twin.timeline();
    let recorded = timeline.recorded();
    if recorded.is_none_or(|span| at < span.start) {
        ui.label(style::weak("Nothing was recorded"));
        return;
    }
    if at > timeline.now() {
        ui.label(style::weak("Has not happened yet"));
        return;
    }
    for line in gaps(data, at) {
        ui.label(line);
    }
    match row.map(|row| &row.content) {
        Some(Content::Equipment(id)) => state_ui(ui, data, *id, at),
        Some(Content::Group(group, ..)) => {
            let members = crate::kpi::Scope::Group(*group).members(data.view.twin.plant());
            group_ui(ui, data, &members.ids, at);
        }
        Some(Content::Health) => health_ui(ui, data, at),
        Some(Content::Events) => events_ui(ui, data, axis, x),
        Some(Content::Plot(id)) => value_ui(ui, data, *id, at),
        Some(Content::Futures | Content::Data | Content::More) | None => {}
    }
}

fn gaps(data: &PanelData, at: Timestamp) -> Vec<String> {
    let plant = data.view.twin.plant();
    let gaps = data.lanes.answer.main.gaps.iter();
    gaps.filter(|gap| gap.span.contains(&at))
        .map(|gap| {
            let of = plant.connections.get(gap.connection as usize);
            let name = of.map_or("A source", |of| &*of.id);
            let long = length(gap.span.end.nanos_since(gap.span.start));
            match gap.lost {
                Some(lost) => format!("{name}: {lost} samples lost in {long}"),
                None => format!("{name}: no connection, {long}"),
            }
        })
        .take(LINES)
        .collect()
}

fn state_at(
    data: &PanelData,
    id: EquipmentId,
    at: Timestamp,
) -> (OperatingState, Option<Timestamp>) {
    let signal = data.view.twin.plant().state_signal(id);
    let point = data.view.twin.history().latest_at(signal, at);
    let state = point.map_or(OperatingState::Unknown, |point| {
        OperatingState::from_value(point.value)
    });
    (state, point.map(|point| point.time))
}

fn health_at(data: &PanelData, id: EquipmentId, at: Timestamp) -> HealthStatus {
    let signal = data.view.twin.plant().health_signal(id);
    let point = data.view.twin.history().latest_at(signal, at);
    point.map_or_else(HealthStatus::default, |point| {
        HealthStatus::from_value(point.value)
    })
}

fn state_ui(ui: &mut egui::Ui, data: &PanelData, id: EquipmentId, at: Timestamp) {
    let plant = data.view.twin.plant();
    let Some(one) = plant.equipment(id) else {
        return;
    };
    let (state, since) = state_at(data, id, at);
    let signal = plant.state_signal(id);
    let until = data.view.twin.history().bracket(signal, at).1;
    let long = since.map(|since| {
        let end = until.map_or(data.view.now, |point| point.time);
        format!(" for {}", length(end.nanos_since(since)))
    });
    let long = long.unwrap_or_default();
    ui.label(format!("{}: {}{long}", one.name, theme::state_word(state)));
    let health = health_at(data, id, at);
    if health.health > Health::Unknown {
        let cause = health.signal.and_then(|signal| plant.signal(signal));
        let cause = cause.map_or_else(String::new, |cause| {
            format!(": {}", words(&cause.spec.name))
        });
        ui.label(format!("{}{cause}", health.health.label()));
    }
}

/// How many are in which state.
fn group_ui(ui: &mut egui::Ui, data: &PanelData, members: &[EquipmentId], at: Timestamp) {
    // A readout is no place for a sum over a whole large plant.
    if members.len() > 500 {
        ui.label(format!("{} machines", members.len()));
        return;
    }
    let mut counts = [0_u32; OperatingState::COUNT];
    for id in members {
        counts[state_at(data, *id, at).0 as usize] += 1;
    }
    let mut parts: Vec<_> = OperatingState::ALL.into_iter().zip(counts).collect();
    parts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (state, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
        ui.label(format!("{count} {}", theme::state_word(state)));
    }
}

fn health_ui(ui: &mut egui::Ui, data: &PanelData, at: Timestamp) {
    let plant = data.view.twin.plant();
    if plant.equipment.len() > 2_000 {
        return;
    }
    let mut bad: Vec<_> = (0..plant.equipment.len() as u32)
        .map(EquipmentId)
        .map(|id| (health_at(data, id, at).health, id))
        .filter(|(health, _)| *health > Health::Unknown)
        .collect();
    bad.sort_by_key(|(health, id)| (std::cmp::Reverse(*health), *id));
    if bad.is_empty() {
        ui.label("Nothing abnormal");
    }
    for (health, id) in bad.iter().take(LINES) {
        if let Some(one) = plant.equipment(*id) {
            ui.label(format!("{}: {}", one.name, health.label()));
        }
    }
    if bad.len() > LINES {
        ui.label(style::weak(format!("and {} more", bad.len() - LINES)));
    }
}

fn events_ui(ui: &mut egui::Ui, data: &PanelData, axis: Axis, x: f32) {
    let near = Duration::from_nanos((axis.point() as f32 * NEAR) as u64);
    let at = axis.at(x);
    let events = data.view.twin.history().events(at - near..at + near);
    if events.is_empty() {
        ui.label(style::weak("No event here"));
    }
    for event in events.iter().take(LINES) {
        let [_, time, _] = instant_of(data, event.time);
        ui.label(format!("{time}  {}", log::event_text(data, event)));
    }
    if events.len() > LINES {
        ui.label(style::weak(format!("and {} more", events.len() - LINES)));
    }
}

/// A value as it was then, stale where it was stale.
fn value_ui(ui: &mut egui::Ui, data: &PanelData, id: SignalId, at: Timestamp) {
    let plant = data.view.twin.plant();
    let Some(signal) = plant.signal(id) else {
        return;
    };
    let history = data.view.twin.history();
    let Some(point) = history.latest_at(id, at) else {
        ui.label("Nothing was received up to here");
        return;
    };
    let text = value_text(point.value, signal.spec.unit.symbol);
    let freshness = FreshnessRule::of(plant, id).map_or(Freshness::Fresh, |rule| {
        let session = rule.session().map(|session| plant.session_signal(session));
        let life = session.and_then(|session| life(history.latest_at(session, at)));
        rule.judge(&point, life, at)
    });
    let name = words(&signal.spec.name);
    ui.label(match (freshness, point.quality.is_usable()) {
        (Freshness::Fresh, true) => format!("{name}: {text}"),
        (Freshness::Fresh, false) => format!("{name}: {text}, {}", point.quality),
        _ => format!(
            "{name}: stale, last {text} {} before",
            length(at.nanos_since(point.time))
        ),
    });
}
