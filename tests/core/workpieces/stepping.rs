//! Whoever jumps to an instant finds the parts where whoever stepped there finds them.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use twinscape::model::workpiece::{PartPlace, Parts};
use twinscape::model::{EquipmentId, Quality, Sample, SessionId, SignalId, Snapshot, Text, Value};
use twinscape::tracking::parts_at;
use twinscape::twin::{LiveBoard, Twin, ViewCursor};

use super::{Floor, types};
use crate::plants::at;

#[derive(Clone, Debug)]
enum Step {
    Content(usize, i64),
    Speed(f64),
    Text(usize, &'static str),
    Holds(bool),
    Alive(bool),
    Look,
    LookBack(u64),
}

fn steps() -> impl Strategy<Value = Vec<(u64, u64, Step)>> {
    let step = prop_oneof![
        5 => (0_usize..4, 0_i64..8).prop_map(|(at, count)| Step::Content(at, count)),
        4 => prop_oneof![Just(0.0), 20.0..400.0].prop_map(Step::Speed),
        3 => (0_usize..3, prop_oneof![Just(""), Just("a"), Just("b")])
            .prop_map(|(at, text)| Step::Text(at, text)),
        2 => any::<bool>().prop_map(Step::Holds),
        1 => any::<bool>().prop_map(Step::Alive),
        8 => Just(Step::Look),
        1 => (0_u64..5_000).prop_map(Step::LookBack),
    ];
    // Some points come late.
    let late = prop_oneof![5 => Just(0_u64), 1 => 1_u64..8_000];
    proptest::collection::vec((1_u64..3_000, late, step), 1..120)
}

fn assert_same(stepped: &Parts, jumped: &Parts) {
    for (id, (stepped, jumped)) in stepped.of.iter().zip(&jumped.of).enumerate() {
        assert_eq!(stepped.count, jumped.count, "equipment {id}");
        assert_eq!(stepped.is_stale, jumped.is_stale, "equipment {id}");
        assert_eq!(types(stepped), types(jumped), "equipment {id}");
        assert_eq!(stepped.parts.len(), jumped.parts.len(), "equipment {id}");
        for (a, b) in stepped.parts.iter().zip(&jumped.parts) {
            match (a.place, b.place) {
                (PartPlace::Along(a), PartPlace::Along(b)) => {
                    assert!((a - b).abs() < 1e-6, "equipment {id}: {a} and {b}");
                }
                (a, b) => assert_eq!(a, b, "equipment {id}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_jump_finds_the_parts_that_steps_find(steps in steps(), behind in 0_u64..3_000) {
        let mut floor = Floor::new();
        let plant = Arc::clone(&floor.rig.plant);
        let twin = Twin::new(Arc::clone(&plant), floor.rig.reader.clone(), LiveBoard::default());
        let behind = Duration::from_millis(behind);
        let mut snapshot = Snapshot::new(&plant);
        let mut cursor = ViewCursor::with_parts_behind(behind);
        let mut now = at(0.0);
        let counting = ["rack", "belt", "chain", "store"].map(|name| floor.signal(&format!("{name}/content")));
        let texts = ["rack/type", "lathe/type", "lathe/id"].map(|path| floor.signal(path));
        let (speed, holds) = (floor.signal("belt/speed"), floor.signal("arm/holds"));
        for (pause, late, step) in steps {
            now = now + Duration::from_millis(pause);
            let mut send = |signal: u32, value: Value| floor.rig.sample(Sample {
                signal: SignalId(signal),
                source_time: Some(now - Duration::from_millis(late)),
                receive_time: now,
                value,
                quality: Quality::Good,
            });
            let t = match step {
                Step::Content(at, count) => { send(counting[at], Value::Integer(count)); continue; }
                Step::Speed(mps) => { send(speed, Value::Float(mps)); continue; }
                Step::Text(at, text) => { send(texts[at], Value::Text(Text::new(text))); continue; }
                Step::Holds(yes) => { send(holds, Value::Boolean(yes)); continue; }
                Step::Alive(yes) => {
                    floor.rig.alive(SessionId(0), yes, now.secs_since(at(0.0)));
                    continue;
                }
                Step::Look => now,
                Step::LookBack(ms) => now - Duration::from_millis(ms),
            };
            let before = snapshot.parts.clone();
            twin.advance(&mut snapshot, &mut cursor, t);
            prop_assert_eq!(snapshot.parts.time, t - behind);
            let jumped = parts_at(&plant, &floor.rig.reader.view(), t - behind);
            assert_same(&snapshot.parts, &jumped);
            let mut changed = snapshot.parts.changed.clone();
            changed.sort_unstable();
            let differ: Vec<_> = (0..plant.equipment.len() as u32).map(EquipmentId)
                .filter(|id| before.get(*id) != snapshot.parts.get(*id)).collect();
            prop_assert_eq!(changed, differ);
        }
    }
}

/// A while in which a belt runs evenly, with what is on it at its begin.
#[derive(Clone, Debug)]
struct While {
    secs: u64,
    mmps: f64,
    content: i64,
    is_heard: bool,
    /// Seconds between two looks.
    look: u64,
}

fn whiles() -> impl Strategy<Value = Vec<While>> {
    let mmps = prop_oneof![2 => Just(0.0), 1 => Just(1.0), 3 => 20.0..300.0];
    let is_heard = prop_oneof![6 => Just(true), 1 => Just(false)];
    let one = (5_u64..200, mmps, 0_i64..5, is_heard, 1_u64..9);
    let one = one.prop_map(|(secs, mmps, content, is_heard, look)| While {
        secs,
        mmps,
        content,
        is_heard,
        look,
    });
    proptest::collection::vec(one, 3..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn so_does_one_over_many_minutes_of_a_speed_that_is_told_every_second(whiles in whiles()) {
        let mut floor = Floor::new();
        let plant = Arc::clone(&floor.rig.plant);
        let twin = Twin::new(Arc::clone(&plant), floor.rig.reader.clone(), LiveBoard::default());
        let mut snapshot = Snapshot::new(&plant);
        let mut cursor = ViewCursor::with_parts_behind(Duration::ZERO);
        let (mut second, mut was_heard) = (0, true);
        for part in whiles {
            if part.is_heard != was_heard {
                floor.rig.alive(SessionId(0), part.is_heard, second as f64 + 0.5);
                was_heard = part.is_heard;
            }
            for passed in 0..part.secs {
                second += 1;
                let secs = second as f64;
                if part.is_heard {
                    if passed == 0 {
                        floor.counts("belt", &[(secs, part.content)]);
                    }
                    floor.tell("belt/speed", secs, part.mmps);
                }
                if second % part.look == 0 {
                    let now = at(secs + 0.7);
                    twin.advance(&mut snapshot, &mut cursor, now);
                    assert_same(&snapshot.parts, &parts_at(&plant, &floor.rig.reader.view(), now));
                }
            }
        }
    }
}
