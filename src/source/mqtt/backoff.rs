//! How long to wait before the next attempt.

use std::time::Duration;

use rand::{Rng, SeedableRng};

/// Exponential back-off with jitter: each wait is drawn from the upper half of an interval that
/// doubles from [`Backoff::FIRST`] to [`Backoff::LONGEST`], so that many clients of one broker do
/// not come back in step.
#[derive(Debug)]
pub struct Backoff {
    interval: Duration,
    random: rand_pcg::Pcg32,
}

impl Backoff {
    /// Longest first wait.
    pub const FIRST: Duration = Duration::from_millis(250);
    /// Longest wait.
    pub const LONGEST: Duration = Duration::from_secs(30);

    /// `seed` makes the jitter of this connection.
    pub fn new(seed: u64) -> Self {
        Self {
            interval: Self::FIRST,
            random: rand_pcg::Pcg32::seed_from_u64(seed),
        }
    }

    /// The next wait.
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.interval;
        self.interval = (self.interval * 2).min(Self::LONGEST);
        let share = 0.5 + 0.5 * f64::from(self.random.next_u32()) / f64::from(u32::MAX);
        wait.mul_f64(share)
    }

    /// The connection stood: start again with a short wait.
    pub fn reset(&mut self) {
        self.interval = Self::FIRST;
    }
}
