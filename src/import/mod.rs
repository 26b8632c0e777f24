//! Data from outside: CSV, JSON lines and Parquet become readings of a plant's signals, in order of
//! time.
//!
//! ```text
//! files ─▶ text │ lines │ columns ─▶ Reading ─▶ merge (order of time) ─▶ Batch ─▶ ingest, as live
//! ```
//!
//! A [`Mapping`] says which column is which signal, how times are written and in which unit. Most
//! files need none: a column that is called like a signal is that signal, and common names of time
//! columns and common ways to write times are known. What is not understood is listed with file and
//! line, and the rest is imported.
//!
//! Imported readings have the time of the file as their receive time, too: nobody knows when they
//! reached whom. They go through the same ingest as live ones, so states, health and alarms are
//! derived from them by the same rules.

mod bind;
mod cells;
mod columns;
mod feed;
mod lines;
mod mapping;
mod merge;
mod report;
mod session;
mod text;
mod time;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use feed::Feed;
pub use mapping::{LongColumns, Mapping, Target, TimeColumn};
pub use report::{BadLine, ImportReport};
pub use session::with_files_as_source;

use crate::model::{Plant, Quality, SignalId, Timestamp, Value};
use merge::Merge;

/// One value of one signal, as a file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// When it was true.
    pub time: Timestamp,
    /// Whose.
    pub signal: SignalId,
    /// The value, in the signal's unit and type.
    pub value: Value,
    /// How far it can be trusted.
    pub quality: Quality,
}

/// Why a file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read at all.
    #[error("cannot be read: {source}: {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The mapping is not one.
    #[error("{}: {message}", path.display())]
    Mapping {
        /// The mapping's file.
        path: PathBuf,
        /// Where and what, and how to mend it.
        message: String,
    },
    /// The file's columns do not say what is needed.
    #[error("{message}: {}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// What is missing, what there is, and what to do.
        message: String,
    },
    /// Not a file of the kind that its name says.
    #[error("{message}: {}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

/// Readings of several files, in order of time.
///
/// Files are read side by side and never held in memory as a whole. Within a file, readings may be
/// out of order by up to 65,536 readings; what is later than that comes as it stands, is counted, and
/// lands in its place in the history.
#[derive(Debug)]
pub struct Import {
    merge: Merge,
    report: ImportReport,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes (of a Parquet file: rows) read.
    pub done: u64,
    /// Of so many.
    pub whole: u64,
}

impl Import {
    /// Opens the files: reads their headers and binds their columns to the plant's signals.
    ///
    /// # Errors
    /// When a file cannot be read or its columns do not say what is needed.
    pub fn open(plant: &Plant, mapping: &Mapping, files: &[PathBuf]) -> Result<Self, ImportError> {
        let mut report = ImportReport::default();
        let mut readers: Vec<Box<dyn Reader>> = Vec::new();
        for file in files {
            readers.push(open(plant, mapping, file, &mut report)?);
        }
        Ok(Self {
            merge: Merge::new(readers),
            report,
        })
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.merge.progress()
    }

    /// What was read and what was not understood, up to now.
    pub fn report(&self) -> &ImportReport {
        &self.report
    }
}

/// The readings, up to the end of all files.
impl Iterator for Import {
    type Item = Reading;

    fn next(&mut self) -> Option<Reading> {
        let reading = self.merge.next(&mut self.report)?;
        self.report.note(&reading);
        Some(reading)
    }
}

/// A file that yields readings, in the order in which they stand in it.
trait Reader: std::fmt::Debug {
    /// Appends the readings of the next row; `false` at the end. What is not understood goes to the
    /// report.
    fn row(&mut self, out: &mut Vec<Reading>, report: &mut ImportReport) -> bool;

    /// How far it has come.
    fn progress(&self) -> Progress;
}

fn open(
    plant: &Plant,
    mapping: &Mapping,
    path: &Path,
    report: &mut ImportReport,
) -> Result<Box<dyn Reader>, ImportError> {
    let extension = path.extension().and_then(|end| end.to_str());
    Ok(match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("parquet" | "pq") => {
            Box::new(columns::ParquetReader::open(plant, mapping, path, report)?)
        }
        Some("jsonl" | "ndjson" | "json") => {
            Box::new(lines::LinesReader::open(plant, mapping, path)?)
        }
        _ => Box::new(text::TextReader::open(plant, mapping, path, report)?),
    })
}

fn name_of(path: &Path) -> Arc<str> {
    path.display().to_string().into()
}
