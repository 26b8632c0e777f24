//! [`Background`]: replications on threads of their own, and what they have come to so far.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::ExperimentError;
use super::pool::{Control, Progress};

/// Replications that are gathered in the background. Dropping it cancels them.
#[derive(Debug)]
pub(crate) struct Background<T> {
    control: Control,
    gathered: Arc<Mutex<T>>,
    thread: Option<JoinHandle<Result<(), ExperimentError>>>,
}

impl<T: Send + 'static> Background<T> {
    /// Lets `work` gather on a thread of this name; what it locks it should not hold for long.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn spawn(
        name: &str,
        gathered: T,
        work: impl FnOnce(&Control, &Mutex<T>) -> Result<(), ExperimentError> + Send + 'static,
    ) -> Result<Self, ExperimentError> {
        let control = Control::default();
        let gathered = Arc::new(Mutex::new(gathered));
        let (shared, into) = (control.clone(), Arc::clone(&gathered));
        let thread = Builder::new()
            .name(name.into())
            .spawn(move || work(&shared, &into))
            .map_err(|error| ExperimentError::Thread(error.to_string()))?;
        Ok(Self {
            control,
            gathered,
            thread: Some(thread),
        })
    }
}

impl<T> Background<T> {
    /// To cancel it from elsewhere.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.control.progress()
    }

    /// Whether [`Background::join`] would return at once.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Looks at what was gathered so far.
    pub fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.gathered.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When a replication cannot go on, or it was cancelled; what was done till then is not lost.
    pub fn join(&mut self) -> Result<(), ExperimentError> {
        match self.thread.take() {
            Some(thread) => thread.join().unwrap_or(Err(ExperimentError::Lost)),
            None => Ok(()),
        }
    }
}

impl<T> Drop for Background<T> {
    fn drop(&mut self) {
        self.control.cancel();
        // Whatever it says, nobody asks any more.
        let _ = self.join();
    }
}
