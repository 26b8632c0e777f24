//! [`Quality`]: how far a sample can be trusted, and why.

use std::fmt;

use serde::Serialize;

/// How far a stored sample can be trusted, as its source and the ingest judged it (OPC UA's and
/// Sparkplug's three classes).
///
/// *Stale* and *never received* are not qualities: they depend on the instant one asks for and are
/// derived, see [`Freshness`](super::snapshot::Freshness).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quality {
    /// The source vouches for the value.
    Good,
    /// Usable with care.
    Uncertain(Cause),
    /// Not to be used: shown with its cause, never fed to limits, motion or statistics.
    Bad(Cause),
}

/// Why a sample is not Good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Cause {
    /// The source said so and gave no reason.
    Reported,
    /// The source's clock lies outside its skew window: the time is the time of receipt.
    ClockSkew,
    /// A retained value without a time of its own: nobody knows how old it is.
    UnknownAge,
    /// The source sent null.
    NoValue,
    /// Not a finite number.
    NotFinite,
    /// Not of the type that the signal declares.
    WrongType,
    /// A state text or number that the kind's table does not know.
    UnknownState,
    /// The source reports a sensor fault.
    SensorFault,
    /// The source has lost its connection to the sensor.
    NotConnected,
    /// A person or a program put the value there.
    Substituted,
    /// The value does not move although it should.
    Stuck,
    /// The source may have been born again unnoticed, and call another quantity by this alias now.
    BirthMissed,
}

impl Cause {
    const ALL: [Self; 12] = [
        Self::Reported,
        Self::ClockSkew,
        Self::UnknownAge,
        Self::NoValue,
        Self::NotFinite,
        Self::WrongType,
        Self::UnknownState,
        Self::SensorFault,
        Self::NotConnected,
        Self::Substituted,
        Self::Stuck,
        Self::BirthMissed,
    ];

    /// A sentence fragment for the user.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported by the source",
            Self::ClockSkew => "source clock outside its window",
            Self::UnknownAge => "retained without a time",
            Self::NoValue => "null",
            Self::NotFinite => "not a finite number",
            Self::WrongType => "wrong type",
            Self::UnknownState => "state not in the kind's table",
            Self::SensorFault => "sensor fault",
            Self::NotConnected => "sensor not connected",
            Self::Substituted => "substituted value",
            Self::Stuck => "value does not move",
            Self::BirthMissed => "birth missed, alias may have changed",
        }
    }
}

impl Quality {
    /// Whether the value may be used (Good or Uncertain).
    pub const fn is_usable(self) -> bool {
        !matches!(self, Self::Bad(_))
    }

    /// `good`, `uncertain` or `bad`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Uncertain(_) => "uncertain",
            Self::Bad(_) => "bad",
        }
    }

    /// The cause, when there is one.
    pub const fn cause(self) -> Option<Cause> {
        match self {
            Self::Good => None,
            Self::Uncertain(cause) | Self::Bad(cause) => Some(cause),
        }
    }

    /// The worse of two qualities; the first when both are of one class.
    pub const fn worst(self, other: Self) -> Self {
        if other.rank() > self.rank() {
            other
        } else {
            self
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Uncertain(_) => 1,
            Self::Bad(_) => 2,
        }
    }

    /// One byte for columns: class in the top two bits, cause below.
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Uncertain(cause) => 0x40 | cause as u8,
            Self::Bad(cause) => 0x80 | cause as u8,
        }
    }

    /// The quality of a byte that [`Quality::to_byte`] wrote; any other byte is Bad.
    #[inline]
    pub fn from_byte(byte: u8) -> Self {
        // Nearly all are.
        if byte == 0 {
            return Self::Good;
        }
        let cause = Cause::ALL
            .get(usize::from(byte & 0x3f))
            .copied()
            .unwrap_or(Cause::Reported);
        match byte >> 6 {
            1 => Self::Uncertain(cause),
            _ => Self::Bad(cause),
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause() {
            None => f.write_str(self.as_str()),
            Some(cause) => write!(f, "{}: {}", self.as_str(), cause.as_str()),
        }
    }
}

/// As `good`, `uncertain` or `bad`.
impl Serialize for Quality {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
