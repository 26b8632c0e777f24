//! [`Left`]: what an earlier program left in the folder of a recording.

use std::fs::File;

use super::OpenError;
use crate::model::Timestamp;
use crate::recording::folder::Folder;
use crate::recording::log::read::{LogError, Repair, Segment, segments};
use crate::recording::parts::{Sort, list};
use crate::recording::sealed::{self, SealError};

/// What an earlier program left.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// The number of the next segment: no part has it.
    pub next_segment: u64,
    /// Whether something is in the log: the program was cut off, or could not seal all.
    pub is_unsealed: bool,
    /// Just after the last of what was recorded; `None`: nothing was.
    pub last: Option<Timestamp>,
    /// What was found wrong in the log.
    pub repair: Repair,
}

impl Left {
    /// In this folder.
    pub fn of(folder: &Folder) -> Result<Self, OpenError> {
        let log = folder.log();
        let numbers = segments(&log)?;
        let mut left = Self {
            next_segment: numbers.last().map_or(1, |last| last + 1),
            ..Self::default()
        };
        let mut last = Timestamp::MIN;
        for number in &numbers {
            let segment = Segment::read(&log, *number)?;
            left.repair = left.repair.plus(segment.repair);
            left.is_unsealed |= segment.last > Timestamp::MIN;
            last = last.max(segment.last);
        }
        for sort in Sort::ALL {
            let disk = |error| OpenError::Disk {
                error,
                path: folder.root().join(sort.folder()),
            };
            let (parts, _) = list(folder.root(), sort).map_err(disk)?;
            if let Some(part) = parts.last() {
                last = last.max(Timestamp::from_millis(part.span.end - 1));
            }
            // The newest segment is never removed: without one, somebody has emptied the log, and a
            // number that a part has already must not be given again.
            let parts = parts.iter().filter(|_| numbers.is_empty());
            for part in parts {
                let meta = File::open(&part.path)
                    .map_err(SealError::from)
                    .and_then(sealed::read_meta)
                    .map_err(LogError::from)?;
                left.next_segment = left.next_segment.max(meta.segments_through + 1);
            }
        }
        if last > Timestamp::MIN {
            // In no part that ends with it.
            left.last = Some(Timestamp::from_millis(last.as_millis() + 1));
        }
        Ok(left)
    }
}
