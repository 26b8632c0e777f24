//! [`Link`]: what both protocol versions have in common, as far as a listener needs it.

use bytes::Bytes;

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
