//! Which types of parts can be where.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::Builder;
use crate::model::flow::Route;
use crate::model::{Plant, process};
use crate::simulation::PartType;

/// The names of all types that sources bring and stations make; at least one.
pub(super) fn named_in(plant: &Plant) -> Vec<String> {
    let mut names = BTreeSet::new();
    for equipment in &plant.equipment {
        match &equipment.process {
            process::Process::Source { mix, supply, .. } => {
                names.extend(mix.keys().cloned());
                let orders = supply.orders.iter();
                names.extend(orders.filter_map(|order| order.part_type.clone()));
            }
            process::Process::Station(station) | process::Process::Handler(station) => {
                names.extend(station.makes.clone());
                names.extend(station.splits.keys().cloned());
            }
            _ => {}
        }
    }
    if names.is_empty() {
        names.insert("part".into());
    }
    names.iter().map(ToString::to_string).collect()
}

impl Builder<'_> {
    /// The type of that name.
    pub(super) fn part_type(&self, name: &str) -> Option<PartType> {
        self.network
            .part_types
            .iter()
            .position(|known| known == name)
            .map(|index| PartType(index as u32))
    }

    /// The types that can take flow number `flow`.
    pub(super) fn types_on(&self, flow: usize) -> BTreeSet<u32> {
        let Some(flow) = self.plant.flows.get(flow) else {
            return BTreeSet::new();
        };
        let Some(leaving) = self.leaving.get(flow.from.index()) else {
            return BTreeSet::new();
        };
        match &flow.route {
            Route::Types(names) => names
                .iter()
                .filter_map(|name| self.part_type(name))
                .map(|part_type| part_type.0)
                .filter(|part_type| leaving.contains(part_type))
                .collect(),
            _ => leaving.clone(),
        }
    }

    /// Finds out which types can leave each equipment: until nothing new comes up.
    pub(super) fn spread_types(&mut self) {
        let plant = self.plant;
        let mut open: VecDeque<usize> = (0..plant.equipment.len()).collect();
        let mut is_open = vec![true; plant.equipment.len()];
        while let Some(index) = open.pop_front() {
            let Some(equipment) = plant.equipment.get(index) else {
                continue;
            };
            if let Some(flag) = is_open.get_mut(index) {
                *flag = false;
            }
            let leaving = self.types_leaving(index, &equipment.process);
            let Some(known) = self.leaving.get_mut(index) else {
                continue;
            };
            if *known == leaving {
                continue;
            }
            *known = leaving;
            for flow in self.flows_out.get(index).into_iter().flatten() {
                let to = plant.flows.get(*flow).map(|flow| flow.to.index());
                if let Some(to) = to
                    && let Some(flag) = is_open.get_mut(to)
                    && !std::mem::replace(flag, true)
                {
                    open.push_back(to);
                }
            }
        }
    }

    /// The types that can leave an equipment, as far as is known what comes to it.
    fn types_leaving(&self, index: usize, process: &process::Process) -> BTreeSet<u32> {
        let numbers = |names: &mut dyn Iterator<Item = &Arc<str>>| -> BTreeSet<u32> {
            names
                .filter_map(|name| self.part_type(name))
                .map(|part_type| part_type.0)
                .collect()
        };
        match process {
            process::Process::Source { supply, .. } if !supply.orders.is_empty() => supply
                .orders
                .iter()
                .map(|order| {
                    let name = order.part_type.as_deref();
                    let part_type = name.and_then(|name| self.part_type(name));
                    part_type.unwrap_or_default().0
                })
                .collect(),
            process::Process::Source { mix, .. } if mix.is_empty() => BTreeSet::from([0]),
            process::Process::Source { mix, .. } => numbers(&mut mix.keys()),
            process::Process::Station(station) | process::Process::Handler(station)
                if !station.splits.is_empty() =>
            {
                numbers(&mut station.splits.keys())
            }
            process::Process::Station(station) | process::Process::Handler(station)
                if station.makes.is_some() =>
            {
                numbers(&mut station.makes.iter())
            }
            _ => {
                let flows_in = self.flows_in.get(index).into_iter().flatten();
                flows_in.flat_map(|flow| self.types_on(*flow)).collect()
            }
        }
    }
}
