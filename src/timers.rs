//! [`Timers`]: the expiry queue behind staleness and delays. What has not expired costs nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::Timestamp;

/// One pending instant per slot, the earliest first.
///
/// Lazy: a slot whose instant moves later keeps its early entry; when that fires, the owner looks
/// at what is true by then and arms it again. So a signal that reports every second and is stale
/// after ten costs one queue operation in ten seconds, not one per sample.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    queue: BinaryHeap<Reverse<(Timestamp, u32)>>,
    /// When each slot fires next; [`Timestamp::MAX`]: not armed.
    due: Vec<Timestamp>,
}

impl Timers {
    /// Nothing armed, for `slots` slots.
    pub fn new(slots: usize) -> Self {
        Self {
            queue: BinaryHeap::new(),
            due: vec![Timestamp::MAX; slots],
        }
    }

    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.due.len()
    }

    /// Makes `slot` fire at `at`, unless it fires earlier anyway.
    pub fn arm(&mut self, slot: u32, at: Timestamp) {
        if let Some(due) = self.due.get_mut(slot as usize)
            && at < *due
        {
            *due = at;
            self.queue.push(Reverse((at, slot)));
        }
    }

    /// When `slot` fires next; [`Timestamp::MAX`]: not armed.
    pub fn due(&self, slot: u32) -> Timestamp {
        self.due
            .get(slot as usize)
            .copied()
            .unwrap_or(Timestamp::MAX)
    }

    /// Takes the earliest slot that is due at `now`, with the instant it was armed for.
    pub fn pop(&mut self, now: Timestamp) -> Option<(Timestamp, u32)> {
        while let Some(&Reverse((at, slot))) = self.queue.peek() {
            if at > now {
                return None;
            }
            self.queue.pop();
            // An entry that the slot no longer stands for was superseded by an earlier one.
            if let Some(due) = self.due.get_mut(slot as usize)
                && *due == at
            {
                *due = Timestamp::MAX;
                return Some((at, slot));
            }
        }
        None
    }

    /// The earliest instant at which something may fire.
    pub fn next(&self) -> Option<Timestamp> {
        self.queue.peek().map(|&Reverse((at, _))| at)
    }

    /// Disarms everything; keeps the memory.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.due.fill(Timestamp::MAX);
    }
}
