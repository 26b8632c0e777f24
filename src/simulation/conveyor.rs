//! Conveyors: parts carried along a belt, first in first out.
//!
//! Positions are kept as times on a *belt clock* that stands still while the belt does. A part that
//! entered at belt time `in` would be `clock − in` along; on an accumulating conveyor it also keeps
//! one headway behind the part before it. Because neighbours are never closer than a headway when
//! they enter, three terms give the place of the k-th part from the front (0, 1, …) exactly,
//! with `T` the time of travel, `H` the headway and `d` the belt time of the last departure:
//!
//! y = min(clock − in, T − k H, T + (clock − d) − (k + 1) H)

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::calendar::Priority;
use super::kernel::{Kernel, Task};
use super::observer::Observer;
use super::start::{Restore, StartPart, ago};
use super::time::SimTime;
use crate::model::OperatingState;
use crate::model::process::Belt;

/// A conveyor. Parts need length / speed from end to end; at most ⌊length / spacing⌋ + 1 are on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conveyor {
    /// From where parts enter to where they leave, in metres.
    pub length_m: f64,
    /// Speed of the belt in metres per second.
    pub speed_mps: f64,
    /// Least distance from the front of one part to the front of the next, in metres.
    pub spacing_m: f64,
    /// What happens when the first part cannot leave.
    #[serde(default)]
    pub belt: Belt,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ConveyorFixed {
    /// Time of travel from end to end.
    pub(super) travel: SimTime,
    /// Least time between two parts.
    pub(super) headway: SimTime,
    pub(super) speed_mps: f64,
    pub(super) belt: Belt,
    pub(super) end_slot: u32,
    pub(super) entry_slot: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ConveyorState {
    /// Parts from the front, with the belt time at which each entered.
    pub(super) parts: VecDeque<(u32, SimTime)>,
    /// Belt time at `clock_at`.
    clock: SimTime,
    clock_at: SimTime,
    is_moving: bool,
    is_head_blocked: bool,
    last_departure: SimTime,
    /// How much slower than described the belt runs.
    factor: f64,
}

impl ConveyorState {
    pub(super) fn new() -> Self {
        Self {
            parts: VecDeque::new(),
            clock: SimTime::ZERO,
            clock_at: SimTime::ZERO,
            is_moving: true,
            is_head_blocked: false,
            last_departure: SimTime::ZERO - SimTime::MAX,
            factor: 1.0,
        }
    }

    /// The belt time.
    #[inline]
    pub(super) fn clock(&self, now: SimTime) -> SimTime {
        if !self.is_moving {
            return self.clock;
        }
        let passed = now - self.clock_at;
        self.clock
            + if self.factor == 1.0 {
                passed
            } else {
                SimTime::from_nanos((passed.as_nanos() as f64 / self.factor) as i64)
            }
    }

    /// How long the belt needs for a length of belt time.
    fn duration(&self, belt: SimTime) -> SimTime {
        let belt = belt.max(SimTime::ZERO);
        if self.factor == 1.0 {
            belt
        } else {
            SimTime::from_nanos((belt.as_nanos() as f64 * self.factor).ceil() as i64)
        }
    }

    fn settle(&mut self, now: SimTime) {
        self.clock = self.clock(now);
        self.clock_at = now;
    }

    /// How far the `k`-th part from the front has come, as belt time.
    pub(super) fn place(&self, fixed: &ConveyorFixed, now: SimTime, k: usize) -> SimTime {
        let Some((_, entered)) = self.parts.get(k) else {
            return SimTime::ZERO;
        };
        let clock = self.clock(now);
        let free = clock - *entered;
        if fixed.belt == Belt::Rigid {
            return free.min(fixed.travel);
        }
        let ahead = SimTime::from_nanos(fixed.headway.as_nanos().saturating_mul(k as i64));
        let queued = fixed.travel - ahead;
        let follows = queued + (clock - self.last_departure) - fixed.headway;
        free.min(queued).min(follows)
    }

    /// The belt time at which the first part is at the end.
    fn head_due(&self, fixed: &ConveyorFixed) -> Option<SimTime> {
        let (_, entered) = self.parts.front()?;
        let due = *entered + fixed.travel;
        Some(match fixed.belt {
            Belt::Rigid => due,
            Belt::Accumulating => due.max(self.last_departure + fixed.headway),
        })
    }

    /// The belt time at which the beginning is free; none when it first needs a departure.
    fn entry_due(&self, fixed: &ConveyorFixed) -> Option<SimTime> {
        let Some((_, entered)) = self.parts.back() else {
            return Some(SimTime::ZERO - SimTime::MAX);
        };
        let due = *entered + fixed.headway;
        if fixed.belt == Belt::Rigid {
            return Some(due);
        }
        let behind = self.parts.len() as i64;
        let queue = SimTime::from_nanos(fixed.headway.as_nanos().saturating_mul(behind));
        if queue > fixed.travel {
            return None;
        }
        Some(due.max(self.last_departure + queue + fixed.headway - fixed.travel))
    }
}

impl<O: Observer> Kernel<'_, O> {
    #[inline]
    pub(super) fn conveyor_accepts(&self, conveyor: u32) -> bool {
        let fixed = &self.m.conveyors[conveyor as usize];
        let state = &self.s.conveyors[conveyor as usize];
        state
            .entry_due(fixed)
            .is_some_and(|due| due <= state.clock(self.s.now))
    }

    pub(super) fn enter_conveyor(&mut self, element: u32, part: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let state = &mut self.s.conveyors[conveyor as usize];
        let clock = state.clock(self.s.now);
        state.parts.push_back((part, clock));
        if state.parts.len() == 1 {
            self.schedule_belt_end(element);
        }
        self.touch(element);
    }

    /// Plans the arrival of the first part at the end.
    fn schedule_belt_end(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let fixed = &self.m.conveyors[conveyor as usize];
        let state = &self.s.conveyors[conveyor as usize];
        match state.head_due(fixed) {
            Some(due) if state.is_moving && !state.is_head_blocked => {
                let delay = state.duration(due - state.clock(self.s.now));
                self.schedule_work(fixed.end_slot, delay);
            }
            _ => self.s.calendar.cancel(fixed.end_slot),
        }
    }

    /// Somebody waits to put a part on: plans the time at which the beginning is free.
    pub(super) fn watch_entry(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let fixed = &self.m.conveyors[conveyor as usize];
        let state = &self.s.conveyors[conveyor as usize];
        match state.entry_due(fixed) {
            Some(due) if state.is_moving => {
                let delay = state.duration(due - state.clock(self.s.now));
                if delay > SimTime::ZERO {
                    self.schedule_work(fixed.entry_slot, delay);
                }
            }
            _ => self.s.calendar.cancel(fixed.entry_slot),
        }
    }

    pub(super) fn belt_end(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let fixed = &self.m.conveyors[conveyor as usize];
        let now = self.s.now;
        let state = &mut self.s.conveyors[conveyor as usize];
        if let Some(due) = state.head_due(fixed)
            && state.clock(now) < due
        {
            // Rounding at another speed than described may leave the clock a nanosecond short.
            state.clock = due;
            state.clock_at = now;
        }
        self.s.tasks.push(Task::Push(element));
        self.touch(element);
    }

    pub(super) fn belt_entry(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let fixed = &self.m.conveyors[conveyor as usize];
        let now = self.s.now;
        let state = &mut self.s.conveyors[conveyor as usize];
        if let Some(due) = state.entry_due(fixed)
            && state.clock(now) < due
        {
            state.clock = due;
            state.clock_at = now;
        }
        self.s.tasks.push(Task::Pull(element));
    }

    pub(super) fn belt_head(&self, element: u32) -> Option<u32> {
        let conveyor = self.m.elements[element as usize].index;
        let state = &self.s.conveyors[conveyor as usize];
        let due = state.head_due(&self.m.conveyors[conveyor as usize])?;
        let (part, _) = state.parts.front()?;
        (due <= state.clock(self.s.now)).then_some(*part)
    }

    pub(super) fn belt_took(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let now = self.s.now;
        let state = &mut self.s.conveyors[conveyor as usize];
        state.parts.pop_front();
        state.last_departure = state.clock(now);
        state.is_head_blocked = false;
        if !state.is_moving {
            state.is_moving = true;
            state.clock_at = now;
            self.arm_belt_wear(element);
        }
        self.schedule_belt_end(element);
        if self.is_awaited(element) {
            self.watch_entry(element);
            self.s.tasks.push(Task::Pull(element));
        }
        self.touch(element);
    }

    pub(super) fn belt_refused(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let fixed = &self.m.conveyors[conveyor as usize];
        let now = self.s.now;
        let state = &mut self.s.conveyors[conveyor as usize];
        state.is_head_blocked = true;
        if fixed.belt == Belt::Rigid && state.is_moving {
            self.halt_belt(element, conveyor, now);
        }
        self.touch(element);
    }

    /// The belt stands still from now on.
    fn halt_belt(&mut self, element: u32, conveyor: u32, now: SimTime) {
        let fixed = &self.m.conveyors[conveyor as usize];
        let state = &mut self.s.conveyors[conveyor as usize];
        state.settle(now);
        state.is_moving = false;
        self.s.calendar.cancel(fixed.end_slot);
        self.s.calendar.cancel(fixed.entry_slot);
        self.disarm_wear(element);
    }

    pub(super) fn pause_conveyor(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let now = self.s.now;
        self.halt_belt(element, conveyor, now);
    }

    pub(super) fn resume_conveyor(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let now = self.s.now;
        let state = &mut self.s.conveyors[conveyor as usize];
        // Whether the first part can leave is seen by the push that follows.
        state.is_head_blocked = false;
        state.is_moving = true;
        state.clock_at = now;
        self.schedule_belt_end(element);
        if self.is_awaited(element) {
            self.watch_entry(element);
        }
        self.arm_belt_wear(element);
    }

    /// Another speed from now on.
    pub(super) fn change_belt_speed(&mut self, element: u32, factor: f64) {
        let conveyor = self.m.elements[element as usize].index;
        let now = self.s.now;
        let state = &mut self.s.conveyors[conveyor as usize];
        state.settle(now);
        state.factor = factor;
        if self.is_up(element) && self.s.conveyors[conveyor as usize].is_moving {
            self.schedule_belt_end(element);
            if self.is_awaited(element) {
                self.watch_entry(element);
            }
            self.arm_belt_wear(element);
        }
    }

    pub(super) fn conveyor_state(&self, element: u32) -> OperatingState {
        let state = &self.s.conveyors[self.m.elements[element as usize].index as usize];
        if state.parts.is_empty() {
            OperatingState::Starved
        } else if state.is_head_blocked {
            OperatingState::Blocked
        } else {
            OperatingState::Execute
        }
    }

    /// Plans anew the failures of a belt that moves.
    pub(super) fn rearm_conveyor(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        if self.s.conveyors[conveyor as usize].is_moving {
            self.arm_belt_wear(element);
        }
    }

    /// Plans the failures that the moving belt will run into.
    fn arm_belt_wear(&mut self, element: u32) {
        let conveyor = self.m.elements[element as usize].index;
        let clock = self.s.conveyors[conveyor as usize].clock(self.s.now);
        let fixed = &self.m.elements[element as usize];
        for index in fixed.failures_from..fixed.failures_to {
            if !self.wears_now(index) {
                continue;
            }
            let state = &self.s.conveyors[conveyor as usize];
            let delay = state.duration(self.s.failures[index as usize].due - clock);
            let slot = self.m.failures[index as usize].slot;
            self.s
                .calendar
                .schedule(slot, self.s.now + delay, Priority::Failure);
        }
    }
}

impl<O: Observer> Restore<'_, O> {
    /// Parts from the front, each with how long the belt has moved since it came on.
    pub(super) fn restore_belt(
        &mut self,
        element: u32,
        parts: &[(StartPart, f64)],
        last_left_secs: Option<f64>,
    ) {
        let conveyor = self.kernel.m.elements[element as usize].index;
        let headway = self.kernel.m.conveyors[conveyor as usize].headway;
        let mut latest = SimTime::ZERO;
        let mut entered = Vec::with_capacity(parts.len());
        // Nobody can have come on closer than a headway to the one before.
        for (_, riding) in parts.iter().rev() {
            let at = ago(*riding).min(latest);
            entered.push(at);
            latest = at - headway;
        }
        for ((part, _), at) in parts.iter().zip(entered.into_iter().rev()) {
            let part = self.part(element, part);
            self.kernel.s.conveyors[conveyor as usize]
                .parts
                .push_back((part, at));
        }
        if let Some(left) = last_left_secs {
            self.kernel.s.conveyors[conveyor as usize].last_departure = ago(left);
        }
        self.kernel.schedule_belt_end(element);
    }
}
