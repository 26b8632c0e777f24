//! [`Batch`]: what a source hands to the ingest, over the one bounded channel.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::model::{Sample, SessionId, Timestamp};
use crate::recording::RawMessage;

/// Batches the channel holds; behind it every source has its spill.
pub const CHANNEL_BATCHES: usize = 256;

/// Samples after which a batch is sent, however fast more arrive.
pub const BATCH_SAMPLES: usize = 1024;

/// The one channel from all sources to the ingest thread.
pub fn channel() -> (Sender<Batch>, Receiver<Batch>) {
    bounded(CHANNEL_BATCHES)
}

/// Samples of one connection in order of arrival, and what happened to its sessions meanwhile.
///
/// Dropping a batch gives its memory back to the [`Pool`] it came from.
#[derive(Debug, Default)]
pub struct Batch {
    /// Index into the plant's connections.
    pub connection: u32,
    /// When it was sent on; no sample in it was received later.
    pub receive_time: Timestamp,
    /// The samples, in order of arrival.
    pub samples: Vec<Sample>,
    /// Sessions that came alive (`true`) or died, and when, in order of arrival.
    pub liveness: Vec<(SessionId, bool, Timestamp)>,
    /// What happened to the source, for the log: when and what.
    pub notes: Vec<(Timestamp, Arc<str>)>,
    /// Messages that no signal is bound to, as far as they are kept: see
    /// [`Intake::keep_unmapped`](super::Intake::keep_unmapped).
    pub raw: Vec<RawMessage>,
    /// Samples lost before this batch because the channel and the spill were full.
    pub lost: u64,
    /// When the first of them was lost; nothing is known of the span from there to this batch.
    pub lost_since: Option<Timestamp>,
    home: Option<Pool>,
}

impl Batch {
    /// An empty batch that belongs to no pool.
    pub fn new(connection: u32, receive_time: Timestamp) -> Self {
        let mut batch = Self::default();
        batch.connection = connection;
        batch.receive_time = receive_time;
        batch
    }

    /// Whether there is nothing in it that the ingest must know.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
            && self.liveness.is_empty()
            && self.notes.is_empty()
            && self.raw.is_empty()
            && self.lost == 0
    }

    /// Memory it takes while it waits, in bytes.
    pub fn bytes(&self) -> usize {
        let notes: usize = self.notes.iter().map(|(_, note)| note.len()).sum();
        let raw: usize = self
            .raw
            .iter()
            .map(|message| size_of::<RawMessage>() + message.topic.len() + message.payload.len())
            .sum();
        size_of::<Self>()
            + self.samples.capacity() * size_of::<Sample>()
            + self.liveness.capacity() * size_of::<(SessionId, bool, Timestamp)>()
            + self.notes.capacity() * size_of::<(Timestamp, Arc<str>)>()
            + notes
            + raw
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if let Some(pool) = self.home.take() {
            pool.give(std::mem::take(&mut self.samples));
        }
    }
}

/// Keeps the memory of spent batches for the next ones. A cheap clone; bounded.
#[derive(Clone, Debug)]
pub struct Pool {
    give: Sender<Vec<Sample>>,
    take: Receiver<Vec<Sample>>,
}

impl Pool {
    const KEPT: usize = 64;

    /// An empty pool.
    pub fn new() -> Self {
        let (give, take) = bounded(Self::KEPT);
        Self { give, take }
    }

    /// An empty batch with memory for [`BATCH_SAMPLES`].
    pub fn batch(&self, connection: u32) -> Batch {
        let mut batch = Batch::new(connection, Timestamp::default());
        batch.samples = self
            .take
            .try_recv()
            .unwrap_or_else(|_| Vec::with_capacity(BATCH_SAMPLES + BATCH_SAMPLES / 8));
        batch.home = Some(self.clone());
        batch
    }

    fn give(&self, mut samples: Vec<Sample>) {
        // What one message with very many values has grown is not kept.
        if (1..=4 * BATCH_SAMPLES).contains(&samples.capacity()) {
            samples.clear();
            let _ = self.give.try_send(samples);
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}
