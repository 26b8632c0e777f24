//! Electric energy, from the power signals.

use std::ops::Range;

use serde::Serialize;

use super::scope::Members;
use crate::history::HistoryReader;
use crate::model::signal::{Reporting, SignalRole};
use crate::model::{EquipmentId, Plant, Point, SignalId, Timestamp, Unit};

/// Joules in a kilowatt-hour.
const KWH: f64 = 3.6e6;

/// Electric energy of a scope over a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Energy {
    /// Energy that was measured, kWh.
    pub kwh: f64,
    /// Mean power while it was measured, kW, of all consumers together.
    pub mean_kw: f64,
    /// Share of the span in which the power is known, mean over the consumers, 0 to 1.
    pub coverage: f64,
    /// Energy of each consumer, kWh, most first.
    #[serde(skip)]
    pub by_equipment: Vec<(EquipmentId, SignalId, f64)>,
}

/// Energy in J and time in s over which a power signal is known: each value holds until the next
/// one, but no longer than it is fresh.
fn integral(
    history: &HistoryReader,
    signal: SignalId,
    unit: Unit,
    reporting: Reporting,
    span: &Range<Timestamp>,
    points: &mut Vec<Point>,
) -> (f64, f64) {
    points.clear();
    points.extend(history.latest_at(signal, span.start));
    history.range(signal, span.clone(), points);
    let hold = match reporting {
        Reporting::Cyclic { stale_after } => stale_after.as_secs_f64(),
        Reporting::ByException => f64::INFINITY,
    };
    let ends = points.iter().skip(1).map(|next| next.time);
    let (mut joules, mut secs) = (0.0, 0.0);
    for (point, next) in points.iter().zip(ends.chain([span.end])) {
        let Some(number) = point.value.as_f64().filter(|_| point.quality.is_usable()) else {
            continue;
        };
        let expiry = if hold.is_finite() {
            point.time + std::time::Duration::from_secs_f64(hold)
        } else {
            Timestamp::MAX
        };
        let time = next.min(expiry).secs_since(point.time.max(span.start));
        if time > 0.0 {
            joules += unit.to_si(number) * time;
            secs += time;
        }
    }
    (joules, secs)
}

pub(super) fn energy(
    plant: &Plant,
    history: &HistoryReader,
    members: &Members,
    span: &Range<Timestamp>,
    points: &mut Vec<Point>,
) -> Option<Energy> {
    let length = span.end.secs_since(span.start);
    let last = span.end - std::time::Duration::from_nanos(1);
    let (mut joules, mut watts, mut known, mut consumers) = (0.0, 0.0, 0.0, 0);
    let mut by_equipment = Vec::new();
    for &id in &members.ids {
        let signals = plant.equipment(id).into_iter().flat_map(|e| e.signal_ids());
        for signal in signals {
            let Some(spec) = plant
                .signal(signal)
                .map(|signal| &signal.spec)
                .filter(|spec| spec.role == SignalRole::Power)
            else {
                continue;
            };
            // Of an hour that ends in a simulated future, a value of the minutes before it would be taken
            // for that of the hour.
            if !history.reaches(signal, last) {
                continue;
            }
            consumers += 1;
            let (energy, secs) = integral(history, signal, spec.unit, spec.reporting, span, points);
            if secs > 0.0 {
                joules += energy;
                watts += energy / secs;
                known += secs;
                by_equipment.push((id, signal, energy / KWH));
            }
        }
    }
    if by_equipment.is_empty() {
        return None;
    }
    by_equipment.sort_by(|a, b| b.2.total_cmp(&a.2));
    Some(Energy {
        kwh: joules / KWH,
        mean_kw: watts / 1000.0,
        coverage: (known / (length * f64::from(consumers))).min(1.0),
        by_equipment,
    })
}
