//! Five plants, written as scenes here and in SimPy in `peers/plants.py`: the means agree.
//!
//! Needs Python with simpy: `$TWINSCAPE_PEERS/venv` (see `.ci/run`); skipped aloud without it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::typed::{chain, experiment, kpi, simulate};
use twinscape::simulation::experiment::student_t;
use twinscape::simulation::{Network, Process};

const REPLICATIONS: u64 = 20;

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn simpy(plant: &str, warm_up: f64, horizon: f64, more: &[f64]) -> Option<Value> {
    let peers = std::env::var_os("TWINSCAPE_PEERS").map(PathBuf::from);
    let python = peers.map(|folder| folder.join("venv/bin/python"));
    let program =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/core/simulation/peers/plants.py");
    let has_simpy = |python: &PathBuf| {
        let check = Command::new(python).args(["-c", "import simpy"]).output();
        check.is_ok_and(|output| output.status.success())
    };
    let Some(python) = python.filter(has_simpy) else {
        eprintln!("SKIPPED: {plant}: no Python with simpy in $TWINSCAPE_PEERS/venv");
        return None;
    };
    let numbers = [warm_up, horizon].map(|number| number.to_string());
    let output = Command::new(python)
        .arg(program)
        .arg(plant)
        .args(numbers)
        .arg(REPLICATIONS.to_string())
        .args(more.iter().map(f64::to_string))
        .output()
        .expect("SimPy starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

fn agree(plant: &str, scene: &str, warm_up: f64, horizon: f64, more: &[f64]) {
    let Some(other) = simpy(plant, warm_up, horizon, more) else {
        return;
    };
    let summary = simulate(scene, warm_up, horizon, REPLICATIONS);
    for figure in ["throughput", "lead time"] {
        let own = kpi(&summary, figure);
        let values: Vec<f64> = other[figure]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let width = student_t(0.999, count - 1.0) * (squares / (count - 1.0) / count).sqrt();
        let joint = width.hypot(own.half_width.expect("an interval"));
        assert!(
            (mean - own.mean).abs() <= joint,
            "{plant}, {figure}: {} here and {mean} in SimPy, joint half-width {joint}",
            own.mean
        );
        assert!(
            joint < 0.12 * mean,
            "{plant}, {figure}: {joint} of {mean} says little"
        );
    }
}

#[test]
fn a_line_with_failures_agrees_with_simpy() {
    let failure = r#"failure = { after = { exponential = { mean = "600s" } }, repair = { lognormal = { mean = "120s", sd = "60s" } } }"#;
    let machine = |index: u32| {
        let mean = 50 + 5 * index;
        format!("cycle = {{ gamma = {{ shape = 4.0, mean = \"{mean}s\" }} }}, {failure}")
    };
    let rack = ("buffer", "capacity = 3");
    let machines: Vec<String> = (0..4).map(machine).collect();
    let scene = chain(&[
        ("in", "source", ""),
        ("m0", "station", &machines[0]),
        ("r1", rack.0, rack.1),
        ("m1", "station", &machines[1]),
        ("r2", rack.0, rack.1),
        ("m2", "station", &machines[2]),
        ("r3", rack.0, rack.1),
        ("m3", "station", &machines[3]),
        ("out", "sink", ""),
    ]);
    // A part of the source waits in it for the first machine; in SimPy it comes into being there.
    let Some(other) = simpy("failures", 20_000.0, 200_000.0, &[]) else {
        return;
    };
    let summary = simulate(&scene, 20_000.0, 200_000.0, REPLICATIONS);
    let own = kpi(&summary, "throughput");
    let values: Vec<f64> = other["throughput"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    assert!(
        (mean - own.mean).abs() < 2.0 * own.half_width.unwrap(),
        "{own:?} and {mean}"
    );
    let before = summary.element("in").unwrap().stay_secs.mean;
    let lead: Vec<f64> = other["lead time"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    let lead = lead.iter().sum::<f64>() / lead.len() as f64;
    let own = kpi(&summary, "lead time");
    assert!(
        (own.mean - before - lead).abs() < 2.0 * own.half_width.unwrap(),
        "{own:?} − {before} and {lead}"
    );
}

#[test]
fn splits_and_rework_agree_with_simpy() {
    let scene = r#"
equipment = [
    { id = "in", kind = "source", process = { interarrival = { exponential = { mean = "60s" } } } },
    { id = "queue", kind = "buffer" },
    { id = "first", kind = "station", process = { cycle = { gamma = { shape = 2.0, mean = "40s" } } } },
    { id = "q1", kind = "buffer" },
    { id = "q2", kind = "buffer" },
    { id = "fast", kind = "station", process = { cycle = { exponential = { mean = "50s" } } } },
    { id = "slow", kind = "station", process = { cycle = { exponential = { mean = "100s" } } } },
    { id = "q3", kind = "buffer" },
    { id = "check", kind = "station", process = { cycle = { lognormal = { mean = "30s", sd = "20s" } }, scrap = 0.15 } },
    { id = "out", kind = "sink" },
]
flow = [
    { path = ["in", "queue", "first"] },
    { from = "first", to = "q1", share = 0.7 },
    { from = "first", to = "q2", share = 0.3 },
    { path = ["q1", "fast", "q3"] },
    { path = ["q2", "slow", "q3"] },
    { path = ["q3", "check", "out"] },
    { from = "check", to = "queue", rejected = true },
]
"#;
    agree("rework", scene, 50_000.0, 500_000.0, &[]);
}

#[test]
fn an_assembly_agrees_with_simpy() {
    let scene = r#"
equipment = [
    { id = "in-1", kind = "source", process = { mix = { housing = 1.0 } } },
    { id = "in-2", kind = "source", process = { mix = { gear = 1.0 } } },
    { id = "m1", kind = "station", process = { cycle = { exponential = { mean = "50s" } } } },
    { id = "m2", kind = "station", process = { cycle = { exponential = { mean = "25s" } } } },
    { id = "r1", kind = "buffer", process = { capacity = 4 } },
    { id = "r2", kind = "buffer", process = { capacity = 4 } },
    { id = "bench", kind = "station", process = { cycle = { lognormal = { mean = "60s", sd = "20s" } }, needs = { housing = 1, gear = 2 }, makes = "drive" } },
    { id = "out", kind = "sink" },
]
flow = [
    { path = ["in-1", "m1", "r1", "bench", "out"] },
    { path = ["in-2", "m2", "r2", "bench"] },
]
"#;
    let Some(other) = simpy("assembly", 20_000.0, 200_000.0, &[]) else {
        return;
    };
    let summary = simulate(scene, 20_000.0, 200_000.0, REPLICATIONS);
    let own = kpi(&summary, "throughput");
    let values: Vec<f64> = other["throughput"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    assert!(
        (mean - own.mean).abs() < 2.0 * own.half_width.unwrap(),
        "{own:?} and {mean}"
    );
}

fn travel_secs(network: &Network) -> f64 {
    let fleet = network
        .elements
        .iter()
        .find_map(|element| match &element.process {
            Process::Fleet(fleet) => Some(fleet),
            _ => None,
        });
    let fleet = fleet.expect("a fleet");
    fleet.distances_m[0].2 / fleet.speed_mps
}

#[test]
fn vehicles_agree_with_simpy() {
    let scene = r#"
equipment = [
    { id = "in", kind = "source", at = [0, 0], process = { interarrival = { exponential = { mean = "80s" } } } },
    { id = "queue", kind = "buffer", at = [5, 0] },
    { id = "first", kind = "station", at = [10, 0], process = { cycle = { lognormal = { mean = "60s", sd = "30s" } } } },
    { id = "ready", kind = "buffer", at = [15, 0] },
    { id = "arrived", kind = "buffer", at = [40, 10] },
    { id = "second", kind = "station", at = [45, 10], process = { cycle = { exponential = { mean = "60s" } } } },
    { id = "out", kind = "sink", at = [50, 10] },
    { id = "cart-1", kind = "agv", at = [0, 20], process = { fleet = "carts", speed = 1.0, transfer = "10s" } },
    { id = "cart-2", kind = "agv", at = [5, 20], process = { fleet = "carts", speed = 1.0, transfer = "10s" } },
]
flow = [
    { path = ["in", "queue", "first", "ready"] },
    { from = "ready", to = "arrived", by = "carts" },
    { path = ["arrived", "second", "out"] },
]
"#;
    let travel = travel_secs(experiment(scene).network());
    assert!((20.0..60.0).contains(&travel), "{travel}");
    agree("vehicles", scene, 50_000.0, 600_000.0, &[travel]);
}

#[test]
fn shifts_and_operators_agree_with_simpy() {
    let scene = r#"
equipment = [
    { id = "in", kind = "source", process = { interarrival = { exponential = { mean = "300s" } }, shifts = "always" } },
    { id = "q1", kind = "buffer" },
    { id = "m1", kind = "station", process = { cycle = { gamma = { shape = 3.0, mean = "40s" } }, requires = { operator = 1 } } },
    { id = "q2", kind = "buffer" },
    { id = "m2", kind = "station", process = { cycle = { lognormal = { mean = "40s", sd = "15s" } }, requires = { operator = 1 } } },
    { id = "out", kind = "sink" },
]
[[flow]]
path = ["in", "q1", "m1", "q2", "m2", "out"]
[[resource]]
id = "operator"
shifts = "always"
[[shift]]
name = "Early"
start = "06:00"
end = "14:00"
"#;
    agree("shifts", scene, 10.0 * 86_400.0, 60.0 * 86_400.0, &[]);
}
