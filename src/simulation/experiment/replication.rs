//! One replication: from its address to its figures.

use super::bottleneck::{ActivePeriods, Bottlenecked};
use super::orders::OrderBook;
use super::pool::StopFlags;
use super::{Experiment, ExperimentError};
use crate::simulation::deadlock::Deadlock;
use crate::simulation::kernel::Halt;
use crate::simulation::observer::Observer;
use crate::simulation::run::{RunEnd, Simulation};
use crate::simulation::statistics::{SimulationResult, Statistics};
use crate::simulation::time::SimTime;

/// Events between two looks at whether to go on.
const SLICE: u32 = 16_384;

/// What one replication gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its index.
    pub index: u64,
    /// Figures of the time after the warm-up.
    pub result: SimulationResult,
    /// Per element: for which share of that time it was the bottleneck.
    pub bottlenecks: Vec<Bottlenecked>,
    /// When each order of [`Experiment::orders`] was done; none: not within the horizon.
    pub orders: Vec<Option<SimTime>>,
    /// Events handled, those of the warm-up included.
    pub events: u64,
    /// Parts that can never move again, if there are any at the end.
    pub deadlock: Option<Deadlock>,
}

/// It was not asked for any more.
pub(super) struct Stopped;

impl Experiment {
    /// Replication `index` from beginning to end: always the same bits.
    ///
    /// # Errors
    /// When the simulation cannot go on.
    pub fn replication(&self, index: u64) -> Result<Outcome, ExperimentError> {
        match self.replicate(index, &StopFlags::never()) {
            Ok(outcome) => outcome,
            Err(Stopped) => Err(ExperimentError::Cancelled),
        }
    }

    /// As [`Experiment::replication`], unless `stop` is set meanwhile.
    fn replicate(
        &self,
        index: u64,
        stop: &StopFlags<'_>,
    ) -> Result<Result<Outcome, ExperimentError>, Stopped> {
        let watched = self.replicate_watched(index, stop, &|_| ())?;
        Ok(watched.map(|(outcome, ())| outcome))
    }

    /// As [`Experiment::replicate`], with one more observer, made when the warm-up is over.
    pub(super) fn replicate_watched<O: Observer>(
        &self,
        index: u64,
        stop: &StopFlags<'_>,
        watch: &impl Fn(&Simulation) -> O,
    ) -> Result<Result<(Outcome, O), ExperimentError>, Stopped> {
        let mut simulation = match self.simulation(index) {
            Ok(simulation) => simulation,
            Err(error) => return Ok(Err(error)),
        };
        let halted = |simulation: &Simulation, halt| {
            Ok(Err(ExperimentError::halted(simulation, halt, index)))
        };
        let mut orders = OrderBook::new(&self.orders);
        let begin = self.begin() + self.warm_up;
        if let Some(halt) = run(&mut simulation, begin, &mut orders, stop)? {
            return halted(&simulation, halt);
        }
        let statistics = Statistics::new(&simulation);
        let watcher = watch(&simulation);
        let mut observer = (
            statistics,
            ((ActivePeriods::new(&simulation), orders), watcher),
        );
        if let Some(halt) = run(&mut simulation, begin + self.horizon, &mut observer, stop)? {
            return halted(&simulation, halt);
        }
        let (statistics, ((periods, orders), watcher)) = observer;
        let outcome = Outcome {
            index,
            result: statistics.result(&simulation),
            bottlenecks: periods.shares(&simulation),
            orders: orders.done(),
            events: simulation.events(),
            deadlock: simulation.deadlock(),
        };
        Ok(Ok((outcome, watcher)))
    }
}

fn run(
    simulation: &mut Simulation,
    until: SimTime,
    observer: &mut impl Observer,
    stop: &StopFlags<'_>,
) -> Result<Option<Halt>, Stopped> {
    loop {
        stop.check()?;
        match simulation.run_events(until, SLICE, observer) {
            Some(RunEnd::Halted(halt)) => return Ok(Some(halt)),
            Some(RunEnd::Reached | RunEnd::Exhausted) => return Ok(None),
            None => {}
        }
    }
}
