//! A fleet whose vehicles are under way when a simulation begins.

use super::VehiclePhase;
use crate::simulation::kernel::NONE;
use crate::simulation::observer::Observer;
use crate::simulation::routing::ANY;
use crate::simulation::start::{Restore, StopName, VehicleStart};
use crate::simulation::time::SimTime;

impl<O: Observer> Restore<'_, O> {
    pub(in crate::simulation) fn restore_fleet(&mut self, element: u32, starts: &[VehicleStart]) {
        let fleet = self.kernel.m.elements[element as usize].index;
        let mut rng = self.stream(element);
        // Those that have waited longer stand in front.
        let mut order: Vec<usize> = (0..starts.len()).collect();
        order.sort_by(|a, b| {
            let elapsed = |place: &usize| starts.get(*place).map_or(0.0, |s| s.elapsed_secs);
            elapsed(b).total_cmp(&elapsed(a))
        });
        for place in order {
            let fixed = &self.kernel.m.fleets[fleet as usize];
            let Some(start) = starts
                .get(place)
                .filter(|_| (place as u32) < fixed.vehicles)
            else {
                continue;
            };
            self.restore_vehicle(element, fixed.vehicles_from + place as u32, start, &mut rng);
        }
    }

    fn restore_vehicle(
        &mut self,
        element: u32,
        vehicle: u32,
        start: &VehicleStart,
        rng: &mut rand_pcg::Pcg64Mcg,
    ) {
        let model = self.kernel.m;
        let fleet = model.elements[element as usize].index;
        let fixed = &model.fleets[fleet as usize];
        let (from, at) = (
            self.stop_of(element, &start.from),
            self.stop_of(element, &start.at),
        );
        let places = start.cargo.iter().take(fixed.capacity as usize);
        let parts: Vec<u32> = places.map(|part| self.part(element, part)).collect();
        let room = u64::from(fixed.capacity) - parts.len() as u64;
        let is_called = matches!(
            start.phase,
            VehiclePhase::ToPickup | VehiclePhase::AtPickup | VehiclePhase::Loading
        );
        // Without a part nothing can be brought, and nothing is fetched where parts are set down.
        let phase = match start.phase {
            _ if is_called && at >= fixed.inlets => VehiclePhase::Parked,
            VehiclePhase::Loading
            | VehiclePhase::ToDropOff
            | VehiclePhase::Unloading
            | VehiclePhase::Waiting
                if parts.is_empty() =>
            {
                VehiclePhase::Parked
            }
            phase => phase,
        };
        if is_called && phase != VehiclePhase::Parked {
            self.kernel.s.fleets[fleet as usize].assigned[at as usize] += room;
        }
        let is_sent = matches!(
            phase,
            VehiclePhase::ToDropOff | VehiclePhase::Unloading | VehiclePhase::Waiting
        );
        let outs_from = model.elements[element as usize].outs_from;
        let mut cargo = Vec::with_capacity(parts.len());
        for (place, part) in parts.into_iter().enumerate() {
            let link = match at.checked_sub(fixed.inlets) {
                _ if !is_sent => NONE,
                Some(outlet) if place == 0 => outs_from + outlet,
                _ => match self.kernel.route(element, part) {
                    ANY => outs_from,
                    wish => wish,
                },
            };
            cargo.push((part, link));
        }
        let elapsed = SimTime::from_secs_f64(start.elapsed_secs);
        let travel = fixed.travel[(from * fixed.stops + at) as usize];
        let transfer = |place: u32, rng: &mut rand_pcg::Pcg64Mcg| {
            let time = &model.distributions[place as usize];
            time.sample_beyond(rng, elapsed).unwrap_or(elapsed)
        };
        let whole = match phase {
            VehiclePhase::ToPickup | VehiclePhase::ToDropOff => Some(travel),
            VehiclePhase::Loading => Some(transfer(fixed.load, rng)),
            VehiclePhase::Unloading => Some(transfer(fixed.unload, rng)),
            VehiclePhase::Parked | VehiclePhase::AtPickup | VehiclePhase::Waiting => None,
        };
        let v = &mut self.kernel.s.vehicles[vehicle as usize];
        (v.from_stop, v.stop, v.phase, v.cargo) = (from, at, phase, cargo);
        if phase == VehiclePhase::Waiting {
            let state = &mut self.kernel.s.fleets[fleet as usize];
            state.arrivals += 1;
            self.kernel.s.vehicles[vehicle as usize].arrival = state.arrivals;
        }
        if let Some(whole) = whole {
            self.kernel.busy(
                element,
                vehicle,
                phase,
                (whole - elapsed).max(SimTime::ZERO),
            );
            self.kernel.s.vehicles[vehicle as usize].duration = whole;
        }
    }

    fn stop_of(&self, element: u32, name: &StopName) -> u32 {
        let fixed = &self.kernel.m.elements[element as usize];
        let inlets = self.kernel.m.fleets[fixed.index as usize].inlets;
        let names = &self.kernel.m.names;
        let links = &self.kernel.m.links;
        match name {
            StopName::First => 0,
            StopName::Inlet(giver) => {
                let ins = fixed.ins_from as usize..fixed.ins_to as usize;
                let found = self.kernel.m.in_links[ins]
                    .iter()
                    .position(|link| names[links[*link as usize].from as usize] == *giver);
                found.unwrap_or_default() as u32
            }
            StopName::Outlet(taker) => {
                let outs = fixed.outs_from..fixed.outs_to;
                let found = outs
                    .into_iter()
                    .position(|link| names[links[link as usize].to as usize] == *taker);
                inlets + found.unwrap_or_default() as u32
            }
        }
    }
}
