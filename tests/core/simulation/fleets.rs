//! What vehicles fetch, carry and set down, to the second.

use super::*;
use twinscape::simulation::{
    Dispatch, Fleet, Mix, OperatingState, Order, PartPlace, Routing, RunEnd, VehiclePhase,
    WhenBlocked,
};

#[test]
fn a_vehicle_with_room_takes_all_that_waits_and_sets_each_down_where_it_goes() {
    let mut network = Network::default();
    let (left, right) = (network.part_type("left"), network.part_type("right"));
    let mut source = Source::every(constant(1.0));
    source.mix = Mix::Orders(
        [left, right, left, left]
            .map(|part_type| Order {
                order: 1,
                part_type,
                quantity: 1,
                release: SimTime::ZERO,
                due: None,
            })
            .to_vec(),
    );
    source.when_blocked = WhenBlocked::Queue;
    let source = network.source("source", source);
    let rack = network.buffer("rack", Buffer::unlimited());
    let fleet = Fleet {
        vehicles: 2,
        capacity: 3,
        speed_mps: 1.0,
        load: constant(2.0),
        unload: constant(1.0),
        distance_m: 10.0,
        distances_m: Vec::new(),
        dispatch: Dispatch::Oldest,
    };
    let fleet = network.fleet("vehicles", fleet);
    let (to_left, to_right) = (network.sink("to left"), network.sink("to right"));
    network.chain(&[source, rack, fleet, to_left]);
    network.link(fleet, to_right);
    let table = vec![(left, to_left), (right, to_right)];
    network.route(
        fleet,
        Routing::ByType {
            table,
            otherwise: to_left,
        },
    );
    let mut simulation = start(&network);
    let loads = |simulation: &Simulation| -> Vec<u32> {
        simulation
            .vehicles(fleet)
            .map(|vehicle| vehicle.load)
            .collect()
    };
    // The first vehicle loads parts 1, 2 and 4 at 1–3, 3–5 and 5–7. It has room for part 3 too, but not
    // for part 4 besides, so that one calls the other vehicle, which takes part 3 at 4–6.
    simulation.run_until(secs(3), &mut ());
    assert_eq!(loads(&simulation), [2, 0]);
    simulation.run_until(secs(6), &mut ());
    assert_eq!(loads(&simulation), [3, 1]);
    let mut parts = Vec::new();
    simulation.parts(fleet, &mut parts);
    let places: Vec<_> = parts
        .iter()
        .map(|view| (view.part.id, view.place))
        .collect();
    let (first, other) = (PartPlace::Vehicle(0), PartPlace::Vehicle(1));
    assert_eq!(places, [(0, first), (1, first), (3, first), (2, other)]);
    // The other drives 6–16 and unloads 16–17. The first drives 7–17, unloads both left parts 17–18
    // and 18–19, drives 19–29 and unloads the right one 29–30.
    simulation.run_until(secs(17), &mut ());
    assert_eq!(simulation.produced(to_left), 1);
    simulation.run_until(secs(19), &mut ());
    assert_eq!(simulation.produced(to_left), 3);
    assert_eq!(loads(&simulation), [1, 0]);
    simulation.run_until(secs(29), &mut ());
    assert_eq!(simulation.produced(to_right), 0);
    assert_eq!(simulation.run_until(secs(30), &mut ()), RunEnd::Exhausted);
    assert_eq!(simulation.produced(to_right), 1);
    assert_eq!(simulation.parts_present(), 0);
}

#[test]
fn each_part_that_waits_in_a_buffer_calls_a_vehicle_at_once() {
    let mut network = Network::default();
    let far = network.source("far", Source::every(constant(1000.0)));
    let source = network.source("source", Source::every(constant(1.0)));
    let rack = network.buffer("rack", Buffer::of(2));
    let fleet = Fleet {
        vehicles: 3,
        capacity: 1,
        speed_mps: 1.0,
        load: constant(1.0),
        unload: constant(1.0),
        distance_m: 10.0,
        distances_m: Vec::new(),
        dispatch: Dispatch::Oldest,
    };
    let fleet = network.fleet("vehicles", fleet);
    let sink = network.sink("sink");
    // All vehicles are parked at the first stop, which is the far one.
    network.chain(&[far, fleet, sink]);
    network.chain(&[source, rack, fleet]);
    let mut simulation = start(&network);
    simulation.run_until(secs(3), &mut ());
    let phases: Vec<_> = simulation
        .vehicles(fleet)
        .map(|vehicle| vehicle.phase)
        .collect();
    let called = VehiclePhase::ToPickup;
    assert_eq!(phases, [called, called, VehiclePhase::Parked]);
}

#[test]
fn a_vehicle_fetches_carries_and_sets_down() {
    let mut network = Network::default();
    let mut source = Source::saturated();
    source.limit = Some(2);
    let source = network.source("source", source);
    let press = network.station("press", Station::new(constant(1.0)));
    let fleet = Fleet {
        vehicles: 1,
        capacity: 1,
        speed_mps: 2.0,
        load: constant(3.0),
        unload: constant(4.0),
        distance_m: 20.0,
        distances_m: Vec::new(),
        dispatch: Dispatch::Oldest,
    };
    let fleet = network.fleet("vehicles", fleet);
    let sink = network.sink("sink");
    network.chain(&[source, press, fleet, sink]);
    let mut simulation = start(&network);
    // Called at 1 s where it stands; loads 1–4, drives 4–14, unloads 14–18, drives back 18–28,
    // loads 28–31, drives 31–41, unloads 41–45.
    simulation.run_until(secs(9), &mut ());
    let vehicle = simulation.vehicles(fleet).next().expect("one vehicle");
    assert_eq!(vehicle.phase, VehiclePhase::ToDropOff);
    assert_eq!(
        (vehicle.from_stop, vehicle.to_stop, vehicle.progress),
        (0, 1, 0.5)
    );
    assert_eq!(vehicle.part.map(|part| part.id), Some(0));
    assert_eq!(simulation.state(press), OperatingState::Blocked);
    assert_eq!(simulation.state(fleet), OperatingState::Execute);
    simulation.run_until(secs(18), &mut ());
    assert_eq!(simulation.produced(sink), 1);
    simulation.run_until(secs(44), &mut ());
    assert_eq!(simulation.produced(sink), 1);
    assert_eq!(simulation.run_until(secs(45), &mut ()), RunEnd::Exhausted);
    assert_eq!(simulation.produced(sink), 2);
    assert_eq!(simulation.state(fleet), OperatingState::Idle);
}
