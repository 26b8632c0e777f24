//! A station made ready to run.

use serde::{Deserialize, Serialize};

use super::Station;
use crate::model::process::{Blocking, FailureBasis};
use crate::simulation::kernel::NONE;
use crate::simulation::model::{Model, Role};
use crate::simulation::network::Element;

/// The unchanging part of a station. Distributions are positions in the model's list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StationFixed {
    pub processing: u32,
    /// Per type; empty when all types take equally long.
    pub by_type: Vec<u32>,
    /// All parts take equally long, whatever their type and visit.
    pub is_uniform: bool,
    pub changeover: Option<ChangeoverFixed>,
    pub servers_from: u32,
    pub servers: u32,
    /// Slot of the first server; the others follow.
    pub slots_from: u32,
    /// Parts that one operation takes in.
    pub intake: u32,
    /// Parts that it gives out, each with a place of its own.
    pub outtake: u32,
    /// Places of one server in `State::held`.
    pub region: u32,
    /// Types of the pieces that a part is taken apart into; empty: it is not.
    pub splits: Vec<u32>,
    /// Resources and their numbers.
    pub requires: Vec<(u32, u32)>,
    pub blocks_before: bool,
    /// Something is to be waited for before an operation begins.
    pub waits: bool,
    /// One part in, one part out.
    pub is_simple: bool,
    /// First place of the station in `State::held`: one region per server, then one for
    /// the parts that are being gathered.
    pub held_from: u32,
    /// Needed per inlet; empty when there is no assembly.
    pub needs: Vec<u32>,
    /// Inlet whose first part becomes the product.
    pub main_inlet: u32,
    /// First place of the station in `State::gathered`.
    pub gathered_from: u32,
    pub produces: u32,
    pub scrap: f64,
    /// Link for bad parts, or none.
    pub reject: u32,
    /// One part in, the same part out, by the only outlet.
    pub is_plain: bool,
    /// Failure modes of the station whose clock is operation time.
    pub wears: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeoverFixed {
    pub duration: u32,
    /// (from, to, distribution), sorted.
    pub matrix: Vec<(u32, u32, u32)>,
}

impl Model {
    /// Compiles a station and tells its position among the stations.
    pub fn add_station(&mut self, id: u32, element: &Element, station: &Station) -> u32 {
        let processing = self.distribution(&station.processing);
        let mut by_type = Vec::new();
        for (part_type, distribution) in &station.processing_by_type {
            let place = part_type.0 as usize;
            if by_type.len() <= place {
                by_type.resize(place + 1, processing);
            }
            by_type[place] = self.distribution(distribution);
        }
        let changeover = station.changeover.as_ref().map(|changeover| {
            let mut matrix: Vec<_> = changeover
                .matrix
                .iter()
                .map(|(from, to, duration)| (from.0, to.0, self.distribution(duration)))
                .collect();
            matrix.sort_unstable();
            ChangeoverFixed {
                duration: self.distribution(&changeover.duration),
                matrix,
            }
        });
        let slots_from = self.slots.len() as u32;
        for local in 0..station.servers {
            self.slot(id, self.servers + local, Role::Server);
        }
        let fixed = &self.elements[id as usize];
        let ins = fixed.ins_from as usize..fixed.ins_to as usize;
        let needs: Vec<u32> = if station.assembly.is_empty() {
            Vec::new()
        } else {
            let need = |link: &u32| {
                let from = self.links[*link as usize].from;
                station
                    .assembly
                    .iter()
                    .filter(|n| n.from.0 == from)
                    .map(|n| n.count)
                    .sum()
            };
            self.in_links[ins.clone()].iter().map(need).collect()
        };
        let main_inlet = station.assembly.first().and_then(|main| {
            let is_main = |link: &u32| self.links[*link as usize].from == main.from.0;
            self.in_links[ins].iter().position(is_main)
        });
        let intake = if needs.is_empty() {
            station.batch
        } else {
            needs.iter().sum()
        };
        let splits: Vec<u32> = station
            .splits
            .iter()
            .flat_map(|(part_type, count)| (0..*count).map(|_| part_type.0))
            .collect();
        let outtake = match (splits.len() as u32, needs.is_empty()) {
            (0, true) => intake,
            (0, false) => 1,
            (pieces, _) => pieces,
        };
        let region = if intake.max(outtake) > 1 {
            intake.max(outtake)
        } else {
            0
        };
        let requires: Vec<(u32, u32)> = station
            .requires
            .iter()
            .map(|(resource, count)| (resource.0, *count))
            .collect();
        let blocks_before = station.blocking == Blocking::BeforeService;
        let reject = match station.reject_to {
            Some(_) => fixed.outs_to - 1,
            None => NONE,
        };
        let wears = element
            .failures
            .iter()
            .any(|f| f.basis == FailureBasis::OperationTime);
        self.stations.push(StationFixed {
            processing,
            is_uniform: by_type.is_empty(),
            by_type,
            changeover,
            servers_from: self.servers,
            servers: station.servers,
            slots_from,
            intake,
            outtake,
            region,
            waits: blocks_before || !requires.is_empty(),
            blocks_before,
            requires,
            is_simple: intake == 1,
            is_plain: intake == 1
                && splits.is_empty()
                && station.scrap == 0.0
                && station.produces.is_none()
                && fixed.choices() == 1,
            held_from: self.held,
            needs,
            main_inlet: main_inlet.unwrap_or_default() as u32,
            splits,
            gathered_from: self.gathered,
            produces: station.produces.map_or(NONE, |part_type| part_type.0),
            scrap: station.scrap,
            reject,
            wears,
        });
        let initial = station
            .changeover
            .as_ref()
            .and_then(|changeover| changeover.initial);
        self.fitted
            .push(initial.map_or(NONE, |part_type| part_type.0));
        self.servers += station.servers;
        self.gathered += self.elements[id as usize].ins_to - self.elements[id as usize].ins_from;
        self.held += (station.servers + 1) * region;
        self.stations.len() as u32 - 1
    }
}
