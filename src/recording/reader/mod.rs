//! [`Recording`]: a recording read back: the whole plant at any instant, and any signal over any
//! span.
//!
//! It is a cheap clone that any thread may use. Everything read and unpacked is kept within a byte
//! budget; blocks are read when they are asked for, or ahead by [`Recording::prefetch`]. Parts that
//! another thread or program seals meanwhile are found by [`Recording::refresh`].
//!
//! Values are those of memory: operating states and health are understood in the plant that the
//! recording was opened with, whatever revision it was recorded under.

mod along;
mod events;
mod list;
mod part;
mod pin;
mod series;
mod shelf;
mod tables;

pub(crate) use along::Along;
pub(crate) use pin::Back;
pub use pin::{Moment, Pin};
pub(crate) use series::Piece;

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use list::Parts;
use part::{Mappings, OpenPart, Part, Source};
use shelf::{Item, Key, Shelf};

use super::SignalNames;
use super::folder::{Description, FolderError};
use super::index::IndexError;
use super::sealed::SealError;
use crate::model::{Plant, Point, SignalId, Timestamp, Value};

/// Memory of a recording unless told otherwise, bytes.
pub const BUDGET_BYTES: usize = 256 << 20;

/// Whether the unsealed end of the recording is read, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tail {
    /// Yes: all there is, from the log.
    #[default]
    Read,
    /// No: this program records there, and has it in memory.
    Leave,
}

/// Why a recording cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// Nothing was recorded there.
    #[error("no recording in this folder: {0}")]
    NoRecording(PathBuf),
    /// Its description is damaged, or newer than this program.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The disk said no.
    #[error("the recording cannot be read ({error}): {path}")]
    Disk {
        /// What the system says.
        error: std::io::Error,
        /// The folder.
        path: PathBuf,
    },
    /// Its log cannot be read.
    #[error(transparent)]
    Log(#[from] super::log::LogError),
}

/// What a recording has and what it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingStats {
    /// Sealed parts that are read.
    pub parts: usize,
    /// Parts that are left out, and why.
    pub broken: Vec<(PathBuf, String)>,
    /// Indexes that were made anew, and why.
    pub rebuilt: Vec<(PathBuf, String)>,
    /// Memory it may take for what was read, bytes.
    pub budget_bytes: usize,
    /// Memory that what was read takes.
    pub bytes: usize,
    /// Memory of the list of parts and of what is not sealed yet: outside of the budget.
    pub fixed_bytes: usize,
    /// How often something was found in memory …
    pub hits: u64,
    /// … and how often not.
    pub misses: u64,
}

/// A recording that is open for reading.
#[derive(Clone, Debug)]
pub struct Recording(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    plant: Arc<Plant>,
    names: SignalNames,
    tail: Tail,
    parts: RwLock<Arc<Parts>>,
    shelf: Mutex<Shelf>,
    mappings: Mappings,
    refreshing: Mutex<()>,
    next_key: AtomicU64,
    budget: AtomicU64,
    rebuilt: Mutex<Vec<(PathBuf, String)>>,
}

impl Recording {
    /// Opens the recording in a folder. Nothing in it is changed, but for indexes that are made
    /// anew.
    ///
    /// # Errors
    /// When there is none, it is newer than this program, or the disk says no.
    pub fn open(
        root: &Path,
        plant: Arc<Plant>,
        budget: usize,
        tail: Tail,
    ) -> Result<Self, RecordingError> {
        if Description::read(root)?.is_none() {
            return Err(RecordingError::NoRecording(root.to_owned()));
        }
        let recording = Self(Arc::new(Inner {
            root: root.to_owned(),
            names: SignalNames::of(&plant),
            plant,
            tail,
            parts: RwLock::default(),
            shelf: Mutex::new(Shelf::new(budget)),
            mappings: Mutex::new(HashMap::new()),
            refreshing: Mutex::new(()),
            next_key: AtomicU64::new(1),
            budget: AtomicU64::new(budget as u64),
            rebuilt: Mutex::default(),
        }));
        recording.refresh()?;
        Ok(recording)
    }

    /// Looks for parts that were sealed, written again or removed since; returns whether there are
    /// any. With [`Tail::Read`] the unsealed end is read again, too.
    ///
    /// # Errors
    /// When the disk says no: the list stays as it was.
    pub fn refresh(&self) -> Result<bool, RecordingError> {
        self.0.refresh()
    }

    /// Which look at the folder this is: another number whenever something was found to have changed.
    pub(crate) fn round(&self) -> u64 {
        self.0.parts().round
    }

    /// From the first instant recorded to the end of the last part; `None` when there is nothing.
    pub fn span(&self) -> Option<Range<Timestamp>> {
        let parts = self.0.parts();
        let (first, last) = (parts.list.first()?, parts.list.last()?);
        Some(Timestamp::from_nanos(first.span.start)..Timestamp::from_nanos(last.span.end))
    }

    /// The end of what is sealed: from here on, nothing is known. [`Timestamp::MIN`] when nothing is.
    pub fn end(&self) -> Timestamp {
        self.span().map_or(Timestamp::MIN, |span| span.end)
    }

    /// The spans of the parts, ascending: where nothing lies, nothing was recorded.
    pub fn part_spans(&self) -> Vec<Range<Timestamp>> {
        let parts = self.0.parts();
        let spans = parts.list.iter().filter(|part| part.broken.get().is_none());
        spans
            .map(|part| {
                Timestamp::from_nanos(part.span.start)..Timestamp::from_nanos(part.span.end)
            })
            .collect()
    }

    /// The plant it was opened with.
    pub fn plant(&self) -> &Arc<Plant> {
        &self.0.plant
    }

    /// The last point at or before `t`, and the first one after it.
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        Pin::default().bracket(self, signal, t)
    }

    /// The last point at or before `t`.
    pub fn latest(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        Pin::default().latest(self, signal, t)
    }

    /// The last point at or before `t` of every signal at once, reported and derived.
    pub fn latest_at(&self, t: Timestamp, moment: &mut Moment) {
        Pin::default().latest_at(self, t, moment);
    }

    /// Reads the block of an instant ahead, on the calling thread.
    pub fn prefetch(&self, t: Timestamp) {
        Pin::default().prefetch(self, t);
    }

    /// What it has and what it takes.
    pub fn stats(&self) -> RecordingStats {
        let parts = self.0.parts();
        let mut broken = parts.broken.clone();
        broken.extend(parts.list.iter().filter_map(|part| {
            let why = part.broken.get()?.clone();
            match &part.source {
                Source::File(file) => Some((file.path.clone(), why)),
                Source::Memory(_) => None,
            }
        }));
        broken.extend(
            parts
                .events
                .iter()
                .filter_map(|part| Some((part.file.path.clone(), part.broken.get()?.clone()))),
        );
        let sealed = |part: &&Arc<Part>| {
            matches!(part.source, Source::File(_)) && part.broken.get().is_none()
        };
        let mappings = self
            .0
            .mappings
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // A sum does not depend on the order.
        #[expect(clippy::iter_over_hash_type, reason = "a sum")]
        let mapped = {
            let mut bytes = 0;
            for mapping in mappings.values() {
                bytes += mapping.bytes();
            }
            bytes
        };
        drop(mappings);
        let shelf = self.0.shelf();
        RecordingStats {
            parts: parts.list.iter().filter(sealed).count(),
            broken,
            rebuilt: self
                .0
                .rebuilt
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            budget_bytes: self.0.budget.load(Ordering::Relaxed) as usize,
            bytes: shelf.bytes(),
            fixed_bytes: parts.bytes() + mapped,
            hits: shelf.hits,
            misses: shelf.misses,
        }
    }

    /// Changes the memory it may take.
    pub fn set_budget(&self, budget: usize) {
        self.0.budget.store(budget as u64, Ordering::Relaxed);
        self.0.shelf().set_budget(budget);
    }
}

impl Inner {
    fn parts(&self) -> Arc<Parts> {
        Arc::clone(&self.parts.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A value as memory has it.
    #[inline(always)]
    fn live(&self, signal: SignalId, mut point: Point) -> Point {
        if self.names.is_reworded(signal) {
            point.value = self.live_value(signal, point.value);
        }
        point
    }

    #[cold]
    fn live_value(&self, signal: SignalId, value: Value) -> Value {
        self.names.live(signal, value)
    }

    /// The part in use; `None`: it is broken.
    fn open(&self, part: &Part) -> Option<Arc<OpenPart>> {
        let file = match &part.source {
            Source::Memory(open) => return Some(Arc::clone(open)),
            Source::File(_) if part.broken.get().is_some() => return None,
            Source::File(file) => file,
        };
        let key = Key::Head { part: part.key };
        if let Some(Item::Head(open)) = self.shelf().get(key) {
            return Some(open);
        }
        let is_distrusted = part.is_distrusted.load(Ordering::Relaxed);
        match part::open(&self.root, file, &self.names, &self.mappings, is_distrusted) {
            Ok(opened) => {
                if let Some(why) = opened.rebuilt {
                    self.say_rebuilt(file.index(&self.root), &why);
                }
                let open = Arc::new(opened.part);
                let _ = part.mapping.set(Arc::clone(&open.mapping));
                self.shelf()
                    .put(key, Item::Head(Arc::clone(&open)), open.bytes());
                Some(open)
            }
            Err(error) => {
                self.leave_out(part, &error);
                None
            }
        }
    }

    fn say_rebuilt(&self, path: PathBuf, why: &IndexError) {
        tracing::info!(
            "the index of a part was made anew ({why}): {}",
            path.display()
        );
        let mut rebuilt = self.rebuilt.lock().unwrap_or_else(PoisonError::into_inner);
        if rebuilt.len() < 1000 {
            rebuilt.push((path, why.to_string()));
        }
    }

    /// Names a part as broken: the rest is served without it. One that is gone was merged or removed
    /// since the list was made.
    fn leave_out(&self, part: &Part, error: &SealError) {
        if let SealError::Io(error) = error
            && error.kind() == std::io::ErrorKind::NotFound
        {
            return;
        }
        if let Source::File(file) = &part.source
            && part.broken.set(error.to_string()).is_ok()
        {
            tracing::warn!("a part is left out ({error}): {}", file.path.display());
        }
    }

    /// Reads something from the index of a part. An index that fails although its head was whole is
    /// made anew, once. `None`: the part is left out.
    fn indexed<T>(
        &self,
        part: &Part,
        read: impl Fn(&OpenPart) -> Result<T, IndexError>,
    ) -> Option<(Arc<OpenPart>, T)> {
        loop {
            let open = self.open(part)?;
            let error = match read(&open) {
                Ok(read) => return Some((open, read)),
                Err(error) => error,
            };
            // What was read of it counts by its lists.
            self.shelf().purge(|key| key.part() == Some(part.key));
            match &part.source {
                Source::File(file) if !part.is_distrusted.swap(true, Ordering::Relaxed) => {
                    self.say_rebuilt(file.index(&self.root), &error);
                }
                _ => {
                    self.leave_out(part, &SealError::NotAPart(error.to_string()));
                    return None;
                }
            }
        }
    }
}
