//! Naive forecasts, with bands made of what they were wrong by before.

use std::ops::Range;
use std::time::Duration;

use crate::model::Timestamp;

/// Errors from which a band is made at least.
const LEAST_ERRORS: usize = 20;
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// The last hour's rate, and the day before.
pub(super) struct Naive {
    horizon: Duration,
    /// Per forecast: what it was wrong by, and when that was known.
    errors: [Vec<(Timestamp, f64)>; 2],
}

/// What they say.
pub(super) struct Said {
    pub centres: [Option<f64>; 2],
    /// Equally likely values, sorted.
    pub samples: [Option<Vec<f64>>; 2],
}

impl Naive {
    pub fn new(horizon: Duration) -> Self {
        Self {
            horizon,
            errors: [Vec::new(), Vec::new()],
        }
    }

    /// What they say at `at`; `count` counts the parts that left in a span.
    pub fn answers(&self, at: Timestamp, count: &impl Fn(Range<Timestamp>) -> Option<f64>) -> Said {
        let hours = self.horizon.as_secs_f64() / HOUR.as_secs_f64();
        let day_before = at - DAY;
        let centres = [
            count(at - HOUR..at).map(|parts| parts * hours),
            // Longer than a day: as far as it is known, and on in the same way.
            match self.horizon <= DAY {
                true => count(day_before..day_before + self.horizon),
                false => count(day_before..at).map(|parts| parts * hours / 24.0),
            },
        ];
        let mut samples = [None, None];
        for ((sample, centre), errors) in samples.iter_mut().zip(centres).zip(&self.errors) {
            let known = errors.iter().filter(|(since, _)| *since <= at);
            let mut values: Vec<f64> = known
                .map(|(_, error)| (centre.unwrap_or_default() + error).max(0.0))
                .collect();
            if centre.is_some() && values.len() >= LEAST_ERRORS {
                values.sort_unstable_by(f64::total_cmp);
                *sample = Some(values);
            }
        }
        Said { centres, samples }
    }

    /// What happened, known from `since` on.
    pub fn learn(&mut self, since: Timestamp, centres: [Option<f64>; 2], actual: f64) {
        for (errors, centre) in self.errors.iter_mut().zip(centres) {
            if let Some(centre) = centre {
                errors.push((since, actual - centre));
            }
        }
    }
}
