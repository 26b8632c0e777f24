//! [`Chunk`]: an immutable run of points of one signal, in columns; and [`Entry`], a point before
//! it is sealed into one.

use crate::model::value::kind::{FLOAT, NULL};
use crate::model::{Point, Quality, Timestamp, Value};

use super::column::{Bytes, Integers, Reals};
use super::decimate::Tally;

/// A point as the head of a series keeps it: 32 bytes of plain memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    pub time: i64,
    receive: i64,
    bits: u64,
    kind: u8,
    quality: u8,
}

impl From<Point> for Entry {
    #[inline]
    fn from(point: Point) -> Self {
        let (kind, bits) = point.value.word();
        Self {
            time: point.time.as_nanos(),
            receive: point.receive_time.as_nanos(),
            bits,
            kind,
            quality: point.quality.to_byte(),
        }
    }
}

impl From<Entry> for Point {
    #[inline]
    fn from(entry: Entry) -> Self {
        Self {
            time: Timestamp::from_nanos(entry.time),
            receive_time: Timestamp::from_nanos(entry.receive),
            value: Value::of_word(entry.kind, entry.bits),
            quality: Quality::from_byte(entry.quality),
        }
    }
}

impl Entry {
    /// No point.
    pub const NULL: Self = Self {
        time: i64::MIN,
        receive: i64::MIN,
        bits: 0,
        kind: NULL,
        quality: 0,
    };

    /// Whether value and quality are those of another one.
    pub fn says_same(&self, other: &Self) -> bool {
        (self.bits, self.kind, self.quality) == (other.bits, other.kind, other.quality)
    }

    /// The value as a number that statistics may use.
    #[inline]
    pub fn number(&self) -> Option<f64> {
        if !Quality::from_byte(self.quality).is_usable() {
            return None;
        }
        Value::of_word(self.kind, self.bits).as_f64()
    }
}

#[derive(Clone, Debug)]
enum Values {
    Reals(Reals),
    Integers(Integers),
    /// Bits, where types are mixed.
    Mixed(Box<[u64]>),
}

/// An immutable run of points of one signal, in order of time.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    len: usize,
    pub first: i64,
    pub last: i64,
    times: Integers,
    /// Receive time minus effective time.
    delays: Integers,
    values: Values,
    kinds: Bytes,
    qualities: Bytes,
    /// Of the numbers that statistics may use.
    pub tally: Tally,
}

/// Memory that sealing reuses.
#[derive(Debug, Default)]
pub(crate) struct SealScratch {
    integers: Vec<i64>,
    steps: Vec<i64>,
    reals: Vec<f64>,
}

impl Chunk {
    /// Seals entries, which must be in order of time; `None` when there are none.
    pub fn seal(entries: &[Entry], scratch: &mut SealScratch) -> Option<Self> {
        let (first, last) = (entries.first()?, entries.last()?);
        let SealScratch {
            integers,
            steps,
            reals,
        } = scratch;
        let fill = |integers: &mut Vec<i64>, value: fn(&Entry) -> i64| {
            integers.clear();
            integers.extend(entries.iter().map(value));
        };
        fill(integers, |entry| entry.time);
        let times = Integers::nanos(integers, steps);
        fill(integers, |entry| entry.receive.wrapping_sub(entry.time));
        let delays = Integers::nanos(integers, steps);
        let kinds = Bytes::new(entries.iter().map(|entry| entry.kind));
        let qualities = Bytes::new(entries.iter().map(|entry| entry.quality));
        let values = match kinds {
            Bytes::Same(FLOAT) => {
                reals.clear();
                reals.extend(entries.iter().map(|entry| f64::from_bits(entry.bits)));
                Values::Reals(Reals::new(reals, integers, steps))
            }
            Bytes::Same(_) => {
                fill(integers, |entry| entry.bits as i64);
                Values::Integers(Integers::new(integers, steps))
            }
            Bytes::Each(_) => Values::Mixed(entries.iter().map(|entry| entry.bits).collect()),
        };
        let mut tally = Tally::default();
        if kinds == Bytes::Same(FLOAT) && qualities == Bytes::Same(Quality::Good.to_byte()) {
            for number in reals.iter().filter(|number| number.is_finite()) {
                tally.add(*number);
            }
        } else {
            for number in entries.iter().filter_map(Entry::number) {
                tally.add(number);
            }
        }
        Some(Self {
            len: entries.len(),
            first: first.time,
            last: last.time,
            times,
            delays,
            values,
            kinds,
            qualities,
            tally,
        })
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// The entry at `at`, which must be less than the length.
    #[inline]
    pub fn entry(&self, at: usize) -> Entry {
        let time = self.times.get(at);
        Entry {
            time,
            receive: self.delays.get(at).wrapping_add(time),
            bits: match &self.values {
                Values::Reals(values) => values.get(at).to_bits(),
                Values::Integers(values) => values.get(at) as u64,
                Values::Mixed(bits) => bits.get(at).copied().unwrap_or_default(),
            },
            kind: self.kinds.get(at),
            quality: self.qualities.get(at),
        }
    }

    pub fn time(&self, at: usize) -> i64 {
        self.times.get(at)
    }

    /// Memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        let values = match &self.values {
            Values::Reals(values) => values.bytes(),
            Values::Integers(values) => values.bytes(),
            Values::Mixed(bits) => 8 * bits.len(),
        };
        // The two counters of the Arc it lives in.
        size_of::<Self>()
            + 16
            + self.times.bytes()
            + self.delays.bytes()
            + values
            + self.kinds.bytes()
            + self.qualities.bytes()
    }
}
