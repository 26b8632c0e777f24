//! [`Merge`]: several files, each roughly in order of time, as one stream in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::report::ImportReport;
use super::{Progress, Reader, Reading};
use crate::model::Timestamp;

/// Readings of a file that are held back to put them in order.
const WINDOW: usize = 1 << 16;

/// A file's readings, put in order within a window.
#[derive(Debug)]
struct Ordered {
    reader: Box<dyn Reader>,
    held: BinaryHeap<Reverse<Held>>,
    row: Vec<Reading>,
    sequence: u64,
    is_open: bool,
}

/// A reading in order of time, then of the file.
#[derive(Debug)]
struct Held(Timestamp, u64, Reading);

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

impl Ordered {
    fn fill(&mut self, report: &mut ImportReport) {
        while self.is_open && self.held.len() < WINDOW {
            self.is_open = self.reader.row(&mut self.row, report);
            for reading in self.row.drain(..) {
                self.sequence += 1;
                self.held
                    .push(Reverse(Held(reading.time, self.sequence, reading)));
            }
        }
    }

    fn next_time(&self) -> Option<Timestamp> {
        self.held.peek().map(|Reverse(held)| held.0)
    }
}

/// All files.
#[derive(Debug)]
pub(super) struct Merge {
    files: Vec<Ordered>,
    /// Time of the reading given last.
    reached: Timestamp,
}

impl Merge {
    pub fn new(readers: Vec<Box<dyn Reader>>) -> Self {
        let files = readers
            .into_iter()
            .map(|reader| Ordered {
                reader,
                held: BinaryHeap::new(),
                row: Vec::new(),
                sequence: 0,
                is_open: true,
            })
            .collect();
        Self {
            files,
            reached: Timestamp::MIN,
        }
    }

    /// The earliest reading of all files; of equals, the one of the first file.
    pub fn next(&mut self, report: &mut ImportReport) -> Option<Reading> {
        for file in &mut self.files {
            file.fill(report);
        }
        let file = self
            .files
            .iter_mut()
            .filter(|file| !file.held.is_empty())
            .min_by_key(|file| file.next_time())?;
        let Reverse(Held(time, _, reading)) = file.held.pop()?;
        if time < self.reached {
            report.late += 1;
        }
        self.reached = self.reached.max(time);
        Some(reading)
    }

    pub fn progress(&self) -> Progress {
        let mut all = Progress::default();
        for file in &self.files {
            let Progress { done, whole } = file.reader.progress();
            all.done += done.min(whole);
            all.whole += whole;
        }
        all
    }
}
