//! What is picked is what an independent ray–box answer says.

use bevy::prelude::*;
use rand::{RngExt, SeedableRng};
use twinscape::command::CameraPose;
use twinscape::model::{EquipmentId, Plant};
use twinscape::viewer::camera::{CameraRig, Lens};
use twinscape::viewer::selection::Proxies;

use crate::support;

/// Distance to an upright box by its six faces: plane by plane, in double precision.
fn by_faces(ray: &Ray3d, equipment: &twinscape::model::Equipment) -> Option<f64> {
    let [length, width, height] = equipment.size;
    let (sin, cos) = equipment.pose.heading.sin_cos();
    let place = equipment.pose.position;
    // Into the box's frame: origin at the middle of its floor.
    let local = |v: [f64; 3]| [v[0] * cos - v[2] * sin, v[1], v[0] * sin + v[2] * cos];
    let from: [f64; 3] = std::array::from_fn(|at| f64::from(ray.origin[at]) - place[at]);
    let (from, along) = (
        local(from),
        local(std::array::from_fn(|at| f64::from(ray.direction[at]))),
    );
    let (low, high) = (
        [-length / 2.0, 0.0, -width / 2.0],
        [length / 2.0, height, width / 2.0],
    );
    let mut best: Option<f64> = None;
    for axis in 0..3 {
        for plane in [low[axis], high[axis]] {
            let t = (plane - from[axis]) / along[axis];
            let inside = (0..3).filter(|other| *other != axis).all(|other| {
                let at = from[other] + along[other] * t;
                at >= low[other] && at <= high[other]
            });
            if t >= 0.0 && inside && best.is_none_or(|known| t < known) {
                best = Some(t);
            }
        }
    }
    best
}

/// A plant of a scene.
fn scene(path: &str) -> Plant {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaded = twinscape::model::scene::load(&root.join(path));
    loaded.expect("the scene loads").plant
}

#[test]
fn at_200_random_views_the_nearest_box_is_picked_in_a_generated_plant() {
    let plant = support::plant(&support::kind(Vec::new(), Vec::new()), 400);
    nearest_is_picked(&plant, [0.0, 80.0], [0.0, 80.0]);
}

#[test]
fn at_200_random_views_the_nearest_box_is_picked_in_the_demo_plant() {
    let plant = scene("scenes/gearbox");
    let [x, z] = sides(&plant);
    nearest_is_picked(&plant, x, z);
}

#[test]
fn at_200_random_views_the_nearest_box_is_picked_in_plants_that_are_no_demo() {
    for path in ["scenes/bottling", "tests/scenes/cell"] {
        let plant = scene(path);
        let [x, z] = sides(&plant);
        nearest_is_picked(&plant, x, z);
    }
}

/// From where to where equipment stands, along x and z.
fn sides(plant: &Plant) -> [[f32; 2]; 2] {
    [0, 2].map(|axis| {
        let all = plant
            .equipment
            .iter()
            .map(|one| one.pose.position[axis] as f32);
        let ends = all.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], at| {
            [low.min(at), high.max(at)]
        });
        [ends[0] - 1.0, ends[1] + 1.0]
    })
}

/// Half of the views are perspective, half the plan: straight down, all rays side by side.
fn nearest_is_picked(plant: &Plant, x: [f32; 2], z: [f32; 2]) {
    let proxies = Proxies::new(plant);
    let mut random = rand_pcg::Pcg64::seed_from_u64(11);
    let mut hits_by_lens = [0, 0];
    for view in 0..200 {
        let mut rig = CameraRig::default();
        let pose = CameraPose {
            target: [
                random.random_range(x[0]..x[1]),
                0.5,
                random.random_range(z[0]..z[1]),
            ],
            yaw: random.random_range(-3.0..3.0),
            pitch: random.random_range(0.05..1.5),
            distance: random.random_range(5.0..60.0),
        };
        let is_plan = view % 2 == 1;
        if is_plan {
            let pitch = std::f32::consts::FRAC_PI_2;
            rig.jump(CameraPose { pitch, ..pose }, Lens::Orthographic);
        } else {
            rig.jump(pose, Lens::Perspective);
        }
        for _ in 0..10 {
            let at = Vec2::new(
                random.random_range(-1.0..1.0),
                random.random_range(-1.0..1.0),
            );
            let ray = rig.ray(at, 1.5);
            let expected = plant
                .equipment
                .iter()
                .zip(0..)
                .filter_map(|(one, id)| Some((EquipmentId(id), by_faces(&ray, one)?)))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let picked = proxies.pick(&ray);
            match (expected, picked) {
                (None, None) => {}
                (Some((id, far)), Some((other, distance))) => {
                    hits_by_lens[usize::from(is_plan)] += 1;
                    assert!((far - f64::from(distance)).abs() < 1e-2, "{far} {distance}");
                    // Two boxes that touch may both be the nearest.
                    let of_other = plant.equipment(other).and_then(|one| by_faces(&ray, one));
                    let is_as_near = of_other.is_some_and(|other| other - far < 1e-3);
                    assert!(id == other || is_as_near, "{id:?} {other:?} {ray:?}");
                }
                // A ray along an edge may be seen either way in single precision.
                (a, b) => panic!("{a:?} {b:?} {ray:?}"),
            }
        }
    }
    assert!(
        hits_by_lens.iter().all(|hits| *hits > 50),
        "the views look at something: {hits_by_lens:?}"
    );
}

#[test]
fn a_ray_into_the_sky_picks_nothing() {
    let plant = support::plant(&support::kind(Vec::new(), Vec::new()), 50);
    let proxies = Proxies::new(&plant);
    assert_eq!(
        proxies.pick(&Ray3d::new(Vec3::new(3.0, 5.0, 3.0), Dir3::Y)),
        None
    );
    assert_eq!(
        Proxies::default().pick(&Ray3d::new(Vec3::ZERO, Dir3::X)),
        None
    );
}
