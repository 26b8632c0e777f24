//! Failures and repairs, by operation time or by calendar time.

use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::availability::Reason;
use super::calendar::Priority;
use super::kernel::{EventKind, Kernel, NONE};
use super::model::{Kind, Model, Role};
use super::network::{DownKind, Element, ElementId};
use super::observer::{Happening, Observer, StopCause};
use super::resources::Request;
use super::time::SimTime;
use crate::model::process::FailureBasis;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FailureFixed {
    pub(super) element: u32,
    pub(super) basis: FailureBasis,
    pub(super) time_to_failure: u32,
    pub(super) time_to_repair: u32,
    pub(super) slot: u32,
    /// The resource that repairs it, or none.
    pub(super) crew: u32,
    pub(super) kind: DownKind,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FailureState {
    is_failed: bool,
    /// Operation time: the reading of the element's clock at which it fails.
    pub(super) due: SimTime,
    /// How long the repair takes once its crew is there.
    pub(super) repair: SimTime,
    rng: Pcg64Mcg,
}

impl FailureState {
    pub(super) fn reseed(&mut self, rng: Pcg64Mcg) {
        self.rng = rng;
    }

    #[inline(always)]
    pub(super) fn is_failed(&self) -> bool {
        self.is_failed
    }

    /// It has failed before the start, and its repair takes so long still.
    pub(super) fn set_failed(&mut self, left: SimTime) {
        self.is_failed = true;
        self.repair = left;
    }

    pub(super) fn new(rng: Pcg64Mcg) -> Self {
        Self {
            is_failed: false,
            due: SimTime::ZERO,
            repair: SimTime::ZERO,
            rng,
        }
    }
}

impl Model {
    /// Compiles the ways to fail of an element.
    pub(super) fn add_failures(&mut self, id: u32, element: &Element) {
        self.elements[id as usize].failures_from = self.failures.len() as u32;
        for failure in &element.failures {
            let index = self.failures.len() as u32;
            let time_to_failure = self.distribution(&failure.time_to_failure);
            let time_to_repair = self.distribution(&failure.time_to_repair);
            let slot = self.slot(id, index, Role::Failure);
            self.failures.push(FailureFixed {
                element: id,
                basis: failure.basis,
                time_to_failure,
                time_to_repair,
                slot,
                crew: failure.crew.map_or(NONE, |crew| crew.0),
                kind: failure.kind,
            });
        }
        self.elements[id as usize].failures_to = self.failures.len() as u32;
    }
}

impl<O: Observer> Kernel<'_, O> {
    pub(super) fn start_failures(&mut self) {
        for index in 0..self.m.failures.len() as u32 {
            self.draw_failure(index, SimTime::ZERO);
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

    /// Draws the next failure of every mode that is not failed anew.
    pub(super) fn redraw_failures(&mut self) {
        for index in 0..self.m.failures.len() as u32 {
            if self.s.failures[index as usize].is_failed {
                continue;
            }
            let element = self.m.failures[index as usize].element;
            let clock = self.operation_clock(element);
            self.s.calendar.cancel(self.m.failures[index as usize].slot);
            self.draw_failure(index, clock);
        }
        for element in 0..self.m.elements.len() as u32 {
            if !self.is_up(element) {
                continue;
            }
            let fixed = &self.m.elements[element as usize];
            match fixed.kind {
                Kind::Station => self.rearm_station(element, fixed.index),
                Kind::Conveyor => self.rearm_conveyor(element),
                _ => {}
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
            let has_crew = self.m.failures[index as usize].crew != NONE;
            if has_crew {
                self.give_back(Request::Repair { failure: index });
            }
            let element_id = ElementId(element);
            if fixed.kind == DownKind::Maintenance {
                self.tell(Happening::StopEnded {
                    element: element_id,
                    cause: StopCause::Maintenance,
                });
                self.bring_up(element, Reason::Maintenance);
            } else {
                self.tell(Happening::Repaired {
                    element: element_id,
                    mode,
                });
                self.bring_up(element, Reason::Fault);
            }
            return EventKind::Repair;
        }
        state.is_failed = true;
        let distribution = &self.m.distributions[fixed.time_to_repair as usize];
        let duration = distribution.sample(&mut state.rng, 1.0);
        state.repair = duration;
        let is_planned = fixed.kind == DownKind::Maintenance;
        self.take_down(
            element,
            if is_planned {
                Reason::Maintenance
            } else {
                Reason::Fault
            },
        );
        if fixed.crew == NONE || self.seize(Request::Repair { failure: index }) {
            self.begin_repair(index);
        } else {
            // Its own slot must not fire again before the crew has come.
            self.s.calendar.cancel(fixed.slot);
        }
        let element = ElementId(element);
        self.tell(if is_planned {
            Happening::StopBegan {
                element,
                cause: StopCause::Maintenance,
            }
        } else {
            Happening::Failed {
                element,
                mode,
                duration,
            }
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
}
