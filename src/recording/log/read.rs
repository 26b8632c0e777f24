//! Reading segments back: [`Segment`] goes past what is damaged, [`read_unsealed`] gives everything
//! that is in the log and in no part yet.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::{Damage, Frames, Kind};
use super::gather::{Destination, Gathering};
use super::payload::{self, Start};
use super::points::{Decoder, ReadPoint};
use super::segment::path_of;
use crate::model::Timestamp;
use crate::recording::parts::{Coverage, Sort};
use crate::recording::sealed::{PartPoints, RawMessage, RecordedEvent, SealError};

/// Why the log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk said no.
    #[error("the log of the recording cannot be read ({error}): {path}")]
    Disk {
        /// What the system says.
        error: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// A part does not say which segments are in it.
    #[error("a part of the recording cannot be read, move it elsewhere: {0}")]
    Part(#[from] SealError),
}

/// Numbers of the segments in a log, ascending.
///
/// # Errors
/// When the folder cannot be read.
pub fn segments(log: &Path) -> Result<Vec<u64>, LogError> {
    let disk = |error| LogError::Disk {
        error,
        path: log.to_owned(),
    };
    let entries = match fs::read_dir(log) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(disk(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(disk)?.file_name();
        let number: Option<u64> = name
            .to_str()
            .and_then(|name| name.strip_suffix(".log"))
            .and_then(|stem| stem.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// What is wrong with a log, and what that costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repair {
    /// Segments that end within a frame: the program ended while it wrote.
    pub torn: u64,
    /// Places in the middle of segments where bytes belong to no frame.
    pub broken: u64,
    /// Bytes of all of these.
    pub bytes: u64,
    /// Frames that only a newer program understands.
    pub newer: u64,
    /// Points whose signal's name is broken, and found nowhere else.
    pub unnamed: u64,
}

impl Repair {
    /// Whether something was lost that had been on the disk.
    pub const fn is_loss(&self) -> bool {
        self.broken > 0 || self.newer > 0 || self.unnamed > 0
    }

    /// Whether all was as it should be.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, damage: &[Damage]) {
        for each in damage {
            self.bytes += each.bytes.len() as u64;
            if each.is_tail {
                self.torn += 1;
            } else {
                self.broken += 1;
            }
        }
    }

    /// Counts of both.
    pub const fn plus(self, other: Self) -> Self {
        Self {
            torn: self.torn + other.torn,
            broken: self.broken + other.broken,
            bytes: self.bytes + other.bytes,
            newer: self.newer + other.newer,
            unnamed: self.unnamed + other.unnamed,
        }
    }
}

/// For people.
impl std::fmt::Display for Repair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} torn and {} broken places, {} bytes",
            self.torn, self.broken, self.bytes
        )?;
        if self.newer > 0 {
            write!(f, ", {} entries of a newer program", self.newer)?;
        }
        if self.unnamed > 0 {
            write!(f, ", {} points of unknown signals", self.unnamed)?;
        }
        Ok(())
    }
}

/// Names by their numbers.
pub type Names = HashMap<u32, Arc<str>>;

/// A segment in memory, its frames checked.
#[derive(Debug)]
pub struct Segment {
    /// Its number: that of its file.
    pub number: u64,
    /// What its first frame says; `None` when that is broken.
    pub start: Option<Start>,
    /// Names of its signals.
    pub names: Names,
    /// What is wrong with it.
    pub repair: Repair,
    /// Points in it.
    pub points: u64,
    /// When the last of what is in it was received or happened; [`Timestamp::MIN`] for an empty one.
    pub last: Timestamp,
    bytes: Vec<u8>,
    frames: Vec<(Kind, Range<usize>)>,
    /// First and last effective time of each frame of samples, once they were gone through: a segment
    /// of which most is sealed need not be gone through again.
    pub(super) frame_times: OnceCell<Vec<Option<[Timestamp; 2]>>>,
}

impl Segment {
    /// Reads a segment of a log.
    ///
    /// # Errors
    /// When the file cannot be read. What is broken in it is no error.
    pub fn read(log: &Path, number: u64) -> Result<Self, LogError> {
        let path = path_of(log, number);
        let bytes = fs::read(&path).map_err(|error| LogError::Disk { error, path })?;
        let mut segment = Self {
            number,
            start: None,
            names: Names::new(),
            repair: Repair::default(),
            points: 0,
            last: Timestamp::MIN,
            bytes: Vec::new(),
            frames: Vec::new(),
            frame_times: OnceCell::new(),
        };
        let mut frames = Frames::of(&bytes);
        while let Some(frame) = frames.next() {
            let end = frames.position();
            let range = end - frame.payload.len()..end;
            match frame.kind {
                None => segment.repair.newer += 1,
                Some(Kind::Start) => segment.start = payload::take_start(frame.payload),
                Some(Kind::Names) => segment.names.extend(payload::take_names(frame.payload)),
                Some(kind) => segment.frames.push((kind, range)),
            }
        }
        segment.repair.add(&frames.damage);
        segment.bytes = bytes;
        segment.measure();
        Ok(segment)
    }

    fn measure(&mut self) {
        self.points = self.decoders().map(|each| u64::from(each.left())).sum();
        let mut last = self.last_received();
        for event in self.events() {
            last = last.max(event.time);
        }
        for message in self.raw() {
            last = last.max(message.receive_time);
        }
        self.last = last;
    }

    /// When the last of its points was received. While the clock goes forward that is the last one of
    /// the last frame; the others need not be read.
    fn last_received(&self) -> Timestamp {
        let begins = || self.decoders().filter_map(|each| each.begins());
        let before = if begins().is_sorted() {
            self.decoders().count().saturating_sub(1)
        } else {
            0
        };
        let ends = self.decoders().skip(before);
        let ends = ends.filter_map(|each| Some(each.skim().last()?.receive_time));
        ends.chain(begins()).max().unwrap_or(Timestamp::MIN)
    }

    fn payloads(&self, wanted: Kind) -> impl Iterator<Item = &[u8]> {
        self.frames
            .iter()
            .filter(move |(kind, _)| *kind == wanted)
            .filter_map(|(_, range)| self.bytes.get(range.clone()))
    }

    pub(super) fn decoders(&self) -> impl Iterator<Item = Decoder<'_>> {
        self.payloads(Kind::Samples).filter_map(Decoder::of)
    }

    /// Its points, in order of arrival.
    pub fn read_points(&self) -> impl Iterator<Item = ReadPoint> {
        self.decoders().flatten()
    }

    /// Its events, in order of announcement.
    pub fn events(&self) -> impl Iterator<Item = RecordedEvent> {
        self.payloads(Kind::Events).flat_map(payload::take_events)
    }

    /// Its raw messages, in order of arrival.
    pub fn raw(&self) -> impl Iterator<Item = RawMessage> {
        self.payloads(Kind::Raw).flat_map(payload::take_raw)
    }
}

/// Names of all segments of one run: each numbers its signals alike.
pub fn names_of_run(segments: &[Segment], run: Option<Timestamp>) -> Names {
    let mut names = Names::new();
    for segment in segments {
        let own = segment.start.as_ref().map(|start| start.run);
        if run.is_some() && own == run {
            let own = segment.names.iter();
            names.extend(own.map(|(number, name)| (*number, Arc::clone(name))));
        }
    }
    names
}

/// Everything that is in the log and in no part yet.
#[derive(Debug, Default)]
pub struct Unsealed {
    /// The points.
    pub points: PartPoints,
    /// The events, in order of time.
    pub events: Vec<RecordedEvent>,
    /// Messages that no signal is bound to, in order of time.
    pub raw: Vec<RawMessage>,
    /// Segments that were read.
    pub segments: Range<u64>,
    /// What is wrong with the log.
    pub repair: Repair,
}

/// Reads everything that is in the log of a recording and in no part yet. Never writes; a recorder
/// may be at work there.
///
/// # Errors
/// When a file cannot be read.
pub fn read_unsealed(root: &Path) -> Result<Unsealed, LogError> {
    let log = root.join("log");
    // A recorder that seals meanwhile removes segments: then the parts have what was in them.
    for _ in 0..16 {
        match read_once(root, &log) {
            Err(LogError::Disk { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
            Err(LogError::Part(SealError::Io(error)))
                if error.kind() == io::ErrorKind::NotFound => {}
            done => return done,
        }
    }
    read_once(root, &log)
}

fn read_once(root: &Path, log: &Path) -> Result<Unsealed, LogError> {
    let numbers = segments(log)?;
    let mut read = Vec::with_capacity(numbers.len());
    for number in &numbers {
        read.push(Segment::read(log, *number)?);
    }
    let coverage = |sort| {
        Coverage::read(root, sort).map_err(|error| LogError::Disk {
            error,
            path: root.to_owned(),
        })
    };
    // After the segments: what is sealed meanwhile is in both, not in neither.
    let mut samples = coverage(Sort::Samples)?;
    let mut events = coverage(Sort::Events)?;
    let mut unmapped = coverage(Sort::Unmapped)?;
    let mut unsealed = Unsealed {
        segments: numbers.first().copied().unwrap_or(0)..numbers.last().map_or(0, |last| last + 1),
        ..Unsealed::default()
    };
    let mut gathering = Gathering::<()>::default();
    for segment in &read {
        let spare = names_of_run(&read, segment.start.as_ref().map(|start| start.run));
        gathering.take(segment, spare, |time| {
            let place = samples.place(time)?;
            let is_sealed = place.has(segment.number);
            Ok::<_, SealError>(Destination {
                target: (!is_sealed).then_some(()),
                times: place.span().clone(),
            })
        })?;
        for event in segment.events() {
            if !events.place(event.time)?.has(segment.number) {
                unsealed.events.push(event);
            }
        }
        for message in segment.raw() {
            if !unmapped.place(message.receive_time)?.has(segment.number) {
                unsealed.raw.push(message);
            }
        }
        unsealed.repair = unsealed.repair.plus(segment.repair);
    }
    unsealed.repair.unnamed = gathering.unnamed();
    unsealed.events.sort_by_key(|event| event.time);
    unsealed.raw.sort_by_key(|message| message.receive_time);
    let gathered = gathering.sorted().pop();
    unsealed.points = gathered.map(|all| all.points).unwrap_or_default();
    Ok(unsealed)
}
