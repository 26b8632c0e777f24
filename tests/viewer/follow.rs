//! Entities follow the snapshot, and are touched only when it changes.

use bevy::prelude::*;
use twinscape::command::{Command, Overlay};
use twinscape::model::{EquipmentId, Health, OperatingState, Value};
use twinscape::viewer::TwinView;
use twinscape::viewer::commands::CommandQueue;
use twinscape::viewer::overlay::{Tint, Tints};
use twinscape::viewer::plant::{PlantEntities, ShownHealth, ShownState, Shows};

use crate::support::{self, Rig};

#[derive(Resource, Default)]
struct Written(Vec<EquipmentId>);

fn record(
    mut written: ResMut<Written>,
    changed: Query<&Shows, Or<(Changed<ShownState>, Changed<ShownHealth>)>>,
) {
    written.0.extend(changed.iter().map(|shows| shows.0));
}

fn rig() -> Rig {
    let kind = support::kind(vec![support::signal("temperature", "°C")], Vec::new());
    let mut rig = Rig::new(support::plant(&kind, 100));
    rig.app.init_resource::<Written>().add_systems(Last, record);
    rig.at(0.1);
    rig.app.world_mut().resource_mut::<Written>().0.clear();
    rig
}

#[test]
fn every_equipment_has_one_entity_where_the_layout_puts_it() {
    let rig = rig();
    let world = rig.app.world();
    let entities = world.resource::<PlantEntities>();
    assert_eq!(entities.iter().count(), 100);
    for (id, entity) in entities.iter() {
        let pose = rig.plant.equipment(id).unwrap().pose;
        let place = world.get::<Transform>(entity).unwrap();
        assert!((f64::from(place.translation.x) - pose.position[0]).abs() < 1e-4);
        assert!((f64::from(place.translation.z) - pose.position[2]).abs() < 1e-4);
        // A point one metre ahead lies where the model says.
        let ahead = pose.transform([1.0, 0.0, 0.0]);
        let shown = place.transform_point(Vec3::X);
        assert!((f64::from(shown.x) - ahead[0]).abs() < 1e-4);
        assert!((f64::from(shown.z) - ahead[2]).abs() < 1e-4);
    }
}

#[test]
fn components_are_written_only_for_equipment_that_changed() {
    let mut rig = rig();
    let state = rig.plant.state_signal(EquipmentId(42));
    rig.send(state, 0.2, OperatingState::Execute.to_value());
    rig.set_health(EquipmentId(7), 0.2, Health::Failure);
    rig.at(0.3);
    let mut written = std::mem::take(&mut rig.app.world_mut().resource_mut::<Written>().0);
    written.sort();
    assert_eq!(written, [EquipmentId(7), EquipmentId(42)]);
    let entity = rig
        .app
        .world()
        .resource::<PlantEntities>()
        .get(EquipmentId(42))
        .unwrap();
    let shown = rig.app.world().get::<ShownState>(entity).unwrap();
    assert_eq!(shown.0, OperatingState::Execute);
    // The same again is no change.
    rig.send(state, 0.4, OperatingState::Execute.to_value());
    rig.at(0.5);
    rig.at(0.6);
    assert!(rig.app.world().resource::<Written>().0.is_empty());
}

#[test]
fn a_tint_follows_health_and_the_overlay() {
    let mut rig = rig();
    let tint = |rig: &Rig, id| rig.app.world().resource::<Tints>().get(EquipmentId(id));
    assert_eq!(tint(&rig, 3), Tint::Stale, "nothing is known yet");
    rig.set_health(EquipmentId(3), 0.2, Health::Good);
    rig.set_health(EquipmentId(4), 0.2, Health::OutOfSpecification);
    rig.at(0.3);
    assert_eq!(tint(&rig, 3), Tint::Natural, "good stays grey");
    assert_eq!(tint(&rig, 4), Tint::Health(Health::OutOfSpecification));
    let overlay = Command::SetOverlay(Overlay::State);
    rig.app
        .world_mut()
        .resource_mut::<CommandQueue>()
        .push(overlay);
    rig.at(0.4);
    assert_eq!(tint(&rig, 3), Tint::Aside, "no state is known of it");
    let state = rig.plant.state_signal(EquipmentId(3));
    rig.send(state, 0.5, OperatingState::Blocked.to_value());
    rig.at(0.6);
    assert_eq!(tint(&rig, 3), Tint::State(OperatingState::Blocked));
}

#[test]
fn heat_is_the_share_of_the_range_and_stale_when_the_value_is() {
    let mut rig = rig();
    rig.set_health(EquipmentId(5), 0.2, Health::Good);
    let signal = rig
        .plant
        .signal_named(EquipmentId(5), "temperature")
        .unwrap();
    rig.send(signal, 0.2, Value::Float(25.0));
    for command in [
        Command::SetHeatSignal("temperature".into()),
        Command::SetOverlay(Overlay::Heat),
    ] {
        rig.app
            .world_mut()
            .resource_mut::<CommandQueue>()
            .push(command);
    }
    rig.at(0.3);
    let tint = |rig: &Rig| rig.app.world().resource::<Tints>().get(EquipmentId(5));
    // The range is 0 to 100 °C: a quarter of 63 steps.
    assert_eq!(tint(&rig), Tint::Heat(16));
    rig.at(7.0);
    assert_eq!(tint(&rig), Tint::Stale, "five seconds have passed");
}

#[test]
fn a_view_starts_with_nothing_selected() {
    let rig = rig();
    let view: &TwinView = rig.view();
    assert_eq!(view.twin.view().selection, None);
}
