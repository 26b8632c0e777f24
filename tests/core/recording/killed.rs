//! The real program, killed while it records twenty thousand samples a second: what a second process
//! had received more than a second before is there every time.

#![expect(
    clippy::disallowed_methods,
    reason = "what is outside the program reads real clocks"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use twinscape::model::Value;
use twinscape::recording::log::read_unsealed;
use twinscape::recording::parts::{Sort, list};
use twinscape::recording::sealed::{PartPoints, read_samples};

use crate::broker::Broker;
use crate::driver::repository;
use crate::running::Running;

/// Signals in one message, and messages a second.
const SIGNALS: usize = 200;
const RATE: u64 = 100;

/// A scene with one machine that sends all its signals at once.
fn scene(folder: &Path) -> PathBuf {
    let scene = folder.join("many");
    fs::create_dir_all(scene.join("kinds")).unwrap();
    let mut kind = String::from("format = 1\nname = \"Many\"\nsize = [1, 1, 1]\n");
    for at in 0..SIGNALS {
        write!(
            kind,
            "\n[signals.s{at}]\nunit = \"\"\ntype = \"integer\"\nstale_after = \"1m\"\n"
        )
        .unwrap();
    }
    fs::write(scene.join("kinds/many.toml"), kind).unwrap();
    fs::write(
        scene.join("scene.toml"),
        "format = 1\nname = \"Many\"\ntime_zone = \"UTC\"\n\n[site]\nid = \"plant\"\n\n\
         [[source]]\nid = \"feed\"\nurl = \"mqtt://localhost\"\n\n[[source.topic]]\n\
         topic = \"plant/{equipment}\"\npayload = { value = \"/{signal}\" }\n\n\
         [[area]]\nid = \"area\"\n\n\
         [[equipment]]\nid = \"m\"\nin = \"area\"\nkind = \"many\"\nat = [0.0, 0.0]\n",
    )
    .unwrap();
    scene
}

/// Sends numbered messages at a steady rate, until it is dropped.
struct Sender {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
    _process: Running,
}

impl Sender {
    fn start(port: u16) -> Self {
        let mut child = Command::new("mosquitto_pub")
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            .args(["-t", "plant/m", "-l"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("sender".into())
            .spawn(move || {
                let start = Instant::now();
                let mut number = 0_u64;
                while !stopped.load(Ordering::Relaxed) {
                    let due = Duration::from_nanos(number * (1_000_000_000 / RATE));
                    std::thread::sleep(due.saturating_sub(start.elapsed()));
                    let mut line = format!("{{\"n\":{number}");
                    for at in 0..SIGNALS {
                        write!(line, ",\"s{at}\":{number}").unwrap();
                    }
                    line.push_str("}\n");
                    if pipe.write_all(line.as_bytes()).is_err() {
                        return;
                    }
                    number += 1;
                }
            })
            .unwrap();
        Self {
            stop,
            thread: Some(thread),
            _process: Running(child),
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A second process that writes down when it received which message.
fn witness(port: u16, out: &Path) -> Running {
    let child = Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(["-t", "plant/m", "-F", "%U %p"])
        .stdout(File::create(out).unwrap())
        .spawn()
        .unwrap();
    Running(child)
}

fn record(scene: &Path, out: &Path, url: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_twinscape"))
        .arg("record")
        .arg(scene)
        .arg("--out")
        .arg(out)
        .args(["--mqtt", url])
        .current_dir(repository())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How many signals of each message are on the disk; panics when one is there twice.
fn recorded(root: &Path) -> HashMap<i64, usize> {
    let mut seen: HashMap<i64, [bool; SIGNALS]> = HashMap::new();
    let mut take = |points: &PartPoints| {
        for (name, _, run) in points.runs() {
            let Some(signal) = name.strip_prefix("area/m/s") else {
                assert!(name.contains('#'), "{name}");
                continue;
            };
            let signal: usize = signal.parse().unwrap();
            for each in run.iter() {
                let Value::Integer(number) = each.point.value else {
                    panic!("{name}: {each:?}");
                };
                let seen = seen.entry(number).or_insert([false; SIGNALS]);
                assert!(!seen[signal], "{name} {number} twice");
                seen[signal] = true;
            }
        }
    };
    take(&read_unsealed(root).unwrap().points);
    for part in list(root, Sort::Samples).unwrap().0 {
        take(&read_samples(File::open(part.path).unwrap()).unwrap().1);
    }
    let count = |seen: &[bool; SIGNALS]| seen.iter().filter(|is_there| **is_there).count();
    seen.iter()
        .map(|(number, seen)| (*number, count(seen)))
        .collect()
}

fn utc() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs_f64()
}

/// Kills the recorder so often, each time after it has recorded for a while.
fn kill(times: u32) {
    if !crate::broker::is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let scene = scene(folder.path());
    let out = folder.path().join("recording");
    let broker = Broker::open();
    let heard = folder.path().join("heard");
    let witness = witness(broker.port(), &heard);
    std::thread::sleep(Duration::from_millis(300));
    let sender = Sender::start(broker.port());
    // Messages that were heard while a recorder must have heard them too.
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for round in 0..times {
        let log = || -> Vec<(std::ffi::OsString, u64)> {
            let entries = fs::read_dir(out.join("log")).into_iter().flatten();
            entries
                .filter_map(|entry| {
                    let entry = entry.ok()?;
                    Some((entry.file_name(), entry.metadata().ok()?.len()))
                })
                .collect()
        };
        let before = log();
        let mut child = record(&scene, &out, &broker.url());
        let begun = Instant::now();
        // It records when the log grows: from then on everything is owed.
        let is_new = |name: &std::ffi::OsString| !before.iter().any(|(old, _)| old == name);
        while !log()
            .iter()
            .any(|(name, bytes)| *bytes > 20_000 && is_new(name))
        {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "it does not record"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        let from = utc();
        std::thread::sleep(Duration::from_millis(1_700 + u64::from(round % 7) * 130));
        let killed = utc();
        child.kill().unwrap();
        child.wait().unwrap();
        spans.push((from, killed - 1.0));
        let counts = recorded(&out);
        check(&heard, &spans, &counts);
    }
    drop(sender);
    drop(witness);
    // Once more, to an end that is no accident: everything is still there, and sealed.
    let mut last = record(&scene, &out, &broker.url());
    std::thread::sleep(Duration::from_secs(3));
    let asked = Command::new("kill")
        .args(["-INT", &last.id().to_string()])
        .status()
        .unwrap();
    assert!(asked.success());
    assert!(last.wait().unwrap().success());
    check(&heard, &spans, &recorded(&out));
    let left: u64 = fs::read_dir(out.join("log"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(
        left < 100,
        "sealed at the end, and {left} bytes are left in the log"
    );
}

fn check(heard: &Path, spans: &[(f64, f64)], counts: &HashMap<i64, usize>) {
    let text = fs::read_to_string(heard).unwrap();
    let mut owed = 0;
    for line in text.lines() {
        let Some((time, payload)) = line.split_once(' ') else {
            continue;
        };
        let number = payload
            .strip_prefix("{\"n\":")
            .and_then(|rest| rest.split_once(','))
            .and_then(|(number, _)| number.parse::<i64>().ok());
        let (Ok(time), Some(number)) = (time.parse::<f64>(), number) else {
            continue;
        };
        if spans.iter().any(|(from, to)| time > *from && time < *to) {
            owed += 1;
            let there = counts.get(&number).copied().unwrap_or(0);
            assert_eq!(there, SIGNALS, "message {number}, heard at {time}");
        }
    }
    assert!(
        owed as usize > spans.len() * 20,
        "{owed} messages were heard"
    );
}

#[test]
fn killed_three_times_at_twenty_thousand_samples_a_second_nothing_older_than_a_second_is_lost() {
    kill(3);
}

#[test]
#[ignore = "takes some minutes, so .ci/run runs it alone: cargo test --test core -- --ignored killed_fifty"]
fn killed_fifty_times_at_twenty_thousand_samples_a_second_nothing_older_than_a_second_is_lost() {
    kill(50);
}
