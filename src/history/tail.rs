//! [`Tails`]: the newest few points of every series, side by side.
//!
//! All heads of a large plant are more memory than a processor keeps near; written one by one, each
//! point would wait for it. Here a point in order costs one line of memory that is written and none
//! that is waited for: what is asked before (how many, how late) is 16 bytes a signal.

use super::chunk::Entry;

/// Points of a series that wait here for their way into its head.
pub(super) const TAIL: usize = 8;

/// The newest points of all series, by number of the signal.
#[derive(Debug)]
pub(super) struct Tails {
    marks: Vec<Mark>,
    entries: Vec<[Entry; TAIL]>,
}

/// What the next point of a series is held against.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Time of the last point of the whole series; `i64::MIN` before the first.
    last: i64,
    len: u32,
}

/// What became of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It is the newest of its series now.
    Newest,
    /// There is no room: see [`Tails::clear`].
    Full,
    /// It is older than the newest.
    Late,
    /// There is no such series.
    Stranger,
}

impl Tails {
    /// For so many series, with nothing in them.
    pub fn new(series: usize) -> Self {
        let empty = Mark {
            last: i64::MIN,
            len: 0,
        };
        Self {
            marks: vec![empty; series],
            entries: vec![[Entry::NULL; TAIL]; series],
        }
    }

    /// Appends a point that is not older than the newest of its series, if there is room.
    #[inline(always)]
    pub fn push(&mut self, series: usize, entry: Entry) -> Pushed {
        let (Some(mark), Some(entries)) =
            (self.marks.get_mut(series), self.entries.get_mut(series))
        else {
            return Pushed::Stranger;
        };
        if entry.time < mark.last {
            return Pushed::Late;
        }
        let Some(free) = entries.get_mut(mark.len as usize) else {
            return Pushed::Full;
        };
        *free = entry;
        mark.len += 1;
        mark.last = entry.time;
        Pushed::Newest
    }

    /// The newest points of a series, in order of time.
    #[inline]
    pub fn of(&self, series: usize) -> &[Entry] {
        match (self.marks.get(series), self.entries.get(series)) {
            (Some(mark), Some(entries)) => entries.get(..mark.len as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Makes room for the next points, when these have gone into their head.
    pub fn clear(&mut self, series: usize) {
        if let Some(mark) = self.marks.get_mut(series) {
            mark.len = 0;
        }
    }

    /// A point went to its place by another way.
    pub fn pass(&mut self, series: usize, time: i64) {
        if let Some(mark) = self.marks.get_mut(series) {
            mark.last = mark.last.max(time);
        }
    }

    /// Memory of a series here, bytes.
    pub const BYTES: usize = size_of::<Mark>() + size_of::<[Entry; TAIL]>();
}
