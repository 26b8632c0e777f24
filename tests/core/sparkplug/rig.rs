//! A small plant, a decoder for it, and short words to send it messages.

use std::sync::Arc;

use prost::Message as _;
use twinscape::model::connection::{
    Binding, Connection, MqttVersion, Rebirth, Session, SessionKind, SkewWindow, SparkplugMap, Tls,
};
use twinscape::model::signal::{Reporting, SignalSpec, ValueType};
use twinscape::model::{
    EquipmentId, Plant, Sample, SessionId, Signal, SignalId, Text, Timestamp, Unit, Value,
};
use twinscape::source::sparkplug::proto::{DataType, Metric, Payload, metric};
use twinscape::source::sparkplug::{Decoder, Message, Request};
use twinscape::source::status::RejectCause;
use twinscape::source::{Intake, Pool, SourceStatus};

/// Signals: name of the metric, device it belongs to, unit.
pub const SIGNALS: [(&str, Option<&str>, &str); 6] = [
    ("load", None, "%"),
    ("mode", None, ""),
    ("speed", Some("cnc 1"), "rpm"),
    ("temperature", Some("cnc 1"), "°C"),
    ("speed", Some("cnc-2"), "rpm"),
    ("count", Some("cnc-2"), ""),
];

pub const LOAD: SignalId = SignalId(0);
pub const MODE: SignalId = SignalId(1);
pub const SPEED: SignalId = SignalId(2);
pub const TEMPERATURE: SignalId = SignalId(3);
pub const SPEED_2: SignalId = SignalId(4);
pub const COUNT: SignalId = SignalId(5);

pub const CONNECTION: SessionId = SessionId(0);
pub const NODE: SessionId = SessionId(1);
pub const DEVICE: SessionId = SessionId(2);
pub const DEVICE_2: SessionId = SessionId(3);

/// Topics of the plant's node, whose ids are as odd as MQTT allows.
pub const NBIRTH: &str = "spBv1.0/Werk Süd/NBIRTH/line.1 (α)";
pub const NDATA: &str = "spBv1.0/Werk Süd/NDATA/line.1 (α)";
pub const NDEATH: &str = "spBv1.0/Werk Süd/NDEATH/line.1 (α)";
pub const DBIRTH: &str = "spBv1.0/Werk Süd/DBIRTH/line.1 (α)/cnc 1";
pub const DDATA: &str = "spBv1.0/Werk Süd/DDATA/line.1 (α)/cnc 1";
pub const DDEATH: &str = "spBv1.0/Werk Süd/DDEATH/line.1 (α)/cnc 1";
pub const DBIRTH_2: &str = "spBv1.0/Werk Süd/DBIRTH/line.1 (α)/cnc-2";
pub const DDATA_2: &str = "spBv1.0/Werk Süd/DDATA/line.1 (α)/cnc-2";

/// A connection with this Sparkplug map and nothing else.
pub fn connection(map: SparkplugMap) -> Connection {
    Connection {
        id: "floor".into(),
        url: "mqtt://localhost".into(),
        version: MqttVersion::default(),
        client_id: None,
        username: None,
        password: None,
        tls: Tls::default(),
        max_packet_bytes: 1 << 20,
        skew: SkewWindow::default(),
        topics: Vec::new(),
        sparkplug: vec![map],
    }
}

/// The type that a signal of this name has in the scene; peers name metrics by their types.
fn type_of(name: &str) -> ValueType {
    match name {
        "mode" | "String" | "Text" | "UUID" => ValueType::Text,
        "Boolean" => ValueType::Boolean,
        "count" | "DateTime" => ValueType::Integer,
        name if name.contains("Int") => ValueType::Integer,
        _ => ValueType::Float,
    }
}

/// A signal that is reported by exception.
pub fn signal(name: &str, unit: &str, session: SessionId) -> Signal {
    let spec = SignalSpec {
        name: name.into(),
        unit: Unit::parse(unit).unwrap(),
        reporting: Reporting::ByException,
        value_type: type_of(name),
        ..SignalSpec::default()
    };
    Signal {
        equipment: EquipmentId(0),
        spec: Arc::new(spec),
        session: Some(session),
    }
}

pub fn plant(rebirth: Rebirth, host_id: Option<&str>) -> Plant {
    let (group, node): (Arc<str>, Arc<str>) = ("Werk Süd".into(), "line.1 (α)".into());
    let session = |kind, parent| Session {
        connection: 0,
        kind,
        parent,
    };
    let device = |device: &str| SessionKind::Device {
        group: Arc::clone(&group),
        node: Arc::clone(&node),
        device: device.into(),
    };
    let mut plant = Plant::default();
    plant.connections = vec![connection(SparkplugMap {
        group: "Werk {site}".into(),
        node: "{line} (α)".into(),
        device: None,
        metric: "{signal}".into(),
        only: Vec::new(),
        rebirth,
        host_id: host_id.map(Arc::from),
    })];
    plant.sessions = vec![
        session(SessionKind::Connection, None),
        session(
            SessionKind::Node {
                group: Arc::clone(&group),
                node: Arc::clone(&node),
            },
            Some(CONNECTION),
        ),
        session(device("cnc 1"), Some(NODE)),
        session(device("cnc-2"), Some(NODE)),
    ];
    for ((name, device, unit), id) in SIGNALS.into_iter().zip(0..) {
        let (session, topic) = match device {
            None => (NODE, "spBv1.0/Werk Süd/+/line.1 (α)".to_owned()),
            Some("cnc 1") => (DEVICE, "spBv1.0/Werk Süd/+/line.1 (α)/cnc 1".to_owned()),
            Some(_) => (DEVICE_2, "spBv1.0/Werk Süd/+/line.1 (α)/cnc-2".to_owned()),
        };
        plant.signals.push(signal(name, unit, session));
        plant.bindings.push(Binding {
            signal: SignalId(id),
            connection: 0,
            topic: topic.into(),
            field: name.into(),
        });
    }
    plant.index()
}

/// Milliseconds at which the plant's day begins; times in tests count from here.
pub const START_MS: u64 = 1_772_360_100_000;

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START_MS as i64 + millis)
}

/// A metric as a birth has it.
pub fn born(name: &str, alias: u64, datatype: DataType, value: Value) -> Metric {
    Metric {
        name: Some(name.into()),
        alias: Some(alias),
        datatype: Some(datatype as u32),
        is_null: (value == Value::Null).then_some(true),
        value: metric::Value::new(datatype, value),
        ..Metric::default()
    }
}

/// A metric as data have it: alias and value only.
pub fn data(alias: u64, value: metric::Value) -> Metric {
    Metric {
        alias: Some(alias),
        value: Some(value),
        ..Metric::default()
    }
}

pub fn double(value: f64) -> metric::Value {
    metric::Value::Double(value)
}

pub fn text(value: &str) -> Value {
    Value::Text(Text::new(value))
}

pub fn bd_seq(number: u64) -> Metric {
    Metric {
        name: Some("bdSeq".into()),
        datatype: Some(DataType::Int64 as u32),
        value: Some(metric::Value::Long(number)),
        ..Metric::default()
    }
}

/// A decoder at work; every message is received a millisecond after the one before.
pub struct Rig {
    pub decoder: Decoder,
    pub intake: Intake,
    pub requests: Vec<Request>,
    pub millis: i64,
    pub seq: u64,
}

impl Rig {
    pub fn new() -> Self {
        Self::of(&plant(Rebirth::Never, None))
    }

    /// The node is born, then its first device with these metrics.
    pub fn with_device(metrics: Vec<Metric>) -> Self {
        let mut rig = Self::new();
        rig.node_birth(0);
        rig.send(DBIRTH, metrics);
        rig
    }

    pub fn asking() -> Self {
        Self::of(&plant(Rebirth::OnGap, None))
    }

    pub fn of(plant: &Plant) -> Self {
        Self {
            decoder: Decoder::new(plant, 0),
            intake: Intake::new(plant, 0, Pool::new()),
            requests: Vec::new(),
            millis: 0,
            seq: 0,
        }
    }

    pub fn now(&self) -> Timestamp {
        at(self.millis)
    }

    pub fn bytes(&mut self, topic: &str, payload: &[u8], retained: bool) {
        self.millis += 1;
        let message = Message {
            topic: topic.as_bytes(),
            payload,
            retained,
            receive_time: self.now(),
        };
        self.decoder
            .message(&message, &mut self.intake, &mut self.requests);
    }

    /// Sends a message with the next sequence number, sent at its receipt.
    pub fn send(&mut self, topic: &str, metrics: Vec<Metric>) {
        let seq = self.seq;
        self.seq = (seq + 1) % 256;
        self.payload(topic, Some(seq), metrics);
    }

    pub fn payload(&mut self, topic: &str, seq: Option<u64>, metrics: Vec<Metric>) {
        let payload = Payload {
            timestamp: Some(START_MS + self.millis as u64 + 1),
            metrics,
            seq,
            ..Payload::default()
        };
        self.bytes(topic, &payload.encode_to_vec(), false);
    }

    /// The node's birth: `load` has alias 1, `mode` alias 2.
    pub fn node_birth(&mut self, number: u64) {
        self.seq = 0;
        let metrics = vec![
            bd_seq(number),
            born("load", 1, DataType::Double, Value::Float(10.0)),
            born("mode", 2, DataType::String, text("auto")),
        ];
        self.send(NBIRTH, metrics);
    }

    /// The birth of `cnc 1`: `speed` has alias 3, `temperature` alias 4.
    pub fn device_birth(&mut self) {
        let metrics = vec![
            born("speed", 3, DataType::Int32, Value::Integer(1000)),
            born("temperature", 4, DataType::Float, Value::Float(20.5)),
        ];
        self.send(DBIRTH, metrics);
    }

    /// The birth of `cnc-2`: `speed` has alias 5, `count` alias 6.
    pub fn device_2_birth(&mut self) {
        let metrics = vec![
            born("speed", 5, DataType::Int32, Value::Integer(2000)),
            born("count", 6, DataType::UInt64, Value::Integer(7)),
        ];
        self.send(DBIRTH_2, metrics);
    }

    /// Node and both devices are born, and what came of it is forgotten.
    pub fn all_born() -> Self {
        let mut rig = Self::new();
        rig.births();
        rig
    }

    pub fn births(&mut self) {
        self.node_birth(0);
        self.device_birth();
        self.device_2_birth();
        self.samples();
    }

    pub fn death(&mut self, number: u64) {
        self.payload(NDEATH, None, vec![bd_seq(number)]);
    }

    /// The samples since the last call.
    pub fn samples(&mut self) -> Vec<Sample> {
        self.taken().0
    }

    /// Signal and value of the samples since the last call.
    pub fn values(&mut self) -> Vec<(SignalId, Value)> {
        let samples = self.samples().into_iter();
        samples
            .map(|sample| (sample.signal, sample.value))
            .collect()
    }

    /// The lives begun and ended since the last call.
    pub fn lives(&mut self) -> Vec<(SessionId, bool, Timestamp)> {
        self.taken().1
    }

    fn taken(&mut self) -> (Vec<Sample>, Vec<(SessionId, bool, Timestamp)>) {
        let now = self.now();
        let mut batch = self.intake.take(now);
        (
            std::mem::take(&mut batch.samples),
            std::mem::take(&mut batch.liveness),
        )
    }

    pub fn status(&self) -> SourceStatus {
        let mut status = SourceStatus::default();
        self.intake.tally().publish(&mut status);
        status
    }

    /// How often something was rejected, by cause.
    pub fn rejects(&self) -> Vec<(RejectCause, u64)> {
        let status = self.status();
        let rejects = status.rejects.iter();
        rejects.map(|reject| (reject.cause, reject.count)).collect()
    }

    pub fn detail(&self, cause: RejectCause) -> String {
        let status = self.status();
        let mut rejects = status.rejects.iter();
        rejects
            .find(|reject| reject.cause == cause)
            .map(|reject| reject.last_detail.to_string())
            .unwrap_or_default()
    }
}
