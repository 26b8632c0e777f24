//! [`Publisher`]: one gateway of the emulated plant. It has an MQTT session of its own and sends what
//! the sensors behind it read: a line's plain topics, or a Sparkplug edge node.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rumqttc::QoS;

use super::link::{Link, LinkEvent};
use super::reading::Reading;
use crate::model::connection::Connection;
use crate::model::signal::Reporting;
use crate::model::{GroupId, Plant, Quality, SignalId, Timestamp, Value};
use crate::source::encode::Encoder;
use crate::source::mqtt::Setup;
use crate::source::sparkplug::edge_node::EdgeNode;

/// Wait before a lost connection is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// A cyclic value that does not change is sent again at this share of the time after which it would
/// be stale.
const REPEAT_SHARE: f64 = 0.4;

/// How a gateway speaks.
enum Dialect {
    Plain(Encoder),
    Sparkplug(Box<EdgeNode>),
}

/// One gateway.
pub(super) struct Publisher {
    name: String,
    client_id: String,
    connection: Arc<Connection>,
    url: Arc<str>,
    dialect: Dialect,
    /// Groups of the equipment behind it.
    groups: Vec<GroupId>,
    /// Whether a cyclic signal is repeated after this time when it does not change.
    repeat: BTreeMap<u32, Option<Duration>>,
    link: Option<Link>,
    is_up: bool,
    is_first: bool,
    retry_at: Option<Timestamp>,
    /// The present value of every signal, and when it was sent.
    present: BTreeMap<u32, (Timestamp, Value, Quality)>,
    sent: BTreeMap<u32, (Timestamp, Value)>,
    pending: Vec<(SignalId, Timestamp, Value, Quality)>,
    /// Messages handed to the session.
    pub(super) messages: u64,
    /// Messages that found no room.
    pub(super) dropped: u64,
}

impl Publisher {
    /// The gateways of a plant, and for each signal which of them sends it. `broker_url` takes the
    /// place of the connections' own.
    pub(super) fn of_plant(
        plant: &Plant,
        broker_url: Option<&str>,
        unique: &str,
    ) -> (Vec<Self>, Vec<Option<usize>>) {
        let mut publishers = Vec::new();
        let mut of_signal = vec![None; plant.signals.len()];
        for (connection, described) in (0..).zip(&plant.connections) {
            let url: Arc<str> = broker_url.unwrap_or(&described.url).into();
            let shared = Arc::new(described.clone());
            let mut add = |name: String, dialect: Dialect, signals: Vec<SignalId>| {
                let mut groups: Vec<GroupId> = signals
                    .iter()
                    .filter_map(|signal| plant.equipment(plant.signal(*signal)?.equipment))
                    .map(|equipment| equipment.group)
                    .collect();
                groups.sort_unstable();
                groups.dedup();
                for signal in &signals {
                    if let Some(of) = of_signal.get_mut(signal.index()) {
                        *of = Some(publishers.len());
                    }
                }
                let repeat = signals.iter().map(|signal| {
                    let reporting = plant.signal(*signal).map(|signal| signal.spec.reporting);
                    let repeat = match reporting {
                        Some(Reporting::Cyclic { stale_after }) => {
                            Some(stale_after.mul_f64(REPEAT_SHARE))
                        }
                        _ => None,
                    };
                    (signal.0, repeat)
                });
                publishers.push(Self {
                    client_id: format!("plant-{unique}-{}", publishers.len() + 1),
                    name,
                    connection: Arc::clone(&shared),
                    url: Arc::clone(&url),
                    dialect,
                    groups,
                    repeat: repeat.collect(),
                    link: None,
                    is_up: false,
                    is_first: true,
                    retry_at: None,
                    present: BTreeMap::new(),
                    sent: BTreeMap::new(),
                    pending: Vec::new(),
                    messages: 0,
                    dropped: 0,
                });
            };
            let encoder = Encoder::new(plant, connection);
            for (group, described) in (0..).map(GroupId).zip(&plant.groups) {
                let signals: Vec<_> = encoder
                    .signals()
                    .filter(|signal| {
                        plant
                            .signal(*signal)
                            .and_then(|signal| plant.equipment(signal.equipment))
                            .is_some_and(|equipment| equipment.group == group)
                    })
                    .collect();
                if !signals.is_empty() {
                    add(
                        described.path.to_string(),
                        Dialect::Plain(encoder.clone()),
                        signals,
                    );
                }
            }
            for node in EdgeNode::of_connection(plant, connection) {
                let signals = node.signals().collect();
                add(node.name(), Dialect::Sparkplug(Box::new(node)), signals);
            }
        }
        (publishers, of_signal)
    }

    /// Takes a reading that it is to send, stamped with the time of sending.
    pub(super) fn take(&mut self, reading: Reading) {
        let Reading {
            signal,
            time,
            value,
            quality,
        } = reading;
        self.present.insert(signal.0, (time, value, quality));
        if self.is_up {
            self.pending.push((signal, time, value, quality));
        }
    }

    /// Keeps the session alive and sends what has come in. `is_cut`: which groups have no network.
    pub(super) fn step(&mut self, now: Timestamp, is_cut: impl Fn(GroupId) -> bool) {
        if self.groups.iter().any(|group| is_cut(*group)) {
            if self.link.take().is_some() {
                tracing::info!(gateway = %self.name, "the network drops");
                self.lose();
            }
            return;
        }
        if self.link.is_none() && self.retry_at.is_none_or(|at| at <= now) {
            self.open(now);
        }
        while let Some(event) = self.link.as_mut().and_then(Link::poll) {
            match event {
                LinkEvent::Up => {
                    self.is_up = true;
                    self.introduce(now);
                }
                LinkEvent::Command(payload) => {
                    if EdgeNode::is_rebirth(&payload) {
                        self.introduce(now);
                    }
                }
                LinkEvent::Down(error) => {
                    tracing::debug!(gateway = %self.name, error, "the emulator lost its broker");
                    self.link = None;
                    self.lose();
                    self.retry_at = Some(now + RETRY);
                }
            }
        }
        if self.is_up {
            self.flush(now);
        }
    }

    fn lose(&mut self) {
        self.is_up = false;
        self.pending.clear();
        self.sent.clear();
        self.retry_at = None;
    }

    fn open(&mut self, now: Timestamp) {
        let setup = match Setup::read(&self.connection, &self.url, self.client_id.clone()) {
            Ok(setup) => setup,
            Err(error) => {
                tracing::warn!(gateway = %self.name, %error, "the emulator cannot connect");
                self.retry_at = Some(now + RETRY);
                return;
            }
        };
        let (will, commands) = match &mut self.dialect {
            Dialect::Plain(_) => (None, None),
            Dialect::Sparkplug(node) => {
                let will = node.next_will(self.is_first, now);
                (Some((will.topic, will.payload)), Some(node.command_topic()))
            }
        };
        self.is_first = false;
        self.link = Some(Link::open(setup, will, commands));
    }

    fn publish(&mut self, topic: &str, payload: Vec<u8>, qos: QoS, is_retained: bool) {
        if let Some(link) = &mut self.link {
            link.publish(topic, payload, qos, is_retained);
            self.messages += 1;
            self.dropped += std::mem::take(&mut link.dropped);
        }
    }

    /// Sends everything there is to know: births, or the values that are sent by exception.
    fn introduce(&mut self, now: Timestamp) {
        self.pending.clear();
        let present = &self.present;
        match &mut self.dialect {
            Dialect::Sparkplug(node) => {
                let births = node.births(now, |signal| present.get(&signal.0).copied());
                self.sent = present
                    .iter()
                    .map(|(signal, (_, value, _))| (*signal, (now, *value)))
                    .collect();
                for birth in births {
                    self.publish(&birth.topic, birth.payload, QoS::AtMostOnce, false);
                }
            }
            Dialect::Plain(_) => {
                let known = present
                    .iter()
                    .filter(|(signal, _)| self.repeat.get(*signal).is_some_and(Option::is_none));
                self.pending = known
                    .map(|(signal, (time, value, quality))| {
                        (SignalId(*signal), *time, *value, *quality)
                    })
                    .collect();
                self.flush(now);
            }
        }
    }

    fn flush(&mut self, now: Timestamp) {
        if self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        let mut messages: Vec<(String, Vec<u8>, QoS, bool)> = Vec::new();
        match &mut self.dialect {
            Dialect::Plain(encoder) => encoder.encode(&pending, |message| {
                let qos = if message.is_retained {
                    QoS::AtLeastOnce
                } else {
                    QoS::AtMostOnce
                };
                messages.push((
                    message.topic.to_string(),
                    message.payload,
                    qos,
                    message.is_retained,
                ));
            }),
            Dialect::Sparkplug(node) => {
                // Report by exception: a value that is as before says nothing new.
                let (repeat, sent) = (&self.repeat, &mut self.sent);
                let news: Vec<_> = pending
                    .iter()
                    .filter(|(signal, time, value, _)| {
                        let is_known = sent.get(&signal.0).is_some_and(|(at, last)| {
                            let repeat = repeat.get(&signal.0).copied().flatten();
                            last.same(*value)
                                && repeat.is_none_or(|repeat| time.saturating_since(*at) < repeat)
                        });
                        if !is_known {
                            sent.insert(signal.0, (*time, *value));
                        }
                        !is_known
                    })
                    .map(|(signal, time, value, quality)| (*signal, (*time, *value, *quality)))
                    .collect();
                for message in node.data(now, &news) {
                    messages.push((message.topic, message.payload, QoS::AtMostOnce, false));
                }
            }
        }
        for (topic, payload, qos, is_retained) in messages {
            self.publish(&topic, payload, qos, is_retained);
        }
        self.pending = pending;
        self.pending.clear();
    }

    /// Says goodbye.
    pub(super) async fn close(mut self, now: Timestamp) {
        if self.is_up
            && let Dialect::Sparkplug(node) = &self.dialect
        {
            let death = node.death(now);
            self.publish(&death.topic, death.payload, QoS::AtLeastOnce, false);
        }
        if let Some(link) = self.link.take() {
            link.close().await;
        }
    }
}
