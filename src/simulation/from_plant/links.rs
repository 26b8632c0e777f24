//! Who hands parts to whom, how parts choose, and what assemblies need.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Builder, FromPlantError};
use crate::model::flow::Route;
use crate::model::flow::{PartRoute, Visit as Step};
use crate::model::{EquipmentId, process};
use crate::simulation::{ElementId, Need, PartType, Process, Routing, Visit};

impl Builder<'_> {
    /// Links what hands parts over directly, and says how parts choose and what assemblies need.
    pub(super) fn link(&mut self) {
        let plant = self.plant;
        let mut linked: HashSet<_> = self.network.links.iter().copied().collect();
        for (index, flow) in plant.flows.iter().enumerate() {
            if self.carriers.get(index).is_some_and(Option::is_none)
                && let (Some(from), Some(to)) =
                    (self.element_of(flow.from), self.element_of(flow.to))
                && linked.insert((from, to))
            {
                self.network.link(from, to);
            }
        }
        for (index, equipment) in plant.equipment.iter().enumerate() {
            let id = EquipmentId(index as u32);
            let Some(element) = self.element_of(id) else {
                continue;
            };
            self.choose_routing(id, element);
            if let process::Process::Station(station) | process::Process::Handler(station) =
                &equipment.process
                && !station.needs.is_empty()
            {
                self.add_needs(id, element, &equipment.path, station);
            }
        }
        for route in &plant.routes {
            self.add_part_route(route);
        }
    }

    /// A route of a part type, with the fleets that carry the parts as visits of their own.
    fn add_part_route(&mut self, route: &PartRoute) {
        let plant = self.plant;
        let Some(part_type) = self.part_type(&route.part_type) else {
            return;
        };
        let mut visits = Vec::with_capacity(route.visits.len());
        let mut last: Option<&Step> = None;
        for step in &route.visits {
            let Some(element) = self.element_of(step.equipment) else {
                continue;
            };
            if let Some(last) = last.replace(step) {
                let flows_out = self.flows_out.get(last.equipment.index());
                let carrier = flows_out.into_iter().flatten().find_map(|index| {
                    let to = plant.flows.get(*index)?.to;
                    if to != step.equipment || !self.types_on(*index).contains(&part_type.0) {
                        return None;
                    }
                    self.carriers.get(*index).copied().flatten()
                });
                visits.extend(carrier.map(Visit::at));
            }
            let path = plant.equipment(step.equipment).map(|e| Arc::clone(&e.path));
            let processing = step.cycle.as_ref().map(|cycle| {
                self.duration(
                    &path.unwrap_or_default(),
                    "the cycle time of a visit",
                    cycle,
                )
            });
            visits.push(Visit {
                at: element,
                processing,
            });
        }
        self.network.part_route(part_type, visits);
    }

    /// The element that flow number `index` hands its parts to.
    fn target(&self, index: usize) -> Option<ElementId> {
        let carrier = self.carriers.get(index).copied().flatten();
        carrier.or_else(|| self.element_of(self.plant.flows.get(index)?.to))
    }

    fn choose_routing(&mut self, id: EquipmentId, element: ElementId) {
        let plant = self.plant;
        let mut choices: Vec<(ElementId, &Route, usize)> = Vec::new();
        let mut reject_to = None;
        for index in self
            .flows_out
            .get(id.index())
            .into_iter()
            .flatten()
            .copied()
        {
            let (Some(target), Some(flow)) = (self.target(index), plant.flows.get(index)) else {
                continue;
            };
            if flow.route == Route::Rejected {
                reject_to = Some(target);
            } else if !choices.iter().any(|(known, _, _)| *known == target) {
                choices.push((target, &flow.route, index));
            }
        }
        let routing = if choices.len() <= 1 {
            Routing::Single
        } else if choices
            .iter()
            .any(|(_, route, _)| matches!(route, Route::Types(_)))
        {
            let table = choices
                .iter()
                .filter(|(_, route, _)| matches!(route, Route::Types(_)))
                .flat_map(|(target, _, index)| {
                    self.types_on(*index)
                        .into_iter()
                        .map(|t| (PartType(t), *target))
                })
                .collect();
            let other = choices
                .iter()
                .find(|(_, route, _)| !matches!(route, Route::Types(_)));
            let otherwise = other
                .or(choices.first())
                .map_or(element, |(target, _, _)| *target);
            Routing::ByType { table, otherwise }
        } else if choices
            .iter()
            .any(|(_, route, _)| matches!(route, Route::Share(_)))
        {
            let share = |route: &Route| match route {
                Route::Share(share) => Some(*share),
                _ => None,
            };
            let told: f64 = choices
                .iter()
                .filter_map(|(_, route, _)| share(route))
                .sum();
            let open = choices
                .iter()
                .filter(|(_, route, _)| share(route).is_none())
                .count();
            let rest = (1.0 - told).max(0.0) / open.max(1) as f64;
            let weights = choices
                .iter()
                .map(|(target, route, _)| (*target, share(route).unwrap_or(rest)));
            Routing::Probability(weights.collect())
        } else if choices
            .iter()
            .any(|(_, route, _)| matches!(route, Route::InTurn))
        {
            Routing::RoundRobin
        } else if choices
            .iter()
            .any(|(_, route, _)| matches!(route, Route::FirstFree))
        {
            Routing::FirstAvailable
        } else {
            Routing::ShortestQueue
        };
        if let Some(described) = self.network.element_mut(element) {
            described.routing = routing;
            if let Process::Station(station) = &mut described.process {
                station.reject_to = reject_to;
            }
        }
    }

    /// What an assembly takes from whom. The first need, in the order of the flows, is the part that
    /// the others are built into.
    fn add_needs(
        &mut self,
        id: EquipmentId,
        element: ElementId,
        path: &Arc<str>,
        station: &process::Station,
    ) {
        let plant = self.plant;
        let mut needs: Vec<(usize, Need)> = Vec::new();
        for (name, count) in &station.needs {
            let part_type = self.part_type(name);
            let flows_in = self.flows_in.get(id.index()).into_iter().flatten();
            let giver = flows_in.copied().find(|index| {
                part_type.is_some_and(|part_type| self.types_on(*index).contains(&part_type.0))
            });
            let from = giver.and_then(|index| {
                let flow = plant.flows.get(index)?;
                let carrier = self.carriers.get(index).copied().flatten();
                Some((index, carrier.or_else(|| self.element_of(flow.from))?))
            });
            match from {
                Some((index, from)) => needs.push((
                    index,
                    Need {
                        from,
                        count: *count,
                    },
                )),
                None => self.errors.push(FromPlantError::NeedNotMet {
                    part_type: Arc::clone(name),
                    equipment: Arc::clone(path),
                }),
            }
        }
        needs.sort_by_key(|(index, _)| *index);
        if let Some(described) = self.network.element_mut(element)
            && let Process::Station(station) = &mut described.process
        {
            station.assembly = needs.into_iter().map(|(_, need)| need).collect();
        }
    }
}
