//! The event calendar: one slot for everything that can be about to happen.
//!
//! A station's server, a failure mode, a vehicle: each has at most one next event, so the number of
//! pending events is known beforehand and nothing is allocated while a simulation runs. The slots
//! are the leaves of a winner tree; scheduling, moving and cancelling an event all replay the matches
//! from one leaf to the root (Knuth, *The Art of Computer Programming* 3, §5.4.1).
//!
//! Where a new event belongs among the others is as random as the plant, so a search that branches
//! on it is guessed wrong by the processor every other time. A replay has no such branch: its length
//! is that of the tree, and who wins a match is selected, not jumped to.
//!
//! Events are ordered by (time, priority, sequence of scheduling). The three and the slot are packed
//! into one 128-bit key, so that a match is one comparison:
//! 61 bits of nanoseconds, 3 of priority, 42 of sequence, 22 of slot.

use std::hint::select_unpredictable;

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
    slots: usize,
    /// Node `i` of the tree holds the smaller key of nodes `2 i` and `2 i + 1`; node 1 is the winner,
    /// the last half are the leaves. Their number is a power of two, so that all are equally far
    /// from the root.
    nodes: Vec<u128>,
    sequence: u64,
}

impl Calendar {
    pub(super) fn new(slots: usize) -> Self {
        let slots = slots.max(1);
        Self {
            slots,
            nodes: vec![NEVER; 2 * slots.next_power_of_two()],
            sequence: 0,
        }
    }

    /// Sets the one pending event of `slot`; beyond the end of time it never happens.
    #[inline]
    pub(super) fn schedule(&mut self, slot: u32, time: SimTime, priority: Priority) {
        if time >= SimTime::MAX {
            return self.cancel(slot);
        }
        let nanos = time.as_nanos().max(0) as u64;
        self.sequence += 1;
        let high = (nanos << 3) | priority as u64;
        let low = (self.sequence << SLOT_BITS) | u64::from(slot);
        self.set(slot, (u128::from(high) << 64) | u128::from(low));
    }

    #[inline]
    pub(super) fn cancel(&mut self, slot: u32) {
        if self.key(slot) != NEVER {
            self.set(slot, NEVER);
        }
    }

    /// The next event; none when nothing is pending.
    #[inline]
    pub(super) fn next(&self) -> Option<Next> {
        let key = *self.nodes.get(1)?;
        (key != NEVER).then_some(Next { key })
    }

    /// Removes an event that has been handled, unless handling it has scheduled its slot anew.
    ///
    /// Leaving it meanwhile saves replaying its matches twice.
    #[inline]
    pub(super) fn done(&mut self, next: Next) {
        let slot = next.slot();
        if self.key(slot) == next.key {
            self.set(slot, NEVER);
        }
    }

    /// When the pending event of `slot` happens.
    #[inline]
    pub(super) fn time_of(&self, slot: u32) -> Option<SimTime> {
        let key = self.key(slot);
        (key != NEVER).then(|| Next { key }.time())
    }

    /// The leaf of `slot`.
    #[inline]
    fn key(&self, slot: u32) -> u128 {
        self.nodes[self.nodes.len() / 2 + slot as usize]
    }

    /// Plays the matches from the leaf of `slot` to the root anew.
    #[inline]
    fn set(&mut self, slot: u32, key: u128) {
        let replay = match (self.nodes.len() / 2).trailing_zeros() {
            0 => replay::<0>,
            1 => replay::<1>,
            2 => replay::<2>,
            3 => replay::<3>,
            4 => replay::<4>,
            5 => replay::<5>,
            6 => replay::<6>,
            7 => replay::<7>,
            8 => replay::<8>,
            9 => replay::<9>,
            10 => replay::<10>,
            _ => replay_many,
        };
        replay(&mut self.nodes, slot, key);
    }
}

/// Replays a tree of `LEVELS` below the root. The compiler unrolls it, and selects the winners of a
/// sequence of matches, where it would branch on those of a loop.
#[inline(never)]
fn replay<const LEVELS: u32>(nodes: &mut [u128], slot: u32, key: u128) {
    let leaves = 1_usize << LEVELS;
    let Some(nodes) = nodes.get_mut(..2 * leaves) else {
        return;
    };
    let mut node = leaves | (slot as usize & (leaves - 1));
    let mut winner = key;
    for _ in 0..LEVELS {
        let rival = nodes[node ^ 1];
        nodes[node] = winner;
        winner = select_unpredictable(winner < rival, winner, rival);
        node /= 2;
    }
    nodes[1] = winner;
}

/// Replays a tree of any size.
#[inline(never)]
fn replay_many(nodes: &mut [u128], slot: u32, key: u128) {
    let mut node = nodes.len() / 2 + slot as usize;
    let mut winner = key;
    while node > 1 {
        let rival = nodes[node ^ 1];
        nodes[node] = winner;
        winner = winner.min(rival);
        node /= 2;
    }
    nodes[1] = winner;
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

/// What is written of a calendar: its keys in two halves, for formats without 128-bit numbers.
#[derive(Serialize, Deserialize)]
struct Pending {
    sequence: u64,
    keys: Vec<(u64, u64)>,
}

impl From<Calendar> for Pending {
    fn from(calendar: Calendar) -> Self {
        let halves = |slot: usize| {
            let key = calendar.key(slot as u32);
            ((key >> 64) as u64, key as u64)
        };
        Self {
            sequence: calendar.sequence,
            keys: (0..calendar.slots).map(halves).collect(),
        }
    }
}

impl From<Pending> for Calendar {
    fn from(pending: Pending) -> Self {
        let mut calendar = Self::new(pending.keys.len());
        calendar.sequence = pending.sequence;
        for (slot, (high, low)) in pending.keys.iter().enumerate() {
            calendar.set(slot as u32, (u128::from(*high) << 64) | u128::from(*low));
        }
        calendar
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_the_order_of_time_priority_and_scheduling() {
        for slots in [1_u32, 2, 7, 40, 300, 3_000] {
            let mut random = 1_u64;
            let mut number = |below: u64| {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (random >> 33) % below
            };
            let mut calendar = Calendar::new(slots as usize);
            // Per slot: time, priority and which scheduling it was.
            let mut pending = vec![None; slots as usize];
            let (mut now, mut handled) = (0, 0);
            for scheduling in 0..6_000 {
                let slot = number(u64::from(slots)) as u32;
                let priority = if number(2) == 0 {
                    Priority::Work
                } else {
                    Priority::Failure
                };
                if number(4) == 0 {
                    calendar.cancel(slot);
                    pending[slot as usize] = None;
                } else {
                    let time = now + number(50) as i64;
                    calendar.schedule(slot, SimTime::from_nanos(time), priority);
                    pending[slot as usize] = Some((time, priority as u8, scheduling));
                }
                if number(3) > 0 {
                    continue;
                }
                let first = pending.iter().flatten().min().copied();
                let next = calendar.next();
                assert_eq!(next.is_some(), first.is_some());
                if let (Some(next), Some(first)) = (next, first) {
                    assert_eq!(pending[next.slot() as usize], Some(first));
                    assert_eq!(next.time().as_nanos(), first.0);
                    assert_eq!(calendar.time_of(next.slot()), Some(next.time()));
                    calendar.done(next);
                    pending[next.slot() as usize] = None;
                    now = first.0;
                    handled += 1;
                }
            }
            assert!(handled > 500, "{slots} slots");
        }
    }
}
