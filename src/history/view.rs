//! [`HistoryView`]: many queries of one moment.

use std::ops::Range;
use std::sync::RwLockReadGuard;

use super::beneath::Look;
use super::earlier::EarlierView;
use super::store::Store;
use super::{ArrivalCursor, Arrivals, bracket};
use crate::model::{Point, SignalId, Timestamp};
use crate::recording::reader::Back;

/// Many queries under one lock, released when dropped: to be held for one pass, not kept.
#[derive(Debug)]
pub struct HistoryView<'a> {
    pub(super) store: RwLockReadGuard<'a, Store>,
    pub(super) beneath: Option<Look<'a>>,
    pub(super) earlier: Option<EarlierView<'a>>,
}

impl HistoryView<'_> {
    /// The last point at or before `t`, and the first one after it: for interpolation.
    #[inline]
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        if let Some(earlier) = &self.earlier
            && earlier.answers_for(t)
        {
            return earlier.bracket(&self.store, signal, t);
        }
        match &self.beneath {
            None => bracket(&self.store, signal, t),
            Some(look) => look.bracket(&self.store, signal, t),
        }
    }

    /// The last point at or before `t`.
    #[inline]
    pub fn latest_at(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        self.up_to(signal, t, Back::Last)
    }

    /// The first of those points that, up to the last one at or before `t` and without a break, say what
    /// that one says (value and quality): as far back as what is at hand tells at once, so that there may
    /// be more of them before it. For walks back over signals that say the same again and again.
    #[inline]
    pub fn same_since(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        self.up_to(signal, t, Back::Same)
    }

    #[inline]
    pub(super) fn up_to(&self, signal: SignalId, t: Timestamp, back: Back) -> Option<Point> {
        if let Some(earlier) = &self.earlier
            && earlier.answers_for(t)
        {
            return earlier.up_to(signal, t, back);
        }
        match &self.beneath {
            None => up_to(&self.store, signal, t, back),
            Some(look) => look.up_to(&self.store, signal, t, back),
        }
    }

    /// Says which instant everything may be asked of from now on: what a recording knows of it is read
    /// as a whole. Of other instants, only the signals that are asked for.
    pub(crate) fn settle(&self, t: Timestamp) {
        if let Some(earlier) = &self.earlier {
            earlier.settle(t);
        }
        if let Some(look) = &self.beneath {
            look.settle(t);
        }
    }

    /// Fetches the newest point of a signal into the processor's cache and returns something that
    /// depends on it: for a pass over many, whose waits then overlap.
    #[inline(always)]
    pub(crate) fn touch(&self, signal: SignalId) -> i64 {
        self.store.touch(signal)
    }

    /// Which edition of what lies before the newest points this is: another number once a late point has
    /// landed among them, or a recording was looked through anew.
    pub(crate) fn edition(&self) -> u64 {
        let recorded = self.beneath.as_ref().map_or(0, Look::edition);
        let earlier = self.earlier.as_ref().map_or(0, EarlierView::edition);
        // Each of them only grows.
        self.store.late() + recorded + earlier
    }

    /// The first time from which a signal is kept, if anything older of it was dropped: about
    /// instants before it nothing is known. [`Timestamp::MAX`] when nothing of it is left. What was
    /// dropped from memory and is in a recording beneath it is kept.
    pub fn kept_from(&self, signal: SignalId) -> Option<Timestamp> {
        let series = self.store.series(signal)?;
        let from = series.kept_from()?;
        match &self.beneath {
            Some(look) if look.covers(series.dropped_through()) => None,
            _ => Some(Timestamp::from_nanos(from)),
        }
    }

    /// Appends the points of `span` to `out`, in order of time. For short spans: nothing is written
    /// to the history meanwhile.
    pub fn range(&self, signal: SignalId, span: Range<Timestamp>, out: &mut Vec<Point>) {
        let mut nanos = span.start.as_nanos()..span.end.as_nanos();
        if let Some(earlier) = &self.earlier {
            nanos.start = earlier.range(signal, &nanos, out);
        }
        let memory = match &self.beneath {
            None => nanos.start,
            Some(look) => look.range(&self.store, signal, &nanos, out),
        };
        let nanos = memory..nanos.end;
        let mut pieces = Vec::new();
        if nanos.start < nanos.end
            && let Some(series) = self.store.series(signal)
        {
            series.pieces(nanos.start, nanos.end, &mut pieces);
        }
        for piece in &pieces {
            piece.append(&nanos, out);
        }
    }

    /// See [`HistoryReader::changes_since`](super::HistoryReader::changes_since).
    pub fn changes_since(&self, cursor: &mut ArrivalCursor, out: &mut Vec<SignalId>) -> Arrivals {
        self.store.changes_since(cursor, out)
    }
}

/// One of the points at or before `t`, from memory.
#[inline]
pub(super) fn up_to(store: &Store, signal: SignalId, t: Timestamp, back: Back) -> Option<Point> {
    let series = store.series(signal)?;
    let found = match back {
        Back::Last => series.bracket(t.as_nanos()).0,
        Back::Same => series.same_since(t.as_nanos()),
    };
    found.map(Point::from)
}
