//! [`Recorder`]: writes reels to the log and says when it is time to seal. No thread and no clock of
//! its own: tests drive it with reels and instants.

mod left;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use left::Left;

use super::SignalNames;
use super::folder::{Folder, FolderError, explain};
use super::log::payload::Start;
use super::log::points::TapedPoint;
use super::log::read::LogError;
use super::log::segment::{Entry, Rest, SegmentWriter};
use super::parts::HOUR_MS;
use super::revision::Revision;
use super::sealed::{RecordedEvent, RecordedKind};
use super::status::RecorderStatus;
use super::storage::Storage;
use super::tape::{Lost, Reel};
use crate::model::{Plant, Quality, SessionId, SignalId, Timestamp, Value};

/// Time after which what was written is made safe: with the time that it waits before that and the
/// time that the disk takes, within a second.
const SYNC: Duration = Duration::from_millis(500);
/// Time after which the disk is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// A segment waits so long after an hour's end: what is late by less lands in the part of its hour.
const HOUR_SLACK_MS: i64 = 10_000;
/// What waits to be written is written when it is so much, bytes.
const FLUSH_BYTES: usize = 256 << 10;

/// When a segment ends.
#[derive(Clone, Copy, Debug)]
pub struct SegmentLimits {
    /// Points: a part is made of about as many, in memory.
    pub points: u64,
    /// Bytes.
    pub bytes: u64,
    /// Time since its start.
    pub age: Duration,
}

impl Default for SegmentLimits {
    fn default() -> Self {
        Self {
            points: 2 << 20,
            bytes: 64 << 20,
            age: Duration::from_secs(600),
        }
    }
}

/// Why a recording could not be begun.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The log that is there.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The disk said no.
    #[error("the recording cannot be begun ({}): {path}", explain(error))]
    Disk {
        /// What the system says.
        error: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
}

/// Writes what the ingest hands over to the log of one recording.
#[derive(Debug)]
pub struct Recorder {
    folder: Folder,
    plant: Arc<Plant>,
    signals: SignalNames,
    names: Vec<Arc<str>>,
    limits: SegmentLimits,
    revision: u32,
    run: Timestamp,
    /// `None`: it could not be made, and is tried again.
    segment: Option<SegmentWriter>,
    /// What the next segment begins with.
    rest: Rest,
    first_segment: u64,
    next_segment: u64,
    begun: Timestamp,
    /// When the first of what is not safe yet was taken.
    unsafe_since: Option<Timestamp>,
    /// Nothing is tried before this.
    retry: Timestamp,
    /// Whether each session is alive, as it was recorded last.
    alive: Vec<bool>,
    /// Segments up to this one are not written any more.
    closed: Option<u64>,
    converted: Vec<TapedPoint>,
    status: RecorderStatus,
}

impl Recorder {
    /// Opens the folder, looks at what an earlier program left in the log, and begins a segment.
    ///
    /// # Errors
    /// When the folder cannot be recorded to. Nothing in it is changed then.
    pub fn open(
        root: &Path,
        plant: Arc<Plant>,
        storage: Arc<dyn Storage>,
        limits: SegmentLimits,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let folder = Folder::open(root, &plant, storage, now)?;
        let signals = SignalNames::of(&plant);
        let revision = Revision::of(&plant, &signals);
        revision
            .keep(&**folder.storage(), root)
            .map_err(|error| OpenError::Disk {
                error,
                path: Revision::folder(root, revision.crc),
            })?;
        let left = Left::of(&folder)?;
        let names: Vec<Arc<str>> = signals.iter().map(|(_, name)| Arc::clone(name)).collect();
        let mut recorder = Self {
            plant,
            signals,
            names,
            limits,
            revision: revision.crc,
            run: now,
            segment: None,
            rest: Rest::default(),
            first_segment: left.next_segment,
            next_segment: left.next_segment,
            begun: now,
            unsafe_since: None,
            retry: Timestamp::MIN,
            alive: Vec::new(),
            closed: None,
            converted: Vec::new(),
            status: RecorderStatus {
                folder: root.to_owned(),
                ..RecorderStatus::default()
            },
            folder,
        };
        recorder.alive = vec![false; recorder.plant.sessions.len()];
        recorder
            .begin_segment(now)
            .map_err(|error| OpenError::Disk {
                error,
                path: recorder.folder.log(),
            })?;
        recorder.begin(&left, now);
        Ok(recorder)
    }

    /// Says what was found, and that nothing from before looks live.
    fn begin(&mut self, left: &Left, now: Timestamp) {
        let mut events = Vec::new();
        if !left.repair.is_none() {
            let words = format!("Recording repaired after an interruption: {}", left.repair);
            self.status.repair = Some(words.as_str().into());
            events.push(note(now, words));
        }
        events.push(note(
            now,
            format!("Recording begins, plant revision {:08x}", self.revision),
        ));
        let mut points = Vec::new();
        if let Some(last) = left.last.filter(|_| left.is_unsealed) {
            for session in 0..self.plant.sessions.len() as u32 {
                let id = self.plant.session_signal(SessionId(session));
                points.push(dead(id, last, now));
            }
        }
        self.push(&Entry {
            points: &points,
            events: &events,
            ..Entry::default()
        });
        self.touch(now);
    }

    /// What it says of itself.
    pub const fn status(&self) -> &RecorderStatus {
        &self.status
    }

    /// The same, to be completed by who seals and removes.
    pub const fn status_mut(&mut self) -> &mut RecorderStatus {
        &mut self.status
    }

    /// Its folder.
    pub const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Whether it takes a reel now. While the disk refuses, reels wait where they are.
    pub fn is_ready(&self) -> bool {
        self.status.problem.is_none()
    }

    /// Takes what the ingest made of a batch, received by `now`.
    pub fn take(&mut self, reel: &Reel, now: Timestamp) {
        let mut events: Vec<RecordedEvent> = Vec::with_capacity(reel.events.len());
        if let Some(Lost { points, since }) = reel.lost {
            self.status.gaps += 1;
            self.status.lost += points;
            let until = reel.points.first().map_or(now, |point| point.receive_time);
            events.push(RecordedEvent {
                time: until.max(since),
                kind: RecordedKind::Gap {
                    connection: RECORDER.into(),
                    from: since,
                    samples: points,
                },
            });
        }
        events.extend(
            reel.events
                .iter()
                .map(|event| RecordedEvent::of(event, &self.plant)),
        );
        let reported = self.plant.signals.len() as u32;
        let is_reported = reel.points.iter().all(|point| point.signal < reported);
        let mut converted = std::mem::take(&mut self.converted);
        let points = if is_reported {
            reel.points.as_slice()
        } else {
            converted.clear();
            converted.extend_from_slice(&reel.points);
            for point in converted
                .iter_mut()
                .filter(|point| point.signal >= reported)
            {
                self.reword(point);
            }
            converted.as_slice()
        };
        self.push(&Entry {
            points,
            source_times: &reel.source_times,
            events: &events,
            raw: &reel.raw,
        });
        self.converted = converted;
        self.touch(now);
        if self
            .segment
            .as_ref()
            .is_none_or(|segment| segment.waiting() >= FLUSH_BYTES)
        {
            self.flush(now);
        }
    }

    /// A derived point as it is on disk; remembers which sessions are alive.
    fn reword(&mut self, point: &mut TapedPoint) {
        let id = SignalId(point.signal);
        if self.signals.is_reworded(id) {
            point.value = self.signals.stored(id, point.value);
        } else {
            let first = self.plant.session_signal(SessionId(0)).0;
            let session = point.signal.saturating_sub(first) as usize;
            if let Some(alive) = self.alive.get_mut(session) {
                *alive = point.value == Value::Boolean(true);
            }
        }
    }

    fn push(&mut self, entry: &Entry<'_>) {
        self.status.samples += entry.points.len() as u64;
        self.status.events += entry.events.len() as u64;
        self.status.unmapped += entry.raw.len() as u64;
        if let Some(segment) = &mut self.segment {
            segment.push(entry, &self.names);
        }
    }

    fn touch(&mut self, now: Timestamp) {
        self.unsafe_since.get_or_insert(now);
    }

    /// Does what is due: writes, makes safe, ends the segment.
    pub fn tick(&mut self, now: Timestamp) {
        if now < self.retry {
            return;
        }
        self.flush(now);
        if self.is_ready() && self.unsafe_since.is_some_and(|since| now >= since + SYNC) {
            self.sync(now);
        }
        if self.is_ready() && self.is_full(now) {
            self.rotate(now);
        }
    }

    /// When [`Recorder::tick`] has something to do next, if nothing is taken until then.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.is_ready() {
            self.unsafe_since.map(|since| since + SYNC)
        } else {
            Some(self.retry)
        }
    }

    /// Segments below this one were left by earlier programs.
    pub const fn first_segment(&self) -> u64 {
        self.first_segment
    }

    /// The last segment that is not written any more, if there is a new one since the last call.
    pub fn take_closed(&mut self) -> Option<u64> {
        self.closed.take()
    }

    /// Ends the recording: says that no session is followed any more, makes everything safe, and ends
    /// the segment. Returns its number when all is on the disk.
    pub fn finish(&mut self, now: Timestamp) -> Option<u64> {
        let mut points = Vec::new();
        for (is_alive, session) in self.alive.iter().zip(0..) {
            if *is_alive {
                let id = self.plant.session_signal(SessionId(session));
                points.push(dead(id, now, now));
            }
        }
        self.alive.fill(false);
        self.push(&Entry {
            points: &points,
            events: &[note(now, "Recording ends".into())],
            ..Entry::default()
        });
        self.retry = Timestamp::MIN;
        self.status.problem = None;
        self.flush(now);
        if self.is_ready() {
            self.rotate(now);
        }
        self.closed.take()
    }

    fn is_full(&self, now: Timestamp) -> bool {
        let Some(segment) = &self.segment else {
            return false;
        };
        let hour = |time: Timestamp| (time.as_millis() - HOUR_SLACK_MS).div_euclid(HOUR_MS);
        !segment.is_empty()
            && (segment.points() >= self.limits.points
                || segment.bytes() >= self.limits.bytes
                || now >= self.begun + self.limits.age
                || hour(now) != hour(self.begun))
    }

    fn begin_segment(&mut self, now: Timestamp) -> io::Result<()> {
        let start = Start {
            segment: self.next_segment,
            plant: self.revision,
            run: self.run,
        };
        let log = self.folder.log();
        self.folder.storage().make_folder(&log)?;
        let segment = SegmentWriter::create(
            &**self.folder.storage(),
            &log,
            &start,
            &self.rest,
            &self.names,
        )?;
        self.rest = Rest::default();
        self.segment = Some(segment);
        self.next_segment += 1;
        self.begun = now;
        Ok(())
    }

    /// Ends the segment, which is written and safe, and begins the next.
    fn rotate(&mut self, now: Timestamp) {
        self.sync(now);
        if !self.is_ready() {
            return;
        }
        let number = self.segment.as_ref().map(SegmentWriter::number);
        match self.begin_segment(now) {
            Ok(()) => self.closed = number,
            // The old one goes on.
            Err(error) => self.refused(&error, now),
        }
    }

    fn flush(&mut self, now: Timestamp) {
        let done = match &mut self.segment {
            Some(segment) => segment.flush(),
            None => self.begin_segment(now),
        };
        let done = match (done, self.status.problem.is_some()) {
            // It has been refused before: another file may be taken.
            (Err(error), true) if self.segment.is_some() => self.give_up(now, error),
            (done, _) => done,
        };
        match done {
            Ok(()) => self.status.problem = None,
            Err(error) => self.refused(&error, now),
        }
    }

    /// Tries a new segment in the place of one that cannot be written any more.
    fn give_up(&mut self, now: Timestamp, error: io::Error) -> io::Result<()> {
        let Some(mut old) = self.segment.take() else {
            return Err(error);
        };
        if old.settle().is_err() {
            self.segment = Some(old);
            return Err(error);
        }
        self.closed = Some(old.number());
        self.rest = old.into_rest();
        self.begin_segment(now)
    }

    fn sync(&mut self, now: Timestamp) {
        let Some(segment) = &mut self.segment else {
            return;
        };
        let synced = segment.sync();
        // A folder that was removed takes what is written to it without a word.
        let is_there = segment.path().exists();
        match synced {
            Ok(()) if is_there => {
                self.unsafe_since = None;
                self.status.synced = Some(now);
            }
            Ok(()) => {
                self.refused(&io::ErrorKind::NotFound.into(), now);
                self.segment = None;
            }
            Err(error) => {
                // Nobody knows what of the last second is on the disk: the next one goes to a new file.
                self.refused(&error, now);
                if let Some(old) = self.segment.take() {
                    self.closed = Some(old.number());
                    self.rest = old.into_rest();
                }
            }
        }
    }

    fn refused(&mut self, error: &io::Error, now: Timestamp) {
        let words = format!("{}: {}", explain(error), self.folder.root().display());
        if self.status.problem.as_deref() != Some(words.as_str()) {
            tracing::error!("not recording: {words}");
        }
        self.status.problem = Some(words.into());
        self.retry = now + RETRY;
    }
}

/// Stands in the place of a connection where the recorder itself lost something.
pub const RECORDER: &str = "#recorder";

fn note(time: Timestamp, message: String) -> RecordedEvent {
    RecordedEvent {
        time,
        kind: RecordedKind::Note {
            message: message.into(),
        },
    }
}

/// A session that is not followed any more.
const fn dead(signal: SignalId, time: Timestamp, now: Timestamp) -> TapedPoint {
    TapedPoint {
        time,
        receive_time: now,
        value: Value::Boolean(false),
        signal: signal.0,
        quality: Quality::Good,
    }
}
