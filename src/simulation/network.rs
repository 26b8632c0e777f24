//! The description of a process network: what a planner would draw.
//!
//! A [`Network`] is plain data. It may be built in any order and may be wrong while it is built;
//! [`Network::validate`] reports every mistake at once.

use serde::{Deserialize, Serialize};

use super::conveyor::Conveyor;
use super::distribution::Distribution;
use super::fleet::Fleet;
use super::part_route::{PartRoute, Visit};
use super::resources::{Resource, ResourceId};
use super::routing::Routing;
use super::source::Source;
use super::station::Station;
use super::time::SimTime;
use crate::model::process::FailureBasis;

/// One element of a network, by its position in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ElementId(pub u32);

/// No element at all.
impl Default for ElementId {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl ElementId {
    /// As an index into arrays with one entry per element.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A type of part, by its position among [`Network::part_types`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PartType(pub u32);

/// A shift calendar, by its position among [`Network::shifts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShiftId(pub u32);

/// A place where parts wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buffer {
    /// Number of places; `None` means that it is never full.
    #[serde(default)]
    pub capacity: Option<u32>,
    /// Who leaves first.
    #[serde(default)]
    pub discipline: Discipline,
}

/// Which part of a buffer leaves first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discipline {
    /// First in, first out.
    #[default]
    Fifo,
    /// Last in, first out: a stack.
    Lifo,
    /// By type, in this order; types not named come last. Equals first in, first out.
    Priority(Vec<PartType>),
    /// By the due time of the order, the earliest first; parts without one come last. Equals first
    /// in, first out.
    DueDate,
}

impl Buffer {
    /// With `capacity` places.
    #[must_use]
    pub const fn of(capacity: u32) -> Self {
        Self {
            capacity: Some(capacity),
            discipline: Discipline::Fifo,
        }
    }

    /// Never full.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self {
            capacity: None,
            discipline: Discipline::Fifo,
        }
    }
}

/// What an element does with parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Process {
    /// Parts come into being here.
    Source(Source),
    /// Finished parts leave here.
    Sink,
    /// Parts are worked on here.
    Station(Box<Station>),
    /// Parts wait here.
    Buffer(Buffer),
    /// Parts are carried along a belt.
    Conveyor(Conveyor),
    /// Parts are carried by vehicles.
    Fleet(Fleet),
}

/// One way to fail. An element may have several, independent of each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Which clock runs.
    pub basis: FailureBasis,
    /// Time on that clock from a repair to the next failure.
    pub time_to_failure: Distribution,
    /// Calendar time from the failure until the element works again; with a crew, from when that
    /// has come.
    pub time_to_repair: Distribution,
    /// Who repairs it; `None`: somebody is always there.
    #[serde(default)]
    pub crew: Option<ResourceId>,
    /// What it is.
    #[serde(default)]
    pub kind: DownKind,
}

/// Why an element is down by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DownKind {
    /// It fails: [`OperatingState::Held`](crate::model::OperatingState::Held).
    #[default]
    Failure,
    /// It is maintained by plan: [`OperatingState::Maintenance`](crate::model::OperatingState::Maintenance).
    Maintenance,
}

impl Failure {
    /// Fails after a time on the given clock, and is repaired by somebody who is always there.
    #[must_use]
    pub fn new(
        basis: FailureBasis,
        time_to_failure: Distribution,
        time_to_repair: Distribution,
    ) -> Self {
        Self {
            basis,
            time_to_failure,
            time_to_repair,
            crew: None,
            kind: DownKind::Failure,
        }
    }
}

/// When an element is manned: windows of time, repeated or not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// The times at which work goes on, as (begin, end), in order and apart from each other.
    pub windows: Vec<(SimTime, SimTime)>,
    /// After this time the windows repeat (a day, a week); `None`: after the last window it is over.
    #[serde(default)]
    pub period: Option<SimTime>,
}

/// One element of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// Unique in the network. It also addresses the element's random streams.
    pub name: String,
    /// What it does.
    pub process: Process,
    /// Which of its outlets a part takes.
    #[serde(default)]
    pub routing: Routing,
    /// The ways in which it fails.
    #[serde(default)]
    pub failures: Vec<Failure>,
    /// When it is manned; `None` is always.
    #[serde(default)]
    pub shift: Option<ShiftId>,
}

/// A process network.
///
/// ```
/// use twinscape::simulation::{Buffer, Distribution, Network, Source, Station};
///
/// let mut line = Network::default();
/// let raw = line.source("raw", Source::saturated());
/// let turning = line.station("turning", Station::new(Distribution::normal(55.0, 4.0)?));
/// let rack = line.buffer("rack", Buffer::of(5));
/// let milling = line.station("milling", Station::new(Distribution::constant(60.0)?));
/// let done = line.sink("done");
/// line.chain(&[raw, turning, rack, milling, done]);
/// assert!(line.validate().is_ok());
/// # Ok::<(), twinscape::simulation::DistributionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// All elements; an [`ElementId`] is a position here.
    pub elements: Vec<Element>,
    /// Who hands parts to whom, as (from, to). The order of an element's links is the order of its
    /// outlets and inlets.
    pub links: Vec<(ElementId, ElementId)>,
    /// Names of the types of parts; a [`PartType`] is a position here. Empty means one nameless type.
    #[serde(default)]
    pub part_types: Vec<String>,
    /// Shift calendars.
    #[serde(default)]
    pub shifts: Vec<Shift>,
    /// Operators, tools and crews that elements share.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// Types of parts that have a route of their own, each at most once.
    #[serde(default)]
    pub part_routes: Vec<PartRoute>,
}

impl Network {
    /// Adds an element that does `process`.
    pub fn add(&mut self, name: impl Into<String>, process: Process) -> ElementId {
        let id = ElementId(self.elements.len() as u32);
        self.elements.push(Element {
            name: name.into(),
            process,
            routing: Routing::default(),
            failures: Vec::new(),
            shift: None,
        });
        id
    }

    /// Adds a source.
    pub fn source(&mut self, name: impl Into<String>, source: Source) -> ElementId {
        self.add(name, Process::Source(source))
    }

    /// Adds a sink.
    pub fn sink(&mut self, name: impl Into<String>) -> ElementId {
        self.add(name, Process::Sink)
    }

    /// Adds a station.
    pub fn station(&mut self, name: impl Into<String>, station: Station) -> ElementId {
        self.add(name, Process::Station(Box::new(station)))
    }

    /// Adds a buffer.
    pub fn buffer(&mut self, name: impl Into<String>, buffer: Buffer) -> ElementId {
        self.add(name, Process::Buffer(buffer))
    }

    /// Adds a conveyor.
    pub fn conveyor(&mut self, name: impl Into<String>, conveyor: Conveyor) -> ElementId {
        self.add(name, Process::Conveyor(conveyor))
    }

    /// Adds a transport fleet.
    pub fn fleet(&mut self, name: impl Into<String>, fleet: Fleet) -> ElementId {
        self.add(name, Process::Fleet(fleet))
    }

    /// Lets `from` hand parts to `to`.
    pub fn link(&mut self, from: ElementId, to: ElementId) {
        self.links.push((from, to));
    }

    /// Links each element to the next.
    pub fn chain(&mut self, elements: &[ElementId]) {
        for pair in elements.windows(2) {
            self.link(pair[0], pair[1]);
        }
    }

    /// Adds a type of part.
    pub fn part_type(&mut self, name: impl Into<String>) -> PartType {
        self.part_types.push(name.into());
        PartType(self.part_types.len() as u32 - 1)
    }

    /// Gives the parts of a type a route of their own.
    pub fn part_route(&mut self, part_type: PartType, visits: Vec<Visit>) {
        self.part_routes.push(PartRoute { part_type, visits });
    }

    /// Adds a shift calendar.
    pub fn shift(&mut self, shift: Shift) -> ShiftId {
        self.shifts.push(shift);
        ShiftId(self.shifts.len() as u32 - 1)
    }

    /// Adds a resource that is always there.
    pub fn resource(&mut self, name: impl Into<String>, count: u32) -> ResourceId {
        self.resources.push(Resource {
            name: name.into(),
            count,
            shift: None,
        });
        ResourceId(self.resources.len() as u32 - 1)
    }

    /// The element to change further; `None` when the id is of another network.
    pub fn element_mut(&mut self, id: ElementId) -> Option<&mut Element> {
        self.elements.get_mut(id.index())
    }

    /// Adds a way to fail; does nothing when the id is of another network.
    pub fn fails(&mut self, id: ElementId, failure: Failure) {
        if let Some(element) = self.element_mut(id) {
            element.failures.push(failure);
        }
    }

    /// Sets how parts choose among the outlets; does nothing when the id is of another network.
    pub fn route(&mut self, id: ElementId, routing: Routing) {
        if let Some(element) = self.element_mut(id) {
            element.routing = routing;
        }
    }

    /// The element of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ElementId> {
        self.elements
            .iter()
            .position(|e| e.name == name)
            .map(|i| ElementId(i as u32))
    }

    /// The name of an element; empty when the id is of another network.
    #[must_use]
    pub fn name(&self, id: ElementId) -> &str {
        self.elements
            .get(id.index())
            .map_or("", |element| &element.name)
    }
}
