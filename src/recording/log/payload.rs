//! Everything but points in a frame: the start of a segment, names, events, raw messages. Numbers
//! are little-endian, texts have their length before them; nothing read is trusted.

use std::sync::Arc;

use crate::model::alarm::AlarmCondition;
use crate::model::signal::Priority;
use crate::model::{Text, Timestamp, Value};
use crate::recording::sealed::{RawMessage, RecordedAlarm, RecordedEvent, RecordedKind};

/// What the first frame of a segment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Number of the segment.
    pub segment: u64,
    /// Revision of the plant.
    pub plant: u32,
    /// When the recorder was started: segments of one run number their signals alike.
    pub run: Timestamp,
}

/// Appends numbers and texts.
struct Put<'a>(&'a mut Vec<u8>);

impl Put<'_> {
    fn bytes<const N: usize>(&mut self, bytes: [u8; N]) {
        self.0.extend_from_slice(&bytes);
    }

    fn time(&mut self, time: Timestamp) {
        self.bytes(time.as_nanos().to_le_bytes());
    }

    fn slice(&mut self, bytes: &[u8]) {
        self.bytes((bytes.len() as u32).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.slice(text.as_bytes());
    }

    fn optional<const N: usize>(&mut self, bytes: Option<[u8; N]>) {
        match bytes {
            Some(bytes) => {
                self.bytes([1]);
                self.bytes(bytes);
            }
            None => self.bytes([0]),
        }
    }

    fn value(&mut self, value: Value) {
        match value {
            Value::Null => self.bytes([0]),
            Value::Float(number) => {
                self.bytes([1]);
                self.bytes(number.to_bits().to_le_bytes());
            }
            Value::Integer(number) => {
                self.bytes([2]);
                self.bytes(number.to_le_bytes());
            }
            Value::Unsigned(number) => {
                self.bytes([3]);
                self.bytes(number.to_le_bytes());
            }
            Value::Boolean(flag) => self.bytes([4 + u8::from(flag)]),
            Value::Text(text) => {
                self.bytes([6]);
                self.text(text.as_str());
            }
        }
    }

    fn alarm(&mut self, alarm: &RecordedAlarm) {
        self.bytes(alarm.number.to_le_bytes());
        self.text(&alarm.equipment);
        self.text(&alarm.signal);
        self.bytes([alarm.condition as u8, alarm.priority as u8]);
        self.time(alarm.raised);
        self.optional(alarm.cleared.map(|time| time.as_nanos().to_le_bytes()));
        self.value(alarm.value);
        self.optional(alarm.limit.map(|limit| limit.to_bits().to_le_bytes()));
        self.bytes(alarm.count.to_le_bytes());
        self.bytes([u8::from(alarm.is_first_out)]);
    }
}

/// Takes numbers and texts.
struct Take<'a>(&'a [u8]);

impl<'a> Take<'a> {
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.bytes().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn i64(&mut self) -> Option<i64> {
        self.bytes().map(i64::from_le_bytes)
    }

    fn time(&mut self) -> Option<Timestamp> {
        self.i64().map(Timestamp::from_nanos)
    }

    fn slice(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<Arc<str>> {
        std::str::from_utf8(self.slice()?).ok().map(Arc::from)
    }

    fn optional<T>(&mut self, take: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            _ => take(self).map(Some),
        }
    }

    fn value(&mut self) -> Option<Value> {
        Some(match self.byte()? {
            0 => Value::Null,
            1 => Value::Float(f64::from_bits(self.u64()?)),
            2 => Value::Integer(self.i64()?),
            3 => Value::Unsigned(self.u64()?),
            4 => Value::Boolean(false),
            5 => Value::Boolean(true),
            6 => Value::Text(Text::new(&self.text()?)),
            _ => return None,
        })
    }

    fn alarm(&mut self) -> Option<RecordedAlarm> {
        Some(RecordedAlarm {
            number: self.u64()?,
            equipment: self.text()?,
            signal: self.text()?,
            condition: *CONDITIONS.get(usize::from(self.byte()?))?,
            priority: *PRIORITIES.get(usize::from(self.byte()?))?,
            raised: self.time()?,
            cleared: self.optional(Self::time)?,
            value: self.value()?,
            limit: self.optional(|take| take.u64().map(f64::from_bits))?,
            count: self.u32()?,
            is_first_out: self.byte()? != 0,
        })
    }
}

const CONDITIONS: [AlarmCondition; 7] = [
    AlarmCondition::LowLow,
    AlarmCondition::Low,
    AlarmCondition::High,
    AlarmCondition::HighHigh,
    AlarmCondition::Fault,
    AlarmCondition::SensorBad,
    AlarmCondition::Stale,
];

const PRIORITIES: [Priority; 4] = [
    Priority::Low,
    Priority::Medium,
    Priority::High,
    Priority::Critical,
];

/// Appends the start of a segment.
pub fn put_start(out: &mut Vec<u8>, start: &Start) {
    let mut put = Put(out);
    put.bytes(start.segment.to_le_bytes());
    put.bytes(start.plant.to_le_bytes());
    put.time(start.run);
}

/// The start of a segment.
pub fn take_start(payload: &[u8]) -> Option<Start> {
    let mut take = Take(payload);
    Some(Start {
        segment: take.u64()?,
        plant: take.u32()?,
        run: take.time()?,
    })
}

/// Appends names with their numbers.
pub fn put_names<'n>(out: &mut Vec<u8>, names: impl Iterator<Item = (u32, &'n str)>) {
    let mut put = Put(out);
    for (number, name) in names {
        put.bytes(number.to_le_bytes());
        put.text(name);
    }
}

/// Names with their numbers, as far as they make sense.
pub fn take_names(payload: &[u8]) -> impl Iterator<Item = (u32, Arc<str>)> {
    let mut take = Take(payload);
    std::iter::from_fn(move || Some((take.u32()?, take.text()?)))
}

/// Appends an event.
pub fn put_event(out: &mut Vec<u8>, event: &RecordedEvent) {
    let mut put = Put(out);
    put.time(event.time);
    match &event.kind {
        RecordedKind::AlarmRaised(alarm) => {
            put.bytes([1]);
            put.alarm(alarm);
        }
        RecordedKind::AlarmCleared(alarm) => {
            put.bytes([2]);
            put.alarm(alarm);
        }
        RecordedKind::AlarmStanding(alarm) => {
            put.bytes([7]);
            put.alarm(alarm);
        }
        RecordedKind::Source {
            connection,
            message,
        } => {
            put.bytes([3]);
            put.text(connection);
            put.text(message);
        }
        RecordedKind::Gap {
            connection,
            from,
            samples,
        } => {
            put.bytes([4]);
            put.text(connection);
            put.time(*from);
            put.bytes(samples.to_le_bytes());
        }
        RecordedKind::ClockJump { nanos } => {
            put.bytes([5]);
            put.bytes(nanos.to_le_bytes());
        }
        RecordedKind::Note { message } => {
            put.bytes([6]);
            put.text(message);
        }
    }
}

fn take_event(take: &mut Take<'_>) -> Option<RecordedEvent> {
    let time = take.time()?;
    let kind = match take.byte()? {
        1 => RecordedKind::AlarmRaised(take.alarm()?),
        2 => RecordedKind::AlarmCleared(take.alarm()?),
        3 => RecordedKind::Source {
            connection: take.text()?,
            message: take.text()?,
        },
        4 => RecordedKind::Gap {
            connection: take.text()?,
            from: take.time()?,
            samples: take.u64()?,
        },
        5 => RecordedKind::ClockJump { nanos: take.i64()? },
        6 => RecordedKind::Note {
            message: take.text()?,
        },
        7 => RecordedKind::AlarmStanding(take.alarm()?),
        _ => return None,
    };
    Some(RecordedEvent { time, kind })
}

/// Events, as far as they make sense.
pub fn take_events(payload: &[u8]) -> impl Iterator<Item = RecordedEvent> {
    let mut take = Take(payload);
    std::iter::from_fn(move || take_event(&mut take))
}

/// Appends a raw message.
pub fn put_raw(out: &mut Vec<u8>, message: &RawMessage) {
    let mut put = Put(out);
    put.time(message.receive_time);
    put.text(&message.connection);
    put.text(&message.topic);
    put.slice(&message.payload);
}

/// Raw messages, as far as they make sense.
pub fn take_raw(payload: &[u8]) -> impl Iterator<Item = RawMessage> {
    let mut take = Take(payload);
    std::iter::from_fn(move || {
        Some(RawMessage {
            receive_time: take.time()?,
            connection: take.text()?,
            topic: take.text()?,
            payload: take.slice()?.to_vec(),
        })
    })
}
