//! The hall's floor: slabs with joints, and the area of each line marked out, as the layout says.

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;

use super::plant::{Bounds, PlantBounds, Proxy, is_under};
use super::{TwinView, theme};
use crate::model::equipment::Level;

/// Edge of a slab, m.
const SLAB: f32 = 6.0;
/// Width of a joint, m.
const JOINT: f32 = 0.03;
/// Width of the marking around a line, m.
const MARKING: f32 = 0.10;
/// Floor beyond the last equipment, m.
const MARGIN: f32 = 7.0;
/// Floor of a line beyond its equipment, m.
const LINE_MARGIN: f32 = 1.2;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostStartup, spawn);
}

/// Rectangles on the floor, as one mesh.
#[derive(Default)]
struct Paint {
    positions: Vec<[f32; 3]>,
    indices: Vec<u32>,
}

impl Paint {
    fn rectangle(&mut self, x: [f32; 2], z: [f32; 2], y: f32) {
        let first = self.positions.len() as u32;
        self.positions.extend([
            [x[0], y, z[0]],
            [x[0], y, z[1]],
            [x[1], y, z[1]],
            [x[1], y, z[0]],
        ]);
        self.indices
            .extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
    }

    fn mesh(self) -> Mesh {
        let normals = vec![[0.0_f32, 1.0, 0.0]; self.positions.len()];
        let uvs = vec![[0.0_f32; 2]; self.positions.len()];
        Mesh::new(
            PrimitiveTopology::TriangleList,
            RenderAssetUsages::default(),
        )
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_inserted_indices(Indices::U32(self.indices))
    }
}

/// The floor of each line: the space of its equipment, a little wider.
pub fn line_areas(plant: &crate::model::Plant) -> Vec<(crate::model::GroupId, Bounds)> {
    plant
        .groups
        .iter()
        .zip(0..)
        .filter(|(group, _)| group.level == Level::Line)
        .filter_map(|(group, id)| {
            let bounds = plant
                .equipment
                .iter()
                .filter(|one| is_under(&one.path, &group.path))
                .map(|one| Proxy::of(one).bounds())
                .fold(Bounds::EMPTY, Bounds::union);
            bounds
                .min
                .is_finite()
                .then(|| (crate::model::GroupId(id), bounds.grown(LINE_MARGIN)))
        })
        .collect()
}

fn spawn(
    view: Res<TwinView>,
    bounds: Res<PlantBounds>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut commands: Commands,
) {
    let (min, max) = (bounds.plant.min, bounds.plant.max);
    let down = |at: f32| ((at - MARGIN) / SLAB).floor() * SLAB;
    let up = |at: f32| ((at + MARGIN) / SLAB).ceil() * SLAB;
    let (x, z) = ([down(min.x), up(max.x)], [down(min.z), up(max.z)]);
    let mut slab = Paint::default();
    slab.rectangle(x, z, 0.0);
    let mut joints = Paint::default();
    let count = |span: [f32; 2]| (((span[1] - span[0]) / SLAB).round() as usize).min(2_000);
    for at in 0..=count(x) {
        let middle = x[0] + at as f32 * SLAB;
        joints.rectangle([middle - JOINT / 2.0, middle + JOINT / 2.0], z, 0.002);
    }
    for at in 0..=count(z) {
        let middle = z[0] + at as f32 * SLAB;
        joints.rectangle(x, [middle - JOINT / 2.0, middle + JOINT / 2.0], 0.002);
    }
    let (mut areas, mut markings) = (Paint::default(), Paint::default());
    for (_, area) in line_areas(view.twin.plant()) {
        let (x, z) = ([area.min.x, area.max.x], [area.min.z, area.max.z]);
        areas.rectangle(x, z, 0.004);
        for side in x {
            markings.rectangle([side - MARKING / 2.0, side + MARKING / 2.0], z, 0.006);
        }
        for side in z {
            markings.rectangle(x, [side - MARKING / 2.0, side + MARKING / 2.0], 0.006);
        }
    }
    for (paint, colour) in [
        (slab, theme::FLOOR),
        (joints, theme::FLOOR_JOINT),
        (areas, theme::FLOOR_LINE),
        (markings, theme::FLOOR_MARKING),
    ] {
        if paint.positions.is_empty() {
            continue;
        }
        commands.spawn((
            Mesh3d(meshes.add(paint.mesh())),
            MeshMaterial3d(materials.add(StandardMaterial {
                base_color: colour.bevy(),
                perceptual_roughness: 0.95,
                reflectance: 0.1,
                ..default()
            })),
            Transform::default(),
            bevy::light::NotShadowCaster,
        ));
    }
}
