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
use super::{TwinView, camera::CameraRig};
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
    app.add_systems(PostStartup, spawn).add_systems(
        PostUpdate,
        (walls::lower, columns::step_aside)
            .after(bevy_egui::EguiPostUpdateSet::EndPass)
            .before(bevy::transform::TransformSystems::Propagate)
            .before(bevy::camera::visibility::VisibilitySystems::VisibilityPropagate)
            .run_if(resource_changed::<CameraRig>),
    );
}

fn spawn(
    view: Res<TwinView>,
    bounds: Res<PlantBounds>,
    server: Res<AssetServer>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
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
        &mut commands,
    );
    walls::spawn(hall, &mut meshes, &mut materials, &mut commands);
    columns::spawn(hall, &zones, &server, &mut commands);
}
