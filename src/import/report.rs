//! [`ImportReport`]: what came in, and what was not understood.

use std::fmt;
use std::sync::Arc;

use super::Reading;
use crate::model::Timestamp;

/// A line that was left out, wholly or in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// The file.
    pub file: Arc<str>,
    /// Line of a text file, from 1; row of a Parquet file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.problem)
    }
}

/// What an import read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportReport {
    /// Rows read, bad ones included.
    pub rows: u64,
    /// Readings taken.
    pub readings: u64,
    /// Of these, ones that came so late in their file that others had gone on.
    pub late: u64,
    /// Time of the first and the last reading.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Lines with something wrong.
    pub bad_count: u64,
    /// The first of them.
    pub bad: Vec<BadLine>,
    /// Columns and names of long files that are no signal of the plant, with how often.
    pub unknown: Vec<(Arc<str>, u64)>,
}

impl ImportReport {
    /// Bad lines kept in full; further ones are only counted.
    pub const LISTED: usize = 50;
    /// Unknown names kept.
    const UNKNOWN: usize = 200;

    pub(super) fn note(&mut self, reading: &Reading) {
        self.readings += 1;
        let (first, last) = self.span.unwrap_or((reading.time, reading.time));
        self.span = Some((first.min(reading.time), last.max(reading.time)));
    }

    pub(super) fn bad(&mut self, file: &Arc<str>, line: u64, problem: impl Into<String>) {
        self.bad_count += 1;
        if self.bad.len() < Self::LISTED {
            self.bad.push(BadLine {
                file: Arc::clone(file),
                line,
                problem: problem.into(),
            });
        }
    }

    pub(super) fn unknown(&mut self, name: &str) {
        let mut known = self.unknown.iter_mut();
        if let Some((_, count)) = known.find(|(known, _)| &**known == name) {
            *count += 1;
        } else if self.unknown.len() < Self::UNKNOWN {
            self.unknown.push((name.into(), 1));
        }
    }
}
