//! Neither the size of batches nor the timing of ticks changes what is derived.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Sample(u32, Value, Quality, i64),
    Alive(u32, bool),
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let quality = prop_oneof![9 => Just(Quality::Good), 1 => Just(Quality::Bad(Cause::Reported))];
    let words = prop_oneof![Just("RUN"), Just("WAIT"), Just("held"), Just("?")];
    let value =
        (0_u32..8, -20_i64..120, any::<bool>(), words).prop_map(|(signal, number, flag, word)| {
            match signal % 4 {
                0 => (signal, Value::Text(Text::new(word))),
                1 => (signal, Value::Float(number as f64)),
                _ => (signal, Value::Boolean(flag)),
            }
        });
    let sample = (value, quality, 0_i64..4_000)
        .prop_map(|((signal, value), quality, age)| Step::Sample(signal, value, quality, age));
    let alive =
        (0_u32..2, any::<bool>()).prop_map(|(session, is_alive)| Step::Alive(session, is_alive));
    let step = (1_i64..4_000, prop_oneof![12 => sample, 1 => alive]);
    proptest::collection::vec(step, 1..150)
}

type Told = Vec<(Timestamp, Value)>;

/// Everything that was derived, without the times at which it was found out.
fn derived(rig: &Rig) -> (Vec<Told>, Vec<Event>) {
    let plant = &rig.plant;
    let told = (plant.signals.len()..plant.signal_count()).map(|id| {
        let mut points = Vec::new();
        let all = Timestamp::MIN..Timestamp::MAX;
        rig.reader.range(SignalId(id as u32), all, &mut points);
        points
            .iter()
            .map(|point| (point.time, point.value))
            .collect()
    });
    (told.collect(), rig.events())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn neither_batches_nor_ticks_change_what_is_derived(
        steps in steps(), cuts in proptest::collection::vec(any::<bool>(), 150),
        ticks in proptest::collection::vec(0_i64..3, 150))
    {
        let mut one_by_one = Rig::new(floor());
        let mut in_batches = Rig::new(floor());
        let mut now = 0_i64;
        let time = |ms: i64| at(ms as f64 / 1000.0);
        let mut batch = Batch::new(0, time(0));
        for (at, (pause, step)) in steps.iter().enumerate() {
            // Punctual: a tick for every moment in between.
            for part in 1..=4 {
                one_by_one.ingest.tick(time(now + pause * part / 4 - 1));
            }
            let before = now;
            now += pause;
            // At random: none, or one before the next step.
            if batch.is_empty() && ticks[at] > 0 {
                in_batches.ingest.tick(time(before + (pause * ticks[at] / 3).min(pause - 1)));
            }
            let mut single = Batch::new(0, time(now));
            for batch in [&mut single, &mut batch] {
                match step {
                    Step::Sample(signal, value, quality, age) => batch.samples.push(Sample {
                        signal: SignalId(*signal),
                        // Times of their own, for what comes at one instant is one change.
                        source_time: Some(time(now - age) + Duration::from_nanos(at as u64)),
                        receive_time: time(now),
                        value: *value,
                        quality: *quality,
                    }),
                    Step::Alive(session, is_alive) => {
                        batch.liveness.push((SessionId(*session), *is_alive, time(now)));
                    }
                }
            }
            one_by_one.ingest.ingest(&single);
            if cuts[at] {
                batch.receive_time = time(now);
                in_batches.ingest.ingest(&batch);
                batch = Batch::new(0, time(now));
            }
        }
        batch.receive_time = time(now);
        in_batches.ingest.ingest(&batch);
        for rig in [&mut one_by_one, &mut in_batches] {
            rig.ingest.tick(time(now + 100_000));
        }
        prop_assert_eq!(derived(&one_by_one), derived(&in_batches));
        prop_assert_eq!(one_by_one.ingest.stats(), in_batches.ingest.stats());
    }
}
