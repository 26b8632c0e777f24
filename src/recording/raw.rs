//! [`RawMessage`]: a message that no signal is bound to, as it came. Scenes get bound after the
//! incident.

use std::sync::Arc;

use crate::model::Timestamp;

/// A message that no signal is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMessage {
    /// When it was received.
    pub receive_time: Timestamp,
    /// Id of the connection.
    pub connection: Arc<str>,
    /// Its topic.
    pub topic: Arc<str>,
    /// Its payload as it came; no more than [`RawMessage::MAX_BYTES`] of it.
    pub payload: Vec<u8>,
}

impl RawMessage {
    /// Bytes of a payload that are kept.
    pub const MAX_BYTES: usize = 64 << 10;

    /// Memory it takes, bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.topic.len() + self.payload.len()
    }
}
