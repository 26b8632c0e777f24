//! A simulated future begins at an instant: what was before it is what really was, read from the
//! history that it was forked from. What came there later is none of its business.

use std::ops::Range;

use super::store::Store;
use super::{Gathered, HistoryReader, HistoryView, bracket};
use crate::model::alarm::Event;
use crate::model::{Point, SignalId, Timestamp};
use crate::recording::reader::Back;

/// A history, up to an instant.
#[derive(Debug)]
pub(super) struct Earlier {
    past: HistoryReader,
    /// Excluded, ns.
    until: i64,
}

/// As [`Earlier`], under one lock.
#[derive(Debug)]
pub(super) struct EarlierView<'a> {
    past: Box<HistoryView<'a>>,
    until: i64,
}

/// The part of a span before `until`, if there is one, and where the rest begins.
fn part(span: &Range<i64>, until: i64) -> (Option<Range<i64>>, i64) {
    if span.start >= until {
        return (None, span.start);
    }
    let end = until.min(span.end);
    (Some(span.start..end), end)
}

fn times(span: &Range<i64>) -> Range<Timestamp> {
    Timestamp::from_nanos(span.start)..Timestamp::from_nanos(span.end)
}

impl Earlier {
    pub const fn new(past: HistoryReader, until: Timestamp) -> Self {
        Self {
            past,
            until: until.as_nanos(),
        }
    }

    pub const fn answers_for(&self, t: Timestamp) -> bool {
        t.as_nanos() < self.until
    }

    /// See [`HistoryReader::reaches`].
    pub fn reaches(&self, signal: SignalId, t: Timestamp) -> bool {
        self.past.reaches(signal, t)
    }

    pub fn view(&self) -> EarlierView<'_> {
        EarlierView {
            past: Box::new(self.past.view()),
            until: self.until,
        }
    }

    /// Appends what answers for a span; returns where the rest of it begins.
    pub fn gather<'a>(
        &'a self,
        signal: SignalId,
        span: &Range<i64>,
        out: &mut Vec<Gathered<'a>>,
    ) -> i64 {
        let (past, rest) = part(span, self.until);
        if let Some(past) = past {
            self.past.gather(signal, &past, out);
        }
        rest
    }

    /// The events of a span, and where the rest of it begins.
    pub fn events(&self, span: &Range<Timestamp>) -> (Vec<Event>, Timestamp) {
        let span = span.start.as_nanos()..span.end.as_nanos();
        let (past, rest) = part(&span, self.until);
        let events = past.map_or_else(Vec::new, |past| self.past.events(times(&past)));
        (events, Timestamp::from_nanos(rest))
    }

    pub fn span(&self, own: Option<Range<Timestamp>>) -> Option<Range<Timestamp>> {
        let until = Timestamp::from_nanos(self.until);
        let past = self.past.span().filter(|past| past.start < until);
        match (past, own) {
            (Some(past), Some(own)) => Some(past.start.min(own.start)..own.end),
            (Some(past), None) => Some(past.start..past.end.min(until)),
            (None, own) => own,
        }
    }
}

impl EarlierView<'_> {
    pub const fn answers_for(&self, t: Timestamp) -> bool {
        t.as_nanos() < self.until
    }

    /// See [`HistoryView::settle`].
    pub fn settle(&self, t: Timestamp) {
        if self.answers_for(t) {
            self.past.settle(t);
        }
    }

    /// See [`HistoryView::edition`].
    pub fn edition(&self) -> u64 {
        self.past.edition()
    }

    /// The last point at or before an instant, and the first one after it, which may be of the future.
    pub fn bracket(
        &self,
        future: &Store,
        signal: SignalId,
        t: Timestamp,
    ) -> (Option<Point>, Option<Point>) {
        let (last, next) = self.past.bracket(signal, t);
        let next = next.filter(|point| self.answers_for(point.time));
        let first = || {
            let last = Timestamp::from_nanos(self.until.saturating_sub(1));
            bracket(future, signal, last).1
        };
        (last, next.or_else(first))
    }

    /// One of the points at or before an instant.
    pub fn up_to(&self, signal: SignalId, t: Timestamp, back: Back) -> Option<Point> {
        self.past.up_to(signal, t, back)
    }

    /// Appends the points of a span; returns where the rest of it begins.
    pub fn range(&self, signal: SignalId, span: &Range<i64>, out: &mut Vec<Point>) -> i64 {
        let (past, rest) = part(span, self.until);
        if let Some(past) = past {
            self.past.range(signal, times(&past), out);
        }
        rest
    }
}
