//! A small plant: two machines with four signals each, bound as a test asks.

use std::sync::Arc;

use twinscape::model::connection::{
    Binding, Connection, MqttVersion, Payload, Session, SessionKind, SkewWindow, TimeFormat, Tls,
    TopicMap,
};
use twinscape::model::equipment::{GroupId, Level};
use twinscape::model::kind::EquipmentKind;
use twinscape::model::layout::Pose;
use twinscape::model::process::Process;
use twinscape::model::signal::{SignalSpec, ValueType};
use twinscape::model::{Equipment, EquipmentId, Group, Plant, SessionId, Signal, SignalId};

/// The four signals of each machine.
pub const SIGNALS: [(&str, ValueType); 4] = [
    ("temperature", ValueType::Float),
    ("count", ValueType::Integer),
    ("running", ValueType::Boolean),
    ("state", ValueType::Text),
];

/// Two machines, `m1` and `m2`, in the group `hall/line1`; nothing bound yet.
pub fn machines() -> Plant {
    let kind = Arc::new(EquipmentKind::default());
    let mut plant = Plant::default();
    plant.id = "test".into();
    plant.groups.push(Group {
        id: "hall".into(),
        path: "hall/line1".into(),
        name: "Line 1".into(),
        level: Level::Line,
        parent: None,
        equipment: vec![EquipmentId(0), EquipmentId(1)],
        children: Vec::new(),
    });
    for (machine, id) in [(0, "m1"), (1, "m2")] {
        let first = plant.signals.len() as u32;
        for (name, value_type) in SIGNALS {
            plant.signals.push(Signal {
                equipment: EquipmentId(machine),
                spec: Arc::new(SignalSpec {
                    name: name.into(),
                    value_type,
                    ..SignalSpec::default()
                }),
                session: Some(SessionId(0)),
            });
        }
        plant.equipment.push(Equipment {
            id: id.into(),
            path: format!("hall/line1/{id}").into(),
            name: id.into(),
            kind: Arc::clone(&kind),
            group: GroupId(0),
            pose: Pose::default(),
            size: [1.0; 3],
            node: None,
            process: Process::default(),
            signals: first..plant.signals.len() as u32,
        });
    }
    plant.sessions.push(Session {
        connection: 0,
        kind: SessionKind::Connection,
        parent: None,
    });
    plant
}

/// The signal `name` of `machine`.
pub fn signal(plant: &Plant, machine: &str, name: &str) -> SignalId {
    let equipment = plant.find(machine).unwrap();
    plant.signal_named(equipment, name).unwrap()
}

/// A connection to `url` without topics.
pub fn connection(url: &str) -> Connection {
    Connection {
        id: "test".into(),
        url: url.into(),
        version: MqttVersion::V3_1_1,
        client_id: None,
        username: None,
        password: None,
        tls: Tls::default(),
        max_packet_bytes: 64 << 10,
        skew: SkewWindow::default(),
        topics: Vec::new(),
        sparkplug: Vec::new(),
    }
}

/// Bare values on `plant/{equipment}/{signal}`.
pub fn bare() -> TopicMap {
    TopicMap {
        template: "plant/{equipment}/{signal}".into(),
        only: Vec::new(),
        payload: Payload::Bare,
        qos: 0,
    }
}

/// JSON on `template`, value at `value`, time at `/t`, quality at `/q`.
pub fn json(template: &str, value: &str) -> TopicMap {
    TopicMap {
        template: template.into(),
        only: Vec::new(),
        payload: Payload::Json {
            value: value.into(),
            time: Some("/t".into()),
            time_format: TimeFormat::Auto,
            quality: Some("/q".into()),
        },
        qos: 1,
    }
}

/// The plant with every signal bound to `map` over `connection`.
pub fn bound(mut connection: Connection, map: TopicMap) -> Plant {
    let mut plant = machines();
    let field = match &map.payload {
        Payload::Bare => "",
        Payload::Json { value, .. } => value,
    };
    for (at, signal) in plant.signals.iter().enumerate() {
        let machine = &plant.equipment[signal.equipment.index()].id;
        let fill = |template: &str| {
            template
                .replace("{equipment}", machine)
                .replace("{signal}", &signal.spec.name)
                .into()
        };
        plant.bindings.push(Binding {
            signal: SignalId(at as u32),
            connection: 0,
            topic: fill(&map.template),
            field: fill(field),
        });
    }
    connection.topics.push(map);
    plant.connections.push(connection);
    plant.index()
}
