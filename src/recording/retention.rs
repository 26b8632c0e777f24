//! Keeping a recording within days and bytes: whole hours go, the oldest first, never the current
//! one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::parts::{HOUR_MS, Sort, hour_folder};
use super::storage::Storage;
use crate::model::Timestamp;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days.
    pub days: u32,
    /// Bytes of the whole folder. The current hour is kept whatever it takes.
    pub bytes: u64,
}

impl Retention {
    /// Days kept unless told otherwise.
    pub const DAYS: u32 = 30;
    /// Bytes kept unless told otherwise.
    pub const BYTES: u64 = 20 << 30;
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            days: Self::DAYS,
            bytes: Self::BYTES,
        }
    }
}

/// What was kept and what was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Bytes of the recording that are left.
    pub bytes: u64,
    /// Hours removed.
    pub removed_hours: u64,
    /// Nothing before this is kept, ms; `None`: nothing was removed.
    pub from_ms: Option<i64>,
}

/// Trees that are made of hours.
const TREES: [&str; 4] = [
    Sort::Samples.folder(),
    Sort::Events.folder(),
    Sort::Unmapped.folder(),
    "index",
];

/// Removes the hours that are beyond the budget.
///
/// # Errors
/// As the disk says; what could be removed is.
pub fn keep(
    storage: &dyn Storage,
    root: &Path,
    retention: Retention,
    now: Timestamp,
) -> io::Result<Kept> {
    let mut kept = Kept {
        bytes: bytes_of(&root.join("log"))? + bytes_below(&root.join("plants"))?,
        ..Kept::default()
    };
    // `date=2026-11-26/hour=10` sorts as time does.
    let mut hours: BTreeMap<PathBuf, u64> = BTreeMap::new();
    for tree in TREES {
        let tree = root.join(tree);
        for hour in super::parts::hours(&tree)? {
            let bytes = bytes_of(&hour)?;
            kept.bytes += bytes;
            if let Ok(name) = hour.strip_prefix(&tree) {
                *hours.entry(name.to_owned()).or_default() += bytes;
            }
        }
    }
    let now_ms = now.as_millis();
    let current = hour_folder(now_ms);
    let days = i64::from(retention.days).saturating_mul(24 * HOUR_MS);
    let oldest = hour_folder(now_ms.saturating_sub(days));
    let mut result = Ok(());
    for (hour, bytes) in hours {
        let is_kept = hour >= current || (hour >= oldest && kept.bytes <= retention.bytes);
        if is_kept {
            break;
        }
        result = remove_hour(storage, root, &hour);
        if result.is_err() {
            break;
        }
        kept.bytes = kept.bytes.saturating_sub(bytes);
        kept.removed_hours += 1;
        kept.from_ms = ms_behind(&hour).or(kept.from_ms);
    }
    result.map(|()| kept)
}

fn remove_hour(storage: &dyn Storage, root: &Path, hour: &Path) -> io::Result<()> {
    // The index first: it must not be found without its part.
    for tree in TREES.iter().rev() {
        let folder = root.join(tree).join(hour);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            storage.remove(&entry?.path())?;
        }
        storage.sync_folder(&folder)?;
        storage.remove_folder(&folder)?;
        if let Some(date) = folder.parent() {
            // Other hours of the day may be left in it.
            let _ = storage.remove_folder(date);
        }
    }
    Ok(())
}

/// When an hour folder's hour ends, ms.
fn ms_behind(hour: &Path) -> Option<i64> {
    let mut names = hour.iter().filter_map(|name| name.to_str());
    let date = names.next()?.strip_prefix("date=")?;
    let hour = names.next()?.strip_prefix("hour=")?;
    let begin: Timestamp = format!("{date}T{hour}:00:00Z").parse().ok()?;
    Some(begin.as_millis() + HOUR_MS)
}

/// Bytes of the files in a folder; one that vanishes meanwhile counts nothing.
fn bytes_of(folder: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut bytes = 0;
    for entry in entries {
        if let Ok(metadata) = entry?.metadata()
            && metadata.is_file()
        {
            bytes += metadata.len();
        }
    }
    Ok(bytes)
}

/// Bytes of all files below a folder.
fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut bytes = bytes_of(folder)?;
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            bytes += bytes_below(&entry.path())?;
        }
    }
    Ok(bytes)
}
