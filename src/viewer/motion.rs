//! What moves: nodes of models, and whole vehicles, as the kinds' motion bindings say.
//!
//! Nothing moves that is not known to move. Values are interpolated only between two samples, at
//! the cursor minus [`DELAY`], which the status bar shows; after the last sample a node rests where
//! that sample puts it, and when a signal goes stale its node freezes where it stands.
//!
//! Cost follows what changes: a binding is looked at while it is *active*, from the arrival of a
//! sample until the node rests.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bevy::prelude::*;

use super::model::{ModelMeshes, ModelNodes, ModelReady};
use super::plant::{PlantEntities, Proxy};
use super::selection::Proxies;
use super::viewport::Redraw;
use super::{TwinView, ViewerSystems, theme};
use crate::model::kind::Drive;
use crate::model::signal::{Reporting, SignalSpec, ValueType};
use crate::model::{EquipmentId, Point, Quantity, SignalId, Snapshot, Timestamp, Unit, Value};

/// Motion is drawn this much behind the cursor, so that the sample after is mostly known: values
/// of one a second can be interpolated.
pub const DELAY: Duration = Duration::from_millis(1_200);

/// A change that is reported only when it happens is drawn as a move of this duration that ends
/// with the sample.
const STEP: Duration = Duration::from_millis(500);

/// Metres after which a run begins anew: many laps of any belt.
const RUN_LAP: f64 = 1_000.0;

/// What a value does to its node, relative to rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Offset {
    /// Displacement, m, in the node's frame at rest.
    Translation(Vec3),
    /// Rotation in the node's frame at rest.
    Rotation(Quat),
    /// One coordinate of the equipment on the floor, m: axis 0 is x, 2 is z.
    Coordinate(usize, f32),
    /// Heading of the equipment, radians.
    Heading(f32),
    /// How far a surface has run, m.
    Run(f32),
    /// Lit or not.
    Light(bool),
}

/// How a node shows that a surface runs, as `models.toml` beside the model says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surface {
    /// A pattern moves along an axis and looks the same again after `period` metres.
    Belt {
        /// Along which it moves.
        axis: Vec3,
        /// Metres.
        period: f32,
    },
    /// A roller, or a curved belt, turns about an axis by `per_metre` radians for each metre run;
    /// it looks the same again after `period` radians.
    Roller {
        /// About which it turns.
        axis: Vec3,
        /// Radians.
        per_metre: f32,
        /// Radians.
        period: f32,
    },
}

impl Surface {
    /// Of a node that nothing is said of: a roller of 10 cm below a surface that runs along
    /// `along`.
    fn unsaid(along: Vec3) -> Self {
        Self::Roller {
            axis: along.cross(Vec3::Y).normalize_or(Vec3::NEG_Z),
            per_metre: 20.0,
            period: std::f32::consts::TAU,
        }
    }

    /// What a node at rest looks like after `metres`.
    pub fn pose(self, rest: &Transform, metres: f32) -> Transform {
        let mut shown = *rest;
        match self {
            Self::Belt { axis, period } => {
                shown.translation += rest.rotation * axis * metres.rem_euclid(period);
            }
            Self::Roller {
                axis,
                per_metre,
                period,
            } => {
                let angle = (metres * per_metre).rem_euclid(period);
                shown.rotation *= Quat::from_axis_angle(axis, angle);
            }
        }
        shown
    }
}

/// A value as a number in SI units where its unit has a dimension.
fn si(unit: Unit, value: f64) -> f64 {
    match unit.quantity {
        Quantity::Dimensionless => value,
        _ => unit.to_si(value),
    }
}

fn axis(axis: [f64; 3]) -> Vec3 {
    Vec3::from_array(axis.map(|part| part as f32)).normalize_or(Vec3::X)
}

/// Revolutions a second that a spinning node shows for a value.
pub fn revolutions(unit: Unit, value: f64, display_max: f64) -> f64 {
    let per_second = match unit.quantity {
        Quantity::RotationalSpeed => unit.to_si(value) / std::f64::consts::TAU,
        Quantity::Dimensionless if unit.symbol == "%" => value / 100.0 * display_max,
        Quantity::Dimensionless if unit.symbol.is_empty() && value.abs() <= 1.0 => {
            value * display_max
        }
        _ => unit.to_si(value),
    };
    per_second.clamp(-display_max, display_max)
}

/// Where a value puts its node; `None` for drives that run on ([`Drive::Spin`], [`Drive::Run`])
/// and values that are no number.
pub fn offset(drive: &Drive, unit: Unit, value: f64) -> Option<Offset> {
    Some(match drive {
        Drive::Rotate { axis: about } => Offset::Rotation(Quat::from_axis_angle(
            axis(*about),
            match unit.quantity {
                Quantity::Angle => unit.to_si(value) as f32,
                _ => (value as f32).to_radians(),
            },
        )),
        Drive::Translate { axis: along, scale } => {
            Offset::Translation(axis(*along) * (si(unit, value) * scale) as f32)
        }
        Drive::PositionX => Offset::Coordinate(0, si(unit, value) as f32),
        Drive::PositionZ => Offset::Coordinate(2, si(unit, value) as f32),
        Drive::Heading => Offset::Heading(match unit.quantity {
            Quantity::Angle => unit.to_si(value) as f32,
            _ => (value as f32).to_radians(),
        }),
        Drive::Spin { .. } | Drive::Run { .. } | Drive::Light { .. } => return None,
    })
}

/// Whether a lamp is lit by a value.
pub fn is_lit(when: &[Arc<str>], value: Value) -> bool {
    if when.is_empty() {
        return value.as_bool().unwrap_or(false);
    }
    let word = value.to_string();
    when.iter().any(|lit| lit.eq_ignore_ascii_case(&word))
}

/// The value at `t` between two samples, as a number in the signal's unit.
///
/// Real numbers go straight from one sample to the next if these are no further apart than the
/// first one's freshness lasts; what is reported by exception, is not a real number, or has a gap
/// before it stays at the old value and goes to the new one in the half second before it.
/// Angles of a heading go the shorter way around.
pub fn between(
    spec: &SignalSpec,
    drive: &Drive,
    from: Point,
    to: Option<Point>,
    t: Timestamp,
) -> Option<f64> {
    let old = usable(from)?;
    let Some((next, to)) = to.and_then(|to| Some((usable(to)?, to))) else {
        return Some(old);
    };
    let gap = to.time.saturating_since(from.time);
    let is_continuous = spec.value_type == ValueType::Float
        && matches!(spec.reporting, Reporting::Cyclic { stale_after } if gap <= stale_after);
    let ramp = if is_continuous { gap } else { gap.min(STEP) };
    if ramp.is_zero() {
        return Some(next);
    }
    let left = to.time.secs_since(t) / ramp.as_secs_f64();
    let share = (1.0 - left).clamp(0.0, 1.0);
    let mut step = next - old;
    if *drive == Drive::Heading {
        let full = match spec.unit.quantity {
            Quantity::Angle => std::f64::consts::TAU / spec.unit.to_si(1.0),
            _ => 360.0,
        };
        step = (step + full / 2.0).rem_euclid(full) - full / 2.0;
    }
    Some(old + step * share)
}

fn usable(point: Point) -> Option<f64> {
    point
        .quality
        .is_usable()
        .then(|| point.value.as_f64())
        .flatten()
}

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

/// Facts about running surfaces from the `models.toml` beside the models.
#[derive(Default)]
struct Manifests(BTreeMap<std::path::PathBuf, Option<toml::Table>>);

impl Manifests {
    /// How a node of a model shows that a surface runs, if the manifest says.
    fn surface(&mut self, model: &std::path::Path, node: &str) -> Option<Surface> {
        let file = model.parent()?.join("models.toml");
        let table = self
            .0
            .entry(file.clone())
            .or_insert_with(|| std::fs::read_to_string(&file).ok()?.parse().ok());
        let name = model.file_stem()?.to_str()?;
        let nodes = table.as_ref()?.get("model")?.get(name)?.get("nodes")?;
        let node = nodes
            .as_array()?
            .iter()
            .find(|entry| entry.get("name").and_then(|name| name.as_str()) == Some(node))?;
        let number = |key: &str| {
            let value = node.get(key)?;
            let value = value
                .as_float()
                .or_else(|| Some(value.as_integer()? as f64))?;
            value.is_finite().then_some(value as f32)
        };
        let axis = match node.get("axis")?.as_str()? {
            "x" => Vec3::X,
            "y" => Vec3::Y,
            _ => Vec3::Z,
        };
        let period = number("period")
            .map(f32::abs)
            .filter(|period| *period > 1e-4);
        let per_metre = number("per_metre");
        match node.get("motion")?.as_str()? {
            "wrap" => Some(Surface::Belt {
                axis: axis * per_metre.unwrap_or(1.0),
                period: period?,
            }),
            "wrap_turn" | "rotate" => Some(Surface::Roller {
                axis,
                per_metre: per_metre?.to_radians(),
                period: period.map_or(std::f32::consts::TAU, f32::to_radians),
            }),
            _ => None,
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
    let secs = motions
        .last
        .map_or(0.0, |last| time.secs_since(last).clamp(0.0, 0.5));
    motions.last = Some(time);
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
    if !motions.active.is_empty() {
        redraw.waits();
    }
}

fn binding_is_whole(binding: &Binding) -> bool {
    binding.node.is_none()
}

/// A mesh of a lamp, with the material it has when it is dark.
#[derive(Component, Clone, Debug)]
pub struct Lamp(pub Handle<StandardMaterial>);

fn lamp(
    known: &mut HashMap<AssetId<StandardMaterial>, Handle<StandardMaterial>>,
    materials: &mut Assets<StandardMaterial>,
    plain: &Handle<StandardMaterial>,
    is_lit: bool,
) -> Handle<StandardMaterial> {
    if !is_lit {
        return plain.clone();
    }
    if let Some(lit) = known.get(&plain.id()) {
        return lit.clone();
    }
    let mut material = materials.get(plain).cloned().unwrap_or_default();
    let own = material.base_color.to_linear();
    let colour = if own.red.max(own.green).max(own.blue) > 0.04 {
        own
    } else {
        theme::LAMP.bevy().to_linear()
    };
    material.emissive = colour * 1.6;
    material.base_color = colour.into();
    let lit = materials.add(material);
    known.insert(plain.id(), lit.clone());
    lit
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
