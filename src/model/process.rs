//! [`Process`]: what an equipment does to the material flow, in the terms of the simulation.
//!
//! These are the parameters that a scene or a kind states (its `[process]` table). The simulation
//! builds its network from them; nothing else in the twin reads them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::distribution::DistributionSpec;

/// Role of an equipment in the flow, with parameters. Durations in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Process {
    /// Not part of the flow (utilities, cabinets, fences).
    #[default]
    None,
    /// Parts enter here.
    Source {
        /// Time between arrivals; `None`: never starved, a part is there whenever one is wanted.
        interarrival: Option<DistributionSpec>,
        /// Part types it makes, with their shares.
        mix: BTreeMap<Arc<str>, f64>,
        /// Parts per order; each order is of one type. 0: no orders.
        order_size: u32,
        /// What else is said of it.
        supply: Box<Supply>,
    },
    /// Parts leave here.
    Sink,
    /// Works on parts.
    Station(Station),
    /// Holds parts.
    Buffer {
        /// Places; `None`: as many as come.
        capacity: Option<u32>,
        /// Which part leaves first.
        discipline: Discipline,
    },
    /// Carries parts along its length.
    Conveyor {
        /// Speed, m/s.
        speed: f64,
        /// Distance between the fronts of two parts at least, m.
        spacing: f64,
        /// What happens when the first part cannot leave.
        belt: Belt,
        /// Its stops.
        failure: Option<Failure>,
        /// When it runs.
        manned: Manned,
    },
    /// A vehicle of a fleet that carries parts along the flows marked `by = "<fleet>"`.
    Vehicle {
        /// Name of the fleet.
        fleet: Arc<str>,
        /// Speed, m/s.
        speed: f64,
        /// Time to load, and to unload, each part.
        transfer: DistributionSpec,
        /// Parts carried at a time.
        capacity: u32,
        /// Which call is answered first.
        dispatch: Dispatch,
        /// When it drives.
        manned: Manned,
    },
    /// Tends the stations it is connected to: moves each part (robots, gantries). A station whose
    /// transfers take time.
    Handler(Station),
    /// Runs while anything of its area runs (compressor, coolant, ventilation): Execute or Idle.
    Utility {
        /// Its stops.
        failure: Option<Failure>,
    },
}

/// How a source lets parts in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supply {
    /// A list of orders, instead of a mix.
    pub orders: Vec<Order>,
    /// Parts in all; `None`: without end.
    pub limit: Option<u32>,
    /// Parts per arrival; 0 counts as 1.
    pub arrival_size: u32,
    /// What happens to parts that find no room.
    pub when_blocked: WhenBlocked,
    /// Most of its parts in the plant at once (CONWIP); `None`: as many as there is room for.
    pub in_process: Option<u32>,
    /// When it is manned.
    pub manned: Manned,
}

/// A number of equal parts that belong together. Times in seconds after the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Its number, above 0.
    pub order: u32,
    /// Type of its parts; `None`: the source's only one.
    pub part_type: Option<Arc<str>>,
    /// How many.
    pub quantity: u32,
    /// Not before this time.
    pub release_secs: f64,
    /// When it should be done.
    pub due_secs: Option<f64>,
}

/// What happens to parts that arrive at a source and find no room behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenBlocked {
    /// The source keeps them, and its clock waits until they are gone.
    #[default]
    Hold,
    /// The source keeps them in a queue without limit, and its clock goes on.
    Queue,
    /// They are turned away.
    Lose,
}

/// Which call a fleet answers first, always by the nearest parked vehicle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dispatch {
    /// The oldest.
    #[default]
    Oldest,
    /// The one with the shortest way for a vehicle; of equals, the oldest.
    Nearest,
    /// The one where the most parts wait for a vehicle; of equals, the oldest.
    LongestQueue,
}

/// Which part of a buffer leaves first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Discipline {
    /// First in, first out.
    #[default]
    Fifo,
    /// Last in, first out.
    Lifo,
    /// By type, in this order; other types last.
    Priority(Vec<Arc<str>>),
    /// By the due time of the order, the earliest first.
    DueDate,
}

/// When a station waits for room behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blocking {
    /// It works, then keeps the finished part until the next element takes it.
    #[default]
    AfterService,
    /// It begins only when the buffer behind it has room for the result.
    BeforeService,
}

/// When something is manned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Manned {
    /// In all shifts of the plant.
    #[default]
    AsPlant,
    /// Round the clock.
    Always,
    /// In these shifts of the plant.
    Shifts(Vec<Arc<str>>),
}

/// Operators, tools or crews that equipment shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its id.
    pub id: Arc<str>,
    /// How many there are.
    pub count: u32,
    /// When they are there.
    pub manned: Manned,
}

/// What parts on a conveyor do when the first one cannot leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Belt {
    /// They close up (roller conveyors, chains with friction).
    #[default]
    Accumulating,
    /// The whole belt stops.
    Rigid,
}

/// Parameters of a station.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Station {
    /// Time of one operation.
    pub cycle: DistributionSpec,
    /// Time of one operation by part type, where it differs.
    pub cycle_by_type: BTreeMap<Arc<str>, DistributionSpec>,
    /// Operations that run side by side; 0 counts as 1.
    pub servers: u32,
    /// Change of part type.
    pub setup: Option<DistributionSpec>,
    /// Parts worked on together; 0 counts as 1.
    pub batch: u32,
    /// For an assembly: parts needed of each type; empty: one part of any type.
    pub needs: BTreeMap<Arc<str>, u32>,
    /// For an assembly: type of the part that leaves; `None`: unchanged.
    pub makes: Option<Arc<str>>,
    /// Share of parts that are rejected.
    pub scrap: f64,
    /// Its stops.
    pub failure: Option<Failure>,
    /// Its planned maintenance: time between, and time for it.
    pub maintenance: Option<Failure>,
    /// Set-up times from one type to another, where they differ from `setup`.
    pub setup_matrix: Vec<(Arc<str>, Arc<str>, DistributionSpec)>,
    /// For a disassembly: parts that leave, of each type; empty: the part itself.
    pub splits: BTreeMap<Arc<str>, u32>,
    /// Resources that each operation takes, and how many of each.
    pub requires: BTreeMap<Arc<str>, u32>,
    /// When it waits for room behind it.
    pub blocking: Blocking,
    /// When it is manned.
    pub manned: Manned,
}

/// How a machine fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Time to failure.
    pub time_to_failure: DistributionSpec,
    /// Time to repair.
    pub time_to_repair: DistributionSpec,
    /// Which clock runs.
    pub basis: FailureBasis,
    /// The resource that repairs it; `None`: somebody is always there.
    pub crew: Option<Arc<str>>,
}

/// Which clock runs towards a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureBasis {
    /// Only time spent processing wears (a tool, a bearing). A station's clock runs while at least
    /// one of its servers processes; a conveyor's while its belt moves.
    #[default]
    OperationTime,
    /// All time counts, also idle time (a control cabinet, a leak).
    CalendarTime,
}
