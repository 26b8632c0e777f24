//! [`Distribution`]: a distribution of durations, checked and ready to draw from.
//!
//! Names, parameters and their units are those of [`DistributionSpec`].

mod beyond;
mod mean;
mod parameters;
mod sampler;

use std::sync::Arc;

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::time::SimTime;
use crate::model::distribution::DistributionSpec;
use sampler::Sampler;

pub(crate) use mean::lanczos;

pub use parameters::DistributionError;

/// A validated distribution of durations, ready to draw from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "DistributionSpec", into = "DistributionSpec")]
pub struct Distribution {
    sampler: Sampler,
    spec: Arc<DistributionSpec>,
}

impl PartialEq for Distribution {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl Distribution {
    /// Always `secs`.
    pub fn constant(secs: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Constant { value: secs }.try_into()
    }

    /// Between `min` and `max` seconds, all equally likely.
    pub fn uniform(min: f64, max: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Uniform { min, max }.try_into()
    }

    /// Between `min` and `max` seconds, most likely at `mode`.
    pub fn triangular(min: f64, mode: f64, max: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Triangular { min, mode, max }.try_into()
    }

    /// Exponential with the given mean in seconds.
    pub fn exponential(mean: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Exponential { mean }.try_into()
    }

    /// Normal, cut off at 0; mean and standard deviation in seconds before the cut.
    pub fn normal(mean: f64, sd: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Normal { mean, sd }.try_into()
    }

    /// Lognormal by the mean and standard deviation of the duration itself, in seconds.
    pub fn lognormal(mean: f64, sd: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Lognormal { mean, sd }.try_into()
    }

    /// Gamma with shape and scale (seconds).
    pub fn gamma(shape: f64, scale: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Gamma { shape, scale }.try_into()
    }

    /// Erlang of `k` steps with the given mean (seconds) of their sum.
    pub fn erlang(k: u32, mean: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Erlang { k, mean }.try_into()
    }

    /// Weibull with shape and scale (seconds).
    pub fn weibull(shape: f64, scale: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Weibull { shape, scale }.try_into()
    }

    /// Geometric on 1, 2, 3, … times `unit` seconds.
    pub fn geometric(probability: f64, unit: f64) -> Result<Self, DistributionError> {
        DistributionSpec::Geometric { probability, unit }.try_into()
    }

    /// One of the observed `values` (seconds), all equally often.
    pub fn empirical(values: Vec<f64>) -> Result<Self, DistributionError> {
        DistributionSpec::Empirical {
            values,
            weights: Vec::new(),
        }
        .try_into()
    }

    /// The parameters it was made of.
    #[must_use]
    pub fn spec(&self) -> &DistributionSpec {
        &self.spec
    }

    /// The mean of the draws in seconds, the cut of the normal distribution included.
    #[must_use]
    pub fn mean_secs(&self) -> f64 {
        mean::mean_secs(&self.spec)
    }

    /// True when every draw takes no time.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self.sampler, Sampler::Constant(SimTime::ZERO))
    }

    /// Draws the whole length of a duration that has lasted for `elapsed` already: from the
    /// distribution of those that last longer. `None` when none does.
    pub fn sample_beyond<R: Rng + ?Sized>(&self, rng: &mut R, elapsed: SimTime) -> Option<SimTime> {
        let drawn = beyond::sample_beyond(&self.spec, rng, elapsed.as_secs_f64())?;
        Some(SimTime::from_secs_f64(drawn).max(elapsed))
    }

    /// Draws a duration, stretched by `factor`.
    #[inline(always)]
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R, factor: f64) -> SimTime {
        self.sampler.sample(rng, factor)
    }
}

impl TryFrom<DistributionSpec> for Distribution {
    type Error = DistributionError;

    fn try_from(spec: DistributionSpec) -> Result<Self, DistributionError> {
        Ok(Self {
            sampler: Sampler::new(&spec)?,
            spec: Arc::new(spec),
        })
    }
}

impl From<Distribution> for DistributionSpec {
    fn from(distribution: Distribution) -> Self {
        Arc::unwrap_or_clone(distribution.spec)
    }
}
