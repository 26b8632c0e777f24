//! Packed columns with random access: what a sealed chunk is made of.
//!
//! A column of integers is kept as a straight line plus a remainder in the narrowest of 0, 1, 2, 4
//! or 8 bytes ("frame of reference" with a slope). Nothing has to be decoded to read one value, so
//! a binary search over times and a read of one point cost no more than on a plain array. Periodic
//! times, counters, constants and quantised sensors take 0 to 2 bytes a value.

/// Unsigned remainders in the narrowest width that holds them.
#[derive(Clone, Debug, PartialEq)]
enum Packed {
    /// All zero.
    Zero,
    W8(Box<[u8]>),
    W16(Box<[u16]>),
    W32(Box<[u32]>),
    W64(Box<[u64]>),
}

impl Packed {
    /// Packs values up to `max`.
    fn new(values: impl Iterator<Item = u64>, max: u64) -> Self {
        match max {
            0 => Self::Zero,
            1..=0xff => Self::W8(values.map(|value| value as u8).collect()),
            0x100..=0xffff => Self::W16(values.map(|value| value as u16).collect()),
            0x1_0000..=0xffff_ffff => Self::W32(values.map(|value| value as u32).collect()),
            _ => Self::W64(values.collect()),
        }
    }

    #[inline]
    fn get(&self, at: usize) -> u64 {
        match self {
            Self::Zero => 0,
            Self::W8(values) => values.get(at).copied().map_or(0, u64::from),
            Self::W16(values) => values.get(at).copied().map_or(0, u64::from),
            Self::W32(values) => values.get(at).copied().map_or(0, u64::from),
            Self::W64(values) => values.get(at).copied().unwrap_or(0),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Zero => 0,
            Self::W8(values) => values.len(),
            Self::W16(values) => 2 * values.len(),
            Self::W32(values) => 4 * values.len(),
            Self::W64(values) => 8 * values.len(),
        }
    }
}

/// A column of integers: `base + unit · (slope · i + remainder[i])`, modulo 2⁶⁴.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Integers {
    base: i64,
    unit: i64,
    slope: i64,
    rest: Packed,
}

/// Steps of `UNIT` from the first value to each; `false` when one is no whole number of them. A
/// constant divisor is a multiplication.
fn scale<const UNIT: i64>(values: &[i64], first: i64, scaled: &mut Vec<i64>) -> bool {
    scaled.clear();
    scaled.resize(values.len(), 0);
    for (steps, value) in scaled.iter_mut().zip(values) {
        let distance = value - first;
        *steps = distance / UNIT;
        if *steps * UNIT != distance {
            return false;
        }
    }
    true
}

impl Integers {
    /// Packs times or durations in nanoseconds, which mostly are whole seconds, ms, µs or 100 ns.
    /// Exact for every input; `scratch` is reused.
    pub fn nanos(values: &[i64], scratch: &mut Vec<i64>) -> Self {
        let Some(first) = first_of_close(values) else {
            return Self::plain(values);
        };
        // Steps in which clocks count, in nanoseconds.
        let unit = if scale::<1_000_000_000>(values, first, scratch) {
            1_000_000_000
        } else if scale::<1_000_000>(values, first, scratch) {
            1_000_000
        } else if scale::<1_000>(values, first, scratch) {
            1_000
        } else if scale::<100>(values, first, scratch) {
            100
        } else {
            scale::<1>(values, first, scratch);
            1
        };
        Self::on_a_line(first, unit, scratch)
    }

    /// Packs any integers. Exact for every input; `scratch` is reused.
    pub fn new(values: &[i64], scratch: &mut Vec<i64>) -> Self {
        let Some(first) = first_of_close(values) else {
            return Self::plain(values);
        };
        scale::<1>(values, first, scratch);
        Self::on_a_line(first, 1, scratch)
    }

    fn plain(values: &[i64]) -> Self {
        Self {
            base: 0,
            unit: 1,
            slope: 0,
            rest: Packed::new(values.iter().map(|value| *value as u64), u64::MAX),
        }
    }

    /// From steps of `unit` counted from `first`.
    fn on_a_line(first: i64, unit: i64, steps: &mut [i64]) -> Self {
        let slope = match steps {
            [_, .., last] => *last / (steps.len() as i64 - 1),
            _ => 0,
        };
        let (mut low, mut high) = (0, 0);
        for (step, at) in steps.iter_mut().zip(0_i64..) {
            *step -= slope * at;
            low = low.min(*step);
            high = high.max(*step);
        }
        let rest = steps.iter().map(|step| (step - low) as u64);
        Self {
            base: first.wrapping_add(unit.wrapping_mul(low)),
            unit,
            slope,
            rest: Packed::new(rest, (high - low) as u64),
        }
    }

    /// The value at `at`, which must lie inside the column.
    #[inline]
    pub fn get(&self, at: usize) -> i64 {
        let steps = self
            .slope
            .wrapping_mul(at as i64)
            .wrapping_add(self.rest.get(at) as i64);
        self.base.wrapping_add(self.unit.wrapping_mul(steps))
    }

    /// Memory outside the struct itself.
    pub fn bytes(&self) -> usize {
        self.rest.bytes()
    }
}

/// The first of the values, unless they lie so far apart that a line through them could overflow.
fn first_of_close(values: &[i64]) -> Option<i64> {
    let first = *values.first()?;
    let (low, high) = values.iter().fold((first, first), |(low, high), value| {
        (low.min(*value), high.max(*value))
    });
    (high.checked_sub(low)? <= i64::MAX / 4).then_some(first)
}

/// A column of bytes that are mostly all the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bytes {
    Same(u8),
    Each(Box<[u8]>),
}

impl Bytes {
    pub fn new(values: impl Iterator<Item = u8> + Clone) -> Self {
        let mut rest = values.clone();
        let first = rest.next().unwrap_or_default();
        if rest.all(|value| value == first) {
            Self::Same(first)
        } else {
            Self::Each(values.collect())
        }
    }

    #[inline]
    pub fn get(&self, at: usize) -> u8 {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values.get(at).copied().unwrap_or_default(),
        }
    }

    pub fn bytes(&self) -> usize {
        match self {
            Self::Same(_) => 0,
            Self::Each(values) => values.len(),
        }
    }
}

/// A column of reals. Sensors are quantised: most columns are whole numbers of some 10⁻ᵏ and are
/// kept as those (the idea of ALP, Afroozeh & Boncz, SIGMOD 2023); the others as they are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reals {
    /// Integer divided by the number.
    Decimal(Integers, f64),
    Plain(Box<[f64]>),
}

impl Reals {
    const POWERS: [f64; 7] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
    /// Up to here every integer is exact as a real.
    const EXACT: u64 = 1 << 53;

    /// Packs the values, `scratch` being reused. Exact bit by bit, NaN and −0 included.
    pub fn new(values: &[f64], scratch: &mut Vec<i64>, steps: &mut Vec<i64>) -> Self {
        let decimal = |value: f64, power: f64| {
            // To the nearest integer by a cast: rounding would be a call for each value.
            let scaled = value * power;
            let whole = (scaled + 0.5_f64.copysign(scaled)) as i64;
            let is_exact = whole.unsigned_abs() < Self::EXACT
                && (whole as f64 / power).to_bits() == value.to_bits();
            is_exact.then_some(whole)
        };
        scratch.clear();
        scratch.resize(values.len(), 0);
        for power in Self::POWERS {
            let mut pairs = scratch.iter_mut().zip(values);
            if pairs.all(|(whole, value)| {
                decimal(*value, power).is_some_and(|to| {
                    *whole = to;
                    true
                })
            }) {
                return Self::Decimal(Integers::new(scratch, steps), power);
            }
        }
        Self::Plain(values.into())
    }

    #[inline]
    pub fn get(&self, at: usize) -> f64 {
        match self {
            Self::Decimal(values, power) => values.get(at) as f64 / power,
            Self::Plain(values) => values.get(at).copied().unwrap_or(f64::NAN),
        }
    }

    pub fn bytes(&self) -> usize {
        match self {
            Self::Decimal(values, _) => values.bytes(),
            Self::Plain(values) => 8 * values.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads_back(values: &[i64]) -> usize {
        let mut scratch = Vec::new();
        let column = Integers::nanos(values, &mut scratch);
        let same = Integers::new(values, &mut scratch);
        for (at, value) in values.iter().enumerate() {
            assert_eq!(column.get(at), *value, "{values:?} at {at}");
            assert_eq!(same.get(at), *value, "{values:?} at {at}");
        }
        column.bytes()
    }

    #[test]
    fn integers_read_back_from_as_few_bytes_as_they_need() {
        assert_eq!(reads_back(&[]), 0);
        assert_eq!(reads_back(&[7; 100]), 0);
        let second = 1_000_000_000;
        let clock: Vec<_> = (0..100)
            .map(|at| 1_772_360_100 * second + at * second)
            .collect();
        assert_eq!(reads_back(&clock), 0);
        let jitter: Vec<_> = clock
            .iter()
            .enumerate()
            .map(|(at, time)| time + (at as i64 * 37 % 200) * 1_000_000)
            .collect();
        assert_eq!(reads_back(&jitter), 100);
        assert_eq!(reads_back(&[i64::MIN, i64::MAX, 0, -1, 1]), 40);
        assert_eq!(reads_back(&[i64::MAX / 2, 0, i64::MAX / 2, 3]), 32);
    }

    #[test]
    fn reals_read_back_bit_by_bit() {
        let (mut scratch, mut steps) = (Vec::new(), Vec::new());
        let odd = [0.1 + 0.2, -0.0, f64::NAN, f64::INFINITY, 1e300, 5e-324];
        let quantised: Vec<_> = (0..50).map(|at| 230.0 + f64::from(at % 7) / 10.0).collect();
        for (values, bytes) in [(&odd[..], 48), (&quantised[..], 50), (&[2.5; 9][..], 0)] {
            let column = Reals::new(values, &mut scratch, &mut steps);
            for (at, value) in values.iter().enumerate() {
                assert_eq!(column.get(at).to_bits(), value.to_bits());
            }
            assert_eq!(column.bytes(), bytes);
        }
    }
}
