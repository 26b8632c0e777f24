//! A station whose servers are in the middle of something when a simulation begins.

use super::Phase;
use crate::simulation::kernel::{Kernel, NONE};
use crate::simulation::network::PartType;
use crate::simulation::observer::Observer;
use crate::simulation::resources::Request;
use crate::simulation::start::{Doing, Restore, ServerStart, StartPart};
use crate::simulation::time::SimTime;

impl<O: Observer> Restore<'_, O> {
    pub(in crate::simulation) fn restore_station(
        &mut self,
        element: u32,
        servers: &[ServerStart],
        fitted: &str,
        gathered: &[(String, StartPart)],
    ) {
        let station = self.kernel.m.elements[element as usize].index;
        let fixed = &self.kernel.m.stations[station as usize];
        if !fitted.is_empty() {
            let fitted = self.part_type(fitted).0;
            for server in fixed.servers_from..fixed.servers_from + fixed.servers {
                self.kernel.s.servers[server as usize].fitted = fitted;
            }
        }
        let mut rng = self.stream(element);
        for start in servers {
            let server = self.kernel.s.stations[station as usize].free;
            if server == NONE {
                break;
            }
            self.kernel.s.stations[station as usize].free =
                self.kernel.s.servers[server as usize].next;
            let parts: Vec<u32> = start
                .parts
                .iter()
                .map(|part| self.part(element, part))
                .collect();
            self.load_parts(station, server, start.doing, &parts);
            self.go_on(element, station, server, start, &mut rng);
        }
        self.restore_gathered(element, station, gathered);
    }

    /// Puts the parts of an operation into a server.
    fn load_parts(&mut self, station: u32, server: u32, doing: Doing, parts: &[u32]) {
        let fixed = &self.kernel.m.stations[station as usize];
        let region = fixed.held_from + (server - fixed.servers_from) * fixed.region;
        let first = match doing {
            Doing::Done => region + fixed.outtake.saturating_sub(parts.len() as u32),
            _ => region,
        };
        if fixed.region > 0 {
            for (place, part) in (first..).zip(parts) {
                self.kernel.s.held[place as usize] = *part;
            }
        }
        let s = &mut self.kernel.s.servers[server as usize];
        s.part = parts.first().copied().unwrap_or(NONE);
        s.next = NONE;
        s.count = parts.len() as u32;
    }

    /// Lets a loaded server go on with what it does.
    fn go_on(
        &mut self,
        element: u32,
        station: u32,
        server: u32,
        start: &ServerStart,
        rng: &mut rand_pcg::Pcg64Mcg,
    ) {
        let model = self.kernel.m;
        let fixed = &model.stations[station as usize];
        let slot = fixed.slots_from + (server - fixed.servers_from);
        let part = self.kernel.s.servers[server as usize].part;
        let part_type = self.kernel.s.parts.get(part).part_type;
        let before = (!start.fitted.is_empty()).then(|| self.part_type(&start.fitted).0);
        self.kernel.s.servers[server as usize].fitted = part_type.0;
        let doing = match start.doing {
            // Nothing is to be waited for any more.
            Doing::Waiting if !fixed.waits => Doing::Processing(0.0),
            doing => doing,
        };
        let (phase, elapsed, distribution) = match doing {
            Doing::Waiting => {
                let s = &mut self.kernel.s.servers[server as usize];
                s.phase = Phase::Waiting;
                if let Some(before) = before {
                    s.fitted = before;
                }
                return;
            }
            Doing::Done => return self.finish(element, station, server),
            Doing::Setup(elapsed) => {
                let changeover = fixed.changeover.as_ref();
                let distribution = changeover.map(|changeover| {
                    let key = (before.unwrap_or(NONE), part_type.0);
                    let found = changeover
                        .matrix
                        .binary_search_by_key(&key, |(from, to, _)| (*from, *to));
                    found.map_or(changeover.duration, |found| changeover.matrix[found].2)
                });
                (Phase::Setup, elapsed, distribution)
            }
            Doing::Processing(elapsed) => {
                let processing = self.kernel.processing_of(element, station, part);
                (Phase::Processing, elapsed, Some(processing))
            }
        };
        let elapsed = SimTime::from_secs_f64(elapsed);
        let whole = distribution
            .and_then(|place| model.distributions[place as usize].sample_beyond(rng, elapsed));
        // What has lasted longer than anything that is described is about to end.
        let whole = whole.unwrap_or(elapsed);
        let s = &mut self.kernel.s.servers[server as usize];
        s.phase = phase;
        s.duration = whole;
        let state = &mut self.kernel.s.stations[station as usize];
        if phase == Phase::Setup {
            state.setting_up += 1;
        } else {
            state.processing += 1;
        }
        self.kernel.schedule_work(slot, whole - elapsed);
        if fixed.wears && phase == Phase::Processing {
            self.kernel.run_clock(station);
        }
        if !fixed.requires.is_empty() {
            self.kernel.take(Request::Server { element, server });
        }
    }

    /// A server whose parts wait to be taken: they were inspected before the start.
    fn finish(&mut self, element: u32, station: u32, server: u32) {
        let fixed = &self.kernel.m.stations[station as usize];
        if fixed.produces != NONE {
            let part = self.kernel.s.servers[server as usize].part;
            self.kernel.s.parts.get_mut(part).part_type = PartType(fixed.produces);
            self.kernel.begin_route(element, part);
        }
        let part = self.kernel.s.servers[server as usize].part;
        let route = self.kernel.route(element, part);
        let s = &mut self.kernel.s.servers[server as usize];
        s.phase = Phase::Done;
        s.route = route;
        let state = &mut self.kernel.s.stations[station as usize];
        state.done += 1;
        if state.done_last == NONE {
            state.done_first = server;
        } else {
            self.kernel.s.servers[state.done_last as usize].next = server;
        }
        self.kernel.s.stations[station as usize].done_last = server;
    }

    fn restore_gathered(&mut self, element: u32, station: u32, gathered: &[(String, StartPart)]) {
        for (giver, part) in gathered {
            let part = self.part(element, part);
            let inlet = self.inlet_from(element, giver);
            let is_complete = self.kernel.gather(element, station, inlet, part);
            debug_assert!(!is_complete, "a complete product has been begun");
        }
        // Whoever gathers looks for more by itself.
        self.kernel.s.tasks.clear();
    }

    /// The inlet by which parts of an element come; the first one when none does.
    fn inlet_from(&self, element: u32, giver: &str) -> u32 {
        let fixed = &self.kernel.m.elements[element as usize];
        let ins = fixed.ins_from as usize..fixed.ins_to as usize;
        let found = self.kernel.m.in_links[ins].iter().position(|link| {
            let from = self.kernel.m.links[*link as usize].from;
            self.kernel.m.names[from as usize] == giver
        });
        found.unwrap_or_default() as u32
    }
}

impl<O: Observer> Kernel<'_, O> {
    /// Has the servers that waited at the start for room or resources look again.
    pub(in crate::simulation) fn prepare_waiting(&mut self, element: u32, station: u32) {
        let fixed = &self.m.stations[station as usize];
        for server in fixed.servers_from..fixed.servers_from + fixed.servers {
            if self.s.servers[server as usize].phase != Phase::Waiting {
                continue;
            }
            if self.is_up(element) {
                self.prepare(element, station, server);
            } else if fixed.blocks_before {
                self.s.stations[station as usize].waiting_for_room += 1;
            } else if let Some((resource, _)) = fixed.requires.first() {
                let request = Request::Server { element, server };
                self.wait_for(*resource, request);
            }
        }
    }
}
