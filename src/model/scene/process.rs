//! The `[process]` table of a kind, and its overrides by an equipment.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::distribution::DistributionSpec;
use crate::model::process::{
    Belt, Blocking, Discipline, Dispatch, Failure, FailureBasis, Manned, Order, Process, Station,
    Supply, WhenBlocked,
};

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
                supply,
            },
        ) => source(
            table,
            interarrival.clone(),
            mix.clone(),
            *order_size,
            (**supply).clone(),
        ),
        ("source", _) => source(table, None, BTreeMap::new(), 0, Supply::default()),
        ("sink", _) => Process::Sink,
        ("station", Process::Station(base)) => Process::Station(station(table, base.clone())),
        ("station", _) => Process::Station(station(table, Station::default())),
        ("handler", Process::Handler(base)) => Process::Handler(station(table, base.clone())),
        ("handler", _) => Process::Handler(station(table, Station::default())),
        ("buffer", base) => {
            let (capacity, discipline) = match base {
                Process::Buffer {
                    capacity,
                    discipline,
                } => (*capacity, discipline.clone()),
                _ => (None, Discipline::default()),
            };
            Process::Buffer {
                capacity: table
                    .get("capacity")
                    .map_or(capacity, |field| field.whole(1, 1_000_000)),
                discipline: discipline_of(table).unwrap_or(discipline),
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
    supply: Supply,
) -> Process {
    let orders = table.get("orders").map(|field| orders(&field));
    let supply = Supply {
        orders: orders.unwrap_or(supply.orders),
        limit: whole(table, "limit", 1).or(supply.limit),
        arrival_size: whole(table, "arrival_size", 1).unwrap_or(supply.arrival_size),
        when_blocked: table
            .get("when_blocked")
            .and_then(|field| {
                field.word([
                    ("hold", WhenBlocked::Hold),
                    ("queue", WhenBlocked::Queue),
                    ("lose", WhenBlocked::Lose),
                ])
            })
            .unwrap_or(supply.when_blocked),
        in_process: whole(table, "in_process", 1).or(supply.in_process),
        manned: manned(table).unwrap_or(supply.manned),
    };
    Process::Source {
        supply: Box::new(supply),
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
        maintenance: maintenance(table, base.maintenance),
        setup_matrix: match table.get("setup_matrix") {
            Some(field) => setup_matrix(&field),
            None => base.setup_matrix,
        },
        splits: match table.get("splits") {
            Some(field) => named(&field, |field| field.whole(1, 10_000)),
            None => base.splits,
        },
        requires: match table.get("requires") {
            Some(field) => named(&field, |field| field.whole(1, 10_000)),
            None => base.requires,
        },
        blocking: table
            .get("blocking")
            .and_then(|field| {
                field.word([
                    ("after-service", Blocking::AfterService),
                    ("before-service", Blocking::BeforeService),
                ])
            })
            .unwrap_or(base.blocking),
        manned: manned(table).unwrap_or(base.manned),
    }
}

/// `discipline = "lifo"`, or `priority = ["rush", "normal"]`.
fn discipline_of(table: &Table<'_>) -> Option<Discipline> {
    let word = table.get("discipline");
    if let Some(field) = table.get("priority") {
        if word.is_some() {
            field.error("a buffer has either a discipline or priorities", None);
        }
        return Some(Discipline::Priority(field.texts()?));
    }
    word?.word([
        ("fifo", Discipline::Fifo),
        ("lifo", Discipline::Lifo),
        ("due-date", Discipline::DueDate),
    ])
}

/// `shifts = ["Early"]`, or `"always"`.
pub(super) fn manned(table: &Table<'_>) -> Option<Manned> {
    let field = table.get("shifts")?;
    if field.is_text() {
        return field.word([("always", Manned::Always), ("plant", Manned::AsPlant)]);
    }
    field.texts().map(Manned::Shifts)
}

fn setup_matrix(field: &Field<'_>) -> Vec<(Arc<str>, Arc<str>, DistributionSpec)> {
    let Some(fields) = field.array() else {
        return Vec::new();
    };
    let entry = |field: &Field<'_>| {
        let table = field.table("a set-up time")?;
        let (from, to) = (table.require("from"), table.require("to"));
        let time = table.require("time");
        let (from, to) = (from.and_then(|f| f.id()), to.and_then(|f| f.id()));
        Some((from?, to?, distribution::read(&time?)?))
    };
    fields.iter().filter_map(entry).collect()
}

fn orders(field: &Field<'_>) -> Vec<Order> {
    let Some(fields) = field.array() else {
        return Vec::new();
    };
    let entry = |(place, field): (usize, &Field<'_>)| {
        let table = field.table("an order")?;
        let number = table.get("order");
        let seconds = |key| Some(table.get(key)?.duration()?.as_secs_f64());
        let part_type = table.get("type").map(|field| field.id());
        let (release, due) = (seconds("release"), seconds("due"));
        let quantity = table.require("quantity");
        let quantity = quantity.and_then(|field| field.whole(1, 1_000_000));
        Some(Order {
            order: match number {
                Some(field) => field.whole(1, u32::MAX)?,
                None => place as u32 + 1,
            },
            part_type: match part_type {
                Some(part_type) => Some(part_type?),
                None => None,
            },
            quantity: quantity?,
            release_secs: release.unwrap_or_default(),
            due_secs: due,
        })
    };
    fields.iter().enumerate().filter_map(entry).collect()
}

/// `maintenance = { every = "8h", takes = "20m" }`.
fn maintenance(table: &Table<'_>, base: Option<Failure>) -> Option<Failure> {
    let Some(field) = table.get("maintenance") else {
        return base;
    };
    if field.is_text() {
        return field.word([("never", ())]).and(None);
    }
    let table = field.table("the maintenance")?;
    let (every, takes) = (table.require("every"), table.require("takes"));
    let basis = basis(&table).unwrap_or(FailureBasis::CalendarTime);
    let crew = table.get("crew").and_then(|field| field.id());
    let every = every.and_then(|field| distribution::read(&field));
    let takes = takes.and_then(|field| distribution::read(&field));
    Some(Failure {
        time_to_failure: every?,
        time_to_repair: takes?,
        basis,
        crew,
    })
}

fn basis(table: &Table<'_>) -> Option<FailureBasis> {
    table.get("clock")?.word([
        ("operation", FailureBasis::OperationTime),
        ("calendar", FailureBasis::CalendarTime),
    ])
}

fn conveyor(table: &Table<'_>, base: &Process) -> Process {
    // Belts run round the clock unless something else is said.
    let (speed, spacing, belt, stops, shifts) = match base {
        Process::Conveyor {
            speed,
            spacing,
            belt,
            failure,
            manned,
        } => (
            Some(*speed),
            Some(*spacing),
            *belt,
            failure.clone(),
            manned.clone(),
        ),
        _ => (None, None, Belt::default(), None, Manned::Always),
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
        manned: manned(table).unwrap_or(shifts),
    }
}

fn vehicle(table: &Table<'_>, base: &Process) -> Process {
    let (fleet, speed, transfer, capacity, dispatch, shifts) = match base {
        Process::Vehicle {
            fleet,
            speed,
            transfer,
            capacity,
            dispatch,
            manned,
        } => (
            Arc::clone(fleet),
            *speed,
            transfer.clone(),
            *capacity,
            *dispatch,
            manned.clone(),
        ),
        _ => (
            Arc::from("vehicles"),
            1.0,
            DistributionSpec::default(),
            1,
            Dispatch::default(),
            Manned::Always,
        ),
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
        dispatch: table
            .get("dispatch")
            .and_then(|field| {
                field.word([
                    ("oldest", Dispatch::Oldest),
                    ("nearest", Dispatch::Nearest),
                    ("longest-queue", Dispatch::LongestQueue),
                ])
            })
            .unwrap_or(dispatch),
        manned: manned(table).unwrap_or(shifts),
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
    let basis = basis(&table);
    let crew = table.get("crew").and_then(|field| field.id());
    Some(Failure {
        time_to_failure: after.or(base.as_ref().map(|base| base.time_to_failure.clone()))?,
        time_to_repair: repair.or(base.as_ref().map(|base| base.time_to_repair.clone()))?,
        basis: basis
            .or(base.as_ref().map(|base| base.basis))
            .unwrap_or_default(),
        crew: crew.or(base.and_then(|base| base.crew)),
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
