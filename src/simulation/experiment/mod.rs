//! Experiments: many replications of a network, and what they say together.
//!
//! ```
//! use twinscape::simulation::experiment::{Control, Experiment};
//! use twinscape::simulation::{Buffer, Distribution, Network, SimTime, Source, Station};
//!
//! let mut queue = Network::default();
//! let arrivals = queue.source("arrivals", Source::every(Distribution::exponential(60.0)?));
//! let waiting = queue.buffer("waiting", Buffer::unlimited());
//! let server = queue.station("server", Station::new(Distribution::exponential(30.0)?));
//! let served = queue.sink("served");
//! queue.chain(&[arrivals, waiting, server, served]);
//!
//! let mut experiment = Experiment::new(queue)?;
//! experiment.warm_up = SimTime::from_secs(3_600);
//! experiment.horizon = SimTime::from_secs(8 * 3_600);
//! let summary = experiment.run(&Control::default(), |_, _| {})?.summary();
//! let throughput = &summary.kpis[0];
//! assert_eq!((throughput.name.as_str(), throughput.unit), ("throughput", "pcs/h"));
//! assert!(throughput.estimate.covers(60.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A replication is a pure function of the experiment's [`Address`] and its index: the same bits on
//! any number of threads. An experiment runs in the foreground ([`Experiment::run`]) or in the
//! background ([`Experiment::spawn`]), with progress and cancel; it stops after a number of
//! replications or as soon as the throughput is known precisely enough ([`Precision`]). It starts
//! empty at time zero, or from the state that a [`Simulation`] is in ([`Experiment::from_state`]).
//! Any one replication can be had as a [`Simulation`] and watched ([`Experiment::simulation`]).

mod address;
mod background;
mod bottleneck;
mod collect;
mod estimate;
mod job;
mod orders;
mod pool;
mod relief;
mod replication;
mod summary;

use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use super::from_plant::Place;
use super::interventions::Intervention;
use super::kernel::Halt;
use super::network::Network;
use super::run::{InterventionError, Simulation};
use super::source::Order;
use super::start::{Prepared, StartError, StartState};
use super::time::SimTime;
use super::validate::InvalidNetwork;
use crate::model::scene::PlannedStop;

pub use address::Address;
pub(crate) use background::Background;
pub use bottleneck::{ActivePeriods, Bottlenecked};
pub use collect::Collected;
pub(crate) use estimate::Running;
pub use estimate::{Estimate, Probability, normal_quantile, student_t};
pub use job::Job;
pub use pool::{Control, Progress};
pub use relief::Relief;
pub use replication::Outcome;
pub use summary::{
    BottleneckSummary, ElementSummary, Kpi, OrderSummary, Quantiles, ResourceSummary, Standstill,
    Summary,
};

/// When enough replications are done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Wanted half-width of the throughput's confidence interval, as a share of its mean.
    pub relative_half_width: f64,
    /// At least so many replications, that the spread may be believed.
    pub at_least: u64,
}

/// A network, and how it is to be simulated.
#[derive(Clone, Debug)]
pub struct Experiment {
    network: Network,
    first: Simulation,
    begins: Beginning,
    plan: Vec<(SimTime, Intervention)>,
    orders: Vec<Order>,
    /// Time from the start that the figures leave out.
    pub warm_up: SimTime,
    /// Time after the warm-up that the figures are about.
    pub horizon: SimTime,
    /// Chooses the random numbers; one seed, one experiment.
    pub seed: u64,
    /// Replications; with a [`Precision`], at most so many.
    pub replications: u64,
    /// Stop as soon as this is reached.
    pub precision: Option<Precision>,
    /// Confidence of all intervals, in 0..1.
    pub confidence: f64,
    /// Threads that replicate; 0: as many as the machine has cores.
    pub threads: usize,
}

/// How replications begin.
#[derive(Clone, Debug)]
enum Beginning {
    /// Empty.
    Empty,
    /// In the state that `first` is in.
    Forked,
    /// In a state that was described.
    Resumed(Prepared),
}

/// Why an experiment has no result.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ExperimentError {
    /// The network is wrong.
    #[error(transparent)]
    Network(#[from] InvalidNetwork),
    /// A planned intervention is wrong.
    #[error(transparent)]
    Intervention(#[from] InterventionError),
    /// It was cancelled.
    #[error("the experiment was cancelled")]
    Cancelled,
    /// There is nothing to simulate.
    #[error("{what} must be {rule}")]
    Setting {
        /// Which setting.
        what: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// More happened at one instant than can be meant.
    #[error(
        "replication {index} came to a loop without duration at {at}: let something in it take time, \
         near `{element}`"
    )]
    Livelock {
        /// Which replication.
        index: u64,
        /// When.
        at: SimTime,
        /// One of the elements of the loop.
        element: String,
    },
    /// Parts pile up without end.
    #[error(
        "replication {index} held more than 10 million parts at {at}: arrivals outrun the capacity; \
         give buffers a capacity or sources longer intervals"
    )]
    TooManyParts {
        /// Which replication.
        index: u64,
        /// When.
        at: SimTime,
    },
    /// A thread could not be started.
    #[error("no thread can be started for the replications: {0}")]
    Thread(String),
    /// A thread that replicated is gone: a mistake in this program.
    #[error("a replication ended by a mistake of this program; please report it with the scene")]
    Lost,
}

impl ExperimentError {
    fn halted(simulation: &Simulation, halt: Halt, index: u64) -> Self {
        let at = simulation.now();
        match halt {
            Halt::Livelock(element) => Self::Livelock {
                index,
                at,
                element: simulation.name(element).to_owned(),
            },
            Halt::TooManyParts => Self::TooManyParts { index, at },
        }
    }
}

impl Experiment {
    /// An experiment that starts empty: 8 h, 100 replications, seed 1, intervals of 95 %.
    ///
    /// # Errors
    /// Every mistake of the network.
    pub fn new(network: Network) -> Result<Self, InvalidNetwork> {
        let first = Simulation::new(&network, 0, 0)?;
        Ok(Self::with(network, first, Beginning::Empty))
    }

    /// An experiment whose replications go on from the state that `simulation`, a simulation of
    /// `network`, is in now. What is under way there ends when it would; all that is drawn from then
    /// on, times to failure included, differs between replications.
    #[must_use]
    pub fn from_state(network: Network, simulation: Simulation) -> Self {
        Self::with(network, simulation, Beginning::Forked)
    }

    /// An experiment whose replications begin at time zero in the state that `start` describes. How
    /// long what is under way there still takes is drawn for each replication.
    ///
    /// # Errors
    /// Every mistake of the network, or what of the start does not fit it.
    pub fn from_start(network: Network, start: Arc<StartState>) -> Result<Self, StartError> {
        let first = Simulation::resume(&network, &start, 0, 0)?;
        let prepared = Prepared::new(&network, start)?;
        Ok(Self::with(network, first, Beginning::Resumed(prepared)))
    }

    fn with(network: Network, first: Simulation, begins: Beginning) -> Self {
        Self {
            orders: orders::due_orders(&network),
            network,
            first,
            begins,
            plan: Vec::new(),
            warm_up: SimTime::ZERO,
            horizon: SimTime::from_secs(8 * 3_600),
            seed: 1,
            replications: 100,
            precision: None,
            confidence: 0.95,
            threads: 0,
        }
    }

    /// Plans a change from outside in every replication.
    ///
    /// # Errors
    /// When it is none, or lies before the start.
    pub fn plan(
        &mut self,
        time: SimTime,
        intervention: Intervention,
    ) -> Result<(), InterventionError> {
        self.first.clone().plan(time, intervention)?;
        self.plan.push((time, intervention));
        Ok(())
    }

    /// Plans a stop of a scenario; `places` are those of the [`PlantNetwork`](super::PlantNetwork).
    /// Equipment without a part in the flow cannot stop.
    ///
    /// # Errors
    /// When it lies before the start.
    pub fn plan_stop(
        &mut self,
        places: &[Place],
        stop: &PlannedStop,
    ) -> Result<(), InterventionError> {
        let place = places.get(stop.equipment.index()).copied();
        let Some(Place::Element(element)) = place else {
            return Ok(());
        };
        let cause = stop.cause.into();
        let duration = stop.lasts_secs.map(SimTime::from_secs_f64);
        let intervention = Intervention::Stop {
            element,
            cause,
            duration,
        };
        self.plan(SimTime::from_secs_f64(stop.at_secs), intervention)
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The orders that have a due time, by number.
    #[must_use]
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// Simulated time at the start.
    #[must_use]
    pub fn begin(&self) -> SimTime {
        self.first.now()
    }

    /// What every replication of this experiment is a pure function of, beside its index.
    ///
    /// # Errors
    /// When the network cannot be written as JSON.
    pub fn address(&self) -> serde_json::Result<Address> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Start<'a> {
            Empty,
            State(&'a Simulation),
            Described(&'a StartState),
        }
        #[derive(Serialize)]
        struct Content<'a> {
            network: &'a Network,
            start: Start<'a>,
            plan: &'a [(SimTime, Intervention)],
            warm_up: SimTime,
            horizon: SimTime,
            seed: u64,
        }
        Address::of(&Content {
            network: &self.network,
            start: match &self.begins {
                Beginning::Empty => Start::Empty,
                Beginning::Forked => Start::State(&self.first),
                Beginning::Resumed(prepared) => Start::Described(&prepared.start),
            },
            plan: &self.plan,
            warm_up: self.warm_up,
            horizon: self.horizon,
            seed: self.seed,
        })
    }

    /// Replication `index` at its start, to be stepped and watched.
    ///
    /// # Errors
    /// When a planned intervention is wrong.
    pub fn simulation(&self, index: u64) -> Result<Simulation, ExperimentError> {
        let mut simulation = match &self.begins {
            Beginning::Empty => self.first.replicate(self.seed, index),
            Beginning::Forked => self.first.fork(self.seed, index),
            Beginning::Resumed(start) => self.first.resume_again(start, self.seed, index),
        };
        for (time, intervention) in &self.plan {
            simulation.plan(*time, *intervention)?;
        }
        Ok(simulation)
    }

    fn check(&self) -> Result<(), ExperimentError> {
        let setting = |what, rule| Err(ExperimentError::Setting { what, rule });
        if self.horizon <= SimTime::ZERO {
            return setting("the horizon", "longer than 0");
        }
        if self.warm_up < SimTime::ZERO {
            return setting("the warm-up", "0 or longer");
        }
        if self.replications == 0 {
            return setting("the number of replications", "at least 1");
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return setting("the confidence", "above 0 and below 1");
        }
        match self.precision {
            Some(Precision {
                relative_half_width: width,
                ..
            }) if width.is_nan() || width <= 0.0 => setting("the precision", "above 0"),
            _ => Ok(()),
        }
    }
}
