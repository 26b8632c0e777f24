//! [`Timestamp`]: the only type for an instant, in the core, on disk and on screen.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in UTC: nanoseconds since 1970-01-01T00:00:00Z (POSIX time, no leap seconds).
///
/// The range is 1677-09-21 to 2262-04-11; arithmetic saturates at its ends, so no telemetry,
/// however absurd its clock, can overflow it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest instant that can be written.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant that can be written.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant `nanos` nanoseconds after the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The instant `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// The instant `secs` seconds after the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch, rounded towards the past.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Signed nanoseconds from `earlier` to `self`.
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Time from `earlier` to `self`; zero when `earlier` is the later one.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        let nanos = self.nanos_since(earlier);
        Duration::from_nanos(if nanos > 0 { nanos as u64 } else { 0 })
    }

    /// Signed seconds from `earlier` to `self`, for plotting and physics (never stored).
    pub const fn secs_since(self, earlier: Self) -> f64 {
        self.nanos_since(earlier) as f64 * 1e-9
    }
}

/// Nanoseconds of `duration`, saturating at [`i64::MAX`] (292 years).
fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(duration)))
    }
}

impl From<Timestamp> for jiff::Timestamp {
    fn from(time: Timestamp) -> Self {
        // Every i64 of nanoseconds lies inside jiff's range of years -9999 to 9999.
        Self::from_nanosecond(i128::from(time.0)).unwrap_or(Self::UNIX_EPOCH)
    }
}

/// RFC 3339 in UTC, with as many decimals as the instant needs: `2026-03-01T10:15:00.25Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&jiff::Timestamp::from(*self), f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseTimestampError {
    /// Not RFC 3339, or without the offset that makes it an instant.
    #[error("not an RFC 3339 time with offset, such as 2026-03-01T10:15:00Z: {0}")]
    Rfc3339(String),
    /// Outside the years 1677 to 2262.
    #[error("outside the years 1677 to 2262: {0}")]
    Range(String),
}

/// Parses RFC 3339, with any offset.
impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time: jiff::Timestamp = text
            .parse()
            .map_err(|_| ParseTimestampError::Rfc3339(text.chars().take(64).collect()))?;
        i64::try_from(time.as_nanosecond())
            .map(Self)
            .map_err(|_| ParseTimestampError::Range(text.chars().take(64).collect()))
    }
}

/// Written as RFC 3339 text.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Read from RFC 3339 text.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
