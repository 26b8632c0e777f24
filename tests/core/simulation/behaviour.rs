//! What each element does, to the second, with constant durations.

use super::*;
use twinscape::simulation::{
    Changeover, Happening, Intervention, Mix, Need, OperatingState, Order, PartType, Routing,
    RunEnd, Shift, Statistics, StopCause, WhenBlocked,
};

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
        due: None,
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
