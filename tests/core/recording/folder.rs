//! Recordings written by hand: parts where a test wants them.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use twinscape::model::{GroupId, Plant, Point, SignalId, Timestamp};
use twinscape::recording::SignalNames;
use twinscape::recording::index::write_index;
use twinscape::recording::parts::{PartFile, Sort};
use twinscape::recording::sealed::{
    PartMeta, PartPoints, RecordedEvent, RecordedPoint, write_events, write_samples,
};

use crate::plants::{CONNECTION, PlantBuilder, real};

/// A plant of one machine with so many signals.
pub fn plant(signals: usize) -> Arc<Plant> {
    let mut builder = PlantBuilder::new();
    let specs = (0..signals).map(|at| real(&format!("s{at}"))).collect();
    builder.equipment("machine", GroupId(0), CONNECTION, specs);
    builder.build()
}

/// What the index of a part is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    Whole,
    Missing,
    /// This byte of it is another one.
    Flipped(usize),
    /// It ends here.
    Cut(usize),
    /// Of what the part held before.
    Stale,
}

pub fn begin(root: &Path) {
    let text = "format = 1\nplant = \"test\"\ntime_zone = \"UTC\"\nmade = \"2026-03-01T10:00:00Z\"\nversion = \"0.1.0\"\n";
    fs::write(root.join("recording.toml"), text).unwrap();
}

pub fn meta(from_ms: i64, to_ms: i64, through: u64) -> PartMeta {
    PartMeta {
        span: Timestamp::from_millis(from_ms)..Timestamp::from_millis(to_ms),
        segments_through: through,
        plant: 1,
    }
}

/// Writes a part of these points; signals by dense id.
pub fn part(
    root: &Path,
    names: &SignalNames,
    from_ms: i64,
    to_ms: i64,
    arrived: &[RecordedPoint],
    index: Index,
) -> PartFile {
    let file = PartFile::of(root, Sort::Samples, from_ms..to_ms);
    let all = names.iter().map(|(_, name)| Arc::clone(name)).collect();
    let points = PartPoints::from_arrivals(all, arrived);
    fs::create_dir_all(file.path.parent().unwrap()).unwrap();
    let meta = meta(from_ms, to_ms, 7);
    write_samples(File::create(&file.path).unwrap(), &meta, &points).unwrap();
    let path = file.index(root);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut bytes = Vec::new();
    match index {
        Index::Missing => return file,
        Index::Stale => {
            let old =
                PartPoints::from_arrivals(points.names().to_vec(), &arrived[..arrived.len() / 2]);
            let old_meta = PartMeta {
                segments_through: 6,
                ..meta
            };
            write_index(&mut bytes, &old_meta, &old).unwrap();
        }
        Index::Whole | Index::Flipped(_) | Index::Cut(_) => {
            write_index(&mut bytes, &meta, &points).unwrap()
        }
    }
    if let Index::Flipped(at) = index {
        let at = at % bytes.len();
        bytes[at] ^= 0x10;
    }
    if let Index::Cut(at) = index {
        bytes.truncate(at % bytes.len());
    }
    fs::write(path, bytes).unwrap();
    file
}

pub fn events(root: &Path, from_ms: i64, to_ms: i64, events: &[RecordedEvent]) {
    let file = PartFile::of(root, Sort::Events, from_ms..to_ms);
    fs::create_dir_all(file.path.parent().unwrap()).unwrap();
    let file = File::create(&file.path).unwrap();
    write_events(file, &meta(from_ms, to_ms, 7), events).unwrap();
}

/// The reference: each signal's points in one sorted list, searched from the front.
#[derive(Clone, Debug, Default)]
pub struct Naive(pub Vec<(u32, Point)>);

impl Naive {
    pub fn of(arrived: &[RecordedPoint]) -> Self {
        let mut all: Vec<_> = arrived.iter().map(|each| (each.name, each.point)).collect();
        all.sort_by_key(|(_, point)| point.time);
        Self(all)
    }

    pub fn signal(&self, id: SignalId) -> impl DoubleEndedIterator<Item = &Point> {
        let of = self.0.iter().filter(move |(name, _)| *name == id.0);
        of.map(|(_, point)| point)
    }

    /// The points up to `t` that say what the last of them says, newest first.
    pub fn same(&self, id: SignalId, t: Timestamp) -> Vec<Point> {
        let points = self.signal(id).rev().filter(|point| point.time <= t);
        let mut points = points.copied().peekable();
        let last = points.peek().copied();
        let says = |point: &Point| {
            last.is_some_and(|last| point.value.same(last.value) && point.quality == last.quality)
        };
        points.take_while(says).collect()
    }

    pub fn bracket(&self, id: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        (
            self.signal(id).rfind(|point| point.time <= t).copied(),
            self.signal(id).find(|point| point.time > t).copied(),
        )
    }
}
