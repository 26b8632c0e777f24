//! [`Health`]: NAMUR NE 107 status of one equipment, and why it has it.

use serde::Serialize;

use super::{SignalId, Value};

/// Status signals of NAMUR NE 107, least severe first: the order is the precedence.
///
/// [`Health::Unknown`] is ours: nothing fresh speaks for the equipment. It ranks between Good and
/// the abnormal ones, because a reported fault outweighs silence, and silence outweighs Good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Health {
    /// Works as it should.
    Good,
    /// Nothing fresh speaks for it.
    #[default]
    Unknown,
    /// Wear or a forecast says that maintenance is due.
    MaintenanceRequired,
    /// Runs outside its specified range.
    OutOfSpecification,
    /// Under maintenance, in manual, or a sensor under check: values are not process values.
    FunctionCheck,
    /// Failed, or past a limit at which it must not run.
    Failure,
}

impl Health {
    /// Every status, least severe first.
    pub const ALL: [Self; 6] = [
        Self::Good,
        Self::Unknown,
        Self::MaintenanceRequired,
        Self::OutOfSpecification,
        Self::FunctionCheck,
        Self::Failure,
    ];

    /// `good`, `unknown`, `maintenance_required`, …: the word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Unknown => "unknown",
            Self::MaintenanceRequired => "maintenance_required",
            Self::OutOfSpecification => "out_of_specification",
            Self::FunctionCheck => "function_check",
            Self::Failure => "failure",
        }
    }

    /// The status with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.as_str() == word)
    }

    /// The words on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Good => "Good",
            Self::Unknown => "Unknown",
            Self::MaintenanceRequired => "Maintenance required",
            Self::OutOfSpecification => "Out of specification",
            Self::FunctionCheck => "Function check",
            Self::Failure => "Failure",
        }
    }
}

/// Which rule gave an equipment its health.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum HealthRule {
    /// No rule spoke: Good.
    #[default]
    None,
    /// Below LL.
    LowLow,
    /// Below L.
    Low,
    /// Above H.
    High,
    /// Above HH.
    HighHigh,
    /// A fault signal is on, or the state signal reports a fault.
    Fault,
    /// A maintenance, manual or check signal is on.
    Check,
    /// A wear signal passed its threshold.
    Wear,
    /// Every signal is stale, bad or was never received.
    Silent,
    /// A sensor that matters is bad.
    SensorBad,
}

impl HealthRule {
    /// `none`, `low_low`, `sensor_bad`, …: the word in files and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::LowLow => "low_low",
            Self::Low => "low",
            Self::High => "high",
            Self::HighHigh => "high_high",
            Self::Fault => "fault",
            Self::Check => "check",
            Self::Wear => "wear",
            Self::Silent => "silent",
            Self::SensorBad => "sensor_bad",
        }
    }

    /// The rule with this word.
    pub fn parse(word: &str) -> Option<Self> {
        RULES.into_iter().find(|rule| rule.as_str() == word)
    }
}

/// A health with the rule and the signal that gave it, so that every symbol on screen can be traced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HealthStatus {
    /// The status.
    pub health: Health,
    /// The rule that won.
    pub rule: HealthRule,
    /// The signal it looked at.
    pub signal: Option<SignalId>,
}

const RULES: [HealthRule; 10] = [
    HealthRule::None,
    HealthRule::LowLow,
    HealthRule::Low,
    HealthRule::High,
    HealthRule::HighHigh,
    HealthRule::Fault,
    HealthRule::Check,
    HealthRule::Wear,
    HealthRule::Silent,
    HealthRule::SensorBad,
];

impl HealthStatus {
    /// As the value of the equipment's derived health signal.
    pub fn to_value(self) -> Value {
        let signal = self.signal.map_or(0, |id| i64::from(id.0) + 1);
        Value::Integer(signal << 16 | (self.rule as i64) << 8 | self.health as i64)
    }

    /// From the value of the equipment's derived health signal; Unknown for any other value.
    pub fn from_value(value: Value) -> Self {
        let Value::Integer(bits) = value else {
            return Self::default();
        };
        let pick = |shift: i64| usize::try_from(bits >> shift & 0xff).unwrap_or(usize::MAX);
        Self {
            health: Health::ALL.get(pick(0)).copied().unwrap_or_default(),
            rule: RULES.get(pick(8)).copied().unwrap_or_default(),
            signal: u32::try_from((bits >> 16) - 1).ok().map(SignalId),
        }
    }
}
