//! Alarms that begin and end, into the alarm book and the history.

use super::Deriver;
use crate::history::Appender;
use crate::ingest::alarms::Raise;
use crate::model::alarm::{AlarmCondition, Event, EventKind};
use crate::model::signal::Priority;
use crate::model::{SignalId, Timestamp, Value};

impl Deriver {
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
