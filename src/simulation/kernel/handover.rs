//! How parts move between elements.
//!
//! A part moves along a link when the giver has it ready and the taker has room. Whoever changes
//! first asks the other: a giver *pushes*; when the taker has no room, the link is marked as waiting,
//! and as soon as the taker has room it *pulls* from its oldest waiting link. Both are tasks on a
//! small stack instead of calls, so a long blocked line that starts to move does not recurse.
//! An element that is down neither gives nor takes.

use super::{Halt, Kernel, NONE, Task};
use crate::simulation::model::{DisciplineFixed, Kind};
use crate::simulation::network::ElementId;
use crate::simulation::observer::{Happening, Observer, Part};
use crate::simulation::routing::ANY;

/// The most parts that may be in a network at once.
const MAX_PARTS: usize = 10_000_000;

impl<O: Observer> Kernel<'_, O> {
    /// Tells the number of parts in `element` after it has changed.
    #[inline(always)]
    pub fn tell_content(&mut self, element: u32) {
        let content = self.s.elements[element as usize].content;
        self.tell(Happening::ContentChanged {
            element: ElementId(element),
            content,
        });
    }

    /// A new part in `element`; `None` when there are too many.
    #[inline]
    pub fn create(&mut self, element: u32, part: Part) -> Option<u32> {
        if self.s.parts.present() >= MAX_PARTS {
            self.s.halt = Some(Halt::TooManyParts);
            return None;
        }
        let place = self.s.parts.add(part);
        self.begin_route(element, place);
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
    pub fn destroy(&mut self, element: u32, place: u32) -> Part {
        self.s.elements[element as usize].content -= 1;
        let part = self.s.parts.remove(place);
        if self.m.has_limits {
            self.left_process(part);
        }
        self.tell_content(element);
        part
    }

    /// A part that has come into a sink leaves the network.
    #[inline(always)]
    pub fn complete(&mut self, sink: u32, part: u32) {
        self.s.elements[sink as usize].produced += 1;
        let part = self.destroy(sink, part);
        self.tell(Happening::Completed {
            element: ElementId(sink),
            part,
        });
    }

    /// The element at the other end of `link` would take a part now.
    #[inline(always)]
    pub fn accepts(&self, link: u32) -> bool {
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
    pub fn wait(&mut self, element: u32, wish: u32) {
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
    pub fn wait_at(&mut self, link: u32) {
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
    pub fn got_room(&mut self, element: u32) {
        if self.is_awaited(element) {
            self.s.tasks.push(Task::Pull(element));
        }
    }

    /// Somebody waits to give `element` a part.
    #[inline(always)]
    pub fn is_awaited(&self, element: u32) -> bool {
        let fixed = &self.m.elements[element as usize];
        let ins = &self.m.in_links[fixed.ins_from as usize..fixed.ins_to as usize];
        ins.iter().any(|link| self.s.waiting[*link as usize] != 0)
    }

    /// Forgets that `element` waits, until its next push.
    #[inline(always)]
    pub fn stop_waiting(&mut self, element: u32) {
        let fixed = &self.m.elements[element as usize];
        for waiting in &mut self.s.waiting[fixed.outs_from as usize..fixed.outs_to as usize] {
            *waiting = 0;
        }
    }

    /// Gives away what is ready.
    #[inline]
    pub(super) fn push(&mut self, element: u32) {
        if !self.is_up(element) {
            return;
        }
        let fixed = &self.m.elements[element as usize];
        match fixed.kind {
            Kind::Station => self.push_station(element),
            Kind::Fleet => self.push_fleet(element),
            Kind::Sink => {}
            Kind::Buffer if fixed.relay_behind != NONE => self.push_into_plain(fixed.relay_behind),
            Kind::Buffer if fixed.is_single() => self.push_buffer(element),
            Kind::Buffer | Kind::Source | Kind::Conveyor => self.push_head(element),
        }
    }

    /// Gives away what is in a buffer with one outlet.
    #[inline(always)]
    fn push_buffer(&mut self, element: u32) {
        let m = self.m;
        let fixed = &m.elements[element as usize];
        let link = fixed.outs_from;
        while let Some(part) = self.s.buffers[fixed.index as usize].front().copied() {
            if !self.accepts(link) {
                self.wait_at(link);
                return;
            }
            self.s.waiting[link as usize] = 0;
            self.s.buffers[fixed.index as usize].pop_front();
            self.got_room(element);
            self.deliver(link, part);
            if self.s.halt.is_some() {
                return;
            }
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
    pub(super) fn pull(&mut self, element: u32) {
        if !self.is_up(element) {
            return;
        }
        let fixed = &self.m.elements[element as usize];
        if fixed.relay_before != NONE && self.s.halt.is_none() {
            // Such a station has one part, and it is the only one that gives to this buffer.
            if self.unblock_plain(fixed.relay_before) {
                return;
            }
        }
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
    pub fn fetch(&mut self, link: u32) {
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
            Kind::Station => {
                if !self.unblock_plain(fixed.index) {
                    self.fetch_from_station(from, link);
                }
            }
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

    /// Puts a part where it belongs in a buffer that is not first in, first out.
    pub fn sort_in(&mut self, element: u32, buffer: u32, part: u32) {
        let rank = |part: u32| {
            let part = self.s.parts.get(part);
            match &self.m.disciplines[buffer as usize] {
                DisciplineFixed::Priority(ranks) => {
                    let rank = ranks.get(part.part_type.0 as usize);
                    i64::from(rank.copied().unwrap_or(u32::MAX))
                }
                DisciplineFixed::DueDate => {
                    let due_times = &self.m.due_times;
                    let found = due_times.binary_search_by_key(&part.order, |(order, _)| *order);
                    found.map_or(i64::MAX, |place| due_times[place].1.as_nanos())
                }
                DisciplineFixed::Fifo | DisciplineFixed::Lifo => 0,
            }
        };
        let queue = &self.s.buffers[buffer as usize];
        let place = match &self.m.disciplines[buffer as usize] {
            DisciplineFixed::Fifo => queue.len(),
            DisciplineFixed::Lifo => 0,
            _ => {
                let own = rank(part);
                queue.partition_point(|other| rank(*other) <= own)
            }
        };
        self.s.buffers[buffer as usize].insert(place, part);
        if place == 0 {
            // Another part stands at the front now, and may want to go elsewhere.
            self.stop_waiting(element);
            self.s.tasks.push(Task::Push(element));
        } else if self.is_calling(element) {
            self.call(element);
        }
    }

    /// Another part than the one that came first leaves this buffer first.
    pub fn is_sorting(&self, buffer: u32) -> bool {
        !matches!(self.m.disciplines[buffer as usize], DisciplineFixed::Fifo)
    }

    /// Each part of this buffer calls a vehicle.
    fn is_calling(&self, buffer: u32) -> bool {
        let fixed = &self.m.elements[buffer as usize];
        fixed.is_single() && self.m.links[fixed.outs_from as usize].to_kind == Kind::Fleet
    }

    /// A part has come into a buffer in which others wait for vehicles already.
    #[cold]
    fn call(&mut self, buffer: u32) {
        let link = self.m.elements[buffer as usize].outs_from;
        self.dispatch(self.m.links[link as usize].to);
    }

    /// Hands `part`, already taken out of the giver, to the taker.
    #[inline]
    pub fn deliver(&mut self, link: u32, part: u32) {
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
        if fixed.touches {
            self.touch(from);
        }
        if !self.m.part_routes.is_empty() {
            self.visit(link, to, part);
        }
        match fixed.to_kind {
            Kind::Buffer if fixed.sorts => self.sort_in(to, fixed.to_index, part),
            Kind::Buffer => {
                let queue = &mut self.s.buffers[fixed.to_index as usize];
                queue.push_back(part);
                if queue.len() == 1 {
                    self.s.tasks.push(Task::Push(to));
                } else if fixed.calls {
                    self.call(to);
                }
            }
            Kind::Station => self.enter_station(to, fixed.inlet, part),
            Kind::Sink => self.complete(to, part),
            Kind::Conveyor => self.enter_conveyor(to, part),
            Kind::Fleet => self.enter_fleet(to, fixed.inlet, part),
            Kind::Source => {}
        }
    }
}
