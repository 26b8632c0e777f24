//! The camera stays where a person can use it.

use bevy::prelude::*;
use proptest::prelude::*;
use twinscape::command::CameraPose;
use twinscape::viewer::camera::{self, CameraRig, Lens};
use twinscape::viewer::framing::{Part, framing, framing_within};
use twinscape::viewer::plant::Bounds;

#[derive(Clone, Debug)]
enum Deed {
    Orbit(f32, f32),
    Pan(f32, f32),
    Zoom(f32, [f32; 3]),
    Fly(CameraPose, f32),
    Jump(CameraPose),
}

fn pose() -> impl Strategy<Value = CameraPose> {
    (
        proptest::array::uniform3(-200.0_f32..200.0),
        -10.0_f32..10.0,
        -4.0_f32..4.0,
        prop_oneof![0.0_f32..100.0, Just(f32::NAN), Just(1e9)],
    )
        .prop_map(|(target, yaw, pitch, distance)| CameraPose {
            target,
            yaw,
            pitch,
            distance,
        })
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (-5.0_f32..5.0, -5.0_f32..5.0).prop_map(|(yaw, pitch)| Deed::Orbit(yaw, pitch)),
        (-900.0_f32..900.0, -900.0_f32..900.0).prop_map(|(x, y)| Deed::Pan(x, y)),
        (0.05_f32..20.0, proptest::array::uniform3(-50.0_f32..50.0))
            .prop_map(|(factor, at)| Deed::Zoom(factor, at)),
        (pose(), 0.0_f32..1.0).prop_map(|(pose, secs)| Deed::Fly(pose, secs)),
        pose().prop_map(Deed::Jump),
    ]
}

proptest! {
    #[test]
    fn the_eye_is_never_below_the_floor(deeds in proptest::collection::vec(deed(), 1..40)) {
        let mut rig = CameraRig::default();
        for deed in deeds {
            match deed {
                Deed::Orbit(yaw, pitch) => rig.orbit(yaw, pitch),
                Deed::Pan(x, y) => rig.pan(Vec2::new(x, y), 700.0),
                Deed::Zoom(factor, at) => rig.zoom(factor, Some(Vec3::from_array(at))),
                Deed::Fly(pose, secs) => {
                    rig.fly(pose, Lens::Perspective);
                    rig.advance(secs);
                }
                Deed::Jump(pose) => rig.jump(pose, Lens::Perspective),
            }
            let eye = camera::transform(&rig.pose());
            prop_assert!(eye.is_finite());
            prop_assert!(eye.translation.y >= camera::EYE_HEIGHT - 1e-3, "{eye:?}");
            let up = eye.rotation * Vec3::Y;
            prop_assert!(up.y >= -1e-3, "upside down: {eye:?}");
        }
    }

    #[test]
    fn what_is_framed_fits_the_view_and_fills_it(
        centre in proptest::array::uniform3(-80.0_f32..80.0),
        size in proptest::array::uniform3(0.5_f32..60.0),
        yaw in -3.0_f32..3.0,
        pitch in 0.2_f32..1.5,
        aspect in 0.5_f32..3.0,
    ) {
        let half = Vec3::from_array(size) / 2.0;
        let centre = Vec3::from_array(centre).with_y(half.y);
        let bounds = Bounds { min: centre - half, max: centre + half };
        let mut rig = CameraRig::default();
        rig.jump(framing(&bounds, yaw, pitch, aspect, Lens::Perspective), Lens::Perspective);
        let mut widest: f32 = 0.0;
        for corner in bounds.corners() {
            let (at, _) = rig.project(corner, aspect).unwrap();
            widest = widest.max(at.x.abs()).max(at.y.abs());
        }
        prop_assert!(widest <= 1.0, "{widest}");
        prop_assert!(widest > 0.3, "too far away: {widest}");
    }

    #[test]
    fn what_is_framed_in_a_part_of_the_view_stays_in_it(
        centre in proptest::array::uniform3(-80.0_f32..80.0),
        size in proptest::array::uniform3(5.0_f32..60.0),
        pitch in 0.4_f32..1.5,
        aspect in 0.8_f32..2.5,
        side in 0.6_f32..1.0,
        is_plan in any::<bool>(),
    ) {
        let half = Vec3::from_array(size) / 2.0;
        let centre = Vec3::from_array(centre).with_y(half.y);
        let bounds = Bounds { min: centre - half, max: centre + half };
        // What lies above a legend, and what lies beside one.
        for part in [
            Part { centre: Vec2::new(0.0, 1.0 - side), half: Vec2::new(1.0, side) },
            Part { centre: Vec2::new(1.0 - side, 0.0), half: Vec2::new(side, 1.0) },
        ] {
            let lens = if is_plan { Lens::Orthographic } else { Lens::Perspective };
            let mut rig = CameraRig::default();
            rig.jump(framing_within(&bounds, 0.4, pitch, aspect, lens, part), lens);
            let mut widest: f32 = 0.0;
            for corner in bounds.corners() {
                let (at, _) = rig.project(corner, aspect).unwrap();
                widest = widest.max(((at - part.centre) / part.half).abs().max_element());
            }
            prop_assert!(widest <= 1.0, "{widest}");
            prop_assert!(widest > 0.3, "too far away: {widest}");
        }
    }

    #[test]
    fn a_ray_goes_through_the_point_that_is_seen_there(
        x in -0.95_f32..0.95, y in -0.95_f32..0.95, far in 1.0_f32..50.0,
        pose in pose(), is_plan in any::<bool>(),
    ) {
        let lens = if is_plan { Lens::Orthographic } else { Lens::Perspective };
        let mut rig = CameraRig::default();
        rig.jump(pose, lens);
        prop_assume!(rig.pose().distance < 500.0);
        let point = rig.ray(Vec2::new(x, y), 1.6).get_point(far);
        let (at, _) = rig.project(point, 1.6).unwrap();
        prop_assert!((at - Vec2::new(x, y)).length() < 0.02, "{at}");
    }
}

#[test]
fn zooming_keeps_what_is_under_the_mouse_there() {
    let mut rig = CameraRig::default();
    let at = Vec2::new(0.4, -0.3);
    let ray = rig.ray(at, 1.6);
    let anchor = ray.get_point(-ray.origin.y / ray.direction.y);
    for _ in 0..5 {
        rig.zoom(0.8, Some(anchor));
        let (seen, _) = rig.project(anchor, 1.6).unwrap();
        assert!((seen - at).length() < 0.01, "{seen}");
    }
}

#[test]
fn a_flight_arrives_and_can_be_interrupted() {
    let goal = CameraPose {
        target: [10.0, 0.0, 5.0],
        yaw: 2.0,
        pitch: 0.5,
        distance: 12.0,
    };
    let mut rig = CameraRig::default();
    rig.fly(goal, Lens::Perspective);
    for _ in 0..20 {
        rig.advance(0.05);
    }
    assert_eq!(rig.pose(), goal);
    rig.fly(
        CameraPose {
            distance: 90.0,
            ..goal
        },
        Lens::Perspective,
    );
    rig.advance(0.1);
    rig.orbit(0.1, 0.0);
    assert!(!rig.is_flying());
}
