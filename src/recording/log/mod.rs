//! The log: numbered segments of frames, each of which reads alone.
//!
//! [`segment`] writes, [`read`] reads back, [`gather`] sorts what was read. A frame holds points, events or raw messages of a few
//! batches; names of signals are declared in the segment before they are used.

pub mod frame;
pub mod gather;
pub mod payload;
pub mod points;
pub mod read;
pub mod segment;

pub use read::{LogError, Repair, Unsealed, read_unsealed};
