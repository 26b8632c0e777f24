//! Parts per hour, and parts inside.

use std::ops::Range;

use serde::Serialize;

use super::scope::{Members, Scope, exits};
use crate::history::HistoryReader;
use crate::model::signal::SignalRole;
use crate::model::{EquipmentId, Plant, Point, SignalId, Snapshot, Timestamp, Value};

/// Parts that left a scope (throughput rate, ISO 22400-2).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Throughput {
    /// Good parts that left.
    pub parts: f64,
    /// Per hour of the span.
    pub per_hour: f64,
    /// The counters it was read from.
    #[serde(skip)]
    pub counters: Vec<SignalId>,
}

/// Parts inside a scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkInProcess {
    /// Parts.
    pub parts: u64,
    /// Equipment that reports what is in it, and equipment that should and is silent.
    pub known: usize,
    /// See [`WorkInProcess::known`].
    pub silent: usize,
    /// Parts by equipment, those with none left out.
    #[serde(skip)]
    pub by_equipment: Vec<(EquipmentId, SignalId, u64)>,
}

/// How far a counter has gone in a span, resets to a lower number counting as a start from zero.
/// `None` when nothing usable was received up to the span's end.
pub(crate) fn counted(
    history: &HistoryReader,
    counter: SignalId,
    span: &Range<Timestamp>,
    points: &mut Vec<Point>,
) -> Option<f64> {
    points.clear();
    history.range(counter, span.clone(), points);
    let usable = |point: &Point| {
        let number = point.value.as_f64();
        number.filter(|_| point.quality.is_usable())
    };
    let before = history.latest_at(counter, span.start);
    let mut last = before.as_ref().and_then(usable);
    let mut sum = last.map(|_| 0.0);
    for number in points.iter().filter_map(usable) {
        // What a counter says first is where it stands, not what it counted.
        let step = last.map(|last| {
            if number >= last {
                number - last
            } else {
                number
            }
        });
        sum = Some(sum.unwrap_or_default() + step.unwrap_or_default());
        last = Some(number);
    }
    sum
}

/// The signal of an equipment with a role.
pub(super) fn signal_of(plant: &Plant, id: EquipmentId, role: SignalRole) -> Option<SignalId> {
    plant.equipment(id)?.signal_ids().find(|id| {
        plant
            .signal(*id)
            .is_some_and(|signal| signal.spec.role == role)
    })
}

pub(super) fn throughput(
    plant: &Plant,
    history: &HistoryReader,
    members: &Members,
    span: &Range<Timestamp>,
    points: &mut Vec<Point>,
) -> Option<Throughput> {
    let mut parts = None;
    let mut counters = Vec::new();
    for id in exits(plant, members) {
        let Some(produced) = signal_of(plant, id, SignalRole::Produced) else {
            continue;
        };
        let Some(made) = counted(history, produced, span, points) else {
            continue;
        };
        let scrapped = signal_of(plant, id, SignalRole::Scrapped)
            .and_then(|scrapped| counted(history, scrapped, span, points))
            .unwrap_or_default();
        parts = Some(parts.unwrap_or_default() + (made - scrapped).max(0.0));
        counters.push(produced);
    }
    let parts: f64 = parts?;
    let hours = span.end.secs_since(span.start) / 3600.0;
    Some(Throughput {
        parts,
        per_hour: parts / hours,
        counters,
    })
}

/// Good parts that left a scope in a span; `None` when nothing that counts them spoke.
pub fn produced(
    plant: &Plant,
    history: &HistoryReader,
    scope: Scope,
    span: &Range<Timestamp>,
) -> Option<f64> {
    let members = scope.members(plant);
    throughput(plant, history, &members, span, &mut Vec::new()).map(|made| made.parts)
}

/// What a usable signal says of the parts inside.
fn inside(role: SignalRole, value: Value) -> Option<u64> {
    match role {
        SignalRole::Content => value.as_f64().map(|number| number.max(0.0).round() as u64),
        SignalRole::PartPresent => value.as_bool().map(u64::from),
        SignalRole::PartId => value.as_text().map(|id| u64::from(!id.is_empty())),
        _ => None,
    }
}

pub(super) fn work_in_process(
    plant: &Plant,
    snapshot: &Snapshot,
    members: &Members,
) -> Option<WorkInProcess> {
    // In this order: a machine that reports a content and the id of one of its parts has the content.
    const ROLES: [SignalRole; 3] = [
        SignalRole::Content,
        SignalRole::PartPresent,
        SignalRole::PartId,
    ];
    let mut found = WorkInProcess {
        parts: 0,
        known: 0,
        silent: 0,
        by_equipment: Vec::new(),
    };
    for &id in &members.ids {
        let Some((role, signal)) = ROLES
            .into_iter()
            .find_map(|role| Some((role, signal_of(plant, id, role)?)))
        else {
            continue;
        };
        match snapshot
            .usable(signal)
            .and_then(|value| inside(role, value))
        {
            Some(parts) => {
                found.known += 1;
                found.parts += parts;
                if parts > 0 {
                    found.by_equipment.push((id, signal, parts));
                }
            }
            None => found.silent += 1,
        }
    }
    (found.known > 0).then_some(found)
}
