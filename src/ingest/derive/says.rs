//! What a signal says of its equipment, and when it stops speaking for it.

use super::Deriver;
use crate::history::Appender;
use crate::ingest::track::Watch;
use crate::model::alarm::AlarmCondition;
use crate::model::health::HealthRule;
use crate::model::signal::Priority;
use crate::model::{Health, OperatingState, Point, Timestamp};

/// Why a signal stops speaking for its equipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    Aged,
    SessionEnded,
    Bad,
}

impl Deriver {
    /// What a speaking value says of its equipment.
    pub(super) fn evaluate(&mut self, out: &mut Appender<'_>, signal: u32, point: &Point) {
        let Some(track) = self.tracks.signals.get_mut(signal as usize) else {
            return;
        };
        let equipment = track.equipment;
        match track.role {
            Watch::Nothing => {}
            Watch::Limits => {
                let Some(watch) = self.tracks.watches.get_mut(track.aux as usize) else {
                    return;
                };
                if let Some(value) = point.value.as_f64() {
                    watch.value(value, point.time, &mut self.transitions);
                    self.limits_moved(out, signal);
                }
            }
            Watch::State => {
                let state = self
                    .tracks
                    .states
                    .get_mut(track.aux as usize)
                    .and_then(|table| table.state_of(point.value))
                    .unwrap_or_default();
                if let Some(track) = self.tracks.signals.get_mut(signal as usize) {
                    track.says = match state {
                        OperatingState::Held => Some((Health::Failure, HealthRule::Fault)),
                        OperatingState::Maintenance => {
                            Some((Health::FunctionCheck, HealthRule::Check))
                        }
                        _ => None,
                    };
                }
                if let Some(track) = self.tracks.equipment.get_mut(equipment as usize)
                    && track.state_signal == Some(signal)
                {
                    track.operating = state;
                }
                self.mark(equipment);
            }
            Watch::Fault | Watch::Check => {
                let is_fault = track.role == Watch::Fault;
                let is_on = point.value.as_bool() == Some(true);
                track.says = is_on.then_some(if is_fault {
                    (Health::Failure, HealthRule::Fault)
                } else {
                    (Health::FunctionCheck, HealthRule::Check)
                });
                self.mark(equipment);
                if is_fault && is_on {
                    let priority = Priority::High;
                    self.raise(
                        out,
                        signal,
                        AlarmCondition::Fault,
                        priority,
                        point.time,
                        None,
                    );
                } else if is_fault {
                    self.clear(out, signal, AlarmCondition::Fault, point.time);
                }
            }
        }
    }

    /// A signal stops speaking for its equipment.
    ///
    /// What it said while it spoke: a value that went silent while abnormal leaves the health
    /// Unknown, never Good; a bad one says nothing (its alarm speaks).
    pub(super) fn silence(
        &mut self,
        out: &mut Appender<'_>,
        signal: u32,
        at: Timestamp,
        why: Silence,
    ) {
        let Some(track) = self.tracks.signals.get_mut(signal as usize) else {
            return;
        };
        let was_speaking = std::mem::replace(&mut track.is_speaking, false);
        let number = track.equipment;
        let (session, is_alarmed) = (track.session, track.is_alarmed);
        if was_speaking {
            if why == Silence::Bad {
                track.says = None;
            } else if let Some(says) = &mut track.says {
                *says = (Health::Unknown, HealthRule::Silent);
            }
            if track.role == Watch::Limits
                && let Some(watch) = self.tracks.watches.get_mut(track.aux as usize)
            {
                watch.silence();
                track.calm = watch.calm();
            }
            if let Some(equipment) = self.tracks.equipment.get_mut(number as usize) {
                equipment.speaking = equipment.speaking.saturating_sub(1);
            }
            self.mark(number);
        }
        match why {
            Silence::Bad => {
                if is_alarmed {
                    self.clear(out, signal, AlarmCondition::Stale, at);
                }
                self.alarmed(signal);
                let condition = AlarmCondition::SensorBad;
                self.raise(out, signal, condition, Priority::Low, at, None);
            }
            // One lost session is one event, not an alarm for each of its signals.
            Silence::Aged
                if was_speaking
                    && self
                        .tracks
                        .sessions
                        .get(session as usize)
                        .is_none_or(|session| session.life.is_some()) =>
            {
                self.alarmed(signal);
                self.raise(out, signal, AlarmCondition::Stale, Priority::Low, at, None);
            }
            Silence::Aged | Silence::SessionEnded => {}
        }
    }

    fn alarmed(&mut self, signal: u32) {
        if let Some(track) = self.tracks.signals.get_mut(signal as usize) {
            track.is_alarmed = true;
        }
    }
}
