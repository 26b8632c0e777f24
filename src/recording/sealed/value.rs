//! How values and instants go into columns.

use std::borrow::Cow;

use super::column::Style;
use super::samples::MILLI;
use crate::model::value::kind::{BOOLEAN, FLOAT, INTEGER, TEXT, UNSIGNED};
use crate::model::{Text, Timestamp, Value};

/// The columns `type`, `value`, `integer` and `text` of one row.
#[derive(Debug, Default)]
pub(super) struct Cell<'a> {
    pub kind: u8,
    pub real: Option<f64>,
    pub integer: Option<i64>,
    pub text: Option<Cow<'a, str>>,
}

/// The double that is exactly this integer.
fn exact(whole: i64) -> Option<f64> {
    let real = whole as f64;
    (real as i128 == i128::from(whole)).then_some(real)
}

impl From<Value> for Cell<'_> {
    fn from(value: Value) -> Self {
        let none = Self::default();
        match value {
            Value::Null => none,
            Value::Float(real) => Self {
                kind: FLOAT,
                real: Some(real),
                ..none
            },
            Value::Integer(whole) => {
                let real = exact(whole);
                Self {
                    kind: INTEGER,
                    real,
                    integer: real.is_none().then_some(whole),
                    ..none
                }
            }
            Value::Unsigned(whole) => Self {
                kind: UNSIGNED,
                text: Some(whole.to_string().into()),
                ..none
            },
            Value::Boolean(truth) => Self {
                kind: BOOLEAN,
                real: Some(f64::from(u8::from(truth))),
                ..none
            },
            Value::Text(text) => Self {
                kind: TEXT,
                text: Some(text.as_str().into()),
                ..none
            },
        }
    }
}

impl Cell<'_> {
    /// The value; null for a row that contradicts itself.
    pub fn value(&self) -> Value {
        let value = match self.kind {
            FLOAT => self.real.map(Value::Float),
            INTEGER => match (self.integer, self.real) {
                (Some(whole), _) => Some(Value::Integer(whole)),
                (None, real) => real.map(|real| Value::Integer(real as i64)),
            },
            UNSIGNED => self
                .text
                .as_ref()
                .and_then(|text| text.parse().ok())
                .map(Value::Unsigned),
            BOOLEAN => self.real.map(|real| Value::Boolean(real != 0.0)),
            TEXT => self.text.as_ref().map(|text| Value::Text(Text::new(text))),
            _ => None,
        };
        value.unwrap_or(Value::Null)
    }
}

/// The instant of a `time` and what it leaves out.
pub(super) fn instant(millis: i64, nanos: i32) -> Timestamp {
    Timestamp::from_nanos(millis.wrapping_mul(MILLI).wrapping_add(i64::from(nanos)))
}

/// The last part of a signal's path: signals of one name are alike, whosever they are.
pub(super) fn kind_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Most parts have the same number in every row, or in long runs of rows: their differences are
/// written faster than they are looked up.
pub(super) fn style_of_few(numbers: &[i32]) -> Style {
    let few = numbers.len() / 256;
    let pairs = numbers.windows(2);
    let changes = pairs.filter(|pair| pair.first() != pair.last());
    if changes.take(few + 1).count() <= few {
        Style::Delta
    } else {
        Style::Dictionary
    }
}

/// Sources that count in ms, 100 ns or shared instants have few; clocks in ns have all of them.
pub(super) fn style_of_nanos(nanos: &[i32]) -> Style {
    if style_of_few(nanos) == Style::Delta {
        return Style::Delta;
    }
    let step = (nanos.len() / 64).max(1);
    let mut some: Vec<_> = nanos.iter().step_by(step).collect();
    let all = some.len();
    some.sort_unstable();
    some.dedup();
    if some.len() <= all.div_ceil(4) {
        Style::Dictionary
    } else {
        Style::Plain
    }
}
