//! The `[process]` table of a kind, and its overrides by an equipment.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::distribution::DistributionSpec;
use crate::model::process::{Belt, Failure, FailureBasis, Process, Station};

use super::diagnostic::quote;
use super::distribution;
use super::table::{Field, Table};

const ROLES: [&str; 9] = [
    "none", "source", "sink", "station", "handler", "buffer", "conveyor", "vehicle", "utility",
];

/// The word of a role in files.
fn role_of(process: &Process) -> &'static str {
    match process {
        Process::None => "none",
        Process::Source { .. } => "source",
        Process::Sink => "sink",
        Process::Station(_) => "station",
        Process::Handler(_) => "handler",
        Process::Buffer { .. } => "buffer",
        Process::Conveyor { .. } => "conveyor",
        Process::Vehicle { .. } => "vehicle",
        Process::Utility { .. } => "utility",
    }
}

/// Reads a process table over `base`: what the table does not name stays as it is there. Another
/// role than the base's starts from that role's defaults.
pub(super) fn read(table: &Table<'_>, base: &Process) -> Process {
    let role = table
        .get("role")
        .and_then(|field| field.word(ROLES.map(|role| (role, role))))
        .unwrap_or_else(|| role_of(base));
    match (role, base) {
        (
            "source",
            Process::Source {
                interarrival,
                mix,
                order_size,
            },
        ) => source(table, interarrival.clone(), mix.clone(), *order_size),
        ("source", _) => source(table, None, BTreeMap::new(), 0),
        ("sink", _) => Process::Sink,
        ("station", Process::Station(base)) => Process::Station(station(table, base.clone())),
        ("station", _) => Process::Station(station(table, Station::default())),
        ("handler", Process::Handler(base)) => Process::Handler(station(table, base.clone())),
        ("handler", _) => Process::Handler(station(table, Station::default())),
        ("buffer", base) => {
            let capacity = match base {
                Process::Buffer { capacity } => *capacity,
                _ => None,
            };
            Process::Buffer {
                capacity: table
                    .get("capacity")
                    .map_or(capacity, |field| field.whole(1, 1_000_000)),
            }
        }
        ("conveyor", base) => conveyor(table, base),
        ("vehicle", base) => vehicle(table, base),
        ("utility", base) => Process::Utility {
            failure: failure(
                table,
                match base {
                    Process::Utility { failure } => failure.clone(),
                    _ => None,
                },
            ),
        },
        _ => Process::None,
    }
}

fn source(
    table: &Table<'_>,
    interarrival: Option<DistributionSpec>,
    mix: BTreeMap<Arc<str>, f64>,
    order_size: u32,
) -> Process {
    Process::Source {
        interarrival: distribution(table, "interarrival").or(interarrival),
        mix: match table.get("mix") {
            Some(field) => named(&field, |field| field.positive()),
            None => mix,
        },
        order_size: table
            .get("order_size")
            .and_then(|field| field.whole(0, 1_000_000))
            .unwrap_or(order_size),
    }
}

fn station(table: &Table<'_>, base: Station) -> Station {
    Station {
        cycle: distribution(table, "cycle").unwrap_or(base.cycle),
        cycle_by_type: match table.get("cycle_by_type") {
            Some(field) => named(&field, distribution::read),
            None => base.cycle_by_type,
        },
        servers: whole(table, "servers", 1).unwrap_or(base.servers.max(1)),
        batch: whole(table, "batch", 1).unwrap_or(base.batch.max(1)),
        setup: distribution(table, "setup").or(base.setup),
        needs: match table.get("needs") {
            Some(field) => named(&field, |field| field.whole(1, 10_000)),
            None => base.needs,
        },
        makes: table
            .get("makes")
            .and_then(|field| field.id())
            .or(base.makes),
        scrap: table
            .get("scrap")
            .and_then(|field| field.number_within(0.0, 1.0))
            .unwrap_or(base.scrap),
        failure: failure(table, base.failure),
    }
}

fn conveyor(table: &Table<'_>, base: &Process) -> Process {
    let (speed, spacing, belt, stops) = match base {
        Process::Conveyor {
            speed,
            spacing,
            belt,
            failure,
        } => (Some(*speed), Some(*spacing), *belt, failure.clone()),
        _ => (None, None, Belt::default(), None),
    };
    let length = |key, base: Option<f64>| match (table.get(key), base) {
        (Some(field), _) => field.positive(),
        (None, None) => table.require(key).and(None),
        (None, base) => base,
    };
    Process::Conveyor {
        speed: length("speed", speed).unwrap_or(1.0),
        spacing: length("spacing", spacing).unwrap_or(1.0),
        belt: match table.get("accumulating").and_then(|field| field.boolean()) {
            Some(true) => Belt::Accumulating,
            Some(false) => Belt::Rigid,
            None => belt,
        },
        failure: failure(table, stops),
    }
}

fn vehicle(table: &Table<'_>, base: &Process) -> Process {
    let defaults = (Arc::from("vehicles"), 1.0, DistributionSpec::default(), 1);
    let (fleet, speed, transfer, capacity) = match base {
        Process::Vehicle {
            fleet,
            speed,
            transfer,
            capacity,
        } => (Arc::clone(fleet), *speed, transfer.clone(), *capacity),
        _ => defaults,
    };
    Process::Vehicle {
        fleet: table
            .get("fleet")
            .and_then(|field| field.id())
            .unwrap_or(fleet),
        speed: table
            .get("speed")
            .and_then(|field| field.positive())
            .unwrap_or(speed),
        transfer: distribution(table, "transfer").unwrap_or(transfer),
        capacity: whole(table, "capacity", 1).unwrap_or(capacity),
    }
}

fn failure(table: &Table<'_>, base: Option<Failure>) -> Option<Failure> {
    let Some(field) = table.get("failure") else {
        return base;
    };
    if field.is_text() {
        return match field.text() {
            Some("never") => None,
            _ => {
                field.error(
                    "failure must be a table",
                    "or \"never\", to take away the failure of the kind".to_owned(),
                );
                None
            }
        };
    }
    let table = field.table("failure")?;
    let after = match &base {
        Some(_) => distribution(&table, "after"),
        None => table
            .require("after")
            .and_then(|field| distribution::read(&field)),
    };
    let repair = match &base {
        Some(_) => distribution(&table, "repair"),
        None => table
            .require("repair")
            .and_then(|field| distribution::read(&field)),
    };
    let basis = table.get("clock").and_then(|field| {
        field.word([
            ("operation", FailureBasis::OperationTime),
            ("calendar", FailureBasis::CalendarTime),
        ])
    });
    Some(Failure {
        time_to_failure: after.or(base.as_ref().map(|base| base.time_to_failure.clone()))?,
        time_to_repair: repair.or(base.as_ref().map(|base| base.time_to_repair.clone()))?,
        basis: basis.or(base.map(|base| base.basis)).unwrap_or_default(),
    })
}

fn distribution(table: &Table<'_>, key: &'static str) -> Option<DistributionSpec> {
    distribution::read(&table.get(key)?)
}

fn whole(table: &Table<'_>, key: &'static str, low: u32) -> Option<u32> {
    table.get(key)?.whole(low, 1_000_000)
}

/// A table of part types.
fn named<T>(field: &Field<'_>, read: impl Fn(&Field<'_>) -> Option<T>) -> BTreeMap<Arc<str>, T> {
    let Some(mut table) = field.table("part types") else {
        return BTreeMap::new();
    };
    table
        .entries()
        .into_iter()
        .filter_map(|(field, at)| {
            if !super::table::is_id(field.key) {
                field.report.error(
                    at,
                    format!("{} is not a part type", quote(field.key)),
                    "a part type is written like an id: letters, digits, '-', '_' and '.'"
                        .to_owned(),
                );
                return None;
            }
            Some((Arc::from(field.key), read(&field)?))
        })
        .collect()
}
