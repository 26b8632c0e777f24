//! [`Job`]: an experiment in the background.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::collect::Collected;
use super::pool::{Control, Progress};
use super::summary::Summary;
use super::{Experiment, ExperimentError};

/// An experiment that runs on threads of its own. Dropping it cancels it.
#[derive(Debug)]
pub struct Job {
    control: Control,
    collected: Arc<Mutex<Collected>>,
    thread: Option<JoinHandle<Result<(), ExperimentError>>>,
}

impl Experiment {
    /// Starts it in the background.
    ///
    /// # Errors
    /// When the settings are wrong or no thread can be started.
    pub fn spawn(self) -> Result<Job, ExperimentError> {
        self.check()?;
        let control = Control::default();
        let collected = Arc::new(Mutex::new(Collected::new(&self)));
        let (shared, into) = (control.clone(), Arc::clone(&collected));
        let work = move || {
            self.gather(&shared, |outcome| {
                let mut collected = into.lock().unwrap_or_else(PoisonError::into_inner);
                collected.add(&outcome);
                collected.is_precise()
            })
        };
        let thread = Builder::new()
            .name("experiment".into())
            .spawn(work)
            .map_err(|error| ExperimentError::Thread(error.to_string()))?;
        Ok(Job {
            control,
            collected,
            thread: Some(thread),
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

    /// What the replications so far say; those with the lowest indexes, without a gap.
    #[must_use]
    pub fn partial(&self) -> Summary {
        let collected = self.collected.lock();
        collected.unwrap_or_else(PoisonError::into_inner).summary()
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When a replication cannot go on, or it was cancelled; what was done till then is not lost
    /// ([`Job::partial`]).
    pub fn finish(&mut self) -> Result<Summary, ExperimentError> {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or(Err(ExperimentError::Lost))?;
        }
        Ok(self.partial())
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
