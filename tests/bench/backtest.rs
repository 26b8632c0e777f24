//! Futures against what then happened, at length: the figures that the README shows.
//!
//! `cargo bench --no-default-features --bench backtest [-- PART…]`, parts `speed`, `warm`, `holds`,
//! `lacks`, `calibrate`, `families`; all of them when none is named.
//!
//! - `speed`: from an instant to the first band, and to ± 1 % of the throughput, on the demo plant.
//! - `warm`: 200 forks that share nothing: where what happened lies among the futures.
//! - `holds`: more than 400 forks that share nothing, of plants that do what their models have.
//! - `lacks`: the same of the demo plant with all its disturbances.
//! - `calibrate`: how often the intervals of parameters found from telemetry hold the true ones.
//! - `families`: how often the interval of a mean holds it where nobody knows the family.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../core/futures/rig.rs"]
#[expect(dead_code, reason = "the tests ask for more")]
mod rig;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;
use rig::{Heard, counted, gearbox, hear};
use twinscape::cli::backtest::write_table;
use twinscape::clock::Clock;
use twinscape::emulator::Disturbances;
use twinscape::futures::backtest::{Questions, backtest};
use twinscape::futures::calibrate::{Sample, WORK, calibrate, fit};
use twinscape::futures::{Fork, Futures, Settings, Track};
use twinscape::model::Timestamp;
use twinscape::simulation::Distribution;
use twinscape::simulation::experiment::{Control, ExperimentError, Precision, Probability};

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
    if asked("warm") || asked("holds") {
        let line = hear(&rig::plant(rig::LINE), 31, hours(1_000), Disturbances::None);
        if asked("warm") {
            warm("a line of three machines", &line, "out")?;
        }
        if asked("holds") {
            score(
                "a line of three machines that does what its model has",
                &line,
                2,
            )?;
        }
    }
    if asked("warm") || asked("holds") {
        let demo = hear(&gearbox(), 32, hours(430), Disturbances::None);
        if asked("warm") {
            warm("the demo plant", &demo, "finishing/wrapper-1")?;
        }
        if asked("holds") {
            score("the demo plant, undisturbed", &demo, 1)?;
        }
    }
    if asked("lacks") {
        let demo = hear(&gearbox(), 32, hours(430), Disturbances::AsInLife);
        score(
            "the demo plant with correlated stops, late breaks, drifting cycles",
            &demo,
            1,
        )?;
    }
    if asked("calibrate") {
        recovered();
    }
    if asked("families") {
        families()?;
    }
    Ok(())
}

/// Emulated runs that are calibrated one by one.
const RUNS: u64 = 60;

fn recovered() {
    let plant = rig::plant(rig::LINE);
    println!(
        "\n## Calibration: {RUNS} runs of 60 h of a line of three machines, intervals of 95 %\n"
    );
    println!("| machine | what | observed, on average | mean held | interval of that share |");
    println!("| --- | --- | ---: | ---: | --- |");
    let mut found: BTreeMap<(String, String), (u64, u64, usize)> = BTreeMap::new();
    for seed in 1..=RUNS {
        let heard = hear(&plant, 7_000 + seed, hours(60), Disturbances::None);
        let calibration = calibrate(&plant, &heard.reader, heard.from..heard.to, 0.95, |_, _| {});
        for machine in &calibration.machines {
            for item in &machine.items {
                let (Some(fit), Some(truth)) = (&item.fit, item.assumed_mean_secs) else {
                    continue;
                };
                let key = (machine.path.to_string(), item.quantity.name());
                let (held, of, observed) = found.entry(key).or_default();
                *held += u64::from((fit.mean.low..=fit.mean.high).contains(&truth));
                *of += 1;
                *observed += item.observed;
            }
            if let Some(scrap) = &machine.scrap {
                let key = (machine.path.to_string(), "scrap".to_owned());
                let (held, of, observed) = found.entry(key).or_default();
                let is_held = |truth| (scrap.found.low..=scrap.found.high).contains(&truth);
                *held += u64::from(scrap.assumed.is_some_and(is_held));
                *of += 1;
                *observed += scrap.found.of as usize;
            }
        }
    }
    for ((machine, what), (held, of, observed)) in found {
        let share = Probability::new(held, of, 0.95);
        println!(
            "| {machine} | {what} | {} | {:.1} % | {:.1}–{:.1} % |",
            observed / of.max(1) as usize,
            100.0 * share.share(),
            100.0 * share.low,
            100.0 * share.high
        );
    }
}

/// Samples that are drawn of each distribution and size.
const DRAWN: u64 = 400;

fn families() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "\n## Means of durations of a family that nobody knows: {DRAWN} samples each, intervals of 95 %\n"
    );
    println!("| drawn from | 10 of them | 25 | 40 | 100 | 400 |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (name, distribution) in [
        (
            "lognormal, sd 2/3 of the mean",
            Distribution::lognormal(360.0, 240.0)?,
        ),
        (
            "lognormal, sd as the mean",
            Distribution::lognormal(360.0, 360.0)?,
        ),
        ("exponential", Distribution::exponential(360.0)?),
        ("gamma, shape 4", Distribution::gamma(4.0, 90.0)?),
        ("weibull, shape 2", Distribution::weibull(2.0, 400.0)?),
        (
            "normal, sd 1/4 of the mean",
            Distribution::normal(360.0, 90.0)?,
        ),
        ("triangular", Distribution::triangular(200.0, 300.0, 600.0)?),
    ] {
        print!("| {name} |");
        for count in [10, 25, 40, 100, 400] {
            let (mut held, mut width) = (0, 0.0);
            for seed in 0..DRAWN {
                let mut rng = Pcg64Mcg::seed_from_u64(1_000 + seed);
                let secs = |_| distribution.sample(&mut rng, 1.0).as_secs_f64();
                let sample = Sample {
                    complete: (0..count).map(secs).collect(),
                    censored: Vec::new(),
                };
                let found = fit(&sample, &WORK, 0.95, seed).ok_or("nothing to fit")?;
                let mean = found.mean;
                held += u64::from((mean.low..=mean.high).contains(&distribution.mean_secs()));
                width += (mean.high - mean.low) / mean.value;
            }
            let share = 100.0 * held as f64 / DRAWN as f64;
            print!(" {share:.1} % ±{:.0} % |", 50.0 * width / DRAWN as f64);
            std::io::stdout().flush()?;
        }
        println!();
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

/// Where something lies among equally likely values, 0..1; among equals by chance, so that a fair
/// forecast has all places alike, whatever it counts (Czado, Gneiting and Held 2009).
fn place(values: &[f64], actual: f64, chance: &mut Chance) -> f64 {
    let below = values.iter().filter(|value| **value < actual).count() as f64;
    let equal = values.iter().filter(|value| **value == actual).count() as f64;
    (below + chance.next() * (equal + 1.0)) / (values.len() as f64 + 1.0)
}

/// Numbers in 0..1, the same in each run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn level(heard: &Heard, path: &str, at: Timestamp) -> Option<f64> {
    let id = heard.plant.find(path)?;
    let signal = heard.plant.signal_named(id, "content")?;
    heard.reader.latest_at(signal, at)?.value.as_f64()
}

/// Forks so many times, each time somewhere in a stretch of its own.
const FORKS: u32 = 200;

fn warm(name: &str, heard: &Heard, counter: &str) -> Result<(), Box<dyn std::error::Error>> {
    let plant = &heard.plant;
    println!("\n## Warm start: {FORKS} random instants of {name}\n");
    println!(
        "| after | of | mean place ± 1.96 se | inside 80 % | Kolmogorov–Smirnov √n D (5 %: 1.36) |"
    );
    println!("| ---: | --- | ---: | ---: | ---: |");
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    // The first of these within one day.
    for (secs, stretch) in [(300, 420), (1_800, 1_890), (2 * HOUR, 2 * HOUR + 40)] {
        let horizon = Duration::from_secs(secs);
        let settings = Settings {
            horizon,
            replications: 100,
            ..Settings::default()
        };
        let mut produced = Vec::new();
        let mut contents = Vec::new();
        for number in 0..FORKS {
            let begin = heard.from + hours(1) + Duration::from_secs(stretch) * number;
            let at = begin + Duration::from_secs(stretch - secs).mul_f64(chance.next());
            let fork = Fork::new(plant, &heard.reader, at)?;
            let futures = Futures::new(plant, &fork, None, &heard.reader, &settings)?;
            let counted_at = plant.find(counter).and_then(|id| plant.equipment(id));
            let path = &counted_at.ok_or("no counter")?.path;
            let element = futures.network().network.find(path).ok_or("no element")?;
            let forecast = futures.run(&Control::default())?;
            let actual = counted(heard, counter, at + horizon) - counted(heard, counter, at);
            let own = (0..settings.replications)
                .map(|index| {
                    let outcome = futures.experiment().replication(index)?;
                    let of = outcome.result.elements.get(element.index());
                    Ok(of.map_or(0.0, |of| of.produced as f64))
                })
                .collect::<Result<Vec<f64>, ExperimentError>>()?;
            produced.push(place(&own, actual, &mut chance));
            let last = forecast.grid().len() - 1;
            for track in forecast.tracks() {
                if let Track::Content(path) = &track
                    && let Some(actual) = level(heard, path, at + horizon)
                {
                    contents.push(place(&forecast.values(&track, last), actual, &mut chance));
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
