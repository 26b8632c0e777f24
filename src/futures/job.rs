//! [`Job`]: futures in the background.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::forecast::{Described, Forecast};
use super::series::{Followed, Recorder, Series};
use super::{Futures, FuturesError};
use crate::simulation::experiment::{Collected, Control, ExperimentError, Progress};

/// Futures that are simulated on threads of their own. Dropping it cancels them.
#[derive(Debug)]
pub struct Job {
    described: Arc<Described>,
    control: Control,
    gathered: Arc<Mutex<Gathered>>,
    thread: Option<JoinHandle<Result<(), ExperimentError>>>,
}

#[derive(Debug)]
struct Gathered {
    collected: Collected,
    series: Vec<Arc<Series>>,
}

impl Gathered {
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
        })
    }

    /// Simulates them here and now, on threads of their own.
    ///
    /// # Errors
    /// When a setting is wrong, a replication cannot go on, or it was cancelled.
    pub fn run(&self, control: &Control) -> Result<Forecast, FuturesError> {
        let described = self.described();
        let mut gathered = Gathered {
            collected: Collected::new(&self.experiment),
            series: Vec::new(),
        };
        self.gather(&described, control, |outcome, series| {
            gathered.collected.add(&outcome);
            gathered.series.push(Arc::new(series));
            gathered.collected.is_precise()
        })?;
        Ok(gathered.forecast(&described))
    }

    /// Simulates them in the background.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn spawn(&self) -> Result<Job, FuturesError> {
        let described = self.described();
        let control = Control::default();
        let gathered = Arc::new(Mutex::new(Gathered {
            collected: Collected::new(&self.experiment),
            series: Vec::new(),
        }));
        let (shared, into) = (control.clone(), Arc::clone(&gathered));
        let (futures, about) = (self.clone(), Arc::clone(&described));
        let work = move || {
            futures.gather(&about, &shared, |outcome, series| {
                let mut gathered = into.lock().unwrap_or_else(PoisonError::into_inner);
                gathered.collected.add(&outcome);
                gathered.series.push(Arc::new(series));
                gathered.collected.is_precise()
            })
        };
        let thread = Builder::new()
            .name("futures".into())
            .spawn(work)
            .map_err(|error| ExperimentError::Thread(error.to_string()))?;
        Ok(Job {
            described,
            control,
            gathered,
            thread: Some(thread),
        })
    }

    fn gather(
        &self,
        described: &Described,
        control: &Control,
        mut take: impl FnMut(crate::simulation::experiment::Outcome, Series) -> bool,
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
        self.control.clone()
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.control.progress()
    }

    /// Whether [`Job::finish`] would return at once.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// What the futures so far say: those with the lowest indexes, without a gap. A copy of what there
    /// is; look at [`Job::progress`] first whether there is more than last time.
    #[must_use]
    pub fn forecast(&self) -> Forecast {
        let gathered = self.gathered.lock();
        let gathered = gathered.unwrap_or_else(PoisonError::into_inner);
        gathered.forecast(&self.described)
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When a replication cannot go on, or it was cancelled; what was done till then is not lost
    /// ([`Job::forecast`]).
    pub fn finish(&mut self) -> Result<Forecast, FuturesError> {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or(Err(ExperimentError::Lost))?;
        }
        Ok(self.forecast())
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.control.cancel();
        if let Some(thread) = self.thread.take() {
            // Whatever it says, nobody asks any more.
            let _ = thread.join();
        }
    }
}
