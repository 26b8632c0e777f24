//! [`cut`]: a span of a recording as a recording of its own.
//!
//! What is wanted of an instant is the state of the whole plant, so the last point of every signal
//! before the span comes along, at its own time, and with it the alarms that were active then.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::PackageError;
use crate::model::{Plant, SignalId, Timestamp};
use crate::recording::parts::{self, HOUR_MS, PartFile, Sort};
use crate::recording::reader::{Moment, Recording};
use crate::recording::sealed::{
    self, PartMeta, PartPoints, RawMessage, RecordedEvent, RecordedKind, RecordedPoint,
};
use crate::recording::{SignalNames, read_unsealed};

/// How far back alarms are looked for that are still active when the span begins, ms.
const ALARMS_BACK_MS: i64 = 7 * 24 * HOUR_MS;
/// Points of a part at most; an hour with more becomes several.
const PART_POINTS: usize = 4 << 20;

/// What was cut out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CutStats {
    /// Points inside the span.
    pub points: u64,
    /// Points before it that say what the plant was when it began.
    pub before: u64,
    /// Events.
    pub events: u64,
}

/// Copies what lies in `span` (to the millisecond) of the recording in `root`, which `recording`
/// reads, into the empty folder `into`.
///
/// # Errors
/// When a file cannot be read or written.
pub fn cut(
    root: &Path,
    recording: &Recording,
    span: Range<Timestamp>,
    into: &Path,
) -> Result<CutStats, PackageError> {
    let cutter = Cutter {
        root,
        into,
        ms: span.start.as_millis()..span.end.as_millis().max(span.start.as_millis() + 1),
        plants: BTreeSet::new(),
        stats: CutStats::default(),
    };
    cutter.cut(recording)
}

struct Cutter<'a> {
    root: &'a Path,
    into: &'a Path,
    /// From its first millisecond to the first one after it.
    ms: Range<i64>,
    /// Revisions that something was recorded under.
    plants: BTreeSet<u32>,
    stats: CutStats,
}

/// Points of several parts, by the names of all of them.
#[derive(Default)]
struct Gathered(PartPoints);

impl Gathered {
    fn add(&mut self, points: &PartPoints, is_in: impl Fn(Timestamp) -> bool) {
        let before = std::mem::take(&mut self.0);
        self.0 = before.merged(&points.filtered(is_in));
    }
}

impl Cutter<'_> {
    fn cut(mut self, recording: &Recording) -> Result<CutStats, PackageError> {
        for name in ["recording.toml", "markers.toml", "views.toml"] {
            let from = self.root.join(name);
            if from.is_file() {
                self.copy(&from, &self.into.join(name))?;
            }
        }
        let unsealed = read_unsealed(self.root).map_err(|error| PackageError::Read {
            path: self.root.join("log"),
            source: io::Error::other(error),
        })?;
        self.samples(recording, &unsealed.points)?;
        self.events(unsealed.events)?;
        self.unmapped(unsealed.raw)?;
        self.revisions()?;
        Ok(self.stats)
    }

    fn read<'p>(&self, path: &'p Path) -> impl Fn(io::Error) -> PackageError + use<'p> {
        move |source| PackageError::Read {
            path: path.to_owned(),
            source,
        }
    }

    fn copy(&self, from: &Path, to: &Path) -> Result<(), PackageError> {
        let write = |source| PackageError::Write {
            path: to.to_owned(),
            source,
        };
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(write)?;
        }
        fs::copy(from, to).map_err(write)?;
        Ok(())
    }

    /// Parts that hold something of these milliseconds.
    fn parts(&self, sort: Sort, ms: &Range<i64>) -> Result<Vec<PartFile>, PackageError> {
        let (mut parts, _) =
            parts::list(self.root, sort).map_err(self.read(&self.root.join(sort.folder())))?;
        parts.retain(|part| part.span.start < ms.end && part.span.end > ms.start);
        Ok(parts)
    }

    fn open(path: &Path) -> Result<File, PackageError> {
        File::open(path).map_err(|source| PackageError::Read {
            path: path.to_owned(),
            source,
        })
    }

    fn samples(
        &mut self,
        recording: &Recording,
        unsealed: &PartPoints,
    ) -> Result<(), PackageError> {
        let mut by_hour: BTreeMap<i64, Vec<PartFile>> = BTreeMap::new();
        for part in self.parts(Sort::Samples, &self.ms)? {
            by_hour
                .entry(part.span.start.div_euclid(HOUR_MS))
                .or_default()
                .push(part);
        }
        let in_span = {
            let ms = self.ms.clone();
            move |time: Timestamp| ms.contains(&time.as_millis())
        };
        let hour_of = |time: Timestamp| time.as_millis().div_euclid(HOUR_MS);
        let times = unsealed.iter().map(|each| each.point.time);
        for time in times.filter(|time| in_span(*time)) {
            by_hour.entry(hour_of(time)).or_default();
        }
        let mut carried = self.carried(recording);
        for (hour, points) in &carried {
            // An hour of which nothing else is in the span.
            if !by_hour.contains_key(hour) {
                self.write_points(*hour, points.clone(), 0, 0)?;
            }
        }
        for (hour, files) in by_hour {
            let is_of_hour = |time: Timestamp| in_span(time) && hour_of(time) == hour;
            let has_late = unsealed.iter().any(|each| is_of_hour(each.point.time));
            let carry = carried.remove(&hour);
            let is_whole =
                |part: &PartFile| part.span.start >= self.ms.start && part.span.end <= self.ms.end;
            if !has_late && carry.is_none() && files.iter().all(is_whole) {
                for part in files {
                    self.copy_part(&part, Sort::Samples)?;
                }
                continue;
            }
            let mut gathered = Gathered::default();
            let (mut through, mut plant) = (0, 0);
            for part in &files {
                let (meta, points) = sealed::read_samples(Self::open(&part.path)?)
                    .map_err(|error| self.read(&part.path)(error.into()))?;
                (through, plant) = (meta.segments_through.max(through), meta.plant);
                self.plants.insert(plant);
                gathered.add(&points, &in_span);
            }
            gathered.add(unsealed, is_of_hour);
            self.stats.points += gathered.0.len() as u64;
            if let Some(carry) = carry {
                // They lie before everything else of the hour.
                gathered.0 = carry.merged(&gathered.0);
            }
            self.write_points(hour, gathered.0, through, plant)?;
        }
        Ok(())
    }

    /// The last points before the span, by the hour they lie in.
    fn carried(&mut self, recording: &Recording) -> BTreeMap<i64, PartPoints> {
        let names = SignalNames::of(recording.plant());
        let list: Vec<Arc<str>> = names.iter().map(|(_, name)| Arc::clone(name)).collect();
        let mut moment = Moment::default();
        let before = Timestamp::from_millis(self.ms.start) - std::time::Duration::from_nanos(1);
        recording.latest_at(before, &mut moment);
        let mut by_hour: BTreeMap<i64, Vec<RecordedPoint>> = BTreeMap::new();
        for (point, id) in moment.points.iter().zip(0..) {
            let Some(mut point) = *point else { continue };
            point.value = names.stored(SignalId(id), point.value);
            self.stats.before += 1;
            by_hour
                .entry(point.time.as_millis().div_euclid(HOUR_MS))
                .or_default()
                .push(RecordedPoint {
                    name: id,
                    point,
                    source_time: None,
                });
        }
        by_hour
            .into_iter()
            .map(|(hour, points)| (hour, PartPoints::from_arrivals(list.clone(), &points)))
            .collect()
    }

    /// Writes the points of an hour, as parts that are not too large.
    fn write_points(
        &mut self,
        hour: i64,
        points: PartPoints,
        segments_through: u64,
        plant: u32,
    ) -> Result<(), PackageError> {
        let mut times: Vec<i64> = points
            .iter()
            .map(|each| each.point.time.as_millis())
            .collect();
        times.sort_unstable();
        let (Some(first), Some(last)) = (times.first(), times.last()) else {
            return Ok(());
        };
        let mut bounds = vec![*first];
        for bound in times.iter().step_by(PART_POINTS).skip(1) {
            if bounds.last().is_some_and(|last| last < bound) {
                bounds.push(*bound);
            }
        }
        bounds.push((last + 1).min((hour + 1) * HOUR_MS));
        for pair in bounds.windows(2) {
            let &[from, to] = pair else { continue };
            let part = points.filtered(|time| (from..to).contains(&time.as_millis()));
            let meta = PartMeta {
                span: Timestamp::from_millis(from)..Timestamp::from_millis(to),
                segments_through,
                plant,
            };
            self.write(Sort::Samples, from..to, |out| {
                sealed::write_samples(out, &meta, &part).map(drop)
            })?;
        }
        Ok(())
    }

    fn write(
        &self,
        sort: Sort,
        ms: Range<i64>,
        content: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), sealed::SealError>,
    ) -> Result<(), PackageError> {
        let path = PartFile::of(self.into, sort, ms).path;
        let fail = |source| PackageError::Write {
            path: path.clone(),
            source,
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(fail)?;
        }
        let mut out = BufWriter::new(File::create(&path).map_err(fail)?);
        content(&mut out).map_err(|error| fail(error.into()))?;
        out.flush().map_err(fail)
    }

    fn copy_part(&mut self, part: &PartFile, sort: Sort) -> Result<(), PackageError> {
        let meta = sealed::read_meta(Self::open(&part.path)?)
            .map_err(|error| self.read(&part.path)(error.into()))?;
        self.plants.insert(meta.plant);
        self.stats.points += part
            .rows()
            .map_err(|error| self.read(&part.path)(error.into()))?;
        self.copy(
            &part.path,
            &PartFile::of(self.into, sort, part.span.clone()).path,
        )
    }

    fn events(&mut self, unsealed: Vec<RecordedEvent>) -> Result<(), PackageError> {
        let wide = self.ms.start.saturating_sub(ALARMS_BACK_MS)..self.ms.end;
        let mut events = Vec::new();
        let (mut through, mut plant) = (0, 0);
        for part in self.parts(Sort::Events, &wide)? {
            let (meta, read) = sealed::read_events(Self::open(&part.path)?)
                .map_err(|error| self.read(&part.path)(error.into()))?;
            (through, plant) = (meta.segments_through.max(through), meta.plant);
            events.extend(read);
        }
        events.extend(unsealed);
        events.sort_by_key(|event: &RecordedEvent| event.time);
        let kept = still_active(events, &self.ms);
        self.stats.events = kept.len() as u64;
        for hour in kept.chunk_by(|a, b| hour_of(a.time) == hour_of(b.time)) {
            let (Some(first), Some(last)) = (hour.first(), hour.last()) else {
                continue;
            };
            let ms = first.time.as_millis()..last.time.as_millis() + 1;
            let meta = PartMeta {
                span: Timestamp::from_millis(ms.start)..Timestamp::from_millis(ms.end),
                segments_through: through,
                plant,
            };
            self.write(Sort::Events, ms, |out| {
                sealed::write_events(out, &meta, hour).map(drop)
            })?;
        }
        Ok(())
    }

    fn unmapped(&self, unsealed: Vec<RawMessage>) -> Result<(), PackageError> {
        let mut messages = Vec::new();
        for part in self.parts(Sort::Unmapped, &self.ms)? {
            let (_, read) = sealed::read_unmapped(Self::open(&part.path)?)
                .map_err(|error| self.read(&part.path)(error.into()))?;
            messages.extend(read);
        }
        messages.extend(unsealed);
        messages.retain(|message: &RawMessage| self.ms.contains(&message.receive_time.as_millis()));
        messages.sort_by_key(|message| message.receive_time);
        for hour in messages.chunk_by(|a, b| hour_of(a.receive_time) == hour_of(b.receive_time)) {
            let (Some(first), Some(last)) = (hour.first(), hour.last()) else {
                continue;
            };
            let ms = first.receive_time.as_millis()..last.receive_time.as_millis() + 1;
            let meta = PartMeta {
                span: Timestamp::from_millis(ms.start)..Timestamp::from_millis(ms.end),
                segments_through: 0,
                plant: 0,
            };
            self.write(Sort::Unmapped, ms, |out| {
                sealed::write_unmapped(out, &meta, hour).map(drop)
            })?;
        }
        Ok(())
    }

    /// The revisions that something in the span was recorded under, or all when that is not known.
    fn revisions(&self) -> Result<(), PackageError> {
        let plants = self.root.join("plants");
        let mut files = Vec::new();
        if plants.is_dir() {
            super::list(&plants, "", &mut files)?;
        }
        let is_known = |name: &str| {
            let revision = name.split('/').next().unwrap_or_default();
            u32::from_str_radix(revision, 16).is_ok_and(|crc| self.plants.contains(&crc))
        };
        let some_known = files.iter().any(|name| is_known(name));
        for name in files {
            if !some_known || is_known(&name) {
                self.copy(&plants.join(&name), &self.into.join("plants").join(&name))?;
            }
        }
        Ok(())
    }
}

fn hour_of(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(HOUR_MS)
}

/// The events of the span, and before them the alarms that were active when it began.
fn still_active(events: Vec<RecordedEvent>, ms: &Range<i64>) -> Vec<RecordedEvent> {
    let mut active: BTreeMap<(Arc<str>, String), RecordedEvent> = BTreeMap::new();
    let mut kept = Vec::new();
    for event in events {
        let at = event.time.as_millis();
        if at >= ms.end {
            break;
        }
        if at >= ms.start {
            kept.push(event);
            continue;
        }
        match &event.kind {
            RecordedKind::AlarmRaised(alarm) | RecordedKind::AlarmStanding(alarm) => {
                let key = (Arc::clone(&alarm.signal), format!("{:?}", alarm.condition));
                active.insert(key, event);
            }
            RecordedKind::AlarmCleared(alarm) => {
                active.remove(&(Arc::clone(&alarm.signal), format!("{:?}", alarm.condition)));
            }
            _ => {}
        }
    }
    let mut all: Vec<_> = active.into_values().collect();
    all.sort_by_key(|event| event.time);
    all.append(&mut kept);
    all
}

/// A folder for a cut that does not outlive it.
#[derive(Debug)]
pub(super) struct Scratch(pub PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is named `.part` and is nobody's.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Packs what lies in `span` of a recording into one file, with what `add` puts into the folder that is
/// packed. Returns its size, bytes, and what is in it.
///
/// # Errors
/// As [`cut`] and [`pack`](super::pack).
pub fn pack_span(
    root: &Path,
    plant: &Arc<Plant>,
    span: Range<Timestamp>,
    package: &Path,
    add: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(u64, CutStats), PackageError> {
    let recording = Recording::open(
        root,
        Arc::clone(plant),
        crate::recording::reader::BUDGET_BYTES,
        crate::recording::reader::Tail::Read,
    )
    .map_err(|error| PackageError::Read {
        path: root.to_owned(),
        source: io::Error::other(error),
    })?;
    let scratch = Scratch(package.with_extension("cut.part"));
    let fail = |source| PackageError::Write {
        path: scratch.0.clone(),
        source,
    };
    if scratch.0.exists() {
        fs::remove_dir_all(&scratch.0).map_err(fail)?;
    }
    fs::create_dir_all(&scratch.0).map_err(fail)?;
    let stats = cut(root, &recording, span, &scratch.0)?;
    add(&scratch.0).map_err(fail)?;
    let bytes = super::pack(&scratch.0, package)?;
    Ok((bytes, stats))
}
