//! [`Along`]: signals followed along time, away from the instant that is looked at.
//!
//! Who walks back over a few signals (since when a part is there, how long a state has lasted) comes
//! past many instants, and of each wants one signal. The block of such an instant holds the whole
//! plant; the column of the signal, where the index has one, holds all that is asked for.

use std::ops::Range;
use std::sync::Arc;

use super::list::Parts;
use super::part::{OpenPart, Part};
use super::pin::Back;
use super::shelf::{Item, Key};
use super::tables::Table;
use super::{Inner, Recording};
use crate::model::{Point, SignalId, Timestamp};
use crate::recording::index::Run;

/// Columns held at once, a power of two.
const SLOTS: usize = 64;
/// After so many columns of one block in a row the block itself is read: somebody wants all of it.
const IN_A_ROW: u32 = 64;

/// Columns in hand, and what lies around their parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Along {
    /// By the low bits of the signal.
    slots: Vec<Option<Held>>,
    parts: Option<Arc<Parts>>,
    /// The block that was passed by last, and how often in a row.
    passed: (u64, usize),
    in_a_row: u32,
}

/// A signal in a part.
#[derive(Clone, Debug)]
struct Held {
    signal: SignalId,
    /// Instants that the part answers for, ns.
    span: Range<i64>,
    part: usize,
    open: Arc<OpenPart>,
    /// Its run; `None`: the part has nothing of it.
    column: Option<Arc<Vec<u8>>>,
    before: Option<Arc<Table>>,
    after: Option<Arc<Table>>,
}

impl Along {
    /// The last point of a signal at or before `t`, and the first one after it, from its column.
    /// `None`: it has none, or the block is the better answer.
    pub fn bracket(
        &mut self,
        recording: &Recording,
        signal: SignalId,
        t: Timestamp,
    ) -> Option<(Option<Point>, Option<Point>)> {
        let inner = &*recording.0;
        let parts = Arc::clone(self.parts.get_or_insert_with(|| inner.parts()));
        let held = self.held(inner, &parts, signal, t.as_nanos())?;
        let (mut last, mut next) = (None, None);
        if let Some(column) = &held.column {
            let run = Run::read(column)?;
            let count = run.count_through(t.as_nanos());
            let point = |at: usize| held.point(inner, &run, at);
            last = count.checked_sub(1).map(point);
            next = (count < run.len()).then(|| point(count));
        }
        if last.is_none() {
            last = held.before(inner, &parts);
        }
        if next.is_none() {
            let part = held.part + 1;
            let after = held.after.get_or_insert_with(|| inner.from(&parts, part));
            next = after.get(signal.index()).copied().flatten();
        }
        Some((last, next))
    }

    /// One of the points at or before `t`; `None`: as in [`Along::bracket`].
    pub fn up_to(
        &mut self,
        recording: &Recording,
        signal: SignalId,
        t: Timestamp,
        back: Back,
    ) -> Option<Option<Point>> {
        let inner = &*recording.0;
        let parts = Arc::clone(self.parts.get_or_insert_with(|| inner.parts()));
        let held = self.held(inner, &parts, signal, t.as_nanos())?;
        let last = match &held.column {
            None => None,
            Some(column) => {
                let run = Run::read(column)?;
                let last = run.count_through(t.as_nanos()).checked_sub(1);
                last.map(|at| held.point(inner, &run, back.from(&run, at)))
            }
        };
        Some(last.or_else(|| held.before(inner, &parts)))
    }

    fn held(
        &mut self,
        inner: &Inner,
        parts: &Arc<Parts>,
        signal: SignalId,
        time: i64,
    ) -> Option<&mut Held> {
        let at = signal.index() % SLOTS;
        let here = self.slots.get(at).and_then(Option::as_ref);
        if !here.is_some_and(|held| held.signal == signal && held.span.contains(&time)) {
            let held = self.find(inner, parts, signal, time)?;
            self.slots.resize_with(SLOTS, || None);
            *self.slots.get_mut(at)? = Some(held);
        }
        self.slots.get_mut(at)?.as_mut()
    }

    fn find(
        &mut self,
        inner: &Inner,
        parts: &Arc<Parts>,
        signal: SignalId,
        time: i64,
    ) -> Option<Held> {
        let (at, is_in) = parts.at(time);
        let part = parts.list.get(at).filter(|_| is_in)?;
        let open = inner.open(part)?;
        let block = open.head.block_at(time)?;
        if inner.has_block(part, block) {
            return None;
        }
        let passed = (part.key, block);
        self.in_a_row = if self.passed == passed {
            self.in_a_row + 1
        } else {
            0
        };
        self.passed = passed;
        if self.in_a_row >= IN_A_ROW {
            return None;
        }
        let (open, column) = match open.mapping.local(signal) {
            None => (open, None),
            Some(_) => inner
                .run_of(part, signal)
                .map(|(open, run)| (open, Some(run)))?,
        };
        Some(Held {
            signal,
            span: part.span.clone(),
            part: at,
            open,
            column,
            before: None,
            after: None,
        })
    }
}

impl Held {
    fn point(&self, inner: &Inner, run: &Run<'_>, at: usize) -> Point {
        inner.live(self.signal, run.entry(at).point(&self.open.head.texts))
    }

    fn before(&mut self, inner: &Inner, parts: &Parts) -> Option<Point> {
        let part = self.part;
        let before = self.before.get_or_insert_with(|| inner.before(parts, part));
        before.get(self.signal.index()).copied().flatten()
    }
}

impl Inner {
    /// Whether a block is at hand.
    pub(super) fn has_block(&self, part: &Part, block: usize) -> bool {
        let part = part.key;
        self.shelf().has(Key::Block { part, block })
    }

    /// All points of a signal in a part as one run, if the index has them so.
    pub(super) fn run_of(
        &self,
        part: &Part,
        signal: SignalId,
    ) -> Option<(Arc<OpenPart>, Arc<Vec<u8>>)> {
        let open = self.open(part)?;
        let place = open.place(signal)?;
        if place.column.len == 0 {
            return None;
        }
        let key = Key::Run {
            part: part.key,
            signal: signal.index(),
        };
        if let Some(Item::Block(bytes)) = self.shelf().get(key) {
            return Some((open, bytes));
        }
        let (open, column) = self.indexed(part, |open| match open.place(signal) {
            Some(place) => open.index.column(&place),
            None => Ok(None),
        })?;
        let bytes = Arc::new(column?);
        let item = Item::Block(Arc::clone(&bytes));
        self.shelf().put(key, item, bytes.capacity());
        Some((open, bytes))
    }
}
