//! [`Oee`]: overall equipment effectiveness after ISO 22400-2:2014.
//!
//! | element | from |
//! | --- | --- |
//! | planned busy time PBT | the calendar's working time in the span |
//! | actual production time APT | operating state Execute within it |
//! | produced quantity PQ, good quantity GQ | counters of produced and scrapped parts |
//! | planned run time per item PRI | mean cycle in the scene, per server and part of a batch |
//!
//! availability = APT / PBT, effectiveness = PRI · PQ / APT, quality ratio = GQ / PQ, and
//! OEE = availability · effectiveness · quality ratio = PRI · GQ / PBT. Of several stations the
//! numerators and the denominators are added up. Where a denominator is zero the factor is not
//! told: a plant that was not planned to work has no OEE.
//!
//! Time in which nobody knows the state is left out of the planned busy time, and said.

use std::ops::Range;

use serde::Serialize;

use super::flow::{counted, signal_of};
use super::scope::Members;
use crate::history::HistoryReader;
use crate::model::process::{Process, Station};
use crate::model::signal::SignalRole;
use crate::model::{EquipmentId, OperatingState, Plant, Point, Timestamp};
use crate::simulation::Distribution;

/// Overall equipment effectiveness of a scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Oee {
    /// 0 to 1; above 1 only where parts are made faster than planned.
    pub oee: f64,
    /// APT / PBT.
    pub availability: f64,
    /// PRI · PQ / APT; `None` when nothing was in production.
    pub effectiveness: Option<f64>,
    /// GQ / PQ; `None` when nothing was produced.
    pub quality: Option<f64>,
    /// What the factors are made of, summed over the stations.
    pub made_of: Elements,
    /// Each station, worst first.
    #[serde(skip)]
    pub units: Vec<Unit>,
}

/// One station.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Which.
    pub id: EquipmentId,
    /// OEE of it alone.
    pub oee: f64,
    /// What it is made of.
    pub made_of: Elements,
}

/// Time and quantity elements.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Elements {
    /// Planned time in which the state is known, s.
    pub planned_busy_s: f64,
    /// Of it, in production, s.
    pub production_s: f64,
    /// Planned time in which nobody knows the state, s.
    pub unknown_s: f64,
    /// Parts made.
    pub produced: f64,
    /// Of them, good.
    pub good: f64,
    /// Planned time for the parts made, s: Σ PRI · PQ.
    pub planned_run_s: f64,
    /// Planned time for the good parts, s: Σ PRI · GQ.
    pub planned_good_run_s: f64,
    /// Planned time by operating state, s, in the order of [`OperatingState::ALL`].
    pub by_state_s: [f64; OperatingState::COUNT],
}

impl Elements {
    fn add(&mut self, other: &Self) {
        self.planned_busy_s += other.planned_busy_s;
        self.production_s += other.production_s;
        self.unknown_s += other.unknown_s;
        self.produced += other.produced;
        self.good += other.good;
        self.planned_run_s += other.planned_run_s;
        self.planned_good_run_s += other.planned_good_run_s;
        for (sum, part) in self.by_state_s.iter_mut().zip(other.by_state_s) {
            *sum += part;
        }
    }

    fn oee(&self) -> Option<f64> {
        ratio(self.planned_good_run_s, self.planned_busy_s)
    }
}

fn ratio(over: f64, under: f64) -> Option<f64> {
    (under > 0.0).then(|| over / under)
}

/// Planned run time for one part of a type, s; `None` for parameters that make no distribution.
fn planned_run_secs(station: &Station, part_type: Option<&str>) -> Option<f64> {
    let of_type = part_type.and_then(|name| station.cycle_by_type.get(name));
    let cycle = of_type.unwrap_or(&station.cycle);
    let secs = Distribution::try_from(cycle.clone()).ok()?.mean_secs();
    let together = f64::from(station.servers.max(1)) * f64::from(station.batch.max(1));
    Some(secs / together)
}

/// Mean planned run time of the parts that a station made in a span, s: by the type of each, where
/// that matters and is reported.
fn mean_planned_run_secs(
    plant: &Plant,
    history: &HistoryReader,
    id: EquipmentId,
    station: &Station,
    made: &[Point],
) -> Option<f64> {
    let of_any = planned_run_secs(station, None)?;
    if station.cycle_by_type.is_empty() || made.is_empty() {
        return Some(of_any);
    }
    let Some(types) = signal_of(plant, id, SignalRole::PartType) else {
        return Some(of_any);
    };
    let view = history.view();
    let sum: f64 = made
        .iter()
        .map(|point| {
            // The type that was inside when the part was done: the next may come at that instant.
            let just_before = Timestamp::from_nanos(point.time.as_nanos().saturating_sub(1));
            let (inside, _) = view.bracket(types, just_before);
            let name = inside.and_then(|point| point.value.as_text());
            planned_run_secs(station, name).unwrap_or(of_any)
        })
        .sum();
    Some(sum / made.len() as f64)
}

/// Time in each operating state within `windows`, s.
fn time_by_state(
    history: &HistoryReader,
    plant: &Plant,
    id: EquipmentId,
    windows: &[Range<Timestamp>],
    points: &mut Vec<Point>,
) -> [f64; OperatingState::COUNT] {
    let mut by_state = [0.0; OperatingState::COUNT];
    let signal = plant.state_signal(id);
    for window in windows {
        let before = history.latest_at(signal, window.start);
        let mut state = before.map_or(OperatingState::Unknown, |point| {
            OperatingState::from_value(point.value)
        });
        let mut since = window.start;
        points.clear();
        history.range(signal, window.clone(), points);
        let ends = points.iter().map(|point| (point.time, point.value));
        let end = (window.end, OperatingState::Unknown.to_value());
        for (time, value) in ends.chain([end]) {
            if let Some(sum) = by_state.get_mut(state as usize) {
                *sum += time.secs_since(since);
            }
            (state, since) = (OperatingState::from_value(value), time);
        }
    }
    by_state
}

pub(super) fn oee(
    plant: &Plant,
    history: &HistoryReader,
    members: &Members,
    span: &Range<Timestamp>,
    points: &mut Vec<Point>,
) -> Option<Oee> {
    let windows = plant.calendar.working(span.clone());
    let mut made_of = Elements::default();
    let mut units = Vec::new();
    for &id in &members.ids {
        let Some(Process::Station(station)) = plant.equipment(id).map(|each| &each.process) else {
            continue;
        };
        let Some(produced) = signal_of(plant, id, SignalRole::Produced)
            .and_then(|counter| counted(history, counter, span, points))
        else {
            continue;
        };
        let Some(run) = mean_planned_run_secs(plant, history, id, station, points) else {
            continue;
        };
        let scrapped = signal_of(plant, id, SignalRole::Scrapped)
            .and_then(|counter| counted(history, counter, span, points))
            .unwrap_or_default();
        let good = (produced - scrapped).max(0.0);
        let by_state_s = time_by_state(history, plant, id, &windows, points);
        let unknown_s = by_state_s[OperatingState::Unknown as usize];
        let unit = Elements {
            planned_busy_s: by_state_s.iter().sum::<f64>() - unknown_s,
            production_s: by_state_s[OperatingState::Execute as usize],
            unknown_s,
            produced,
            good,
            planned_run_s: run * produced,
            planned_good_run_s: run * good,
            by_state_s,
        };
        if let Some(oee) = unit.oee() {
            made_of.add(&unit);
            units.push(Unit {
                id,
                oee,
                made_of: unit,
            });
        }
    }
    units.sort_by(|a, b| a.oee.total_cmp(&b.oee));
    Some(Oee {
        oee: made_of.oee()?,
        availability: ratio(made_of.production_s, made_of.planned_busy_s)?,
        effectiveness: ratio(made_of.planned_run_s, made_of.production_s),
        quality: ratio(made_of.good, made_of.produced),
        made_of,
        units,
    })
}
