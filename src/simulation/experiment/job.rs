//! [`Job`]: an experiment in the background.

use std::sync::PoisonError;

use super::background::Background;
use super::collect::Collected;
use super::pool::{Control, Progress};
use super::summary::Summary;
use super::{Experiment, ExperimentError};

/// An experiment that runs on threads of its own. Dropping it cancels it.
#[derive(Debug)]
pub struct Job(Background<Collected>);

impl Experiment {
    /// Starts it in the background.
    ///
    /// # Errors
    /// When the settings are wrong or no thread can be started.
    pub fn spawn(self) -> Result<Job, ExperimentError> {
        self.check()?;
        let collected = Collected::new(&self);
        let work = Background::spawn("experiment", collected, move |control, into| {
            self.gather(control, |outcome| {
                let mut collected = into.lock().unwrap_or_else(PoisonError::into_inner);
                collected.add(&outcome);
                collected.is_precise()
            })
        });
        work.map(Job)
    }
}

impl Job {
    /// To cancel it from elsewhere.
    #[must_use]
    pub fn control(&self) -> Control {
        self.0.control()
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.0.progress()
    }

    /// Whether [`Job::finish`] would return at once.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// What the replications so far say; those with the lowest indexes, without a gap.
    #[must_use]
    pub fn partial(&self) -> Summary {
        self.0.look(Collected::summary)
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When a replication cannot go on, or it was cancelled; what was done till then is not lost
    /// ([`Job::partial`]).
    pub fn finish(&mut self) -> Result<Summary, ExperimentError> {
        self.0.join()?;
        Ok(self.partial())
    }
}
