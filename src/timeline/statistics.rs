//! [`RangeStatistics`]: a selected range in numbers.

use std::ops::Range;

use serde::Serialize;

use super::lanes::Severity;
use crate::history::{Bucket, HistoryReader};
use crate::kpi::{self, Scope};
use crate::model::alarm::Event;
use crate::model::{EquipmentId, OperatingState, Plant, SignalId, Timestamp};

/// What happened in a range.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RangeStatistics {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
    /// Signals that were asked for, by path.
    pub signals: Vec<SignalStatistics>,
    /// How long the equipment that was asked for was in each state, s; what is missing to the length
    /// of the range is not known. Empty: none was asked for.
    pub states: Vec<(OperatingState, f64)>,
    /// Events by severity, the least first.
    pub events: [u32; Severity::ALL.len()],
    /// Good parts that left the plant, or the equipment that was asked for; `None`: nothing counts
    /// them.
    pub parts: Option<f64>,
}

/// The usable numbers of a signal in a range.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignalStatistics {
    /// Its path.
    pub signal: String,
    /// Which.
    #[serde(skip)]
    pub id: SignalId,
    /// Symbol of its unit.
    pub unit: &'static str,
    /// How many; with 0 the others are `None`.
    pub count: u64,
    /// The smallest.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// Their mean, each counted once.
    pub mean: Option<f64>,
    /// The last.
    pub last: Option<f64>,
}

/// The statistics of `span`, for these signals and this equipment.
pub fn statistics(
    plant: &Plant,
    history: &HistoryReader,
    span: Range<Timestamp>,
    signals: &[SignalId],
    equipment: Option<EquipmentId>,
) -> RangeStatistics {
    let mut buckets = Vec::new();
    let signals = signals
        .iter()
        .filter_map(|id| signal(plant, history, &span, *id, &mut buckets))
        .collect();
    let mut states: Vec<(OperatingState, f64)> = Vec::new();
    if let Some(id) = equipment {
        let mut phases = Vec::new();
        history.phases(plant, id, span.clone(), &mut phases);
        for phase in phases {
            let secs = phase.end.secs_since(phase.start);
            match states.iter_mut().find(|(state, _)| *state == phase.state) {
                Some((_, sum)) => *sum += secs,
                None => states.push((phase.state, secs)),
            }
        }
        states.sort_by(|a, b| b.1.total_cmp(&a.1));
    }
    let mut events = [0; Severity::ALL.len()];
    let happened = history.events(span.clone());
    for event in happened.into_iter().filter(Event::is_news) {
        events[Severity::of(&event) as usize] += 1;
    }
    let scope = equipment.map_or(Scope::Plant, Scope::Equipment);
    RangeStatistics {
        from: span.start,
        to: span.end,
        signals,
        states,
        events,
        parts: kpi::flow::produced(plant, history, scope, &span),
    }
}

fn signal(
    plant: &Plant,
    history: &HistoryReader,
    span: &Range<Timestamp>,
    id: SignalId,
    buckets: &mut Vec<Bucket>,
) -> Option<SignalStatistics> {
    let spec = &plant.signal(id)?.spec;
    buckets.clear();
    history.range_decimated(id, span.clone(), 1, buckets);
    let bucket = buckets.first()?;
    let known = |number: f64| (bucket.count > 0).then_some(number);
    Some(SignalStatistics {
        signal: plant.signal_path(id),
        id,
        unit: spec.unit.symbol,
        count: bucket.count,
        min: known(bucket.min),
        max: known(bucket.max),
        mean: known(bucket.mean),
        last: known(bucket.last),
    })
}
