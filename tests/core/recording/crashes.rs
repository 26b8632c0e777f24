//! Whatever arrives and whenever the power fails: nothing that was made safe is lost, nothing is
//! doubled, and nothing is there that was never received.

use std::time::Duration;

use proptest::prelude::*;
use twinscape::model::alarm::{Event, EventKind};
use twinscape::model::{Quality, Timestamp, Value};
use twinscape::recording::RawMessage;
use twinscape::recording::log::points::TapedPoint;
use twinscape::recording::storage::Fault;
use twinscape::recording::tape::Reel;

use super::points::{qualities, values};
use super::rig::{Counts, Key, Rig, count, key, read};

#[derive(Clone, Debug)]
struct Sent {
    signal: u32,
    /// How much older than its receipt, ms; below 0: dated ahead.
    age_ms: i64,
    value: Value,
    quality: Quality,
    is_refused: bool,
    is_twice: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Reel(Vec<Sent>),
    Pass(u64),
    PowerFailsAfter(u64, u64),
    KillAndStart,
    EndAndStart,
    Fault(Option<Fault>),
}

fn sent() -> impl Strategy<Value = Sent> {
    let age = prop_oneof![
        20 => 0_i64..1500,
        2 => -4_000_i64..0,
        2 => 5_000_i64..200_000,
        1 => 1_000_000_i64..20_000_000,
    ];
    (0_u32..3, age, values(), qualities(), 0_u8..10, 0_u8..10).prop_map(
        |(signal, age_ms, value, quality, refused, twice)| Sent {
            signal,
            age_ms,
            value,
            quality,
            is_refused: refused == 0,
            is_twice: twice == 0,
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fault = prop_oneof![
        2 => Just(None),
        1 => Just(Some(Fault::Full)),
        1 => Just(Some(Fault::ReadOnly)),
        1 => Just(Some(Fault::Broken)),
    ];
    let step = prop_oneof![
        10 => proptest::collection::vec(sent(), 1..25).prop_map(Step::Reel),
        6 => (50_u64..3_000).prop_map(Step::Pass),
        2 => (20_000_u64..200_000).prop_map(Step::Pass),
        2 => (0_u64..60, any::<u64>()).prop_map(|(after, seed)| Step::PowerFailsAfter(after, seed)),
        1 => Just(Step::KillAndStart),
        1 => Just(Step::EndAndStart),
        1 => fault.prop_map(Step::Fault),
    ];
    proptest::collection::vec(step, 1..40)
}

/// What was handed to the recorder, in counts: all of it, and what must be there.
#[derive(Default)]
struct Reference {
    all: Counts<Key>,
    notes: Counts<(i64, String)>,
    raw: Counts<Vec<u8>>,
    /// Since the last time that everything was made safe.
    unsafe_points: Vec<Key>,
    unsafe_notes: Vec<(i64, String)>,
    unsafe_raw: Vec<Vec<u8>>,
    safe_points: Counts<Key>,
    safe_notes: Counts<(i64, String)>,
    safe_raw: Counts<Vec<u8>>,
}

fn add<T: Ord + Clone>(counts: &mut Counts<T>, items: &[T]) {
    for item in items {
        *counts.entry(item.clone()).or_default() += 1;
    }
}

impl Reference {
    fn took(&mut self, points: Vec<Key>, note: (i64, String), raw: Vec<u8>) {
        add(&mut self.all, &points);
        add(&mut self.notes, std::slice::from_ref(&note));
        add(&mut self.raw, std::slice::from_ref(&raw));
        self.unsafe_points.extend(points);
        self.unsafe_notes.push(note);
        self.unsafe_raw.push(raw);
    }

    fn made_safe(&mut self) {
        add(
            &mut self.safe_points,
            &std::mem::take(&mut self.unsafe_points),
        );
        add(
            &mut self.safe_notes,
            &std::mem::take(&mut self.unsafe_notes),
        );
        add(&mut self.safe_raw, &std::mem::take(&mut self.unsafe_raw));
    }

    /// Nothing is promised of what is not safe by now.
    fn doubt(&mut self) {
        self.unsafe_points.clear();
        self.unsafe_notes.clear();
        self.unsafe_raw.clear();
    }
}

fn between<T: Ord + std::fmt::Debug>(
    what: &str,
    found: &Counts<T>,
    least: &Counts<T>,
    most: &Counts<T>,
) -> Result<(), TestCaseError> {
    for (item, count) in least {
        let there = found.get(item).copied().unwrap_or(0);
        prop_assert!(there >= *count, "{what} lost: {item:?}, {there} of {count}");
    }
    for (item, count) in found {
        let sent = most.get(item).copied().unwrap_or(0);
        prop_assert!(
            *count <= sent,
            "{what} there {count} times of {sent}: {item:?}"
        );
    }
    Ok(())
}

fn check(rig: &Rig, reference: &Reference) -> Result<(), TestCaseError> {
    let mut found = read(rig.folder.path());
    // The recorder's own.
    found
        .notes
        .retain(|(_, message), _| message.starts_with("reel"));
    between(
        "a point",
        &found.points,
        &reference.safe_points,
        &reference.all,
    )?;
    between(
        "a note",
        &found.notes,
        &reference.safe_notes,
        &reference.notes,
    )?;
    between(
        "a raw message",
        &found.raw,
        &reference.safe_raw,
        &reference.raw,
    )
}

/// Two minutes before an hour's end.
const START: i64 = 1_772_359_080_000_000_000;

fn reel_of(rig: &Rig, sent: &[Sent], number: usize) -> (Reel, Vec<Key>, (i64, String), Vec<u8>) {
    let mut reel = Reel::default();
    let mut keys = Vec::new();
    for (each, at) in sent.iter().zip(1_i64..) {
        for _ in 0..=u8::from(each.is_twice) {
            let point = TapedPoint {
                time: Timestamp::from_nanos(rig.now.as_nanos() - each.age_ms * 1_000_000 + at),
                receive_time: rig.now,
                value: each.value,
                signal: each.signal,
                quality: each.quality,
            };
            let source_time = each
                .is_refused
                .then(|| Timestamp::from_nanos(at * 1_000_000_007));
            if let Some(time) = source_time {
                reel.source_times.push((reel.points.len() as u32, time));
            }
            let name = ["machine/a", "machine/b", "machine/c"][each.signal as usize];
            keys.push(key(name, &point, source_time));
            reel.points.push(point);
        }
    }
    let note = (rig.now.as_nanos(), format!("reel {number}"));
    reel.events.push(Event {
        time: rig.now,
        kind: EventKind::Note {
            message: note.1.as_str().into(),
        },
    });
    let payload = format!("raw {number}").into_bytes();
    reel.raw.push(RawMessage {
        receive_time: rig.now,
        connection: "floor".into(),
        topic: "nobody/knows".into(),
        payload: payload.clone(),
    });
    (reel, keys, note, payload)
}

fn run(steps: &[Step]) -> Result<(), TestCaseError> {
    let mut rig = Rig::new(Timestamp::from_nanos(START));
    let mut reference = Reference::default();
    let mut failure: Option<(u64, u64)> = None;
    let mut has_fault = false;
    rig.start();
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Reel(sent) => {
                let (reel, keys, note, raw) = reel_of(&rig, sent, number);
                if rig.take(&reel) {
                    reference.took(keys, note, raw);
                }
            }
            Step::Pass(ms) => {
                if rig.pass(Duration::from_millis(*ms)) {
                    reference.made_safe();
                }
            }
            Step::PowerFailsAfter(after, seed) => {
                if failure.is_none() {
                    let end = rig.disk.operations() + after;
                    rig.disk.cut_power_at(Some(end));
                    failure = Some((end, *seed));
                }
            }
            Step::KillAndStart => {
                // The disk keeps what was written; what waits in the program is gone.
                reference.doubt();
                rig.recorder = None;
            }
            Step::EndAndStart => {
                let at = rig.now;
                rig.finish();
                // Safe only if the disk said so.
                let _ = at;
                reference.doubt();
            }
            Step::Fault(fault) => {
                reference.doubt();
                rig.disk.set_fault(*fault);
                has_fault = fault.is_some();
            }
        }
        if let Some((end, seed)) = failure
            && rig.disk.operations() >= end
        {
            failure = None;
            has_fault = false;
            reference.doubt();
            rig.crash(seed);
            check(&rig, &reference)?;
        }
        rig.start();
    }
    rig.disk.cut_power_at(None);
    rig.disk.set_fault(None);
    let _ = has_fault;
    reference.doubt();
    rig.start();
    prop_assert!(rig.recorder.is_some(), "the disk works and nothing opens");
    rig.pass(Duration::from_secs(3));
    check(&rig, &reference)?;
    // The recorder is ready again by itself, and what comes now is there.
    let last = [Sent {
        signal: 1,
        age_ms: 0,
        value: Value::Float(0.5),
        quality: Quality::Good,
        is_refused: false,
        is_twice: false,
    }];
    let (reel, keys, note, raw) = reel_of(&rig, &last, usize::MAX);
    prop_assert!(rig.take(&reel), "the disk works and nothing is recorded");
    reference.took(keys, note, raw);
    prop_assert!(rig.finish(), "the disk works and not all is sealed");
    reference.made_safe();
    check(&rig, &reference)?;
    let log = rig.folder.path().join("log");
    let left: Vec<u64> = std::fs::read_dir(log)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .collect();
    prop_assert!(
        left.len() == 1 && left[0] < 64,
        "after a clean end the log is empty but for its last number: {left:?}"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_was_made_safe_is_there_once_whatever_arrives_and_whenever_the_power_fails(
        steps in steps())
    {
        run(&steps)?;
    }
}

#[test]
fn a_power_failure_at_each_boundary_of_writing_and_sealing_costs_nothing_safe() {
    let sent = |age_ms, signal| Sent {
        signal,
        age_ms,
        value: Value::Integer(7),
        quality: Quality::Good,
        is_refused: false,
        is_twice: false,
    };
    let day: Vec<Step> = (0..8)
        .flat_map(|round| {
            [
                Step::Reel((0..20).map(|at| sent(at * 40, at as u32 % 3)).collect()),
                Step::Reel(vec![sent(150_000, 0), sent(3_000_000, 1)]),
                Step::Pass(600),
                Step::Pass(if round % 3 == 2 { 95_000 } else { 20_000 }),
            ]
        })
        .collect();
    let mut after = 0;
    loop {
        let mut steps = vec![Step::PowerFailsAfter(after, 3 + after)];
        steps.extend(day.iter().cloned());
        if let Err(error) = run(&steps) {
            panic!("power lost at operation {after}: {error}");
        }
        if after > 400 {
            break;
        }
        after += 3;
    }
}

#[test]
fn duplicates_are_kept_as_often_as_they_came() {
    let twice = Sent {
        signal: 0,
        age_ms: 10,
        value: Value::Float(f64::NAN),
        quality: Quality::Good,
        is_refused: true,
        is_twice: true,
    };
    let mut rig = Rig::new(Timestamp::from_nanos(START));
    rig.start();
    let (reel, keys, ..) = reel_of(&rig, &[twice], 0);
    assert!(rig.take(&reel));
    assert!(rig.finish());
    assert_eq!(read(rig.folder.path()).points, count(keys));
}
