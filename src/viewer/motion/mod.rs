//! What moves: nodes of models, and whole vehicles, as the kinds' motion bindings say.
//!
//! Nothing moves that is not known to move. Values are interpolated only between two samples, at
//! the cursor minus [`DELAY`], which the status bar shows; after the last sample a node rests where
//! that sample puts it, and when a signal goes stale its node freezes where it stands.
//!
//! Cost follows what changes: a binding is looked at while it is *active*, from the arrival of a
//! sample until the node rests.

mod lamp;
mod surface;
mod value;

pub use lamp::Lamp;
pub use surface::Surface;
pub use value::{Offset, between, is_lit, offset, revolutions};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bevy::prelude::*;

use super::model::{ModelMeshes, ModelNodes, ModelReady};
use super::plant::{PlantEntities, Proxy};
use super::selection::Proxies;
use super::viewport::Redraw;
use super::{TwinView, ViewerSystems};
use crate::model::kind::Drive;
use crate::model::{EquipmentId, SignalId, Snapshot, Timestamp};
use crate::timeline::PlayState;
use lamp::lamp;
use surface::Manifests;
use value::{axis, si};

/// Motion is drawn this much behind the cursor, so that the sample after is mostly known: values
/// of one a second can be interpolated.
pub const DELAY: Duration = Duration::from_millis(1_200);

/// Metres after which a run begins anew: many laps of any belt.
const RUN_LAP: f64 = 1_000.0;

/// One motion binding of one equipment.
#[derive(Clone, Debug)]
struct Binding {
    equipment: EquipmentId,
    signal: SignalId,
    drive: Drive,
    /// What it moves; `None` until the model has come, or when the model has no such node.
    part: Option<usize>,
    node: Option<Arc<str>>,
    offset: Option<Offset>,
    /// Turned or run so far: revolutions or metres.
    travelled: f64,
    is_active: bool,
}

/// A node of a model (once per tile), or a whole equipment.
#[derive(Clone, Debug)]
struct Part {
    /// Each with its transform at rest.
    entities: Vec<(Entity, Transform)>,
    bindings: Vec<usize>,
    /// How it shows that a surface runs.
    surface: Option<Surface>,
}

/// Every motion binding of the plant, and which of them are active.
#[derive(Resource, Clone, Debug, Default)]
pub struct Motions {
    bindings: Vec<Binding>,
    parts: Vec<Part>,
    by_signal: HashMap<SignalId, Vec<usize>>,
    by_equipment: HashMap<EquipmentId, Vec<usize>>,
    active: Vec<usize>,
    lit: HashMap<AssetId<StandardMaterial>, Handle<StandardMaterial>>,
    last: Option<Timestamp>,
}

impl Motions {
    /// How many bindings are looked at in a frame.
    pub fn active(&self) -> usize {
        self.active.len()
    }

    /// Nodes that signals move or light: whose, its name, and the first entity of that name.
    pub fn nodes(&self) -> impl Iterator<Item = (EquipmentId, &Arc<str>, Entity)> {
        self.bindings.iter().filter_map(|binding| {
            let part = self.parts.get(binding.part?)?;
            let (entity, _) = part.entities.first()?;
            Some((binding.equipment, binding.node.as_ref()?, *entity))
        })
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Motions>()
        .add_systems(PostStartup, bind_signals)
        .add_systems(
            Update,
            (bind_nodes, wake, drive)
                .chain()
                .after(super::plant::PlantFollows)
                .in_set(ViewerSystems::Sync),
        );
}

fn bind_signals(view: Res<TwinView>, entities: Res<PlantEntities>, mut motions: ResMut<Motions>) {
    let plant = view.twin.plant();
    for (id, entity) in entities.iter() {
        let Some(equipment) = plant.equipment(id) else {
            continue;
        };
        let mut whole = None;
        for motion in &equipment.kind.motions {
            let Some(signal) = plant.signal_named(id, &motion.signal) else {
                continue;
            };
            let at = motions.bindings.len();
            let is_whole = motion.node.is_none();
            let part = is_whole.then(|| {
                *whole.get_or_insert_with(|| {
                    let [x, y, z] = equipment.pose.position.map(|at| at as f32);
                    let rest = Transform::from_xyz(x, y, z)
                        .with_rotation(Quat::from_rotation_y(equipment.pose.heading as f32));
                    motions.parts.push(Part {
                        entities: vec![(entity, rest)],
                        bindings: Vec::new(),
                        surface: None,
                    });
                    motions.parts.len() - 1
                })
            });
            if let Some(part) = part {
                motions.parts[part].bindings.push(at);
            }
            motions.bindings.push(Binding {
                equipment: id,
                signal,
                drive: motion.drive.clone(),
                part,
                node: motion.node.clone(),
                offset: None,
                travelled: 0.0,
                is_active: true,
            });
            motions.active.push(at);
            motions.by_signal.entry(signal).or_default().push(at);
            motions.by_equipment.entry(id).or_default().push(at);
        }
    }
}

/// Nodes of models that have come are tied to their bindings.
fn bind_nodes(
    mut ready: MessageReader<ModelReady>,
    view: Res<TwinView>,
    entities: Res<PlantEntities>,
    nodes: Query<&ModelNodes>,
    transforms: Query<&Transform>,
    mut motions: ResMut<Motions>,
    mut manifests: Local<Manifests>,
) {
    let motions = &mut *motions;
    for ModelReady(id) in ready.read() {
        let (Some(bindings), Some(nodes), Some(equipment)) = (
            motions.by_equipment.get(id),
            entities.get(*id).and_then(|entity| nodes.get(entity).ok()),
            view.twin.plant().equipment(*id),
        ) else {
            continue;
        };
        let mut by_name: HashMap<Arc<str>, usize> = HashMap::new();
        for &at in bindings {
            let binding = &mut motions.bindings[at];
            let Some(name) = binding.node.clone() else {
                continue;
            };
            let found = by_name.get(&name).copied().or(binding.part);
            let part = found.unwrap_or_else(|| {
                motions.parts.push(Part {
                    entities: Vec::new(),
                    bindings: Vec::new(),
                    surface: equipment
                        .kind
                        .model
                        .as_ref()
                        .and_then(|model| manifests.surface(model, &name)),
                });
                motions.parts.len() - 1
            });
            by_name.insert(Arc::clone(&name), part);
            let part_data = &mut motions.parts[part];
            for (_, entity) in nodes.0.iter().filter(|(node, _)| **node == *name) {
                if part_data.entities.iter().all(|(known, _)| known != entity)
                    && let Ok(rest) = transforms.get(*entity)
                {
                    part_data.entities.push((*entity, *rest));
                }
            }
            if !part_data.bindings.contains(&at) {
                part_data.bindings.push(at);
            }
            binding.part = Some(part);
            if !binding.is_active {
                binding.is_active = true;
                motions.active.push(at);
            }
        }
    }
}

/// A sample or a change of freshness makes the bindings of its signal active.
fn wake(view: Res<TwinView>, mut motions: ResMut<Motions>) {
    if motions.by_signal.is_empty() {
        return;
    }
    let motions = &mut *motions;
    for signal in &view.snapshot.changed_signals {
        for &at in motions.by_signal.get(signal).into_iter().flatten() {
            let binding = &mut motions.bindings[at];
            if !binding.is_active {
                binding.is_active = true;
                motions.active.push(at);
            }
        }
    }
}

/// What became of a binding in a frame.
enum Outcome {
    /// Nothing to draw, and nothing will come without a new sample.
    Rests,
    /// Nothing to draw yet.
    Waits,
    /// The node stands elsewhere; it rests there.
    Moved,
    /// The node stands elsewhere, and will again in the next frame.
    Moves,
}

fn drive(
    view: Res<TwinView>,
    mut motions: ResMut<Motions>,
    mut transforms: Query<&mut Transform>,
    meshes: Query<(Entity, &MeshMaterial3d<StandardMaterial>, Option<&Lamp>)>,
    children: Query<&Children>,
    mut materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut owned: Query<&mut ModelMeshes>,
    entities: Res<PlantEntities>,
    mut proxies: ResMut<Proxies>,
    mut redraw: ResMut<Redraw>,
    mut commands: Commands,
) {
    let motions = &mut *motions;
    let time = view.snapshot.time;
    let passed = motions.last.map_or(0.0, |last| time.secs_since(last));
    let secs = passed.clamp(-0.5, 0.5);
    motions.last = Some(time);
    if passed < 0.0 {
        // What rests now may lie between two samples then. Forward, a sample wakes it.
        for (at, binding) in motions.bindings.iter_mut().enumerate() {
            if !std::mem::replace(&mut binding.is_active, true) {
                motions.active.push(at);
            }
        }
    }
    let drawn_at = time - DELAY;
    let mut active = std::mem::take(&mut motions.active);
    active.retain(|&at| {
        let binding = &mut motions.bindings[at];
        let outcome = evaluate(&view, binding, drawn_at, secs);
        if matches!(outcome, Outcome::Moved | Outcome::Moves)
            && let Some(part) = binding.part
        {
            let (equipment, light) = (binding.equipment, binding.offset);
            let part = &motions.parts[part];
            match light {
                Some(Offset::Light(is_lit)) => {
                    if let (Some(materials), Some(owner)) =
                        (materials.as_mut(), entities.get(equipment))
                        && let Ok(mut owned) = owned.get_mut(owner)
                    {
                        for (node, _) in &part.entities {
                            for entity in
                                std::iter::once(*node).chain(children.iter_descendants(*node))
                            {
                                if let Ok((mesh, material, lamp_before)) = meshes.get(entity) {
                                    let own = owned.0.iter().find(|(known, _)| *known == mesh);
                                    let plain = lamp_before
                                        .map(|Lamp(dark)| dark)
                                        .or(own.map(|(_, own)| own))
                                        .unwrap_or(&material.0)
                                        .clone();
                                    let shown = lamp(&mut motions.lit, materials, &plain, is_lit);
                                    commands
                                        .entity(mesh)
                                        .insert((MeshMaterial3d(shown), Lamp(plain)));
                                    // A lamp shows itself, never an overlay's colour.
                                    owned.0.retain(|(known, _)| *known != mesh);
                                }
                            }
                        }
                    }
                }
                _ => {
                    let pose = pose(part, &motions.bindings);
                    for (entity, rest) in &part.entities {
                        if let Ok(mut transform) = transforms.get_mut(*entity) {
                            transform.set_if_neq(pose(rest));
                        }
                    }
                    if binding_is_whole(&motions.bindings[at])
                        && let Some((entity, _)) = part.entities.first()
                        && let Ok(transform) = transforms.get(*entity)
                        && let Some(plant) = view.twin.plant().equipment(equipment)
                    {
                        let half = Proxy::of(plant).half;
                        proxies.place(
                            equipment,
                            Proxy {
                                centre: transform.translation + Vec3::Y * half.y,
                                half,
                                heading: transform.rotation.to_euler(EulerRot::YXZ).0,
                            },
                        );
                    }
                }
            }
            redraw.moving();
        }
        let stays = !matches!(outcome, Outcome::Rests | Outcome::Moved);
        motions.bindings[at].is_active = stays;
        stays
    });
    motions.active = active;
    if !motions.active.is_empty() && view.twin.timeline().state() != PlayState::Paused {
        redraw.waits();
    }
}

fn binding_is_whole(binding: &Binding) -> bool {
    binding.node.is_none()
}

/// Brings one binding to `drawn_at`.
fn evaluate(view: &TwinView, binding: &mut Binding, drawn_at: Timestamp, secs: f64) -> Outcome {
    let plant = view.twin.plant();
    let Some(spec) = plant.signal(binding.signal).map(|signal| &signal.spec) else {
        return Outcome::Rests;
    };
    if !is_known(&view.snapshot, binding.signal) {
        return Outcome::Rests;
    }
    let (from, to) = view.twin.history().bracket(binding.signal, drawn_at);
    let Some(from) = from else {
        return if to.is_some() {
            Outcome::Waits
        } else {
            Outcome::Rests
        };
    };
    if let Drive::Light { when } = &binding.drive {
        let shown = Offset::Light(from.quality.is_usable() && is_lit(when, from.value));
        return settle(binding, Some(shown), to.is_some());
    }
    let Some(value) = between(spec, &binding.drive, from, to, drawn_at) else {
        return Outcome::Rests;
    };
    match &binding.drive {
        Drive::Spin {
            axis: about,
            display_max,
        } => {
            let speed = revolutions(spec.unit, value, *display_max);
            binding.travelled = (binding.travelled + speed * secs).rem_euclid(1.0);
            let angle = (binding.travelled * std::f64::consts::TAU) as f32;
            let turned = Offset::Rotation(Quat::from_axis_angle(axis(*about), angle));
            settle(binding, Some(turned), speed != 0.0 || to.is_some())
        }
        Drive::Run { .. } => {
            let speed = si(spec.unit, value);
            // Kept small, so that single precision stays far below a millimetre on screen.
            binding.travelled = (binding.travelled + speed * secs).rem_euclid(RUN_LAP);
            let run = Offset::Run(binding.travelled as f32);
            settle(binding, Some(run), speed != 0.0 || to.is_some())
        }
        drive => {
            let shown = offset(drive, spec.unit, value);
            settle(binding, shown, to.is_some())
        }
    }
}

fn settle(binding: &mut Binding, shown: Option<Offset>, goes_on: bool) -> Outcome {
    let has_moved = shown.is_some() && binding.offset != shown;
    if has_moved {
        binding.offset = shown;
    }
    match (has_moved, goes_on) {
        (true, true) => Outcome::Moves,
        (true, false) => Outcome::Moved,
        (false, true) => Outcome::Waits,
        (false, false) => Outcome::Rests,
    }
}

/// Whether the newest value of a signal may move anything.
fn is_known(snapshot: &Snapshot, signal: SignalId) -> bool {
    snapshot.usable(signal).is_some()
}

/// What the bindings of a part together make of a transform at rest.
fn pose<'a>(part: &'a Part, bindings: &'a [Binding]) -> impl Fn(&Transform) -> Transform + 'a {
    move |rest| {
        let mut shown = *rest;
        for &at in &part.bindings {
            let binding = &bindings[at];
            match binding.offset {
                Some(Offset::Run(metres)) => {
                    let surface = part.surface.unwrap_or_else(|| match binding.drive {
                        Drive::Run { axis: along } => Surface::unsaid(axis(along)),
                        _ => Surface::unsaid(Vec3::X),
                    });
                    shown = surface.pose(&shown, metres);
                }
                Some(Offset::Translation(by)) => shown.translation += rest.rotation * by,
                Some(Offset::Rotation(by)) => shown.rotation *= by,
                Some(Offset::Coordinate(axis, at)) => shown.translation[axis] = at,
                Some(Offset::Heading(heading)) => {
                    shown.rotation = Quat::from_rotation_y(heading);
                }
                Some(Offset::Light(_)) | None => {}
            }
        }
        shown
    }
}
