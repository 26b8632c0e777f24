//! Sealed parts as files: their names, their order, and which segments of the log are in them.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};

use super::sealed::{self, SealError};
use crate::model::Timestamp;

/// What a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Points.
    Samples,
    /// Events.
    Events,
    /// Messages that no signal is bound to.
    Unmapped,
}

impl Sort {
    /// Every sort.
    pub const ALL: [Self; 3] = [Self::Samples, Self::Events, Self::Unmapped];

    /// Its folder in the recording.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Events => "events",
            Self::Unmapped => "unmapped",
        }
    }
}

/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;

/// A sealed part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartFile {
    /// Its span, UTC, ms.
    pub span: Range<i64>,
    /// The file.
    pub path: PathBuf,
}

impl PartFile {
    /// The part of this span.
    pub fn of(root: &Path, sort: Sort, span: Range<i64>) -> Self {
        let path = root
            .join(sort.folder())
            .join(hour_folder(span.start))
            .join(format!("{}-{}.parquet", span.start, span.end));
        Self { span, path }
    }

    /// How many rows it has.
    ///
    /// # Errors
    /// When its footer cannot be read.
    pub fn rows(&self) -> Result<u64, SealError> {
        let reader = SerializedFileReader::new(File::open(&self.path)?)?;
        Ok(reader.metadata().file_metadata().num_rows().unsigned_abs())
    }

    /// Its index, beside it in another tree.
    pub fn index(&self, root: &Path) -> PathBuf {
        root.join("index")
            .join(hour_folder(self.span.start))
            .join(format!("{}-{}.blocks", self.span.start, self.span.end))
    }
}

/// `date=2026-11-26/hour=10` of a time in ms, UTC.
pub fn hour_folder(ms: i64) -> PathBuf {
    let time = jiff::Timestamp::from(Timestamp::from_millis(ms)).to_zoned(jiff::tz::TimeZone::UTC);
    PathBuf::from(time.strftime("date=%Y-%m-%d").to_string())
        .join(time.strftime("hour=%H").to_string())
}

/// The span that a file's name says; `None`: it is no part.
fn span_of(name: &str) -> Option<Range<i64>> {
    let stem = name.strip_suffix(".parquet")?;
    let dash = 1 + stem.get(1..)?.find('-')?;
    let from = stem.get(..dash)?.parse().ok()?;
    let to = stem.get(dash + 1..)?.parse().ok()?;
    (from < to).then_some(from..to)
}

/// Folders of one level, sorted; none where there is no such folder.
fn folders(path: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The hour folders of a tree, in order of time.
///
/// # Errors
/// When a folder cannot be read.
pub fn hours(tree: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for date in folders(tree)? {
        found.extend(folders(&date)?);
    }
    Ok(found)
}

/// The parts of a recording, ascending, and those that lie within another and no longer count.
///
/// # Errors
/// When a folder cannot be read.
pub fn list(root: &Path, sort: Sort) -> io::Result<(Vec<PartFile>, Vec<PartFile>)> {
    let mut found = Vec::new();
    for hour in hours(&root.join(sort.folder()))? {
        for entry in fs::read_dir(hour)? {
            let entry = entry?;
            if let Some(span) = entry.file_name().to_str().and_then(span_of) {
                found.push(PartFile {
                    span,
                    path: entry.path(),
                });
            }
        }
    }
    // The widest of those that begin together comes first.
    found.sort_unstable_by_key(|part| (part.span.start, std::cmp::Reverse(part.span.end)));
    let mut end = i64::MIN;
    let (parts, within) = found.into_iter().partition(|part| {
        let counts = part.span.end > end;
        end = end.max(part.span.end);
        counts
    });
    Ok((parts, within))
}

/// Which points of the log are sealed already.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    parts: Vec<Covered>,
    /// Where the last answer came from: the next one probably does, too.
    last: Place,
}

#[derive(Clone, Debug)]
struct Covered {
    file: PartFile,
    /// Read from the file when it is first asked for.
    through: Option<u64>,
}

/// Where an instant lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a part that has the segments up to this one.
    In {
        /// Index of the part.
        part: usize,
        /// The segments in it.
        through: u64,
        /// Its span, ns.
        span: Range<i64>,
    },
    /// In no part: before the one of this index, and behind the one before it.
    Between {
        /// Index of the next part.
        next: usize,
        /// The gap, ns.
        span: Range<i64>,
    },
}

impl Default for Place {
    fn default() -> Self {
        Self::Between {
            next: 0,
            span: 0..0,
        }
    }
}

impl Place {
    /// The part or the gap, ns.
    pub const fn span(&self) -> &Range<i64> {
        match self {
            Self::In { span, .. } | Self::Between { span, .. } => span,
        }
    }

    /// Whether a point that lies here is in a part, if it is in this segment.
    pub const fn has(&self, segment: u64) -> bool {
        matches!(self, Self::In { through, .. } if *through >= segment)
    }
}

/// Milliseconds in nanoseconds.
pub(super) const fn nanos(ms: i64) -> i64 {
    ms.saturating_mul(1_000_000)
}

impl Coverage {
    /// Of these parts, ascending and disjoint.
    pub fn of(parts: Vec<PartFile>) -> Self {
        let parts = parts
            .into_iter()
            .map(|file| Covered {
                file,
                through: None,
            })
            .collect();
        Self {
            parts,
            last: Place::default(),
        }
    }

    /// Of a recording.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn read(root: &Path, sort: Sort) -> io::Result<Self> {
        Ok(Self::of(list(root, sort)?.0))
    }

    /// The parts, ascending.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = &PartFile> {
        self.parts.iter().map(|part| &part.file)
    }

    /// The part at this index.
    pub fn part(&self, index: usize) -> Option<&PartFile> {
        self.parts.get(index).map(|part| &part.file)
    }

    /// Where an instant lies.
    ///
    /// # Errors
    /// When the part that it lies in does not say what is in it.
    #[inline]
    pub fn place(&mut self, time: Timestamp) -> Result<&Place, SealError> {
        if !self.last.span().contains(&time.as_nanos()) {
            self.last = self.find(time.as_nanos())?;
        }
        Ok(&self.last)
    }

    #[cold]
    fn find(&mut self, time: i64) -> Result<Place, SealError> {
        let next = self
            .parts
            .partition_point(|part| nanos(part.file.span.start) <= time);
        let before = next.checked_sub(1);
        if let Some(index) = before
            && let Some(part) = self.parts.get_mut(index)
            && time < nanos(part.file.span.end)
        {
            let through = match part.through {
                Some(through) => through,
                None => {
                    let meta = sealed::read_meta(File::open(&part.file.path)?)?;
                    *part.through.insert(meta.segments_through)
                }
            };
            return Ok(Place::In {
                part: index,
                through,
                span: nanos(part.file.span.start)..nanos(part.file.span.end),
            });
        }
        let end = |part: &Covered| nanos(part.file.span.end);
        let from = before
            .and_then(|index| self.parts.get(index))
            .map_or(i64::MIN, end);
        let to = self
            .parts
            .get(next)
            .map_or(i64::MAX, |part| nanos(part.file.span.start));
        Ok(Place::Between {
            next,
            span: from..to,
        })
    }

    /// A part was written, new or again.
    pub fn put(&mut self, file: PartFile, through: u64) {
        self.last = Place::default();
        // Those within it no longer count.
        self.parts.retain(|part| {
            part.file.span.start < file.span.start || part.file.span.end > file.span.end
        });
        let at = self
            .parts
            .partition_point(|part| part.file.span.start < file.span.start);
        self.parts.insert(
            at,
            Covered {
                file,
                through: Some(through),
            },
        );
    }

    /// Parts were removed: only those that `stays` says stay.
    pub fn retain(&mut self, stays: impl Fn(&PartFile) -> bool) {
        self.last = Place::default();
        self.parts.retain(|part| stays(&part.file));
    }
}
