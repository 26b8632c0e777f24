//! A recording beneath the memory: which of the two answers for an instant.
//!
//! - Before this session began: the recording only. Live is never filled from an earlier session.
//! - From then on: memory; where it has dropped something, the recording, as far as it is sealed and
//!   not from before the session.

use std::cell::RefCell;
use std::ops::Range;

use super::decimate::Decimator;
use super::store::Store;
use crate::model::alarm::Event;
use crate::model::{Point, SignalId, Timestamp};
use crate::recording::Recording;
use crate::recording::index::MINUTE;
use crate::recording::reader::{Along, Back, Piece, Pin};

/// A recording and from when on memory has everything.
#[derive(Debug)]
pub(super) struct Beneath {
    recording: Recording,
    live_from: i64,
}

/// Who answers for which part of a span.
#[derive(Debug)]
pub(super) struct Split {
    /// The recording, in order of time.
    pub recorded: Vec<Range<i64>>,
    /// Memory: the last part.
    pub memory: Range<i64>,
}

impl Split {
    pub fn all_in_memory(span: &Range<i64>) -> Self {
        Self {
            recorded: Vec::new(),
            memory: span.clone(),
        }
    }
}

/// Where buckets begin: at multiples of it, or anywhere (0).
pub(super) fn grid(split: &Split, span: &Range<i64>, buckets: usize) -> i64 {
    let width = span.end.saturating_sub(span.start) / i64::try_from(buckets).unwrap_or(i64::MAX);
    if split.recorded.is_empty() || width < MINUTE {
        0
    } else {
        MINUTE
    }
}

impl Beneath {
    pub const fn new(recording: Recording, live_from: Timestamp) -> Self {
        Self {
            recording,
            live_from: live_from.as_nanos(),
        }
    }

    pub const fn recording(&self) -> &Recording {
        &self.recording
    }

    pub fn end(&self) -> Timestamp {
        self.recording.end()
    }

    pub fn span(&self, memory: Option<Range<Timestamp>>) -> Option<Range<Timestamp>> {
        match (self.recording.span(), memory) {
            (Some(recorded), Some(memory)) => {
                Some(recorded.start.min(memory.start)..recorded.end.max(memory.end))
            }
            (recorded, memory) => memory.or(recorded),
        }
    }

    pub fn split(&self, store: &Store, signal: SignalId, span: &Range<i64>) -> Split {
        let mut recorded = Vec::new();
        let mut add = |from: i64, to: i64| {
            let some = from.max(span.start)..to.min(span.end);
            if some.start < some.end {
                recorded.push(some);
            }
        };
        add(i64::MIN, self.live_from);
        // Of one instant, memory may have dropped some points and kept others.
        let series = store.series(signal);
        let dropped = series.and_then(|series| series.dropped_through());
        let kept = dropped.map_or(i64::MIN, |through| through.saturating_add(1));
        let memory = kept.max(self.live_from);
        add(self.live_from, memory);
        Split {
            recorded,
            memory: memory.max(span.start)..span.end,
        }
    }

    pub fn append(&self, signal: SignalId, span: &Range<i64>, out: &mut Vec<Point>) {
        let span = Timestamp::from_nanos(span.start)..Timestamp::from_nanos(span.end);
        self.recording.range(signal, span, out);
    }

    pub fn decimate(
        &self,
        signal: SignalId,
        span: &Range<i64>,
        grid: i64,
        decimator: &mut Decimator<'_>,
    ) {
        let mut pieces = Vec::new();
        if grid == 0 {
            self.recording.pieces(signal, span, &mut pieces);
        } else {
            self.recording.tallies(signal, span, &mut pieces);
        }
        for piece in &pieces {
            match piece {
                Piece::Points(block, own) => block.decimate(own, decimator),
                Piece::Tally(tally) => {
                    let is_in = decimator.add_run(tally.first, tally.last, &tally.tally);
                    if !is_in {
                        let cut = tally.first..tally.last.saturating_add(1);
                        let mut points = Vec::new();
                        self.recording.pieces(signal, &cut, &mut points);
                        for piece in &points {
                            if let Piece::Points(block, own) = piece {
                                block.decimate(own, decimator);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Events of a span, those in memory with the time from which on it has all of them.
    pub fn events(
        &self,
        span: Range<Timestamp>,
        (memory, memory_from): (Vec<Event>, Timestamp),
    ) -> Vec<Event> {
        let live_from = Timestamp::from_nanos(self.live_from);
        let from = memory_from.max(live_from).max(span.start);
        let mut events = if span.start < from {
            self.recording.events(span.start..from.min(span.end))
        } else {
            Vec::new()
        };
        events.extend(memory.into_iter().filter(|event| event.time >= from));
        events
    }
}

/// Instants that a pass goes to and fro between: now, when a part came in, when its belt started.
const PINS: usize = 4;

/// A look at a recording from a view: it holds on to the blocks that it looked into last.
#[derive(Debug)]
pub(super) struct Look<'a> {
    beneath: &'a Beneath,
    pins: RefCell<Pins>,
}

#[derive(Debug, Default)]
struct Pins {
    pins: [Pin; PINS],
    along: Along,
    /// The instant of which everything may be asked: the first one, unless it was told.
    here: Option<Timestamp>,
    /// The one that was used last, and the one that is given up next.
    last: usize,
    oldest: usize,
}

impl Pins {
    /// Whether the block of an instant is in hand, or to be taken in hand.
    fn is_here(&mut self, t: Timestamp) -> bool {
        *self.here.get_or_insert(t) == t || self.pins.iter().any(|pin| pin.holds(t))
    }

    /// The pin that holds the block of an instant, or may take it.
    fn at(&mut self, t: Timestamp) -> Option<&mut Pin> {
        let is_here = |pin: Option<&Pin>| pin.is_some_and(|pin| pin.holds(t));
        if !is_here(self.pins.get(self.last)) {
            let known = self.pins.iter().position(|pin| pin.holds(t));
            self.last = known.unwrap_or_else(|| {
                self.oldest = (self.oldest + 1) % PINS;
                self.oldest
            });
        }
        self.pins.get_mut(self.last)
    }

    fn bracket(
        &mut self,
        recording: &Recording,
        signal: SignalId,
        t: Timestamp,
    ) -> (Option<Point>, Option<Point>) {
        if !self.is_here(t)
            && let Some(found) = self.along.bracket(recording, signal, t)
        {
            return found;
        }
        match self.at(t) {
            Some(pin) => pin.bracket(recording, signal, t),
            None => recording.bracket(signal, t),
        }
    }
}

impl Pins {
    fn up_to(
        &mut self,
        recording: &Recording,
        signal: SignalId,
        t: Timestamp,
        back: Back,
    ) -> Option<Point> {
        if !self.is_here(t)
            && let Some(found) = self.along.up_to(recording, signal, t, back)
        {
            return found;
        }
        match self.at(t) {
            Some(pin) => pin.up_to(recording, signal, t, back),
            None => recording.latest(signal, t),
        }
    }
}

impl<'a> Look<'a> {
    pub fn new(beneath: &'a Beneath) -> Self {
        Self {
            beneath,
            pins: RefCell::default(),
        }
    }

    /// Another number once the recording was looked through anew.
    pub fn edition(&self) -> u64 {
        self.beneath.recording.round()
    }

    /// Whether the recording has what memory dropped up to this.
    pub fn covers(&self, dropped_through: Option<i64>) -> bool {
        dropped_through.is_none_or(|through| through < self.beneath.end().as_nanos())
    }

    #[inline]
    pub fn bracket(
        &self,
        store: &Store,
        signal: SignalId,
        t: Timestamp,
    ) -> (Option<Point>, Option<Point>) {
        let live_from = self.beneath.live_from;
        if t.as_nanos() < live_from {
            return self.before_live(store, signal, t);
        }
        let answer = super::bracket(store, signal, t);
        if answer.0.is_some() {
            return answer;
        }
        self.dropped(store, signal, t, answer)
    }

    /// One of the points at or before `t`.
    #[inline]
    pub fn up_to(
        &self,
        store: &Store,
        signal: SignalId,
        t: Timestamp,
        back: Back,
    ) -> Option<Point> {
        if t.as_nanos() < self.beneath.live_from {
            let recording = &self.beneath.recording;
            return self.pins.borrow_mut().up_to(recording, signal, t, back);
        }
        super::view::up_to(store, signal, t, back).or_else(|| self.bracket(store, signal, t).0)
    }

    /// From now on everything may be asked of this instant, and of others only a signal here and there.
    pub fn settle(&self, t: Timestamp) {
        self.pins.borrow_mut().here = Some(t);
    }

    /// An instant before this session.
    fn before_live(
        &self,
        store: &Store,
        signal: SignalId,
        t: Timestamp,
    ) -> (Option<Point>, Option<Point>) {
        let beneath = self.beneath;
        let mut pins = self.pins.borrow_mut();
        let (last, next) = pins.bracket(&beneath.recording, signal, t);
        if next.is_some() || beneath.live_from == i64::MAX {
            return (last, next);
        }
        // The first of this session that is not sealed yet.
        let first = super::bracket(store, signal, Timestamp::from_nanos(beneath.live_from - 1)).1;
        (last, first)
    }

    /// An instant of this session before which memory has nothing.
    #[cold]
    fn dropped(
        &self,
        store: &Store,
        signal: SignalId,
        t: Timestamp,
        answer: (Option<Point>, Option<Point>),
    ) -> (Option<Point>, Option<Point>) {
        let Some(series) = store.series(signal) else {
            return answer;
        };
        let Some(dropped) = series.dropped_through() else {
            return answer;
        };
        // Beyond what is sealed the last sealed point need not be the last one.
        if t >= self.beneath.end() && !self.covers(Some(dropped)) {
            return answer;
        }
        let mut pins = self.pins.borrow_mut();
        let (last, next) = pins.bracket(&self.beneath.recording, signal, t);
        let last = last.filter(|point| point.time.as_nanos() >= self.beneath.live_from);
        let next = next.filter(|point| point.time.as_nanos() <= dropped);
        (last, next.or(answer.1))
    }

    /// Appends what the recording has of a span; returns from where on memory has the rest.
    pub fn range(
        &self,
        store: &Store,
        signal: SignalId,
        span: &Range<i64>,
        out: &mut Vec<Point>,
    ) -> i64 {
        let split = self.beneath.split(store, signal, span);
        for span in &split.recorded {
            self.beneath.append(signal, span, out);
        }
        split.memory.start
    }
}
