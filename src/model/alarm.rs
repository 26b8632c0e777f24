//! [`Alarm`]: an abnormal condition that needs a response (ISA-18.2).

use std::sync::Arc;

use serde::Serialize;

use super::signal::Priority;
use super::{EquipmentId, SignalId, Timestamp, Value};

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum AlarmCondition {
    /// Below LL.
    LowLow,
    /// Below L.
    Low,
    /// Above H.
    High,
    /// Above HH.
    HighHigh,
    /// The equipment reports a fault.
    Fault,
    /// A sensor is bad.
    SensorBad,
    /// Values stopped coming.
    Stale,
}

/// One alarm of one signal: raised, perhaps cleared, perhaps raised again.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Number in order of announcement, from 1; never used twice in one history.
    pub number: u64,
    /// Whose.
    pub equipment: EquipmentId,
    /// The signal it is about.
    pub signal: SignalId,
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
    /// Whether it was the first of its line when nothing else was active there: the likely cause.
    pub is_first_out: bool,
}

/// Something that happened, on the same time line as the samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// What.
    pub kind: EventKind,
}

impl Event {
    /// Whether something happened, and not only went on.
    pub const fn is_news(&self) -> bool {
        !matches!(self.kind, EventKind::AlarmStanding(_))
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// An alarm was raised; as it was announced.
    AlarmRaised(Alarm),
    /// An alarm returned to normal.
    AlarmCleared(Alarm),
    /// An alarm of an earlier day is still active as a day (UTC) begins. Nothing has happened: it is
    /// said so that whoever reads from this day on knows of it.
    AlarmStanding(Alarm),
    /// A source connected, was lost, or refused.
    Source {
        /// Index into the plant's connections.
        connection: u32,
        /// What happened, for people.
        message: Arc<str>,
    },
    /// Samples were lost: nothing is known of this span from this source.
    Gap {
        /// Index into the plant's connections.
        connection: u32,
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
    /// Anything else worth a line in the log.
    Note {
        /// For people.
        message: Arc<str>,
    },
}
