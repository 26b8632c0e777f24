//! The history: everything that was received, answering two queries on one branch.
//!
//! [`HistoryWriter`] belongs to the ingest thread; [`HistoryReader`] is a cheap clone for everybody
//! else. In memory, each signal is a small head of plain points and a list of sealed columnar
//! chunks; a byte budget drops the oldest chunks first, whosever they are, but never the last point
//! of a signal. What was dropped is counted, and answers before it are *not kept*, which is
//! something else than *never received*.
//!
//! Points of a signal are ordered by effective time, then arrival; late ones land in their place.

mod chunk;
mod column;
mod decimate;
pub mod freshness;
mod series;
mod store;
mod tail;

pub use decimate::Bucket;

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use decimate::Decimator;
use series::{Block, Bound};
use store::Store;

use crate::model::alarm::Event;
use crate::model::{Plant, Point, SignalId, Timestamp};
use crate::recording::RawMessage;
use crate::recording::tape::Tape;

/// Memory of a history unless told otherwise, bytes.
pub const BUDGET_BYTES: usize = 512 << 20;

/// Appends facts.
#[derive(Debug)]
pub struct HistoryWriter {
    store: Arc<RwLock<Store>>,
    /// What is appended is recorded, too.
    tape: Option<Tape>,
}

/// Answers queries.
#[derive(Clone, Debug)]
pub struct HistoryReader(Arc<RwLock<Store>>);

/// A reader's place in the sequence of arrivals; see [`HistoryReader::changes_since`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ArrivalCursor(u64);

/// What has arrived since a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// Exactly the listed signals.
    Listed,
    /// Too much for the list that is kept: look at every signal.
    Everything,
}

/// The answer to "what was it at `t`?".
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lookup {
    /// The last point at or before the instant.
    Found(Point),
    /// Nothing was received up to then.
    NeverReceived,
    /// What was received then has been dropped for the budget.
    NotKept,
}

/// How much is kept, and what it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryStats {
    /// Memory it may take, bytes. It takes more only when the newest points alone do.
    pub budget_bytes: usize,
    /// Memory it takes for points, bytes.
    pub bytes: usize,
    /// Points kept.
    pub points: u64,
    /// Points dropped for the budget.
    pub points_dropped: u64,
    /// Points that came late and landed in their place, refused ones included.
    pub late: u64,
    /// Late points that were refused, because what surrounds them is not kept.
    pub refused: u64,
    /// Events kept.
    pub events: usize,
    /// Events dropped because there were too many.
    pub events_dropped: u64,
}

/// An empty history for this plant, of [`BUDGET_BYTES`].
pub fn in_memory(plant: &Plant) -> (HistoryWriter, HistoryReader) {
    in_memory_within(plant, BUDGET_BYTES)
}

/// An empty history for this plant that takes at most `budget` bytes.
///
/// The newest points of every signal are always kept: 16 points of 32 bytes and some 100 bytes more
/// per signal are the least it takes.
pub fn in_memory_within(plant: &Plant, budget: usize) -> (HistoryWriter, HistoryReader) {
    let store = Arc::new(RwLock::new(Store::new(plant, budget)));
    let writer = HistoryWriter {
        store: Arc::clone(&store),
        tape: None,
    };
    (writer, HistoryReader(store))
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

fn bracket(store: &Store, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
    let Some(series) = store.series(signal) else {
        return (None, None);
    };
    let (last, next) = series.bracket(t.as_nanos());
    (last.map(Point::from), next.map(Point::from))
}

/// Appends the points of `span` that are in `pieces`.
fn append(pieces: &[Block], span: &Range<Timestamp>, out: &mut Vec<Point>) {
    for piece in pieces {
        let from = piece.count_until(span.start.as_nanos(), Bound::Before);
        let to = piece.count_until(span.end.as_nanos(), Bound::Before);
        out.extend((from..to).filter_map(|at| piece.entry(at)).map(Point::from));
    }
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

/// Many queries under one lock, released when dropped: to be held for one pass, not kept.
#[derive(Debug)]
pub struct HistoryView<'a>(RwLockReadGuard<'a, Store>);

impl HistoryView<'_> {
    /// The last point at or before `t`, and the first one after it: for interpolation.
    #[inline]
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        bracket(&self.0, signal, t)
    }

    /// Fetches the newest point of a signal into the processor's cache and returns something that
    /// depends on it: for a pass over many, whose waits then overlap.
    #[inline(always)]
    pub(crate) fn touch(&self, signal: SignalId) -> i64 {
        self.0.touch(signal)
    }

    /// The first time from which a signal is kept, if anything older of it was dropped: about
    /// instants before it nothing is known. [`Timestamp::MAX`] when nothing of it is left.
    pub fn kept_from(&self, signal: SignalId) -> Option<Timestamp> {
        let from = self.0.series(signal)?.kept_from()?;
        Some(Timestamp::from_nanos(from))
    }

    /// Appends the points of `span` to `out`, in order of time. For short spans: nothing is written
    /// to the history meanwhile.
    pub fn range(&self, signal: SignalId, span: Range<Timestamp>, out: &mut Vec<Point>) {
        let mut pieces = Vec::new();
        if span.start < span.end
            && let Some(series) = self.0.series(signal)
        {
            series.pieces(span.start.as_nanos(), span.end.as_nanos(), &mut pieces);
        }
        append(&pieces, &span, out);
    }

    /// See [`HistoryReader::changes_since`].
    pub fn changes_since(&self, cursor: &mut ArrivalCursor, out: &mut Vec<SignalId>) -> Arrivals {
        self.0.changes_since(cursor, out)
    }
}

impl HistoryReader {
    /// Locks the history for several queries; no writer gets in until it is dropped.
    pub fn view(&self) -> HistoryView<'_> {
        HistoryView(self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The last point at or before `t`.
    pub fn latest_at(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        self.bracket(signal, t).0
    }

    /// The last point at or before `t`, or why there is none.
    pub fn lookup(&self, signal: SignalId, t: Timestamp) -> Lookup {
        let view = self.view();
        match view.bracket(signal, t).0 {
            Some(point) => Lookup::Found(point),
            None if view.kept_from(signal).is_some() => Lookup::NotKept,
            None => Lookup::NeverReceived,
        }
    }

    /// The last point at or before `t`, and the first one after it: for interpolation.
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        self.view().bracket(signal, t)
    }

    /// The parts that hold the points of `span`. Sealed ones are shared, so that long reads do not
    /// keep the ingest from writing.
    fn pieces(&self, signal: SignalId, span: &Range<Timestamp>) -> Vec<Block> {
        let mut pieces = Vec::new();
        if span.start < span.end
            && let Some(series) = self.view().0.series(signal)
        {
            series.pieces(span.start.as_nanos(), span.end.as_nanos(), &mut pieces);
        }
        pieces
    }

    /// Appends the points of `span` to `out`, in order of time.
    pub fn range(&self, signal: SignalId, span: Range<Timestamp>, out: &mut Vec<Point>) {
        append(&self.pieces(signal, &span), &span, out);
    }

    /// Appends `buckets` buckets of equal length over `span` to `out`: count, minimum, maximum,
    /// mean and last of the usable numbers in each, for a plot that is as many pixels wide. No
    /// extreme is lost. Appends nothing for an empty span or no buckets.
    pub fn range_decimated(
        &self,
        signal: SignalId,
        span: Range<Timestamp>,
        buckets: usize,
        out: &mut Vec<Bucket>,
    ) {
        if span.start >= span.end || buckets == 0 {
            return;
        }
        let (from, to) = (span.start.as_nanos(), span.end.as_nanos());
        let mut decimator = Decimator::new(from..to, buckets, out);
        for piece in self.pieces(signal, &span) {
            if let Block::Sealed(chunk) = &piece
                && decimator.add_run(chunk.first, chunk.last, &chunk.tally)
            {
                continue;
            }
            let first = piece.count_until(from, Bound::Before);
            let last = piece.count_until(to, Bound::Before);
            for entry in (first..last).filter_map(|at| piece.entry(at)) {
                if let Some(number) = entry.number() {
                    decimator.add(entry.time, number);
                }
            }
        }
        decimator.finish();
    }

    /// The events of `span`, in order of time.
    pub fn events(&self, span: Range<Timestamp>) -> Vec<Event> {
        self.view().0.events(span.start, span.end)
    }

    /// How many events were appended since the start: a list that shows them looks again when this
    /// has changed.
    pub fn events_seen(&self) -> u64 {
        self.view().0.events_seen()
    }

    /// The signals that got a point since `cursor`, which moves on; with duplicates.
    pub fn changes_since(&self, cursor: &mut ArrivalCursor, out: &mut Vec<SignalId>) -> Arrivals {
        self.view().changes_since(cursor, out)
    }

    /// Effective time of the newest point; [`Timestamp::MIN`] before the first.
    pub fn end(&self) -> Timestamp {
        self.view().0.end()
    }

    /// How much is kept, and what it takes.
    pub fn stats(&self) -> HistoryStats {
        self.view().0.stats()
    }
}
