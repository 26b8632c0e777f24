//! [`Entry`]: a point as the index keeps it: plain numbers, texts by their place in the part's list.

use std::collections::HashMap;

use super::pack::Bytes;
use crate::model::{Point, Quality, Text, Timestamp, Value};

pub(super) const NULL: u8 = 0;
pub(super) const FLOAT: u8 = 1;
pub(super) const INTEGER: u8 = 2;
pub(super) const UNSIGNED: u8 = 3;
pub(super) const BOOLEAN: u8 = 4;
pub(super) const TEXT: u8 = 5;

const MILLI: i64 = 1_000_000;

/// A point. Receive times are whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub time: i64,
    pub receive: i64,
    pub bits: u64,
    pub kind: u8,
    pub quality: u8,
}

/// The texts of a part, in the order in which they were first met.
#[derive(Debug, Default)]
pub(crate) struct TextList {
    by_text: HashMap<Text, u32>,
    pub texts: Vec<Text>,
}

impl TextList {
    fn number(&mut self, text: Text) -> u32 {
        *self.by_text.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() as u32 - 1
        })
    }
}

impl Entry {
    /// Bytes of one in the lists of first and last points.
    pub const BYTES: usize = 32;

    pub fn of(point: &Point, texts: &mut TextList) -> Self {
        let (kind, bits) = match point.value {
            Value::Null => (NULL, 0),
            Value::Float(real) => (FLOAT, real.to_bits()),
            Value::Integer(whole) => (INTEGER, whole as u64),
            Value::Unsigned(whole) => (UNSIGNED, whole),
            Value::Boolean(truth) => (BOOLEAN, u64::from(truth)),
            Value::Text(text) => (TEXT, u64::from(texts.number(text))),
        };
        Self {
            time: point.time.as_nanos(),
            receive: point.receive_time.as_millis().wrapping_mul(MILLI),
            bits,
            kind,
            quality: point.quality.to_byte(),
        }
    }

    /// Receive time minus effective time, both rounded down, ms.
    #[inline]
    pub fn delay(&self) -> i64 {
        self.receive
            .div_euclid(MILLI)
            .wrapping_sub(self.time.div_euclid(MILLI))
    }

    /// The value, if it is a real.
    #[inline]
    pub fn real(&self) -> Option<f64> {
        (self.kind == FLOAT).then(|| f64::from_bits(self.bits))
    }

    /// The value, `texts` being those of the part.
    #[inline]
    pub fn value(&self, texts: &[Text]) -> Value {
        match self.kind {
            FLOAT => Value::Float(f64::from_bits(self.bits)),
            INTEGER => Value::Integer(self.bits as i64),
            UNSIGNED => Value::Unsigned(self.bits),
            BOOLEAN => Value::Boolean(self.bits != 0),
            TEXT => {
                let text = usize::try_from(self.bits).ok().and_then(|at| texts.get(at));
                text.copied().map_or(Value::Null, Value::Text)
            }
            _ => Value::Null,
        }
    }

    #[inline]
    pub fn point(&self, texts: &[Text]) -> Point {
        Point {
            time: Timestamp::from_nanos(self.time),
            receive_time: Timestamp::from_nanos(self.receive),
            value: self.value(texts),
            quality: Quality::from_byte(self.quality),
        }
    }

    /// The value as a number that statistics may use.
    #[inline]
    pub fn number(&self) -> Option<f64> {
        if !Quality::from_byte(self.quality).is_usable() {
            return None;
        }
        match self.kind {
            FLOAT => Some(f64::from_bits(self.bits)).filter(|real| real.is_finite()),
            INTEGER => Some(self.bits as i64 as f64),
            UNSIGNED => Some(self.bits as f64),
            BOOLEAN => Some(f64::from(u8::from(self.bits != 0))),
            _ => None,
        }
    }

    pub fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.time.to_le_bytes());
        out.extend_from_slice(&self.receive.to_le_bytes());
        out.extend_from_slice(&self.bits.to_le_bytes());
        out.extend_from_slice(&[self.kind, self.quality, 0, 0, 0, 0, 0, 0]);
    }

    /// The entry at `at` of a list.
    #[inline]
    pub fn get(list: &[u8], at: usize) -> Option<Self> {
        let mut bytes = Bytes(list.get(at * Self::BYTES..(at + 1) * Self::BYTES)?);
        Some(Self {
            time: bytes.i64()?,
            receive: bytes.i64()?,
            bits: bytes.u64()?,
            kind: bytes.u8()?,
            quality: bytes.u8()?,
        })
    }
}
