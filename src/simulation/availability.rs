//! What keeps elements from working: failures, shifts, and stops and changes from outside.

use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::calendar::Priority;
use super::kernel::{EventKind, Kernel, Task};
use super::model::Kind;
use super::network::{ElementId, Shift};
use super::observer::{Happening, Observer, StopCause};
use super::time::SimTime;
use crate::model::process::FailureBasis;

/// A change from outside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intervention {
    /// Stops an element. Stops add up: it works again when the last one is over.
    Stop {
        /// Which.
        element: ElementId,
        /// Why.
        cause: StopCause,
        /// For how long; `None`: until it is resumed.
        duration: Option<SimTime>,
    },
    /// Ends all stops from outside of an element; its own failures are repaired in their time.
    Resume {
        /// Which.
        element: ElementId,
    },
    /// Stretches the durations of all operations of an element that begin from now on. 1 is as
    /// described. Conveyors and vehicles become slower; of a source, the intervals longer.
    SetCycleFactor {
        /// Which.
        element: ElementId,
        /// Greater than 0.
        factor: f64,
    },
}

impl Intervention {
    /// The element concerned.
    #[must_use]
    pub const fn element(&self) -> ElementId {
        match self {
            Self::Stop { element, .. }
            | Self::Resume { element }
            | Self::SetCycleFactor { element, .. } => *element,
        }
    }
}

/// A change that the calendar holds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum ControlEvent {
    /// A shift calendar opens or closes.
    Shift(u32),
    /// A stop is over.
    StopEnds(u64),
    /// A planned intervention.
    Intervene(Intervention),
}

/// A stop from outside that is not over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct ActiveStop {
    id: u64,
    pub(super) element: u32,
    pub(super) cause: StopCause,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FailureFixed {
    pub(super) element: u32,
    pub(super) basis: FailureBasis,
    pub(super) time_to_failure: u32,
    pub(super) time_to_repair: u32,
    pub(super) slot: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FailureState {
    is_failed: bool,
    /// Operation time: the reading of the element's clock at which it fails.
    pub(super) due: SimTime,
    rng: Pcg64Mcg,
}

impl FailureState {
    pub(super) fn new(rng: Pcg64Mcg) -> Self {
        Self {
            is_failed: false,
            due: SimTime::ZERO,
            rng,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ShiftFixed {
    pub(super) shift: Shift,
    pub(super) elements: Vec<u32>,
}

impl ShiftFixed {
    /// Whether work goes on at `time`, and when that changes next.
    fn at(&self, time: SimTime) -> (bool, Option<SimTime>) {
        let base = match self.shift.period {
            Some(period) => {
                SimTime::from_nanos(time.as_nanos() - time.as_nanos() % period.as_nanos())
            }
            None => SimTime::ZERO,
        };
        for (begin, end) in &self.shift.windows {
            let (begin, end) = (base + *begin, base + *end);
            if time < begin {
                return (false, Some(begin));
            }
            if time < end {
                return (true, Some(end));
            }
        }
        let first = self.shift.windows.first().map(|(begin, _)| *begin);
        (
            false,
            self.shift
                .period
                .zip(first)
                .map(|(period, first)| base + period + first),
        )
    }
}

/// Why an element is down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    Fault,
    Stop,
    Unmanned,
}

impl From<StopCause> for Reason {
    fn from(cause: StopCause) -> Self {
        match cause {
            StopCause::Fault => Self::Fault,
            StopCause::Operator | StopCause::Emergency | StopCause::Utility => Self::Stop,
            StopCause::Unmanned => Self::Unmanned,
        }
    }
}

impl<O: Observer> Kernel<'_, O> {
    pub(super) fn start_failures(&mut self) {
        for index in 0..self.m.failures.len() as u32 {
            self.draw_failure(index, SimTime::ZERO);
        }
    }

    pub(super) fn start_shifts(&mut self) {
        for index in 0..self.m.shifts.len() as u32 {
            let fixed = &self.m.shifts[index as usize];
            let (is_open, next) = fixed.at(SimTime::ZERO);
            if !is_open {
                for element in &fixed.elements {
                    self.take_down(*element, Reason::Unmanned);
                }
            }
            if let Some(next) = next {
                self.schedule_control(next, ControlEvent::Shift(index));
            }
        }
    }

    /// Draws the next failure of a mode, from `clock` on when that mode counts operation time.
    fn draw_failure(&mut self, index: u32, clock: SimTime) {
        let fixed = &self.m.failures[index as usize];
        let state = &mut self.s.failures[index as usize];
        let distribution = &self.m.distributions[fixed.time_to_failure as usize];
        let time = distribution.sample(&mut state.rng, 1.0);
        match fixed.basis {
            FailureBasis::OperationTime => state.due = clock + time,
            FailureBasis::CalendarTime => {
                self.s
                    .calendar
                    .schedule(fixed.slot, self.s.now + time, Priority::Failure);
            }
        }
    }

    /// The reading of the operation clock of an element.
    fn operation_clock(&self, element: u32) -> SimTime {
        let fixed = &self.m.elements[element as usize];
        match fixed.kind {
            Kind::Station => {
                let state = &self.s.stations[fixed.index as usize];
                if state.is_clock_running {
                    state.clock + (self.s.now - state.clock_at)
                } else {
                    state.clock
                }
            }
            Kind::Conveyor => self.s.conveyors[fixed.index as usize].clock(self.s.now),
            _ => SimTime::ZERO,
        }
    }

    pub(super) fn fail_or_repair(&mut self, element: u32, index: u32) -> EventKind {
        let fixed = &self.m.failures[index as usize];
        let mode = index - self.m.elements[element as usize].failures_from;
        let state = &mut self.s.failures[index as usize];
        if state.is_failed {
            state.is_failed = false;
            let clock = self.operation_clock(element);
            self.draw_failure(index, clock);
            self.tell(Happening::Repaired {
                element: ElementId(element),
                mode,
            });
            self.bring_up(element, Reason::Fault);
            return EventKind::Repair;
        }
        state.is_failed = true;
        let distribution = &self.m.distributions[fixed.time_to_repair as usize];
        let duration = distribution.sample(&mut state.rng, 1.0);
        self.take_down(element, Reason::Fault);
        self.s
            .calendar
            .schedule(fixed.slot, self.s.now + duration, Priority::Failure);
        self.tell(Happening::Failed {
            element: ElementId(element),
            mode,
            duration,
        });
        EventKind::Failure
    }

    /// The mode counts operation time and is not failed.
    pub(super) fn wears_now(&self, index: u32) -> bool {
        self.m.failures[index as usize].basis == FailureBasis::OperationTime
            && !self.s.failures[index as usize].is_failed
    }

    /// Plans those failures of a station that come before an operation of `duration` is over.
    ///
    /// Others need no event yet: the clock stops with the operation, or the next one looks again.
    #[inline]
    pub(super) fn arm_wear(&mut self, element: u32, station: u32, duration: SimTime) {
        let state = &self.s.stations[station as usize];
        let clock = state.clock + (self.s.now - state.clock_at);
        let fixed = &self.m.elements[element as usize];
        for index in fixed.failures_from..fixed.failures_to {
            let left = self.s.failures[index as usize].due - clock;
            if left < duration && self.wears_now(index) {
                let slot = self.m.failures[index as usize].slot;
                let time = self.s.now + left.max(SimTime::ZERO);
                self.s.calendar.schedule(slot, time, Priority::Failure);
            }
        }
    }

    /// The operation clock stands: its failures cannot come.
    pub(super) fn disarm_wear(&mut self, element: u32) {
        let fixed = &self.m.elements[element as usize];
        for index in fixed.failures_from..fixed.failures_to {
            if self.wears_now(index) {
                self.s.calendar.cancel(self.m.failures[index as usize].slot);
            }
        }
    }

    fn take_down(&mut self, element: u32, reason: Reason) {
        let e = &mut self.s.elements[element as usize];
        e.down += 1;
        match reason {
            Reason::Fault => e.faults += 1,
            Reason::Stop => e.stops += 1,
            Reason::Unmanned => {}
        }
        let is_first = e.down == 1;
        self.touch(element);
        if !is_first {
            return;
        }
        self.stop_waiting(element);
        let fixed = &self.m.elements[element as usize];
        match fixed.kind {
            Kind::Station => {
                self.pause_station(fixed.index);
                self.disarm_wear(element);
            }
            Kind::Conveyor => self.pause_conveyor(element),
            Kind::Fleet => self.pause_fleet(fixed.index),
            Kind::Source => self.pause_source(fixed.index),
            Kind::Buffer | Kind::Sink => {}
        }
    }

    fn bring_up(&mut self, element: u32, reason: Reason) {
        let e = &mut self.s.elements[element as usize];
        e.down -= 1;
        match reason {
            Reason::Fault => e.faults -= 1,
            Reason::Stop => e.stops -= 1,
            Reason::Unmanned => {}
        }
        let is_last = e.down == 0;
        self.touch(element);
        if !is_last {
            return;
        }
        let fixed = &self.m.elements[element as usize];
        match fixed.kind {
            Kind::Station => self.resume_station(element, fixed.index),
            Kind::Conveyor => self.resume_conveyor(element),
            Kind::Fleet => self.resume_fleet(fixed.index),
            Kind::Source => self.resume_source(fixed.index),
            Kind::Buffer | Kind::Sink => {}
        }
        self.s.tasks.push(Task::Pull(element));
        self.s.tasks.push(Task::Push(element));
    }

    /// Handles the control events that are due.
    pub(super) fn control(&mut self) {
        while let Some(event) = self.s.controls.pop_due(self.s.now) {
            match event {
                ControlEvent::Shift(index) => self.change_shift(index),
                ControlEvent::StopEnds(id) => {
                    if let Some(place) = self.s.stops.iter().position(|stop| stop.id == id) {
                        self.end_stop(place);
                    }
                }
                ControlEvent::Intervene(intervention) => self.intervene(intervention),
            }
        }
        if let Some(next) = self.s.controls.first() {
            self.s
                .calendar
                .schedule(self.m.control_slot, next, Priority::Control);
        }
    }

    fn change_shift(&mut self, index: u32) {
        let fixed = &self.m.shifts[index as usize];
        let now = self.s.now;
        let (was_open, _) = fixed.at(now - SimTime::from_nanos(1));
        let (is_open, next) = fixed.at(now);
        for element in &fixed.elements {
            if is_open && !was_open {
                self.bring_up(*element, Reason::Unmanned);
            } else if was_open && !is_open {
                self.take_down(*element, Reason::Unmanned);
            }
        }
        if let Some(next) = next {
            self.schedule_control(next, ControlEvent::Shift(index));
        }
    }

    fn end_stop(&mut self, place: usize) {
        let stop = self.s.stops.remove(place);
        let element = ElementId(stop.element);
        self.tell(Happening::StopEnded {
            element,
            cause: stop.cause,
        });
        self.bring_up(stop.element, stop.cause.into());
    }

    /// Carries out a change from outside, already checked.
    pub(super) fn intervene(&mut self, intervention: Intervention) {
        match intervention {
            Intervention::Stop {
                element,
                cause,
                duration,
            } => {
                let id = self.s.controls.number();
                self.s.stops.push(ActiveStop {
                    id,
                    element: element.0,
                    cause,
                });
                self.tell(Happening::StopBegan { element, cause });
                self.take_down(element.0, cause.into());
                if let Some(duration) = duration {
                    let end = self.s.now + duration.max(SimTime::ZERO);
                    self.schedule_control(end, ControlEvent::StopEnds(id));
                }
            }
            Intervention::Resume { element } => {
                while let Some(place) = self.s.stops.iter().position(|s| s.element == element.0) {
                    self.end_stop(place);
                }
            }
            Intervention::SetCycleFactor { element, factor } => {
                self.s.elements[element.index()].factor = factor;
                if self.m.elements[element.index()].kind == Kind::Conveyor {
                    self.change_belt_speed(element.0, factor);
                }
            }
        }
    }
}
