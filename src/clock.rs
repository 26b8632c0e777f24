//! The only file that reads a clock.
//!
//! Everything else is told the time. A [`Clock`] counts monotonically from an anchor in UTC, so
//! the time that samples are stamped with never runs backwards; when the system's UTC clock is set
//! while the program runs, [`Clock::jump`] reports by how much, and the caller records it as an
//! event.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place where the wall clock may be read"
)]

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant, SystemTime};

use crate::model::Timestamp;

/// A monotonic clock anchored to UTC.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    anchor: Timestamp,
    /// UTC minus monotonic time, as last reported by [`Clock::jump`], in nanoseconds.
    reported: Mutex<i64>,
}

impl Clock {
    /// How far UTC may drift from the monotonic clock before it counts as a jump.
    const JUMP_NANOS: i64 = 500_000_000;

    /// Starts now.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            anchor: utc(),
            reported: Mutex::new(0),
        }
    }

    /// Now, in UTC as it was anchored at the start; never earlier than any answer before.
    pub fn now(&self) -> Timestamp {
        self.anchor + self.started.elapsed()
    }

    /// Time since the clock was started.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// By how many nanoseconds the system's UTC clock was set since the last call, if it was set
    /// by half a second or more.
    pub fn jump(&self) -> Option<i64> {
        let offset = utc().nanos_since(self.now());
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let jump = offset.saturating_sub(*reported);
        (jump.abs() >= Self::JUMP_NANOS).then(|| {
            *reported = offset;
            jump
        })
    }
}

fn utc() -> Timestamp {
    let nanos = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
    };
    Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}
