//! The ingest: time axis, types, operating state, sessions.

mod batches;
mod thread;

use std::sync::Arc;
use std::time::Duration;

use twinscape::history::{HistoryReader, in_memory};
use twinscape::ingest::Ingest;
use twinscape::model::alarm::{Event, EventKind};
use twinscape::model::signal::{SignalRole, SignalSpec, ValueType};
use twinscape::model::{
    Cause, EquipmentId, GroupId, HealthStatus, OperatingState, Plant, Point, Quality, Sample,
    SessionId, SignalId, Text, Timestamp, Value,
};
use twinscape::source::batch::{Batch, Pool};
use twinscape::source::intake::Intake;

use crate::plants::{CONNECTION, PlantBuilder, at, by_exception, flag, limited, real, state};

pub const MACHINE: EquipmentId = EquipmentId(0);
pub const SITE: GroupId = GroupId(0);

/// An ingest with its history, driven by hand.
pub struct Rig {
    pub plant: Arc<Plant>,
    pub ingest: Ingest,
    pub reader: HistoryReader,
}

impl Rig {
    pub fn new(plant: Arc<Plant>) -> Self {
        let (writer, reader) = in_memory(&plant);
        Self {
            ingest: Ingest::new(Arc::clone(&plant), writer),
            plant,
            reader,
        }
    }

    /// One machine over a plain connection that is alive from second −1000.
    pub fn machine(specs: Vec<SignalSpec>) -> Self {
        let mut builder = PlantBuilder::new();
        builder.equipment("machine", SITE, CONNECTION, specs);
        let mut rig = Self::new(builder.build());
        rig.alive(CONNECTION, true, -1000.0);
        rig
    }

    pub fn alive(&mut self, session: SessionId, is_alive: bool, secs: f64) {
        let mut batch = Batch::new(0, at(secs));
        batch.liveness.push((session, is_alive, at(secs)));
        self.ingest.ingest(&batch);
    }

    /// A value without a source time, received at this second.
    pub fn send(&mut self, signal: u32, secs: f64, value: impl Into<Sent>) {
        let Sent(value, quality) = value.into();
        self.sample(Sample {
            signal: SignalId(signal),
            source_time: None,
            receive_time: at(secs),
            value,
            quality,
        });
    }

    pub fn sample(&mut self, sample: Sample) {
        let mut batch = Batch::new(0, sample.receive_time);
        batch.samples.push(sample);
        self.ingest.ingest(&batch);
    }

    pub fn point(&self, signal: u32, secs: f64) -> Point {
        self.reader.latest_at(SignalId(signal), at(secs)).unwrap()
    }

    pub fn state(&self, equipment: EquipmentId, secs: f64) -> OperatingState {
        let id = self.plant.state_signal(equipment);
        let point = self.reader.latest_at(id, at(secs));
        point.map_or(OperatingState::Unknown, |point| {
            OperatingState::from_value(point.value)
        })
    }

    pub fn health(&self, equipment: EquipmentId, secs: f64) -> HealthStatus {
        let id = self.plant.health_signal(equipment);
        let point = self.reader.latest_at(id, at(secs));
        point.map_or(HealthStatus::default(), |point| {
            HealthStatus::from_value(point.value)
        })
    }

    pub fn events(&self) -> Vec<Event> {
        self.reader.events(Timestamp::MIN..Timestamp::MAX)
    }
}

/// A value, Good unless said otherwise.
pub struct Sent(pub Value, pub Quality);

impl From<f64> for Sent {
    fn from(value: f64) -> Self {
        Self(Value::Float(value), Quality::Good)
    }
}

impl From<bool> for Sent {
    fn from(value: bool) -> Self {
        Self(Value::Boolean(value), Quality::Good)
    }
}

impl From<&str> for Sent {
    fn from(value: &str) -> Self {
        Self(Value::Text(Text::new(value)), Quality::Good)
    }
}

impl From<Quality> for Sent {
    fn from(quality: Quality) -> Self {
        Self(Value::Float(1.0), quality)
    }
}

#[test]
fn source_time_counts_inside_the_skew_window_only() {
    let mut rig = Rig::machine(vec![real("x")]);
    let week = 7.0 * 24.0 * 3600.0;
    let received = 1_000_000.0;
    let cases = [
        (received + 5.0, received + 5.0, Quality::Good),
        (
            received + 5.001,
            received,
            Quality::Uncertain(Cause::ClockSkew),
        ),
        (received - week, received - week, Quality::Good),
        (
            received - week - 0.001,
            received,
            Quality::Uncertain(Cause::ClockSkew),
        ),
        (received - 3.0, received - 3.0, Quality::Good),
    ];
    for (source, effective, quality) in cases {
        rig.sample(Sample {
            signal: SignalId(0),
            source_time: Some(at(source)),
            receive_time: at(received),
            value: Value::Float(source),
            quality: Quality::Good,
        });
        let point = rig.point(0, effective);
        assert_eq!(
            (point.time, point.quality),
            (at(effective), quality),
            "{source}"
        );
        assert_eq!(point.value, Value::Float(source));
        assert_eq!(point.receive_time, at(received));
    }
    assert_eq!(rig.ingest.stats().skewed, 2);
    // A worse quality of the source stays.
    rig.sample(Sample {
        signal: SignalId(0),
        source_time: Some(Timestamp::MAX),
        receive_time: at(received + 1.0),
        value: Value::Float(0.0),
        quality: Quality::Bad(Cause::SensorFault),
    });
    assert_eq!(
        rig.point(0, received + 1.0).quality,
        Quality::Bad(Cause::SensorFault)
    );
}

#[test]
fn a_value_is_converted_exactly_or_bad() {
    use Value::{Boolean, Float, Integer, Null, Unsigned};
    let text = Value::Text(Text::new("12"));
    let wrong = Quality::Bad(Cause::WrongType);
    let big = (1_i64 << 53) + 1;
    let cases = [
        (ValueType::Float, Integer(3), Float(3.0), Quality::Good),
        (ValueType::Float, Integer(big), Integer(big), wrong),
        (
            ValueType::Float,
            Unsigned(1 << 63),
            Float(9_223_372_036_854_775_808.0),
            Quality::Good,
        ),
        (ValueType::Float, Boolean(true), Boolean(true), wrong),
        (ValueType::Float, text, text, wrong),
        (ValueType::Float, Null, Null, Quality::Bad(Cause::NoValue)),
        (
            ValueType::Float,
            Float(f64::INFINITY),
            Float(f64::INFINITY),
            Quality::Bad(Cause::NotFinite),
        ),
        (
            ValueType::Integer,
            Integer(big),
            Integer(big),
            Quality::Good,
        ),
        (
            ValueType::Integer,
            Unsigned(u64::MAX),
            Unsigned(u64::MAX),
            Quality::Good,
        ),
        (ValueType::Integer, Float(7.0), Integer(7), Quality::Good),
        (ValueType::Integer, Float(7.5), Float(7.5), wrong),
        (ValueType::Integer, Float(1e30), Float(1e30), wrong),
        (ValueType::Boolean, Integer(1), Boolean(true), Quality::Good),
        (
            ValueType::Boolean,
            Float(0.0),
            Boolean(false),
            Quality::Good,
        ),
        (ValueType::Boolean, Integer(2), Integer(2), wrong),
        (ValueType::Text, text, text, Quality::Good),
        (ValueType::Text, Integer(1), Integer(1), wrong),
    ];
    for (value_type, sent, kept, quality) in cases {
        let mut rig = Rig::machine(vec![SignalSpec {
            value_type,
            ..real("x")
        }]);
        rig.send(0, 0.0, Sent(sent, Quality::Good));
        let point = rig.point(0, 0.0);
        assert_eq!(
            (point.value, point.quality),
            (kept, quality),
            "{value_type:?} {sent:?}"
        );
    }
    let mut rig = Rig::machine(vec![real("x")]);
    rig.send(0, 0.0, f64::NAN);
    assert_eq!(rig.point(0, 0.0).quality, Quality::Bad(Cause::NotFinite));
    rig.send(7, 0.0, 1.0);
    assert_eq!(
        (rig.ingest.stats().samples, rig.ingest.stats().strangers),
        (1, 1)
    );
}

#[test]
fn the_operating_state_follows_the_state_signal_through_its_table() {
    let mut rig = Rig::machine(vec![state("state"), real("x")]);
    assert_eq!(rig.state(MACHINE, 0.0), OperatingState::Unknown);
    for (secs, word, wanted) in [
        (1.0, "run", OperatingState::Execute),
        (2.0, "WAIT", OperatingState::Starved),
        (3.0, "Blocked", OperatingState::Blocked),
        (4.0, "dancing", OperatingState::Unknown),
        (5.0, "RUN", OperatingState::Execute),
    ] {
        rig.send(0, secs, word);
        assert_eq!(rig.state(MACHINE, secs), wanted, "{word}");
    }
    assert_eq!(
        rig.point(0, 4.0).quality,
        Quality::Uncertain(Cause::UnknownState)
    );
    assert_eq!(rig.point(0, 4.0).value, Value::Text(Text::new("dancing")));
    assert_eq!(rig.state(MACHINE, 1.999), OperatingState::Execute);
    // Stale at the very instant, whenever it is found out.
    rig.ingest.tick(at(100.0));
    assert_eq!(rig.state(MACHINE, 14.999_999_999), OperatingState::Execute);
    assert_eq!(rig.state(MACHINE, 15.0), OperatingState::Unknown);
    rig.send(0, 101.0, Sent(Value::Null, Quality::Good));
    assert_eq!(rig.state(MACHINE, 101.0), OperatingState::Unknown);
}

#[test]
fn without_a_state_signal_movement_tells_operation() {
    let produced = SignalSpec {
        role: SignalRole::Produced,
        value_type: ValueType::Integer,
        ..by_exception(real("produced"))
    };
    let mut rig = Rig::machine(vec![produced, flag("fault", SignalRole::Fault)]);
    let count = |parts| Sent(Value::Integer(parts), Quality::Good);
    rig.send(0, 0.0, count(5));
    assert_eq!(rig.state(MACHINE, 0.0), OperatingState::Unknown);
    rig.send(0, 30.0, count(6));
    assert_eq!(rig.state(MACHINE, 30.0), OperatingState::Execute);
    rig.ingest.tick(at(35.0));
    rig.send(0, 36.0, count(7));
    rig.send(0, 37.0, count(7));
    // The last step took 6 s: twice that is 12 s.
    rig.ingest.tick(at(60.0));
    assert_eq!(rig.state(MACHINE, 47.9), OperatingState::Execute);
    assert_eq!(rig.state(MACHINE, 48.0), OperatingState::Unknown);
    rig.send(1, 61.0, true);
    assert_eq!(rig.state(MACHINE, 61.0), OperatingState::Held);
}

#[test]
fn a_late_state_revises_the_past_up_to_the_next_one() {
    let mut rig = Rig::machine(vec![SignalSpec {
        reporting: twinscape::model::signal::Reporting::ByException,
        ..state("state")
    }]);
    let told = |secs: f64, received: f64, word: &str| Sample {
        signal: SignalId(0),
        source_time: Some(at(secs)),
        receive_time: at(received),
        value: Value::Text(Text::new(word)),
        quality: Quality::Good,
    };
    rig.sample(told(0.0, 0.0, "RUN"));
    rig.sample(told(10.0, 10.0, "RUN"));
    rig.sample(told(20.0, 20.0, "WAIT"));
    rig.sample(told(5.0, 21.0, "BLOCKED"));
    rig.sample(told(12.0, 22.0, "HELD"));
    let states: Vec<_> = [0.0, 4.9, 5.0, 9.9, 10.0, 11.9, 12.0, 19.9, 20.0, 30.0]
        .map(|secs| rig.state(MACHINE, secs))
        .into();
    use OperatingState::{Blocked, Execute, Held, Starved};
    assert_eq!(
        states,
        [
            Execute, Execute, Blocked, Blocked, Execute, Execute, Held, Held, Starved, Starved
        ]
    );
    assert_eq!(rig.ingest.stats().late, 2);
}

#[test]
fn a_death_silences_what_depends_on_it_and_a_birth_begins_a_new_life() {
    let mut builder = PlantBuilder::new();
    let node = builder.session(CONNECTION);
    let device = builder.session(node);
    builder.equipment("machine", SITE, device, vec![by_exception(state("state"))]);
    let mut rig = Rig::new(builder.build());
    let alive = |rig: &Rig, session, secs| {
        let point = rig
            .reader
            .latest_at(rig.plant.session_signal(session), at(secs));
        point.is_some_and(|point| point.value == Value::Boolean(true))
    };
    rig.alive(CONNECTION, true, 0.0);
    rig.alive(node, true, 1.0);
    rig.send(0, 1.5, "RUN");
    assert_eq!(
        rig.state(MACHINE, 1.5),
        OperatingState::Unknown,
        "before its birth"
    );
    let mut birth = Batch::new(0, at(2.1));
    birth.liveness.push((device, true, at(2.0)));
    birth.samples.push(Sample {
        signal: SignalId(0),
        source_time: Some(at(1.9)),
        receive_time: at(2.0),
        value: Value::Text(Text::new("RUN")),
        quality: Quality::Good,
    });
    rig.ingest.ingest(&birth);
    assert_eq!(rig.state(MACHINE, 2.0), OperatingState::Execute);
    // A new birth of the node: the device waits for its own.
    rig.alive(node, true, 3.0);
    assert!(alive(&rig, node, 3.0) && !alive(&rig, device, 3.0));
    assert_eq!(rig.state(MACHINE, 2.999), OperatingState::Execute);
    assert_eq!(rig.state(MACHINE, 3.0), OperatingState::Unknown);
    rig.alive(device, true, 4.0);
    assert_eq!(
        rig.state(MACHINE, 4.0),
        OperatingState::Unknown,
        "a value of its former life"
    );
    rig.send(0, 4.5, "WAIT");
    assert_eq!(rig.state(MACHINE, 4.5), OperatingState::Starved);
    rig.alive(CONNECTION, false, 5.0);
    assert!(!alive(&rig, CONNECTION, 5.0) && !alive(&rig, node, 5.0) && !alive(&rig, device, 5.0));
    assert_eq!(rig.state(MACHINE, 5.0), OperatingState::Unknown);
    rig.alive(CONNECTION, true, 6.0);
    assert!(alive(&rig, CONNECTION, 6.0) && !alive(&rig, node, 6.0));
    assert!(
        rig.ingest.take_alarms().is_none(),
        "one lost session is no flood of alarms"
    );
}

#[test]
fn losses_and_notes_become_events() {
    let mut rig = Rig::machine(vec![real("x")]);
    let mut batch = Batch::new(0, at(3.0));
    batch.lost = 17;
    batch.lost_since = Some(at(1.0));
    batch.notes.push((at(2.0), "connected".into()));
    rig.ingest.ingest(&batch);
    rig.ingest.clock_jump(at(4.0), -5);
    let kinds: Vec<_> = rig
        .events()
        .into_iter()
        .map(|event| (event.time, event.kind))
        .collect();
    let gap = EventKind::Gap {
        connection: 0,
        from: at(1.0),
        samples: 17,
    };
    let note = EventKind::Source {
        connection: 0,
        message: "connected".into(),
    };
    assert_eq!(
        kinds,
        [
            (at(1.0), gap),
            (at(2.0), note),
            (at(4.0), EventKind::ClockJump { nanos: -5 })
        ]
    );
    assert_eq!(rig.ingest.stats().lost, 17);
}

fn floor() -> Arc<Plant> {
    let mut builder = PlantBuilder::new();
    let line = builder.line("line", Some(SITE));
    let node = builder.session(CONNECTION);
    for (id, session) in [("a", CONNECTION), ("b", node)] {
        builder.equipment(
            id,
            line,
            session,
            vec![
                state("state"),
                limited("temperature", 5.0, 3, 2),
                flag("fault", SignalRole::Fault),
                by_exception(flag("check", SignalRole::Check)),
            ],
        );
    }
    builder.build()
}

#[test]
fn what_a_birth_repeats_is_no_duplicate_and_makes_the_value_fresh_again() {
    let plant = floor();
    let node = SessionId(1);
    let mut intake = Intake::new(&plant, 0, Pool::new());
    let check = SignalId(7);
    let hear = |intake: &mut Intake, secs: f64| {
        intake.sample(
            "topic",
            Sample {
                signal: check,
                source_time: Some(at(1.0)),
                receive_time: at(secs),
                value: Value::Boolean(true),
                quality: Quality::Good,
            },
        );
    };
    intake.liveness(node, true, at(2.0));
    hear(&mut intake, 2.0);
    hear(&mut intake, 3.0);
    intake.liveness(node, true, at(4.0));
    hear(&mut intake, 4.0);
    let batch = intake.take(at(5.0));
    let received: Vec<_> = batch
        .samples
        .iter()
        .map(|sample| sample.receive_time)
        .collect();
    assert_eq!(received, [at(2.0), at(4.0)]);
    let mut rig = Rig::new(plant);
    rig.ingest.ingest(&batch);
    let health = rig.health(EquipmentId(1), 5.0);
    assert_eq!(health.health, twinscape::model::Health::FunctionCheck);
}
