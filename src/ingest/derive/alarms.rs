//! Alarms that begin and end, into the alarm book and the history.

use super::Deriver;
use crate::history::Appender;
use crate::ingest::alarms::Raise;
use crate::model::alarm::{AlarmCondition, Event, EventKind};
use crate::model::signal::Priority;
use crate::model::{SignalId, Timestamp, Value};

const DAY_NANOS: i64 = 86_400_000_000_000;

impl Deriver {
    /// When the next day begins.
    pub fn next_day(&self) -> Option<Timestamp> {
        let next = self.day? + 1;
        Some(Timestamp::from_nanos(next.saturating_mul(DAY_NANOS)))
    }

    /// Says which alarms stand when a day (UTC) has begun since the last call.
    pub(super) fn restate(&mut self, out: &mut Appender<'_>, now: Timestamp) {
        let day = now.as_nanos().div_euclid(DAY_NANOS);
        if self.day.replace(day).is_none_or(|last| last >= day) {
            return;
        }
        let midnight = Timestamp::from_nanos(day * DAY_NANOS);
        for alarm in self.alarms.standing(midnight) {
            out.event(Event {
                time: now,
                kind: EventKind::AlarmStanding(alarm.clone()),
            });
        }
    }

    pub(super) fn raise(
        &mut self,
        out: &mut Appender<'_>,
        signal: u32,
        condition: AlarmCondition,
        priority: Priority,
        at: Timestamp,
        limit: Option<f64>,
    ) {
        let Some(track) = self.tracks.signals.get(signal as usize) else {
            return;
        };
        let Some(equipment) = self.tracks.equipment.get(track.equipment as usize) else {
            return;
        };
        let newest = out.bracket(SignalId(signal), at).0;
        let raised = self.alarms.raise(Raise {
            equipment: equipment.id,
            group: equipment.group,
            signal: SignalId(signal),
            condition,
            priority,
            at,
            value: newest.map_or(Value::Null, |point| point.value),
            limit,
        });
        if let Some(alarm) = raised {
            self.announcements += 1;
            out.event(Event {
                time: at,
                kind: EventKind::AlarmRaised(alarm),
            });
        }
    }

    pub(super) fn clear(
        &mut self,
        out: &mut Appender<'_>,
        signal: u32,
        condition: AlarmCondition,
        at: Timestamp,
    ) {
        if let Some(alarm) = self.alarms.clear(SignalId(signal), condition, at) {
            self.announcements += 1;
            out.event(Event {
                time: at,
                kind: EventKind::AlarmCleared(alarm),
            });
        }
    }
}
