//! A [`Network`] from a described [`Plant`]: what the emulator plays and what futures simulate.
//!
//! Equipment with a role in the flow becomes an element of the same path; vehicles of one fleet
//! become one element, or one per flow when the type of a part does not tell where it goes. Which
//! types of parts can be where follows from the sources and what stations make.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;

use super::floor::{self, Floor};
use super::{
    Arrivals, Belt, Buffer, Changeover, Conveyor, Distribution, DistributionError, ElementId,
    Failure, FailureBasis, Fleet, Mix, Need, Network, Order, PartType, Process, Routing, Shift,
    SimTime, Source, Station,
};
use crate::model::calendar::Calendar;
use crate::model::flow::Route;
use crate::model::process::{self, ConveyorMode, FailureMode};
use crate::model::{EquipmentId, Plant, Timestamp};

/// Orders that a source with orders makes before it is exhausted.
const ORDERS: u32 = 10_000;
/// Least way between two stops of a vehicle, m.
const MIN_WAY_M: f64 = 1.0;
const WEEK_SECS: i64 = 7 * 24 * 3600;

/// Why a plant cannot be simulated. Each can be mended in the scene.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FromPlantError {
    /// A duration that is none.
    #[error("{what}: {error}, at `{equipment}`")]
    Duration {
        /// What is wrong with it.
        error: DistributionError,
        /// Which duration.
        what: &'static str,
        /// Whose.
        equipment: Arc<str>,
    },
    /// A flow is carried by a fleet that has too few vehicles.
    #[error(
        "fleet `{fleet}` has {vehicles} vehicles for {flows} flows that the type of a part does not \
         tell apart: add vehicles of this fleet"
    )]
    TooFewVehicles {
        /// The fleet.
        fleet: Arc<str>,
        /// How many it has.
        vehicles: usize,
        /// How many it needs.
        flows: usize,
    },
    /// An assembly needs parts that nobody brings.
    #[error("no flow brings `{part_type}` to `{equipment}`")]
    NeedNotMet {
        /// What is needed.
        part_type: Arc<str>,
        /// Where.
        equipment: Arc<str>,
    },
}

/// Where an equipment is found in the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// It has no part in the flow.
    #[default]
    None,
    /// It is an element.
    Element(ElementId),
    /// It is a vehicle.
    Vehicle {
        /// Its fleet's place in [`PlantNetwork::fleets`].
        fleet: usize,
        /// Its number in the fleet.
        vehicle: u32,
    },
}

/// A fleet of the network and the ways of its vehicles.
#[derive(Clone, Debug)]
pub struct FleetWays {
    /// The element.
    pub element: ElementId,
    stops: usize,
    /// Per vehicle, from stop, to stop: the corners of the way, x and z in metres.
    ways: Vec<Vec<[f64; 2]>>,
}

impl FleetWays {
    /// The way of a vehicle between two stops, numbered as in [`Fleet`].
    pub fn way(&self, vehicle: u32, from_stop: u32, to_stop: u32) -> &[[f64; 2]] {
        let (from, to) = (from_stop as usize, to_stop as usize);
        if from >= self.stops || to >= self.stops {
            return &[];
        }
        self.ways
            .get((vehicle as usize * self.stops + from) * self.stops + to)
            .map_or(&[], Vec::as_slice)
    }
}

/// A plant as a network.
#[derive(Clone, Debug)]
pub struct PlantNetwork {
    /// The network.
    pub network: Network,
    /// Per equipment: where it is found.
    pub places: Vec<Place>,
    /// Its fleets.
    pub fleets: Vec<FleetWays>,
}

impl PlantNetwork {
    /// Describes `plant` as a network whose time zero is `start`. All mistakes at once.
    pub fn new(plant: &Plant, start: Timestamp) -> Result<Self, Vec<FromPlantError>> {
        let mut builder = Builder::new(plant);
        builder.add_shift(start);
        builder.add_elements();
        builder.spread_types();
        builder.add_fleets();
        builder.link();
        if builder.errors.is_empty() {
            Ok(Self {
                network: builder.network,
                places: builder.places,
                fleets: builder.fleets,
            })
        } else {
            Err(builder.errors)
        }
    }

    /// Where an equipment is found.
    pub fn place(&self, id: EquipmentId) -> Place {
        self.places.get(id.index()).copied().unwrap_or_default()
    }
}

struct Builder<'a> {
    plant: &'a Plant,
    network: Network,
    places: Vec<Place>,
    fleets: Vec<FleetWays>,
    /// Types that can leave each equipment.
    leaving: Vec<BTreeSet<u32>>,
    /// Per flow: the fleet element that carries it.
    carriers: Vec<Option<ElementId>>,
    shift: Option<super::ShiftId>,
    errors: Vec<FromPlantError>,
}

impl<'a> Builder<'a> {
    fn new(plant: &'a Plant) -> Self {
        let mut network = Network::default();
        let mut names = BTreeSet::new();
        for equipment in &plant.equipment {
            match &equipment.process {
                process::Process::Source { mix, .. } => names.extend(mix.keys().cloned()),
                process::Process::Station(station) | process::Process::Handler(station) => {
                    names.extend(station.makes.clone());
                }
                _ => {}
            }
        }
        if names.is_empty() {
            names.insert("part".into());
        }
        network.part_types = names.iter().map(ToString::to_string).collect();
        Self {
            plant,
            network,
            places: vec![Place::None; plant.equipment.len()],
            fleets: Vec::new(),
            leaving: vec![BTreeSet::new(); plant.equipment.len()],
            carriers: vec![None; plant.flows.len()],
            shift: None,
            errors: Vec::new(),
        }
    }

    fn part_type(&self, name: &str) -> Option<PartType> {
        self.network
            .part_types
            .iter()
            .position(|known| known == name)
            .map(|index| PartType(index as u32))
    }

    fn add_shift(&mut self, start: Timestamp) {
        let windows = working_windows(&self.plant.calendar, start);
        if let Some(windows) = windows {
            let period = Some(SimTime::from_secs(WEEK_SECS));
            self.shift = Some(self.network.shift(Shift { windows, period }));
        }
    }

    fn duration(
        &mut self,
        equipment: &Arc<str>,
        what: &'static str,
        duration: &process::Duration,
    ) -> Distribution {
        distribution(duration).unwrap_or_else(|error| {
            let equipment = Arc::clone(equipment);
            self.errors.push(FromPlantError::Duration {
                error,
                what,
                equipment,
            });
            Distribution::constant(0.0).unwrap_or_else(|_| unreachable!("zero is a duration"))
        })
    }

    fn add_elements(&mut self) {
        let plant = self.plant;
        let mut sources = 0;
        for (index, equipment) in plant.equipment.iter().enumerate() {
            let path = &equipment.path;
            let mut is_manned = false;
            let process = match &equipment.process {
                process::Process::None
                | process::Process::Utility { .. }
                | process::Process::Vehicle { .. } => continue,
                process::Process::Source {
                    interarrival,
                    mix,
                    order_size,
                } => {
                    sources += 1;
                    let arrivals = match interarrival {
                        None => Arrivals::Saturated,
                        Some(time) => Arrivals::Interval(self.duration(
                            path,
                            "the time between arrivals",
                            time,
                        )),
                    };
                    let mut source = Source::saturated();
                    source.arrivals = arrivals;
                    source.mix = self.mix(mix, *order_size, sources);
                    is_manned = true;
                    Process::Source(source)
                }
                process::Process::Sink => Process::Sink,
                process::Process::Buffer { capacity } => Process::Buffer(Buffer {
                    capacity: *capacity,
                }),
                process::Process::Conveyor {
                    speed,
                    spacing,
                    mode,
                    ..
                } => Process::Conveyor(Conveyor {
                    length_m: equipment.size[0],
                    speed_mps: *speed,
                    spacing_m: *spacing,
                    belt: match mode {
                        ConveyorMode::Accumulating => Belt::Accumulating,
                        ConveyorMode::NonAccumulating => Belt::Rigid,
                    },
                }),
                process::Process::Station(station) | process::Process::Handler(station) => {
                    is_manned = true;
                    Process::Station(Box::new(self.station(path, station)))
                }
            };
            let id = self.network.add(path.to_string(), process);
            if let Some(place) = self.places.get_mut(index) {
                *place = Place::Element(id);
            }
            if let Some(failure) = failure_of(&equipment.process) {
                let failure = self.failure(path, failure);
                self.network.fails(id, failure);
            }
            let shift = self.shift.filter(|_| is_manned);
            if let Some(element) = self.network.element_mut(id) {
                element.shift = shift;
            }
        }
    }

    fn failure(&mut self, path: &Arc<str>, failure: &process::Failure) -> Failure {
        Failure {
            basis: match failure.mode {
                FailureMode::OperationDependent => FailureBasis::OperationTime,
                FailureMode::TimeDependent => FailureBasis::CalendarTime,
            },
            time_to_failure: self.duration(path, "the time to failure", &failure.time_to_failure),
            time_to_repair: self.duration(path, "the time to repair", &failure.time_to_repair),
        }
    }

    fn station(&mut self, path: &Arc<str>, station: &process::Station) -> Station {
        let cycle = self.duration(path, "the cycle time", &station.cycle);
        let mut result = Station::new(cycle).with_servers(station.servers.max(1));
        result.batch = station.batch.max(1);
        result.scrap = station.scrap;
        result.produces = station
            .makes
            .as_deref()
            .and_then(|name| self.part_type(name));
        for (name, time) in &station.cycle_by_type {
            if let Some(part_type) = self.part_type(name) {
                let time = self.duration(path, "a cycle time by type", time);
                result.processing_by_type.push((part_type, time));
            }
        }
        if let Some(setup) = &station.setup {
            let duration = self.duration(path, "the set-up time", setup);
            result.changeover = Some(Changeover {
                duration,
                matrix: Vec::new(),
                initial: None,
            });
        }
        result
    }

    /// What a source makes. Orders follow each other so that the shares hold at any time; their
    /// numbers tell the source: 100001, 100002, … for the first.
    fn mix(&self, mix: &BTreeMap<Arc<str>, f64>, order_size: u32, source: u32) -> Mix {
        let weights: Vec<_> = mix
            .iter()
            .filter(|(_, share)| **share > 0.0)
            .filter_map(|(name, share)| Some((self.part_type(name)?, *share)))
            .collect();
        let single = |weights: &[(PartType, f64)]| {
            Mix::Single(
                weights
                    .first()
                    .map_or(PartType(0), |(part_type, _)| *part_type),
            )
        };
        match (order_size, weights.len()) {
            (0, 0 | 1) => single(&weights),
            (0, _) => Mix::Weighted(weights),
            (quantity, _) => {
                let total: f64 = weights.iter().map(|(_, share)| share).sum();
                let mut owed = vec![0.0; weights.len()];
                let orders = (1..=ORDERS).map(|number| {
                    for (owed, (_, share)) in owed.iter_mut().zip(&weights) {
                        *owed += share / total;
                    }
                    let most = owed.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let next = owed.iter().position(|owed| *owed >= most).unwrap_or(0);
                    if let Some(owed) = owed.get_mut(next) {
                        *owed -= 1.0;
                    }
                    Order {
                        order: source * 100_000 + number,
                        part_type: weights.get(next).map_or(PartType(0), |(t, _)| *t),
                        quantity,
                        release: SimTime::ZERO,
                    }
                });
                Mix::Orders(orders.collect())
            }
        }
    }

    /// The types that can take flow number `flow`.
    fn types_on(&self, flow: usize) -> BTreeSet<u32> {
        let Some(flow) = self.plant.flows.get(flow) else {
            return BTreeSet::new();
        };
        let Some(leaving) = self.leaving.get(flow.from.index()) else {
            return BTreeSet::new();
        };
        match &flow.route {
            Route::Types(names) => names
                .iter()
                .filter_map(|name| self.part_type(name))
                .map(|part_type| part_type.0)
                .filter(|part_type| leaving.contains(part_type))
                .collect(),
            _ => leaving.clone(),
        }
    }

    /// Finds out which types can leave each equipment: until nothing new comes up.
    fn spread_types(&mut self) {
        let plant = self.plant;
        loop {
            let mut is_changed = false;
            for (index, equipment) in plant.equipment.iter().enumerate() {
                let arriving: BTreeSet<u32> = plant
                    .flows
                    .iter()
                    .enumerate()
                    .filter(|(_, flow)| flow.to.index() == index)
                    .flat_map(|(flow, _)| self.types_on(flow))
                    .collect();
                let leaving = match &equipment.process {
                    process::Process::Source { mix, .. } if mix.is_empty() => BTreeSet::from([0]),
                    process::Process::Source { mix, .. } => mix
                        .keys()
                        .filter_map(|name| self.part_type(name))
                        .map(|t| t.0)
                        .collect(),
                    process::Process::Station(station) | process::Process::Handler(station) => {
                        match station
                            .makes
                            .as_deref()
                            .and_then(|name| self.part_type(name))
                        {
                            Some(made) => BTreeSet::from([made.0]),
                            None => arriving,
                        }
                    }
                    _ => arriving,
                };
                if let Some(known) = self.leaving.get_mut(index)
                    && *known != leaving
                {
                    *known = leaving;
                    is_changed = true;
                }
            }
            if !is_changed {
                return;
            }
        }
    }

    fn element_of(&self, id: EquipmentId) -> Option<ElementId> {
        match self.places.get(id.index()) {
            Some(Place::Element(element)) => Some(*element),
            _ => None,
        }
    }

    fn add_fleets(&mut self) {
        let plant = self.plant;
        let mut flows: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (index, flow) in plant.flows.iter().enumerate() {
            if let Some(fleet) = &flow.fleet {
                flows.entry(Arc::clone(fleet)).or_default().push(index);
            }
        }
        let floor = Floor::new(plant);
        for (fleet, flows) in flows {
            let vehicles: Vec<_> = plant
                .equipment
                .iter()
                .enumerate()
                .filter(|(_, equipment)| {
                    matches!(&equipment.process, process::Process::Vehicle { fleet: of, .. } if *of == fleet)
                })
                .map(|(index, _)| index)
                .collect();
            let groups = if self.is_told_by_type(&flows) {
                vec![flows]
            } else {
                flows.into_iter().map(|flow| vec![flow]).collect()
            };
            if vehicles.len() < groups.len() {
                self.errors.push(FromPlantError::TooFewVehicles {
                    fleet,
                    vehicles: vehicles.len(),
                    flows: groups.len(),
                });
                continue;
            }
            let count = groups.len();
            for (number, group) in groups.iter().enumerate() {
                let name = if count == 1 {
                    format!("fleet {fleet}")
                } else {
                    format!("fleet {fleet} {number}")
                };
                let members: Vec<_> = vehicles
                    .iter()
                    .copied()
                    .skip(number)
                    .step_by(count)
                    .collect();
                self.add_fleet(name, group, &members, &floor);
            }
        }
    }

    /// Whether the type of a part tells which of these flows it takes.
    fn is_told_by_type(&self, flows: &[usize]) -> bool {
        let mut goals: BTreeMap<u32, EquipmentId> = BTreeMap::new();
        flows.iter().all(|index| {
            let Some(flow) = self.plant.flows.get(*index) else {
                return false;
            };
            self.types_on(*index)
                .into_iter()
                .all(|part_type| *goals.entry(part_type).or_insert(flow.to) == flow.to)
        })
    }

    fn add_fleet(&mut self, name: String, flows: &[usize], members: &[usize], floor: &Floor) {
        let plant = self.plant;
        let mut from_stops: Vec<EquipmentId> = Vec::new();
        let mut to_stops: Vec<EquipmentId> = Vec::new();
        for flow in flows.iter().filter_map(|index| plant.flows.get(*index)) {
            if !from_stops.contains(&flow.from) {
                from_stops.push(flow.from);
            }
            if !to_stops.contains(&flow.to) {
                to_stops.push(flow.to);
            }
        }
        let stops: Vec<EquipmentId> = from_stops.iter().chain(&to_stops).copied().collect();
        let mut ways = Vec::with_capacity(members.len() * stops.len() * stops.len());
        for lane in 0..members.len() as u32 {
            let points: Vec<[f64; 2]> = stops
                .iter()
                .map(|stop| {
                    floor.stop(plant, *stop, lane).unwrap_or_else(|| {
                        let position = plant.equipment(*stop).map(|e| e.pose.position);
                        position.map_or([0.0; 2], |[x, _, z]| [x, z])
                    })
                })
                .collect();
            for (at, from) in points.iter().enumerate() {
                for (index, to) in points.iter().enumerate() {
                    ways.push(if at == index {
                        vec![*from]
                    } else {
                        floor.way(*from, *to)
                    });
                }
            }
        }
        let (speed_mps, transfer) = members
            .first()
            .and_then(|index| plant.equipment.get(*index))
            .and_then(|equipment| match &equipment.process {
                process::Process::Vehicle {
                    speed, transfer, ..
                } => Some((*speed, transfer.clone())),
                _ => None,
            })
            .unwrap_or((1.0, process::Duration::default()));
        let path: Arc<str> = name.as_str().into();
        let transfer = self.duration(&path, "the time to load", &transfer);
        let mut distances_m = Vec::new();
        for (at, from) in stops.iter().enumerate() {
            for (index, to) in stops.iter().enumerate().skip(at + 1) {
                if let (Some(a), Some(b)) = (self.element_of(*from), self.element_of(*to))
                    && a != b
                {
                    let way = ways
                        .get(at * stops.len() + index)
                        .map_or(0.0, |w| floor::length_m(w));
                    distances_m.push((a, b, way.max(MIN_WAY_M)));
                }
            }
        }
        let element = self.network.fleet(
            name,
            Fleet {
                vehicles: members.len() as u32,
                speed_mps,
                load: transfer.clone(),
                unload: transfer,
                distance_m: MIN_WAY_M,
                distances_m,
            },
        );
        for (stop, is_inlet) in from_stops
            .iter()
            .map(|s| (s, true))
            .chain(to_stops.iter().map(|s| (s, false)))
        {
            if let Some(other) = self.element_of(*stop) {
                let (from, to) = if is_inlet {
                    (other, element)
                } else {
                    (element, other)
                };
                self.network.link(from, to);
            }
        }
        if to_stops.len() > 1 {
            let mut table = Vec::new();
            for index in flows {
                let goal = plant
                    .flows
                    .get(*index)
                    .and_then(|flow| self.element_of(flow.to));
                if let Some(goal) = goal {
                    table.extend(
                        self.types_on(*index)
                            .into_iter()
                            .map(|t| (PartType(t), goal)),
                    );
                }
            }
            table.sort_unstable_by_key(|(part_type, goal)| (part_type.0, goal.0));
            table.dedup();
            if let Some((_, otherwise)) = table.first().copied() {
                self.network
                    .route(element, Routing::ByType { table, otherwise });
            }
        }
        for index in flows {
            if let Some(carrier) = self.carriers.get_mut(*index) {
                *carrier = Some(element);
            }
        }
        for (vehicle, member) in members.iter().enumerate() {
            if let Some(place) = self.places.get_mut(*member) {
                *place = Place::Vehicle {
                    fleet: self.fleets.len(),
                    vehicle: vehicle as u32,
                };
            }
        }
        self.fleets.push(FleetWays {
            element,
            stops: stops.len(),
            ways,
        });
    }

    /// Links what hands parts over directly, and says how parts choose and what assemblies need.
    fn link(&mut self) {
        let plant = self.plant;
        for (index, flow) in plant.flows.iter().enumerate() {
            if self.carriers.get(index).is_some_and(Option::is_none)
                && let (Some(from), Some(to)) =
                    (self.element_of(flow.from), self.element_of(flow.to))
                && !self.network.links.contains(&(from, to))
            {
                self.network.link(from, to);
            }
        }
        for (index, equipment) in plant.equipment.iter().enumerate() {
            let id = EquipmentId(index as u32);
            let Some(element) = self.element_of(id) else {
                continue;
            };
            self.choose_routing(id, element);
            if let process::Process::Station(station) | process::Process::Handler(station) =
                &equipment.process
                && !station.needs.is_empty()
            {
                self.add_needs(id, element, &equipment.path, station);
            }
        }
    }

    /// The element that flow number `index` hands its parts to.
    fn target(&self, index: usize) -> Option<ElementId> {
        let carrier = self.carriers.get(index).copied().flatten();
        carrier.or_else(|| self.element_of(self.plant.flows.get(index)?.to))
    }

    fn choose_routing(&mut self, id: EquipmentId, element: ElementId) {
        let plant = self.plant;
        let mut choices: Vec<(ElementId, &Route, usize)> = Vec::new();
        let mut reject_to = None;
        for (index, flow) in plant
            .flows
            .iter()
            .enumerate()
            .filter(|(_, flow)| flow.from == id)
        {
            let Some(target) = self.target(index) else {
                continue;
            };
            if flow.route == Route::Rejected {
                reject_to = Some(target);
            } else if !choices.iter().any(|(known, _, _)| *known == target) {
                choices.push((target, &flow.route, index));
            }
        }
        let routing = if choices.len() <= 1 {
            Routing::Single
        } else if choices
            .iter()
            .any(|(_, route, _)| matches!(route, Route::Types(_)))
        {
            let table = choices
                .iter()
                .filter(|(_, route, _)| matches!(route, Route::Types(_)))
                .flat_map(|(target, _, index)| {
                    self.types_on(*index)
                        .into_iter()
                        .map(|t| (PartType(t), *target))
                })
                .collect();
            let other = choices
                .iter()
                .find(|(_, route, _)| !matches!(route, Route::Types(_)));
            let otherwise = other
                .or(choices.first())
                .map_or(element, |(target, _, _)| *target);
            Routing::ByType { table, otherwise }
        } else if choices
            .iter()
            .any(|(_, route, _)| matches!(route, Route::Share(_)))
        {
            let share = |route: &Route| match route {
                Route::Share(share) => Some(*share),
                _ => None,
            };
            let told: f64 = choices
                .iter()
                .filter_map(|(_, route, _)| share(route))
                .sum();
            let open = choices
                .iter()
                .filter(|(_, route, _)| share(route).is_none())
                .count();
            let rest = (1.0 - told).max(0.0) / open.max(1) as f64;
            let weights = choices
                .iter()
                .map(|(target, route, _)| (*target, share(route).unwrap_or(rest)));
            Routing::Probability(weights.collect())
        } else {
            Routing::ShortestQueue
        };
        if let Some(described) = self.network.element_mut(element) {
            described.routing = routing;
            if let Process::Station(station) = &mut described.process {
                station.reject_to = reject_to;
            }
        }
    }

    /// What an assembly takes from whom. The first need, in the order of the flows, is the part that
    /// the others are built into.
    fn add_needs(
        &mut self,
        id: EquipmentId,
        element: ElementId,
        path: &Arc<str>,
        station: &process::Station,
    ) {
        let plant = self.plant;
        let mut needs: Vec<(usize, Need)> = Vec::new();
        for (name, count) in &station.needs {
            let part_type = self.part_type(name);
            let giver = plant.flows.iter().enumerate().find(|(index, flow)| {
                flow.to == id
                    && part_type
                        .is_some_and(|part_type| self.types_on(*index).contains(&part_type.0))
            });
            let from = giver.and_then(|(index, flow)| {
                let carrier = self.carriers.get(index).copied().flatten();
                Some((index, carrier.or_else(|| self.element_of(flow.from))?))
            });
            match from {
                Some((index, from)) => needs.push((
                    index,
                    Need {
                        from,
                        count: *count,
                    },
                )),
                None => self.errors.push(FromPlantError::NeedNotMet {
                    part_type: Arc::clone(name),
                    equipment: Arc::clone(path),
                }),
            }
        }
        needs.sort_by_key(|(index, _)| *index);
        if let Some(described) = self.network.element_mut(element)
            && let Process::Station(station) = &mut described.process
        {
            station.assembly = needs.into_iter().map(|(_, need)| need).collect();
        }
    }
}

fn failure_of(process: &process::Process) -> Option<&process::Failure> {
    match process {
        process::Process::Station(station) | process::Process::Handler(station) => {
            station.failure.as_ref()
        }
        process::Process::Conveyor { failure, .. } | process::Process::Utility { failure } => {
            failure.as_ref()
        }
        _ => None,
    }
}

/// A described duration as a distribution.
pub fn distribution(duration: &process::Duration) -> Result<Distribution, DistributionError> {
    use process::Duration as D;
    match *duration {
        D::Constant(secs) => Distribution::constant(secs),
        D::Uniform { min, max } => Distribution::uniform(min, max),
        D::Triangular { min, mode, max } => Distribution::triangular(min, mode, max),
        D::Exponential { mean } => Distribution::exponential(mean),
        D::Normal { mean, sd } => Distribution::normal(mean, sd),
        D::Lognormal { mean, sd } => Distribution::lognormal(mean, sd),
        D::Gamma { shape, mean } => Distribution::gamma(shape, mean / shape),
        D::Erlang { k, mean } => Distribution::erlang(k, mean),
        D::Weibull { shape, scale } => Distribution::weibull(shape, scale),
        D::Empirical(ref values) => Distribution::empirical(values.clone()),
    }
}

/// The working time of the week that begins at `start`, without breaks, as windows relative to it.
/// `None` when the plant works round the clock.
///
/// Local times are taken at the dates of that week; a change to or from summer time inside a later
/// week shifts its windows by the hour.
pub fn working_windows(calendar: &Calendar, start: Timestamp) -> Option<Vec<(SimTime, SimTime)>> {
    if calendar.shifts.is_empty() {
        return None;
    }
    let zone = &calendar.time_zone;
    let zoned = jiff::Timestamp::from_nanosecond(i128::from(start.as_nanos()))
        .ok()?
        .to_zoned(zone.clone());
    let instant = |date: jiff::civil::Date, time: jiff::civil::Time| {
        let zoned = date.to_datetime(time).to_zoned(zone.clone()).ok()?;
        i64::try_from(zoned.timestamp().as_nanosecond() - i128::from(start.as_nanos())).ok()
    };
    let mut windows: Vec<(i64, i64)> = Vec::new();
    let mut breaks: Vec<(i64, i64)> = Vec::new();
    let mut date = zoned.date().yesterday().ok()?;
    for _ in 0..9 {
        let tomorrow = date.tomorrow().ok()?;
        for shift in calendar
            .shifts
            .iter()
            .filter(|s| s.days.contains(&date.weekday()))
        {
            let day_of = |time: jiff::civil::Time| if time < shift.start { tomorrow } else { date };
            let end_date = if shift.end <= shift.start {
                tomorrow
            } else {
                date
            };
            let span = |from: Option<i64>, to: Option<i64>| from.zip(to).filter(|(a, b)| a < b);
            windows.extend(span(
                instant(date, shift.start),
                instant(end_date, shift.end),
            ));
            for [from, to] in &shift.breaks {
                breaks.extend(span(
                    instant(day_of(*from), *from),
                    instant(day_of(*to), *to),
                ));
            }
        }
        date = tomorrow;
    }
    windows.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from, to) in windows {
        match joined.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => joined.push((from, to)),
        }
    }
    breaks.sort_unstable();
    for (from, to) in breaks {
        joined = joined
            .into_iter()
            .flat_map(|(a, b)| [(a, b.min(from)), (a.max(to), b)])
            .filter(|(a, b)| a < b)
            .collect();
        joined.sort_unstable();
        joined.dedup();
    }
    let week = WEEK_SECS * 1_000_000_000;
    let windows: Vec<_> = joined
        .into_iter()
        .map(|(from, to)| (from.clamp(0, week), to.clamp(0, week)))
        .filter(|(from, to)| from < to)
        .map(|(from, to)| (SimTime::from_nanos(from), SimTime::from_nanos(to)))
        .collect();
    Some(windows)
}
