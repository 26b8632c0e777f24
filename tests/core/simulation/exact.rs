//! The kernel against exact mathematics, in scenes that a user could have typed.
//!
//! The seed is fixed; the exact value must lie inside the 99.9 % interval, whose half-width is at most
//! 1 % of throughputs and, because queues vary more, a few percent of contents.
//! `cargo bench --bench validate` does the same at 0.3 % with several seeds and prints the table.

use super::exact_cases::{self, Case, Figure, exponential, line, queue};
use super::typed::{agrees, kpi, simulate};
use twinscape::simulation::experiment::Summary;

fn agree(cases: &[Case]) {
    for case in cases {
        let summary = simulate(&case.scene, case.warm_up, case.horizon, 14);
        for check in &case.checks {
            let element = |name: &str| summary.element(name).expect("an element");
            let estimate = match &check.figure {
                Figure::Kpi(name) => kpi(&summary, name),
                Figure::Content(name) => &element(name).mean_content,
                Figure::Throughput(name) => &element(name).throughput_per_hour,
            };
            let what = format!("{}, {:?}", case.name, check.figure);
            agrees(&what, estimate, check.exact, check.precision);
        }
        conserved(&case.name, &summary);
    }
}

/// What went in has come out or is still there: the rates in and out differ by no more than what can
/// have gathered.
fn conserved(name: &str, summary: &Summary) {
    let hours = summary.horizon_secs / 3_600.0;
    let of_kind = |kind: &str| -> f64 {
        let elements = summary
            .elements
            .iter()
            .filter(|element| element.kind == kind);
        elements
            .map(|element| element.throughput_per_hour.mean)
            .sum::<f64>()
            * hours
    };
    let gathered: u32 = summary
        .elements
        .iter()
        .map(|element| element.max_content)
        .sum();
    let difference = of_kind("source") - of_kind("sink");
    assert!(
        difference.abs() <= f64::from(gathered),
        "{name}: {difference} parts are lost"
    );
}

#[test]
fn exponential_lines_agree_with_the_markov_chain() {
    agree(&exact_cases::exponential_lines());
}

#[test]
fn deterministic_machines_that_fail_agree_with_gershwin() {
    agree(&exact_cases::gershwin());
}

#[test]
fn queues_and_losses_with_several_servers_agree_with_erlang() {
    agree(&exact_cases::erlang());
}

#[test]
fn single_servers_agree_with_pollaczek_and_khinchine_whatever_their_variability() {
    agree(&exact_cases::pollaczek_khinchine());
}

#[test]
fn an_open_network_with_rework_agrees_with_jackson() {
    agree(&[exact_cases::jackson()]);
}

#[test]
fn a_closed_line_agrees_with_mean_value_analysis() {
    agree(&exact_cases::conwip());
}

#[test]
fn littles_law_holds_in_every_run() {
    for run in 0..5 {
        let text = queue(&exponential(75.0), &exponential(60.0), "");
        let summary = simulate(&text, 100_000.0, 4e6 + f64::from(run), 2);
        let rate = kpi(&summary, "throughput").mean / 3_600.0;
        let expected = rate * kpi(&summary, "lead time").mean;
        let ratio = kpi(&summary, "parts in process").mean / expected;
        assert!((ratio - 1.0).abs() < 0.01, "L / λW = {ratio}");
    }
}

#[test]
fn a_line_and_its_mirror_image_have_the_same_throughput() {
    let times = [60.0, 78.0, 42.0, 66.0];
    let machines = |times: &[f64]| -> Vec<String> {
        times
            .iter()
            .map(|time| format!("cycle = {}", exponential(*time)))
            .collect()
    };
    let mirrored: Vec<f64> = times.iter().rev().copied().collect();
    let there = simulate(&line(&machines(&times), 2), 30_000.0, 2_400_000.0, 14);
    let back = simulate(&line(&machines(&mirrored), 2), 30_000.0, 2_400_000.0, 14);
    let (there, back) = (kpi(&there, "throughput"), kpi(&back, "throughput"));
    let joint = there.half_width.unwrap().hypot(back.half_width.unwrap());
    assert!(
        (there.mean - back.mean).abs() < joint && joint < 0.01 * there.mean,
        "{there:?} {back:?}"
    );
}
