//! [`Direct`]: a recording made on the caller's thread, for what does not come from a broker:
//! imports and copies. Nothing is lost here: the caller waits for the disk.

use std::path::Path;
use std::sync::Arc;

use super::recorder::{OpenError, Recorder, SegmentLimits};
use super::sealing::{Extent, SealLimits, Sealer, SealingError};
use super::status::RecorderStatus;
use super::storage::{Disk, Storage};
use super::tape::{Reels, Taken, tape};
use crate::history;
use crate::ingest::{Ingest, IngestStats};
use crate::model::{Plant, Timestamp};
use crate::source::Batch;

/// Memory for the newest points, from which states and alarms follow.
const HISTORY_BYTES: usize = 64 << 20;

/// Why something could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum DirectError {
    /// The folder cannot be recorded to.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log cannot be sealed. It is kept, and sealed when the folder is recorded to again.
    #[error("what is recorded cannot be sealed: {0}")]
    Seal(#[from] SealingError),
    /// The disk refused while recording.
    #[error("not recorded: {0}")]
    Refused(Arc<str>),
}

/// Records batches through the same ingest as live ones.
#[derive(Debug)]
pub struct Direct {
    /// `None` when it has ended: then the tape is closed.
    ingest: Option<Ingest>,
    reels: Reels,
    recorder: Recorder,
    sealer: Sealer,
}

impl Direct {
    /// Into this folder: a new one, or one of the same plant, which is gone on with.
    ///
    /// # Errors
    /// When the folder cannot be recorded to.
    pub fn open(folder: &Path, plant: &Arc<Plant>, now: Timestamp) -> Result<Self, DirectError> {
        let storage: Arc<dyn Storage> = Arc::new(Disk);
        let limits = SegmentLimits::default();
        let recorder =
            Recorder::open(folder, Arc::clone(plant), Arc::clone(&storage), limits, now)?;
        let mut sealer = Sealer::open(folder, storage, SealLimits::default())?;
        if let Some(left) = recorder.first_segment().checked_sub(1) {
            sealer.seal(left, Extent::All)?;
        }
        let (tape, reels) = tape(usize::MAX, plant.signals.len());
        let (mut writer, _) = history::in_memory_within(plant, HISTORY_BYTES);
        writer.record_to(tape);
        Ok(Self {
            ingest: Some(Ingest::new(Arc::clone(plant), writer)),
            reels,
            recorder,
            sealer,
        })
    }

    /// Takes a batch; returns when it is in the log.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn ingest(&mut self, batch: &Batch, now: Timestamp) -> Result<(), DirectError> {
        if let Some(ingest) = &mut self.ingest {
            ingest.ingest(batch);
        }
        self.record(now)
    }

    fn record(&mut self, now: Timestamp) -> Result<(), DirectError> {
        while let Taken::Reel(reel) = self.reels.take() {
            self.recorder.take(&reel, now);
            self.reels.give_back(reel);
        }
        self.recorder.tick(now);
        if let Some(problem) = &self.recorder.status().problem {
            return Err(DirectError::Refused(Arc::clone(problem)));
        }
        if let Some(closed) = self.recorder.take_closed() {
            self.sealer.seal(closed, Extent::Settled)?;
        }
        Ok(())
    }

    /// Ends it: lets time pass to the end of what was given, and seals everything.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self, now: Timestamp) -> Result<(IngestStats, RecorderStatus), DirectError> {
        let ingest = self.ingest.take();
        let stats = ingest.as_ref().map(Ingest::stats).unwrap_or_default();
        // Closes the tape, which hands over what is left.
        drop(ingest);
        self.record(now)?;
        let closed = self.recorder.finish(now);
        if let Some(problem) = &self.recorder.status().problem {
            return Err(DirectError::Refused(Arc::clone(problem)));
        }
        if let Some(closed) = closed {
            self.sealer.seal(closed, Extent::All)?;
        }
        Ok((stats, self.recorder.status().clone()))
    }
}
