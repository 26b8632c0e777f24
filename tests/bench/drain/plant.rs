//! The plant behind the feed: a thousand signals on plain topics, or a thousand edge nodes of ten.

use std::sync::Arc;

use twinscape::model::connection::{
    Binding, Connection, MqttVersion, Payload, Rebirth, Session, SessionKind, SkewWindow,
    SparkplugMap, TimeFormat, Tls, TopicMap,
};
use twinscape::model::equipment::{GroupId, Level};
use twinscape::model::layout::Pose;
use twinscape::model::process::Process;
use twinscape::model::signal::{Reporting, SignalSpec};
use twinscape::model::{Equipment, EquipmentId, Group, Plant, SessionId, Signal, SignalId};

use crate::feed::{Kind, METRICS, TOPICS};

/// The plant of one kind of feed on one port.
pub fn plant(kind: Kind, port: u16) -> Plant {
    let mut plant = Plant::default();
    plant.groups.push(Group {
        id: "plant".into(),
        path: "".into(),
        name: "Plant".into(),
        level: Level::Site,
        parent: None,
        equipment: (0..TOPICS as u32).map(EquipmentId).collect(),
        children: Vec::new(),
    });
    plant.sessions.push(Session {
        connection: 0,
        kind: SessionKind::Connection,
        parent: None,
    });
    let (topics, sparkplug) = maps(kind);
    plant.connections.push(Connection {
        id: "feed".into(),
        url: format!("mqtt://127.0.0.1:{port}").into(),
        version: MqttVersion::V3_1_1,
        client_id: None,
        username: None,
        password: None,
        tls: Tls::default(),
        max_packet_bytes: 1 << 20,
        // The feed's clock stands still: its times are old and still believed.
        skew: SkewWindow {
            past: std::time::Duration::from_secs(100 * 365 * 24 * 3600),
            ..SkewWindow::default()
        },
        topics,
        sparkplug,
    });
    let names: Vec<String> = match kind {
        Kind::Sparkplug => (0..METRICS).map(|at| format!("m{at}")).collect(),
        Kind::Plain | Kind::Json => vec!["temp".to_owned()],
    };
    let specs: Vec<Arc<SignalSpec>> = names
        .iter()
        .map(|name| {
            Arc::new(SignalSpec {
                name: name.as_str().into(),
                reporting: Reporting::ByException,
                ..SignalSpec::default()
            })
        })
        .collect();
    for at in 0..TOPICS {
        machine(kind, at, &specs, &mut plant);
    }
    plant.index()
}

fn maps(kind: Kind) -> (Vec<TopicMap>, Vec<SparkplugMap>) {
    let topic = |payload| TopicMap {
        template: "plant/{line}/{equipment}/{signal}".into(),
        only: Vec::new(),
        payload,
        qos: 0,
    };
    match kind {
        Kind::Plain => (vec![topic(Payload::Bare)], Vec::new()),
        Kind::Json => {
            let json = Payload::Json {
                value: "/v".into(),
                time: Some("/t".into()),
                time_format: TimeFormat::EpochMillis,
                quality: Some("/q".into()),
            };
            (vec![topic(json)], Vec::new())
        }
        Kind::Sparkplug => {
            let map = SparkplugMap {
                group: "plant".into(),
                node: "{equipment}".into(),
                device: None,
                metric: "{signal}".into(),
                only: Vec::new(),
                rebirth: Rebirth::Never,
                host_id: None,
            };
            (Vec::new(), vec![map])
        }
    }
}

fn machine(kind: Kind, at: u64, specs: &[Arc<SignalSpec>], plant: &mut Plant) {
    let id: Arc<str> = match kind {
        Kind::Sparkplug => format!("edge{at}").into(),
        Kind::Plain | Kind::Json => format!("m{}", at % 100).into(),
    };
    let session = if kind == Kind::Sparkplug {
        plant.sessions.push(Session {
            connection: 0,
            kind: SessionKind::Node {
                group: "plant".into(),
                node: Arc::clone(&id),
            },
            parent: Some(SessionId(0)),
        });
        SessionId(plant.sessions.len() as u32 - 1)
    } else {
        SessionId(0)
    };
    let first = plant.signals.len() as u32;
    for spec in specs {
        let (topic, field): (String, Arc<str>) = match kind {
            Kind::Plain => (kind.topic(at), "".into()),
            Kind::Json => (kind.topic(at), "/v".into()),
            Kind::Sparkplug => (format!("spBv1.0/plant/+/{id}"), Arc::clone(&spec.name)),
        };
        plant.bindings.push(Binding {
            signal: SignalId(plant.signals.len() as u32),
            connection: 0,
            topic: topic.into(),
            field,
        });
        plant.signals.push(Signal {
            equipment: EquipmentId(at as u32),
            spec: Arc::clone(spec),
            session: Some(session),
        });
    }
    plant.equipment.push(Equipment {
        path: format!("line{}/{id}-{at}", at / 100).into(),
        name: Arc::clone(&id),
        id,
        kind: Arc::default(),
        group: GroupId(0),
        pose: Pose::default(),
        size: [1.0; 3],
        node: None,
        process: Process::default(),
        signals: first..plant.signals.len() as u32,
    });
}
