//! [`Family`]: the kernel's distributions, fitted by maximum likelihood.
//!
//! Observations that were still going on when the recording ended (censored) count with the chance that
//! they last longer.

use serde::Serialize;

use super::special::{digamma, gamma_p, ln_gamma, minimise, normal_cdf, trigamma};
use crate::model::distribution::DistributionSpec;

/// A family of distributions that is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Always the same.
    Constant,
    /// Without memory.
    Exponential,
    /// The bell curve, cut off at 0.
    Normal,
    /// The logarithm is normal.
    Lognormal,
    /// Gamma.
    Gamma,
    /// Weibull.
    Weibull,
    /// All equally likely between two limits.
    Uniform,
    /// Rising, then falling.
    Triangular,
    /// The observed values themselves.
    Empirical,
    /// What the scene assumes, stretched to the observed mean.
    Assumed,
}

/// Durations that were observed, in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// From begin to end.
    pub complete: Vec<f64>,
    /// From begin to when nobody looked any more: they lasted longer.
    pub censored: Vec<f64>,
}

impl Sample {
    pub(super) fn mean(&self) -> f64 {
        self.complete.iter().sum::<f64>() / self.complete.len().max(1) as f64
    }

    pub(super) fn sd(&self) -> f64 {
        let (mean, n) = (self.mean(), self.complete.len());
        let squares: f64 = self.complete.iter().map(|x| (x - mean).powi(2)).sum();
        (squares / n.saturating_sub(1).max(1) as f64).sqrt()
    }

    pub(super) fn limits(&self) -> (f64, f64) {
        let values = self.complete.iter().copied();
        values.fold((f64::INFINITY, 0.0), |(low, high), x| {
            (x.min(low), x.max(high))
        })
    }

    /// Nothing differs by more than clocks do.
    fn is_constant(&self) -> bool {
        let (low, high) = self.limits();
        high - low <= (2e-4 * high).max(2e-3)
    }
}

impl Family {
    /// How many parameters are fitted.
    #[must_use]
    pub const fn parameters(self) -> usize {
        match self {
            Self::Constant | Self::Exponential => 1,
            Self::Normal | Self::Lognormal | Self::Gamma | Self::Weibull | Self::Uniform => 2,
            Self::Triangular => 3,
            Self::Empirical | Self::Assumed => 0,
        }
    }

    /// The most likely member of the family; none where there is none.
    pub(super) fn fit(self, sample: &Sample) -> Option<DistributionSpec> {
        let n = sample.complete.len();
        if n == 0 || sample.complete.iter().any(|x| !x.is_finite() || *x < 0.0) {
            return None;
        }
        let (low, high) = sample.limits();
        let is_spread = n >= 3 && high > low;
        match self {
            Self::Constant => sample.is_constant().then(|| DistributionSpec::Constant {
                value: sample.mean(),
            }),
            Self::Exponential => {
                let all: f64 = sample.complete.iter().chain(&sample.censored).sum();
                let mean = all / n as f64;
                (mean > 0.0).then_some(DistributionSpec::Exponential { mean })
            }
            _ if !is_spread => None,
            Self::Normal => fit_normal(sample),
            Self::Lognormal if low > 0.0 => fit_lognormal(sample),
            Self::Gamma if low > 0.0 => fit_gamma(sample),
            Self::Weibull if low > 0.0 => fit_weibull(sample),
            Self::Uniform if sample.censored.iter().all(|c| *c <= high) => {
                Some(DistributionSpec::Uniform {
                    min: low,
                    max: high,
                })
            }
            Self::Triangular if n >= 8 => fit_triangular(sample),
            _ => None,
        }
    }
}

/// Logarithm of the density at `x`.
fn ln_density(spec: &DistributionSpec, x: f64) -> f64 {
    let none = f64::NEG_INFINITY;
    match *spec {
        DistributionSpec::Constant { .. } => 0.0,
        DistributionSpec::Exponential { mean } => -mean.ln() - x / mean,
        DistributionSpec::Normal { mean, sd } => {
            let z = (x - mean) / sd;
            let kept = normal_cdf(mean / sd);
            -0.5 * z * z - sd.ln() - 0.5 * std::f64::consts::TAU.ln() - kept.ln()
        }
        DistributionSpec::Lognormal { mean, sd } if x > 0.0 => {
            let (mu, sigma) = log_parameters(mean, sd);
            let z = (x.ln() - mu) / sigma;
            -0.5 * z * z - sigma.ln() - x.ln() - 0.5 * std::f64::consts::TAU.ln()
        }
        DistributionSpec::Gamma { shape, scale } if x > 0.0 => {
            (shape - 1.0) * x.ln() - x / scale - shape * scale.ln() - ln_gamma(shape)
        }
        DistributionSpec::Weibull { shape, scale } if x > 0.0 => {
            let z = x / scale;
            shape.ln() - scale.ln() + (shape - 1.0) * z.ln() - z.powf(shape)
        }
        DistributionSpec::Uniform { min, max } if (min..=max).contains(&x) => -(max - min).ln(),
        DistributionSpec::Triangular { min, mode, max } if (min..=max).contains(&x) => {
            let span = max - min;
            let height = if x < mode {
                (x - min) / (mode - min)
            } else if max > mode {
                (max - x) / (max - mode)
            } else {
                1.0
            };
            (2.0 * height / span).ln()
        }
        _ => none,
    }
}

/// The share of durations that do not exceed `x`.
pub(super) fn cdf(spec: &DistributionSpec, x: f64) -> f64 {
    let x = x.max(0.0);
    match *spec {
        DistributionSpec::Constant { value } => f64::from(u8::from(x >= value)),
        DistributionSpec::Exponential { mean } => -(-x / mean).exp_m1(),
        DistributionSpec::Normal { mean, sd } => {
            let cut = normal_cdf(-mean / sd);
            ((normal_cdf((x - mean) / sd) - cut) / (1.0 - cut)).max(0.0)
        }
        DistributionSpec::Lognormal { mean, sd } => {
            let (mu, sigma) = log_parameters(mean, sd);
            if x > 0.0 {
                normal_cdf((x.ln() - mu) / sigma)
            } else {
                0.0
            }
        }
        DistributionSpec::Gamma { shape, scale } => gamma_p(shape, x / scale),
        DistributionSpec::Weibull { shape, scale } => -(-(x / scale).powf(shape)).exp_m1(),
        DistributionSpec::Uniform { min, max } => ((x - min) / (max - min)).clamp(0.0, 1.0),
        DistributionSpec::Triangular { min, mode, max } => {
            let span = max - min;
            if x <= min {
                0.0
            } else if x < mode {
                (x - min).powi(2) / (span * (mode - min))
            } else if x < max {
                1.0 - (max - x).powi(2) / (span * (max - mode))
            } else {
                1.0
            }
        }
        _ => 0.0,
    }
}

/// Logarithm of the likelihood of what was observed.
pub(super) fn ln_likelihood(spec: &DistributionSpec, sample: &Sample) -> f64 {
    let complete: f64 = sample.complete.iter().map(|x| ln_density(spec, *x)).sum();
    let censored: f64 = sample
        .censored
        .iter()
        .map(|x| (1.0 - cdf(spec, *x)).max(1e-300).ln())
        .sum();
    complete + censored
}

/// Mean and standard deviation of the logarithm.
fn log_parameters(mean: f64, sd: f64) -> (f64, f64) {
    let variance = (1.0 + (sd / mean).powi(2)).ln();
    (mean.ln() - 0.5 * variance, variance.sqrt())
}

fn lognormal(mu: f64, sigma: f64) -> DistributionSpec {
    let variance = sigma * sigma;
    let mean = (mu + 0.5 * variance).exp();
    DistributionSpec::Lognormal {
        mean,
        sd: mean * variance.exp_m1().sqrt(),
    }
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

fn fit_normal(sample: &Sample) -> Option<DistributionSpec> {
    let (mean, sd) = moments(sample.complete.iter().copied());
    // With next to nothing cut off, the usual estimates are the most likely ones.
    if sample.censored.is_empty() && mean > 4.0 * sd {
        return Some(DistributionSpec::Normal { mean, sd });
    }
    let at = |[mean, log_sd]: &[f64; 2]| DistributionSpec::Normal {
        mean: *mean,
        sd: log_sd.exp(),
    };
    let off = |point: &[f64; 2]| match point[0] >= 0.0 {
        true => -ln_likelihood(&at(point), sample),
        false => f64::INFINITY,
    };
    Some(at(&minimise([mean, sd.ln()], 0.1 * sd.max(1e-6), 400, off)))
}

fn fit_lognormal(sample: &Sample) -> Option<DistributionSpec> {
    let (mu, sigma) = moments(sample.complete.iter().map(|x| x.ln()));
    if sample.censored.is_empty() {
        return Some(lognormal(mu, sigma));
    }
    let at = |[mu, log_sigma]: &[f64; 2]| lognormal(*mu, log_sigma.exp());
    let off = |point: &[f64; 2]| -ln_likelihood(&at(point), sample);
    Some(at(&minimise([mu, sigma.ln()], 0.1, 400, off)))
}

/// Newton's method on the shape (Minka 2002).
fn fit_gamma(sample: &Sample) -> Option<DistributionSpec> {
    let n = sample.complete.len() as f64;
    let mean = sample.mean();
    let mean_log = sample.complete.iter().map(|x| x.ln()).sum::<f64>() / n;
    let s = mean.ln() - mean_log;
    if s <= 0.0 {
        return None;
    }
    let mut shape = (3.0 - s + ((s - 3.0).powi(2) + 24.0 * s).sqrt()) / (12.0 * s);
    for _ in 0..50 {
        let step = (shape.ln() - digamma(shape) - s) / (1.0 / shape - trigamma(shape));
        let next = shape - step;
        shape = if next > 0.0 { next } else { 0.5 * shape };
        if step.abs() < 1e-10 * shape {
            break;
        }
    }
    if sample.censored.is_empty() {
        return Some(DistributionSpec::Gamma {
            shape,
            scale: mean / shape,
        });
    }
    let at = |[log_shape, log_scale]: &[f64; 2]| DistributionSpec::Gamma {
        shape: log_shape.exp(),
        scale: log_scale.exp(),
    };
    let off = |point: &[f64; 2]| -ln_likelihood(&at(point), sample);
    Some(at(&minimise(
        [shape.ln(), (mean / shape).ln()],
        0.1,
        400,
        off,
    )))
}

/// The shape solves one equation, censored observations included (Lawless 2003, §5.2); it rises, so
/// halving finds it.
fn fit_weibull(sample: &Sample) -> Option<DistributionSpec> {
    let n = sample.complete.len() as f64;
    let (_, high) = sample.limits();
    let most = sample.censored.iter().copied().fold(high, f64::max);
    let logs: Vec<f64> = sample.complete.iter().map(|x| (x / most).ln()).collect();
    let mean_log = logs.iter().sum::<f64>() / n;
    let censored = sample.censored.iter().filter(|c| **c > 0.0);
    let all: Vec<f64> = logs
        .iter()
        .copied()
        .chain(censored.map(|c| (c / most).ln()))
        .collect();
    let sums = |shape: f64| {
        all.iter().fold((0.0, 0.0), |(plain, weighted), log| {
            let power = (shape * log).exp();
            (plain + power, weighted + power * log)
        })
    };
    let off = |shape: f64| {
        let (plain, weighted) = sums(shape);
        weighted / plain - 1.0 / shape - mean_log
    };
    let (mut low, mut top) = (1e-3, 1.0);
    while off(top) < 0.0 {
        low = top;
        top *= 2.0;
        if top > 1e5 {
            return None;
        }
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + top);
        if off(middle) < 0.0 {
            low = middle
        } else {
            top = middle
        }
    }
    let shape = 0.5 * (low + top);
    let (plain, _) = sums(shape);
    Some(DistributionSpec::Weibull {
        shape,
        scale: most * (plain / n).powf(1.0 / shape),
    })
}

fn fit_triangular(sample: &Sample) -> Option<DistributionSpec> {
    let (low, high) = sample.limits();
    let span = high - low;
    let (mean, n) = (sample.mean(), sample.complete.len() as f64);
    // How far the limits lie beyond what was seen, as logarithms, and the mode as a share.
    let at = |[below, above, share]: &[f64; 3]| {
        let min = (low - span * below.exp()).max(0.0);
        let max = high + span * above.exp();
        let share = 1.0 / (1.0 + (-share).exp());
        DistributionSpec::Triangular {
            min,
            mode: min + share * (max - min),
            max,
        }
    };
    let off = |point: &[f64; 3]| -ln_likelihood(&at(point), sample);
    let reach = (0.7 / n.sqrt()).max(1e-3).ln();
    let mode = ((3.0 * mean - low - high - low) / span).clamp(0.05, 0.95);
    let share = (mode / (1.0 - mode)).ln();
    Some(at(&minimise([reach, reach, share], 0.5, 600, off)))
}
