//! Shifts: when elements are manned.

use serde::{Deserialize, Serialize};

use super::availability::Reason;
use super::interventions::ControlEvent;
use super::kernel::Kernel;
use super::network::Shift;
use super::observer::Observer;
use super::time::SimTime;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ShiftFixed {
    pub(super) shift: Shift,
    pub(super) elements: Vec<u32>,
    pub(super) resources: Vec<u32>,
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

impl<O: Observer> Kernel<'_, O> {
    pub(super) fn start_shifts(&mut self) {
        for index in 0..self.m.shifts.len() as u32 {
            let fixed = &self.m.shifts[index as usize];
            let (is_open, next) = fixed.at(SimTime::ZERO);
            if !is_open {
                for element in &fixed.elements {
                    self.take_down(*element, Reason::Unmanned);
                }
                for resource in &fixed.resources {
                    let count = i64::from(self.m.resources[*resource as usize]);
                    self.change_attendance(*resource, -count);
                }
            }
            if let Some(next) = next {
                self.schedule_control(next, ControlEvent::Shift(index));
            }
        }
    }

    pub(super) fn change_shift(&mut self, index: u32) {
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
        if is_open != was_open {
            for resource in &fixed.resources {
                let count = i64::from(self.m.resources[*resource as usize]);
                self.change_attendance(*resource, if is_open { count } else { -count });
            }
        }
        if let Some(next) = next {
            self.schedule_control(next, ControlEvent::Shift(index));
        }
    }
}
