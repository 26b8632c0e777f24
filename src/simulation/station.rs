//! Stations: where parts are worked on.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::kernel::{Kernel, NONE, Task};
use super::network::{ElementId, PartType};
use super::observer::{Happening, Observer};
use super::routing::ANY;
use super::time::SimTime;
use crate::model::OperatingState;

/// Change-over when the type of part changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changeover {
    /// Duration between any two types not named in `matrix`.
    pub duration: Distribution,
    /// Durations from one type to another.
    #[serde(default)]
    pub matrix: Vec<(PartType, PartType, Distribution)>,
    /// The type that all servers are set up for at the start; `None`: the first part needs no set-up.
    #[serde(default)]
    pub initial: Option<PartType>,
}

/// What an assembly takes from one inlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The element that hands the parts over; it must be linked to the station.
    pub from: ElementId,
    /// How many parts from there make one product.
    pub count: u32,
}

/// Where parts are worked on: a machine, a work place, a group of equal machines, an oven.
///
/// A server that has finished a part keeps it until the next element takes it (blocking after
/// service). When the station is down, the operations under way pause and are resumed later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// Equal servers, each with its own part or batch.
    #[serde(default = "one")]
    pub servers: u32,
    /// Duration of one operation (of a whole batch, when there are batches).
    pub processing: Distribution,
    /// Durations for some types of parts instead; a batch counts as its first part.
    #[serde(default)]
    pub processing_by_type: Vec<(PartType, Distribution)>,
    /// Change-over between types; `None`: takes no time.
    #[serde(default)]
    pub changeover: Option<Changeover>,
    /// Parts that are processed together; an operation waits until so many are there.
    #[serde(default = "one")]
    pub batch: u32,
    /// Assembly: what one product is made of. The first part from the first need becomes the product,
    /// the others are consumed. Empty: no assembly.
    #[serde(default)]
    pub assembly: Vec<Need>,
    /// The type that parts have after the operation; `None`: unchanged.
    #[serde(default)]
    pub produces: Option<PartType>,
    /// Probability that a finished part is bad.
    #[serde(default)]
    pub scrap: f64,
    /// Where bad parts go (must be linked; it is then no outlet for good parts); `None`: out of the
    /// network.
    #[serde(default)]
    pub reject_to: Option<ElementId>,
}

const fn one() -> u32 {
    1
}

impl Station {
    /// One server, one part at a time.
    #[must_use]
    pub fn new(processing: Distribution) -> Self {
        Self {
            servers: 1,
            processing,
            processing_by_type: Vec::new(),
            changeover: None,
            batch: 1,
            assembly: Vec::new(),
            produces: None,
            scrap: 0.0,
            reject_to: None,
        }
    }

    /// With `servers` equal servers.
    #[must_use]
    pub fn with_servers(mut self, servers: u32) -> Self {
        self.servers = servers;
        self
    }
}

/// The unchanging part of a station. Distributions are positions in the model's list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StationFixed {
    pub(super) processing: u32,
    /// Per type; empty when all types take equally long.
    pub(super) by_type: Vec<u32>,
    pub(super) changeover: Option<ChangeoverFixed>,
    pub(super) servers_from: u32,
    pub(super) servers: u32,
    /// Slot of the first server; the others follow.
    pub(super) slots_from: u32,
    /// Parts that one operation takes in.
    pub(super) intake: u32,
    /// One part in, one part out.
    pub(super) is_simple: bool,
    /// First place of the station in `State::held`: one region of `intake` per server, then one for
    /// the parts that are being gathered.
    pub(super) held_from: u32,
    /// Needed per inlet; empty when there is no assembly.
    pub(super) needs: Vec<u32>,
    /// Inlet whose first part becomes the product.
    pub(super) main_inlet: u32,
    /// First place of the station in `State::gathered`.
    pub(super) gathered_from: u32,
    pub(super) produces: u32,
    pub(super) scrap: f64,
    /// Link for bad parts, or none.
    pub(super) reject: u32,
    /// One part in, the same part out, by the only outlet.
    pub(super) is_plain: bool,
    /// Failure modes of the station whose clock is operation time.
    pub(super) wears: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ChangeoverFixed {
    pub(super) duration: u32,
    /// (from, to, distribution), sorted.
    pub(super) matrix: Vec<(u32, u32, u32)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StationState {
    /// First of the list of free servers.
    free: u32,
    /// First and last of the list of servers with finished parts.
    done_first: u32,
    done_last: u32,
    processing: u32,
    setting_up: u32,
    done: u32,
    gathered: u32,
    /// Time spent processing, up to `clock_at`.
    pub(super) clock: SimTime,
    /// Since when the clock runs, if it does.
    pub(super) clock_at: SimTime,
    pub(super) is_clock_running: bool,
    processing_rng: Pcg64Mcg,
    setup_rng: Pcg64Mcg,
    quality_rng: Pcg64Mcg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    Free,
    Setup,
    Processing,
    Done,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Server {
    pub(super) phase: Phase,
    /// The part in work, or the next one to be given away.
    pub(super) part: u32,
    /// Parts not yet given away.
    pub(super) count: u32,
    /// The link wanted by `part`.
    route: u32,
    /// The next server in the list of free or finished ones.
    next: u32,
    /// Type that the server is set up for.
    fitted: u32,
    /// Full duration of the present operation.
    pub(super) duration: SimTime,
    /// What is left of it, while the station is down.
    pub(super) paused: Option<SimTime>,
}

impl StationState {
    pub(super) fn new(
        fixed: &StationFixed,
        processing_rng: Pcg64Mcg,
        setup_rng: Pcg64Mcg,
        quality_rng: Pcg64Mcg,
    ) -> Self {
        Self {
            free: fixed.servers_from,
            done_first: NONE,
            done_last: NONE,
            processing: 0,
            setting_up: 0,
            done: 0,
            gathered: 0,
            clock: SimTime::ZERO,
            clock_at: SimTime::ZERO,
            is_clock_running: false,
            processing_rng,
            setup_rng,
            quality_rng,
        }
    }
}

impl StationState {
    /// Parts gathered for the next batch or product.
    pub(super) fn gathered(&self) -> u32 {
        self.gathered
    }
}

impl Server {
    pub(super) fn new(next: u32, fitted: u32) -> Self {
        Self {
            phase: Phase::Free,
            part: NONE,
            count: 0,
            route: NONE,
            next,
            fitted,
            duration: SimTime::ZERO,
            paused: None,
        }
    }
}

impl<O: Observer> Kernel<'_, O> {
    #[inline(always)]
    pub(super) fn station_accepts(&self, station: u32, inlet: u32) -> bool {
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
    pub(super) fn enter_station(&mut self, element: u32, inlet: u32, part: u32) {
        let station = self.m.elements[element as usize].index;
        let fixed = &self.m.stations[station as usize];
        self.touch(element);
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
        match &fixed.changeover {
            Some(changeover) => self.set_up(element, station, server, changeover),
            None => self.begin(element, station, server),
        }
    }

    /// Adds a part to those gathered; true when they are complete.
    fn gather(&mut self, element: u32, station: u32, inlet: u32, part: u32) -> bool {
        let fixed = &self.m.stations[station as usize];
        let state = &mut self.s.stations[station as usize];
        let region = fixed.held_from + fixed.servers * fixed.intake;
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
        let from = (fixed.held_from + fixed.servers * fixed.intake) as usize;
        let to = (fixed.held_from + local * fixed.intake) as usize;
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

    fn set_up(&mut self, element: u32, station: u32, server: u32, changeover: &ChangeoverFixed) {
        let s = &mut self.s.servers[server as usize];
        let part_type = self.s.parts.get(s.part).part_type;
        let fitted = std::mem::replace(&mut s.fitted, part_type.0);
        if fitted == part_type.0 || fitted == NONE {
            return self.begin(element, station, server);
        }
        let key = (fitted, part_type.0);
        let distribution = changeover
            .matrix
            .binary_search_by_key(&key, |(from, to, _)| (*from, *to))
            .map_or(changeover.duration, |found| changeover.matrix[found].2);
        let state = &mut self.s.stations[station as usize];
        let factor = self.s.elements[element as usize].factor;
        let duration =
            self.m.distributions[distribution as usize].sample(&mut state.setup_rng, factor);
        state.setting_up += 1;
        s.phase = Phase::Setup;
        s.duration = duration;
        let fixed = &self.m.stations[station as usize];
        let local = server - fixed.servers_from;
        self.schedule_work(fixed.slots_from + local, duration);
        let element = ElementId(element);
        self.tell(Happening::SetupBegan {
            element,
            server: local,
            part_type,
            duration,
        });
    }

    #[inline]
    fn begin(&mut self, element: u32, station: u32, server: u32) {
        let fixed = &self.m.stations[station as usize];
        let state = &mut self.s.stations[station as usize];
        let s = &mut self.s.servers[server as usize];
        let distribution = if fixed.by_type.is_empty() {
            fixed.processing
        } else {
            let part_type = self.s.parts.get(s.part).part_type.0;
            fixed
                .by_type
                .get(part_type as usize)
                .copied()
                .unwrap_or(fixed.processing)
        };
        let factor = self.s.elements[element as usize].factor;
        let duration =
            self.m.distributions[distribution as usize].sample(&mut state.processing_rng, factor);
        s.phase = Phase::Processing;
        s.duration = duration;
        state.processing += 1;
        let local = server - fixed.servers_from;
        self.schedule_work(fixed.slots_from + local, duration);
        if fixed.wears {
            self.run_clock(station);
            self.arm_wear(element, station, duration);
        }
        self.tell(Happening::Started {
            element: ElementId(element),
            server: local,
            part: self.s.parts.get(self.s.servers[server as usize].part),
            duration,
        });
    }

    /// Lets the clock of operation time run.
    #[inline(always)]
    pub(super) fn run_clock(&mut self, station: u32) {
        let state = &mut self.s.stations[station as usize];
        if !state.is_clock_running && state.processing > 0 {
            state.is_clock_running = true;
            state.clock_at = self.s.now;
        }
    }

    /// Stops the clock of operation time.
    #[inline(always)]
    pub(super) fn stop_clock(&mut self, station: u32) {
        let state = &mut self.s.stations[station as usize];
        if state.is_clock_running {
            state.is_clock_running = false;
            state.clock += self.s.now - state.clock_at;
        }
    }

    /// The set-up or operation of a server has ended.
    #[inline]
    pub(super) fn server_done(&mut self, element: u32, server: u32) {
        let station = self.m.elements[element as usize].index;
        let fixed = &self.m.stations[station as usize];
        let state = &mut self.s.stations[station as usize];
        let s = &mut self.s.servers[server as usize];
        if s.phase == Phase::Setup {
            state.setting_up -= 1;
            self.touch(element);
            return self.begin(element, station, server);
        }
        state.processing -= 1;
        if fixed.wears && state.processing == 0 {
            self.stop_clock(station);
        }
        self.touch(element);
        if fixed.is_plain && self.pass_on(element, station, server) {
            return;
        }
        let state = &mut self.s.stations[station as usize];
        let s = &mut self.s.servers[server as usize];
        state.done += 1;
        s.phase = Phase::Done;
        s.next = NONE;
        if state.done_last == NONE {
            state.done_first = server;
        } else {
            self.s.servers[state.done_last as usize].next = server;
        }
        state.done_last = server;
        if self.make_ready(element, station, server) {
            self.push_station(element);
        } else {
            self.unlink(station, server);
            self.release(station, server);
            self.s.tasks.push(Task::Pull(element));
        }
    }

    /// Hands a finished part over at once, if nobody stands before it and the next element takes it.
    #[inline(always)]
    fn pass_on(&mut self, element: u32, station: u32, server: u32) -> bool {
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
    fn make_ready(&mut self, element: u32, station: u32, server: u32) -> bool {
        let fixed = &self.m.stations[station as usize];
        loop {
            let s = &self.s.servers[server as usize];
            if s.count == 0 {
                return false;
            }
            let part = if fixed.intake > 1 && fixed.needs.is_empty() {
                let local = server - fixed.servers_from;
                let place = fixed.held_from + local * fixed.intake + (fixed.intake - s.count);
                self.s.held[place as usize]
            } else {
                s.part
            };
            if fixed.produces != NONE {
                self.s.parts.get_mut(part).part_type = PartType(fixed.produces);
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

    /// Takes a server out of the list of finished ones.
    #[inline(always)]
    fn unlink(&mut self, station: u32, server: u32) {
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
    fn release(&mut self, station: u32, server: u32) {
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
    pub(super) fn push_station(&mut self, element: u32) {
        let station = self.m.elements[element as usize].index;
        if !self.is_up(element) {
            return;
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
    pub(super) fn fetch_from_station(&mut self, element: u32, link: u32) {
        let station = self.m.elements[element as usize].index;
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
    pub(super) fn finished_for(&self, station: u32, link: u32) -> u32 {
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

    #[inline]
    pub(super) fn station_state(&self, station: u32) -> OperatingState {
        let state = &self.s.stations[station as usize];
        if state.processing > 0 {
            OperatingState::Execute
        } else if state.setting_up > 0 {
            OperatingState::Setup
        } else if state.done > 0 {
            OperatingState::Blocked
        } else {
            OperatingState::Starved
        }
    }

    /// The station goes down: what its servers do pauses.
    pub(super) fn pause_station(&mut self, station: u32) {
        self.stop_clock(station);
        let fixed = &self.m.stations[station as usize];
        for local in 0..fixed.servers {
            let slot = fixed.slots_from + local;
            let s = &mut self.s.servers[(fixed.servers_from + local) as usize];
            if matches!(s.phase, Phase::Processing | Phase::Setup)
                && let Some(time) = self.s.calendar.time_of(slot)
            {
                s.paused = Some(time - self.s.now);
                self.s.calendar.cancel(slot);
            }
        }
    }

    /// The station works again: what its servers do goes on.
    pub(super) fn resume_station(&mut self, element: u32, station: u32) {
        let fixed = &self.m.stations[station as usize];
        let mut longest = SimTime::ZERO;
        for local in 0..fixed.servers {
            let s = &mut self.s.servers[(fixed.servers_from + local) as usize];
            if let Some(left) = s.paused.take() {
                if s.phase == Phase::Processing {
                    longest = longest.max(left);
                }
                self.schedule_work(fixed.slots_from + local, left);
            }
        }
        if fixed.wears && self.s.stations[station as usize].processing > 0 {
            self.run_clock(station);
            self.arm_wear(element, station, longest);
        }
    }
}
