//! [`write_index`]: blocks, tallies and columns of a part.

use std::io::Write;
use std::ops::Range;

use super::directory::{BlockPlace, HEADER, Header, Place, SignalPlace};
use super::entry::{Entry, TextList};
use super::run::{Around, Packer};
use super::tally::{self, tallied};
use crate::recording::sealed::{FileOrder, PartMeta, PartPoints, SealError, SignalPoints};

/// Length of a block unless the plant is very busy or very quiet, ns.
const BLOCK: i64 = 60_000_000_000;
const BLOCK_LEAST: i64 = 100_000_000;
/// Points of a block at most, as long as it is longer than [`BLOCK_LEAST`].
const BLOCK_POINTS: f64 = 400_000.0;
/// A block may be longer as long as it has no more points than this …
const FEW_POINTS: f64 = 50_000.0;
/// … and signals have fewer than this many in it.
const FEW_PER_SIGNAL: f64 = 32.0;
/// A signal with no more points than this has them in a column …
const COLUMN_POINTS: usize = 256;
/// … and so has one that says something new no more often than this, however often it speaks: such
/// signals are followed far back, to see since when they say it.
const COLUMN_CHANGES: usize = 64;
const ZSTD_LEVEL: i32 = 1;

/// Writes the index of a part that [`write_samples`](crate::recording::sealed::write_samples) has
/// made of the same points.
///
/// # Errors
/// When `out` fails.
pub fn write_index(out: impl Write, meta: &PartMeta, points: &PartPoints) -> Result<(), SealError> {
    write_in_order(out, meta, &FileOrder::of(points))
}

/// As [`write_index`], of points whose order is known.
pub(crate) fn write_in_order(
    mut out: impl Write,
    meta: &PartMeta,
    order: &FileOrder<'_>,
) -> Result<(), SealError> {
    out.write_all(&index_of(meta, order, Columns::Few)?)?;
    out.flush()?;
    Ok(())
}

/// Of which signals an index has a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Of those with few points: the others are read from the Parquet.
    Few,
    /// Of all: there is no Parquet yet.
    All,
}

/// The index of a part whose rows are in this order.
pub(crate) fn index_of(
    meta: &PartMeta,
    order: &FileOrder<'_>,
    columns: Columns,
) -> Result<Vec<u8>, SealError> {
    let mut index = Builder::new(order)?;
    index.blocks(meta)?;
    index.signals(columns)?;
    index.finish(meta)
}

/// One signal's points.
struct Signal<'a> {
    name: &'a str,
    row: u32,
    points: SignalPoints<'a>,
    /// Points before the block that is being made.
    begun: usize,
    /// Points of the last block.
    own: usize,
    decimals: u8,
}

impl Signal<'_> {
    /// Of the first and of the last point.
    fn times(&self) -> Option<[i64; 2]> {
        let times = self.points.times();
        let (first, last) = times.first().zip(times.last())?;
        Some([*first, *last])
    }
}

struct Builder<'a> {
    signals: Vec<Signal<'a>>,
    rows: usize,
    /// Numbers in the list of texts of those that are packed just now.
    numbers: Vec<u64>,
    texts: TextList,
    packer: Packer,
    zstd: zstd::bulk::Compressor<'static>,
    body: Vec<u8>,
    blocks: Vec<BlockPlace>,
    directory: Vec<SignalPlace>,
}

impl<'a> Builder<'a> {
    fn new(order: &FileOrder<'a>) -> Result<Self, SealError> {
        let mut zstd = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
        zstd.include_checksum(true)?;
        // Where each run of the same signal begins in the file.
        let mut row = 0_u32;
        let mut signals = Vec::with_capacity(order.runs().len());
        for run in order.runs() {
            signals.push(Signal {
                name: run.name,
                row,
                points: run.points,
                begun: 0,
                own: 0,
                decimals: 0,
            });
            row = row.saturating_add(run.points.len() as u32);
        }
        signals.sort_by(|a, b| a.name.cmp(b.name));
        Ok(Self {
            signals,
            rows: order.rows(),
            numbers: Vec::new(),
            texts: TextList::default(),
            packer: Packer::default(),
            zstd,
            body: Vec::new(),
            blocks: Vec::new(),
            directory: Vec::new(),
        })
    }

    /// Compresses something into the body.
    fn add(&mut self, raw: &[u8]) -> Result<Place, SealError> {
        let packed = self.zstd.compress(raw)?;
        let place = Place {
            at: self.body.len() as u64,
            len: packed.len() as u32,
            raw: raw.len() as u32,
        };
        self.body.extend_from_slice(&packed);
        Ok(place)
    }

    fn blocks(&mut self, meta: &PartMeta) -> Result<(), SealError> {
        let times = self.signals.iter().filter_map(Signal::times);
        let ends = times.reduce(|all, own| [all[0].min(own[0]), all[1].max(own[1])]);
        let Some([first, last]) = ends else {
            return Ok(());
        };
        // What lies outside of the span, against the rules, is in the first and the last block.
        let from = meta.span.start.as_nanos().max(first).min(last);
        let to = meta
            .span
            .end
            .as_nanos()
            .min(last.saturating_add(1))
            .max(from);
        let length = block_length(from..to, self.rows, self.signals.len());
        let mut start = meta.span.start.as_nanos().min(first);
        let last_end = meta.span.end.as_nanos().max(last.saturating_add(1));
        let mut raw = Vec::new();
        let mut grid = from;
        loop {
            grid = grid.saturating_add(length);
            let end = if grid >= to { last_end } else { grid };
            self.block(start..end, &mut raw);
            let place = self.add(&raw)?;
            self.blocks.push(BlockPlace {
                span: start..end,
                place,
            });
            if grid >= to {
                return Ok(());
            }
            start = end;
        }
    }

    /// One run per signal, behind a table of where each begins.
    fn block(&mut self, span: Range<i64>, raw: &mut Vec<u8>) {
        raw.clear();
        let table = 4 * (self.signals.len() + 1);
        raw.resize(table, 0);
        for (at, signal) in self.signals.iter_mut().enumerate() {
            let rest = signal.points.times().get(signal.begun..);
            signal.own = own(rest.unwrap_or_default(), span.end, signal.own);
            let end = signal.begun + signal.own;
            let around = Around {
                carry: signal.begun > 0,
                next: end < signal.points.len(),
            };
            let from = signal.begun - usize::from(around.carry);
            let points = signal.points.part(from..end + usize::from(around.next));
            let bits = self.texts.bits(&points, &mut self.numbers);
            self.packer
                .pack(&points, bits, around, &mut signal.decimals, raw);
            signal.begun = end;
            let ends = (raw.len() as u32).to_le_bytes();
            if let Some(place) = raw.get_mut(4 * (at + 1)..4 * (at + 2)) {
                place.copy_from_slice(&ends);
            }
        }
        if let Some(place) = raw.get_mut(..4) {
            place.copy_from_slice(&(table as u32).to_le_bytes());
        }
    }

    /// Tallies or a column of each signal.
    fn signals(&mut self, columns: Columns) -> Result<(), SealError> {
        let (mut raw, mut tallies) = (Vec::new(), Vec::new());
        let signals = std::mem::take(&mut self.signals);
        for signal in &signals {
            let points = &signal.points;
            let mut place = SignalPlace {
                count: points.len() as u32,
                row: signal.row,
                ..SignalPlace::default()
            };
            let is_few = points.len() <= COLUMN_POINTS;
            if is_few || columns == Columns::All || changes_seldom(points) {
                raw.clear();
                let none = Around::default();
                let bits = self.texts.bits(points, &mut self.numbers);
                self.packer.pack(points, bits, none, &mut 0, &mut raw);
                place.column = self.add(&raw)?;
            }
            if !is_few {
                raw.clear();
                tallies.clear();
                tallied(points, &mut tallies);
                tally::put(&tallies, &mut raw);
                place.tallies = self.add(&raw)?;
            }
            self.directory.push(place);
        }
        self.signals = signals;
        Ok(())
    }

    fn finish(mut self, meta: &PartMeta) -> Result<Vec<u8>, SealError> {
        let names: Vec<_> = self.signals.iter().map(|signal| signal.name).collect();
        let names = names.join("\n");
        let packed_names = self.zstd.compress(names.as_bytes())?;
        let text_bytes: usize = self
            .texts
            .texts
            .iter()
            .map(|text| 4 + text.as_str().len())
            .sum();
        let head_len = self.signals.len() * (2 * Entry::BYTES + SignalPlace::BYTES)
            + self.blocks.len() * BlockPlace::BYTES
            + 4
            + text_bytes;
        let body_at = (HEADER + packed_names.len() + head_len) as u64;
        let moved = |place: Place| Place {
            at: if place.len == 0 {
                0
            } else {
                place.at + body_at
            },
            ..place
        };

        let mut head = Vec::with_capacity(head_len);
        let firsts = self.signals.iter().map(|signal| signal.points.get(0));
        let last = |signal: &Signal<'_>| signal.points.iter().next_back();
        let lasts = self.signals.iter().map(last);
        for each in firsts.chain(lasts).flatten() {
            Entry::of(&each.point, &mut self.texts).put(&mut head);
        }
        for place in &self.directory {
            let moved = SignalPlace {
                column: moved(place.column),
                tallies: moved(place.tallies),
                ..*place
            };
            moved.put(&mut head);
        }
        for block in &self.blocks {
            let moved = BlockPlace {
                place: moved(block.place),
                ..block.clone()
            };
            moved.put(&mut head);
        }
        head.extend_from_slice(&(self.texts.texts.len() as u32).to_le_bytes());
        for text in &self.texts.texts {
            let text = text.as_str();
            head.extend_from_slice(&(text.len() as u32).to_le_bytes());
            head.extend_from_slice(text.as_bytes());
        }
        let header = Header {
            plant: meta.plant,
            from: meta.span.start.as_nanos(),
            to: meta.span.end.as_nanos(),
            through: meta.segments_through,
            signals: self.signals.len() as u32,
            blocks: self.blocks.len() as u32,
            rows: self.rows as u64,
            names_crc: crc32fast::hash(names.as_bytes()),
            names_len: packed_names.len() as u32,
            names_raw: names.len() as u32,
            head_crc: crc32fast::hash(&head),
            head_len: head.len() as u32,
        };
        let mut bytes = Vec::with_capacity(body_at as usize + self.body.len());
        header.put(&mut bytes);
        bytes.extend_from_slice(&packed_names);
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&self.body);
        Ok(bytes)
    }
}

/// How many of these times are before the end of a block; mostly as many as in the last one.
fn own(times: &[i64], end: i64, guess: usize) -> usize {
    let is_before = |at: Option<usize>| {
        let time = at.and_then(|at| times.get(at));
        time.is_some_and(|time| *time < end)
    };
    let is_right = (guess == 0 || is_before(guess.checked_sub(1)))
        && guess <= times.len()
        && !is_before(Some(guess));
    if is_right {
        return guess;
    }
    times.partition_point(|time| *time < end)
}

fn changes_seldom(points: &SignalPoints<'_>) -> bool {
    let values = points.bits().iter().zip(points.kinds());
    let mut said = values.zip(points.qualities());
    let Some(mut last) = said.next() else {
        return true;
    };
    let mut changes = 0;
    said.all(|now| {
        changes += usize::from(now != last);
        last = now;
        changes <= COLUMN_CHANGES
    })
}

fn block_length(span: Range<i64>, points: usize, signals: usize) -> i64 {
    let whole = span.end.saturating_sub(span.start).max(1);
    let per_nano = points as f64 / whole as f64;
    let mut length = BLOCK;
    while length < whole
        && per_nano * (length * 2) as f64 <= FEW_POINTS
        && per_nano * (length as f64) < FEW_PER_SIGNAL * signals as f64
    {
        length *= 2;
    }
    while length > BLOCK_LEAST && per_nano * length as f64 > BLOCK_POINTS {
        length /= 2;
    }
    length
}
