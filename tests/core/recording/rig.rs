//! A recorder without threads on a disk that fails, and what is found on it afterwards.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use twinscape::model::{GroupId, Plant, Timestamp, Value};
use twinscape::recording::log::points::TapedPoint;
use twinscape::recording::log::read_unsealed;
use twinscape::recording::parts::{HOUR_MS, Sort, list};
use twinscape::recording::recorder::{Recorder, SegmentLimits};
use twinscape::recording::sealed::{
    RecordedKind, RecordedPoint, read_events, read_samples, read_unmapped,
};
use twinscape::recording::sealing::{Extent, SealLimits, Sealer};
use twinscape::recording::storage::{FaultyDisk, Power, Storage};
use twinscape::recording::tape::Reel;

use crate::plants::{CONNECTION, PlantBuilder, real};

/// One machine with three signals.
pub fn plant() -> Arc<Plant> {
    let mut builder = PlantBuilder::new();
    let specs = vec![real("a"), real("b"), real("c")];
    builder.equipment("machine", GroupId(0), CONNECTION, specs);
    builder.build()
}

/// A point as it can be compared and counted.
pub type Key = (String, i64, i64, String, u8, Option<i64>);

/// Bits of a value, so that NaN is like itself.
fn words(value: Value) -> String {
    match value {
        Value::Float(number) => format!("{:016x}", number.to_bits()),
        other => format!("{other:?}"),
    }
}

pub fn key(name: &str, point: &TapedPoint, source_time: Option<Timestamp>) -> Key {
    (
        name.to_owned(),
        point.time.as_nanos(),
        point.receive_time.as_millis(),
        words(point.value),
        point.quality.to_byte(),
        source_time.map(Timestamp::as_nanos),
    )
}

fn recorded_key(name: &str, each: RecordedPoint) -> Key {
    (
        name.to_owned(),
        each.point.time.as_nanos(),
        each.point.receive_time.as_millis(),
        words(each.point.value),
        each.point.quality.to_byte(),
        each.source_time.map(Timestamp::as_nanos),
    )
}

/// How often each thing is there.
pub type Counts<T> = BTreeMap<T, u32>;

pub fn count<T: Ord>(items: impl IntoIterator<Item = T>) -> Counts<T> {
    let mut counts = Counts::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts
}

/// Everything that is on the disk, sealed or not.
#[derive(Debug, Default)]
pub struct Found {
    /// Reported points.
    pub points: Counts<Key>,
    /// Notes.
    pub notes: Counts<(i64, String)>,
    /// Payloads of raw messages.
    pub raw: Counts<Vec<u8>>,
    /// Parts of all sorts.
    pub parts: usize,
}

/// Reads it all, and holds that parts are disjoint, ascending, within their hour, sorted, and hold
/// only what belongs into them.
pub fn read(root: &Path) -> Found {
    let mut found = Found::default();
    let unsealed = read_unsealed(root).unwrap();
    let mut points = Vec::new();
    assert!(unsealed.points.is_sorted());
    for (name, _, run) in unsealed.points.runs() {
        points.extend(run.iter().map(|each| recorded_key(name, each)));
    }
    let mut notes: Vec<(i64, String)> = Vec::new();
    let note = |time: Timestamp, kind: &RecordedKind| match kind {
        RecordedKind::Note { message } => Some((time.as_nanos(), message.to_string())),
        _ => None,
    };
    notes.extend(
        unsealed
            .events
            .iter()
            .filter_map(|event| note(event.time, &event.kind)),
    );
    let mut raw: Vec<Vec<u8>> = unsealed.raw.into_iter().map(|each| each.payload).collect();
    for sort in Sort::ALL {
        let mut end = i64::MIN;
        for part in list(root, sort).unwrap().0 {
            found.parts += 1;
            assert!(part.span.start >= end, "parts overlap: {part:?}");
            end = part.span.end;
            let hour = |ms: i64| ms.div_euclid(HOUR_MS);
            assert_eq!(hour(part.span.start), hour(part.span.end - 1), "{part:?}");
            let span =
                Timestamp::from_millis(part.span.start)..Timestamp::from_millis(part.span.end);
            let file = File::open(&part.path).unwrap();
            match sort {
                Sort::Samples => {
                    let (meta, part) = read_samples(file).unwrap();
                    assert_eq!(meta.span, span);
                    assert!(part.is_sorted());
                    for (name, _, run) in part.runs() {
                        assert!(run.iter().all(|each| span.contains(&each.point.time)));
                        points.extend(run.iter().map(|each| recorded_key(name, each)));
                    }
                }
                Sort::Events => {
                    let (_, events) = read_events(file).unwrap();
                    assert!(events.is_sorted_by_key(|event| event.time));
                    assert!(events.iter().all(|event| span.contains(&event.time)));
                    notes.extend(
                        events
                            .iter()
                            .filter_map(|event| note(event.time, &event.kind)),
                    );
                }
                Sort::Unmapped => {
                    let (_, messages) = read_unmapped(file).unwrap();
                    raw.extend(messages.into_iter().map(|each| each.payload));
                }
            }
        }
    }
    points.retain(|(name, ..)| !name.contains('#'));
    found.points = count(points);
    found.notes = count(notes);
    found.raw = count(raw);
    found
}

/// A recorder, its sealer and their disk.
pub struct Rig {
    pub disk: FaultyDisk,
    pub folder: tempfile::TempDir,
    pub plant: Arc<Plant>,
    pub now: Timestamp,
    pub limits: SegmentLimits,
    pub recorder: Option<Recorder>,
    sealer: Option<Sealer>,
    waiting: Option<(u64, Extent)>,
}

impl Rig {
    pub fn new(now: Timestamp) -> Self {
        Self {
            disk: FaultyDisk::new(),
            folder: tempfile::tempdir().unwrap(),
            plant: plant(),
            now,
            limits: SegmentLimits {
                points: 60,
                bytes: 1 << 16,
                age: Duration::from_secs(90),
            },
            recorder: None,
            sealer: None,
            waiting: None,
        }
    }

    fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.disk.clone())
    }

    /// Starts a recorder if none runs, and seals what is left of earlier ones, as far as the disk
    /// lets it.
    pub fn start(&mut self) {
        if self.recorder.is_some() {
            return;
        }
        let opened = Recorder::open(
            self.folder.path(),
            Arc::clone(&self.plant),
            self.storage(),
            self.limits,
            self.now,
        );
        if let Ok(recorder) = opened {
            let left = recorder.first_segment().checked_sub(1);
            self.waiting = left.map(|through| (through, Extent::All));
            self.recorder = Some(recorder);
            self.seal();
        }
    }

    /// Seals what is to be sealed, as far as the disk lets it.
    pub fn seal(&mut self) {
        let Some((through, extent)) = self.waiting else {
            return;
        };
        if self.sealer.is_none() {
            let limits = SealLimits { merged_points: 200 };
            self.sealer = Sealer::open(self.folder.path(), self.storage(), limits).ok();
        }
        let Some(sealer) = &mut self.sealer else {
            return;
        };
        match sealer.seal(through, extent) {
            Ok(_) => self.waiting = None,
            Err(_) => self.sealer = None,
        }
    }

    /// Takes a reel, if it can; whether it did.
    pub fn take(&mut self, reel: &Reel) -> bool {
        match &mut self.recorder {
            Some(recorder) if recorder.is_ready() => {
                recorder.take(reel, self.now);
                true
            }
            _ => false,
        }
    }

    /// Lets time pass. Whether everything taken is safe now.
    pub fn pass(&mut self, time: Duration) -> bool {
        self.now = self.now + time;
        let Some(recorder) = &mut self.recorder else {
            return false;
        };
        recorder.tick(self.now);
        let is_safe = recorder.status().synced == Some(self.now);
        if let Some(closed) = recorder.take_closed() {
            self.waiting = Some((closed, Extent::Settled));
        }
        self.seal();
        is_safe
    }

    /// Ends the recorder as a user would. Whether all of it is on the disk.
    pub fn finish(&mut self) -> bool {
        let Some(mut recorder) = self.recorder.take() else {
            return false;
        };
        let closed = recorder.finish(self.now);
        if let Some(through) = closed {
            self.waiting = Some((through, Extent::All));
        }
        self.seal();
        self.sealer = None;
        closed.is_some() && self.waiting.take().is_none()
    }

    /// Cuts the power, and starts again.
    pub fn crash(&mut self, seed: u64) {
        self.recorder = None;
        self.sealer = None;
        self.waiting = None;
        self.disk.restart(Power { seed });
        self.start();
    }
}
