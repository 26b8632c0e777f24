//! One signal over a span: its points, or its tallies where whole minutes are wanted.

use std::ops::Range;
use std::sync::Arc;

use super::list::Parts;
use super::part::{OpenPart, Part, Source};
use super::shelf::{Item, Key};
use super::{Inner, Recording};
use crate::history::chunk::{Chunk, Entry as Sealing, SealScratch};
use crate::history::series::Block;
use crate::model::{Point, SignalId, Text, Timestamp};
use crate::recording::index::{MinuteTally, Run, run_in};
use crate::recording::sealed::{SealError, read_rows};

/// Points of a chunk.
const CHUNK: usize = 512;
/// Up to so many blocks are looked through for a short span: they are probably at hand.
const BLOCKS: usize = 5;

/// A piece of one signal, in order of time.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// Points, and which span of them is meant, ns.
    Points(Block, Range<i64>),
    /// What the numbers of a minute come to.
    Tally(MinuteTally),
}

impl Recording {
    /// Appends the pieces that hold the points of a span.
    pub(crate) fn pieces(&self, signal: SignalId, span: &Range<i64>, out: &mut Vec<Piece>) {
        self.0.pieces(signal, span, Detail::Points, out);
    }

    /// Appends pieces of a span of which those of whole minutes may be tallies.
    pub(crate) fn tallies(&self, signal: SignalId, span: &Range<i64>, out: &mut Vec<Piece>) {
        self.0.pieces(signal, span, Detail::Minutes, out);
    }

    /// Appends the points of `span` to `out`, in order of time.
    pub fn range(&self, signal: SignalId, span: Range<Timestamp>, out: &mut Vec<Point>) {
        let nanos = span.start.as_nanos()..span.end.as_nanos();
        let mut pieces = Vec::new();
        self.pieces(signal, &nanos, &mut pieces);
        for piece in &pieces {
            if let Piece::Points(block, own) = piece {
                block.append(own, out);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Points,
    Minutes,
}

impl OpenPart {
    /// The blocks that a span lies in.
    fn blocks(&self, span: &Range<i64>) -> Range<usize> {
        let first = self.head.block_at(span.start).unwrap_or(0);
        let last = self.head.block_at(span.end - 1).unwrap_or(0);
        first..last + 1
    }
}

impl Inner {
    fn pieces(&self, signal: SignalId, span: &Range<i64>, detail: Detail, out: &mut Vec<Piece>) {
        if span.start >= span.end {
            return;
        }
        let parts: Arc<Parts> = self.parts();
        for part in parts.list.get(parts.within(span)).unwrap_or_default() {
            let has_it = part
                .mapping
                .get()
                .is_none_or(|mapping| mapping.local(signal).is_some());
            if !has_it {
                continue;
            }
            if detail == Detail::Minutes && self.tally_pieces(part, signal, span, out) {
                continue;
            }
            self.point_pieces(part, signal, span, out);
        }
    }

    /// Appends tallies, and the points of minutes that the span cuts. `false`: it has none.
    fn tally_pieces(
        &self,
        part: &Part,
        signal: SignalId,
        span: &Range<i64>,
        out: &mut Vec<Piece>,
    ) -> bool {
        let Some(tallies) = self.minutes(part, signal) else {
            return false;
        };
        let start = tallies.partition_point(|each| each.last < span.start);
        for tally in tallies.iter().skip(start) {
            if tally.first >= span.end {
                break;
            }
            if tally.first >= span.start && tally.last < span.end {
                out.push(Piece::Tally(*tally));
            } else {
                let cut = tally.first.max(span.start)..tally.last.saturating_add(1).min(span.end);
                self.point_pieces(part, signal, &cut, out);
            }
        }
        true
    }

    /// The tallies of a signal of many points in a part.
    fn minutes(&self, part: &Part, signal: SignalId) -> Option<Arc<[MinuteTally]>> {
        let key = Key::Tallies {
            part: part.key,
            signal: signal.index(),
        };
        if let Some(Item::Tallies(tallies)) = self.shelf().get(key) {
            return Some(tallies);
        }
        let (_, tallies) = self.indexed(part, |open| match open.place(signal) {
            Some(place) => open.index.tallies(&place),
            None => Ok(None),
        })?;
        let tallies: Arc<[MinuteTally]> = tallies?.into();
        let bytes = size_of_val(&*tallies);
        let item = Item::Tallies(Arc::clone(&tallies));
        self.shelf().put(key, item, bytes);
        Some(tallies)
    }

    fn point_pieces(&self, part: &Part, signal: SignalId, span: &Range<i64>, out: &mut Vec<Piece>) {
        let key = Key::Column {
            part: part.key,
            signal: signal.index(),
        };
        let kept = self.shelf().get(key);
        let chunks = match kept {
            Some(Item::Column(chunks)) => chunks,
            _ => {
                let Some(open) = self.open(part) else {
                    return;
                };
                let Some(local) = open.mapping.local(signal) else {
                    return;
                };
                if self.run_pieces(part, &open, signal, span, out)
                    || self.blocks_of(part, &open, local, signal, span, out)
                {
                    return;
                }
                match self.column(part, signal) {
                    Ok(chunks) => {
                        let chunks: Arc<[Arc<Chunk>]> = chunks.into();
                        let bytes = chunks.iter().map(|chunk| chunk.bytes() + 8).sum();
                        let item = Item::Column(Arc::clone(&chunks));
                        self.shelf().put(key, item, bytes);
                        chunks
                    }
                    Err(error) => {
                        self.leave_out(part, &error);
                        return;
                    }
                }
            }
        };
        let start = chunks.partition_point(|chunk| chunk.last < span.start);
        let some = chunks.iter().skip(start);
        let some = some.take_while(|chunk| chunk.first < span.end);
        out.extend(some.map(|chunk| Piece::Points(Block::Sealed(Arc::clone(chunk)), span.clone())));
    }

    /// Points of a span from the column in the index. `false`: it has none, or the blocks are at hand.
    fn run_pieces(
        &self,
        part: &Part,
        open: &OpenPart,
        signal: SignalId,
        span: &Range<i64>,
        out: &mut Vec<Piece>,
    ) -> bool {
        let blocks = open.blocks(span);
        if blocks.len() <= BLOCKS && blocks.clone().all(|block| self.has_block(part, block)) {
            return false;
        }
        let Some((open, bytes)) = self.run_of(part, signal) else {
            return false;
        };
        let Some(run) = Run::read(&bytes) else {
            return false;
        };
        self.entries_of(&run, 0..run.len(), &open.head.texts, signal, span, out);
        true
    }

    /// Appends those points of a run that lie in a span.
    fn entries_of(
        &self,
        run: &Run<'_>,
        own: Range<usize>,
        texts: &[Text],
        signal: SignalId,
        span: &Range<i64>,
        out: &mut Vec<Piece>,
    ) {
        let from = run.count_before(span.start).clamp(own.start, own.end);
        let to = run.count_before(span.end).clamp(own.start, own.end);
        let entries: Vec<Sealing> = (from..to)
            .map(|at| self.live(signal, run.entry(at).point(texts)).into())
            .collect();
        if !entries.is_empty() {
            out.push(Piece::Points(Block::Open(entries), span.clone()));
        }
    }

    /// Points of a short span from the blocks it lies in. `false`: the span is too long for that.
    fn blocks_of(
        &self,
        part: &Part,
        open: &OpenPart,
        local: usize,
        signal: SignalId,
        span: &Range<i64>,
        out: &mut Vec<Piece>,
    ) -> bool {
        let blocks = open.blocks(span);
        if blocks.is_empty() || blocks.len() > BLOCKS {
            return false;
        }
        let begin = out.len();
        for number in blocks {
            let Some(bytes) = self.block(part, number) else {
                out.truncate(begin);
                return false;
            };
            let Some(run) = run_in(&bytes, local) else {
                continue;
            };
            self.entries_of(&run, run.own(), &open.head.texts, signal, span, out);
        }
        true
    }

    /// All points of a signal in a part whose index has no column of it.
    fn column(&self, part: &Part, signal: SignalId) -> Result<Vec<Arc<Chunk>>, SealError> {
        let (Some(open), Source::File(file)) = (self.open(part), &part.source) else {
            return Ok(Vec::new());
        };
        let place = open.place(signal).unwrap_or_default();
        let first = u64::from(place.row);
        let rows = first..first + u64::from(place.count);
        let points = read_rows(std::fs::File::open(&file.path)?, rows)?;
        let points = points.into_iter();
        let entries: Vec<Sealing> = points
            .map(|point| self.live(signal, point).into())
            .collect();
        let mut scratch = SealScratch::default();
        let chunks = entries.chunks(CHUNK);
        Ok(chunks
            .filter_map(|some| Chunk::seal(some, &mut scratch))
            .map(Arc::new)
            .collect())
    }
}
