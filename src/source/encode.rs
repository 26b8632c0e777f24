//! [`Encoder`]: readings to plain messages, the inverse of how a scene's plain topics are read.
//!
//! For the emulator, which is a plant and not the twin: the twin publishes no values.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Number, Value as Json};

use crate::model::connection::{Payload, TimeFormat};
use crate::model::signal::Reporting;
use crate::model::{Plant, Quality, SignalId, Timestamp, Value};

/// A message to be published.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Topic.
    pub topic: Arc<str>,
    /// Payload.
    pub payload: Vec<u8>,
    /// Whether the broker shall keep it for later subscribers: what is sent by exception.
    pub is_retained: bool,
}

#[derive(Clone, Debug)]
struct Route {
    topic: Arc<str>,
    field: Arc<str>,
    payload: Payload,
    is_retained: bool,
}

/// One value on its way out: signal, source time, value, quality.
pub type Outgoing = (SignalId, Timestamp, Value, Quality);

/// Knows for each plain signal of one connection where it goes and how it is written.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    routes: BTreeMap<u32, Route>,
}

impl Encoder {
    /// For the plain signals of `connection` that are bound and whose template fills a topic without
    /// wildcards.
    pub fn new(plant: &Plant, connection: u32) -> Self {
        let mut routes = BTreeMap::new();
        let Some(described) = plant.connections.get(connection as usize) else {
            return Self::default();
        };
        for binding in plant
            .bindings
            .iter()
            .filter(|binding| binding.connection == connection)
        {
            if binding.topic.contains(['+', '#']) {
                continue;
            }
            let Some(signal) = plant.signal(binding.signal) else {
                continue;
            };
            let name = &signal.spec.name;
            let payload = described
                .topics
                .iter()
                .filter(|map| map.only.is_empty() || map.only.contains(&binding.signal))
                .map(|map| &map.payload)
                .find(|payload| match payload {
                    Payload::Bare => binding.field.is_empty(),
                    Payload::Json { value, .. } => {
                        *value.replace("{signal}", name) == *binding.field
                    }
                })
                .cloned()
                .unwrap_or_else(|| explicit(&binding.field));
            routes.insert(
                binding.signal.0,
                Route {
                    topic: Arc::clone(&binding.topic),
                    field: Arc::clone(&binding.field),
                    payload,
                    is_retained: signal.spec.reporting == Reporting::ByException,
                },
            );
        }
        Self { routes }
    }

    /// Whether this signal is one of its own.
    pub fn has(&self, signal: SignalId) -> bool {
        self.routes.contains_key(&signal.0)
    }

    /// The signals it knows, in order.
    pub fn signals(&self) -> impl Iterator<Item = SignalId> {
        self.routes.keys().map(|signal| SignalId(*signal))
    }

    /// Writes values, given in order of time. Neighbours of one time that share a topic share a
    /// message.
    pub fn encode(&self, values: &[Outgoing], mut send: impl FnMut(Message)) {
        let mut open: Option<(&Route, Timestamp, Json)> = None;
        let mut flush = |open: Option<(&Route, Timestamp, Json)>| {
            if let Some((route, _, body)) = open {
                send(Message {
                    topic: Arc::clone(&route.topic),
                    payload: body.to_string().into_bytes(),
                    is_retained: route.is_retained,
                });
            }
        };
        let mut bare = Vec::new();
        for (signal, time, value, quality) in values {
            let Some(route) = self.routes.get(&signal.0) else {
                continue;
            };
            let Payload::Json {
                time: time_at,
                time_format,
                quality: quality_at,
                ..
            } = &route.payload
            else {
                bare.push(Message {
                    topic: Arc::clone(&route.topic),
                    payload: plain_text(*value).into_bytes(),
                    is_retained: route.is_retained,
                });
                continue;
            };
            let is_same = open
                .as_ref()
                .is_some_and(|(other, at, _)| other.topic == route.topic && at == time);
            if !is_same {
                flush(open.take());
                let mut body = Json::Object(Map::new());
                if let Some(pointer) = time_at {
                    put(&mut body, pointer, written_time(*time, *time_format));
                }
                if let Some(pointer) = quality_at {
                    put(&mut body, pointer, Json::from(quality_code(*quality)));
                }
                open = Some((route, *time, body));
            }
            if let Some((_, _, body)) = &mut open {
                put(body, &route.field, json(*value));
            }
        }
        flush(open.take());
        bare.into_iter().for_each(send);
    }
}

/// How a signal with a binding of its own is written.
fn explicit(field: &Arc<str>) -> Payload {
    if field.is_empty() {
        Payload::Bare
    } else {
        Payload::Json {
            value: Arc::clone(field),
            time: None,
            time_format: TimeFormat::Auto,
            quality: None,
        }
    }
}

/// OPC's codes: 192 good, 64 uncertain, 0 bad.
fn quality_code(quality: Quality) -> u32 {
    match quality {
        Quality::Good => 192,
        Quality::Uncertain(_) => 64,
        Quality::Bad(_) => 0,
    }
}

fn written_time(time: Timestamp, format: TimeFormat) -> Json {
    match format {
        TimeFormat::Rfc3339 => Json::String(time.to_string()),
        TimeFormat::EpochSeconds => Number::from_f64(time.as_millis() as f64 / 1000.0).into(),
        TimeFormat::Auto | TimeFormat::EpochMillis => Json::from(time.as_millis()),
        TimeFormat::EpochMicros => Json::from(time.as_nanos().div_euclid(1000)),
        TimeFormat::EpochNanos => Json::from(time.as_nanos()),
    }
}

/// A value as JSON; what JSON cannot say becomes null.
fn json(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Float(value) => Number::from_f64(value).into(),
        Value::Integer(value) => Json::from(value),
        Value::Unsigned(value) => Json::from(value),
        Value::Boolean(value) => Json::from(value),
        Value::Text(text) => Json::from(text.as_str()),
    }
}

fn plain_text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Puts `value` at an RFC 6901 pointer, making the objects on the way.
fn put(body: &mut Json, pointer: &str, value: Json) {
    let mut at = body;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        if !at.is_object() {
            *at = Json::Object(Map::new());
        }
        let Json::Object(map) = at else { return };
        at = map.entry(token).or_insert(Json::Null);
    }
    *at = value;
}
