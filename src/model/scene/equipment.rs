//! The `[[equipment]]` tables.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::layout::Pose;
use crate::model::process::Process;
use crate::model::signal::SignalSpec;
use crate::model::{Equipment, EquipmentId, Group, GroupId, Signal, SignalId};

use super::diagnostic::{Span, quote, suggest};
use super::hierarchy::{PathIndex, join};
use super::kinds::{self, Kind, Kinds};
use super::model_tree::{Bounds, Model, NodeError};
use super::table::{Field, Table};
use super::{process, signals};

/// Most signals of a scene: a small file must not ask for all the memory.
const MAX_SIGNALS: usize = 4_000_000;

/// The equipment of a scene while it is read.
pub(super) struct EquipmentList<'a> {
    pub equipment: Vec<Equipment>,
    pub signals: Vec<Signal>,
    pub index: PathIndex<EquipmentId>,
    /// What only the checks need, by equipment.
    pub notes: Vec<Note>,
    pub explicit: Vec<ExplicitBinding<'a>>,
}

/// What only the checks need of an equipment.
pub(super) struct Note {
    pub at: Span,
    /// Whether the scene says where it stands (itself, or by a node of the plant model).
    pub is_placed: bool,
    pub may_overlap: bool,
}

/// A binding that the scene states for one signal.
pub(super) struct ExplicitBinding<'a> {
    pub signal: SignalId,
    pub at: Span,
    pub topic: Field<'a>,
    pub source: Option<Field<'a>>,
    pub field: Option<Field<'a>>,
}

/// Reads every equipment of the scene into `groups`.
pub(super) fn read<'a>(
    scene: &Table<'a>,
    kinds: &mut Kinds<'_>,
    groups: &mut [Group],
    group_index: &PathIndex<GroupId>,
    plant_model: Option<&Model>,
) -> EquipmentList<'a> {
    let mut list = EquipmentList {
        equipment: Vec::new(),
        signals: Vec::new(),
        index: PathIndex::new(),
        notes: Vec::new(),
        explicit: Vec::new(),
    };
    let mut nodes_taken = HashMap::new();
    for table in scene.tables("equipment", "[[equipment]]") {
        read_one(
            &table,
            kinds,
            groups,
            group_index,
            plant_model,
            &mut nodes_taken,
            &mut list,
        );
    }
    list
}

fn read_one<'a>(
    table: &Table<'a>,
    kinds: &mut Kinds<'_>,
    groups: &mut [Group],
    group_index: &PathIndex<GroupId>,
    plant_model: Option<&Model>,
    nodes_taken: &mut HashMap<usize, Arc<str>>,
    list: &mut EquipmentList<'a>,
) {
    let report = table.report;
    let id_field = table.require("id");
    let id = id_field.and_then(|field| field.id());
    let group = match table.get("in") {
        Some(field) => group_index.resolve(&field, "group"),
        None => Some(GroupId(0)),
    };
    let kind = table.require("kind").and_then(|field| kinds.get(&field));
    let name = table.get("name").and_then(|field| field.arc());
    let at = table.get("at").and_then(|field| position(&field));
    let heading = table
        .get("heading")
        .and_then(|field| field.number_within(-360.0, 360.0));
    let size = table.get("size").and_then(|field| kinds::size(&field));
    let length = table.get("length").and_then(|field| field.positive());
    let may_overlap = table
        .get("may_overlap")
        .and_then(|field| field.boolean())
        .unwrap_or(false);
    let node_field = table.get("node");
    let process_table = table.table("process", "process");
    let mut signal_table = table.table("signals", "signals");
    let (Some(kind), Some(id), Some(group)) = (kind, id, group) else {
        // Without its kind nothing can be said about its process and its signals.
        for table in [process_table, signal_table].into_iter().flatten() {
            table.abandon();
        }
        return;
    };
    if list.signals.len() + kind.kind.signals.len() > MAX_SIGNALS {
        report.error(
            table.at,
            format!("the scene has more than {MAX_SIGNALS} signals"),
            "split the plant into several scenes".to_owned(),
        );
        if let Some(table) = signal_table {
            table.abandon();
        }
        return;
    }
    let process = match &process_table {
        Some(table) => process::read(table, &kind.kind.process),
        None => kind.kind.process.clone(),
    };
    let Some(above) = groups.get_mut(group.0 as usize) else {
        return;
    };
    let path = join(&above.path, &id);
    let equipment = EquipmentId(list.equipment.len() as u32);
    let is_group = !group_index.is_free(&path);
    if is_group || !list.index.insert(&path, equipment) {
        let what = if is_group { "a group" } else { "an equipment" };
        report.error(
            id_field.map_or(table.at, |field| field.at),
            format!("duplicate id: there is already {what} {}", quote(&path)),
            "ids are unique in their group".to_owned(),
        );
        if let Some(table) = signal_table {
            table.abandon();
        }
        return;
    }
    above.equipment.push(equipment);

    let mut pose = Pose {
        position: at.unwrap_or_default(),
        heading: heading.unwrap_or(0.0).to_radians(),
    };
    let mut bounds = None;
    if let Some(field) = node_field {
        bounds = place_by_node(&field, plant_model, &kind, &path, nodes_taken);
    } else {
        for (node, at) in &kind.loose_nodes {
            report.error(
                *at,
                format!(
                    "the kind has no model, so no node {} moves on {}",
                    quote(node),
                    quote(&path)
                ),
                "add model = \"….glb\", or bind the equipment to a node of the scene's model"
                    .to_owned(),
            );
        }
    }
    let mut sides = size.unwrap_or(kind.kind.size);
    if let Some([low, high]) = bounds {
        let ([lx, ly, lz], [hx, hy, hz]) = (low, high);
        if at.is_none() {
            pose.position = [(lx + hx) / 2.0, ly, (lz + hz) / 2.0];
        }
        if size.is_none() {
            sides = [hx - lx, hz - lz, hy - ly].map(|side| side.max(0.01));
        }
    }
    if let Some(length) = length {
        sides = [length, sides[1], sides[2]];
    }

    let first = list.signals.len() as u32;
    list.signals
        .extend(kind.kind.signals.iter().map(|spec| Signal {
            equipment,
            spec: Arc::clone(spec),
            session: None,
        }));
    if let Some(table) = &mut signal_table {
        override_signals(table, &kind, first, list);
    }
    list.notes.push(Note {
        at: table.at,
        is_placed: at.is_some() || bounds.is_some(),
        may_overlap: may_overlap
            || node_field.is_some()
            || matches!(process, Process::Vehicle { .. }),
    });
    list.equipment.push(Equipment {
        name: name.unwrap_or_else(|| Arc::clone(&id)),
        id,
        path,
        kind: Arc::clone(&kind.kind),
        group,
        pose,
        size: sides,
        node: node_field.and_then(|field| field.is_text().then(|| field.arc())?),
        process,
        signals: first..list.signals.len() as u32,
    });
}

/// `[x, z]` or `[x, y, z]`, m.
fn position(field: &Field<'_>) -> Option<[f64; 3]> {
    let position = match field.array()?.len() {
        3 => field.numbers::<3>()?,
        _ => {
            let [x, z] = field.numbers::<2>()?;
            [x, 0.0, z]
        }
    };
    let is_near = position.iter().all(|part| part.abs() <= 1e6);
    if !is_near {
        field.error(
            "a position lies within 1000 km of the origin, in metres",
            None,
        );
    }
    is_near.then_some(position)
}

fn place_by_node(
    field: &Field<'_>,
    plant_model: Option<&Model>,
    kind: &Kind,
    path: &Arc<str>,
    nodes_taken: &mut HashMap<usize, Arc<str>>,
) -> Option<Bounds> {
    let name = field.text()?;
    let Some(model) = plant_model else {
        field.error(
            "the scene has no model whose node this could be",
            "add model = \"….glb\" at the top of the scene".to_owned(),
        );
        return None;
    };
    let node = match model.find(name) {
        Ok(node) => node,
        Err(NodeError::Missing) => {
            let help = if field.report.is_full() {
                None
            } else {
                suggest(name, model.names(), "its nodes")
            };
            field.error(
                format!("the scene's model has no node {}", quote(name)),
                help,
            );
            return None;
        }
        Err(NodeError::Ambiguous(count)) => {
            field.error(
                format!("the scene's model has {count} nodes {}", quote(name)),
                "give the node a name of its own".to_owned(),
            );
            return None;
        }
    };
    if let Some(other) = nodes_taken.insert(node, Arc::clone(path)) {
        field.error(
            format!("node {} already shows {}", quote(name), quote(&other)),
            None,
        );
    }
    for motion in &kind.kind.motions {
        if let Some(moving) = &motion.node
            && kind.kind.model.is_none()
            && !model.has_below(node, moving)
        {
            field.error(
                format!(
                    "node {} of the scene's model has no part {}, which its kind moves",
                    quote(name),
                    quote(moving)
                ),
                None,
            );
        }
    }
    model.bounds_of(node)
}

fn override_signals<'a>(
    table: &mut Table<'a>,
    kind: &Rc<Kind>,
    first: u32,
    list: &mut EquipmentList<'a>,
) {
    for (field, at) in table.entries() {
        let Some(table) = field.table("the signal") else {
            continue;
        };
        let index = kind
            .kind
            .signals
            .iter()
            .position(|spec| &*spec.name == field.key);
        let Some(index) = index else {
            table.report.error(
                at,
                format!(
                    "kind {} has no signal {}",
                    quote(&kind.kind.id),
                    quote(field.key)
                ),
                suggest(
                    field.key,
                    kind.kind.signals.iter().map(|spec| &*spec.name),
                    "its signals",
                ),
            );
            table.abandon();
            continue;
        };
        let signal = SignalId(first + index as u32);
        let topic = table.get("topic");
        let source = table.get("source");
        let pointer = table.get("field");
        match topic {
            Some(topic) => list.explicit.push(ExplicitBinding {
                signal,
                at: topic.at,
                topic,
                source,
                field: pointer,
            }),
            None => {
                for field in [source, pointer].into_iter().flatten() {
                    field.error(
                        format!("{} needs a topic beside it", quote(field.key)),
                        None,
                    );
                }
            }
        }
        if let Some(slot) = list.signals.get_mut(signal.index()) {
            let spec: SignalSpec = signals::read(&table, (*slot.spec).clone());
            slot.spec = Arc::new(spec);
        }
    }
}
