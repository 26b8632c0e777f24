//! The `[[resource]]` tables, and whether what equipment says of resources, shifts and part types is
//! there.

use std::sync::Arc;

use crate::model::Plant;
use crate::model::calendar::Calendar;
use crate::model::process::{Discipline, Failure, Manned, Process, Resource, Station};

use super::diagnostic::{Report, Span, quote, suggest};
use super::equipment::EquipmentList;
use super::flows::part_types;
use super::process;
use super::table::Table;

/// Reads the operators, tools and crews of a scene, and checks who names them.
pub(super) fn read(
    scene: &Table<'_>,
    list: &EquipmentList<'_>,
    calendar: &Calendar,
) -> Vec<Resource> {
    let resources = tables(scene, calendar);
    let types: Vec<Arc<str>> = part_types(&list.equipment).into_iter().collect();
    let check = Check {
        report: scene.report,
        resources: &resources,
        calendar,
        types: &types,
    };
    for (equipment, note) in list.equipment.iter().zip(&list.notes) {
        check.process(&equipment.process, note.at);
    }
    resources
}

/// Adds the resources of a scenario to a plant, those of the same id in place of the plant's, and
/// checks who names them.
pub(super) fn change(scenario: &Table<'_>, plant: &mut Plant, at: Span) {
    for resource in tables(scenario, &plant.calendar) {
        match plant.resources.iter_mut().find(|r| r.id == resource.id) {
            Some(known) => *known = resource,
            None => plant.resources.push(resource),
        }
    }
    let types: Vec<Arc<str>> = part_types(&plant.equipment).into_iter().collect();
    let check = Check {
        report: scenario.report,
        resources: &plant.resources,
        calendar: &plant.calendar,
        types: &types,
    };
    for equipment in &plant.equipment {
        check.process(&equipment.process, at);
    }
}

fn tables(scene: &Table<'_>, calendar: &Calendar) -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    for table in scene.tables("resource", "[[resource]]") {
        let id = table.require("id");
        let count = table.get("count").map(|field| field.whole(1, 1_000_000));
        let manned = process::manned(&table).unwrap_or_default();
        let (Some(field), Some(count)) = (id, count.unwrap_or(Some(1))) else {
            continue;
        };
        let Some(id) = field.id() else {
            continue;
        };
        if resources.iter().any(|known| known.id == id) {
            field.error(format!("the resource {} is there twice", quote(&id)), None);
        }
        check_shifts(scene.report, calendar, &manned, table.at);
        resources.push(Resource { id, count, manned });
    }
    resources
}

struct Check<'a> {
    report: &'a Report,
    resources: &'a [Resource],
    calendar: &'a Calendar,
    types: &'a [Arc<str>],
}

impl Check<'_> {
    fn process(&self, process: &Process, at: Span) {
        match process {
            Process::Station(station) | Process::Handler(station) => self.station(station, at),
            Process::Source { supply, .. } => {
                check_shifts(self.report, self.calendar, &supply.manned, at);
            }
            Process::Buffer {
                discipline: Discipline::Priority(order),
                ..
            } => {
                for name in order {
                    self.part_type(name, at);
                }
            }
            Process::Conveyor {
                failure, manned, ..
            } => {
                self.crew(failure.as_ref(), at);
                check_shifts(self.report, self.calendar, manned, at);
            }
            Process::Vehicle { manned, .. } => {
                check_shifts(self.report, self.calendar, manned, at);
            }
            Process::Utility { failure } => self.crew(failure.as_ref(), at),
            _ => {}
        }
    }

    fn station(&self, station: &Station, at: Span) {
        for (name, count) in &station.requires {
            self.resource(name, *count, at);
        }
        for failure in [&station.failure, &station.maintenance] {
            self.crew(failure.as_ref(), at);
        }
        check_shifts(self.report, self.calendar, &station.manned, at);
        for (from, to, _) in &station.setup_matrix {
            self.part_type(from, at);
            self.part_type(to, at);
        }
    }

    fn crew(&self, failure: Option<&Failure>, at: Span) {
        if let Some(crew) = failure.and_then(|failure| failure.crew.as_ref()) {
            self.resource(crew, 1, at);
        }
    }

    fn resource(&self, name: &str, count: u32, at: Span) {
        match self.resources.iter().find(|known| *known.id == *name) {
            None => self.report.error(
                at,
                format!("unknown resource {}", quote(name)),
                if self.resources.is_empty() {
                    Some(format!("add [[resource]] id = \"{name}\""))
                } else {
                    let known = self.resources.iter().map(|known| &*known.id);
                    suggest(name, known, "resources")
                },
            ),
            Some(known) if known.count < count => self.report.error(
                at,
                format!(
                    "{count} of {} are required, there are {}",
                    quote(name),
                    known.count
                ),
                None,
            ),
            Some(_) => {}
        }
    }

    fn part_type(&self, name: &str, at: Span) {
        if !self.types.iter().any(|known| **known == *name) {
            self.report.error(
                at,
                format!("unknown part type {}", quote(name)),
                suggest(name, self.types.iter().map(|name| &**name), "part types"),
            );
        }
    }
}

fn check_shifts(report: &Report, calendar: &Calendar, manned: &Manned, at: Span) {
    let Manned::Shifts(names) = manned else {
        return;
    };
    for name in names {
        if !calendar.shifts.iter().any(|shift| shift.name == *name) {
            report.error(
                at,
                format!("unknown shift {}", quote(name)),
                suggest(name, calendar.shifts.iter().map(|s| &*s.name), "shifts"),
            );
        }
    }
}
