//! From a value on the wire and its data type to a [`Value`], and what properties say about it.
//!
//! Real encoders disagree, and all that is unambiguous is read: Int8 −128 as `80` (truncated to
//! its width), as `80ffffff0f` (sign-extended to 32 bits) and sign-extended to 64 bits; integers of
//! up to 32 bits in `int_value` or `long_value`. What fits none of these readings is refused, never
//! cut to size.

use super::proto::{DataType, PropertySet};
use super::wire::{RawValue, WireError, visit_properties};
use crate::model::{Cause, Quality, Text, Unit, Value};

/// A metric whose value cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The data type carries no single value.
    #[error("a {0:?} carries no single value; bind its parts as metrics of their own")]
    Unsupported(DataType),
    /// A code that Sparkplug 3.0 does not define.
    #[error("data type code {0} is not one of Sparkplug 3.0")]
    UnknownType(u32),
    /// An integer whose birth did not say of what type it is.
    #[error("the birth gave no data type, and without it this integer may be signed or not")]
    NoType,
    /// A value in another field than its data type has, or a data set or template instead of it.
    #[error("the value is not in a field that a {0:?} may have")]
    WrongField(DataType),
    /// An integer outside the range of its data type.
    #[error("the value does not fit into a {0:?}")]
    OutOfRange(DataType),
    /// Text that is not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// Neither a value nor the null flag.
    #[error("there is neither a value nor the null flag")]
    Missing,
}

/// The value that `raw` stands for under `datatype`.
///
/// DateTime is [`Value::Integer`], ms since the epoch. A float or double that is not finite is
/// passed on; its quality is not Good (see [`quality_of`]). With [`DataType::Unknown`] the field
/// itself decides, but for integers, whose sign it does not tell.
///
/// # Errors
/// When it stands for none, see [`ValueError`].
#[inline(always)]
pub fn value_of(datatype: DataType, raw: RawValue<'_>) -> Result<Value, ValueError> {
    use DataType as D;
    use RawValue as R;
    Ok(match (datatype, raw) {
        (D::Double | D::Float | D::Unknown, R::Double(value)) => Value::Float(value),
        (D::Float | D::Double | D::Unknown, R::Float(value)) => Value::Float(f64::from(value)),
        (D::Int8, R::Int(raw) | R::Long(raw)) => signed(datatype, raw, 8)?,
        (D::Int16, R::Int(raw) | R::Long(raw)) => signed(datatype, raw, 16)?,
        (D::Int32, R::Int(raw) | R::Long(raw)) => signed(datatype, raw, 32)?,
        (D::Int64, R::Long(raw)) => Value::Integer(raw as i64),
        // 32 bits of an Int64 leave open whether the top one is its sign.
        (D::Int64, R::Int(raw)) => Value::Integer(
            i32::try_from(raw)
                .map_err(|_| ValueError::OutOfRange(datatype))?
                .into(),
        ),
        (D::UInt8, R::Int(raw) | R::Long(raw)) => unsigned(datatype, raw, 8)?,
        (D::UInt16, R::Int(raw) | R::Long(raw)) => unsigned(datatype, raw, 16)?,
        (D::UInt32, R::Int(raw) | R::Long(raw)) => unsigned(datatype, raw, 32)?,
        (D::UInt64 | D::DateTime, R::Int(raw) | R::Long(raw)) => Value::from(raw),
        (D::Boolean | D::Unknown, R::Boolean(value)) => Value::Boolean(value),
        (D::String | D::Text | D::Uuid | D::Unknown, R::String(text)) => {
            let text = std::str::from_utf8(text).map_err(|_| ValueError::NotUtf8)?;
            Value::Text(Text::new(text))
        }
        (D::Unknown, R::Int(_) | R::Long(_)) => return Err(ValueError::NoType),
        (D::Unknown, R::Compound) => return Err(ValueError::Unsupported(datatype)),
        (datatype, _) if is_scalar(datatype) => return Err(ValueError::WrongField(datatype)),
        (datatype, _) => return Err(ValueError::Unsupported(datatype)),
    })
}

/// Whether a metric of this type carries one value.
pub fn is_scalar(datatype: DataType) -> bool {
    (DataType::Int8 as u32..=DataType::Uuid as u32).contains(&(datatype as u32))
}

/// Two's complement of `width` bits, as it is, or sign-extended to 32 or 64 bits.
#[inline]
fn signed(datatype: DataType, raw: u64, width: u32) -> Result<Value, ValueError> {
    let value = ((raw << (64 - width)) as i64) >> (64 - width);
    let readings = [
        raw >> width == 0,
        raw == u64::from(value as u32),
        raw == value as u64,
    ];
    if readings.contains(&true) {
        Ok(Value::Integer(value))
    } else {
        Err(ValueError::OutOfRange(datatype))
    }
}

#[inline]
fn unsigned(datatype: DataType, raw: u64, width: u32) -> Result<Value, ValueError> {
    if raw >> width == 0 {
        Ok(Value::Integer(raw as i64))
    } else {
        Err(ValueError::OutOfRange(datatype))
    }
}

/// How far a value can be trusted by itself: null and numbers that are not finite are Bad.
#[inline]
pub fn quality_of(value: Value) -> Quality {
    match value {
        Value::Null => Quality::Bad(Cause::NoValue),
        Value::Float(value) if !value.is_finite() => Quality::Bad(Cause::NotFinite),
        _ => Quality::Good,
    }
}

/// What the properties of a metric say that matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Properties {
    /// Its quality, if it says one.
    pub quality: Option<Quality>,
    /// Its unit, if it says one that this program knows.
    pub unit: Option<Unit>,
}

impl Properties {
    /// Reads a property set; keys in any case.
    ///
    /// # Errors
    /// When it is not a property set.
    pub fn read(bytes: &[u8]) -> Result<Self, WireError> {
        let mut properties = Self::default();
        visit_properties(bytes, |property| {
            let (key, value) = (property.key, property.value);
            if key.eq_ignore_ascii_case(PropertySet::QUALITY.as_bytes()) {
                if let Some(RawValue::Int(code) | RawValue::Long(code)) = value {
                    properties.quality = Some(quality_of_code(code));
                }
            } else if key.eq_ignore_ascii_case(PropertySet::UNIT.as_bytes())
                && let Some(RawValue::String(symbol)) = value
            {
                let symbol = std::str::from_utf8(symbol).unwrap_or_default().trim();
                properties.unit = (!symbol.is_empty()).then(|| Unit::parse(symbol)).flatten();
            }
        })?;
        Ok(properties)
    }
}

/// Sparkplug's quality codes (§6.4.6): 0 bad, 192 good, 500 stale. Senders also pass OPC codes on:
/// then the top two of eight bits decide.
///
/// A stale value is one whose source has lost touch with it: not to be used, whatever its age.
pub fn quality_of_code(code: u64) -> Quality {
    match code {
        192 => Quality::Good,
        0 => Quality::Bad(Cause::Reported),
        500 => Quality::Bad(Cause::NotConnected),
        1..=255 => match code >> 6 {
            3 => Quality::Good,
            1 => Quality::Uncertain(Cause::Reported),
            _ => Quality::Bad(Cause::Reported),
        },
        _ => Quality::Uncertain(Cause::Reported),
    }
}
