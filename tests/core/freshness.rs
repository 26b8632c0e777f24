//! Freshness at exact instants, and that a snapshot advanced step by step is the one that is filled
//! at once.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use twinscape::history::freshness::FreshnessRule;
use twinscape::history::in_memory_within;
use twinscape::ingest::Ingest;
use twinscape::model::signal::{Reporting, SignalRole};
use twinscape::model::{
    Cause, Freshness, Plant, Point, Quality, Sample, SessionId, SignalId, Snapshot, Text,
    Timestamp, Value,
};
use twinscape::source::batch::Batch;
use twinscape::state;
use twinscape::twin::{LiveBoard, Twin, ViewCursor};

use crate::ingest::{MACHINE, Rig, SITE};
use crate::plants::{
    CONNECTION, PlantBuilder, at, by_exception, flag, limited, real, state as state_spec,
};

fn snapshot(rig: &Rig, secs: f64) -> Snapshot {
    let twin = Twin::new(
        Arc::clone(&rig.plant),
        rig.reader.clone(),
        LiveBoard::default(),
    );
    let mut snapshot = Snapshot::new(&rig.plant);
    twin.advance(&mut snapshot, &mut ViewCursor::default(), at(secs));
    snapshot
}

#[test]
fn a_cyclic_value_is_stale_at_its_expiry_and_not_before() {
    let mut rig = Rig::machine(vec![real("x"), real("y")]);
    rig.send(0, 5.0, 1.0);
    let fresh = |secs| snapshot(&rig, secs).freshness;
    assert_eq!(fresh(4.999_999_999), [Freshness::NeverReceived; 2]);
    assert_eq!(fresh(5.0), [Freshness::Fresh, Freshness::NeverReceived]);
    assert_eq!(fresh(14.999_999_999)[0], Freshness::Fresh);
    assert_eq!(fresh(15.0)[0], Freshness::Stale);
    assert_eq!(
        snapshot(&rig, 15.0).values[0],
        Value::Float(1.0),
        "shown, as stale"
    );
    assert_eq!(snapshot(&rig, 15.0).usable(SignalId(0)), None);
}

#[test]
fn a_plain_connection_gates_only_what_is_reported_by_exception() {
    let mut rig = Rig::machine(vec![real("cyclic"), by_exception(real("event"))]);
    rig.alive(CONNECTION, true, 0.0);
    rig.send(0, 1.0, 1.0);
    rig.send(1, 1.0, 1.0);
    rig.alive(CONNECTION, false, 2.0);
    rig.alive(CONNECTION, true, 3.0);
    rig.send(1, 100.0, 1.0);
    let fresh = |secs| {
        let snapshot = snapshot(&rig, secs);
        [0, 1].map(|at| snapshot.freshness[at] == Freshness::Fresh)
    };
    assert_eq!(fresh(1.5), [true, true]);
    assert_eq!(fresh(2.0), [true, false]);
    assert_eq!(
        fresh(3.5),
        [true, false],
        "received in the connection's former life"
    );
    assert_eq!(fresh(99.0), [false, false]);
    assert_eq!(fresh(100_000.0), [false, true], "its session is alive");
}

#[test]
fn a_sparkplug_session_gates_all_its_signals() {
    let mut builder = PlantBuilder::new();
    let node = builder.session(CONNECTION);
    let device = builder.session(node);
    builder.equipment(
        "machine",
        SITE,
        device,
        vec![real("cyclic"), by_exception(real("event"))],
    );
    let mut rig = Rig::new(builder.build());
    rig.alive(CONNECTION, true, 0.0);
    rig.alive(node, true, 0.0);
    for birth in [1.0, 5.0] {
        rig.alive(device, true, birth);
        rig.send(0, birth, 1.0);
        rig.send(1, birth, 1.0);
    }
    rig.alive(node, false, 7.0);
    let fresh = |secs| {
        let snapshot = snapshot(&rig, secs);
        [0, 1].map(|at| snapshot.freshness[at] == Freshness::Fresh)
    };
    assert_eq!(fresh(4.9), [true, true]);
    assert_eq!(fresh(5.0), [true, true]);
    assert_eq!(fresh(6.9), [true, true]);
    assert_eq!(fresh(7.0), [false, false], "a node takes its devices along");
}

#[test]
fn a_retained_value_of_unknown_age_is_never_fresh() {
    let mut rig = Rig::machine(vec![real("cyclic"), by_exception(state_spec("state"))]);
    let unknown = Quality::Uncertain(Cause::UnknownAge);
    for (signal, value) in [(0, Value::Float(1.0)), (1, Value::Text(Text::new("RUN")))] {
        rig.sample(Sample {
            signal: SignalId(signal),
            source_time: None,
            receive_time: at(1.0),
            value,
            quality: unknown,
        });
    }
    let seen = snapshot(&rig, 1.0);
    assert_eq!(seen.freshness, [Freshness::Stale; 2]);
    assert_eq!(seen.qualities, [unknown; 2]);
    assert_eq!(
        rig.state(MACHINE, 1.0),
        twinscape::model::OperatingState::Unknown
    );
    let twin = Twin::new(
        Arc::clone(&rig.plant),
        rig.reader.clone(),
        LiveBoard::default(),
    );
    let json = serde_json::to_value(state::report(&twin, &seen, None)).unwrap();
    let signal = &json["equipment"][0]["signals"]["cyclic"];
    assert_eq!(signal["age_s"], serde_json::Value::Null);
    assert_eq!(signal["quality"], "uncertain");
    assert_eq!(signal["stale"], true);
}

#[test]
fn the_state_report_has_the_names_that_scripts_rely_on() {
    let serial = twinscape::model::signal::SignalSpec {
        value_type: twinscape::model::signal::ValueType::Integer,
        ..real("serial")
    };
    let mut rig = Rig::machine(vec![
        state_spec("state"),
        limited("temperature", 0.0, 0, 0),
        serial,
        real("silent"),
        real("odd"),
    ]);
    rig.send(0, 1.0, "RUN");
    rig.send(1, 1.0, 85.5);
    let big = (1_i64 << 53) + 1;
    rig.send(
        2,
        1.0,
        crate::ingest::Sent(Value::Integer(big), Quality::Good),
    );
    rig.send(4, 1.0, f64::NAN);
    let seen = snapshot(&rig, 3.5);
    let board = LiveBoard::default();
    board.set_alarms(rig.ingest.take_alarms().unwrap());
    let twin = Twin::new(Arc::clone(&rig.plant), rig.reader.clone(), board);
    let text = serde_json::to_string(&state::report(&twin, &seen, None)).unwrap();
    assert!(text.contains(&format!("\"value\":{big}")), "{text}");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["time"], at(3.5).to_string());
    assert_eq!(json["mode"], "live");
    assert!(json["sources"].is_array());
    let machine = &json["equipment"][0];
    assert_eq!(machine["id"], "machine");
    assert_eq!(machine["kind"], "kind");
    assert_eq!(machine["state"], "execute");
    assert_eq!(machine["health"], "out_of_specification");
    assert_eq!(machine["health_rule"], "high");
    assert_eq!(machine["health_signal"], "temperature");
    let temperature = &machine["signals"]["temperature"];
    assert_eq!(temperature["value"], 85.5);
    assert_eq!(temperature["time"], at(1.0).to_string());
    assert_eq!(temperature["quality"], "good");
    assert_eq!(temperature["age_s"], 2.5);
    assert_eq!(temperature["freshness"], "fresh");
    assert!(temperature["unit"].is_string());
    assert_eq!(machine["signals"]["odd"]["value"], serde_json::Value::Null);
    assert_eq!(machine["signals"]["odd"]["quality"], "bad");
    let silent = &machine["signals"]["silent"];
    assert_eq!(silent["freshness"], "never_received");
    assert!(silent["value"].is_null() && silent["quality"].is_null() && silent["time"].is_null());
    let alarms = json["alarms"].as_array().unwrap();
    assert!(alarms.iter().any(|alarm| alarm["signal"] == "temperature"));
}

/// Two machines over a plain connection, two over devices of a node.
fn floor() -> Arc<Plant> {
    let mut builder = PlantBuilder::new();
    let node = builder.session(CONNECTION);
    let devices = [builder.session(node), builder.session(node)];
    let sessions = [CONNECTION, CONNECTION, devices[0], devices[1]];
    for (number, session) in sessions.into_iter().enumerate() {
        builder.equipment(
            &format!("m{number}"),
            SITE,
            session,
            vec![
                state_spec("state"),
                limited("temperature", 2.0, 1, 2),
                by_exception(flag("fault", SignalRole::Fault)),
                by_exception(real("event")),
            ],
        );
    }
    builder.build()
}

#[derive(Clone, Debug)]
enum Step {
    Sample(u32, u8, Option<i64>, Quality),
    Alive(u32, bool),
    Look,
    LookBack(i64),
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let quality = prop_oneof![
        8 => Just(Quality::Good),
        1 => Just(Quality::Bad(Cause::Reported)),
        1 => Just(Quality::Uncertain(Cause::UnknownAge)),
    ];
    // Late by up to 20 s, ahead by up to 4 s, or without a time.
    let sample = (
        0_u32..16,
        any::<u8>(),
        proptest::option::of(-20_000_i64..4_000),
        quality,
    )
        .prop_map(|(signal, value, offset, quality)| Step::Sample(signal, value, offset, quality));
    let step = prop_oneof![
        10 => sample,
        2 => (0_u32..4, any::<bool>()).prop_map(|(session, is_alive)| Step::Alive(session, is_alive)),
        6 => Just(Step::Look),
        1 => (0_i64..30_000).prop_map(Step::LookBack),
    ];
    proptest::collection::vec((0_i64..3_000, step), 1..200)
}

/// Freshness as the rules say, from everything the history holds of a signal and its session.
fn naive_freshness(
    plant: &Plant,
    reader: &twinscape::history::HistoryReader,
    id: SignalId,
    t: Timestamp,
) -> Freshness {
    let all = |id: SignalId| {
        let mut points: Vec<Point> = Vec::new();
        reader.range(id, Timestamp::MIN..Timestamp::MAX, &mut points);
        points.retain(|point| point.time <= t);
        points
    };
    let Some(point) = all(id).pop() else {
        return Freshness::NeverReceived;
    };
    let signal = plant.signal(id).unwrap();
    let session = signal.session.unwrap();
    let is_sparkplug = session != CONNECTION;
    let birth = all(plant.session_signal(session))
        .pop()
        .filter(|last| last.value == Value::Boolean(true));
    let in_life = birth.is_some_and(|birth| point.receive_time >= birth.receive_time);
    let gate = is_sparkplug || signal.spec.reporting == Reporting::ByException;
    let is_old = match signal.spec.reporting {
        Reporting::Cyclic { stale_after } => t >= point.time + stale_after,
        Reporting::ByException => false,
    };
    if (gate && !in_life) || is_old || point.quality == Quality::Uncertain(Cause::UnknownAge) {
        Freshness::Stale
    } else {
        Freshness::Fresh
    }
}

fn assert_same(stepped: &Snapshot, filled: &Snapshot) {
    assert_eq!(stepped.time, filled.time);
    assert_eq!(stepped.values, filled.values);
    assert_eq!(stepped.qualities, filled.qualities);
    assert_eq!(stepped.times, filled.times);
    assert_eq!(stepped.receive_times, filled.receive_times);
    assert_eq!(stepped.freshness, filled.freshness);
    assert_eq!(stepped.states, filled.states);
    assert_eq!(stepped.state_since, filled.state_since);
    assert_eq!(stepped.health, filled.health);
    assert_eq!(stepped.health_since, filled.health_since);
}

/// What differs between two snapshots must be exactly what is listed.
fn assert_listed(before: &Snapshot, after: &Snapshot) {
    let signals: Vec<_> = (0..after.values.len())
        .filter(|&at| {
            !before.values[at].same(after.values[at])
                || before.qualities[at] != after.qualities[at]
                || before.times[at] != after.times[at]
                || before.receive_times[at] != after.receive_times[at]
                || before.freshness[at] != after.freshness[at]
        })
        .collect();
    let mut listed: Vec<_> = after.changed_signals.iter().map(|id| id.index()).collect();
    listed.sort_unstable();
    assert_eq!(listed, signals);
    let equipment: Vec<_> = (0..after.states.len())
        .filter(|&at| {
            (before.states[at], before.state_since[at]) != (after.states[at], after.state_since[at])
                || (before.health[at], before.health_since[at])
                    != (after.health[at], after.health_since[at])
        })
        .collect();
    let mut listed: Vec<_> = after
        .changed_equipment
        .iter()
        .map(|id| id.index())
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, equipment);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_advanced_step_by_step_is_the_one_filled_at_once(steps in steps()) {
        let plant = floor();
        let (writer, reader) = in_memory_within(&plant, 8 << 20);
        let mut ingest = Ingest::new(Arc::clone(&plant), writer);
        let twin = Twin::new(Arc::clone(&plant), reader.clone(), LiveBoard::default());
        let mut snapshot = Snapshot::new(&plant);
        let mut cursor = ViewCursor::default();
        let mut now = at(0.0);
        for (pause, step) in steps {
            now = now + Duration::from_millis(pause as u64);
            let mut batch = Batch::new(0, now);
            let mut look = None;
            match step {
                Step::Sample(signal, value, offset, quality) => batch.samples.push(Sample {
                    signal: SignalId(signal),
                    source_time: offset.map(|ms| Timestamp::from_nanos(now.as_nanos() + ms * 1_000_000)),
                    receive_time: now,
                    value: match signal % 4 {
                        0 => Value::Text(Text::new(["RUN", "WAIT", "HELD", "?"][usize::from(value % 4)])),
                        2 => Value::Boolean(value % 2 == 0),
                        _ => Value::Float(f64::from(value % 100)),
                    },
                    quality,
                }),
                Step::Alive(session, is_alive) => batch.liveness.push((SessionId(session), is_alive, now)),
                Step::Look => look = Some(now),
                Step::LookBack(ms) => look = Some(now - Duration::from_millis(ms as u64)),
            }
            ingest.ingest(&batch);
            ingest.tick(now);
            let Some(t) = look else {
                continue;
            };
            let before = snapshot.clone();
            twin.advance(&mut snapshot, &mut cursor, t);
            let mut filled = Snapshot::new(&plant);
            twin.advance(&mut filled, &mut ViewCursor::default(), t);
            assert_same(&snapshot, &filled);
            assert_listed(&before, &snapshot);
            for id in 0..plant.signals.len() {
                let id = SignalId(id as u32);
                prop_assert_eq!(snapshot.freshness[id.index()], naive_freshness(&plant, &reader, id, t));
                let last = reader.latest_at(id, t).map(|point| point.value);
                prop_assert_eq!(snapshot.values[id.index()], last.unwrap_or(Value::Null));
            }
        }
    }
}

#[test]
fn a_view_that_falls_behind_catches_up_whole() {
    let mut rig = Rig::machine(vec![real("x"), real("y")]);
    let twin = Twin::new(
        Arc::clone(&rig.plant),
        rig.reader.clone(),
        LiveBoard::default(),
    );
    let (mut snapshot, mut cursor) = (Snapshot::new(&rig.plant), ViewCursor::default());
    twin.advance(&mut snapshot, &mut cursor, at(0.0));
    rig.send(0, 1.0, 7.0);
    for number in 0..10_000 {
        rig.send(1, 2.0 + f64::from(number) / 1e4, f64::from(number));
    }
    twin.advance(&mut snapshot, &mut cursor, at(4.0));
    assert_eq!(snapshot.values, [Value::Float(7.0), Value::Float(9_999.0)]);
    twin.advance(&mut snapshot, &mut cursor, at(4.5));
    assert!(snapshot.changed_signals.is_empty());
    twin.advance(&mut snapshot, &mut cursor, at(11.0));
    assert_eq!(snapshot.changed_signals, [SignalId(0)], "it went stale");
}

#[test]
fn what_was_dropped_is_not_kept_rather_than_never_received() {
    let mut builder = PlantBuilder::new();
    builder.equipment("machine", SITE, CONNECTION, vec![real("x"), real("y")]);
    let plant = builder.build();
    let (mut writer, reader) = in_memory_within(&plant, 24 << 10);
    for number in 0..20_000 {
        let time = at(f64::from(number));
        let value = Value::Float(f64::from(number).sin());
        let quality = Quality::Good;
        writer.append(&[(
            SignalId(0),
            Point {
                time,
                receive_time: time,
                value,
                quality,
            },
        )]);
    }
    let twin = Twin::new(Arc::clone(&plant), reader, LiveBoard::default());
    let mut snapshot = Snapshot::new(&plant);
    twin.advance(&mut snapshot, &mut ViewCursor::default(), at(10.0));
    assert_eq!(
        snapshot.freshness,
        [Freshness::NotKept, Freshness::NeverReceived]
    );
}

#[test]
fn nobody_vouches_for_a_gated_signal_without_a_session() {
    let mut plant = Plant::clone(&Rig::machine(vec![by_exception(real("x"))]).plant);
    plant.signals[0].session = None;
    let rule = FreshnessRule::of(&plant, SignalId(0)).unwrap();
    let point = Point {
        time: at(0.0),
        receive_time: at(0.0),
        value: Value::Float(1.0),
        quality: Quality::Good,
    };
    assert_eq!(rule.judge(&point, None, at(0.0)), Freshness::Stale);
}
