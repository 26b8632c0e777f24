//! The event loop, and how parts move between elements.
//!
//! # Protocol
//!
//! A part moves along a link when the giver has it ready and the taker has room. Whoever changes
//! first asks the other: a giver *pushes*; when the taker has no room, the link is marked as waiting,
//! and as soon as the taker has room it *pulls* from its oldest waiting link. Both are tasks on a
//! small stack instead of calls, so a long blocked line that starts to move does not recurse.
//! An element that is down neither gives nor takes.

use serde::{Deserialize, Serialize};

use super::agenda::Agenda;
use super::availability::{ActiveStop, ControlEvent, FailureState};
use super::calendar::{Calendar, Priority};
use super::conveyor::ConveyorState;
use super::fleet::{FleetState, Vehicle};
use super::model::{Kind, Model, Role};
use super::network::ElementId;
use super::observer::{Happening, Observer, Part};
use super::routing::ANY;
use super::source::SourceState;
use super::station::{Server, StationState};
use super::time::SimTime;
use crate::model::OperatingState;

use rand_pcg::Pcg64Mcg;
use std::collections::VecDeque;

/// No part, no link, no server.
pub(super) const NONE: u32 = u32::MAX;

/// Something to look at again before the instant is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Task {
    /// The element may be able to give.
    Push(u32),
    /// The element may be able to take.
    Pull(u32),
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

/// The most parts that may be in a network at once.
const MAX_PARTS: usize = 10_000_000;

/// What every element has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ElementState {
    /// Reasons why the element is down; up when 0.
    pub(super) down: u32,
    /// Those reasons that are faults.
    pub(super) faults: u32,
    /// Those reasons that are stops by somebody.
    pub(super) stops: u32,
    pub(super) state: OperatingState,
    /// Queued for a look at its state at the end of the instant.
    touched: bool,
    pub(super) content: u32,
    pub(super) next_outlet: u32,
    pub(super) since: SimTime,
    pub(super) produced: u64,
    pub(super) scrapped: u64,
    /// Stretches the durations of operations that begin from now on.
    pub(super) factor: f64,
    pub(super) route_rng: Pcg64Mcg,
}

impl ElementState {
    pub(super) fn new(state: OperatingState, route_rng: Pcg64Mcg) -> Self {
        Self {
            down: 0,
            faults: 0,
            stops: 0,
            state,
            touched: false,
            content: 0,
            next_outlet: 0,
            since: SimTime::ZERO,
            produced: 0,
            scrapped: 0,
            factor: 1.0,
            route_rng,
        }
    }
}

/// All parts in the network, in places that are used again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Parts {
    parts: Vec<Part>,
    routes: Vec<u32>,
    free: Vec<u32>,
    pub(super) created: u64,
}

impl Parts {
    #[inline]
    pub(super) fn add(&mut self, mut part: Part) -> u32 {
        part.id = self.created;
        self.created += 1;
        if let Some(place) = self.free.pop() {
            self.parts[place as usize] = part;
            self.routes[place as usize] = NONE;
            place
        } else {
            self.parts.push(part);
            self.routes.push(NONE);
            (self.parts.len() - 1) as u32
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, place: u32) -> Part {
        self.free.push(place);
        self.parts[place as usize]
    }

    #[inline]
    pub(super) fn get(&self, place: u32) -> Part {
        // Without a panic, so that the call vanishes where nobody looks at the part.
        self.parts.get(place as usize).copied().unwrap_or_default()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, place: u32) -> &mut Part {
        &mut self.parts[place as usize]
    }

    pub(super) fn route(&self, place: u32) -> u32 {
        self.routes[place as usize]
    }

    pub(super) fn set_route(&mut self, place: u32, link: u32) {
        self.routes[place as usize] = link;
    }

    pub(super) fn present(&self) -> usize {
        self.parts.len() - self.free.len()
    }
}

/// Everything that changes while a simulation runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) now: SimTime,
    pub(super) calendar: Calendar,
    pub(super) elements: Vec<ElementState>,
    /// Per link: since which turn the giver waits; 0 when it does not.
    pub(super) waiting: Vec<u64>,
    pub(super) turn: u64,
    pub(super) parts: Parts,
    pub(super) sources: Vec<SourceState>,
    pub(super) stations: Vec<StationState>,
    pub(super) servers: Vec<Server>,
    /// Parts of batches and assemblies, in places that the model assigns.
    pub(super) held: Vec<u32>,
    /// Parts gathered per inlet of assembling stations.
    pub(super) gathered: Vec<u32>,
    pub(super) buffers: Vec<VecDeque<u32>>,
    pub(super) conveyors: Vec<ConveyorState>,
    pub(super) fleets: Vec<FleetState>,
    pub(super) vehicles: Vec<Vehicle>,
    pub(super) failures: Vec<FailureState>,
    /// Control events are rare and unbounded in number: they share one slot of the calendar.
    pub(super) controls: Agenda<ControlEvent>,
    pub(super) stops: Vec<ActiveStop>,
    pub(super) tasks: Vec<Task>,
    touched: Vec<u32>,
    /// Events so far.
    pub(super) events: u64,
    /// Events and tasks at the present instant.
    instant: u32,
    pub(super) halt: Option<Halt>,
}

impl State {
    pub(super) fn new(calendar: Calendar, elements: Vec<ElementState>, links: usize) -> Self {
        Self {
            now: SimTime::ZERO,
            calendar,
            elements,
            waiting: vec![0; links],
            turn: 0,
            parts: Parts::default(),
            sources: Vec::new(),
            stations: Vec::new(),
            servers: Vec::new(),
            held: Vec::new(),
            gathered: Vec::new(),
            buffers: Vec::new(),
            conveyors: Vec::new(),
            fleets: Vec::new(),
            vehicles: Vec::new(),
            failures: Vec::new(),
            controls: Agenda::default(),
            stops: Vec::new(),
            tasks: Vec::new(),
            touched: Vec::new(),
            events: 0,
            instant: 0,
            halt: None,
        }
    }
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

impl<O: Observer> Kernel<'_, O> {
    /// Handles the next event, unless it lies after `until`.
    #[inline]
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
    #[inline]
    pub(super) fn settle(&mut self) {
        while let Some(task) = self.s.tasks.pop() {
            self.s.instant += 1;
            if self.s.instant > self.m.instant_limit {
                self.livelock(task);
                break;
            }
            match task {
                Task::Push(element) => self.push(element),
                Task::Pull(element) => self.pull(element),
            }
        }
        while let Some(element) = self.s.touched.pop() {
            let state = self.evaluate(element);
            let now = self.s.now;
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

    #[cold]
    fn livelock(&mut self, task: Task) {
        let (Task::Push(element) | Task::Pull(element)) = task;
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

    /// Tells the number of parts in `element` after it has changed.
    #[inline(always)]
    pub(super) fn tell_content(&mut self, element: u32) {
        let content = self.s.elements[element as usize].content;
        self.tell(Happening::ContentChanged {
            element: ElementId(element),
            content,
        });
    }

    /// A new part in `element`; `None` when there are too many.
    #[inline]
    pub(super) fn create(&mut self, element: u32, part: Part) -> Option<u32> {
        if self.s.parts.present() >= MAX_PARTS {
            self.s.halt = Some(Halt::TooManyParts);
            return None;
        }
        let place = self.s.parts.add(part);
        self.s.elements[element as usize].content += 1;
        let part = self.s.parts.get(place);
        self.tell(Happening::Created {
            element: ElementId(element),
            part,
        });
        self.tell_content(element);
        Some(place)
    }

    /// A part in `element` is no more.
    #[inline]
    pub(super) fn destroy(&mut self, element: u32, place: u32) -> Part {
        self.s.elements[element as usize].content -= 1;
        let part = self.s.parts.remove(place);
        self.tell_content(element);
        part
    }

    /// The element at the other end of `link` would take a part now.
    #[inline(always)]
    pub(super) fn accepts(&self, link: u32) -> bool {
        let fixed = &self.m.links[link as usize];
        let to = &self.s.elements[fixed.to as usize];
        if to.down != 0 {
            return false;
        }
        match fixed.to_kind {
            Kind::Station => self.station_accepts(fixed.to_index, fixed.inlet),
            Kind::Buffer => to.content < self.m.capacities[fixed.to_index as usize],
            Kind::Sink => true,
            Kind::Conveyor => self.conveyor_accepts(fixed.to_index),
            Kind::Fleet => self.fleet_accepts(fixed.to_index, fixed.inlet),
            Kind::Source => false,
        }
    }

    /// Notes that somebody waits at the beginning of a link wanted by [`Kernel::route`].
    #[inline(always)]
    pub(super) fn wait(&mut self, element: u32, wish: u32) {
        if wish == ANY {
            let fixed = &self.m.elements[element as usize];
            for link in fixed.outs_from..fixed.outs_from + fixed.choices() {
                self.wait_at(link);
            }
        } else {
            self.wait_at(wish);
        }
    }

    #[inline(always)]
    fn wait_at(&mut self, link: u32) {
        if self.s.waiting[link as usize] == 0 {
            self.s.turn += 1;
            self.s.waiting[link as usize] = self.s.turn;
        }
        let fixed = &self.m.links[link as usize];
        match fixed.to_kind {
            Kind::Conveyor => self.watch_entry(fixed.to),
            Kind::Fleet => self.dispatch(fixed.to),
            _ => {}
        }
    }

    /// Has `element`, which has got room, look at who waits for it, if anybody does.
    #[inline(always)]
    pub(super) fn got_room(&mut self, element: u32) {
        if self.is_awaited(element) {
            self.s.tasks.push(Task::Pull(element));
        }
    }

    /// Somebody waits to give `element` a part.
    #[inline(always)]
    pub(super) fn is_awaited(&self, element: u32) -> bool {
        let fixed = &self.m.elements[element as usize];
        let ins = &self.m.in_links[fixed.ins_from as usize..fixed.ins_to as usize];
        ins.iter().any(|link| self.s.waiting[*link as usize] != 0)
    }

    /// Forgets that `element` waits, until its next push.
    #[inline(always)]
    pub(super) fn stop_waiting(&mut self, element: u32) {
        let fixed = &self.m.elements[element as usize];
        for waiting in &mut self.s.waiting[fixed.outs_from as usize..fixed.outs_to as usize] {
            *waiting = 0;
        }
    }

    /// Gives away what is ready.
    #[inline]
    fn push(&mut self, element: u32) {
        if !self.is_up(element) {
            return;
        }
        let fixed = &self.m.elements[element as usize];
        match fixed.kind {
            Kind::Station => self.push_station(element),
            Kind::Fleet => self.push_fleet(element),
            Kind::Sink => {}
            Kind::Buffer | Kind::Source | Kind::Conveyor => self.push_head(element),
        }
    }

    /// Gives away one part after the other, first in first out.
    #[inline]
    fn push_head(&mut self, element: u32) {
        while let Some(part) = self.head(element) {
            let wish = self.route(element, part);
            let Some(link) = self.open_link(element, wish) else {
                self.wait(element, wish);
                self.refused(element);
                return;
            };
            self.take_head(element);
            self.deliver(link, part);
            if self.s.halt.is_some() {
                return;
            }
            if self.m.elements[element as usize].kind == Kind::Source {
                // One at a time: an inexhaustible source must count as a task for each part.
                self.s.tasks.push(Task::Push(element));
                return;
            }
        }
    }

    /// The part that `element` (a buffer, source or conveyor) would give next.
    #[inline(always)]
    fn head(&mut self, element: u32) -> Option<u32> {
        let fixed = &self.m.elements[element as usize];
        match fixed.kind {
            Kind::Buffer => self.s.buffers[fixed.index as usize].front().copied(),
            Kind::Source => self.source_head(element),
            Kind::Conveyor => self.belt_head(element),
            Kind::Station | Kind::Fleet | Kind::Sink => None,
        }
    }

    /// Removes the part that [`Kernel::head`] has shown.
    #[inline(always)]
    fn take_head(&mut self, element: u32) {
        let fixed = &self.m.elements[element as usize];
        self.stop_waiting(element);
        match fixed.kind {
            Kind::Buffer => {
                self.s.buffers[fixed.index as usize].pop_front();
                self.got_room(element);
            }
            Kind::Source => self.source_took(element),
            Kind::Conveyor => self.belt_took(element),
            Kind::Station | Kind::Fleet | Kind::Sink => {}
        }
    }

    /// The head of `element` could not be given away.
    #[inline(always)]
    fn refused(&mut self, element: u32) {
        match self.m.elements[element as usize].kind {
            Kind::Source => self.source_refused(element),
            Kind::Conveyor => self.belt_refused(element),
            _ => {}
        }
    }

    /// Fetches parts from those who wait longest, as long as there is room.
    #[inline]
    fn pull(&mut self, element: u32) {
        if !self.is_up(element) {
            return;
        }
        let fixed = &self.m.elements[element as usize];
        if fixed.kind == Kind::Fleet {
            self.dispatch(element);
        }
        let ins = &self.m.in_links[fixed.ins_from as usize..fixed.ins_to as usize];
        if let [link] = *ins {
            while self.s.waiting[link as usize] != 0 && self.accepts(link) && self.s.halt.is_none()
            {
                self.fetch(link);
            }
            return;
        }
        loop {
            let mut oldest = (u64::MAX, NONE);
            for &link in ins {
                let since = self.s.waiting[link as usize];
                if since != 0 && since < oldest.0 && self.accepts(link) {
                    oldest = (since, link);
                }
            }
            if oldest.1 == NONE {
                return;
            }
            self.fetch(oldest.1);
            if self.s.halt.is_some() {
                return;
            }
        }
    }

    /// Moves the part that waits at the beginning of `link`.
    #[inline(always)]
    fn fetch(&mut self, link: u32) {
        let (from, to_kind) = (
            self.m.links[link as usize].from,
            self.m.links[link as usize].to_kind,
        );
        let fixed = &self.m.elements[from as usize];
        match fixed.kind {
            Kind::Buffer if fixed.is_single() && to_kind == Kind::Station => {
                let queue = &mut self.s.buffers[fixed.index as usize];
                let Some(part) = queue.pop_front() else {
                    self.s.waiting[link as usize] = 0;
                    return;
                };
                // The next part, if there is one, waits from now on, behind all others.
                self.s.turn += 1;
                let turn = if queue.is_empty() { 0 } else { self.s.turn };
                self.s.waiting[link as usize] = turn;
                self.deliver(link, part);
                self.got_room(from);
            }
            Kind::Station => self.fetch_from_station(from, link),
            Kind::Fleet => self.fetch_from_fleet(from, link),
            _ => {
                let Some(part) = self.head(from) else {
                    self.s.waiting[link as usize] = 0;
                    return;
                };
                self.take_head(from);
                self.deliver(link, part);
                self.s.tasks.push(Task::Push(from));
            }
        }
    }

    /// Hands `part`, already taken out of the giver, to the taker.
    #[inline]
    pub(super) fn deliver(&mut self, link: u32, part: u32) {
        let fixed = &self.m.links[link as usize];
        let (from, to) = (fixed.from, fixed.to);
        let giver = &mut self.s.elements[from as usize];
        giver.content -= 1;
        giver.produced += 1;
        self.s.elements[to as usize].content += 1;
        self.tell(Happening::Moved {
            part: self.s.parts.get(part),
            from: ElementId(from),
            to: ElementId(to),
        });
        self.tell_content(from);
        self.tell_content(to);
        if !self.m.elements[from as usize].is_single() {
            self.s.parts.set_route(part, NONE);
        }
        self.touch(from);
        match fixed.to_kind {
            Kind::Buffer => {
                let queue = &mut self.s.buffers[fixed.to_index as usize];
                queue.push_back(part);
                if queue.len() == 1 {
                    self.s.tasks.push(Task::Push(to));
                }
            }
            Kind::Station => self.enter_station(to, fixed.inlet, part),
            Kind::Sink => {
                self.s.elements[to as usize].produced += 1;
                let part = self.destroy(to, part);
                self.tell(Happening::Completed {
                    element: ElementId(to),
                    part,
                });
            }
            Kind::Conveyor => self.enter_conveyor(to, part),
            Kind::Fleet => self.enter_fleet(to, fixed.inlet, part),
            Kind::Source => {}
        }
    }

    /// The operating state that follows from what `element` holds and does.
    #[inline]
    fn evaluate(&self, element: u32) -> OperatingState {
        let e = &self.s.elements[element as usize];
        if e.down != 0 {
            return if e.faults > 0 {
                OperatingState::Held
            } else if e.stops > 0 {
                OperatingState::Stopped
            } else {
                OperatingState::Idle
            };
        }
        let fixed = &self.m.elements[element as usize];
        match fixed.kind {
            Kind::Station => self.station_state(fixed.index),
            Kind::Source => self.source_state(element),
            Kind::Conveyor => self.conveyor_state(element),
            Kind::Fleet => self.fleet_state(fixed.index),
            Kind::Buffer | Kind::Sink => OperatingState::Execute,
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
