//! [`Link`]: what both protocol versions have in common, as far as a listener needs it.
//!
//! Their two crates have the same shape, but nearly every type of it is another one and no trait
//! joins them, so each version implements [`Link`] with calls into its own crate. Whatever is decided
//! rather than translated stands here and in [`Setup`](super::Setup).

use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use rumqttc::QoS;

use crate::source::sparkplug::Request;

/// A packet that a listener looks at.
#[derive(Debug)]
pub enum Packet {
    /// The broker took the connection.
    Connected,
    /// The broker answered the subscriptions; how many it refused.
    Subscribed {
        /// Filters the broker refused.
        refused: usize,
    },
    /// A message.
    Publish {
        /// Its topic.
        topic: Bytes,
        /// Its payload.
        payload: Bytes,
        /// Whether the broker had kept it.
        retained: bool,
    },
    /// Anything else.
    Other,
}

/// Why a link ended.
#[derive(Debug)]
pub struct LinkError {
    /// For people; never holds a secret.
    pub message: String,
    /// A packet was larger than can be read at all: this many bytes.
    pub oversized: Option<usize>,
}

impl LinkError {
    /// What a refused login is called, whatever the protocol version.
    pub const NOT_AUTHORISED: &str = "the broker refused user name, password or certificate";

    /// The subscriptions found the queue full.
    pub fn unsubscribed(error: impl Display) -> Self {
        Self {
            message: format!("cannot subscribe: {error}"),
            oversized: None,
        }
    }
}

/// How long the client may take to say goodbye. A full queue means that nothing gets out any more:
/// then the will is right.
pub const GOODBYE: Duration = Duration::from_millis(250);

/// A quality of service as both crates name it.
pub fn quality(qos: u8) -> QoS {
    match qos {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

/// One connection of one protocol version.
pub trait Link {
    /// Waits for the next packet.
    async fn next(&mut self) -> Result<Packet, LinkError>;

    /// The next packet that has been read already.
    fn ready(&mut self) -> Option<Packet>;

    /// Asks for all of `filters` at once, with their quality of service.
    fn subscribe(&mut self, filters: &[(String, u8)]) -> Result<(), LinkError>;

    /// Queues a message; false when the queue is full.
    fn publish(&mut self, message: Request) -> bool;

    /// Says goodbye, so that the broker does not publish the will.
    fn disconnect(&mut self);
}
