//! One entity per equipment, whose components follow the snapshot and are written only when it
//! says that they changed; and the space that equipment takes.

use bevy::prelude::*;

use super::{TwinView, ViewerSystems};
use crate::model::signal::SignalRole;
use crate::model::{Equipment, EquipmentId, Health, HealthStatus, OperatingState, Plant, SignalId};

/// Which equipment an entity shows.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shows(pub EquipmentId);

/// The operating state that is shown.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShownState(pub OperatingState);

/// The health that is shown.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShownHealth(pub HealthStatus);

/// The entities of the plant, by equipment id.
#[derive(Resource, Clone, Debug, Default)]
pub struct PlantEntities(Vec<Entity>);

impl PlantEntities {
    /// The entity that shows an equipment.
    pub fn get(&self, id: EquipmentId) -> Option<Entity> {
        self.0.get(id.index()).copied()
    }

    /// All of them, in order of id.
    pub fn iter(&self) -> impl Iterator<Item = (EquipmentId, Entity)> + '_ {
        (0..).map(EquipmentId).zip(self.0.iter().copied())
    }
}

/// A box along the axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Smallest corner, m.
    pub min: Vec3,
    /// Largest corner, m.
    pub max: Vec3,
}

impl Bounds {
    /// Holds nothing; the first point makes it.
    pub const EMPTY: Self = Self {
        min: Vec3::INFINITY,
        max: Vec3::NEG_INFINITY,
    };

    /// With a point in it.
    pub fn with(self, point: Vec3) -> Self {
        Self {
            min: self.min.min(point),
            max: self.max.max(point),
        }
    }

    /// With another box in it.
    pub fn union(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// Larger by so many metres to the sides, not below the floor.
    pub fn grown(self, metres: f32) -> Self {
        Self {
            min: (self.min - Vec3::splat(metres)).with_y(self.min.y),
            max: self.max + Vec3::new(metres, metres * 0.3, metres),
        }
    }

    /// Its middle.
    pub fn centre(&self) -> Vec3 {
        (self.min + self.max) / 2.0
    }

    /// Its eight corners.
    pub fn corners(&self) -> [Vec3; 8] {
        let (min, max) = (self.min, self.max);
        std::array::from_fn(|at| {
            Vec3::new(
                if at & 1 == 0 { min.x } else { max.x },
                if at & 2 == 0 { min.y } else { max.y },
                if at & 4 == 0 { min.z } else { max.z },
            )
        })
    }
}

/// Of many points those that lie outermost in some direction: they fill a view as all do.
fn outermost(points: Vec<Vec3>) -> Vec<Vec3> {
    const FEW: usize = 200;
    const TURNS: u32 = 48;
    if points.len() <= FEW {
        return points;
    }
    let mut chosen = Vec::new();
    for rise in [-0.3_f32, 0.0, 0.5, 1.2] {
        for turn in 0..TURNS {
            let angle = std::f32::consts::TAU * turn as f32 / TURNS as f32;
            let towards = Vec3::new(angle.cos(), rise, angle.sin());
            let furthest = points
                .iter()
                .max_by(|a, b| a.dot(towards).total_cmp(&b.dot(towards)));
            chosen.extend(furthest);
        }
    }
    chosen
}

/// The oriented box that an equipment fills, for picking, framing and outlines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proxy {
    /// Middle of the box, m.
    pub centre: Vec3,
    /// Half its length, height and width, m.
    pub half: Vec3,
    /// Turn about the vertical, radians.
    pub heading: f32,
}

impl Proxy {
    /// Thin things must be hit too: no box is thinner than this, m.
    const THINNEST: f32 = 0.05;

    /// The box of an equipment where the layout puts it.
    pub fn of(equipment: &Equipment) -> Self {
        let [x, y, z] = equipment.pose.position.map(|at| at as f32);
        let half = Vec3::new(
            equipment.size[0] as f32,
            equipment.size[2] as f32,
            equipment.size[1] as f32,
        ) / 2.0;
        let half = half.max(Vec3::splat(Self::THINNEST));
        Self {
            centre: Vec3::new(x, y + half.y, z),
            half,
            heading: equipment.pose.heading as f32,
        }
    }

    /// Its eight corners.
    pub fn corners(&self) -> [Vec3; 8] {
        let turn = Quat::from_rotation_y(self.heading);
        Bounds {
            min: -self.half,
            max: self.half,
        }
        .corners()
        .map(|corner| self.centre + turn * corner)
    }

    /// The box along the axes around it.
    pub fn bounds(&self) -> Bounds {
        self.corners().into_iter().fold(Bounds::EMPTY, Bounds::with)
    }

    /// Distance along a ray at which it enters the box; 0 from inside. Slab test.
    pub fn hit(&self, ray: &Ray3d) -> Option<f32> {
        let turn = Quat::from_rotation_y(-self.heading);
        let origin = turn * (ray.origin - self.centre);
        let direction = turn * *ray.direction;
        let (mut enter, mut leave) = (0.0_f32, f32::INFINITY);
        for axis in 0..3 {
            let (from, along, half) = (origin[axis], direction[axis], self.half[axis]);
            if along.abs() < 1e-9 {
                if from.abs() > half {
                    return None;
                }
                continue;
            }
            let (a, b) = ((-half - from) / along, (half - from) / along);
            enter = enter.max(a.min(b));
            leave = leave.min(a.max(b));
        }
        (enter <= leave).then_some(enter)
    }
}

/// Space that the plant takes.
#[derive(Resource, Clone, Debug)]
pub struct PlantBounds {
    /// All of it.
    pub plant: Bounds,
    /// Corners of all equipment that stands, m: what a view of the whole plant must show.
    pub points: Vec<Vec3>,
}

impl PlantBounds {
    fn of(plant: &Plant) -> Self {
        let bounds = plant
            .equipment
            .iter()
            .map(|equipment| Proxy::of(equipment).bounds())
            .fold(Bounds::EMPTY, Bounds::union);
        let standing = plant
            .equipment
            .iter()
            .filter(|one| super::building::zones::stands(one));
        let mut points = outermost(standing.flat_map(|one| Proxy::of(one).corners()).collect());
        let bounds = if bounds.min.is_finite() && bounds.max.is_finite() {
            bounds
        } else {
            Bounds {
                min: Vec3::new(-5.0, 0.0, -5.0),
                max: Vec3::new(5.0, 3.0, 5.0),
            }
        };
        if points.is_empty() {
            points.extend(bounds.corners());
        }
        Self {
            plant: bounds,
            points,
        }
    }

    /// Space that an equipment takes, where the layout puts it.
    pub fn equipment(&self, view: &TwinView, id: EquipmentId) -> Option<Bounds> {
        view.twin
            .plant()
            .equipment(id)
            .map(|equipment| Proxy::of(equipment).bounds())
    }

    /// Space that the equipment of a group takes.
    pub fn group(&self, view: &TwinView, path: &str) -> Option<Bounds> {
        let bounds = view
            .twin
            .plant()
            .equipment
            .iter()
            .filter(|equipment| is_under(&equipment.path, path))
            .map(|equipment| Proxy::of(equipment).bounds())
            .fold(Bounds::EMPTY, Bounds::union);
        bounds.min.is_finite().then_some(bounds)
    }
}

impl Default for PlantBounds {
    fn default() -> Self {
        Self::of(&Plant::default())
    }
}

/// Whether a path lies under a group; everything lies under the site, whose path is empty.
pub fn is_under(path: &str, group: &str) -> bool {
    group.is_empty()
        || path
            .strip_prefix(group)
            .is_some_and(|tail| tail.starts_with('/'))
}

/// What the snapshot knows of an equipment as a whole: is anything of it fresh?
pub fn is_silent(view: &TwinView, id: EquipmentId) -> bool {
    view.snapshot
        .health
        .get(id.index())
        .is_none_or(|status| status.health == Health::Unknown)
}

/// The signal that the label of an equipment shows: its first key signal that is not the operating
/// state, which the label shows by its letter.
pub fn key_signal(plant: &Plant, equipment: &Equipment) -> Option<SignalId> {
    equipment.signal_ids().find(|id| {
        plant
            .signal(*id)
            .is_some_and(|signal| signal.spec.is_key && signal.spec.role != SignalRole::State)
    })
}

/// The components of equipment have followed the snapshot.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlantFollows;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<PlantEntities>()
        .init_resource::<PlantBounds>()
        .add_systems(Startup, spawn)
        .add_systems(
            Update,
            follow.in_set(PlantFollows).in_set(ViewerSystems::Sync),
        );
}

fn spawn(
    view: Res<TwinView>,
    mut entities: ResMut<PlantEntities>,
    mut bounds: ResMut<PlantBounds>,
    mut commands: Commands,
) {
    let plant = view.twin.plant();
    *bounds = PlantBounds::of(plant);
    entities.0 = plant
        .equipment
        .iter()
        .zip(0..)
        .map(|(equipment, id)| {
            let [x, y, z] = equipment.pose.position.map(|at| at as f32);
            commands
                .spawn((
                    Shows(EquipmentId(id)),
                    ShownState::default(),
                    ShownHealth::default(),
                    Transform::from_xyz(x, y, z)
                        .with_rotation(Quat::from_rotation_y(equipment.pose.heading as f32)),
                    Visibility::default(),
                ))
                .id()
        })
        .collect();
}

fn follow(
    view: Res<TwinView>,
    entities: Res<PlantEntities>,
    mut shown: Query<(&mut ShownState, &mut ShownHealth)>,
) {
    let snapshot = &view.snapshot;
    for &id in &snapshot.changed_equipment {
        let Some((mut state, mut health)) = entities
            .get(id)
            .and_then(|entity| shown.get_mut(entity).ok())
        else {
            continue;
        };
        if let Some(now) = snapshot.states.get(id.index()) {
            state.set_if_neq(ShownState(*now));
        }
        if let Some(now) = snapshot.health.get(id.index()) {
            health.set_if_neq(ShownHealth(*now));
        }
    }
}
