//! The trip of a vehicle: pick up, drive, set down.

use super::VehiclePhase;
use crate::simulation::kernel::{Kernel, NONE, Task};
use crate::simulation::observer::Observer;
use crate::simulation::routing::ANY;

impl<O: Observer> Kernel<'_, O> {
    pub fn fleet_accepts(&self, fleet: u32, inlet: u32) -> bool {
        self.s.fleets[fleet as usize].assigned[inlet as usize] > 0
            && self.vehicles_of(fleet).any(|vehicle| {
                let v = &self.s.vehicles[vehicle as usize];
                v.phase == VehiclePhase::AtPickup && v.stop == inlet
            })
    }

    pub fn enter_fleet(&mut self, element: u32, inlet: u32, part: u32) {
        let fleet = self.m.elements[element as usize].index;
        let standing = self.vehicles_of(fleet).find(|vehicle| {
            let v = &self.s.vehicles[*vehicle as usize];
            v.phase == VehiclePhase::AtPickup && v.stop == inlet
        });
        let Some(vehicle) = standing else {
            return;
        };
        let factor = self.s.elements[element as usize].factor;
        let state = &mut self.s.fleets[fleet as usize];
        state.assigned[inlet as usize] -= 1;
        let load = self.m.fleets[fleet as usize].load;
        let duration = self.m.distributions[load as usize].sample(&mut state.rng, factor);
        self.s.vehicles[vehicle as usize].part = part;
        self.busy(element, vehicle, VehiclePhase::Loading, duration);
    }

    /// A vehicle has arrived, or has loaded or unloaded.
    pub fn vehicle_done(&mut self, element: u32, vehicle: u32) {
        let fleet = self.m.elements[element as usize].index;
        let fixed = &self.m.fleets[fleet as usize];
        let factor = self.s.elements[element as usize].factor;
        self.touch(element);
        let stop = self.s.vehicles[vehicle as usize].stop;
        match self.s.vehicles[vehicle as usize].phase {
            VehiclePhase::ToPickup => {
                let link =
                    self.m.in_links[(self.m.elements[element as usize].ins_from + stop) as usize];
                if self.s.waiting[link as usize] == 0 {
                    self.s.fleets[fleet as usize].assigned[stop as usize] -= 1;
                    self.s.vehicles[vehicle as usize].phase = VehiclePhase::Parked;
                } else {
                    self.s.vehicles[vehicle as usize].phase = VehiclePhase::AtPickup;
                }
                self.s.tasks.push(Task::Pull(element));
            }
            VehiclePhase::Loading => {
                let part = self.s.vehicles[vehicle as usize].part;
                let wish = self.route(element, part);
                let link = if wish == ANY {
                    self.emptiest(element)
                } else {
                    wish
                };
                self.s.vehicles[vehicle as usize].route = link;
                let outlet = link - self.m.elements[element as usize].outs_from;
                self.drive(
                    element,
                    vehicle,
                    fixed.inlets + outlet,
                    VehiclePhase::ToDropOff,
                );
            }
            VehiclePhase::ToDropOff => {
                let rng = &mut self.s.fleets[fleet as usize].rng;
                let duration = self.m.distributions[fixed.unload as usize].sample(rng, factor);
                self.busy(element, vehicle, VehiclePhase::Unloading, duration);
            }
            VehiclePhase::Unloading => {
                let state = &mut self.s.fleets[fleet as usize];
                state.arrivals += 1;
                let v = &mut self.s.vehicles[vehicle as usize];
                v.phase = VehiclePhase::Waiting;
                v.arrival = state.arrivals;
                self.s.tasks.push(Task::Push(element));
            }
            VehiclePhase::Parked | VehiclePhase::AtPickup | VehiclePhase::Waiting => {}
        }
    }

    /// The outlet whose element holds the fewest parts.
    fn emptiest(&self, element: u32) -> u32 {
        let fixed = &self.m.elements[element as usize];
        (fixed.outs_from..fixed.outs_from + fixed.choices())
            .min_by_key(|link| {
                let to = self.m.links[*link as usize].to;
                (self.s.elements[to as usize].content, *link)
            })
            .unwrap_or(fixed.outs_from)
    }

    /// The vehicle that has waited longest with a part for `link`, or for any link.
    fn first_waiting(&self, fleet: u32, link: Option<u32>, after: u64) -> Option<u32> {
        self.vehicles_of(fleet)
            .filter(|vehicle| {
                let v = &self.s.vehicles[*vehicle as usize];
                v.phase == VehiclePhase::Waiting
                    && v.arrival > after
                    && link.is_none_or(|link| v.route == link)
            })
            .min_by_key(|vehicle| self.s.vehicles[*vehicle as usize].arrival)
    }

    fn set_down(&mut self, element: u32, vehicle: u32) {
        let v = &mut self.s.vehicles[vehicle as usize];
        let (part, link) = (v.part, v.route);
        v.phase = VehiclePhase::Parked;
        v.part = NONE;
        v.route = NONE;
        self.deliver(link, part);
        self.s.tasks.push(Task::Pull(element));
    }

    pub fn push_fleet(&mut self, element: u32) {
        let fleet = self.m.elements[element as usize].index;
        let mut after = 0;
        while let Some(vehicle) = self.first_waiting(fleet, None, after) {
            let v = &self.s.vehicles[vehicle as usize];
            after = v.arrival;
            let link = v.route;
            if self.accepts(link) {
                self.set_down(element, vehicle);
            } else {
                self.wait(element, link);
                self.touch(element);
            }
        }
    }

    pub fn fetch_from_fleet(&mut self, element: u32, link: u32) {
        let fleet = self.m.elements[element as usize].index;
        self.s.waiting[link as usize] = 0;
        if let Some(vehicle) = self.first_waiting(fleet, Some(link), 0) {
            self.set_down(element, vehicle);
            self.s.tasks.push(Task::Push(element));
        }
    }
}
