//! [`SegmentWriter`]: writes one segment of the log.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::{self, Kind};
use super::payload::{self, Start};
use super::points::{self, TapedPoint};
use crate::model::Timestamp;
use crate::recording::sealed::{RawMessage, RecordedEvent};
use crate::recording::storage::{Storage, StorageFile};

/// The table of names is written again after this many bytes, at least.
const NAMES_AGAIN_BYTES: u64 = 1 << 20;
/// Of a segment, names may take this share: 1 in this many.
const NAMES_SHARE: u64 = 16;

/// `log/0000000042.log`
pub fn path_of(log: &Path, number: u64) -> PathBuf {
    log.join(format!("{number:010}.log"))
}

/// What is taken at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry<'a> {
    /// Points in order of arrival; signals by their numbers in `names`.
    pub points: &'a [TapedPoint],
    /// Source times that were not believed, by index of their point, ascending.
    pub source_times: &'a [(u32, Timestamp)],
    /// Events.
    pub events: &'a [RecordedEvent],
    /// Messages that no signal is bound to.
    pub raw: &'a [RawMessage],
}

impl Entry<'_> {
    /// Whether there is nothing in it.
    pub const fn is_empty(&self) -> bool {
        self.points.is_empty() && self.events.is_empty() && self.raw.is_empty()
    }
}

/// The segment that is being written.
///
/// What is pushed waits in memory until it is flushed; a flush that fails can be tried again, and a
/// segment that cannot be written any more gives what waits to the next one.
pub struct SegmentWriter {
    file: Box<dyn StorageFile>,
    path: PathBuf,
    number: u64,
    /// What is not in the file yet.
    waiting: Vec<u8>,
    /// One bit for each number: whether its name is in this segment.
    declared: Vec<u64>,
    declared_list: Vec<u32>,
    names_bytes: u64,
    since_names: u64,
    /// Bytes of whole frames in the file.
    bytes: u64,
    points: u64,
    is_empty: bool,
    is_torn: bool,
}

impl std::fmt::Debug for SegmentWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentWriter")
            .field("number", &self.number)
            .field("bytes", &self.bytes)
            .field("points", &self.points)
            .finish_non_exhaustive()
    }
}

/// What a segment leaves to the next one.
#[derive(Debug, Default)]
pub struct Rest {
    frames: Vec<u8>,
    /// Numbers of the signals in it.
    declared: Vec<u32>,
}

impl SegmentWriter {
    /// Begins a segment: its name and its first frame are on the disk when this returns. `rest`: what
    /// another one of this run could not write.
    ///
    /// # Errors
    /// As the disk says.
    pub fn create(
        storage: &dyn Storage,
        log: &Path,
        start: &Start,
        rest: &Rest,
        names: &[Arc<str>],
    ) -> io::Result<Self> {
        let path = path_of(log, start.segment);
        let mut writer = Self {
            file: storage.create(&path)?,
            path: path.clone(),
            number: start.segment,
            waiting: Vec::new(),
            declared: vec![0; names.len().div_ceil(64)],
            declared_list: Vec::new(),
            names_bytes: 0,
            since_names: 0,
            bytes: 0,
            points: 0,
            is_empty: rest.frames.is_empty(),
            is_torn: false,
        };
        let at = frame::begin(&mut writer.waiting);
        payload::put_start(&mut writer.waiting, start);
        frame::finish(&mut writer.waiting, at, Kind::Start);
        for number in &rest.declared {
            writer.declare(*number);
        }
        writer.put_names(0, names);
        writer.waiting.extend_from_slice(&rest.frames);
        let begun = writer
            .flush()
            .and_then(|()| writer.file.sync())
            .and_then(|()| storage.sync_folder(log));
        if let Err(error) = begun {
            let _ = storage.remove(&path);
            return Err(error);
        }
        Ok(writer)
    }

    /// Its number.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of whole frames in its file.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes that are not in its file yet.
    pub const fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Points that were pushed.
    pub const fn points(&self) -> u64 {
        self.points
    }

    /// Whether nothing was taken since it was begun.
    pub const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Takes an entry. `names`: by number, for all numbers in it.
    pub fn push(&mut self, entry: &Entry<'_>, names: &[Arc<str>]) {
        if !entry.points.is_empty() {
            self.declare_all(entry.points, names);
            let at = frame::begin(&mut self.waiting);
            points::encode(&mut self.waiting, entry.points, entry.source_times);
            frame::finish(&mut self.waiting, at, Kind::Samples);
        }
        if !entry.events.is_empty() {
            let at = frame::begin(&mut self.waiting);
            for event in entry.events {
                payload::put_event(&mut self.waiting, event);
            }
            frame::finish(&mut self.waiting, at, Kind::Events);
        }
        if !entry.raw.is_empty() {
            let at = frame::begin(&mut self.waiting);
            for message in entry.raw {
                payload::put_raw(&mut self.waiting, message);
            }
            frame::finish(&mut self.waiting, at, Kind::Raw);
        }
        self.points += entry.points.len() as u64;
        self.is_empty &= entry.is_empty();
    }

    /// Writes all that waits, or nothing of it.
    ///
    /// # Errors
    /// As the disk says: then all of it still waits.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.mend()?;
        self.is_torn = true;
        self.file.write_all(&self.waiting)?;
        self.is_torn = false;
        let written = self.waiting.len() as u64;
        self.bytes += written;
        self.since_names += written;
        self.waiting.clear();
        Ok(())
    }

    /// Makes all that was flushed survive a power failure.
    ///
    /// # Errors
    /// When the disk does not confirm it.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    /// Cuts off what a failed write has left.
    fn mend(&mut self) -> io::Result<()> {
        if self.is_torn {
            self.file.truncate(self.bytes)?;
            self.is_torn = false;
        }
        Ok(())
    }

    /// Makes sure that nothing of what still waits is in the file, power failure or not: only then
    /// may it go to another.
    ///
    /// # Errors
    /// As the disk says.
    pub fn settle(&mut self) -> io::Result<()> {
        self.mend()?;
        self.file.sync()
    }

    /// What could not be written, for the next segment; after [`SegmentWriter::settle`].
    pub fn into_rest(self) -> Rest {
        Rest {
            declared: if self.waiting.is_empty() {
                Vec::new()
            } else {
                self.declared_list
            },
            frames: self.waiting,
        }
    }

    fn declare(&mut self, number: u32) {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        if let Some(bits) = self.declared.get_mut(word)
            && *bits & bit == 0
        {
            *bits |= bit;
            self.declared_list.push(number);
        }
    }

    /// Writes the names of the points that have none yet; all names from time to time, so that a
    /// broken frame of names costs nothing.
    fn declare_all(&mut self, points: &[TapedPoint], names: &[Arc<str>]) {
        let before = self.declared_list.len();
        for point in points {
            self.declare(point.signal);
        }
        if self.since_names > NAMES_AGAIN_BYTES.max(NAMES_SHARE * self.names_bytes) {
            self.names_bytes = 0;
            self.since_names = 0;
            self.put_names(0, names);
        } else {
            self.put_names(before, names);
        }
    }

    fn put_names(&mut self, from: usize, names: &[Arc<str>]) {
        let list = self.declared_list.get(from..).unwrap_or_default();
        if list.is_empty() {
            return;
        }
        let at = frame::begin(&mut self.waiting);
        payload::put_names(
            &mut self.waiting,
            list.iter()
                .filter_map(|number| Some((*number, &**names.get(*number as usize)?))),
        );
        frame::finish(&mut self.waiting, at, Kind::Names);
        self.names_bytes += (self.waiting.len() - at) as u64;
    }
}
