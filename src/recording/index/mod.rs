//! The index of a sealed part, `.blocks`: what makes scrubbing fast. Never the truth: it is made
//! from the part and can be made again.
//!
//! A part in Parquet is one signal after the other; the whole plant at an instant would be read from
//! all over it. So the same points lie here time-major: a part is cut along time into **blocks** of
//! some 60 points a signal, and a block holds one *run* per signal, side by side: the
//! last point before the block, its points, the first point after it. What a signal was at an
//! instant is in its run or, when the part has nothing before it, in the list of last points of an
//! older part.
//!
//! For one signal over a long time there are, signal by signal, **tallies** of each minute, and for
//! signals of few points or few changes a **column** of all of them; the others are read from the
//! Parquet, whose rows the directory knows.
//!
//! # Layout
//!
//! | | |
//! | --- | --- |
//! | header, 128 bytes | magic, format, plant, span, `segments_through`, counts, where the rest is, CRC-32 |
//! | names | of the signals that have points, sorted; zstd |
//! | head | first point of each signal; last point of each; directory of signals; directory of blocks; texts |
//! | body | blocks, tallies, columns: zstd with checksum, each on its own |

mod directory;
mod entry;
mod file;
mod pack;
mod run;
mod tally;
mod write;

pub(crate) use directory::SignalPlace;
pub(crate) use file::{Head, IndexFile, IndexHeader, run_in};
pub(crate) use run::Run;
pub(crate) use tally::{MINUTE, MinuteTally};
pub use write::write_index;
pub(crate) use write::{Columns, index_of, write_in_order};

/// Version of the index. Any other is made anew.
pub const FORMAT: u32 = 2;

/// Why an index cannot be used. It is made anew from its part then.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The disk said no.
    #[error("the index cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Another version.
    #[error("the index has format {0}")]
    OtherFormat(u32),
    /// Damaged.
    #[error("the index is damaged: {0}")]
    Damaged(&'static str),
    /// Of what the part held before it was written again.
    #[error("the index is older than its part")]
    Stale,
}
