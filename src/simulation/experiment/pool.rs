//! The threads that replicate, and the one that gathers what they bring.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Builder;

use super::collect::Collected;
use super::replication::{Outcome, Stopped};
use super::{Experiment, ExperimentError};
use crate::simulation::observer::Observer;
use crate::simulation::run::Simulation;

/// Cancels an experiment and tells how far it is; clones are of the same experiment.
#[derive(Clone, Debug, Default)]
pub struct Control {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_cancelled: AtomicBool,
    done: AtomicU64,
    of: AtomicU64,
}

/// How far an experiment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Replications done.
    pub done: u64,
    /// Replications at most.
    pub of: u64,
}

impl Control {
    /// Ends the experiment as soon as possible: within some milliseconds.
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.is_cancelled.load(Ordering::Relaxed)
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            done: self.shared.done.load(Ordering::Relaxed),
            of: self.shared.of.load(Ordering::Relaxed),
        }
    }
}

impl Experiment {
    /// Runs all replications on threads named `replication-<n>`. `each` is told of every outcome in
    /// the order of their indexes, on this thread; [`Collected::summary`] then says what they say.
    ///
    /// # Errors
    /// When the settings are wrong, a replication cannot go on, or it was cancelled.
    pub fn run(
        &self,
        control: &Control,
        mut each: impl FnMut(&Outcome, &Collected),
    ) -> Result<Collected, ExperimentError> {
        let mut collected = Collected::new(self);
        self.gather(control, |outcome| {
            collected.add(&outcome);
            each(&outcome, &collected);
            collected.is_precise()
        })?;
        Ok(collected)
    }

    /// Has every outcome taken in order until `take` says that it is enough.
    pub(super) fn gather(
        &self,
        control: &Control,
        mut take: impl FnMut(Outcome) -> bool,
    ) -> Result<(), ExperimentError> {
        self.gather_watched(control, &|_| (), |outcome, ()| take(outcome))
    }

    /// As [`Experiment::run`] in the order of their indexes, with one more observer each.
    pub(crate) fn gather_watched<O: Observer + Send>(
        &self,
        control: &Control,
        watch: &(impl Fn(&Simulation) -> O + Sync),
        mut take: impl FnMut(Outcome, O) -> bool,
    ) -> Result<(), ExperimentError> {
        self.check()?;
        let shared = &control.shared;
        shared.done.store(0, Ordering::Relaxed);
        shared.of.store(self.replications, Ordering::Relaxed);
        let next = AtomicU64::new(0);
        // Set when the result is known, so that nobody goes on for nothing.
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let threads = self.thread_count();
            let (sender, receiver) = crossbeam_channel::bounded(2 * threads);
            for number in 0..threads {
                let sender = sender.clone();
                let (next, is_over) = (&next, &is_over);
                let work = move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= self.replications {
                            return;
                        }
                        let stop = StopFlags {
                            first: is_over,
                            second: &shared.is_cancelled,
                        };
                        let Ok(outcome) = self.replicate_watched(index, &stop, watch) else {
                            return;
                        };
                        if sender.send((index, outcome)).is_err() {
                            return;
                        }
                    }
                };
                Builder::new()
                    .name(format!("replication-{number}"))
                    .spawn_scoped(scope, work)
                    .map_err(|error| {
                        is_over.store(true, Ordering::Relaxed);
                        ExperimentError::Thread(error.to_string())
                    })?;
            }
            drop(sender);
            let mut early = BTreeMap::new();
            let mut expected = 0;
            let mut finish = || {
                while expected < self.replications {
                    let Ok((index, outcome)) = receiver.recv() else {
                        return Err(if control.is_cancelled() {
                            ExperimentError::Cancelled
                        } else {
                            ExperimentError::Lost
                        });
                    };
                    early.insert(index, outcome);
                    while let Some(outcome) = early.remove(&expected) {
                        expected += 1;
                        shared.done.store(expected, Ordering::Relaxed);
                        let (outcome, watcher) = outcome?;
                        if take(outcome, watcher) {
                            return Ok(());
                        }
                    }
                }
                Ok(())
            };
            let result = finish();
            is_over.store(true, Ordering::Relaxed);
            // Whoever waits to hand an outcome over gives up.
            drop(receiver);
            result
        })
    }

    /// How many threads replicate.
    #[must_use]
    pub fn thread_count(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let wanted = if self.threads == 0 {
            cores()
        } else {
            self.threads
        };
        wanted
            .min(usize::try_from(self.replications).unwrap_or(usize::MAX))
            .clamp(1, 1024)
    }
}

/// Two reasons to stop.
pub(super) struct StopFlags<'a> {
    first: &'a AtomicBool,
    second: &'a AtomicBool,
}

impl StopFlags<'_> {
    pub(super) fn check(&self) -> Result<(), Stopped> {
        if self.first.load(Ordering::Relaxed) || self.second.load(Ordering::Relaxed) {
            Err(Stopped)
        } else {
            Ok(())
        }
    }
}

/// Never stops.
pub(super) static NEVER: AtomicBool = AtomicBool::new(false);

impl StopFlags<'static> {
    pub(super) fn never() -> Self {
        Self {
            first: &NEVER,
            second: &NEVER,
        }
    }
}
