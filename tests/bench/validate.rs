//! The kernel against exact mathematics, precisely: the table that the README shows.
//!
//! `cargo bench --no-default-features --bench validate [-- SEEDS [HALF-WIDTH]]`
//!
//! Every case is a scene that a user could have typed. A first run says how many replications give the
//! 99.9 % interval a relative half-width of 0.3 % (or as said); then so many are made with every seed,
//! whatever they turn out to be: who stops when an interval is narrow stops when it is narrow by chance,
//! and misses more often than it says. The exact value must lie inside; of so many intervals one in a
//! thousand misses. No two cases share random numbers. Those of `queueing/exact.json` need the shared
//! data folder (`TWINSCAPE_SHARED`).

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../core/simulation/exact_cases.rs"]
#[expect(dead_code, reason = "the tests ask for more")]
mod exact_cases;
#[path = "../core/simulation/typed.rs"]
#[expect(dead_code, reason = "the tests ask for more")]
mod typed;

use exact_cases::Figure;
use twinscape::simulation::SimTime;
use twinscape::simulation::experiment::{Collected, Control, Estimate, Summary};

/// Replications of the run that says how many are needed.
const PILOT: u64 = 32;
/// Most replications for one case and seed.
const AT_MOST: u64 = 4_096;

fn estimate(summary: &Summary, figure: &Figure) -> Estimate {
    let element = |name: &str| summary.element(name).expect("an element");
    match figure {
        Figure::Kpi(name) => *typed::kpi(summary, name),
        Figure::Content(name) => element(name).mean_content,
        Figure::Throughput(name) => element(name).throughput_per_hour,
    }
}

fn name(figure: &Figure) -> String {
    match figure {
        Figure::Kpi(name) => (*name).to_owned(),
        Figure::Content(element) => format!("content of {element}"),
        Figure::Throughput(element) => format!("throughput of {element}"),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|a| a.parse::<f64>().ok());
    let seeds = numbers.next().unwrap_or(3.0) as u64;
    let wanted = numbers.next().unwrap_or(0.003);
    println!("| case | figure | exact | simulated, by seed | greatest error |");
    println!("| --- | --- | ---: | --- | ---: |");
    let (mut intervals, mut misses) = (0, 0);
    for (number, case) in (1..).zip(exact_cases::all()) {
        let mut found: Vec<Vec<Estimate>> = vec![Vec::new(); case.checks.len()];
        let mut experiment = typed::experiment(&case.scene);
        experiment.warm_up = SimTime::from_secs_f64(case.warm_up);
        experiment.horizon = SimTime::from_secs_f64(case.horizon);
        experiment.confidence = 0.999;
        experiment.replications = PILOT;
        for seed in 0..=seeds {
            experiment.seed = 1_000 * number + seed;
            let run = experiment.run(&Control::default(), |_, _: &Collected| {})?;
            let summary = run.summary();
            let estimates = case.checks.iter().map(|c| estimate(&summary, &c.figure));
            if seed == 0 {
                let widths = estimates.filter_map(|e| e.relative_half_width());
                let widest = widths.fold(0.0, f64::max);
                let needed = (PILOT as f64 * (widest / wanted).powi(2)).ceil() as u64;
                experiment.replications = needed.clamp(PILOT, AT_MOST);
            } else {
                for (found, estimate) in found.iter_mut().zip(estimates) {
                    found.push(estimate);
                }
            }
        }
        for (found, check) in found.iter().zip(&case.checks) {
            let mut worst = 0.0_f64;
            let mut texts = Vec::new();
            for estimate in found {
                intervals += 1;
                let is_inside = estimate.covers(check.exact);
                misses += u64::from(!is_inside);
                worst = worst.max((estimate.mean / check.exact - 1.0).abs());
                let half_width = estimate.half_width.unwrap_or_default();
                let mark = if is_inside { "" } else { " MISSED" };
                texts.push(format!("{:.5} ± {half_width:.5}{mark}", estimate.mean));
            }
            println!(
                "| {} | {} | {:.5} | {} | {:.3} % |",
                case.name,
                name(&check.figure),
                check.exact,
                texts.join(" · "),
                100.0 * worst
            );
        }
    }
    println!("\n{misses} of {intervals} intervals of 99.9 % miss the exact value");
    Ok(())
}
