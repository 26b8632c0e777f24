//! The history: everything that was received, answering two queries on one branch.
//!
//! [`HistoryWriter`] belongs to the ingest thread; [`HistoryReader`] is a cheap clone for everybody
//! else. In memory, each signal is a small head of plain points and a list of sealed columnar
//! chunks; a byte budget drops the oldest chunks first, whosever they are, but never the last point
//! of a signal. What was dropped is counted, and answers before it are *not kept*, which is
//! something else than *never received*.
//!
//! Points of a signal are ordered by effective time, then arrival; late ones land in their place.
//!
//! Beneath the memory may lie a recording ([`HistoryReader::with_recording`]): what was before this
//! session is read from it, and what the memory has dropped since. No caller sees a difference. A
//! recording alone is a history, too: [`of_recording`].
//!
//! A simulated future is a history of its own that begins at an instant; what was before it is read
//! from the one it was forked from ([`HistoryReader::after`]).

mod beneath;
pub(crate) mod chunk;
mod column;
mod decimate;
mod earlier;
pub mod freshness;
mod phases;
pub(crate) mod series;
mod store;
mod tail;
mod view;
mod writer;

pub use decimate::Bucket;
pub(crate) use decimate::Tally;
pub use phases::Phase;
pub use view::HistoryView;
pub use writer::{Appender, HistoryWriter};

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use beneath::{Beneath, Look};
use decimate::Decimator;
use earlier::Earlier;
use series::Block;
use store::Store;

use crate::model::alarm::Event;
use crate::model::{Plant, Point, SignalId, Timestamp};
use crate::recording::Recording;

/// Memory of a history unless told otherwise, bytes.
pub const BUDGET_BYTES: usize = 512 << 20;

/// Answers queries.
#[derive(Clone, Debug)]
pub struct HistoryReader {
    store: Arc<RwLock<Store>>,
    /// What lies beneath the memory, if anything does.
    beneath: Option<Arc<Beneath>>,
    /// Of a simulated future: per reported signal, whether it is simulated.
    simulated: Option<Arc<[bool]>>,
    /// Of a simulated future: what was before it.
    earlier: Option<Arc<Earlier>>,
}

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
    /// It is a simulated future, and the simulation does not make this signal.
    NotSimulated,
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
    let reader = HistoryReader {
        store,
        beneath: None,
        simulated: None,
        earlier: None,
    };
    (writer, reader)
}

/// A recording without a live session: a history that nobody appends to.
pub fn of_recording(recording: Recording) -> HistoryReader {
    let (_, reader) = in_memory_within(&Plant::default(), 0);
    reader.with_recording(recording, Timestamp::MAX)
}

fn bracket(store: &Store, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
    let Some(series) = store.series(signal) else {
        return (None, None);
    };
    let (last, next) = series.bracket(t.as_nanos());
    (last.map(Point::from), next.map(Point::from))
}

/// What answers for a span: a recording for some of it, and what memory has of the rest.
#[derive(Debug)]
struct Gathered<'a> {
    beneath: Option<&'a Beneath>,
    split: beneath::Split,
    pieces: Vec<Block>,
}

impl Gathered<'_> {
    fn append(&self, signal: SignalId, out: &mut Vec<Point>) {
        if let Some(beneath) = self.beneath {
            for span in &self.split.recorded {
                beneath.append(signal, span, out);
            }
        }
        for piece in &self.pieces {
            piece.append(&self.split.memory, out);
        }
    }

    fn decimate(&self, signal: SignalId, grid: i64, decimator: &mut Decimator<'_>) {
        if let Some(beneath) = self.beneath {
            for span in &self.split.recorded {
                beneath.decimate(signal, span, grid, decimator);
            }
        }
        for piece in &self.pieces {
            piece.decimate(&self.split.memory, decimator);
        }
    }
}

impl HistoryReader {
    /// Lays a recording beneath the memory, which holds what was received from `live_from` on: what
    /// was before is read from the recording only; from then on from memory, and from the recording
    /// where memory has dropped something. [`Timestamp::MAX`]: everything from the recording.
    pub fn with_recording(mut self, recording: Recording, live_from: Timestamp) -> Self {
        self.beneath = Some(Arc::new(Beneath::new(recording, live_from)));
        self
    }

    /// This is a simulated future, in which these of the reported signals are simulated.
    #[must_use]
    pub fn simulating(mut self, simulated: Arc<[bool]>) -> Self {
        self.simulated = Some(simulated);
        self
    }

    /// What was before `from` is read from this history, and only from it.
    #[must_use]
    pub fn after(mut self, past: Self, from: Timestamp) -> Self {
        self.earlier = Some(Arc::new(Earlier::new(past, from)));
        self
    }

    /// Whether this is a simulated future.
    pub fn is_future(&self) -> bool {
        self.simulated.is_some()
    }

    /// Whether there can be anything of a signal here: false only of reported signals that a simulated
    /// future does not make.
    pub fn is_simulated(&self, signal: SignalId) -> bool {
        let simulated = self.simulated.as_deref().unwrap_or_default();
        simulated.get(signal.index()).copied().unwrap_or(true)
    }

    /// Whether anything can be known of a signal at `t`: not of what a simulated future does not make,
    /// from where it begins on.
    pub fn reaches(&self, signal: SignalId, t: Timestamp) -> bool {
        match &self.earlier {
            Some(earlier) if earlier.answers_for(t) => earlier.reaches(signal, t),
            _ => self.is_simulated(signal),
        }
    }

    /// The recording beneath the memory, if there is one.
    pub fn recording(&self) -> Option<&Recording> {
        self.beneath.as_deref().map(Beneath::recording)
    }

    /// From the first instant that is known to the newest point, recording included; `None` before
    /// the first.
    pub fn span(&self) -> Option<Range<Timestamp>> {
        let (start, end) = {
            let store = self.store();
            (store.start(), store.end())
        };
        let memory = (start <= end).then_some(start..end);
        let own = match &self.beneath {
            None => memory,
            Some(beneath) => beneath.span(memory),
        };
        match &self.earlier {
            None => own,
            Some(earlier) => earlier.span(own),
        }
    }

    fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the history for several queries; no writer gets in until it is dropped.
    pub fn view(&self) -> HistoryView<'_> {
        HistoryView {
            store: self.store(),
            beneath: self.beneath.as_deref().map(Look::new),
            earlier: self.earlier.as_deref().map(Earlier::view),
        }
    }

    /// The last point at or before `t`.
    pub fn latest_at(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        self.view().latest_at(signal, t)
    }

    /// The last point at or before `t`, or why there is none.
    pub fn lookup(&self, signal: SignalId, t: Timestamp) -> Lookup {
        let view = self.view();
        match view.latest_at(signal, t) {
            Some(point) => Lookup::Found(point),
            None if !self.is_simulated(signal) => Lookup::NotSimulated,
            None if view.kept_from(signal).is_some() => Lookup::NotKept,
            None => Lookup::NeverReceived,
        }
    }

    /// The last point at or before `t`, and the first one after it: for interpolation.
    pub fn bracket(&self, signal: SignalId, t: Timestamp) -> (Option<Point>, Option<Point>) {
        self.view().bracket(signal, t)
    }

    /// The parts in memory that hold the points of `span`. Sealed ones are shared, so that long reads
    /// do not keep the ingest from writing.
    fn pieces(&self, signal: SignalId, span: &Range<i64>) -> Vec<Block> {
        let mut pieces = Vec::new();
        if span.start < span.end
            && let Some(series) = self.store().series(signal)
        {
            series.pieces(span.start, span.end, &mut pieces);
        }
        pieces
    }

    /// The spans that a recording beneath the memory answers for, and the rest, which memory does.
    fn split(&self, signal: SignalId, span: &Range<i64>) -> beneath::Split {
        match &self.beneath {
            None => beneath::Split::all_in_memory(span),
            Some(beneath) => beneath.split(&self.store(), signal, span),
        }
    }

    /// Appends what answers for a span, in order of time.
    fn gather<'a>(&'a self, signal: SignalId, span: &Range<i64>, out: &mut Vec<Gathered<'a>>) {
        let mut span = span.clone();
        if let Some(earlier) = &self.earlier {
            span.start = earlier.gather(signal, &span, out);
        }
        let split = self.split(signal, &span);
        // Memory first: what it drops meanwhile is still there.
        let pieces = self.pieces(signal, &split.memory);
        out.push(Gathered {
            beneath: self.beneath.as_deref(),
            split,
            pieces,
        });
    }

    /// Appends the points of `span` to `out`, in order of time.
    pub fn range(&self, signal: SignalId, span: Range<Timestamp>, out: &mut Vec<Point>) {
        let nanos = span.start.as_nanos()..span.end.as_nanos();
        let mut gathered = Vec::with_capacity(1);
        self.gather(signal, &nanos, &mut gathered);
        for some in &gathered {
            some.append(signal, out);
        }
    }

    /// Appends `buckets` buckets of equal length over `span` to `out`: count, minimum, maximum,
    /// mean and last of the usable numbers in each, for a plot that is as many pixels wide. No
    /// extreme is lost. Appends nothing for an empty span or no buckets.
    ///
    /// Over a recording, buckets of a minute and more begin at the whole minute that is nearest:
    /// what they say is exact for where they begin, and a month takes hardly longer than a minute.
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
        let nanos = span.start.as_nanos()..span.end.as_nanos();
        let mut gathered = Vec::with_capacity(1);
        self.gather(signal, &nanos, &mut gathered);
        let grids = gathered
            .iter()
            .map(|some| beneath::grid(&some.split, &nanos, buckets));
        let grid = grids.max().unwrap_or(0);
        let mut decimator = Decimator::new(nanos, buckets, grid, out);
        for some in &gathered {
            some.decimate(signal, grid, &mut decimator);
        }
        decimator.finish();
    }

    /// The events of `span`, in order of time.
    pub fn events(&self, mut span: Range<Timestamp>) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some(earlier) = &self.earlier {
            (events, span.start) = earlier.events(&span);
        }
        let memory = {
            let store = self.store();
            let from = store.events_from();
            (store.events(span.start, span.end), from)
        };
        let own = match &self.beneath {
            None => memory.0,
            Some(beneath) => beneath.events(span, memory),
        };
        events.extend(own);
        events
    }

    /// How many events were appended since the start: a list that shows them looks again when this
    /// has changed.
    pub fn events_seen(&self) -> u64 {
        self.store().events_seen()
    }

    /// The signals that got a point since `cursor`, which moves on; with duplicates.
    pub fn changes_since(&self, cursor: &mut ArrivalCursor, out: &mut Vec<SignalId>) -> Arrivals {
        self.view().changes_since(cursor, out)
    }

    /// Effective time of the newest point; [`Timestamp::MIN`] before the first. Without a live
    /// session it is the end of the recording.
    pub fn end(&self) -> Timestamp {
        let end = self.store().end();
        match &self.beneath {
            Some(beneath) if end == Timestamp::MIN => beneath.end(),
            _ => end,
        }
    }

    /// How much is kept, and what it takes.
    pub fn stats(&self) -> HistoryStats {
        self.store().stats()
    }
}
