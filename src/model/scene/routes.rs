//! The `[[route]]` tables: the way of a type of parts, equipment by equipment.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::EquipmentId;
use crate::model::flow::{Flow, PartRoute, Route, Visit};
use crate::model::process::Process;

use super::diagnostic::{Span, quote};
use super::distribution;
use super::equipment::EquipmentList;
use super::flows::Known;
use super::table::{Field, Table};

/// Reads the routes, and adds a flow for each step that no flow takes yet.
pub(super) fn read(
    scene: &Table<'_>,
    list: &EquipmentList<'_>,
    known: &Known,
    flows: &mut Vec<(Flow, Span)>,
) -> Vec<PartRoute> {
    let mut routes: Vec<PartRoute> = Vec::new();
    let mut by_ends: HashMap<(EquipmentId, EquipmentId), Vec<usize>> = HashMap::new();
    for (index, (flow, _)) in flows.iter().enumerate() {
        by_ends.entry((flow.from, flow.to)).or_default().push(index);
    }
    for table in scene.tables("route", "[[route]]") {
        let fleet = table.get("by").and_then(|field| known.fleet(&field));
        let mut types: Vec<Arc<str>> = Vec::new();
        let named = table.require("types").and_then(|field| field.array());
        for field in named.unwrap_or_default() {
            let Some(part_type) = known.part_type(&field) else {
                continue;
            };
            let has_one = routes.iter().any(|route| route.part_type == part_type);
            if has_one || types.contains(&part_type) {
                let message = format!("{} has a route already", quote(&part_type));
                field.error(message, None);
            }
            types.push(part_type);
        }
        let Some(path) = table.require("path") else {
            continue;
        };
        let visits: Vec<(Visit, Span)> = path
            .array()
            .unwrap_or_default()
            .iter()
            .filter_map(|field| Some((visit(field, list)?, field.at)))
            .collect();
        if visits.len() < 2 {
            path.error(
                "a route goes from one equipment to another: name two or more",
                None,
            );
        }
        for pair in visits.windows(2) {
            let [(from, from_at), (to, at)] = pair else {
                continue;
            };
            let (from, to) = (from.equipment, to.equipment);
            let ways = by_ends.entry((from, to)).or_default();
            let mut along = ways.iter().filter_map(|index| Some(&flows.get(*index)?.0));
            let takes = |flow: &Flow| match &flow.route {
                Route::Rejected => false,
                Route::Types(taken) => types.iter().all(|part_type| taken.contains(part_type)),
                _ => true,
            };
            if along.clone().any(takes) {
                continue;
            }
            let carrier = along.find_map(|flow| flow.fleet.clone());
            let flow = Flow {
                from,
                to,
                fleet: carrier.or_else(|| fleet.clone()),
                route: Route::Types(types.clone()),
            };
            super::flows::check_step(scene.report, list, &flow, *from_at, *at);
            ways.push(flows.len());
            flows.push((flow, *at));
        }
        let visits: Vec<Visit> = visits.into_iter().map(|(visit, _)| visit).collect();
        routes.extend(types.into_iter().map(|part_type| PartRoute {
            part_type,
            visits: visits.clone(),
        }));
    }
    routes
}

/// `"litho"`, or `{ at = "litho", cycle = "90s" }`.
fn visit(field: &Field<'_>, list: &EquipmentList<'_>) -> Option<Visit> {
    if !field.is_table() {
        let equipment = list.index.resolve(field, "equipment")?;
        return Some(Visit {
            equipment,
            cycle: None,
        });
    }
    let table = field.table("a visit")?;
    let at = table.require("at");
    let cycle = table.get("cycle");
    let equipment = list.index.resolve(&at?, "equipment")?;
    let works = list
        .equipment
        .get(equipment.index())
        .is_some_and(|e| matches!(e.process, Process::Station(_) | Process::Handler(_)));
    if let (Some(cycle), false) = (&cycle, works) {
        cycle.error("only stations and handlers have a cycle", None);
    }
    let cycle = match cycle {
        Some(cycle) => Some(distribution::read(&cycle)?),
        None => None,
    };
    Some(Visit { equipment, cycle })
}
