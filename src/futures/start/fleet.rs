//! What vehicles are doing and how far they have come.

use super::inferred::What;
use super::origin::Known;
use super::site::Signals;
use super::{Infer, start_part};
use crate::model::{OperatingState, Timestamp};
use crate::simulation::{
    DistributionSpec, ElementId, Fleet, Holding, Routing, StartPart, StopName, VehiclePhase,
    VehicleStart,
};

/// A vehicle this near to a stop stands there, m.
const AT_STOP_M: f64 = 0.6;
/// What the clock and a position say of one arrival agrees within this, s.
const CLOCK_SECS: f64 = 3.0;
/// What does not move by more than this stands, m.
const STILL_M: f64 = 0.02;

/// Stops of a fleet for one vehicle.
struct Stops {
    /// Where each is, x and z in metres; none where nobody knows.
    points: Vec<Option<[f64; 2]>>,
    inlets: usize,
    names: Vec<StopName>,
}

impl Stops {
    fn name(&self, stop: usize) -> StopName {
        self.names.get(stop).cloned().unwrap_or_default()
    }

    /// The nearest of some stops, and how far it is.
    fn nearest(
        &self,
        [x, z]: [f64; 2],
        among: impl Iterator<Item = usize>,
    ) -> Option<(usize, f64)> {
        let distance = |stop: usize| {
            let [sx, sz] = self.points.get(stop).copied().flatten()?;
            Some((stop, (sx - x).hypot(sz - z)))
        };
        among
            .filter_map(distance)
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    fn all(&self) -> std::ops::Range<usize> {
        0..self.points.len()
    }
}

impl Infer<'_> {
    pub(super) fn fleet(&mut self, element: ElementId, fleet: &Fleet) -> Holding {
        let vehicles = self.site.part(element).vehicles.clone();
        if vehicles.is_empty() {
            return Holding::Nothing;
        }
        let starts = (0..)
            .zip(&vehicles)
            .map(|(number, (_, signals))| self.vehicle(element, fleet, number, signals))
            .collect();
        Holding::Fleet(starts)
    }

    fn stops(&self, element: ElementId, vehicle: u32) -> Stops {
        let part = self.site.part(element);
        let name = |id: &ElementId| self.site.part(*id).name.clone();
        let inlets = part.givers.len();
        let names: Vec<StopName> = part
            .givers
            .iter()
            .map(|id| StopName::Inlet(name(id)))
            .chain(part.takers.iter().map(|id| StopName::Outlet(name(id))))
            .collect();
        let ways = self.site.fleet_ways(element);
        let point = |stop: u32| ways?.way(vehicle, stop, stop).first().copied();
        Stops {
            points: (0..names.len() as u32).map(point).collect(),
            inlets,
            names,
        }
    }

    fn vehicle(
        &mut self,
        element: ElementId,
        fleet: &Fleet,
        number: u32,
        signals: &Signals,
    ) -> VehicleStart {
        let end = self.past.end;
        let stops = self.stops(element, number);
        let still = signals.position.and_then(|[x, z]| {
            let unit = self.plant.signal(x).map(|signal| signal.spec.unit)?;
            let metre = unit.to_si(1.0);
            let tolerance = if metre > 0.0 {
                STILL_M / metre
            } else {
                STILL_M
            };
            let ([x, z], since) = self.past.still_since([x, z], tolerance)?;
            Some(([unit.to_si(x), unit.to_si(z)], since))
        });
        let here = still.map(|(point, _)| point);
        let nearest = here.and_then(|here| stops.nearest(here, stops.all()));
        let load = signals.content.or(signals.present);
        let loaded = load.and_then(|signal| self.past.number(signal, end));
        let changed = load.and_then(|signal| self.past.changed(signal, end));
        let phase = signals
            .state
            .filter(|_| signals.reports_state)
            .and_then(|state| self.past.phases(state).find(|p| !is_stopped(p.state)));
        let state = phase.map_or(OperatingState::Unknown, |phase| phase.state);
        let carries = loaded
            .unwrap_or_default()
            .clamp(0.0, f64::from(fleet.capacity)) as usize;
        let since_state = phase.map_or(end, |phase| phase.start);
        let cargo = match carries {
            0 => Vec::new(),
            count => self.cargo(element, signals, count, changed),
        };
        let goal = self.goal(element, &stops, cargo.first(), here);
        let mut start = VehicleStart {
            phase: VehiclePhase::Parked,
            from: StopName::First,
            at: nearest.map_or(StopName::First, |(stop, _)| stops.name(stop)),
            elapsed_secs: 0.0,
            cargo,
        };
        start.from = start.at.clone();
        let secs = |since: Timestamp| end.secs_since(since).max(0.0);
        match (state, carries) {
            (OperatingState::Blocked, 1..) => {
                start.phase = VehiclePhase::Waiting;
                start.elapsed_secs = secs(since_state);
                start.at = goal;
            }
            (OperatingState::Execute, 0) => {
                // It set out when it was called: when it began to run, or had set its last part down.
                let since = changed.map_or(since_state, |changed| changed.max(since_state));
                start.phase = VehiclePhase::ToPickup;
                start.elapsed_secs = secs(since);
                start.from = self.stop_at(signals, &stops, since).unwrap_or_default();
                let inlet = here
                    .filter(|_| stops.inlets > 1)
                    .and_then(|here| stops.nearest(here, 0..stops.inlets));
                start.at = stops.name(inlet.map_or(0, |(stop, _)| stop));
            }
            (OperatingState::Execute | OperatingState::Unknown, 1..) => {
                let taken_up = changed.unwrap_or(since_state);
                self.loaded(element, fleet, &stops, still, (taken_up, goal), &mut start);
            }
            _ => start.elapsed_secs = secs(since_state),
        }
        let taken = format!(
            "vehicle {} {} for {:.1} s, {carries} on it",
            number + 1,
            phase_word(start.phase),
            start.elapsed_secs
        );
        self.note(
            element,
            What::Vehicle,
            taken,
            "its state, load and position",
        );
        start
    }

    /// A vehicle with parts, under way: it loads, drives or unloads.
    fn loaded(
        &self,
        element: ElementId,
        fleet: &Fleet,
        stops: &Stops,
        still: Option<([f64; 2], Timestamp)>,
        (taken_up, goal): (Timestamp, StopName),
        start: &mut VehicleStart,
    ) {
        let end = self.past.end;
        let since_load = end.secs_since(taken_up).max(0.0);
        let load = fleet.load.mean_secs();
        let here = still.map(|(here, _)| here);
        let at_inlet = here.and_then(|here| stops.nearest(here, 0..stops.inlets));
        let near = |found: Option<(usize, f64)>| found.filter(|(_, metres)| *metres <= AT_STOP_M);
        let pickup = stops.name(at_inlet.map_or(0, |(stop, _)| stop));
        let is_constant = matches!(fleet.load.spec(), DistributionSpec::Constant { .. });
        let is_loading = match (near(at_inlet), is_constant) {
            (_, true) => since_load < load,
            (Some(_), false) => true,
            (None, false) => here.is_none() && since_load < load,
        };
        start.from = match stops.inlets {
            1 => stops.name(0),
            _ => pickup.clone(),
        };
        if is_loading {
            start.phase = VehiclePhase::Loading;
            start.at = pickup;
            start.elapsed_secs = since_load;
            return;
        }
        let outlet = stops.names.iter().position(|name| *name == goal);
        let travel = self.travel_secs(element, fleet, &start.from, &goal);
        start.at = goal;
        let driven = since_load - load;
        let arrived = outlet
            .and_then(|outlet| near(stops.nearest(here?, outlet..outlet + 1)))
            .zip(still)
            .map(|(_, (_, since))| end.secs_since(since.max(taken_up)).max(0.0));
        (start.phase, start.elapsed_secs) = match arrived {
            // By the clock, where that agrees with what is seen of it.
            Some(seen) if (driven - travel - seen).abs() <= CLOCK_SECS && driven >= travel => {
                (VehiclePhase::Unloading, driven - travel)
            }
            Some(seen) => (VehiclePhase::Unloading, seen),
            None if here.is_none() && driven >= travel => {
                (VehiclePhase::Unloading, driven - travel)
            }
            None => (VehiclePhase::ToDropOff, driven.max(0.0)),
        };
    }

    /// How long a vehicle drives from one stop to another.
    fn travel_secs(
        &self,
        element: ElementId,
        fleet: &Fleet,
        from: &StopName,
        to: &StopName,
    ) -> f64 {
        let network = &self.site.network.network;
        let id = |stop: &StopName| match stop {
            StopName::First => self.site.part(element).givers.first().copied(),
            StopName::Inlet(name) | StopName::Outlet(name) => network.find(name),
        };
        let (from, to) = (id(from), id(to));
        let named = fleet.distances_m.iter().find(|(a, b, _)| {
            (Some(*a), Some(*b)) == (from, to) || (Some(*b), Some(*a)) == (from, to)
        });
        named.map_or(fleet.distance_m, |(_, _, metres)| *metres) / fleet.speed_mps
    }

    /// Where parts are brought: along their route, to the only outlet, that of their type, or the
    /// nearest.
    fn goal(
        &self,
        element: ElementId,
        stops: &Stops,
        part: Option<&StartPart>,
        here: Option<[f64; 2]>,
    ) -> StopName {
        let network = &self.site.network.network;
        if let Some(next) = part.and_then(|part| self.origins.next_on_route(element, part)) {
            return StopName::Outlet(network.name(next).to_owned());
        }
        let routing = network.elements.get(element.index()).map(|e| &e.routing);
        if let (Some(Routing::ByType { table, otherwise }), Some(part)) = (routing, part) {
            let is_it = |of: u32| network.part_types.get(of as usize) == Some(&part.part_type);
            let to = table.iter().find(|(of, _)| is_it(of.0)).map(|(_, to)| *to);
            return StopName::Outlet(network.name(to.unwrap_or(*otherwise)).to_owned());
        }
        let outlets = stops.inlets..stops.points.len();
        let nearest = here.and_then(|here| stops.nearest(here, outlets));
        stops.name(nearest.map_or(stops.inlets, |(stop, _)| stop))
    }

    /// The stop that a vehicle was nearest to at an instant.
    fn stop_at(&self, signals: &Signals, stops: &Stops, t: Timestamp) -> Option<StopName> {
        let [x, z] = signals.position?;
        let unit = self.plant.signal(x).map(|signal| signal.spec.unit)?;
        let there = [self.past.number(x, t)?, self.past.number(z, t)?];
        let (stop, _) = stops.nearest(there.map(|metres| unit.to_si(metres)), stops.all())?;
        Some(stops.name(stop))
    }

    fn cargo(
        &mut self,
        element: ElementId,
        signals: &Signals,
        count: usize,
        taken_up: Option<Timestamp>,
    ) -> Vec<StartPart> {
        let end = self.past.end;
        let since = taken_up.unwrap_or(end);
        let came = self.origins.came(element, since);
        let part_type = signals
            .part_type
            .and_then(|signal| self.past.text(signal, end))
            .or(came.part_type);
        let known = Known {
            part_type,
            visit: self.origins.visit(element, since, part_type),
            ..came
        };
        self.note_visit(element, known);
        vec![start_part(known, None); count]
    }
}

fn is_stopped(state: OperatingState) -> bool {
    matches!(
        state,
        OperatingState::Held | OperatingState::Stopped | OperatingState::Maintenance
    )
}

fn phase_word(phase: VehiclePhase) -> &'static str {
    match phase {
        VehiclePhase::Parked => "parked",
        VehiclePhase::ToPickup => "driving to fetch",
        VehiclePhase::AtPickup => "waiting to fetch",
        VehiclePhase::Loading => "loading",
        VehiclePhase::ToDropOff => "driving to bring",
        VehiclePhase::Unloading => "unloading",
        VehiclePhase::Waiting => "waiting to unload",
    }
}
