//! [`Relief`]: what a faster element would give.

use serde::Serialize;

use super::collect::Collected;
use super::estimate::{Estimate, Running};
use super::pool::Control;
use super::{Experiment, ExperimentError};
use crate::simulation::interventions::Intervention;
use crate::simulation::network::ElementId;

/// What changes when one element works faster, everything else and all random numbers being equal:
/// replication by replication, so that little of the spread is left in the difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Relief {
    /// The element.
    pub name: String,
    /// Its durations are stretched by this.
    pub cycle_factor: f64,
    /// More parts per hour.
    pub throughput_gain_per_hour: Estimate,
    /// Longer lead times, in seconds; below 0 when parts get through sooner.
    pub lead_time_change_secs: Estimate,
}

impl Experiment {
    /// Repeats the replications of `base`, at most `replications` of them, with the durations of
    /// `element` stretched by `cycle_factor` from the start, and tells the difference.
    ///
    /// # Errors
    /// As [`Experiment::run`].
    pub fn relief(
        &self,
        base: &Collected,
        element: ElementId,
        cycle_factor: f64,
        replications: u64,
        control: &Control,
    ) -> Result<Relief, ExperimentError> {
        let mut relieved = self.clone();
        relieved.replications = replications.min(base.count()).max(1);
        relieved.precision = None;
        relieved.plan(
            self.begin(),
            Intervention::SetCycleFactor {
                element,
                factor: cycle_factor,
            },
        )?;
        let mut base = base.paired.iter();
        let (mut throughput, mut lead_time) = (Running::default(), Running::default());
        relieved.gather(control, |outcome| {
            let result = &outcome.result;
            if let Some((before, lead_before)) = base.next() {
                throughput.add(3_600.0 * result.throughput_per_sec - before);
                if let (Some(before), true) = (lead_before, result.completed > 0) {
                    lead_time.add(result.mean_lead_time_secs - before);
                }
            }
            false
        })?;
        Ok(Relief {
            name: self.network().name(element).to_owned(),
            cycle_factor,
            throughput_gain_per_hour: throughput.estimate(self.confidence),
            lead_time_change_secs: lead_time.estimate(self.confidence),
        })
    }
}
