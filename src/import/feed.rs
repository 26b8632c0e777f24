//! [`Feed`]: readings as batches for the ingest.

use super::Reading;
use super::session::Liveness;
use crate::model::{Plant, Sample, Timestamp};
use crate::source::batch::{BATCH_SAMPLES, Batch, Pool};

/// Gathers readings, which come in order of time, into batches.
#[derive(Debug)]
pub struct Feed {
    pool: Pool,
    batch: Batch,
    liveness: Liveness,
    /// Time passes with what is read, never backwards.
    now: Timestamp,
}

impl Feed {
    /// For the plant that is imported into.
    pub fn new(plant: &Plant) -> Self {
        let pool = Pool::new();
        Self {
            batch: pool.batch(0),
            pool,
            liveness: Liveness::of(plant),
            now: Timestamp::MIN,
        }
    }

    /// Takes a reading; returns a batch when one is full.
    pub fn push(&mut self, reading: &Reading) -> Option<Batch> {
        self.now = self.now.max(reading.time);
        self.liveness.reading(self.now, &mut self.batch.liveness);
        self.batch.samples.push(Sample {
            signal: reading.signal,
            source_time: Some(reading.time),
            receive_time: self.now,
            value: reading.value,
            quality: reading.quality,
        });
        (self.batch.samples.len() >= BATCH_SAMPLES).then(|| self.take())
    }

    /// What is left, and the end of the files.
    pub fn finish(mut self) -> Option<Batch> {
        let end = self.liveness.end(&mut self.batch.liveness)?;
        self.now = self.now.max(end);
        Some(self.take())
    }

    fn take(&mut self) -> Batch {
        let mut full = std::mem::replace(&mut self.batch, self.pool.batch(0));
        full.receive_time = self.now;
        full
    }
}
