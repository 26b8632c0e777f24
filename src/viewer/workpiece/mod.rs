//! Parts as entities: each stands where the snapshot's tracker says, as a child of the node that
//! carries it, so that it moves along with a gripper, a table or a vehicle.
//!
//! They are drawn for the same instant as all motion ([`motion::DELAY`](super::motion::DELAY) behind
//! the cursor): a part is in the gripper when the gripper is seen to take it. Parts of what is no
//! longer heard of stay where they are and turn pale.
//!
//! Cost follows what changes: an equipment is looked at when the tracker lists it. Parts that go are
//! kept for the next one of their kind.

mod shape;

use bevy::light::NotShadowCaster;
use bevy::prelude::*;

pub use shape::{Detail, Shape, Shapes};

use super::model::{ModelNodes, ModelReady};
use super::overlay::paint_of;
use super::plant::PlantEntities;
use super::quality::{Preset, ShownQuality};
use super::theme::Palette;
use super::viewport::Redraw;
use super::{TwinView, ViewerSystems};
use crate::command::Theme;
use crate::model::kind::EquipmentKind;
use crate::model::process::Process;
use crate::model::workpiece::{Hold, PartPlace, Slot};
use crate::model::{Equipment, EquipmentId};
use crate::timeline::PlayState;

/// A part on the screen.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownPart {
    /// What it is drawn as: a number in [`Shapes`].
    pub kind: usize,
}

/// A mesh of a part.
#[derive(Component, Clone, Copy, Debug)]
struct PieceOf;

/// The entity of a part, and how it was drawn last.
#[derive(Clone, Debug)]
pub struct Drawn {
    root: Entity,
    pieces: Vec<(Entity, Handle<StandardMaterial>)>,
    kind: usize,
    parent: Entity,
    transform: Transform,
    is_stale: bool,
}

impl Drawn {
    /// The entity that stands where the part is.
    pub fn root(&self) -> Entity {
        self.root
    }

    /// Its meshes, each with the material that it has by itself.
    pub fn pieces(&self) -> &[(Entity, Handle<StandardMaterial>)] {
        &self.pieces
    }
}

/// The parts on the screen.
#[derive(Resource, Clone, Debug, Default)]
pub struct Workpieces {
    shown: Vec<Vec<Drawn>>,
    /// Out of sight, by kind.
    spare: Vec<Vec<Drawn>>,
    stale: Option<(Handle<StandardMaterial>, Theme)>,
    /// How often a transform was written.
    written: u64,
}

impl Workpieces {
    /// The parts that are drawn of an equipment, in the order of the snapshot.
    pub fn of(&self, id: EquipmentId) -> &[Drawn] {
        self.shown.get(id.index()).map_or(&[], Vec::as_slice)
    }

    /// How many parts are drawn.
    pub fn count(&self) -> usize {
        self.shown.iter().map(Vec::len).sum()
    }

    /// The material of parts that are no longer heard of.
    pub fn stale(&self) -> Option<&Handle<StandardMaterial>> {
        self.stale.as_ref().map(|(stale, _)| stale)
    }

    /// How often parts were written to since the start: what stands costs nothing.
    pub fn written(&self) -> u64 {
        self.written
    }
}

pub(super) fn plugin(app: &mut App) {
    shape::plugin(app);
    app.init_resource::<Workpieces>().add_systems(
        Update,
        (follow, set_detail)
            .chain()
            .after(super::plant::PlantFollows)
            .in_set(ViewerSystems::Sync),
    );
}

fn follow(
    view: Res<TwinView>,
    entities: Res<PlantEntities>,
    shapes: Res<Shapes>,
    quality: Res<ShownQuality>,
    nodes: Query<&'static ModelNodes>,
    mut ready: MessageReader<ModelReady>,
    mut workpieces: ResMut<Workpieces>,
    mut transforms: Query<&mut Transform, With<ShownPart>>,
    mut materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut redraw: ResMut<Redraw>,
    mut commands: Commands,
) {
    let plant = view.twin.plant();
    let workpieces = &mut *workpieces;
    workpieces.shown.resize(plant.equipment.len(), Vec::new());
    workpieces.spare.resize(shapes.0.len(), Vec::new());
    let theme = view.twin.view().theme;
    if let Some(materials) = materials.as_mut()
        && workpieces
            .stale
            .as_ref()
            .is_none_or(|(_, worn)| *worn != theme)
    {
        let (base_color, emissive) = paint_of(Palette::of(theme).stale);
        let pale = StandardMaterial {
            base_color,
            emissive,
            perceptual_roughness: 0.75,
            reflectance: 0.2,
            ..default()
        };
        let stale = match workpieces.stale.take() {
            Some((stale, _)) => {
                if let Some(mut worn) = materials.get_mut(&stale) {
                    *worn = pale;
                }
                redraw.scene();
                stale
            }
            None => materials.add(pale),
        };
        workpieces.stale = Some((stale, theme));
    }
    let stale = workpieces.stale.as_ref().map(|(stale, _)| stale.clone());
    let parts = &view.snapshot.parts;
    let mut stage = Stage {
        view: &view,
        entities: &entities,
        shapes: &shapes.0,
        preset: quality.preset(),
        nodes: &nodes,
        stale,
        commands: &mut commands,
        has_changed: false,
    };
    let mut write = |entity: Entity, transform: Transform| {
        if let Ok(mut shown) = transforms.get_mut(entity) {
            *shown = transform;
        }
    };
    if shapes.is_changed() {
        ready.clear();
        for (id, _) in entities.iter() {
            stage.show(id, workpieces, &mut write);
        }
    } else {
        for &id in &parts.changed {
            stage.show(id, workpieces, &mut write);
        }
        for ModelReady(id) in ready.read() {
            stage.show(*id, workpieces, &mut write);
        }
    }
    if stage.has_changed {
        redraw.moving();
    } else if view.twin.timeline().state() != PlayState::Paused
        && view
            .cursor
            .parts_due()
            .is_some_and(|due| due <= view.snapshot.time)
    {
        redraw.waits();
    }
}

/// What drawing parts needs.
struct Stage<'a, 'w, 's, 'v, 't> {
    view: &'a TwinView,
    entities: &'a PlantEntities,
    shapes: &'a [Shape],
    preset: Preset,
    nodes: &'a Query<'v, 't, &'static ModelNodes>,
    stale: Option<Handle<StandardMaterial>>,
    commands: &'a mut Commands<'w, 's>,
    has_changed: bool,
}

impl Stage<'_, '_, '_, '_, '_> {
    /// Makes what is drawn of an equipment's parts what the snapshot says.
    fn show(
        &mut self,
        id: EquipmentId,
        workpieces: &mut Workpieces,
        write: &mut impl FnMut(Entity, Transform),
    ) {
        let plant = self.view.twin.plant();
        let (Some(known), Some(equipment), Some(owner)) = (
            self.view.snapshot.parts.get(id),
            plant.equipment(id),
            self.entities.get(id),
        ) else {
            return;
        };
        let Some(shown) = workpieces.shown.get_mut(id.index()) else {
            return;
        };
        let mut count = 0;
        for part in &known.parts {
            let kind = plant
                .workpiece_kind(id, part.part_type)
                .unwrap_or(plant.workpieces.len());
            let Some(shape) = self.shapes.get(kind).filter(|shape| shape.is_ready()) else {
                continue;
            };
            let place = match part.place {
                PartPlace::Along(middle) => Some((owner, along(equipment, shape, middle))),
                PartPlace::Slot(slot) => usize::try_from(slot)
                    .ok()
                    .and_then(|slot| equipment.kind.slots.get(slot))
                    .map(|slot| self.in_slot(owner, slot, shape)),
            };
            let Some((parent, transform)) = place else {
                continue;
            };
            if let Some(drawn) = shown.get_mut(count)
                && drawn.kind != kind
            {
                let other = workpieces.spare.get_mut(kind).and_then(Vec::pop);
                let mut other = match other {
                    Some(spare) => spare,
                    None => self.spawn(kind, shape, parent, transform),
                };
                std::mem::swap(drawn, &mut other);
                self.put_away(other, &mut workpieces.spare);
                self.bring(drawn, parent);
            }
            if count == shown.len() {
                let mut drawn = match workpieces.spare.get_mut(kind).and_then(Vec::pop) {
                    Some(spare) => spare,
                    None => self.spawn(kind, shape, parent, transform),
                };
                self.bring(&mut drawn, parent);
                shown.push(drawn);
            }
            if let Some(drawn) = shown.get_mut(count) {
                if drawn.parent != parent {
                    self.bring(drawn, parent);
                }
                if drawn.transform != transform {
                    drawn.transform = transform;
                    write(drawn.root, transform);
                    workpieces.written += 1;
                    self.has_changed = true;
                }
                if drawn.is_stale != known.is_stale {
                    drawn.is_stale = known.is_stale;
                    self.paint(drawn);
                }
            }
            count += 1;
        }
        while shown.len() > count {
            if let Some(drawn) = shown.pop() {
                self.put_away(drawn, &mut workpieces.spare);
            }
        }
    }

    /// Where a part in a slot hangs, and how it stands there.
    fn in_slot(&self, owner: Entity, slot: &Slot, shape: &Shape) -> (Entity, Transform) {
        let held = Transform::from_xyz(
            0.0,
            match slot.hold {
                Hold::Base => 0.0,
                Hold::Centre => -shape.size.y / 2.0,
                Hold::Top => -shape.size.y,
            },
            0.0,
        );
        let frame = Mat4::from_cols_array_2d(&slot.frame.map(|column| column.map(|x| x as f32)));
        let Some(name) = &slot.node else {
            return (owner, Transform::from_matrix(frame) * held);
        };
        let node = self.nodes.get(owner).ok().and_then(|nodes| {
            let node = nodes.0.iter().find(|(node, _)| **node == **name)?;
            Some(node.1)
        });
        match node {
            Some(node) => (node, Transform::from_matrix(frame) * held),
            // The model has not come yet, or could not be loaded.
            None => {
                let [x, y, z] = slot.at.map(|at| at as f32);
                (owner, Transform::from_xyz(x, y, z) * held)
            }
        }
    }

    fn spawn(&mut self, kind: usize, shape: &Shape, parent: Entity, transform: Transform) -> Drawn {
        let root = self
            .commands
            .spawn((
                ShownPart { kind },
                transform,
                Visibility::Inherited,
                ChildOf(parent),
            ))
            .id();
        let pieces = shape
            .pieces
            .iter()
            .map(|(detail, piece)| {
                let entity = self
                    .commands
                    .spawn((
                        PieceOf,
                        *detail,
                        Mesh3d(piece.mesh.clone()),
                        MeshMaterial3d(piece.material.clone()),
                        piece.transform,
                        detail.range(&self.preset),
                        // What carries a part shades the floor; the part itself would cost a draw in
                        // every cascade.
                        NotShadowCaster,
                        ChildOf(root),
                    ))
                    .id();
                (entity, piece.material.clone())
            })
            .collect();
        self.has_changed = true;
        Drawn {
            root,
            pieces,
            kind,
            parent,
            transform,
            is_stale: false,
        }
    }

    /// Shows a part below a parent.
    fn bring(&mut self, drawn: &mut Drawn, parent: Entity) {
        drawn.parent = parent;
        self.has_changed = true;
        if let Ok(mut root) = self.commands.get_entity(drawn.root) {
            root.try_insert((Visibility::Inherited, ChildOf(parent)));
        }
    }

    /// Takes a part out of sight.
    fn put_away(&mut self, drawn: Drawn, spare: &mut [Vec<Drawn>]) {
        self.has_changed = true;
        if let Ok(mut root) = self.commands.get_entity(drawn.root) {
            root.try_insert(Visibility::Hidden);
        }
        if let Some(spare) = spare.get_mut(drawn.kind) {
            spare.push(drawn);
        }
    }

    fn paint(&mut self, drawn: &Drawn) {
        self.has_changed = true;
        for (entity, own) in &drawn.pieces {
            let material = match &self.stale {
                Some(stale) if drawn.is_stale => stale.clone(),
                _ => own.clone(),
            };
            if let Ok(mut piece) = self.commands.get_entity(*entity) {
                piece.try_insert(MeshMaterial3d(material));
            }
        }
    }
}

/// Where a part lies on a conveyor whose beginning is at −x. What is longer than the parts are apart
/// lies across, if it is narrower.
fn along(equipment: &Equipment, shape: &Shape, middle: f64) -> Transform {
    let (height, aside) = carrying(&equipment.kind, equipment.size[2]);
    let x = middle - equipment.size[0] / 2.0;
    let place = Transform::from_xyz(x as f32, height as f32, aside as f32);
    let spacing = match equipment.process {
        Process::Conveyor { spacing, .. } => spacing as f32,
        _ => f32::INFINITY,
    };
    if shape.size.x > spacing && shape.size.z < shape.size.x {
        place.with_rotation(Quat::from_rotation_y(std::f32::consts::FRAC_PI_2))
    } else {
        place
    }
}

/// Height of a conveyor's carrying surface, and how far its middle is aside, m.
fn carrying(kind: &EquipmentKind, height: f64) -> (f64, f64) {
    match kind.slots.first() {
        Some(slot) => (slot.at[1], slot.at[2]),
        None => (height, 0.0),
    }
}

/// Moves the borders between near, far and nothing when the quality changes.
fn set_detail(
    quality: Res<ShownQuality>,
    mut pieces: Query<(&Detail, &mut bevy::camera::visibility::VisibilityRange), With<PieceOf>>,
) {
    if quality.is_changed() {
        let preset = quality.preset();
        for (detail, mut shown) in &mut pieces {
            shown.set_if_neq(detail.range(&preset));
        }
    }
}
