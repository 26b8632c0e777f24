//! Transport fleets: vehicles that carry parts between elements.
//!
//! A fleet has a stop for every inlet and outlet. A part that waits at an inlet calls a vehicle; the
//! oldest call is served first, by the nearest parked vehicle. The vehicle drives there, loads,
//! drives to the outlet that the fleet's routing names, unloads, and parks where it is. Where every
//! vehicle is can be asked at any time ([`super::Simulation::vehicles`]).

use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::kernel::{Kernel, NONE, Task};
use super::model::Kind;
use super::network::ElementId;
use super::observer::{Happening, Observer};
use super::routing::{ANY, Router};
use super::time::SimTime;
use crate::model::OperatingState;

/// Vehicles that carry one part each. Its stops are numbered: first the inlets in the order of the
/// links, then the outlets. At the start all vehicles are parked at the first stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// How many vehicles.
    pub vehicles: u32,
    /// Speed in metres per second, empty or loaded.
    pub speed_mps: f64,
    /// Time to load a part.
    pub load: Distribution,
    /// Time to unload a part.
    pub unload: Distribution,
    /// Way between any two stops not named in `distances_m`, in metres.
    pub distance_m: f64,
    /// Ways between the stops at two linked elements, in metres, the same in both directions.
    #[serde(default)]
    pub distances_m: Vec<(ElementId, ElementId, f64)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FleetFixed {
    pub(super) element: u32,
    pub(super) load: u32,
    pub(super) unload: u32,
    pub(super) vehicles_from: u32,
    pub(super) vehicles: u32,
    pub(super) slots_from: u32,
    pub(super) inlets: u32,
    pub(super) stops: u32,
    /// Time of travel between stops, row by row.
    pub(super) travel: Vec<SimTime>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FleetState {
    /// Vehicles on their way to each inlet or standing there to load.
    assigned: Vec<u32>,
    arrivals: u64,
    rng: Pcg64Mcg,
}

/// What a vehicle is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VehiclePhase {
    /// Waits for a call.
    Parked,
    /// Drives, empty, to a part that has called.
    ToPickup,
    /// Stands where a part has called, which is not ready any more or not yet.
    AtPickup,
    /// Takes a part up.
    Loading,
    /// Drives with a part.
    ToDropOff,
    /// Sets a part down.
    Unloading,
    /// Stands with a part that nobody takes.
    Waiting,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Vehicle {
    pub(super) phase: VehiclePhase,
    pub(super) from_stop: u32,
    /// Where it is, or drives to.
    pub(super) stop: u32,
    pub(super) part: u32,
    /// Link by which the part leaves.
    route: u32,
    /// Order in which vehicles have come to wait.
    arrival: u64,
    pub(super) duration: SimTime,
    pub(super) paused: Option<SimTime>,
}

impl FleetState {
    pub(super) fn new(inlets: u32, rng: Pcg64Mcg) -> Self {
        Self {
            assigned: vec![0; inlets as usize],
            arrivals: 0,
            rng,
        }
    }
}

impl Vehicle {
    pub(super) fn new() -> Self {
        Self {
            phase: VehiclePhase::Parked,
            from_stop: 0,
            stop: 0,
            part: NONE,
            route: NONE,
            arrival: 0,
            duration: SimTime::ZERO,
            paused: None,
        }
    }
}

impl<O: Observer> Kernel<'_, O> {
    fn vehicles_of(&self, fleet: u32) -> std::ops::Range<u32> {
        let fixed = &self.m.fleets[fleet as usize];
        fixed.vehicles_from..fixed.vehicles_from + fixed.vehicles
    }

    pub(super) fn fleet_accepts(&self, fleet: u32, inlet: u32) -> bool {
        self.s.fleets[fleet as usize].assigned[inlet as usize] > 0
            && self.vehicles_of(fleet).any(|vehicle| {
                let v = &self.s.vehicles[vehicle as usize];
                v.phase == VehiclePhase::AtPickup && v.stop == inlet
            })
    }

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

    /// Sends parked vehicles to parts that call, the oldest call first.
    pub(super) fn dispatch(&mut self, element: u32) {
        if !self.is_up(element) {
            return;
        }
        let fleet = self.m.elements[element as usize].index;
        let fixed = &self.m.elements[element as usize];
        loop {
            let mut oldest = (u64::MAX, NONE);
            for &link in &self.m.in_links[fixed.ins_from as usize..fixed.ins_to as usize] {
                let since = self.s.waiting[link as usize];
                let inlet = self.m.links[link as usize].inlet;
                let assigned = self.s.fleets[fleet as usize].assigned[inlet as usize];
                if since != 0 && since < oldest.0 && self.calls(link) > assigned {
                    oldest = (since, inlet);
                }
            }
            let inlet = oldest.1;
            if inlet == NONE {
                return;
            }
            let nearest = self
                .vehicles_of(fleet)
                .filter(|vehicle| self.s.vehicles[*vehicle as usize].phase == VehiclePhase::Parked)
                .min_by_key(|vehicle| {
                    let stop = self.s.vehicles[*vehicle as usize].stop;
                    (self.travel(fleet, stop, inlet), *vehicle)
                });
            let Some(vehicle) = nearest else {
                return;
            };
            self.s.fleets[fleet as usize].assigned[inlet as usize] += 1;
            self.drive(element, vehicle, inlet, VehiclePhase::ToPickup);
        }
    }

    fn travel(&self, fleet: u32, from: u32, to: u32) -> SimTime {
        let fixed = &self.m.fleets[fleet as usize];
        fixed.travel[(from * fixed.stops + to) as usize]
    }

    fn drive(&mut self, element: u32, vehicle: u32, stop: u32, phase: VehiclePhase) {
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

    fn busy(&mut self, element: u32, vehicle: u32, phase: VehiclePhase, duration: SimTime) {
        let fixed = &self.m.fleets[self.m.elements[element as usize].index as usize];
        let v = &mut self.s.vehicles[vehicle as usize];
        v.phase = phase;
        v.duration = duration;
        self.schedule_work(fixed.slots_from + vehicle - fixed.vehicles_from, duration);
        self.touch(element);
    }

    /// A vehicle has arrived, or has loaded or unloaded.
    pub(super) fn vehicle_done(&mut self, element: u32, vehicle: u32) {
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

    pub(super) fn enter_fleet(&mut self, element: u32, inlet: u32, part: u32) {
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

    pub(super) fn push_fleet(&mut self, element: u32) {
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

    pub(super) fn fetch_from_fleet(&mut self, element: u32, link: u32) {
        let fleet = self.m.elements[element as usize].index;
        self.s.waiting[link as usize] = 0;
        if let Some(vehicle) = self.first_waiting(fleet, Some(link), 0) {
            self.set_down(element, vehicle);
            self.s.tasks.push(Task::Push(element));
        }
    }

    pub(super) fn fleet_state(&self, fleet: u32) -> OperatingState {
        let mut is_blocked = false;
        for vehicle in self.vehicles_of(fleet) {
            match self.s.vehicles[vehicle as usize].phase {
                VehiclePhase::Waiting => is_blocked = true,
                VehiclePhase::Parked | VehiclePhase::AtPickup => {}
                _ => return OperatingState::Execute,
            }
        }
        if is_blocked {
            OperatingState::Blocked
        } else {
            OperatingState::Idle
        }
    }

    pub(super) fn pause_fleet(&mut self, fleet: u32) {
        let fixed = &self.m.fleets[fleet as usize];
        for vehicle in self.vehicles_of(fleet) {
            let slot = fixed.slots_from + vehicle - fixed.vehicles_from;
            let v = &mut self.s.vehicles[vehicle as usize];
            let is_timed = matches!(
                v.phase,
                VehiclePhase::ToPickup
                    | VehiclePhase::Loading
                    | VehiclePhase::ToDropOff
                    | VehiclePhase::Unloading
            );
            if is_timed && let Some(time) = self.s.calendar.time_of(slot) {
                v.paused = Some(time - self.s.now);
                self.s.calendar.cancel(slot);
            }
        }
    }

    pub(super) fn resume_fleet(&mut self, fleet: u32) {
        let fixed = &self.m.fleets[fleet as usize];
        for vehicle in self.vehicles_of(fleet) {
            if let Some(left) = self.s.vehicles[vehicle as usize].paused.take() {
                self.schedule_work(fixed.slots_from + vehicle - fixed.vehicles_from, left);
            }
        }
    }
}
