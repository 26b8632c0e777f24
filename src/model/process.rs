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
    },
    /// Parts leave here.
    Sink,
    /// Works on parts.
    Station(Station),
    /// Holds parts.
    Buffer {
        /// Places; `None`: as many as come.
        capacity: Option<u32>,
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
