//! [`Agenda`]: what is planned, in order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::time::SimTime;

/// Plans by time; those of one time in the order in which they were made.
///
/// Unlike the calendar of the kernel it is unbounded and its plans cannot be moved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Agenda<T> {
    planned: BinaryHeap<Reverse<Planned<T>>>,
    sequence: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Planned<T> {
    time: SimTime,
    sequence: u64,
    plan: T,
}

impl<T> PartialEq for Planned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Planned<T> {}

impl<T> PartialOrd for Planned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Planned<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.time, self.sequence).cmp(&(other.time, other.sequence))
    }
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self {
            planned: BinaryHeap::new(),
            sequence: 0,
        }
    }
}

impl<T> Agenda<T> {
    /// A number that no plan has and no other caller gets.
    pub(crate) fn number(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Plans something.
    pub(crate) fn push(&mut self, time: SimTime, plan: T) {
        let sequence = self.number();
        self.planned.push(Reverse(Planned {
            time,
            sequence,
            plan,
        }));
    }

    /// The time of the first plan.
    pub(crate) fn first(&self) -> Option<SimTime> {
        self.planned.peek().map(|Reverse(planned)| planned.time)
    }

    /// Takes the first plan, if its time has come.
    pub(crate) fn pop_due(&mut self, now: SimTime) -> Option<T> {
        if self.first()? > now {
            return None;
        }
        self.planned.pop().map(|Reverse(planned)| planned.plan)
    }
}
