//! How long something still takes that has lasted for a while.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;
use twinscape::simulation::{Distribution, SimTime};

/// Largest distance between two empirical distribution functions.
fn distance(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let (mut i, mut j, mut most) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let next = a[i].min(b[j]);
        while i < a.len() && a[i] <= next {
            i += 1;
        }
        while j < b.len() && b[j] <= next {
            j += 1;
        }
        most = most.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    most
}

/// Draws of `distribution` above `elapsed`, by drawing again until one is.
fn rejected(
    distribution: &Distribution,
    elapsed: f64,
    count: usize,
    rng: &mut Pcg64Mcg,
) -> Vec<f64> {
    let mut draws = std::iter::repeat_with(|| distribution.sample(rng, 1.0).as_secs_f64());
    draws
        .by_ref()
        .filter(|secs| *secs > elapsed)
        .take(count)
        .collect()
}

#[test]
fn what_has_lasted_ends_as_the_draws_do_that_last_longer() {
    let distributions = [
        Distribution::uniform(20.0, 60.0),
        Distribution::triangular(20.0, 30.0, 60.0),
        Distribution::exponential(40.0),
        Distribution::normal(40.0, 10.0),
        Distribution::lognormal(40.0, 15.0),
        Distribution::gamma(0.6, 50.0),
        Distribution::gamma(4.0, 10.0),
        Distribution::erlang(3, 40.0),
        Distribution::weibull(0.8, 40.0),
        Distribution::weibull(2.5, 40.0),
        Distribution::geometric(0.1, 4.0),
        Distribution::empirical(vec![10.0, 20.0, 35.0, 50.0, 55.0, 80.0]),
    ];
    let mut rng = Pcg64Mcg::seed_from_u64(6);
    for distribution in distributions {
        let distribution = distribution.unwrap();
        for elapsed in [0.0, 5.0, 21.0, 33.0, 44.0, 58.0] {
            let beyond = |rng: &mut Pcg64Mcg| {
                let time = SimTime::from_secs_f64(elapsed);
                distribution.sample_beyond(rng, time).unwrap().as_secs_f64()
            };
            let own: Vec<f64> = (0..4_000).map(|_| beyond(&mut rng)).collect();
            assert!(own.iter().all(|secs| *secs >= elapsed), "{distribution:?}");
            let others = rejected(&distribution, elapsed, 4_000, &mut rng);
            // The 99.99 % limit of Kolmogorov and Smirnov for two samples of 4,000.
            let found = distance(own, others);
            assert!(
                found < 0.0498,
                "{distribution:?} after {elapsed} s: {found}"
            );
        }
    }
}

#[test]
fn what_has_lasted_longer_than_anything_can_has_no_end_to_be_drawn() {
    let mut rng = Pcg64Mcg::seed_from_u64(6);
    let mut ends = |distribution: &Distribution, secs: f64| {
        distribution.sample_beyond(&mut rng, SimTime::from_secs_f64(secs))
    };
    assert_eq!(ends(&Distribution::constant(9.0).unwrap(), 9.5), None);
    assert_eq!(ends(&Distribution::uniform(1.0, 2.0).unwrap(), 2.5), None);
    assert_eq!(
        ends(&Distribution::empirical(vec![3.0]).unwrap(), 3.0),
        None
    );
    let far = ends(&Distribution::lognormal(40.0, 2.0).unwrap(), 400.0);
    assert!(far.is_some_and(|time| time.as_secs_f64() >= 400.0));
    let far = ends(&Distribution::normal(40.0, 2.0).unwrap(), 100.0);
    assert!(far.is_some_and(|time| (100.0..101.0).contains(&time.as_secs_f64())));
}
