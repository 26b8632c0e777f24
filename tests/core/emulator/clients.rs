//! What the emulator publishes, as clients that are not ours hear it over real brokers.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use prost::Message;
use twinscape::source::sparkplug::proto::{DataType, Metric, Payload, metric};

use super::*;
use crate::broker::{self, Broker};
use crate::driver::skip;
use crate::running::Running;

type Messages = std::sync::mpsc::Receiver<(String, Vec<u8>)>;

/// `mosquitto_sub` on everything: topic and payload of each message.
fn subscriber(port: u16) -> Option<(Running, Messages)> {
    let mut child = Command::new("mosquitto_sub")
        .args(["-p", &port.to_string(), "-t", "#", "-F", "%t %x"])
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let lines = BufReader::new(child.stdout.take().unwrap());
    let (send, receive) = std::sync::mpsc::sync_channel(200_000);
    std::thread::Builder::new()
        .name("subscriber".into())
        .spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let (topic, hex) = line.rsplit_once(' ').unwrap();
                let bytes = (0..hex.len() / 2)
                    .map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap())
                    .collect();
                if send.send((topic.to_owned(), bytes)).is_err() {
                    return;
                }
            }
        })
        .unwrap();
    Some((Running(child), receive))
}

/// Messages until one fits, that one last; gives up after a minute.
fn until(
    messages: &std::sync::mpsc::Receiver<(String, Vec<u8>)>,
    what: &str,
    mut fits: impl FnMut(&str, &[u8]) -> bool,
) -> Vec<(String, Vec<u8>)> {
    let mut seen = Vec::new();
    for _ in 0..200_000 {
        let Ok((topic, payload)) = messages.recv_timeout(Duration::from_secs(60)) else {
            panic!("nothing more comes while waiting for {what}");
        };
        let is_it = fits(&topic, &payload);
        seen.push((topic, payload));
        if is_it {
            return seen;
        }
    }
    panic!("{what} never came");
}

#[test]
fn clients_of_others_hear_births_before_data_wills_on_a_drop_and_births_on_request() {
    if !broker::is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::open();
    let port = broker.port();
    let Some((_subscriber, messages)) = subscriber(port) else {
        return skip("no mosquitto_sub here");
    };
    std::thread::sleep(Duration::from_millis(500));
    let options = Options {
        broker_url: Some(format!("mqtt://127.0.0.1:{port}")),
        ..Options::default()
    };
    let emulator = emulator::start(Arc::clone(&PLANT), options).unwrap_or_else(|e| panic!("{e}"));

    // Births first, then data, in an unbroken sequence.
    let node = "spBv1.0/gearbox/NBIRTH/finishing";
    let mut data = 0;
    let seen = until(&messages, "data of a node", |topic, _| {
        data += usize::from(topic.contains("/DDATA/finishing/"));
        data >= 200
    });
    let of_node: Vec<_> = seen
        .iter()
        .filter(|(topic, _)| topic.starts_with("spBv1.0/") && topic.contains("/finishing"))
        .collect();
    assert_eq!(of_node[0].0, node);
    let mut born = BTreeMap::new();
    let mut next = 0;
    for (topic, payload) in &of_node {
        let payload = Payload::decode(&**payload).unwrap();
        assert_eq!(payload.seq, Some(next), "{topic}");
        next = (next + 1) % 256;
        let device = topic.rsplit('/').next().unwrap().to_owned();
        for metric in payload.metrics {
            if topic.contains("BIRTH") {
                assert!(metric.datatype.is_some());
                born.insert((device.clone(), metric.alias), metric.name.clone());
            } else {
                assert!(metric.name.is_none(), "births gave an alias");
                assert!(
                    born.contains_key(&(device.clone(), metric.alias)),
                    "{topic}"
                );
                assert!(metric.timestamp.is_some());
            }
        }
    }
    let of_device = |name: &str| born.keys().filter(|(device, _)| device == name).count();
    let described = PLANT
        .equipment(PLANT.find("finishing/test-1").unwrap())
        .unwrap();
    assert_eq!(of_device("test-1"), described.signal_ids().len());

    // Plain JSON with value, time and quality; axes of robots in one message.
    let seen = until(&messages, "a lathe's speed", |topic, _| {
        topic == "gearbox/machining/line1/lathe-1/bearing_temperature"
    });
    let json: serde_json::Value = serde_json::from_slice(&seen.last().unwrap().1).unwrap();
    assert!(
        json["v"].is_f64() && json["t"].is_i64() && json["q"] == 192,
        "{json}"
    );
    let seen = until(&messages, "a robot's axes", |topic, _| {
        topic == "gearbox/machining/line1/robot-11/motion"
    });
    let json: serde_json::Value = serde_json::from_slice(&seen.last().unwrap().1).unwrap();
    assert_eq!(json["axes"].as_object().unwrap().len(), 6, "{json}");

    // A host may ask for a birth.
    let request = Payload {
        metrics: vec![Metric {
            name: Some("Node Control/Rebirth".into()),
            datatype: Some(DataType::Boolean as u32),
            value: Some(metric::Value::Boolean(true)),
            ..Metric::default()
        }],
        ..Payload::default()
    };
    let file = folder.path().join("rebirth");
    std::fs::write(&file, request.encode_to_vec()).unwrap();
    let sent = Command::new("mosquitto_pub")
        .args([
            "-p",
            &port.to_string(),
            "-t",
            "spBv1.0/gearbox/NCMD/finishing",
            "-f",
        ])
        .arg(&file)
        .status()
        .unwrap();
    assert!(sent.success());
    let seen = until(&messages, "a second birth", |topic, _| topic == node);
    let birth = Payload::decode(&*seen.last().unwrap().1).unwrap();
    let sequence = |payload: &Payload| {
        let metric = payload
            .metrics
            .iter()
            .find(|m| m.name.as_deref() == Some("bdSeq"))
            .unwrap();
        metric.value.clone()
    };
    let first = sequence(&birth);

    // A network that drops says nothing more: the broker publishes the will, of that birth.
    assert!(emulator.trigger("network-drop"));
    let seen = until(&messages, "the will", |topic, _| {
        topic == "spBv1.0/gearbox/NDEATH/finishing"
    });
    let will = Payload::decode(&*seen.last().unwrap().1).unwrap();
    assert_eq!(sequence(&will), first);
    assert_eq!(will.seq, None);
    assert!(
        seen.iter()
            .any(|(topic, _)| topic.starts_with("gearbox/machining/line1/"))
    );

    // Those who come late find what is sent by exception retained.
    let Some((_late, late)) = subscriber(port) else {
        return;
    };
    until(&late, "a retained state", |topic, _| {
        topic == "gearbox/machining/line2/lathe-2/state"
    });
    let counts = emulator.counts();
    assert!(counts.messages > 500 && counts.dropped == 0, "{counts:?}");

    // An orderly end says goodbye for every node.
    emulator.shutdown();
    let mut dead = BTreeSet::new();
    until(&messages, "the death of the assembly", |topic, _| {
        if topic.contains("/NDEATH/") {
            dead.insert(topic.to_owned());
        }
        dead.len() >= 3
    });
}

#[test]
fn the_embedded_broker_carries_the_plant_and_ends_when_told() {
    let broker = emulator::broker::start().unwrap_or_else(|error| panic!("{error}"));
    let url = broker.url();
    assert!(url.starts_with("mqtt://127.0.0.1:"), "{url}");
    let options = Options {
        broker_url: Some(url.clone()),
        ..Options::default()
    };
    let emulator = emulator::start(Arc::clone(&PLANT), options).unwrap_or_else(|e| panic!("{e}"));
    for _ in 0..600 {
        if emulator.counts().messages > 1000 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let counts = emulator.counts();
    assert!(counts.messages > 1000 && counts.dropped == 0, "{counts:?}");
    emulator.shutdown();
    drop(broker);
    let address = url.trim_start_matches("mqtt://").to_owned();
    assert!(
        std::net::TcpStream::connect(&address).is_err(),
        "{address} still listens"
    );
}
