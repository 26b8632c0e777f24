//! Events as they were announced.
//!
//! # `events/…/*.parquet`: one row per event, in order of time
//!
//! | column | type | meaning |
//! | --- | --- | --- |
//! | `time`, `nanos` | timestamp, ms, UTC; int32 | when, as in samples |
//! | `kind` | string | `alarm_raised`, `alarm_cleared`, `alarm_standing` (active since an earlier day), `source`, `gap`, `clock_jump`, `note` |
//! | `connection` | string, null | id of the connection (`source`, `gap`) |
//! | `message` | string, null | for people (`source`, `note`) |
//! | `equipment` | string, null | path of the equipment (alarms, as all that follow but the last two) |
//! | `signal` | string, null | path of the signal |
//! | `condition` | string, null | `low_low`, `low`, `high`, `high_high`, `fault`, `sensor_bad`, `stale` |
//! | `priority` | string, null | `low`, `medium`, `high`, `critical` |
//! | `number` | int64, null | number of the alarm, in order of announcement |
//! | `raised`, `raised_nanos` | timestamp, ms, UTC; int32; null | when it was raised last |
//! | `cleared`, `cleared_nanos` | timestamp, ms, UTC; int32; null | when it returned to normal |
//! | `value`, `integer`, `text`, `type` | as in samples, null | the value at which it was raised |
//! | `limit` | double, null | the limit passed |
//! | `first_out` | boolean, null | whether it was the first of its line |
//! | `count` | int64, null | how often it was raised; for `gap`: samples lost |
//! | `span_nanos` | int64, null | `gap`: ns from the first loss to `time`; `clock_jump`: new minus old |

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use crate::model::alarm::{Alarm, AlarmCondition, Event, EventKind};
use crate::model::signal::Priority;
use crate::model::{Plant, SignalId, Timestamp, Value};

use super::footer::{PartReader, PartWriter, guarded};
use super::table::{Row, Table};
use super::value::Cell;
use super::{PartMeta, SealError, SealedStats, schema};

const KIND: &str = "events";
/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 17;

/// Something that happened, with names in place of the numbers of one plant in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEvent {
    /// When.
    pub time: Timestamp,
    /// What.
    pub kind: RecordedKind,
}

/// What happened: [`EventKind`] with names.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordedKind {
    /// An alarm was raised; as it was announced.
    AlarmRaised(RecordedAlarm),
    /// An alarm returned to normal.
    AlarmCleared(RecordedAlarm),
    /// An alarm of an earlier day is still active.
    AlarmStanding(RecordedAlarm),
    /// A source connected, was lost, or refused.
    Source {
        /// Id of the connection.
        connection: Arc<str>,
        /// What happened, for people.
        message: Arc<str>,
    },
    /// Samples were lost.
    Gap {
        /// Id of the connection.
        connection: Arc<str>,
        /// From the first loss.
        from: Timestamp,
        /// Samples lost.
        samples: u64,
    },
    /// The wall clock was set: by this many nanoseconds.
    ClockJump {
        /// New minus old.
        nanos: i64,
    },
    /// Anything else.
    Note {
        /// For people.
        message: Arc<str>,
    },
}

/// An [`Alarm`] with names.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedAlarm {
    /// Number in order of announcement.
    pub number: u64,
    /// Path of the equipment.
    pub equipment: Arc<str>,
    /// Path of the signal it is about.
    pub signal: Arc<str>,
    /// What went wrong.
    pub condition: AlarmCondition,
    /// Urgency.
    pub priority: Priority,
    /// When it was raised last.
    pub raised: Timestamp,
    /// When it returned to normal.
    pub cleared: Option<Timestamp>,
    /// Value at which it was raised.
    pub value: Value,
    /// The limit passed.
    pub limit: Option<f64>,
    /// How often it was raised.
    pub count: u32,
    /// Whether it was the first of its line.
    pub is_first_out: bool,
}

const CONDITIONS: [(AlarmCondition, &str); 7] = [
    (AlarmCondition::LowLow, "low_low"),
    (AlarmCondition::Low, "low"),
    (AlarmCondition::High, "high"),
    (AlarmCondition::HighHigh, "high_high"),
    (AlarmCondition::Fault, "fault"),
    (AlarmCondition::SensorBad, "sensor_bad"),
    (AlarmCondition::Stale, "stale"),
];

const PRIORITIES: [(Priority, &str); 4] = [
    (Priority::Low, "low"),
    (Priority::Medium, "medium"),
    (Priority::High, "high"),
    (Priority::Critical, "critical"),
];

fn word<T: Copy + PartialEq>(words: &[(T, &'static str)], of: T) -> &'static str {
    words
        .iter()
        .find(|(each, _)| *each == of)
        .map_or("", |(_, word)| word)
}

fn meant<T: Copy>(words: &[(T, &'static str)], word: &str) -> Option<T> {
    words
        .iter()
        .find(|(_, each)| *each == word)
        .map(|(meant, _)| *meant)
}

impl RecordedAlarm {
    fn of(alarm: &Alarm, plant: &Plant) -> Self {
        Self {
            number: alarm.number,
            equipment: plant
                .equipment(alarm.equipment)
                .map_or_else(|| "".into(), |equipment| Arc::clone(&equipment.path)),
            signal: plant.signal_path(alarm.signal).into(),
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

    /// In a plant; `None` when it has no such equipment any more. A signal that it does not have
    /// any more becomes the first one of the equipment.
    fn in_plant(&self, plant: &Plant) -> Option<Alarm> {
        let id = plant.find(&self.equipment)?;
        let equipment = plant.equipment(id)?;
        if equipment.path != self.equipment {
            return None;
        }
        let name = self
            .signal
            .strip_prefix(&*self.equipment)?
            .strip_prefix('/')?;
        let signal: SignalId = plant
            .signal_named(id, name)
            .or_else(|| equipment.signal_ids().next())?;
        Some(Alarm {
            number: self.number,
            equipment: id,
            signal,
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

    fn in_words(&self, what: &str) -> Arc<str> {
        let condition = word(&CONDITIONS, self.condition);
        format!("alarm {what}: {condition} of {}", self.signal).into()
    }
}

impl RecordedEvent {
    /// An event of this plant, by names.
    pub fn of(event: &Event, plant: &Plant) -> Self {
        let connection = |at: u32| -> Arc<str> {
            plant
                .connections
                .get(at as usize)
                .map_or_else(|| format!("#{at}").into(), |each| Arc::clone(&each.id))
        };
        let kind = match &event.kind {
            EventKind::AlarmRaised(alarm) => {
                RecordedKind::AlarmRaised(RecordedAlarm::of(alarm, plant))
            }
            EventKind::AlarmCleared(alarm) => {
                RecordedKind::AlarmCleared(RecordedAlarm::of(alarm, plant))
            }
            EventKind::AlarmStanding(alarm) => {
                RecordedKind::AlarmStanding(RecordedAlarm::of(alarm, plant))
            }
            EventKind::Source {
                connection: at,
                message,
            } => RecordedKind::Source {
                connection: connection(*at),
                message: Arc::clone(message),
            },
            EventKind::Gap {
                connection: at,
                from,
                samples,
            } => RecordedKind::Gap {
                connection: connection(*at),
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

    /// The event in a plant; what this plant does not have becomes a note.
    pub fn in_plant(&self, plant: &Plant) -> Event {
        let connection = |id: &Arc<str>| {
            let at = plant.connections.iter().position(|each| each.id == *id)?;
            u32::try_from(at).ok()
        };
        let note = |message: Arc<str>| EventKind::Note { message };
        let kind = match &self.kind {
            RecordedKind::AlarmRaised(alarm) => match alarm.in_plant(plant) {
                Some(alarm) => EventKind::AlarmRaised(alarm),
                None => note(alarm.in_words("raised")),
            },
            RecordedKind::AlarmCleared(alarm) => match alarm.in_plant(plant) {
                Some(alarm) => EventKind::AlarmCleared(alarm),
                None => note(alarm.in_words("cleared")),
            },
            RecordedKind::AlarmStanding(alarm) => match alarm.in_plant(plant) {
                Some(alarm) => EventKind::AlarmStanding(alarm),
                None => note(alarm.in_words("still active")),
            },
            RecordedKind::Source {
                connection: id,
                message,
            } => match connection(id) {
                Some(connection) => EventKind::Source {
                    connection,
                    message: Arc::clone(message),
                },
                None => note(format!("{id}: {message}").into()),
            },
            RecordedKind::Gap {
                connection: id,
                from,
                samples,
            } => match connection(id) {
                Some(connection) => EventKind::Gap {
                    connection,
                    from: *from,
                    samples: *samples,
                },
                None => note(format!("{id}: {samples} samples lost").into()),
            },
            RecordedKind::ClockJump { nanos } => EventKind::ClockJump { nanos: *nanos },
            RecordedKind::Note { message } => note(Arc::clone(message)),
        };
        Event {
            time: self.time,
            kind,
        }
    }

    fn row(&self) -> Row {
        let mut row = Row::default();
        row.instant("time", "nanos", self.time);
        match &self.kind {
            RecordedKind::AlarmRaised(alarm) => alarm.fill_row("alarm_raised", &mut row),
            RecordedKind::AlarmCleared(alarm) => alarm.fill_row("alarm_cleared", &mut row),
            RecordedKind::AlarmStanding(alarm) => alarm.fill_row("alarm_standing", &mut row),
            RecordedKind::Source {
                connection,
                message,
            } => {
                row.text("kind", "source");
                row.text("connection", connection);
                row.text("message", message);
            }
            RecordedKind::Gap {
                connection,
                from,
                samples,
            } => {
                row.text("kind", "gap");
                row.text("connection", connection);
                row.whole("count", i64::try_from(*samples).unwrap_or(i64::MAX));
                row.whole("span_nanos", self.time.nanos_since(*from));
            }
            RecordedKind::ClockJump { nanos } => {
                row.text("kind", "clock_jump");
                row.whole("span_nanos", *nanos);
            }
            RecordedKind::Note { message } => {
                row.text("kind", "note");
                row.text("message", message);
            }
        }
        row
    }

    /// `None` for a row of a kind that nobody knows.
    fn from_row(row: &Row) -> Option<Self> {
        let time = row.get_instant("time", "nanos")?;
        let text = |name| row.get_text(name).unwrap_or_else(|| "".into());
        let kind = match &*row.get_text("kind")? {
            "alarm_raised" => RecordedKind::AlarmRaised(RecordedAlarm::from_row(row)?),
            "alarm_cleared" => RecordedKind::AlarmCleared(RecordedAlarm::from_row(row)?),
            "alarm_standing" => RecordedKind::AlarmStanding(RecordedAlarm::from_row(row)?),
            "source" => RecordedKind::Source {
                connection: text("connection"),
                message: text("message"),
            },
            "gap" => RecordedKind::Gap {
                connection: text("connection"),
                from: Timestamp::from_nanos(
                    time.as_nanos()
                        .saturating_sub(row.get_whole("span_nanos").unwrap_or(0)),
                ),
                samples: u64::try_from(row.get_whole("count")?).ok()?,
            },
            "clock_jump" => RecordedKind::ClockJump {
                nanos: row.get_whole("span_nanos")?,
            },
            "note" => RecordedKind::Note {
                message: text("message"),
            },
            _ => return None,
        };
        Some(Self { time, kind })
    }
}

impl RecordedAlarm {
    fn fill_row(&self, kind: &'static str, row: &mut Row) {
        row.text("kind", kind);
        row.text("equipment", &self.equipment);
        row.text("signal", &self.signal);
        row.text("condition", word(&CONDITIONS, self.condition));
        row.text("priority", word(&PRIORITIES, self.priority));
        row.whole("number", i64::try_from(self.number).unwrap_or(i64::MAX));
        row.instant("raised", "raised_nanos", self.raised);
        if let Some(cleared) = self.cleared {
            row.instant("cleared", "cleared_nanos", cleared);
        }
        let cell = Cell::from(self.value);
        row.whole("type", i64::from(cell.kind));
        if let Some(real) = cell.real {
            row.real("value", real);
        }
        if let Some(whole) = cell.integer {
            row.whole("integer", whole);
        }
        if let Some(text) = &cell.text {
            row.text("text", text);
        }
        if let Some(limit) = self.limit {
            row.real("limit", limit);
        }
        row.whole("count", i64::from(self.count));
        row.truth("first_out", self.is_first_out);
    }

    fn from_row(row: &Row) -> Option<Self> {
        let text = row.get_text("text");
        let cell = Cell {
            kind: u8::try_from(row.get_whole("type")?).ok()?,
            real: row.get_real("value"),
            integer: row.get_whole("integer"),
            text: text.as_deref().map(Into::into),
        };
        Some(Self {
            number: u64::try_from(row.get_whole("number")?).ok()?,
            equipment: row.get_text("equipment")?,
            signal: row.get_text("signal")?,
            condition: meant(&CONDITIONS, &row.get_text("condition")?)?,
            priority: meant(&PRIORITIES, &row.get_text("priority")?)?,
            raised: row.get_instant("raised", "raised_nanos")?,
            cleared: row.get_instant("cleared", "cleared_nanos"),
            value: cell.value(),
            limit: row.get_real("limit"),
            count: u32::try_from(row.get_whole("count")?).ok()?,
            is_first_out: row.get_truth("first_out")?,
        })
    }
}

/// Writes a part of events, which must be in order of time.
///
/// # Errors
/// When they are not in order, or `out` fails.
pub fn write_events(
    out: impl Write + Send,
    meta: &PartMeta,
    events: &[RecordedEvent],
) -> Result<SealedStats, SealError> {
    if !events.is_sorted_by_key(|event| event.time) {
        return Err(SealError::Unsorted);
    }
    let mut part = PartWriter::new(out, schema::events()?, KIND, meta)?;
    for group in events.chunks(GROUP_ROWS) {
        let rows: Vec<_> = group.iter().map(RecordedEvent::row).collect();
        let encoded = Table(rows).encode(&part.descriptor)?;
        part.row_group(encoded)?;
    }
    let written = part.finish()?;
    Ok(SealedStats {
        rows: written.rows,
        bytes: written.bytes,
        columns: Vec::new(),
    })
}

/// Reads a part of events back. Rows of a kind that this program does not know are left out.
///
/// # Errors
/// When the file is no such part, damaged, or written by a newer program.
pub fn read_events(file: File) -> Result<(PartMeta, Vec<RecordedEvent>), SealError> {
    guarded(|| {
        let part = PartReader::open(file, KIND)?;
        let mut events = Vec::new();
        part.row_groups(|group, rows| {
            let table = Table::read(group, rows)?;
            events.extend(table.0.iter().filter_map(RecordedEvent::from_row));
            Ok(())
        })?;
        events.sort_by_key(|event: &RecordedEvent| event.time);
        Ok((part.meta, events))
    })
}
