//! [`Case`]: the futures of the plant as it is, or with something different, and how far they are.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::futures::{Change, Forecast, Futures, Job};

/// Replications of a first band.
const FIRST: f64 = 8.0;
/// What the bands so far say is worked out anew when so many more replications are done, and as many as
/// a first band has: the first ones show a band at once, later ones only refine it.
const AGAIN: f64 = 0.2;

/// The futures of the plant as it is, or with something different.
#[derive(Clone, Debug)]
pub struct Case {
    /// Name for people.
    pub name: Arc<str>,
    /// What is different.
    pub change: Option<Change>,
    /// How far it is.
    pub state: CaseState,
}

/// How far the futures of a case are.
#[derive(Clone, Debug)]
pub enum CaseState {
    /// The plant is being forked.
    Begun,
    /// Replications are done one after another.
    Running(Box<Running>),
    /// There are none, and why.
    Failed(Arc<str>),
}

/// Futures with what they say so far.
#[derive(Clone, Debug)]
pub struct Running {
    pub(super) futures: Arc<Futures>,
    pub(super) job: Arc<Job>,
    /// What those that are done say together; `None`: none is done yet.
    pub forecast: Option<Arc<Forecast>>,
    /// Replications that are done.
    pub done: u64,
    /// Replications that were asked for.
    pub asked: u64,
    /// Whether there will be no more.
    pub is_finished: bool,
    pub(super) asked_for: Arc<Clock>,
    /// How long after it was asked for the first band was there.
    pub first_after: Option<Duration>,
    /// How long after it was asked for the throughput was known to within a hundredth.
    pub settled_after: Option<Duration>,
}

impl Running {
    /// The futures themselves.
    pub fn futures(&self) -> &Arc<Futures> {
        &self.futures
    }
}

impl Case {
    /// What the futures so far say.
    pub fn forecast(&self) -> Option<&Arc<Forecast>> {
        match &self.state {
            CaseState::Running(running) => running.forecast.as_ref(),
            _ => None,
        }
    }

    /// Whether the first band is still to come.
    pub(super) fn has_no_band(&self) -> bool {
        match &self.state {
            CaseState::Begun => true,
            CaseState::Running(running) => running.forecast.is_none() && !running.is_finished,
            CaseState::Failed(_) => false,
        }
    }

    pub(super) fn running(&self) -> Option<&Running> {
        match &self.state {
            CaseState::Running(running) => Some(running),
            _ => None,
        }
    }
}

impl Running {
    /// Asks the job whether there is enough more to be said.
    pub(super) fn refine(&mut self) -> bool {
        if self.is_finished {
            return false;
        }
        // Before the count: what is finished has all of it.
        let is_finished = self.job.is_finished();
        let done = self.job.progress().done;
        let more = done.saturating_sub(self.done);
        if more == 0 && !is_finished {
            return false;
        }
        let enough = (AGAIN * self.done as f64).max(FIRST);
        if !is_finished && (more as f64) < enough {
            return false;
        }
        let forecast = self.job.forecast();
        if forecast.count() > 0 {
            self.done = forecast.count();
            let after = self.asked_for.elapsed();
            self.first_after.get_or_insert(after);
            if self.settled_after.is_none() && is_settled(&forecast) {
                self.settled_after = Some(after);
            }
            self.forecast = Some(Arc::new(forecast));
        }
        self.is_finished = is_finished;
        true
    }
}

/// Whether the throughput is known to within a hundredth.
fn is_settled(forecast: &Forecast) -> bool {
    let summary = forecast.summary();
    let throughput = summary.kpis.first().map(|kpi| &kpi.estimate);
    throughput.is_some_and(|of| of.half_width.is_some_and(|half| half <= 0.01 * of.mean))
}
