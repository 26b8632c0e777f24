//! Independent implementations publish random, lawful metrics through a real mosquitto; every value
//! they say they sent must come out of the sources, exactly and in order.
//!
//! Needs mosquitto and its clients, and in the folder that `TWINSCAPE_PEERS` names (default:
//! `twinscape/peers` in the user's cache) a Python environment `venv` with pysparkplug and
//! `node_modules` with sparkplug-client. What is missing is skipped, aloud.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use prost::Message as _;
use serde::Deserialize;
use twinscape::model::connection::{Binding, Rebirth, Session, SessionKind, SparkplugMap};
use twinscape::model::{Cause, Plant, Quality, SessionId, SignalId, Text, Timestamp, Value};
use twinscape::source::sparkplug::proto::{DataType, Metric, Payload};
use twinscape::source::status::{Link, RejectCause};

use super::rig::{bd_seq, born, connection, data, double, signal};
use crate::broker::{Broker, find, is_installed};
use crate::source::listener::Listener;

const CONNECTION: SessionId = SessionId(0);
const NODE: SessionId = SessionId(1);
const DEVICE: SessionId = SessionId(2);

const METRICS: [&str; 14] = [
    "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float", "Double",
    "Boolean", "String", "Text", "UUID",
];
const DEVICES: [&str; 2] = ["", "dev"];
const ROUNDS: u32 = 300;

/// What a peer says that it sent.
#[derive(Debug, Deserialize)]
struct Sent {
    device: String,
    metric: String,
    time: i64,
    value: serde_json::Value,
}

impl Sent {
    fn value(&self) -> Value {
        match (&self.value, self.metric.as_str()) {
            (serde_json::Value::Null, _) => Value::Null,
            (serde_json::Value::Bool(value), _) => Value::Boolean(*value),
            (serde_json::Value::Number(number), "Float" | "Double") => {
                Value::Float(number.as_f64().unwrap())
            }
            (serde_json::Value::String(text), metric) if metric.contains("Int") => {
                match text.parse() {
                    Ok(number) => Value::Integer(number),
                    Err(_) => Value::Unsigned(text.parse().unwrap()),
                }
            }
            (serde_json::Value::String(text), _) => Value::Text(Text::new(text)),
            (other, metric) => panic!("{metric} {other}"),
        }
    }
}

fn plant(node: &str, url: &str, rebirth: Rebirth) -> Plant {
    let node_session = SessionKind::Node {
        group: "peers".into(),
        node: node.into(),
    };
    let device_session = SessionKind::Device {
        group: "peers".into(),
        node: node.into(),
        device: "dev".into(),
    };
    let session = |kind, parent| Session {
        connection: 0,
        kind,
        parent,
    };
    let mut plant = Plant::default();
    plant.connections = vec![connection(SparkplugMap {
        group: "peers".into(),
        node: node.into(),
        device: None,
        metric: "{signal}".into(),
        only: Vec::new(),
        rebirth,
        host_id: None,
    })];
    plant.connections[0].url = url.into();
    plant.sessions = vec![
        session(SessionKind::Connection, None),
        session(node_session, Some(CONNECTION)),
        session(device_session, Some(NODE)),
    ];
    for (device, id) in DEVICES.into_iter().zip(1..) {
        for metric in METRICS {
            let topic = match device {
                "" => format!("spBv1.0/peers/+/{node}"),
                device => format!("spBv1.0/peers/+/{node}/{device}"),
            };
            plant.bindings.push(Binding {
                signal: SignalId(plant.signals.len() as u32),
                connection: 0,
                topic: topic.into(),
                field: metric.into(),
            });
            plant.signals.push(signal(metric, "", SessionId(id)));
        }
    }
    plant.index()
}

fn signal_of(sent: &Sent) -> SignalId {
    let device = DEVICES.iter().position(|device| *device == sent.device);
    let metric = METRICS.iter().position(|metric| *metric == sent.metric);
    SignalId((device.unwrap() * METRICS.len() + metric.unwrap()) as u32)
}

#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn skip(why: &str) {
    eprintln!("SKIPPED: {why}");
}

fn peers() -> PathBuf {
    if let Some(folder) = std::env::var_os("TWINSCAPE_PEERS") {
        return folder.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    cache.or(home).unwrap_or_default().join("twinscape/peers")
}

/// A child process that does not outlive its test.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/peers")
        .join(name)
}

/// How to run pysparkplug, if it is here.
fn python() -> Option<Command> {
    let python = peers().join("venv/bin/python");
    let has_package = Command::new(&python)
        .args(["-c", "import pysparkplug"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_package {
        skip(&format!("no pysparkplug for {}", python.display()));
        return None;
    }
    let mut command = Command::new(python);
    command.arg(script("sparkplug_node.py"));
    is_installed().then_some(command)
}

/// How to run sparkplug-client, if it is here.
fn javascript() -> Option<Command> {
    let package = peers().join("node_modules/sparkplug-client");
    let Some(node) = find("node").filter(|_| package.is_dir()) else {
        skip(&format!("no node, or no {}", package.display()));
        return None;
    };
    let mut command = Command::new(node);
    command
        .env("TWINSCAPE_PEERS", peers())
        .arg(script("sparkplug_node.mjs"));
    is_installed().then_some(command)
}

fn arguments(command: &mut Command, broker: &Broker, seed: u32) {
    command.args([
        broker.port().to_string(),
        seed.to_string(),
        ROUNDS.to_string(),
    ]);
}

/// Lets a peer publish, and compares what it says with what arrives.
fn compare(node: &str, seed: u32, mut command: Command) {
    let broker = Broker::open();
    let mut listener = Listener::connected(plant(node, &broker.url(), Rebirth::Never));
    arguments(&mut command, &broker, seed);
    let peer = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&peer.stderr);
    assert!(peer.status.success(), "{complaint}");
    listener.until("the node is dead", |it| is_dead(it, NODE));
    let sent: Vec<Sent> = String::from_utf8(peer.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(listener.samples.len(), sent.len());
    // A peer prints a metric when it makes it: by device, this is the order of sending.
    for device in DEVICES {
        let ours = listener
            .samples
            .iter()
            .filter(|sample| DEVICES[sample.signal.index() / METRICS.len()] == device);
        let theirs = sent.iter().filter(|sent| sent.device == device);
        for (ours, theirs) in ours.zip(theirs) {
            assert_eq!(ours.signal, signal_of(theirs), "{theirs:?}");
            let (value, expected) = (ours.value, theirs.value());
            assert!(value.same(expected), "{value} for {theirs:?}");
            assert_eq!(ours.source_time, Some(Timestamp::from_millis(theirs.time)));
            let expected = match value {
                Value::Null => Quality::Bad(Cause::NoValue),
                _ => Quality::Good,
            };
            assert_eq!(ours.quality, expected, "{theirs:?}");
        }
    }
    let status = listener.status();
    assert_eq!(status.rejects, [], "everything they sent was lawful");
    assert_eq!(status.unmapped, []);
    let mut lives: Vec<_> = listener
        .liveness
        .iter()
        .map(|(session, is_alive, _)| (*session, *is_alive))
        .collect();
    lives.sort_unstable();
    assert_eq!(
        lives,
        [
            (CONNECTION, true),
            (NODE, false),
            (NODE, true),
            (DEVICE, false),
            (DEVICE, true)
        ]
    );
}

fn is_dead(listener: &Listener, session: SessionId) -> bool {
    let mut lives = listener.liveness.iter().rev();
    lives
        .find(|(id, ..)| *id == session)
        .is_some_and(|(_, is_alive, _)| !is_alive)
}

#[test]
fn what_pysparkplug_publishes_arrives_exactly() {
    for seed in [1, 2] {
        if let Some(command) = python() {
            compare("py", seed, command);
        }
    }
}

#[test]
fn what_sparkplug_client_publishes_arrives_exactly() {
    for seed in [1, 2] {
        if let Some(command) = javascript() {
            compare("js", seed, command);
        }
    }
}

/// payloads-ndeath-will-message
#[test]
fn the_will_of_a_killed_node_ends_its_life_and_its_devices() {
    for (node, command) in [("py", python()), ("js", javascript())] {
        let Some(mut command) = command else {
            continue;
        };
        let broker = Broker::open();
        let mut listener = Listener::connected(plant(node, &broker.url(), Rebirth::Never));
        arguments(&mut command, &broker, 3);
        let command = command.arg("linger").stdout(Stdio::null());
        let peer = Owned(command.spawn().unwrap());
        listener.samples(5 * METRICS.len());
        assert!(!is_dead(&listener, NODE) && !is_dead(&listener, DEVICE));
        drop(peer);
        listener.until("both are dead", |it| {
            is_dead(it, NODE) && is_dead(it, DEVICE)
        });
        assert!(listener.reject(RejectCause::StaleDeath).is_none());
    }
}

/// operational-behavior-data-commands-rebirth-action-1 to -3, seen from the host
#[test]
fn a_node_whose_birth_was_missed_is_asked_for_it_and_answers() {
    let Some(mut command) = javascript() else {
        return;
    };
    let broker = Broker::open();
    arguments(&mut command, &broker, 3);
    let mut command = command;
    let mut peer = Owned(
        command
            .arg("linger")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    // It has sent its births, and a round, when it has written of them.
    let mut output = BufReader::new(peer.0.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..2 * METRICS.len() + 1 {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0);
    }
    let mut listener = Listener::connected(plant("js", &broker.url(), Rebirth::OnGap));
    let drain = std::thread::Builder::new()
        .name("drain".into())
        .spawn(move || {
            let _ = std::io::copy(&mut output, &mut std::io::sink());
        });
    listener.until("everything is known", |it| {
        (0..2 * METRICS.len() as u32).all(|id| !it.values(SignalId(id)).is_empty())
    });
    listener.rejects(RejectCause::DataBeforeBirth, 1);
    assert!(!is_dead(&listener, NODE) && !is_dead(&listener, DEVICE));
    drop(peer);
    drain.unwrap().join().unwrap();
}

/// Our own node, so that it can go on through the loss of the connection.
struct Scripted<'a> {
    broker: &'a Broker,
    seq: u64,
}

impl Scripted<'_> {
    fn send(&mut self, kind: &str, metrics: Vec<Metric>) {
        let payload = Payload {
            metrics,
            seq: Some(self.seq),
            ..Payload::default()
        };
        self.seq = (self.seq + 1) % 256;
        let file = self.broker.folder().join("payload");
        std::fs::write(&file, payload.encode_to_vec()).unwrap();
        let topic = format!("spBv1.0/peers/{kind}/own");
        let status = Command::new(find("mosquitto_pub").unwrap())
            .args([
                "-p",
                &self.broker.port().to_string(),
                "-q",
                "1",
                "-t",
                &topic,
                "-f",
            ])
            .arg(file)
            .status();
        assert!(status.unwrap().success());
    }

    fn birth(&mut self) {
        self.seq = 0;
        let double = born("Double", 1, DataType::Double, Value::Float(1.0));
        self.send("NBIRTH", vec![bd_seq(0), double]);
    }
}

#[test]
fn a_node_goes_on_when_the_broker_comes_back() {
    if !is_installed() {
        return;
    }
    let mut broker = Broker::open();
    let mut listener = Listener::connected(plant("own", &broker.url(), Rebirth::Never));
    let mut node = Scripted {
        broker: &broker,
        seq: 0,
    };
    node.birth();
    listener.samples(1);
    let mut seq = node.seq;
    // The first time nothing is missed, the second time something is.
    for expected in [Quality::Good, Quality::Uncertain(Cause::BirthMissed)] {
        broker.kill();
        listener.until("the node is dead", |it| is_dead(it, NODE));
        broker.start();
        listener.until("connected again", |it| it.status().link == Link::Connected);
        let before = listener.samples.len();
        let mut node = Scripted {
            broker: &broker,
            seq,
        };
        node.send("NDATA", vec![data(1, double(2.0))]);
        let sample = listener.samples(before + 1)[before];
        assert_eq!(sample.quality, expected);
        assert!(!is_dead(&listener, NODE));
        seq = node.seq + 7;
    }
}
