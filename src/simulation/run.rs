//! A running simulation.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::interventions::{ControlEvent, Intervention};
use super::kernel::{Event, Halt, Kernel, State};
use super::model::{Kind, Model};
use super::network::{ElementId, Network};
use super::observer::Observer;
use super::random::Streams;
use super::time::SimTime;
use super::validate::InvalidNetwork;

/// Parts that may come into being before it is asked again whether to go on.
const MANY_PARTS: u64 = 1 << 17;

/// One replication of a network: plain data at every moment.
///
/// Clones share the unchanging part. Serialised and read back it goes on with the same bits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Simulation {
    pub(super) model: Arc<Model>,
    pub(super) state: State,
}

/// Why [`Simulation::run_until`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunEnd {
    /// The time is reached, and there are events after it.
    Reached,
    /// Nothing will ever happen again: everything is done, or stuck (see
    /// [`Simulation::deadlock`]). The time is set to what was asked for.
    Exhausted,
    /// It cannot go on.
    Halted(Halt),
}

/// Why an intervention is refused. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum InterventionError {
    /// The element does not exist in this network.
    #[error("element number {0} does not exist")]
    UnknownElement(u32),
    /// A factor that is not a finite number above 0.
    #[error("a cycle-time factor must be a finite number greater than 0, not {0}")]
    BadFactor(f64),
    /// It was planned for a time that is over.
    #[error("an intervention cannot be planned at {planned}, before the present {now}")]
    Past {
        /// When it should have been.
        planned: SimTime,
        /// The simulated present.
        now: SimTime,
    },
}

impl Simulation {
    /// Prepares replication `replication` of the experiment with `seed`, at time zero.
    pub fn new(network: &Network, seed: u64, replication: u64) -> Result<Self, InvalidNetwork> {
        network.validate()?;
        let model = Arc::new(Model::new(network));
        Ok(Self::start(model, seed, replication))
    }

    /// Another replication of the same network from time zero; cheaper than [`Simulation::new`].
    #[must_use]
    pub fn replicate(&self, seed: u64, replication: u64) -> Self {
        Self::start(Arc::clone(&self.model), seed, replication)
    }

    fn start(model: Arc<Model>, seed: u64, replication: u64) -> Self {
        let state = State::start(&model, Streams { seed, replication });
        let mut simulation = Self { model, state };
        let mut observer = ();
        let mut kernel = simulation.kernel(&mut observer);
        kernel.start_failures();
        kernel.start_shifts();
        for element in 0..kernel.m.elements.len() as u32 {
            if kernel.m.elements[element as usize].kind == Kind::Source {
                kernel.start_source(element);
            }
        }
        kernel.settle();
        simulation
    }

    /// The same moment, from which another replication goes on: all random streams begin anew, and
    /// so do the clocks of what has not failed.
    #[must_use]
    pub fn fork(&self, seed: u64, replication: u64) -> Self {
        let mut simulation = self.clone();
        simulation
            .state
            .reseed(&self.model, Streams { seed, replication });
        simulation.kernel(&mut ()).redraw_failures();
        simulation
    }

    #[inline]
    fn kernel<'a, O: Observer>(&'a mut self, observer: &'a mut O) -> Kernel<'a, O> {
        Kernel {
            m: &self.model,
            s: &mut self.state,
            o: observer,
        }
    }

    /// Handles the next event; `None` when nothing will ever happen again, or it cannot go on.
    pub fn step(&mut self, observer: &mut impl Observer) -> Option<Event> {
        self.step_until(SimTime::MAX, observer)
    }

    /// Handles the next event unless it comes after `until`; then the time stays where it is.
    pub fn step_until(&mut self, until: SimTime, observer: &mut impl Observer) -> Option<Event> {
        self.kernel(observer).step(until)
    }

    /// Handles all events up to and with `time`, and sets the time to it.
    pub fn run_until<O: Observer>(&mut self, time: SimTime, observer: &mut O) -> RunEnd {
        loop {
            if let Some(end) = self.run_events(time, u32::MAX, observer) {
                return end;
            }
        }
    }

    /// As [`Simulation::run_until`], but handles at most `events` events; `None` when some are left.
    /// It returns earlier when events take long: when very much happens at one instant.
    pub fn run_events<O: Observer>(
        &mut self,
        time: SimTime,
        events: u32,
        observer: &mut O,
    ) -> Option<RunEnd> {
        let mut kernel = self.kernel(observer);
        let created = kernel.s.parts.created;
        for _ in 0..events {
            if kernel.step(time).is_none() {
                return Some(self.end(time));
            }
            if kernel.is_busy() || kernel.s.parts.created - created > MANY_PARTS {
                break;
            }
        }
        None
    }

    /// Nothing is left to do up to `time`.
    fn end(&mut self, time: SimTime) -> RunEnd {
        if let Some(halt) = self.state.halt {
            return RunEnd::Halted(halt);
        }
        self.state.now = self.state.now.max(time);
        match self.state.calendar.next() {
            Some(_) => RunEnd::Reached,
            None => RunEnd::Exhausted,
        }
    }

    /// Changes something from outside, now.
    pub fn intervene(
        &mut self,
        intervention: Intervention,
        observer: &mut impl Observer,
    ) -> Result<(), InterventionError> {
        self.check(&intervention)?;
        let mut kernel = self.kernel(observer);
        kernel.intervene(intervention);
        kernel.settle();
        Ok(())
    }

    /// Changes something from outside when the simulation comes to `time`.
    pub fn plan(
        &mut self,
        time: SimTime,
        intervention: Intervention,
    ) -> Result<(), InterventionError> {
        self.check(&intervention)?;
        let now = self.state.now;
        if time < now {
            return Err(InterventionError::Past { planned: time, now });
        }
        self.kernel(&mut ())
            .schedule_control(time, ControlEvent::Intervene(intervention));
        Ok(())
    }

    fn check(&self, intervention: &Intervention) -> Result<(), InterventionError> {
        let ElementId(element) = intervention.element();
        if element as usize >= self.model.elements.len() {
            return Err(InterventionError::UnknownElement(element));
        }
        match intervention {
            Intervention::SetCycleFactor { factor, .. }
                if !(factor.is_finite() && *factor > 0.0) =>
            {
                Err(InterventionError::BadFactor(*factor))
            }
            _ => Ok(()),
        }
    }
}
