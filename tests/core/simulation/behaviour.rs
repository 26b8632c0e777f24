//! What each element does, to the second, with constant durations.

use super::*;
use twinscape::simulation::{
    Belt, Changeover, Conveyor, Fleet, Halt, Happening, Intervention, Mix, Need, NetworkError,
    OperatingState, Order, PartPlace, PartType, Process, Routing, RunEnd, Shift, Statistics,
    StopCause, VehiclePhase, WhenBlocked,
};

/// Keeps what it is told.
#[derive(Default)]
struct Log(Vec<(SimTime, Happening)>);

impl twinscape::simulation::Observer for Log {
    fn observe(&mut self, at: SimTime, happening: Happening) {
        self.0.push((at, happening));
    }
}

#[test]
fn a_constant_line_makes_one_part_per_slowest_cycle() {
    let line = line(&[constant(2.0), constant(3.0), constant(1.0)], 2);
    let mut simulation = start(&line.network);
    assert_eq!(simulation.run_until(secs(1_000), &mut ()), RunEnd::Reached);
    // The first part is through at 6 s, then one every 3 s: 6, 9, …, 999.
    assert_eq!(simulation.produced(line.sink), 332);
    assert_eq!(simulation.state(line.stations[0]), OperatingState::Blocked);
    assert_eq!(simulation.state(line.stations[1]), OperatingState::Execute);
    assert_eq!(simulation.state(line.source), OperatingState::Blocked);
    assert_eq!(simulation.content(line.buffers[0]), 2);
}

#[test]
fn a_stop_starves_what_follows_and_blocks_what_precedes() {
    let line = line(&[constant(1.0), constant(1.0), constant(1.0)], 3);
    let mut simulation = start(&line.network);
    simulation.run_until(secs(10), &mut ());
    let stop = Intervention::Stop {
        element: line.stations[1],
        cause: StopCause::Fault,
        duration: Some(secs(100)),
    };
    simulation
        .intervene(stop, &mut ())
        .expect("a known element");
    simulation.run_until(secs(60), &mut ());
    assert_eq!(simulation.state(line.stations[0]), OperatingState::Blocked);
    assert_eq!(simulation.state(line.stations[1]), OperatingState::Held);
    assert_eq!(simulation.state(line.stations[2]), OperatingState::Starved);
    assert_eq!(simulation.content(line.buffers[0]), 3);
    assert_eq!(simulation.content(line.buffers[1]), 0);
    assert_eq!(
        simulation.stop_causes(line.stations[1]).collect::<Vec<_>>(),
        [StopCause::Fault]
    );
    simulation.run_until(secs(112), &mut ());
    assert_eq!(simulation.state(line.stations[1]), OperatingState::Execute);
    assert_eq!(simulation.state(line.stations[2]), OperatingState::Execute);
}

#[test]
fn a_stopped_operation_pauses_and_goes_on() {
    let line = line(&[constant(10.0)], 0);
    let station = line.stations[0];
    let mut simulation = start(&line.network);
    simulation.run_until(secs(4), &mut ());
    let stop = Intervention::Stop {
        element: station,
        cause: StopCause::Operator,
        duration: None,
    };
    simulation
        .intervene(stop, &mut ())
        .expect("a known element");
    simulation.run_until(secs(50), &mut ());
    assert_eq!(simulation.state(station), OperatingState::Stopped);
    assert_eq!(simulation.since(station), secs(4));
    assert_eq!(simulation.progress(station), Some(0.4));
    simulation
        .intervene(Intervention::Resume { element: station }, &mut ())
        .expect("known");
    assert_eq!(simulation.state(station), OperatingState::Execute);
    simulation.run_until(secs(55), &mut ());
    assert_eq!(simulation.produced(line.sink), 0);
    simulation.run_until(secs(56), &mut ());
    assert_eq!(simulation.produced(line.sink), 1);
}

#[test]
fn stops_add_up_and_the_longest_counts() {
    let line = line(&[constant(1.0)], 0);
    let station = line.stations[0];
    let mut simulation = start(&line.network);
    for (cause, duration) in [(StopCause::Operator, 10), (StopCause::Fault, 5)] {
        let duration = Some(secs(duration));
        let stop = Intervention::Stop {
            element: station,
            cause,
            duration,
        };
        simulation.plan(secs(2), stop).expect("a future time");
    }
    simulation.run_until(secs(4), &mut ());
    assert_eq!(simulation.state(station), OperatingState::Held);
    simulation.run_until(secs(8), &mut ());
    assert_eq!(simulation.state(station), OperatingState::Stopped);
    simulation.run_until(secs(12), &mut ());
    assert_eq!(simulation.state(station), OperatingState::Execute);
}

#[test]
fn a_cycle_factor_changes_only_operations_that_begin_later() {
    let line = line(&[constant(10.0)], 0);
    let mut simulation = start(&line.network);
    simulation.run_until(secs(5), &mut ());
    let slower = Intervention::SetCycleFactor {
        element: line.stations[0],
        factor: 1.5,
    };
    simulation
        .intervene(slower, &mut ())
        .expect("a known element");
    simulation.run_until(secs(10), &mut ());
    assert_eq!(simulation.produced(line.sink), 1);
    simulation.run_until(SimTime::from_secs_f64(24.9), &mut ());
    assert_eq!(simulation.produced(line.sink), 1);
    simulation.run_until(secs(25), &mut ());
    assert_eq!(simulation.produced(line.sink), 2);
}

#[test]
fn a_change_of_type_needs_a_set_up() {
    let mut network = Network::default();
    let (a, b) = (network.part_type("a"), network.part_type("b"));
    let mut source = Source::saturated();
    let order = |order, part_type, quantity| Order {
        order,
        part_type,
        quantity,
        release: secs(0),
    };
    source.mix = Mix::Orders(vec![order(7, a, 2), order(8, b, 1), order(9, a, 1)]);
    let source = network.source("orders", source);
    let mut station = Station::new(constant(1.0));
    station.processing_by_type = vec![(b, constant(2.0))];
    station.changeover = Some(Changeover {
        duration: constant(5.0),
        matrix: vec![(b, a, constant(3.0))],
        initial: None,
    });
    let station = network.station("station", station);
    let sink = network.sink("sink");
    network.chain(&[source, station, sink]);

    let mut simulation = start(&network);
    let mut log = Log::default();
    assert_eq!(simulation.run_until(secs(4), &mut log), RunEnd::Reached);
    assert_eq!(simulation.state(station), OperatingState::Setup);
    assert_eq!(simulation.run_until(secs(100), &mut log), RunEnd::Exhausted);
    let done: Vec<(i64, u32)> = log
        .0
        .iter()
        .filter_map(|(at, happening)| match happening {
            Happening::Completed { part, .. } => Some((at.as_nanos() / 1_000_000_000, part.order)),
            _ => None,
        })
        .collect();
    // a 0–1, a 1–2, set-up 2–7, b 7–9, set-up 9–12, a 12–13.
    assert_eq!(done, [(1, 7), (2, 7), (9, 8), (13, 9)]);
    assert_eq!(simulation.state(source), OperatingState::Idle);
    assert!(simulation.deadlock().is_none());
}

#[test]
fn an_assembly_waits_for_all_components() {
    let mut network = Network::default();
    let housing = network.source("housing", Source::every(constant(10.0)));
    let screw = network.source("screw", Source::every(constant(1.0)));
    let screws = network.buffer("screws", Buffer::of(6));
    let mut station = Station::new(constant(2.0));
    station.assembly = vec![
        Need {
            from: housing,
            count: 1,
        },
        Need {
            from: screws,
            count: 4,
        },
    ];
    let station = network.station("assembly", station);
    let sink = network.sink("sink");
    network.chain(&[screw, screws, station, sink]);
    network.link(housing, station);

    let mut simulation = start(&network);
    let mut log = Log::default();
    simulation.run_until(secs(9), &mut log);
    assert_eq!(simulation.state(station), OperatingState::Starved);
    assert_eq!(simulation.content(station), 4);
    simulation.run_until(secs(100), &mut log);
    // Housings at 10, 20, …: products at 12, 22, …, 92.
    assert_eq!(simulation.produced(sink), 9);
    let consumed = log
        .0
        .iter()
        .filter(|(_, h)| matches!(h, Happening::Consumed { .. }))
        .count();
    assert_eq!(consumed, 40);
    let is_housing = |h: &Happening| match h {
        Happening::Completed { part, .. } => part.created.as_nanos() % 10_000_000_000 == 0,
        _ => true,
    };
    assert!(log.0.iter().all(|(_, happening)| is_housing(happening)));
}

#[test]
fn a_batch_is_processed_together_and_leaves_one_by_one() {
    let mut network = Network::default();
    let source = network.source("source", Source::every(constant(1.0)));
    let queue = network.buffer("queue", Buffer::unlimited());
    let mut oven = Station::new(constant(10.0));
    oven.batch = 4;
    let oven = network.station("oven", oven);
    let packing = network.station("packing", Station::new(constant(3.0)));
    let sink = network.sink("sink");
    network.chain(&[source, queue, oven, packing, sink]);
    let mut simulation = start(&network);
    simulation.run_until(SimTime::from_secs_f64(3.5), &mut ());
    assert_eq!(simulation.content(oven), 3);
    assert_eq!(simulation.state(oven), OperatingState::Starved);
    simulation.run_until(SimTime::from_secs_f64(14.5), &mut ());
    assert_eq!(simulation.state(oven), OperatingState::Blocked);
    assert_eq!(simulation.content(oven), 3);
    let mut parts = Vec::new();
    simulation.parts(oven, &mut parts);
    assert_eq!(
        parts.iter().map(|p| p.part.id).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    // The last of the batch is taken at 23, and the next batch is in the oven until 33.
    simulation.run_until(SimTime::from_secs_f64(23.5), &mut ());
    assert_eq!(simulation.state(oven), OperatingState::Execute);
    assert_eq!(simulation.content(oven), 4);
}

#[test]
fn scrap_leaves_by_the_reject_outlet() {
    let mut network = Network::default();
    let source = network.source("source", Source::saturated());
    let good = network.sink("good");
    let bad = network.sink("bad");
    let mut station = Station::new(constant(1.0));
    station.scrap = 0.25;
    station.reject_to = Some(bad);
    let station = network.station("station", station);
    network.chain(&[source, station, good]);
    network.link(station, bad);
    let mut simulation = start(&network);
    simulation.run_until(secs(10_000), &mut ());
    assert_eq!(simulation.produced(good) + simulation.produced(bad), 10_000);
    assert_eq!(simulation.scrapped(station), simulation.produced(bad));
    assert!((2_300..2_700).contains(&simulation.produced(bad)));
}

#[test]
fn rework_comes_back_to_the_same_station() {
    let mut network = Network::default();
    let source = network.source("source", Source::saturated());
    let rework = network.buffer("rework", Buffer::unlimited());
    let good = network.sink("good");
    let mut station = Station::new(constant(1.0));
    station.scrap = 0.5;
    station.reject_to = Some(rework);
    let station = network.station("station", station);
    network.chain(&[source, station, good]);
    network.link(station, rework);
    network.link(rework, station);
    let mut simulation = start(&network);
    simulation.run_until(secs(10_000), &mut ());
    let done = simulation.produced(good);
    assert!((4_800..5_200).contains(&done), "{done}");
}

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

#[test]
fn routing_rules_share_parts_out() {
    let share = |routing: &dyn Fn(ElementId, ElementId) -> Routing| {
        let mut network = Network::default();
        let mut source = Source::saturated();
        let (a, b) = (network.part_type("a"), network.part_type("b"));
        source.mix = Mix::Weighted(vec![(a, 1.0), (b, 3.0)]);
        let source = network.source("source", source);
        let fast = network.station("fast", Station::new(constant(1.0)));
        let slow = network.station("slow", Station::new(constant(3.0)));
        let sink = network.sink("sink");
        network.chain(&[source, fast, sink]);
        network.chain(&[source, slow, sink]);
        network.route(source, routing(fast, slow));
        let mut simulation = start(&network);
        simulation.run_until(secs(12_000), &mut ());
        (simulation.produced(fast), simulation.produced(slow))
    };
    // In turn: both at the pace of the slow one; the fast one is done with its next part already.
    assert_eq!(share(&|_, _| Routing::RoundRobin), (4_001, 4_000));
    // Whoever is free: both always busy.
    assert_eq!(share(&|_, _| Routing::FirstAvailable), (12_000, 4_000));
    assert_eq!(share(&|_, _| Routing::ShortestQueue), (12_000, 4_000));
    // One part in four is an `a`: the slow station works without a pause on three in four.
    let by_type = |fast, slow| Routing::ByType {
        table: vec![(PartType(0), fast)],
        otherwise: slow,
    };
    let (fast, slow) = share(&by_type);
    assert!(
        slow > 3_900 && (1_200..1_450).contains(&fast),
        "{fast} {slow}"
    );
    let (fast, slow) = share(&|fast, slow| Routing::Probability(vec![(fast, 6.0), (slow, 2.0)]));
    let ratio = fast as f64 / slow as f64;
    assert!((ratio - 3.0).abs() < 0.2, "{ratio}");
}

#[test]
fn work_rests_outside_of_shifts() {
    let line = line(&[constant(1.0)], 0);
    let mut network = line.network;
    // 10 s of work, 5 s break, and so on.
    let shift = network.shift(Shift {
        windows: vec![(secs(0), secs(10))],
        period: Some(secs(15)),
    });
    if let Some(station) = network.element_mut(line.stations[0]) {
        station.shift = Some(shift);
    }
    let mut simulation = start(&network);
    let mut statistics = Statistics::new(&simulation);
    simulation.run_until(secs(12), &mut statistics);
    assert_eq!(simulation.state(line.stations[0]), OperatingState::Idle);
    simulation.run_until(secs(150), &mut statistics);
    let result = statistics.result(&simulation);
    let station = &result.elements[line.stations[0].index()];
    assert!((station.share(OperatingState::Idle) - 1.0 / 3.0).abs() < 1e-9);
    assert!((station.share(OperatingState::Execute) - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(result.completed, 100);
}

#[test]
fn a_full_system_turns_arrivals_away_or_keeps_them() {
    let run = |when_blocked| {
        let mut network = Network::default();
        let mut source = Source::every(constant(1.0));
        source.when_blocked = when_blocked;
        let source = network.source("source", source);
        let station = network.station("station", Station::new(constant(4.0)));
        let sink = network.sink("sink");
        network.chain(&[source, station, sink]);
        let mut simulation = start(&network);
        simulation.run_until(secs(101), &mut ());
        (
            simulation.produced(sink),
            simulation.scrapped(source),
            simulation.content(source),
        )
    };
    // Arrivals at 1, 2, 3, …; the station begins at 1, 5, 9, … and delivers at 5, 9, …, 101. At such
    // an instant the arrival finds the station either just free or still taken.
    let (done, lost, held) = run(WhenBlocked::Queue);
    assert_eq!((done, lost, held), (25, 0, 75));
    let (done, lost, held) = run(WhenBlocked::Lose);
    assert_eq!(held, 0);
    assert!(done >= 20 && lost >= 74, "{done} {lost}");
    // The clock waits: one part is held, and the next arrives 1 s after it is gone.
    let (done, lost, held) = run(WhenBlocked::Hold);
    assert_eq!((done, lost, held), (25, 0, 0));
}

#[test]
fn a_circle_of_full_stations_is_named_as_a_deadlock() {
    let mut network = Network::default();
    let source = network.source("source", Source::saturated());
    let first = network.station("first", Station::new(constant(1.0)));
    let second = network.station("second", Station::new(constant(1.0)));
    let sink = network.sink("sink");
    network.chain(&[source, first, second, first]);
    network.link(second, sink);
    network.route(
        second,
        Routing::Probability(vec![(first, 0.9), (sink, 0.1)]),
    );
    let mut simulation = start(&network);
    assert!(simulation.deadlock().is_none());
    assert_eq!(
        simulation.run_until(secs(10_000), &mut ()),
        RunEnd::Exhausted
    );
    let deadlock = simulation.deadlock().expect("both wait for each other");
    let mut cycle = deadlock.cycle;
    cycle.sort_unstable();
    assert_eq!(cycle, [first, second]);
}

#[test]
fn a_loop_without_duration_is_halted() {
    let mut network = Network::default();
    let source = network.source("source", Source::saturated());
    let first = network.station("first", Station::new(constant(0.0)));
    let buffer = network.buffer("buffer", Buffer::unlimited());
    let sink = network.sink("sink");
    network.chain(&[source, first, buffer, first]);
    network.link(first, sink);
    network.route(
        first,
        Routing::Probability(vec![(buffer, 1.0), (sink, 0.0)]),
    );
    let mut simulation = start(&network);
    let end = simulation.run_until(secs(1), &mut ());
    assert!(matches!(end, RunEnd::Halted(Halt::Livelock(_))), "{end:?}");
    assert!(simulation.step(&mut ()).is_none());
}

#[test]
fn every_mistake_of_a_network_is_reported_at_once() {
    let mut network = Network::default();
    let source = network.source("a", Source::saturated());
    let buffer = network.buffer("a", Buffer::of(0));
    let mut station = Station::new(constant(1.0)).with_servers(0);
    station.scrap = 1.5;
    let station = network.station("station", station);
    network.chain(&[source, buffer, station]);
    network.link(station, ElementId(99));
    network.link(station, source);
    let belt = Conveyor {
        length_m: f64::NAN,
        speed_mps: -1.0,
        spacing_m: 0.0,
        belt: Belt::Rigid,
    };
    network.add("belt", Process::Conveyor(belt));
    let mistakes = network
        .validate()
        .expect_err("it is full of mistakes")
        .mistakes;
    let has = |wanted: &str| mistakes.iter().any(|m| m.to_string().contains(wanted));
    for wanted in [
        "rename one `a`",
        "element number 99",
        "leads into a source",
        "a buffer without a place",
        "servers must be at least 1",
        "scrap must be",
        "no link leads out of `station`",
        "length_m must be",
        "speed_mps must be",
        "spacing_m must be",
        "no link leads into `belt`",
        "no link leads out of `belt`",
    ] {
        assert!(has(wanted), "{wanted} is missing in {mistakes:#?}");
    }
    assert_eq!(
        Network::default().validate().expect_err("empty").mistakes,
        [NetworkError::Empty]
    );
}

#[test]
fn sources_and_loops_without_time_are_refused() {
    let mut network = Network::default();
    let source = network.source("source", Source::saturated());
    let heap = network.buffer("heap", Buffer::unlimited());
    let station = network.station("station", Station::new(constant(1.0)));
    let sink = network.sink("sink");
    network.chain(&[source, heap, station, sink]);
    let mistakes = network.validate().expect_err("an endless source").mistakes;
    assert!(
        matches!(mistakes[..], [NetworkError::EndlessSource { .. }]),
        "{mistakes:?}"
    );

    let mut network = Network::default();
    let source = network.source("source", Source::every(constant(1.0)));
    let one = network.buffer("one", Buffer::of(3));
    let two = network.buffer("two", Buffer::of(3));
    let sink = network.sink("sink");
    network.chain(&[source, one, two, one]);
    network.link(two, sink);
    network.route(two, Routing::FirstAvailable);
    let mistakes = network.validate().expect_err("a loop of buffers").mistakes;
    assert!(
        matches!(mistakes[..], [NetworkError::TimelessLoop { .. }]),
        "{mistakes:?}"
    );
}
