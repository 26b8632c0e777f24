//! The building around the plant: a hall as large as the layout needs, its floor with markings, its
//! walls and columns. All of it follows from where equipment stands; no scene describes it.

pub mod columns;
pub mod field;
pub mod floor;
pub mod paint;
pub mod walls;
pub mod zones;

use bevy::math::Vec2;
use bevy::prelude::*;

use super::plant::{Bounds, PlantBounds};
use super::quality::ShownQuality;
use super::{TwinView, ViewerSystems, camera::CameraRig, light};
use crate::command::Quality;
use field::Rectangle;
use zones::Zones;

/// Free floor between the outermost equipment and the wall at least, m: a walk and an aisle.
const MARGIN: f32 = 3.4;
/// The hall's sides are whole numbers of this, m.
const MODULE: f32 = 3.0;

/// The inside of the hall: the plant, with room to walk around it.
pub fn hall(plant: &Bounds) -> Rectangle {
    let along = |min: f32, max: f32| {
        let least = max - min + 2.0 * MARGIN;
        let size = (least / MODULE).ceil() * MODULE;
        let middle = (min + max) / 2.0;
        [middle - size / 2.0, middle + size / 2.0]
    };
    let x = along(plant.min.x, plant.max.x);
    let z = along(plant.min.z, plant.max.z);
    Rectangle {
        min: Vec2::new(x[0], z[0]),
        max: Vec2::new(x[1], z[1]),
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<PlainSurfaces>()
        .add_systems(PostStartup, spawn)
        .add_systems(
            Update,
            shade
                .run_if(resource_changed::<ShownQuality>)
                .in_set(ViewerSystems::Overlay),
        )
        .add_systems(
            PostUpdate,
            (walls::lower, columns::step_aside)
                .after(bevy_egui::EguiPostUpdateSet::EndPass)
                .before(bevy::transform::TransformSystems::Propagate)
                .before(bevy::camera::visibility::VisibilitySystems::VisibilityPropagate)
                .run_if(resource_changed::<CameraRig>),
        );
}

/// A material of the building whose surfaces lie in one plane, and what its light is there: where
/// the quality is low they are not lit point by point, for they fill most of the picture.
#[derive(Resource, Clone, Debug, Default)]
pub struct PlainSurfaces(Vec<(Handle<StandardMaterial>, f32)>);

impl PlainSurfaces {
    /// Adds a material of surfaces with this normal.
    fn add(
        &mut self,
        materials: &mut Assets<StandardMaterial>,
        material: StandardMaterial,
        normal: Vec3,
    ) -> Handle<StandardMaterial> {
        let handle = materials.add(material);
        self.0.push((handle.clone(), light::on_plane(normal)));
        handle
    }
}

/// Lights the building point by point, or plane by plane, as the quality asks for.
fn shade(
    quality: Res<ShownQuality>,
    surfaces: Res<PlainSurfaces>,
    mut materials: ResMut<Assets<StandardMaterial>>,
) {
    let is_plain = quality.quality == Quality::Low;
    for (handle, light) in &surfaces.0 {
        if let Some(mut material) = materials.get_mut(handle)
            && material.unlit != is_plain
        {
            material.unlit = is_plain;
            let light = if is_plain { *light } else { 1.0 };
            material.base_color = Color::linear_rgb(light, light, light);
        }
    }
}

fn spawn(
    view: Res<TwinView>,
    bounds: Res<PlantBounds>,
    server: Res<AssetServer>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut surfaces: ResMut<PlainSurfaces>,
    mut commands: Commands,
) {
    let plant = view.twin.plant();
    let hall = hall(&bounds.plant);
    let zones = Zones::new(plant, hall);
    floor::spawn(
        plant,
        hall,
        &zones,
        &mut meshes,
        &mut materials,
        &mut surfaces,
        &mut commands,
    );
    walls::spawn(
        hall,
        &mut meshes,
        &mut materials,
        &mut surfaces,
        &mut commands,
    );
    columns::spawn(hall, &zones, &server, &mut commands);
}
