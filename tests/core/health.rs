//! Limits with deadband and delays, NE 107 health and its precedence, alarms.

use std::time::Duration;

use proptest::prelude::*;
use twinscape::ingest::{ALARMS_SHOWN, LimitWatch};
use twinscape::model::alarm::{Alarm, AlarmCondition, EventKind};
use twinscape::model::health::HealthRule;
use twinscape::model::signal::{Limits, Priority, SignalRole, SignalSpec};
use twinscape::model::{Cause, EquipmentId, Health, Quality, SignalId};

use crate::ingest::{MACHINE, Rig, SITE};
use crate::plants::{CONNECTION, PlantBuilder, at, by_exception, flag, limited, real, state};

fn high(deadband: f64, on: u64, off: u64) -> LimitWatch {
    LimitWatch::new(&Limits {
        high: Some(80.0),
        deadband,
        on_delay: Duration::from_secs(on),
        off_delay: Duration::from_secs(off),
        ..Limits::default()
    })
    .unwrap()
}

/// The seconds at which H was passed and left, when these values came at these seconds.
fn transitions(mut watch: LimitWatch, values: &[(i32, f64)], end: i32) -> Vec<(i32, bool)> {
    let mut out = Vec::new();
    for &(secs, value) in values {
        let time = at(f64::from(secs));
        while watch.due() <= time {
            watch.settle(watch.due(), &mut out);
        }
        let [low, high] = watch.calm();
        if !(value >= low && value <= high) {
            watch.value(value, time, &mut out);
        }
    }
    while watch.due() <= at(f64::from(end)) {
        watch.settle(watch.due(), &mut out);
    }
    out.iter()
        .map(|each| (each.at.secs_since(at(0.0)).round() as i32, each.is_active))
        .collect()
}

#[test]
fn a_limit_has_deadband_and_delays() {
    // Strictly above counts; the deadband must be left entirely.
    assert_eq!(
        transitions(high(0.0, 0, 0), &[(0, 80.0), (1, 80.1), (2, 80.0)], 9),
        [(1, true), (2, false)]
    );
    assert_eq!(
        transitions(
            high(2.0, 0, 0),
            &[(0, 81.0), (1, 79.0), (2, 78.1), (3, 78.0), (4, 79.9)],
            9
        ),
        [(0, true), (3, false)]
    );
    // The on-delay ends between samples, and a moment back restarts it.
    assert_eq!(
        transitions(high(0.0, 3, 0), &[(0, 90.0), (2, 70.0), (4, 90.0)], 99),
        [(7, true)]
    );
    assert_eq!(
        transitions(high(0.0, 3, 0), &[(0, 90.0), (3, 70.0)], 99),
        [(3, true), (3, false)]
    );
    // The off-delay too.
    assert_eq!(
        transitions(
            high(1.0, 0, 5),
            &[(0, 90.0), (1, 70.0), (4, 79.5), (6, 70.0)],
            99
        ),
        [(0, true), (11, false)]
    );
    assert_eq!(
        transitions(high(1.0, 0, 5), &[(0, 90.0), (1, 70.0)], 5),
        [(0, true)]
    );
}

/// Second by second, as one would do it on paper.
fn by_hand(deadband: i32, on: i32, off: i32, values: &[(i32, i32)], end: i32) -> Vec<(i32, bool)> {
    let (mut value, mut active, mut since) = (None::<i32>, false, None::<i32>);
    let mut out = Vec::new();
    for second in 0..=end {
        let mut settle = |active: &mut bool, since: &mut Option<i32>| {
            let delay = if *active { off } else { on };
            if since.is_some_and(|since| second - since >= delay) {
                *active = !*active;
                *since = None;
                out.push((second, *active));
            }
        };
        settle(&mut active, &mut since);
        for (_, new) in values.iter().filter(|(at, _)| *at == second) {
            value = Some(*new);
            let wants = if active {
                *new <= 80 - deadband
            } else {
                *new > 80
            };
            since = if wants { since.or(Some(second)) } else { None };
            settle(&mut active, &mut since);
        }
    }
    assert!(value.is_some() || values.is_empty());
    out
}

proptest! {
    #[test]
    fn limits_do_what_one_finds_by_hand(
        deadband in 0_i32..4, on in 0_i32..6, off in 0_i32..6,
        steps in proptest::collection::vec((1_i32..5, 74_i32..85), 1..40))
    {
        let mut second = 0;
        let values: Vec<_> = steps
            .iter()
            .map(|(step, value)| {
                second += step;
                (second, *value)
            })
            .collect();
        let floats: Vec<_> = values.iter().map(|(at, value)| (*at, f64::from(*value))).collect();
        let watch = high(f64::from(deadband), on as u64, off as u64);
        prop_assert_eq!(
            transitions(watch, &floats, second + 20),
            by_hand(deadband, on, off, &values, second + 20)
        );
    }
}

#[test]
fn health_is_the_worst_that_is_said_and_names_its_reason() {
    let wear = SignalSpec {
        role: SignalRole::Wear,
        limits: Some(Limits {
            high: Some(0.8),
            ..Limits::default()
        }),
        ..real("wear")
    };
    let mut rig = Rig::machine(vec![
        limited("temperature", 0.0, 0, 0),
        flag("fault", SignalRole::Fault),
        flag("check", SignalRole::Check),
        wear,
        by_exception(real("quiet")),
    ]);
    let told = |rig: &Rig, secs| {
        let status = rig.health(MACHINE, secs);
        (status.health, status.rule, status.signal.map(|id| id.0))
    };
    assert_eq!(told(&rig, 0.0), (Health::Unknown, HealthRule::None, None));
    rig.send(4, 0.5, 1.0);
    rig.send(3, 1.0, 0.5);
    assert_eq!(told(&rig, 1.0), (Health::Good, HealthRule::None, None));
    rig.send(3, 2.0, 0.81);
    assert_eq!(
        told(&rig, 2.0),
        (Health::MaintenanceRequired, HealthRule::Wear, Some(3))
    );
    rig.send(0, 3.0, 85.0);
    assert_eq!(
        told(&rig, 3.0),
        (Health::OutOfSpecification, HealthRule::High, Some(0))
    );
    rig.send(2, 4.0, true);
    assert_eq!(
        told(&rig, 4.0),
        (Health::FunctionCheck, HealthRule::Check, Some(2))
    );
    rig.send(0, 5.0, -1.0);
    assert_eq!(
        told(&rig, 5.0),
        (Health::Failure, HealthRule::LowLow, Some(0))
    );
    rig.send(0, 6.0, 5.0);
    rig.send(1, 6.0, true);
    assert_eq!(
        told(&rig, 6.0),
        (Health::Failure, HealthRule::Fault, Some(1))
    );
    rig.send(1, 7.0, false);
    rig.send(2, 7.0, false);
    assert_eq!(
        told(&rig, 7.0),
        (Health::OutOfSpecification, HealthRule::Low, Some(0))
    );
    rig.send(0, 8.0, 95.0);
    assert_eq!(
        told(&rig, 8.0),
        (Health::Failure, HealthRule::HighHigh, Some(0))
    );
    // What goes silent while abnormal is never Good: nobody knows.
    rig.send(3, 9.0, 0.1);
    rig.ingest.tick(at(18.0));
    assert_eq!(told(&rig, 17.9).0, Health::Failure);
    assert_eq!(
        told(&rig, 18.0),
        (Health::Unknown, HealthRule::Silent, Some(0))
    );
    // A bad value is not used: what it said before is void, its alarm speaks.
    rig.send(0, 19.0, 95.0);
    rig.send(0, 20.0, Quality::Bad(Cause::SensorFault));
    assert_eq!(told(&rig, 20.0), (Health::Good, HealthRule::None, None));
    // Nothing fresh at all.
    rig.alive(CONNECTION, false, 40.0);
    assert_eq!(
        told(&rig, 40.0),
        (Health::Unknown, HealthRule::Silent, None)
    );
}

fn list(rig: &mut Rig) -> Vec<Alarm> {
    rig.ingest
        .take_alarms()
        .map_or(Vec::new(), |list| list.to_vec())
}

#[test]
fn an_alarm_is_raised_cleared_and_counted() {
    let mut rig = Rig::machine(vec![limited("temperature", 1.0, 0, 0)]);
    for (secs, value) in [
        (0.0, 50.0),
        (1.0, 85.0),
        (2.0, 70.0),
        (3.0, 86.0),
        (4.0, 92.0),
    ] {
        rig.send(0, secs, value);
    }
    let alarms = list(&mut rig);
    let seen: Vec<_> = alarms
        .iter()
        .map(|alarm| {
            (
                alarm.number,
                alarm.condition,
                alarm.count,
                alarm.cleared,
                alarm.limit,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (2, AlarmCondition::HighHigh, 1, None, Some(90.0)),
            (1, AlarmCondition::High, 2, None, Some(80.0)),
        ]
    );
    assert_eq!(alarms[1].raised, at(3.0));
    assert!(rig.ingest.take_alarms().is_none(), "nothing changed since");
    rig.send(0, 5.0, 79.0);
    assert!(
        list(&mut rig)
            .iter()
            .all(|alarm| alarm.cleared == Some(at(5.0)))
    );
    let raised = rig
        .events()
        .iter()
        .filter(|event| matches!(event.kind, EventKind::AlarmRaised(_)))
        .count();
    let cleared = rig
        .events()
        .iter()
        .filter(|event| matches!(event.kind, EventKind::AlarmCleared(_)))
        .count();
    assert_eq!((raised, cleared), (3, 3));
}

#[test]
fn the_first_out_of_each_line_is_marked() {
    let mut builder = PlantBuilder::new();
    let lines = [builder.line("1", Some(SITE)), builder.line("2", Some(SITE))];
    for (number, line) in [0, 0, 1, 1].iter().enumerate() {
        builder.equipment(
            &format!("m{number}"),
            lines[*line],
            CONNECTION,
            vec![flag("fault", SignalRole::Fault)],
        );
    }
    let mut rig = Rig::new(builder.build());
    rig.alive(CONNECTION, true, 0.0);
    for (signal, secs, on) in [
        (1, 1.0, true),
        (0, 2.0, true),
        (2, 3.0, true),
        (1, 4.0, false),
        (0, 5.0, false),
        (0, 6.0, true),
        (1, 7.0, true),
    ] {
        rig.send(signal, secs, on);
    }
    let first_out: Vec<_> = list(&mut rig)
        .iter()
        .map(|alarm| (alarm.equipment, alarm.is_first_out, alarm.priority))
        .collect();
    assert_eq!(
        first_out,
        [
            (EquipmentId(1), false, Priority::High),
            (EquipmentId(0), true, Priority::High),
            (EquipmentId(2), true, Priority::High),
        ]
    );
}

#[test]
fn stale_and_bad_sensors_raise_low_alarms_that_come_and_go() {
    let mut rig = Rig::machine(vec![real("a"), real("b")]);
    rig.send(0, 0.0, 1.0);
    rig.send(1, 0.0, 1.0);
    rig.send(1, 1.0, Quality::Bad(Cause::SensorFault));
    rig.send(1, 2.0, Quality::Bad(Cause::SensorFault));
    rig.ingest.tick(at(10.0));
    let seen: Vec<_> = list(&mut rig)
        .iter()
        .map(|alarm| {
            (
                alarm.signal,
                alarm.condition,
                alarm.priority,
                alarm.count,
                alarm.raised,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (
                SignalId(0),
                AlarmCondition::Stale,
                Priority::Low,
                1,
                at(10.0)
            ),
            (
                SignalId(1),
                AlarmCondition::SensorBad,
                Priority::Low,
                1,
                at(1.0)
            ),
        ]
    );
    rig.send(0, 11.0, 1.0);
    rig.send(1, 11.0, 1.0);
    assert!(
        list(&mut rig)
            .iter()
            .all(|alarm| alarm.cleared == Some(at(11.0)))
    );
}

#[test]
fn a_flood_of_alarms_stays_bounded_and_keeps_what_is_active() {
    let mut builder = PlantBuilder::new();
    let specs = (0..12_000)
        .map(|at| flag(&format!("f{at}"), SignalRole::Fault))
        .collect();
    builder.equipment("machine", SITE, CONNECTION, specs);
    builder.equipment(
        "other",
        SITE,
        CONNECTION,
        vec![state("state"), flag("fault", SignalRole::Fault)],
    );
    let mut rig = Rig::new(builder.build());
    rig.alive(CONNECTION, true, 0.0);
    rig.send(12_001, 0.5, true);
    for signal in 0..12_000 {
        let secs = 1.0 + f64::from(signal) / 10_000.0;
        rig.send(signal, secs, true);
        rig.send(signal, secs + 1e-5, false);
    }
    let alarms = list(&mut rig);
    assert_eq!(alarms.len(), ALARMS_SHOWN);
    assert!(
        alarms
            .iter()
            .any(|alarm| alarm.signal == SignalId(12_001) && alarm.cleared.is_none())
    );
    assert!(alarms.is_sorted_by_key(|alarm| std::cmp::Reverse(alarm.raised)));
}
