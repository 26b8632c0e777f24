//! Links, and how parts choose among them.

use std::collections::HashSet;

use super::{Check, NetworkError};
use crate::simulation::network::{Element, ElementId, Process};
use crate::simulation::routing::Routing;

impl Check<'_> {
    /// Outlets and inlets of each element.
    pub(super) fn check_links(&mut self) -> (Vec<Vec<ElementId>>, Vec<Vec<ElementId>>) {
        let network = self.network;
        let mut outs = vec![Vec::new(); network.elements.len()];
        let mut ins = vec![Vec::new(); network.elements.len()];
        let mut seen = HashSet::new();
        for (from, to) in &network.links {
            for (id, other) in [(from, to), (to, from)] {
                if !self.exists(*id) {
                    let element = network.name(*other).to_owned();
                    let what = "a link";
                    self.mistakes.push(NetworkError::UnknownElement {
                        element,
                        what,
                        id: id.0,
                    });
                }
            }
            let (Some(giver), Some(taker)) = (
                network.elements.get(from.index()),
                network.elements.get(to.index()),
            ) else {
                continue;
            };
            let problem = if from == to {
                Some("leads back to itself: put a buffer between")
            } else if !seen.insert((*from, *to)) {
                Some("is there twice: remove one")
            } else if matches!(giver.process, Process::Sink) {
                Some("leads out of a sink: nothing comes out of it")
            } else if matches!(taker.process, Process::Source(_)) {
                Some("leads into a source: nothing goes into it")
            } else {
                None
            };
            if let Some(problem) = problem {
                let (from, to) = (giver.name.clone(), taker.name.clone());
                self.mistakes
                    .push(NetworkError::BadLink { from, to, problem });
            } else {
                outs[from.index()].push(*to);
                ins[to.index()].push(*from);
            }
        }
        (outs, ins)
    }

    pub(super) fn check_routing(&mut self, element: &Element, good: &[ElementId]) {
        match &element.routing {
            Routing::Single if good.len() > 1 => {
                let (element, outlets) = (element.name.clone(), good.len());
                self.mistakes
                    .push(NetworkError::RoutingMissing { element, outlets });
            }
            Routing::Probability(weights) => {
                for (to, _) in weights {
                    let problem = "the routing names an element that no link leads to";
                    self.neighbour(element, "the routing", *to, good, problem);
                }
                let weights: Vec<f64> = weights.iter().map(|(_, weight)| *weight).collect();
                self.weights(element, "a weight of the routing", &weights);
            }
            Routing::ByType { table, otherwise } => {
                let problem = "the routing names an element that no link leads to";
                self.neighbour(element, "the routing", *otherwise, good, problem);
                for (part_type, to) in table {
                    self.part_type(element, "the routing", *part_type);
                    self.neighbour(element, "the routing", *to, good, problem);
                }
            }
            Routing::Single
            | Routing::RoundRobin
            | Routing::ShortestQueue
            | Routing::FirstAvailable => {}
        }
    }
}
