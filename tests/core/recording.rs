//! The recording on disk.

mod crashes;
mod disks;
mod folder;
mod frames;
mod ingested;
mod killed;
mod merging;
mod owner;
mod peers;
mod points;
mod readers;
mod reading;
mod rig;
mod sealed;
mod tail;
mod walks;
