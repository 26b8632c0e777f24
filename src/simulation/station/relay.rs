//! Handing on, the most frequent thing of all: a station with one server gives a finished part away
//! and goes on with the next one that waits before it.
//!
//! What happens is what `finished`, `handover` and `intake` do for any station, in the same order and
//! with the same draws; here everything that it needs is known beforehand and looked up once.

use serde::{Deserialize, Serialize};

use super::{Phase, StationFixed};
use crate::simulation::calendar::Priority;
use crate::simulation::kernel::{Kernel, NONE, Task};
use crate::simulation::model::{DisciplineFixed, Kind, Model, Role};
use crate::simulation::network::ElementId;
use crate::simulation::observer::{Happening, Observer};
use crate::simulation::time::SimTime;

/// What a station gives its parts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Behind {
    /// A buffer that is first in, first out.
    Buffer,
    Sink,
    /// Anything else.
    Other,
}

/// Where a station with one server gives to and takes from.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RelayFixed {
    /// The station does nothing but work: see [`Model::add_relays`].
    pub is_plain: bool,
    behind: Behind,
    /// The element before it is a buffer that is first in, first out, and has no other outlet.
    takes: bool,
    element: u32,
    station: u32,
    server: u32,
    out_link: u32,
    out_element: u32,
    out_buffer: u32,
    out_capacity: u32,
    in_link: u32,
    in_element: u32,
    in_buffer: u32,
    /// The only link into the buffer before it; none: it has several, or none.
    feed_link: u32,
    processing: u32,
    slot: u32,
    /// Its failure mode that counts operation time, and the slot of that; none: it does not wear.
    failure: u32,
    failure_slot: u32,
}

impl Model {
    /// Finds out which stations can hand on: one server without set-ups, batches, resources or
    /// anything to wait for, one outlet, at most one failure mode, and parts that all go one way.
    pub fn add_relays(&mut self) {
        let relays = self.elements.iter().enumerate();
        let relays = relays.filter(|(_, fixed)| fixed.kind == Kind::Station);
        self.relays = relays
            .map(|(element, fixed)| {
                self.relay(element as u32, &self.stations[fixed.index as usize])
            })
            .collect();
        for relay in self.relays.iter().filter(|relay| relay.is_plain) {
            let owner = &mut self.slots[relay.slot as usize];
            (owner.role, owner.index) = (Role::Plain, relay.station);
            if relay.behind == Behind::Buffer {
                let out = &mut self.elements[relay.out_element as usize];
                if out.ins_to - out.ins_from == 1 {
                    out.relay_before = relay.station;
                }
            }
            if relay.takes {
                self.elements[relay.in_element as usize].relay_behind = relay.station;
            }
        }
    }

    fn relay(&self, element: u32, station: &StationFixed) -> RelayFixed {
        let fixed = &self.elements[element as usize];
        let failures = fixed.failures_to - fixed.failures_from;
        let is_fifo = |buffer: u32| {
            let discipline = &self.disciplines[buffer as usize];
            matches!(discipline, DisciplineFixed::Fifo)
        };
        let mut relay = RelayFixed {
            is_plain: station.servers == 1
                && station.is_plain
                && station.is_uniform
                && station.changeover.is_none()
                && !station.waits
                && failures <= 1
                && self.part_routes.is_empty(),
            behind: Behind::Other,
            takes: false,
            element,
            station: fixed.index,
            server: station.servers_from,
            out_link: fixed.outs_from,
            out_element: NONE,
            out_buffer: NONE,
            out_capacity: 0,
            in_link: NONE,
            in_element: NONE,
            in_buffer: NONE,
            feed_link: NONE,
            processing: station.processing,
            slot: station.slots_from,
            failure: NONE,
            failure_slot: NONE,
        };
        if station.wears {
            relay.failure = fixed.failures_from;
            relay.failure_slot = self.failures[fixed.failures_from as usize].slot;
        }
        if let Some(out) = self.links.get(fixed.outs_from as usize) {
            relay.out_element = out.to;
            if out.to_kind == Kind::Buffer && !out.calls && !out.sorts {
                relay.behind = Behind::Buffer;
                relay.out_buffer = out.to_index;
                relay.out_capacity = self.capacities[out.to_index as usize];
            } else if out.to_kind == Kind::Sink {
                relay.behind = Behind::Sink;
                relay.out_capacity = u32::MAX;
            }
        }
        if let [link] = self.in_links[fixed.ins_from as usize..fixed.ins_to as usize] {
            let from = self.links[link as usize].from;
            let giver = &self.elements[from as usize];
            if giver.kind == Kind::Buffer && giver.is_single() && is_fifo(giver.index) {
                relay.takes = true;
                relay.in_link = link;
                relay.in_element = from;
                relay.in_buffer = giver.index;
                let feeds = giver.ins_from as usize..giver.ins_to as usize;
                if let [feed] = self.in_links[feeds] {
                    relay.feed_link = feed;
                }
            }
        }
        relay
    }
}

impl<'a, O: Observer> Kernel<'a, O> {
    /// The operation of a plain station has ended: hands on, if there is room behind it.
    #[inline]
    pub fn finish_plain(&mut self, station: u32) {
        let relay = &self.m.relays[station as usize];
        if !self.counts_on() {
            // Too much for one instant: the next task halts.
            self.s.tasks.push(Task::Push(relay.element));
        }
        let has_room = self.has_room_behind(relay);
        let now = self.s.now;
        let state = &mut self.s.stations[station as usize];
        state.processing = 0;
        if state.is_clock_running {
            state.is_clock_running = false;
            state.clock = state.clock.after(now.since(state.clock_at));
        }
        let server = &mut self.s.servers[relay.server as usize];
        let part = server.part;
        if has_room {
            self.tell(Happening::Finished {
                element: ElementId(relay.element),
                part: self.s.parts.get(part),
            });
            self.hand_on(relay, part);
            return;
        }
        state.done = 1;
        (state.done_first, state.done_last) = (relay.server, relay.server);
        server.phase = Phase::Done;
        server.route = relay.out_link;
        server.next = NONE;
        self.touch(relay.element);
        self.tell(Happening::Finished {
            element: ElementId(relay.element),
            part: self.s.parts.get(part),
        });
        self.wait_at(relay.out_link);
    }

    /// A plain station that was blocked hands on, if there is room now.
    #[inline]
    pub fn unblock_plain(&mut self, station: u32) -> bool {
        let relay = &self.m.relays[station as usize];
        let server = &self.s.servers[relay.server as usize];
        let part = server.part;
        let is_waiting = server.phase == Phase::Done
            // One that is down has a finished part, too, but does not wait.
            && self.s.waiting[relay.out_link as usize] != 0;
        let is_ready = relay.is_plain && is_waiting && self.has_room_behind(relay);
        if !is_ready || !self.counts_on() {
            return false;
        }
        self.s.waiting[relay.out_link as usize] = 0;
        let state = &mut self.s.stations[station as usize];
        state.done = 0;
        (state.done_first, state.done_last) = (NONE, NONE);
        self.touch(relay.element);
        self.hand_on(relay, part);
        true
    }

    /// The buffer before a plain station gives away what is in it.
    #[inline(always)]
    pub fn push_into_plain(&mut self, station: u32) {
        let relay = &self.m.relays[station as usize];
        if self.s.buffers[relay.in_buffer as usize].is_empty() {
            return;
        }
        let is_down = self.s.elements[relay.element as usize].down != 0;
        if is_down || self.s.stations[station as usize].free == NONE {
            self.wait_before(relay);
            return;
        }
        let queue = &mut self.s.buffers[relay.in_buffer as usize];
        let Some(part) = queue.pop_front() else {
            return;
        };
        let is_empty = queue.is_empty();
        self.s.waiting[relay.in_link as usize] = 0;
        self.got_room_before(relay);
        self.move_part(part, relay.in_element, relay.element);
        self.touch(relay.element);
        self.enter_plain(relay, part);
        if !is_empty {
            self.wait_before(relay);
        }
    }

    /// Notes that a part waits in the buffer before a plain station.
    #[inline(always)]
    fn wait_before(&mut self, relay: &RelayFixed) {
        let waiting = &mut self.s.waiting[relay.in_link as usize];
        if *waiting == 0 {
            self.s.turn += 1;
            *waiting = self.s.turn;
        }
    }

    /// Has the buffer before a plain station, which has got room, look at who waits for it.
    #[inline(always)]
    fn got_room_before(&mut self, relay: &RelayFixed) {
        if relay.feed_link == NONE {
            self.got_room(relay.in_element);
        } else if self.s.waiting[relay.feed_link as usize] != 0 {
            self.s.tasks.push(Task::Pull(relay.in_element));
        }
    }

    #[inline(always)]
    fn has_room_behind(&self, relay: &RelayFixed) -> bool {
        if relay.behind == Behind::Other {
            return self.accepts(relay.out_link);
        }
        let out = &self.s.elements[relay.out_element as usize];
        out.down == 0 && out.content < relay.out_capacity
    }

    /// Gives the part of a plain station away and begins with the next.
    #[inline(always)]
    fn hand_on(&mut self, relay: &'a RelayFixed, part: u32) {
        match relay.behind {
            Behind::Buffer => {
                self.move_part(part, relay.element, relay.out_element);
                let queue = &mut self.s.buffers[relay.out_buffer as usize];
                queue.push_back(part);
                if queue.len() == 1 {
                    self.s.tasks.push(Task::Push(relay.out_element));
                }
            }
            Behind::Sink => {
                self.move_part(part, relay.element, relay.out_element);
                self.complete(relay.out_element, part);
            }
            Behind::Other => self.deliver(relay.out_link, part),
        }
        if !self.take_next(relay) {
            self.s.stations[relay.station as usize].free = relay.server;
            let server = &mut self.s.servers[relay.server as usize];
            server.phase = Phase::Free;
            server.part = NONE;
            server.count = 0;
            server.next = NONE;
            self.touch(relay.element);
            if !relay.takes {
                self.got_room(relay.element);
            }
        }
    }

    /// Begins with the part that waits in the buffer before a plain station, if one does.
    #[inline(always)]
    fn take_next(&mut self, relay: &'a RelayFixed) -> bool {
        if !relay.takes {
            return false;
        }
        // A buffer that is down does not wait.
        let waiting = &mut self.s.waiting[relay.in_link as usize];
        if *waiting == 0 {
            return false;
        }
        let queue = &mut self.s.buffers[relay.in_buffer as usize];
        let Some(part) = queue.pop_front() else {
            return false;
        };
        // The next part, if there is one, waits from now on, behind all others.
        self.s.turn += 1;
        *waiting = if queue.is_empty() { 0 } else { self.s.turn };
        self.move_part(part, relay.in_element, relay.element);
        self.begin_plain(relay, part);
        self.got_room_before(relay);
        true
    }

    /// A part has come into a plain station that was free.
    #[inline(always)]
    pub(super) fn enter_plain(&mut self, relay: &'a RelayFixed, part: u32) {
        self.s.stations[relay.station as usize].free = NONE;
        self.s.servers[relay.server as usize].count = 1;
        self.begin_plain(relay, part);
    }

    /// A plain station begins with a part.
    #[inline(always)]
    fn begin_plain(&mut self, relay: &'a RelayFixed, part: u32) {
        let s = &mut *self.s;
        let state = &mut s.stations[relay.station as usize];
        let factor = s.elements[relay.element as usize].factor;
        let processing = &self.m.distributions[relay.processing as usize];
        let duration = processing.sample(&mut state.processing_rng, factor);
        let server = &mut s.servers[relay.server as usize];
        server.part = part;
        server.phase = Phase::Processing;
        server.duration = duration;
        state.processing = 1;
        let end = s.now.after(duration);
        s.calendar.schedule(relay.slot, end, Priority::Work);
        if relay.failure != NONE {
            state.is_clock_running = true;
            state.clock_at = s.now;
            let failure = &s.failures[relay.failure as usize];
            let left = failure.due.since(state.clock);
            if left < duration && !failure.is_failed() {
                let time = s.now.after(left.max(SimTime::ZERO));
                let slot = relay.failure_slot;
                s.calendar.schedule(slot, time, Priority::Failure);
            }
        }
        self.tell(Happening::Started {
            element: ElementId(relay.element),
            server: 0,
            part: self.s.parts.get(part),
            duration,
        });
    }

    /// Counts a part out of one element and into another.
    #[inline(always)]
    fn move_part(&mut self, part: u32, from: u32, to: u32) {
        let elements = self.s.elements.as_mut_slice();
        let giver = &mut elements[from as usize];
        giver.content -= 1;
        giver.produced += 1;
        let left = giver.content;
        let taker = &mut elements[to as usize];
        taker.content += 1;
        let come = taker.content;
        let (from, to) = (ElementId(from), ElementId(to));
        self.tell(Happening::Moved {
            part: self.s.parts.get(part),
            from,
            to,
        });
        self.tell(Happening::ContentChanged {
            element: from,
            content: left,
        });
        self.tell(Happening::ContentChanged {
            element: to,
            content: come,
        });
    }
}
