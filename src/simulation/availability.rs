//! Elements that go down and come up again, whatever the reason: see `failures`, `shifts` and
//! `interventions`.

use super::kernel::{Kernel, Task};
use super::model::Kind;
use super::observer::{Observer, StopCause};

/// Why an element is down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Fault,
    Stop,
    Unmanned,
    Maintenance,
}

impl From<StopCause> for Reason {
    fn from(cause: StopCause) -> Self {
        match cause {
            StopCause::Fault => Self::Fault,
            StopCause::Operator | StopCause::Emergency | StopCause::Utility => Self::Stop,
            StopCause::Unmanned => Self::Unmanned,
            StopCause::Maintenance => Self::Maintenance,
        }
    }
}

impl<O: Observer> Kernel<'_, O> {
    /// Adds a reason why an element is down; with the first one its work pauses.
    pub(super) fn take_down(&mut self, element: u32, reason: Reason) {
        let e = &mut self.s.elements[element as usize];
        e.down += 1;
        match reason {
            Reason::Fault => e.faults += 1,
            Reason::Stop => e.stops += 1,
            Reason::Maintenance => e.maintenance += 1,
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

    /// Takes a reason away; with the last one the work goes on.
    pub(super) fn bring_up(&mut self, element: u32, reason: Reason) {
        let e = &mut self.s.elements[element as usize];
        e.down -= 1;
        match reason {
            Reason::Fault => e.faults -= 1,
            Reason::Stop => e.stops -= 1,
            Reason::Maintenance => e.maintenance -= 1,
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
}
