//! [`FileOrder`]: the order in which the signals of a part are written.

use super::classify::{Class, Classifier};
use super::points::{PartPoints, SignalPoints};
use super::value;

/// The points of a signal, where they come in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileRun<'a> {
    pub(super) class: Class,
    pub name: &'a str,
    pub points: SignalPoints<'a>,
}

/// Points of a part, signal by signal as they come in its file. Both the Parquet and the index are
/// written from it.
#[derive(Debug)]
pub(crate) struct FileOrder<'a> {
    runs: Vec<FileRun<'a>>,
}

impl<'a> FileOrder<'a> {
    /// Of points that are to be written: those of one class and one kind are neighbours.
    pub fn of(points: &'a PartPoints) -> Self {
        let mut classifier = Classifier::default();
        let mut order = Self::with_classes(points, |run| classifier.class(run));
        let key = |run: &FileRun<'a>| (run.class, value::kind_of(run.name), run.name);
        order.runs.sort_by_key(key);
        order
    }

    /// Of points that were read from a file, if their names are in its order.
    pub fn as_read(points: &'a PartPoints) -> Self {
        Self::with_classes(points, |_| Class::Noise)
    }

    fn with_classes(
        points: &'a PartPoints,
        mut class: impl FnMut(&SignalPoints<'a>) -> Class,
    ) -> Self {
        let runs = points.runs().map(|(name, _, points)| FileRun {
            class: class(&points),
            name,
            points,
        });
        Self {
            runs: runs.collect(),
        }
    }

    /// The signals.
    pub fn runs(&self) -> &[FileRun<'a>] {
        &self.runs
    }

    /// Points of all signals.
    pub fn rows(&self) -> usize {
        self.runs.iter().map(|run| run.points.len()).sum()
    }
}
