//! Runs the sources of a plant and keeps what they send.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use twinscape::clock::Clock;
use twinscape::model::{Plant, Sample, SessionId, SignalId, Timestamp, Value};
use twinscape::source::status::{Link, Reject, RejectCause};
use twinscape::source::{Batch, Overrides, SourceStatus, Sources, batch, start};

/// Running sources and everything they have sent.
pub struct Listener {
    pub sources: Sources,
    pub samples: Vec<Sample>,
    pub liveness: Vec<(SessionId, bool, Timestamp)>,
    receiver: Receiver<Batch>,
}

impl Listener {
    /// Starts the sources of a plant.
    pub fn start(plant: Plant) -> Self {
        let (sender, receiver) = batch::channel();
        let clock = Arc::new(Clock::start());
        let sources = start(Arc::new(plant), sender, clock, &Overrides::default()).unwrap();
        Self {
            sources,
            samples: Vec::new(),
            liveness: Vec::new(),
            receiver,
        }
    }

    /// Starts the sources of a plant and waits until they are subscribed.
    pub fn connected(plant: Plant) -> Self {
        let mut listener = Self::start(plant);
        listener.until("connected", |it| it.status().link == Link::Connected);
        listener
    }

    /// Waits until `is_so`, at most 40 s; fails with `what` then.
    pub fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..4000 {
            self.take();
            if is_so(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("never {what}: {:?}", self.status());
    }

    /// Waits until there are `count` samples.
    pub fn samples(&mut self, count: usize) -> &[Sample] {
        self.until(&format!("{count} samples"), |it| it.samples.len() >= count);
        &self.samples
    }

    /// Waits until a cause was counted `count` times.
    pub fn rejects(&mut self, cause: RejectCause, count: u64) -> Reject {
        self.until(&format!("{count} × {cause:?}"), |it| {
            it.reject(cause).is_some_and(|reject| reject.count >= count)
        });
        self.reject(cause).unwrap()
    }

    /// What was counted of a cause.
    pub fn reject(&self, cause: RejectCause) -> Option<Reject> {
        let rejects = self.status().rejects;
        rejects.into_iter().find(|reject| reject.cause == cause)
    }

    /// Status of the first source.
    pub fn status(&self) -> SourceStatus {
        self.sources.status().remove(0)
    }

    /// The values of one signal, in order of arrival.
    pub fn values(&self, signal: SignalId) -> Vec<Value> {
        self.samples
            .iter()
            .filter(|sample| sample.signal == signal)
            .map(|sample| sample.value)
            .collect()
    }

    fn take(&mut self) {
        for mut batch in self.receiver.try_iter() {
            self.samples.append(&mut batch.samples);
            self.liveness.append(&mut batch.liveness);
        }
    }
}
