//! What a number of replications says of a figure: mean, spread, interval, quantiles.

use serde::{Deserialize, Serialize};

/// Mean and spread of a figure over replications, one value from each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Values it is made of.
    pub count: u64,
    /// Mean; 0 without values.
    pub mean: f64,
    /// Standard deviation between replications; 0 with fewer than two values.
    pub sd: f64,
    /// Half the width of the confidence interval of the mean (Student's t); none with fewer than two
    /// values.
    pub half_width: Option<f64>,
}

impl Estimate {
    /// Whether `value` lies in the confidence interval; a hair beside it counts as inside.
    #[must_use]
    pub fn covers(&self, value: f64) -> bool {
        let slack = 1e-9 * value.abs().max(1e-9);
        self.half_width
            .is_some_and(|half_width| (self.mean - value).abs() <= half_width + slack)
    }

    /// Half-width as a share of the mean; none when either is missing.
    #[must_use]
    pub fn relative_half_width(&self) -> Option<f64> {
        let half_width = self.half_width?;
        (self.mean != 0.0).then(|| half_width / self.mean.abs())
    }
}

/// Mean and variance of values as they come (Welford 1962).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Running {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Running {
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1;
        let off = value - self.mean;
        self.mean += off / self.count as f64;
        self.squares += off * (value - self.mean);
    }

    pub(crate) fn estimate(&self, confidence: f64) -> Estimate {
        let variance = if self.count > 1 {
            (self.squares / (self.count - 1) as f64).max(0.0)
        } else {
            0.0
        };
        let sd = variance.sqrt();
        Estimate {
            count: self.count,
            mean: self.mean,
            sd,
            half_width: (self.count > 1).then(|| {
                let t = student_t(confidence, (self.count - 1) as f64);
                t * sd / (self.count as f64).sqrt()
            }),
        }
    }
}

/// Values of which the quantiles are wanted too.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    values: Vec<f64>,
    running: Running,
}

impl Sample {
    pub(super) fn add(&mut self, value: f64) {
        self.values.push(value);
        self.running.add(value);
    }

    pub(super) fn estimate(&self, confidence: f64) -> Estimate {
        self.running.estimate(confidence)
    }

    /// The values that the shares `at` of all values do not exceed, with linear interpolation
    /// between neighbours (Hyndman and Fan 1996, type 7); empty without values.
    pub(super) fn quantiles<const N: usize>(&self, at: [f64; N]) -> Option<[f64; N]> {
        let mut sorted = self.values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        Some(at.map(|share| {
            let place = share * last as f64;
            let below = place.floor();
            let value = |index: usize| sorted.get(index.min(last)).copied().unwrap_or_default();
            let (low, high) = (value(below as usize), value(below as usize + 1));
            low + (place - below) * (high - low)
        }))
    }
}

/// A share of replications, with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probability {
    /// In how many it was so.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
    /// Lower end of the interval (Wilson 1927).
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Probability {
    /// With Wilson's score interval of the given confidence.
    #[must_use]
    pub fn new(hits: u64, of: u64, confidence: f64) -> Self {
        if of == 0 {
            let (low, high) = (0.0, 1.0);
            return Self {
                hits,
                of,
                low,
                high,
            };
        }
        let z = -normal_quantile(0.5 * (1.0 - confidence));
        let n = of as f64;
        let p = hits as f64 / n;
        let scale = 1.0 + z * z / n;
        let middle = (p + z * z / (2.0 * n)) / scale;
        let half = z / scale * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        Self {
            hits,
            of,
            // The ends that the formula has there, without what rounding leaves of them.
            low: if hits == 0 {
                0.0
            } else {
                (middle - half).max(0.0)
            },
            high: if hits == of {
                1.0
            } else {
                (middle + half).min(1.0)
            },
        }
    }

    /// The share itself; 0 of none.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.of == 0 {
            0.0
        } else {
            self.hits as f64 / self.of as f64
        }
    }
}

/// Two-sided quantile of Student's t: |t| stays below it with probability `confidence`
/// (Hill 1970, Algorithm 396).
#[must_use]
pub fn student_t(confidence: f64, degrees: f64) -> f64 {
    let p = 1.0 - confidence;
    if degrees < 1.5 {
        let angle = p * std::f64::consts::FRAC_PI_2;
        return angle.cos() / angle.sin();
    }
    if degrees < 2.5 {
        return (2.0 / (p * (2.0 - p)) - 2.0).sqrt();
    }
    let n = degrees;
    let a = 1.0 / (n - 0.5);
    let b = 48.0 / (a * a);
    let mut c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (a * std::f64::consts::FRAC_PI_2).sqrt() * n;
    let mut y = (d * p).powf(2.0 / n);
    if y > 0.05 + a {
        let x = normal_quantile(0.5 * p);
        y = x * x;
        if n < 5.0 {
            c += 0.3 * (n - 4.5) * (x + 0.6);
        }
        c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
        y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x;
        y = (a * y * y).exp_m1();
    } else {
        y = ((1.0 / (((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0)
            + 0.5 / (n + 4.0))
            * y
            - 1.0)
            * (n + 1.0)
            / (n + 2.0)
            + 1.0 / y;
    }
    (n * y).sqrt()
}

/// The standard normal quantile to seven digits (Wichura 1988, Algorithm AS 241, PPND7).
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q
            * (((59.109_374_720 * r + 159.291_132_02) * r + 50.434_271_938) * r + 3.387_132_717_9)
            / (((67.187_563_600 * r + 78.757_757_664) * r + 17.895_169_469) * r + 1.0);
    }
    let r = (-p.min(1.0 - p).ln()).sqrt();
    let x = if r <= 5.0 {
        let r = r - 1.6;
        (((0.170_238_211_03 * r + 1.306_728_481_6) * r + 2.756_815_390_0) * r + 1.423_437_277_7)
            / ((0.120_211_329_75 * r + 0.737_001_642_50) * r + 1.0)
    } else {
        let r = r - 5.0;
        (((0.017_337_203_997 * r + 0.428_682_943_37) * r + 3.081_226_386_0) * r + 6.657_905_115_0)
            / ((0.012_258_202_635 * r + 0.241_978_942_25) * r + 1.0)
    };
    if q < 0.0 { -x } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (confidence, degrees, table) in [
            (0.95, 1.0, 12.7062),
            (0.95, 2.0, 4.3027),
            (0.95, 3.0, 3.1824),
            (0.95, 4.0, 2.7764),
            (0.95, 9.0, 2.2622),
            (0.99, 19.0, 2.8609),
            (0.999, 19.0, 3.8834),
            (0.999, 5.0, 6.8688),
            (0.95, 199.0, 1.9720),
            (0.95, 1e6, 1.9600),
        ] {
            let t = student_t(confidence, degrees);
            assert!(
                (t / table - 1.0).abs() < 2e-4,
                "{confidence} {degrees}: {t}"
            );
        }
        assert!((normal_quantile(0.025) + 1.959_964).abs() < 1e-5);
        assert!((normal_quantile(1e-9) + 5.997_807).abs() < 1e-4);
    }

    #[test]
    fn a_share_of_all_has_an_interval_that_says_how_little_that_proves() {
        let all = Probability::new(10, 10, 0.95);
        assert!((all.low - 0.7225).abs() < 1e-3, "{all:?}");
        assert_eq!(all.high, 1.0);
        let some = Probability::new(171, 200, 0.95);
        assert!((some.low - 0.7996).abs() < 1e-3 && (some.high - 0.8972).abs() < 1e-3);
    }

    #[test]
    fn quantiles_lie_between_the_values() {
        let mut sample = Sample::default();
        for value in [4.0, 1.0, 3.0, 2.0] {
            sample.add(value);
        }
        assert_eq!(sample.quantiles([0.0, 0.5, 1.0]), Some([1.0, 2.5, 4.0]));
        assert_eq!(Sample::default().quantiles([0.5]), None);
        let estimate = sample.estimate(0.95);
        assert_eq!(estimate.mean, 2.5);
        assert!(estimate.covers(2.5) && !estimate.covers(6.0));
    }
}
