//! What a station needs to work.

use std::collections::HashSet;

use super::Check;
use crate::model::process::Blocking;
use crate::simulation::network::{Element, ElementId, Process};
use crate::simulation::station::Station;

impl Check<'_> {
    /// Room that is there when an operation begins must be there when it ends.
    fn check_room(&mut self, element: &Element, station: &Station, outs: &[ElementId]) {
        let network = self.network;
        let is_alone =
            |to: &ElementId| self.inlets.get(to.index()).is_some_and(|count| *count == 1);
        let is_room = |to: &ElementId| {
            network
                .elements
                .get(to.index())
                .is_some_and(|taker| matches!(taker.process, Process::Buffer(_) | Process::Sink))
        };
        let fits = station.servers == 1
            && station.batch == 1
            && station.splits.is_empty()
            && matches!(outs, [only] if is_alone(only) && is_room(only));
        if !fits {
            self.inconsistent(
                element,
                "blocking before service needs one server without batches, whose only outlet is a \
                 buffer (or sink) that nobody else gives parts to",
            );
        }
    }

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
        for (place, (resource, count)) in station.requires.iter().enumerate() {
            self.check_requirement(element, *resource, *count);
            let before = station.requires.iter().take(place);
            if before.into_iter().any(|(other, _)| other == resource) {
                self.inconsistent(element, "it requires a resource twice: add the numbers");
            }
        }
        for (part_type, count) in &station.splits {
            self.part_type(element, "a piece", *part_type);
            self.at_least_one(element, "the number of a piece", *count);
        }
        if !station.splits.is_empty()
            && (station.batch > 1 || !station.assembly.is_empty() || station.produces.is_some())
        {
            self.inconsistent(
                element,
                "a station that takes parts apart has no batches, assembles and makes nothing",
            );
        }
        if station.blocking == Blocking::BeforeService {
            self.check_room(element, station, outs);
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
