//! [`Entry`]: a point as the index keeps it: plain numbers, texts by their place in the part's list.

use std::collections::HashMap;

use super::pack::Bytes;
use crate::model::{Point, Quality, Text, Timestamp, Value};
use crate::recording::sealed::SignalPoints;

pub(super) use crate::model::value::kind::{BOOLEAN, FLOAT, INTEGER, NULL, TEXT, UNSIGNED};

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

    /// What values are here: texts by their place in this list, all others as they are. `numbers` is
    /// room for it.
    pub fn bits<'n>(&mut self, points: &SignalPoints<'n>, numbers: &'n mut Vec<u64>) -> &'n [u64] {
        if !points.kinds().contains(&TEXT) {
            return points.bits();
        }
        numbers.clear();
        // Most say what the one before said.
        let mut last: Option<(u64, u64)> = None;
        let words = points.kinds().iter().zip(points.bits());
        numbers.extend(words.map(|(kind, bits)| match last {
            _ if *kind != TEXT => *bits,
            Some((same, number)) if same == *bits => number,
            _ => {
                let number = u64::from(self.number(Text::from_index(*bits as u32)));
                last = Some((*bits, number));
                number
            }
        }));
        numbers
    }
}

/// A value as a number that statistics may use.
#[inline]
pub(super) fn number(kind: u8, bits: u64, quality: u8) -> Option<f64> {
    let is_usable = Quality::from_byte(quality).is_usable();
    is_usable.then(|| Value::of_word(kind, bits).as_f64())?
}

impl Entry {
    /// Bytes of one in the lists of first and last points.
    pub const BYTES: usize = 32;

    pub fn of(point: &Point, texts: &mut TextList) -> Self {
        let (kind, bits) = match point.value {
            Value::Text(text) => (TEXT, u64::from(texts.number(text))),
            value => value.word(),
        };
        Self {
            time: point.time.as_nanos(),
            receive: point.receive_time.as_millis().wrapping_mul(MILLI),
            bits,
            kind,
            quality: point.quality.to_byte(),
        }
    }

    /// The value, if it is a real.
    #[inline]
    pub fn real(&self) -> Option<f64> {
        (self.kind == FLOAT).then(|| f64::from_bits(self.bits))
    }

    /// The value, `texts` being those of the part.
    #[inline]
    pub fn value(&self, texts: &[Text]) -> Value {
        if self.kind == TEXT {
            let text = usize::try_from(self.bits).ok().and_then(|at| texts.get(at));
            return text.copied().map_or(Value::Null, Value::Text);
        }
        Value::of_word(self.kind, self.bits)
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
