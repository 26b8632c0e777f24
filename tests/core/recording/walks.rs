//! Walks back over signals that say the same again and again.

use twinscape::history::{in_memory, of_recording};
use twinscape::model::{Point, Quality, SignalId, Timestamp, Value};

use super::folder::{Index, plant};
use super::reading::{Folder, HOUR, point, ramp};

#[test]
fn a_walk_back_takes_a_step_for_each_thing_said() {
    let plant = plant(1);
    let (mut writer, reader) = in_memory(&plant);
    let id = SignalId(0);
    let start = 1_772_360_100_000_000_000;
    let at = |second: i64| Timestamp::from_nanos(start + second * 1_000_000_000);
    // 40 times the same, then something else, each second for an hour.
    for second in 0..3_600 {
        let point = Point {
            time: at(second),
            receive_time: at(second),
            value: Value::Integer(second / 40),
            quality: Quality::Good,
        };
        writer.append(&[(id, point)]);
    }
    let view = reader.view();
    let mut t = at(3_599);
    for stretch in (0..90).rev() {
        let first = view.same_since(id, t).unwrap();
        assert_eq!(
            (first.time, first.value),
            (at(stretch * 40), Value::Integer(stretch))
        );
        t = Timestamp::from_nanos(first.time.as_nanos() - 1);
    }
    assert_eq!(view.same_since(id, t), None);
}

/// What a count looks like that is sent each second, changed or not.
#[test]
fn a_walk_back_through_a_recording_takes_a_step_for_each_thing_said_and_reads_no_other_signal() {
    let folder = Folder::new(40);
    let second = |second: i64| Timestamp::from_millis(HOUR + second * 1000);
    for part in 0..6 {
        let span = part * 600..(part + 1) * 600;
        let mut points = ramp(39, HOUR + span.start * 1000, HOUR + span.end * 1000);
        points.extend(span.clone().map(|at| {
            let value = Value::Integer(at / 100);
            point(SignalId(39), HOUR + at * 1000, value)
        }));
        let (from, to) = (HOUR + span.start * 1000, HOUR + span.end * 1000);
        folder.part(from, to, &points, Index::Whole);
    }
    let recording = folder.open(8 << 20);
    let history = of_recording(recording.clone());
    let view = history.view();
    let id = SignalId(39);
    assert_eq!(
        view.latest_at(id, second(3_599)).unwrap().time,
        second(3_599)
    );
    // Of the block in hand, too, all that says the same is one step.
    let first = view.same_since(id, second(3_599)).unwrap();
    assert!(first.time <= second(3_541), "{}", first.time);
    let before = recording.stats().bytes;
    let (mut t, mut steps, mut changes) = (second(3_540), 0, Vec::new());
    while let Some(first) = view.same_since(id, t) {
        steps += 1;
        if changes
            .last()
            .is_none_or(|(_, value)| *value != first.value)
        {
            changes.push((first.time, first.value));
        } else if let Some(last) = changes.last_mut() {
            last.0 = first.time;
        }
        t = Timestamp::from_nanos(first.time.as_nanos() - 1);
    }
    let wanted: Vec<_> = (0..36)
        .rev()
        .map(|count| (second(count * 100), Value::Integer(count)))
        .collect();
    assert_eq!(changes, wanted);
    assert!(steps < 50, "{steps} steps");
    // The blocks of an hour would be 144,000 points.
    let read = recording.stats().bytes - before;
    assert!(read < 60_000, "{read} bytes");
}
