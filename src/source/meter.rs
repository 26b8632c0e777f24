//! [`Meter`]: messages a second over the last seconds.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::Timestamp;

/// Counts over a sliding window.
#[derive(Debug, Default)]
pub struct Meter {
    /// Time and count, oldest first.
    marks: VecDeque<(Timestamp, u64)>,
}

impl Meter {
    /// Length of the window.
    pub const WINDOW: Duration = Duration::from_secs(5);

    /// Notes the count so far.
    pub fn advance(&mut self, now: Timestamp, count: u64) {
        self.marks.push_back((now, count));
        while let Some(&(second, _)) = self.marks.get(1)
            && now.saturating_since(second) >= Self::WINDOW
        {
            self.marks.pop_front();
        }
    }

    /// Counts a second over the window, or since the first call.
    pub fn per_second(&self, now: Timestamp) -> f64 {
        let (Some(&(start, first)), Some(&(_, last))) = (self.marks.front(), self.marks.back())
        else {
            return 0.0;
        };
        let secs = now.secs_since(start);
        if secs > 0.0 {
            last.saturating_sub(first) as f64 / secs
        } else {
            0.0
        }
    }
}
