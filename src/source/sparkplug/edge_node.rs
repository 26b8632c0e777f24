//! [`EdgeNode`]: what an edge node of Sparkplug B publishes, the inverse of the decoder.
//!
//! For the emulator, which is a plant and not the twin: the twin publishes no values. Births carry
//! names, types, units and aliases; data messages only aliases and what changed. Sparkplug 3.0.0 §6.4.

use std::collections::BTreeMap;
use std::sync::Arc;

use prost::Message as _;

use super::proto::{DataType, Metric, Payload, PropertySet, metric};
use super::topic::{MessageKind, Origin};
use crate::model::signal::ValueType;
use crate::model::{Plant, Quality, SignalId, Timestamp, Value};

/// Name of the metric by which a host asks for a birth.
const REBIRTH: &str = "Node Control/Rebirth";
const BIRTH_DEATH_SEQUENCE: &str = "bdSeq";
/// Alias of the rebirth metric; signals follow.
const REBIRTH_ALIAS: u64 = 0;

/// A message to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Topic.
    pub topic: String,
    /// Payload.
    pub payload: Vec<u8>,
}

/// The present value of a metric: source time, value, quality.
pub type Present = (Timestamp, Value, Quality);

#[derive(Clone, Debug)]
struct MetricOf {
    signal: SignalId,
    name: Arc<str>,
    datatype: DataType,
    unit: &'static str,
}

/// One edge node with its devices.
#[derive(Clone, Debug)]
pub struct EdgeNode {
    group: Arc<str>,
    node: Arc<str>,
    /// Metrics by device; the node's own under `None`.
    devices: BTreeMap<Option<Arc<str>>, Vec<MetricOf>>,
    /// Device of each signal.
    device_of: BTreeMap<u32, Option<Arc<str>>>,
    sequence: u8,
    birth_death: u64,
}

impl EdgeNode {
    /// The edge nodes that the bindings of `connection` speak of.
    pub fn of_connection(plant: &Plant, connection: u32) -> Vec<Self> {
        let mut nodes: BTreeMap<(Arc<str>, Arc<str>), Self> = BTreeMap::new();
        for binding in plant
            .bindings
            .iter()
            .filter(|binding| binding.connection == connection)
        {
            let (Some(origin), Some(signal)) = (
                Origin::of_binding(&binding.topic),
                plant.signal(binding.signal),
            ) else {
                continue;
            };
            let (group, node): (Arc<str>, Arc<str>) = (origin.group.into(), origin.node.into());
            let of = nodes
                .entry((Arc::clone(&group), Arc::clone(&node)))
                .or_insert(Self {
                    group,
                    node,
                    devices: BTreeMap::new(),
                    device_of: BTreeMap::new(),
                    sequence: 0,
                    birth_death: 0,
                });
            let device: Option<Arc<str>> = origin.device.map(Into::into);
            of.device_of.insert(binding.signal.0, device.clone());
            of.devices.entry(device).or_default().push(MetricOf {
                signal: binding.signal,
                name: Arc::clone(&binding.field),
                datatype: match signal.spec.value_type {
                    ValueType::Float => DataType::Double,
                    ValueType::Integer => DataType::Int64,
                    ValueType::Boolean => DataType::Boolean,
                    ValueType::Text => DataType::String,
                },
                unit: signal.spec.unit.symbol,
            });
        }
        nodes.into_values().collect()
    }

    /// `group/node`, for logs and client ids.
    pub fn name(&self) -> String {
        format!("{}/{}", self.group, self.node)
    }

    /// The signals it carries, in order.
    pub fn signals(&self) -> impl Iterator<Item = SignalId> {
        self.device_of.keys().map(|signal| SignalId(*signal))
    }

    fn origin<'a>(&'a self, device: Option<&'a str>) -> Origin<'a> {
        Origin {
            group: &self.group,
            node: &self.node,
            device,
        }
    }

    fn topic(&self, device: Option<&str>, kind: MessageKind) -> String {
        let topics = self.origin(device).topics();
        topics
            .into_iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, topic)| topic)
            .unwrap_or_default()
    }

    /// Where hosts send commands to it.
    pub fn command_topic(&self) -> String {
        self.origin(None).command_topic()
    }

    /// Whether a command asks for a birth.
    pub fn is_rebirth(payload: &[u8]) -> bool {
        Payload::decode(payload).is_ok_and(|payload| {
            payload.metrics.iter().any(|metric| {
                let is_named = metric.name.as_deref() == Some(REBIRTH)
                    || metric.name.is_none() && metric.alias == Some(REBIRTH_ALIAS);
                is_named && metric.value == Some(metric::Value::Boolean(true))
            })
        })
    }

    /// To be called before each connect: the will for this connection, which the next birth belongs
    /// to by its bdSeq (§6.4.19).
    pub fn next_will(&mut self, is_first: bool, now: Timestamp) -> Message {
        if !is_first {
            self.birth_death = (self.birth_death + 1) % 256;
        }
        self.death(now)
    }

    /// NDEATH with the bdSeq of the present connection, for an orderly farewell (§6.4.19).
    pub fn death(&self, now: Timestamp) -> Message {
        let payload = Payload {
            timestamp: millis(now),
            metrics: vec![self.birth_death_metric()],
            ..Payload::default()
        };
        Message {
            topic: self.topic(None, MessageKind::NodeDeath),
            payload: payload.encode_to_vec(),
        }
    }

    fn birth_death_metric(&self) -> Metric {
        Metric {
            name: Some(BIRTH_DEATH_SEQUENCE.into()),
            datatype: Some(DataType::Int64 as u32),
            value: Some(metric::Value::Long(self.birth_death)),
            ..Metric::default()
        }
    }

    /// NBIRTH and every DBIRTH, with the present value of every metric; without one it is null.
    pub fn births(
        &mut self,
        now: Timestamp,
        present: impl Fn(SignalId) -> Option<Present>,
    ) -> Vec<Message> {
        self.sequence = 0;
        let mut messages = Vec::with_capacity(self.devices.len() + 1);
        let own = self.devices.get(&None).cloned().unwrap_or_default();
        let mut metrics = vec![
            self.birth_death_metric(),
            Metric {
                name: Some(REBIRTH.into()),
                alias: Some(REBIRTH_ALIAS),
                datatype: Some(DataType::Boolean as u32),
                value: Some(metric::Value::Boolean(false)),
                ..Metric::default()
            },
        ];
        metrics.extend(
            own.iter()
                .map(|metric| born(metric, present(metric.signal))),
        );
        messages.push(self.message(None, MessageKind::NodeBirth, now, metrics));
        for (device, metrics) in self.devices.clone() {
            if device.is_some() {
                let metrics = metrics.iter().map(|m| born(m, present(m.signal))).collect();
                messages.push(self.message(
                    device.as_deref(),
                    MessageKind::DeviceBirth,
                    now,
                    metrics,
                ));
            }
        }
        messages
    }

    /// NDATA and DDATA with these values, in order; values of one device share a message.
    pub fn data(&mut self, now: Timestamp, values: &[(SignalId, Present)]) -> Vec<Message> {
        let mut by_device: BTreeMap<Option<Arc<str>>, Vec<Metric>> = BTreeMap::new();
        for (signal, present) in values {
            let Some(device) = self.device_of.get(&signal.0) else {
                continue;
            };
            let known = self.devices.get(device).and_then(|metrics| {
                let at = metrics
                    .binary_search_by_key(signal, |metric| metric.signal)
                    .ok()?;
                metrics.get(at)
            });
            if let Some(known) = known {
                let metric = Metric {
                    alias: Some(alias(*signal)),
                    ..valued(known, Some(*present))
                };
                by_device.entry(device.clone()).or_default().push(metric);
            }
        }
        by_device
            .into_iter()
            .map(|(device, metrics)| {
                let kind = match device {
                    None => MessageKind::NodeData,
                    Some(_) => MessageKind::DeviceData,
                };
                self.message(device.as_deref(), kind, now, metrics)
            })
            .collect()
    }

    fn message(
        &mut self,
        device: Option<&str>,
        kind: MessageKind,
        now: Timestamp,
        metrics: Vec<Metric>,
    ) -> Message {
        let payload = Payload {
            timestamp: millis(now),
            metrics,
            seq: Some(u64::from(self.sequence)),
            ..Payload::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        Message {
            topic: self.topic(device, kind),
            payload: payload.encode_to_vec(),
        }
    }
}

fn millis(time: Timestamp) -> Option<u64> {
    u64::try_from(time.as_millis()).ok()
}

/// Aliases are unique over the node and its devices (§6.4.6): signals are.
fn alias(signal: SignalId) -> u64 {
    u64::from(signal.0) + 1
}

fn born(metric: &MetricOf, present: Option<Present>) -> Metric {
    let mut born = Metric {
        name: Some(metric.name.to_string()),
        alias: Some(alias(metric.signal)),
        datatype: Some(metric.datatype as u32),
        ..valued(metric, present)
    };
    if !metric.unit.is_empty() {
        born.properties = Some(born.properties.unwrap_or_default().unit(metric.unit));
    }
    born
}

fn valued(metric: &MetricOf, present: Option<Present>) -> Metric {
    let value = present.and_then(|(_, value, _)| metric::Value::new(metric.datatype, value));
    let quality = present.map(|(_, _, quality)| quality);
    Metric {
        timestamp: present.and_then(|(time, _, _)| millis(time)),
        is_null: value.is_none().then_some(true),
        value,
        properties: match quality {
            Some(Quality::Bad(_)) => Some(PropertySet::default().quality(0)),
            _ => None,
        },
        ..Metric::default()
    }
}
