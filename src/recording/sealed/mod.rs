//! Sealed parts: a span of the recording as Parquet files that pandas, DuckDB, Polars, Spark and
//! Trino read as they are.
//!
//! # `samples/…/*.parquet`: one row per recorded point
//!
//! | column | type | meaning |
//! | --- | --- | --- |
//! | `signal` | string | stable path of the signal |
//! | `time` | timestamp, ms, UTC | effective time, rounded down to the millisecond |
//! | `nanos` | int32 | what `time` leaves out, 0 to 999,999 ns: mostly 0 |
//! | `value` | double, null | the number; truth values are 0 and 1; null for texts and for integers that a double does not hold exactly |
//! | `integer` | int64, null | integers that a double does not hold exactly |
//! | `text` | string, null | texts; and whole numbers beyond 2⁶³ in decimal |
//! | `type` | uint8 | 0 null, 1 real, 2 integer, 3 unsigned integer, 4 truth value, 5 text |
//! | `quality` | uint8 | 0 good; 64 + cause: uncertain; 128 + cause: bad ([`Quality::to_byte`]) |
//! | `receive_time` | timestamp, ms, UTC | when it reached the recording machine, rounded down |
//! | `source_time` | timestamp, ms, UTC, null | the source's own time, where it was refused |
//! | `source_nanos` | int32, null | what `source_time` leaves out |
//!
//! Each signal's rows are together, in order of time, then arrival. Signals of one kind of value
//! are neighbours, in row groups whose encoding suits them. The exact instant is `time` plus
//! `nanos`: times in nanoseconds would be refused by Spark, and take half as much again.
//!
//! Key-value metadata: `twinscape.format`, `twinscape.kind`, `twinscape.from` and `twinscape.to`
//! (ns), `twinscape.segments_through`, `twinscape.plant` (CRC-32), `twinscape.crc` (CRC-32 of the
//! first `twinscape.crc_bytes` bytes: all rows).
//!
//! [`events`] and [`unmapped`] describe the other two kinds of part.

mod checked;
mod classify;
mod column;
pub mod events;
mod footer;
mod order;
mod points;
mod row_group;
mod rows;
mod runs;
mod samples;
mod schema;
mod table;
pub mod unmapped;
mod value;

pub use events::{RecordedAlarm, RecordedEvent, RecordedKind, read_events, write_events};
pub use footer::read_meta;
pub(crate) use order::FileOrder;
pub(crate) use points::Sorter;
pub use points::{PartPoints, RecordedPoint, SignalPoints};
pub(crate) use rows::read_rows;
pub(crate) use samples::write_in_order;
pub use samples::{read_samples, write_samples};
pub use unmapped::{RawMessage, read_unmapped, write_unmapped};

use std::ops::Range;

use parquet::errors::ParquetError;

use crate::model::Timestamp;

#[cfg(doc)]
use crate::model::Quality;

/// Version of the files that this program writes. It reads this one and every older one.
pub const FORMAT: u32 = 1;

/// What a part says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartMeta {
    /// From its first instant to the first one after it.
    pub span: Range<Timestamp>,
    /// Log segments up to this number are in it.
    pub segments_through: u64,
    /// CRC-32 of the plant revision it was recorded under.
    pub plant: u32,
}

/// What a sealed part takes on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealedStats {
    /// Rows.
    pub rows: u64,
    /// Bytes of the whole file.
    pub bytes: u64,
    /// Bytes of each column, in the order of the schema.
    pub columns: Vec<(&'static str, u64)>,
}

/// Why a part could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The disk said no.
    #[error("reading or writing a part failed: {0}")]
    Io(#[from] std::io::Error),
    /// Not Parquet, or damaged.
    #[error("not readable as Parquet, the file is damaged: {0}")]
    Parquet(#[from] ParquetError),
    /// From a newer program.
    #[error(
        "written in format {found} by a newer twinscape, this one reads up to {FORMAT}: update it"
    )]
    Newer {
        /// Its format.
        found: u32,
    },
    /// Parquet, but none of ours.
    #[error("no part of a recording: {0}")]
    NotAPart(String),
    /// The content is not what was written.
    #[error(
        "the content has changed since it was written ({found:08x}, not {wanted:08x}): the disk or a copy is at fault"
    )]
    Changed {
        /// Of what is there.
        found: u32,
        /// Of what was written.
        wanted: u32,
    },
    /// Events or messages out of order: an error of the caller.
    #[error("what a part holds must be sorted by time")]
    Unsorted,
    /// More than a part may hold.
    #[error("{0} rows are more than a part may hold")]
    TooLarge(u64),
}

impl From<SealError> for std::io::Error {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Io(error) => error,
            other => Self::other(other),
        }
    }
}
