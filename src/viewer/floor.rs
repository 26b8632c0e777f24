//! The hall's floor: slabs with joints, and the area of each line marked out, as the layout says.

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;

use super::plant::{Bounds, PlantBounds, Proxy};
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

/// The floor of each line that stands apart: the space of its equipment, a little wider.
pub fn line_areas(plant: &crate::model::Plant) -> Vec<(crate::model::GroupId, Bounds)> {
    let mut areas = vec![Bounds::EMPTY; plant.groups.len()];
    for one in &plant.equipment {
        if let Some(area) = areas.get_mut(one.group.0 as usize) {
            *area = area.union(Proxy::of(one).bounds());
        }
    }
    let is_inside = |area: &Bounds, point: Vec3| {
        (area.min.x..=area.max.x).contains(&point.x) && (area.min.z..=area.max.z).contains(&point.z)
    };
    let mut lines: Vec<_> = plant
        .groups
        .iter()
        .zip(&areas)
        .zip(0..)
        .filter(|((group, area), _)| group.level == Level::Line && area.min.is_finite())
        .map(|((_, area), id)| (crate::model::GroupId(id), area.grown(LINE_MARGIN)))
        .collect();
    // What is spread over other lines (vehicles, pipes) has no floor of its own.
    lines.retain(|(group, area)| {
        let inside = plant
            .equipment
            .iter()
            .filter(|one| is_inside(area, Proxy::of(one).centre));
        let (own, foreign): (Vec<_>, Vec<_>) = inside.partition(|one| one.group == *group);
        foreign.len() * 3 <= own.len()
    });
    lines
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
    commands.spawn((
        Mesh3d(meshes.add(shade(view.twin.plant()))),
        MeshMaterial3d(materials.add(StandardMaterial {
            base_color: Color::WHITE,
            unlit: true,
            alpha_mode: AlphaMode::Blend,
            cull_mode: None,
            ..default()
        })),
        Transform::default(),
        bevy::light::NotShadowCaster,
    ));
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

/// Strength of the shade right under equipment, 0 to 1.
const SHADE: f32 = 0.34;
/// Width over which the shade fades, m.
const SHADE_FADE: f64 = 0.45;

/// Soft shade on the floor under what stands there: it costs one draw and makes machines stand
/// firm even where the quality allows no shadows. What drives about takes none along.
fn shade(plant: &crate::model::Plant) -> Mesh {
    use crate::model::kind::Drive;
    let dark = theme::SHADE.bevy().to_linear();
    let colour = |alpha: f32| [dark.red, dark.green, dark.blue, alpha];
    let (mut positions, mut colours, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    for one in &plant.equipment {
        let drives = one
            .kind
            .motions
            .iter()
            .any(|motion| matches!(motion.drive, Drive::PositionX | Drive::PositionZ));
        if drives || one.pose.position[1] > 0.5 {
            continue;
        }
        let first = positions.len() as u32;
        for (by, alpha) in [(-0.05, SHADE), (SHADE_FADE, 0.0)] {
            let (length, width) = (one.size[0] + 2.0 * by, one.size[1] + 2.0 * by);
            for [x, z] in one.pose.corners(length.max(0.05), width.max(0.05)) {
                positions.push([x as f32, 0.008, z as f32]);
                colours.push(colour(alpha));
            }
        }
        // Corners run clockwise seen from above as (−−), (+−), (++), (−+): faces look up.
        indices.extend([0, 2, 1, 0, 3, 2].map(|at| first + at));
        for side in 0..4 {
            let next = (side + 1) % 4;
            indices.extend([side, next, next + 4, side, next + 4, side + 4].map(|at| first + at));
        }
    }
    let normals = vec![[0.0_f32, 1.0, 0.0]; positions.len()];
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::default(),
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
    .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colours)
    .with_inserted_indices(Indices::U32(indices))
}
