//! The recording on disk.

mod folder;
mod peers;
mod points;
mod readers;
mod reading;
mod sealed;
