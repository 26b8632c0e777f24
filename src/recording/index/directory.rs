//! The header and the directories of an index as bytes.

use std::ops::Range;

use super::pack::Bytes;
use super::{FORMAT, IndexError};

pub(super) const MAGIC: [u8; 8] = *b"TWBLOCKS";
pub(super) const HEADER: usize = 128;

/// The first 128 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub plant: u32,
    pub from: i64,
    pub to: i64,
    pub through: u64,
    pub signals: u32,
    pub blocks: u32,
    pub rows: u64,
    pub names_crc: u32,
    pub names_len: u32,
    pub names_raw: u32,
    pub head_crc: u32,
    pub head_len: u32,
}

impl Header {
    pub fn put(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&self.plant.to_le_bytes());
        out.extend_from_slice(&self.from.to_le_bytes());
        out.extend_from_slice(&self.to.to_le_bytes());
        out.extend_from_slice(&self.through.to_le_bytes());
        out.extend_from_slice(&self.signals.to_le_bytes());
        out.extend_from_slice(&self.blocks.to_le_bytes());
        out.extend_from_slice(&self.rows.to_le_bytes());
        for number in [
            self.names_crc,
            self.names_len,
            self.names_raw,
            self.head_crc,
            self.head_len,
        ] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.resize(start + HEADER - 4, 0);
        let crc = crc32fast::hash(out.get(start..).unwrap_or_default());
        out.extend_from_slice(&crc.to_le_bytes());
    }

    pub fn read(bytes: &[u8]) -> Result<Self, IndexError> {
        let short = || IndexError::Damaged("its header is cut short");
        let checked = bytes.get(..HEADER - 4).ok_or_else(short)?;
        let mut crc = Bytes(bytes.get(HEADER - 4..HEADER).ok_or_else(short)?);
        let mut bytes = Bytes(checked);
        if bytes.take(8) != Some(&MAGIC) {
            return Err(IndexError::Damaged("it does not begin as one"));
        }
        if crc.u32() != Some(crc32fast::hash(checked)) {
            return Err(IndexError::Damaged("its header has changed"));
        }
        let format = bytes.u32().ok_or_else(short)?;
        if format != FORMAT {
            return Err(IndexError::OtherFormat(format));
        }
        let mut read = || {
            Some(Self {
                plant: bytes.u32()?,
                from: bytes.i64()?,
                to: bytes.i64()?,
                through: bytes.u64()?,
                signals: bytes.u32()?,
                blocks: bytes.u32()?,
                rows: bytes.u64()?,
                names_crc: bytes.u32()?,
                names_len: bytes.u32()?,
                names_raw: bytes.u32()?,
                head_crc: bytes.u32()?,
                head_len: bytes.u32()?,
            })
        };
        read().ok_or_else(short)
    }
}

/// Where something packed lies in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub at: u64,
    pub len: u32,
    /// Bytes when it is unpacked.
    pub raw: u32,
}

impl Place {
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.at.to_le_bytes());
        out.extend_from_slice(&self.len.to_le_bytes());
        out.extend_from_slice(&self.raw.to_le_bytes());
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(Self {
            at: bytes.u64()?,
            len: bytes.u32()?,
            raw: bytes.u32()?,
        })
    }
}

/// What a part has of a signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignalPlace {
    /// Points.
    pub count: u32,
    /// First of its rows in the Parquet.
    pub row: u32,
    /// All its points as one run, if they are few or seldom say something new; else nothing.
    pub column: Place,
    /// Tallies of its minutes, if its points are many; else nothing.
    pub tallies: Place,
}

impl SignalPlace {
    pub const BYTES: usize = 40;

    pub fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&self.row.to_le_bytes());
        self.column.put(out);
        self.tallies.put(out);
    }

    pub fn get(list: &[u8], at: usize) -> Option<Self> {
        let mut bytes = Bytes(list.get(at * Self::BYTES..(at + 1) * Self::BYTES)?);
        Some(Self {
            count: bytes.u32()?,
            row: bytes.u32()?,
            column: Place::read(&mut bytes)?,
            tallies: Place::read(&mut bytes)?,
        })
    }
}

/// A block: the instants that it answers for, and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockPlace {
    /// ns.
    pub span: Range<i64>,
    pub place: Place,
}

impl BlockPlace {
    pub const BYTES: usize = 32;

    pub fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.span.start.to_le_bytes());
        out.extend_from_slice(&self.span.end.to_le_bytes());
        self.place.put(out);
    }

    pub fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (one, rest) = bytes.split_at_checked(Self::BYTES)?;
        *bytes = rest;
        let mut one = Bytes(one);
        Some(Self {
            span: one.i64()?..one.i64()?,
            place: Place::read(&mut one)?,
        })
    }
}
