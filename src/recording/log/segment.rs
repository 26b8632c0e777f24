//! [`SegmentWriter`]: writes one segment of the log.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::{self, Kind};
use super::payload::{self, Start};
use super::points::{self, TapedPoint};
use crate::model::Timestamp;
use crate::recording::event::RecordedEvent;
use crate::recording::raw::RawMessage;
use crate::recording::storage::{Storage, StorageFile};

/// The table of names is written again after this many bytes, at least.
const NAMES_AGAIN_BYTES: u64 = 1 << 20;
/// Of a segment, names may take this share: 1 in this many.
const NAMES_SHARE: u64 = 16;

/// `log/0000000042.log`
pub fn path_of(log: &Path, number: u64) -> PathBuf {
    log.join(format!("{number:010}.log"))
}

/// What is written at once, after which it is either all in the segment or none of it.
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
pub struct SegmentWriter {
    file: Box<dyn StorageFile>,
    number: u64,
    buffer: Vec<u8>,
    /// One bit for each number: whether its name is in this segment.
    declared: Vec<u64>,
    declared_list: Vec<u32>,
    names_bytes: u64,
    since_names: u64,
    /// Bytes of whole frames.
    bytes: u64,
    points: u64,
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

impl SegmentWriter {
    /// Begins a segment: its name and its first frame are on the disk when this returns.
    ///
    /// # Errors
    /// As the disk says.
    pub fn create(storage: &dyn Storage, log: &Path, start: &Start) -> io::Result<Self> {
        let path = path_of(log, start.segment);
        let mut writer = Self {
            file: storage.create(&path)?,
            number: start.segment,
            buffer: Vec::new(),
            declared: Vec::new(),
            declared_list: Vec::new(),
            names_bytes: 0,
            since_names: 0,
            bytes: 0,
            points: 0,
            is_torn: false,
        };
        let begun = (|| {
            let at = frame::begin(&mut writer.buffer);
            payload::put_start(&mut writer.buffer, start);
            frame::finish(&mut writer.buffer, at, Kind::Start);
            writer.write()?;
            writer.file.sync()?;
            storage.sync_folder(log)
        })();
        if let Err(error) = begun {
            // Without a start it is nothing; an empty one does no harm.
            let _ = storage.remove(&path);
            return Err(error);
        }
        Ok(writer)
    }

    /// Its number.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Bytes of whole frames in it.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Points in it.
    pub const fn points(&self) -> u64 {
        self.points
    }

    /// Appends all of an entry, or nothing of it. `names`: by number, for all numbers in it.
    ///
    /// # Errors
    /// As the disk says. It can be tried again, with the same entry.
    pub fn append(&mut self, entry: &Entry<'_>, names: &[Arc<str>]) -> io::Result<()> {
        self.mend()?;
        let declared = self.declared_list.len();
        self.buffer.clear();
        if !entry.points.is_empty() {
            self.declare(entry.points, names);
            let at = frame::begin(&mut self.buffer);
            points::encode(&mut self.buffer, entry.points, entry.source_times);
            frame::finish(&mut self.buffer, at, Kind::Samples);
        }
        if !entry.events.is_empty() {
            let at = frame::begin(&mut self.buffer);
            for event in entry.events {
                payload::put_event(&mut self.buffer, event);
            }
            frame::finish(&mut self.buffer, at, Kind::Events);
        }
        if !entry.raw.is_empty() {
            let at = frame::begin(&mut self.buffer);
            for message in entry.raw {
                payload::put_raw(&mut self.buffer, message);
            }
            frame::finish(&mut self.buffer, at, Kind::Raw);
        }
        if let Err(error) = self.write() {
            for number in self.declared_list.drain(declared..) {
                if let Some(bits) = self.declared.get_mut(number as usize / 64) {
                    *bits &= !(1 << (number % 64));
                }
            }
            return Err(error);
        }
        self.points += entry.points.len() as u64;
        Ok(())
    }

    /// Makes all that was appended survive a power failure.
    ///
    /// # Errors
    /// When the disk does not confirm it.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    /// Puts the names of the points that have none yet into the buffer; all of them from time to
    /// time, so that a broken frame of names costs nothing.
    fn declare(&mut self, points: &[TapedPoint], names: &[Arc<str>]) {
        if self.declared.is_empty() {
            self.declared.resize(names.len().div_ceil(64).max(1), 0);
        }
        let before = self.declared_list.len();
        for point in points {
            let (word, bit) = (point.signal as usize / 64, 1 << (point.signal % 64));
            match self.declared.get_mut(word) {
                Some(bits) if *bits & bit != 0 => {}
                Some(bits) => {
                    *bits |= bit;
                    self.declared_list.push(point.signal);
                }
                None => self.declare_beyond(point.signal),
            }
        }
        let again = self.since_names > NAMES_AGAIN_BYTES.max(NAMES_SHARE * self.names_bytes);
        let from = if again { 0 } else { before };
        if from == self.declared_list.len() {
            return;
        }
        let at = frame::begin(&mut self.buffer);
        let list = self.declared_list.get(from..).unwrap_or_default();
        payload::put_names(
            &mut self.buffer,
            list.iter()
                .filter_map(|number| Some((*number, &**names.get(*number as usize)?))),
        );
        frame::finish(&mut self.buffer, at, Kind::Names);
        let bytes = (self.buffer.len() - at) as u64;
        if again {
            self.names_bytes = bytes;
            self.since_names = 0;
        } else {
            self.names_bytes += bytes;
        }
    }

    #[cold]
    fn declare_beyond(&mut self, number: u32) {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        self.declared.resize(word + 1, 0);
        if let Some(bits) = self.declared.get_mut(word) {
            *bits |= bit;
            self.declared_list.push(number);
        }
    }

    /// Cuts off what a failed write has left.
    fn mend(&mut self) -> io::Result<()> {
        if self.is_torn {
            self.file.truncate(self.bytes)?;
            self.is_torn = false;
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        self.is_torn = true;
        self.file.write_all(&self.buffer)?;
        self.is_torn = false;
        self.bytes += self.buffer.len() as u64;
        self.since_names += self.buffer.len() as u64;
        Ok(())
    }
}
