//! The `[[flow]]` tables, and whether parts can take the ways that they make.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::flow::{Flow, PartRoute, Route};
use crate::model::process::Process;
use crate::model::{Equipment, EquipmentId};

use super::diagnostic::{Report, Span, quote, suggest};
use super::equipment::EquipmentList;
use super::routes;
use super::table::{Field, Table};

/// Reads and checks the material flow, and the routes of part types along it.
pub(super) fn read(scene: &Table<'_>, list: &EquipmentList<'_>) -> (Vec<Flow>, Vec<PartRoute>) {
    let report = scene.report;
    let known = Known::of(&list.equipment);
    let mut flows: Vec<(Flow, Span)> = Vec::new();
    for table in scene.tables("flow", "[[flow]]") {
        let fleet = table.get("by").and_then(|field| known.fleet(&field));
        let route = route(&table, &known);
        for (from, to) in steps(&table, list) {
            let at = to.1;
            let flow = Flow {
                from: from.0,
                to: to.0,
                fleet: fleet.clone(),
                route: route.clone(),
            };
            check_step(report, list, &flow, from.1, at);
            flows.push((flow, at));
        }
    }
    let routes = routes::read(scene, list, &known, &mut flows);
    check_twice(report, list, &flows);
    if !flows.is_empty() {
        check_network(report, list, &flows);
        check_shares(report, list, &flows);
        check_rules(report, list, &flows);
        check_needs(report, list);
    }
    (flows.into_iter().map(|(flow, _)| flow).collect(), routes)
}

/// The types of parts that sources bring and stations make.
pub(super) fn part_types(equipment: &[Equipment]) -> BTreeSet<Arc<str>> {
    Known::of(equipment).types
}

/// Fleets and part types of the scene.
pub(super) struct Known {
    fleets: BTreeSet<Arc<str>>,
    types: BTreeSet<Arc<str>>,
}

impl Known {
    fn of(equipment: &[Equipment]) -> Self {
        let mut known = Self {
            fleets: BTreeSet::new(),
            types: BTreeSet::new(),
        };
        for equipment in equipment {
            match &equipment.process {
                Process::Source { mix, supply, .. } => {
                    known.types.extend(mix.keys().cloned());
                    let orders = supply.orders.iter();
                    known
                        .types
                        .extend(orders.filter_map(|order| order.part_type.clone()));
                }
                Process::Station(station) | Process::Handler(station) => {
                    known.types.extend(station.makes.clone());
                    known.types.extend(station.splits.keys().cloned());
                }
                Process::Vehicle { fleet, .. } => {
                    known.fleets.insert(Arc::clone(fleet));
                }
                _ => {}
            }
        }
        known
    }

    pub fn fleet(&self, field: &Field<'_>) -> Option<Arc<str>> {
        let name = field.text()?;
        let fleet = self.fleets.get(name).cloned();
        if fleet.is_none() {
            field.error(
                format!("unknown fleet {}", quote(name)),
                suggest(name, self.fleets.iter().map(|name| &**name), "fleets"),
            );
        }
        fleet
    }

    pub fn part_type(&self, field: &Field<'_>) -> Option<Arc<str>> {
        let name = field.text()?;
        let part_type = self.types.get(name).cloned();
        if part_type.is_none() {
            field.error(
                format!("unknown part type {}", quote(name)),
                suggest(name, self.types.iter().map(|name| &**name), "part types"),
            );
        }
        part_type
    }
}

type End = (EquipmentId, Span);

/// The single steps of a flow table.
fn steps(table: &Table<'_>, list: &EquipmentList<'_>) -> Vec<(End, End)> {
    let resolve = |field: &Field<'_>| Some((list.index.resolve(field, "equipment")?, field.at));
    let path = table.get("path");
    let (from, to) = (table.get("from"), table.get("to"));
    if let Some(path) = path {
        for field in [from, to].into_iter().flatten() {
            field.error("a flow has either a path, or from and to", None);
        }
        let Some(fields) = path.array() else {
            return Vec::new();
        };
        if fields.len() < 2 {
            path.error(
                "a path goes from one equipment to another: name two or more",
                None,
            );
        }
        let ends: Vec<Option<End>> = fields.iter().map(resolve).collect();
        return ends
            .windows(2)
            .filter_map(|pair| match pair {
                [Some(from), Some(to)] => Some((*from, *to)),
                _ => None,
            })
            .collect();
    }
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (from, to),
        _ => {
            table.report.error(
                table.at,
                "a flow needs its ends",
                "write path = [\"a\", \"b\", …], or from = \"a\" and to = \"b\"".to_owned(),
            );
            return Vec::new();
        }
    };
    let (from, to) = (resolve(&from), resolve(&to));
    from.zip(to).into_iter().collect()
}

fn route(table: &Table<'_>, known: &Known) -> Route {
    let share = table.get("share");
    let types = table.get("types");
    let rejected = table.get("rejected");
    let rule = table.get("rule");
    let given: Vec<_> = [&share, &types, &rejected, &rule]
        .into_iter()
        .flatten()
        .collect();
    if let [_, second, ..] = given.as_slice() {
        second.error("a flow has one of share, types, rejected and rule", None);
    }
    if let Some(field) = rule {
        let rules = [
            ("emptiest", Route::Any),
            ("in-turn", Route::InTurn),
            ("first-free", Route::FirstFree),
        ];
        return field.word(rules).unwrap_or_default();
    }
    if let Some(field) = share {
        let share = field.number_within(0.0, 1.0).filter(|share| {
            if *share == 0.0 {
                field.error("a share is above 0", None);
            }
            *share > 0.0
        });
        return share.map_or(Route::Any, Route::Share);
    }
    if let Some(field) = types {
        let types = field
            .array()
            .unwrap_or_default()
            .iter()
            .filter_map(|field| known.part_type(field))
            .collect();
        return Route::Types(types);
    }
    match rejected.and_then(|field| field.boolean()) {
        Some(true) => Route::Rejected,
        _ => Route::Any,
    }
}

fn takes_parts(process: &Process) -> bool {
    matches!(
        process,
        Process::Sink
            | Process::Station(_)
            | Process::Handler(_)
            | Process::Buffer { .. }
            | Process::Conveyor { .. }
    )
}

fn gives_parts(process: &Process) -> bool {
    matches!(process, Process::Source { .. })
        || takes_parts(process) && !matches!(process, Process::Sink)
}

pub(super) fn check_step(
    report: &Report,
    list: &EquipmentList<'_>,
    flow: &Flow,
    from_at: Span,
    to_at: Span,
) {
    let (Some(from), Some(to)) = (
        list.equipment.get(flow.from.index()),
        list.equipment.get(flow.to.index()),
    ) else {
        return;
    };
    if flow.from == flow.to {
        report.error(
            to_at,
            format!("parts of {} would flow to itself", quote(&from.path)),
            None,
        );
        return;
    }
    let help = "its process has no role that does; see the roles in scenes/README.md";
    if !gives_parts(&from.process) {
        report.error(
            from_at,
            format!("{} gives no parts away", quote(&from.path)),
            help.to_owned(),
        );
    }
    if !takes_parts(&to.process) {
        report.error(
            to_at,
            format!("{} takes no parts", quote(&to.path)),
            help.to_owned(),
        );
    }
}

fn check_twice(report: &Report, list: &EquipmentList<'_>, flows: &[(Flow, Span)]) {
    let mut by_ends: HashMap<(EquipmentId, EquipmentId), Vec<&Flow>> = HashMap::new();
    for (flow, at) in flows {
        let others = by_ends.entry((flow.from, flow.to)).or_default();
        if others.iter().any(|other| other.route == flow.route) {
            report.error(
                *at,
                format!(
                    "the flow from {} to {} is there twice",
                    quote(path(list, flow.from)),
                    quote(path(list, flow.to))
                ),
                None,
            );
        }
        others.push(flow);
    }
}

fn path<'l>(list: &'l EquipmentList<'_>, id: EquipmentId) -> &'l str {
    list.equipment
        .get(id.index())
        .map_or("", |equipment| &equipment.path)
}

/// Parts must reach every equipment of the flow, and must be able to leave it.
fn check_network(report: &Report, list: &EquipmentList<'_>, flows: &[(Flow, Span)]) {
    let count = list.equipment.len();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut gets = vec![false; count];
    let mut gives = vec![false; count];
    for (flow, _) in flows {
        if let Some(list) = next.get_mut(flow.from.index()) {
            list.push(flow.to.index());
        }
        for (flags, id) in [(&mut gets, flow.to), (&mut gives, flow.from)] {
            if let Some(flag) = flags.get_mut(id.index()) {
                *flag |= flow.route != Route::Rejected || id == flow.to;
            }
        }
    }
    let mut reached = vec![false; count];
    let mut stack: Vec<usize> = list
        .equipment
        .iter()
        .enumerate()
        .filter(|(_, equipment)| matches!(equipment.process, Process::Source { .. }))
        .map(|(index, _)| index)
        .collect();
    while let Some(index) = stack.pop() {
        if let Some(flag) = reached.get_mut(index)
            && !std::mem::replace(flag, true)
        {
            stack.extend(next.get(index).into_iter().flatten());
        }
    }
    for (((equipment, note), reached), (gets, gives)) in list
        .equipment
        .iter()
        .zip(&list.notes)
        .zip(reached)
        .zip(gets.into_iter().zip(gives))
    {
        let takes = takes_parts(&equipment.process);
        let has_way = next
            .get(
                list.index
                    .find(&equipment.path)
                    .map_or(usize::MAX, EquipmentId::index),
            )
            .is_some_and(|next| !next.is_empty());
        if takes && !gets && !has_way {
            report.warning(
                note.at,
                format!("{} is in no flow", quote(&equipment.path)),
                "connect it with a [[flow]], or give it process = { role = \"none\" }".to_owned(),
            );
        } else if takes && !reached {
            report.error(
                note.at,
                format!("no part ever reaches {}", quote(&equipment.path)),
                "lead a flow to it that begins at an equipment with role = \"source\"".to_owned(),
            );
        } else if gives_parts(&equipment.process) && !gives {
            report.error(
                note.at,
                format!("parts of {} flow to nowhere", quote(&equipment.path)),
                "lead a flow on from it, in the end to an equipment with role = \"sink\""
                    .to_owned(),
            );
        }
    }
}

/// Shares of one equipment must not exceed one, and must add up to it when nothing else takes the
/// rest.
fn check_shares(report: &Report, list: &EquipmentList<'_>, flows: &[(Flow, Span)]) {
    let mut shares: BTreeMap<EquipmentId, (f64, bool, Span)> = BTreeMap::new();
    for (flow, at) in flows {
        let entry = shares.entry(flow.from).or_insert((0.0, false, *at));
        match flow.route {
            Route::Share(share) => {
                entry.0 += share;
                entry.2 = *at;
            }
            Route::Any | Route::InTurn | Route::FirstFree => entry.1 = true,
            Route::Types(_) | Route::Rejected => {}
        }
    }
    for (from, (sum, has_rest, at)) in shares {
        if sum > 1.0 + 1e-6 || sum > 0.0 && sum < 1.0 - 1e-6 && !has_rest {
            report.error(
                at,
                format!(
                    "the shares of {} add up to {:.3}",
                    quote(path(list, from)),
                    sum
                ),
                "shares of one equipment add up to 1; a flow without a share takes the rest"
                    .to_owned(),
            );
        }
    }
}

/// Flows of one equipment follow one rule.
fn check_rules(report: &Report, list: &EquipmentList<'_>, flows: &[(Flow, Span)]) {
    let mut rules: BTreeMap<EquipmentId, &Route> = BTreeMap::new();
    let is_rule = |route: &Route| matches!(route, Route::InTurn | Route::FirstFree);
    let ordinary = flows
        .iter()
        .filter(|(flow, _)| flow.route != Route::Rejected);
    for (flow, at) in ordinary {
        let first = *rules.entry(flow.from).or_insert(&flow.route);
        if *first != flow.route && (is_rule(first) || is_rule(&flow.route)) {
            report.error(
                *at,
                format!(
                    "the flows of {} follow different rules",
                    quote(path(list, flow.from))
                ),
                "give all of them the same rule, and no share or types".to_owned(),
            );
        }
    }
}

/// Assemblies must be able to get what they need.
fn check_needs(report: &Report, list: &EquipmentList<'_>) {
    let known = Known::of(&list.equipment);
    if known.types.is_empty() {
        return;
    }
    for (equipment, note) in list.equipment.iter().zip(&list.notes) {
        let (Process::Station(station) | Process::Handler(station)) = &equipment.process else {
            continue;
        };
        for needed in station.needs.keys() {
            if !known.types.contains(needed) {
                report.error(
                    note.at,
                    format!(
                        "{} needs parts of type {}, which nothing makes",
                        quote(&equipment.path),
                        quote(needed)
                    ),
                    suggest(needed, known.types.iter().map(|name| &**name), "part types"),
                );
            }
        }
    }
}
