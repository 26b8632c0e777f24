//! The `[[incident]]` tables.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::model::kind::Physics;
use crate::model::story::{Incident, IncidentEffect, Story};
use crate::model::{Equipment, EquipmentId};

use super::diagnostic::{quote, suggest};
use super::equipment::EquipmentList;
use super::table::{Field, Table};

/// Reads and checks the story of a scene.
pub(super) fn read(scene: &Table<'_>, list: &EquipmentList<'_>) -> Story {
    let effects = known_effects(list);
    let mut ids = HashSet::new();
    let mut incidents = Vec::new();
    for table in scene.tables("incident", "[[incident]]") {
        if let Some(incident) = incident(&table, list, &effects, &mut ids) {
            incidents.push(incident);
        }
    }
    Story { incidents }
}

/// The effects that some sensor of the scene reacts to.
fn known_effects(list: &EquipmentList<'_>) -> BTreeSet<Arc<str>> {
    let mut known = BTreeSet::new();
    let mut last: Option<&Arc<_>> = None;
    for signal in &list.signals {
        // Neighbours usually share their kind's description.
        if last.is_some_and(|last| Arc::ptr_eq(last, &signal.spec)) {
            continue;
        }
        last = Some(&signal.spec);
        if let Some(Physics::Lag { effects, .. } | Physics::Level { effects, .. }) =
            signal.spec.sensor.as_ref().map(|sensor| &sensor.physics)
        {
            for name in effects.keys() {
                if !known.contains(name) {
                    known.insert(Arc::clone(name));
                }
            }
        }
    }
    known
}

fn incident(
    table: &Table<'_>,
    list: &EquipmentList<'_>,
    known_effects: &BTreeSet<Arc<str>>,
    ids: &mut HashSet<Arc<str>>,
) -> Option<Incident> {
    let id_field = table.require("id");
    let id = id_field.and_then(|field| field.id());
    let name = table.get("name").and_then(|field| field.arc());
    let equipment = table
        .require("equipment")
        .and_then(|field| list.index.resolve(&field, "equipment"));
    let at_secs: Vec<f64> = table
        .get("at")
        .and_then(|field| field.array())
        .unwrap_or_default()
        .iter()
        .filter_map(|field| Some(field.duration()?.as_secs_f64()))
        .collect();
    let lasts = table
        .require("lasts")
        .and_then(|field| field.positive_duration());
    let what: Vec<_> = [
        "bearing_wear",
        "jam",
        "effect",
        "stuck_sensor",
        "drifting_sensor",
        "network_drop",
    ]
    .into_iter()
    .filter_map(|name| Some((name, table.get(name)?)))
    .collect();
    if let (Some(field), Some(id)) = (id_field, &id)
        && !ids.insert(Arc::clone(id))
    {
        field.error(
            format!("duplicate id: there is already an incident {}", quote(id)),
            None,
        );
    }
    let [(kind, field)] = what.as_slice() else {
        table.report.error(
            table.at,
            "an incident has exactly one of bearing_wear, jam, effect, stuck_sensor, \
             drifting_sensor, network_drop",
            None,
        );
        return None;
    };
    let owner = equipment.and_then(|id: EquipmentId| list.equipment.get(id.index()));
    let effect = effect(kind, field, owner, list, known_effects)?;
    let (id, equipment) = (id?, equipment?);
    Some(Incident {
        name: name.unwrap_or_else(|| Arc::clone(&id)),
        id,
        equipment,
        at_secs,
        duration_secs: lasts?.as_secs_f64(),
        effect,
    })
}

fn effect(
    kind: &str,
    field: &Field<'_>,
    owner: Option<&Equipment>,
    list: &EquipmentList<'_>,
    known_effects: &BTreeSet<Arc<str>>,
) -> Option<IncidentEffect> {
    let flag = |effect| match field.boolean() {
        Some(true) => Some(effect),
        Some(false) => {
            field.error(format!("{kind} is true or left out"), None);
            None
        }
        None => None,
    };
    match kind {
        "jam" => flag(IncidentEffect::Jam),
        "network_drop" => flag(IncidentEffect::NetworkDrop),
        "bearing_wear" => {
            let table = field.table("bearing_wear")?;
            let repair = table.require("repair")?.duration()?;
            Some(IncidentEffect::BearingWear {
                repair_secs: repair.as_secs_f64(),
            })
        }
        "effect" => {
            let name = field.text()?;
            if let Some(name) = known_effects.get(name) {
                return Some(IncidentEffect::Effect {
                    name: Arc::clone(name),
                });
            }
            field.error(
                format!("no sensor reacts to an effect {}", quote(name)),
                suggest(name, known_effects.iter().map(|name| &**name), "effects"),
            );
            None
        }
        "stuck_sensor" => Some(IncidentEffect::StuckSensor {
            signal: signal(field, owner, list)?,
        }),
        _ => {
            let table = field.table("drifting_sensor")?;
            let signal = table
                .require("signal")
                .and_then(|field| signal(&field, owner, list));
            let per_hour = table.require("per_hour").and_then(|field| field.number());
            Some(IncidentEffect::DriftingSensor {
                signal: signal?,
                per_hour: per_hour?,
            })
        }
    }
}

/// The name of a signal of `owner`.
fn signal(
    field: &Field<'_>,
    owner: Option<&Equipment>,
    list: &EquipmentList<'_>,
) -> Option<Arc<str>> {
    let name = field.text()?;
    let owner = owner?;
    let names: Vec<&Arc<str>> = owner
        .signal_ids()
        .filter_map(|id| Some(&list.signals.get(id.index())?.spec.name))
        .collect();
    if let Some(name) = names.iter().find(|known| &****known == name) {
        return Some(Arc::clone(name));
    }
    field.error(
        format!("{} has no signal {}", quote(&owner.path), quote(name)),
        suggest(name, names.iter().map(|name| &***name), "its signals"),
    );
    None
}
