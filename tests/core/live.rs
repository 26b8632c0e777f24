//! The real program behind a real broker, judged by a script that shares no code with it.

#![expect(
    clippy::disallowed_methods,
    reason = "what is outside the program reads real clocks"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::source::broker::Broker;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Python with the clients that the oracle sends with, when they are installed.
fn python() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let folder = std::env::var_os("TWINSCAPE_PEERS")
        .map(PathBuf::from)
        .or_else(|| Some(cache?.join("twinscape/peers")))?;
    let python = folder.join("venv/bin/python");
    let works = Command::new(&python)
        .args(["-c", "import paho.mqtt.client, pysparkplug, tomllib"])
        .status()
        .is_ok_and(|status| status.success());
    works.then_some(python)
}

/// Says loudly that a test is left out; `.ci/run` installs what is missing.
fn skip(why: &str) {
    let line = format!("\n*** SKIPPED: {why}; .ci/run installs it ***\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

/// The program, ended when dropped.
struct Program(Child);

impl Program {
    fn start(arguments: &[&str]) -> Self {
        Self(
            Command::new(env!("CARGO_BIN_EXE_twinscape"))
                .args(arguments)
                .current_dir(repository())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    fn wait(mut self) {
        let status = self.0.wait().unwrap();
        assert!(status.success(), "the program ended with {status}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The oracle's sender; its nodes stay connected until this is dropped.
struct Oracle {
    child: Child,
    _stdin: Option<ChildStdin>,
}

impl Oracle {
    fn publish(python: &Path, scene: &str, port: u16, seed: u32, count: u32, out: &Path) -> Self {
        let mut child = Command::new(python)
            .arg("tests/peers/oracle.py")
            .args(["publish", scene, &port.to_string()])
            .args([seed.to_string(), count.to_string()])
            .arg(out)
            .current_dir(repository())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line.trim(), "published", "the oracle could not publish");
        Self {
            child,
            _stdin: stdin,
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a JSON file is there and whole; a dump is renamed into place.
fn json(file: &Path, patience: Duration) -> Value {
    let until = Instant::now() + patience;
    loop {
        if let Ok(text) = fs::read_to_string(file) {
            return serde_json::from_str(&text).unwrap();
        }
        assert!(Instant::now() < until, "no {}", file.display());
        std::thread::sleep(Duration::from_millis(50));
    }
}

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
    if !crate::source::broker::is_installed() {
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
        let verdict = Command::new(&python)
            .args(["tests/peers/oracle.py", "compare"])
            .args([&expected, &state])
            .current_dir(repository())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&verdict.stdout);
        assert!(verdict.status.success(), "seed {seed}:\n{said}");
    }
}

#[test]
fn after_a_broker_was_gone_for_ten_seconds_values_were_stale_and_come_back_alone() {
    if !crate::source::broker::is_installed() {
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
