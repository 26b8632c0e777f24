//! Columns that carry the roof, on a grid, where the layout leaves room for them.

use bevy::gltf::GltfAssetLabel;
use bevy::math::Vec2;
use bevy::prelude::*;
use bevy::world_serialization::{WorldAsset, WorldAssetRoot};

use super::field::Rectangle;
use super::zones::Zones;
use crate::model::scene;
use crate::viewer::camera::{self, CameraRig};

/// Distance between columns, m, about: what a steel hall spans.
const SPAN: f32 = 12.0;
/// Free floor that a column needs around it, m.
const ROOM: f32 = 0.25;
/// A column this near to the line of sight steps aside, m.
const IN_THE_WAY: f32 = 1.6;
/// Columns at most: a hall of a hectare has seventy.
const MOST: usize = 400;

/// A column, and where it stands.
#[derive(Component, Clone, Copy, Debug)]
pub struct Column(pub Vec2);

/// Where columns stand in a hall: on a grid, where no machine works and nobody drives.
pub fn places(hall: Rectangle, zones: &Zones) -> Vec<Vec2> {
    let size = hall.size();
    let bays = [size.x, size.y].map(|size| (size / SPAN).round().max(1.0) as usize);
    let span = Vec2::new(size.x / bays[0] as f32, size.y / bays[1] as f32);
    let mut places = Vec::new();
    for row in 1..bays[1] {
        for column in 1..bays[0] {
            let wanted = hall.min + Vec2::new(column as f32, row as f32) * span;
            // The nearest free place across, within the row of machines that it belongs to.
            let free = (0..=5)
                .flat_map(|step| [1.0, -1.0].map(|side| step as f32 * 0.5 * side))
                .map(|by| wanted + Vec2::new(0.0, by))
                .find(|at| zones.work.near(*at) > ROOM && zones.aisles.near(*at) > ROOM);
            if let Some(at) = free
                && places.len() < MOST
            {
                places.push(at);
            }
        }
    }
    places
}

pub(super) fn spawn(hall: Rectangle, zones: &Zones, server: &AssetServer, commands: &mut Commands) {
    let file = scene::assets_folder().join("models/column.glb");
    if !file.is_file() {
        return;
    }
    let path = super::super::model::asset_path(&file);
    let model: Handle<WorldAsset> = server.load(GltfAssetLabel::Scene(0).from_asset(path));
    for at in places(hall, zones) {
        commands.spawn((
            Column(at),
            WorldAssetRoot(model.clone()),
            Transform::from_xyz(at.x, 0.0, at.y),
            Visibility::default(),
        ));
    }
}

/// Hides the columns that stand between the eye and what it looks at.
pub(super) fn step_aside(rig: Res<CameraRig>, mut columns: Query<(&Column, &mut Visibility)>) {
    let pose = rig.pose();
    let eye = camera::transform(&pose).translation;
    let (eye, target) = (
        Vec2::new(eye.x, eye.z),
        Vec2::new(pose.target[0], pose.target[2]),
    );
    for (column, mut shown) in &mut columns {
        let along = target - eye;
        let share = (column.0 - eye).dot(along) / along.length_squared().max(1e-6);
        let is_between =
            (-0.05..0.95).contains(&share) && (eye + along * share).distance(column.0) < IN_THE_WAY;
        shown.set_if_neq(if is_between {
            Visibility::Hidden
        } else {
            Visibility::Inherited
        });
    }
}
