//! What a host application may publish: its STATE and requests for a birth.
//!
//! The twin publishes nothing unless the scene asks for it (`host_id`, `rebirth`); this module only
//! says what would be sent, the transport sends it.

use prost::Message as _;
use serde::Deserialize;

use super::proto::{DataType, Metric, Payload, metric};
use super::topic::{Origin, state_topic};
use crate::model::Timestamp;

/// A message to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Topic.
    pub topic: String,
    /// Payload.
    pub payload: Vec<u8>,
    /// MQTT quality of service.
    pub qos: u8,
    /// Whether the broker shall keep it for later subscribers.
    pub is_retained: bool,
}

/// Asks an edge node to send its birth and those of its devices again (§6.4.20: no sequence number,
/// QoS 0, not retained).
pub fn rebirth(node: Origin<'_>, now: Timestamp) -> Request {
    let timestamp = u64::try_from(now.as_millis()).ok();
    let payload = Payload {
        timestamp,
        metrics: vec![Metric {
            name: Some("Node Control/Rebirth".into()),
            timestamp,
            datatype: Some(DataType::Boolean as u32),
            value: Some(metric::Value::Boolean(true)),
            ..Metric::default()
        }],
        ..Payload::default()
    };
    Request {
        topic: node.command_topic(),
        payload: payload.encode_to_vec(),
        qos: 0,
        is_retained: false,
    }
}

/// Birth and death certificates of this host application on one broker (§5.3, §5.14).
#[derive(Clone, Debug)]
pub struct Host {
    id: Box<str>,
    /// The time in the will of the last CONNECT, which the birth must repeat.
    connect_time: Timestamp,
}

/// Payload of STATE. Fields beyond these two are allowed.
#[derive(Debug, Deserialize)]
struct State {
    online: bool,
}

impl Host {
    /// A host application with this id.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.into(),
            connect_time: Timestamp::default(),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The will to put into a CONNECT that is sent now.
    pub fn will(&mut self, now: Timestamp) -> Request {
        self.connect_time = now;
        self.state(false, now)
    }

    /// To be published once the subscriptions are made.
    pub fn birth(&self) -> Request {
        self.state(true, self.connect_time)
    }

    /// To be published before disconnecting on purpose.
    pub fn death(&self, now: Timestamp) -> Request {
        self.state(false, now)
    }

    /// What a STATE of this host id that came from the broker asks for: the birth again, when it
    /// says that this host is gone (another connection's will, or an old retained one).
    pub fn answer(&self, payload: &[u8]) -> Option<Request> {
        let state: State = serde_json::from_slice(payload).ok()?;
        (!state.online).then(|| self.birth())
    }

    fn state(&self, online: bool, time: Timestamp) -> Request {
        let millis = time.as_millis();
        Request {
            topic: state_topic(&self.id),
            payload: format!(r#"{{"online":{online},"timestamp":{millis}}}"#).into_bytes(),
            qos: 1,
            is_retained: true,
        }
    }
}
