//! The recording on disk.

mod points;
mod sealed;
