//! The recording on disk.

mod crashes;
mod disks;
mod owner;
mod frames;
mod ingested;
mod killed;
mod points;
mod rig;
mod sealed;
