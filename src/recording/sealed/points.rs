//! [`PartPoints`]: points of one part, column by column, as both its files are written from.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::model::{Point, Quality, Timestamp, Value};

/// One point of a signal, as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordedPoint {
    /// Index into [`PartPoints::names`].
    pub name: u32,
    /// The point.
    pub point: Point,
    /// The source's own time where it was refused and is not the effective time.
    pub source_time: Option<Timestamp>,
}

/// Points of one part: sorted by signal (in order of [`RecordedPoint::name`]), then time, then
/// arrival. Receive times are whole milliseconds.
#[derive(Clone, Debug, Default)]
pub struct PartPoints {
    names: Vec<Arc<str>>,
    /// Rows of each name, as far as the last one that has some.
    rows: Vec<Range<usize>>,
    columns: Columns,
}

#[derive(Clone, Debug, Default)]
struct Columns {
    /// ns.
    times: Vec<i64>,
    /// ms.
    received: Vec<i64>,
    bits: Vec<u64>,
    kinds: Vec<u8>,
    qualities: Vec<u8>,
    /// Of the few rows that have one, in order of rows.
    source_times: Vec<(usize, Timestamp)>,
}

impl Columns {
    /// Zeros, which cost nothing before something is put there.
    fn of_zeros(rows: usize) -> Self {
        Self {
            times: vec![0; rows],
            received: vec![0; rows],
            bits: vec![0; rows],
            kinds: vec![0; rows],
            qualities: vec![0; rows],
            source_times: Vec::new(),
        }
    }

    #[inline(always)]
    fn put(&mut self, at: usize, point: &Point) {
        let (kind, bits) = point.value.word();
        let (Some(time), Some(received), Some(word), Some(place), Some(quality)) = (
            self.times.get_mut(at),
            self.received.get_mut(at),
            self.bits.get_mut(at),
            self.kinds.get_mut(at),
            self.qualities.get_mut(at),
        ) else {
            return;
        };
        *time = point.time.as_nanos();
        *received = point.receive_time.as_millis();
        (*place, *word) = (kind, bits);
        *quality = point.quality.to_byte();
    }
}

/// The points of one signal, column by column.
#[derive(Clone, Copy, Debug)]
pub struct SignalPoints<'a> {
    name: u32,
    times: &'a [i64],
    received: &'a [i64],
    bits: &'a [u64],
    kinds: &'a [u8],
    qualities: &'a [u8],
    /// By rows of the whole part, of which the first one here is `first`.
    source_times: &'a [(usize, Timestamp)],
    first: usize,
}

impl<'a> SignalPoints<'a> {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Effective times, ns, ascending.
    pub(crate) const fn times(&self) -> &'a [i64] {
        self.times
    }

    /// When they were received, ms.
    pub(crate) const fn received(&self) -> &'a [i64] {
        self.received
    }

    /// What the values are, by [`SignalPoints::kinds`]; a text is its [`Text::index`].
    pub(crate) const fn bits(&self) -> &'a [u64] {
        self.bits
    }

    /// Kinds of values, as [`Value::word`] has them.
    pub(crate) const fn kinds(&self) -> &'a [u8] {
        self.kinds
    }

    /// As [`Quality::to_byte`] has them.
    pub(crate) const fn qualities(&self) -> &'a [u8] {
        self.qualities
    }

    /// Whether some have a source time.
    pub(crate) const fn has_source_times(&self) -> bool {
        !self.source_times.is_empty()
    }

    /// These of them; all where there are not so many.
    pub(crate) fn part(&self, rows: Range<usize>) -> Self {
        let rows = rows.start.min(self.len())..rows.end.min(self.len());
        let first = self.first + rows.start;
        Self {
            name: self.name,
            times: cut(self.times, &rows),
            received: cut(self.received, &rows),
            bits: cut(self.bits, &rows),
            kinds: cut(self.kinds, &rows),
            qualities: cut(self.qualities, &rows),
            source_times: within(self.source_times, first..first + rows.len()),
            first,
        }
    }

    /// The point at this index.
    pub fn get(&self, at: usize) -> Option<RecordedPoint> {
        let point = Point {
            time: Timestamp::from_nanos(*self.times.get(at)?),
            receive_time: Timestamp::from_millis(*self.received.get(at)?),
            value: Value::of_word(*self.kinds.get(at)?, *self.bits.get(at)?),
            quality: Quality::from_byte(*self.qualities.get(at)?),
        };
        let row = self.first + at;
        let found = self.source_times.binary_search_by_key(&row, |(of, _)| *of);
        let source_time = found.ok().and_then(|at| self.source_times.get(at));
        Some(RecordedPoint {
            name: self.name,
            point,
            source_time: source_time.map(|(_, time)| *time),
        })
    }

    /// One after the other.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = RecordedPoint> + use<'a> {
        let all = *self;
        (0..all.len()).filter_map(move |at| all.get(at))
    }
}

/// These rows of a column.
fn cut<'a, T>(column: &'a [T], rows: &Range<usize>) -> &'a [T] {
    column.get(rows.clone()).unwrap_or_default()
}

/// Those of these rows.
fn within(of: &[(usize, Timestamp)], rows: Range<usize>) -> &[(usize, Timestamp)] {
    let from = of.partition_point(|(row, _)| *row < rows.start);
    let to = of.partition_point(|(row, _)| *row < rows.end);
    of.get(from..to).unwrap_or_default()
}

impl PartPoints {
    /// Sorts points that come in order of arrival. Points whose name is out of range are dropped.
    pub fn from_arrivals(names: Vec<Arc<str>>, arrived: &[RecordedPoint]) -> Self {
        let mut counts = vec![0; names.len()];
        for each in arrived {
            if let Some(count) = counts.get_mut(each.name as usize) {
                *count += 1;
            }
        }
        let mut sorter = Sorter::with_room(&counts);
        arrived.iter().for_each(|each| sorter.put(each));
        sorter.finish(names)
    }

    /// With late points put in their place: `later` arrived after all of these.
    pub fn merged(self, later: &Self) -> Self {
        let mut names = self.names.clone();
        let mut by_name: HashMap<Arc<str>, u32> = names.iter().cloned().zip(0..).collect();
        let numbers: Vec<u32> = later
            .names
            .iter()
            .map(|name| {
                *by_name.entry(Arc::clone(name)).or_insert_with(|| {
                    names.push(Arc::clone(name));
                    names.len() as u32 - 1
                })
            })
            .collect();
        let mut counts = vec![0; names.len()];
        for (count, rows) in counts.iter_mut().zip(&self.rows) {
            *count += rows.len() as u32;
        }
        for (number, rows) in numbers.iter().zip(&later.rows) {
            if let Some(count) = counts.get_mut(*number as usize) {
                *count += rows.len() as u32;
            }
        }
        let mut sorter = Sorter::with_room(&counts);
        self.iter().for_each(|each| sorter.put(&each));
        drop(self);
        for each in later.iter() {
            if let Some(name) = numbers.get(each.name as usize) {
                sorter.put(&RecordedPoint {
                    name: *name,
                    ..each
                });
            }
        }
        sorter.finish(names)
    }

    /// Those whose time is as wanted.
    pub fn filtered(&self, is_wanted: impl Fn(Timestamp) -> bool) -> Self {
        let wanted = self.iter().filter(|each| is_wanted(each.point.time));
        let wanted: Vec<_> = wanted.collect();
        Self::from_arrivals(self.names.clone(), &wanted)
    }

    /// Stable path of each signal.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// Points of all signals.
    pub fn len(&self) -> usize {
        self.rows.iter().map(ExactSizeIterator::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the points of each signal are in the order that is promised.
    pub fn is_sorted(&self) -> bool {
        self.runs().all(|(.., run)| run.times.is_sorted())
    }

    /// Signal after signal.
    pub fn iter(&self) -> impl Iterator<Item = RecordedPoint> {
        self.runs().flat_map(|(.., run)| run.iter())
    }

    /// The points of each signal that has some: its name, its index, its points.
    pub fn runs(&self) -> impl Iterator<Item = (&Arc<str>, u32, SignalPoints<'_>)> {
        let named = self.names.iter().zip(0..);
        named.filter_map(|(name, number)| {
            let run = self.run(number).filter(|run| !run.is_empty())?;
            Some((name, number, run))
        })
    }

    fn run(&self, name: u32) -> Option<SignalPoints<'_>> {
        let rows = self.rows.get(name as usize)?;
        Some(SignalPoints {
            name,
            times: self.columns.times.get(rows.clone())?,
            received: self.columns.received.get(rows.clone())?,
            bits: self.columns.bits.get(rows.clone())?,
            kinds: self.columns.kinds.get(rows.clone())?,
            qualities: self.columns.qualities.get(rows.clone())?,
            source_times: within(&self.columns.source_times, rows.clone()),
            first: rows.start,
        })
    }

    /// Sorts the points of a signal by time, those of one time as they came.
    fn sort(&mut self, name: u32) {
        let Some(run) = self.run(name) else {
            return;
        };
        let first = run.first;
        let mut points: Vec<_> = run.iter().collect();
        points.sort_by_key(|each| each.point.time);
        let places = &self.columns.source_times;
        let mut at = places.partition_point(|(row, _)| *row < first);
        for (row, each) in (first..).zip(&points) {
            self.columns.put(row, &each.point);
            // As many as there were, now in the order of their new rows.
            if let Some(time) = each.source_time
                && let Some(place) = self.columns.source_times.get_mut(at)
            {
                *place = (row, time);
                at += 1;
            }
        }
    }
}

/// Puts points that come in order of arrival in their places, knowing beforehand how many each signal
/// has.
#[derive(Debug)]
pub(crate) struct Sorter {
    columns: Columns,
    signals: Vec<Filled>,
}

/// How far the room of a signal is filled.
#[derive(Debug)]
struct Filled {
    start: usize,
    next: usize,
    end: usize,
    /// Time of its last point, ns.
    latest: i64,
    is_in_order: bool,
}

impl Sorter {
    /// With room for so many points of each signal.
    pub fn with_room(counts: &[u32]) -> Self {
        let mut total = 0;
        let signals = counts.iter().map(|count| {
            let start = total;
            total += *count as usize;
            Filled {
                start,
                next: start,
                end: total,
                latest: i64::MIN,
                is_in_order: true,
            }
        });
        let signals = signals.collect();
        Self {
            columns: Columns::of_zeros(total),
            signals,
        }
    }

    /// Puts a point behind those of its signal; one for which there is no room is dropped.
    #[inline(always)]
    pub fn put(&mut self, each: &RecordedPoint) {
        let Some(signal) = self.signals.get_mut(each.name as usize) else {
            return;
        };
        if signal.next == signal.end {
            return;
        }
        self.columns.put(signal.next, &each.point);
        if let Some(time) = each.source_time {
            self.columns.source_times.push((signal.next, time));
        }
        signal.next += 1;
        let time = each.point.time.as_nanos();
        signal.is_in_order &= time >= signal.latest;
        signal.latest = time;
    }

    /// Sorted by signal, then time, then arrival.
    pub fn finish(mut self, names: Vec<Arc<str>>) -> PartPoints {
        self.columns
            .source_times
            .sort_unstable_by_key(|(row, _)| *row);
        let rows = |each: &Filled| each.start..each.next;
        let mut points = PartPoints {
            names,
            rows: self.signals.iter().map(rows).collect(),
            columns: self.columns,
        };
        for (signal, name) in self.signals.iter().zip(0..) {
            if !signal.is_in_order {
                points.sort(name);
            }
        }
        points
    }
}
