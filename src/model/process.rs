//! [`Process`]: what an equipment does to the material flow, in the terms of the simulation.
//!
//! These are the parameters that a scene or a kind states (its `[process]` table). The simulation
//! builds its network from them; nothing else in the twin reads them.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Role of an equipment in the flow, with parameters. Durations in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Process {
    /// Not part of the flow (utilities, cabinets, fences).
    #[default]
    None,
    /// Parts enter here.
    Source {
        /// Time between arrivals; `None`: never starved, a part is there whenever one is wanted.
        interarrival: Option<Duration>,
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
        /// Whether parts close up when the end is blocked; else the whole belt stops.
        mode: ConveyorMode,
        /// Its stops.
        failure: Option<Failure>,
    },
    /// A vehicle of a fleet that carries parts along the flows marked `by = "<fleet>"`.
    Vehicle {
        /// Name of the fleet.
        fleet: Arc<str>,
        /// Speed, m/s.
        speed: f64,
        /// Time to load, and to unload, s.
        transfer: Duration,
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

/// What happens to parts when the end of a conveyor is blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConveyorMode {
    /// Parts close up.
    #[default]
    Accumulating,
    /// The belt stops.
    NonAccumulating,
}

/// Parameters of a station.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Station {
    /// Time of one operation.
    pub cycle: Duration,
    /// Time of one operation by part type, where it differs.
    pub cycle_by_type: BTreeMap<Arc<str>, Duration>,
    /// Operations that run side by side; 0 counts as 1.
    pub servers: u32,
    /// Change of part type.
    pub setup: Option<Duration>,
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
    pub time_to_failure: Duration,
    /// Time to repair.
    pub time_to_repair: Duration,
    /// Whether the clock of the failure runs only while it works.
    pub mode: FailureMode,
}

/// Which clock a failure runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailureMode {
    /// Working time.
    #[default]
    OperationDependent,
    /// Calendar time.
    TimeDependent,
}

/// A duration in seconds as a distribution, by its usual parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Duration {
    /// Always the same.
    Constant(f64),
    /// Between `min` and `max`.
    Uniform {
        /// Shortest.
        min: f64,
        /// Longest.
        max: f64,
    },
    /// Triangle.
    Triangular {
        /// Shortest.
        min: f64,
        /// Most frequent.
        mode: f64,
        /// Longest.
        max: f64,
    },
    /// Memoryless.
    Exponential {
        /// Mean.
        mean: f64,
    },
    /// Bell, cut at 0.
    Normal {
        /// Mean before the cut.
        mean: f64,
        /// Standard deviation before the cut.
        sd: f64,
    },
    /// Skewed to the long side, by its own mean and standard deviation (not those of its logarithm).
    Lognormal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
    },
    /// By shape k and mean.
    Gamma {
        /// Shape k.
        shape: f64,
        /// Mean.
        mean: f64,
    },
    /// Sum of `k` equal exponentials.
    Erlang {
        /// Stages.
        k: u32,
        /// Mean of the sum.
        mean: f64,
    },
    /// Wear-out (shape > 1) or early failure (shape < 1).
    Weibull {
        /// Shape k.
        shape: f64,
        /// Scale λ: 63.2 % are shorter.
        scale: f64,
    },
    /// One of these, each as likely.
    Empirical(Vec<f64>),
}

impl Default for Duration {
    fn default() -> Self {
        Self::Constant(0.0)
    }
}
