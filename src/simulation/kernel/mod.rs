//! The event loop of a simulation.
//!
//! An event is worked off in three steps: what its slot stands for happens, then the tasks that
//! this left on a small stack are done (parts move, see `handover`), and when nothing more moves at
//! this instant, the operating states that have changed are told.

mod handover;
mod parts;
mod state;

use serde::{Deserialize, Serialize};

use super::calendar::Priority;
use super::fleet::VehiclePhase;
use super::interventions::ControlEvent;
use super::model::{Kind, Model, Role};
use super::network::ElementId;
use super::observer::{Happening, Observer};
use super::station::Phase;
use super::time::SimTime;
use crate::model::OperatingState;

pub(super) use state::State;

/// No part, no link, no server.
pub(super) const NONE: u32 = u32::MAX;

/// Tasks at one instant that are many.
const BUSY: u32 = 1 << 14;

/// Something to look at again before the instant is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Task {
    /// The element may be able to give.
    Push(u32),
    /// The element may be able to take.
    Pull(u32),
    /// A resource may be able to serve who waits for it.
    Assign(u32),
}

/// Why a simulation cannot go on, though it is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Halt {
    /// More happened at one instant than can be meant: a loop without duration. Names one of its
    /// elements.
    Livelock(ElementId),
    /// More than 10 million parts are in the network: arrivals outrun the capacity without a limit.
    TooManyParts,
}

/// What kind of event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// A source brought forth parts.
    Arrival,
    /// An operation or a set-up of a station ended.
    Operation,
    /// A part reached the end of a conveyor, or its beginning became free.
    Conveyor,
    /// A vehicle arrived, or finished loading or unloading.
    Vehicle,
    /// Something failed.
    Failure,
    /// Something was repaired.
    Repair,
    /// A shift changed, a stop ended, or a planned intervention took place.
    Control,
}

/// One event of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened.
    pub time: SimTime,
    /// Where; `None` for a change that concerns several elements.
    pub element: Option<ElementId>,
    /// What.
    pub kind: EventKind,
}

/// The model, the state and the observer during one call.
pub(super) struct Kernel<'a, O> {
    pub(super) m: &'a Model,
    pub(super) s: &'a mut State,
    pub(super) o: &'a mut O,
}

/// How many servers or vehicles of an element have something to do, and how many it has.
pub(super) fn occupancy(m: &Model, s: &State, element: u32) -> (u32, u32) {
    let Some(fixed) = m.elements.get(element as usize) else {
        return (0, 0);
    };
    match fixed.kind {
        Kind::Station => {
            let station = &m.stations[fixed.index as usize];
            let from = station.servers_from as usize;
            let servers = &s.servers[from..from + station.servers as usize];
            let busy = servers.iter().filter(|server| server.phase != Phase::Free);
            (busy.count() as u32, station.servers)
        }
        Kind::Fleet => {
            let fleet = &m.fleets[fixed.index as usize];
            let from = fleet.vehicles_from as usize;
            let vehicles = &s.vehicles[from..from + fleet.vehicles as usize];
            let busy = vehicles
                .iter()
                .filter(|vehicle| vehicle.phase != VehiclePhase::Parked);
            (busy.count() as u32, fleet.vehicles)
        }
        Kind::Source | Kind::Sink | Kind::Buffer | Kind::Conveyor => (0, 0),
    }
}

impl<O: Observer> Kernel<'_, O> {
    /// Handles the next event, unless it lies after `until`.
    #[inline(always)]
    pub(super) fn step(&mut self, until: SimTime) -> Option<Event> {
        let next = self.s.calendar.next()?;
        let time = next.time();
        if time > until || self.s.halt.is_some() {
            return None;
        }
        if time != self.s.now {
            self.s.now = time;
            self.s.instant = 0;
        }
        self.s.events += 1;
        let owner = self.m.slots[next.slot() as usize];
        let element = owner.element;
        let kind = match owner.role {
            Role::Plain => {
                self.finish_plain(owner.index);
                EventKind::Operation
            }
            Role::Server => {
                self.server_done(element, owner.index);
                EventKind::Operation
            }
            Role::Arrival => {
                self.arrive(element);
                EventKind::Arrival
            }
            Role::BeltEnd => {
                self.belt_end(element);
                EventKind::Conveyor
            }
            Role::BeltEntry => {
                self.belt_entry(element);
                EventKind::Conveyor
            }
            Role::Vehicle => {
                self.vehicle_done(element, owner.index);
                EventKind::Vehicle
            }
            Role::Failure => self.fail_or_repair(element, owner.index),
            Role::Control => {
                self.control();
                EventKind::Control
            }
        };
        self.settle();
        self.s.calendar.done(next);
        let element = (kind != EventKind::Control).then_some(ElementId(element));
        Some(Event {
            time,
            element,
            kind,
        })
    }

    /// Works off the tasks of this instant, then tells which states have changed.
    #[inline(always)]
    pub(super) fn settle(&mut self) {
        while let Some(task) = self.s.tasks.pop() {
            if !self.counts_on() {
                self.livelock(task);
                break;
            }
            match task {
                Task::Push(element) => self.push(element),
                Task::Pull(element) => self.pull(element),
                Task::Assign(resource) => self.assign(resource),
            }
        }
        while let Some(element) = self.s.touched.pop() {
            let state = self.evaluate(element);
            let now = self.s.now;
            if O::OCCUPANCY && self.m.elements[element as usize].is_plural {
                self.tell_occupancy(element);
            }
            let e = &mut self.s.elements[element as usize];
            e.touched = false;
            if e.state != state {
                let from = e.state;
                e.state = state;
                e.since = now;
                let element = ElementId(element);
                self.tell(Happening::StateChanged {
                    element,
                    from,
                    to: state,
                });
            }
        }
    }

    fn tell_occupancy(&mut self, element: u32) {
        let (busy, units) = occupancy(self.m, self.s, element);
        self.tell(Happening::Occupied {
            element: ElementId(element),
            busy,
            units,
        });
    }

    /// Counts something that happens at the present instant; false when it is more than can be meant.
    #[inline(always)]
    pub(super) fn counts_on(&mut self) -> bool {
        self.s.instant += 1;
        self.s.instant <= self.m.instant_limit
    }

    /// So much happens at the present instant that somebody may want to stop waiting.
    #[inline(always)]
    pub(super) fn is_busy(&self) -> bool {
        self.s.instant > BUSY
    }

    #[cold]
    fn livelock(&mut self, task: Task) {
        let element = match task {
            Task::Push(element) | Task::Pull(element) => element,
            Task::Assign(_) => 0,
        };
        self.s.halt = Some(Halt::Livelock(ElementId(element)));
        self.s.tasks.clear();
    }

    #[inline(always)]
    pub(super) fn tell(&mut self, happening: Happening) {
        self.o.observe(self.s.now, happening);
    }

    /// Has the state of `element` looked at when the instant is over.
    #[inline(always)]
    pub(super) fn touch(&mut self, element: u32) {
        let e = &mut self.s.elements[element as usize];
        if !e.touched {
            e.touched = true;
            self.s.touched.push(element);
        }
    }

    #[inline(always)]
    pub(super) fn is_up(&self, element: u32) -> bool {
        self.s.elements[element as usize].down == 0
    }

    /// The operating state that follows from what `element` holds and does.
    #[inline]
    fn evaluate(&self, element: u32) -> OperatingState {
        let e = &self.s.elements[element as usize];
        if e.down != 0 {
            return if e.faults > 0 {
                OperatingState::Held
            } else if e.maintenance > 0 {
                OperatingState::Maintenance
            } else if e.stops > 0 {
                OperatingState::Stopped
            } else {
                OperatingState::Idle
            };
        }
        let fixed = &self.m.elements[element as usize];
        if fixed.kind == Kind::Station {
            return self.station_state(fixed.index);
        }
        match fixed.kind {
            Kind::Source => self.source_state(element),
            Kind::Conveyor => self.conveyor_state(element),
            Kind::Fleet => self.fleet_state(fixed.index),
            Kind::Station | Kind::Buffer | Kind::Sink => OperatingState::Execute,
        }
    }

    /// Sets the next event of a slot that does work.
    #[inline]
    pub(super) fn schedule_work(&mut self, slot: u32, delay: SimTime) {
        let time = self.s.now + delay;
        self.s.calendar.schedule(slot, time, Priority::Work);
    }

    /// Plans a control event.
    pub(super) fn schedule_control(&mut self, time: SimTime, event: ControlEvent) {
        self.s.controls.push(time, event);
        if let Some(first) = self.s.controls.first() {
            self.s
                .calendar
                .schedule(self.m.control_slot, first, Priority::Control);
        }
    }
}
