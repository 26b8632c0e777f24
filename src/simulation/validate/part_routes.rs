//! Routes of part types: whether parts can go along them.

use std::collections::HashSet;

use super::{Check, NetworkError};
use crate::simulation::network::{ElementId, Process};
use crate::simulation::part_route::PartRoute;

impl Check<'_> {
    pub(super) fn check_part_routes(&mut self, outs: &[Vec<ElementId>]) {
        let network = self.network;
        let mut routed = HashSet::new();
        for route in &network.part_routes {
            let name = network.part_types.get(route.part_type.0 as usize);
            let name = match (name, route.part_type.0) {
                (Some(name), _) => name.clone(),
                (None, 0) if network.part_types.is_empty() => "part".to_owned(),
                (None, number) => {
                    self.bad_route(number.to_string(), "names a type that does not exist", "");
                    continue;
                }
            };
            if !routed.insert(route.part_type) {
                self.bad_route(name, "is there twice: a type has one route", "");
                continue;
            }
            self.check_part_route(&name, route, outs);
        }
    }

    fn check_part_route(&mut self, name: &str, route: &PartRoute, outs: &[Vec<ElementId>]) {
        let network = self.network;
        if route.visits.len() < 2 {
            self.bad_route(
                name.to_owned(),
                "goes nowhere: name two elements or more",
                "",
            );
        }
        for visit in &route.visits {
            let element = network.elements.get(visit.at.index());
            match element.map(|element| &element.process) {
                None => self.bad_route(
                    name.to_owned(),
                    "names an element that does not exist",
                    &visit.at.0.to_string(),
                ),
                Some(Process::Station(_)) => {}
                Some(_) if visit.processing.is_some() => self.bad_route(
                    name.to_owned(),
                    "has a processing time where nothing is processed",
                    network.name(visit.at),
                ),
                Some(_) => {}
            }
        }
        for pair in route.visits.windows(2) {
            let [from, to] = pair else { continue };
            let is_linked = outs.get(from.at.index()).is_none_or(|outs| {
                let element = network.elements.get(from.at.index());
                let reject = element.and_then(|element| match &element.process {
                    Process::Station(station) => station.reject_to,
                    _ => None,
                });
                outs.contains(&to.at) && reject != Some(to.at)
            });
            if !is_linked {
                let between = format!("{}` and `{}", network.name(from.at), network.name(to.at));
                self.bad_route(
                    name.to_owned(),
                    "goes where no link for good parts does: link the elements",
                    &between,
                );
            }
        }
    }

    fn bad_route(&mut self, part_type: String, problem: &'static str, at: &str) {
        self.mistakes.push(NetworkError::BadRoute {
            part_type,
            problem,
            at: at.to_owned(),
        });
    }
}
