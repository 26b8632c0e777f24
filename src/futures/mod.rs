//! Futures: what could become of the plant, from any instant of its history.
//!
//! ```text
//! history before t ─▶ Fork (state at t, what of it is inferred) ─▶ Futures (+ scenario, settings)
//!                                                                      │ spawn
//!                          Branch (one future, to be played) ◀─ index ─ Job ─▶ Forecast (bands, …)
//! ```
//!
//! A [`Fork`] is the state of a plant at an instant, inferred from what was recorded *before* it.
//! [`Futures`] are many simulated replications from there, of the plant as it is or of a scenario. They
//! run in the background ([`Futures::spawn`]); a [`Forecast`] is what those that are done say together:
//! bands over time, probabilities, shares, the bottleneck. Any one replication can be simulated again
//! and written into a history of its own ([`Futures::branch`]), which is read like the past. Scenarios
//! from the same fork and seed are compared replication by replication ([`Forecast::differences`]).
//!
//! How often such bands have been right is told by a [`backtest`].
//!
//! Same fork, scenario, settings and index: same future, bit for bit ([`Futures::address`]).

pub mod backtest;
mod branch;
pub mod calibrate;
mod change;
mod forecast;
mod job;
mod measured;
mod planned;
mod series;
pub mod start;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::history::HistoryReader;
use crate::model::scene::PlannedStop;
use crate::model::{Plant, Timestamp};
use crate::simulation::experiment::{Address, Experiment, ExperimentError, Precision};
use crate::simulation::{
    InterventionError, PlantNetwork, Process, SimTime, StartError, StartState,
};

pub use branch::{Branch, BranchError, Detail, LOOK_BACK};
pub use change::{Change, ChangeError};
pub use forecast::{Band, Difference, Forecast, Pick, QUANTILES, Quantiles, Track};
pub use job::Job;
pub use planned::Planned;
pub use series::{Grid, Series};
pub use start::{Fork, ForkError, Inferred, What};

/// How futures are simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How far they go.
    pub horizon: Duration,
    /// Time between two points of a band; [`Duration::ZERO`]: a 96th of the horizon.
    pub step: Duration,
    /// Throughput is that of so much time before each point, recorded time included.
    pub window: Duration,
    /// Replications at most.
    pub replications: u64,
    /// Stop as soon as the throughput is known this well.
    pub precision: Option<Precision>,
    /// Chooses the random numbers. Scenarios are compared under the same seed.
    pub seed: u64,
    /// Confidence of all intervals.
    pub confidence: f64,
    /// Threads that replicate; 0: as many as the machine has cores.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            horizon: Duration::from_secs(8 * 3_600),
            step: Duration::ZERO,
            window: Duration::from_secs(3_600),
            replications: 200,
            precision: None,
            seed: 1,
            confidence: 0.95,
            threads: 0,
        }
    }
}

impl Settings {
    /// The instants of the bands.
    #[must_use]
    pub fn grid(&self) -> Grid {
        let horizon = SimTime::from_secs_f64(self.horizon.as_secs_f64());
        let step = match self.step {
            Duration::ZERO => SimTime::from_nanos((horizon.as_nanos() / 96).max(1)),
            step => SimTime::from_secs_f64(step.as_secs_f64()),
        };
        Grid::new(horizon, step)
    }
}

/// What is to be different in some futures.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// Name for people.
    pub name: Arc<str>,
    /// The changed plant: with the equipment of the plant that was forked, in the same places.
    pub plant: Arc<Plant>,
    /// What happens to it; times count from the fork.
    pub stops: Vec<PlannedStop>,
}

impl From<crate::model::scene::Scenario> for WhatIf {
    fn from(scenario: crate::model::scene::Scenario) -> Self {
        Self {
            name: scenario.name,
            plant: Arc::new(scenario.plant),
            stops: scenario.stops,
        }
    }
}

/// Why there are no futures.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FuturesError {
    /// The plant cannot be forked there.
    #[error(transparent)]
    Fork(#[from] ForkError),
    /// The state does not fit the plant.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A stop of the scenario is wrong.
    #[error(transparent)]
    Stop(#[from] InterventionError),
    /// A setting is wrong, or a replication cannot go on.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
}

/// Simulated futures of a plant from an instant on.
#[derive(Clone, Debug)]
pub struct Futures {
    plant: Arc<Plant>,
    name: Option<Arc<str>>,
    at: Timestamp,
    network: Arc<PlantNetwork>,
    experiment: Experiment,
    grid: Grid,
    window: SimTime,
    /// Parts that had left by each of the instants before the fork that the window reaches to.
    past: Arc<[(SimTime, f64)]>,
    /// What of the fork the scenario has no place for.
    dropped: Vec<String>,
    /// What the scenario plans; times count from the fork.
    stops: Vec<PlannedStop>,
    /// Whether it is known of every part at the fork since when it has been in the plant.
    knows_ages: bool,
}

impl Futures {
    /// Futures of `plant` from `fork` on; with `what_if`, of the changed plant. `history` is asked how
    /// many parts left before the fork.
    ///
    /// # Errors
    /// When the changed plant cannot be simulated, or the settings are wrong.
    pub fn new(
        plant: &Arc<Plant>,
        fork: &Fork,
        what_if: Option<&WhatIf>,
        history: &HistoryReader,
        settings: &Settings,
    ) -> Result<Self, FuturesError> {
        let (plant, network, stops) = match what_if {
            None => (Arc::clone(plant), Arc::clone(&fork.network), [].as_slice()),
            Some(what_if) => {
                let network = PlantNetwork::new(&what_if.plant, fork.at);
                let network = network.map_err(ForkError::Plant)?;
                let plant = Arc::clone(&what_if.plant);
                (plant, Arc::new(network), what_if.stops.as_slice())
            }
        };
        let (start, dropped) = match what_if {
            None => (Arc::clone(&fork.start), Vec::new()),
            Some(_) => {
                let (start, dropped) = adapted(&fork.start, &network);
                (Arc::new(start), dropped)
            }
        };
        let knows_ages = start.parts().all(|part| part.age_secs.is_some());
        let mut experiment = Experiment::from_start(network.network.clone(), start)?;
        experiment.horizon = SimTime::from_secs_f64(settings.horizon.as_secs_f64());
        experiment.replications = settings.replications;
        experiment.precision = settings.precision;
        experiment.confidence = settings.confidence;
        experiment.threads = settings.threads;
        experiment.seed = seed_at(settings.seed, fork.at);
        for stop in stops {
            experiment.plan_stop(&network.places, stop)?;
        }
        let window = SimTime::from_secs_f64(settings.window.as_secs_f64());
        let grid = settings.grid();
        let past = left_before(&plant, &network, history, fork.at, window, &grid);
        Ok(Self {
            name: what_if.map(|what_if| Arc::clone(&what_if.name)),
            plant,
            at: fork.at,
            network,
            experiment,
            grid,
            window,
            past,
            dropped,
            stops: stops.to_vec(),
            knows_ages,
        })
    }

    /// The plant as it is in these futures.
    #[must_use]
    pub fn plant(&self) -> &Arc<Plant> {
        &self.plant
    }

    /// Name of the scenario; `None`: the plant as it is.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The instant at which they begin.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// From the fork to the horizon.
    #[must_use]
    pub fn span(&self) -> Range<Timestamp> {
        self.at..self.time(self.experiment.horizon)
    }

    /// Where equipment is found among the elements.
    #[must_use]
    pub fn network(&self) -> &Arc<PlantNetwork> {
        &self.network
    }

    /// The experiment that they are the replications of.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// Elements of the fork whose parts have no place in the scenario: they are left out.
    #[must_use]
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// What every replication is a pure function of, beside its index: the plant with its scenario and
    /// calibration, the state at the start, what was planned, horizon, seed, version of the engine.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn address(&self) -> serde_json::Result<Address> {
        self.experiment.address()
    }

    /// The instant of a simulated time.
    #[must_use]
    pub fn time(&self, time: SimTime) -> Timestamp {
        Timestamp::from_nanos(self.at.as_nanos().saturating_add(time.as_nanos()))
    }
}

/// Chooses random numbers of their own for every instant, and others than an emulator of this seed has.
fn seed_at(seed: u64, at: Timestamp) -> u64 {
    let mut mixed = seed ^ (at.as_nanos() as u64).rotate_left(32) ^ 0x5851_f42d_4c95_7f2d;
    // The finaliser of SplitMix64.
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What of a start a changed network has a place for, and the elements that it has none for.
fn adapted(start: &StartState, network: &PlantNetwork) -> (StartState, Vec<String>) {
    let mut kept = StartState {
        next_part: start.next_part,
        ..StartState::default()
    };
    let mut dropped = Vec::new();
    for (name, element) in &start.elements {
        let alone = StartState {
            elements: [(name.clone(), element.clone())].into(),
            next_part: 0,
        };
        let is_there = network.network.find(name).is_some();
        let has_parts = element.holds != crate::simulation::Holding::Nothing;
        if is_there && alone.check(&network.network).is_ok() {
            kept.elements.insert(name.clone(), element.clone());
            continue;
        }
        if has_parts {
            dropped.push(name.clone());
        }
        if is_there {
            // It is another kind of thing now: what it had counted and why it is down still holds.
            let mut empty = element.clone();
            empty.holds = crate::simulation::Holding::Nothing;
            kept.elements.insert(name.clone(), empty);
        }
    }
    (kept, dropped)
}

/// How many parts had left through sinks by instants before the fork, as counted there: cumulative,
/// ending with 0 at the fork.
fn left_before(
    plant: &Plant,
    network: &PlantNetwork,
    history: &HistoryReader,
    at: Timestamp,
    window: SimTime,
    grid: &Grid,
) -> Arc<[(SimTime, f64)]> {
    let begins = history.span().map_or(at, |span| span.start);
    let steps = (window.as_nanos() / grid.step().as_nanos().max(1)).clamp(0, 10_000);
    let before = at - Duration::from_nanos(1);
    let counters: Vec<_> = sinks(plant, network).collect();
    let mut past = Vec::new();
    for back in (0..=steps).rev() {
        let offset = grid.step().as_nanos().saturating_mul(back);
        let time = Timestamp::from_nanos(at.as_nanos().saturating_sub(offset)).min(before);
        if time < begins {
            continue;
        }
        let left: f64 = counters
            .iter()
            .filter_map(|counter| {
                let then = history.latest_at(*counter, time)?.value.as_f64()?;
                let now = history.latest_at(*counter, before)?.value.as_f64()?;
                Some((then - now).min(0.0))
            })
            .sum();
        past.push((SimTime::from_nanos(-offset), left));
    }
    past.into()
}

/// Counters of the equipment through which parts leave the plant.
fn sinks(plant: &Plant, network: &PlantNetwork) -> impl Iterator<Item = crate::model::SignalId> {
    use crate::model::signal::SignalRole;
    plant
        .equipment
        .iter()
        .zip(&network.places)
        .filter_map(|(equipment, place)| {
            let crate::simulation::Place::Element(element) = place else {
                return None;
            };
            let process = &network.network.elements.get(element.index())?.process;
            if !matches!(process, Process::Sink) {
                return None;
            }
            equipment.signal_ids().find(|id| {
                plant
                    .signal(*id)
                    .is_some_and(|signal| signal.spec.role == SignalRole::Produced)
            })
        })
}
