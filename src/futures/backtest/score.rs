//! How good forecasts were.

use serde::Serialize;

use super::BAND;
use crate::futures::forecast::quantile;
use crate::simulation::experiment::{Estimate, Probability, Running};

/// How good one way to forecast was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// `simulation`, `last hour` or `day before`.
    pub method: &'static str,
    /// How often the band held what happened.
    pub coverage: Probability,
    /// The same for what is counted in whole parts: of what happened to lie on a limit of the band, only
    /// the share that belongs inside counts, so that a fair forecast comes to exactly what the band
    /// should hold (after Czado, Gneiting and Held 2009).
    pub coverage_ties_shared: Estimate,
    /// How often what happened was below it, and above.
    pub below: u64,
    /// See [`Score::below`].
    pub above: u64,
    /// Mean of the forecast minus what happened.
    pub bias: Estimate,
    /// Width of the band.
    pub width: Estimate,
    /// Interval score.
    pub interval_score: Estimate,
    /// Continuous ranked probability score.
    pub crps: Estimate,
    /// Mean width if all bands were stretched about their medians by one factor, so that they hold
    /// what they should; none of too few.
    pub width_at_band: Option<f64>,
}

/// Lower end, median and upper end of the band of sorted values.
pub(super) fn band(sorted: &[f64]) -> [f64; 3] {
    let tail = 0.5 * (1.0 - BAND);
    [tail, 0.5, 1.0 - tail].map(|share| quantile(sorted, share))
}

/// The interval score of a band that is to hold the share `band` (Gneiting and Raftery 2007, eq. 43).
#[must_use]
pub fn interval_score(low: f64, high: f64, actual: f64, band: f64) -> f64 {
    let outside = (low - actual).max(0.0) + (actual - high).max(0.0);
    (high - low) + 2.0 / (1.0 - band) * outside
}

/// The continuous ranked probability score of equally likely, sorted values (Gneiting and Raftery 2007,
/// eq. 21): mean |x − y| − ½ mean |x − x′|.
#[must_use]
pub fn crps(sorted: &[f64], actual: f64) -> f64 {
    let n = sorted.len() as f64;
    if sorted.is_empty() {
        return 0.0;
    }
    let off: f64 = sorted.iter().map(|value| (value - actual).abs()).sum();
    let ranks = sorted.iter().enumerate();
    let spread: f64 = ranks
        .map(|(index, value)| (2.0 * index as f64 + 1.0 - n) * value)
        .sum();
    off / n - spread / (n * n)
}

/// Which share of what happened lies inside the band, when values that are equal share their places.
fn inside(sorted: &[f64], actual: f64) -> f64 {
    let n = sorted.len() as f64 + 1.0;
    let below = sorted.partition_point(|value| *value < actual) as f64;
    let upto = sorted.partition_point(|value| *value <= actual) as f64 + 1.0;
    // The places that it may have had among them, as shares.
    let (from, to) = (below / n, upto / n);
    let tail = 0.5 * (1.0 - BAND);
    let held = to.min(1.0 - tail) - from.max(tail);
    (held / (to - from)).clamp(0.0, 1.0)
}

/// What was said and what happened.
#[derive(Debug, Default)]
pub(super) struct Answers {
    actual: Vec<f64>,
    /// Per method, per question: equally likely values, sorted.
    samples: [Vec<Option<Vec<f64>>>; 3],
}

const METHODS: [&str; 3] = ["simulation", "last hour", "day before"];

impl Answers {
    pub fn add(&mut self, actual: f64, own: Vec<f64>, naive: [Option<Vec<f64>>; 2]) {
        let [last_hour, day_before] = naive;
        self.actual.push(actual);
        let all = [Some(own), last_hour, day_before];
        for (kept, sample) in self.samples.iter_mut().zip(all) {
            kept.push(sample);
        }
    }

    /// The simulation, over all questions.
    pub fn all(&self, confidence: f64) -> Score {
        let [own, ..] = &self.samples;
        let questions = self.actual.iter().zip(own);
        score(
            METHODS[0],
            questions.filter_map(|(actual, sample)| Some((*actual, sample.as_deref()?))),
            confidence,
        )
    }

    /// All of them, over the questions that those answered that answered any.
    pub fn compared(&self, confidence: f64) -> Vec<Score> {
        let speaks: Vec<bool> = self
            .samples
            .iter()
            .map(|samples| samples.iter().any(Option::is_some))
            .collect();
        let is_common = |question: usize| {
            self.samples.iter().zip(&speaks).all(|(samples, speaks)| {
                !speaks || samples.get(question).is_some_and(Option::is_some)
            })
        };
        let methods = METHODS.iter().zip(&self.samples).zip(&speaks);
        methods
            .filter(|(_, speaks)| **speaks)
            .map(|((method, samples), _)| {
                let questions = self.actual.iter().zip(samples).enumerate();
                let common = questions.filter(|(index, _)| is_common(*index));
                score(
                    method,
                    common.filter_map(|(_, (actual, sample))| Some((*actual, sample.as_deref()?))),
                    confidence,
                )
            })
            .collect()
    }
}

fn score<'a>(
    method: &'static str,
    questions: impl Iterator<Item = (f64, &'a [f64])>,
    confidence: f64,
) -> Score {
    let (mut bias, mut width) = (Running::default(), Running::default());
    let (mut scores, mut ranked) = (Running::default(), Running::default());
    let mut shared = Running::default();
    let (mut hits, mut below, mut above, mut of) = (0, 0, 0, 0);
    // How far each band would have to be stretched to hold what happened, and its width.
    let mut stretches = Vec::new();
    let mut widths = 0.0;
    for (actual, sorted) in questions {
        let [low, median, high] = band(sorted);
        of += 1;
        below += u64::from(actual < low);
        above += u64::from(actual > high);
        hits += u64::from((low..=high).contains(&actual));
        shared.add(inside(sorted, actual));
        bias.add(sorted.iter().sum::<f64>() / sorted.len() as f64 - actual);
        width.add(high - low);
        widths += high - low;
        scores.add(interval_score(low, high, actual, BAND));
        ranked.add(crps(sorted, actual));
        let (off, side) = if actual >= median {
            (actual - median, high - median)
        } else {
            (median - actual, median - low)
        };
        // Half a part is as far as counts can be told apart.
        stretches.push(off / side.max(0.5));
    }
    stretches.sort_unstable_by(f64::total_cmp);
    let factor = quantile(&stretches, BAND);
    Score {
        method,
        coverage: Probability::new(hits, of, confidence),
        coverage_ties_shared: shared.estimate(confidence),
        below,
        above,
        bias: bias.estimate(confidence),
        width: width.estimate(confidence),
        interval_score: scores.estimate(confidence),
        crps: ranked.estimate(confidence),
        width_at_band: (of >= 10).then(|| factor * widths / of as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_is_charged_for_its_width_and_for_what_it_does_not_hold() {
        assert_eq!(interval_score(2.0, 5.0, 3.0, 0.8), 3.0);
        assert!((interval_score(2.0, 5.0, 1.0, 0.8) - 13.0).abs() < 1e-9);
        assert!((interval_score(2.0, 5.0, 5.5, 0.8) - 8.0).abs() < 1e-9);
    }

    #[test]
    fn what_lies_on_a_limit_is_inside_by_its_share() {
        // Nine equally likely values: ten places, of which the first and the last lie outside.
        let sorted: Vec<f64> = (1..10).map(f64::from).collect();
        assert!(inside(&sorted, 0.5) < 1e-9);
        assert!((inside(&sorted, 1.5) - 1.0).abs() < 1e-9);
        assert!((inside(&sorted, 1.0) - 0.5).abs() < 1e-9);
        // All the same: whatever happens has all places alike.
        assert!((inside(&[3.0; 9], 3.0) - 0.8).abs() < 1e-9);
        assert!(inside(&[3.0; 9], 4.0) < 1e-9);
    }

    #[test]
    fn the_ranked_score_is_that_of_its_definition() {
        let sorted = [1.0, 2.0, 4.0, 7.0];
        for actual in [0.0, 2.0, 3.0, 9.0] {
            let off = sorted.iter().map(|x: &f64| (x - actual).abs()).sum::<f64>() / 4.0;
            let pairs = sorted
                .iter()
                .flat_map(|a| sorted.iter().map(move |b| a - b));
            let spread = pairs.map(f64::abs).sum::<f64>() / 16.0;
            assert!((crps(&sorted, actual) - (off - 0.5 * spread)).abs() < 1e-12);
        }
        // Of a single value it is the distance.
        assert_eq!(crps(&[3.0], 5.0), 2.0);
    }
}
