//! [`RecorderStatus`]: what the recorder says of itself, for the status bar and `--state`.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::model::Timestamp;

/// State of the recorder at this moment. Counters count since the program started.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RecorderStatus {
    /// Where it records to.
    pub folder: PathBuf,
    /// Samples written, derived ones included.
    pub samples: u64,
    /// Events written.
    pub events: u64,
    /// Messages written that no signal is bound to.
    pub unmapped: u64,
    /// Bytes that the recording takes on the disk, as far as known.
    pub bytes: u64,
    /// Up to when everything received is safe on the disk.
    pub synced: Option<Timestamp>,
    /// Times at which samples were lost because the disk could not keep up.
    pub gaps: u64,
    /// Samples lost so.
    pub lost: u64,
    /// Parts sealed.
    pub sealed_parts: u64,
    /// Hours removed for the budget.
    pub removed_hours: u64,
    /// What keeps it from recording, and what to do; `null`: it records.
    pub problem: Option<Arc<str>>,
    /// What keeps it from sealing or removing what is old; it records all the same.
    pub trouble: Option<Arc<str>>,
    /// What was repaired at the start; `null`: nothing.
    pub repair: Option<Arc<str>>,
}

impl RecorderStatus {
    /// A few words for a status line.
    pub fn words(&self) -> String {
        if let Some(problem) = &self.problem {
            return format!("NOT RECORDING: {problem}");
        }
        let mut words = format!(
            "{} samples recorded, {:.1} MB",
            self.samples,
            self.bytes as f64 * 1e-6
        );
        if self.lost > 0 {
            words += &format!(", {} lost in {} gaps", self.lost, self.gaps);
        }
        if let Some(trouble) = &self.trouble {
            words += &format!(", {trouble}");
        }
        words
    }
}
