//! The ingest thread: nothing is lost when it ends, and the window is not woken too often.

use std::sync::atomic::{AtomicU64, Ordering};

use twinscape::clock::Clock;
use twinscape::ingest::Wake;
use twinscape::source::batch::channel;
use twinscape::twin::LiveBoard;

use super::*;

fn counted_wakes() -> (Arc<AtomicU64>, Wake) {
    let count = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&count);
    let wake: Wake = Arc::new(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    (count, wake)
}

#[test]
fn the_thread_stores_all_that_was_sent_and_wakes_the_window_at_a_bounded_rate() {
    let mut builder = PlantBuilder::new();
    builder.equipment("machine", SITE, CONNECTION, vec![limited("x", 0.0, 0, 0)]);
    let plant = builder.build();
    for ends_by in ["sources", "handle"] {
        let (writer, reader) = in_memory(&plant);
        let (sender, batches) = channel();
        let board = LiveBoard::default();
        let clock = Arc::new(Clock::start());
        let (wakes, wake) = counted_wakes();
        let handle = twinscape::ingest::start(
            Arc::clone(&plant),
            writer,
            batches,
            board.clone(),
            Arc::clone(&clock),
            wake,
        )
        .unwrap();
        let start = clock.elapsed();
        for number in 0..2_000 {
            let now = clock.now();
            let mut batch = Batch::new(0, now);
            batch.samples.push(Sample {
                signal: SignalId(0),
                source_time: None,
                receive_time: now,
                value: Value::Float(f64::from(number % 100)),
                quality: Quality::Good,
            });
            sender.send(batch).unwrap();
        }
        if ends_by == "sources" {
            drop(sender);
            handle.join();
        } else {
            drop(handle);
        }
        let mut points = Vec::new();
        reader.range(SignalId(0), Timestamp::MIN..Timestamp::MAX, &mut points);
        assert_eq!(points.len(), 2_000, "{ends_by}");
        assert!(!board.alarms().is_empty(), "{ends_by}");
        let most = 2.0 + 30.0 * (clock.elapsed() - start).as_secs_f64();
        let wakes = wakes.load(Ordering::Relaxed);
        assert!((1..=most as u64).contains(&wakes), "{wakes} wakes");
    }
}
