//! [`Edit`]: the changes of a scenario file, one after another, on a copy of the plant.

use std::sync::Arc;

use super::{PlannedStop, StopReason};
use crate::model::Plant;
use crate::model::equipment::{Equipment, EquipmentId};
use crate::model::flow::{Flow, Route, Visit};
use crate::model::process::Process;
use crate::model::scene::diagnostic::{Report, quote, suggest};
use crate::model::scene::process;
use crate::model::scene::table::{Field, Table};

/// A plant that is being changed.
pub(super) struct Edit<'a> {
    pub report: &'a Report,
    pub plant: Plant,
}

impl Edit<'_> {
    fn find(&self, field: &Field<'_>) -> Option<EquipmentId> {
        let name = field.text()?;
        let added = || {
            let equipment = self.plant.equipment.iter();
            let place = equipment.enumerate().find(|(_, e)| *e.path == *name)?.0;
            Some(EquipmentId(place as u32))
        };
        let found = self.plant.find(name).or_else(added);
        if found.is_none() {
            let paths = self.plant.equipment.iter();
            let words = paths.flat_map(|equipment| [&*equipment.path, &*equipment.id]);
            field.error(
                format!("unknown equipment {}", quote(name)),
                suggest(name, words, "equipment"),
            );
        }
        found
    }

    fn process_mut(&mut self, id: EquipmentId) -> Option<&mut Process> {
        let equipment = self.plant.equipment.get_mut(id.index());
        equipment.map(|equipment| &mut equipment.process)
    }

    /// `[[change]]`: other parameters of a process, or all durations shorter or longer.
    pub fn change(&mut self, table: &Table<'_>) {
        let id = table
            .require("equipment")
            .and_then(|field| self.find(&field));
        let process = table.table("process", "the process");
        let factor = table.get("cycle_factor");
        if process.is_none() && factor.is_none() {
            self.report.error(
                table.at,
                "nothing is changed",
                "say what: process = { … } or cycle_factor = 0.9".to_owned(),
            );
        }
        let Some(base) = id.and_then(|id| self.process_mut(id)) else {
            if let Some(process) = process {
                process.abandon();
            }
            return;
        };
        if let Some(process) = process {
            *base = process::read(&process, base);
        }
        let Some(field) = factor else {
            return;
        };
        match (field.positive(), base) {
            (Some(factor), Process::Station(station) | Process::Handler(station)) => {
                station.cycle = station.cycle.scaled(factor);
                for time in station.cycle_by_type.values_mut() {
                    *time = time.scaled(factor);
                }
            }
            (Some(_), _) => field.error("only stations and handlers have a cycle", None),
            (None, _) => {}
        }
    }

    /// `[[remove]]`: parts go from who gave to it straight to whom it gave.
    pub fn remove(&mut self, table: &Table<'_>) {
        let Some(id) = table
            .require("equipment")
            .and_then(|field| self.find(&field))
        else {
            return;
        };
        if let Some(process) = self.process_mut(id) {
            *process = Process::None;
        }
        let flows = std::mem::take(&mut self.plant.flows);
        let (own, mut kept): (Vec<Flow>, Vec<Flow>) = flows
            .into_iter()
            .partition(|flow| flow.from == id || flow.to == id);
        // Somebody else does the same: then nobody has to jump over the gap.
        let parallel = |out: &Flow| {
            own.iter().filter(|into| into.to == id).all(|into| {
                kept.iter().any(|there| {
                    let onward = |flow: &Flow| flow.from == there.to && flow.to == out.to;
                    there.from == into.from && kept.iter().any(onward)
                })
            })
        };
        if own
            .iter()
            .filter(|flow| flow.from == id)
            .any(|flow| !parallel(flow))
        {
            let mut bridges = Vec::new();
            for into in own.iter().filter(|flow| flow.to == id) {
                for out in own.iter().filter(|flow| flow.from == id) {
                    bridges.push(Flow {
                        from: into.from,
                        to: out.to,
                        fleet: out.fleet.clone().or_else(|| into.fleet.clone()),
                        route: into.route.clone(),
                    });
                }
            }
            bridges.retain(|flow| flow.from != flow.to);
            kept.extend(bridges);
        }
        self.plant.flows = kept;
        for route in &mut self.plant.routes {
            route.visits.retain(|visit| visit.equipment != id);
            route.visits.dedup_by_key(|visit| visit.equipment);
            for pair in route.visits.windows(2) {
                let [
                    Visit {
                        equipment: from, ..
                    },
                    Visit { equipment: to, .. },
                ] = *pair
                else {
                    continue;
                };
                let flows = &mut self.plant.flows;
                let is_leg = |flow: &Flow| {
                    flow.from == from && flow.to == to && flow.route != Route::Rejected
                };
                if !flows.iter().any(is_leg) {
                    flows.push(Flow {
                        from,
                        to,
                        fleet: None,
                        route: Route::Types(vec![Arc::clone(&route.part_type)]),
                    });
                }
            }
        }
    }

    /// `[[add]]`: like another equipment or with a process of its own, beside another or between two.
    pub fn add(&mut self, table: &Table<'_>) {
        let id = table.require("id").and_then(|field| field.id());
        let like = table.get("like").map(|field| self.find(&field));
        let beside = table.get("beside").map(|field| self.find(&field));
        let between = table.get("between");
        let process = table.table("process", "the process");
        let between = between.and_then(|field| match field.array()?.as_slice() {
            [from, to] => Some((self.find(from), self.find(to))),
            _ => {
                field.error("between names two neighbours", None);
                None
            }
        });
        let neighbour = match (beside, between) {
            (Some(Some(beside)), None) => beside,
            (None, Some((Some(from), Some(_)))) => from,
            (Some(None), _) | (_, Some(_)) => {
                if let Some(process) = process {
                    process.abandon();
                }
                return;
            }
            (None, None) => {
                self.report.error(
                    table.at,
                    "the added equipment has no place in the flow",
                    "say beside = \"…\", or between = [\"…\", \"…\"]".to_owned(),
                );
                if let Some(process) = process {
                    process.abandon();
                }
                return;
            }
        };
        let model = match (like, beside) {
            (Some(None), _) => None,
            (Some(Some(like)), _) => self.plant.equipment(like),
            (None, _) => self.plant.equipment(neighbour),
        };
        let (Some(id), Some(model)) = (id, model.cloned()) else {
            if let Some(process) = process {
                process.abandon();
            }
            return;
        };
        let base = if like.is_some() || beside.is_some() {
            model.process.clone()
        } else {
            Process::None
        };
        let process = match process {
            Some(process) => process::read(&process, &base),
            None => base,
        };
        let path: Arc<str> = match model.path.rsplit_once('/') {
            Some((group, _)) => Arc::from(format!("{group}/{id}")),
            None => Arc::clone(&id),
        };
        if self.plant.equipment.iter().any(|known| known.path == path) {
            let message = format!("there is a {} already", quote(&path));
            self.report.error(table.at, message, None);
            return;
        }
        let place = EquipmentId(self.plant.equipment.len() as u32);
        self.plant.equipment.push(Equipment {
            name: Arc::clone(&id),
            id,
            path,
            process,
            signals: 0..0,
            ..model
        });
        match between {
            Some((Some(from), Some(to))) => self.put_between(table, place, from, to),
            _ => self.put_beside(table, place, neighbour),
        }
    }

    fn put_beside(&mut self, table: &Table<'_>, place: EquipmentId, neighbour: EquipmentId) {
        let visits = |visit: &Visit| visit.equipment == neighbour;
        let mut routes = self.plant.routes.iter();
        if let Some(route) = routes.find(|route| route.visits.iter().any(visits)) {
            self.report.error(
                table.at,
                format!(
                    "parts of type {} follow a route, which leads to the equipment itself and to \
                     none beside it",
                    quote(&route.part_type)
                ),
                "give the equipment more servers instead".to_owned(),
            );
            return;
        }
        let own: Vec<Flow> = self
            .plant
            .flows
            .iter()
            .filter(|flow| flow.from == neighbour || flow.to == neighbour)
            .cloned()
            .collect();
        self.plant.flows.extend(own.into_iter().map(|mut flow| {
            for end in [&mut flow.from, &mut flow.to] {
                if *end == neighbour {
                    *end = place;
                }
            }
            flow
        }));
    }

    fn put_between(
        &mut self,
        table: &Table<'_>,
        place: EquipmentId,
        from: EquipmentId,
        to: EquipmentId,
    ) {
        let flows = &mut self.plant.flows;
        let is_leg = |flow: &Flow| flow.from == from && flow.to == to;
        let Some(last) = flows.iter().rposition(is_leg) else {
            self.report.error(
                table.at,
                "no flow goes from the first to the second",
                "between names two neighbours of a [[flow]], in its direction".to_owned(),
            );
            return;
        };
        for flow in flows.iter_mut().filter(|flow| is_leg(flow)) {
            flow.to = place;
        }
        let onward = Flow {
            from: place,
            to,
            fleet: None,
            route: Route::Any,
        };
        flows.insert(last + 1, onward);
        for route in &mut self.plant.routes {
            let old = std::mem::take(&mut route.visits);
            for visit in old {
                let before = route.visits.last().map(|visit| visit.equipment);
                if before == Some(from) && visit.equipment == to {
                    route.visits.push(Visit {
                        equipment: place,
                        cycle: None,
                    });
                }
                route.visits.push(visit);
            }
        }
    }

    /// `[[route]]`: another share of the parts takes a flow.
    pub fn route(&mut self, table: &Table<'_>) {
        let end = |key| table.require(key).and_then(|field| self.find(&field));
        let (from, to) = (end("from"), end("to"));
        let share = table.require("share");
        let share = share.and_then(|field| field.number_within(0.0, 1.0));
        let (Some(from), Some(to), Some(share)) = (from, to, share) else {
            return;
        };
        let mut flows = self.plant.flows.iter_mut();
        match flows.find(|flow| flow.from == from && flow.to == to) {
            Some(flow) => flow.route = Route::Share(share),
            None => self.report.error(
                table.at,
                "no flow goes from the first to the second",
                "from and to are two neighbours of a [[flow]], in its direction".to_owned(),
            ),
        }
    }

    /// `[[stop]]`: down at a time.
    pub fn stop(&self, table: &Table<'_>) -> Option<PlannedStop> {
        let field = table.require("equipment");
        let equipment = field.and_then(|field| self.find(&field));
        let at = table.require("at").and_then(|field| field.duration());
        let lasts = table.get("lasts").map(|field| field.positive_duration());
        let cause = table.get("cause").and_then(|field| {
            field.word([
                ("fault", StopReason::Fault),
                ("operator", StopReason::Operator),
                ("maintenance", StopReason::Maintenance),
            ])
        });
        let id = equipment?;
        let takes_part = self.plant.equipment(id).is_some_and(|equipment| {
            !matches!(
                equipment.process,
                Process::None | Process::Utility { .. } | Process::Vehicle { .. }
            )
        });
        if let (Some(field), false) = (field, takes_part) {
            field.error("it has no part in the flow, so that it could stop", None);
        }
        let lasts_secs = match lasts {
            Some(lasts) => Some(lasts?.as_secs_f64()),
            None => None,
        };
        Some(PlannedStop {
            equipment: id,
            at_secs: at?.as_secs_f64(),
            lasts_secs,
            cause: cause.unwrap_or_default(),
        })
    }
}
