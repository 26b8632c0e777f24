//! Ribbons on the floor: as wide as parts go there, one mesh, and no width where nobody can tell.

use std::sync::Arc;

use bevy::prelude::*;
use twinscape::command::{Command, Overlay};
use twinscape::model::flow::{Flow, Route};
use twinscape::model::process::{Process, Station};
use twinscape::model::signal::{SignalRole, SignalSpec};
use twinscape::model::{EquipmentId, Value};
use twinscape::viewer::commands::CommandQueue;
use twinscape::viewer::overlay::flow::{Ribbon, RibbonMesh, ShownRibbons};
use twinscape::viewer::render::Stepped;

use crate::support::{self, Rig};

/// Three stations in a row that count, from thing-0 over thing-1 to thing-2.
fn line() -> Rig {
    let made = SignalSpec {
        role: SignalRole::Produced,
        ..support::signal("made", "pcs")
    };
    let kind = support::kind(vec![made], Vec::new());
    let mut plant = Arc::unwrap_or_clone(support::plant(&kind, 3));
    for one in &mut plant.equipment {
        one.process = Process::Station(Station::default());
    }
    plant.flows = [(0, 1), (1, 2)]
        .map(|(from, to)| Flow {
            from: EquipmentId(from),
            to: EquipmentId(to),
            fleet: None,
            route: Route::Any,
        })
        .into();
    let mut rig = Rig::new(Arc::new(plant.index()));
    rig.app.insert_resource(Stepped);
    rig
}

fn show(rig: &mut Rig, overlay: Overlay, secs: f64) {
    let mut queue = rig.app.world_mut().resource_mut::<CommandQueue>();
    queue.push(Command::SetOverlay(overlay));
    rig.at(secs);
    rig.at(secs);
}

fn count(rig: &mut Rig, id: u32, secs: f64, made: f64) {
    let signal = rig.plant.signal_named(EquipmentId(id), "made").unwrap();
    rig.send(signal, secs, Value::Float(made));
}

fn ribbons(rig: &Rig) -> Vec<Ribbon> {
    rig.app.world().resource::<ShownRibbons>().ribbons.clone()
}

fn meshes(rig: &mut Rig) -> usize {
    let world = rig.app.world_mut();
    world.query::<&RibbonMesh>().iter(world).count()
}

#[test]
fn ribbons_are_as_wide_as_parts_go_and_all_of_them_are_one_mesh() {
    let mut rig = line();
    for id in 0..3 {
        count(&mut rig, id, 0.0, 0.0);
    }
    // Twice as many leave the first as the second.
    for (id, made) in [(0, 40.0), (1, 20.0), (2, 20.0)] {
        count(&mut rig, id, 1_799.0, made);
    }
    show(&mut rig, Overlay::Flow, 1_800.0);
    let shown = ribbons(&rig);
    let wide: Vec<f32> = shown.iter().filter_map(|ribbon| ribbon.width).collect();
    let [first, second] = wide[..] else {
        panic!("{shown:?}")
    };
    assert!((first - 2.0 * second).abs() < 0.01, "{shown:?}");
    let place = rig.plant.equipment[1].pose.position;
    assert_eq!(shown[0].to, Vec2::new(place[0] as f32, place[2] as f32));
    assert_eq!(meshes(&mut rig), 1);
    show(&mut rig, Overlay::Health, 1_800.1);
    assert_eq!(meshes(&mut rig), 0, "other overlays have none");
}

#[test]
fn a_way_whose_counter_went_silent_has_no_width() {
    let mut rig = line();
    for id in 0..3 {
        count(&mut rig, id, 0.0, 0.0);
    }
    // The last two go on, the first is silent for twenty seconds.
    count(&mut rig, 0, 280.0, 10.0);
    for id in 1..3 {
        count(&mut rig, id, 299.0, 10.0);
    }
    show(&mut rig, Overlay::Flow, 300.0);
    let wide: Vec<bool> = ribbons(&rig)
        .iter()
        .map(|one| one.width.is_some())
        .collect();
    assert_eq!(
        wide,
        [true, true],
        "the second counts what comes from the first"
    );
    count(&mut rig, 2, 320.0, 11.0);
    rig.at(320.0);
    rig.at(323.0);
    let wide: Vec<bool> = ribbons(&rig)
        .iter()
        .map(|one| one.width.is_some())
        .collect();
    assert_eq!(
        wide,
        [false, true],
        "now both ends of the first way are silent"
    );
}
