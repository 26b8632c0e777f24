//! Points in a frame: as few bytes as can be had without thinking.
//!
//! ```text
//! count u32 · first time i64 ns · first receive time i64 ms · then each point:
//! control u16 · signal · time · receive time · source time · quality · value
//! ```
//!
//! | bits of control | field | |
//! | --- | --- | --- |
//! | 0–2 | value | 0 null · 1 float, 8 bytes · 2 integer, 8 · 3 unsigned, 8 · 4 false · 5 true · 6 text, u16 and bytes · 7 integer, 2 bytes |
//! | 3 | quality | 0 good · 1 a byte, as [`Quality::to_byte`] |
//! | 4–5 | signal | 0 the one after the last · 1 i8 from there · 2 i16 from there · 3 u32 |
//! | 6–8 | effective time | 0 as before · n: 2, 3, 4, 5, 6, 7 or 8 bytes, signed ns since the last |
//! | 9–10 | receive time | 0 as before · 1 u8 · 2 i32 · 3 i64, ms since the last |
//! | 11 | source time | 1: 8 bytes, ns; only where the source's time was not believed |

use crate::model::{Point, Quality, Text, Timestamp, Value};

/// A point on its way to the disk: 40 bytes of plain memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TapedPoint {
    /// Effective time.
    pub time: Timestamp,
    /// When it was received.
    pub receive_time: Timestamp,
    /// The value.
    pub value: Value,
    /// Dense id of the signal, or its number in the segment.
    pub signal: u32,
    /// The quality.
    pub quality: Quality,
}

impl TapedPoint {
    /// A point of this signal.
    #[inline(always)]
    pub const fn new(signal: u32, point: Point) -> Self {
        Self {
            time: point.time,
            receive_time: point.receive_time,
            value: point.value,
            signal,
            quality: point.quality,
        }
    }

    /// The point without its signal.
    pub const fn point(&self) -> Point {
        Point {
            time: self.time,
            receive_time: self.receive_time,
            value: self.value,
            quality: self.quality,
        }
    }
}

/// Bytes of a point at most, but for its text.
const POINT_BYTES: usize = 64;
/// Bytes before the first point.
const HEAD_BYTES: usize = 20;

/// What the encoder and the decoder remember of the last point.
#[derive(Clone, Copy, Debug)]
struct Last {
    signal: u32,
    time: i64,
    received_ms: i64,
}

/// Appends `points` as a payload. `source_times` are those that were not believed, by the index of
/// their point, ascending.
pub fn encode(out: &mut Vec<u8>, points: &[TapedPoint], source_times: &[(u32, Timestamp)]) {
    let first = points.first();
    let mut last = Last {
        signal: u32::MAX,
        time: first.map_or(0, |point| point.time.as_nanos()),
        received_ms: first.map_or(0, |point| point.receive_time.as_millis()),
    };
    // Dividing by a million is the dearest step: once for all that were received within a millisecond.
    let mut millisecond = last.received_ms.saturating_mul(1_000_000);
    out.extend_from_slice(&(points.len() as u32).to_le_bytes());
    out.extend_from_slice(&last.time.to_le_bytes());
    out.extend_from_slice(&last.received_ms.to_le_bytes());
    let mut source_times = source_times.iter().peekable();
    let mut used = out.len();
    for (point, at) in points.iter().zip(0_u32..) {
        if out.len() - used < POINT_BYTES {
            out.resize(used + (256 * POINT_BYTES), 0);
        }
        let Some(room) = out
            .get_mut(used..)
            .and_then(|rest| rest.first_chunk_mut::<POINT_BYTES>())
        else {
            return;
        };
        let received = point.receive_time.as_nanos();
        let received_ms = if (0..1_000_000).contains(&received.saturating_sub(millisecond)) {
            last.received_ms
        } else {
            let ms = point.receive_time.as_millis();
            millisecond = ms.saturating_mul(1_000_000);
            ms
        };
        let source_time = source_times
            .next_if(|(of, _)| *of == at)
            .map(|(_, time)| *time);
        used += write_point(room, &mut last, point, received_ms, source_time);
        if let Value::Text(text) = point.value {
            out.truncate(used);
            let bytes = text.as_str().as_bytes();
            out.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
            out.extend_from_slice(bytes);
            used = out.len();
        }
    }
    out.truncate(used);
}

/// Bytes of a time by its code.
const TIME_BYTES: [usize; 8] = [0, 2, 3, 4, 5, 6, 7, 8];

#[inline(always)]
fn write_point(
    room: &mut [u8; POINT_BYTES],
    last: &mut Last,
    point: &TapedPoint,
    received_ms: i64,
    source_time: Option<Timestamp>,
) -> usize {
    let mut control = 0_u16;
    let mut at = 2;
    let mut put = |bytes: [u8; 8], length: usize| {
        if let Some(place) = room.get_mut(at..at + 8) {
            place.copy_from_slice(&bytes);
        }
        at += length;
    };
    let step = i64::from(point.signal) - i64::from(last.signal.wrapping_add(1));
    if step != 0 {
        let (code, length) = if i8::try_from(step).is_ok() {
            (1, 1)
        } else if i16::try_from(step).is_ok() {
            (2, 2)
        } else {
            (3, 4)
        };
        control |= code << 4;
        let number = if code == 3 {
            i64::from(point.signal)
        } else {
            step
        };
        put(number.to_le_bytes(), length);
    }
    last.signal = point.signal;
    let time = point.time.as_nanos();
    if time != last.time {
        let ahead = time.wrapping_sub(last.time);
        // Bits without the copies of the sign, and the sign itself.
        let bits = 65 - (ahead ^ (ahead >> 63)).leading_zeros() as usize;
        let length = bits.div_ceil(8).max(2);
        control |= ((length - 1) as u16) << 6;
        put(ahead.to_le_bytes(), length);
        last.time = time;
    }
    if received_ms != last.received_ms {
        let ahead = received_ms.wrapping_sub(last.received_ms);
        let (code, length) = if u8::try_from(ahead).is_ok() {
            (1, 1)
        } else if i32::try_from(ahead).is_ok() {
            (2, 4)
        } else {
            (3, 8)
        };
        control |= code << 9;
        put(ahead.to_le_bytes(), length);
        last.received_ms = received_ms;
    }
    if let Some(time) = source_time {
        control |= 1 << 11;
        put(time.as_nanos().to_le_bytes(), 8);
    }
    if point.quality != Quality::Good {
        control |= 1 << 3;
        put(u64::from(point.quality.to_byte()).to_le_bytes(), 1);
    }
    control |= match point.value {
        Value::Null => 0,
        Value::Float(number) => {
            put(number.to_bits().to_le_bytes(), 8);
            1
        }
        Value::Integer(number) if i16::try_from(number).is_ok() => {
            put(number.to_le_bytes(), 2);
            7
        }
        Value::Integer(number) => {
            put(number.to_le_bytes(), 8);
            2
        }
        Value::Unsigned(number) => {
            put(number.to_le_bytes(), 8);
            3
        }
        Value::Boolean(flag) => 4 + u16::from(flag),
        Value::Text(_) => 6,
    };
    let [low, high] = control.to_le_bytes();
    (room[0], room[1]) = (low, high);
    at
}

/// A point as it was read: receive time in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadPoint {
    /// The point, its signal by its number in the segment.
    pub taped: TapedPoint,
    /// The source's own time where it was not believed.
    pub source_time: Option<Timestamp>,
}

/// What says where a point belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skimmed {
    /// Its signal's number in the segment.
    pub signal: u32,
    /// Effective time.
    pub time: Timestamp,
    /// When it was received, in whole milliseconds.
    pub receive_time: Timestamp,
}

/// Goes through the points of a payload that [`encode`] wrote. Ends early where the payload does not
/// say what it should.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    rest: &'a [u8],
    last: Last,
    left: u32,
}

impl<'a> Decoder<'a> {
    /// Of this payload; `None` if it is none.
    pub fn of(payload: &'a [u8]) -> Option<Self> {
        let (count, rest) = payload.split_first_chunk()?;
        let (time, rest) = rest.split_first_chunk()?;
        let (received, rest) = rest.split_first_chunk()?;
        debug_assert_eq!(payload.len() - rest.len(), HEAD_BYTES);
        Some(Self {
            rest,
            last: Last {
                signal: u32::MAX,
                time: i64::from_le_bytes(*time),
                received_ms: i64::from_le_bytes(*received),
            },
            left: u32::from_le_bytes(*count),
        })
    }

    /// Points that have not been read.
    pub const fn left(&self) -> u32 {
        self.left
    }

    /// The next point; without `WHOLE`, one without a value, which is found faster.
    #[inline(always)]
    fn read<const WHOLE: bool>(&mut self) -> Option<ReadPoint> {
        match self.rest.first_chunk() {
            Some(window) => self.parse::<WHOLE>(window),
            None => self.read_last(),
        }
    }

    /// Near the end zeros follow: what reaches into them is cut short.
    #[cold]
    fn read_last(&mut self) -> Option<ReadPoint> {
        let mut padded = [0; POINT_BYTES];
        let room = padded.get_mut(..self.rest.len())?;
        room.copy_from_slice(self.rest);
        self.parse::<true>(&padded)
    }

    #[inline(always)]
    fn parse<const WHOLE: bool>(&mut self, window: &[u8; POINT_BYTES]) -> Option<ReadPoint> {
        let control = word(window, 0);
        let mut used = 2;
        let mut take = |length: usize| {
            let word = word(window, used);
            used += length;
            word
        };
        let following = i64::from(self.last.signal.wrapping_add(1));
        let signal = match control >> 4 & 3 {
            0 => following,
            1 => following + i64::from(take(1) as i8),
            2 => following + i64::from(take(2) as i16),
            _ => i64::from(take(4) as u32),
        };
        self.last.signal = u32::try_from(signal).ok()?;
        let length = *TIME_BYTES.get((control >> 6 & 7) as usize)?;
        if length > 0 {
            let shift = 64 - 8 * length as u32;
            let ahead = (take(length) << shift).cast_signed() >> shift;
            self.last.time = self.last.time.wrapping_add(ahead);
        }
        let ahead = match control >> 9 & 3 {
            0 => 0,
            1 => i64::from(take(1) as u8),
            2 => i64::from(take(4) as i32),
            _ => take(8).cast_signed(),
        };
        self.last.received_ms = self.last.received_ms.wrapping_add(ahead);
        let has_source_time = control & 1 << 11 != 0;
        let source_time = has_source_time.then(|| Timestamp::from_nanos(take(8).cast_signed()));
        let quality = match control & 1 << 3 {
            0 => 0,
            _ => take(1) as u8,
        };
        let mut text = 0;
        let mut value = match control & 7 {
            0 => Value::Null,
            1 => Value::Float(f64::from_bits(take(8))),
            2 => Value::Integer(take(8).cast_signed()),
            3 => Value::Unsigned(take(8)),
            4 => Value::Boolean(false),
            5 => Value::Boolean(true),
            6 => {
                text = usize::from(take(2) as u16);
                Value::Null
            }
            _ => Value::Integer(i64::from(take(2) as i16)),
        };
        self.rest = self.rest.get(used..)?;
        if control & 7 == 6 {
            let (text, rest) = self.rest.split_at_checked(text)?;
            self.rest = rest;
            let text = std::str::from_utf8(text).ok()?;
            if WHOLE {
                value = Value::Text(Text::new(text));
            }
        }
        Some(ReadPoint {
            taped: TapedPoint {
                time: Timestamp::from_nanos(self.last.time),
                receive_time: Timestamp::from_millis(self.last.received_ms),
                value: if WHOLE { value } else { Value::Null },
                signal: self.last.signal,
                quality: if WHOLE {
                    Quality::from_byte(quality)
                } else {
                    Quality::Good
                },
            },
            source_time,
        })
    }
}

/// Eight bytes at a place where one of a point's fields may begin.
#[inline(always)]
fn word(window: &[u8; POINT_BYTES], at: usize) -> u64 {
    let bytes = window.get(at & 31..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The last field begins behind the control, a signal, three times and a quality.
const LAST_FIELD: usize = 2 + 4 + 3 * 8 + 1;
const _: () = assert!(LAST_FIELD < 32 && LAST_FIELD + 8 <= POINT_BYTES);

impl Decoder<'_> {
    #[inline(always)]
    fn step<const WHOLE: bool>(&mut self) -> Option<ReadPoint> {
        self.left = self.left.checked_sub(1)?;
        let point = self.read::<WHOLE>();
        if point.is_none() {
            self.left = 0;
        }
        point
    }

    /// When the first of the points that have not been read was received, if there is one.
    pub fn begins(&self) -> Option<Timestamp> {
        (self.left > 0).then(|| Timestamp::from_millis(self.last.received_ms))
    }

    /// Goes through as many points as there are, of which the values are left out.
    #[inline]
    pub fn skim(mut self) -> impl Iterator<Item = Skimmed> {
        std::iter::from_fn(move || {
            let ReadPoint { taped, .. } = self.step::<false>()?;
            Some(Skimmed {
                signal: taped.signal,
                time: taped.time,
                receive_time: taped.receive_time,
            })
        })
    }
}

impl Iterator for Decoder<'_> {
    type Item = ReadPoint;

    #[inline]
    fn next(&mut self) -> Option<ReadPoint> {
        self.step::<true>()
    }
}
