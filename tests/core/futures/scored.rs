//! Forecasts that keep score against what then happened.

use std::time::Duration;

use super::rig::{self, START, gearbox, hear};
use twinscape::emulator::Disturbances;
use twinscape::futures::Settings;
use twinscape::futures::backtest::{BacktestError, Questions, Report, backtest};
use twinscape::model::Timestamp;
use twinscape::simulation::experiment::Control;

const HOUR: u64 = 3_600;

fn questions(hours: u64, replications: u64) -> Questions {
    Questions {
        from: START,
        to: Timestamp::MAX,
        horizon: Duration::from_secs(hours * HOUR),
        every: Duration::from_secs(hours * HOUR),
        settings: Settings {
            replications,
            ..Settings::default()
        },
    }
}

fn ask(heard: &rig::Heard, questions: &Questions) -> Report {
    let report = backtest(
        &heard.plant,
        &heard.reader,
        questions,
        &Control::default(),
        |_, _| {},
    );
    report.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn where_the_model_holds_the_bands_hold_what_they_should() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(
        &plant,
        21,
        Duration::from_secs(260 * HOUR),
        Disturbances::None,
    );
    let report = ask(&heard, &questions(2, 60));
    assert!(report.asked.len() >= 125, "{}", report.asked.len());
    let coverage = &report.all.coverage;
    assert!((0.70..=0.92).contains(&coverage.share()), "{coverage:?}");
    assert!(coverage.low < 0.8 && coverage.high > 0.8, "{coverage:?}");
    let shared = &report.all.coverage_ties_shared;
    assert!((0.70..=0.88).contains(&shared.mean), "{shared:?}");
    let bias = &report.all.bias;
    assert!(
        bias.mean.abs() < 3.5 * bias.sd / (bias.count as f64).sqrt() + 0.3,
        "{bias:?}"
    );
    let of = |method: &str| report.compared.iter().find(|s| s.method == method).unwrap();
    let (own, hour, day) = (of("simulation"), of("last hour"), of("day before"));
    assert_eq!(
        (own.coverage.of, hour.coverage.of),
        (day.coverage.of, day.coverage.of)
    );
    assert!(
        own.crps.mean < hour.crps.mean && own.crps.mean < day.crps.mean,
        "{report:?}"
    );
    assert!(own.width_at_band < hour.width_at_band && own.width_at_band < day.width_at_band);
    let asked: u64 = report
        .over_time
        .iter()
        .map(|(_, coverage)| coverage.of)
        .sum();
    assert_eq!(asked as usize, report.asked.len());
    // No answer shares anything that happened with another.
    let instants = report.asked.windows(2);
    assert!(
        instants
            .into_iter()
            .all(|pair| pair[1].at >= pair[0].at + Duration::from_secs(2 * HOUR))
    );
}

#[test]
fn a_plant_that_does_what_its_model_lacks_is_seen_to() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(
        &plant,
        22,
        Duration::from_secs(160 * HOUR),
        Disturbances::None,
    );
    // The same plant, but the model believes in a press that is a quarter faster.
    let faster = rig::LINE.replace(
        "min = \"30s\", mode = \"50s\", max = \"70s\"",
        "min = \"60s\", mode = \"80s\", max = \"100s\"",
    );
    let other = rig::Heard {
        plant: rig::plant(&faster),
        ..heard
    };
    let report = ask(&other, &questions(2, 40));
    assert!(report.all.coverage.high < 0.8, "{:?}", report.all.coverage);
    assert!(report.all.bias.mean < -5.0, "{:?}", report.all.bias);
}

#[test]
fn nothing_can_be_asked_of_too_little() {
    let plant = gearbox();
    let heard = hear(&plant, 5, Duration::from_secs(600), Disturbances::None);
    let refused = backtest(
        &plant,
        &heard.reader,
        &questions(1, 4),
        &Control::default(),
        |_, _| {},
    );
    let refused = refused.unwrap_err();
    assert!(matches!(refused, BacktestError::TooShort(Some(_))));
    assert!(
        refused
            .to_string()
            .contains("there is 2026-03-02T06:00:00Z to"),
        "{refused}"
    );
}
