//! What the servers of a station do: set up, work, pause and go on.

use std::hint::select_unpredictable;

use super::{ChangeoverFixed, Phase};
use crate::model::OperatingState;
use crate::simulation::kernel::{Kernel, NONE, Task};
use crate::simulation::network::ElementId;
use crate::simulation::observer::{Happening, Observer};
use crate::simulation::resources::Request;
use crate::simulation::time::SimTime;

impl<O: Observer> Kernel<'_, O> {
    pub(super) fn set_up(
        &mut self,
        element: u32,
        station: u32,
        server: u32,
        changeover: &ChangeoverFixed,
    ) {
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
    pub(super) fn begin(&mut self, element: u32, station: u32, server: u32) {
        let fixed = &self.m.stations[station as usize];
        let distribution = if fixed.is_uniform {
            fixed.processing
        } else {
            self.processing_of(element, station, self.s.servers[server as usize].part)
        };
        let state = &mut self.s.stations[station as usize];
        let s = &mut self.s.servers[server as usize];
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
    pub fn run_clock(&mut self, station: u32) {
        let state = &mut self.s.stations[station as usize];
        if !state.is_clock_running && state.processing > 0 {
            state.is_clock_running = true;
            state.clock_at = self.s.now;
        }
    }

    /// Stops the clock of operation time.
    #[inline(always)]
    pub fn stop_clock(&mut self, station: u32) {
        let state = &mut self.s.stations[station as usize];
        if state.is_clock_running {
            state.is_clock_running = false;
            state.clock += self.s.now - state.clock_at;
        }
    }

    /// The set-up or operation of a server has ended.
    #[inline]
    pub fn server_done(&mut self, element: u32, server: u32) {
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
        if !fixed.requires.is_empty() {
            self.give_back(Request::Server { element, server });
        }
        if fixed.is_plain && self.pass_on(element, station, server) {
            return;
        }
        if !fixed.splits.is_empty() {
            self.split(element, station, server);
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

    #[inline]
    pub fn station_state(&self, station: u32) -> OperatingState {
        let state = &self.s.stations[station as usize];
        let waiting = if state.done + state.waiting_for_room > 0 {
            OperatingState::Blocked
        } else {
            OperatingState::Starved
        };
        let resting = if state.setting_up > 0 {
            OperatingState::Setup
        } else {
            waiting
        };
        // Nobody can guess which it is, so it is selected and not jumped to.
        select_unpredictable(state.processing > 0, OperatingState::Execute, resting)
    }

    /// Plans anew the failures that come before what the servers do is over.
    pub fn rearm_station(&mut self, element: u32, station: u32) {
        let fixed = &self.m.stations[station as usize];
        let state = &self.s.stations[station as usize];
        if !fixed.wears || state.processing == 0 {
            return;
        }
        let ends = (0..fixed.servers).filter_map(|local| {
            let server = &self.s.servers[(fixed.servers_from + local) as usize];
            let end = self.s.calendar.time_of(fixed.slots_from + local);
            end.filter(|_| server.phase == Phase::Processing)
        });
        if let Some(end) = ends.max() {
            self.arm_wear(element, station, end - self.s.now);
        }
    }

    /// The station goes down: what its servers do pauses.
    pub fn pause_station(&mut self, station: u32) {
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
    pub fn resume_station(&mut self, element: u32, station: u32) {
        let fixed = &self.m.stations[station as usize];
        if fixed.waits {
            self.ask_again(station);
        }
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
