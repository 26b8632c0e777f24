//! One value, one time, one quality: from the text in a payload to the words of the model.

use crate::model::connection::TimeFormat;
use crate::model::signal::ValueType;
use crate::model::{Cause, Quality, Text, Timestamp, Value};

/// A text or number as it stood in a payload, before the signal's type is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, or nothing.
    Null,
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number beyond `i64`.
    Unsigned(u64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(&'a str),
    /// A list or an object: no value.
    Compound,
}

/// `scalar` as a value of `value_type`: with [`Cause::NoValue`], [`Cause::NotFinite`] or
/// [`Cause::WrongType`] when it is none.
pub fn typed(scalar: Scalar<'_>, value_type: ValueType) -> (Value, Quality) {
    const WRONG: (Value, Quality) = (Value::Null, Quality::Bad(Cause::WrongType));
    let value = match (value_type, scalar) {
        (_, Scalar::Null) => return (Value::Null, Quality::Bad(Cause::NoValue)),
        (ValueType::Float, Scalar::Integer(number)) => Value::Float(number as f64),
        (ValueType::Float, Scalar::Unsigned(number)) => Value::Float(number as f64),
        (ValueType::Float, Scalar::Float(number)) if number.is_finite() => Value::Float(number),
        (ValueType::Float, Scalar::Float(number)) => {
            return (Value::Float(number), Quality::Bad(Cause::NotFinite));
        }
        (ValueType::Integer, Scalar::Integer(number)) => Value::Integer(number),
        (ValueType::Integer, Scalar::Unsigned(number)) => number.into(),
        (ValueType::Integer, Scalar::Float(number)) => match exact_integer(number) {
            Some(number) => Value::Integer(number),
            None if number.is_finite() => return WRONG,
            None => return (Value::Null, Quality::Bad(Cause::NotFinite)),
        },
        (ValueType::Boolean, Scalar::Boolean(value)) => Value::Boolean(value),
        (ValueType::Boolean, Scalar::Integer(0)) => Value::Boolean(false),
        (ValueType::Boolean, Scalar::Integer(1)) => Value::Boolean(true),
        (ValueType::Boolean, Scalar::Text(word)) => match truth(word) {
            Some(value) => Value::Boolean(value),
            None => return WRONG,
        },
        (ValueType::Text, Scalar::Text(text)) => Value::Text(Text::new(text)),
        // A state may be sent as a number: its table says what it stands for.
        (ValueType::Text, Scalar::Integer(number)) => Value::Integer(number),
        (ValueType::Text, Scalar::Unsigned(number)) => Value::Unsigned(number),
        (ValueType::Text, Scalar::Boolean(value)) => Value::Boolean(value),
        _ => return WRONG,
    };
    (value, Quality::Good)
}

/// A bare payload as a value of `value_type`; `None`: not even text.
#[inline]
pub fn bare(payload: &[u8], value_type: ValueType) -> Option<(Value, Quality)> {
    if value_type == ValueType::Float
        && let Some(number) = plain_decimal(payload)
    {
        return Some((Value::Float(number), Quality::Good));
    }
    bare_slow(payload, value_type)
}

fn bare_slow(payload: &[u8], value_type: ValueType) -> Option<(Value, Quality)> {
    let text = std::str::from_utf8(payload).ok()?;
    if value_type == ValueType::Text {
        return Some(typed(Scalar::Text(text), value_type));
    }
    let text = text.trim_ascii();
    let scalar = if text.is_empty() || text == "null" {
        Scalar::Null
    } else if value_type == ValueType::Boolean {
        Scalar::Text(text)
    } else {
        number(text).unwrap_or(Scalar::Text(text))
    };
    Some(typed(scalar, value_type))
}

/// A number in text, whole ones exactly. `nan` and `inf` are numbers that are not finite.
pub fn number(text: &str) -> Option<Scalar<'_>> {
    if let Ok(number) = text.parse() {
        Some(Scalar::Integer(number))
    } else if let Ok(number) = text.parse() {
        Some(Scalar::Unsigned(number))
    } else {
        text.parse().ok().map(Scalar::Float)
    }
}

/// `-?digits[.digits]`, exactly rounded, or `None` where that needs the full algorithm.
///
/// Clinger 1990: digits up to 2⁵³ and a power of ten up to 10²² are both exact as `f64`, so one
/// division rounds correctly.
#[inline]
fn plain_decimal(payload: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    let (is_negative, digits) = match payload {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut mantissa = 0_u64;
    let mut point = None;
    for (at, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            // At most 19 digits: below 10¹⁹, no overflow.
            mantissa = mantissa * 10 + u64::from(digit);
        } else if byte == b'.' && point.is_none() && digits.len() > 1 {
            point = Some(at);
        } else {
            return None;
        }
    }
    let decimals = point.map_or(0, |point| digits.len() - 1 - point);
    if mantissa > 1 << 53 {
        return None;
    }
    let number = mantissa as f64 / POWERS.get(decimals)?;
    Some(if is_negative { -number } else { number })
}

/// A float that is a whole number, as long as it is exact.
fn exact_integer(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

fn truth(word: &str) -> Option<bool> {
    const YES: [&str; 4] = ["true", "on", "1", "yes"];
    const NO: [&str; 4] = ["false", "off", "0", "no"];
    let is = |words: [&str; 4]| words.iter().any(|other| other.eq_ignore_ascii_case(word));
    if is(YES) {
        Some(true)
    } else if is(NO) {
        Some(false)
    } else {
        None
    }
}

/// A time as a payload writes it (raw JSON number, or text without quotes); `None`: not a time, or
/// outside the years 1677 to 2262.
pub fn time(text: &str, format: TimeFormat) -> Option<Timestamp> {
    let decimals = match format {
        TimeFormat::Rfc3339 => return text.parse().ok(),
        TimeFormat::EpochSeconds => 9,
        TimeFormat::EpochMillis => 6,
        TimeFormat::EpochMicros => 3,
        TimeFormat::EpochNanos => 0,
        TimeFormat::Auto => {
            let Some(size) = text.parse::<f64>().ok().map(f64::abs) else {
                return text.parse().ok();
            };
            // 10¹¹ s is the year 5138, 10¹¹ ms is 1973: nothing lies between.
            match size {
                size if size < 1e11 => 9,
                size if size < 1e14 => 6,
                size if size < 1e17 => 3,
                _ => 0,
            }
        }
    };
    epoch(text, decimals)
}

/// `text` × 10^`shift` nanoseconds after the epoch, exactly; digits beyond a nanosecond are cut.
fn epoch(text: &str, shift: usize) -> Option<Timestamp> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_plain = !whole.is_empty()
        && whole.len() <= 19
        && whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit());
    if !is_plain {
        // An exponent: rare, and never more exact than this.
        let number = text.parse::<f64>().ok()? * 10_f64.powi(i32::try_from(shift).ok()?);
        return (number.abs() < 9.2e18).then(|| Timestamp::from_nanos(number as i64));
    }
    let mut nanos: i128 = whole.parse().ok()?;
    let mut decimals = fraction.bytes();
    for _ in 0..shift {
        let digit = decimals.next().map_or(0, |byte| byte - b'0');
        nanos = nanos * 10 + i128::from(digit);
    }
    let nanos = if is_negative { -nanos } else { nanos };
    i64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

/// A reported quality: OPC DA (192 to 255 good, 64 to 127 uncertain, below bad), OPC UA status codes
/// (severity in the top two bits), `good`/`uncertain`/`bad`, or a truth value. `None`: none of them.
pub fn quality(scalar: Scalar<'_>) -> Option<Quality> {
    Some(match scalar {
        Scalar::Null => Quality::Good,
        Scalar::Boolean(true) => Quality::Good,
        Scalar::Boolean(false) => Quality::Bad(Cause::Reported),
        Scalar::Integer(code @ 0..=0xffff) => opc_da(code & 0xff),
        Scalar::Integer(code @ 0x4000_0000..=0xffff_ffff) => match code >> 30 {
            1 => Quality::Uncertain(Cause::Reported),
            _ => Quality::Bad(Cause::Reported),
        },
        Scalar::Text(word) => match number(word) {
            Some(number @ Scalar::Integer(_)) => return quality(number),
            _ if word.eq_ignore_ascii_case("good") => Quality::Good,
            _ if word.eq_ignore_ascii_case("uncertain") => Quality::Uncertain(Cause::Reported),
            _ if word.eq_ignore_ascii_case("bad") => Quality::Bad(Cause::Reported),
            _ => match truth(word)? {
                true => Quality::Good,
                false => Quality::Bad(Cause::Reported),
            },
        },
        _ => return None,
    })
}

/// OPC Data Access 3.0 §6.8: quality in bits 6 and 7, substatus in bits 2 to 5.
fn opc_da(code: i64) -> Quality {
    match (code >> 6, (code >> 2) & 0xf) {
        (3, 6) => Quality::Uncertain(Cause::Substituted),
        (3, _) => Quality::Good,
        (1, 5) => Quality::Uncertain(Cause::Substituted),
        (1, _) => Quality::Uncertain(Cause::Reported),
        (0, 2 | 6) => Quality::Bad(Cause::NotConnected),
        (0, 3 | 4) => Quality::Bad(Cause::SensorFault),
        _ => Quality::Bad(Cause::Reported),
    }
}
