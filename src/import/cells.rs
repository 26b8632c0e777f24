//! [`Column`]: the values of one flat column of a Parquet file, a batch of rows at a time, whatever
//! types it was written with.

use parquet::basic::{LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, Int96};
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescriptor;

use crate::model::Timestamp;
use crate::source::scalar::Scalar;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Boolean(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Text(ByteArray),
    Time(Timestamp),
    /// What clocks showed, nanoseconds since 1970 there.
    LocalTime(i64),
}

impl Cell {
    pub fn scalar(&self) -> Scalar<'_> {
        match self {
            Self::Null => Scalar::Null,
            Self::Boolean(value) => Scalar::Boolean(*value),
            Self::Integer(value) => Scalar::Integer(*value),
            Self::Unsigned(value) => Scalar::Unsigned(*value),
            Self::Float(value) => Scalar::Float(*value),
            Self::Text(text) => text.as_utf8().map_or(Scalar::Compound, Scalar::Text),
            Self::Time(_) | Self::LocalTime(_) => Scalar::Compound,
        }
    }
}

/// How the raw numbers of a column are meant.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Plain,
    Unsigned,
    /// Value ÷ 10^scale.
    Decimal(i32),
    /// Nanoseconds in one step; whether it is UTC.
    Time(i64, bool),
}

/// A column that is read, one batch of rows at a time.
#[derive(Debug)]
pub(super) struct Column {
    pub index: usize,
    meaning: Meaning,
    is_optional: bool,
    pub cells: Vec<Cell>,
}

impl Column {
    /// A column of a file; `None` when it cannot be imported: nested, repeated or binary.
    pub fn of(index: usize, descriptor: &ColumnDescriptor) -> Option<Self> {
        Some(Self {
            index,
            meaning: meaning(descriptor)?,
            is_optional: descriptor.max_def_level() > 0,
            cells: Vec::new(),
        })
    }

    /// Reads the next `rows` values.
    pub fn decode(&mut self, reader: &mut ColumnReader, rows: usize) -> Result<(), ParquetError> {
        self.cells.clear();
        let meaning = self.meaning;
        let (cells, optional) = (&mut self.cells, self.is_optional);
        match reader {
            ColumnReader::BoolColumnReader(reader) => {
                fill(reader, rows, optional, cells, |value| Cell::Boolean(*value))
            }
            ColumnReader::Int32ColumnReader(reader) => {
                fill(reader, rows, optional, cells, |value| {
                    if meaning == Meaning::Unsigned {
                        Cell::Unsigned(u64::from(value.cast_unsigned()))
                    } else {
                        number(meaning, i64::from(*value))
                    }
                })
            }
            ColumnReader::Int64ColumnReader(reader) => {
                fill(reader, rows, optional, cells, |value| {
                    number(meaning, *value)
                })
            }
            ColumnReader::Int96ColumnReader(reader) => {
                fill(reader, rows, optional, cells, |value: &Int96| {
                    Cell::Time(Timestamp::from_nanos(value.to_nanos()))
                })
            }
            ColumnReader::FloatColumnReader(reader) => {
                fill(reader, rows, optional, cells, |value| {
                    Cell::Float(f64::from(*value))
                })
            }
            ColumnReader::DoubleColumnReader(reader) => {
                fill(reader, rows, optional, cells, |value| Cell::Float(*value))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                fill(reader, rows, optional, cells, |value| {
                    Cell::Text(value.clone())
                })
            }
            ColumnReader::FixedLenByteArrayColumnReader(_) => Err(ParquetError::General(
                "a column of fixed-length bytes".to_owned(),
            )),
        }
    }
}

fn number(meaning: Meaning, value: i64) -> Cell {
    match meaning {
        Meaning::Plain => Cell::Integer(value),
        Meaning::Unsigned => Cell::Unsigned(value.cast_unsigned()),
        Meaning::Decimal(scale) => Cell::Float(value as f64 / 10_f64.powi(scale)),
        Meaning::Time(step, true) => Cell::Time(Timestamp::from_nanos(value.saturating_mul(step))),
        Meaning::Time(step, false) => Cell::LocalTime(value.saturating_mul(step)),
    }
}

/// Reads `rows` rows, nulls in their places.
fn fill<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    is_optional: bool,
    cells: &mut Vec<Cell>,
    cell: impl Fn(&T::T) -> Cell,
) -> Result<(), ParquetError> {
    let mut values = Vec::new();
    let mut levels = Vec::new();
    while cells.len() < rows {
        values.clear();
        levels.clear();
        let (records, _, _) = reader.read_records(
            rows - cells.len(),
            is_optional.then_some(&mut levels),
            None,
            &mut values,
        )?;
        if records == 0 {
            return Ok(());
        }
        if is_optional {
            let mut values = values.iter();
            for level in &levels {
                let present = (*level > 0).then(|| values.next()).flatten();
                cells.push(present.map_or(Cell::Null, &cell));
            }
        } else {
            cells.extend(values.iter().map(&cell));
        }
    }
    Ok(())
}

/// What the numbers of a column mean; `None` when it cannot be imported.
fn meaning(column: &ColumnDescriptor) -> Option<Meaning> {
    use parquet::basic::ConvertedType as Old;

    if column.max_rep_level() > 0 || column.max_def_level() > 1 {
        return None;
    }
    let step = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 1_000_000,
        TimeUnit::MICROS => 1_000,
        TimeUnit::NANOS => 1,
    };
    let logical = column.logical_type_ref();
    Some(
        match (column.physical_type(), logical, column.converted_type()) {
            (Type::FIXED_LEN_BYTE_ARRAY, _, _) => return None,
            (Type::INT64, Some(LogicalType::Timestamp(stamp)), _) => {
                Meaning::Time(step(&stamp.unit), stamp.is_adjusted_to_u_t_c)
            }
            (Type::INT64, None, Old::TIMESTAMP_MILLIS) => Meaning::Time(1_000_000, true),
            (Type::INT64, None, Old::TIMESTAMP_MICROS) => Meaning::Time(1_000, true),
            (Type::INT32, Some(LogicalType::Date), _) | (Type::INT32, None, Old::DATE) => {
                Meaning::Time(86_400_000_000_000, false)
            }
            (
                Type::INT32 | Type::INT64,
                _,
                Old::UINT_8 | Old::UINT_16 | Old::UINT_32 | Old::UINT_64,
            ) => Meaning::Unsigned,
            (Type::INT32 | Type::INT64, Some(LogicalType::Decimal(decimal)), _) => {
                Meaning::Decimal(decimal.scale)
            }
            (Type::INT32 | Type::INT64, None, Old::DECIMAL) => {
                Meaning::Decimal(column.type_scale())
            }
            _ => Meaning::Plain,
        },
    )
}
