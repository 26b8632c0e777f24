//! [`DistributionSpec`]: durations as distributions, by their usual names and parameters.
//!
//! | name | parameters | typical use |
//! | --- | --- | --- |
//! | constant | value | an automatic cycle |
//! | uniform | min, max | only the limits are known |
//! | triangular | min, mode, max | an estimate: best, usual, worst |
//! | exponential | mean | time between independent arrivals or failures |
//! | normal | mean, sd; cut off at 0 | an automatic cycle with small variation |
//! | lognormal | mean, sd of the duration itself | manual work, repair |
//! | gamma | shape, scale (mean = shape · scale) | work in several steps |
//! | erlang | k, mean | k equal exponential steps |
//! | weibull | shape, scale | wear (shape > 1), infant mortality (shape < 1) |
//! | geometric | probability, unit | number of cycles until a failure or repair, ≥ 1 |
//! | empirical | observed values, optional weights | measured durations, drawn again |
//!
//! Parameters are seconds (shapes, weights and probabilities have no unit). These are the words of
//! scenes and of simulated networks alike; whether they make a distribution, and draws from it, is
//! up to [`Distribution`](crate::simulation::Distribution).

use serde::{Deserialize, Serialize};

/// The parameters of a distribution of durations. All times are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "distribution", rename_all = "lowercase", deny_unknown_fields)]
pub enum DistributionSpec {
    /// Always the same.
    Constant {
        /// The duration in seconds.
        value: f64,
    },
    /// Every value between two limits equally likely.
    Uniform {
        /// Least, in seconds.
        min: f64,
        /// Greatest, in seconds.
        max: f64,
    },
    /// Rising from `min` to `mode`, falling to `max`.
    Triangular {
        /// Least, in seconds.
        min: f64,
        /// Most likely, in seconds.
        mode: f64,
        /// Greatest, in seconds.
        max: f64,
    },
    /// Without memory.
    Exponential {
        /// Mean, in seconds.
        mean: f64,
    },
    /// The bell curve, cut off at 0 (negative draws are drawn again, so the mean of the draws lies
    /// a little above `mean` when `sd` is not small beside it; see [`mean_secs`](crate::simulation::Distribution::mean_secs)).
    Normal {
        /// Mean before the cut, in seconds.
        mean: f64,
        /// Standard deviation before the cut, in seconds.
        sd: f64,
    },
    /// The logarithm is normal. Both parameters are those of the duration itself.
    Lognormal {
        /// Mean, in seconds.
        mean: f64,
        /// Standard deviation, in seconds.
        sd: f64,
    },
    /// Sum of exponential steps, also for a broken number of them.
    Gamma {
        /// Shape, no unit.
        shape: f64,
        /// Scale, in seconds; the mean is shape · scale.
        scale: f64,
    },
    /// Sum of `k` equal exponential steps.
    Erlang {
        /// Number of steps.
        k: u32,
        /// Mean of the sum, in seconds.
        mean: f64,
    },
    /// Survival exp(−(t / scale)^shape).
    Weibull {
        /// Shape, no unit.
        shape: f64,
        /// Scale (characteristic life), in seconds.
        scale: f64,
    },
    /// `unit` times the number of trials up to and with the first success, so at least one `unit`.
    Geometric {
        /// Chance of success in each trial.
        probability: f64,
        /// Length of one trial, in seconds.
        unit: f64,
    },
    /// One of the observed values, drawn with replacement.
    Empirical {
        /// Observed durations, in seconds.
        values: Vec<f64>,
        /// How often each was observed; empty means equally often.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        weights: Vec<f64>,
    },
}

impl DistributionSpec {
    /// Every value this many times as large.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        use DistributionSpec as D;
        match self.clone() {
            D::Constant { value } => D::Constant {
                value: value * factor,
            },
            D::Uniform { min, max } => D::Uniform {
                min: min * factor,
                max: max * factor,
            },
            D::Triangular { min, mode, max } => D::Triangular {
                min: min * factor,
                mode: mode * factor,
                max: max * factor,
            },
            D::Exponential { mean } => D::Exponential {
                mean: mean * factor,
            },
            D::Normal { mean, sd } => D::Normal {
                mean: mean * factor,
                sd: sd * factor,
            },
            D::Lognormal { mean, sd } => D::Lognormal {
                mean: mean * factor,
                sd: sd * factor,
            },
            D::Gamma { shape, scale } => D::Gamma {
                shape,
                scale: scale * factor,
            },
            D::Erlang { k, mean } => D::Erlang {
                k,
                mean: mean * factor,
            },
            D::Weibull { shape, scale } => D::Weibull {
                shape,
                scale: scale * factor,
            },
            D::Geometric { probability, unit } => D::Geometric {
                probability,
                unit: unit * factor,
            },
            D::Empirical { values, weights } => D::Empirical {
                values: values.into_iter().map(|value| value * factor).collect(),
                weights,
            },
        }
    }
}

impl Default for DistributionSpec {
    /// No time at all.
    fn default() -> Self {
        Self::Constant { value: 0.0 }
    }
}
