//! Draws of a duration that has lasted for some time already: X, given that X > a.
//!
//! Every case draws exactly from the conditional distribution. Where the inverse of the tail has no
//! closed form, draws are proposed from an exponential tail that lies above it: Robert (1995) for the
//! normal distribution, the tangent of the logarithm of the density for the gamma distribution.

use rand::{Rng, RngExt};
use rand_distr::{Distribution as _, Exp1, StandardNormal};

use crate::model::distribution::DistributionSpec;

/// A draw in seconds above `elapsed`; `None` when no draw lies above it.
pub(super) fn sample_beyond<R: Rng + ?Sized>(
    spec: &DistributionSpec,
    rng: &mut R,
    elapsed: f64,
) -> Option<f64> {
    let a = elapsed.max(0.0);
    let drawn = match *spec {
        DistributionSpec::Constant { value } => value,
        DistributionSpec::Uniform { min, max } => {
            let low = min.max(a);
            low + (max - low) * rng.random::<f64>()
        }
        DistributionSpec::Triangular { min, mode, max } => {
            triangular_beyond(min, mode, max, a, rng.random())
        }
        DistributionSpec::Exponential { mean } => a + mean * exp1(rng),
        DistributionSpec::Normal { mean, sd } if sd > 0.0 => {
            mean + sd * normal_beyond(rng, (a - mean) / sd)
        }
        DistributionSpec::Normal { mean, .. } => mean,
        DistributionSpec::Lognormal { mean, sd } => {
            let variance = (1.0 + (sd / mean).powi(2)).ln();
            let (mu, sigma) = (mean.ln() - 0.5 * variance, variance.sqrt());
            if sigma > 0.0 && a > 0.0 {
                (mu + sigma * normal_beyond(rng, (a.ln() - mu) / sigma)).exp()
            } else {
                (mu + sigma * rng.sample::<f64, _>(StandardNormal)).exp()
            }
        }
        DistributionSpec::Gamma { shape, scale } => scale * gamma_beyond(rng, shape, a / scale),
        DistributionSpec::Erlang { k, mean } => {
            let k = f64::from(k.max(1));
            mean / k * gamma_beyond(rng, k, a * k / mean)
        }
        DistributionSpec::Weibull { shape, scale } => {
            scale * ((a / scale).powf(shape) + exp1(rng)).powf(1.0 / shape)
        }
        DistributionSpec::Geometric { probability, unit } => {
            let trials = ((1.0 - rng.random::<f64>()).ln() / (-probability).ln_1p()).floor() + 1.0;
            unit * ((a / unit).floor() + trials)
        }
        DistributionSpec::Empirical {
            ref values,
            ref weights,
        } => empirical_beyond(values, weights, a, rng.random())?,
    };
    // Nobody knows the last nanosecond: what ends right now has not ended.
    (drawn.is_finite() && drawn >= a).then_some(drawn)
}

fn exp1<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    Exp1.sample(rng)
}

/// A standard normal draw above `a`.
fn normal_beyond<R: Rng + ?Sized>(rng: &mut R, a: f64) -> f64 {
    if a < 0.3 {
        loop {
            let draw: f64 = rng.sample(StandardNormal);
            if draw > a {
                return draw;
            }
        }
    }
    let rate = 0.5 * (a + (a * a + 4.0).sqrt());
    loop {
        let draw = a + exp1(rng) / rate;
        if rng.random::<f64>() <= (-0.5 * (draw - rate).powi(2)).exp() {
            return draw;
        }
    }
}

/// A gamma draw of scale 1 above `a`.
fn gamma_beyond<R: Rng + ?Sized>(rng: &mut R, shape: f64, a: f64) -> f64 {
    if let Ok(gamma) = rand_distr::Gamma::new(shape, 1.0)
        && a <= shape
    {
        // Below the mean enough of the draws lie above.
        loop {
            let draw = gamma.sample(rng);
            if draw >= a {
                return draw;
            }
        }
    }
    if shape >= 1.0 {
        let rate = 1.0 - (shape - 1.0) / a;
        loop {
            let draw = a + exp1(rng) / rate;
            let log_ratio = (shape - 1.0) * (draw / a).ln() - (1.0 - rate) * (draw - a);
            if rng.random::<f64>().ln() <= log_ratio {
                return draw;
            }
        }
    }
    loop {
        let draw = a + exp1(rng);
        if rng.random::<f64>() <= (draw / a).powf(shape - 1.0) {
            return draw;
        }
    }
}

/// By the inverse of the distribution function above `a`.
fn triangular_beyond(min: f64, mode: f64, max: f64, a: f64, u: f64) -> f64 {
    let span = max - min;
    if span <= 0.0 {
        return min;
    }
    let below = if a <= min {
        0.0
    } else if a < mode {
        (a - min).powi(2) / (span * (mode - min))
    } else if a < max {
        1.0 - (max - a).powi(2) / (span * (max - mode))
    } else {
        return max;
    };
    let p = below + (1.0 - below) * u;
    if p * span < mode - min {
        min + (p * span * (mode - min)).sqrt()
    } else {
        max - ((1.0 - p) * span * (max - mode)).max(0.0).sqrt()
    }
}

fn empirical_beyond(values: &[f64], weights: &[f64], a: f64, u: f64) -> Option<f64> {
    let weight = |place: usize| weights.get(place).copied().unwrap_or(1.0);
    let above = || values.iter().enumerate().filter(|(_, value)| **value > a);
    let total: f64 = above().map(|(place, _)| weight(place)).sum();
    let mut left = u * total;
    let mut last = None;
    for (place, value) in above().filter(|(place, _)| weight(*place) > 0.0) {
        last = Some(*value);
        left -= weight(place);
        if left < 0.0 {
            break;
        }
    }
    last
}
