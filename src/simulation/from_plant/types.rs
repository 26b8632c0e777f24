//! Which types of parts can be where.

use std::collections::BTreeSet;

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
        let mut inflows = vec![Vec::new(); plant.equipment.len()];
        for (index, flow) in plant.flows.iter().enumerate() {
            if let Some(of) = inflows.get_mut(flow.to.index()) {
                of.push(index);
            }
        }
        loop {
            let mut is_changed = false;
            for ((index, equipment), inflows) in plant.equipment.iter().enumerate().zip(&inflows) {
                let arriving: BTreeSet<u32> = inflows
                    .iter()
                    .flat_map(|flow| self.types_on(*flow))
                    .collect();
                let leaving = match &equipment.process {
                    process::Process::Source { supply, .. } if !supply.orders.is_empty() => supply
                        .orders
                        .iter()
                        .map(|order| {
                            let name = order.part_type.as_deref();
                            name.and_then(|name| self.part_type(name))
                                .unwrap_or_default()
                                .0
                        })
                        .collect(),
                    process::Process::Source { mix, .. } if mix.is_empty() => BTreeSet::from([0]),
                    process::Process::Source { mix, .. } => mix
                        .keys()
                        .filter_map(|name| self.part_type(name))
                        .map(|t| t.0)
                        .collect(),
                    process::Process::Station(station) | process::Process::Handler(station)
                        if !station.splits.is_empty() =>
                    {
                        let pieces = station.splits.keys();
                        pieces
                            .filter_map(|name| self.part_type(name))
                            .map(|part_type| part_type.0)
                            .collect()
                    }
                    process::Process::Station(station) | process::Process::Handler(station) => {
                        match station
                            .makes
                            .as_deref()
                            .and_then(|name| self.part_type(name))
                        {
                            Some(made) => BTreeSet::from([made.0]),
                            None => arriving,
                        }
                    }
                    _ => arriving,
                };
                if let Some(known) = self.leaving.get_mut(index)
                    && *known != leaving
                {
                    *known = leaving;
                    is_changed = true;
                }
            }
            if !is_changed {
                return;
            }
        }
    }
}
