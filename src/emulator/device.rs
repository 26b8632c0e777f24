//! [`Device`]: what the emulator knows of one equipment between two instants.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::process::Process;
use crate::model::{EquipmentId, GroupId, OperatingState, Plant};
use crate::simulation::{Place, PlantNetwork, SimTime, VehiclePhase};

/// One equipment under emulation.
#[derive(Clone, Debug)]
pub(super) struct Device {
    /// Where the kernel has it.
    pub(super) place: Place,
    /// What it does.
    pub(super) state: OperatingState,
    /// Faults from outside the kernel that are not over; only equipment outside the flow has them.
    pub(super) faults: u32,
    /// Its bearing.
    pub(super) wear: Wear,
    /// Named effects that act on it, with how many incidents cause each.
    pub(super) effects: Vec<Arc<str>>,
    /// A utility: the equipment of the flow that it serves.
    pub(super) serves: Vec<usize>,
    /// Stands on this other equipment and shows its state (a stack light).
    pub(super) host: Option<usize>,
}

/// Wear of a bearing, 0 new to 1 failed: a slow rise, and at times a steep one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wear {
    level: f64,
    at: SimTime,
    per_second: f64,
}

/// Hours of life of a bearing that nothing befalls.
const BEARING_LIFE_HOURS: f64 = 8_000.0;

impl Wear {
    const NATURAL: f64 = 1.0 / (BEARING_LIFE_HOURS * 3600.0);

    pub(super) fn new(level: f64) -> Self {
        Self {
            level,
            at: SimTime::ZERO,
            per_second: Self::NATURAL,
        }
    }

    pub(super) fn level(&self, now: SimTime) -> f64 {
        (self.level + self.per_second * (now - self.at).as_secs_f64()).clamp(0.0, 1.0)
    }

    /// From now on it rises to 1 within `secs`.
    pub(super) fn fail_within(&mut self, now: SimTime, secs: f64) {
        self.level = self.level(now);
        self.at = now;
        self.per_second = (1.0 - self.level) / secs.max(1e-3);
    }

    /// From now on it is new.
    pub(super) fn renew(&mut self, now: SimTime) {
        *self = Self {
            level: 0.01,
            at: now,
            per_second: Self::NATURAL,
        };
    }
}

/// Whether an equipment works on parts, so that a utility has something to serve.
fn is_served(process: &Process) -> bool {
    matches!(process, Process::Station(_) | Process::Handler(_))
}

/// The devices of a plant, in order of equipment.
pub(super) fn devices(
    plant: &Plant,
    network: &PlantNetwork,
    mut first_wear: impl FnMut(&str) -> f64,
) -> Vec<Device> {
    plant
        .equipment
        .iter()
        .zip(0..)
        .map(|(equipment, id)| Device {
            place: network.place(EquipmentId(id)),
            state: OperatingState::Idle,
            faults: 0,
            wear: Wear::new(first_wear(&equipment.path)),
            effects: Vec::new(),
            serves: match equipment.process {
                Process::Utility { .. } => served_by(plant, equipment.group),
                _ => Vec::new(),
            },
            host: match equipment.process {
                Process::None => host_of(plant, EquipmentId(id)),
                _ => None,
            },
        })
        .collect()
}

/// What a utility in `group` serves: the stations of the nearest group around it that has any.
fn served_by(plant: &Plant, group: GroupId) -> Vec<usize> {
    let mut around = Some(group);
    while let Some(id) = around {
        let Some(group) = plant.group(id) else {
            break;
        };
        let mut open = vec![id];
        let mut inside = BTreeSet::new();
        while let Some(id) = open.pop() {
            if inside.insert(id)
                && let Some(group) = plant.group(id)
            {
                open.extend(&group.children);
            }
        }
        let served: Vec<_> = plant
            .equipment
            .iter()
            .enumerate()
            .filter(|(_, equipment)| {
                inside.contains(&equipment.group) && is_served(&equipment.process)
            })
            .map(|(index, _)| index)
            .collect();
        if !served.is_empty() {
            return served;
        }
        around = group.parent;
    }
    Vec::new()
}

/// What an equipment without a role stands on: the one with a role whose box holds its middle.
fn host_of(plant: &Plant, id: EquipmentId) -> Option<usize> {
    let mounted = plant.equipment(id)?;
    let [x, _, z] = mounted.pose.position;
    plant.equipment.iter().position(|other| {
        if matches!(other.process, Process::None | Process::Vehicle { .. }) {
            return false;
        }
        let [ox, _, oz] = other.pose.position;
        let (sin, cos) = other.pose.heading.sin_cos();
        let (dx, dz) = (x - ox, z - oz);
        let (u, v) = (dx * cos - dz * sin, dx * sin + dz * cos);
        u.abs() <= other.size[0] / 2.0 && v.abs() <= other.size[1] / 2.0
    })
}

/// What a vehicle of a fleet in state `fleet` does.
pub(super) fn state_of_vehicle(fleet: OperatingState, phase: VehiclePhase) -> OperatingState {
    match (fleet, phase) {
        (OperatingState::Held | OperatingState::Stopped, _) => fleet,
        (_, VehiclePhase::Parked | VehiclePhase::AtPickup) => OperatingState::Idle,
        (_, VehiclePhase::Waiting) => OperatingState::Blocked,
        _ => OperatingState::Execute,
    }
}
