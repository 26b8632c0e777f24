//! Stops and changes from outside, now or planned.

use serde::{Deserialize, Serialize};

use super::calendar::Priority;
use super::kernel::Kernel;
use super::model::Kind;
use super::network::ElementId;
use super::observer::{Happening, Observer, StopCause};
use super::time::SimTime;

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

impl<O: Observer> Kernel<'_, O> {
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
