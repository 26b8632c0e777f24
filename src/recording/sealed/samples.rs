//! Samples as Parquet: [`write_samples`] and [`read_samples`].

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use parquet::data_type::ByteArray;
use parquet::file::reader::RowGroupReader;

use super::column;
use super::footer::{Encoded, PartReader, PartWriter, guarded};
use super::order::{FileOrder, FileRun};
use super::points::{PartPoints, RecordedPoint};
use super::row_group::RowGroup;
use super::{PartMeta, SealError, SealedStats, schema};

pub(super) const KIND: &str = "samples";
/// Rows of a row group at most, and at least where another class of signals begins.
const GROUP_ROWS: usize = 1 << 20;

/// Nanoseconds of a millisecond.
pub(super) const MILLI: i64 = 1_000_000;

/// Writes a part of samples: Parquet as [the module](super) describes it.
///
/// # Errors
/// When `out` fails.
pub fn write_samples(
    out: impl Write + Send,
    meta: &PartMeta,
    points: &PartPoints,
) -> Result<SealedStats, SealError> {
    write_in_order(out, meta, &FileOrder::of(points))
}

/// As [`write_samples`], of points whose order is known.
pub(crate) fn write_in_order(
    out: impl Write + Send,
    meta: &PartMeta,
    order: &FileOrder<'_>,
) -> Result<SealedStats, SealError> {
    let mut part = PartWriter::new(out, schema::samples()?, KIND, meta)?;
    let mut sizes: Vec<_> = schema::sample_columns().map(|name| (name, 0)).collect();
    for same in order.runs().chunk_by(|a, b| a.class == b.class) {
        let Some(class) = same.first().map(|run| run.class) else {
            continue;
        };
        let mut group = RowGroup::of(class);
        for FileRun { name, points, .. } in same {
            let mut begun = 0;
            while begun < points.len() {
                let now = points.part(begun..begun + GROUP_ROWS - group.rows());
                begun += now.len();
                group.push(name, now);
                if group.rows() == GROUP_ROWS {
                    flush(&mut part, &group, &mut sizes)?;
                    group = RowGroup::of(class);
                }
            }
        }
        flush(&mut part, &group, &mut sizes)?;
    }
    let written = part.finish()?;
    Ok(SealedStats {
        rows: written.rows,
        bytes: written.bytes,
        columns: sizes,
    })
}

/// Writes a row group, unless it is empty.
fn flush<W: Write + Send>(
    part: &mut PartWriter<W>,
    group: &RowGroup<'_>,
    sizes: &mut [(&'static str, u64)],
) -> Result<(), SealError> {
    if group.rows() == 0 {
        return Ok(());
    }
    let mut encoded: Vec<Encoded> = Vec::with_capacity(sizes.len());
    for (column, (_, size)) in part.descriptor.columns().iter().zip(sizes) {
        let one = group.encode(column)?;
        *size += one.0.len() as u64;
        encoded.push(one);
    }
    part.row_group(encoded)
}

/// Reads a part of samples back. Receive times come back to the millisecond, all else exactly.
///
/// # Errors
/// When the file is no such part, damaged, or written by a newer program.
pub fn read_samples(file: File) -> Result<(PartMeta, PartPoints), SealError> {
    guarded(|| {
        let part = PartReader::open(file, KIND)?;
        let mut found = Found::default();
        part.row_groups(|group, rows| found.read(group, rows))?;
        Ok((
            part.meta,
            PartPoints::from_arrivals(found.names, &found.points),
        ))
    })
}

#[derive(Default)]
struct Found {
    names: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, u32>,
    points: Vec<RecordedPoint>,
}

impl Found {
    fn name(&mut self, bytes: &ByteArray) -> u32 {
        let name = column::text(bytes);
        if let Some(at) = self.by_name.get(&*name) {
            return *at;
        }
        let (name, at): (Arc<str>, _) = (name.into(), self.names.len() as u32);
        self.names.push(Arc::clone(&name));
        self.by_name.insert(name, at);
        at
    }

    fn read(&mut self, group: &dyn RowGroupReader, rows: usize) -> Result<(), SealError> {
        let signals = column::read_texts(group, "signal", 0..rows)?;
        let mut signals = signals.values.iter();
        let mut name: Option<(&ByteArray, u32)> = None;
        self.points.reserve(rows);
        super::rows::decode(group, 0..rows, |point, source_time| {
            let Some(signal) = signals.next() else {
                return;
            };
            let number = match name {
                Some((last, number)) if last.data() == signal.data() => number,
                _ => self.name(signal),
            };
            name = Some((signal, number));
            self.points.push(RecordedPoint {
                name: number,
                point,
                source_time,
            });
        })
    }
}
