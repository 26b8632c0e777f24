//! Distributions: their moments and their limits.

use super::*;
use twinscape::simulation::{DistributionError, DistributionSpec, Statistics};

/// Mean and standard deviation of the intervals of a source.
fn moments(distribution: &Distribution) -> (f64, f64) {
    #[derive(Default)]
    struct Intervals {
        last: Option<SimTime>,
        count: f64,
        sum: f64,
        squares: f64,
    }
    impl twinscape::simulation::Observer for Intervals {
        fn observe(&mut self, at: SimTime, happening: twinscape::simulation::Happening) {
            if let twinscape::simulation::Happening::Created { .. } = happening {
                let interval = (at - self.last.unwrap_or_default()).as_secs_f64();
                self.last = Some(at);
                self.count += 1.0;
                self.sum += interval;
                self.squares += interval * interval;
            }
        }
    }
    let mut network = Network::default();
    let source = network.source("source", Source::every(distribution.clone()));
    let sink = network.sink("sink");
    network.link(source, sink);
    let mut simulation = start(&network);
    let mut intervals = Intervals::default();
    for _ in 0..100_000 {
        simulation.step(&mut intervals);
    }
    let mean = intervals.sum / intervals.count;
    (
        mean,
        (intervals.squares / intervals.count - mean * mean).sqrt(),
    )
}

#[test]
fn draws_have_the_mean_and_spread_of_their_distribution() {
    let third = 1.0 / 3.0_f64;
    // Standard deviations from the usual formulas.
    let cases = [
        (Distribution::constant(2.5), 0.0),
        (Distribution::uniform(1.0, 4.0), 3.0 / 12.0_f64.sqrt()),
        (
            Distribution::triangular(1.0, 2.0, 6.0),
            (21.0_f64 / 18.0).sqrt(),
        ),
        (Distribution::exponential(3.0), 3.0),
        (Distribution::normal(10.0, 2.0), 2.0),
        (Distribution::lognormal(5.0, 4.0), 4.0),
        (Distribution::gamma(2.0, 1.5), 1.5 * 2.0_f64.sqrt()),
        (Distribution::erlang(4, 8.0), 4.0),
        (
            Distribution::weibull(2.0, 3.0),
            3.0 * (1.0 - std::f64::consts::FRAC_PI_4).sqrt(),
        ),
        (
            Distribution::geometric(0.25, 2.0),
            2.0 * 0.75_f64.sqrt() / 0.25,
        ),
        (
            Distribution::empirical(vec![1.0, 2.0, 6.0]),
            (14.0 * third).sqrt(),
        ),
        (
            DistributionSpec::Empirical {
                values: vec![1.0, 5.0],
                weights: vec![3.0, 1.0],
            }
            .try_into(),
            3.0_f64.sqrt(),
        ),
    ];
    for (distribution, sd) in cases {
        let distribution = distribution.expect("good parameters");
        let (mean, spread) = moments(&distribution);
        let expected = distribution.mean_secs();
        let spec = distribution.spec();
        assert!(
            (mean / expected - 1.0).abs() < 0.015,
            "{spec:?}: mean {mean}, not {expected}"
        );
        assert!(
            (spread - sd).abs() <= 0.04 * sd + 1e-6,
            "{spec:?}: sd {spread}, not {sd}"
        );
    }
}

#[test]
fn a_normal_duration_is_cut_off_at_zero() {
    let distribution = Distribution::normal(1.0, 1.0).expect("good parameters");
    // μ + σ φ(−1) / Φ(1) = 1 + 0.24197 / 0.84134
    assert!((distribution.mean_secs() - 1.287_60).abs() < 1e-4);
    let (mean, _) = moments(&distribution);
    assert!((mean - 1.287_60).abs() < 0.015, "{mean}");
}

#[test]
fn senseless_parameters_are_refused() {
    use DistributionError::{Empty, Negative, NotFinite, Order, Probability, WeightCount, Zero};
    let nan = f64::NAN;
    assert!(matches!(
        Distribution::constant(nan),
        Err(NotFinite {
            parameter: "value",
            ..
        })
    ));
    assert!(matches!(Distribution::constant(-1.0), Err(Negative { .. })));
    assert!(matches!(
        Distribution::exponential(f64::INFINITY),
        Err(NotFinite { .. })
    ));
    assert!(matches!(Distribution::uniform(2.0, 1.0), Err(Order { .. })));
    assert!(matches!(
        Distribution::triangular(0.0, 5.0, 4.0),
        Err(Order { .. })
    ));
    assert!(matches!(
        Distribution::normal(1.0, -1.0),
        Err(Negative {
            parameter: "sd",
            ..
        })
    ));
    assert!(matches!(
        Distribution::lognormal(0.0, 1.0),
        Err(Zero { parameter: "mean" })
    ));
    assert!(matches!(
        Distribution::gamma(0.0, 1.0),
        Err(Zero { parameter: "shape" })
    ));
    assert!(matches!(Distribution::erlang(0, 1.0), Err(Zero { .. })));
    assert!(matches!(
        Distribution::weibull(-1.0, 1.0),
        Err(Negative { .. })
    ));
    assert!(matches!(
        Distribution::geometric(1.5, 1.0),
        Err(Probability { .. })
    ));
    assert!(matches!(Distribution::empirical(Vec::new()), Err(Empty)));
    let spec = DistributionSpec::Empirical {
        values: vec![1.0],
        weights: vec![1.0, 2.0],
    };
    assert!(matches!(
        Distribution::try_from(spec),
        Err(WeightCount { .. })
    ));
}

#[test]
fn a_distribution_reads_as_people_write_it() {
    let text = r#"{ "distribution": "normal", "mean": 55.0, "sd": 4.0 }"#;
    let distribution: Distribution = serde_json::from_str(text).expect("valid");
    assert_eq!(Some(distribution), Distribution::normal(55.0, 4.0).ok());
    let wrong = r#"{ "distribution": "normal", "mean": -5.0, "sd": 4.0 }"#;
    let error = serde_json::from_str::<Distribution>(wrong)
        .expect_err("negative")
        .to_string();
    assert!(error.contains("mean must not be negative"), "{error}");
}

#[test]
fn statistics_weigh_with_time() {
    // One part in a station during 3 of every 10 seconds.
    let mut network = Network::default();
    let source = network.source("source", Source::every(constant(10.0)));
    let station = network.station("station", Station::new(constant(3.0)));
    let sink = network.sink("sink");
    network.chain(&[source, station, sink]);
    let mut simulation = start(&network);
    simulation.run_until(secs(100), &mut ());
    let mut statistics = Statistics::new(&simulation);
    simulation.run_until(secs(200), &mut statistics);
    let result = statistics.result(&simulation);
    assert!((result.elements[station.index()].mean_content - 0.3).abs() < 1e-9);
    assert!((result.mean_parts - 0.3).abs() < 1e-9);
    assert!((result.mean_lead_time_secs - 3.0).abs() < 1e-9);
    assert_eq!(result.completed, 10);
    assert!((result.throughput_per_sec - 0.1).abs() < 1e-12);
}
