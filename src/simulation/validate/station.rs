//! What a station needs to work.

use std::collections::HashSet;

use super::Check;
use crate::simulation::network::{Element, ElementId};
use crate::simulation::station::Station;

impl Check<'_> {
    pub(super) fn check_station(
        &mut self,
        element: &Element,
        station: &Station,
        outs: &[ElementId],
        ins: &[ElementId],
    ) {
        self.at_least_one(element, "servers", station.servers);
        self.at_least_one(element, "batch", station.batch);
        if !(0.0..=1.0).contains(&station.scrap) {
            self.number(element, "scrap", "a probability in 0..=1", station.scrap);
        }
        for (part_type, _) in &station.processing_by_type {
            self.part_type(element, "a processing time", *part_type);
        }
        if let Some(part_type) = station.produces {
            self.part_type(element, "what it produces", part_type);
        }
        if let Some(changeover) = &station.changeover {
            let pairs = changeover
                .matrix
                .iter()
                .flat_map(|(from, to, _)| [*from, *to]);
            for part_type in pairs.chain(changeover.initial) {
                self.part_type(element, "the changeover", part_type);
            }
        }
        if let Some(reject) = station.reject_to {
            let problem = "no link leads to the element for rejects";
            self.neighbour(element, "the reject outlet", reject, outs, problem);
        }
        if station.assembly.is_empty() {
            return;
        }
        if station.batch > 1 {
            self.inconsistent(element, "a station has batches or assembles, not both");
        }
        let mut named = HashSet::new();
        for need in &station.assembly {
            self.at_least_one(element, "a count of the assembly", need.count);
            let problem = "the assembly names an element that no link comes from";
            self.neighbour(element, "the assembly", need.from, ins, problem);
            if !named.insert(need.from) {
                self.inconsistent(element, "the assembly names an element twice");
            }
        }
        if ins.iter().any(|from| !named.contains(from)) {
            self.inconsistent(
                element,
                "the assembly does not say how many parts an inlet gives",
            );
        }
    }
}
