//! A fleet made ready to run.

use serde::{Deserialize, Serialize};

use super::Fleet;
use crate::model::process::Dispatch;
use crate::simulation::model::{Model, Role};
use crate::simulation::time::SimTime;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FleetFixed {
    pub element: u32,
    pub capacity: u32,
    pub load: u32,
    pub unload: u32,
    pub vehicles_from: u32,
    pub vehicles: u32,
    pub slots_from: u32,
    pub inlets: u32,
    pub stops: u32,
    /// Time of travel between stops, row by row.
    pub travel: Vec<SimTime>,
    pub dispatch: Dispatch,
}

impl Model {
    /// Compiles a fleet and tells its position among the fleets.
    pub fn add_fleet(&mut self, id: u32, fleet: &Fleet) -> u32 {
        let slots_from = self.slots.len() as u32;
        for local in 0..fleet.vehicles {
            self.slot(id, self.vehicles + local, Role::Vehicle);
        }
        let fixed = &self.elements[id as usize];
        let ins = &self.in_links[fixed.ins_from as usize..fixed.ins_to as usize];
        let mut at: Vec<u32> = ins
            .iter()
            .map(|link| self.links[*link as usize].from)
            .collect();
        let inlets = at.len() as u32;
        let outs = fixed.outs_from..fixed.outs_to;
        at.extend(outs.map(|link| self.links[link as usize].to));
        let mut travel = Vec::with_capacity(at.len() * at.len());
        for (row, a) in at.iter().enumerate() {
            for (column, b) in at.iter().enumerate() {
                let named = fleet
                    .distances_m
                    .iter()
                    .find(|(from, to, _)| (from.0, to.0) == (*a, *b) || (from.0, to.0) == (*b, *a));
                let metres = match named {
                    _ if row == column => 0.0,
                    Some((_, _, metres)) => *metres,
                    None if a == b => 0.0,
                    None => fleet.distance_m,
                };
                travel.push(SimTime::from_secs_f64(metres / fleet.speed_mps));
            }
        }
        let (load, unload) = (
            self.distribution(&fleet.load),
            self.distribution(&fleet.unload),
        );
        self.fleets.push(FleetFixed {
            element: id,
            capacity: fleet.capacity,
            load,
            unload,
            vehicles_from: self.vehicles,
            vehicles: fleet.vehicles,
            slots_from,
            inlets,
            stops: at.len() as u32,
            travel,
            dispatch: fleet.dispatch,
        });
        self.vehicles += fleet.vehicles;
        self.fleets.len() as u32 - 1
    }
}
