//! The kernel against exact mathematics: steady states solved as Markov chains.
//!
//! The cases are in `queueing/exact.json` of the shared data folder; without it these tests are
//! skipped aloud. Each case is 20 replications; the exact value must lie inside the 99.9 % interval,
//! and the interval must be narrow.

use std::path::PathBuf;

use serde_json::Value;

use super::*;
use twinscape::simulation::{OperatingState, SimulationResult, Statistics, WhenBlocked};

const REPLICATIONS: u64 = 20;
/// Student's t for 19 degrees of freedom, 99.9 % two-sided.
const T_999: f64 = 3.883;

/// The cases of one kind; none when the data is not there.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn cases(kind: &str) -> Vec<Value> {
    let root = std::env::var_os("TWINSCAPE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let path = root.join("data/queueing/exact.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!(
            "SKIPPED: no exact results to compare with at {}",
            path.display()
        );
        return Vec::new();
    };
    let all: Value = serde_json::from_str(&text).expect("the exact results are JSON");
    all[kind].as_array().expect("a list of cases").clone()
}

fn number(case: &Value, key: &str) -> f64 {
    case[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key} is missing in {case}"))
}

/// Results of all replications after the warm-up.
fn replicate(network: &Network, warm_up: i64, span: i64) -> Vec<SimulationResult> {
    let first = start(network);
    let run = |replication| {
        let mut simulation = first.replicate(20_261_122, replication);
        simulation.run_until(secs(warm_up), &mut ());
        let mut statistics = Statistics::new(&simulation);
        simulation.run_until(secs(warm_up + span), &mut statistics);
        statistics.result(&simulation)
    };
    (0..REPLICATIONS).map(run).collect()
}

/// `exact` lies inside the interval, which is at most `precision` (relative) to either side.
fn agree(
    what: &str,
    results: &[SimulationResult],
    figure: impl Fn(&SimulationResult) -> f64,
    exact: f64,
    precision: f64,
) {
    let count = results.len() as f64;
    let mean = results.iter().map(&figure).sum::<f64>() / count;
    let squares: f64 = results
        .iter()
        .map(|result| (figure(result) - mean).powi(2))
        .sum();
    let half_width = T_999 * (squares / (count - 1.0) / count).sqrt();
    assert!(
        (mean - exact).abs() <= half_width + 1e-9,
        "{what}: {mean} ± {half_width} does not contain {exact}"
    );
    assert!(
        half_width <= precision * exact,
        "{what}: {mean} ± {half_width} is not precise enough"
    );
}

fn exponential_lines(machines: u64) {
    for case in cases("exp_line")
        .iter()
        .filter(|case| case["K"] == machines)
    {
        let places = number(case, "B") as u32;
        let rates = case["mu"].as_array().expect("rates");
        let times: Vec<Distribution> = rates
            .iter()
            .map(|mu| exponential(1.0 / mu.as_f64().expect("a rate")))
            .collect();
        let line = line(&times, places);
        let results = replicate(&line.network, 500, 8_000);
        let name = format!("{machines} machines, {places} places");
        let throughput = |r: &SimulationResult| r.throughput_per_sec;
        agree(&name, &results, throughput, number(case, "X"), 0.015);
        let in_line: Vec<ElementId> = line.stations.iter().chain(&line.buffers).copied().collect();
        let content = |r: &SimulationResult| {
            in_line
                .iter()
                .map(|element| r.elements[element.index()].mean_content)
                .sum()
        };
        agree(
            &format!("{name}, parts"),
            &results,
            content,
            number(case, "wip"),
            0.05,
        );
        for (buffer, exact) in line
            .buffers
            .iter()
            .zip(case["buf"].as_array().expect("buffers"))
        {
            let content = |r: &SimulationResult| r.elements[buffer.index()].mean_content;
            let exact = exact.as_f64().expect("a number");
            agree(&format!("{name}, a buffer"), &results, content, exact, 0.1);
        }
    }
}

#[test]
fn two_exponential_machines_agree_with_the_markov_chain() {
    exponential_lines(2);
}

#[test]
fn three_exponential_machines_agree_with_the_markov_chain() {
    exponential_lines(3);
}

/// Gershwin counts the part on the second machine and a finished part on the first, which cannot
/// leave, as in the buffer: his N is two more than the places between the machines.
#[test]
fn deterministic_machines_that_fail_agree_with_gershwin() {
    for case in cases("gershwin_det2") {
        let places = number(&case, "N") as u32 - 2;
        let mut line = line(&[constant(1.0), constant(1.0)], places);
        for (station, (p, r)) in line.stations.iter().zip([("p1", "r1"), ("p2", "r2")]) {
            let geometric = |key| Distribution::geometric(number(&case, key), 1.0);
            line.network.fails(
                *station,
                Failure {
                    basis: FailureBasis::OperationTime,
                    time_to_failure: geometric(p).expect("a probability"),
                    time_to_repair: geometric(r).expect("a probability"),
                },
            );
        }
        let results = replicate(&line.network, 2_000, 30_000);
        let name = format!("N = {}", places + 2);
        let throughput = |r: &SimulationResult| r.throughput_per_sec;
        agree(&name, &results, throughput, number(&case, "E"), 0.01);
        let (first, second) = (line.stations[0].index(), line.stations[1].index());
        let buffer = line.buffers[0].index();
        let level = |r: &SimulationResult| {
            r.elements[first].share(OperatingState::Blocked)
                + r.elements[buffer].mean_content
                + r.elements[second].mean_content
        };
        agree(
            &format!("{name}, level"),
            &results,
            level,
            number(&case, "nbar"),
            0.1,
        );
    }
}

fn queue(rate: f64, service: f64, servers: u32) -> (Network, [ElementId; 4]) {
    let mut network = Network::default();
    let source = network.source("source", Source::every(exponential(1.0 / rate)));
    let waiting = network.buffer("waiting", Buffer::unlimited());
    let station = Station::new(exponential(1.0 / service)).with_servers(servers);
    let station = network.station("station", station);
    let sink = network.sink("sink");
    network.chain(&[source, waiting, station, sink]);
    (network, [source, waiting, station, sink])
}

#[test]
fn queues_with_several_servers_agree_with_erlang_c() {
    for case in cases("mmc") {
        let (rate, service) = (number(&case, "lam"), number(&case, "mu"));
        let servers = number(&case, "c") as u32;
        let load = rate / service / f64::from(servers);
        let (network, [_, waiting, station, _]) = queue(rate, service, servers);
        let results = replicate(&network, 1_000, 60_000);
        let name = format!("M/M/{servers} at {load}");
        // The spread of a queue grows with 1 / (1 − ρ).
        let precision = 0.01 / (1.0 - load);
        let content = |element: ElementId| {
            move |r: &SimulationResult| r.elements[element.index()].mean_content
        };
        agree(
            &name,
            &results,
            content(waiting),
            number(&case, "Lq"),
            2.0 * precision,
        );
        let whole = |r: &SimulationResult| content(waiting)(r) + content(station)(r);
        agree(&name, &results, whole, number(&case, "L"), precision);
        let lead_time = |r: &SimulationResult| r.mean_lead_time_secs;
        agree(
            &name,
            &results,
            lead_time,
            number(&case, "W"),
            1.5 * precision,
        );
    }
}

#[test]
fn lost_arrivals_agree_with_erlang_b() {
    for case in cases("mmc") {
        let (rate, service) = (number(&case, "lam"), number(&case, "mu"));
        let mut network = Network::default();
        let mut source = Source::every(exponential(1.0 / rate));
        source.when_blocked = WhenBlocked::Lose;
        let source = network.source("source", source);
        let servers = number(&case, "c") as u32;
        let station = Station::new(exponential(1.0 / service)).with_servers(servers);
        let station = network.station("station", station);
        let sink = network.sink("sink");
        network.chain(&[source, station, sink]);
        let results = replicate(&network, 100, 10_000);
        let lost = |r: &SimulationResult| {
            let source = &r.elements[source.index()];
            source.scrapped as f64 / (source.scrapped + source.produced) as f64
        };
        agree(
            &format!("{servers} servers"),
            &results,
            lost,
            number(&case, "ErlangB"),
            0.02,
        );
    }
}

#[test]
fn littles_law_holds_in_every_run() {
    for result in replicate(&queue(0.8, 1.0, 1).0, 1_000, 50_000) {
        let expected = result.throughput_per_sec * result.mean_lead_time_secs;
        let ratio = result.mean_parts / expected;
        assert!(
            (ratio - 1.0).abs() < 0.01,
            "L = {}, λW = {expected}",
            result.mean_parts
        );
    }
}

#[test]
fn a_line_and_its_mirror_image_have_the_same_throughput() {
    let times = [
        exponential(1.0),
        exponential(1.3),
        exponential(0.7),
        exponential(1.1),
    ];
    let mirrored: Vec<Distribution> = times.iter().rev().cloned().collect();
    let mean = |times: &[Distribution]| {
        let results = replicate(&line(times, 2).network, 500, 10_000);
        results.iter().map(|r| r.throughput_per_sec).sum::<f64>() / results.len() as f64
    };
    let (there, back) = (mean(&times), mean(&mirrored));
    assert!((there / back - 1.0).abs() < 0.01, "{there} and {back}");
}
