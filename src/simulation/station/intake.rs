//! How parts come into a station: one by one, or gathered for a batch or an assembly.

use super::Phase;
use crate::simulation::kernel::{Kernel, NONE, Task};
use crate::simulation::network::ElementId;
use crate::simulation::observer::{Happening, Observer};
use crate::simulation::resources::Request;

impl<O: Observer> Kernel<'_, O> {
    #[inline(always)]
    pub fn station_accepts(&self, station: u32, inlet: u32) -> bool {
        let state = &self.s.stations[station as usize];
        if state.free == NONE {
            return false;
        }
        let fixed = &self.m.stations[station as usize];
        fixed.is_simple || fixed.needs.is_empty() || {
            let gathered = self.s.gathered[(fixed.gathered_from + inlet) as usize];
            fixed
                .needs
                .get(inlet as usize)
                .is_some_and(|need| gathered < *need)
        }
    }

    #[inline]
    pub fn enter_station(&mut self, element: u32, inlet: u32, part: u32) {
        let station = self.m.elements[element as usize].index;
        let fixed = &self.m.stations[station as usize];
        self.touch(element);
        let relay = &self.m.relays[station as usize];
        if relay.is_plain {
            return self.enter_plain(relay, part);
        }
        if !fixed.is_simple && !self.gather(element, station, inlet, part) {
            return;
        }
        let state = &mut self.s.stations[station as usize];
        let server = state.free;
        state.free = self.s.servers[server as usize].next;
        let part = if fixed.is_simple {
            part
        } else {
            self.load(element, station, server)
        };
        let s = &mut self.s.servers[server as usize];
        s.part = part;
        if fixed.is_simple {
            s.count = 1;
        }
        if fixed.waits {
            return self.prepare(element, station, server);
        }
        match &fixed.changeover {
            Some(changeover) => self.set_up(element, station, server, changeover),
            None => self.begin(element, station, server),
        }
    }

    /// Lets a loaded server wait until there is room behind it, if that is to be waited for.
    pub(super) fn prepare(&mut self, element: u32, station: u32, server: u32) {
        let fixed = &self.m.stations[station as usize];
        let link = self.m.elements[element as usize].outs_from;
        self.s.servers[server as usize].phase = Phase::Waiting;
        if fixed.blocks_before && !self.accepts(link) {
            self.s.stations[station as usize].waiting_for_room += 1;
            self.wait(element, link);
            return;
        }
        self.equip(element, server);
    }

    /// Takes the resources of an operation, or waits for them.
    fn equip(&mut self, element: u32, server: u32) {
        let station = self.m.elements[element as usize].index;
        let fixed = &self.m.stations[station as usize];
        if fixed.requires.is_empty() || self.seize(Request::Server { element, server }) {
            self.equipped(element, server);
        }
    }

    /// Everything that an operation needs is there.
    pub fn equipped(&mut self, element: u32, server: u32) {
        let station = self.m.elements[element as usize].index;
        self.touch(element);
        match &self.m.stations[station as usize].changeover {
            Some(changeover) => self.set_up(element, station, server, changeover),
            None => self.begin(element, station, server),
        }
    }

    /// There is room behind a station whose server has waited for it before it began; false when
    /// none has.
    #[inline]
    pub(super) fn has_room_now(&mut self, element: u32, station: u32) -> bool {
        let fixed = &self.m.stations[station as usize];
        if !fixed.blocks_before || self.s.stations[station as usize].waiting_for_room == 0 {
            return false;
        }
        self.stop_waiting(element);
        self.s.stations[station as usize].waiting_for_room -= 1;
        // Such a station has one server.
        self.equip(element, fixed.servers_from);
        true
    }

    /// Adds a part to those gathered; true when they are complete.
    pub(super) fn gather(&mut self, element: u32, station: u32, inlet: u32, part: u32) -> bool {
        let fixed = &self.m.stations[station as usize];
        let state = &mut self.s.stations[station as usize];
        let region = fixed.held_from + fixed.servers * fixed.region;
        let position = region + state.gathered;
        self.s.held[position as usize] = part;
        state.gathered += 1;
        let gathered = state.gathered;
        if !fixed.needs.is_empty() {
            let of_inlet = &mut self.s.gathered[(fixed.gathered_from + inlet) as usize];
            *of_inlet += 1;
            if inlet == fixed.main_inlet && *of_inlet == 1 {
                // What becomes the product stands first.
                self.s.held.swap(region as usize, position as usize);
            }
            if gathered == fixed.intake {
                // The next product may be gathered as soon as this one has its server.
                self.s.tasks.push(Task::Pull(element));
            }
        }
        gathered == fixed.intake
    }

    /// Moves the gathered parts into a server; the first of them.
    fn load(&mut self, element: u32, station: u32, server: u32) -> u32 {
        let fixed = &self.m.stations[station as usize];
        let local = server - fixed.servers_from;
        let from = (fixed.held_from + fixed.servers * fixed.region) as usize;
        let to = (fixed.held_from + local * fixed.region) as usize;
        let intake = fixed.intake as usize;
        self.s.held.copy_within(from..from + intake, to);
        self.s.stations[station as usize].gathered = 0;
        let first = self.s.held[to];
        self.s.servers[server as usize].count = fixed.intake;
        if !fixed.needs.is_empty() {
            for place in 0..fixed.needs.len() {
                self.s.gathered[fixed.gathered_from as usize + place] = 0;
            }
            let into = self.s.parts.get(first).id;
            for place in to + 1..to + intake {
                let part = self.destroy(element, self.s.held[place]);
                self.tell(Happening::Consumed {
                    element: ElementId(element),
                    part,
                    into,
                });
            }
            self.s.servers[server as usize].count = 1;
        }
        first
    }
}
