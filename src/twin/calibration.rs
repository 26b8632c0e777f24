//! [`Calibrating`]: what the plant's own telemetry says of the parameters that its scene assumes, and
//! which machines are simulated with it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::work::{Known, Work};
use crate::futures::calibrate::{Calibration, calibrate};
use crate::history::HistoryReader;
use crate::model::{Plant, Timestamp, scene};

/// Confidence of all intervals.
const CONFIDENCE: f64 = 0.95;

/// What was observed, as far as it is looked at, and what of it is accepted.
#[derive(Clone, Debug)]
pub struct Calibrating {
    work: Work<Calibration>,
    accepted: BTreeSet<Arc<str>>,
    /// The plant with what is accepted; `None`: nothing is.
    plant: Option<Arc<Plant>>,
}

impl Calibrating {
    /// Looks at a span of the history, on a thread of its own.
    pub(super) fn begin(
        plant: &Arc<Plant>,
        history: &HistoryReader,
        span: Range<Timestamp>,
    ) -> Self {
        let (plant, history) = (Arc::clone(plant), history.clone());
        Self {
            work: Work::begin("calibration", move |_, each| {
                Ok(calibrate(&plant, &history, span, CONFIDENCE, each))
            }),
            accepted: BTreeSet::new(),
            plant: None,
        }
    }

    /// What was observed, as far as it is looked at: of so many machines.
    pub fn observed(&self) -> Known<'_, Calibration> {
        self.work.known()
    }

    /// What was observed, once all of it is.
    pub fn told(&self) -> Option<&Calibration> {
        self.work.told()
    }

    /// Whether there is more to come.
    pub fn is_busy(&self) -> bool {
        self.work.is_busy()
    }

    /// Whether a machine is simulated with what was observed.
    pub fn is_accepted(&self, path: &str) -> bool {
        self.accepted.contains(path)
    }

    /// Machines that are simulated with what was observed.
    pub fn accepted(&self) -> impl Iterator<Item = &Arc<str>> {
        self.accepted.iter()
    }

    /// The plant with what is accepted; `None`: nothing is.
    pub fn plant(&self) -> Option<&Arc<Plant>> {
        self.plant.as_ref()
    }

    /// What is accepted as a scenario file; `None`: nothing is.
    pub fn scenario(&self) -> Option<String> {
        let calibration = self.told().filter(|_| !self.accepted.is_empty())?;
        Some(calibration.scenario(|machine| self.accepted.contains(&machine.path)))
    }

    /// Accepts what was observed of machines in place of what the scene assumes, or no longer.
    ///
    /// # Errors
    /// When the plant cannot be simulated with it. Then all is as it was.
    pub(super) fn accept(
        &mut self,
        paths: impl IntoIterator<Item = Arc<str>>,
        is_accepted: bool,
        plant: &Plant,
    ) -> Result<(), Arc<str>> {
        let before = self.accepted.clone();
        for path in paths {
            if is_accepted {
                self.accepted.insert(path);
            } else {
                self.accepted.remove(&path);
            }
        }
        let Some(text) = self.scenario() else {
            self.plant = None;
            return Ok(());
        };
        match scene::read_scenario("what was observed", &text, plant) {
            Ok(scenario) => {
                self.plant = Some(Arc::new(scenario.plant));
                Ok(())
            }
            Err(error) => {
                self.accepted = before;
                Err(error.to_string().into())
            }
        }
    }
}
