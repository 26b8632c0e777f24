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
        self.s.vehicles[vehicle as usize].cargo.push((part, NONE));
        self.busy(element, vehicle, VehiclePhase::Loading, duration);
    }

    /// A vehicle has arrived, or has loaded or unloaded.
    pub fn vehicle_done(&mut self, element: u32, vehicle: u32) {
        let fleet = self.m.elements[element as usize].index;
        let fixed = &self.m.fleets[fleet as usize];
        self.touch(element);
        let stop = self.s.vehicles[vehicle as usize].stop;
        match self.s.vehicles[vehicle as usize].phase {
            VehiclePhase::ToPickup => {
                if self.s.waiting[self.inlet(element, stop) as usize] == 0 {
                    let places = u64::from(fixed.capacity);
                    self.s.fleets[fleet as usize].assigned[stop as usize] -= places;
                    self.s.vehicles[vehicle as usize].phase = VehiclePhase::Parked;
                } else {
                    self.s.vehicles[vehicle as usize].phase = VehiclePhase::AtPickup;
                }
                self.s.tasks.push(Task::Pull(element));
            }
            VehiclePhase::Loading => {
                if !self.load_another(element, vehicle) {
                    self.set_out(element, vehicle);
                }
            }
            VehiclePhase::ToDropOff => self.begin_unloading(element, vehicle),
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

    /// The link at whose end the stop `stop` of a fleet is.
    fn inlet(&self, element: u32, stop: u32) -> u32 {
        self.m.in_links[(self.m.elements[element as usize].ins_from + stop) as usize]
    }

    /// Takes up another part where the vehicle stands; false when it has no room or none waits.
    fn load_another(&mut self, element: u32, vehicle: u32) -> bool {
        let fleet = self.m.elements[element as usize].index;
        let v = &mut self.s.vehicles[vehicle as usize];
        let stop = v.stop;
        let room = u64::from(self.m.fleets[fleet as usize].capacity) - v.cargo.len() as u64;
        if room == 0 {
            return false;
        }
        let link = self.inlet(element, stop);
        if self.s.waiting[link as usize] != 0 {
            self.s.vehicles[vehicle as usize].phase = VehiclePhase::AtPickup;
            self.fetch(link);
            if self.s.vehicles[vehicle as usize].phase == VehiclePhase::Loading {
                return true;
            }
        }
        self.s.fleets[fleet as usize].assigned[stop as usize] -= room;
        false
    }

    /// Finds the way of each part that a vehicle carries, and drives to where the first one goes.
    fn set_out(&mut self, element: u32, vehicle: u32) {
        for place in 0..self.s.vehicles[vehicle as usize].cargo.len() {
            let (part, _) = self.s.vehicles[vehicle as usize].cargo[place];
            let wish = self.route(element, part);
            let link = if wish == ANY {
                self.emptiest(element)
            } else {
                wish
            };
            self.s.vehicles[vehicle as usize].cargo[place].1 = link;
        }
        self.drive_to_outlet(element, vehicle);
    }

    /// Drives to where the next part is to be set down.
    fn drive_to_outlet(&mut self, element: u32, vehicle: u32) {
        let fixed = &self.m.elements[element as usize];
        if let Some((_, link)) = self.s.vehicles[vehicle as usize].cargo.first() {
            let stop = self.m.fleets[fixed.index as usize].inlets + link - fixed.outs_from;
            self.drive(element, vehicle, stop, VehiclePhase::ToDropOff);
        }
    }

    fn begin_unloading(&mut self, element: u32, vehicle: u32) {
        let fleet = self.m.elements[element as usize].index;
        let factor = self.s.elements[element as usize].factor;
        let unload = self.m.fleets[fleet as usize].unload;
        let rng = &mut self.s.fleets[fleet as usize].rng;
        let duration = self.m.distributions[unload as usize].sample(rng, factor);
        self.busy(element, vehicle, VehiclePhase::Unloading, duration);
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
                    && link.is_none_or(|link| v.outlet() == link)
            })
            .min_by_key(|vehicle| self.s.vehicles[*vehicle as usize].arrival)
    }

    /// The element behind its outlet takes the first part of a vehicle; then those that go there
    /// too are unloaded, and the others driven on.
    fn set_down(&mut self, element: u32, vehicle: u32) {
        let v = &mut self.s.vehicles[vehicle as usize];
        let (part, link) = v.cargo.remove(0);
        v.phase = VehiclePhase::Parked;
        self.deliver(link, part);
        let v = &mut self.s.vehicles[vehicle as usize];
        if v.cargo.is_empty() {
            self.s.tasks.push(Task::Pull(element));
        } else if let Some(place) = v.cargo.iter().position(|(_, other)| *other == link) {
            v.cargo[..=place].rotate_right(1);
            self.begin_unloading(element, vehicle);
        } else {
            self.drive_to_outlet(element, vehicle);
        }
    }

    pub fn push_fleet(&mut self, element: u32) {
        let fleet = self.m.elements[element as usize].index;
        let mut after = 0;
        while let Some(vehicle) = self.first_waiting(fleet, None, after) {
            let v = &self.s.vehicles[vehicle as usize];
            after = v.arrival;
            let link = v.outlet();
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
