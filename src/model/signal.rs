//! [`Signal`]: one measured or derived quantity of one equipment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::kind::SensorModel;
use super::{EquipmentId, OperatingState, Unit, Value};

/// Dense number of a signal in its plant. In memory only: on disk a signal is its path.
///
/// Reported signals come first (`0..plant.signals.len()`), in equipment order; behind them two
/// derived ones per equipment and one per session: see [`Plant`](super::Plant).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalId(pub u32);

impl SignalId {
    /// As an index into per-signal arrays.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Dense number of a session in its plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u32);

/// What a signal says about its equipment, beyond its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalRole {
    /// A process value.
    #[default]
    Measurement,
    /// The operating state, read through [`SignalSpec::states`].
    State,
    /// True or non-zero while the equipment reports a fault: health is Failure.
    Fault,
    /// True or non-zero while under maintenance, in manual or checked: health is FunctionCheck.
    Check,
    /// Used-up share of a wearing part, 0 to 1 (or %); its H limit asks for maintenance.
    Wear,
    /// Counts parts made (good and bad).
    Produced,
    /// Counts parts rejected.
    Scrapped,
    /// Number of parts inside (buffer fill, conveyor content).
    Content,
    /// True while a part is present.
    PartPresent,
    /// Id of the part inside.
    PartId,
    /// Type of the part inside.
    PartType,
    /// Id of the order worked on.
    OrderId,
    /// Id of the batch worked on.
    BatchId,
    /// Share of the current operation that is done, 0 to 1.
    Progress,
    /// Position of a vehicle, x.
    PositionX,
    /// Position of a vehicle, z.
    PositionZ,
    /// Heading of a vehicle.
    Heading,
    /// Electric power drawn.
    Power,
}

/// The type of a signal's values. A sample of another type is Bad with
/// [`Cause::WrongType`](super::Cause), unless it converts exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Real number.
    #[default]
    Float,
    /// Whole number.
    Integer,
    /// Truth value.
    Boolean,
    /// Text.
    Text,
}

impl ValueType {
    /// Whether the value has this type.
    #[inline(always)]
    pub const fn is_of(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Float, Value::Float(_))
                | (Self::Integer, Value::Integer(_) | Value::Unsigned(_))
                | (Self::Boolean, Value::Boolean(_))
                | (Self::Text, Value::Text(_))
        )
    }

    /// The value in this type, if it has it or converts to it without any loss.
    pub fn exactly(self, value: Value) -> Option<Value> {
        match (self, value) {
            _ if self.is_of(&value) => Some(value),
            (Self::Float, Value::Integer(whole)) => {
                let number = whole as f64;
                (number as i128 == i128::from(whole)).then_some(Value::Float(number))
            }
            (Self::Float, Value::Unsigned(whole)) => {
                let number = whole as f64;
                (number as u128 == u128::from(whole)).then_some(Value::Float(number))
            }
            (Self::Integer, Value::Float(number)) => whole(number),
            (Self::Boolean, Value::Integer(0)) => Some(Value::Boolean(false)),
            (Self::Boolean, Value::Integer(1)) => Some(Value::Boolean(true)),
            (Self::Boolean, Value::Float(0.0)) => Some(Value::Boolean(false)),
            (Self::Boolean, Value::Float(1.0)) => Some(Value::Boolean(true)),
            _ => None,
        }
    }

    /// What it is called in a message to a user.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Float => "number",
            Self::Integer => "whole number",
            Self::Boolean => "truth value",
            Self::Text => "text",
        }
    }
}

fn whole(number: f64) -> Option<Value> {
    // 2⁶³ and 2⁶⁴ are exact as f64, and the first numbers beyond the integer types.
    const I64_END: f64 = 9_223_372_036_854_775_808.0;
    if number.fract() != 0.0 {
        None
    } else if (-I64_END..I64_END).contains(&number) {
        Some(Value::Integer(number as i64))
    } else if (I64_END..2.0 * I64_END).contains(&number) {
        Some(Value::Unsigned(number as u64))
    } else {
        None
    }
}

/// How urgent an alarm is (ISA-18.2, IEC 62682).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Recorded and listed.
    Low,
    /// Act within the shift.
    #[default]
    Medium,
    /// Act now.
    High,
    /// Act at once.
    Critical,
}

/// Alarm limits of a signal, in its unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Below: failure.
    pub low_low: Option<f64>,
    /// Below: out of specification.
    pub low: Option<f64>,
    /// Above: out of specification.
    pub high: Option<f64>,
    /// Above: failure.
    pub high_high: Option<f64>,
    /// A limit is left only when the value has come back by this much.
    pub deadband: f64,
    /// A limit must be exceeded for this long before it counts.
    pub on_delay: Duration,
    /// The value must be back for this long before the limit is left.
    pub off_delay: Duration,
    /// Urgency.
    pub priority: Priority,
    /// What happens if nobody acts.
    pub consequence: Arc<str>,
    /// What to do.
    pub response: Arc<str>,
}

/// When a value stops being fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporting {
    /// Sent at least this often: older is stale.
    Cyclic {
        /// Age at which the value is stale.
        stale_after: Duration,
    },
    /// Sent when it changes: fresh as long as its session is alive.
    ByException,
}

impl Default for Reporting {
    fn default() -> Self {
        Self::Cyclic {
            stale_after: Duration::from_secs(10),
        }
    }
}

/// What a kind says of one of its signals, or a scene after its overrides.
#[derive(Clone, Debug, Default)]
pub struct SignalSpec {
    /// Name, unique in its equipment: `spindle_temperature`.
    pub name: Arc<str>,
    /// What it is, for a tooltip.
    pub description: Arc<str>,
    /// What it says about the equipment.
    pub role: SignalRole,
    /// Type of its values.
    pub value_type: ValueType,
    /// Unit of its values, limits and range.
    pub unit: Unit,
    /// Where it normally lies.
    pub range: Option<[f64; 2]>,
    /// Alarm limits, if any.
    pub limits: Option<Limits>,
    /// When it goes stale.
    pub reporting: Reporting,
    /// Shown on the equipment's label.
    pub is_key: bool,
    /// For [`SignalRole::State`]: reported text (or number as text) → state. Case does not matter.
    pub states: BTreeMap<Arc<str>, OperatingState>,
    /// How the emulator makes its values; `None`: the emulator does not publish it, unless its role
    /// is one that the simulation kernel knows (state, counters, part ids, positions).
    pub sensor: Option<SensorModel>,
}

impl SignalSpec {
    /// The operating state that `value` stands for, if the table knows it; words of
    /// [`OperatingState`] need no table.
    pub fn state_of(&self, value: Value) -> Option<OperatingState> {
        let find = |word: &str| {
            self.states
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(word))
                .map(|(_, state)| *state)
                .or_else(|| OperatingState::parse(word))
        };
        match value {
            Value::Text(text) => find(text.as_str()),
            Value::Integer(_) | Value::Unsigned(_) | Value::Boolean(_) => find(&value.to_string()),
            Value::Float(number) if number.fract() == 0.0 => find(&format!("{number:.0}")),
            _ => None,
        }
    }
}

/// One reported signal of one equipment.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Whose.
    pub equipment: EquipmentId,
    /// What it is: the kind's description with the scene's overrides.
    pub spec: Arc<SignalSpec>,
    /// The session it comes over; `None` when nothing is bound to it.
    pub session: Option<SessionId>,
}
