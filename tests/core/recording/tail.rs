//! A recording that is being made: sealed parts and what is still in the log, read as one.

use std::time::Duration;

use proptest::prelude::*;
use twinscape::history::of_recording;
use twinscape::model::{Point, Quality, SignalId, Timestamp, Value};
use twinscape::recording::log::points::TapedPoint;
use twinscape::recording::reader::Moment;
use twinscape::recording::sealed::RecordedPoint;
use twinscape::recording::tape::Reel;
use twinscape::recording::{Recording, Tail};

use super::folder::Naive;
use super::points::{qualities, same, values};
use super::rig::Rig;

/// Two minutes before an hour's end.
const START: i64 = 1_772_359_080_000_000_000;

#[derive(Clone, Debug)]
enum Step {
    /// Points: signal, how much older than its receipt (ms), value, quality.
    Reel(Vec<(u32, i64, Value, Quality)>),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let age = prop_oneof![
        20 => 0_i64..1500,
        2 => 5_000_i64..200_000,
        1 => 1_000_000_i64..5_000_000,
    ];
    let sent = (0_u32..3, age, values(), qualities());
    let step = prop_oneof![
        3 => proptest::collection::vec(sent, 1..40).prop_map(Step::Reel),
        2 => (50_u64..30_000).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 1..40)
}

fn eq(a: &Option<Point>, b: &Option<Point>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn parts_and_log_together_are_all_that_was_recorded(
        steps in steps(), seeks in proptest::collection::vec((any::<prop::sample::Index>(), -1_i64..2), 10))
    {
        let mut rig = Rig::new(Timestamp::from_nanos(START));
        rig.start();
        let mut arrived: Vec<RecordedPoint> = Vec::new();
        let mut parts = 0;
        let open = |rig: &Rig| Recording::open(rig.folder.path(), rig.plant.clone(), 1 << 20, Tail::Read).unwrap();
        let recording = open(&rig);
        for step in &steps {
            match step {
                Step::Reel(sent) => {
                    let mut reel = Reel::default();
                    for ((signal, age_ms, value, quality), at) in sent.iter().zip(1_i64..) {
                        let time = Timestamp::from_nanos(rig.now.as_nanos() - age_ms * 1_000_000 + at);
                        let receive_time = Timestamp::from_millis(rig.now.as_millis());
                        let (signal, value, quality) = (*signal, *value, *quality);
                        reel.points.push(TapedPoint { time, receive_time, value, signal, quality });
                        arrived.push(RecordedPoint {
                            name: signal,
                            point: Point { time, receive_time, value, quality },
                            source_time: None,
                        });
                    }
                    prop_assert!(rig.take(&reel));
                }
                Step::Pass(ms) => {
                    rig.pass(Duration::from_millis(*ms));
                    recording.refresh().unwrap();
                    parts = parts.max(recording.stats().parts);
                }
            }
        }
        prop_assume!(!arrived.is_empty());
        rig.pass(Duration::from_secs(2));
        recording.refresh().unwrap();
        let naive = Naive::of(&arrived);
        let history = of_recording(recording.clone());
        let mut moment = Moment::default();
        for (at, off) in &seeks {
            let t = Timestamp::from_nanos(at.get(&arrived).point.time.as_nanos() + off);
            recording.latest_at(t, &mut moment);
            for id in (0..3).map(SignalId) {
                let wanted = naive.bracket(id, t);
                let found = history.bracket(id, t);
                prop_assert!(eq(&found.0, &wanted.0), "{t}: {:?}, not {:?}", found.0, wanted.0);
                prop_assert!(eq(&found.1, &wanted.1), "{t}: {:?}, not {:?}", found.1, wanted.1);
                prop_assert!(eq(&moment.points[id.index()], &wanted.0));
            }
        }
        for id in (0..3).map(SignalId) {
            let mut found = Vec::new();
            history.range(id, Timestamp::MIN..Timestamp::MAX, &mut found);
            let wanted: Vec<_> = naive.signal(id).copied().collect();
            prop_assert_eq!(found.len(), wanted.len());
            prop_assert!(found.iter().zip(&wanted).all(|(a, b)| same(a, b)));
        }
        prop_assert!(recording.stats().broken.is_empty(), "{:?}", recording.stats().broken);
        // A second look, opened now, sees the same.
        let fresh = open(&rig);
        prop_assert_eq!(fresh.span(), recording.span());
    }
}
