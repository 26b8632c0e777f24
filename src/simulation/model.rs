//! A network made ready to run: dense arrays instead of names, one calendar slot per event to come.

use serde::{Deserialize, Serialize};

use super::conveyor::ConveyorFixed;
use super::distribution::Distribution;
use super::failures::FailureFixed;
use super::fleet::FleetFixed;
use super::kernel::NONE;
use super::network::{Discipline, Element, ElementId, Network, Process};
use super::part_route::VisitFixed;
use super::routing::Router;
use super::shifts::ShiftFixed;
use super::source::{Mix, SourceFixed};
use super::station::{RelayFixed, StationFixed};
use super::time::SimTime;

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
    /// The server of a plain station (see `station::relay`): `index` is that of the station.
    Plain,
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
    /// Of a buffer: the plain stations before and behind it, if it lies just between such; see
    /// `station::relay`.
    pub(super) relay_before: u32,
    pub(super) relay_behind: u32,
    has_reject: bool,
    /// It has several servers or vehicles.
    pub(super) is_plural: bool,
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
    /// `to` is a buffer whose parts each call a vehicle.
    pub(super) calls: bool,
    /// `to` is a buffer that is not first in, first out.
    pub(super) sorts: bool,
    /// Giving a part away may change the operating state of `from`: it is no buffer.
    pub(super) touches: bool,
}

/// [`Discipline`] with ranks in place of lists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum DisciplineFixed {
    Fifo,
    Lifo,
    /// Rank per type.
    Priority(Vec<u32>),
    DueDate,
}

impl DisciplineFixed {
    fn new(network: &Network, discipline: &Discipline) -> Self {
        match discipline {
            Discipline::Fifo => Self::Fifo,
            Discipline::Lifo => Self::Lifo,
            Discipline::DueDate => Self::DueDate,
            Discipline::Priority(order) => {
                let mut ranks = vec![u32::MAX; network.part_types.len().max(1)];
                for (rank, part_type) in order.iter().enumerate() {
                    if let Some(place) = ranks.get_mut(part_type.0 as usize) {
                        *place = rank as u32;
                    }
                }
                Self::Priority(ranks)
            }
        }
    }
}

/// Due times of all orders, sorted by number.
fn due_times(network: &Network) -> Vec<(u32, SimTime)> {
    let sources = network.elements.iter().filter_map(|e| match &e.process {
        Process::Source(source) => Some(&source.mix),
        _ => None,
    });
    let mut due_times: Vec<(u32, SimTime)> = sources
        .filter_map(|mix| match mix {
            Mix::Orders(orders) => Some(orders),
            _ => None,
        })
        .flatten()
        .filter_map(|order| Some((order.order, order.due?)))
        .collect();
    due_times.sort_unstable();
    due_times
}

/// The unchanging part of a simulation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) names: Vec<String>,
    pub(super) elements: Vec<ElementFixed>,
    pub(super) links: Vec<LinkFixed>,
    pub(super) in_links: Vec<u32>,
    pub(super) distributions: Vec<Distribution>,
    /// Per type of parts: its route, empty when it has none. Empty when no type has one.
    pub(super) part_routes: Vec<Vec<VisitFixed>>,
    pub(super) sources: Vec<SourceFixed>,
    pub(super) stations: Vec<StationFixed>,
    /// Per station: how it hands on.
    pub(super) relays: Vec<RelayFixed>,
    /// Per buffer.
    pub(super) capacities: Vec<u32>,
    /// Per buffer: who leaves first.
    pub(super) disciplines: Vec<DisciplineFixed>,
    /// Due times by order, sorted; for buffers that look at them.
    pub(super) due_times: Vec<(u32, SimTime)>,
    /// How many there are of each resource.
    pub(super) resources: Vec<u32>,
    /// Some source limits its parts in process.
    pub(super) has_limits: bool,
    pub(super) conveyors: Vec<ConveyorFixed>,
    pub(super) fleets: Vec<FleetFixed>,
    pub(super) failures: Vec<FailureFixed>,
    pub(super) shifts: Vec<ShiftFixed>,
    pub(super) slots: Vec<SlotOwner>,
    pub(super) control_slot: u32,
    /// Tasks at one instant above which nothing but an endless loop can be meant.
    pub(super) instant_limit: u32,
    pub(super) servers: u32,
    pub(super) held: u32,
    pub(super) gathered: u32,
    pub(super) vehicles: u32,
    /// Per station: the type its servers are set up for at the start.
    pub(super) fitted: Vec<u32>,
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
            part_routes: Vec::new(),
            sources: Vec::new(),
            stations: Vec::new(),
            relays: Vec::new(),
            capacities: Vec::new(),
            disciplines: Vec::new(),
            due_times: due_times(network),
            resources: network.resources.iter().map(|r| r.count).collect(),
            has_limits: network.elements.iter().any(|element| {
                matches!(&element.process, Process::Source(source) if source.in_process.is_some())
            }),
            conveyors: Vec::new(),
            fleets: Vec::new(),
            failures: Vec::new(),
            shifts: network
                .shifts
                .iter()
                .map(|shift| ShiftFixed {
                    shift: shift.clone(),
                    elements: Vec::new(),
                    resources: Vec::new(),
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
        for index in 0..model.links.len() {
            let from = &model.elements[model.links[index].from as usize];
            model.links[index].touches = from.kind != Kind::Buffer;
            let to = &model.elements[model.links[index].to as usize];
            model.links[index].sorts = to.kind == Kind::Buffer
                && !matches!(model.disciplines[to.index as usize], DisciplineFixed::Fifo);
            model.links[index].calls = to.kind == Kind::Buffer
                && to.is_single()
                && model.links[to.outs_from as usize].to_kind == Kind::Fleet;
        }
        model.add_part_routes(network);
        for (index, element) in network.elements.iter().enumerate() {
            model.add_failures(index as u32, element);
        }
        model.add_relays();
        for (index, resource) in network.resources.iter().enumerate() {
            if let Some(shift) = resource.shift {
                model.shifts[shift.0 as usize].resources.push(index as u32);
            }
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
                calls: false,
                sorts: false,
                touches: true,
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
                relay_before: NONE,
                relay_behind: NONE,
                has_reject: reject_to(network, ElementId(index as u32)).is_some(),
                is_plural: false,
                router: Router::Single,
            });
            ins_from = self.in_links.len() as u32;
        }
    }

    /// A slot of the calendar for `element`.
    pub(super) fn slot(&mut self, element: u32, index: u32, role: Role) -> u32 {
        self.slots.push(SlotOwner {
            element,
            index,
            role,
        });
        self.slots.len() as u32 - 1
    }

    /// Keeps a distribution and tells its position.
    pub(super) fn distribution(&mut self, distribution: &Distribution) -> u32 {
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
                self.disciplines
                    .push(DisciplineFixed::new(network, &buffer.discipline));
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
        fixed.is_plural = match &element.process {
            Process::Station(station) => station.servers > 1,
            Process::Fleet(fleet) => fleet.vehicles > 1,
            _ => false,
        };
        fixed.router = router;
        if let Some(shift) = element.shift {
            self.shifts[shift.0 as usize].elements.push(id);
        }
    }
}

fn reject_to(network: &Network, element: ElementId) -> Option<ElementId> {
    match &network.elements.get(element.index())?.process {
        Process::Station(station) => station.reject_to,
        _ => None,
    }
}
