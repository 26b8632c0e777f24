//! What happens when the ingest does not keep up.

use crossbeam_channel::bounded;
use twinscape::model::{Quality, Sample, SessionId, SignalId, Timestamp, Value};
use twinscape::source::Batch;
use twinscape::source::outlet::{Outlet, SpillBudget};

fn batch(number: i64) -> Batch {
    let time = Timestamp::from_secs(number);
    let mut batch = Batch::new(0, time);
    batch.samples.push(Sample {
        signal: SignalId(0),
        source_time: None,
        receive_time: time,
        value: Value::Integer(number),
        quality: Quality::Good,
    });
    batch
}

fn numbers(batches: &[Batch]) -> Vec<i64> {
    let samples = batches.iter().flat_map(|batch| &batch.samples);
    samples
        .map(|sample| sample.receive_time.as_nanos() / 1_000_000_000)
        .collect()
}

#[test]
fn what_the_channel_does_not_take_waits_in_order() {
    let (sender, receiver) = bounded(2);
    let mut outlet = Outlet::new(sender, SpillBudget::new(1 << 20));
    (0..5).for_each(|number| outlet.send(batch(number)));
    assert_eq!(outlet.spilled(), 3);
    let mut got = Vec::new();
    while outlet.has_backlog() || !receiver.is_empty() {
        got.extend(receiver.try_iter());
        outlet.drain();
    }
    assert_eq!(numbers(&got), [0, 1, 2, 3, 4]);
    assert!(got.iter().all(|batch| batch.lost == 0));
    assert_eq!((outlet.spilled(), outlet.dropped()), (0, 0));
}

#[test]
fn beyond_the_budget_a_gap_is_counted_and_sessions_are_not_lost_with_it() {
    let (sender, receiver) = bounded(1);
    let budget = SpillBudget::new(2 * batch(0).bytes());
    let mut outlet = Outlet::new(sender, budget);
    (0..3).for_each(|number| outlet.send(batch(number)));
    let mut death = batch(3);
    death
        .liveness
        .push((SessionId(7), false, Timestamp::from_secs(3)));
    outlet.send(death);
    outlet.send(batch(4));
    assert_eq!(outlet.dropped(), 2);

    let mut got: Vec<_> = receiver.try_iter().collect();
    outlet.drain();
    got.extend(receiver.try_iter());
    outlet.drain();
    got.extend(receiver.try_iter());
    outlet.send(batch(5));
    got.extend(receiver.try_iter());
    assert_eq!(numbers(&got), [0, 1, 2, 5]);
    let last = got.last().unwrap();
    assert_eq!(last.lost, 2);
    assert_eq!(last.lost_since, Some(Timestamp::from_secs(3)));
    assert_eq!(last.liveness.len(), 1);
    assert!(!outlet.has_backlog());
}

#[test]
fn a_gap_is_reported_even_when_nothing_follows() {
    let (sender, receiver) = bounded(1);
    let mut outlet = Outlet::new(sender, SpillBudget::new(0));
    outlet.send(batch(0));
    outlet.send(batch(1));
    assert!(outlet.has_backlog());
    assert_eq!(numbers(&[receiver.recv().unwrap()]), [0]);
    outlet.send(Batch::new(0, Timestamp::from_secs(9)));
    assert_eq!(receiver.recv().unwrap().lost, 1);
    assert!(!outlet.has_backlog());
}
