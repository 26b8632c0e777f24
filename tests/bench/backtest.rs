//! Futures against what then happened, at length: the figures that the README shows.
//!
//! `cargo bench --no-default-features --bench backtest [-- PART…]`, parts `speed`, `warm`, `holds`,
//! `lacks`; all of them when none is named.
//!
//! - `speed`: from an instant to the first band, and to ± 1 % of the throughput, on the demo plant.
//! - `warm`: 200 forks of a day whose parameters are known: where what happened lies among the futures.
//! - `holds`: more than 400 forks that share nothing, of plants that do what their models have.
//! - `lacks`: the same of the demo plant with all its disturbances.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../core/futures/rig.rs"]
mod rig;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use rig::{Heard, counted, gearbox, hear, instants};
use twinscape::cli::backtest::write_table;
use twinscape::clock::Clock;
use twinscape::emulator::Disturbances;
use twinscape::futures::backtest::{Questions, backtest};
use twinscape::futures::{Fork, Futures, Settings, Track};
use twinscape::model::{Plant, Timestamp};
use twinscape::simulation::experiment::{Control, Precision, Probability};

const HOUR: u64 = 3_600;

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * HOUR)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let named: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let asked = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    if asked("speed") {
        speed()?;
    }
    if asked("warm") {
        warm("a line of three machines", &rig::plant(rig::LINE), "out")?;
        warm("the demo plant", &gearbox(), "finishing/wrapper-1")?;
    }
    if asked("holds") {
        let line = hear(&rig::plant(rig::LINE), 31, hours(1_000), Disturbances::None);
        score(
            "a line of three machines that does what its model has",
            &line,
            2,
        )?;
        drop(line);
        let demo = hear(&gearbox(), 32, hours(430), Disturbances::None);
        score("the demo plant, undisturbed", &demo, 1)?;
    }
    if asked("lacks") {
        let demo = hear(&gearbox(), 32, hours(430), Disturbances::AsInLife);
        score(
            "the demo plant with correlated stops, late breaks, drifting cycles",
            &demo,
            1,
        )?;
    }
    Ok(())
}

fn speed() -> Result<(), Box<dyn std::error::Error>> {
    let heard = hear(&gearbox(), 5, hours(8), Disturbances::AsInLife);
    println!("\n## Speed, demo plant, 8 h ahead\n");
    println!("| fork | first band (8 futures) | ± 1 % of the throughput | futures | 200 futures |");
    println!("| ---: | ---: | ---: | ---: | ---: |");
    for _ in 0..5 {
        let clock = Clock::start();
        let fork = Fork::new(&heard.plant, &heard.reader, heard.to)?;
        let forked = clock.elapsed();
        let mut settings = Settings {
            replications: 1_000,
            precision: Some(Precision {
                relative_half_width: 0.01,
                at_least: 10,
            }),
            ..Settings::default()
        };
        let futures = Futures::new(&heard.plant, &fork, None, &heard.reader, &settings)?;
        let mut job = futures.spawn()?;
        while job.progress().done < 8 && !job.is_finished() {
            std::thread::sleep(Duration::from_micros(200));
        }
        let band = job.forecast().band(&Track::Throughput);
        let first = clock.elapsed();
        assert!(!band.times.is_empty());
        let forecast = job.finish()?;
        let precise = clock.elapsed();
        settings.precision = None;
        settings.replications = 200;
        let clock = Clock::start();
        let futures = Futures::new(&heard.plant, &fork, None, &heard.reader, &settings)?;
        futures.run(&Control::default())?;
        println!(
            "| {:.1} ms | {:.1} ms | {:.0} ms | {} | {:.0} ms |",
            1e3 * forked.as_secs_f64(),
            1e3 * first.as_secs_f64(),
            1e3 * precise.as_secs_f64(),
            forecast.count(),
            1e3 * clock.elapsed().as_secs_f64(),
        );
    }
    Ok(())
}

/// Where something lies among equally likely values: 0 below all, 1 above all, among equals by halves.
fn place(values: &[f64], actual: f64) -> f64 {
    let below = values.iter().filter(|value| **value < actual).count() as f64;
    let equal = values.iter().filter(|value| **value == actual).count() as f64;
    (below + 0.5 * equal) / values.len() as f64
}

fn level(heard: &Heard, path: &str, at: Timestamp) -> Option<f64> {
    let id = heard.plant.find(path)?;
    let signal = heard.plant.signal_named(id, "content")?;
    heard.reader.latest_at(signal, at)?.value.as_f64()
}

fn warm(name: &str, plant: &Arc<Plant>, counter: &str) -> Result<(), Box<dyn std::error::Error>> {
    let heard = hear(plant, 41, hours(25), Disturbances::None);
    println!("\n## Warm start: 200 random instants of a day of {name}\n");
    println!(
        "| after | of | mean place ± 1.96 se | inside 80 % | Kolmogorov–Smirnov √n D (1.36) |"
    );
    println!("| ---: | --- | ---: | ---: | ---: |");
    for secs in [300, 1_800, 2 * HOUR] {
        let horizon = Duration::from_secs(secs);
        let settings = Settings {
            horizon,
            replications: 100,
            ..Settings::default()
        };
        let mut produced = Vec::new();
        let mut contents = Vec::new();
        for at in instants(heard.from + hours(1), heard.to - horizon, 200) {
            let fork = Fork::new(plant, &heard.reader, at)?;
            let futures = Futures::new(plant, &fork, None, &heard.reader, &settings)?;
            let element = futures.network().network.find(
                &plant
                    .equipment(plant.find(counter).ok_or("no counter")?)
                    .ok_or("no counter")?
                    .path,
            );
            let element = element.ok_or("no element")?;
            let forecast = futures.run(&Control::default())?;
            let actual = counted(&heard, counter, at + horizon) - counted(&heard, counter, at);
            let own: Vec<f64> = (0..settings.replications)
                .map(|index| {
                    let outcome = futures.experiment().replication(index)?;
                    Ok(outcome.result.elements[element.index()].produced as f64)
                })
                .collect::<Result<_, twinscape::simulation::experiment::ExperimentError>>()?;
            produced.push(place(&own, actual));
            let last = forecast.grid().len() - 1;
            for track in forecast.tracks() {
                if let Track::Content(path) = &track
                    && let Some(actual) = level(&heard, path, at + horizon)
                {
                    let values = forecast.values(&track, last);
                    let is_certain = values.iter().all(|value| *value == values[0]);
                    if !is_certain || values[0] != actual {
                        contents.push(place(&values, actual));
                    }
                }
            }
        }
        row(secs, &format!("parts through {counter}"), produced, true);
        row(secs, "contents of buffers and belts", contents, false);
    }
    Ok(())
}

fn row(secs: u64, what: &str, mut places: Vec<f64>, is_independent: bool) {
    let n = places.len() as f64;
    let mean = places.iter().sum::<f64>() / n;
    let variance = places
        .iter()
        .map(|place| (place - mean).powi(2))
        .sum::<f64>()
        / n;
    let inside = places
        .iter()
        .filter(|place| (0.1..=0.9).contains(*place))
        .count() as u64;
    let inside = Probability::new(inside, places.len() as u64, 0.95);
    places.sort_by(f64::total_cmp);
    let distances = places.iter().enumerate();
    let distance = distances
        .map(|(index, place)| (place - (index as f64 + 0.5) / n).abs())
        .fold(0.0, f64::max);
    println!(
        "| {secs} s | {what} ({}) | {mean:.3} ± {:.3} | {:.1} % ({:.1}–{:.1}) | {} |",
        places.len(),
        1.96 * (variance / n).sqrt(),
        100.0 * inside.share(),
        100.0 * inside.low,
        100.0 * inside.high,
        if is_independent {
            format!("{:.2}", distance * n.sqrt())
        } else {
            "not independent".to_owned()
        }
    );
}

fn score(name: &str, heard: &Heard, ahead: u64) -> Result<(), Box<dyn std::error::Error>> {
    println!("\n## Back-test: {name}\n");
    let questions = Questions {
        from: heard.from,
        to: heard.to,
        horizon: hours(ahead),
        every: hours(ahead),
        settings: Settings {
            replications: 100,
            ..Settings::default()
        },
    };
    let clock = Clock::start();
    let control = Control::default();
    let report = backtest(&heard.plant, &heard.reader, &questions, &control, |_, _| {})?;
    let mut out = std::io::stdout().lock();
    write_table(&mut out, name, &report)?;
    writeln!(out, "\n{:.1} s", clock.elapsed().as_secs_f64())?;
    Ok(())
}
