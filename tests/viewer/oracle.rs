//! What is drawn, judged by a script that shares no code with the program: it moves the machines of
//! a plant that nobody tuned over a real broker, and reads transforms, colours and labels back.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::broker::{self, Broker};
use crate::driver::{Oracle, Program, json, judge, python, repository, skip};

const SCENE: &str = "tests/scenes/cell";

fn step(at: &str, what: &str) -> String {
    format!("[[step]]\nat = \"{at}\"\ndo = {what}\n")
}

fn into(file: &Path) -> String {
    // A path as a TOML string: as Rust's debug format writes it.
    format!("{file:?}")
}

#[test]
fn what_is_drawn_is_what_an_independent_script_expects_from_what_it_sent() {
    let Some(python) = python() else {
        return skip("no python with paho-mqtt and pysparkplug here");
    };
    if !broker::is_installed() {
        return;
    }
    for seed in [3, 4] {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let (expected, health, state) = (file("expected"), file("health"), file("state"));
        // The last message is sent within some five seconds. Motion is drawn a little behind.
        let script = [
            step("1s", "{ set-panel = [\"timeline\", \"hidden\"] }"),
            step("20s", &format!("{{ dump = {} }}", into(&health))),
            step("20s", "{ set-overlay = \"state\" }"),
            step("22300ms", &format!("{{ dump = {} }}", into(&state))),
            step(
                "22300ms",
                &format!("{{ screenshot = {} }}", into(&file("view.png"))),
            ),
            step("23s", "\"quit\""),
        ]
        .concat();
        fs::write(file("script.toml"), script).unwrap();
        let broker = Broker::open();
        let program = Program::start(&[
            SCENE,
            "--headless",
            "--size",
            "960x690",
            "--mqtt",
            &broker.url(),
            "--script",
            file("script.toml").to_str().unwrap(),
        ]);
        std::thread::sleep(Duration::from_secs(4));
        let oracle = Oracle::publish(&python, SCENE, broker.port(), seed, 600, &expected);
        json(&state, Duration::from_secs(60));
        program.wait();
        drop(oracle);
        if let Ok(keep) = std::env::var("TWINSCAPE_KEEP") {
            for name in ["expected", "health", "state", "view.png"] {
                fs::copy(file(name), Path::new(&keep).join(name)).unwrap();
            }
        }
        judge(&python, "look", &[&expected, &health, &state]);
        judge(&python, "compare", &[&expected, &state]);
    }
}

fn twinscape(folder: &Path, arguments: &[&str]) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_twinscape"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_DATA_HOME", folder.join("data"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments:?}: {said}");
}

/// A plant that was emulated by another process and recorded, one of its futures written down by the
/// simulator, and the same one watched.
#[test]
fn what_is_drawn_while_a_future_plays_is_what_happens_in_that_replication() {
    let Some(python) = python() else {
        return skip("no python with paho-mqtt and pysparkplug here");
    };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let scene = repository().join("tests/scenes/turnery");
    let scene = scene.to_str().unwrap();
    let (start, fork) = ("2026-03-02T06:00:00Z", "2026-03-02T07:30:00Z");
    twinscape(
        here,
        &[
            "emulate",
            scene,
            "--unpaced",
            "--for",
            "2h",
            "--start",
            start,
            "--out",
            "heard.jsonl",
        ],
    );
    twinscape(
        here,
        &["import", scene, "heard.jsonl", "--out", "recording"],
    );
    let jam = here.join("jam.toml");
    let text = "format = 1\nscene = \"turnery\"\nname = \"A jam\"\n\
                [[stop]]\nequipment = \"lathe\"\nat = \"10m\"\nlasts = \"30m\"\n";
    fs::write(&jam, text).unwrap();
    twinscape(
        here,
        &[
            "simulate",
            scene,
            "--from",
            "recording",
            "--at",
            fork,
            "--horizon",
            "1h",
            "--scenario",
            "jam.toml",
            "--replications",
            "20",
            "--events",
            "events.csv",
            "--replication",
            "7",
        ],
    );
    // The lathe is down from the 10th minute on, for half an hour: everything behind it starves.
    let looks = ["07:31:12.5", "07:50:03.25", "08:04:59", "08:29:59"];
    let forecast = format!("{{ forecast = {{ at = \"{fork}\", hours = 1.0 }} }}");
    let mut script = vec![
        step("0s", "{ set-panel = [\"timeline\", \"hidden\"] }"),
        step("0s", "{ set-overlay = \"state\" }"),
        step("0s", &forecast),
        step(
            "0s",
            &format!("{{ what-if = {{ scenario = {} }} }}", into(&jam)),
        ),
        step("15s", "{ watch-future = { number = [1, 7] } }"),
    ];
    let mut states = Vec::new();
    for (time, number) in looks.iter().zip(0_u32..) {
        let seek = format!("{{ seek = \"2026-03-02T{time}Z\" }}");
        let state = here.join(format!("state-{number}"));
        let at = |secs: u32| format!("{}s", 30 + 6 * number + secs);
        script.push(step(&at(0), "\"pause\""));
        script.push(step(&at(0), &seek));
        script.push(step(&at(4), &format!("{{ dump = {} }}", into(&state))));
        // With a picture to be taken, something is drawn.
        let picture = here.join(format!("view-{number}.png"));
        script.push(step(
            &at(4),
            &format!("{{ screenshot = {} }}", into(&picture)),
        ));
        states.push(state);
    }
    script.push(step("60s", "\"quit\""));
    fs::write(here.join("script.toml"), script.concat()).unwrap();
    let size = ["--headless", "--size", "960x690"];
    twinscape(
        here,
        &[&["open", "recording", "--script", "script.toml"], &size[..]].concat(),
    );
    let events = here.join("events.csv");
    let mut files = vec![events.as_path()];
    files.extend(states.iter().map(std::path::PathBuf::as_path));
    if let Ok(keep) = std::env::var("TWINSCAPE_KEEP") {
        for file in &files {
            fs::copy(file, Path::new(&keep).join(file.file_name().unwrap())).unwrap();
        }
    }
    files.insert(0, Path::new(scene));
    judge(&python, "future", &files);
}
