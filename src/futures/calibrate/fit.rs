//! [`fit`]: which distribution durations follow, how well, and how sure that is.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;
use serde::Serialize;

use super::family::{Family, Sample, cdf, ln_likelihood};
use super::special::gamma_quantile;
use crate::futures::forecast::quantile;
use crate::model::distribution::DistributionSpec;
use crate::simulation::Distribution;
use crate::simulation::experiment::student_t;

/// Observations below which no family can be told from another: the simplest that is likely is taken.
pub const FEW: usize = 20;
/// Observations from which their own distribution is taken where no family fits.
const ENOUGH: usize = 50;
/// Samples that are drawn from a fit to see how far chance alone takes them.
const DRAWN: usize = 199;
/// Observations that such a sample has at most.
const DRAWN_SIZE: usize = 1_000;
/// Families that are tried, the most likely first.
const TRIED: usize = 3;
/// A family this much worse by Schwarz's criterion than the one that was taken may as well be the right
/// one: the odds are less than 20 to 1.
const RIVAL: f64 = 6.0;
/// A fit that chance makes worse at least this often is not refused.
const LEVEL: f64 = 0.01;
/// Share of observations without an end above which the agreement cannot be tested.
const MOST_CENSORED: f64 = 0.05;
/// Values that an empirical distribution keeps at most.
const KEPT: usize = 200;

/// A parameter of a fitted distribution.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name in scenes.
    pub name: &'static str,
    /// Its value; seconds, or without a unit (shapes).
    pub value: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How well a fit agrees with what was observed: Anderson and Darling's statistic, and how often it is
/// as large by chance, with the parameters fitted to each drawn sample as they were to the observed one
/// (parametric bootstrap; Stute, González Manteiga and Presedo Quindimil 1993).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Goodness {
    /// A².
    pub anderson_darling: f64,
    /// Share of samples drawn from the fit that agree worse with their own fit.
    pub p_value: f64,
}

/// A family with its likelihood.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// The family.
    pub family: Family,
    /// Akaike's criterion; less is better.
    pub aic: f64,
    /// Schwarz's criterion, by which the families are tried; less is better.
    pub bic: f64,
}

/// What durations follow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The family.
    pub family: Family,
    /// The distribution, in seconds.
    pub distribution: DistributionSpec,
    /// Its parameters with intervals; none of an empirical one.
    pub parameters: Vec<Parameter>,
    /// Mean duration with its interval, in seconds.
    pub mean: Parameter,
    /// How well it agrees; none where the values themselves were taken, all are the same, or too many
    /// were cut off.
    pub goodness: Option<Goodness>,
    /// Families that were tried, the most likely first.
    pub candidates: Vec<Candidate>,
}

impl Fit {
    /// Whether chance alone would seldom make it agree as badly.
    #[must_use]
    pub fn is_poor(&self) -> bool {
        self.goodness
            .is_some_and(|goodness| goodness.p_value < LEVEL)
    }
}

/// The distribution that `sample` follows, of `families`; `None`: there is nothing to fit.
///
/// The families are tried in the order of Schwarz's criterion until one is not refused by the
/// Anderson–Darling test; where none of the first three fits and there are enough observations, the
/// observed values themselves are taken. Where others fit nearly as well, the interval of the mean spans
/// theirs, too.
#[must_use]
pub fn fit(sample: &Sample, families: &[Family], confidence: f64, seed: u64) -> Option<Fit> {
    let n = sample.complete.len();
    if n == 0 {
        return None;
    }
    if let Some(distribution) = Family::Constant.fit(sample).filter(|_| n >= 2) {
        let mut mean = mean_of(sample, confidence);
        if n < FEW {
            // That a few were the same does not say that all are.
            (mean.low, mean.high) = (0.0, f64::INFINITY);
        }
        return Some(Fit {
            family: Family::Constant,
            parameters: vec![Parameter {
                name: "value",
                ..mean.clone()
            }],
            distribution,
            mean,
            goodness: None,
            candidates: Vec::new(),
        });
    }
    let mut found: Vec<(Candidate, DistributionSpec)> = families
        .iter()
        .filter(|family| n >= FEW || is_plain(**family))
        .filter_map(|family| {
            let spec = family.fit(sample)?;
            let likelihood = ln_likelihood(&spec, sample);
            let k = family.parameters() as f64;
            let all = (n + sample.censored.len()) as f64;
            likelihood.is_finite().then_some((
                Candidate {
                    family: *family,
                    aic: 2.0 * k - 2.0 * likelihood,
                    bic: k * all.ln() - 2.0 * likelihood,
                },
                spec,
            ))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.bic.total_cmp(&b.bic));
    let candidates: Vec<Candidate> = found.iter().map(|(candidate, _)| *candidate).collect();
    let tested = |family, spec| test(family, spec, sample, confidence, seed, &candidates);
    let mut best: Option<(Fit, f64)> = None;
    let tried = if is_testable(sample) { TRIED } else { 1 };
    let mut rest = found.into_iter().take(TRIED);
    for (candidate, spec) in rest.by_ref().take(tried) {
        let next = tested(candidate.family, spec);
        let is_better = |(best, _): &(Fit, f64)| {
            let p = |fit: &Fit| fit.goodness.map_or(1.0, |goodness| goodness.p_value);
            p(&next) > p(best)
        };
        let is_refused = next.is_poor();
        if best.as_ref().is_none_or(is_better) {
            best = Some((next, candidate.bic));
        }
        if !is_refused {
            break;
        }
    }
    let Some((mut best, bic)) = best.filter(|(best, _)| n < ENOUGH || !best.is_poor()) else {
        return Some(empirical(sample, confidence, candidates));
    };
    // Whichever of them it is, the interval holds the mean.
    for (candidate, spec) in rest.filter(|(rival, _)| rival.bic - bic < RIVAL) {
        let rival = tested(candidate.family, spec);
        if !rival.is_poor() {
            span(&mut best.mean, &rival.mean);
        }
    }
    if matches!(best.family, Family::Uniform | Family::Triangular) {
        // Two values would tell the mean nearly to the second, if it were sure that there are none beyond.
        span(&mut best.mean, &mean_of(sample, confidence));
    }
    Some(best)
}

/// Widens an interval so that it holds another one.
fn span(mean: &mut Parameter, other: &Parameter) {
    mean.low = mean.low.min(other.low);
    mean.high = mean.high.max(other.high);
}

/// Families that a few observations can say something about.
fn is_plain(family: Family) -> bool {
    family.parameters() <= 2 && family != Family::Uniform
}

fn is_testable(sample: &Sample) -> bool {
    sample.censored.len() as f64 <= MOST_CENSORED * sample.complete.len() as f64
}

fn mean_of(sample: &Sample, confidence: f64) -> Parameter {
    let n = sample.complete.len() as f64;
    let mean = sample.mean();
    let half = if n > 1.0 {
        student_t(confidence, n - 1.0) * sample.sd() / n.sqrt()
    } else {
        f64::INFINITY
    };
    Parameter {
        name: "mean",
        value: mean,
        low: (mean - half).max(0.0),
        high: mean + half,
    }
}

/// The values themselves; of many, so many of their quantiles.
fn empirical(sample: &Sample, confidence: f64, candidates: Vec<Candidate>) -> Fit {
    let mut values = sample.complete.clone();
    values.sort_unstable_by(f64::total_cmp);
    if values.len() > KEPT {
        let sorted = std::mem::take(&mut values);
        let share = |place: usize| (place as f64 + 0.5) / KEPT as f64;
        values = (0..KEPT)
            .map(|place| quantile(&sorted, share(place)))
            .collect();
    }
    Fit {
        family: Family::Empirical,
        distribution: DistributionSpec::Empirical {
            values,
            weights: Vec::new(),
        },
        parameters: Vec::new(),
        mean: mean_of(sample, confidence),
        goodness: None,
        candidates,
    }
}

/// The parameters of a distribution, by their names in scenes.
pub(super) fn parameters(spec: &DistributionSpec) -> Vec<(&'static str, f64)> {
    match *spec {
        DistributionSpec::Constant { value } => vec![("value", value)],
        DistributionSpec::Exponential { mean } => vec![("mean", mean)],
        DistributionSpec::Normal { mean, sd } | DistributionSpec::Lognormal { mean, sd } => {
            vec![("mean", mean), ("sd", sd)]
        }
        DistributionSpec::Gamma { shape, scale } => vec![("shape", shape), ("mean", shape * scale)],
        DistributionSpec::Weibull { shape, scale } => vec![("shape", shape), ("scale", scale)],
        DistributionSpec::Uniform { min, max } => vec![("min", min), ("max", max)],
        DistributionSpec::Triangular { min, mode, max } => {
            vec![("min", min), ("mode", mode), ("max", max)]
        }
        _ => Vec::new(),
    }
}

/// Draws samples from a fit, fits each anew, and sees how its parameters and its agreement scatter.
fn test(
    family: Family,
    spec: DistributionSpec,
    sample: &Sample,
    confidence: f64,
    seed: u64,
    candidates: &[Candidate],
) -> Fit {
    let own = parameters(&spec);
    let n = sample.complete.len() + sample.censored.len();
    let size = n.min(DRAWN_SIZE);
    let limit = limit(sample);
    // Fitted anew to as many as are drawn, so that both are compared on equal terms.
    let seen = Sample {
        complete: thinned(&sample.complete, size.min(sample.complete.len())),
        censored: Vec::new(),
    };
    let statistic = family
        .fit(&seen)
        .filter(|_| is_testable(sample))
        .map(|own| anderson_darling(&own, &seen.complete));
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut scatter: Vec<Vec<f64>> = vec![Vec::with_capacity(DRAWN); own.len() + 1];
    let mut worse = 0;
    let mut drawn_samples = 0;
    let mean = Distribution::try_from(spec.clone()).map_or(0.0, |d| d.mean_secs());
    if let Ok(distribution) = Distribution::try_from(spec.clone()) {
        for _ in 0..DRAWN {
            let mut drawn = Sample::default();
            for _ in 0..size {
                let secs = distribution.sample(&mut rng, 1.0).as_secs_f64().max(1e-9);
                if secs > limit {
                    drawn.censored.push(limit);
                } else {
                    drawn.complete.push(secs);
                }
            }
            let Some(again) = family.fit(&drawn) else {
                continue;
            };
            drawn_samples += 1;
            if let Some(statistic) = statistic {
                worse += u32::from(anderson_darling(&again, &drawn.complete) >= statistic);
            }
            let refitted = parameters(&again);
            let whole = Distribution::try_from(again).map_or(mean, |d| d.mean_secs());
            let values = refitted.iter().map(|(_, value)| *value).chain([whole]);
            for (scattered, value) in scatter.iter_mut().zip(values) {
                scattered.push(value);
            }
        }
    }
    // Smaller samples than the observed one scatter more; and of few observations the fit they are drawn
    // from is itself too narrow and only guessed, as Student's distribution has it for a mean.
    let free = (n as f64 - family.parameters() as f64).max(1.0);
    let guessed = student_t(confidence, free) / student_t(confidence, 1e9);
    let narrow = (n as f64 / free).sqrt();
    let shrink = (size as f64 / n as f64).sqrt() * guessed * narrow;
    let mut intervals = own
        .iter()
        .copied()
        .chain([("mean", mean)])
        .zip(&mut scatter)
        .map(|((name, value), scattered)| interval(name, value, scattered, shrink, confidence))
        .collect::<Vec<_>>();
    let mut mean = intervals
        .pop()
        .unwrap_or_else(|| mean_of(sample, confidence));
    if let (Family::Exponential, [own]) = (family, intervals.as_mut_slice()) {
        (own.low, own.high) = exponential_interval(sample, confidence);
        (mean.low, mean.high) = (own.low, own.high);
    }
    Fit {
        family,
        distribution: spec,
        parameters: intervals,
        mean,
        goodness: statistic.map(|anderson_darling| Goodness {
            anderson_darling,
            p_value: f64::from(worse + 1) / f64::from(drawn_samples + 1),
        }),
        candidates: candidates.to_vec(),
    }
}

/// The interval of the mean of an exponential time: exact for times that were all seen to end, and
/// nowhere too narrow where the observation ended while one was under way (Meeker and Escobar 1998, §7.7).
fn exponential_interval(sample: &Sample, confidence: f64) -> (f64, f64) {
    let tail = 0.5 * (1.0 - confidence);
    let ends = sample.complete.len() as f64;
    let under_way = f64::from(u8::from(!sample.censored.is_empty()));
    let all: f64 = sample.complete.iter().chain(&sample.censored).sum();
    (
        all / gamma_quantile(ends + under_way, 1.0 - tail),
        all / gamma_quantile(ends, tail),
    )
}

/// Where many observations were cut off, as far as one limit tells.
fn limit(sample: &Sample) -> f64 {
    if is_testable(sample) {
        return f64::INFINITY;
    }
    let mut limits = sample.censored.clone();
    limits.sort_unstable_by(f64::total_cmp);
    quantile(&limits, 0.5)
}

/// The interval of a parameter from what fits of drawn samples scatter by, as ratios: exact for what
/// stretches a distribution (Davison and Hinkley 1997, §5.2).
fn interval(
    name: &'static str,
    value: f64,
    scattered: &mut [f64],
    shrink: f64,
    confidence: f64,
) -> Parameter {
    let tail = 0.5 * (1.0 - confidence);
    scattered.sort_unstable_by(f64::total_cmp);
    let ratio = |share: f64| {
        let there = quantile(scattered, share);
        if there > 0.0 && value > 0.0 {
            (shrink * (there / value).ln()).exp()
        } else {
            1.0
        }
    };
    let (low, high) = if scattered.len() < 20 {
        (0.0, f64::INFINITY)
    } else {
        (value / ratio(1.0 - tail), value / ratio(tail))
    };
    Parameter {
        name,
        value,
        low,
        high,
    }
}

/// So many of the values, spread over the whole time.
fn thinned(values: &[f64], count: usize) -> Vec<f64> {
    let n = values.len();
    (0..count)
        .filter_map(|place| values.get(place * n / count.max(1)).copied())
        .collect()
}

/// A² of values against a distribution (Anderson and Darling 1954).
fn anderson_darling(spec: &DistributionSpec, values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let shares: Vec<f64> = sorted
        .iter()
        .map(|x| cdf(spec, *x).clamp(1e-12, 1.0 - 1e-12))
        .collect();
    let sum: f64 = shares
        .iter()
        .zip(shares.iter().rev())
        .enumerate()
        .map(|(index, (low, high))| (2.0 * index as f64 + 1.0) * (low.ln() + (1.0 - high).ln()))
        .sum();
    -(n as f64) - sum / n.max(1) as f64
}
