//! [`Timers`]: the expiry wheel behind staleness and delays. What has not expired costs nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::Timestamp;

/// One pending instant per slot, the earliest first.
///
/// Lazy: a slot whose instant moves later keeps its early entry; when that fires, the owner looks
/// at what is true by then and arms it again. So a signal that reports every second and is stale
/// after ten costs one operation in ten seconds, not one per sample.
///
/// The near future is a wheel of short spans, each an unordered list; only the span that time has
/// reached is put in order. An operation costs a push and a look, whatever the number of slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    /// When each slot fires next; [`Timestamp::MAX`]: not armed.
    due: Vec<Timestamp>,
    /// Slots by span, for the spans `reached + 1 ..= reached + SPANS - 1`, at the span modulo SPANS.
    /// May name slots whose instant has moved.
    wheel: Vec<Vec<u32>>,
    /// A bit for each list of the wheel that is not empty.
    occupied: [u64; SPANS / 64],
    /// Everything in the spans up to here is in `ready`.
    reached: Option<i64>,
    ready: BinaryHeap<Reverse<(Timestamp, u32)>>,
    /// What lies beyond the wheel.
    far: BinaryHeap<Reverse<(Timestamp, u32)>>,
    /// Nothing fires before; [`Timestamp::MAX`]: nothing is armed.
    next: Timestamp,
}

/// Spans of the wheel: 2²⁷ ns each, 134 ms; 137 s in all.
const SPANS: usize = 1024;
const SPAN_BITS: u32 = 27;

fn span(at: Timestamp) -> i64 {
    at.as_nanos() >> SPAN_BITS
}

fn start(span: i64) -> Timestamp {
    Timestamp::from_nanos(span << SPAN_BITS)
}

fn place(span: i64) -> usize {
    span.rem_euclid(SPANS as i64) as usize
}

impl Timers {
    /// Nothing armed, for `slots` slots.
    pub fn new(slots: usize) -> Self {
        Self {
            due: vec![Timestamp::MAX; slots],
            wheel: vec![Vec::new(); SPANS],
            next: Timestamp::MAX,
            ..Self::default()
        }
    }

    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.due.len()
    }

    /// Makes `slot` fire at `at`, unless it fires earlier anyway.
    pub fn arm(&mut self, slot: u32, at: Timestamp) {
        let Some(due) = self.due.get_mut(slot as usize) else {
            return;
        };
        if at >= *due {
            return;
        }
        *due = at;
        self.next = self.next.min(at);
        let span = span(at);
        let reached = *self.reached.get_or_insert(span - 1);
        let ahead = span.saturating_sub(reached);
        if ahead <= 0 {
            self.ready.push(Reverse((at, slot)));
        } else if ahead < SPANS as i64 {
            let place = place(span);
            if let Some(list) = self.wheel.get_mut(place) {
                list.push(slot);
            }
            if let Some(word) = self.occupied.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        } else {
            self.far.push(Reverse((at, slot)));
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
        if self.next > now {
            return None;
        }
        loop {
            match self.ready.peek() {
                Some(&Reverse((at, slot))) if at <= now => {
                    self.ready.pop();
                    // An entry that the slot no longer stands for was superseded by an earlier one.
                    if let Some(due) = self.due.get_mut(slot as usize)
                        && *due == at
                    {
                        *due = Timestamp::MAX;
                        return Some((at, slot));
                    }
                }
                _ => match self.next_span() {
                    Some(next) if next <= span(now) => self.reach(next),
                    next => {
                        let waiting = next.map_or(Timestamp::MAX, start);
                        let ready = self.ready.peek();
                        self.next = ready.map_or(waiting, |&Reverse((at, _))| at);
                        return None;
                    }
                },
            }
        }
    }

    /// The next span in which something waits, in the wheel or beyond.
    fn next_span(&self) -> Option<i64> {
        let far = self.far.peek().map(|&Reverse((at, _))| span(at));
        let reached = self.reached?;
        let first = place(reached + 1);
        // Once around, from the bit of the next span on: that word is seen first from its bit, and
        // last as a whole.
        let near = (0..=self.occupied.len()).find_map(|step| {
            let at = (first / 64 + step) % self.occupied.len();
            let mask = if step == 0 { !0 << (first % 64) } else { !0 };
            let bits = self.occupied.get(at)? & mask;
            (bits != 0).then(|| at * 64 + bits.trailing_zeros() as usize)
        });
        let near = near.map(|at| reached + 1 + (at + SPANS - first) as i64 % SPANS as i64);
        match (near, far) {
            (Some(near), Some(far)) => Some(near.min(far)),
            (near, far) => near.or(far),
        }
    }

    /// Puts what fires in the spans up to `next` in order.
    fn reach(&mut self, next: i64) {
        self.reached = Some(next);
        let at = place(next);
        if let Some(word) = self.occupied.get_mut(at / 64) {
            *word &= !(1 << (at % 64));
        }
        if let Some(list) = self.wheel.get_mut(at) {
            for slot in list.drain(..) {
                if let Some(&due) = self.due.get(slot as usize)
                    && due != Timestamp::MAX
                    && span(due) == next
                {
                    self.ready.push(Reverse((due, slot)));
                }
            }
        }
        while let Some(&Reverse((at, slot))) = self.far.peek()
            && span(at) <= next
        {
            self.far.pop();
            self.ready.push(Reverse((at, slot)));
        }
    }

    /// Nothing fires before this instant; `None` when nothing is armed.
    #[inline]
    pub fn next(&self) -> Option<Timestamp> {
        (self.next != Timestamp::MAX).then_some(self.next)
    }

    /// Disarms everything; keeps the memory.
    pub fn clear(&mut self) {
        self.due.fill(Timestamp::MAX);
        self.wheel.iter_mut().for_each(Vec::clear);
        self.occupied = [0; SPANS / 64];
        self.reached = None;
        self.ready.clear();
        self.far.clear();
        self.next = Timestamp::MAX;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the slots fire at, found by looking at all of them.
    struct Naive(Vec<Timestamp>);

    #[test]
    fn timers_fire_in_order_at_their_earliest_instant() {
        let mut noise = 7_u64;
        let mut random = |below: u64| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (noise >> 33) % below
        };
        for round in 0..200 {
            let slots = 40;
            let mut timers = Timers::new(slots);
            let mut naive = Naive(vec![Timestamp::MAX; slots]);
            let mut now = 1_772_360_100_000_000_000_i64 * (round % 3 - 1);
            for _ in 0..400 {
                if random(3) > 0 {
                    let slot = random(slots as u64) as u32;
                    // Past, near, on the edges of the wheel, and beyond it.
                    let scale = [1_000_000, 1_000_000_000, 137_000_000_000, 1_000_000_000_000];
                    let scale = scale[random(4) as usize];
                    let ahead = random(scale) as i64 - 500_000;
                    let at = Timestamp::from_nanos(now + ahead);
                    timers.arm(slot, at);
                    let due = &mut naive.0[slot as usize];
                    *due = (*due).min(at);
                    assert_eq!(timers.due(slot), *due);
                } else {
                    let most = [1_000, 100_000_000, 60_000_000_000][random(3) as usize];
                    now += random(most) as i64;
                    let until = Timestamp::from_nanos(now);
                    while let Some((at, slot)) = timers.pop(until) {
                        let first = naive.0.iter().min().unwrap();
                        assert_eq!(at, *first);
                        assert_eq!(naive.0[slot as usize], at);
                        naive.0[slot as usize] = Timestamp::MAX;
                    }
                    assert!(naive.0.iter().all(|due| *due > until));
                }
                let first = naive.0.iter().min().copied().unwrap();
                assert!(timers.next().unwrap_or(Timestamp::MAX) <= first);
                let is_idle = first == Timestamp::MAX;
                if is_idle {
                    assert_eq!(timers.pop(Timestamp::from_nanos(now)), None);
                }
            }
        }
    }
}
