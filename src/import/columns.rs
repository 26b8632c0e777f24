//! [`ParquetReader`]: readings of a flat Parquet file, whoever wrote it.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::bind::{self, Binding, Bound, Layout, unreadable};
use super::cells::{Cell, Column};
use super::mapping::Mapping;
use super::report::ImportReport;
use super::text::read_quality;
use super::{ImportError, Progress, Reader, Reading, name_of};
use crate::model::{Plant, Quality, Timestamp};
use crate::source::scalar::Scalar;

/// Rows decoded at a time.
const BATCH: usize = 4096;
/// The key in a file's metadata that says that this program wrote it.
const OWN: &str = "twinscape.format";

/// A Parquet file.
pub(super) struct ParquetReader {
    name: Arc<str>,
    file: SerializedFileReader<File>,
    columns: Vec<Column>,
    readers: Vec<ColumnReader>,
    group: usize,
    /// Row in the batch, and rows of it.
    at: usize,
    batch: usize,
    /// Rows of the group that are not decoded yet.
    left: usize,
    done: u64,
    whole: u64,
    binding: Binding,
    is_own: bool,
    /// Columns `integer` and `text` beside `value`, in files of this program.
    beside: Vec<usize>,
    /// Column of what `time` leaves out, in files of this program.
    nanos: Option<usize>,
}

impl std::fmt::Debug for ParquetReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetReader")
            .field("name", &self.name)
            .field("layout", &self.binding.layout)
            .finish_non_exhaustive()
    }
}

impl ParquetReader {
    pub fn open(
        plant: &Plant,
        mapping: &Mapping,
        path: &Path,
        report: &mut ImportReport,
    ) -> Result<Self, ImportError> {
        let broken = |error: ParquetError| ImportError::Format {
            path: path.to_owned(),
            message: format!("not a whole Parquet file: {error}"),
        };
        let file = File::open(path).map_err(unreadable(path))?;
        let file = SerializedFileReader::new(file).map_err(broken)?;
        let metadata = file.metadata().file_metadata();
        let is_own = metadata
            .key_value_metadata()
            .is_some_and(|pairs| pairs.iter().any(|pair| pair.key == OWN));
        let schema = metadata.schema_descr_ptr();
        let header: Vec<String> = schema
            .columns()
            .iter()
            .map(|column| column.path().string())
            .collect();
        let binding = Binding::of(plant, mapping, &header, path, |column| {
            report.unknown(column);
        })?;
        let mut wanted: Vec<usize> = match &binding.layout {
            Layout::Wide { time, cells } => std::iter::once(*time)
                .chain(cells.iter().map(|(at, _)| *at))
                .collect(),
            Layout::Long {
                time,
                signal,
                value,
                quality,
            } => [*time, *signal, *value]
                .into_iter()
                .chain(*quality)
                .collect(),
        };
        let mut beside = Vec::new();
        let mut nanos = None;
        if is_own {
            beside.extend(
                ["integer", "text"]
                    .iter()
                    .filter_map(|name| header.iter().position(|column| column == name)),
            );
            nanos = header.iter().position(|column| column == "nanos");
            wanted.extend(&beside);
            wanted.extend(nanos);
        }
        let mut columns = Vec::new();
        for index in wanted {
            let descriptor = schema.column(index);
            let column = Column::of(index, &descriptor).ok_or_else(|| {
                bind::columns(path)(format!(
                    "column `{}` is of a type that cannot be imported (nested, repeated or binary)",
                    descriptor.path().string()
                ))
            })?;
            columns.push(column);
        }
        let whole = u64::try_from(metadata.num_rows()).unwrap_or(0);
        Ok(Self {
            name: name_of(path),
            file,
            columns,
            readers: Vec::new(),
            group: 0,
            at: 0,
            batch: 0,
            left: 0,
            done: 0,
            whole,
            binding,
            is_own,
            beside,
            nanos,
        })
    }

    /// Decodes the next batch; `false` at the end.
    fn decode(&mut self) -> Result<bool, ParquetError> {
        while self.left == 0 {
            if self.group >= self.file.num_row_groups() {
                return Ok(false);
            }
            let group = self.file.get_row_group(self.group)?;
            self.group += 1;
            self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            self.readers.clear();
            for column in &self.columns {
                self.readers.push(group.get_column_reader(column.index)?);
            }
        }
        let rows = self.left.min(BATCH);
        for (column, reader) in self.columns.iter_mut().zip(&mut self.readers) {
            column.decode(reader, rows)?;
            if column.cells.len() != rows {
                return Err(ParquetError::General(format!(
                    "a column ends {} rows before the others",
                    self.left
                )));
            }
        }
        self.left -= rows;
        self.at = 0;
        self.batch = rows;
        Ok(true)
    }

    fn cell(&self, index: usize) -> &Cell {
        self.columns
            .iter()
            .find(|column| column.index == index)
            .and_then(|column| column.cells.get(self.at))
            .unwrap_or(&Cell::Null)
    }

    fn instant(&mut self, index: usize) -> Option<Timestamp> {
        match self.cell(index).clone() {
            Cell::Time(time) => Some(time),
            Cell::LocalTime(nanos) => {
                let shown = jiff::Timestamp::from_nanosecond(i128::from(nanos)).ok()?;
                let civil = jiff::tz::TimeZone::UTC.to_datetime(shown);
                self.binding.time.read(&civil.to_string())
            }
            Cell::Integer(number) => self.binding.time.read(&number.to_string()),
            Cell::Unsigned(number) => self.binding.time.read(&number.to_string()),
            Cell::Float(number) => self.binding.time.read(&number.to_string()),
            Cell::Text(text) => self.binding.time.read(text.as_utf8().ok()?),
            Cell::Null | Cell::Boolean(_) => None,
        }
    }

    fn read_row(
        &mut self,
        out: &mut Vec<Reading>,
        report: &mut ImportReport,
    ) -> Result<(), String> {
        let time_at = match self.binding.layout {
            Layout::Wide { time, .. } | Layout::Long { time, .. } => time,
        };
        let mut time = self.instant(time_at).ok_or("no time, or not one")?;
        if let Some(Cell::Integer(nanos)) = self.nanos.map(|at| self.cell(at)) {
            time = Timestamp::from_nanos(time.as_nanos().saturating_add(*nanos));
        }
        match &self.binding.layout {
            Layout::Wide { cells, .. } => {
                let mut wrong = None;
                for (at, bound) in cells {
                    let cell = self.cell(*at);
                    if *cell == Cell::Null {
                        continue;
                    }
                    match value(bound, time, cell) {
                        Some(reading) => out.push(reading),
                        None => {
                            wrong.get_or_insert_with(|| {
                                format!("column {}: not a {}", at + 1, bound.wanted())
                            });
                        }
                    }
                }
                wrong.map_or(Ok(()), Err)
            }
            Layout::Long {
                signal,
                value: value_at,
                quality,
                ..
            } => {
                let Cell::Text(name) = self.cell(*signal) else {
                    return Err("no signal".to_owned());
                };
                let name = name.as_utf8().map_err(|error| error.to_string())?;
                let bound = match self.binding.long.get(name) {
                    Ok(Some(bound)) => bound,
                    Ok(None) => return Ok(()),
                    Err(()) => {
                        report.unknown(name);
                        return Ok(());
                    }
                };
                let candidates = std::iter::once(value_at).chain(&self.beside);
                let cell = candidates
                    .map(|at| self.cell(*at))
                    .find(|cell| **cell != Cell::Null)
                    .unwrap_or(&Cell::Null);
                if *cell == Cell::Null && !self.is_own {
                    return Ok(());
                }
                let mut reading =
                    value(&bound, time, cell).ok_or_else(|| format!("not a {}", bound.wanted()))?;
                match quality.map(|at| self.cell(at)) {
                    None | Some(Cell::Null) => {}
                    Some(Cell::Integer(byte)) if self.is_own => {
                        reading.quality = Quality::from_byte(u8::try_from(*byte).unwrap_or(0));
                    }
                    Some(Cell::Unsigned(byte)) if self.is_own => {
                        reading.quality = Quality::from_byte(u8::try_from(*byte).unwrap_or(0));
                    }
                    Some(Cell::Text(text)) => {
                        let text = text.as_utf8().map_err(|error| error.to_string())?;
                        reading.quality =
                            read_quality(text).ok_or_else(|| format!("not a quality: {text}"))?;
                    }
                    Some(other) => {
                        reading.quality = crate::source::scalar::quality(other.scalar())
                            .ok_or("not a quality")?;
                    }
                }
                out.push(reading);
                Ok(())
            }
        }
    }
}

/// Whole numbers may stand in a column of reals, as pandas makes them where one is missing.
fn value(bound: &Bound, time: Timestamp, cell: &Cell) -> Option<Reading> {
    bound.scalar(time, cell.scalar()).or_else(|| match cell {
        Cell::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            bound.scalar(time, Scalar::Integer(*number as i64))
        }
        _ => None,
    })
}

impl Reader for ParquetReader {
    fn row(&mut self, out: &mut Vec<Reading>, report: &mut ImportReport) -> bool {
        if self.at >= self.batch {
            match self.decode() {
                Ok(true) => {}
                Ok(false) => return false,
                Err(error) => {
                    let name = Arc::clone(&self.name);
                    report.bad(
                        &name,
                        self.done + 1,
                        format!("the file is broken from here on: {error}"),
                    );
                    self.group = usize::MAX;
                    self.left = 0;
                    return false;
                }
            }
        }
        self.done += 1;
        report.rows += 1;
        if let Err(problem) = self.read_row(out, report) {
            let name = Arc::clone(&self.name);
            report.bad(&name, self.done, problem);
        }
        self.at += 1;
        true
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            whole: self.whole,
        }
    }
}
