//! [`Run`]: points of one signal in order of time, packed so that one is read without the others.
//!
//! 40 bytes of header, then columns: times on a line, delays of receipt in ms, values, and where
//! they differ kinds and qualities.
//!
//! | at | bytes | |
//! | --- | --- | --- |
//! | 0 | 4 | points; bit 30: the first lies before the block; bit 31: the last lies after it |
//! | 4 | 1 | times: unit, width |
//! | 5 | 1 | values: layout, width |
//! | 6 | 1 | delays: width; decimals of the values |
//! | 7 | 1 | quality of all, 255: each its own |
//! | 8 | 8 | times: base |
//! | 16 | 8 | times: slope |
//! | 24 | 8 | delays: base, ms |
//! | 32 | 8 | values: base |

use super::entry::{BOOLEAN, Entry, FLOAT, INTEGER, NULL, TEXT, UNSIGNED};
use super::pack::{Bytes, Line, Width, code_of, unit_of};
use crate::recording::sealed::SignalPoints;

/// Points of a run at most.
pub(crate) const POINTS: usize = (1 << 30) - 1;
const EACH: u8 = u8::MAX;
const MILLI: i64 = 1_000_000;

/// How values are kept. Numbers below [`MIXED`] are kinds: all of this one, as integers from a base.
const DECIMAL: u8 = 8;
const PLAIN: u8 = 9;
const MIXED: u8 = 10;

const POWERS: [f64; 7] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
/// Up to here every integer is exact as a real.
const EXACT: u64 = 1 << 53;

/// Memory for packing.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    integers: Vec<i64>,
    words: Vec<u64>,
}

/// What surrounds the points of a block in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Around {
    /// The first point lies before the block.
    pub carry: bool,
    /// The last point lies after the block.
    pub next: bool,
}

/// The real as a whole number of 10⁻ᵏ, and whether it is that one bit by bit.
#[inline(always)]
fn decimal(bits: u64, power: f64) -> (i64, bool) {
    let scaled = f64::from_bits(bits) * power;
    let whole = (scaled + 0.5_f64.copysign(scaled)) as i64;
    let is_exact = whole.unsigned_abs() < EXACT && (whole as f64 / power).to_bits() == bits;
    (whole, is_exact)
}

impl Packer {
    /// Appends a run of at most [`POINTS`] points. `bits` are their values, with texts as the part
    /// numbers them; `hint` is the number of decimals that this signal had last.
    pub fn pack(
        &mut self,
        points: &SignalPoints<'_>,
        bits: &[u64],
        around: Around,
        hint: &mut u8,
        out: &mut Vec<u8>,
    ) {
        let points = points.part(0..POINTS);
        let bits = bits.get(..points.len()).unwrap_or_default();
        let start = out.len();
        out.extend_from_slice(&[0; 40]);
        let (integers, words) = (&mut self.integers, &mut self.words);

        let times = Line::through(points.times(), words);
        times.width.put_all(words, out);

        integers.clear();
        let arrivals = points.received().iter().zip(points.times());
        integers
            .extend(arrivals.map(|(received, time)| received.wrapping_sub(time.div_euclid(MILLI))));
        let (delay, delays) = from_base(integers, words);
        delays.put_all(words, out);

        let kinds = points.kinds();
        let kind = kinds.first().copied().unwrap_or(NULL);
        let is_one = kinds.iter().all(|each| *each == kind);
        let layout = match kind {
            _ if !is_one => MIXED,
            FLOAT => {
                if fill_decimals(bits, hint, integers) {
                    DECIMAL
                } else {
                    PLAIN
                }
            }
            kind => {
                integers.clear();
                integers.extend(bits.iter().map(|bits| *bits as i64));
                kind
            }
        };
        let (base, width) = if matches!(layout, PLAIN | MIXED) {
            let all = Width::of(u64::MAX);
            all.put_all(bits, out);
            (0, all)
        } else {
            let packed = from_base(integers, words);
            packed.1.put_all(words, out);
            packed
        };
        if layout == MIXED {
            out.extend_from_slice(kinds);
        }
        let qualities = points.qualities();
        let quality = qualities.first().copied().unwrap_or(0);
        let is_one = quality != EACH && qualities.iter().all(|each| *each == quality);
        if !is_one {
            out.extend_from_slice(qualities);
        }

        let mut header = [0; 40];
        let mut put = |at: usize, bytes: &[u8]| {
            if let Some(place) = header.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        };
        let flags = u32::from(around.carry) << 30 | u32::from(around.next) << 31;
        put(0, &(points.len() as u32 | flags).to_le_bytes());
        put(4, &[code_of(times.unit) | times.width.code() << 4]);
        put(5, &[layout | width.code() << 4]);
        put(6, &[*hint | delays.code() << 4]);
        put(7, &[if is_one { quality } else { EACH }]);
        put(8, &times.base.to_le_bytes());
        put(16, &times.slope.to_le_bytes());
        put(24, &delay.to_le_bytes());
        put(32, &base.to_le_bytes());
        if let Some(place) = out.get_mut(start..start + 40) {
            place.copy_from_slice(&header);
        }
    }
}

/// Words counted from the smallest.
fn from_base(integers: &[i64], words: &mut Vec<u64>) -> (i64, Width) {
    let base = integers.iter().copied().min().unwrap_or(0);
    words.clear();
    words.extend(integers.iter().map(|each| each.wrapping_sub(base) as u64));
    let width = Width::of(words.iter().copied().max().unwrap_or(0));
    (base, width)
}

fn fill_decimals(bits: &[u64], hint: &mut u8, out: &mut Vec<i64>) -> bool {
    let order = std::iter::once(*hint).chain((0..POWERS.len() as u8).filter(|each| each != hint));
    let first = *hint;
    for decimals in order {
        let Some(power) = POWERS.get(usize::from(decimals)).copied() else {
            continue;
        };
        // The ends tell mostly at once that it is not this one.
        let ends = bits.first().into_iter().chain(bits.last());
        let mut is_exact = ends.copied().all(|bits| decimal(bits, power).1);
        if is_exact {
            out.clear();
            out.extend(bits.iter().map(|bits| {
                let (whole, is_own) = decimal(*bits, power);
                is_exact &= is_own;
                whole
            }));
        }
        if is_exact {
            *hint = decimals;
            return true;
        }
    }
    *hint = first;
    false
}

/// A packed run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    len: usize,
    around: u8,
    times: Line,
    delay: i64,
    delays: Width,
    layout: u8,
    power: f64,
    base: i64,
    width: Width,
    quality: u8,
    /// The columns.
    words: &'a [u8],
    delays_at: usize,
    values_at: usize,
    kinds_at: usize,
    qualities_at: usize,
}

impl<'a> Run<'a> {
    /// From packed bytes; `None` when they are no run.
    #[inline]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        Self::begin(bytes, bytes.len())
    }

    /// From the first `len` of these bytes: what follows them may be read, and means nothing.
    #[inline(always)]
    pub fn begin(bytes: &'a [u8], len: usize) -> Option<Self> {
        let room = len.checked_sub(40)?;
        let (header, words) = bytes.split_at_checked(40)?;
        let mut header = Bytes(header);
        let len = header.u32()?;
        let (len, around) = ((len & POINTS as u32) as usize, (len >> 30) as u8);
        let time = header.u8()?;
        let value = header.u8()?;
        let small = header.u8()?;
        let (decimals, delays) = (small & 15, Width::from_code(small >> 4)?);
        let quality = header.u8()?;
        let times = Line {
            base: header.i64()?,
            slope: header.i64()?,
            unit: unit_of(time & 15)?,
            width: Width::from_code(time >> 4)?,
        };
        let delay = header.i64()?;
        let base = header.i64()?;
        let (layout, width) = (value & 15, Width::from_code(value >> 4)?);
        let delays_at = times.width.bytes(len);
        let values_at = delays_at + delays.bytes(len);
        let kinds_at = values_at + width.bytes(len);
        let qualities_at = kinds_at + if layout == MIXED { len } else { 0 };
        let end = qualities_at + if quality == EACH { len } else { 0 };
        (end <= room.min(words.len())).then_some(Self {
            len,
            around,
            times,
            delay,
            delays,
            layout,
            power: POWERS.get(usize::from(decimals)).copied().unwrap_or(1.0),
            base,
            width,
            quality,
            words,
            delays_at,
            values_at,
            kinds_at,
            qualities_at,
        })
    }

    pub const fn len(&self) -> usize {
        self.len
    }

    /// Indices of the points that are of the block itself.
    pub const fn own(&self) -> std::ops::Range<usize> {
        let start = (self.around & 1) as usize;
        let end = self.len - (self.around >> 1 & 1) as usize;
        start..if end < start { start } else { end }
    }

    #[inline(always)]
    pub fn time(&self, at: usize) -> i64 {
        self.times.value(self.words, at)
    }

    /// How many points lie at or before `time`.
    #[inline(always)]
    pub fn count_through(&self, time: i64) -> usize {
        // A guess along the line is mostly right within one.
        let step = self.times.unit.wrapping_mul(self.times.slope);
        let (mut low, mut high) = (0, self.len);
        if step > 0 {
            let far = time.wrapping_sub(self.times.base) as f64 / step as f64;
            // A cast saturates.
            let guess = (far as usize).min(self.len);
            if guess < self.len && self.time(guess) <= time {
                low = guess + 1;
                if low == self.len || self.time(low) > time {
                    return low;
                }
            } else {
                high = guess;
                match guess.checked_sub(1) {
                    None => return 0,
                    Some(before) if self.time(before) <= time => return guess,
                    Some(_) => {}
                }
            }
        }
        while low < high {
            let middle = low.midpoint(high);
            if self.time(middle) <= time {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// How many points lie before `time`.
    pub fn count_before(&self, time: i64) -> usize {
        time.checked_sub(1)
            .map_or(0, |before| self.count_through(before))
    }

    /// The first of those points that, up to the one at `at` and without a break, say what it says.
    pub fn same_since(&self, at: usize) -> usize {
        let words = self.words.get(self.values_at..).unwrap_or_default();
        let kinds = self.words.get(self.kinds_at..self.qualities_at);
        let kinds = kinds.unwrap_or_default();
        let qualities = self.words.get(self.qualities_at..).unwrap_or_default();
        let is_each = self.quality == EACH;
        let has_one = self.width.bytes(1) == 0 && kinds.is_empty() && !is_each;
        if has_one {
            return 0;
        }
        let say = |at: usize| {
            let quality = qualities.get(at).filter(|_| is_each);
            (self.width.get(words, at), kinds.get(at), quality)
        };
        let now = say(at);
        let other = (0..at).rev().find(|before| say(*before) != now);
        other.map_or(0, |other| other + 1)
    }

    /// The point at `at`, which must be less than the length.
    #[inline(always)]
    pub fn entry(&self, at: usize) -> Entry {
        let words = |from: usize| self.words.get(from..).unwrap_or_default();
        let time = self.time(at);
        let delay = self.delays.get(words(self.delays_at), at) as i64;
        let receive = time
            .div_euclid(MILLI)
            .wrapping_add(self.delay)
            .wrapping_add(delay);
        let word = self.width.get(words(self.values_at), at);
        let (kind, bits) = match self.layout {
            DECIMAL => {
                let whole = self.base.wrapping_add(word as i64);
                (FLOAT, (whole as f64 / self.power).to_bits())
            }
            PLAIN => (FLOAT, word),
            MIXED => {
                let kind = self.words.get(self.kinds_at + at).copied();
                (kind.unwrap_or(NULL), word)
            }
            kind => (kind, self.base.wrapping_add(word as i64) as u64),
        };
        let quality = if self.quality == EACH {
            let each = self.words.get(self.qualities_at + at);
            each.copied().unwrap_or(EACH)
        } else {
            self.quality
        };
        Entry {
            time,
            receive: receive.wrapping_mul(MILLI),
            bits,
            kind,
            quality,
        }
    }
}

const _: () = assert!(
    NULL < DECIMAL
        && FLOAT < DECIMAL
        && INTEGER < DECIMAL
        && UNSIGNED < DECIMAL
        && BOOLEAN < DECIMAL
        && TEXT < DECIMAL
);
