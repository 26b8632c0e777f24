//! Calls for vehicles, and who answers them.

use super::VehiclePhase;
use crate::model::process::Dispatch;
use crate::simulation::kernel::{Kernel, NONE};
use crate::simulation::model::Kind;
use crate::simulation::network::ElementId;
use crate::simulation::observer::{Happening, Observer};
use crate::simulation::routing::Router;
use crate::simulation::time::SimTime;

impl<O: Observer> Kernel<'_, O> {
    /// How many parts wait for a vehicle at the beginning of `link`.
    fn calls(&self, link: u32) -> u32 {
        if self.s.waiting[link as usize] == 0 {
            return 0;
        }
        let from = self.m.links[link as usize].from;
        let fixed = &self.m.elements[from as usize];
        match (fixed.kind, &fixed.router) {
            (Kind::Buffer, Router::Single) => self.s.elements[from as usize].content,
            (Kind::Station, _) => self.finished_for(fixed.index, link),
            _ => 1,
        }
    }

    /// Sends parked vehicles to parts that call.
    pub fn dispatch(&mut self, element: u32) {
        if !self.is_up(element) {
            return;
        }
        let fleet = self.m.elements[element as usize].index;
        let fixed = &self.m.elements[element as usize];
        loop {
            let rule = self.m.fleets[fleet as usize].dispatch;
            let mut first = ((u64::MAX, u64::MAX), NONE);
            for &link in &self.m.in_links[fixed.ins_from as usize..fixed.ins_to as usize] {
                let since = self.s.waiting[link as usize];
                let inlet = self.m.links[link as usize].inlet;
                let assigned = self.s.fleets[fleet as usize].assigned[inlet as usize];
                let calls = u64::from(self.calls(link));
                if since == 0 || calls <= assigned {
                    continue;
                }
                let rank = match rule {
                    Dispatch::Oldest => 0,
                    Dispatch::LongestQueue => u64::MAX - (calls - assigned),
                    Dispatch::Nearest => {
                        let vehicle = self.nearest_parked(fleet, inlet);
                        vehicle.map_or(u64::MAX, |(way, _)| way.as_nanos().unsigned_abs())
                    }
                };
                if (rank, since) < first.0 {
                    first = ((rank, since), inlet);
                }
            }
            let inlet = first.1;
            if inlet == NONE {
                return;
            }
            let nearest = self.nearest_parked(fleet, inlet);
            let Some((_, vehicle)) = nearest else {
                return;
            };
            let places = u64::from(self.m.fleets[fleet as usize].capacity);
            self.s.fleets[fleet as usize].assigned[inlet as usize] += places;
            self.drive(element, vehicle, inlet, VehiclePhase::ToPickup);
        }
    }

    /// The parked vehicle with the shortest way to an inlet, and that way.
    fn nearest_parked(&self, fleet: u32, inlet: u32) -> Option<(SimTime, u32)> {
        self.vehicles_of(fleet)
            .filter(|vehicle| self.s.vehicles[*vehicle as usize].phase == VehiclePhase::Parked)
            .map(|vehicle| {
                let stop = self.s.vehicles[vehicle as usize].stop;
                (self.travel(fleet, stop, inlet), vehicle)
            })
            .min()
    }

    fn travel(&self, fleet: u32, from: u32, to: u32) -> SimTime {
        let fixed = &self.m.fleets[fleet as usize];
        fixed.travel[(from * fixed.stops + to) as usize]
    }

    pub(super) fn drive(&mut self, element: u32, vehicle: u32, stop: u32, phase: VehiclePhase) {
        let fleet = self.m.elements[element as usize].index;
        let from_stop = self.s.vehicles[vehicle as usize].stop;
        let factor = self.s.elements[element as usize].factor;
        let travel = self.travel(fleet, from_stop, stop);
        let duration = SimTime::from_secs_f64(travel.as_secs_f64() * factor);
        let v = &mut self.s.vehicles[vehicle as usize];
        v.from_stop = from_stop;
        v.stop = stop;
        self.busy(element, vehicle, phase, duration);
        let local = vehicle - self.m.fleets[fleet as usize].vehicles_from;
        self.tell(Happening::Departed {
            element: ElementId(element),
            vehicle: local,
            from_stop,
            to_stop: stop,
            duration,
        });
    }

    pub(super) fn busy(
        &mut self,
        element: u32,
        vehicle: u32,
        phase: VehiclePhase,
        duration: SimTime,
    ) {
        let fixed = &self.m.fleets[self.m.elements[element as usize].index as usize];
        let v = &mut self.s.vehicles[vehicle as usize];
        v.phase = phase;
        v.duration = duration;
        self.schedule_work(fixed.slots_from + vehicle - fixed.vehicles_from, duration);
        self.touch(element);
    }
}
