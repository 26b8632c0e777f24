//! Why equipment is down and for how long, and how long what is up has run.

use std::time::Duration;

use super::inferred::What;
use super::past::Phase;
use super::{Infer, is_down};
use crate::model::process::FailureBasis;
use crate::model::{OperatingState, Timestamp};
use crate::simulation::{
    Distribution, DistributionSpec, Down, DownKind, ElementId, Process, StopCause,
};

/// How far back stops are looked for that tell how long such stops last.
const LOOK_BACK: Duration = Duration::from_secs(7 * 86_400);
/// Phases that are walked back over at most.
const MAX_PHASES: usize = 8_192;

impl Infer<'_> {
    /// Why an element is down; nothing when it is up, or its shift alone is over.
    pub(super) fn down(&mut self, element: ElementId) -> Vec<Down> {
        let signals = &self.site.part(element).signals;
        let Some(state) = signals.state.filter(|_| signals.reports_state) else {
            return Vec::new();
        };
        let works = matches!(
            self.site.process(element),
            Some(Process::Station(_) | Process::Conveyor(_))
        );
        let Some(phase) = self.past.phases(state).next().filter(|_| works) else {
            return Vec::new();
        };
        if !is_down(phase.state) {
            return Vec::new();
        }
        let elapsed = phase.secs();
        let elements = &self.site.network.network.elements;
        let Some(described) = elements.get(element.index()) else {
            return Vec::new();
        };
        let mode_of = |kind: DownKind| {
            let modes = described.failures.iter();
            (0..)
                .zip(modes)
                .find(|(_, mode)| mode.kind == kind)
                .map(|(mode, _)| mode)
        };
        let (mode, cause, name) = match phase.state {
            OperatingState::Held => (mode_of(DownKind::Failure), StopCause::Fault, "repair"),
            OperatingState::Maintenance => (
                mode_of(DownKind::Maintenance),
                StopCause::Maintenance,
                "maintenance",
            ),
            OperatingState::Stopped => (None, StopCause::Operator, "stop"),
            _ => {
                if !self.is_manned(element) {
                    return Vec::new();
                }
                (None, StopCause::Unmanned, "pause outside the calendar")
            }
        };
        if let Some(mode) = mode {
            let taken = format!("{name} under way for {elapsed:.0} s");
            self.note(
                element,
                What::Downtime,
                taken,
                "since when it is in this state",
            );
            return vec![Down::Failed {
                mode,
                elapsed_secs: elapsed,
            }];
        }
        let others = self.past_stops(element, phase.state);
        let count = others.iter().filter(|secs| **secs > elapsed).count();
        let taken = format!(
            "{name} for {elapsed:.0} s, longer by {count} of {} others",
            others.len()
        );
        let from = "how long it was in this state before; the scene does not describe it";
        self.note(element, What::Downtime, taken, from);
        let lasts = Distribution::try_from(DistributionSpec::Empirical {
            values: others,
            weights: Vec::new(),
        });
        vec![Down::Stopped {
            cause,
            elapsed_secs: elapsed,
            lasts: lasts.ok(),
        }]
    }

    /// Whether somebody should be at an element at the end of what is known.
    fn is_manned(&self, element: ElementId) -> bool {
        let network = &self.site.network.network;
        let shift = network
            .elements
            .get(element.index())
            .and_then(|described| described.shift)
            .and_then(|shift| network.shifts.get(shift.0 as usize));
        // Time zero of the network is the instant of the fork.
        shift.is_none_or(|shift| {
            let zero = crate::simulation::SimTime::ZERO;
            shift
                .windows
                .iter()
                .any(|(from, to)| *from <= zero && zero < *to)
        })
    }

    /// How long an equipment was in a state, each time that was over, in seconds.
    fn past_stops(&self, element: ElementId, state: OperatingState) -> Vec<f64> {
        let phases = self.phases(element, self.past.end - LOOK_BACK);
        let earlier = phases.iter().skip(1);
        let same = earlier.filter(|phase| phase.state == state);
        same.map(Phase::secs).collect()
    }

    fn phases(&self, element: ElementId, since: Timestamp) -> Vec<Phase> {
        let signals = &self.site.part(element).signals;
        let state = signals.state.filter(|_| signals.reports_state);
        let phases = state.into_iter().flat_map(|state| self.past.phases(state));
        phases
            .take(MAX_PHASES)
            .take_while(|phase| phase.end > since)
            .collect()
    }

    /// How far the clock of each failure mode has run since the last repair; nothing for what has no
    /// memory.
    pub(super) fn running(&mut self, element: ElementId) -> Vec<f64> {
        let elements = &self.site.network.network.elements;
        let Some(described) = elements.get(element.index()) else {
            return Vec::new();
        };
        let remembers =
            |spec: &DistributionSpec| !matches!(spec, DistributionSpec::Exponential { .. });
        if !described
            .failures
            .iter()
            .any(|mode| remembers(mode.time_to_failure.spec()))
        {
            return Vec::new();
        }
        let phases = self.phases(element, self.past.end - LOOK_BACK);
        let runs_always = matches!(self.site.process(element), Some(Process::Conveyor(_)));
        let mut running = Vec::with_capacity(described.failures.len());
        let mut seen = true;
        for mode in &described.failures {
            let down = match mode.kind {
                DownKind::Failure => OperatingState::Held,
                DownKind::Maintenance => OperatingState::Maintenance,
            };
            let since = phases.iter().take_while(|phase| phase.state != down);
            let counts = |phase: &&Phase| match mode.basis {
                FailureBasis::CalendarTime => true,
                FailureBasis::OperationTime if runs_always => !is_down(phase.state),
                FailureBasis::OperationTime => phase.state == OperatingState::Execute,
            };
            running.push(since.filter(counts).map(Phase::secs).sum());
            seen &= phases.iter().any(|phase| phase.state == down);
        }
        let from = if seen {
            "states since the last repair"
        } else {
            "states since the recording begins: it may have run for longer"
        };
        let longest = running.iter().copied().fold(0.0, f64::max);
        self.note(
            element,
            What::Wear,
            format!("{longest:.0} s run since"),
            from,
        );
        running
    }
}
