//! Drawing from a distribution.

use std::sync::Arc;

use rand::{Rng, RngExt};
use rand_distr::{Distribution as _, Exp1, Gamma, StandardNormal};

use super::parameters::{DistributionError, finite, not_negative, ordered, positive};
use crate::model::distribution::DistributionSpec;
use crate::simulation::time::SimTime;

/// Parameters turned into what a draw needs.
#[derive(Clone, Debug)]
pub(super) enum Sampler {
    Constant(SimTime),
    Uniform {
        min: f64,
        span: f64,
    },
    Triangular {
        min: f64,
        mode: f64,
        max: f64,
    },
    Exponential {
        mean: f64,
    },
    Normal {
        mean: f64,
        sd: f64,
    },
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    Gamma(Gamma<f64>),
    Weibull {
        inverse_shape: f64,
        scale: f64,
    },
    Geometric {
        log_failure: f64,
        unit: f64,
    },
    Empirical {
        values: Arc<[f64]>,
        cumulative: Arc<[f64]>,
    },
}

impl Sampler {
    /// Checks the parameters.
    pub(super) fn new(spec: &DistributionSpec) -> Result<Self, DistributionError> {
        Ok(match *spec {
            DistributionSpec::Constant { value } => {
                Self::Constant(SimTime::from_secs_f64(not_negative("value", value)?))
            }
            DistributionSpec::Uniform { min, max } => {
                ordered(not_negative("min", min)?, finite("max", max)?)?;
                Self::Uniform {
                    min,
                    span: max - min,
                }
            }
            DistributionSpec::Triangular { min, mode, max } => {
                ordered(not_negative("min", min)?, finite("mode", mode)?)?;
                ordered(mode, finite("max", max)?)?;
                Self::Triangular { min, mode, max }
            }
            DistributionSpec::Exponential { mean } => Self::Exponential {
                mean: not_negative("mean", mean)?,
            },
            DistributionSpec::Normal { mean, sd } => {
                // A mean at or above the cut keeps at least half of the draws.
                Self::Normal {
                    mean: not_negative("mean", mean)?,
                    sd: not_negative("sd", sd)?,
                }
            }
            DistributionSpec::Lognormal { mean, sd } => {
                let (mean, sd) = (positive("mean", mean)?, not_negative("sd", sd)?);
                let variance = (1.0 + (sd / mean).powi(2)).ln();
                Self::Lognormal {
                    mu: mean.ln() - 0.5 * variance,
                    sigma: variance.sqrt(),
                }
            }
            DistributionSpec::Gamma { shape, scale } => gamma_sampler(shape, scale)?,
            DistributionSpec::Erlang { k, mean } => {
                let mean = positive("mean", mean)?;
                gamma_sampler(f64::from(k), mean / f64::from(k.max(1)))?
            }
            DistributionSpec::Weibull { shape, scale } => Self::Weibull {
                inverse_shape: 1.0 / positive("shape", shape)?,
                scale: not_negative("scale", scale)?,
            },
            DistributionSpec::Geometric { probability, unit } => {
                let probability = positive("probability", probability)?;
                if probability > 1.0 {
                    return Err(DistributionError::Probability { value: probability });
                }
                Self::Geometric {
                    log_failure: (-probability).ln_1p(),
                    unit: not_negative("unit", unit)?,
                }
            }
            DistributionSpec::Empirical {
                ref values,
                ref weights,
            } => empirical_sampler(values, weights)?,
        })
    }

    /// Draws a duration, stretched by `factor`.
    #[inline(always)]
    pub(super) fn sample<R: Rng + ?Sized>(&self, rng: &mut R, factor: f64) -> SimTime {
        if let Self::Exponential { mean } = self {
            let standard: f64 = Exp1.sample(rng);
            return SimTime::from_secs_f64(standard * mean * factor);
        }
        self.sample_other(rng, factor)
    }

    #[inline(never)]
    fn sample_other<R: Rng + ?Sized>(&self, rng: &mut R, factor: f64) -> SimTime {
        let secs = match self {
            Self::Constant(time) if factor == 1.0 => return *time,
            Self::Constant(time) => time.as_secs_f64(),
            Self::Uniform { min, span } => min + span * rng.random::<f64>(),
            Self::Triangular { min, mode, max } => triangular(*min, *mode, *max, rng.random()),
            Self::Exponential { mean } => mean * exp1(rng),
            Self::Normal { mean, sd } => loop {
                let standard: f64 = StandardNormal.sample(rng);
                let secs = mean + sd * standard;
                if secs >= 0.0 {
                    break secs;
                }
            },
            Self::Lognormal { mu, sigma } => {
                let standard: f64 = StandardNormal.sample(rng);
                (mu + sigma * standard).exp()
            }
            Self::Gamma(gamma) => gamma.sample(rng),
            Self::Weibull {
                inverse_shape,
                scale,
            } => scale * exp1(rng).powf(*inverse_shape),
            Self::Geometric { log_failure, unit } => {
                // 1 − u lies in (0, 1]; a certain success has log_failure = −∞ and gives one trial.
                let trials = ((1.0 - rng.random::<f64>()).ln() / log_failure).floor() + 1.0;
                unit * trials
            }
            Self::Empirical { values, cumulative } => {
                let index = if cumulative.is_empty() {
                    (rng.random::<f64>() * values.len() as f64) as usize
                } else {
                    let total = cumulative.last().copied().unwrap_or_default();
                    let aim = rng.random::<f64>() * total;
                    cumulative.partition_point(|sum| *sum <= aim)
                };
                values[index.min(values.len() - 1)]
            }
        };
        SimTime::from_secs_f64(secs * factor)
    }
}

fn exp1<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    Exp1.sample(rng)
}

fn triangular(min: f64, mode: f64, max: f64, u: f64) -> f64 {
    let span = max - min;
    if span <= 0.0 {
        return min;
    }
    if u * span < mode - min {
        min + (u * span * (mode - min)).sqrt()
    } else {
        max - ((1.0 - u) * span * (max - mode)).sqrt()
    }
}

fn gamma_sampler(shape: f64, scale: f64) -> Result<Sampler, DistributionError> {
    let (shape, scale) = (positive("shape", shape)?, positive("scale", scale)?);
    Gamma::new(shape, scale)
        .map(Sampler::Gamma)
        .map_err(|_| DistributionError::NotFinite {
            parameter: "scale",
            value: scale,
        })
}

fn empirical_sampler(values: &[f64], weights: &[f64]) -> Result<Sampler, DistributionError> {
    if values.is_empty() {
        return Err(DistributionError::Empty);
    }
    if !weights.is_empty() && weights.len() != values.len() {
        let (values, weights) = (values.len(), weights.len());
        return Err(DistributionError::WeightCount { values, weights });
    }
    for value in values {
        not_negative("value", *value)?;
    }
    let mut sum = 0.0;
    let mut cumulative = Vec::with_capacity(weights.len());
    for weight in weights {
        sum += not_negative("weight", *weight)?;
        cumulative.push(sum);
    }
    if !weights.is_empty() && (sum == 0.0 || sum.is_infinite()) {
        return Err(DistributionError::Empty);
    }
    Ok(Sampler::Empirical {
        values: values.into(),
        cumulative: cumulative.into(),
    })
}
