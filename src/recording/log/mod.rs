//! The log: numbered segments of frames, each of which reads alone.

pub mod frame;
pub mod payload;
pub mod points;
pub mod segment;
