//! Parts on the screen: they follow the snapshot, and what stands costs nothing.

use bevy::prelude::*;
use twinscape::command::{Command, Theme};
use twinscape::model::{EquipmentId, Value};
use twinscape::viewer::commands::CommandQueue;
use twinscape::viewer::motion;
use twinscape::viewer::workpiece::{ShownPart, Workpieces};

use crate::support::{Rig, plant, rack};

fn fill(rig: &mut Rig, rack: u32, secs: f64, count: f64) {
    let signal = rig.plant.signal_named(EquipmentId(rack), "fill").unwrap();
    rig.send(signal, secs, Value::Float(count));
}

fn written(rig: &Rig) -> u64 {
    rig.app.world().resource::<Workpieces>().written()
}

/// Heights of the parts of a rack that are in sight.
fn heights(rig: &mut Rig, rack: u32) -> Vec<f32> {
    let parts: Vec<Entity> = rig
        .app
        .world()
        .resource::<Workpieces>()
        .of(EquipmentId(rack))
        .iter()
        .map(|part| part.root())
        .collect();
    parts
        .into_iter()
        .filter(|part| rig.app.world().get::<Visibility>(*part) == Some(&Visibility::Inherited))
        .map(|part| {
            rig.app
                .world()
                .get::<Transform>(part)
                .unwrap()
                .translation
                .y
        })
        .collect()
}

#[test]
fn parts_come_and_go_with_the_count_as_late_as_motion_is_drawn() {
    let mut rig = Rig::new(plant(&rack(), 2));
    let delay = motion::DELAY.as_secs_f64();
    fill(&mut rig, 1, 1.0, 3.0);
    rig.at(1.0 + delay - 0.01);
    assert!(heights(&mut rig, 1).is_empty());
    rig.at(1.0 + delay);
    assert_eq!(heights(&mut rig, 1), [0.0, 0.3, 0.6]);
    assert!(heights(&mut rig, 0).is_empty(), "that is another rack");
    fill(&mut rig, 1, 3.0, 1.0);
    rig.at(3.0 + delay);
    assert_eq!(heights(&mut rig, 1), [0.0]);
    fill(&mut rig, 1, 5.0, 20.0);
    rig.at(5.0 + delay);
    assert_eq!(heights(&mut rig, 1).len(), 10, "there are no more slots");
    let entities = rig
        .app
        .world_mut()
        .query::<&ShownPart>()
        .iter(rig.app.world())
        .count();
    assert_eq!(entities, 10, "those that went were taken again");
}

#[test]
fn parts_that_are_no_longer_heard_of_are_as_pale_as_the_theme_has_it() {
    let mut rig = Rig::new(plant(&rack(), 1));
    let colour = |rig: &Rig| {
        let world = rig.app.world();
        let stale = world.resource::<Workpieces>().stale().unwrap();
        let material = world.resource::<Assets<StandardMaterial>>().get(stale);
        let material = material.unwrap();
        (material.base_color, material.emissive)
    };
    let mut seen = Vec::new();
    for theme in Theme::ALL {
        let mut queue = rig.app.world_mut().resource_mut::<CommandQueue>();
        queue.push(Command::SetTheme(theme));
        rig.at(1.0);
        let shown = colour(&rig);
        assert!(!seen.contains(&shown), "{theme:?} has its own");
        seen.push(shown);
    }
}

#[test]
fn twenty_thousand_parts_that_stand_are_never_written() {
    const RACKS: u32 = 2_000;
    let mut rig = Rig::new(plant(&rack(), RACKS));
    for rack in 0..RACKS {
        fill(&mut rig, rack, 0.1, 10.0);
    }
    rig.at(2.0);
    rig.at(2.1);
    let shown = rig.app.world().resource::<Workpieces>().count();
    assert_eq!(shown, 20_000);
    let before = written(&rig);
    for frame in 0..20 {
        rig.at(2.2 + 0.05 * f64::from(frame));
        let changed = rig
            .app
            .world_mut()
            .query_filtered::<(), (With<ShownPart>, Changed<Transform>)>()
            .iter(rig.app.world())
            .count();
        assert!(frame == 0 || changed == 0, "{changed} parts changed");
    }
    assert_eq!(written(&rig), before);
    // One rack loses a part: no other is touched.
    fill(&mut rig, 7, 3.3, 9.0);
    rig.at(3.3 + motion::DELAY.as_secs_f64());
    assert_eq!(heights(&mut rig, 7).len(), 9);
    assert_eq!(written(&rig), before, "those that stay do not move");
}
