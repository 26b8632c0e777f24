//! [`Density`]: how much was received, along time.

use std::collections::VecDeque;
use std::time::Duration;

use super::sweep::Update;
use super::{Budget, Grid};
use crate::history::HistoryReader;
use crate::model::{Plant, SignalId, Timestamp};

/// Signals that are counted, spread over the plant: all of a large plant would take long, and look
/// the same.
pub const COUNTED: usize = 48;
/// Points that are as old as this have arrived.
const HOLD: Duration = Duration::from_secs(5);

/// Numbers received per bucket, of some signals spread over the plant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Density {
    /// Width of a bucket, nanoseconds.
    pub width: i64,
    /// The first bucket.
    pub first: i64,
    /// Points in each.
    pub counts: Vec<u32>,
}

#[derive(Debug, Default)]
pub(super) struct DensityLane {
    width: i64,
    first: i64,
    counts: VecDeque<u32>,
    /// Buckets from here on are counted again.
    open: i64,
    /// What is being counted: buckets, sums, and the next signal.
    counting: Option<Counting>,
    shown: Option<(Grid, i64)>,
}

#[derive(Debug)]
struct Counting {
    from: i64,
    to: i64,
    sums: Vec<u32>,
    next: usize,
}

fn counted(plant: &Plant) -> impl Iterator<Item = SignalId> + use<> {
    let all = plant.signals.len();
    let step = all.div_ceil(COUNTED).max(1);
    (0..all as u32).step_by(step).map(SignalId)
}

impl DensityLane {
    pub fn update(
        &mut self,
        plant: &Plant,
        history: &HistoryReader,
        grid: Grid,
        now: Timestamp,
        budget: &mut Budget,
    ) -> Update<Density> {
        let end = (grid.first + grid.count as i64).min(grid.bucket(now) + 1);
        let is_kept = self.width == grid.width
            && (self.first..=self.first + self.counts.len() as i64).contains(&grid.first);
        if !is_kept {
            (self.width, self.first, self.open) = (grid.width, grid.first, grid.first);
            self.counts.clear();
            self.counting = None;
        }
        while self.first < grid.first && self.counts.pop_front().is_some() {
            self.first += 1;
        }
        self.open = self.open.max(self.first);
        if self.shown == Some((grid, end)) || end <= self.open {
            return Update::Same;
        }
        let mut counting = match self.counting.take() {
            Some(counting) if counting.to == end && counting.from >= self.first => counting,
            _ => Counting {
                from: self.open,
                to: end,
                sums: vec![0; usize::try_from(end - self.open).unwrap_or(0)],
                next: 0,
            },
        };
        let mut buckets = Vec::new();
        let span = grid.start(counting.from)..grid.start(counting.to);
        for signal in counted(plant).skip(counting.next) {
            if budget.is_spent() {
                self.counting = Some(counting);
                return Update::More;
            }
            buckets.clear();
            history.range_decimated(signal, span.clone(), counting.sums.len(), &mut buckets);
            let mut points = 0;
            for (sum, bucket) in counting.sums.iter_mut().zip(&buckets) {
                *sum += u32::try_from(bucket.count).unwrap_or(u32::MAX);
                points += bucket.count as usize;
            }
            budget.spend(2 + counting.sums.len() / 50 + points / 100);
            counting.next += 1;
        }
        let keep = usize::try_from(counting.from - self.first).unwrap_or(0);
        self.counts.truncate(keep);
        self.counts.extend(&counting.sums);
        self.open = grid.bucket(now - HOLD).clamp(self.open, end);
        self.shown = Some((grid, end));
        Update::New(Density {
            width: self.width,
            first: self.first,
            counts: self.counts.iter().copied().take(grid.count).collect(),
        })
    }
}
