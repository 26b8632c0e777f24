//! Finished parts: inspected, and given away in the order in which they were finished.

use rand::RngExt;

use super::Phase;
use crate::simulation::kernel::{Kernel, NONE, Task};
use crate::simulation::network::{ElementId, PartType};
use crate::simulation::observer::{Happening, Observer};
use crate::simulation::routing::ANY;

impl<O: Observer> Kernel<'_, O> {
    /// Hands a finished part over at once, if nobody stands before it and the next element takes it.
    #[inline(always)]
    pub(super) fn pass_on(&mut self, element: u32, station: u32, server: u32) -> bool {
        let link = self.m.elements[element as usize].outs_from;
        let state = &mut self.s.stations[station as usize];
        if state.done != 0 || !self.accepts(link) {
            return false;
        }
        let state = &mut self.s.stations[station as usize];
        let s = &mut self.s.servers[server as usize];
        let part = s.part;
        s.phase = Phase::Free;
        s.part = NONE;
        s.count = 0;
        s.next = state.free;
        state.free = server;
        let told = ElementId(element);
        self.tell(Happening::Finished {
            element: told,
            part: self.s.parts.get(part),
        });
        self.deliver(link, part);
        self.got_room(element);
        true
    }

    /// Inspects the next part of a finished server and finds its way; false when none is left.
    #[inline(always)]
    pub(super) fn make_ready(&mut self, element: u32, station: u32, server: u32) -> bool {
        let fixed = &self.m.stations[station as usize];
        loop {
            let s = &self.s.servers[server as usize];
            if s.count == 0 {
                return false;
            }
            let part = if fixed.outtake > 1 {
                let local = server - fixed.servers_from;
                let place = fixed.held_from + local * fixed.region + (fixed.outtake - s.count);
                self.s.held[place as usize]
            } else {
                s.part
            };
            if fixed.produces != NONE {
                self.s.parts.get_mut(part).part_type = PartType(fixed.produces);
                self.begin_route(element, part);
            }
            let told = ElementId(element);
            self.tell(Happening::Finished {
                element: told,
                part: self.s.parts.get(part),
            });
            let is_bad = fixed.scrap > 0.0 && {
                let rng = &mut self.s.stations[station as usize].quality_rng;
                rng.random::<f64>() < fixed.scrap
            };
            if !is_bad {
                let route = self.route(element, part);
                let s = &mut self.s.servers[server as usize];
                s.part = part;
                s.route = route;
                return true;
            }
            self.s.elements[element as usize].scrapped += 1;
            self.tell(Happening::Scrapped {
                element: told,
                part: self.s.parts.get(part),
                is_gone: fixed.reject == NONE,
            });
            let s = &mut self.s.servers[server as usize];
            if fixed.reject != NONE {
                s.part = part;
                s.route = fixed.reject;
                return true;
            }
            s.count -= 1;
            self.destroy(element, part);
        }
    }

    /// Takes the part of a server apart.
    pub(super) fn split(&mut self, element: u32, station: u32, server: u32) {
        let fixed = &self.m.stations[station as usize];
        let local = server - fixed.servers_from;
        let places = fixed.held_from + local * fixed.region;
        let whole = self.s.servers[server as usize].part;
        let mut piece = self.s.parts.get(whole);
        piece.source = ElementId::default();
        let mut count = 0;
        for (place, part_type) in fixed.splits.iter().enumerate() {
            let part = if place == 0 {
                self.s.parts.get_mut(whole).part_type = PartType(*part_type);
                self.begin_route(element, whole);
                Some(whole)
            } else {
                piece.part_type = PartType(*part_type);
                self.create(element, piece)
            };
            let Some(part) = part else {
                break;
            };
            self.s.held[places as usize + place] = part;
            count += 1;
        }
        self.s.servers[server as usize].count = count;
    }

    /// Takes a server out of the list of finished ones.
    #[inline(always)]
    pub(super) fn unlink(&mut self, station: u32, server: u32) {
        let state = &mut self.s.stations[station as usize];
        let next = self.s.servers[server as usize].next;
        if state.done_first == server {
            state.done_first = next;
            if next == NONE {
                state.done_last = NONE;
            }
            return;
        }
        let mut before = state.done_first;
        while self.s.servers[before as usize].next != server {
            before = self.s.servers[before as usize].next;
        }
        self.s.servers[before as usize].next = next;
        if next == NONE {
            state.done_last = before;
        }
    }

    /// A server that has given everything away is free again.
    #[inline(always)]
    pub(super) fn release(&mut self, station: u32, server: u32) {
        let state = &mut self.s.stations[station as usize];
        let s = &mut self.s.servers[server as usize];
        s.phase = Phase::Free;
        s.part = NONE;
        s.next = state.free;
        state.free = server;
        state.done -= 1;
    }

    /// Gives away what finished servers hold, as far as others take it.
    #[inline]
    pub fn push_station(&mut self, element: u32) {
        let station = self.m.elements[element as usize].index;
        if !self.is_up(element) {
            return;
        }
        let link = self.m.elements[element as usize].outs_from;
        if self.m.stations[station as usize].blocks_before
            && self.s.stations[station as usize].waiting_for_room > 0
        {
            if self.accepts(link) {
                self.has_room_now(element, station);
            } else {
                self.wait(element, link);
            }
        }
        let mut server = self.s.stations[station as usize].done_first;
        let mut is_freed = false;
        while server != NONE {
            let next = self.s.servers[server as usize].next;
            loop {
                let wish = self.s.servers[server as usize].route;
                let Some(link) = self.open_link(element, wish) else {
                    self.wait(element, wish);
                    break;
                };
                if self.give(element, station, server, link) {
                    is_freed = true;
                    break;
                }
            }
            server = next;
        }
        if is_freed {
            self.got_room(element);
        }
    }

    /// Gives the ready part of a server away; true when that frees the server.
    #[inline(always)]
    fn give(&mut self, element: u32, station: u32, server: u32, link: u32) -> bool {
        let s = &mut self.s.servers[server as usize];
        let part = s.part;
        s.count -= 1;
        let is_freed = !self.make_ready(element, station, server);
        if is_freed {
            self.unlink(station, server);
            self.release(station, server);
        }
        self.deliver(link, part);
        is_freed
    }

    /// The element at the end of `link` fetches a finished part.
    #[inline]
    pub fn fetch_from_station(&mut self, element: u32, link: u32) {
        let station = self.m.elements[element as usize].index;
        if self.has_room_now(element, station) {
            return;
        }
        let mut server = self.s.stations[station as usize].done_first;
        while server != NONE {
            let s = &self.s.servers[server as usize];
            if s.route == link || (s.route == ANY && link != self.reject_of(station)) {
                break;
            }
            server = s.next;
        }
        self.stop_waiting(element);
        if server == NONE {
            return;
        }
        if self.give(element, station, server, link) {
            self.got_room(element);
        }
        if self.s.stations[station as usize].done_first != NONE {
            // Others may wait too, and those who do stand behind in the queue now.
            self.s.tasks.push(Task::Push(element));
        }
    }

    /// How many finished parts wait for `link`.
    pub fn finished_for(&self, station: u32, link: u32) -> u32 {
        let mut count = 0;
        let mut server = self.s.stations[station as usize].done_first;
        while server != NONE {
            let s = &self.s.servers[server as usize];
            if s.route == link || (s.route == ANY && link != self.reject_of(station)) {
                count += 1;
            }
            server = s.next;
        }
        count
    }

    fn reject_of(&self, station: u32) -> u32 {
        self.m.stations[station as usize].reject
    }
}
