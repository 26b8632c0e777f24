//! Simulated time: integer nanoseconds since the start of a simulation.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// A point in simulated time, or a length of it: whole nanoseconds, counted from the start.
///
/// Integers make a simulation repeatable on every machine and give "at the same instant" a meaning.
/// What can be simulated ends at 2⁶¹ ns (73 years); arithmetic saturates instead of overflowing.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SimTime(i64);

impl SimTime {
    /// The start of the simulation, or no time at all.
    pub const ZERO: Self = Self(0);
    /// The end of simulated time: 2⁶¹ − 1 ns, 73 years.
    pub const MAX: Self = Self((1 << 61) - 1);

    /// Whole nanoseconds; clamped to ±[`SimTime::MAX`].
    #[inline]
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        if nanos > Self::MAX.0 {
            Self::MAX
        } else if nanos < -Self::MAX.0 {
            Self(-Self::MAX.0)
        } else {
            Self(nanos)
        }
    }

    /// Whole seconds; clamped to ±[`SimTime::MAX`].
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_nanos(secs.saturating_mul(1_000_000_000))
    }

    /// Seconds, rounded to the nearest nanosecond, clamped to 0..=[`SimTime::MAX`]. NaN becomes zero.
    #[inline]
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        // Adding a half and truncating rounds without the library call that `round` is on plain x86-64.
        let nanos = (secs.max(0.0) * 1e9 + 0.5) as i64;
        Self(nanos.min(Self::MAX.0))
    }

    /// Whole nanoseconds.
    #[inline]
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The time `delay` after this one. Unlike `+` it does not ask whether the sum still fits: within
    /// a simulation nothing lies beyond twice [`SimTime::MAX`], which does.
    #[inline(always)]
    pub(super) const fn after(self, delay: Self) -> Self {
        Self(self.0 + delay.0)
    }

    /// The time passed since `earlier`; as [`SimTime::after`] for what lies within a simulation.
    #[inline(always)]
    pub(super) const fn since(self, earlier: Self) -> Self {
        Self(self.0 - earlier.0)
    }

    /// Seconds.
    #[inline]
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add for SimTime {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for SimTime {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for SimTime {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.as_secs_f64())
    }
}
