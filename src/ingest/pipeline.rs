//! [`Ingest`]: puts samples on the time axis and derives what follows from them. No thread and no
//! clock of its own: tests drive it with batches and instants.
//!
//! Every derived fact has the instant at which it became true, not the one at which it was found
//! out: a delay that ended between two samples ends at its own instant, and a value grows stale at
//! its own expiry, however late [`Ingest::tick`] is called. Points of one derived signal never run
//! backwards; what a late sample revises of the operating state is inserted.

use std::sync::Arc;

use super::derive::Deriver;
use crate::history::HistoryWriter;
use crate::model::alarm::{Alarm, Event, EventKind};
use crate::model::connection::{Skew, SkewWindow};
use crate::model::{Plant, Timestamp};
use crate::source::batch::Batch;

/// What the ingest has counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IngestStats {
    /// Samples stored.
    pub samples: u64,
    /// Of these, older than what their signal had already.
    pub late: u64,
    /// Of these, with a source time outside the skew window.
    pub skewed: u64,
    /// Of these, of another type than their signal's, null, or not finite.
    pub mistyped: u64,
    /// Samples for a signal that the plant does not have; not stored.
    pub strangers: u64,
    /// Samples that sources report as lost before they got here.
    pub lost: u64,
}

/// Appends samples to the history with what follows from them: operating state, health, session
/// liveness, alarms, events.
#[derive(Debug)]
pub struct Ingest {
    writer: HistoryWriter,
    deriver: Deriver,
}

impl Ingest {
    /// For a plant whose history `writer` appends to.
    pub fn new(plant: Arc<Plant>, writer: HistoryWriter) -> Self {
        Self {
            writer,
            deriver: Deriver::new(plant),
        }
    }

    /// Takes a batch: all of it reaches the history, under one lock.
    pub fn ingest(&mut self, batch: &Batch) {
        let mut out = self.writer.begin();
        let deriver = &mut self.deriver;
        let skew = deriver
            .skews
            .get(batch.connection as usize)
            .copied()
            .unwrap_or(Skew::from(SkewWindow::default()));
        if batch.lost > 0 {
            deriver.stats.lost += batch.lost;
            let from = batch.lost_since.unwrap_or(batch.receive_time);
            out.event(Event {
                time: from,
                kind: EventKind::Gap {
                    connection: batch.connection,
                    from,
                    samples: batch.lost,
                },
            });
        }
        if !batch.raw.is_empty() {
            out.raw(&batch.raw);
        }
        for (time, message) in &batch.notes {
            out.event(Event {
                time: *time,
                kind: EventKind::Source {
                    connection: batch.connection,
                    message: Arc::clone(message),
                },
            });
        }
        let mut samples = batch.samples.as_slice();
        for &(session, is_alive, time) in &batch.liveness {
            // A birth counts for the values it carries: they have its receive time.
            let before = samples.partition_point(|sample| sample.receive_time < time);
            let (first, rest) = samples.split_at(before);
            for sample in first {
                deriver.sample(&mut out, sample, skew);
            }
            samples = rest;
            let at = time.min(batch.receive_time);
            deriver.now = at;
            deriver.liveness(&mut out, session, is_alive, at);
        }
        for sample in samples {
            deriver.sample(&mut out, sample, skew);
        }
        deriver.tick(&mut out, batch.receive_time);
    }

    /// Lets time pass to `now`: ends delays and finds what has gone stale. To be called when no
    /// batch is waiting, for what waits may still speak for the time up to now. Returns when it
    /// should be called next, if nothing arrives.
    pub fn tick(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.next_deadline().is_some_and(|next| next <= now) || self.deriver.is_dirty() {
            let mut out = self.writer.begin();
            self.deriver.tick(&mut out, now);
        }
        self.next_deadline()
    }

    /// When [`Ingest::tick`] has something to do next.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let next = self.deriver.timers.next();
        next.into_iter().chain(self.deriver.next_day()).min()
    }

    /// The system's clock was set.
    pub fn clock_jump(&mut self, at: Timestamp, nanos: i64) {
        self.writer.event(Event {
            time: at,
            kind: EventKind::ClockJump { nanos },
        });
    }

    /// The alarm list if it changed since the last call, newest first.
    pub fn take_alarms(&mut self) -> Option<Arc<[Alarm]>> {
        self.deriver.alarms.take_list()
    }

    /// Whether [`Ingest::take_alarms`] has a new list.
    pub fn has_alarms(&self) -> bool {
        self.deriver.alarms.is_changed()
    }

    /// What was counted since the start.
    pub fn stats(&self) -> IngestStats {
        self.deriver.stats
    }

    /// How often a derived fact was appended since the start: a view has reason to look.
    pub fn announcements(&self) -> u64 {
        self.deriver.announcements
    }
}
