//! What conveyors do with parts that wait, to the second.

use super::*;
use twinscape::simulation::{Belt, Conveyor, Intervention, OperatingState, PartPlace};

fn belt(belt: Belt) -> (Network, ElementId, ElementId) {
    let mut network = Network::default();
    let source = network.source("source", Source::saturated());
    let conveyor = Conveyor {
        length_m: 10.0,
        speed_mps: 0.5,
        spacing_m: 1.0,
        belt,
    };
    let conveyor = network.conveyor("conveyor", conveyor);
    let station = network.station("station", Station::new(constant(4.0)));
    let sink = network.sink("sink");
    network.chain(&[source, conveyor, station, sink]);
    (network, conveyor, station)
}

fn positions(simulation: &Simulation, conveyor: ElementId) -> Vec<f64> {
    let mut parts = Vec::new();
    simulation.parts(conveyor, &mut parts);
    let position = |place| match place {
        PartPlace::Belt { position_m } => position_m,
        _ => f64::NAN,
    };
    parts.iter().map(|part| position(part.place)).collect()
}

#[test]
fn an_accumulating_conveyor_closes_up_behind_a_blocked_part() {
    let (network, conveyor, station) = belt(Belt::Accumulating);
    let mut simulation = start(&network);
    // A part every 2 s, 1 m apart; the first is at the end after 20 s.
    simulation.run_until(secs(7), &mut ());
    assert_eq!(positions(&simulation, conveyor), [3.5, 2.5, 1.5, 0.5]);
    simulation.run_until(secs(19), &mut ());
    assert_eq!(simulation.state(station), OperatingState::Starved);
    simulation.run_until(secs(23), &mut ());
    assert_eq!(simulation.state(conveyor), OperatingState::Blocked);
    assert_eq!(positions(&simulation, conveyor)[..3], [10.0, 9.0, 8.0]);
    // At 24 s the second part leaves, and the third needs 2 s to the end.
    simulation.run_until(secs(25), &mut ());
    assert_eq!(positions(&simulation, conveyor)[..3], [9.5, 8.5, 7.5]);
    assert_eq!(simulation.state(conveyor), OperatingState::Execute);
    simulation.run_until(secs(999), &mut ());
    assert_eq!(simulation.content(conveyor), 11);
    simulation.run_until(secs(1_000), &mut ());
    // One part per 4 s from 24 s on.
    assert_eq!(simulation.produced(station), 245);
}

#[test]
fn a_rigid_conveyor_stops_as_a_whole() {
    let (network, conveyor, station) = belt(Belt::Rigid);
    let mut simulation = start(&network);
    simulation.run_until(secs(23), &mut ());
    // The first part left at 20 s, the second stands at the end since 22 s, and so does the belt.
    assert_eq!(simulation.state(conveyor), OperatingState::Blocked);
    assert_eq!(positions(&simulation, conveyor)[..3], [10.0, 9.0, 8.0]);
    simulation.run_until(secs(25), &mut ());
    assert_eq!(positions(&simulation, conveyor)[..3], [9.5, 8.5, 7.5]);
    simulation.run_until(secs(1_000), &mut ());
    assert_eq!(simulation.produced(station), 245);
}

#[test]
fn a_slower_belt_takes_longer_from_where_its_parts_are() {
    let mut network = Network::default();
    let mut source = Source::saturated();
    source.limit = Some(1);
    let source = network.source("source", source);
    let conveyor = Conveyor {
        length_m: 10.0,
        speed_mps: 1.0,
        spacing_m: 1.0,
        belt: Belt::Accumulating,
    };
    let conveyor = network.conveyor("conveyor", conveyor);
    let sink = network.sink("sink");
    network.chain(&[source, conveyor, sink]);
    let mut simulation = start(&network);
    simulation.run_until(secs(5), &mut ());
    let slower = Intervention::SetCycleFactor {
        element: conveyor,
        factor: 2.0,
    };
    simulation
        .intervene(slower, &mut ())
        .expect("a known element");
    simulation.run_until(secs(7), &mut ());
    assert_eq!(positions(&simulation, conveyor), [6.0]);
    simulation.run_until(SimTime::from_secs_f64(14.999), &mut ());
    assert_eq!(simulation.produced(sink), 0);
    simulation.run_until(secs(15), &mut ());
    assert_eq!(simulation.produced(sink), 1);
}
