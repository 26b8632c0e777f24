//! [`Plans`]: what is going to happen to the emulated plant from outside, in order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::model::GroupId;
use crate::simulation::{ElementId, SimTime, StopCause};

/// Something that happens to the plant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plan {
    /// An incident of the story begins: its index.
    Incident(usize),
    /// The bearing of a device fails and is repaired within so many seconds.
    BearingFails { device: usize, repair_secs: f64 },
    /// A bearing has been replaced.
    BearingRenewed { device: usize },
    /// The fault of a device outside the flow is over.
    FaultOver { device: usize },
    /// A utility fails by itself.
    UtilityFails { device: usize },
    /// An element is stopped for so many seconds.
    Stop {
        element: ElementId,
        cause: StopCause,
        secs: f64,
    },
    /// A named effect on a device and what it serves begins.
    EffectBegins { device: usize, name: Arc<str> },
    /// … and ends.
    EffectEnds { device: usize, name: Arc<str> },
    /// A sensor that was stuck moves again.
    Unstuck { signal: usize },
    /// A sensor that drifted is adjusted.
    Adjusted { signal: usize },
    /// The network of a group is back.
    NetworkBack { group: GroupId },
    /// Cycle times drift on.
    Drift,
    /// A break ends, here and there too late.
    BreakEnds,
}

#[derive(Clone, Debug)]
struct Planned {
    time: SimTime,
    sequence: u64,
    plan: Plan,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Planned {}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.time, self.sequence).cmp(&(other.time, other.sequence))
    }
}

/// Plans by time; those of one time in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub(super) struct Plans {
    heap: BinaryHeap<Reverse<Planned>>,
    sequence: u64,
}

impl Plans {
    pub(super) fn push(&mut self, time: SimTime, plan: Plan) {
        self.sequence += 1;
        self.heap.push(Reverse(Planned {
            time,
            sequence: self.sequence,
            plan,
        }));
    }

    pub(super) fn next(&self) -> Option<SimTime> {
        self.heap.peek().map(|Reverse(planned)| planned.time)
    }

    pub(super) fn pop(&mut self) -> Option<Plan> {
        self.heap.pop().map(|Reverse(planned)| planned.plan)
    }
}
