//! The real program behind a real broker, judged by a script that shares no code with it.

#![expect(
    clippy::disallowed_methods,
    reason = "what is outside the program reads real clocks"
)]

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::broker::Broker;
use crate::driver::{Oracle, Program, json, judge, python, skip};

fn signal<'a>(state: &'a Value, equipment: &str, name: &str) -> &'a Value {
    let entry = state["equipment"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["id"] == equipment)
        .unwrap();
    &entry["signals"][name]
}

#[test]
fn the_twin_says_what_an_independent_script_computes_from_what_it_sent() {
    let Some(python) = python() else {
        return skip("no python with paho-mqtt and pysparkplug here");
    };
    if !crate::broker::is_installed() {
        return;
    }
    for seed in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let (expected, state) = (
            folder.path().join("expected.json"),
            folder.path().join("state.json"),
        );
        let script = folder.path().join("script.toml");
        let broker = Broker::open();
        let url = broker.url();
        fs::write(
            &script,
            format!("[[step]]\nat = \"14s\"\ndo = {{ dump = {state:?} }}\n[[step]]\nat = \"14s\"\ndo = \"quit\"\n"),
        )
        .unwrap();
        let program = Program::start(&[
            "tests/scenes/waterworks",
            "--headless",
            "--mqtt",
            &url,
            "--script",
            script.to_str().unwrap(),
        ]);
        std::thread::sleep(Duration::from_secs(2));
        let oracle = Oracle::publish(
            &python,
            "tests/scenes/waterworks",
            broker.port(),
            seed,
            800,
            &expected,
        );
        json(&state, Duration::from_secs(30));
        program.wait();
        drop(oracle);
        judge(&python, "compare", &[&expected, &state]);
    }
}

#[test]
fn after_a_broker_was_gone_for_ten_seconds_values_were_stale_and_come_back_alone() {
    if !crate::broker::is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut broker = Broker::with("allow_anonymous true\npersistence false\n", |_| {});
    let url = broker.url();
    let steps: String = [("4s", "before"), ("12s", "gone"), ("28s", "back")]
        .map(|(at, name)| {
            format!(
                "[[step]]\nat = \"{at}\"\ndo = {{ dump = {:?} }}\n",
                file(name)
            )
        })
        .concat();
    fs::write(file("script.toml"), steps).unwrap();
    let program = Program::start(&[
        "tests/scenes/waterworks",
        "--headless",
        "--mqtt",
        &url,
        "--script",
        file("script.toml").to_str().unwrap(),
        "--for",
        "29s",
    ]);
    std::thread::sleep(Duration::from_millis(2500));
    let retained = |broker: &Broker, text: &str| {
        // Retained, by exception, with a time of its own; and one without any time.
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_nanos();
        let state = format!("{{\"v\":\"{text}\",\"t\":{now},\"q\":192}}");
        broker.retain("ww/raw/wells/p1/state", &state);
        broker.retain("legacy/plc9/speed", "1500");
    };
    retained(&broker, "RUN");

    let before = json(&file("before"), Duration::from_secs(20));
    let state = signal(&before, "raw/wells/p1", "state");
    assert_eq!(
        (&state["value"], &state["freshness"]),
        (&"RUN".into(), &"fresh".into())
    );

    broker.kill();
    let gone = json(&file("gone"), Duration::from_secs(20));
    let state = signal(&gone, "raw/wells/p1", "state");
    assert_eq!(
        (&state["value"], &state["freshness"]),
        (&"RUN".into(), &"stale".into())
    );
    assert!(
        gone["sources"]
            .as_array()
            .unwrap()
            .iter()
            .all(|source| source["connected_since"].is_null())
    );

    broker.start();
    retained(&broker, "TRIP");
    let back = json(&file("back"), Duration::from_secs(30));
    let state = signal(&back, "raw/wells/p1", "state");
    assert_eq!(
        (&state["value"], &state["freshness"]),
        (&"TRIP".into(), &"fresh".into())
    );
    let speed = signal(&back, "raw/wells/p3", "speed");
    assert_eq!(
        speed["quality"], "uncertain",
        "a retained value without a time has no known age"
    );
    assert!(
        back["sources"]
            .as_array()
            .unwrap()
            .iter()
            .all(|source| source["reconnects"].as_u64() >= Some(1))
    );
    program.wait();
}
