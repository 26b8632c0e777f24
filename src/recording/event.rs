//! [`RecordedEvent`]: an event as it is on disk, with names in the place of dense ids.

use std::sync::Arc;

use super::SignalNames;
use crate::model::alarm::{Alarm, AlarmCondition, Event, EventKind};
use crate::model::signal::Priority;
use crate::model::{Plant, SignalId, Timestamp, Value};

/// Something that happened, with names instead of ids.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEvent {
    /// When.
    pub time: Timestamp,
    /// What.
    pub kind: RecordedKind,
}

/// What happened: [`EventKind`] with names instead of ids, and what only a recording has.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordedKind {
    /// An alarm was raised; as it was announced.
    AlarmRaised(RecordedAlarm),
    /// An alarm returned to normal.
    AlarmCleared(RecordedAlarm),
    /// A source connected, was lost, or refused.
    Source {
        /// Id of the connection.
        connection: Arc<str>,
        /// What happened, for people.
        message: Arc<str>,
    },
    /// Samples were lost: nothing is known of this span from this source.
    Gap {
        /// Id of the connection; [`RECORDER`] where the recorder itself could not keep up.
        connection: Arc<str>,
        /// From the first loss.
        from: Timestamp,
        /// Samples lost.
        samples: u64,
    },
    /// The wall clock was set by this many nanoseconds.
    ClockJump {
        /// New minus old.
        nanos: i64,
    },
    /// Anything else worth a line in the log.
    Note {
        /// For people.
        message: Arc<str>,
    },
    /// From here on the plant is this revision: its folder under `plants/`.
    Plant {
        /// CRC-32 of what it is made of.
        revision: u32,
    },
}

/// Stands in the place of a connection where the recorder itself lost something.
pub const RECORDER: &str = "#recorder";

/// An alarm with names instead of ids.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedAlarm {
    /// Number in order of announcement.
    pub number: u64,
    /// Path of the equipment.
    pub equipment: Arc<str>,
    /// Name of the signal, as [`SignalNames`] knows it: with the path of its equipment.
    pub signal: Arc<str>,
    /// What went wrong.
    pub condition: AlarmCondition,
    /// Urgency.
    pub priority: Priority,
    /// When it was raised last.
    pub raised: Timestamp,
    /// When it returned to normal; `None` while active.
    pub cleared: Option<Timestamp>,
    /// Value at which it was raised.
    pub value: Value,
    /// The limit passed, in the signal's unit.
    pub limit: Option<f64>,
    /// How often it was raised since it was first announced.
    pub count: u32,
    /// Whether it was the first of its line: the likely cause.
    pub is_first_out: bool,
}

impl RecordedAlarm {
    fn of(alarm: &Alarm, plant: &Plant, names: &SignalNames) -> Self {
        Self {
            number: alarm.number,
            equipment: plant
                .equipment(alarm.equipment)
                .map_or_else(|| "".into(), |equipment| Arc::clone(&equipment.path)),
            signal: signal_name(alarm.signal, names),
            condition: alarm.condition,
            priority: alarm.priority,
            raised: alarm.raised,
            cleared: alarm.cleared,
            value: alarm.value,
            limit: alarm.limit,
            count: alarm.count,
            is_first_out: alarm.is_first_out,
        }
    }

    fn live(&self, plant: &Plant, names: &SignalNames) -> Option<Alarm> {
        Some(Alarm {
            number: self.number,
            equipment: plant.find(&self.equipment)?,
            signal: names.find(&self.signal)?,
            condition: self.condition,
            priority: self.priority,
            raised: self.raised,
            cleared: self.cleared,
            value: self.value,
            limit: self.limit,
            count: self.count,
            is_first_out: self.is_first_out,
        })
    }
}

fn signal_name(id: SignalId, names: &SignalNames) -> Arc<str> {
    names.name(id).map_or_else(|| "".into(), Arc::clone)
}

fn connection_name(plant: &Plant, index: u32) -> Arc<str> {
    plant
        .connections
        .get(index as usize)
        .map_or_else(|| RECORDER.into(), |connection| Arc::clone(&connection.id))
}

impl RecordedEvent {
    /// As it is written, of an event of this plant.
    pub fn of(event: &Event, plant: &Plant, names: &SignalNames) -> Self {
        let kind = match &event.kind {
            EventKind::AlarmRaised(alarm) => {
                RecordedKind::AlarmRaised(RecordedAlarm::of(alarm, plant, names))
            }
            EventKind::AlarmCleared(alarm) => {
                RecordedKind::AlarmCleared(RecordedAlarm::of(alarm, plant, names))
            }
            EventKind::Source {
                connection,
                message,
            } => RecordedKind::Source {
                connection: connection_name(plant, *connection),
                message: Arc::clone(message),
            },
            EventKind::Gap {
                connection,
                from,
                samples,
            } => RecordedKind::Gap {
                connection: connection_name(plant, *connection),
                from: *from,
                samples: *samples,
            },
            EventKind::ClockJump { nanos } => RecordedKind::ClockJump { nanos: *nanos },
            EventKind::Note { message } => RecordedKind::Note {
                message: Arc::clone(message),
            },
        };
        Self {
            time: event.time,
            kind,
        }
    }

    /// As an event of this plant. What an older revision had and this one has not becomes a note.
    pub fn live(&self, plant: &Plant, names: &SignalNames) -> Event {
        let find = |id: &str| {
            let mut connections = plant.connections.iter();
            connections
                .position(|connection| &*connection.id == id)
                .map(|index| index as u32)
        };
        let note = |message: String| EventKind::Note {
            message: message.into(),
        };
        let kind = match &self.kind {
            RecordedKind::AlarmRaised(alarm) => match alarm.live(plant, names) {
                Some(alarm) => EventKind::AlarmRaised(alarm),
                None => note(format!("Alarm raised: {}", alarm.signal)),
            },
            RecordedKind::AlarmCleared(alarm) => match alarm.live(plant, names) {
                Some(alarm) => EventKind::AlarmCleared(alarm),
                None => note(format!("Alarm cleared: {}", alarm.signal)),
            },
            RecordedKind::Source {
                connection,
                message,
            } => match find(connection) {
                Some(connection) => EventKind::Source {
                    connection,
                    message: Arc::clone(message),
                },
                None => note(format!("{connection}: {message}")),
            },
            RecordedKind::Gap {
                connection,
                from,
                samples,
            } => match find(connection) {
                Some(connection) => EventKind::Gap {
                    connection,
                    from: *from,
                    samples: *samples,
                },
                None => note(format!(
                    "{samples} samples were not recorded from {from} to {}",
                    self.time
                )),
            },
            RecordedKind::ClockJump { nanos } => EventKind::ClockJump { nanos: *nanos },
            RecordedKind::Note { message } => EventKind::Note {
                message: Arc::clone(message),
            },
            RecordedKind::Plant { revision } => note(format!("Plant revision {revision:08x}")),
        };
        Event {
            time: self.time,
            kind,
        }
    }
}
