//! [`Job`]: futures in the background.

use std::sync::{Arc, PoisonError};

use super::forecast::{Described, Forecast};
use super::series::{Followed, Recorder, Series};
use super::{Futures, FuturesError};
use crate::simulation::experiment::{
    Background, Collected, Control, Experiment, ExperimentError, Outcome, Progress,
};

/// Futures that are simulated on threads of their own. Dropping it cancels them.
#[derive(Debug)]
pub struct Job {
    described: Arc<Described>,
    work: Background<Gathered>,
}

#[derive(Debug)]
struct Gathered {
    collected: Collected,
    series: Vec<Arc<Series>>,
}

impl Gathered {
    fn new(experiment: &Experiment) -> Self {
        Self {
            collected: Collected::new(experiment),
            series: Vec::new(),
        }
    }

    /// Adds a replication; whether there are enough.
    fn add(&mut self, outcome: &Outcome, series: Series) -> bool {
        self.collected.add(outcome);
        self.series.push(Arc::new(series));
        self.collected.is_precise()
    }

    fn forecast(&self, described: &Arc<Described>) -> Forecast {
        Forecast::new(
            Arc::clone(described),
            self.collected.clone(),
            self.series.clone(),
        )
    }
}

impl Futures {
    fn described(&self) -> Arc<Described> {
        Arc::new(Described {
            at: self.at,
            grid: self.grid,
            window: self.window,
            past: Arc::clone(&self.past),
            followed: Arc::new(Followed::new(self.experiment.network())),
            knows_ages: self.knows_ages,
        })
    }

    /// Simulates them here and now, on threads of their own.
    ///
    /// # Errors
    /// When a setting is wrong, a replication cannot go on, or it was cancelled.
    pub fn run(&self, control: &Control) -> Result<Forecast, FuturesError> {
        let described = self.described();
        let mut gathered = Gathered::new(&self.experiment);
        self.gather(&described, control, |outcome, series| {
            gathered.add(&outcome, series)
        })?;
        Ok(gathered.forecast(&described))
    }

    /// Simulates them in the background.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn spawn(&self) -> Result<Job, FuturesError> {
        let described = self.described();
        let gathered = Gathered::new(&self.experiment);
        let (futures, about) = (self.clone(), Arc::clone(&described));
        let work = Background::spawn("futures", gathered, move |control, into| {
            futures.gather(&about, control, |outcome, series| {
                let mut gathered = into.lock().unwrap_or_else(PoisonError::into_inner);
                gathered.add(&outcome, series)
            })
        })?;
        Ok(Job { described, work })
    }

    fn gather(
        &self,
        described: &Described,
        control: &Control,
        mut take: impl FnMut(Outcome, Series) -> bool,
    ) -> Result<(), ExperimentError> {
        let watch = |simulation: &crate::simulation::Simulation| {
            Recorder::new(simulation, described.grid, &described.followed)
        };
        self.experiment
            .gather_watched(control, &watch, |outcome, recorder| {
                let series = recorder.finish(outcome.index);
                take(outcome, series)
            })
    }
}

impl Job {
    /// To cancel it from elsewhere.
    #[must_use]
    pub fn control(&self) -> Control {
        self.work.control()
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.work.progress()
    }

    /// Whether [`Job::finish`] would return at once.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.work.is_finished()
    }

    /// What the futures so far say: those with the lowest indexes, without a gap. A copy of what there
    /// is; look at [`Job::progress`] first whether there is more than last time.
    #[must_use]
    pub fn forecast(&self) -> Forecast {
        self.work
            .look(|gathered| gathered.forecast(&self.described))
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When a replication cannot go on, or it was cancelled; what was done till then is not lost
    /// ([`Job::forecast`]).
    pub fn finish(&mut self) -> Result<Forecast, FuturesError> {
        self.work.join()?;
        Ok(self.forecast())
    }
}
