//! The history: everything that was received, answering two queries on one branch.
//!
//! [`HistoryWriter`] belongs to the ingest thread; [`HistoryReader`] is a cheap clone for everybody
//! else.

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

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

impl HistoryWriter {
    /// Appends points; late ones land in their place (effective time, then arrival).
    pub fn append(&mut self, points: &[(SignalId, Point)]) {
        let mut store = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (signal, point) in points {
            if let Some(series) = store.series.get_mut(signal.index()) {
                let at = series.partition_point(|old| old.time <= point.time);
                series.insert(at, *point);
                store.changes.push(*signal);
                store.end = store.end.max(point.time);
            }
        }
    }

    /// Appends an event; late ones land in their place.
    pub fn event(&mut self, event: Event) {
        let mut store = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let at = store.events.partition_point(|old| old.time <= event.time);
        store.events.insert(at, event);
    }
}

impl HistoryReader {
    /// The last point at or before `t`.
    pub fn latest_at(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        self.bracket(signal, t).0
    }

    /// The last point at or before `t`, and the first one after it: for interpolation.
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(series) = store.series.get(signal.index()) else {
            return (None, None);
        };
        let at = series.partition_point(|point| point.time <= t);
        (
            at.checked_sub(1).and_then(|at| series.get(at).copied()),
            series.get(at).copied(),
        )
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
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let from = usize::try_from(cursor.0).unwrap_or(usize::MAX);
        out.extend_from_slice(store.changes.get(from..).unwrap_or_default());
        cursor.0 = store.changes.len() as u64;
        Arrivals::Listed
    }

    /// Effective time of the newest point.
    pub fn end(&self) -> Timestamp {
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner);
        store.end
    }
}
