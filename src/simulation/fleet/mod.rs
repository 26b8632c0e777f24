//! Transport fleets: vehicles that carry parts between elements.
//!
//! A fleet has a stop for every inlet and outlet. A part that waits at an inlet calls a vehicle; the
//! oldest call is served first, by the nearest parked vehicle. The vehicle drives there, loads what
//! waits there, as far as it has room, drives to the outlets that the fleet's routing names, unloads,
//! and parks where it is. It does not wait to be filled. Where every vehicle is can be asked at any
//! time ([`super::Simulation::vehicles`]).

mod compiled;
mod dispatch;
mod restore;
mod trip;

use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::kernel::{Kernel, NONE};
use super::network::ElementId;
use super::observer::Observer;
use super::time::SimTime;
use crate::model::OperatingState;

pub(super) use compiled::FleetFixed;

/// Vehicles that carry parts. Its stops are numbered: first the inlets in the order of the
/// links, then the outlets. At the start all vehicles are parked at the first stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// How many vehicles.
    pub vehicles: u32,
    /// Parts that one vehicle carries at a time.
    #[serde(default = "one")]
    pub capacity: u32,
    /// Speed in metres per second, empty or loaded.
    pub speed_mps: f64,
    /// Time to load each part.
    pub load: Distribution,
    /// Time to unload each part.
    pub unload: Distribution,
    /// Way between any two stops not named in `distances_m`, in metres.
    pub distance_m: f64,
    /// Ways between the stops at two linked elements, in metres, the same in both directions.
    #[serde(default)]
    pub distances_m: Vec<(ElementId, ElementId, f64)>,
}

const fn one() -> u32 {
    1
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FleetState {
    /// Free places on vehicles on their way to each inlet or standing there to load.
    assigned: Vec<u64>,
    arrivals: u64,
    rng: Pcg64Mcg,
}

/// What a vehicle is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VehiclePhase {
    /// Waits for a call.
    Parked,
    /// Drives, empty, to a part that has called.
    ToPickup,
    /// Stands where a part has called, which is not ready any more or not yet.
    AtPickup,
    /// Takes a part up.
    Loading,
    /// Drives with parts.
    ToDropOff,
    /// Sets a part down.
    Unloading,
    /// Stands with a part that nobody takes.
    Waiting,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Vehicle {
    pub(super) phase: VehiclePhase,
    pub(super) from_stop: u32,
    /// Where it is, or drives to.
    pub(super) stop: u32,
    /// What it carries, each part with the link by which it leaves; the first is set down next.
    pub(super) cargo: Vec<(u32, u32)>,
    /// Order in which vehicles have come to wait.
    arrival: u64,
    pub(super) duration: SimTime,
    pub(super) paused: Option<SimTime>,
}

impl FleetState {
    pub(super) fn new(inlets: u32, rng: Pcg64Mcg) -> Self {
        Self {
            assigned: vec![0; inlets as usize],
            arrivals: 0,
            rng,
        }
    }
}

impl FleetState {
    pub(super) fn reseed(&mut self, rng: Pcg64Mcg) {
        self.rng = rng;
    }
}

impl Vehicle {
    pub(super) fn new() -> Self {
        Self {
            phase: VehiclePhase::Parked,
            from_stop: 0,
            stop: 0,
            cargo: Vec::new(),
            arrival: 0,
            duration: SimTime::ZERO,
            paused: None,
        }
    }

    /// The link by which the next part leaves.
    fn outlet(&self) -> u32 {
        self.cargo.first().map_or(NONE, |(_, link)| *link)
    }
}

impl<O: Observer> Kernel<'_, O> {
    fn vehicles_of(&self, fleet: u32) -> std::ops::Range<u32> {
        let fixed = &self.m.fleets[fleet as usize];
        fixed.vehicles_from..fixed.vehicles_from + fixed.vehicles
    }

    pub(super) fn fleet_state(&self, fleet: u32) -> OperatingState {
        let mut is_blocked = false;
        for vehicle in self.vehicles_of(fleet) {
            match self.s.vehicles[vehicle as usize].phase {
                VehiclePhase::Waiting => is_blocked = true,
                VehiclePhase::Parked | VehiclePhase::AtPickup => {}
                _ => return OperatingState::Execute,
            }
        }
        if is_blocked {
            OperatingState::Blocked
        } else {
            OperatingState::Idle
        }
    }

    pub(super) fn pause_fleet(&mut self, fleet: u32) {
        let fixed = &self.m.fleets[fleet as usize];
        for vehicle in self.vehicles_of(fleet) {
            let slot = fixed.slots_from + vehicle - fixed.vehicles_from;
            let v = &mut self.s.vehicles[vehicle as usize];
            let is_timed = matches!(
                v.phase,
                VehiclePhase::ToPickup
                    | VehiclePhase::Loading
                    | VehiclePhase::ToDropOff
                    | VehiclePhase::Unloading
            );
            if is_timed && let Some(time) = self.s.calendar.time_of(slot) {
                v.paused = Some(time - self.s.now);
                self.s.calendar.cancel(slot);
            }
        }
    }

    pub(super) fn resume_fleet(&mut self, fleet: u32) {
        let fixed = &self.m.fleets[fleet as usize];
        for vehicle in self.vehicles_of(fleet) {
            if let Some(left) = self.s.vehicles[vehicle as usize].paused.take() {
                self.schedule_work(fixed.slots_from + vehicle - fixed.vehicles_from, left);
            }
        }
    }
}
