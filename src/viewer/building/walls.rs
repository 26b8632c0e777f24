//! Walls that never stand in the view's way: one that the eye is outside of sinks into the floor.
//!
//! How far follows from where the eye is, not from time: nothing pops, and a picture is the same
//! however one came to it.

use bevy::prelude::*;

use super::PlainSurfaces;
use super::field::Rectangle;
use super::paint::{Paint, linear};
use crate::viewer::camera::{self, CameraRig};
use crate::viewer::dress::Wears;
use crate::viewer::theme;

/// Height of the walls, m.
pub const HEIGHT: f32 = 5.2;
/// Thickness, m.
const THICKNESS: f32 = 0.25;
/// The eye is this far inside a wall when the wall has its full height, m.
const FADE: f32 = 3.0;
/// What is left of a wall that has sunk, as a share of its height.
const SUNK: f32 = 0.03;
/// Distance between the pillars of a wall, m, about.
const BAY: f32 = 6.0;

/// A wall: where it stands and to where it looks.
#[derive(Component, Clone, Copy, Debug)]
pub struct Wall {
    /// Middle of its foot, m.
    pub foot: Vec3,
    /// Into the hall.
    pub inward: Vec3,
}

/// How much of its height a wall has for an eye: 1 from inside the hall, nearly nothing from
/// outside.
pub fn height_share(wall: &Wall, eye: Vec3) -> f32 {
    let inside = (eye - wall.foot).dot(wall.inward);
    (inside / FADE).clamp(SUNK, 1.0)
}

/// The four walls of a hall with their lengths.
pub fn around(hall: Rectangle) -> [(Wall, f32); 4] {
    let middle = (hall.min + hall.max) / 2.0;
    let size = hall.size();
    let wall = |x: f32, z: f32, inward: Vec3, length: f32| {
        let foot = Vec3::new(x, 0.0, z);
        (Wall { foot, inward }, length)
    };
    [
        wall(middle.x, hall.min.y, Vec3::Z, size.x),
        wall(middle.x, hall.max.y, Vec3::NEG_Z, size.x),
        wall(hall.min.x, middle.y, Vec3::X, size.y),
        wall(hall.max.x, middle.y, Vec3::NEG_X, size.y),
    ]
}

pub(super) fn spawn(
    hall: Rectangle,
    meshes: &mut Assets<Mesh>,
    materials: &mut Assets<StandardMaterial>,
    surfaces: &mut PlainSurfaces,
    commands: &mut Commands,
) {
    let glass = materials.add(StandardMaterial {
        base_color: theme::WALL_WINDOW.bevy(),
        unlit: true,
        ..default()
    });
    for (wall, length) in around(hall) {
        let turn = Quat::from_rotation_arc(Vec3::Z, wall.inward);
        let place = Transform::from_translation(wall.foot).with_rotation(turn);
        let corners = if wall.inward.z == 0.0 {
            Corners::Neighbours
        } else {
            Corners::Own
        };
        let (solid, windows) = side(length, corners);
        let painted = StandardMaterial {
            base_color: Color::WHITE,
            perceptual_roughness: 0.85,
            reflectance: 0.25,
            ..default()
        };
        let painted = surfaces.add(materials, painted, wall.inward);
        commands
            .spawn((
                wall,
                place,
                Visibility::default(),
                Mesh3d(meshes.add(solid.mesh())),
                Wears(|palette| palette.hall),
                MeshMaterial3d(painted),
                bevy::light::NotShadowCaster,
            ))
            .with_child((
                Mesh3d(meshes.add(windows.mesh())),
                Wears(|palette| palette.window),
                MeshMaterial3d(glass.clone()),
                Transform::default(),
                bevy::light::NotShadowCaster,
            ));
    }
}

/// Whose the corners at the ends of a wall are. Two walls that both fill one would lie in one plane
/// there, and which of them is seen would be chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Corners {
    Own,
    Neighbours,
}

/// A wall along x, its inner face at z = 0 looking to +z: what is solid, and its windows.
fn side(length: f32, corners: Corners) -> (Paint, Paint) {
    let (mut solid, mut windows) = (Paint::default(), Paint::default());
    let half = length / 2.0;
    let (panel, plinth) = (linear(theme::WALL, 1.0), linear(theme::WALL_PLINTH, 1.0));
    let (seam, cap) = (linear(theme::WALL_SEAM, 1.0), linear(theme::WALL_CAP, 1.0));
    let upright = |paint: &mut Paint, x: [f32; 2], y: [f32; 2], z: f32, colour| {
        paint.face(
            &[
                Vec3::new(x[0], y[0], z),
                Vec3::new(x[1], y[0], z),
                Vec3::new(x[1], y[1], z),
                Vec3::new(x[0], y[1], z),
            ],
            Vec3::Z,
            &[colour],
        );
    };
    upright(&mut solid, [-half, half], [0.0, 1.1], 0.0, plinth);
    upright(&mut solid, [-half, half], [1.1, HEIGHT], 0.0, panel);
    // Its top and its back, which are seen from above and from outside.
    let end = match corners {
        Corners::Own => half + THICKNESS,
        Corners::Neighbours => half,
    };
    solid.block(
        Vec3::new(-end, 0.0, -THICKNESS),
        Vec3::new(end, HEIGHT, -0.004),
        cap,
    );
    let bays = (length / BAY).round().max(1.0) as usize;
    let bay = length / bays as f32;
    for at in 0..bays {
        let left = -half + bay * at as f32;
        let (from, to) = (left + 0.55, left + bay - 0.55);
        let (low, high) = (HEIGHT - 1.75, HEIGHT - 0.65);
        // A frame, and two panes.
        upright(
            &mut solid,
            [from - 0.07, to + 0.07],
            [low - 0.07, high + 0.07],
            0.012,
            seam,
        );
        let middle = (from + to) / 2.0;
        upright(
            &mut windows,
            [from, middle - 0.03],
            [low, high],
            0.022,
            [1.0; 4],
        );
        upright(
            &mut windows,
            [middle + 0.03, to],
            [low, high],
            0.022,
            [1.0; 4],
        );
        // Seams of the panels.
        for part in 1..3 {
            let x = left + bay * part as f32 / 3.0;
            upright(
                &mut solid,
                [x - 0.012, x + 0.012],
                [1.1, low - 0.07],
                0.006,
                seam,
            );
        }
    }
    upright(&mut solid, [-half, half], [1.08, 1.13], 0.01, seam);
    let pillars = match corners {
        Corners::Own => 0..bays + 1,
        Corners::Neighbours => 1..bays,
    };
    for at in pillars {
        let middle = (-half + bay * at as f32).clamp(-half + 0.15, half - 0.15);
        solid.block(
            Vec3::new(middle - 0.15, 0.0, 0.0),
            Vec3::new(middle + 0.15, HEIGHT - 0.02, 0.22),
            linear(theme::WALL_PILLAR, 1.0),
        );
        // Its cut is that of the wall.
        solid.rectangle(
            [middle - 0.15, middle + 0.15],
            [0.0, 0.22],
            HEIGHT - 0.01,
            cap,
        );
    }
    (solid, windows)
}

/// Gives each wall the height that it may have.
pub(super) fn lower(rig: Res<CameraRig>, mut walls: Query<(&Wall, &mut Transform)>) {
    let eye = camera::transform(&rig.pose()).translation;
    for (wall, mut place) in &mut walls {
        let share = height_share(wall, eye);
        if place.scale.y != share {
            place.scale.y = share;
        }
    }
}
