//! What a sample's value and time become on the way into the history: of the signal's type, on the
//! one time axis.

use crate::model::connection::Skew;
use crate::model::signal::{SignalRole, SignalSpec, ValueType};
use crate::model::{Cause, Quality, Sample, Timestamp, Value};

/// Effective time of a sample: source time while it lies inside the skew window of its connection,
/// else the receive time, and then Uncertain.
#[inline]
pub(super) fn effective(skew: Skew, sample: &Sample) -> (Timestamp, Quality) {
    let Some(time) = sample.source_time else {
        return (sample.receive_time, sample.quality);
    };
    if skew.place(time, sample.receive_time).is_eq() {
        (time, sample.quality)
    } else {
        let doubt = Quality::Uncertain(Cause::ClockSkew);
        (sample.receive_time, sample.quality.worst(doubt))
    }
}

/// The value in the type that the signal declares, if it converts exactly; else as it came, with a
/// quality that says so.
#[inline]
pub(super) fn typed(wanted: ValueType, value: Value, quality: Quality) -> (Value, Quality) {
    match (wanted, value) {
        (ValueType::Float, Value::Float(number)) => {
            if number.is_finite() {
                (value, quality)
            } else {
                (value, quality.worst(Quality::Bad(Cause::NotFinite)))
            }
        }
        (ValueType::Integer, Value::Integer(_) | Value::Unsigned(_))
        | (ValueType::Boolean, Value::Boolean(_))
        | (ValueType::Text, Value::Text(_)) => (value, quality),
        (_, Value::Null) => (value, quality.worst(Quality::Bad(Cause::NoValue))),
        _ => match wanted.exactly(value) {
            Some(value) => (value, quality),
            None => (value, quality.worst(Quality::Bad(Cause::WrongType))),
        },
    }
}

/// As [`typed`], for a state signal: what its table knows is right whatever its type; what it does
/// not know is kept as it came and is Uncertain.
pub(super) fn state(spec: &SignalSpec, value: Value, quality: Quality) -> (Value, Quality) {
    debug_assert_eq!(spec.role, SignalRole::State);
    if value == Value::Null {
        return (value, quality.worst(Quality::Bad(Cause::NoValue)));
    }
    if spec.state_of(value).is_some() {
        return (value, quality);
    }
    let (value, quality) = typed(spec.value_type, value, quality);
    (
        value,
        quality.worst(Quality::Uncertain(Cause::UnknownState)),
    )
}
