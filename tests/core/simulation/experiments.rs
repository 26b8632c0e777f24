//! Experiments: the same bits whoever computes them, stopping, cancelling, bottlenecks.

use std::time::Duration;

use super::*;
use twinscape::simulation::experiment::{
    Bottlenecked, Collected, Control, Experiment, ExperimentError, Outcome, Precision, Summary,
};
use twinscape::simulation::{Mix, Order, PartType, Routing};

fn experiment(network: Network) -> Experiment {
    let mut experiment = Experiment::new(network).expect("a valid network");
    experiment.warm_up = secs(200);
    experiment.horizon = secs(2_000);
    experiment.replications = 40;
    experiment
}

fn run(experiment: &Experiment) -> (Summary, Vec<Outcome>) {
    let mut outcomes = Vec::new();
    let collected = experiment
        .run(&Control::default(), |outcome, _: &Collected| {
            outcomes.push(outcome.clone());
        })
        .expect("it runs");
    (collected.summary(), outcomes)
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let mut experiment = experiment(failing_line().network);
    let with = |experiment: &mut Experiment, threads| {
        experiment.threads = threads;
        run(experiment)
    };
    let (one, outcomes) = with(&mut experiment, 1);
    for threads in [2, 7] {
        let (many, others) = with(&mut experiment, threads);
        assert_eq!(
            serde_json::to_string(&one).unwrap(),
            serde_json::to_string(&many).unwrap()
        );
        assert_eq!(outcomes, others);
    }
    assert_eq!(experiment.replication(17).as_ref(), Ok(&outcomes[17]));
    let address = experiment.address().unwrap();
    assert_eq!(one.address, address.to_string());
    experiment.seed = 2;
    assert_ne!(experiment.address().unwrap(), address);
    assert_ne!(run(&experiment).1[17].result, outcomes[17].result);
}

#[test]
fn it_stops_as_soon_as_the_throughput_is_known_well_enough() {
    let mut experiment = experiment(failing_line().network);
    experiment.replications = 10_000;
    experiment.precision = Some(Precision {
        relative_half_width: 0.02,
        at_least: 5,
    });
    let (summary, _) = run(&experiment);
    assert!(
        (5..10_000).contains(&summary.replications),
        "{}",
        summary.replications
    );
    let width = |summary: &Summary| summary.kpis[0].estimate.relative_half_width().unwrap();
    assert!(width(&summary) <= 0.02);
    experiment.threads = 3;
    assert_eq!(
        run(&experiment).0,
        summary,
        "with other threads it stops at the same replication"
    );
    experiment.precision = None;
    experiment.replications = summary.replications - 1;
    assert!(experiment.replications < 5 || width(&run(&experiment).0) > 0.02);
}

#[test]
fn cancelling_ends_a_long_replication_at_once() {
    let mut experiment = experiment(failing_line().network);
    experiment.horizon = SimTime::from_secs(1_000_000_000);
    let mut job = experiment.spawn().unwrap();
    std::thread::sleep(Duration::from_millis(50));
    assert!(!job.is_finished());
    assert_eq!(job.partial().replications, 0);
    job.control().cancel();
    assert_eq!(job.finish(), Err(ExperimentError::Cancelled));
}

#[test]
fn a_job_in_the_background_tells_how_far_it_is_and_what_it_knows() {
    let mut experiment = experiment(failing_line().network);
    experiment.replications = 60;
    let (expected, _) = run(&experiment);
    let mut job = experiment.spawn().unwrap();
    let mut last = 0;
    while !job.is_finished() {
        let partial = job.partial();
        assert!(partial.replications >= last);
        last = partial.replications;
        std::thread::yield_now();
    }
    assert_eq!(job.progress().done, 60);
    assert_eq!(job.finish(), Ok(expected));
}

#[test]
fn a_fork_goes_on_from_its_state_and_differs_from_other_forks() {
    let line = failing_line();
    let mut now = start(&line.network);
    now.run_until(secs(5_000), &mut ());
    let content: u32 = now.elements().map(|element| now.content(element)).sum();
    let mut experiment = Experiment::from_state(line.network, now.clone());
    experiment.horizon = secs(1_000);
    experiment.replications = 10;
    let first = experiment.simulation(0).unwrap();
    assert_eq!(first.now(), secs(5_000));
    let of_fork: u32 = first.elements().map(|element| first.content(element)).sum();
    assert_eq!(of_fork, content);
    let (summary, outcomes) = run(&experiment);
    assert_eq!(summary.replications, 10);
    assert!(
        outcomes
            .windows(2)
            .any(|pair| pair[0].result != pair[1].result)
    );
    assert_eq!(run(&experiment).1, outcomes);
    let fresh = Experiment::new(failing_line().network).unwrap();
    assert_ne!(fresh.address().unwrap(), experiment.address().unwrap());
}

fn shares(network: &Network, span: i64) -> (Vec<Bottlenecked>, Simulation) {
    let mut experiment = Experiment::new(network.clone()).unwrap();
    experiment.horizon = secs(span);
    let outcome = experiment.replication(0).unwrap();
    (outcome.bottlenecks, experiment.simulation(0).unwrap())
}

#[test]
fn the_slowest_machine_of_a_line_is_its_bottleneck() {
    let line = line(&[constant(8.0), constant(10.0), constant(7.0)], 2);
    let (shares, _) = shares(&line.network, 10_000);
    let of = |place: usize| shares[line.stations[place].index()];
    assert!(of(1).sole + of(1).shifting > 0.98, "{shares:?}");
    assert_eq!(of(2), Bottlenecked::default());
    let whole: f64 = shares.iter().map(|share| share.sole).sum();
    assert!(whole <= 1.0 + 1e-9);
}

#[test]
fn the_bottleneck_shifts_where_active_periods_overlap() {
    // Each of two machines is active 30 s while the other waits, with 10 s in common:
    // the second starts 20 s after the first.
    let mut network = Network::default();
    for (name, release) in [("a", 0), ("b", 20)] {
        let mut source = Source::saturated();
        source.mix = Mix::Orders(vec![Order {
            order: 1,
            part_type: PartType(0),
            quantity: 3,
            release: secs(release),
            due: None,
        }]);
        let source = network.source(format!("source {name}"), source);
        let machine = network.station(name, Station::new(constant(10.0)));
        let sink = network.sink(format!("sink {name}"));
        network.chain(&[source, machine, sink]);
    }
    let (shares, _) = shares(&network, 100);
    for name in ["a", "b"] {
        let share = shares[network.find(name).unwrap().index()];
        assert!(
            (share.sole - 0.2).abs() < 1e-9 && (share.shifting - 0.1).abs() < 1e-9,
            "{share:?}"
        );
    }
}

#[test]
fn several_servers_are_a_bottleneck_only_when_all_are_busy() {
    let mut network = Network::default();
    let source = network.source("source", Source::every(constant(1.0)));
    let wide = network.station("wide", Station::new(constant(4.0)).with_servers(5));
    let buffer = network.buffer("buffer", Buffer::of(2));
    let narrow = network.station("narrow", Station::new(constant(1.1)));
    let sink = network.sink("sink");
    network.chain(&[source, wide, buffer, narrow, sink]);
    let (shares, _) = shares(&network, 1_000);
    let of = |element: ElementId| shares[element.index()].sole + shares[element.index()].shifting;
    assert!(of(narrow) > 0.9 && of(wide) < 0.1, "{shares:?}");
}

#[test]
fn relieving_the_bottleneck_helps_and_relieving_another_does_not() {
    let line = line(&[exponential(6.0), exponential(10.0), exponential(6.0)], 3);
    let mut experiment = experiment(line.network.clone());
    experiment.horizon = secs(20_000);
    let collected = experiment.run(&Control::default(), |_, _| {}).unwrap();
    let relief = |place: usize| {
        experiment
            .relief(
                &collected,
                line.stations[place],
                0.9,
                30,
                &Control::default(),
            )
            .unwrap()
    };
    let (slow, fast) = (relief(1), relief(2));
    let gain = |relief: &twinscape::simulation::experiment::Relief| relief.throughput_gain_per_hour;
    assert_eq!(slow.name, "station 1");
    assert!(
        gain(&slow).mean > 20.0 && gain(&slow).half_width.unwrap() < 3.0,
        "{slow:?}"
    );
    assert!(gain(&fast).mean < 0.5 * gain(&slow).mean, "{fast:?}");
}

#[test]
fn the_chance_that_an_order_is_done_in_time_is_what_it_should_be() {
    // Ten parts of one exponential machine with mean 60 s: their sum is Erlang, whose median lies at
    // 9.6687 minutes.
    let mut network = Network::default();
    let mut source = Source::saturated();
    let due = |minutes: f64| Some(SimTime::from_secs_f64(60.0 * minutes));
    let order = |number, due| Order {
        order: number,
        part_type: PartType(0),
        quantity: 10,
        release: SimTime::ZERO,
        due,
    };
    source.mix = Mix::Orders(vec![
        order(7, due(9.6687)),
        order(8, due(1_000.0)),
        order(9, None),
    ]);
    let source = network.source("source", source);
    let machine = network.station("machine", Station::new(exponential(60.0)));
    let sink = network.sink("sink");
    network.chain(&[source, machine, sink]);
    let mut experiment = Experiment::new(network).unwrap();
    experiment.horizon = secs(8 * 3_600);
    experiment.replications = 2_000;
    let (summary, _) = run(&experiment);
    let [first, second] = summary.orders.as_slice() else {
        panic!("two orders are due: {:?}", summary.orders);
    };
    assert_eq!((first.order, second.order), (7, 8));
    let chance = first.in_time;
    assert!(
        chance.low < 0.5 && 0.5 < chance.high && chance.high - chance.low < 0.05,
        "{chance:?}"
    );
    assert_eq!((second.in_time.hits, second.done), (2_000, 2_000));
    assert!((second.done_secs.mean - 1_200.0).abs() < 30.0);
}

#[test]
fn a_deadlock_is_found_and_named_with_its_circle() {
    // Parts go round and round between two machines with one place each: as soon as both are full,
    // each waits for the other. A third machine works on and fails meanwhile.
    let mut network = Network::default();
    let source = network.source("source", Source::saturated());
    let there = network.station("there", Station::new(constant(3.0)));
    let back = network.station("back", Station::new(constant(5.0)));
    let out = network.sink("out");
    network.chain(&[source, there, back]);
    network.link(back, there);
    network.link(back, out);
    network.route(back, Routing::Probability(vec![(there, 1.0), (out, 1.0)]));
    let other_source = network.source("other source", Source::saturated());
    let other = network.station("other", Station::new(constant(7.0)));
    let other_sink = network.sink("other sink");
    network.chain(&[other_source, other, other_sink]);
    network.fails(
        other,
        Failure::new(FailureBasis::CalendarTime, constant(100.0), constant(10.0)),
    );
    let mut experiment = Experiment::new(network).unwrap();
    experiment.horizon = secs(10_000);
    experiment.replications = 5;
    let (summary, outcomes) = run(&experiment);
    assert_eq!(summary.standstills, 5);
    let standstill = summary.standstill.unwrap();
    let mut cycle = standstill.cycle.clone();
    cycle.sort();
    assert_eq!(cycle, ["back", "there"]);
    let deadlock = outcomes[0].deadlock.as_ref().unwrap();
    assert!(deadlock.since < secs(2_000) && deadlock.since > SimTime::ZERO);
    // The same line without the way back never stands still.
    let (summary, _) = run(&super::experiments::experiment(failing_line().network));
    assert_eq!((summary.standstills, summary.standstill), (0, None));
}

#[test]
fn settings_that_make_no_sense_are_refused_with_a_reason() {
    type Change = fn(&mut Experiment);
    let changes: [(Change, &str); 5] = [
        (|e| e.horizon = SimTime::ZERO, "horizon"),
        (|e| e.warm_up = secs(-1), "warm-up"),
        (|e| e.replications = 0, "replications"),
        (|e| e.confidence = 1.0, "confidence"),
        (
            |e| {
                e.precision = Some(Precision {
                    relative_half_width: f64::NAN,
                    at_least: 1,
                });
            },
            "precision",
        ),
    ];
    for (change, word) in changes {
        let mut experiment = experiment(failing_line().network);
        change(&mut experiment);
        let error = experiment.run(&Control::default(), |_, _| {}).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        assert!(experiment.spawn().is_err());
    }
}
