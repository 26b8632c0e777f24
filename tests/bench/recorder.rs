//! What recording costs.
//!
//! `cargo bench --no-default-features --bench recorder [-- SECONDS] [sealed | ingest]`
//!
//! An hour of five thousand signals at 1 Hz (or as many seconds as are asked for), in batches of a
//! thousand samples. Side by side, in one run; `sealed` asks for the first two only, `ingest` for the
//! last:
//!
//! - `log`: points to a segment on the disk, synced at the end, per CPU-second of the thread;
//! - `sealing`: the segments to Parquet and index, per CPU-second of the thread;
//! - `ingest`: CPU time of the ingest thread for a sample, without and with a recorder beside it, and
//!   that of the whole program.
//!
//! Goals: `log` and `sealing` ≥ 5 M samples per CPU-second; the ingest with a recorder ≤ 1.3 × without.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its figures"
)]
#![expect(
    clippy::unwrap_used,
    reason = "what a benchmark cannot start or read ends it"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use twinscape::clock::Clock;
use twinscape::history::in_memory_within;
use twinscape::ingest::Ingest;
use twinscape::model::signal::SignalSpec;
use twinscape::model::{Equipment, Plant, Quality, Sample, SignalId, Timestamp, Value};
use twinscape::recording::log::payload::Start;
use twinscape::recording::log::points::TapedPoint;
use twinscape::recording::log::segment::{Entry, Rest, SegmentWriter};
use twinscape::recording::sealing::{Extent, SealLimits, Sealer};
use twinscape::recording::storage::Disk;
use twinscape::recording::{AtStart, RecordOptions, start};
use twinscape::source::batch::Batch;
use twinscape::twin::LiveBoard;

const SIGNALS: u32 = 5_000;
const BATCH: usize = 1_000;
const ROUNDS: usize = 3;
/// Points of a segment: as the recorder's.
const SEGMENT: usize = 2 << 20;

fn main() {
    let asked = std::env::args().find_map(|argument| argument.parse().ok());
    let secs: u32 = asked.unwrap_or(3_600);
    let count = f64::from(secs) * f64::from(SIGNALS);
    println!(
        "{SIGNALS} signals at 1 Hz for {secs} s: {:.1} M samples",
        count * 1e-6
    );
    let is_asked = |part: &str| {
        let mut asked = std::env::args().skip(1);
        asked.all(|argument| argument.parse::<u32>().is_ok() || argument == "--bench")
            || std::env::args().any(|argument| argument == part)
    };
    if is_asked("sealed") {
        log_and_sealing(secs, count);
    }
    if is_asked("ingest") {
        beside_ingest(secs, count);
    }
}

fn log_and_sealing(secs: u32, count: f64) {
    let folder = tempfile::tempdir().unwrap();
    let (log, bytes) = log(folder.path(), secs);
    println!(
        "  log      {:6.1} M samples per CPU-second, {:.2} bytes a sample",
        count / log * 1e-6,
        bytes as f64 / count
    );
    let (sealing, samples, index) = seal(folder.path());
    println!(
        "  sealing  {:6.1} M samples per CPU-second, {:.2} bytes a sample, {:.2} of index",
        count / sealing * 1e-6,
        samples as f64 / count,
        index as f64 / count
    );
}

fn beside_ingest(secs: u32, count: f64) {
    let mut without: Vec<[f64; 2]> = Vec::new();
    let mut with: Vec<[f64; 2]> = Vec::new();
    for _ in 0..ROUNDS {
        without.push(ingest(secs, Recording::Off));
        with.push(ingest(secs, Recording::On));
    }
    let median = |of: &[[f64; 2]], at: usize| {
        let mut all: Vec<f64> = of.iter().map(|each| each[at] / count * 1e9).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    for (at, name) in ["ingest thread", "whole program"].iter().enumerate() {
        let (off, on) = (median(&without, at), median(&with, at));
        println!(
            "  {name}: {off:.1} ns a sample without recording, {on:.1} with it: {:.2} ×",
            on / off
        );
    }
}

/// CPU time of this thread, s.
fn thread_cpu() -> f64 {
    cpu("/proc/thread-self/schedstat")
        .unwrap_or_else(|| panic!("no /proc/thread-self/schedstat here"))
}

/// CPU time of a thread in ns is the first number of its schedstat.
fn cpu(path: &str) -> Option<f64> {
    let text = fs::read_to_string(path).ok()?;
    let nanos: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanos * 1e-9)
}

/// CPU time of all threads that run now, s.
fn program_cpu() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks
        .filter_map(|task| cpu(task.ok()?.path().join("schedstat").to_str()?))
        .sum()
}

fn begin() -> Timestamp {
    Timestamp::from_secs(1_772_359_200)
}

/// A slowly moving value, a counter, a set-point and noise.
fn value(signal: u32, second: u32) -> Value {
    let t = f64::from(second);
    let noise = f64::from((signal ^ second).wrapping_mul(2_654_435_761) >> 8) / 16_777_216.0;
    match signal % 4 {
        0 => Value::Float(((60.0 + 5.0 * (t * 0.01).sin() + 0.2 * noise) * 100.0).round() / 100.0),
        1 => Value::Integer(i64::from(second / 7)),
        2 => Value::Float(f64::from(second / 300) * 2.5),
        _ => Value::Float(noise),
    }
}

fn log(folder: &Path, secs: u32) -> (f64, u64) {
    let names: Vec<Arc<str>> = (0..SIGNALS)
        .map(|at| format!("area/line/m{at}/x").into())
        .collect();
    let log = folder.join("log");
    fs::create_dir_all(&log).unwrap();
    let new = |segment| {
        let start = Start {
            segment,
            plant: 0,
            run: begin(),
        };
        SegmentWriter::create(&Disk, &log, &start, &Rest::default(), &names).unwrap()
    };
    let (mut cpu, mut bytes, mut number) = (0.0, 0, 1);
    let mut writer = new(number);
    for second in 0..secs {
        let now = begin() + Duration::from_secs(u64::from(second));
        let points: Vec<TapedPoint> = (0..SIGNALS)
            .map(|signal| TapedPoint {
                time: now + Duration::from_micros(u64::from(signal) / 10 * 1_000),
                receive_time: now + Duration::from_millis(500 + u64::from(signal) / 100),
                value: value(signal, second),
                signal,
                quality: Quality::Good,
            })
            .collect();
        let before = thread_cpu();
        for points in points.chunks(BATCH) {
            let entry = Entry {
                points,
                ..Entry::default()
            };
            writer.push(&entry, &names);
            if writer.waiting() > 256 << 10 {
                writer.flush().unwrap();
            }
        }
        cpu += thread_cpu() - before;
        if writer.points() >= SEGMENT as u64 || second + 1 == secs {
            let before = thread_cpu();
            writer.flush().unwrap();
            writer.sync().unwrap();
            cpu += thread_cpu() - before;
            bytes += writer.bytes();
            number += 1;
            writer = new(number);
        }
    }
    (cpu, bytes)
}

fn seal(folder: &Path) -> (f64, u64, u64) {
    let before = thread_cpu();
    let mut sealer = Sealer::open(folder, Arc::new(Disk), SealLimits::default()).unwrap();
    sealer.seal(u64::MAX, Extent::Settled).unwrap();
    let cpu = thread_cpu() - before;
    (
        cpu,
        bytes(&folder.join("samples")),
        bytes(&folder.join("index")),
    )
}

fn bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn plant() -> Arc<Plant> {
    let mut plant = Plant::default();
    plant.id = "bench".into();
    let spec = Arc::new(SignalSpec {
        name: "x".into(),
        ..SignalSpec::default()
    });
    let equipment = twinscape::model::EquipmentId(0);
    plant.groups.push(twinscape::model::Group {
        id: "".into(),
        path: "".into(),
        name: "".into(),
        level: twinscape::model::equipment::Level::Site,
        parent: None,
        equipment: vec![equipment],
        children: Vec::new(),
    });
    for _ in 0..SIGNALS {
        plant.signals.push(twinscape::model::Signal {
            equipment,
            spec: Arc::clone(&spec),
            session: None,
        });
    }
    plant.equipment.push(Equipment {
        id: "m".into(),
        path: "m".into(),
        name: "m".into(),
        kind: Arc::default(),
        group: twinscape::model::GroupId(0),
        pose: twinscape::model::layout::Pose::default(),
        size: [1.0; 3],
        node: None,
        process: twinscape::model::process::Process::None,
        signals: 0..SIGNALS,
    });
    Arc::new(plant.index())
}

#[derive(Clone, Copy, PartialEq)]
enum Recording {
    Off,
    On,
}

/// CPU time of the ingest thread and of all of them, s.
fn ingest(secs: u32, recording: Recording) -> [f64; 2] {
    let folder = tempfile::tempdir().unwrap();
    let plant = plant();
    let (mut writer, _reader) = in_memory_within(&plant, 256 << 20);
    let clock = Arc::new(Clock::start());
    let mut handle = None;
    let board = LiveBoard::default();
    if recording == Recording::On {
        let mut options = RecordOptions::into_folder(folder.path().to_owned());
        // Sealing is measured apart: here it would run at a hundred times its pace.
        options.segment.points = u64::MAX;
        options.segment.bytes = u64::MAX;
        options.buffer_bytes = 1 << 30;
        let (tape, recorder) = start(
            Arc::clone(&plant),
            options,
            Arc::clone(&clock),
            board.clone(),
            AtStart::Insist,
        )
        .unwrap();
        writer.record_to(tape);
        handle = Some(recorder);
    }
    let mut ingest = Ingest::new(plant, writer);
    let mut spent = 0.0;
    let before = program_cpu();
    let mut made = 0.0;
    for second in 0..secs {
        let now = begin() + Duration::from_secs(u64::from(second));
        let received = now + Duration::from_millis(500);
        let start = thread_cpu();
        let batches: Vec<Batch> = (0..SIGNALS)
            .step_by(BATCH)
            .map(|first| {
                let mut batch = Batch::new(0, received);
                batch
                    .samples
                    .extend((first..first + BATCH as u32).map(|signal| Sample {
                        signal: SignalId(signal),
                        source_time: Some(now + Duration::from_micros(u64::from(signal))),
                        receive_time: received,
                        value: value(signal, second),
                        quality: Quality::Good,
                    }));
                batch
            })
            .collect();
        let ready = thread_cpu();
        made += ready - start;
        for batch in &batches {
            ingest.ingest(batch);
        }
        spent += thread_cpu() - ready;
    }
    drop(ingest);
    // The recorder has written everything when it has counted it.
    if handle.is_some() {
        let all = u64::from(secs) * u64::from(SIGNALS);
        while board
            .recorder()
            .is_none_or(|status| status.samples < all && status.lost == 0)
        {
            std::thread::sleep(Duration::from_millis(50));
            if handle
                .as_ref()
                .is_some_and(twinscape::recording::Handle::is_finished)
            {
                break;
            }
        }
        let status = board.recorder().unwrap_or_default();
        if status.lost > 0 {
            eprintln!("{} samples were lost: {:?}", status.lost, status.problem);
        }
    }
    let whole = program_cpu() - before - made;
    drop(handle);
    [spent, whole]
}
