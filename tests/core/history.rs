//! The history against a naive one: late points, duplicates, gaps, NaN, changes of quality.

use std::sync::Arc;

use proptest::prelude::*;
use twinscape::history::{ArrivalCursor, Arrivals, HistoryReader, Lookup, in_memory_within};
use twinscape::model::alarm::{Event, EventKind};
use twinscape::model::{Cause, Plant, Point, Quality, SignalId, Text, Timestamp, Value};

use crate::plants::{CONNECTION, PlantBuilder, real};

const ROOMY: usize = 64 << 20;

fn plant(signals: usize) -> Arc<Plant> {
    let mut builder = PlantBuilder::new();
    let specs = (0..signals).map(|at| real(&format!("s{at}"))).collect();
    builder.equipment("machine", twinscape::model::GroupId(0), CONNECTION, specs);
    builder.build()
}

fn point(time: i64, value: Value) -> Point {
    Point {
        time: Timestamp::from_nanos(time),
        receive_time: Timestamp::from_nanos(time + 5),
        value,
        quality: Quality::Good,
    }
}

fn same(a: &Point, b: &Point) -> bool {
    a.time == b.time
        && a.receive_time == b.receive_time
        && a.quality == b.quality
        && a.value.same(b.value)
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => (-1000_i32..1000).prop_map(|tenths| Value::Float(f64::from(tenths) / 10.0)),
        1 => any::<f64>().prop_map(Value::Float),
        1 => Just(Value::Float(f64::NAN)),
        1 => any::<i64>().prop_map(Value::Integer),
        1 => any::<u64>().prop_map(Value::Unsigned),
        1 => any::<bool>().prop_map(Value::Boolean),
        1 => Just(Value::Null),
        1 => (0_u8..5).prop_map(|n| Value::Text(Text::new(&format!("text {n}")))),
    ]
}

fn qualities() -> impl Strategy<Value = Quality> {
    prop_oneof![
        8 => Just(Quality::Good),
        1 => Just(Quality::Uncertain(Cause::ClockSkew)),
        1 => Just(Quality::Bad(Cause::NotFinite)),
    ]
}

/// How far the next point lies from the one before, in ms: mostly on, sometimes the same instant,
/// sometimes back, sometimes far on.
fn steps() -> impl Strategy<Value = i64> {
    prop_oneof![
        12 => 1_i64..40,
        2 => Just(0_i64),
        2 => -3000_i64..0,
        1 => 10_000_i64..100_000,
        1 => -100_000_i64..-10_000,
    ]
}

/// Runs of one kind of value, as real signals have them, and now and then another.
fn histories() -> impl Strategy<Value = Vec<Point>> {
    let step = (steps(), 0_i64..2_000_000, values(), qualities());
    (any::<bool>(), proptest::collection::vec(step, 1..1500)).prop_map(|(is_whole_ms, steps)| {
        let mut now = 1_772_360_100_000_000_000;
        steps
            .into_iter()
            .map(|(step, delay, value, quality)| {
                now += step * 1_000_000 + if is_whole_ms { 0 } else { step };
                Point {
                    time: Timestamp::from_nanos(now),
                    receive_time: Timestamp::from_nanos(now + delay),
                    value,
                    quality,
                }
            })
            .collect()
    })
}

/// The reference: one sorted list, searched from the front.
#[derive(Default)]
struct Naive(Vec<Point>);

impl Naive {
    fn append(&mut self, point: Point) {
        let at = self
            .0
            .iter()
            .take_while(|old| old.time <= point.time)
            .count();
        self.0.insert(at, point);
    }

    fn bracket(&self, t: Timestamp) -> (Option<Point>, Option<Point>) {
        (
            self.0.iter().rfind(|point| point.time <= t).copied(),
            self.0.iter().find(|point| point.time > t).copied(),
        )
    }
}

fn agrees(reader: &HistoryReader, id: SignalId, naive: &Naive, t: Timestamp) {
    let (last, next) = reader.bracket(id, t);
    let (naive_last, naive_next) = naive.bracket(t);
    let eq = |a: &Option<Point>, b: &Option<Point>| match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    };
    assert!(
        eq(&last, &naive_last),
        "at {t}: {last:?}, not {naive_last:?}"
    );
    assert!(
        eq(&next, &naive_next),
        "after {t}: {next:?}, not {naive_next:?}"
    );
    let same_point = reader.view().same_since(id, t);
    let says = |point: &&Point| {
        naive_last.is_some_and(|last| point.value.same(last.value) && point.quality == last.quality)
    };
    let up_to_t = naive.0.iter().rev().filter(|point| point.time <= t);
    let mut stretch = up_to_t.take_while(says);
    assert!(
        same_point.map_or(naive_last.is_none(), |one| stretch
            .any(|point| same(point, &one))),
        "at {t}: {same_point:?} does not belong to {naive_last:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_a_sorted_list(points in histories(), few in any::<bool>(), seeks in
        proptest::collection::vec(any::<prop::sample::Index>(), 20))
    {
        let plant = plant(if few { 1 } else { 3 });
        // With the small budget the chunks are of 8 points: every path is taken often.
        let budget = if few { 1 << 16 } else { ROOMY };
        let (mut writer, reader) = in_memory_within(&plant, budget);
        let id = SignalId(0);
        let mut naive = Naive::default();
        for batch in points.chunks(37) {
            let batch: Vec<_> = batch.iter().map(|point| (id, *point)).collect();
            writer.append(&batch);
            batch.iter().for_each(|(_, point)| naive.append(*point));
        }
        let stats = reader.stats();
        prop_assume!(stats.points_dropped == 0 && stats.refused == 0);
        prop_assert_eq!(stats.points, points.len() as u64);
        let first = naive.0[0].time;
        agrees(&reader, id, &naive, Timestamp::from_nanos(first.as_nanos() - 1));
        for seek in &seeks {
            let time = seek.get(&points).time;
            for off in [-1, 0, 1] {
                agrees(&reader, id, &naive, Timestamp::from_nanos(time.as_nanos() + off));
            }
        }
        let mut all = Vec::new();
        reader.range(id, Timestamp::MIN..Timestamp::MAX, &mut all);
        prop_assert!(all.len() == naive.0.len());
        prop_assert!(all.iter().zip(&naive.0).all(|(a, b)| same(a, b)));
        let (from, to) = (seeks[0].get(&points).time, seeks[1].get(&points).time);
        let mut some = Vec::new();
        reader.range(id, from..to, &mut some);
        let wanted: Vec<_> = naive.0.iter().filter(|p| (from..to).contains(&p.time)).collect();
        prop_assert!(some.len() == wanted.len());
        prop_assert!(some.iter().zip(wanted).all(|(a, b)| same(a, b)));
    }

    #[test]
    fn no_bucket_loses_an_extreme(points in histories(), buckets in 1_usize..80, ends in
        any::<(prop::sample::Index, prop::sample::Index)>())
    {
        let plant = plant(1);
        let (mut writer, reader) = in_memory_within(&plant, ROOMY);
        let id = SignalId(0);
        let all: Vec<_> = points.iter().map(|point| (id, *point)).collect();
        writer.append(&all);
        let (from, to) = (ends.0.get(&points).time, ends.1.get(&points).time);
        let (from, to) = (from.min(to), from.max(to) + std::time::Duration::from_nanos(1));
        let mut found = Vec::new();
        reader.range_decimated(id, from..to, buckets, &mut found);
        prop_assert_eq!(found.len(), buckets);
        let mut sorted = points.clone();
        sorted.sort_by_key(|point| point.time);
        for (at, bucket) in found.iter().enumerate() {
            let end = found.get(at + 1).map_or(to, |next| next.start);
            let inside: Vec<_> = sorted
                .iter()
                .filter(|point| point.time >= bucket.start && point.time < end)
                .filter(|point| point.quality.is_usable())
                .filter_map(|point| point.value.as_f64())
                .collect();
            prop_assert_eq!(bucket.count, inside.len() as u64);
            if inside.is_empty() {
                prop_assert!(bucket.min.is_nan() && bucket.max.is_nan() && bucket.last.is_nan());
                continue;
            }
            prop_assert_eq!(bucket.min, inside.iter().copied().fold(f64::INFINITY, f64::min));
            prop_assert_eq!(bucket.max, inside.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            prop_assert_eq!(bucket.last, inside[inside.len() - 1]);
            let mean = inside.iter().sum::<f64>() / inside.len() as f64;
            let scale = inside.iter().map(|number| number.abs()).sum::<f64>() + 1e-9;
            prop_assert!((bucket.mean - mean).abs() <= scale * 1e-12 || !mean.is_finite());
        }
    }

    #[test]
    fn what_is_kept_under_a_budget_is_right_and_the_rest_is_said_to_be_gone(
        points in histories(), t in any::<prop::sample::Index>())
    {
        let plant = plant(2);
        let (mut writer, reader) = in_memory_within(&plant, 24 << 10);
        let id = SignalId(0);
        let mut naive = Naive::default();
        for point in &points {
            let refused = reader.stats().refused;
            writer.append(&[(id, *point)]);
            if reader.stats().refused == refused {
                naive.append(*point);
            }
        }
        let kept_from = reader.view().kept_from(id);
        let t = t.get(&points).time;
        match kept_from {
            Some(from) if t < from => {
                prop_assert_eq!(reader.lookup(id, t), Lookup::NotKept);
            }
            _ => agrees(&reader, id, &naive, t),
        }
        let newest = naive.0[naive.0.len() - 1];
        prop_assert!(same(&reader.latest_at(id, Timestamp::MAX).unwrap(), &newest));
        prop_assert_eq!(reader.lookup(SignalId(1), t), Lookup::NeverReceived);
    }
}

#[test]
fn memory_stays_within_its_budget_and_every_signal_keeps_its_newest() {
    let plant = plant(50);
    let budget = 1 << 20;
    let (mut writer, reader) = in_memory_within(&plant, budget);
    let slow = SignalId(49);
    writer.append(&[(slow, point(1_000_000, Value::Float(1.5)))]);
    // Noise, so that nothing packs well: 400,000 points of which some 50,000 find room.
    let mut noise = 1_u64;
    for round in 0..8_000_i64 {
        let batch: Vec<_> = (0..49)
            .map(|id| {
                noise = noise
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let value = Value::Float(f64::from_bits(noise >> 12 | 0x3ff << 52));
                (
                    SignalId(id),
                    point(round * 1_000_003 + i64::from(id), value),
                )
            })
            .collect();
        writer.append(&batch);
        assert!(reader.stats().bytes <= budget, "{:?}", reader.stats());
    }
    let stats = reader.stats();
    assert_eq!(stats.points + stats.points_dropped, 49 * 8_000 + 1);
    assert!(
        stats.points_dropped > 300_000 && stats.points > 30_000,
        "{stats:?}"
    );
    assert!(stats.bytes > budget / 2, "{stats:?}");
    assert!(reader.latest_at(slow, Timestamp::MAX).is_some());
    assert_eq!(reader.view().kept_from(slow), None);
    let kept_from = reader.view().kept_from(SignalId(0)).unwrap();
    assert!(kept_from.as_nanos() > 6_000 * 1_000_003);
    assert_eq!(
        reader.lookup(SignalId(0), Timestamp::from_nanos(5)),
        Lookup::NotKept
    );
}

#[test]
fn signals_that_speak_in_turn_keep_their_points_apart() {
    let plant = plant(7);
    let (mut writer, reader) = in_memory_within(&plant, ROOMY);
    let told = |id: u32, round: i64| {
        point(
            round * 1_000 + i64::from(id),
            Value::Integer(round * 10 + i64::from(id)),
        )
    };
    for round in 0..3_000 {
        let batch: Vec<_> = (0..7).map(|id| (SignalId(id), told(id, round))).collect();
        writer.append(&batch);
    }
    for id in 0..7 {
        let mut found = Vec::new();
        reader.range(SignalId(id), Timestamp::MIN..Timestamp::MAX, &mut found);
        let expected: Vec<_> = (0..3_000).map(|round| told(id, round)).collect();
        assert!(found == expected, "signal {id} has {} points", found.len());
    }
}

#[test]
fn an_hour_of_stored_values_lands_in_its_gap() {
    let plant = plant(1);
    let (mut writer, reader) = in_memory_within(&plant, ROOMY);
    let id = SignalId(0);
    let second = 1_000_000_000;
    let live =
        |from: i64, to: i64| (from..to).map(move |at| (id, point(at * second, Value::Integer(at))));
    writer.append(&live(0, 3_000).collect::<Vec<_>>());
    writer.append(&live(6_600, 9_000).collect::<Vec<_>>());
    let before = reader.stats().bytes;
    writer.append(&live(3_000, 6_600).collect::<Vec<_>>());
    let mut all = Vec::new();
    reader.range(id, Timestamp::MIN..Timestamp::MAX, &mut all);
    let seconds: Vec<_> = all.iter().map(|point| point.value).collect();
    assert_eq!(seconds, (0..9_000).map(Value::Integer).collect::<Vec<_>>());
    assert_eq!(reader.stats().late, 3_600);
    // What is not open any more is sealed again: far less than 32 bytes a point.
    assert!(
        reader.stats().bytes - before < 3_600 * 20,
        "{:?}",
        reader.stats()
    );
}

#[test]
fn a_reader_learns_what_arrived_and_when_it_fell_behind() {
    let plant = plant(3);
    let (mut writer, reader) = in_memory_within(&plant, ROOMY);
    let (mut cursor, mut out) = (ArrivalCursor::default(), Vec::new());
    assert_eq!(
        reader.changes_since(&mut cursor, &mut out),
        Arrivals::Listed
    );
    assert!(out.is_empty());
    let mut time = 0;
    let mut push = |ids: &[u32], writer: &mut twinscape::history::HistoryWriter| {
        let points: Vec<_> = ids
            .iter()
            .map(|id| {
                time += 1;
                (SignalId(*id), point(time, Value::Integer(time)))
            })
            .collect();
        writer.append(&points);
    };
    for _ in 0..3_000 {
        push(&[2, 0, 2], &mut writer);
        out.clear();
        assert_eq!(
            reader.changes_since(&mut cursor, &mut out),
            Arrivals::Listed
        );
        assert_eq!(out, [SignalId(2), SignalId(0), SignalId(2)]);
    }
    for _ in 0..2_000 {
        push(&[1, 1, 1], &mut writer);
    }
    assert_eq!(
        reader.changes_since(&mut cursor, &mut out),
        Arrivals::Everything
    );
    out.clear();
    push(&[1], &mut writer);
    assert_eq!(
        reader.changes_since(&mut cursor, &mut out),
        Arrivals::Listed
    );
    assert_eq!(out, [SignalId(1)]);
}

#[test]
fn events_are_in_order_of_time_and_bounded() {
    let plant = plant(1);
    let (mut writer, reader) = in_memory_within(&plant, ROOMY);
    let note = |time: i64| Event {
        time: Timestamp::from_nanos(time),
        kind: EventKind::ClockJump { nanos: time },
    };
    for time in [5, 1, 9, 3, 5] {
        writer.event(note(time));
    }
    let times = |from, to| -> Vec<_> {
        let span = Timestamp::from_nanos(from)..Timestamp::from_nanos(to);
        reader
            .events(span)
            .iter()
            .map(|event| event.time.as_nanos())
            .collect()
    };
    assert_eq!(times(0, 10), [1, 3, 5, 5, 9]);
    assert_eq!(times(3, 9), [3, 5, 5]);
    for time in 10..150_000 {
        writer.event(note(time));
    }
    let stats = reader.stats();
    assert_eq!(
        stats.events as u64 + stats.events_dropped,
        reader.events_seen()
    );
    assert!(stats.events <= 100_000);
    assert_eq!(times(0, 20), [] as [i64; 0]);
}

#[test]
fn a_future_reads_the_past_it_was_forked_from_up_to_the_fork_and_itself_from_there_on() {
    let plant = plant(2);
    let new = || in_memory_within(&plant, ROOMY);
    let ((mut past, past_reader), (mut future, future_reader)) = (new(), new());
    let (mut joined, joined_reader) = new();
    let event = |time: i64, nanos: i64| Event {
        time: Timestamp::from_nanos(time),
        kind: EventKind::ClockJump { nanos },
    };
    let fork = 5_003_i64;
    for time in (0..10_000_i64).step_by(3) {
        let signal = SignalId((time % 2) as u32);
        let real = point(time, Value::Float(time as f64));
        let thought = point(time + 1, Value::Float(-(time as f64)));
        past.append(&[(signal, real)]);
        let own = if time < fork { real } else { thought };
        joined.append(&[(signal, own)]);
        // It takes over some of the time before its fork, which is not to be read twice.
        if time > 3_000 {
            future.append(&[(signal, own)]);
        }
        if time % 7 == 0 {
            past.event(event(time, 1));
            let own = event(time, if time < fork { 1 } else { 2 });
            if time > 3_000 {
                future.event(own.clone());
            }
            joined.event(own);
        }
    }
    let reader = future_reader.after(past_reader, Timestamp::from_nanos(fork));
    assert_eq!(reader.span().unwrap().start, Timestamp::from_nanos(0));
    let at = |time: i64| Timestamp::from_nanos(time);
    for signal in [SignalId(0), SignalId(1)] {
        for t in (0..10_010).step_by(11) {
            let expected = joined_reader.bracket(signal, at(t));
            assert_eq!(reader.bracket(signal, at(t)), expected, "{t}");
            assert_eq!(reader.view().latest_at(signal, at(t)), expected.0, "{t}");
        }
        for span in [0..10_000, 100..5_003, 5_003..9_000, 4_990..5_010, 7..8] {
            let span = at(span.start)..at(span.end);
            let lists = [&joined_reader, &reader].map(|reader| {
                let (mut points, mut viewed, mut buckets) = (Vec::new(), Vec::new(), Vec::new());
                reader.range(signal, span.clone(), &mut points);
                reader.view().range(signal, span.clone(), &mut viewed);
                reader.range_decimated(signal, span.clone(), 7, &mut buckets);
                let numbers = buckets.iter().filter(|bucket| bucket.count > 0);
                let numbers = numbers.map(|of| (of.start, of.count, of.min, of.max, of.last));
                (
                    points,
                    viewed,
                    numbers.collect::<Vec<_>>(),
                    reader.events(span.clone()),
                )
            });
            assert_eq!(lists[0], lists[1], "{span:?}");
            assert_eq!(lists[1].0, lists[1].1);
        }
    }
}
