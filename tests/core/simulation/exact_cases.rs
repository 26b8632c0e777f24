//! Plants with known figures, as scenes that a user could have typed: for the tests and for the table
//! that `cargo bench --bench validate` prints.

use std::path::PathBuf;

use serde_json::Value;

use super::typed::chain;

/// A scene and what must come out.
pub struct Case {
    pub name: String,
    pub scene: String,
    /// Seconds that are left out, and seconds after them: enough for 1 % in twelve replications.
    pub warm_up: f64,
    pub horizon: f64,
    pub checks: Vec<Check>,
}

/// One figure.
pub struct Check {
    pub figure: Figure,
    pub exact: f64,
    /// Greatest relative half-width in the tests.
    pub precision: f64,
}

/// Which figure.
#[derive(Debug)]
pub enum Figure {
    /// An indicator of the plant.
    Kpi(&'static str),
    /// Mean content of an element.
    Content(String),
    /// Parts that leave an element, per hour.
    Throughput(String),
}

fn check(figure: Figure, exact: f64, precision: f64) -> Check {
    Check {
        figure,
        exact,
        precision,
    }
}

/// The cases of one kind in `queueing/exact.json` of the shared data folder; none, said aloud, when
/// that is not there.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
pub fn shared(kind: &str) -> Vec<Value> {
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

/// A line that is never starved nor blocked at its ends.
pub fn line(processes: &[String], places: u32) -> String {
    let mut text = String::from(
        "equipment = [{ id = \"in\", kind = \"source\" }, { id = \"out\", kind = \"sink\" },\n",
    );
    let mut path = vec!["in".to_owned()];
    for (index, process) in processes.iter().enumerate() {
        if index > 0 && places > 0 {
            let buffer = format!("process = {{ capacity = {places} }}");
            text += &format!("{{ id = \"b{index}\", kind = \"buffer\", {buffer} }},\n");
            path.push(format!("b{index}"));
        }
        text +=
            &format!("{{ id = \"m{index}\", kind = \"station\", process = {{ {process} }} }},\n");
        path.push(format!("m{index}"));
    }
    path.push("out".to_owned());
    format!("{text}]\n[[flow]]\npath = {path:?}\n")
}

pub fn exponential(mean_secs: f64) -> String {
    format!("{{ exponential = {{ mean = \"{mean_secs}s\" }} }}")
}

pub fn queue(arrival: &str, service: &str, more: &str) -> String {
    chain(&[
        (
            "arrivals",
            "source",
            &format!("interarrival = {arrival}, when_blocked = \"queue\""),
        ),
        ("queue", "buffer", ""),
        ("server", "station", &format!("cycle = {service}{more}")),
        ("out", "sink", ""),
    ])
}

/// Lines of exponential machines, solved as Markov chains. Their unit of time is a minute.
pub fn exponential_lines() -> Vec<Case> {
    let case = |case: &Value| {
        let places = number(case, "B") as u32;
        let rates = case["mu"].as_array().expect("rates");
        let machines: Vec<String> = rates
            .iter()
            .map(|mu| {
                format!(
                    "cycle = {}",
                    exponential(60.0 / mu.as_f64().expect("a rate"))
                )
            })
            .collect();
        // The source holds one part that waits; it is not in the line.
        let parts = number(case, "wip") + 1.0;
        let mut checks = vec![
            check(Figure::Kpi("throughput"), 60.0 * number(case, "X"), 0.01),
            check(Figure::Kpi("parts in process"), parts, 0.05),
        ];
        for (index, exact) in case["buf"].as_array().expect("buffers").iter().enumerate() {
            if places > 0 {
                let buffer = Figure::Content(format!("b{}", index + 1));
                checks.push(check(buffer, exact.as_f64().expect("a number"), 0.1));
            }
        }
        Case {
            name: format!("{} exponential machines, {places} places", machines.len()),
            scene: line(&machines, places),
            warm_up: 30_000.0,
            horizon: 2_400_000.0,
            checks,
        }
    };
    shared("exp_line").iter().map(case).collect()
}

/// Two deterministic machines with geometric failures (Gershwin 1994). He counts the part on the
/// second machine and a finished part on the first, which cannot leave, as in the buffer: his N is two
/// more than the places between the machines.
pub fn gershwin() -> Vec<Case> {
    let case = |case: &Value| {
        let places = number(case, "N") as u32 - 2;
        let machines = [("p1", "r1"), ("p2", "r2")].map(|(p, r)| {
            let trials = |key| {
                let probability = number(case, key);
                format!("{{ geometric = {{ probability = {probability}, unit = \"1m\" }} }}")
            };
            let failure = format!("{{ after = {}, repair = {} }}", trials(p), trials(r));
            format!("cycle = \"1m\", failure = {failure}")
        });
        Case {
            name: format!("Gershwin's two machines, N = {}", places + 2),
            scene: line(&machines, places),
            warm_up: 120_000.0,
            horizon: 5_000_000.0,
            checks: vec![check(
                Figure::Kpi("throughput"),
                60.0 * number(case, "E"),
                0.01,
            )],
        }
    };
    shared("gershwin_det2").iter().map(case).collect()
}

/// M/M/c by Erlang's C formula, and M/M/c/c by his B.
pub fn erlang() -> Vec<Case> {
    let mut cases = Vec::new();
    for case in shared("mmc") {
        let (rate, service) = (number(&case, "lam"), number(&case, "mu"));
        let servers = number(&case, "c");
        let load = rate / service / servers;
        let (arrival, cycle) = (exponential(1.0 / rate), exponential(1.0 / service));
        // The spread of a queue grows with 1 / (1 − ρ).
        let precision = 0.01 / (1.0 - load);
        cases.push(Case {
            name: format!("M/M/{servers}, load {load}"),
            scene: queue(&arrival, &cycle, &format!(", servers = {servers}")),
            warm_up: 1_000.0,
            horizon: 200_000.0,
            checks: vec![
                check(Figure::Kpi("lead time"), number(&case, "W"), precision),
                check(
                    Figure::Kpi("parts in process"),
                    number(&case, "L"),
                    precision,
                ),
                check(
                    Figure::Content("queue".into()),
                    number(&case, "Lq"),
                    2.0 * precision,
                ),
                check(Figure::Kpi("throughput"), 3_600.0 * rate, 0.01),
            ],
        });
        let served = rate * (1.0 - number(&case, "ErlangB"));
        let source = format!("interarrival = {arrival}, when_blocked = \"lose\"");
        cases.push(Case {
            name: format!("M/M/{servers}/{servers}, offered {}", rate / service),
            scene: chain(&[
                ("arrivals", "source", &source),
                (
                    "server",
                    "station",
                    &format!("cycle = {cycle}, servers = {servers}"),
                ),
                ("out", "sink", ""),
            ]),
            warm_up: 100.0,
            horizon: 60_000.0,
            checks: vec![
                check(Figure::Kpi("throughput"), 3_600.0 * served, 0.01),
                check(Figure::Kpi("turned away"), (rate - served) * 60_000.0, 0.02),
            ],
        });
    }
    cases
}

/// M/D/1 and M/G/1: W = E[S] + λ E[S²] / 2 (1 − ρ) (Pollaczek and Khinchine).
pub fn pollaczek_khinchine() -> Vec<Case> {
    let services = [
        ("M/D/1", "\"48s\"", 0.0),
        ("M/E4/1", "{ erlang = { k = 4, mean = \"48s\" } }", 0.25),
        (
            "M/U/1",
            "{ uniform = { min = \"0s\", max = \"96s\" } }",
            1.0 / 3.0,
        ),
        (
            "M/G/1, gamma",
            "{ gamma = { shape = 2.0, mean = \"48s\" } }",
            0.5,
        ),
        (
            "M/G/1, lognormal",
            "{ lognormal = { mean = \"48s\", sd = \"72s\" } }",
            2.25,
        ),
    ];
    let case = |(name, service, variability): (&str, &str, f64)| {
        let (rate, mean) = (1.0 / 60.0, 48.0);
        let second_moment = mean * mean * (1.0 + variability);
        let stay = mean + rate * second_moment / (2.0 * (1.0 - rate * mean));
        Case {
            name: format!("{name}, load 0.8"),
            scene: queue(&exponential(60.0), service, ""),
            warm_up: 50_000.0,
            horizon: 8e6,
            checks: vec![
                check(Figure::Kpi("lead time"), stay, 0.07),
                check(Figure::Kpi("throughput"), 60.0, 0.01),
            ],
        }
    };
    services.map(case).into()
}

/// Three queues, of which the second sends a quarter of its customers back to the first. Rates solve
/// λ₁ = γ + λ₂ / 4, λ₂ = λ₁; every node is as an M/M/1 queue of its own (Jackson 1957).
pub fn jackson() -> Case {
    let process = |mean: f64| format!("process = {{ cycle = {} }}", exponential(mean));
    let scene = format!(
        r#"
equipment = [
    {{ id = "in", kind = "source", process = {{ interarrival = {}, when_blocked = "queue" }} }},
    {{ id = "q1", kind = "buffer" }},
    {{ id = "s1", kind = "station", {} }},
    {{ id = "q2", kind = "buffer" }},
    {{ id = "s2", kind = "station", process = {{ cycle = {}, scrap = 0.25 }} }},
    {{ id = "q3", kind = "buffer" }},
    {{ id = "s3", kind = "station", {} }},
    {{ id = "out", kind = "sink" }},
]
[[flow]]
path = ["in", "q1", "s1", "q2", "s2", "q3", "s3", "out"]
[[flow]]
from = "s2"
to = "q1"
rejected = true
"#,
        exponential(100.0),
        process(50.0),
        exponential(30.0),
        process(70.0)
    );
    let gamma = 1.0 / 100.0;
    let lambda = gamma / 0.75;
    let at = |rate: f64, mean: f64| rate * mean / (1.0 - rate * mean);
    let parts = at(lambda, 50.0) + at(lambda, 30.0) + at(gamma, 70.0);
    Case {
        name: "Jackson network with rework".into(),
        scene,
        warm_up: 100_000.0,
        horizon: 10e6,
        checks: vec![
            check(Figure::Kpi("lead time"), parts / gamma, 0.03),
            check(Figure::Kpi("parts in process"), parts, 0.03),
            check(Figure::Kpi("throughput"), 36.0, 0.01),
            check(Figure::Throughput("s1".into()), 3_600.0 * lambda, 0.01),
        ],
    }
}

/// Mean value analysis (Reiser and Lavenberg 1980) of a cycle of exponential stations.
fn closed_throughput(means: &[f64], parts: u32) -> f64 {
    let mut queue = vec![0.0; means.len()];
    let mut throughput = 0.0;
    for n in 1..=parts {
        let stays = means.iter().zip(&queue).map(|(s, q)| s * (1.0 + q));
        let stays: Vec<f64> = stays.collect();
        throughput = f64::from(n) / stays.iter().sum::<f64>();
        queue = stays.iter().map(|stay| throughput * stay).collect();
    }
    throughput
}

/// Lines in which a part goes in whenever one has come out.
pub fn conwip() -> Vec<Case> {
    let means = [60.0, 40.0, 50.0];
    let case = |parts: u32| {
        let machine = |index: usize| format!("cycle = {}", exponential(means[index]));
        let throughput = closed_throughput(&means, parts);
        Case {
            name: format!("CONWIP line, {parts} parts"),
            scene: chain(&[
                ("in", "source", &format!("in_process = {parts}")),
                ("q1", "buffer", ""),
                ("m1", "station", &machine(0)),
                ("q2", "buffer", ""),
                ("m2", "station", &machine(1)),
                ("q3", "buffer", ""),
                ("m3", "station", &machine(2)),
                ("out", "sink", ""),
            ]),
            warm_up: 20_000.0,
            horizon: 2e6,
            checks: vec![
                check(Figure::Kpi("throughput"), 3_600.0 * throughput, 0.01),
                check(
                    Figure::Kpi("lead time"),
                    f64::from(parts) / throughput,
                    0.01,
                ),
            ],
        }
    };
    [1, 3, 8].map(case).into()
}

/// All of them.
pub fn all() -> Vec<Case> {
    let mut cases = exponential_lines();
    cases.extend(gershwin());
    cases.extend(erlang());
    cases.extend(pollaczek_khinchine());
    cases.push(jackson());
    cases.extend(conwip());
    cases
}
