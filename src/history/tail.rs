//! [`Tails`]: the newest few points of every series, side by side.
//!
//! All heads of a large plant are more memory than a processor keeps near; written one by one, each
//! point would wait for it. Here a point in order costs one line of memory that is written and none
//! that is waited for: what is asked before (how many, how late) is 16 bytes a signal.

use super::chunk::Entry;

/// The newest points of all series, by number of the signal.
#[derive(Debug)]
pub(super) struct Tails {
    marks: Vec<Mark>,
    /// Room for so many points of each series.
    room: usize,
    entries: Vec<Entry>,
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
    /// For so many series, with nothing in them and room for `room` points each.
    pub fn new(series: usize, room: usize) -> Self {
        let empty = Mark {
            last: i64::MIN,
            len: 0,
        };
        Self {
            marks: vec![empty; series],
            room,
            entries: vec![Entry::NULL; series * room],
        }
    }

    /// Appends a point that is not older than the newest of its series, if there is room.
    #[inline(always)]
    pub fn push(&mut self, series: usize, entry: Entry) -> Pushed {
        let Some(mark) = self.marks.get_mut(series) else {
            return Pushed::Stranger;
        };
        if entry.time < mark.last {
            return Pushed::Late;
        }
        let len = mark.len as usize;
        if len >= self.room {
            return Pushed::Full;
        }
        let Some(free) = self.entries.get_mut(series * self.room + len) else {
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
        let start = series * self.room;
        let len = self.marks.get(series).map_or(0, |mark| mark.len as usize);
        self.entries.get(start..start + len).unwrap_or_default()
    }

    /// Reads where the newest point of a series lies, for nothing but to have it near.
    #[inline(always)]
    pub fn touch(&self, series: usize) -> i64 {
        let start = series * self.room;
        let newest = self.marks.get(series).map_or(0, |mark| mark.len as usize);
        let entry = self.entries.get(start + newest.saturating_sub(1));
        entry.map_or(0, |entry| entry.time)
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

    /// Memory taken, bytes.
    pub const fn bytes(&self) -> usize {
        self.marks.len() * size_of::<Mark>() + self.entries.len() * size_of::<Entry>()
    }
}
