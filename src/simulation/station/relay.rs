//! Handing on, the most frequent thing of all: a station with one server gives a finished part away
//! and goes on with the next one that waits before it.
//!
//! What happens is what `finished`, `handover` and `intake` do for any station, in the same order and
//! with the same draws; here everything that it needs is known beforehand and looked up once.

use serde::{Deserialize, Serialize};

use super::{Phase, StationFixed};
use crate::simulation::calendar::Priority;
use crate::simulation::kernel::{Kernel, NONE, Task};
use crate::simulation::model::{DisciplineFixed, Kind, Model};
use crate::simulation::network::ElementId;
use crate::simulation::observer::{Happening, Observer};
use crate::simulation::time::SimTime;

/// Where a station with one server gives to and takes from.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RelayFixed {
    /// The station does nothing but work: see [`Model::add_relays`].
    pub is_plain: bool,
    /// The element behind it is a buffer that is first in, first out.
    gives: bool,
    /// The element before it is a buffer that is first in, first out, and has no other outlet.
    takes: bool,
    out_link: u32,
    out_element: u32,
    out_buffer: u32,
    out_capacity: u32,
    in_link: u32,
    in_element: u32,
    in_buffer: u32,
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
            gives: false,
            takes: false,
            out_link: fixed.outs_from,
            out_element: NONE,
            out_buffer: NONE,
            out_capacity: 0,
            in_link: NONE,
            in_element: NONE,
            in_buffer: NONE,
            processing: station.processing,
            slot: station.slots_from,
            failure: NONE,
            failure_slot: NONE,
        };
        if station.wears {
            relay.failure = fixed.failures_from;
            relay.failure_slot = self.failures[fixed.failures_from as usize].slot;
        }
        if let Some(out) = self.links.get(fixed.outs_from as usize)
            && out.to_kind == Kind::Buffer
            && !out.calls
            && !out.sorts
        {
            relay.gives = true;
            relay.out_element = out.to;
            relay.out_buffer = out.to_index;
            relay.out_capacity = self.capacities[out.to_index as usize];
        }
        if let [link] = self.in_links[fixed.ins_from as usize..fixed.ins_to as usize] {
            let from = self.links[link as usize].from;
            let giver = &self.elements[from as usize];
            if giver.kind == Kind::Buffer && giver.is_single() && is_fifo(giver.index) {
                relay.takes = true;
                relay.in_link = link;
                relay.in_element = from;
                relay.in_buffer = giver.index;
            }
        }
        relay
    }
}

impl<O: Observer> Kernel<'_, O> {
    /// The operation of a plain station has ended: hands on, if there is room behind it.
    #[inline]
    pub(super) fn finish_plain(&mut self, element: u32, station: u32, server: u32) -> bool {
        if !self.has_room_behind(station) {
            return false;
        }
        let now = self.s.now;
        let state = &mut self.s.stations[station as usize];
        state.processing = 0;
        if state.is_clock_running {
            state.is_clock_running = false;
            state.clock += now - state.clock_at;
        }
        self.tell(Happening::Finished {
            element: ElementId(element),
            part: self.s.parts.get(self.s.servers[server as usize].part),
        });
        self.hand_on(element, station, server);
        true
    }

    /// A plain station that was blocked hands on, if there is room now.
    #[inline]
    pub fn unblock_plain(&mut self, element: u32, station: u32, link: u32) -> bool {
        let server = self.m.stations[station as usize].servers_from;
        let is_blocked = self.s.servers[server as usize].phase == Phase::Done;
        if !is_blocked || !self.has_room_behind(station) {
            return false;
        }
        self.s.waiting[link as usize] = 0;
        let state = &mut self.s.stations[station as usize];
        state.done = 0;
        (state.done_first, state.done_last) = (NONE, NONE);
        self.touch(element);
        self.hand_on(element, station, server);
        true
    }

    #[inline(always)]
    fn has_room_behind(&mut self, station: u32) -> bool {
        let relay = &self.m.relays[station as usize];
        // Too much at one instant is left to those who work off tasks: they halt.
        if !relay.is_plain || !self.counts_on() {
            return false;
        }
        if !relay.gives {
            return self.accepts(relay.out_link);
        }
        let out = &self.s.elements[relay.out_element as usize];
        out.down == 0 && out.content < relay.out_capacity
    }

    /// Gives the part of a server away and begins with the next.
    #[inline(always)]
    fn hand_on(&mut self, element: u32, station: u32, server: u32) {
        let relay = &self.m.relays[station as usize];
        let part = self.s.servers[server as usize].part;
        if relay.gives {
            self.move_part(part, element, relay.out_element);
            let queue = &mut self.s.buffers[relay.out_buffer as usize];
            queue.push_back(part);
            if queue.len() == 1 {
                self.s.tasks.push(Task::Push(relay.out_element));
            }
        } else {
            self.deliver(relay.out_link, part);
        }
        if !self.take_next(element, station, server) {
            let state = &mut self.s.stations[station as usize];
            state.free = server;
            let s = &mut self.s.servers[server as usize];
            s.phase = Phase::Free;
            s.part = NONE;
            s.count = 0;
            s.next = NONE;
            self.touch(element);
            self.got_room(element);
        }
    }

    /// Begins with the part that waits in the buffer before a plain station, if one does.
    #[inline(always)]
    fn take_next(&mut self, element: u32, station: u32, server: u32) -> bool {
        let m = self.m;
        let relay = &m.relays[station as usize];
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
        self.move_part(part, relay.in_element, element);
        let now = self.s.now;
        let state = &mut self.s.stations[station as usize];
        let factor = self.s.elements[element as usize].factor;
        let processing = &m.distributions[relay.processing as usize];
        let duration = processing.sample(&mut state.processing_rng, factor);
        let s = &mut self.s.servers[server as usize];
        s.part = part;
        s.phase = Phase::Processing;
        s.duration = duration;
        state.processing = 1;
        self.s
            .calendar
            .schedule(relay.slot, now + duration, Priority::Work);
        if relay.failure != NONE {
            state.is_clock_running = true;
            state.clock_at = now;
            let left = self.s.failures[relay.failure as usize].due - state.clock;
            if left < duration && self.wears_now(relay.failure) {
                let time = now + left.max(SimTime::ZERO);
                self.s
                    .calendar
                    .schedule(relay.failure_slot, time, Priority::Failure);
            }
        }
        self.tell(Happening::Started {
            element: ElementId(element),
            server: 0,
            part: self.s.parts.get(part),
            duration,
        });
        self.got_room(relay.in_element);
        true
    }

    /// Counts a part out of one element and into another.
    #[inline(always)]
    fn move_part(&mut self, part: u32, from: u32, to: u32) {
        let giver = &mut self.s.elements[from as usize];
        giver.content -= 1;
        giver.produced += 1;
        let left = giver.content;
        let taker = &mut self.s.elements[to as usize];
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
