//! A network made ready to run: dense arrays instead of names, one calendar slot per event to come.

use serde::{Deserialize, Serialize};

use super::availability::{FailureFixed, FailureState, ShiftFixed};
use super::calendar::Calendar;
use super::conveyor::{ConveyorFixed, ConveyorState};
use super::distribution::Distribution;
use super::fleet::{Fleet, FleetFixed, FleetState, Vehicle};
use super::kernel::{ElementState, NONE, State};
use super::network::{Element, ElementId, Network, Process};
use super::random::{Purpose, Streams};
use super::routing::{Router, Routing};
use super::source::{Arrivals, Mix, MixFixed, Source, SourceFixed, SourceState};
use super::station::{ChangeoverFixed, Server, Station, StationFixed, StationState};
use super::time::SimTime;
use crate::model::OperatingState;
use crate::model::process::FailureBasis;

/// What an element does, without the details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    Source,
    Sink,
    Station,
    Buffer,
    Conveyor,
    Fleet,
}

/// What it means when the event of a slot is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Role {
    Server,
    Arrival,
    BeltEnd,
    BeltEntry,
    Vehicle,
    Failure,
    Control,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct SlotOwner {
    pub(super) element: u32,
    /// Which server, vehicle or failure mode of the whole model.
    pub(super) index: u32,
    pub(super) role: Role,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ElementFixed {
    pub(super) kind: Kind,
    /// Position among the elements of its kind.
    pub(super) index: u32,
    /// Its outgoing links; the one for rejects comes last.
    pub(super) outs_from: u32,
    pub(super) outs_to: u32,
    /// Its place in `Model::in_links`.
    pub(super) ins_from: u32,
    pub(super) ins_to: u32,
    pub(super) failures_from: u32,
    pub(super) failures_to: u32,
    has_reject: bool,
    pub(super) router: Router,
}

impl ElementFixed {
    /// Outgoing links among which good parts choose; they are the first ones.
    #[inline]
    pub(super) fn choices(&self) -> u32 {
        self.outs_to - self.outs_from - u32::from(self.has_reject)
    }

    #[inline]
    pub(super) fn is_single(&self) -> bool {
        matches!(self.router, Router::Single)
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct LinkFixed {
    pub(super) from: u32,
    pub(super) to: u32,
    /// Position among the inlets of `to`.
    pub(super) inlet: u32,
    /// Position of `to` among the elements of its kind.
    pub(super) to_index: u32,
    pub(super) to_kind: Kind,
}

/// The unchanging part of a simulation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) names: Vec<String>,
    pub(super) elements: Vec<ElementFixed>,
    pub(super) links: Vec<LinkFixed>,
    pub(super) in_links: Vec<u32>,
    pub(super) distributions: Vec<Distribution>,
    pub(super) sources: Vec<SourceFixed>,
    pub(super) stations: Vec<StationFixed>,
    /// Per buffer.
    pub(super) capacities: Vec<u32>,
    pub(super) conveyors: Vec<ConveyorFixed>,
    pub(super) fleets: Vec<FleetFixed>,
    pub(super) failures: Vec<FailureFixed>,
    pub(super) shifts: Vec<ShiftFixed>,
    pub(super) slots: Vec<SlotOwner>,
    pub(super) control_slot: u32,
    /// Tasks at one instant above which nothing but an endless loop can be meant.
    pub(super) instant_limit: u32,
    servers: u32,
    held: u32,
    gathered: u32,
    vehicles: u32,
    /// Per station: the type its servers are set up for at the start.
    fitted: Vec<u32>,
}

impl Model {
    /// Compiles a network that has been validated.
    pub(super) fn new(network: &Network) -> Self {
        let count = network.elements.len();
        let limit = 1_000_000_u32.saturating_add((count as u32).saturating_mul(100));
        let mut model = Self {
            names: network.elements.iter().map(|e| e.name.clone()).collect(),
            elements: Vec::with_capacity(count),
            links: Vec::with_capacity(network.links.len()),
            in_links: Vec::with_capacity(network.links.len()),
            distributions: Vec::new(),
            sources: Vec::new(),
            stations: Vec::new(),
            capacities: Vec::new(),
            conveyors: Vec::new(),
            fleets: Vec::new(),
            failures: Vec::new(),
            shifts: network
                .shifts
                .iter()
                .map(|shift| ShiftFixed {
                    shift: shift.clone(),
                    elements: Vec::new(),
                })
                .collect(),
            slots: Vec::new(),
            control_slot: 0,
            instant_limit: limit,
            servers: 0,
            held: 0,
            gathered: 0,
            vehicles: 0,
            fitted: Vec::new(),
        };
        model.connect(network);
        for (index, element) in network.elements.iter().enumerate() {
            model.add(network, index as u32, element);
        }
        for link in &mut model.links {
            let to = &model.elements[link.to as usize];
            (link.to_kind, link.to_index) = (to.kind, to.index);
        }
        for (index, element) in network.elements.iter().enumerate() {
            model.add_failures(index as u32, element);
        }
        model.control_slot = model.slot(NONE, NONE, Role::Control);
        model
    }

    /// Sorts the links by giver, rejects last, and numbers the inlets of the takers.
    fn connect(&mut self, network: &Network) {
        let mut inlets = vec![0; network.elements.len()];
        let mut links = Vec::with_capacity(network.links.len());
        for (from, to) in &network.links {
            let is_reject = reject_to(network, *from) == Some(*to);
            let inlet = inlets[to.index()];
            inlets[to.index()] += 1;
            // What `to` is gets known when all elements are added.
            let (to_index, to_kind) = (0, Kind::Sink);
            let link = LinkFixed {
                from: from.0,
                to: to.0,
                inlet,
                to_index,
                to_kind,
            };
            links.push((is_reject, link));
        }
        // Stable: links of one giver keep their order.
        links.sort_by_key(|(is_reject, link)| (link.from, *is_reject));
        self.links.extend(links.into_iter().map(|(_, link)| link));
        let mut next = 0;
        let mut ins_from = 0;
        let mut in_links = vec![Vec::new(); network.elements.len()];
        for (index, link) in self.links.iter().enumerate() {
            in_links[link.to as usize].push((link.inlet, index as u32));
        }
        for (index, of_element) in in_links.iter_mut().enumerate() {
            of_element.sort_unstable();
            self.in_links
                .extend(of_element.iter().map(|(_, link)| *link));
            let outs_from = next;
            while self
                .links
                .get(next as usize)
                .is_some_and(|l| l.from == index as u32)
            {
                next += 1;
            }
            self.elements.push(ElementFixed {
                kind: Kind::Sink,
                index: 0,
                outs_from,
                outs_to: next,
                ins_from,
                ins_to: self.in_links.len() as u32,
                failures_from: 0,
                failures_to: 0,
                has_reject: reject_to(network, ElementId(index as u32)).is_some(),
                router: Router::Single,
            });
            ins_from = self.in_links.len() as u32;
        }
    }

    fn slot(&mut self, element: u32, index: u32, role: Role) -> u32 {
        self.slots.push(SlotOwner {
            element,
            index,
            role,
        });
        self.slots.len() as u32 - 1
    }

    fn distribution(&mut self, distribution: &Distribution) -> u32 {
        self.distributions.push(distribution.clone());
        self.distributions.len() as u32 - 1
    }

    fn add(&mut self, network: &Network, id: u32, element: &Element) {
        let (kind, index) = match &element.process {
            Process::Source(source) => (Kind::Source, self.add_source(id, source)),
            Process::Sink => (Kind::Sink, 0),
            Process::Station(station) => (Kind::Station, self.add_station(id, element, station)),
            Process::Buffer(buffer) => {
                self.capacities.push(buffer.capacity.unwrap_or(u32::MAX));
                (Kind::Buffer, self.capacities.len() as u32 - 1)
            }
            Process::Conveyor(conveyor) => {
                let secs = |metres: f64| SimTime::from_secs_f64(metres / conveyor.speed_mps);
                let fixed = ConveyorFixed {
                    travel: secs(conveyor.length_m),
                    headway: secs(conveyor.spacing_m),
                    speed_mps: conveyor.speed_mps,
                    belt: conveyor.belt,
                    end_slot: self.slot(id, 0, Role::BeltEnd),
                    entry_slot: self.slot(id, 0, Role::BeltEntry),
                };
                self.conveyors.push(fixed);
                (Kind::Conveyor, self.conveyors.len() as u32 - 1)
            }
            Process::Fleet(fleet) => (Kind::Fleet, self.add_fleet(id, fleet)),
        };
        let router = self.router(network, id, &element.routing);
        let fixed = &mut self.elements[id as usize];
        fixed.kind = kind;
        fixed.index = index;
        fixed.router = router;
        if let Some(shift) = element.shift {
            self.shifts[shift.0 as usize].elements.push(id);
        }
    }

    fn out_link(&self, from: u32, to: ElementId) -> u32 {
        let fixed = &self.elements[from as usize];
        (fixed.outs_from..fixed.outs_to)
            .find(|link| self.links[*link as usize].to == to.0)
            .unwrap_or(fixed.outs_from)
    }

    fn router(&self, network: &Network, id: u32, routing: &Routing) -> Router {
        let fixed = &self.elements[id as usize];
        match routing {
            _ if fixed.choices() <= 1 => Router::Single,
            Routing::Single => Router::Single,
            Routing::RoundRobin => Router::RoundRobin,
            Routing::ShortestQueue => Router::ShortestQueue,
            Routing::FirstAvailable => Router::FirstAvailable,
            Routing::Probability(weights) => {
                let mut sum = 0.0;
                let links = fixed.outs_from..fixed.outs_from + fixed.choices();
                let cumulative = links.map(|link| {
                    let to = self.links[link as usize].to;
                    sum += weights
                        .iter()
                        .filter(|(e, _)| e.0 == to)
                        .map(|(_, w)| w)
                        .sum::<f64>();
                    sum
                });
                Router::Probability(cumulative.collect())
            }
            Routing::ByType { table, otherwise } => {
                let types = network.part_types.len().max(1);
                let mut links = vec![self.out_link(id, *otherwise); types];
                for (part_type, to) in table {
                    links[part_type.0 as usize] = self.out_link(id, *to);
                }
                Router::ByType(links)
            }
        }
    }

    fn add_source(&mut self, id: u32, source: &Source) -> u32 {
        let interval = match &source.arrivals {
            Arrivals::Saturated => None,
            Arrivals::Interval(interval) => Some(self.distribution(interval)),
        };
        let mix = match &source.mix {
            Mix::Single(part_type) => MixFixed::Single(part_type.0),
            Mix::Weighted(weights) => {
                let mut sum = 0.0;
                let cumulative = weights.iter().map(|(_, weight)| {
                    sum += weight;
                    sum
                });
                let cumulative = cumulative.collect();
                MixFixed::Weighted(weights.iter().map(|(t, _)| t.0).collect(), cumulative)
            }
            Mix::Orders(orders) => {
                MixFixed::Orders(orders.iter().filter(|o| o.quantity > 0).copied().collect())
            }
        };
        let slot = self.slot(id, 0, Role::Arrival);
        self.sources.push(SourceFixed {
            interval,
            mix,
            batch: source.batch,
            limit: source.limit.unwrap_or(u64::MAX),
            when_blocked: source.when_blocked,
            slot,
        });
        self.sources.len() as u32 - 1
    }

    fn add_station(&mut self, id: u32, element: &Element, station: &Station) -> u32 {
        let processing = self.distribution(&station.processing);
        let mut by_type = Vec::new();
        for (part_type, distribution) in &station.processing_by_type {
            let place = part_type.0 as usize;
            if by_type.len() <= place {
                by_type.resize(place + 1, processing);
            }
            by_type[place] = self.distribution(distribution);
        }
        let changeover = station.changeover.as_ref().map(|changeover| {
            let mut matrix: Vec<_> = changeover
                .matrix
                .iter()
                .map(|(from, to, duration)| (from.0, to.0, self.distribution(duration)))
                .collect();
            matrix.sort_unstable();
            ChangeoverFixed {
                duration: self.distribution(&changeover.duration),
                matrix,
            }
        });
        let slots_from = self.slots.len() as u32;
        for local in 0..station.servers {
            self.slot(id, self.servers + local, Role::Server);
        }
        let fixed = &self.elements[id as usize];
        let ins = fixed.ins_from as usize..fixed.ins_to as usize;
        let needs: Vec<u32> = if station.assembly.is_empty() {
            Vec::new()
        } else {
            let need = |link: &u32| {
                let from = self.links[*link as usize].from;
                station
                    .assembly
                    .iter()
                    .filter(|n| n.from.0 == from)
                    .map(|n| n.count)
                    .sum()
            };
            self.in_links[ins.clone()].iter().map(need).collect()
        };
        let main_inlet = station.assembly.first().and_then(|main| {
            let is_main = |link: &u32| self.links[*link as usize].from == main.from.0;
            self.in_links[ins].iter().position(is_main)
        });
        let intake = if needs.is_empty() {
            station.batch
        } else {
            needs.iter().sum()
        };
        let reject = match station.reject_to {
            Some(_) => fixed.outs_to - 1,
            None => NONE,
        };
        let wears = element
            .failures
            .iter()
            .any(|f| f.basis == FailureBasis::OperationTime);
        self.stations.push(StationFixed {
            processing,
            by_type,
            changeover,
            servers_from: self.servers,
            servers: station.servers,
            slots_from,
            intake,
            is_simple: intake == 1,
            is_plain: intake == 1
                && station.scrap == 0.0
                && station.produces.is_none()
                && fixed.choices() == 1,
            held_from: self.held,
            needs,
            main_inlet: main_inlet.unwrap_or_default() as u32,
            gathered_from: self.gathered,
            produces: station.produces.map_or(NONE, |part_type| part_type.0),
            scrap: station.scrap,
            reject,
            wears,
        });
        let initial = station
            .changeover
            .as_ref()
            .and_then(|changeover| changeover.initial);
        self.fitted
            .push(initial.map_or(NONE, |part_type| part_type.0));
        self.servers += station.servers;
        self.gathered += self.elements[id as usize].ins_to - self.elements[id as usize].ins_from;
        if intake > 1 {
            self.held += (station.servers + 1) * intake;
        }
        self.stations.len() as u32 - 1
    }

    fn add_fleet(&mut self, id: u32, fleet: &Fleet) -> u32 {
        let slots_from = self.slots.len() as u32;
        for local in 0..fleet.vehicles {
            self.slot(id, self.vehicles + local, Role::Vehicle);
        }
        let fixed = &self.elements[id as usize];
        let ins = &self.in_links[fixed.ins_from as usize..fixed.ins_to as usize];
        let mut at: Vec<u32> = ins
            .iter()
            .map(|link| self.links[*link as usize].from)
            .collect();
        let inlets = at.len() as u32;
        let outs = fixed.outs_from..fixed.outs_to;
        at.extend(outs.map(|link| self.links[link as usize].to));
        let mut travel = Vec::with_capacity(at.len() * at.len());
        for (row, a) in at.iter().enumerate() {
            for (column, b) in at.iter().enumerate() {
                let named = fleet
                    .distances_m
                    .iter()
                    .find(|(from, to, _)| (from.0, to.0) == (*a, *b) || (from.0, to.0) == (*b, *a));
                let metres = match named {
                    _ if row == column => 0.0,
                    Some((_, _, metres)) => *metres,
                    None if a == b => 0.0,
                    None => fleet.distance_m,
                };
                travel.push(SimTime::from_secs_f64(metres / fleet.speed_mps));
            }
        }
        let (load, unload) = (
            self.distribution(&fleet.load),
            self.distribution(&fleet.unload),
        );
        self.fleets.push(FleetFixed {
            element: id,
            load,
            unload,
            vehicles_from: self.vehicles,
            vehicles: fleet.vehicles,
            slots_from,
            inlets,
            stops: at.len() as u32,
            travel,
        });
        self.vehicles += fleet.vehicles;
        self.fleets.len() as u32 - 1
    }

    fn add_failures(&mut self, id: u32, element: &Element) {
        self.elements[id as usize].failures_from = self.failures.len() as u32;
        for failure in &element.failures {
            let index = self.failures.len() as u32;
            let time_to_failure = self.distribution(&failure.time_to_failure);
            let time_to_repair = self.distribution(&failure.time_to_repair);
            let slot = self.slot(id, index, Role::Failure);
            self.failures.push(FailureFixed {
                element: id,
                basis: failure.basis,
                time_to_failure,
                time_to_repair,
                slot,
            });
        }
        self.elements[id as usize].failures_to = self.failures.len() as u32;
    }

    /// The state at the start, before anything has happened.
    pub(super) fn state(&self, streams: Streams) -> State {
        let name = |element: u32| self.names[element as usize].as_str();
        let elements = (0..self.elements.len() as u32)
            .map(|element| {
                let state = match self.elements[element as usize].kind {
                    Kind::Station | Kind::Conveyor => OperatingState::Starved,
                    Kind::Fleet | Kind::Source => OperatingState::Idle,
                    Kind::Buffer | Kind::Sink => OperatingState::Execute,
                };
                ElementState::new(state, streams.stream(name(element), Purpose::Route))
            })
            .collect();
        let mut state = State::new(Calendar::new(self.slots.len()), elements, self.links.len());
        for (id, fixed) in self.elements.iter().enumerate() {
            let stream = |purpose| streams.stream(name(id as u32), purpose);
            match fixed.kind {
                Kind::Source => state.sources.push(SourceState::new(
                    stream(Purpose::Arrival),
                    stream(Purpose::Mix),
                )),
                Kind::Station => {
                    let station = &self.stations[fixed.index as usize];
                    state.stations.push(StationState::new(
                        station,
                        stream(Purpose::Processing),
                        stream(Purpose::Setup),
                        stream(Purpose::Quality),
                    ));
                    let fitted = self.fitted[fixed.index as usize];
                    let end = station.servers_from + station.servers;
                    for server in station.servers_from..end {
                        let next = if server + 1 < end { server + 1 } else { NONE };
                        state.servers.push(Server::new(next, fitted));
                    }
                }
                Kind::Buffer => state.buffers.push(Default::default()),
                Kind::Conveyor => state.conveyors.push(ConveyorState::new()),
                Kind::Fleet => {
                    let fleet = &self.fleets[fixed.index as usize];
                    let rng = stream(Purpose::Transport);
                    state.fleets.push(FleetState::new(fleet.inlets, rng));
                    state
                        .vehicles
                        .extend((0..fleet.vehicles).map(|_| Vehicle::new()));
                }
                Kind::Sink => {}
            }
        }
        for (index, failure) in self.failures.iter().enumerate() {
            let first = self.elements[failure.element as usize].failures_from;
            let purpose = Purpose::Failure(index as u32 - first);
            state.failures.push(FailureState::new(
                streams.stream(name(failure.element), purpose),
            ));
        }
        state.held = vec![NONE; self.held as usize];
        state.gathered = vec![0; self.gathered as usize];
        state
    }
}

fn reject_to(network: &Network, element: ElementId) -> Option<ElementId> {
    match &network.elements.get(element.index())?.process {
        Process::Station(station) => station.reject_to,
        _ => None,
    }
}
