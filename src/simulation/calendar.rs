//! The event calendar: one slot for everything that can be about to happen.
//!
//! A station's server, a failure mode, a vehicle: each has at most one next event, so the number of
//! pending events is known beforehand and nothing is allocated while a simulation runs. Most plants
//! have few events pending: they are kept sorted, the next one last, where it is taken off for
//! nothing and a new one has few to pass. In a large plant the slots are the leaves of a winner
//! tree; scheduling, moving and cancelling an event all replay the matches from one leaf towards the
//! root (Knuth, *The Art of Computer Programming* 3, §5.4.1). Both give the same order.
//!
//! Events are ordered by (time, priority, sequence of scheduling). The three and the slot are packed
//! into one 128-bit key, so that a match is one comparison:
//! 61 bits of nanoseconds, 3 of priority, 42 of sequence, 22 of slot.

use serde::{Deserialize, Serialize};

use super::time::SimTime;

const SLOT_BITS: u32 = 22;
/// Slots up to which what is pending is kept sorted.
const FEW_SLOTS: usize = 512;
/// Pending events up to which a new one is compared with one after the other.
const FEW_PENDING: usize = 16;
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
    /// Per slot: its pending event.
    keys: Vec<u128>,
    queue: Queue,
    sequence: u64,
}

/// What is pending, in order.
#[derive(Clone, Debug)]
enum Queue {
    /// The next one last.
    Sorted(Vec<u128>),
    /// Node `i` of the tree is `pairs[i / 2][i % 2]`, so rivals lie side by side. It holds the
    /// smaller key of nodes `2 i` and `2 i + 1`; node 1 is the winner, the last half are the leaves.
    Tree(Vec<[u128; 2]>),
}

impl Calendar {
    pub(super) fn new(slots: usize) -> Self {
        let slots = slots.max(1);
        Self {
            keys: vec![NEVER; slots],
            queue: if slots <= FEW_SLOTS {
                Queue::Sorted(Vec::with_capacity(slots))
            } else {
                Queue::Tree(vec![[NEVER; 2]; slots])
            },
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
        self.set(slot, (u128::from(high) << 64) | u128::from(low));
    }

    #[inline]
    pub(super) fn cancel(&mut self, slot: u32) {
        self.set(slot, NEVER);
    }

    /// The next event; none when nothing is pending.
    #[inline]
    pub(super) fn next(&self) -> Option<Next> {
        let key = match &self.queue {
            Queue::Sorted(pending) => *pending.last()?,
            Queue::Tree(pairs) => pairs.first()?[1],
        };
        (key != NEVER).then_some(Next { key })
    }

    /// Removes an event that has been handled, unless handling it has scheduled its slot anew.
    ///
    /// Leaving it meanwhile saves looking for its place twice.
    #[inline]
    pub(super) fn done(&mut self, next: Next) {
        let slot = next.slot();
        if self.keys[slot as usize] == next.key {
            self.cancel(slot);
        }
    }

    /// When the pending event of `slot` happens.
    #[inline]
    pub(super) fn time_of(&self, slot: u32) -> Option<SimTime> {
        let key = self.keys[slot as usize];
        (key != NEVER).then(|| Next { key }.time())
    }

    #[inline]
    fn set(&mut self, slot: u32, key: u128) {
        let old = std::mem::replace(&mut self.keys[slot as usize], key);
        match &mut self.queue {
            Queue::Sorted(pending) => {
                if old != NEVER {
                    take_out(pending, old);
                }
                if key != NEVER {
                    sort_in(pending, key);
                }
            }
            Queue::Tree(pairs) => replay(pairs, slot, key),
        }
    }
}

#[inline]
fn take_out(pending: &mut Vec<u128>, key: u128) {
    // Mostly it is the one that is being handled.
    if pending.last() == Some(&key) {
        pending.pop();
        return;
    }
    if let Ok(place) = pending.binary_search_by(|other| key.cmp(other)) {
        pending.remove(place);
    }
}

#[inline]
fn sort_in(pending: &mut Vec<u128>, key: u128) {
    if pending.len() > FEW_PENDING {
        let place = pending.partition_point(|other| *other > key);
        pending.insert(place, key);
        return;
    }
    let mut place = pending.len();
    pending.push(key);
    while let Some(before) = place.checked_sub(1)
        && let Some(other) = pending.get(before).copied()
        && other < key
    {
        pending[place] = other;
        place = before;
    }
    pending[place] = key;
}

/// Plays the matches from a leaf to the root anew.
#[inline(never)]
fn replay(pairs: &mut [[u128; 2]], slot: u32, key: u128) {
    let mut node = pairs.len() + slot as usize;
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
        let halves = |key: u128| ((key >> 64) as u64, key as u64);
        Self {
            sequence: calendar.sequence,
            keys: calendar.keys.into_iter().map(halves).collect(),
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

    /// Times in which every slot's event comes, with moves and cancellations on the way.
    fn order(mut calendar: Calendar, slots: u32) -> Vec<(i64, u32)> {
        let mut random = 1_u64;
        let mut number = |below: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (random >> 33) % below
        };
        let mut order = Vec::new();
        for _ in 0..4_000 {
            let slot = number(u64::from(slots)) as u32;
            let now = order.last().map_or(0, |(time, _)| *time);
            match number(4) {
                0 => calendar.cancel(slot),
                _ => calendar.schedule(
                    slot,
                    SimTime::from_nanos(now + number(50) as i64),
                    Priority::Work,
                ),
            }
            if number(3) == 0
                && let Some(next) = calendar.next()
            {
                assert_eq!(calendar.time_of(next.slot()), Some(next.time()));
                order.push((next.time().as_nanos(), next.slot()));
                calendar.done(next);
            }
        }
        order
    }

    #[test]
    fn a_sorted_calendar_and_a_tree_give_the_same_order() {
        for slots in [1, 2, 7, 40, 300] {
            let sorted = Calendar::new(slots as usize);
            let mut tree = sorted.clone();
            tree.queue = Queue::Tree(vec![[NEVER; 2]; slots as usize]);
            let order_of_sorted = order(sorted, slots);
            assert!(order_of_sorted.len() > 500);
            assert!(order_of_sorted.is_sorted_by_key(|(time, _)| *time));
            assert_eq!(order(tree, slots), order_of_sorted, "{slots} slots");
        }
    }
}
