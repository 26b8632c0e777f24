//! [`Bucket`]: min, max and mean of a range per pixel, so that a plot of any length costs its width
//! and loses no extreme.

use std::ops::Range;

use crate::model::Timestamp;

/// Statistics of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tally {
    pub count: u64,
    pub min: f64,
    pub max: f64,
    pub sum: f64,
    pub last: f64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            count: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
            last: f64::NAN,
        }
    }
}

impl Tally {
    #[inline]
    pub fn add(&mut self, number: f64) {
        self.count += 1;
        self.min = self.min.min(number);
        self.max = self.max.max(number);
        self.sum += number;
        self.last = number;
    }

    /// Adds a later run.
    pub fn join(&mut self, later: &Self) {
        if later.count > 0 {
            self.count += later.count;
            self.min = self.min.min(later.min);
            self.max = self.max.max(later.max);
            self.sum += later.sum;
            self.last = later.last;
        }
    }
}

/// What lies in one part of a range: the usable numbers of a signal (not texts, not bad ones).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Where it begins; it ends where the next one begins.
    pub start: Timestamp,
    /// How many numbers; with 0 the others are NaN: draw a gap or hold the value before.
    pub count: u64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
    /// The last one: where a stepped line leaves the bucket.
    pub last: f64,
}

/// Fills the buckets of a range with numbers that come in order of time.
#[derive(Debug)]
pub(crate) struct Decimator<'a> {
    span: Range<i64>,
    /// Buckets begin at multiples of it; 0: where they fall.
    grid: i64,
    count: usize,
    /// Bucket being filled, and where it ends.
    at: usize,
    end: i64,
    tally: Tally,
    out: &'a mut Vec<Bucket>,
}

impl<'a> Decimator<'a> {
    /// For `count` buckets of equal length over `span`; appends to `out`. With a `grid` all but the
    /// first begin at the multiple of it that is nearest; they must not be shorter than it.
    pub fn new(span: Range<i64>, count: usize, grid: i64, out: &'a mut Vec<Bucket>) -> Self {
        out.reserve(count);
        let mut decimator = Self {
            grid,
            span,
            count,
            at: 0,
            end: 0,
            tally: Tally::default(),
            out,
        };
        decimator.end = decimator.boundary(1);
        decimator
    }

    /// Where bucket `at` begins.
    fn boundary(&self, at: usize) -> i64 {
        let width = i128::from(self.span.end) - i128::from(self.span.start);
        let offset = width * at as i128 / self.count.max(1) as i128;
        let exact = (i128::from(self.span.start) + offset) as i64;
        if self.grid == 0 || at == 0 || at >= self.count {
            return exact;
        }
        let nearest = exact.saturating_add(self.grid / 2).div_euclid(self.grid);
        nearest
            .saturating_mul(self.grid)
            .clamp(self.span.start, self.span.end)
    }

    fn next_bucket(&mut self) {
        let Tally {
            count,
            min,
            max,
            sum,
            last,
        } = std::mem::take(&mut self.tally);
        let known = |number: f64| if count == 0 { f64::NAN } else { number };
        self.out.push(Bucket {
            start: Timestamp::from_nanos(self.boundary(self.at)),
            count,
            min: known(min),
            max: known(max),
            mean: sum / count as f64,
            last,
        });
        self.at += 1;
        self.end = self.boundary(self.at + 1);
    }

    fn reach(&mut self, time: i64) {
        while time >= self.end && self.at + 1 < self.count {
            self.next_bucket();
        }
    }

    /// Adds a number at a time inside the span.
    #[inline]
    pub fn add(&mut self, time: i64, number: f64) {
        if time >= self.end {
            self.reach(time);
        }
        self.tally.add(number);
    }

    /// Adds a whole run if it lies inside the span and one bucket; else says no.
    pub fn add_run(&mut self, first: i64, last: i64, tally: &Tally) -> bool {
        if first < self.span.start || last >= self.span.end {
            return false;
        }
        self.reach(first);
        if last >= self.end {
            return false;
        }
        self.tally.join(tally);
        true
    }

    /// Appends what is left.
    pub fn finish(mut self) {
        while self.at < self.count {
            self.next_bucket();
        }
    }
}
