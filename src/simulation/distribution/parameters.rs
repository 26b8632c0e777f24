//! Which parameters make a distribution.

use thiserror::Error;

/// Why parameters do not make a distribution. Each names the parameter to mend.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum DistributionError {
    /// A parameter is NaN or infinite.
    #[error("{parameter} must be a finite number, not {value}")]
    NotFinite {
        /// The name of the parameter.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// A parameter that must not be negative is.
    #[error("{parameter} must not be negative, but is {value}")]
    Negative {
        /// The name of the parameter.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// A parameter that must be above zero is zero.
    #[error("{parameter} must be greater than 0")]
    Zero {
        /// The name of the parameter.
        parameter: &'static str,
    },
    /// min ≤ mode ≤ max does not hold.
    #[error("limits are out of order: {low} must not exceed {high}")]
    Order {
        /// The value that should be the lower one.
        low: f64,
        /// The value that should be the higher one.
        high: f64,
    },
    /// A probability above one.
    #[error("a probability must lie in 0..=1, not {value}")]
    Probability {
        /// What was given.
        value: f64,
    },
    /// An empirical distribution without a value, or whose weights sum to zero.
    #[error("an empirical distribution needs at least one value with a weight above 0")]
    Empty,
    /// An empirical distribution with another number of weights than of values.
    #[error("{weights} weights are given for {values} values")]
    WeightCount {
        /// Number of values.
        values: usize,
        /// Number of weights.
        weights: usize,
    },
}

pub(super) fn finite(parameter: &'static str, value: f64) -> Result<f64, DistributionError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(DistributionError::NotFinite { parameter, value })
    }
}

pub(super) fn not_negative(parameter: &'static str, value: f64) -> Result<f64, DistributionError> {
    if finite(parameter, value)? < 0.0 {
        return Err(DistributionError::Negative { parameter, value });
    }
    Ok(value)
}

pub(super) fn positive(parameter: &'static str, value: f64) -> Result<f64, DistributionError> {
    if not_negative(parameter, value)? == 0.0 {
        return Err(DistributionError::Zero { parameter });
    }
    Ok(value)
}

pub(super) fn ordered(low: f64, high: f64) -> Result<(), DistributionError> {
    if low <= high {
        Ok(())
    } else {
        Err(DistributionError::Order { low, high })
    }
}
