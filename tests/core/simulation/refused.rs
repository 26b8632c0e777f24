//! Networks that cannot work: named before they run, or when they come to a halt.

use super::*;
use twinscape::simulation::{Belt, Conveyor, Halt, NetworkError, Process, Routing, RunEnd};

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
