//! [`Series`]: the points of one signal, in order of effective time, then arrival.
//!
//! What arrives in order waits in its tail, goes from there in runs into the head, and when the head is
//! full it is sealed into an immutable chunk. A late point that belongs into a sealed chunk opens that chunk, which
//! stays open as long as the next late points belong there too: a node that delivers an hour of
//! stored values after a network failure fills one gap in order, and each of them costs a push.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::chunk::{Chunk, Entry, SealScratch};
use super::decimate::Decimator;
use crate::model::Point;

/// Points that are looked at in one step of a walk back, at most.
const SAME: usize = 256;

/// A run of points that is not the head.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    Sealed(Arc<Chunk>),
    Open(Vec<Entry>),
}

impl Block {
    pub fn len(&self) -> usize {
        match self {
            Self::Sealed(chunk) => chunk.len(),
            Self::Open(entries) => entries.len(),
        }
    }

    pub fn first(&self) -> i64 {
        match self {
            Self::Sealed(chunk) => chunk.first,
            Self::Open(entries) => entries.first().map_or(i64::MAX, |entry| entry.time),
        }
    }

    pub fn last(&self) -> i64 {
        match self {
            Self::Sealed(chunk) => chunk.last,
            Self::Open(entries) => entries.last().map_or(i64::MIN, |entry| entry.time),
        }
    }

    /// The entry at `at`, which must be less than the length.
    pub fn entry(&self, at: usize) -> Option<Entry> {
        match self {
            Self::Sealed(chunk) => (at < chunk.len()).then(|| chunk.entry(at)),
            Self::Open(entries) => entries.get(at).copied(),
        }
    }

    /// How many of its points lie before `time`, or at it too with `Bound::Through`.
    pub fn count_until(&self, time: i64, bound: Bound) -> usize {
        let is_in = |at: i64| match bound {
            Bound::Before => at < time,
            Bound::Through => at <= time,
        };
        match self {
            Self::Open(entries) => entries.partition_point(|entry| is_in(entry.time)),
            Self::Sealed(chunk) => {
                let (mut low, mut high) = (0, chunk.len());
                while low < high {
                    let middle = low.midpoint(high);
                    if is_in(chunk.time(middle)) {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                low
            }
        }
    }

    /// Appends its points of `span`, ns.
    pub fn append(&self, span: &Range<i64>, out: &mut Vec<Point>) {
        let from = self.count_until(span.start, Bound::Before);
        let to = self.count_until(span.end, Bound::Before);
        out.extend((from..to).filter_map(|at| self.entry(at)).map(Point::from));
    }

    /// Adds its numbers of `span`, ns, to the buckets.
    pub fn decimate(&self, span: &Range<i64>, decimator: &mut Decimator<'_>) {
        if let Self::Sealed(chunk) = self
            && (span.start <= chunk.first && chunk.last < span.end)
            && decimator.add_run(chunk.first, chunk.last, &chunk.tally)
        {
            return;
        }
        let first = self.count_until(span.start, Bound::Before);
        let last = self.count_until(span.end, Bound::Before);
        for entry in (first..last).filter_map(|at| self.entry(at)) {
            if let Some(number) = entry.number() {
                decimator.add(entry.time, number);
            }
        }
    }

    pub fn bytes(&self) -> usize {
        let outside = match self {
            Self::Sealed(chunk) => chunk.bytes(),
            Self::Open(entries) => entries.capacity() * size_of::<Entry>(),
        };
        size_of::<Self>() + outside
    }
}

/// Whether a bound belongs to what it bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Before,
    Through,
}

/// The points of one signal but for the newest few (see [`Tails`](super::tail::Tails)): blocks of
/// the past, then the head.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// The points before the tail.
    head: Vec<Entry>,
    /// All before them, once a head was full.
    past: Option<Box<Past>>,
}

/// All points of one signal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<'a> {
    series: &'a Series,
    /// The newest.
    tail: &'a [Entry],
}

/// The points before the head.
#[derive(Clone, Debug)]
struct Past {
    blocks: VecDeque<Block>,
    /// Index of the open block; `usize::MAX`: none.
    open: usize,
    /// Nothing up to this time is kept; `i64::MIN`: everything is.
    dropped_through: i64,
}

impl Default for Past {
    fn default() -> Self {
        Self {
            blocks: VecDeque::new(),
            open: NONE,
            dropped_through: i64::MIN,
        }
    }
}

/// What became of a late point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Landed {
    /// In its place.
    InPlace,
    /// Refused: what surrounds it is not kept any more.
    BeforeKept,
}

const NONE: usize = usize::MAX;

impl Series {
    pub const fn new() -> Self {
        Self {
            head: Vec::new(),
            past: None,
        }
    }

    fn blocks(&self) -> Option<&VecDeque<Block>> {
        self.past.as_ref().map(|past| &past.blocks)
    }

    /// With its newest points.
    pub const fn with<'a>(&'a self, tail: &'a [Entry]) -> Whole<'a> {
        Whole { series: self, tail }
    }

    /// Takes the newest points into the head, which holds at most `most`; one that is full is
    /// sealed first. Returns the time of the last point sealed, if any were; `bytes` follows the
    /// memory taken.
    pub fn take(
        &mut self,
        tail: &[Entry],
        most: usize,
        scratch: &mut SealScratch,
        bytes: &mut usize,
    ) -> Option<i64> {
        let mut sealed = None;
        if self.head.len() + tail.len() > most
            && let Some(chunk) = Chunk::seal(&self.head, scratch)
        {
            self.head.clear();
            sealed = Some(chunk.last);
            let block = Block::Sealed(Arc::new(chunk));
            *bytes += block.bytes();
            self.past.get_or_insert_default().blocks.push_back(block);
        }
        self.extend(tail, most, bytes);
        sealed
    }

    /// Appends to the head. Its memory is asked for once, for `most` points: grown in steps, each
    /// point would be copied about as often as it is written. What is not yet written of it takes
    /// no room in memory, and all heads together have their share of the budget.
    fn extend(&mut self, tail: &[Entry], most: usize, bytes: &mut usize) {
        let before = self.head.capacity();
        let wanted = self.head.len() + tail.len();
        if wanted > before {
            self.head.reserve_exact(most.max(wanted) - self.head.len());
            *bytes += (self.head.capacity() - before) * size_of::<Entry>();
        }
        self.head.extend_from_slice(tail);
    }

    /// Puts a late point in its place, when the tail has been taken. `bytes` follows the memory
    /// taken; `on_new_block` is told the time at which a block ends that there was not before.
    pub fn insert(
        &mut self,
        entry: Entry,
        chunk_len: usize,
        scratch: &mut SealScratch,
        bytes: &mut usize,
        on_new_block: impl FnOnce(i64),
    ) -> Landed {
        let past = match self.past.as_deref_mut() {
            Some(past) if entry.time < past.dropped_through => return Landed::BeforeKept,
            Some(past)
                if !past.blocks.is_empty()
                    && self
                        .head
                        .first()
                        .is_none_or(|first| first.time > entry.time) =>
            {
                past
            }
            _ => {
                let before = self.head.capacity();
                let at = self.head.partition_point(|old| old.time <= entry.time);
                self.head.insert(at, entry);
                *bytes += (self.head.capacity() - before) * size_of::<Entry>();
                return Landed::InPlace;
            }
        };
        past.insert(entry, chunk_len, scratch, bytes, on_new_block);
        Landed::InPlace
    }

    /// Drops the oldest block if all of it lies at or before `through`. Returns its points and
    /// bytes; `Err` with the time it ends at when it lies later, or `None` there when there is none.
    pub fn drop_oldest(&mut self, through: i64) -> Result<(usize, usize), Option<i64>> {
        let past = self.past.as_deref_mut().ok_or(None)?;
        let block = past.blocks.front().ok_or(None)?;
        let last = block.last();
        if last > through {
            return Err(Some(last));
        }
        let gone = (block.len(), block.bytes());
        past.blocks.pop_front();
        past.open = match past.open {
            NONE | 0 => NONE,
            open => open - 1,
        };
        past.dropped_through = past.dropped_through.max(last);
        Ok(gone)
    }
}

impl<'a> Whole<'a> {
    /// The first time that is kept, if anything was dropped: before it, nothing is known.
    pub fn kept_from(&self) -> Option<i64> {
        let past = self.series.past.as_deref()?;
        (past.dropped_through != i64::MIN)
            .then(|| self.first().map_or(i64::MAX, |entry| entry.time))
    }

    /// Nothing up to this time is kept, if anything was dropped.
    pub fn dropped_through(&self) -> Option<i64> {
        let through = self.series.past.as_deref()?.dropped_through;
        (through != i64::MIN).then_some(through)
    }

    fn first(&self) -> Option<Entry> {
        match self.series.blocks().and_then(VecDeque::front) {
            Some(block) => block.entry(0),
            None => self.series.head.first().or(self.tail.first()).copied(),
        }
    }

    /// The last point at or before `time`, and the first one after it.
    #[inline]
    pub fn bracket(&self, time: i64) -> (Option<Entry>, Option<Entry>) {
        let at = self.tail.partition_point(|entry| entry.time <= time);
        match at.checked_sub(1) {
            Some(before) => (self.tail.get(before).copied(), self.tail.get(at).copied()),
            None => self.bracket_before_the_tail(time),
        }
    }

    /// As [`Whole::bracket`], when all of the newest points lie after `time`.
    fn bracket_before_the_tail(&self, time: i64) -> (Option<Entry>, Option<Entry>) {
        let newest = self.tail.first().copied();
        let head = &self.series.head;
        let at = head.partition_point(|entry| entry.time <= time);
        if let Some(before) = at.checked_sub(1) {
            let next = head.get(at).copied().or(newest);
            return (head.get(before).copied(), next);
        }
        let after_blocks = head.first().copied().or(newest);
        let Some(blocks) = self.series.blocks() else {
            return (None, after_blocks);
        };
        let begun = blocks.partition_point(|block| block.first() <= time);
        let Some(block) = begun.checked_sub(1).and_then(|at| blocks.get(at)) else {
            return (None, self.first());
        };
        let at = block.count_until(time, Bound::Through);
        let next = block
            .entry(at)
            .or_else(|| blocks.get(begun)?.entry(0))
            .or(after_blocks);
        (at.checked_sub(1).and_then(|at| block.entry(at)), next)
    }

    /// The first of those points that, up to the last one at or before `time` and without a break, say
    /// what that one says; of more than [`SAME`] of them, any.
    pub fn same_since(&self, time: i64) -> Option<Entry> {
        let mut points = self.back_from(time).take(SAME);
        let last = points.next()?;
        let same = points.take_while(|point| point.says_same(&last));
        same.last().or(Some(last))
    }

    /// The points at or before `time`, newest first.
    fn back_from(&self, time: i64) -> impl Iterator<Item = Entry> + use<'a> {
        let until = |entries: &'a [Entry]| {
            let end = entries.partition_point(|entry| entry.time <= time);
            let some = entries.get(..end).unwrap_or_default();
            some.iter().rev().copied()
        };
        let past = self.series.blocks().into_iter().flat_map(move |blocks| {
            let begun = blocks.partition_point(|block| block.first() <= time);
            blocks.range(..begun).rev().flat_map(move |block| {
                let end = block.count_until(time, Bound::Through);
                (0..end).rev().filter_map(move |at| block.entry(at))
            })
        });
        let newer = until(self.tail).chain(until(self.series.head.as_slice()));
        newer.chain(past)
    }

    /// The parts that may hold points of `from..to`, oldest first: cheap to take under a lock and
    /// to read without it.
    pub fn pieces(&self, from: i64, to: i64, out: &mut Vec<Block>) {
        if let Some(blocks) = self.series.blocks() {
            let start = blocks.partition_point(|block| block.last() < from);
            for block in blocks.range(start..) {
                if block.first() >= to {
                    return;
                }
                out.push(block.clone());
            }
        }
        for entries in [self.series.head.as_slice(), self.tail] {
            let start = entries.partition_point(|entry| entry.time < from);
            let end = entries.partition_point(|entry| entry.time < to);
            if let Some(entries) = entries.get(start..end)
                && !entries.is_empty()
            {
                out.push(Block::Open(entries.to_vec()));
            }
        }
    }
}

impl Past {
    /// Puts a point in its place among the blocks, of which there must be one.
    fn insert(
        &mut self,
        entry: Entry,
        chunk_len: usize,
        scratch: &mut SealScratch,
        bytes: &mut usize,
        on_new_block: impl FnOnce(i64),
    ) {
        let target = self
            .blocks
            .partition_point(|block| block.first() <= entry.time)
            .saturating_sub(1);
        if self.open != target {
            self.close(scratch, bytes);
            self.open(target, bytes);
        }
        let Some(Block::Open(entries)) = self.blocks.get_mut(target) else {
            return;
        };
        let before = entries.capacity();
        let at = entries.partition_point(|old| old.time <= entry.time);
        entries.insert(at, entry);
        *bytes += (entries.capacity() - before) * size_of::<Entry>();
        if entries.len() >= 2 * chunk_len {
            self.split(target, scratch, bytes, on_new_block);
        }
    }

    fn open(&mut self, target: usize, bytes: &mut usize) {
        if let Some(block) = self.blocks.get_mut(target)
            && let Block::Sealed(chunk) = block
        {
            *bytes -= block_bytes(chunk);
            let entries: Vec<_> = (0..chunk.len()).map(|at| chunk.entry(at)).collect();
            *block = Block::Open(entries);
            *bytes += block.bytes();
            self.open = target;
        }
    }

    fn close(&mut self, scratch: &mut SealScratch, bytes: &mut usize) {
        let open = std::mem::replace(&mut self.open, NONE);
        if let Some(block) = self.blocks.get_mut(open)
            && let Block::Open(entries) = block
            && let Some(chunk) = Chunk::seal(entries, scratch)
        {
            *bytes -= block.bytes();
            *block = Block::Sealed(Arc::new(chunk));
            *bytes += block.bytes();
        }
    }

    /// Seals the first half of the open block; the second half stays open.
    fn split(
        &mut self,
        target: usize,
        scratch: &mut SealScratch,
        bytes: &mut usize,
        on_new_block: impl FnOnce(i64),
    ) {
        let Some(block) = self.blocks.get_mut(target) else {
            return;
        };
        let before = block.bytes();
        let Block::Open(entries) = block else {
            return;
        };
        let half = entries.len() / 2;
        let Some(chunk) = entries
            .get(..half)
            .and_then(|first| Chunk::seal(first, scratch))
        else {
            return;
        };
        entries.drain(..half);
        on_new_block(chunk.last);
        let sealed = Block::Sealed(Arc::new(chunk));
        *bytes = *bytes - before + block.bytes() + sealed.bytes();
        self.blocks.insert(target, sealed);
        self.open = target + 1;
    }
}

fn block_bytes(chunk: &Chunk) -> usize {
    size_of::<Block>() + chunk.bytes()
}
