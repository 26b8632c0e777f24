//! What is under the mouse: a ray against one oriented box per equipment, through a tree of boxes.

use std::collections::BTreeSet;

use bevy::prelude::*;

use super::bvh::Bvh;
use super::plant::{Bounds, PlantEntities, Proxy};
use super::{TwinView, ViewerSystems};
use crate::model::EquipmentId;
use crate::model::kind::Drive;

/// The boxes of all equipment, where it stands now.
#[derive(Resource, Clone, Debug, Default)]
pub struct Proxies {
    boxes: Vec<Proxy>,
    still: Bvh,
    mobile: BTreeSet<u32>,
}

impl Proxies {
    /// Of the plant: what can drive about is kept apart from what stands.
    pub fn new(plant: &crate::model::Plant) -> Self {
        let boxes: Vec<Proxy> = plant.equipment.iter().map(Proxy::of).collect();
        let mobile: BTreeSet<u32> = plant
            .equipment
            .iter()
            .zip(0..)
            .filter(|(equipment, _)| {
                equipment.kind.motions.iter().any(|motion| {
                    matches!(
                        motion.drive,
                        Drive::PositionX | Drive::PositionZ | Drive::Heading
                    )
                })
            })
            .map(|(_, id)| id)
            .collect();
        let still: Vec<(u32, Bounds)> = boxes
            .iter()
            .zip(0..)
            .filter(|(_, id)| !mobile.contains(id))
            .map(|(proxy, id)| (id, proxy.bounds()))
            .collect();
        Self {
            still: Bvh::new(&still),
            boxes,
            mobile,
        }
    }

    /// The box of an equipment.
    pub fn get(&self, id: EquipmentId) -> Option<&Proxy> {
        self.boxes.get(id.index())
    }

    /// Puts the box of a vehicle where it is now; what stands cannot be moved.
    pub fn place(&mut self, id: EquipmentId, proxy: Proxy) {
        if self.mobile.contains(&id.0)
            && let Some(old) = self.boxes.get_mut(id.index())
        {
            *old = proxy;
        }
    }

    /// The first equipment that a ray meets, and how far away, m.
    pub fn pick(&self, ray: &Ray3d) -> Option<(EquipmentId, f32)> {
        let hit = |id: u32| self.boxes.get(id as usize).and_then(|proxy| proxy.hit(ray));
        let still = self.still.nearest(ray, hit);
        self.mobile
            .iter()
            .filter_map(|&id| Some((id, hit(id)?)))
            .chain(still)
            .min_by(|(a, at), (b, other)| at.total_cmp(other).then(a.cmp(b)))
            .map(|(id, at)| (EquipmentId(id), at))
    }

    /// Appends the equipment whose boxes touch a ball.
    pub fn within(&self, centre: Vec3, radius: f32, out: &mut Vec<u32>) {
        self.still.within(centre, radius, out);
        out.extend(self.mobile.iter().filter(|&&id| {
            self.boxes
                .get(id as usize)
                .is_some_and(|proxy| proxy.centre.distance(centre) < radius + proxy.half.length())
        }));
    }
}

/// What the mouse is over.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hovered(pub Option<EquipmentId>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Proxies>()
        .init_resource::<Hovered>()
        .add_systems(Startup, index)
        .add_systems(Update, forget_gone.in_set(ViewerSystems::Overlay));
}

fn index(view: Res<TwinView>, mut proxies: ResMut<Proxies>) {
    *proxies = Proxies::new(view.twin.plant());
}

/// A hover never outlives its equipment.
fn forget_gone(entities: Res<PlantEntities>, mut hovered: ResMut<Hovered>) {
    if hovered.0.is_some_and(|id| entities.get(id).is_none()) {
        hovered.0 = None;
    }
}
