//! The recording on disk.

mod folder;
mod points;
mod readers;
mod reading;
mod sealed;
