//! Futures against what then happened: an emulated plant that does what the model has.

use std::time::Duration;

use super::rig::{self, Heard, counted, hear, instants};
use twinscape::emulator::Disturbances;
use twinscape::futures::{Fork, Futures, Settings, Track};
use twinscape::simulation::experiment::Control;

const HOUR: u64 = 3_600;

/// Where what happened lies among so many futures, 0..1; among equals by halves.
fn place(values: &[f64], actual: f64) -> f64 {
    let below = values.iter().filter(|value| **value < actual).count() as f64;
    let equal = values.iter().filter(|value| **value == actual).count() as f64;
    (below + 0.5 * equal) / values.len() as f64
}

fn places(heard: &Heard, sink: &str, horizon: Duration, count: usize) -> Vec<f64> {
    let settings = Settings {
        horizon,
        replications: 60,
        ..Settings::default()
    };
    let begin = heard.from + Duration::from_secs(2 * HOUR);
    instants(begin, heard.to - horizon, count)
        .into_iter()
        .map(|at| {
            let fork = Fork::new(&heard.plant, &heard.reader, at).unwrap();
            let futures =
                Futures::new(&heard.plant, &fork, None, &heard.reader, &settings).unwrap();
            let forecast = futures.run(&Control::default()).unwrap();
            let last = forecast.grid().len() - 1;
            let actual = counted(heard, sink, at + horizon) - counted(heard, sink, at);
            place(&forecast.values(&Track::Completed, last), actual)
        })
        .collect()
}

/// The largest distance of places from those of a fair forecast.
fn unfairness(mut places: Vec<f64>) -> f64 {
    places.sort_by(f64::total_cmp);
    let count = places.len() as f64;
    let distance = |(index, place): (usize, &f64)| (place - (index as f64 + 0.5) / count).abs();
    places.iter().enumerate().map(distance).fold(0.0, f64::max)
}

#[test]
fn what_happens_lies_anywhere_among_the_futures_alike() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(
        &plant,
        11,
        Duration::from_secs(400 * HOUR),
        Disturbances::None,
    );
    for (secs, count) in [(600, 150), (3 * HOUR, 100)] {
        let places = places(&heard, "out", Duration::from_secs(secs), count);
        let mean = places.iter().sum::<f64>() / count as f64;
        // Uniform: mean 0.5, standard error 0.29 / √n.
        let limit = 3.3 * 0.289 / (count as f64).sqrt();
        assert!((mean - 0.5).abs() < limit, "{secs} s: mean place {mean}");
        let inside = places
            .iter()
            .filter(|place| (0.1..=0.9).contains(*place))
            .count();
        let share = inside as f64 / count as f64;
        assert!(
            (0.68..0.92).contains(&share),
            "{secs} s: {share} in the 80 % band"
        );
        let unfair = unfairness(places);
        assert!(unfair < 1.7 / (count as f64).sqrt(), "{secs} s: {unfair}");
    }
}
