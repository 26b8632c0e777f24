//! Alarms and health that follow from limits.

use super::Deriver;
use crate::history::Appender;
use crate::ingest::limits::Transition;
use crate::model::alarm::AlarmCondition;
use crate::model::health::HealthRule;
use crate::model::signal::Priority;
use crate::model::signal::SignalRole;
use crate::model::{Health, SignalId};

impl Deriver {
    /// Announces the transitions that a limit watch has just listed, and follows its state.
    pub(super) fn limits_moved(&mut self, out: &mut Appender<'_>, signal: u32) {
        let mut transitions = std::mem::take(&mut self.transitions);
        transitions.sort_by_key(|transition| transition.at);
        let limits = self.plant.signal(SignalId(signal)).map(|signal| {
            let limits = signal.spec.limits.as_ref();
            let priority = limits.map_or(Priority::Medium, |limits| limits.priority);
            (priority, signal.spec.role == SignalRole::Wear)
        });
        let (priority, is_wear) = limits.unwrap_or_default();
        for transition in transitions.drain(..) {
            self.enter(out, transition.at);
            let Transition {
                at,
                condition,
                limit,
                ..
            } = transition;
            if transition.is_active {
                self.raise(out, signal, condition, priority, at, Some(limit));
            } else {
                self.clear(out, signal, condition, at);
            }
        }
        self.transitions = transitions;
        let Some(track) = self.tracks.signals.get_mut(signal as usize) else {
            return;
        };
        let Some(watch) = self.tracks.watches.get(track.aux as usize) else {
            return;
        };
        track.calm = watch.calm();
        let says = watch.worst().and_then(|condition| match condition {
            AlarmCondition::HighHigh => Some((Health::Failure, HealthRule::HighHigh)),
            AlarmCondition::LowLow => Some((Health::Failure, HealthRule::LowLow)),
            AlarmCondition::High if is_wear => {
                Some((Health::MaintenanceRequired, HealthRule::Wear))
            }
            AlarmCondition::High => Some((Health::OutOfSpecification, HealthRule::High)),
            AlarmCondition::Low => Some((Health::OutOfSpecification, HealthRule::Low)),
            _ => None,
        });
        self.timers.arm(signal, watch.due());
        if track.says != says {
            track.says = says;
            let equipment = track.equipment;
            self.mark(equipment);
        }
    }
}
