//! Small plants for tests, built in code.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use twinscape::model::connection::{
    Connection, MqttVersion, Session, SessionKind, SkewWindow, Tls,
};
use twinscape::model::equipment::Level;
use twinscape::model::kind::EquipmentKind;
use twinscape::model::layout::Pose;
use twinscape::model::process::Process;
use twinscape::model::signal::{Limits, Reporting, SignalRole, SignalSpec, ValueType};
use twinscape::model::{
    Equipment, EquipmentId, Group, GroupId, OperatingState, Plant, SessionId, Signal, Timestamp,
};

/// Builds a plant of one connection; equipment without a line of its own stands in the site.
pub struct PlantBuilder {
    plant: Plant,
}

/// The connection's session.
pub const CONNECTION: SessionId = SessionId(0);

impl PlantBuilder {
    pub fn new() -> Self {
        let connection = Connection {
            id: "floor".into(),
            url: "mqtt://localhost:1".into(),
            version: MqttVersion::default(),
            client_id: None,
            username: None,
            password: None,
            tls: Tls::default(),
            max_packet_bytes: 1 << 18,
            skew: SkewWindow::default(),
            topics: Vec::new(),
            sparkplug: Vec::new(),
        };
        let mut plant = Plant::default();
        plant.id = "test".into();
        plant.name = "Test".into();
        plant.connections = vec![connection];
        plant.sessions = vec![Session {
            connection: 0,
            kind: SessionKind::Connection,
            parent: None,
        }];
        let mut builder = Self { plant };
        builder.line("", None);
        builder
    }

    /// Adds a line (the first call adds the site).
    pub fn line(&mut self, id: &str, parent: Option<GroupId>) -> GroupId {
        self.plant.groups.push(Group {
            id: id.into(),
            path: id.into(),
            name: id.into(),
            level: if parent.is_some() {
                Level::Line
            } else {
                Level::Site
            },
            parent,
            equipment: Vec::new(),
            children: Vec::new(),
        });
        GroupId(self.plant.groups.len() as u32 - 1)
    }

    /// Adds a Sparkplug node, or a device of one.
    pub fn session(&mut self, parent: SessionId) -> SessionId {
        let is_node = parent == CONNECTION;
        self.plant.sessions.push(Session {
            connection: 0,
            kind: if is_node {
                SessionKind::Node {
                    group: "g".into(),
                    node: "n".into(),
                }
            } else {
                SessionKind::Device {
                    group: "g".into(),
                    node: "n".into(),
                    device: "d".into(),
                }
            },
            parent: Some(parent),
        });
        SessionId(self.plant.sessions.len() as u32 - 1)
    }

    /// Adds an equipment with these signals, which come over `session`.
    pub fn equipment(
        &mut self,
        id: &str,
        group: GroupId,
        session: SessionId,
        specs: Vec<SignalSpec>,
    ) -> EquipmentId {
        let number = EquipmentId(self.plant.equipment.len() as u32);
        let from = self.plant.signals.len() as u32;
        let specs: Vec<_> = specs.into_iter().map(Arc::new).collect();
        for spec in &specs {
            self.plant.signals.push(Signal {
                equipment: number,
                spec: Arc::clone(spec),
                session: Some(session),
            });
        }
        self.plant.groups[group.0 as usize].equipment.push(number);
        self.plant.equipment.push(Equipment {
            id: id.into(),
            path: id.into(),
            name: id.into(),
            kind: Arc::new(EquipmentKind {
                id: "kind".into(),
                signals: specs,
                ..EquipmentKind::default()
            }),
            group,
            pose: Pose::default(),
            size: [1.0; 3],
            node: None,
            process: Process::None,
            signals: from..self.plant.signals.len() as u32,
        });
        number
    }

    pub fn build(self) -> Arc<Plant> {
        Arc::new(self.plant.index())
    }
}

/// A measured real number, stale after ten seconds.
pub fn real(name: &str) -> SignalSpec {
    SignalSpec {
        name: name.into(),
        ..SignalSpec::default()
    }
}

/// A real number with limits LL 0, L 10, H 80, HH 90.
pub fn limited(name: &str, deadband: f64, on_delay: u64, off_delay: u64) -> SignalSpec {
    SignalSpec {
        limits: Some(Limits {
            low_low: Some(0.0),
            low: Some(10.0),
            high: Some(80.0),
            high_high: Some(90.0),
            deadband,
            on_delay: Duration::from_secs(on_delay),
            off_delay: Duration::from_secs(off_delay),
            ..Limits::default()
        }),
        ..real(name)
    }
}

/// A truth value of this role.
pub fn flag(name: &str, role: SignalRole) -> SignalSpec {
    SignalSpec {
        role,
        value_type: ValueType::Boolean,
        ..real(name)
    }
}

/// A state signal: RUN, WAIT, and the words of the states.
pub fn state(name: &str) -> SignalSpec {
    SignalSpec {
        role: SignalRole::State,
        value_type: ValueType::Text,
        states: BTreeMap::from([
            ("RUN".into(), OperatingState::Execute),
            ("WAIT".into(), OperatingState::Starved),
        ]),
        ..real(name)
    }
}

/// The same, reported by exception.
pub fn by_exception(spec: SignalSpec) -> SignalSpec {
    SignalSpec {
        reporting: Reporting::ByException,
        ..spec
    }
}

/// Seconds after an instant in 2026.
pub fn at(secs: f64) -> Timestamp {
    Timestamp::from_nanos(1_772_360_100_000_000_000 + (secs * 1e9).round() as i64)
}
