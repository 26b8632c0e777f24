//! Columns of integers packed so that reading one value needs no decoding: little-endian words in
//! the narrowest of 0, 1, 2, 4 or 8 bytes.

/// Bytes of a packed word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Width(u8);

impl Width {
    /// Of words up to `max`.
    pub const fn of(max: u64) -> Self {
        Self(match max {
            0 => 0,
            1..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 4,
            _ => 8,
        })
    }

    /// From the number that [`Width::code`] gave.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 | 1 | 2 | 4 | 8 => Some(Self(code)),
            _ => None,
        }
    }

    /// A number below 16.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Bytes of so many words.
    pub const fn bytes(self, words: usize) -> usize {
        self.0 as usize * words
    }

    /// Appends words.
    pub fn put_all(self, words: &[u64], out: &mut Vec<u8>) {
        match self.0 {
            0 => {}
            1 => put_bytes::<1>(words, out),
            2 => put_bytes::<2>(words, out),
            4 => put_bytes::<4>(words, out),
            _ => put_bytes::<8>(words, out),
        }
    }

    /// The word at `at`; 0 outside of `words`. Words differ in width from signal to signal: where eight
    /// bytes can be read, nothing is decided by it.
    #[inline(always)]
    pub fn get(self, words: &[u8], at: usize) -> u64 {
        let from = at * self.0 as usize;
        let bytes = words.get(from..).and_then(<[u8]>::first_chunk);
        match bytes.zip(MASKS.get(self.0 as usize)) {
            Some((bytes, mask)) => u64::from_le_bytes(*bytes) & mask,
            None => self.get_last(words, at),
        }
    }

    /// As [`Width::get`], near the end of `words`.
    #[cold]
    fn get_last(self, words: &[u8], at: usize) -> u64 {
        match self.0 {
            0 => 0,
            1 => words.get(at).copied().map_or(0, u64::from),
            2 => word::<2>(words, at).map_or(0, |bytes| u64::from(u16::from_le_bytes(bytes))),
            4 => word::<4>(words, at).map_or(0, |bytes| u64::from(u32::from_le_bytes(bytes))),
            _ => word::<8>(words, at).map_or(0, u64::from_le_bytes),
        }
    }
}

/// Appends the low bytes of words.
fn put_bytes<const N: usize>(words: &[u64], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + N * words.len(), 0);
    let room = out.get_mut(start..).unwrap_or_default();
    for (place, word) in room.as_chunks_mut::<N>().0.iter_mut().zip(words) {
        if let Some(low) = word.to_le_bytes().first_chunk() {
            *place = *low;
        }
    }
}

/// The bits of a word, by its bytes.
const MASKS: [u64; 9] = [0, 0xff, 0xffff, 0, 0xffff_ffff, 0, 0, 0, u64::MAX];

fn word<const N: usize>(words: &[u8], at: usize) -> Option<[u8; N]> {
    words.get(at * N..at * N + N)?.try_into().ok()
}

/// Reads fixed numbers from bytes, front to back; `None` at the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    #[inline(always)]
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    #[inline(always)]
    pub fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    #[inline(always)]
    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    #[inline(always)]
    pub fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    #[inline(always)]
    pub fn i64(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}

/// A whole column in steps from a straight line: `base + unit · (slope · i + word[i])`, modulo 2⁶⁴.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub base: i64,
    pub slope: i64,
    pub unit: i64,
    pub width: Width,
}

/// Steps in which clocks count, in nanoseconds.
const UNITS: [i64; 5] = [1_000_000_000, 1_000_000, 1_000, 100, 1];

/// The unit of this number.
pub(super) fn unit_of(code: u8) -> Option<i64> {
    UNITS.get(usize::from(code)).copied()
}

/// The number of this unit.
pub(super) fn code_of(unit: i64) -> u8 {
    UNITS.iter().position(|each| *each == unit).unwrap_or(4) as u8
}

/// Steps of `UNIT` from `first` to each value; `false` when one is no whole number of them. A
/// constant divisor is a multiplication.
fn scale<const UNIT: i64>(values: &[i64], first: i64, steps: &mut Vec<u64>) -> bool {
    steps.clear();
    for value in values {
        let distance = value - first;
        let step = distance / UNIT;
        if step * UNIT != distance {
            return false;
        }
        steps.push(step as u64);
    }
    true
}

impl Line {
    /// Through these values; `steps` gets the words. Exact for every input.
    pub fn through(values: &[i64], steps: &mut Vec<u64>) -> Self {
        steps.clear();
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        for value in values {
            low = low.min(*value);
            high = high.max(*value);
        }
        let first = values.first().copied().unwrap_or(0);
        let is_close = high.checked_sub(low).is_some_and(|far| far <= i64::MAX / 4);
        if !is_close {
            steps.extend(values.iter().map(|value| *value as u64));
            return Self {
                base: 0,
                slope: 0,
                unit: 1,
                width: Width::of(u64::MAX),
            };
        }
        let unit: i64 = if scale::<1_000_000_000>(values, first, steps) {
            1_000_000_000
        } else if scale::<1_000_000>(values, first, steps) {
            1_000_000
        } else if scale::<1_000>(values, first, steps) {
            1_000
        } else if scale::<100>(values, first, steps) {
            100
        } else {
            scale::<1>(values, first, steps);
            1
        };
        let slope = match steps.as_slice() {
            [_, .., last] => *last as i64 / (steps.len() as i64 - 1),
            _ => 0,
        };
        let (mut low, mut high) = (0, 0);
        for (at, step) in (0..).zip(steps.iter_mut()) {
            let rest = *step as i64 - slope * at;
            low = low.min(rest);
            high = high.max(rest);
            *step = rest as u64;
        }
        for step in steps.iter_mut() {
            *step = step.wrapping_sub(low as u64);
        }
        Self {
            base: first.wrapping_add(unit.wrapping_mul(low)),
            slope,
            unit,
            width: Width::of((high - low) as u64),
        }
    }

    #[inline(always)]
    pub fn value(&self, words: &[u8], at: usize) -> i64 {
        let steps = self
            .slope
            .wrapping_mul(at as i64)
            .wrapping_add(self.width.get(words, at) as i64);
        self.base.wrapping_add(self.unit.wrapping_mul(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_back_from_as_few_bytes_as_they_need() {
        let second = 1_000_000_000;
        let clock: Vec<i64> = (0..60)
            .map(|at| 1_772_360_100 * second + at * second)
            .collect();
        let jitter: Vec<i64> = (0_i64..)
            .zip(&clock)
            .map(|(at, time)| time + at * 37 % 100 * 1_000_000)
            .collect();
        let cases = [
            (vec![], 0),
            (vec![7; 60], 0),
            (clock, 0),
            (jitter, 60),
            (vec![i64::MIN, i64::MAX, 0, -1, 1], 40),
            (vec![5, 3, -9, 1_000_000], 16),
        ];
        let mut steps = Vec::new();
        for (values, bytes) in cases {
            let line = Line::through(&values, &mut steps);
            let mut words = Vec::new();
            line.width.put_all(&steps, &mut words);
            assert_eq!(words.len(), bytes, "{values:?}");
            for (at, value) in values.iter().enumerate() {
                assert_eq!(line.value(&words, at), *value);
            }
        }
    }
}
