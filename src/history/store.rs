//! The in-memory store behind writer and readers: series under one byte budget, events, arrivals.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::model::alarm::Event;
use crate::model::{Plant, Point, SignalId, Timestamp};

use super::chunk::{Entry, SealScratch};
use super::series::{Landed, Series, Whole};
use super::tail::{Pushed, Tails};
use super::{ArrivalCursor, Arrivals, HistoryStats};

/// Points of a full head, and of a chunk sealed from it, at most.
const CHUNK_POINTS: usize = 512;
/// Points of a head at least, however many signals share the budget.
const CHUNK_POINTS_MIN: usize = 8;
/// Points of a full tail, at least and at most. Moving a tail into its head waits for memory that
/// is far away: the more points at once, the less for each.
const TAIL_POINTS: std::ops::RangeInclusive<usize> = 4..=32;
/// The share of a head that its tail is: 1 in this many.
const TAIL_SHARE: usize = 4;
/// The share of the budget that full heads may take: 1 in this many.
const HEAD_SHARE: usize = 8;
/// Events kept.
const EVENTS: usize = 100_000;
/// Arrivals listed at least and at most.
const ARRIVALS: std::ops::RangeInclusive<usize> = 1 << 12..=1 << 20;

#[derive(Debug)]
pub(super) struct Store {
    series: Vec<Series>,
    tails: Tails,
    /// Points of a full head.
    chunk_points: usize,
    budget: usize,
    /// Memory of heads, blocks and the fixed parts.
    bytes: usize,
    /// Blocks by the time they end at: the oldest is dropped first. One entry per block of a series;
    /// late points may have moved a block's end since.
    oldest: BinaryHeap<Reverse<(i64, u32)>>,
    events: VecDeque<Event>,
    events_dropped: u64,
    events_seen: u64,
    /// The latest arrivals, as a ring.
    arrivals: Box<[u32]>,
    arrived: u64,
    start: i64,
    end: i64,
    points: u64,
    points_dropped: u64,
    late: u64,
    refused: u64,
    scratch: SealScratch,
}

impl Store {
    pub fn new(plant: &Plant, budget: usize) -> Self {
        let signals = plant.signal_count();
        let head_points = budget / HEAD_SHARE / size_of::<Entry>() / signals.max(1);
        let ring = signals
            .checked_next_power_of_two()
            .unwrap_or(usize::MAX)
            .clamp(*ARRIVALS.start(), *ARRIVALS.end());
        let tail_points =
            (head_points / TAIL_SHARE).clamp(*TAIL_POINTS.start(), *TAIL_POINTS.end());
        let tails = Tails::new(signals, tail_points);
        Self {
            series: vec![Series::new(); signals],
            chunk_points: head_points.clamp(CHUNK_POINTS_MIN, CHUNK_POINTS),
            budget,
            bytes: signals * size_of::<Series>() + tails.bytes() + ring * size_of::<u32>(),
            tails,
            oldest: BinaryHeap::new(),
            events: VecDeque::new(),
            events_dropped: 0,
            events_seen: 0,
            arrivals: vec![0; ring].into(),
            arrived: 0,
            start: i64::MAX,
            end: i64::MIN,
            points: 0,
            points_dropped: 0,
            late: 0,
            refused: 0,
            scratch: SealScratch::default(),
        }
    }

    #[inline]
    pub fn push(&mut self, signal: SignalId, point: Point) {
        let entry = Entry::from(point);
        match self.tails.push(signal.index(), entry) {
            Pushed::Newest => self.points += 1,
            Pushed::Stranger => return,
            Pushed::Full | Pushed::Late => {
                if !self.push_slowly(signal, entry) {
                    return;
                }
            }
        }
        self.start = self.start.min(entry.time);
        self.end = self.end.max(entry.time);
        let at = self.arrived as usize & (self.arrivals.len() - 1);
        if let Some(slot) = self.arrivals.get_mut(at) {
            *slot = signal.0;
        }
        self.arrived += 1;
    }

    /// Late points so far, refused ones included.
    pub const fn late(&self) -> u64 {
        self.late
    }

    /// Makes room and appends, or puts a late point in its place; `false` when it is refused.
    #[cold]
    fn push_slowly(&mut self, signal: SignalId, entry: Entry) -> bool {
        let at = signal.index();
        let Some(series) = self.series.get_mut(at) else {
            return false;
        };
        let (most, scratch, bytes) = (self.chunk_points, &mut self.scratch, &mut self.bytes);
        if let Some(last) = series.take(self.tails.of(at), most, scratch, bytes) {
            self.oldest.push(Reverse((last, signal.0)));
        }
        self.tails.clear(at);
        if self.tails.push(at, entry) == Pushed::Newest {
            self.points += 1;
            self.keep_budget();
            return true;
        }
        self.late += 1;
        let oldest = &mut self.oldest;
        let landed = series.insert(entry, most, scratch, bytes, |last| {
            oldest.push(Reverse((last, signal.0)));
        });
        if landed == Landed::BeforeKept {
            self.keep_budget();
            self.refused += 1;
            return false;
        }
        // Counted before it may be dropped again.
        self.points += 1;
        self.keep_budget();
        self.tails.pass(at, entry.time);
        true
    }

    /// Drops the oldest blocks until the budget holds, or nothing but heads is left.
    fn keep_budget(&mut self) {
        while self.bytes > self.budget
            && let Some(Reverse((last, signal))) = self.oldest.pop()
        {
            let Some(series) = self.series.get_mut(signal as usize) else {
                continue;
            };
            match series.drop_oldest(last) {
                Ok((points, bytes)) => {
                    self.points -= points as u64;
                    self.points_dropped += points as u64;
                    self.bytes -= bytes;
                }
                // Late points have moved its end: its turn comes then.
                Err(Some(later)) => self.oldest.push(Reverse((later, signal))),
                Err(None) => {}
            }
        }
    }

    pub fn event(&mut self, event: Event) {
        let is_newest = self
            .events
            .back()
            .is_none_or(|last| last.time <= event.time);
        if is_newest {
            self.events.push_back(event);
        } else {
            let at = self.events.partition_point(|old| old.time <= event.time);
            self.events.insert(at, event);
        }
        self.events_seen += 1;
        if self.events.len() > EVENTS {
            self.events.pop_front();
            self.events_dropped += 1;
        }
    }

    pub fn events(&self, from: Timestamp, to: Timestamp) -> Vec<Event> {
        let start = self.events.partition_point(|event| event.time < from);
        let end = self.events.partition_point(|event| event.time < to);
        self.events.range(start..end.max(start)).cloned().collect()
    }

    pub fn events_seen(&self) -> u64 {
        self.events_seen
    }

    #[inline]
    pub fn series(&self, signal: SignalId) -> Option<Whole<'_>> {
        let series = self.series.get(signal.index())?;
        Some(series.with(self.tails.of(signal.index())))
    }

    #[inline(always)]
    pub fn touch(&self, signal: SignalId) -> i64 {
        self.tails.touch(signal.index())
    }

    pub fn changes_since(&self, cursor: &mut ArrivalCursor, out: &mut Vec<SignalId>) -> Arrivals {
        let behind = self.arrived.saturating_sub(cursor.0);
        let from = std::mem::replace(&mut cursor.0, self.arrived);
        if behind > self.arrivals.len() as u64 {
            return Arrivals::Everything;
        }
        let mask = self.arrivals.len() - 1;
        let start = from as usize & mask;
        let behind = behind as usize;
        let (tail, head) = if start + behind <= self.arrivals.len() {
            (start..start + behind, 0..0)
        } else {
            (start..self.arrivals.len(), 0..(start + behind) & mask)
        };
        for part in [tail, head] {
            let ids = self.arrivals.get(part).unwrap_or_default();
            out.extend(ids.iter().map(|id| SignalId(*id)));
        }
        Arrivals::Listed
    }

    /// The earliest time that was ever appended; [`Timestamp::MAX`] before the first.
    pub fn start(&self) -> Timestamp {
        Timestamp::from_nanos(self.start)
    }

    /// From when on all events are kept; [`Timestamp::MIN`]: every one of them.
    pub fn events_from(&self) -> Timestamp {
        match self.events.front() {
            Some(first) if self.events_dropped > 0 => first.time,
            _ => Timestamp::MIN,
        }
    }

    pub fn end(&self) -> Timestamp {
        Timestamp::from_nanos(self.end)
    }

    pub fn stats(&self) -> HistoryStats {
        HistoryStats {
            budget_bytes: self.budget,
            bytes: self.bytes,
            points: self.points,
            points_dropped: self.points_dropped,
            late: self.late,
            refused: self.refused,
            events: self.events.len(),
            events_dropped: self.events_dropped,
        }
    }
}
