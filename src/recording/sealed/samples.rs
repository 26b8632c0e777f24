//! Samples as Parquet: [`write_samples`] and [`read_samples`].

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::reader::RowGroupReader;

use super::classify::{Class, Classifier};
use super::column::{self, Style, encode};
use super::footer::{Encoded, PartReader, PartWriter, guarded};
use super::runs::{NameRun, encode_runs};
use super::value::{self, Cell};
use super::{PartMeta, PartPoints, RecordedPoint, SealError, SealedStats, schema};
use crate::model::Timestamp;

pub(super) const KIND: &str = "samples";
/// Rows of a row group at most, and at least where another class of signals begins.
const GROUP_ROWS: usize = 1 << 20;

/// Nanoseconds of a millisecond.
pub(super) const MILLI: i64 = 1_000_000;

/// Writes a part of samples: Parquet as [the module](super) describes it.
///
/// # Errors
/// When the points are not sorted as [`PartPoints`] says, or `out` fails.
pub fn write_samples(
    out: impl Write + Send,
    meta: &PartMeta,
    points: &PartPoints,
) -> Result<SealedStats, SealError> {
    if !points.is_sorted() {
        return Err(SealError::Unsorted);
    }
    let mut part = PartWriter::new(out, schema::samples()?, KIND, meta)?;
    let mut sizes: Vec<_> = schema::sample_columns().map(|name| (name, 0)).collect();
    let mut rows = Rows::with_capacity(points.points.len().min(GROUP_ROWS));
    for same in file_order(points).chunk_by(|a, b| a.class == b.class) {
        for FileRun {
            class,
            name,
            points,
        } in same
        {
            let mut run = *points;
            while !run.is_empty() {
                let room = GROUP_ROWS - rows.times.len();
                let (now, later) = run.split_at(run.len().min(room));
                rows.push(name, now);
                run = later;
                if rows.times.len() == GROUP_ROWS {
                    rows.flush(&mut part, *class, &mut sizes)?;
                }
            }
        }
        if let Some(first) = same.first() {
            rows.flush(&mut part, first.class, &mut sizes)?;
        }
    }
    let written = part.finish()?;
    Ok(SealedStats {
        rows: written.rows,
        bytes: written.bytes,
        columns: sizes,
    })
}

/// The points of a signal, where they come in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileRun<'a> {
    class: Class,
    pub name: &'a str,
    pub points: &'a [RecordedPoint],
}

/// The order in which the signals of a part are written.
pub(crate) fn file_order(points: &PartPoints) -> Vec<FileRun<'_>> {
    let mut classifier = Classifier::default();
    let mut runs: Vec<_> = points
        .runs()
        .map(|(name, _, points)| FileRun {
            class: classifier.class(points),
            name,
            points,
        })
        .collect();
    runs.sort_by_key(|run| (run.class, value::kind_of(run.name), run.name));
    runs
}

/// The order in which the signals of a part were found in its file, if it is that of the names.
pub(crate) fn order_as_read(points: &PartPoints) -> Vec<FileRun<'_>> {
    let runs = points.runs();
    runs.map(|(name, _, points)| FileRun {
        class: Class::Noise,
        name,
        points,
    })
    .collect()
}

/// The rows of a row group, column by column.
#[derive(Default)]
struct Rows {
    signals: Vec<NameRun>,
    times: Vec<i64>,
    nanos: Vec<i32>,
    values: Vec<f64>,
    has_value: Vec<i16>,
    integers: Vec<i64>,
    has_integer: Vec<i16>,
    texts: Vec<ByteArray>,
    has_text: Vec<i16>,
    types: Vec<i32>,
    qualities: Vec<i32>,
    receive_times: Vec<i64>,
    source_times: Vec<i64>,
    source_nanos: Vec<i32>,
    has_source: Vec<i16>,
}

impl Rows {
    /// With room for so many rows as most are: numbers with nothing left out.
    fn with_capacity(rows: usize) -> Self {
        Self {
            times: Vec::with_capacity(rows),
            nanos: Vec::with_capacity(rows),
            values: Vec::with_capacity(rows),
            has_value: Vec::with_capacity(rows),
            has_integer: Vec::with_capacity(rows),
            has_text: Vec::with_capacity(rows),
            types: Vec::with_capacity(rows),
            qualities: Vec::with_capacity(rows),
            receive_times: Vec::with_capacity(rows),
            has_source: Vec::with_capacity(rows),
            ..Self::default()
        }
    }

    fn push(&mut self, name: &str, run: &[RecordedPoint]) {
        self.signals.push(NameRun {
            name: ByteArray::from(name),
            rows: run.len() as u32,
        });
        for RecordedPoint {
            point, source_time, ..
        } in run
        {
            let time = point.time.as_nanos();
            self.times.push(time.div_euclid(MILLI));
            self.nanos.push(time.rem_euclid(MILLI) as i32);
            let cell = Cell::from(point.value);
            self.types.push(i32::from(cell.kind));
            self.has_value.push(i16::from(cell.real.is_some()));
            self.values.extend(cell.real);
            self.has_integer.push(i16::from(cell.integer.is_some()));
            self.integers.extend(cell.integer);
            self.has_text.push(i16::from(cell.text.is_some()));
            if let Some(text) = cell.text {
                let same = self
                    .texts
                    .last()
                    .filter(|last| last.data() == text.as_bytes());
                let text = same.cloned().unwrap_or_else(|| ByteArray::from(&*text));
                self.texts.push(text);
            }
            self.qualities.push(i32::from(point.quality.to_byte()));
            self.receive_times.push(point.receive_time.as_millis());
            self.has_source.push(i16::from(source_time.is_some()));
            if let Some(time) = source_time.map(Timestamp::as_nanos) {
                self.source_times.push(time.div_euclid(MILLI));
                self.source_nanos.push(time.rem_euclid(MILLI) as i32);
            }
        }
    }

    /// Writes the rows and empties them.
    fn flush<W: Write + Send>(
        &mut self,
        part: &mut PartWriter<W>,
        class: Class,
        sizes: &mut [(&'static str, u64)],
    ) -> Result<(), SealError> {
        if self.times.is_empty() {
            return Ok(());
        }
        let columns = part.descriptor.columns();
        let mut encoded: Vec<Encoded> = Vec::with_capacity(columns.len());
        for column in columns {
            let one = match column.name() {
                "signal" => encode_runs(column, &self.signals),
                "time" => encode::<Int64Type>(column, Style::Delta, &self.times, None),
                "nanos" => {
                    let style = value::style_of_nanos(&self.nanos);
                    encode::<Int32Type>(column, style, &self.nanos, None)
                }
                "value" => {
                    let present = Some(&*self.has_value);
                    encode::<DoubleType>(column, class.style(), &self.values, present)
                }
                "integer" => {
                    let present = Some(&*self.has_integer);
                    encode::<Int64Type>(column, Style::Delta, &self.integers, present)
                }
                "text" => {
                    let present = Some(&*self.has_text);
                    encode::<ByteArrayType>(column, Style::Dictionary, &self.texts, present)
                }
                "type" => {
                    let style = value::style_of_few(&self.types);
                    encode::<Int32Type>(column, style, &self.types, None)
                }
                "quality" => {
                    let style = value::style_of_few(&self.qualities);
                    encode::<Int32Type>(column, style, &self.qualities, None)
                }
                "receive_time" => {
                    encode::<Int64Type>(column, Style::Delta, &self.receive_times, None)
                }
                "source_time" => {
                    let present = Some(&*self.has_source);
                    encode::<Int64Type>(column, Style::Delta, &self.source_times, present)
                }
                _ => {
                    let present = Some(&*self.has_source);
                    encode::<Int32Type>(column, Style::Dictionary, &self.source_nanos, present)
                }
            }?;
            if let Some((_, size)) = sizes.get_mut(encoded.len()) {
                *size += one.0.len() as u64;
            }
            encoded.push(one);
        }
        part.row_group(encoded)?;
        self.clear();
        Ok(())
    }

    fn clear(&mut self) {
        self.signals.clear();
        self.times.clear();
        self.nanos.clear();
        self.values.clear();
        self.has_value.clear();
        self.integers.clear();
        self.has_integer.clear();
        self.texts.clear();
        self.has_text.clear();
        self.types.clear();
        self.qualities.clear();
        self.receive_times.clear();
        self.source_times.clear();
        self.source_nanos.clear();
        self.has_source.clear();
    }
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
