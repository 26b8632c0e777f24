//! [`Plot`]: a pinned signal along time, decimated to buckets; its gaps are gaps.

use std::time::Duration;

use super::{Budget, Grid};
use crate::history::{Bucket, HistoryReader};
use crate::model::signal::Reporting;
use crate::model::{Plant, SignalId, Timestamp};

/// A signal over the visible span.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// Width of a bucket, nanoseconds.
    pub width: i64,
    /// The first bucket.
    pub first: i64,
    /// Minimum, maximum, mean and last in each.
    pub buckets: Vec<Bucket>,
    /// The usable value that stood when the first bucket began.
    pub before: Option<f64>,
    /// A value stands for this many buckets at the most.
    pub stands: usize,
    /// The least and the largest number in it.
    pub bounds: Option<[f64; 2]>,
}

#[derive(Debug, Default)]
pub(super) struct PlotLane {
    made: Option<(Grid, i64)>,
}

impl PlotLane {
    pub fn update(
        &mut self,
        plant: &Plant,
        history: &HistoryReader,
        id: SignalId,
        grid: Grid,
        now: Timestamp,
        budget: &mut Budget,
    ) -> Option<Plot> {
        // Two looks at the newest bucket: at its beginning, and when it is over.
        let newest = now.as_nanos().div_euclid((grid.width / 2).max(1));
        let end = newest.min((grid.first + grid.count as i64) * 2);
        if self.made == Some((grid, end)) {
            return None;
        }
        self.made = Some((grid, end));
        let spec = &plant.signal(id)?.spec;
        let span = grid.span();
        let mut buckets = Vec::new();
        history.range_decimated(id, span.clone(), grid.count, &mut buckets);
        let points: u64 = buckets.iter().map(|bucket| bucket.count).sum();
        budget.spend(10 + grid.count / 50 + points as usize / 100);
        let stands = match spec.reporting {
            Reporting::ByException => usize::MAX,
            Reporting::Cyclic { stale_after } => {
                let width = grid.width as f64 * 1e-9;
                (stale_after.as_secs_f64() / width).ceil() as usize
            }
        };
        let age = |at: Timestamp| span.start.saturating_since(at);
        let before = history
            .latest_at(id, span.start - Duration::from_nanos(1))
            .filter(|point| point.quality.is_usable())
            .filter(|point| match spec.reporting {
                Reporting::ByException => true,
                Reporting::Cyclic { stale_after } => age(point.time) < stale_after,
            })
            .and_then(|point| point.value.as_f64());
        let numbers = buckets
            .iter()
            .filter(|bucket| bucket.count > 0)
            .flat_map(|bucket| [bucket.min, bucket.max])
            .chain(before);
        let bounds = numbers.fold(None, |bounds: Option<[f64; 2]>, number| {
            let [low, high] = bounds.unwrap_or([number; 2]);
            Some([low.min(number), high.max(number)])
        });
        // Nothing is known of the future.
        let known = usize::try_from(grid.bucket(now) + 1 - grid.first).unwrap_or(0);
        buckets.truncate(known);
        Some(Plot {
            width: grid.width,
            first: grid.first,
            buckets,
            before,
            stands,
            bounds,
        })
    }
}
