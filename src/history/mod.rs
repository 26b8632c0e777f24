//! The history: everything that was received, answering two queries on one branch.
//!
//! [`HistoryWriter`] belongs to the ingest thread; [`HistoryReader`] is a cheap clone for everybody
//! else.

pub mod freshness;

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::model::alarm::Event;
use crate::model::{Plant, Point, SignalId, Timestamp};

#[derive(Debug, Default)]
struct Store {
    series: Vec<Vec<Point>>,
    events: Vec<Event>,
    changes: Vec<SignalId>,
    end: Timestamp,
}

/// Appends facts.
#[derive(Debug)]
pub struct HistoryWriter(Arc<RwLock<Store>>);

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

/// An empty history for this plant.
pub fn in_memory(plant: &Plant) -> (HistoryWriter, HistoryReader) {
    let store = Arc::new(RwLock::new(Store {
        series: vec![Vec::new(); plant.signal_count()],
        ..Store::default()
    }));
    (HistoryWriter(Arc::clone(&store)), HistoryReader(store))
}

/// Appends under one lock, released when dropped: one of these per batch, not per sample.
#[derive(Debug)]
pub struct Appender<'a>(RwLockWriteGuard<'a, Store>);

impl Appender<'_> {
    /// Appends a point; a late one lands in its place (effective time, then arrival).
    pub fn push(&mut self, signal: SignalId, point: Point) {
        let store = &mut *self.0;
        if let Some(series) = store.series.get_mut(signal.index()) {
            let at = series.partition_point(|old| old.time <= point.time);
            series.insert(at, point);
            store.changes.push(signal);
            store.end = store.end.max(point.time);
        }
    }

    /// Appends an event; late ones land in their place.
    pub fn event(&mut self, event: Event) {
        let at = self.0.events.partition_point(|old| old.time <= event.time);
        self.0.events.insert(at, event);
    }

    /// The last point at or before `t`, and the first one after it.
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        self.0.bracket(signal, t)
    }
}

/// Many queries under one lock, released when dropped: to be held for one pass, not kept.
#[derive(Debug)]
pub struct HistoryView<'a>(RwLockReadGuard<'a, Store>);

impl HistoryView<'_> {
    /// The last point at or before `t`, and the first one after it: for interpolation.
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        self.0.bracket(signal, t)
    }

    /// See [`HistoryReader::changes_since`].
    pub fn changes_since(&self, cursor: &mut ArrivalCursor, out: &mut Vec<SignalId>) -> Arrivals {
        let from = usize::try_from(cursor.0).unwrap_or(usize::MAX);
        out.extend_from_slice(self.0.changes.get(from..).unwrap_or_default());
        cursor.0 = self.0.changes.len() as u64;
        Arrivals::Listed
    }
}

impl Store {
    fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        let Some(series) = self.series.get(signal.index()) else {
            return (None, None);
        };
        let at = series.partition_point(|point| point.time <= t);
        (
            at.checked_sub(1).and_then(|at| series.get(at).copied()),
            series.get(at).copied(),
        )
    }
}

impl HistoryWriter {
    /// Locks the history for a batch of facts.
    pub fn begin(&mut self) -> Appender<'_> {
        Appender(self.0.write().unwrap_or_else(PoisonError::into_inner))
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

impl HistoryReader {
    /// Locks the history for several queries; no writer gets in until it is dropped.
    pub fn view(&self) -> HistoryView<'_> {
        HistoryView(self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The last point at or before `t`.
    pub fn latest_at(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        self.bracket(signal, t).0
    }

    /// The last point at or before `t`, and the first one after it: for interpolation.
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        self.view().bracket(signal, t)
    }

    /// Appends the points of `span` to `out`, in order of time.
    pub fn range(&self, signal: SignalId, span: Range<Timestamp>, out: &mut Vec<Point>) {
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(series) = store.series.get(signal.index()) else {
            return;
        };
        let from = series.partition_point(|point| point.time < span.start);
        let to = series.partition_point(|point| point.time < span.end);
        out.extend_from_slice(series.get(from..to).unwrap_or_default());
    }

    /// The events of `span`, in order of time.
    pub fn events(&self, span: Range<Timestamp>) -> Vec<Event> {
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let from = store
            .events
            .partition_point(|event| event.time < span.start);
        let to = store.events.partition_point(|event| event.time < span.end);
        store.events.get(from..to).unwrap_or_default().to_vec()
    }

    /// The signals that got a point since `cursor`, which moves on; with duplicates.
    pub fn changes_since(&self, cursor: &mut ArrivalCursor, out: &mut Vec<SignalId>) -> Arrivals {
        self.view().changes_since(cursor, out)
    }

    /// Effective time of the newest point.
    pub fn end(&self) -> Timestamp {
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner);
        store.end
    }
}
