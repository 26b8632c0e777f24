//! [`Pin`]: the block of an instant held in hand, so that a pass over all signals asks nobody else.

use std::ops::Range;
use std::sync::Arc;

use super::list::Parts;
use super::part::{OpenPart, Part};
use super::shelf::{Item, Key};
use super::tables::Table;
use super::{Inner, Recording};
use crate::model::{Point, Quality, SignalId, Timestamp, Value};
use crate::recording::index::{Run, run_in};

/// Which of the points at or before an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// The last one.
    Last,
    /// The first one of those that, without a break, say what the last one says: as far as what is at
    /// hand tells, so that there may be more of them before it.
    Same,
}

impl Back {
    /// The point of a run that is meant, if the last one is at `at`.
    #[inline]
    pub(super) fn from(self, run: &Run<'_>, at: usize) -> usize {
        match self {
            Self::Last => at,
            Self::Same => run.same_since(at),
        }
    }
}

/// The last point of every signal at an instant: filled by [`Recording::latest_at`], to be used
/// again.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    /// The instant.
    pub time: Timestamp,
    /// By signal; `None`: nothing was recorded up to then.
    pub points: Vec<Option<Point>>,
}

/// Holds on to the block of the instant it was last asked for. To be kept for a pass, or from one
/// instant to the next; it may keep one block in memory beyond the budget.
#[derive(Clone, Debug, Default)]
pub struct Pin(Option<Pinned>);

#[derive(Clone, Debug)]
struct Pinned {
    parts: Arc<Parts>,
    /// Instants it answers for, ns.
    span: Range<i64>,
    /// The part that the instant lies in, or the first one after it.
    part: usize,
    block: Option<Block>,
    before: Option<Arc<Table>>,
    after: Option<Arc<Table>>,
}

fn known(table: &Table, signal: u32) -> Option<Point> {
    table.get(signal as usize).copied().flatten()
}

#[derive(Clone, Debug)]
struct Block {
    open: Arc<OpenPart>,
    bytes: Arc<Vec<u8>>,
}

impl Pinned {
    fn find(inner: &Inner, time: i64) -> Self {
        let parts = inner.parts();
        let (at, is_in) = parts.at(time);
        let part = parts.list.get(at).filter(|_| is_in);
        if let Some(part) = part
            && let Some((open, number, bytes)) = inner.block_of(part, time)
            && let Some(place) = open.head.blocks.get(number)
        {
            let last = open.head.blocks.len() == number + 1;
            let end = if last { i64::MAX } else { place.span.end };
            return Self {
                span: place.span.start.max(part.span.start)..end.min(part.span.end),
                part: at,
                block: Some(Block { open, bytes }),
                before: None,
                after: None,
                parts: Arc::clone(&parts),
            };
        }
        // Between parts, or in a part that is left out.
        let is_broken = part.is_some();
        let before = parts.list.get(..at).and_then(<[_]>::last);
        let start = match part {
            Some(part) => part.span.start,
            None => before.map_or(i64::MIN, |part| part.span.end),
        };
        let end = match part {
            Some(part) => part.span.end,
            None => parts.list.get(at).map_or(i64::MAX, |part| part.span.start),
        };
        Self {
            span: start..end,
            part: at + usize::from(is_broken),
            block: None,
            before: None,
            after: None,
            parts: Arc::clone(&parts),
        }
    }

    /// The last points before the part.
    fn before(&mut self, inner: &Inner) -> &Table {
        let (parts, part) = (&self.parts, self.part);
        self.before.get_or_insert_with(|| inner.before(parts, part))
    }

    /// The first points after the part, or after the gap.
    fn after(&mut self, inner: &Inner) -> &Table {
        let (parts, part) = (&self.parts, self.part + usize::from(self.block.is_some()));
        self.after.get_or_insert_with(|| inner.from(parts, part))
    }
}

impl Inner {
    /// The block that answers for an instant of a part, and its number.
    fn block_of(&self, part: &Part, time: i64) -> Option<(Arc<OpenPart>, usize, Arc<Vec<u8>>)> {
        // The index may be made anew meanwhile.
        for _ in 0..3 {
            let open = self.open(part)?;
            let number = open.head.block_at(time)?;
            let bytes = self.block(part, number)?;
            if self.open(part)?.head.blocks.get(number) == open.head.blocks.get(number) {
                return Some((open, number, bytes));
            }
        }
        None
    }

    /// A block, unpacked.
    pub(super) fn block(&self, part: &Part, number: usize) -> Option<Arc<Vec<u8>>> {
        let key = Key::Block {
            part: part.key,
            block: number,
        };
        if let Some(Item::Block(bytes)) = self.shelf().get(key) {
            return Some(bytes);
        }
        let (_, bytes) = self.indexed(part, |open| match open.head.blocks.get(number) {
            Some(place) => open.index.block(place),
            None => Ok(Vec::new()),
        })?;
        let (size, bytes) = (bytes.capacity(), Arc::new(bytes));
        self.shelf().put(key, Item::Block(Arc::clone(&bytes)), size);
        Some(bytes)
    }
}

impl Pin {
    /// Whether it holds the block of this instant.
    pub fn holds(&self, t: Timestamp) -> bool {
        let pinned = self.0.as_ref();
        pinned.is_some_and(|pinned| pinned.span.contains(&t.as_nanos()))
    }

    fn at(&mut self, inner: &Inner, time: i64) -> &mut Pinned {
        let is_here = self
            .0
            .as_ref()
            .is_some_and(|pinned| pinned.span.contains(&time));
        if !is_here {
            self.0 = None;
        }
        self.0.get_or_insert_with(|| Pinned::find(inner, time))
    }

    /// The last point at or before `t`, and the first one after it.
    pub fn bracket(
        &mut self,
        recording: &Recording,
        signal: SignalId,
        t: Timestamp,
    ) -> (Option<Point>, Option<Point>) {
        let inner = &*recording.0;
        let time = t.as_nanos();
        let pinned = self.at(inner, time);
        let (mut last, mut next) = (None, None);
        if let Some(Block { open, bytes }) = &pinned.block
            && let Some(local) = open.mapping.local(signal)
            && let Some(run) = run_in(bytes, local)
        {
            let count = run.count_through(time);
            let texts = &open.head.texts;
            last = count.checked_sub(1).map(|at| run.entry(at).point(texts));
            next = (count < run.len()).then(|| run.entry(count).point(texts));
            last = last.map(|point| inner.live(signal, point));
            next = next.map(|point| inner.live(signal, point));
        }
        if last.is_none() {
            last = pinned.before(inner).get(signal.index()).copied().flatten();
        }
        if next.is_none() {
            next = pinned.after(inner).get(signal.index()).copied().flatten();
        }
        (last, next)
    }

    /// The last point at or before `t`.
    pub fn latest(
        &mut self,
        recording: &Recording,
        signal: SignalId,
        t: Timestamp,
    ) -> Option<Point> {
        self.up_to(recording, signal, t, Back::Last)
    }

    /// One of the points at or before `t`.
    pub(crate) fn up_to(
        &mut self,
        recording: &Recording,
        signal: SignalId,
        t: Timestamp,
        back: Back,
    ) -> Option<Point> {
        let inner = &*recording.0;
        let time = t.as_nanos();
        let pinned = self.at(inner, time);
        if let Some(Block { open, bytes }) = &pinned.block
            && let Some(local) = open.mapping.local(signal)
            && let Some(run) = run_in(bytes, local)
            && let Some(at) = run.count_through(time).checked_sub(1)
        {
            let point = run.entry(back.from(&run, at)).point(&open.head.texts);
            return Some(inner.live(signal, point));
        }
        pinned.before(inner).get(signal.index()).copied().flatten()
    }

    /// The last point at or before `t` of every signal.
    pub fn latest_at(&mut self, recording: &Recording, t: Timestamp, moment: &mut Moment) {
        let inner = &*recording.0;
        let time = t.as_nanos();
        let pinned = self.at(inner, time);
        moment.time = t;
        let Some(Block { open, bytes }) = pinned.block.clone() else {
            moment.points.clear();
            moment.points.extend_from_slice(pinned.before(inner));
            return;
        };
        // Each is written once: what is left from the last time need not be cleared.
        moment.points.resize(inner.names.len(), None);
        let texts = &open.head.texts;
        for (local, id) in open.mapping.dense.iter().enumerate() {
            let Some(place) = moment.points.get_mut(*id as usize) else {
                continue;
            };
            let run = run_in(&bytes, local);
            let last = run.and_then(|run| Some((run, run.count_through(time).checked_sub(1)?)));
            let Some((run, at)) = last else {
                *place = known(pinned.before(inner), *id);
                continue;
            };
            let (signal, entry) = (SignalId(*id), run.entry(at));
            // Field by field, in place: a point put together elsewhere and moved here in larger words
            // would wait until its fields are written.
            let point = place.insert(Point {
                time: Timestamp::from_nanos(entry.time),
                receive_time: Timestamp::from_nanos(entry.receive),
                value: Value::Null,
                quality: Quality::from_byte(entry.quality),
            });
            match entry.real() {
                Some(real) => point.value = Value::Float(real),
                None => point.value = entry.value(texts),
            }
            if inner.names.is_reworded(signal) {
                point.value = inner.live_value(signal, point.value);
            }
        }
        for id in &open.mapping.absent {
            if let Some(place) = moment.points.get_mut(*id as usize) {
                *place = known(pinned.before(inner), *id);
            }
        }
    }

    /// Takes the block of an instant in hand.
    pub fn prefetch(&mut self, recording: &Recording, t: Timestamp) {
        let pinned = self.at(&recording.0, t.as_nanos());
        let inner = &*recording.0;
        pinned.before(inner);
        pinned.after(inner);
    }
}
