//! [`Feed`]: readings as batches for the ingest.

use super::Reading;
use crate::model::{Sample, Timestamp};
use crate::source::batch::{BATCH_SAMPLES, Batch, Pool};

/// Gathers readings, which come in order of time, into batches.
#[derive(Debug)]
pub struct Feed {
    pool: Pool,
    batch: Batch,
    /// Time passes with what is read, never backwards.
    now: Timestamp,
}

impl Default for Feed {
    fn default() -> Self {
        let pool = Pool::new();
        Self {
            batch: pool.batch(0),
            pool,
            now: Timestamp::MIN,
        }
    }
}

impl Feed {
    /// Takes a reading; returns a batch when one is full.
    pub fn push(&mut self, reading: &Reading) -> Option<Batch> {
        self.now = self.now.max(reading.time);
        self.batch.samples.push(Sample {
            signal: reading.signal,
            source_time: Some(reading.time),
            receive_time: self.now,
            value: reading.value,
            quality: reading.quality,
        });
        (self.batch.samples.len() >= BATCH_SAMPLES).then(|| self.take())
    }

    /// What is left.
    pub fn finish(mut self) -> Option<Batch> {
        (!self.batch.samples.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> Batch {
        let mut full = std::mem::replace(&mut self.batch, self.pool.batch(0));
        full.receive_time = self.now;
        full
    }
}
