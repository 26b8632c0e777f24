//! Points as plants send them and as nobody should, for property tests.

use std::sync::Arc;

use proptest::prelude::*;
use twinscape::model::{Cause, Point, Quality, Text, Timestamp, Value};
use twinscape::recording::sealed::RecordedPoint;

/// Where the tests' times begin: within an hour that they do not leave unless they jump.
pub const START: i64 = 1_772_360_100_000_000_000;

pub fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => (-1000_i32..1000).prop_map(|tenths| Value::Float(f64::from(tenths) / 10.0)),
        2 => any::<f64>().prop_map(Value::Float),
        1 => Just(Value::Float(f64::NAN)),
        1 => Just(Value::Float(-0.0)),
        1 => any::<i64>().prop_map(Value::Integer),
        2 => (0_i64..50).prop_map(Value::Integer),
        1 => ((i64::MAX as u64 + 1)..=u64::MAX).prop_map(Value::Unsigned),
        1 => any::<bool>().prop_map(Value::Boolean),
        1 => Just(Value::Null),
        1 => (0_u8..5).prop_map(|n| Value::Text(Text::new(&format!("text {n}")))),
    ]
}

pub fn qualities() -> impl Strategy<Value = Quality> {
    prop_oneof![
        8 => Just(Quality::Good),
        1 => Just(Quality::Uncertain(Cause::ClockSkew)),
        1 => Just(Quality::Bad(Cause::NotFinite)),
    ]
}

/// How far the next point lies from the one before, in ms: mostly on, sometimes the same instant,
/// sometimes back, sometimes far on.
pub fn steps() -> impl Strategy<Value = i64> {
    prop_oneof![
        12 => 1_i64..1500,
        2 => Just(0_i64),
        2 => -3000_i64..0,
        1 => 10_000_i64..200_000,
        1 => -100_000_i64..-10_000,
    ]
}

/// Points of some signals in order of arrival. Receive times are whole milliseconds: so they are
/// kept.
pub fn arrivals(signals: u32, most: usize) -> impl Strategy<Value = Vec<RecordedPoint>> {
    let step = (
        0..signals,
        steps(),
        0_i64..2_000,
        values(),
        qualities(),
        any::<u8>(),
    );
    // Of 256 points, so many say what the one before said.
    let repeating = prop_oneof![Just(20_u8), Just(100), Just(250)];
    let steps = proptest::collection::vec(step, 0..most);
    (any::<bool>(), repeating, steps).prop_map(move |(is_whole_ms, repeating, steps)| {
        let mut now = START;
        let mut said = vec![None; signals as usize];
        steps
            .into_iter()
            .map(|(name, step, delay, value, quality, chance)| {
                now += step * 1_000_000 + if is_whole_ms { 0 } else { step };
                let last = said[name as usize].filter(|_| chance < repeating);
                let (value, quality) = last.unwrap_or((value, quality));
                said[name as usize] = Some((value, quality));
                RecordedPoint {
                    name,
                    point: Point {
                        time: Timestamp::from_nanos(now),
                        receive_time: Timestamp::from_millis(now / 1_000_000 + delay),
                        value,
                        quality,
                    },
                    source_time: (chance < 10).then(|| Timestamp::from_nanos(now + step * 77)),
                }
            })
            .collect()
    })
}

pub fn names(count: u32) -> Vec<Arc<str>> {
    (0..count)
        .map(|at| format!("line{}/machine-{at}/temperature", at % 3).into())
        .collect()
}

pub fn same(a: &Point, b: &Point) -> bool {
    a.time == b.time
        && a.receive_time == b.receive_time
        && a.quality == b.quality
        && a.value.same(b.value)
}
