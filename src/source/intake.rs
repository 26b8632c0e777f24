//! [`Intake`]: what decoders write into: samples and sessions for the ingest, counted findings for
//! the status. One per connection, on its thread; no locks.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::batch::{Batch, Pool};
use super::status::RejectCause;
use super::tally::Tally;
use crate::model::connection::{Skew, SkewWindow};
use crate::model::{Plant, Sample, SessionId, SignalId, Timestamp, Value};
use crate::recording::RawMessage;

/// Collects what the messages of one connection say.
#[derive(Debug)]
pub struct Intake {
    batch: Batch,
    pool: Pool,
    skew: Skew,
    /// By signal: the newest source time and the value it had; `None` when its session has begun a
    /// new life since.
    newest: Vec<(Timestamp, Option<Value>)>,
    sessions: Vec<Option<SessionId>>,
    tally: Tally,
    /// Id of the connection.
    connection: Arc<str>,
    raw: RawBudget,
}

/// How much of what no signal is bound to is kept: as much as has come free since the last time, at
/// most that of [`RawBudget::BURST_SECS`].
#[derive(Clone, Copy, Debug)]
struct RawBudget {
    per_second: usize,
    room: usize,
    since: Timestamp,
}

impl RawBudget {
    const BURST_SECS: usize = 16;

    const fn new(per_second: usize) -> Self {
        Self {
            per_second,
            room: per_second * Self::BURST_SECS,
            since: Timestamp::MIN,
        }
    }

    fn allows(&mut self, bytes: usize, now: Timestamp) -> bool {
        if self.per_second == 0 {
            return false;
        }
        let passed = now.saturating_since(self.since).as_secs_f64();
        let most = self.per_second * Self::BURST_SECS;
        let free = (passed * self.per_second as f64).min(most as f64) as usize;
        if free > 0 {
            self.room = most.min(self.room + free);
            self.since = now;
        }
        match self.room.checked_sub(bytes) {
            Some(room) => self.room = room,
            None => return false,
        }
        true
    }
}

impl Intake {
    /// For one connection of a plant.
    pub fn new(plant: &Plant, connection: u32, pool: Pool) -> Self {
        let skew = plant
            .connections
            .get(connection as usize)
            .map_or_else(SkewWindow::default, |connection| connection.skew);
        Self {
            batch: pool.batch(connection),
            pool,
            skew: skew.into(),
            newest: vec![(Timestamp::MIN, None); plant.signals.len()],
            sessions: plant.signals.iter().map(|signal| signal.session).collect(),
            tally: Tally::default(),
            connection: plant
                .connections
                .get(connection as usize)
                .map_or_else(|| "".into(), |connection| Arc::clone(&connection.id)),
            raw: RawBudget::new(0),
        }
    }

    /// Takes a sample. One that repeats source time and value of the newest of its signal is
    /// counted and not stored; an older one, or one whose source clock lies outside the skew
    /// window, is counted and stored.
    #[inline(always)]
    pub fn sample(&mut self, topic: &str, sample: Sample) {
        if let Some(time) = sample.source_time {
            let is_believed = self.skew.place(time, sample.receive_time).is_eq();
            match self.newest.get_mut(sample.signal.index()) {
                Some(newest) if time > newest.0 && is_believed => {
                    *newest = (time, Some(sample.value));
                }
                _ => {
                    let (signal, value) = (sample.signal, sample.value);
                    if !self.is_news(topic, signal, value, time, sample.receive_time) {
                        return;
                    }
                }
            }
        }
        self.batch.samples.push(sample);
    }

    /// Takes a sample that has no time of its own.
    #[inline]
    pub fn push(&mut self, sample: Sample) {
        self.batch.samples.push(sample);
    }

    /// As [`Intake::sample`], for everything but the next time of a signal whose clock is right.
    #[cold]
    fn is_news(
        &mut self,
        topic: &str,
        signal: SignalId,
        value: Value,
        time: Timestamp,
        received: Timestamp,
    ) -> bool {
        if let Some(newest) = self.newest.get_mut(signal.index()) {
            if time > newest.0 {
                *newest = (time, Some(value));
            } else if time == newest.0 && newest.1.is_some_and(|old| old.same(value)) {
                let what = format_args!("time {time} and value as before");
                self.reject(RejectCause::Duplicate, topic, what, b"", received);
                return false;
            } else if time == newest.0 {
                newest.1 = Some(value);
            } else {
                let what = format_args!("time {time} after {}", newest.0);
                self.tally
                    .reject(RejectCause::OutOfOrder, topic, what, b"", received);
            }
        }
        let cause = match self.skew.place(time, received) {
            Ordering::Equal => return true,
            Ordering::Greater => RejectCause::FutureTime,
            Ordering::Less => RejectCause::PastTime,
        };
        let what = format_args!("time {time} received at {received}");
        self.reject(cause, topic, what, b"", received);
        true
    }

    /// A session came alive or died.
    ///
    /// What a birth or a retained message repeats after that is no duplicate: it says that the value
    /// still stands in the new life.
    pub fn liveness(&mut self, session: SessionId, is_alive: bool, time: Timestamp) {
        if is_alive {
            for (newest, of) in self.newest.iter_mut().zip(&self.sessions) {
                if *of == Some(session) {
                    newest.1 = None;
                }
            }
        }
        self.batch.liveness.push((session, is_alive, time));
    }

    /// Something happened that belongs into the log.
    pub fn note(&mut self, time: Timestamp, what: impl Into<Arc<str>>) {
        self.batch.notes.push((time, what.into()));
    }

    /// Counts a message, or a part of one, that could not be used as it was meant. `what` says what
    /// is wrong with it; the start of `payload` is kept behind it.
    pub fn reject(
        &mut self,
        cause: RejectCause,
        topic: &str,
        what: fmt::Arguments<'_>,
        payload: &[u8],
        time: Timestamp,
    ) {
        self.tally.reject(cause, topic, what, payload, time);
    }

    /// Keeps messages that no signal is bound to in the batches, within this many bytes a second:
    /// for a recording.
    pub fn keep_unmapped(&mut self, bytes_per_second: usize) {
        self.raw = RawBudget::new(bytes_per_second);
    }

    /// Counts a message that no signal is bound to; `metric` is empty for a plain topic.
    #[cold]
    pub fn unmapped(&mut self, topic: &str, metric: &str, payload: &[u8], received: Timestamp) {
        self.tally.unmapped(topic, metric, payload);
        if self
            .raw
            .allows(topic.len() + metric.len() + payload.len(), received)
        {
            let topic: Arc<str> = match metric {
                "" => topic.into(),
                metric => format!("{topic} {metric}").into(),
            };
            self.batch.raw.push(RawMessage {
                receive_time: received,
                connection: Arc::clone(&self.connection),
                topic,
                payload: payload.to_vec(),
            });
        }
    }

    /// Samples waiting to be sent.
    pub fn len(&self) -> usize {
        self.batch.samples.len()
    }

    /// Whether nothing waits to be sent.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// What has been collected since the last call, to be sent now.
    pub fn take(&mut self, now: Timestamp) -> Batch {
        let next = self.pool.batch(self.batch.connection);
        let mut batch = std::mem::replace(&mut self.batch, next);
        batch.receive_time = now;
        batch
    }

    /// What was counted since the start.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}
