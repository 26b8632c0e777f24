//! What the history costs: CPU time per sample that is appended and evaluated, memory per point,
//! and CPU time of bringing a snapshot up to date at 1,000 to 100,000 machines.
//!
//! `cargo bench --no-default-features --bench history`

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(clippy::unwrap_used, reason = "a bench ends when something is wrong")]

use std::sync::Arc;
use std::time::Duration;

use twinscape::clock::Clock;
use twinscape::history::{BUDGET_BYTES, HistoryWriter, in_memory, in_memory_within};
use twinscape::ingest::Ingest;
use twinscape::model::connection::{Session, SessionKind};
use twinscape::model::equipment::Level;
use twinscape::model::signal::{Limits, Reporting, SignalRole, SignalSpec, ValueType};
use twinscape::model::{
    Equipment, EquipmentId, Group, GroupId, Plant, Point, Quality, Sample, SessionId, Signal,
    SignalId, Snapshot, Text, Timestamp, Value,
};
use twinscape::source::batch::{BATCH_SAMPLES, Batch};
use twinscape::twin::{LiveBoard, Twin, ViewCursor};

/// CPU time of this thread.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

/// CPU time of `work`, the smallest of five: the rest is other people's noise.
fn timed(mut work: impl FnMut()) -> Duration {
    (0..5)
        .map(|_| {
            let start = cpu();
            work();
            cpu().saturating_sub(start)
        })
        .min()
        .unwrap()
}

fn spec(
    name: &str,
    role: SignalRole,
    value_type: ValueType,
    limits: Option<Limits>,
) -> Arc<SignalSpec> {
    let reporting = match role {
        SignalRole::State => Reporting::ByException,
        _ => Reporting::default(),
    };
    Arc::new(SignalSpec {
        name: name.into(),
        role,
        value_type,
        limits,
        reporting,
        ..SignalSpec::default()
    })
}

/// Signals per machine.
const SIGNALS: usize = 5;

/// Machines with three measurements (two with limits), a counter and a state each.
fn plant(machines: usize) -> Arc<Plant> {
    let limits = Limits {
        low: Some(-1e6),
        high: Some(80.0),
        high_high: Some(90.0),
        deadband: 1.0,
        on_delay: Duration::from_secs(2),
        ..Limits::default()
    };
    use SignalRole::{Measurement, Produced, State};
    let specs = [
        spec(
            "temperature",
            Measurement,
            ValueType::Float,
            Some(limits.clone()),
        ),
        spec("vibration", Measurement, ValueType::Float, Some(limits)),
        spec("speed", Measurement, ValueType::Float, None),
        spec("produced", Produced, ValueType::Integer, None),
        spec("state", State, ValueType::Text, None),
    ];
    let mut plant = Plant::default();
    plant.groups = vec![Group {
        id: "".into(),
        path: "".into(),
        name: "".into(),
        level: Level::Site,
        parent: None,
        equipment: Vec::new(),
        children: Vec::new(),
    }];
    plant.sessions = vec![Session {
        connection: 0,
        kind: SessionKind::Connection,
        parent: None,
    }];
    for number in 0..machines as u32 {
        let path: Arc<str> = format!("m{number}").into();
        let first = plant.signals.len() as u32;
        for spec in &specs {
            plant.signals.push(Signal {
                equipment: EquipmentId(number),
                spec: Arc::clone(spec),
                session: Some(SessionId(0)),
            });
        }
        plant.equipment.push(Equipment {
            id: Arc::clone(&path),
            name: Arc::clone(&path),
            path,
            kind: Arc::default(),
            group: GroupId(0),
            pose: Default::default(),
            size: [1.0; 3],
            node: None,
            process: Default::default(),
            signals: first..plant.signals.len() as u32,
        });
    }
    Arc::new(plant.index())
}

const START: i64 = 1_772_360_100_000_000_000;

struct Feed {
    signals: usize,
    words: [Text; 2],
    noise: u64,
    sent: u64,
    now: i64,
}

impl Feed {
    fn new(plant: &Plant) -> Self {
        Self {
            signals: plant.signals.len(),
            words: [Text::new("EXECUTE"), Text::new("STARVED")],
            noise: 1,
            sent: 0,
            now: START,
        }
    }

    fn random(&mut self) -> u64 {
        self.noise = self
            .noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.noise >> 33
    }

    /// A value as its signal has it: quantised noise far from the limits, a counter, a state that
    /// changes now and then.
    fn value(&mut self, signal: usize) -> Value {
        let random = self.random();
        match signal % SIGNALS {
            3 => Value::Integer((self.sent / 10_000) as i64),
            4 => Value::Text(self.words[usize::from(random.is_multiple_of(64))]),
            _ => Value::Float((random % 400) as f64 / 10.0),
        }
    }

    fn sample(&mut self, signal: usize) -> Sample {
        self.sent += 1;
        Sample {
            signal: SignalId(signal as u32),
            source_time: Some(Timestamp::from_nanos(self.now - 3_000_000)),
            receive_time: Timestamp::from_nanos(self.now),
            value: self.value(signal),
            quality: Quality::Good,
        }
    }

    /// Every signal in turn, each once a second.
    fn fill(&mut self, batch: &mut Batch) {
        batch.samples.clear();
        for _ in 0..BATCH_SAMPLES {
            let signal = (self.sent % self.signals as u64) as usize;
            self.now += 1_000_000_000 / self.signals as i64;
            let sample = self.sample(signal);
            batch.samples.push(sample);
        }
        batch.receive_time = Timestamp::from_nanos(self.now);
    }
}

fn born(plant: &Arc<Plant>, writer: HistoryWriter) -> Ingest {
    let mut ingest = Ingest::new(Arc::clone(plant), writer);
    let mut birth = Batch::new(0, Timestamp::from_nanos(START));
    birth
        .liveness
        .push((SessionId(0), true, Timestamp::from_nanos(START)));
    ingest.ingest(&birth);
    ingest
}

fn append(machines: usize, budget: usize) {
    const BATCHES: u64 = 2_000;
    let samples = (BATCHES * BATCH_SAMPLES as u64) as f64;
    let plant = plant(machines);
    let mut batch = Batch::new(0, Timestamp::MIN);
    let mut feed = Feed::new(&plant);
    let making = timed(|| {
        for _ in 0..BATCHES {
            feed.fill(&mut batch);
            std::hint::black_box(&batch);
        }
    });
    let (mut writer, reader) = in_memory_within(&plant, budget);
    let mut feed = Feed::new(&plant);
    let appending = timed(|| {
        for _ in 0..BATCHES {
            feed.fill(&mut batch);
            let mut out = writer.begin();
            for sample in &batch.samples {
                let point = Point {
                    time: sample.source_time.unwrap(),
                    receive_time: sample.receive_time,
                    value: sample.value,
                    quality: sample.quality,
                };
                out.push(sample.signal, point);
            }
        }
    });
    let stats = reader.stats();
    let (writer, reader) = in_memory_within(&plant, budget);
    let mut ingest = born(&plant, writer);
    let mut feed = Feed::new(&plant);
    let both = timed(|| {
        for _ in 0..BATCHES {
            feed.fill(&mut batch);
            ingest.ingest(&batch);
        }
    });
    assert_eq!(ingest.stats().samples as f64, 5.0 * samples);
    assert_eq!(reader.stats().late, 0);
    let each = |total: Duration| total.saturating_sub(making).as_secs_f64() * 1e9 / samples;
    println!(
        "{} signals, history of {} MiB:",
        plant.signals.len(),
        budget >> 20
    );
    println!(
        "  append           {:6.1} ns of CPU per sample",
        each(appending)
    );
    println!(
        "  append + derive  {:6.1} ns of CPU per sample = {:.1} M samples per CPU-second (goal <= 60 ns)",
        each(both),
        1e3 / each(both)
    );
    println!(
        "  memory           {:6.1} bytes per point ({} points kept in {} MiB, {} dropped)",
        stats.bytes as f64 / stats.points as f64,
        stats.points,
        stats.bytes >> 20,
        stats.points_dropped
    );
}

/// Time of one advance at this many machines with 1,000 changes a frame at 60 frames a second,
/// and of filling the whole snapshot.
fn advance(machines: usize) -> (f64, f64) {
    const FRAMES: usize = 240;
    const CHANGES: usize = 1_000;
    let plant = plant(machines);
    let (writer, reader) = in_memory(&plant);
    let mut ingest = born(&plant, writer);
    let mut feed = Feed::new(&plant);
    let twin = Twin::new(Arc::clone(&plant), reader, LiveBoard::default());
    let mut batch = Batch::new(0, Timestamp::MIN);
    // Everything has been heard of once.
    for machine in 0..machines {
        for signal in 0..SIGNALS {
            batch.samples.push(feed.sample(machine * SIGNALS + signal));
        }
    }
    batch.receive_time = Timestamp::from_nanos(feed.now);
    ingest.ingest(&batch);
    let (mut snapshot, mut cursor) = (Snapshot::new(&plant), ViewCursor::default());
    twin.advance(&mut snapshot, &mut cursor, Timestamp::from_nanos(feed.now));
    // One frame is shorter than the tick at which CPU time is counted, so frames are measured by the
    // clock; the median frame is one that nobody interrupted.
    let clock = Clock::start();
    let mut frames = Vec::with_capacity(FRAMES);
    let mut changed = 0;
    for _ in 0..FRAMES {
        batch.samples.clear();
        feed.now += 16_666_667;
        for _ in 0..CHANGES {
            let signal = feed.random() as usize % plant.signals.len();
            let sample = feed.sample(signal);
            batch.samples.push(sample);
        }
        batch.receive_time = Timestamp::from_nanos(feed.now);
        ingest.ingest(&batch);
        let now = Timestamp::from_nanos(feed.now);
        let start = clock.elapsed();
        twin.advance(&mut snapshot, &mut cursor, now);
        frames.push(clock.elapsed().saturating_sub(start));
        changed += snapshot.changed_signals.len();
    }
    assert!(changed > FRAMES * CHANGES / 2, "{changed}");
    let now = Timestamp::from_nanos(feed.now);
    let fill = (0..5)
        .map(|_| {
            let start = clock.elapsed();
            twin.advance(&mut snapshot, &mut ViewCursor::default(), now);
            clock.elapsed().saturating_sub(start)
        })
        .min()
        .unwrap();
    frames.sort_unstable();
    (
        frames[FRAMES / 2].as_secs_f64() * 1e3,
        fill.as_secs_f64() * 1e3,
    )
}

fn main() {
    for machines in [100, 1_000] {
        append(machines, BUDGET_BYTES);
    }
    // A budget that is reached: sealing, dropping and smaller chunks included.
    append(1_000, 64 << 20);
    let mut at_10k = f64::NAN;
    for machines in [1_000, 10_000, 100_000] {
        let (step, fill) = advance(machines);
        if machines == 10_000 {
            at_10k = step;
        }
        println!(
            "advance, {machines:>7} machines, 1,000 changes: {step:6.3} ms of CPU; jump {fill:8.3} ms"
        );
        if machines == 100_000 {
            println!(
                "                 100,000 against 10,000 machines: {:.2} x (goal <= 1.5 x and <= 3 ms)",
                step / at_10k
            );
        }
    }
}
