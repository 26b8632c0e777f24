//! How fast a recording answers: the whole plant at random instants, plots, scrubbing; beside DuckDB
//! over the same Parquet and SQLite with an index; and the memory it takes. On one hour of 5,000
//! signals at 1 Hz from the emulator's physics, and a day of 50.
//!
//! `cargo bench --no-default-features --bench recording [-- hour|scrub|seek|day|month]`
//!
//! Times are of the wall clock, the shortest of several: the rest is other people's noise.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(clippy::unwrap_used, reason = "a bench ends when something is wrong")]

#[path = "recording/physics.rs"]
mod physics;

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use physics::{Physics, Repeats, START, python};
use twinscape::clock::Clock;
use twinscape::history::of_recording;
use twinscape::model::{Plant, Point, Quality, SignalId, Snapshot, Timestamp, Value};
use twinscape::recording::index::write_index;
use twinscape::recording::parts::{PartFile, Sort};
use twinscape::recording::reader::{Moment, Pin};
use twinscape::recording::sealed::{PartMeta, PartPoints, RecordedPoint, write_samples};
use twinscape::recording::{Recording, SignalNames, Tail};
use twinscape::twin::{LiveBoard, Twin, ViewCursor};

/// Records so many seconds in parts of so many.
fn record(
    root: &Path,
    plant: &Plant,
    parts: i64,
    seconds: i64,
    mut run: impl FnMut(i64) -> Vec<RecordedPoint>,
) {
    let text = "format = 1\nplant = \"copies\"\ntime_zone = \"UTC\"\nmade = \"2026-03-01T10:00:00Z\"\nversion = \"0.1.0\"\n";
    fs::write(root.join("recording.toml"), text).unwrap();
    let names = SignalNames::of(plant);
    let names: Vec<_> = names.iter().map(|(_, name)| Arc::clone(name)).collect();
    let mut carried = Vec::new();
    for part in 0..parts {
        let from = START.as_millis() + part * seconds * 1000;
        let to = from + seconds * 1000;
        let mut points = std::mem::take(&mut carried);
        for point in run(seconds) {
            let place = if point.point.time.as_millis() < to {
                &mut points
            } else {
                &mut carried
            };
            place.push(point);
        }
        let points = PartPoints::from_arrivals(names.clone(), &points);
        let meta = PartMeta {
            span: Timestamp::from_millis(from)..Timestamp::from_millis(to),
            segments_through: 1,
            plant: 1,
        };
        let file = PartFile::of(root, Sort::Samples, from..to);
        fs::create_dir_all(file.path.parent().unwrap()).unwrap();
        write_samples(File::create(&file.path).unwrap(), &meta, &points).unwrap();
        let index = file.index(root);
        fs::create_dir_all(index.parent().unwrap()).unwrap();
        write_index(File::create(index).unwrap(), &meta, &points).unwrap();
    }
}

fn bytes_of(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else {
        return fs::metadata(path).map_or(0, |data| data.len());
    };
    entries.map(|entry| bytes_of(&entry.unwrap().path())).sum()
}

struct Random(u64);

impl Random {
    fn below(&mut self, below: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % below
    }
}

/// Signals that walk at random in steps of 0.01.
#[derive(Default)]
struct Walk {
    at: Vec<f64>,
    second: i64,
    noise: Option<Random>,
}

impl Walk {
    fn run(&mut self, signals: u32, seconds: i64) -> Vec<RecordedPoint> {
        let noise = self.noise.get_or_insert(Random(11));
        self.at.resize(signals as usize, 2_000.0);
        let mut points = Vec::new();
        for _ in 0..seconds {
            for (name, at) in (0..signals).zip(&mut self.at) {
                *at += (noise.below(11) - 5) as f64;
                let time = START + Duration::from_secs(self.second as u64);
                points.push(RecordedPoint {
                    name,
                    point: Point {
                        time: time + Duration::from_millis(noise.below(7) as u64),
                        receive_time: time + Duration::from_millis(10 + noise.below(7) as u64),
                        value: Value::Float(*at / 100.0),
                        quality: Quality::Good,
                    },
                    source_time: None,
                });
            }
            self.second += 1;
        }
        points
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Median, 99th percentile and maximum, ms.
fn spread(mut times: Vec<Duration>) -> (f64, f64, f64) {
    times.sort_unstable();
    let at = |share: f64| millis(times[((times.len() - 1) as f64 * share) as usize]);
    (at(0.5), at(0.99), at(1.0))
}

fn shortest(clock: &Clock, tries: usize, mut work: impl FnMut()) -> Duration {
    (0..tries)
        .map(|_| {
            let start = clock.elapsed();
            work();
            clock.elapsed().saturating_sub(start)
        })
        .min()
        .unwrap()
}

const BUDGET: usize = 256 << 20;

fn open(root: &Path, plant: &Arc<Plant>, budget: usize) -> Recording {
    Recording::open(root, Arc::clone(plant), budget, Tail::Leave).unwrap()
}

fn instants(count: usize, seconds: i64) -> Vec<Timestamp> {
    let mut random = Random(3);
    (0..count)
        .map(|_| {
            Timestamp::from_millis(START.as_millis() + 2_000 + random.below((seconds - 3) * 1000))
        })
        .collect()
}

/// The whole plant at random instants; returns the warm median, ms.
fn seek(clock: &Clock, root: &Path, plant: &Arc<Plant>, seconds: i64) -> f64 {
    let recording = open(root, plant, BUDGET);
    let mut moment = Moment::default();
    let signals = plant.signals.len();
    let opened = shortest(clock, 5, || drop(open(root, plant, BUDGET)));
    println!("  open             {:8.3} ms", millis(opened));
    let times = instants(1_000, seconds);
    for t in &times {
        recording.latest_at(*t, &mut moment);
        assert!(moment.points[..signals].iter().all(Option::is_some));
    }
    let warm = times
        .iter()
        .map(|t| shortest(clock, 5, || recording.latest_at(*t, &mut moment)));
    let (median, p99, most) = spread(warm.collect());
    println!(
        "  latest_at warm   {median:8.3} ms, p99 {p99:.3}, max {most:.3} for {signals} signals (goal p99 <= 0.5)"
    );
    let stats = recording.stats();
    println!(
        "  memory           {:8.1} MiB of {} MiB for what was read, {:.1} MiB for the list",
        stats.bytes as f64 / f64::from(1 << 20),
        stats.budget_bytes >> 20,
        stats.fixed_bytes as f64 / f64::from(1 << 20)
    );
    assert!(stats.bytes <= stats.budget_bytes);
    let first = times.iter().take(200).map(|t| {
        (0..3)
            .map(|_| {
                let fresh = open(root, plant, BUDGET);
                shortest(clock, 1, || fresh.latest_at(*t, &mut moment))
            })
            .min()
            .unwrap()
    });
    let (median, p99, most) = spread(first.collect());
    println!(
        "  first touch      {median:8.3} ms, p99 {p99:.3}, max {most:.3} from files in the page cache (goal p99 <= 10)"
    );
    let pass = shortest(clock, 200, || {
        let history = of_recording(recording.clone());
        let view = history.view();
        for id in 0..signals as u32 {
            std::hint::black_box(view.bracket(SignalId(id), times[0]));
        }
    });
    println!(
        "  a pass of views  {:8.1} ns per signal",
        pass.as_secs_f64() * 1e9 / signals as f64
    );
    let mut pin = Pin::default();
    let again = shortest(clock, 200, || {
        for id in 0..signals as u32 {
            std::hint::black_box(pin.latest(&recording, SignalId(id), times[0]));
        }
    });
    println!(
        "  latest, pinned   {:8.1} ns per signal",
        again.as_secs_f64() * 1e9 / signals as f64
    );
    let mut pin = Pin::default();
    spread(
        times
            .iter()
            .map(|t| shortest(clock, 5, || pin.latest_at(&recording, *t, &mut moment)))
            .collect(),
    )
    .0
}

/// A twin's cursor dragged over the recording, 60 steps a second.
fn scrub(clock: &Clock, root: &Path, plant: &Arc<Plant>, seconds: i64) {
    for (how, budget, steps, stride) in [
        ("dragged in 10 s", 64 << 20, 600, seconds * 1000 / 600),
        ("dragged in 60 s", 64 << 20, 3_600, seconds * 1000 / 3_600),
        ("back in 10 s", 64 << 20, 600, -(seconds * 1000 / 600)),
        ("thrown about", 64 << 20, 600, 7_919_000),
    ] {
        // The shortest of three runs of each step: others use this machine.
        let mut best = vec![Duration::MAX; steps as usize];
        let mut bytes = 0;
        for _ in 0..3 {
            let recording = open(root, plant, budget);
            let history = of_recording(recording.clone());
            let twin = Twin::new(Arc::clone(plant), history, LiveBoard::default());
            let (mut snapshot, mut cursor) = (Snapshot::new(plant), ViewCursor::default());
            for (step, best) in (0..steps).zip(&mut best) {
                let ms = (step * stride).rem_euclid(seconds * 1000);
                let t = Timestamp::from_millis(START.as_millis() + ms);
                let took = shortest(clock, 1, || twin.advance(&mut snapshot, &mut cursor, t));
                *best = (*best).min(took);
                bytes = bytes.max(recording.stats().bytes);
            }
        }
        assert!(bytes <= budget);
        if std::env::var_os("WORST").is_some() {
            let mut by: Vec<_> = best.iter().enumerate().collect();
            by.sort_by_key(|(_, t)| std::cmp::Reverse(**t));
            for (step, t) in by.iter().take(14) {
                let ms = (*step as i64 * stride).rem_euclid(seconds * 1000);
                println!(
                    "    step {step} at {:.1} s: {:.2} ms",
                    ms as f64 / 1e3,
                    millis(**t)
                );
            }
        }
        let (median, p99, most) = spread(best);
        println!(
            "  scrub {how:<16} {median:6.3} ms a step, p99 {p99:.3}, max {most:.3} (goal <= 8), {} MiB of {}",
            bytes >> 20,
            budget >> 20
        );
    }
}

/// Plots of one signal after another.
fn plots(clock: &Clock, root: &Path, plant: &Arc<Plant>, seconds: i64) {
    let recording = open(root, plant, BUDGET);
    let history = of_recording(recording.clone());
    let end = Timestamp::from_millis(START.as_millis() + seconds * 1000);
    for (what, from) in [
        ("all", START),
        ("1 h", Timestamp::from_millis(end.as_millis() - 3_600_000)),
        ("1 min", Timestamp::from_millis(end.as_millis() - 60_000)),
    ] {
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        let mut out = Vec::new();
        for id in (0..plant.signals.len() as u32).map(SignalId) {
            out.clear();
            cold.push(shortest(clock, 1, || {
                history.range_decimated(id, from..end, 1_000, &mut out)
            }));
            assert_eq!(out.len(), 1_000);
            warm.push(shortest(clock, 5, || {
                out.clear();
                history.range_decimated(id, from..end, 1_000, &mut out);
            }));
        }
        let ((cold, _, cold_most), (warm, warm_99, _)) = (spread(cold), spread(warm));
        println!(
            "  plot of {what:<8} {warm:8.3} ms warm, p99 {warm_99:.3} (goal <= 2); first {cold:.3}, max {cold_most:.3}"
        );
    }
}

fn peers(root: &Path, ours: f64, signals: usize) {
    let Some(python) = python() else {
        println!("  SKIPPED: no python with duckdb, pandas and pyarrow here");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/seek.py");
    let output = Command::new(python)
        .arg(script)
        .arg(root.join("samples"))
        .arg(START.as_millis().to_string())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for peer in found.as_array().unwrap() {
        let theirs = peer["ms"].as_f64().unwrap();
        let of = peer["signals"].as_f64().unwrap();
        println!(
            "  {:<54} {theirs:9.2} ms for {of} signals: ours is {:.0} x faster a signal (goal >= 100)",
            peer["name"].as_str().unwrap(),
            theirs / of / (ours / signals as f64)
        );
        assert!(peer["signals"].as_u64().unwrap() as usize >= signals / 2);
    }
}

fn main() {
    let clock = Clock::start();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| {
        let named =
            |word: &String| ["hour", "scrub", "seek", "day", "month"].contains(&word.as_str());
        !words.iter().any(named) || words.iter().any(|word| word == name)
    };
    if wants("hour") || wants("scrub") || wants("seek") {
        hour(
            &clock,
            wants("hour") || wants("scrub"),
            wants("hour") || wants("seek"),
        );
    }
    if wants("day") {
        day(&clock);
    }
    if wants("month") {
        month(&clock);
    }
}

fn hour(clock: &Clock, with_scrub: bool, with_seek: bool) {
    let root = tempfile::tempdir().unwrap();
    let mut physics = Physics::new(5_000);
    let plant = Arc::clone(&physics.plant);
    record(root.path(), &plant, 6, 600, |seconds| physics.run(seconds));
    println!(
        "one hour of {} signals at 1 Hz: Parquet {:.1} MiB, index {:.1} MiB",
        plant.signals.len(),
        bytes_of(&root.path().join("samples")) as f64 / f64::from(1 << 20),
        bytes_of(&root.path().join("index")) as f64 / f64::from(1 << 20)
    );
    if with_scrub {
        scrub(clock, root.path(), &plant, 3_600);
        as_sent(clock);
    }
    if with_seek {
        let ours = seek(clock, root.path(), &plant, 3_600);
        peers(root.path(), ours, plant.signals.len());
    }
}

/// The same plant as it really sends: what reports by exception says nothing while nothing changes.
fn as_sent(clock: &Clock) {
    let root = tempfile::tempdir().unwrap();
    let mut physics = Physics::repeating(5_000, Repeats::Cyclic);
    let plant = Arc::clone(&physics.plant);
    record(root.path(), &plant, 6, 600, |seconds| physics.run(seconds));
    println!(
        "  as it is sent, by exception where nothing changes: Parquet {:.1} MiB, index {:.1} MiB",
        bytes_of(&root.path().join("samples")) as f64 / f64::from(1 << 20),
        bytes_of(&root.path().join("index")) as f64 / f64::from(1 << 20)
    );
    scrub(clock, root.path(), &plant, 3_600);
}

fn day(clock: &Clock) {
    let root = tempfile::tempdir().unwrap();
    let mut physics = Physics::new(50);
    let plant = Arc::clone(&physics.plant);
    record(root.path(), &plant, 24, 3_600, |seconds| {
        physics.run(seconds)
    });
    println!("24 hours of {} signals at 1 Hz", plant.signals.len());
    plots(clock, root.path(), &plant, 86_400);
}

fn month(clock: &Clock) {
    let root = tempfile::tempdir().unwrap();
    let mut walk = Walk::default();
    let plant = Arc::clone(&Physics::new(4).plant);
    let signals = plant.signals.len() as u32;
    record(root.path(), &plant, 720, 3_600, |seconds| {
        walk.run(signals, seconds)
    });
    println!("30 days of {signals} signals at 1 Hz");
    plots(clock, root.path(), &plant, 30 * 86_400);
}
