//! The event calendar: one slot for everything that can be about to happen.
//!
//! A station's server, a failure mode, a vehicle: each has at most one next event, so the number of
//! pending events is known beforehand and nothing is allocated while a simulation runs. The slots
//! are the leaves of a winner tree; scheduling, moving and cancelling an event all replay the
//! matches from one leaf towards the root (Knuth, *The Art of Computer Programming* 3, §5.4.1).
//!
//! Events are ordered by (time, priority, sequence of scheduling). The three and the slot are packed
//! into one 128-bit key, so that a match is one comparison:
//! 61 bits of nanoseconds, 3 of priority, 42 of sequence, 22 of slot.

use serde::{Deserialize, Serialize};

use super::time::SimTime;

const SLOT_BITS: u32 = 22;
const NEVER: u128 = u128::MAX;

/// The most events that can be pending at the same time.
pub(super) const MAX_SLOTS: usize = 1 << SLOT_BITS;

/// Which of several events at the same instant comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Priority {
    /// Work ends: an operation, an arrival, a ride.
    Work = 0,
    /// Something fails or is repaired, after the work that ends at that instant.
    Failure = 1,
    /// Shifts, stops and interventions from outside, last.
    Control = 2,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Pending", into = "Pending")]
pub(super) struct Calendar {
    /// Node `i` of the tree is `pairs[i / 2][i % 2]`, so rivals lie side by side. It holds the
    /// smaller key of nodes `2 i` and `2 i + 1`; node 1 is the winner, the last half are the leaves.
    pairs: Vec<[u128; 2]>,
    leaves: usize,
    sequence: u64,
}

impl Calendar {
    pub(super) fn new(slots: usize) -> Self {
        let leaves = slots.max(1);
        Self {
            pairs: vec![[NEVER; 2]; leaves],
            leaves,
            sequence: 0,
        }
    }

    /// Sets the one pending event of `slot`; beyond the end of time it never happens.
    #[inline]
    pub(super) fn schedule(&mut self, slot: u32, time: SimTime, priority: Priority) {
        let nanos = time.as_nanos().max(0) as u64;
        if time >= SimTime::MAX {
            return self.cancel(slot);
        }
        self.sequence += 1;
        let high = (nanos << 3) | priority as u64;
        let low = (self.sequence << SLOT_BITS) | u64::from(slot);
        self.replay(slot, (u128::from(high) << 64) | u128::from(low));
    }

    #[inline]
    pub(super) fn cancel(&mut self, slot: u32) {
        self.replay(slot, NEVER);
    }

    /// The next event; none when nothing is pending.
    #[inline]
    pub(super) fn next(&self) -> Option<Next> {
        let key = self.pairs.first()?[1];
        (key != NEVER).then_some(Next { key })
    }

    /// Removes an event that has been handled, unless handling it has scheduled its slot anew.
    ///
    /// Leaving it in the tree meanwhile saves replaying the same path twice.
    #[inline]
    pub(super) fn done(&mut self, next: Next) {
        let slot = next.slot();
        if self.leaf(slot) == next.key {
            self.cancel(slot);
        }
    }

    /// When the pending event of `slot` happens.
    #[inline]
    pub(super) fn time_of(&self, slot: u32) -> Option<SimTime> {
        let key = self.leaf(slot);
        (key != NEVER).then(|| Next { key }.time())
    }

    #[inline]
    fn leaf(&self, slot: u32) -> u128 {
        let node = self.leaves + slot as usize;
        self.pairs[node / 2][node % 2]
    }

    #[inline]
    fn replay(&mut self, slot: u32, key: u128) {
        let pairs = self.pairs.as_mut_slice();
        let mut node = self.leaves + slot as usize;
        let mut winner = key;
        loop {
            let pair = &mut pairs[node / 2];
            if pair[node % 2] == winner {
                return;
            }
            pair[node % 2] = winner;
            node /= 2;
            if node == 0 {
                return;
            }
            winner = if pair[0] < pair[1] { pair[0] } else { pair[1] };
        }
    }
}

/// The next event of a calendar.
#[derive(Clone, Copy)]
pub(super) struct Next {
    key: u128,
}

impl Next {
    #[inline]
    pub(super) fn time(self) -> SimTime {
        SimTime::from_nanos((self.key >> 67) as i64)
    }

    #[inline]
    pub(super) fn slot(self) -> u32 {
        (self.key as u32) & ((1 << SLOT_BITS) - 1)
    }
}

/// What is written of a calendar: its leaves in two halves, for formats without 128-bit numbers.
#[derive(Serialize, Deserialize)]
struct Pending {
    sequence: u64,
    keys: Vec<(u64, u64)>,
}

impl From<Calendar> for Pending {
    fn from(calendar: Calendar) -> Self {
        let leaf = |slot| calendar.leaf(slot);
        Self {
            sequence: calendar.sequence,
            keys: (0..calendar.leaves as u32)
                .map(leaf)
                .map(|key| ((key >> 64) as u64, key as u64))
                .collect(),
        }
    }
}

impl From<Pending> for Calendar {
    fn from(pending: Pending) -> Self {
        let mut calendar = Self::new(pending.keys.len());
        calendar.sequence = pending.sequence;
        for (slot, (high, low)) in pending.keys.iter().enumerate() {
            calendar.replay(slot as u32, (u128::from(*high) << 64) | u128::from(*low));
        }
        calendar
    }
}
