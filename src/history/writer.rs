//! [`HistoryWriter`]: appends facts, one lock per batch.

use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use super::bracket;
use super::store::Store;
use crate::model::alarm::Event;
use crate::model::{Point, SignalId, Timestamp};
use crate::recording::RawMessage;
use crate::recording::tape::Tape;

/// Appends facts.
#[derive(Debug)]
pub struct HistoryWriter {
    pub(super) store: Arc<RwLock<Store>>,
    /// What is appended is recorded, too.
    pub(super) tape: Option<Tape>,
}

impl HistoryWriter {
    /// From now on everything that is appended is written to this tape, too.
    pub fn record_to(&mut self, tape: Tape) {
        self.tape = Some(tape);
    }

    /// Locks the history for a batch of facts.
    pub fn begin(&mut self) -> Appender<'_> {
        Appender {
            store: self.store.write().unwrap_or_else(PoisonError::into_inner),
            tape: self.tape.as_mut(),
        }
    }

    /// Appends points; late ones land in their place (effective time, then arrival).
    pub fn append(&mut self, points: &[(SignalId, Point)]) {
        let mut appender = self.begin();
        for &(signal, point) in points {
            appender.push(signal, point);
        }
    }

    /// Appends an event; late ones land in their place.
    pub fn event(&mut self, event: Event) {
        self.begin().event(event);
    }
}

/// Appends under one lock, released when dropped: one of these per batch, not per sample.
#[derive(Debug)]
pub struct Appender<'a> {
    store: RwLockWriteGuard<'a, Store>,
    tape: Option<&'a mut Tape>,
}

impl Appender<'_> {
    /// Appends a point; a late one lands in its place (effective time, then arrival).
    #[inline]
    pub fn push(&mut self, signal: SignalId, point: Point) {
        if let Some(tape) = &mut self.tape {
            tape.point(signal, point);
        }
        self.store.push(signal, point);
    }

    /// The source's own time of the point that is pushed next: it was not believed. Only a recording
    /// keeps it.
    #[cold]
    pub fn refused_time(&mut self, time: Timestamp) {
        if let Some(tape) = &mut self.tape {
            tape.refused_time(time);
        }
    }

    /// Messages that no signal is bound to: for a recording only.
    pub fn raw(&mut self, messages: &[RawMessage]) {
        if let Some(tape) = &mut self.tape {
            tape.raw(messages);
        }
    }

    /// Appends an event; late ones land in their place.
    pub fn event(&mut self, event: Event) {
        if let Some(tape) = &mut self.tape {
            tape.event(event.clone());
        }
        self.store.event(event);
    }

    /// The last point at or before `t`, and the first one after it.
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        bracket(&self.store, signal, t)
    }
}

impl Drop for Appender<'_> {
    fn drop(&mut self) {
        if let Some(tape) = &mut self.tape {
            tape.hand_over();
        }
    }
}
