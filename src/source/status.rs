//! [`SourceStatus`]: what is known of each source, as a value of the twin.

use std::sync::Arc;

use serde::Serialize;

use crate::model::Timestamp;

/// State of one source at this moment. Counters count since the program started.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SourceStatus {
    /// Id of the connection in the scene.
    pub name: Arc<str>,
    /// Where it connects to; never holds a secret.
    pub url: Arc<str>,
    /// Connected, waiting, refused.
    pub link: Link,
    /// When the present connection was made.
    pub connected_since: Option<Timestamp>,
    /// Connections lost and made again.
    pub reconnects: u64,
    /// When the last message came.
    pub last_message: Option<Timestamp>,
    /// Messages a second over the last seconds.
    pub messages_per_second: f64,
    /// Messages received.
    pub messages: u64,
    /// Samples made of them.
    pub samples: u64,
    /// Bytes of payload received.
    pub bytes: u64,
    /// Samples lost because the queue and its spill were full.
    pub dropped: u64,
    /// Samples now waiting in the spill.
    pub spilled: u64,
    /// Messages that could not be used, by cause; only causes that occurred.
    pub rejects: Vec<Reject>,
    /// Topics that no signal is bound to, the most recent first, at most
    /// [`SourceStatus::UNMAPPED_SHOWN`].
    pub unmapped: Vec<UnmappedTopic>,
    /// How many such topics there are, as far as counted.
    pub unmapped_topics: u64,
}

impl SourceStatus {
    /// How many unmapped topics are listed.
    pub const UNMAPPED_SHOWN: usize = 200;

    /// Rejected messages of all causes.
    pub fn rejected(&self) -> u64 {
        self.rejects.iter().map(|reject| reject.count).sum()
    }
}

/// State of the link to a broker.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Link {
    /// Not tried yet.
    #[default]
    Starting,
    /// Connected and subscribed.
    Connected,
    /// Lost or not there: tried again at `retry`.
    Waiting {
        /// What went wrong last, for people.
        error: Arc<str>,
        /// When it is tried again.
        retry: Timestamp,
    },
    /// Cannot work until the scene or the environment is changed (bad CA file, no password).
    Failed {
        /// What is wrong and how to mend it.
        error: Arc<str>,
    },
}

/// Messages (or parts of one) that could not be used, of one cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reject {
    /// Why.
    pub cause: RejectCause,
    /// How many.
    pub count: u64,
    /// Topic of the last one.
    pub last_topic: Arc<str>,
    /// What was wrong with the last one, with the start of its payload.
    pub last_detail: Arc<str>,
    /// When the last one came.
    pub last_time: Timestamp,
}

/// Why a message or a value could not be used as it was meant. What is only doubtful (a future
/// clock) is counted too, and its value kept with lower quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectCause {
    /// The payload is not what the mapping says.
    Malformed,
    /// Larger than the connection allows.
    Oversized,
    /// A value of the wrong type.
    WrongType,
    /// Time further in the future than the skew window.
    FutureTime,
    /// Time further in the past than the skew window.
    PastTime,
    /// Older than a value already received: kept in its place, shown as late.
    OutOfOrder,
    /// The same value with the same source time again: not stored twice.
    Duplicate,
    /// Sparkplug: sequence number out of turn.
    SequenceGap,
    /// Sparkplug: an alias that no birth has named.
    UnknownAlias,
    /// Sparkplug: data before a birth.
    DataBeforeBirth,
    /// Sparkplug: a death that belongs to an older birth.
    StaleDeath,
    /// Sparkplug: a data type that carries no single value (data set, template).
    Unsupported,
}

/// A topic (or Sparkplug metric) that no signal is bound to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnmappedTopic {
    /// Topic, for Sparkplug with the metric name behind a space.
    pub topic: Arc<str>,
    /// Messages seen.
    pub count: u64,
    /// Start of the last payload, made printable.
    pub sample: Arc<str>,
}
