//! What sealing takes: bytes per sample beside pandas and DuckDB with the same rows, and CPU time;
//! on the store mix of the peers (temperatures, states, counters, set-points, noise), on the
//! emulator's physics, and on real data: the water rig of SKAB and the machines of NAB, where the
//! folder that `TWINSCAPE_SHARED` names (or `../shared`) has them.
//!
//! `cargo bench --no-default-features --bench sealed [-- --parts N]`: N times ten minutes of physics, 2
//! when left out; 144 are a day.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(clippy::unwrap_used, reason = "a bench ends when something is wrong")]

#[path = "recording/physics.rs"]
mod physics;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use physics::{Physics, START, python};
use twinscape::import::{Import, Mapping};
use twinscape::model::{Point, Quality, Timestamp, Value, scene};
use twinscape::recording::SignalNames;
use twinscape::recording::index::write_index;
use twinscape::recording::sealed::{
    PartMeta, PartPoints, RecordedPoint, SealedStats, write_samples,
};

/// CPU time of this thread.
fn cpu() -> std::time::Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    std::time::Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

/// The five classes of the store mix, in turn.
struct Mix {
    signals: usize,
    state: Vec<f64>,
    noise: u64,
    second: i64,
}

impl Mix {
    fn new(signals: usize) -> Self {
        let begin = [20.0, 0.0, 0.0, 100.0, 0.0];
        Self {
            signals,
            state: (0..signals).map(|at| begin[at % 5]).collect(),
            noise: 7,
            second: 0,
        }
    }

    fn uniform(&mut self) -> f64 {
        self.noise = self
            .noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.noise >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    fn value(&mut self, signal: usize) -> f64 {
        let before = self.state[signal];
        match signal % 5 {
            0 => {
                self.state[signal] = before + 0.05 * self.normal();
                (self.state[signal] * 100.0).round() / 100.0
            }
            1 => {
                if self.uniform() < 1.0 / 300.0 {
                    self.state[signal] = (before + 1.0) % 5.0;
                }
                self.state[signal]
            }
            2 => {
                if self.uniform() < 0.4 {
                    self.state[signal] += 1.0;
                }
                self.state[signal]
            }
            3 => {
                if self.uniform() < 1.0 / 2000.0 {
                    self.state[signal] += 10.0 * ((self.uniform() * 7.0).floor() - 3.0);
                }
                self.state[signal]
            }
            _ => f64::from(self.normal() as f32),
        }
    }

    fn run(&mut self, seconds: i64) -> Vec<RecordedPoint> {
        let mut points = Vec::with_capacity(self.signals * seconds as usize);
        for _ in 0..seconds {
            for signal in 0..self.signals {
                let ms = START.as_millis() + self.second * 1000 + (self.uniform() * 7.0) as i64;
                let late = 2 + (self.uniform() * 11.0) as i64;
                points.push(RecordedPoint {
                    name: signal as u32,
                    point: Point {
                        time: Timestamp::from_millis(ms),
                        receive_time: Timestamp::from_millis(ms + late),
                        value: Value::Float(self.value(signal)),
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

#[derive(Default)]
struct Total {
    stats: Vec<SealedStats>,
    sorting: f64,
    sealing: f64,
    indexing: f64,
    index_bytes: usize,
    files: Vec<PathBuf>,
}

/// Parts that peers are given at most.
const PEERS: usize = 4;

fn rows(stats: &[SealedStats]) -> u64 {
    stats.iter().map(|stats| stats.rows).sum()
}

/// Bytes of a column per sample.
fn column(stats: &[SealedStats], name: &str) -> f64 {
    let columns = stats.iter().flat_map(|stats| &stats.columns);
    let of = columns.filter(|(column, _)| *column == name);
    of.map(|(_, bytes)| *bytes).sum::<u64>() as f64 / rows(stats) as f64
}

/// Bytes per sample, receive times apart.
fn ours(stats: &[SealedStats]) -> f64 {
    let bytes: u64 = stats.iter().map(|stats| stats.bytes).sum();
    bytes as f64 / rows(stats) as f64 - column(stats, "receive_time")
}

impl Total {
    fn part(&mut self, folder: &Path, names: &[Arc<str>], arrived: Vec<RecordedPoint>) {
        let number = self.files.len() as i64;
        let meta = PartMeta {
            span: Timestamp::from_millis(START.as_millis() + number)..Timestamp::MAX,
            segments_through: 1,
            plant: 1,
        };
        let path = folder.join(format!("{number}.parquet"));
        let start = cpu();
        let points = PartPoints::from_arrivals(names.to_vec(), &arrived);
        self.sorting += cpu().saturating_sub(start).as_secs_f64();
        drop(arrived);
        let start = cpu();
        let stats = write_samples(File::create(&path).unwrap(), &meta, &points).unwrap();
        self.sealing += cpu().saturating_sub(start).as_secs_f64();
        let start = cpu();
        let mut index = Vec::new();
        write_index(&mut index, &meta, &points).unwrap();
        self.indexing += cpu().saturating_sub(start).as_secs_f64();
        self.index_bytes += index.len();
        self.stats.push(stats);
        self.files.push(path);
    }

    fn report(&self, what: &str) {
        let rows = rows(&self.stats);
        let column = |name: &str| column(&self.stats, name);
        let each = |bytes: f64| bytes / rows as f64;
        let received = column("receive_time");
        let ours = ours(&self.stats);
        println!("{what}: {rows} samples in {} parts", self.files.len());
        println!(
            "  sealed           {ours:6.3} B per sample (goal <= 2.2): value {:.3}, time {:.3}, the rest {:.3}",
            column("value") + column("integer") + column("text"),
            column("time") + column("nanos"),
            ours - column("value")
                - column("integer")
                - column("text")
                - column("time")
                - column("nanos"),
        );
        println!(
            "  apart            receive times {received:.3}, index {:.3} B per sample",
            each(self.index_bytes as f64)
        );
        // The system counts time in steps: of a few thousand points there is nothing to tell.
        let rate = |secs: f64| match secs >= 0.02 {
            true => format!("{:.2} M", rows as f64 / secs / 1e6),
            false => "too short to tell".to_owned(),
        };
        println!(
            "  CPU              samples per CPU-second: sealing {} (goal >= 5); index {}; sorting {}",
            rate(self.sealing),
            rate(self.indexing),
            rate(self.sorting)
        );
        let Some(python) = python() else {
            println!("  SKIPPED: no python with duckdb, pandas and pyarrow here");
            return;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/parquet.py");
        // They hold all of it in memory: of a day they get the first parts, and are held against those.
        let few = self.files.len().min(PEERS);
        let stats = &self.stats[..few];
        let (rows, ours) = (self::rows(stats), self::ours(stats));
        let each = |bytes: f64| bytes / rows as f64;
        let output = Command::new(python)
            .arg(script)
            .arg("sizes")
            .args(&self.files[..few])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["rows"].as_u64(), Some(rows));
        for (peer, goal) in [("pandas", 0.4), ("duckdb", 0.75)] {
            let theirs = each(found[peer].as_f64().unwrap());
            println!(
                "  {peer:<16} {theirs:6.3} B per sample ({}): ours is {:.2} x (goal <= {goal})",
                found["versions"][peer].as_str().unwrap(),
                ours / theirs
            );
        }
    }
}

/// Real files through the shipped import: the names of the signals, and the points as they come.
fn real(scene: &str, mapping: &str, files: &[PathBuf]) -> (Vec<Arc<str>>, Vec<RecordedPoint>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenes")
        .join(scene);
    let plant = scene::load(&folder).unwrap().plant;
    let mapping = Mapping::read(&folder.join(mapping)).unwrap();
    let names = SignalNames::of(&plant);
    let points = Import::open(&plant, &mapping, files)
        .unwrap()
        .map(|reading| RecordedPoint {
            name: reading.signal.0,
            point: Point {
                time: reading.time,
                receive_time: reading.time,
                value: reading.value,
                quality: reading.quality,
            },
            source_time: None,
        });
    let points = points.collect();
    (
        names.iter().map(|(_, name)| Arc::clone(name)).collect(),
        points,
    )
}

fn real_data() {
    let shared = std::env::var_os("TWINSCAPE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let data = shared.join("data");
    if !data.join("skab").is_dir() || !data.join("nab").is_dir() {
        println!("SKIPPED: no real data in {}", data.display());
        return;
    }
    let rig: Vec<_> = (0..4)
        .map(|run| data.join(format!("skab/{run}.csv")))
        .collect();
    let machine = [data.join("nab/machine_temperature_system_failure.csv")];
    for (what, scene, mapping, files) in [
        (
            "SKAB, the water rig, 8 signals at 1 Hz",
            "skab",
            "import.toml",
            &rig[..],
        ),
        (
            "NAB, a machine's temperature every 5 min",
            "nab",
            "machine.toml",
            &machine[..],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (names, points) = real(scene, mapping, files);
        let mut total = Total::default();
        total.part(folder.path(), &names, points);
        total.report(what);
    }
}

fn main() {
    let seconds = |name: &str, default: i64| -> i64 {
        let words: Vec<String> = std::env::args().collect();
        let at = words.iter().position(|word| word == name);
        at.and_then(|at| words.get(at + 1)?.parse().ok())
            .unwrap_or(default)
    };
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<Arc<str>> = (0..200)
        .map(|at| {
            format!(
                "line{}/machine{at}/{}",
                at % 4,
                ["temp", "state", "counter", "setpt", "vib"][at % 5]
            )
            .into()
        })
        .collect();
    let mut mix = Mix::new(200);
    let mut total = Total::default();
    for _ in 0..2 {
        let points = mix.run(seconds("--mix", 20_000));
        total.part(folder.path(), &names, points);
    }
    total.report("store mix, 200 signals");

    let folder = tempfile::tempdir().unwrap();
    let mut physics = Physics::new(5_000);
    let names = SignalNames::of(&physics.plant);
    let names: Vec<_> = names.iter().map(|(_, name)| Arc::clone(name)).collect();
    let mut total = Total::default();
    for _ in 0..seconds("--parts", 2) {
        let points = physics.run(600);
        total.part(folder.path(), &names, points);
    }
    total.report("the emulator's physics, 5,000 signals at 1 Hz");
    real_data();
}
