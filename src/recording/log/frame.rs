//! Frames: how a segment is cut so that what is torn or corrupt costs only itself.
//!
//! ```text
//! marker 4 · kind 1 · version 1 · check of this header 2 · length of the payload 4 · CRC-32 of the payload 4 · payload
//! ```
//!
//! All numbers are little-endian. A reader that finds no frame where one should be looks for the next
//! marker whose header and payload check.

use std::ops::Range;

/// Starts every frame. No UTF-8 text holds it.
pub const MARKER: [u8; 4] = [0xf5, b'T', b'w', 0xb1];
/// Bytes before the payload.
pub const HEADER_BYTES: usize = 16;
/// Version of what is in the frames.
pub const VERSION: u8 = 1;
/// No payload is longer: what says so is no frame.
pub const MAX_PAYLOAD_BYTES: usize = 64 << 20;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// First of a segment: whose it is.
    Start = 1,
    /// Names of signals by their numbers in this segment.
    Names = 2,
    /// Points.
    Samples = 3,
    /// Events.
    Events = 4,
    /// Messages that no signal is bound to.
    Raw = 5,
}

impl Kind {
    /// Of a byte in a header; `None`: of a newer version.
    pub const fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Start),
            2 => Some(Self::Names),
            3 => Some(Self::Samples),
            4 => Some(Self::Events),
            5 => Some(Self::Raw),
            _ => None,
        }
    }
}

/// Leaves room for a header; returns where, for [`finish`].
pub fn begin(out: &mut Vec<u8>) -> usize {
    let at = out.len();
    out.resize(at + HEADER_BYTES, 0);
    at
}

/// Writes the header of a frame that [`begin`] began and whose payload is everything since.
pub fn finish(out: &mut [u8], at: usize, kind: Kind) {
    let Some((header, payload)) = out
        .get_mut(at..)
        .and_then(|frame| frame.split_first_chunk_mut::<HEADER_BYTES>())
    else {
        return;
    };
    *header = header_of(
        kind as u8,
        VERSION,
        payload.len() as u32,
        crc32fast::hash(payload),
    );
}

fn header_of(kind: u8, version: u8, length: u32, crc: u32) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..4].copy_from_slice(&MARKER);
    header[4] = kind;
    header[5] = version;
    header[8..12].copy_from_slice(&length.to_le_bytes());
    header[12..].copy_from_slice(&crc.to_le_bytes());
    let check = crc32fast::hash(&header) as u16;
    header[6..8].copy_from_slice(&check.to_le_bytes());
    header
}

/// A frame that checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it holds; `None`: something that a newer version knows.
    pub kind: Option<Kind>,
    /// The payload.
    pub payload: &'a [u8],
}

/// Bytes that are in no frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where in the segment.
    pub bytes: Range<usize>,
    /// Whether nothing follows: the program ended while it wrote.
    pub is_tail: bool,
}

/// Goes through the frames of a segment and past what is damaged.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What was passed over so far.
    pub damage: Vec<Damage>,
}

impl<'a> Frames<'a> {
    /// Of a whole segment.
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            damage: Vec::new(),
        }
    }

    /// Where the next frame is looked for: behind the last one.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// The frame that starts at `at`, and where the next one does.
    fn parse(&self, at: usize) -> Option<(Frame<'a>, usize)> {
        let (header, rest) = self.bytes.get(at..)?.split_first_chunk::<HEADER_BYTES>()?;
        let (start, numbers) = header.split_first_chunk::<8>()?;
        let (length, crc) = numbers.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length);
        let crc = u32::from_le_bytes(*crc.first_chunk()?);
        let [_, _, _, _, kind, version, _, _] = *start;
        if *header != header_of(kind, version, length, crc) || length as usize > MAX_PAYLOAD_BYTES {
            return None;
        }
        let payload = rest.get(..length as usize)?;
        if crc32fast::hash(payload) != crc {
            return None;
        }
        let kind = Kind::of(kind).filter(|_| version == VERSION);
        let frame = Frame { kind, payload };
        Some((frame, at + HEADER_BYTES + length as usize))
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let from = self.at;
        while self.at < self.bytes.len() {
            if let Some((frame, next)) = self.parse(self.at) {
                if self.at > from {
                    self.damage.push(Damage {
                        bytes: from..self.at,
                        is_tail: false,
                    });
                }
                self.at = next;
                return Some(frame);
            }
            let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
            let step = rest
                .windows(MARKER.len())
                .position(|window| window == MARKER)
                .unwrap_or(rest.len());
            self.at += 1 + step;
        }
        if self.at > from {
            self.damage.push(Damage {
                bytes: from..self.bytes.len(),
                is_tail: true,
            });
        }
        None
    }
}
