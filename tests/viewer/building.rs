//! The building follows from the layout of any scene, and is never in the way.

use std::path::Path;

use bevy::prelude::*;
use rand::{RngExt, SeedableRng};
use twinscape::model::layout::overlap_depth;
use twinscape::model::process::Process;
use twinscape::model::{Plant, scene};
use twinscape::viewer::building::field::Rectangle;
use twinscape::viewer::building::zones::{Zones, stands};
use twinscape::viewer::building::{columns, floor, hall, walls};
use twinscape::viewer::plant::{Bounds, Proxy};

const SCENES: [&str; 4] = [
    "scenes/gearbox",
    "tests/scenes/water",
    "tests/scenes/cell",
    "tests/scenes/turnery",
];

fn plant(scene: &str) -> Plant {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(scene);
    scene::load(&path).expect("a scene of ours loads").plant
}

fn space(plant: &Plant) -> Bounds {
    let boxes = plant.equipment.iter().map(|one| Proxy::of(one).bounds());
    boxes.fold(Bounds::EMPTY, Bounds::union)
}

/// Whether a point of the floor is under equipment, worked out from the layout alone.
fn is_occupied(plant: &Plant, at: Vec2) -> bool {
    plant.equipment.iter().filter(|one| stands(one)).any(|one| {
        let (sin, cos) = one.pose.heading.sin_cos();
        let (x, z) = (
            f64::from(at.x) - one.pose.position[0],
            f64::from(at.y) - one.pose.position[2],
        );
        let (u, v) = (x * cos - z * sin, x * sin + z * cos);
        u.abs() < one.size[0] / 2.0 && v.abs() < one.size[1] / 2.0
    })
}

fn points(hall: Rectangle) -> impl Iterator<Item = Vec2> {
    let size = hall.size();
    let count = (size / 0.37).as_uvec2();
    (0..count.y).flat_map(move |z| {
        (0..count.x).map(move |x| hall.min + Vec2::new(x as f32, z as f32) * 0.37)
    })
}

#[test]
fn the_hall_is_as_large_as_the_plant_needs_and_not_much_larger() {
    for scene in SCENES {
        let bounds = space(&plant(scene));
        let hall = hall(&bounds);
        for (plant, hall) in [
            ([bounds.min.x, bounds.max.x], [hall.min.x, hall.max.x]),
            ([bounds.min.z, bounds.max.z], [hall.min.y, hall.max.y]),
        ] {
            let (before, behind) = (plant[0] - hall[0], hall[1] - plant[1]);
            assert!((before - behind).abs() < 0.01, "{scene}: in the middle");
            assert!(
                (3.0..6.5).contains(&before),
                "{scene}: {before} m of free floor"
            );
        }
    }
}

#[test]
fn nobody_drives_or_walks_where_a_machine_stands() {
    for scene in SCENES {
        let plant = plant(scene);
        let hall = hall(&space(&plant));
        let zones = Zones::new(&plant, hall);
        for at in points(hall) {
            if is_occupied(&plant, at) {
                assert!(zones.work.near(at) < 0.0, "{scene}: {at}");
                assert!(zones.aisles.near(at) > 0.0, "{scene}: an aisle at {at}");
                assert!(zones.walk.near(at) > 0.0, "{scene}: a walk at {at}");
            }
        }
    }
}

#[test]
fn there_is_an_aisle_between_rows_of_machines_and_a_walk_around_all() {
    let plant = plant("scenes/gearbox");
    let hall = hall(&space(&plant));
    let zones = Zones::new(&plant, hall);
    // Halfway between the two machining lines, and between the second one and assembly.
    for z in [-5.2, 2.4] {
        let open = (-15..15).filter(|x| zones.aisles.near(Vec2::new(*x as f32, z)) < 0.0);
        assert!(open.count() >= 24, "no aisle at z = {z}");
    }
    let along_the_wall = hall.grown(-1.4);
    let corner = Vec2::new(along_the_wall.min.x, along_the_wall.max.y);
    assert!(zones.walk.near(corner + Vec2::new(0.2, -3.0)) < 0.0);
}

#[test]
fn what_moves_parts_has_a_ring_around_its_reach_and_nothing_else_has() {
    for (scene, least) in [("scenes/gearbox", 10), ("tests/scenes/water", 0)] {
        let plant = plant(scene);
        let zones = Zones::new(&plant, hall(&space(&plant)));
        let handlers = plant
            .equipment
            .iter()
            .filter(|one| matches!(one.process, Process::Handler(_)));
        assert_eq!(zones.handlers.len(), handlers.count());
        assert!(zones.handlers.len() >= least, "{scene}");
    }
}

#[test]
fn columns_stand_where_nothing_else_does() {
    let mut count = 0;
    for scene in SCENES {
        let plant = plant(scene);
        let hall = hall(&space(&plant));
        for at in columns::places(hall, &Zones::new(&plant, hall)) {
            count += 1;
            let half = f64::from(0.3_f32);
            let (x, z) = (f64::from(at.x), f64::from(at.y));
            let foot = [
                [x - half, z - half],
                [x + half, z - half],
                [x + half, z + half],
                [x - half, z + half],
            ];
            for one in plant.equipment.iter().filter(|one| stands(one)) {
                let other = one.pose.corners(one.size[0], one.size[1]);
                assert_eq!(overlap_depth(&foot, &other), 0.0, "{scene}: {}", one.path);
            }
        }
    }
    assert!(count > 0, "no hall has a column");
}

#[test]
fn a_wall_that_stands_is_never_between_the_eye_and_a_machine() {
    let plant = plant("scenes/gearbox");
    let hall = hall(&space(&plant));
    let mut random = rand_pcg::Pcg64::seed_from_u64(5);
    let mut standing = 0;
    for _ in 0..2_000 {
        let eye = Vec3::new(
            random.random_range(-90.0..90.0),
            random.random_range(0.3..60.0),
            random.random_range(-90.0..90.0),
        );
        for (wall, length) in walls::around(hall) {
            let share = walls::height_share(&wall, eye);
            if share > 0.9 {
                standing += 1;
            }
            for one in plant.equipment.iter().step_by(7) {
                let to = Proxy::of(one).centre;
                // Where the line of sight goes through the wall's plane.
                let (from, along) = (
                    (eye - wall.foot).dot(wall.inward),
                    (to - eye).dot(wall.inward),
                );
                if along.abs() < 1e-6 {
                    continue;
                }
                let at = -from / along;
                if !(0.0..=1.0).contains(&at) {
                    continue;
                }
                let hit = eye + (to - eye) * at;
                let aside = (hit - wall.foot).dot(wall.inward.cross(Vec3::Y)).abs();
                let hidden = aside < length / 2.0 && hit.y < walls::HEIGHT * share;
                // What is left of a sunk wall is lower than any machine.
                assert!(!hidden || hit.y < 0.2, "{eye} {to} {wall:?} {share}");
            }
        }
    }
    assert!(standing > 500, "walls stand behind the plant: {standing}");
}

#[test]
fn markings_are_painted_for_every_scene_at_a_bounded_cost() {
    for scene in SCENES {
        let plant = plant(scene);
        let zones = Zones::new(&plant, hall(&space(&plant)));
        let paint = floor::markings(&zones);
        assert!(paint.triangles() > 100, "{scene}");
        assert!(paint.triangles() < 60_000, "{scene}: {}", paint.triangles());
    }
}
