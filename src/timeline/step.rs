//! Steps from change to change and from event to event.
//!
//! A *visible change* is an instant at which an equipment goes into another operating state or gets
//! another health; where one is selected, only its own count, and those of the selected signal.

use std::time::Duration;

use super::Markers;
use crate::history::{HistoryReader, HistoryView};
use crate::model::{
    EquipmentId, HealthStatus, OperatingState, Plant, Point, SignalId, Timestamp, Value,
};

/// What counts as a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Its changes only; `None`: of every equipment.
    pub equipment: Option<EquipmentId>,
    /// The changes of this signal, too.
    pub signal: Option<SignalId>,
}

/// A point is passed over this often when it says the same as the one before.
const SAME_MOST: usize = 4_096;
/// The least and the greatest span that is asked for events at once, s.
const LOOK_SECS: [u64; 2] = [60, 4 * 366 * 86_400];

/// What of a point is visible.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    State(OperatingState),
    Health(crate::model::Health),
    Value(Value),
}

fn signals(plant: &Plant, watched: Watched) -> Vec<SignalId> {
    let mut all = Vec::new();
    let mut add = |id| all.extend([plant.state_signal(id), plant.health_signal(id)]);
    match watched.equipment {
        Some(id) => add(id),
        None => (0..plant.equipment.len() as u32).for_each(|id| add(EquipmentId(id))),
    }
    all.extend(watched.signal);
    all
}

fn seen(plant: &Plant, id: SignalId, point: Option<Point>) -> Seen {
    let Some(point) = point else {
        return Seen::Nothing;
    };
    match id.0.checked_sub(plant.signals.len() as u32) {
        None => Seen::Value(point.value),
        Some(derived) if derived % 2 == 0 => Seen::State(OperatingState::from_value(point.value)),
        Some(_) => Seen::Health(HealthStatus::from_value(point.value).health),
    }
}

fn same(a: Seen, b: Seen) -> bool {
    match (a, b) {
        (Seen::Value(a), Seen::Value(b)) => a.same(b),
        (a, b) => a == b,
    }
}

/// The first visible change after `t`; `None`: there is none yet.
pub fn next_change(
    plant: &Plant,
    history: &HistoryReader,
    watched: Watched,
    t: Timestamp,
) -> Option<Timestamp> {
    let view = history.view();
    let mut first: Option<Timestamp> = None;
    for id in signals(plant, watched) {
        let until = first.unwrap_or(Timestamp::MAX);
        let found = next_of(plant, &view, id, t, until);
        first = [first, found].into_iter().flatten().min();
    }
    first
}

fn next_of(
    plant: &Plant,
    view: &HistoryView<'_>,
    id: SignalId,
    t: Timestamp,
    until: Timestamp,
) -> Option<Timestamp> {
    let (last, mut next) = view.bracket(id, t);
    let before = seen(plant, id, last);
    for _ in 0..SAME_MOST {
        let point = next.filter(|point| point.time < until)?;
        // The last of several points of one instant is the one that stands.
        let (standing, after) = view.bracket(id, point.time);
        if !same(before, seen(plant, id, standing)) {
            return Some(point.time);
        }
        next = after;
    }
    None
}

/// The last visible change before `t`; `None`: there is none.
pub fn previous_change(
    plant: &Plant,
    history: &HistoryReader,
    watched: Watched,
    t: Timestamp,
) -> Option<Timestamp> {
    let view = history.view();
    let mut last: Option<Timestamp> = None;
    for id in signals(plant, watched) {
        let after = last.unwrap_or(Timestamp::MIN);
        let found = previous_of(plant, &view, id, t, after);
        last = [last, found].into_iter().flatten().max();
    }
    last
}

fn just_before(t: Timestamp) -> Timestamp {
    t - Duration::from_nanos(1)
}

fn previous_of(
    plant: &Plant,
    view: &HistoryView<'_>,
    id: SignalId,
    t: Timestamp,
    after: Timestamp,
) -> Option<Timestamp> {
    let (mut standing, _) = view.bracket(id, just_before(t));
    for _ in 0..SAME_MOST {
        let point = standing.filter(|point| point.time > after)?;
        let (before, _) = view.bracket(id, just_before(point.time));
        if !same(seen(plant, id, before), seen(plant, id, Some(point))) {
            return Some(point.time);
        }
        standing = before;
    }
    None
}

/// Instants of the markers.
fn marked(markers: &Markers) -> impl Iterator<Item = Timestamp> {
    markers
        .values()
        .flat_map(|marker| [Some(marker.from), marker.to])
        .flatten()
}

/// The first event or bookmark after `t`, up to `end`.
pub fn next_event(
    history: &HistoryReader,
    markers: &Markers,
    t: Timestamp,
    end: Timestamp,
) -> Option<Timestamp> {
    let [mut secs, most] = LOOK_SECS;
    let mut from = t + Duration::from_nanos(1);
    let mut found = None;
    while found.is_none() && from <= end && secs <= most {
        let to = from + Duration::from_secs(secs);
        found = history
            .events(from..to)
            .iter()
            .find(|event| event.is_news())
            .map(|event| event.time);
        (from, secs) = (to, secs * 4);
    }
    let marker = marked(markers).filter(|at| *at > t).min();
    [found, marker].into_iter().flatten().min()
}

/// The last event or bookmark before `t`, from `start` on.
pub fn previous_event(
    history: &HistoryReader,
    markers: &Markers,
    t: Timestamp,
    start: Timestamp,
) -> Option<Timestamp> {
    let [mut secs, most] = LOOK_SECS;
    let mut to = t;
    let mut found = None;
    while found.is_none() && to >= start && secs <= most {
        let from = to - Duration::from_secs(secs);
        found = history
            .events(from..to)
            .iter()
            .rfind(|event| event.is_news())
            .map(|event| event.time);
        (to, secs) = (from, secs * 4);
    }
    let marker = marked(markers).filter(|at| *at < t).max();
    [found, marker].into_iter().flatten().max()
}
