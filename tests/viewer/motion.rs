//! What moves stands where an independent computation puts it, and freezes when nothing is known.

use std::sync::Arc;

use bevy::prelude::*;
use rand::{RngExt, SeedableRng};
use twinscape::model::kind::{Drive, Motion};
use twinscape::model::{EquipmentId, SignalId, Value};
use twinscape::viewer::model::{ModelNodes, ModelReady};
use twinscape::viewer::motion::{self, Motions};
use twinscape::viewer::plant::PlantEntities;

use crate::support::{self, Rig};

/// Seconds that motion is behind.
fn delay() -> f64 {
    motion::DELAY.as_secs_f64()
}

fn motion(node: Option<&str>, signal: &str, drive: Drive) -> Motion {
    Motion {
        node: node.map(Into::into),
        signal: signal.into(),
        drive,
    }
}

/// A rig whose first equipment has a node `arm`, at rest away from the origin and turned.
fn with_arm(signals: Vec<(&str, &str, Drive)>) -> (Rig, Entity, Transform, Vec<SignalId>) {
    let specs = signals
        .iter()
        .map(|(name, unit, _)| support::signal(name, unit))
        .collect();
    let motions = signals
        .iter()
        .map(|(name, _, drive)| motion(Some("arm"), name, drive.clone()))
        .collect();
    let mut rig = Rig::new(support::plant(&support::kind(specs, motions), 3));
    let rest = Transform::from_xyz(0.5, 1.2, -0.3).with_rotation(Quat::from_rotation_y(0.7));
    let world = rig.app.world_mut();
    let owner = world
        .resource::<PlantEntities>()
        .get(EquipmentId(0))
        .unwrap();
    let node = world.spawn((Name::new("arm"), rest, ChildOf(owner))).id();
    world
        .entity_mut(owner)
        .insert(ModelNodes(vec![("arm".into(), node)]));
    world.write_message(ModelReady(EquipmentId(0)));
    rig.at(0.0);
    let ids = signals
        .iter()
        .map(|(name, ..)| rig.plant.signal_named(EquipmentId(0), name).unwrap())
        .collect();
    (rig, node, rest, ids)
}

fn shown(rig: &Rig, node: Entity) -> Transform {
    *rig.app.world().get::<Transform>(node).unwrap()
}

/// Rodrigues' rotation of `v` about the unit vector `k`, in double precision.
fn rodrigues(v: [f64; 3], k: [f64; 3], angle: f64) -> [f64; 3] {
    let (sin, cos) = angle.sin_cos();
    let cross = [
        k[1] * v[2] - k[2] * v[1],
        k[2] * v[0] - k[0] * v[2],
        k[0] * v[1] - k[1] * v[0],
    ];
    let dot = k[0] * v[0] + k[1] * v[1] + k[2] * v[2];
    std::array::from_fn(|at| v[at] * cos + cross[at] * sin + k[at] * dot * (1.0 - cos))
}

fn near(a: Vec3, b: [f64; 3]) -> bool {
    (0..3).all(|at| (f64::from(a[at]) - b[at]).abs() < 2e-4)
}

#[test]
fn a_joint_stands_at_the_angle_between_two_samples() {
    let mut random = rand_pcg::Pcg64::seed_from_u64(4);
    for _ in 0..60 {
        let axis = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]][random.random_range(0..3)];
        let (mut rig, node, rest, ids) = with_arm(vec![("angle", "°", Drive::Rotate { axis })]);
        let (a, b) = (
            random.random_range(-170.0..170.0),
            random.random_range(-170.0..170.0),
        );
        rig.send(ids[0], 1.0, Value::Float(a));
        rig.send(ids[0], 2.0, Value::Float(b));
        let share: f64 = random.random_range(0.0..1.0);
        rig.at(1.0 + share + delay());
        let angle = (a + (b - a) * share).to_radians();
        let point = [0.3, -0.2, 0.5];
        let turned = rodrigues(point, axis, angle);
        // The node's own rest: a turn of 0.7 about y, then a shift.
        let rested = rodrigues(turned, [0.0, 1.0, 0.0], 0.7);
        let expected = [rested[0] + 0.5, rested[1] + 1.2, rested[2] - 0.3];
        let at = shown(&rig, node).transform_point(Vec3::from_array(point.map(|part| part as f32)));
        assert!(near(at, expected), "{at} {expected:?} rest {rest:?}");
    }
}

#[test]
fn a_slide_moves_along_its_own_axis_by_value_times_scale() {
    let slide = Drive::Translate {
        axis: [1.0, 0.0, 0.0],
        scale: 1.0,
    };
    let (mut rig, node, rest, ids) = with_arm(vec![("travel", "mm", slide)]);
    rig.send(ids[0], 1.0, Value::Float(250.0));
    rig.at(1.1 + delay());
    let along = rodrigues([0.25, 0.0, 0.0], [0.0, 1.0, 0.0], 0.7);
    let expected = [along[0] + 0.5, along[1] + 1.2, along[2] - 0.3];
    assert!(near(shown(&rig, node).translation, expected), "{rest:?}");
}

#[test]
fn nothing_moves_before_the_delay_has_passed_nor_beyond_the_last_sample() {
    let drive = Drive::Rotate {
        axis: [0.0, 0.0, 1.0],
    };
    let (mut rig, node, rest, ids) = with_arm(vec![("angle", "°", drive)]);
    rig.send(ids[0], 1.0, Value::Float(10.0));
    rig.send(ids[0], 2.0, Value::Float(30.0));
    rig.at(1.0 + delay() * 0.5);
    assert_eq!(shown(&rig, node), rest);
    rig.at(2.5 + delay());
    let angle = |rig: &Rig| {
        rest.rotation
            .angle_between(shown(rig, node).rotation)
            .to_degrees()
    };
    assert!((angle(&rig) - 30.0).abs() < 0.01, "{}", angle(&rig));
    rig.at(3.5 + delay());
    assert!((angle(&rig) - 30.0).abs() < 0.01, "no extrapolation");
    assert_eq!(
        rig.app.world().resource::<Motions>().active(),
        0,
        "it rests"
    );
}

#[test]
fn what_is_stale_freezes_and_moves_again_when_data_come_back() {
    let drive = Drive::Spin {
        axis: [1.0, 0.0, 0.0],
        display_max: 2.0,
    };
    let (mut rig, node, _, ids) = with_arm(vec![("speed", "rpm", drive)]);
    rig.send(ids[0], 1.0, Value::Float(30.0));
    rig.at(1.0 + delay());
    let before = shown(&rig, node);
    rig.at(1.1 + delay());
    let after = shown(&rig, node);
    // 30 rpm are half a revolution a second: 18° in 0.1 s.
    let turned = before.rotation.angle_between(after.rotation).to_degrees();
    assert!((turned - 18.0).abs() < 0.05, "{turned}");
    rig.at(6.5);
    let frozen = shown(&rig, node);
    for step in 0..5 {
        rig.at(7.0 + f64::from(step) * 0.1);
        assert_eq!(shown(&rig, node), frozen, "stale after five seconds");
    }
    rig.send(ids[0], 8.0, Value::Float(30.0));
    rig.at(8.0 + delay());
    rig.at(8.1 + delay());
    assert_ne!(shown(&rig, node), frozen);
}

#[test]
fn a_fast_spindle_is_shown_no_faster_than_its_display_allows() {
    let rpm = twinscape::model::Unit::parse("rpm").unwrap();
    assert_eq!(motion::revolutions(rpm, 12_000.0, 3.0), 3.0);
    assert_eq!(motion::revolutions(rpm, -12_000.0, 3.0), -3.0);
    assert!((motion::revolutions(rpm, 90.0, 3.0) - 1.5).abs() < 1e-9);
}

#[test]
fn a_vehicle_drives_its_reported_path_and_turns_the_shorter_way() {
    let specs = vec![
        support::signal("x", "m"),
        support::signal("z", "m"),
        support::signal("heading", "°"),
    ];
    let motions = vec![
        motion(None, "x", Drive::PositionX),
        motion(None, "z", Drive::PositionZ),
        motion(None, "heading", Drive::Heading),
    ];
    let mut rig = Rig::new(support::plant(&support::kind(specs, motions), 2));
    let id = EquipmentId(1);
    let entity = rig.app.world().resource::<PlantEntities>().get(id).unwrap();
    let signal = |rig: &Rig, name| rig.plant.signal_named(id, name).unwrap();
    for (name, from, to) in [
        ("x", 3.0, 5.0),
        ("z", -1.0, 1.0),
        ("heading", 170.0, -170.0),
    ] {
        let signal = signal(&rig, name);
        rig.send(signal, 1.0, Value::Float(from));
        rig.send(signal, 2.0, Value::Float(to));
    }
    rig.at(1.5 + delay());
    let at = shown(&rig, entity);
    assert!(
        (at.translation - Vec3::new(4.0, 0.0, 0.0)).length() < 1e-4,
        "{at:?}"
    );
    let back = at.rotation * Vec3::X;
    assert!(
        (back - Vec3::NEG_X).length() < 1e-3,
        "half way is 180°: {back}"
    );
    // Its box for picking came along.
    let proxies = rig
        .app
        .world()
        .resource::<twinscape::viewer::selection::Proxies>();
    let centre = proxies.get(id).unwrap().centre;
    assert!(
        (centre - Vec3::new(4.0, 0.75, 0.0)).length() < 1e-4,
        "{centre}"
    );
}

#[test]
fn a_lamp_is_lit_by_truth_or_by_its_words() {
    let words: Vec<Arc<str>> = vec!["RUN".into()];
    let text = |word| Value::Text(twinscape::model::Text::new(word));
    assert!(motion::is_lit(&[], Value::Boolean(true)));
    assert!(!motion::is_lit(&[], Value::Integer(0)));
    assert!(motion::is_lit(&words, text("run")));
    assert!(!motion::is_lit(&words, text("STOP")));
}
