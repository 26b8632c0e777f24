//! [`Forecast`]: what many futures say together.

use std::sync::Arc;

use serde::Serialize;

use super::series::{Followed, Grid, Series};
use crate::model::Timestamp;
use crate::simulation::SimTime;
use crate::simulation::experiment::{Collected, Estimate, Running, Summary};

/// Shares of the futures whose limits a band tells.
pub const QUANTILES: [f64; 7] = [0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95];

/// Something that is followed over time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Track {
    /// Parts that have left the plant since the fork, pcs.
    Completed,
    /// Parts that left within the window before the instant, pcs/h. Until the window lies behind the
    /// fork, what was recorded before it counts.
    Throughput,
    /// Mean lead time of the parts that left within the window before the instant and since the fork, s:
    /// from when each came into the plant. Nothing of a future in which none left.
    LeadTime,
    /// Parts in the plant, pcs.
    Parts,
    /// Parts in a buffer, on a conveyor or with a fleet, by its path, pcs.
    Content(Arc<str>),
}

impl Track {
    /// The unit of its numbers.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::Throughput => "pcs/h",
            Self::LeadTime => "s",
            Self::Completed | Self::Parts | Self::Content(_) => "pcs",
        }
    }
}

/// Limits that given shares of the futures do not exceed, at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// 5 %.
    pub p05: f64,
    /// 10 %.
    pub p10: f64,
    /// A quarter.
    pub p25: f64,
    /// Half: the median.
    pub p50: f64,
    /// Three quarters.
    pub p75: f64,
    /// 90 %.
    pub p90: f64,
    /// 95 %.
    pub p95: f64,
}

/// A track over time: the limits at each instant of the grid.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Band {
    /// The instants.
    pub times: Vec<Timestamp>,
    /// The limits at each.
    pub limits: Vec<Quantiles>,
    /// The mean at each.
    pub means: Vec<f64>,
}

/// Which future of many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pick {
    /// The one nearest to the limit that this share does not exceed, in 0..=1: 0.5 is the median.
    Share(f64),
    /// The one with most at the horizon.
    Best,
    /// The one with least at the horizon.
    Worst,
}

/// How a scenario differs from another one at an instant, future by future under the same random
/// numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The instant.
    pub time: Timestamp,
    /// Mean difference with its confidence interval.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// How the differences are distributed.
    pub limits: Quantiles,
}

/// What the series are about.
#[derive(Debug)]
pub(super) struct Described {
    pub at: Timestamp,
    pub grid: Grid,
    pub window: SimTime,
    pub past: Arc<[(SimTime, f64)]>,
    pub followed: Arc<Followed>,
    /// Whether it is known of every part at the fork since when it has been in the plant.
    pub knows_ages: bool,
}

/// What the futures so far say.
#[derive(Clone, Debug)]
pub struct Forecast {
    described: Arc<Described>,
    collected: Collected,
    series: Vec<Arc<Series>>,
}

/// The values that shares of `values` do not exceed (Hyndman and Fan 1996, type 7).
pub(super) fn quantiles(values: &mut [f64]) -> Quantiles {
    values.sort_unstable_by(f64::total_cmp);
    let [p05, p10, p25, p50, p75, p90, p95] = QUANTILES.map(|share| quantile(values, share));
    Quantiles {
        p05,
        p10,
        p25,
        p50,
        p75,
        p90,
        p95,
    }
}

/// One of them, of sorted values; 0 of none.
pub(in crate::futures) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor();
    let value = |index: usize| sorted.get(index.min(last)).copied().unwrap_or_default();
    let (low, high) = (value(below as usize), value(below as usize + 1));
    low + (place - below) * (high - low)
}

impl Forecast {
    pub(super) fn new(
        described: Arc<Described>,
        collected: Collected,
        series: Vec<Arc<Series>>,
    ) -> Self {
        Self {
            described,
            collected,
            series,
        }
    }

    /// Futures that it is made of.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.series.len() as u64
    }

    /// The instants that it tells of.
    #[must_use]
    pub fn grid(&self) -> Grid {
        self.described.grid
    }

    /// The instant of a point of the grid.
    #[must_use]
    pub fn time(&self, point: usize) -> Timestamp {
        let nanos = self.described.grid.time(point).as_nanos();
        Timestamp::from_nanos(self.described.at.as_nanos().saturating_add(nanos))
    }

    /// Indicators over the whole horizon, shares of states, bottlenecks and orders. Lead times are left
    /// out where nobody knows of all parts at the fork when they came into the plant.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = self.collected.summary();
        let knows_ages = self.described.knows_ages;
        summary
            .kpis
            .retain(|kpi| knows_ages || !kpi.name.starts_with("lead time"));
        summary
    }

    /// Everything that can be followed.
    #[must_use]
    pub fn tracks(&self) -> Vec<Track> {
        let names = self.described.followed.names.iter();
        let contents = names.map(|name| Track::Content(name.as_str().into()));
        let lead_time = self.described.knows_ages.then_some(Track::LeadTime);
        [Track::Throughput, Track::Completed, Track::Parts]
            .into_iter()
            .chain(lead_time)
            .chain(contents)
            .collect()
    }

    /// The value of each replication at a point of the grid, where it has one.
    #[must_use]
    pub fn values(&self, track: &Track, point: usize) -> Vec<f64> {
        let place = self.place(track);
        let series = self.series.iter();
        series
            .filter_map(|series| self.value(series, track, place, point))
            .collect()
    }

    /// One replication over time, where it has a value; empty when it is not among those that are done.
    #[must_use]
    pub fn replication(&self, index: u64, track: &Track) -> Vec<(Timestamp, f64)> {
        let place = self.place(track);
        let found = self.series.iter().find(|series| series.index == index);
        let points = 0..self.described.grid.len();
        found.map_or_else(Vec::new, |series| {
            points
                .filter_map(|point| {
                    let value = self.value(series, track, place, point)?;
                    Some((self.time(point), value))
                })
                .collect()
        })
    }

    /// A track over time, where any of the futures has a value. Nothing of a track that is not followed.
    #[must_use]
    pub fn band(&self, track: &Track) -> Band {
        let place = self.place(track);
        let mut band = Band::default();
        if self.series.is_empty() || (place.is_none() && matches!(track, Track::Content(_))) {
            return band;
        }
        let mut values = Vec::with_capacity(self.series.len());
        for point in 0..self.described.grid.len() {
            values.clear();
            let series = self.series.iter();
            values.extend(series.filter_map(|series| self.value(series, track, place, point)));
            if values.is_empty() {
                continue;
            }
            band.times.push(self.time(point));
            band.means
                .push(values.iter().sum::<f64>() / values.len() as f64);
            band.limits.push(quantiles(&mut values));
        }
        band
    }

    /// The index of a future, by what it comes to at the horizon.
    #[must_use]
    pub fn pick(&self, track: &Track, pick: Pick) -> Option<u64> {
        let last = self.described.grid.len().checked_sub(1)?;
        let place = self.place(track);
        let valued = self.series.iter().filter_map(|series| {
            let value = self.value(series, track, place, last)?;
            Some((value, series.index))
        });
        let valued: Vec<(f64, u64)> = valued.collect();
        let mut sorted: Vec<f64> = valued.iter().map(|(value, _)| *value).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let wanted = match pick {
            Pick::Share(share) => quantile(&sorted, share),
            Pick::Best => *sorted.last()?,
            Pick::Worst => *sorted.first()?,
        };
        let nearest = valued.iter().min_by(|(a, _), (b, _)| {
            let off = |value: f64| (value - wanted).abs();
            off(*a).total_cmp(&off(*b))
        });
        nearest.map(|(_, index)| *index)
    }

    /// How these futures differ from those of `base` over time, future by future: `self − base`. Both
    /// must come from the same fork and seed, on the same grid; otherwise there is nothing to say.
    #[must_use]
    pub fn differences(&self, base: &Self, track: &Track, confidence: f64) -> Vec<Difference> {
        let same =
            self.described.at == base.described.at && self.described.grid == base.described.grid;
        let (own, other) = (self.place(track), base.place(track));
        let is_content = matches!(track, Track::Content(_));
        if !same || (is_content && (own.is_none() || other.is_none())) {
            return Vec::new();
        }
        let mut values = Vec::new();
        (0..self.described.grid.len())
            .filter_map(|point| {
                values.clear();
                let mut running = Running::default();
                for (a, b) in self.series.iter().zip(&base.series) {
                    let (a, b) = (
                        self.value(a, track, own, point),
                        base.value(b, track, other, point),
                    );
                    if let (Some(a), Some(b)) = (a, b) {
                        running.add(a - b);
                        values.push(a - b);
                    }
                }
                (!values.is_empty()).then(|| Difference {
                    time: self.time(point),
                    estimate: running.estimate(confidence),
                    limits: quantiles(&mut values),
                })
            })
            .collect()
    }

    fn place(&self, track: &Track) -> Option<usize> {
        match track {
            Track::Content(name) => {
                let mut names = self.described.followed.names.iter();
                names.position(|known| **known == **name)
            }
            _ => None,
        }
    }

    fn value(
        &self,
        series: &Series,
        track: &Track,
        place: Option<usize>,
        point: usize,
    ) -> Option<f64> {
        let at = |values: &[u32]| values.get(point).copied().map_or(0.0, f64::from);
        Some(match track {
            Track::Completed => at(&series.completed),
            Track::Parts => at(&series.parts),
            Track::Content(_) => place.map_or(0.0, |place| at(series.content(place))),
            Track::Throughput => self.throughput(series, point),
            Track::LeadTime => return self.lead_time(series, point),
        })
    }

    /// Mean lead time of the parts that left within the window before a point, since the fork, s.
    fn lead_time(&self, series: &Series, point: usize) -> Option<f64> {
        let described = &self.described;
        if !described.knows_ages {
            return None;
        }
        let from = described.grid.time(point) - described.window;
        let until = |point: usize| {
            let secs = series.lead_secs.get(point).copied()?;
            Some((series.completed.get(point).copied()?, secs))
        };
        let (before, secs_before) = match from > SimTime::ZERO {
            true => until(described.grid.point(from))?,
            false => (0, 0.0),
        };
        let (completed, secs) = until(point)?;
        let left = completed.saturating_sub(before);
        (left > 0).then(|| (secs - secs_before) / f64::from(left))
    }

    /// Parts per hour within the window before a point, with what was recorded before the fork.
    fn throughput(&self, series: &Series, point: usize) -> f64 {
        let described = &self.described;
        let now = described.grid.time(point);
        let completed = |point: usize| {
            let value = series.completed.get(point);
            value.copied().map_or(0.0, f64::from)
        };
        let from = now - described.window;
        let (begin, before) = if from >= SimTime::ZERO {
            let first = described.grid.point(from);
            (described.grid.time(first), completed(first))
        } else {
            let known = described.past.partition_point(|(time, _)| *time < from);
            let known = described.past.get(known).copied();
            known.unwrap_or((SimTime::ZERO, 0.0))
        };
        let hours = (now - begin).as_secs_f64() / 3_600.0;
        if hours > 0.0 {
            (completed(point) - before) / hours
        } else {
            0.0
        }
    }
}
