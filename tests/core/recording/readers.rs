//! A recording read back against a naive reference: identical answers, whatever the parts and their
//! indexes are like and however little memory there is.

use std::sync::Arc;

use proptest::prelude::*;
use twinscape::history::{Bucket, HistoryReader, in_memory_within, of_recording};
use twinscape::model::{Plant, Point, SignalId, Timestamp};
use twinscape::recording::reader::Moment;
use twinscape::recording::sealed::RecordedPoint;
use twinscape::recording::{Recording, SignalNames, Tail};

use super::folder::{Index, Naive, begin, part, plant};
use super::points::{START, arrivals, same};

const SIGNALS: u32 = 5;
const HOUR_MS: i64 = 3_600_000;

fn eq(a: &Option<Point>, b: &Option<Point>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Cuts points into parts at these instants and at every hour. Every third part that would be
/// begins only at its first point.
fn write(
    root: &std::path::Path,
    plant: &Plant,
    arrived: &[RecordedPoint],
    cuts: &[i64],
    indexes: &[Index],
) -> usize {
    begin(root);
    let names = SignalNames::of(plant);
    let times = arrived.iter().map(|each| each.point.time.as_millis());
    let (Some(first), Some(last)) = (times.clone().min(), times.max()) else {
        return 0;
    };
    let mut bounds: Vec<i64> = cuts.iter().map(|cut| START / 1_000_000 + cut).collect();
    let hours = first.div_euclid(HOUR_MS)..=(last + HOUR_MS).div_euclid(HOUR_MS);
    bounds.extend(hours.map(|hour| hour * HOUR_MS));
    bounds.sort_unstable();
    bounds.dedup();
    let mut parts = 0;
    for (at, pair) in bounds.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let some: Vec<_> = arrived
            .iter()
            .filter(|each| (from..to).contains(&each.point.time.as_millis()))
            .copied()
            .collect();
        let Some(begin) = some.iter().map(|each| each.point.time.as_millis()).min() else {
            continue;
        };
        let from = if at % 3 == 0 { begin } else { from };
        let index = indexes[at % indexes.len()];
        part(root, &names, from, to, &some, index);
        parts += 1;
    }
    parts
}

fn indexes() -> impl Strategy<Value = Vec<Index>> {
    let one = prop_oneof![
        6 => Just(Index::Whole),
        1 => Just(Index::Missing),
        1 => any::<u16>().prop_map(|at| Index::Flipped(usize::from(at))),
        1 => any::<u16>().prop_map(|at| Index::Cut(usize::from(at))),
        1 => Just(Index::Stale),
    ];
    proptest::collection::vec(one, 1..4)
}

/// Each bucket says exactly what lies between its beginning and that of the next one.
fn assert_buckets(found: &[Bucket], to: Timestamp, points: &[Point]) -> Result<(), TestCaseError> {
    for (at, bucket) in found.iter().enumerate() {
        let end = found.get(at + 1).map_or(to, |next| next.start);
        let inside: Vec<_> = points
            .iter()
            .filter(|point| point.time >= bucket.start && point.time < end)
            .filter(|point| point.quality.is_usable())
            .filter_map(|point| point.value.as_f64())
            .collect();
        prop_assert_eq!(bucket.count, inside.len() as u64, "bucket {}", at);
        if inside.is_empty() {
            prop_assert!(bucket.min.is_nan() && bucket.max.is_nan() && bucket.last.is_nan());
            continue;
        }
        prop_assert_eq!(
            bucket.min,
            inside.iter().copied().fold(f64::INFINITY, f64::min)
        );
        prop_assert_eq!(
            bucket.max,
            inside.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        );
        prop_assert_eq!(bucket.last, inside[inside.len() - 1]);
        let mean = inside.iter().sum::<f64>() / inside.len() as f64;
        let scale = inside.iter().map(|number| number.abs()).sum::<f64>() + 1e-9;
        prop_assert!((bucket.mean - mean).abs() <= scale * 1e-12 || !mean.is_finite());
    }
    Ok(())
}

/// `apart` is the same history, of which nothing was read yet.
fn assert_agrees(
    recording: &Recording,
    history: &HistoryReader,
    apart: &HistoryReader,
    naive: &Naive,
    seeks: &[Timestamp],
) -> Result<(), TestCaseError> {
    let mut moment = Moment::default();
    // Goes from instant to instant, as one who walks back does, and finds no block at hand.
    let along = apart.view();
    for t in seeks {
        recording.latest_at(*t, &mut moment);
        let view = history.view();
        for id in (0..SIGNALS).map(SignalId) {
            let wanted = naive.bracket(id, *t);
            let found = recording.bracket(id, *t);
            prop_assert!(
                eq(&found.0, &wanted.0),
                "{t}: {:?}, not {:?}",
                found.0,
                wanted.0
            );
            prop_assert!(
                eq(&found.1, &wanted.1),
                "{t}: {:?}, not {:?}",
                found.1,
                wanted.1
            );
            prop_assert!(eq(&moment.points[id.index()], &wanted.0));
            prop_assert!(eq(&recording.latest(id, *t), &wanted.0));
            for view in [&view, &along] {
                let found = view.bracket(id, *t);
                prop_assert!(eq(&found.0, &wanted.0) && eq(&found.1, &wanted.1));
                prop_assert!(eq(&view.latest_at(id, *t), &wanted.0));
                let (found, same_points) = (view.same_since(id, *t), naive.same(id, *t));
                let is_one = |found: Point| same_points.iter().any(|point| same(point, &found));
                prop_assert!(
                    found.map_or(same_points.is_empty(), is_one),
                    "{t}: {found:?} says nothing of {same_points:?}"
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_recording_answers_as_a_sorted_list_does(
        arrived in arrivals(SIGNALS, 1500),
        cuts in proptest::collection::vec(-100_000_i64..900_000, 0..5),
        indexes in indexes(),
        is_tight in any::<bool>(),
        seeks in proptest::collection::vec((any::<prop::sample::Index>(), -2_i64..3), 12),
        buckets in 1_usize..60)
    {
        let root = tempfile::tempdir().unwrap();
        let plant = plant(SIGNALS as usize);
        let parts = write(root.path(), &plant, &arrived, &cuts, &indexes);
        let budget = if is_tight { 6_000 } else { 64 << 20 };
        let recording = Recording::open(root.path(), Arc::clone(&plant), budget, Tail::Read).unwrap();
        let history = of_recording(recording.clone());
        let naive = Naive::of(&arrived);
        let times: Vec<_> = seeks
            .iter()
            .map(|(at, off)| match arrived.is_empty() {
                true => Timestamp::from_nanos(START + off),
                false => Timestamp::from_nanos(at.get(&arrived).point.time.as_nanos() + off),
            })
            .collect();
        let apart = Recording::open(root.path(), Arc::clone(&plant), budget, Tail::Read).unwrap();
        assert_agrees(&recording, &history, &of_recording(apart), &naive, &times)?;
        let (from, to) = (times[0].min(times[1]), times[0].max(times[1]));
        for id in (0..SIGNALS).map(SignalId) {
            for span in [from..to, Timestamp::MIN..Timestamp::MAX] {
                let mut found = Vec::new();
                history.range(id, span.clone(), &mut found);
                let wanted: Vec<_> = naive.signal(id).filter(|point| span.contains(&point.time)).copied().collect();
                prop_assert_eq!(found.len(), wanted.len());
                prop_assert!(found.iter().zip(&wanted).all(|(a, b)| same(a, b)));
                let mut some = Vec::new();
                history.view().range(id, span, &mut some);
                prop_assert!(some.len() == wanted.len() && some.iter().zip(&wanted).all(|(a, b)| same(a, b)));
            }
            let points: Vec<_> = naive.signal(id).copied().collect();
            let mut found = Vec::new();
            history.range_decimated(id, from..to, buckets, &mut found);
            prop_assert_eq!(found.len(), if from < to { buckets } else { 0 });
            prop_assert!(from >= to || found[0].start == from);
            assert_buckets(&found, to, &points)?;
        }
        let stats = recording.stats();
        prop_assert_eq!(stats.parts, parts);
        prop_assert!(stats.bytes <= budget, "{} of {}", stats.bytes, budget);
        prop_assert!(stats.broken.is_empty(), "{:?}", stats.broken);
        let damaged = indexes.iter().any(|index| *index != Index::Whole);
        prop_assert!(damaged || stats.rebuilt.is_empty(), "{:?}", stats.rebuilt);
    }

    #[test]
    fn memory_above_a_recording_changes_no_answer(
        arrived in arrivals(SIGNALS, 1200),
        cuts in proptest::collection::vec(-100_000_i64..900_000, 0..4),
        live in any::<prop::sample::Index>(),
        seeks in proptest::collection::vec((any::<prop::sample::Index>(), -2_i64..3), 16),
        buckets in 1_usize..40)
    {
        prop_assume!(!arrived.is_empty());
        let plant = plant(SIGNALS as usize);
        let live_from = live.get(&arrived).point.time;
        let (mut writer, reader) = in_memory_within(&plant, 20 << 10);
        let mut refused = 0;
        let mut known = Vec::new();
        for each in &arrived {
            if each.point.time >= live_from {
                writer.append(&[(SignalId(each.name), each.point)]);
            }
            // Late ones that memory has no place for are on disk only.
            refused = reader.stats().refused;
            known.push(*each);
        }
        let _ = refused;
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &plant, &known, &cuts, &[Index::Whole]);
        let recording = Recording::open(root.path(), Arc::clone(&plant), 1 << 20, Tail::Read).unwrap();
        let history = reader.with_recording(recording, live_from);
        let naive = Naive::of(&known);
        for (at, off) in &seeks {
            let t = Timestamp::from_nanos(at.get(&known).point.time.as_nanos() + off);
            for id in (0..SIGNALS).map(SignalId) {
                let (last, next) = naive.bracket(id, t);
                // Live is never filled from an earlier session.
                let last = last.filter(|point| t < live_from || point.time >= live_from);
                let found = history.bracket(id, t);
                prop_assert!(eq(&found.0, &last), "{t}: {:?}, not {:?}", found.0, last);
                prop_assert!(eq(&found.1, &next), "{t}: {:?}, not {:?}", found.1, next);
                prop_assert_eq!(history.view().kept_from(id), None);
            }
        }
        let times: Vec<_> = seeks.iter().map(|(at, _)| at.get(&known).point.time).collect();
        let (from, to) = (times[0].min(times[1]), times[0].max(times[1]));
        for id in (0..SIGNALS).map(SignalId) {
            let points: Vec<_> = naive.signal(id).copied().collect();
            let mut found = Vec::new();
            history.range(id, from..to, &mut found);
            let wanted: Vec<_> = points.iter().filter(|point| (from..to).contains(&point.time)).collect();
            prop_assert_eq!(found.len(), wanted.len());
            prop_assert!(found.iter().zip(wanted).all(|(a, b)| same(a, b)));
            let mut found = Vec::new();
            history.range_decimated(id, from..to, buckets, &mut found);
            assert_buckets(&found, to, &points)?;
        }
    }
}
