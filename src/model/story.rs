//! [`Story`]: incidents that the emulator can play, as a scene describes them.

use std::sync::Arc;

use super::EquipmentId;

/// Incidents by name, and when they happen by themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// What can happen.
    pub incidents: Vec<Incident>,
}

/// One incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Id by which a user triggers it: `bearing-wear`.
    pub id: Arc<str>,
    /// Name for people.
    pub name: Arc<str>,
    /// Whom it befalls.
    pub equipment: EquipmentId,
    /// Seconds of emulated time after the start at which it happens by itself; empty: only when
    /// triggered.
    pub at_secs: Vec<f64>,
    /// How long it lasts, s, until it is repaired.
    pub duration_secs: f64,
    /// What happens.
    pub effect: IncidentEffect,
}

/// What an incident does.
#[derive(Clone, Debug, PartialEq)]
pub enum IncidentEffect {
    /// The bearing wears from its present state to failure over the incident's duration; then the
    /// machine stops for `repair_secs` and comes back new.
    BearingWear {
        /// Repair time after the failure, s.
        repair_secs: f64,
    },
    /// The equipment stops with a fault (jam): neighbours starve and block by themselves.
    Jam,
    /// A named effect is on: sensor models that list it react (`coolant-leak`).
    Effect {
        /// Its name, as sensor models write it.
        name: Arc<str>,
    },
    /// One sensor goes on sending its last value.
    StuckSensor {
        /// Signal name.
        signal: Arc<str>,
    },
    /// One sensor drifts by this much an hour, in its unit.
    DriftingSensor {
        /// Signal name.
        signal: Arc<str>,
        /// Drift per hour.
        per_hour: f64,
    },
    /// The line's publisher loses its network: nothing arrives, its last will is sent.
    NetworkDrop,
}
