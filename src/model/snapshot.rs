//! [`Snapshot`]: the whole plant at one instant of one branch. All that a view draws from.

use serde::Serialize;

use super::workpiece::Parts;
use super::{
    EquipmentId, HealthStatus, OperatingState, Plant, Quality, SignalId, Timestamp, Value,
};

/// Whether a value still speaks for the present of its snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// No sample up to this instant.
    #[default]
    NeverReceived,
    /// Speaks for this instant.
    Fresh,
    /// Too old, or its session is dead: must look stale wherever it appears.
    Stale,
    /// What was received up to this instant has been dropped from the history: nobody knows.
    NotKept,
    /// It is a simulated future, and the simulation does not make this signal.
    NotSimulated,
}

/// The state of every signal and equipment at one instant: a reusable struct of arrays, indexed by
/// [`SignalId`] (reported signals only) and [`EquipmentId`].
///
/// Filled by [`Twin::advance`](crate::twin::Twin::advance), which also says what changed since the
/// last call; nothing is allocated when nothing grows.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The instant.
    pub time: Timestamp,
    /// Value of each signal; [`Value::Null`] when there is no sample.
    pub values: Vec<Value>,
    /// Quality of each signal; meaningless when there is no sample.
    pub qualities: Vec<Quality>,
    /// Effective time of each signal's sample.
    pub times: Vec<Timestamp>,
    /// Receive time of each signal's sample.
    pub receive_times: Vec<Timestamp>,
    /// Freshness of each signal.
    pub freshness: Vec<Freshness>,
    /// Operating state of each equipment.
    pub states: Vec<OperatingState>,
    /// Since when it is in that state.
    pub state_since: Vec<Timestamp>,
    /// Health of each equipment, with its reason.
    pub health: Vec<HealthStatus>,
    /// Since when it has that health.
    pub health_since: Vec<Timestamp>,
    /// The parts in and on each equipment, at an instant of their own: [`Parts::time`].
    pub parts: Parts,
    /// Signals whose value, quality, time or freshness changed in the last advance. No duplicates.
    pub changed_signals: Vec<SignalId>,
    /// Equipment whose state or health changed in the last advance. No duplicates.
    pub changed_equipment: Vec<EquipmentId>,
}

impl Snapshot {
    /// An empty snapshot for this plant: nothing received, everything unknown.
    pub fn new(plant: &Plant) -> Self {
        let (signals, equipment) = (plant.signals.len(), plant.equipment.len());
        Self {
            time: Timestamp::MIN,
            values: vec![Value::Null; signals],
            qualities: vec![Quality::Good; signals],
            times: vec![Timestamp::MIN; signals],
            receive_times: vec![Timestamp::MIN; signals],
            freshness: vec![Freshness::NeverReceived; signals],
            states: vec![OperatingState::Unknown; equipment],
            state_since: vec![Timestamp::MIN; equipment],
            health: vec![HealthStatus::default(); equipment],
            health_since: vec![Timestamp::MIN; equipment],
            parts: Parts::new(plant),
            changed_signals: Vec::with_capacity(signals),
            changed_equipment: Vec::with_capacity(equipment),
        }
    }

    /// Value, if it is fresh and usable: what motion, limits and sums may use.
    pub fn usable(&self, id: SignalId) -> Option<Value> {
        let at = id.index();
        let usable =
            *self.freshness.get(at)? == Freshness::Fresh && self.qualities.get(at)?.is_usable();
        usable.then(|| self.values[at])
    }
}
