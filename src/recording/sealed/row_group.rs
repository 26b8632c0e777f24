//! [`RowGroup`]: signals of one class, whose rows are encoded together, column after column.

use parquet::column::writer::get_typed_column_writer_mut;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::schema::types::ColumnDescPtr;

use super::classify::Class;
use super::column::{self, Style, encode};
use super::footer::Encoded;
use super::points::SignalPoints;
use super::runs::{NameRun, encode_absent, encode_names, encode_same};
use super::value::{self, Cell};
use super::{SealError, samples::MILLI};
use crate::model::Timestamp;
use crate::model::value::kind::{BOOLEAN, FLOAT, INTEGER, TEXT, UNSIGNED};

/// Rows that are handed to the library at once: so many stay in the cache.
const PIECE: usize = 8 << 10;

/// The rows of a row group.
pub(super) struct RowGroup<'a> {
    class: Class,
    runs: Vec<(&'a str, SignalPoints<'a>)>,
    rows: usize,
    /// A bit for each kind of value that there is.
    kinds: u8,
}

const fn bit(kind: u8) -> u8 {
    1 << (kind & 7)
}

/// Kinds that have a number, as [`Cell`] says.
const NUMBERS: u8 = bit(FLOAT) | bit(INTEGER) | bit(BOOLEAN);
/// Kinds that have a text.
const TEXTS: u8 = bit(TEXT) | bit(UNSIGNED);

impl<'a> RowGroup<'a> {
    pub const fn of(class: Class) -> Self {
        Self {
            class,
            runs: Vec::new(),
            rows: 0,
            kinds: 0,
        }
    }

    pub const fn rows(&self) -> usize {
        self.rows
    }

    pub fn push(&mut self, name: &'a str, points: SignalPoints<'a>) {
        let kinds = points.kinds().iter();
        self.kinds |= kinds.fold(0, |kinds, kind| kinds | bit(*kind));
        self.rows += points.len();
        self.runs.push((name, points));
    }

    /// Encodes a column of these rows.
    pub fn encode(&self, column: &ColumnDescPtr) -> Result<Encoded, SealError> {
        match column.name() {
            "signal" => {
                let runs = self.runs.iter().map(|(name, points)| NameRun {
                    name,
                    rows: points.len(),
                });
                encode_names(column, &runs.collect::<Vec<_>>())
            }
            "time" => self.pieces::<Int64Type>(column, Style::Delta, |run, piece| {
                let times = run.times().iter();
                piece.extend(times.map(|time| time.div_euclid(MILLI)));
            }),
            "nanos" => self.nanos(column),
            "value" => self.values(column),
            "integer" => self.integers(column),
            "text" => self.texts(column),
            "type" => self.few(column, SignalPoints::kinds),
            "quality" => self.few(column, SignalPoints::qualities),
            "receive_time" => self.pieces::<Int64Type>(column, Style::Delta, |run, piece| {
                piece.values.extend_from_slice(run.received());
            }),
            "source_time" => self.source_times::<Int64Type>(column, Style::Delta, |time| {
                time.as_nanos().div_euclid(MILLI)
            }),
            _ => self.source_times::<Int32Type>(column, Style::Dictionary, |time| {
                time.as_nanos().rem_euclid(MILLI) as i32
            }),
        }
    }

    /// Encodes a column whose values `fill` tells for the points that it is given.
    fn pieces<T: DataType>(
        &self,
        column: &ColumnDescPtr,
        style: Style,
        fill: impl Fn(&SignalPoints<'_>, &mut Piece<T::T>),
    ) -> Result<Encoded, SealError> {
        column::encode_by(column, style, |writer| {
            let writer = get_typed_column_writer_mut::<T>(writer);
            let mut piece = Piece {
                values: Vec::with_capacity(PIECE),
                present: Vec::new(),
            };
            let is_optional = column.max_def_level() > 0;
            let mut filled = 0;
            for (_, run) in &self.runs {
                let mut begun = 0;
                while begun < run.len() {
                    let part = run.part(begun..begun + PIECE - filled);
                    fill(&part, &mut piece);
                    begun += part.len();
                    filled += part.len();
                    if filled == PIECE {
                        piece.write(is_optional, |values, present| {
                            writer.write_batch(values, present, None)
                        })?;
                        filled = 0;
                    }
                }
            }
            piece.write(is_optional, |values, present| {
                writer.write_batch(values, present, None)
            })
        })
    }

    fn nanos(&self, column: &ColumnDescPtr) -> Result<Encoded, SealError> {
        let times = || self.runs.iter().flat_map(|(_, run)| run.times());
        let rest = |time: &i64| time.rem_euclid(MILLI) as i32;
        let first = times().next().map_or(0, rest);
        let is_same =
            |(_, run): &(_, SignalPoints<'_>)| run.times().iter().all(|time| rest(time) == first);
        if self.runs.iter().all(is_same) {
            return encode_same(column, first, self.rows);
        }
        let nanos: Vec<i32> = times().map(rest).collect();
        encode::<Int32Type>(column, value::style_of_nanos(&nanos), &nanos, None)
    }

    /// A column of small numbers that are mostly the same.
    fn few(
        &self,
        column: &ColumnDescPtr,
        of: impl Fn(&SignalPoints<'a>) -> &'a [u8],
    ) -> Result<Encoded, SealError> {
        let mut bytes = self.runs.iter().map(|(_, run)| of(run));
        let first = bytes.clone().find_map(<[u8]>::first).copied();
        let first = first.unwrap_or_default();
        if bytes.all(|bytes| bytes.iter().all(|byte| *byte == first)) {
            return encode_same(column, i32::from(first), self.rows);
        }
        let bytes = self.runs.iter().flat_map(|(_, run)| of(run));
        let numbers: Vec<i32> = bytes.map(|byte| i32::from(*byte)).collect();
        encode::<Int32Type>(column, value::style_of_few(&numbers), &numbers, None)
    }

    fn values(&self, column: &ColumnDescPtr) -> Result<Encoded, SealError> {
        if self.kinds & NUMBERS == 0 {
            return encode_absent(column, self.rows);
        }
        self.pieces::<DoubleType>(column, self.class.style(), |run, piece| {
            if run.kinds().iter().all(|kind| *kind == FLOAT) {
                let bits = run.bits().iter();
                piece.extend(bits.map(|bits| f64::from_bits(*bits)));
            } else {
                let cells = run.iter().map(|each| Cell::from(each.point.value));
                piece.extend_some(cells.map(|cell| cell.real));
            }
        })
    }

    fn integers(&self, column: &ColumnDescPtr) -> Result<Encoded, SealError> {
        let own = |each| Cell::from(each).integer;
        let has_some = |(_, run): &(_, SignalPoints<'_>)| {
            let mut points = run.iter();
            run.kinds().contains(&INTEGER) && points.any(|each| own(each.point.value).is_some())
        };
        if self.kinds & bit(INTEGER) == 0 || !self.runs.iter().any(has_some) {
            return encode_absent(column, self.rows);
        }
        self.pieces::<Int64Type>(column, Style::Delta, |run, piece| {
            piece.extend_some(run.iter().map(|each| own(each.point.value)));
        })
    }

    fn texts(&self, column: &ColumnDescPtr) -> Result<Encoded, SealError> {
        if self.kinds & TEXTS == 0 {
            return encode_absent(column, self.rows);
        }
        self.pieces::<ByteArrayType>(column, Style::Dictionary, |run, piece| {
            // Most say what the one before said.
            let mut last: Option<((u8, u64), Option<ByteArray>)> = None;
            let words = run.kinds().iter().zip(run.bits());
            for ((kind, bits), each) in words.zip(run.iter()) {
                let text = match &last {
                    Some((word, text)) if *word == (*kind, *bits) => text.clone(),
                    _ => {
                        let text = Cell::from(each.point.value).text;
                        let text = text.map(|text| ByteArray::from(&*text));
                        last = Some(((*kind, *bits), text.clone()));
                        text
                    }
                };
                piece.extend_some([text]);
            }
        })
    }

    fn source_times<T: DataType>(
        &self,
        column: &ColumnDescPtr,
        style: Style,
        of: impl Fn(Timestamp) -> T::T,
    ) -> Result<Encoded, SealError> {
        if !self.runs.iter().any(|(_, run)| run.has_source_times()) {
            return encode_absent(column, self.rows);
        }
        self.pieces::<T>(column, style, |run, piece| {
            piece.extend_some(run.iter().map(|each| each.source_time.map(&of)));
        })
    }
}

/// Rows of a column on their way to the library.
struct Piece<T> {
    values: Vec<T>,
    /// 1 for each row that has a value, 0 for each that has none; empty: all have one.
    present: Vec<i16>,
}

impl<T> Piece<T> {
    /// Rows that each have a value.
    fn extend(&mut self, values: impl Iterator<Item = T>) {
        let before = self.values.len();
        self.values.extend(values);
        if !self.present.is_empty() {
            let rows = self.values.len() - before;
            self.present.extend(std::iter::repeat_n(1, rows));
        }
    }

    fn extend_some(&mut self, values: impl IntoIterator<Item = Option<T>>) {
        if self.present.is_empty() {
            self.present.resize(self.values.len(), 1);
        }
        for value in values {
            self.present.push(i16::from(value.is_some()));
            self.values.extend(value);
        }
    }

    fn write(
        &mut self,
        is_optional: bool,
        write: impl FnOnce(&[T], Option<&[i16]>) -> parquet::errors::Result<usize>,
    ) -> Result<(), SealError> {
        if is_optional && self.present.is_empty() {
            self.present.resize(self.values.len(), 1);
        }
        let has_rows = !self.values.is_empty() || !self.present.is_empty();
        if has_rows {
            write(&self.values, is_optional.then_some(&self.present))?;
        }
        self.values.clear();
        self.present.clear();
        Ok(())
    }
}
