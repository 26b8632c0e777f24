//! The hall's floor: concrete slabs with joints, what each part of it is for painted on, and the
//! ground outside.

use bevy::math::Vec2;
use bevy::prelude::*;

use super::PlainSurfaces;
use super::field::Rectangle;
use super::paint::{Paint, linear};
use super::zones::{Zones, stands};
use crate::model::Plant;
use crate::viewer::dress::Wears;
use crate::viewer::theme;

/// Edge of a slab, m.
const SLAB: f32 = 6.0;
/// Width of a joint, m.
const JOINT: f32 = 0.025;
/// Width of the line along an aisle, m.
const AISLE_LINE: f32 = 0.12;
/// Width of other lines, m.
const LINE: f32 = 0.08;
/// Ground outside the hall that is drawn, m.
const OUTSIDE: f32 = 45.0;

pub(super) fn spawn(
    plant: &Plant,
    hall: Rectangle,
    zones: &Zones,
    meshes: &mut Assets<Mesh>,
    materials: &mut Assets<StandardMaterial>,
    surfaces: &mut PlainSurfaces,
    commands: &mut Commands,
) {
    let concrete = StandardMaterial {
        base_color: Color::WHITE,
        perceptual_roughness: 0.62,
        reflectance: 0.3,
        ..default()
    };
    let paint = StandardMaterial {
        perceptual_roughness: 0.7,
        ..concrete.clone()
    };
    let blended = materials.add(StandardMaterial {
        base_color: Color::WHITE,
        unlit: true,
        alpha_mode: AlphaMode::Blend,
        ..default()
    });
    let concrete = surfaces.add(materials, concrete, Vec3::Y);
    let paint = surfaces.add(materials, paint, Vec3::Y);
    for (shapes, material) in [
        (slabs(hall), concrete),
        (markings(zones), paint),
        (ground(hall), blended.clone()),
        (shade(plant), blended),
    ] {
        if !shapes.is_empty() {
            commands.spawn((
                Mesh3d(meshes.add(shapes.mesh())),
                Wears(|palette| palette.hall),
                MeshMaterial3d(material),
                Transform::default(),
                bevy::light::NotShadowCaster,
            ));
        }
    }
}

/// Slabs of slightly different concrete, and the joints between them.
fn slabs(hall: Rectangle) -> Paint {
    let mut paint = Paint::default();
    let size = hall.size();
    let count = [size.x, size.y].map(|size| (size / SLAB).round().clamp(1.0, 400.0) as usize);
    let slab = Vec2::new(size.x / count[0] as f32, size.y / count[1] as f32);
    for row in 0..count[1] {
        for column in 0..count[0] {
            let min = hall.min + Vec2::new(column as f32, row as f32) * slab;
            let max = min + slab;
            // Concrete of one day is a little darker than that of another.
            let tone = ((column * 7_919 + row * 104_729) % 97) as f32 / 96.0 - 0.5;
            let colour = theme::FLOOR.mix(
                if tone > 0.0 {
                    theme::LIGHT.halo
                } else {
                    theme::SHADE
                },
                tone.abs() * 0.05,
            );
            paint.rectangle([min.x, max.x], [min.y, max.y], 0.0, linear(colour, 1.0));
        }
    }
    let joint = linear(theme::FLOOR_JOINT, 1.0);
    for at in 1..count[0] {
        let x = hall.min.x + slab.x * at as f32;
        let side = [x - JOINT / 2.0, x + JOINT / 2.0];
        paint.rectangle(side, [hall.min.y, hall.max.y], 0.003, joint);
    }
    for at in 1..count[1] {
        let z = hall.min.y + slab.y * at as f32;
        let side = [z - JOINT / 2.0, z + JOINT / 2.0];
        paint.rectangle([hall.min.x, hall.max.x], side, 0.003, joint);
    }
    paint
}

/// What is painted on the floor.
pub fn markings(zones: &Zones) -> Paint {
    let mut paint = Paint::default();
    let opaque = |colour| linear(colour, 1.0);
    zones
        .aisles
        .fill(&mut paint, 0.006, opaque(theme::FLOOR_AISLE));
    zones
        .walk
        .fill(&mut paint, 0.009, opaque(theme::FLOOR_WALK));
    zones
        .work
        .fill(&mut paint, 0.012, opaque(theme::FLOOR_LINE));
    zones.aisles.outline(
        &mut paint,
        AISLE_LINE,
        0.015,
        opaque(theme::FLOOR_MARKING),
        None,
    );
    zones.walk.outline(
        &mut paint,
        LINE,
        0.015,
        opaque(theme::FLOOR_WALK_LINE),
        None,
    );
    zones.work.outline(
        &mut paint,
        LINE,
        0.018,
        opaque(theme::FLOOR_WORK_LINE),
        None,
    );
    for (middle, radius) in &zones.handlers {
        keep_out(&mut paint, *middle, *radius);
    }
    paint
}

/// A hatched ring around what a robot reaches.
fn keep_out(paint: &mut Paint, middle: Vec2, radius: f32) {
    const STRIPES: usize = 36;
    let colour = linear(theme::FLOOR_KEEP_OUT, 1.0);
    let turn = std::f32::consts::TAU / STRIPES as f32;
    for at in 0..STRIPES {
        let angle = at as f32 * turn;
        let point = |radius: f32, angle: f32| {
            let at = middle + Vec2::from_angle(angle) * radius;
            Vec3::new(at.x, 0.021, at.y)
        };
        // Slanted, as hatching is.
        paint.face(
            &[
                point(radius, angle),
                point(radius - 0.16, angle + 0.35 * turn),
                point(radius - 0.16, angle + 0.85 * turn),
                point(radius, angle + 0.5 * turn),
            ],
            Vec3::Y,
            &[colour],
        );
    }
}

/// Ground around the hall that fades into the background.
fn ground(hall: Rectangle) -> Paint {
    let mut paint = Paint::default();
    let (inner, outer) = (hall.grown(0.25), hall.grown(OUTSIDE));
    let near = linear(theme::GROUND, 1.0);
    let far = linear(theme::GROUND, 0.0);
    let corners = |of: Rectangle| {
        [
            [of.min.x, of.min.y],
            [of.min.x, of.max.y],
            [of.max.x, of.max.y],
            [of.max.x, of.min.y],
        ]
        .map(|[x, z]| Vec3::new(x, -0.02, z))
    };
    let (inside, outside) = (corners(inner), corners(outer));
    for at in 0..4 {
        let next = (at + 1) % 4;
        paint.face(
            &[outside[at], outside[next], inside[next], inside[at]],
            Vec3::Y,
            &[far, far, near, near],
        );
    }
    paint
}

/// Strength of the shade right under equipment, 0 to 1.
const SHADE: f32 = 0.42;
/// Width over which the shade fades, m.
const SHADE_FADE: f64 = 0.5;

/// Soft shade on the floor under what stands there: it costs one draw and makes machines stand
/// firm even where the quality allows no shadows. What drives about takes none along.
fn shade(plant: &Plant) -> Paint {
    let mut paint = Paint::default();
    for one in plant.equipment.iter().filter(|one| stands(one)) {
        let ring = |by: f64| {
            let (length, width) = (one.size[0] + 2.0 * by, one.size[1] + 2.0 * by);
            one.pose
                .corners(length.max(0.05), width.max(0.05))
                .map(|[x, z]| Vec3::new(x as f32, 0.026, z as f32))
        };
        // Corners run clockwise seen from above as (−−), (+−), (++), (−+).
        let (dark, half, light) = (ring(-0.05), ring(SHADE_FADE * 0.3), ring(SHADE_FADE));
        let tone = |share: f32| linear(theme::SHADE, SHADE * share);
        paint.face(&[dark[0], dark[3], dark[2], dark[1]], Vec3::Y, &[tone(1.0)]);
        for (inner, outer, from, to) in [(dark, half, 1.0, 0.38), (half, light, 0.38, 0.0)] {
            for side in 0..4 {
                let next = (side + 1) % 4;
                paint.face(
                    &[inner[side], inner[next], outer[next], outer[side]],
                    Vec3::Y,
                    &[tone(from), tone(from), tone(to), tone(to)],
                );
            }
        }
    }
    paint
}
