//! [`Outlet`]: sends batches to the ingest without ever waiting for it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Sender, TrySendError};

use super::batch::Batch;
use crate::model::{SessionId, Timestamp};

/// Memory that the spills of all sources may take together.
#[derive(Clone, Debug)]
pub struct SpillBudget(Arc<AtomicUsize>);

impl SpillBudget {
    /// Bytes unless told otherwise.
    pub const DEFAULT_BYTES: usize = 256 << 20;

    /// `bytes` for all.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    fn take(&self, bytes: usize) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            })
            .is_ok()
    }

    fn give(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The sending end of one connection: the channel, behind it a queue within the budget, behind that
/// a counted gap. Nothing overtakes, nothing is merged, nobody waits.
#[derive(Debug)]
pub struct Outlet {
    sender: Sender<Batch>,
    budget: SpillBudget,
    spill: VecDeque<(usize, Batch)>,
    spilled_samples: u64,
    /// What was lost since the last batch that went through.
    gap: Gap,
    dropped: u64,
    is_closed: bool,
}

#[derive(Debug, Default)]
struct Gap {
    samples: u64,
    since: Option<Timestamp>,
    /// Sessions and notes are few and are never lost with the samples.
    liveness: Vec<(SessionId, bool, Timestamp)>,
    notes: Vec<(Timestamp, Arc<str>)>,
}

impl Gap {
    /// Entries of a kind kept through a gap; beyond, the oldest go.
    const KEPT: usize = 100_000;
}

impl Outlet {
    /// Sends over `sender`, spills within `budget`.
    pub fn new(sender: Sender<Batch>, budget: SpillBudget) -> Self {
        Self {
            sender,
            budget,
            spill: VecDeque::new(),
            spilled_samples: 0,
            gap: Gap::default(),
            dropped: 0,
            is_closed: false,
        }
    }

    /// Sends a batch, or keeps it, or counts it as lost.
    pub fn send(&mut self, batch: Batch) {
        self.drain();
        let batch = self.mend(batch);
        if batch.is_empty() {
            return;
        }
        if !self.spill.is_empty() {
            self.keep(batch);
            return;
        }
        match self.sender.try_send(batch) {
            Ok(()) => {}
            Err(TrySendError::Full(batch)) => self.keep(batch),
            Err(TrySendError::Disconnected(_)) => self.is_closed = true,
        }
    }

    /// Moves on what waits, as far as the channel takes it.
    pub fn drain(&mut self) {
        while let Some((bytes, batch)) = self.spill.pop_front() {
            let samples = batch.samples.len() as u64;
            match self.sender.try_send(batch) {
                Ok(()) => {
                    self.spilled_samples -= samples;
                    self.budget.give(bytes);
                }
                Err(TrySendError::Full(batch)) => {
                    self.spill.push_front((bytes, batch));
                    return;
                }
                Err(TrySendError::Disconnected(_)) => {
                    self.is_closed = true;
                    return;
                }
            }
        }
    }

    /// Whether something waits for room in the channel.
    pub fn has_backlog(&self) -> bool {
        !self.spill.is_empty() || self.gap.samples > 0
    }

    /// Samples lost since the start.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Samples that wait in the spill.
    pub const fn spilled(&self) -> u64 {
        self.spilled_samples
    }

    /// Whether the ingest is gone.
    pub const fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Puts what is known of a gap before this batch into it.
    fn mend(&mut self, mut batch: Batch) -> Batch {
        let gap = std::mem::take(&mut self.gap);
        if gap.since.is_some() {
            batch.lost = gap.samples;
            batch.lost_since = gap.since;
            batch.liveness.splice(0..0, gap.liveness);
            batch.notes.splice(0..0, gap.notes);
        }
        batch
    }

    fn keep(&mut self, batch: Batch) {
        let bytes = batch.bytes();
        if self.budget.take(bytes) {
            self.spilled_samples += batch.samples.len() as u64;
            self.spill.push_back((bytes, batch));
        } else {
            self.lose(batch);
        }
    }

    fn lose(&mut self, mut batch: Batch) {
        let samples = batch.samples.len() as u64;
        let first = batch.samples.first().map(|sample| sample.receive_time);
        self.dropped += samples;
        self.gap.samples = batch.lost + samples;
        self.gap.since = batch.lost_since.or(first).or(Some(batch.receive_time));
        self.gap.liveness = std::mem::take(&mut batch.liveness);
        self.gap.notes = std::mem::take(&mut batch.notes);
        let beyond = self.gap.liveness.len().saturating_sub(Gap::KEPT);
        self.gap.liveness.drain(..beyond);
        let beyond = self.gap.notes.len().saturating_sub(Gap::KEPT);
        self.gap.notes.drain(..beyond);
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        for (bytes, _) in self.spill.drain(..) {
            self.budget.give(bytes);
        }
    }
}
