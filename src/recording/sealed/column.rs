//! One column of a row group: encoded on its own, each with the encoding that suits it, and read.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::reader::get_typed_column_reader;
use parquet::column::writer::{ColumnWriter, get_column_writer, get_typed_column_writer_mut};
use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::errors::ParquetError;
use parquet::file::properties::{
    BloomFilterPosition, EnabledStatistics, WriterProperties, WriterPropertiesPtr,
};
use parquet::file::reader::RowGroupReader;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::SealError;
use super::footer::Encoded;

/// How a column is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Few distinct values: a dictionary and short numbers.
    Dictionary,
    /// Integers that grow evenly: their differences.
    Delta,
    /// Reals whose bytes are alike place by place.
    Split,
    /// As they are.
    Plain,
}

/// Rows of a page. Long ones compress better; a reader decodes a whole one to get at a row.
pub(super) const PAGE_ROWS: usize = 1 << 15;
const PAGE_BYTES: usize = 1 << 20;
/// A dictionary may grow to this.
const DICTIONARY_BYTES: usize = 4 << 20;
/// Beyond it pages get hardly smaller and take many times the time.
pub(super) const ZSTD_LEVEL: i32 = 3;

/// Settings for a column of this style.
pub(super) fn properties(style: Style) -> WriterPropertiesPtr {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default();
    let builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_bloom_filter_position(BloomFilterPosition::End)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES);
    let builder = match style {
        Style::Dictionary => builder.set_dictionary_enabled(true),
        Style::Delta => builder
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::DELTA_BINARY_PACKED),
        Style::Split => builder
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::BYTE_STREAM_SPLIT),
        Style::Plain => builder
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::PLAIN),
    };
    Arc::new(builder.build())
}

/// Encodes a column. `present` holds 1 for each row that has a value and 0 for each that has none;
/// `None`: the column is a required one.
pub(super) fn encode<T: DataType>(
    column: &ColumnDescPtr,
    style: Style,
    values: &[T::T],
    present: Option<&[i16]>,
) -> Result<Encoded, SealError> {
    encode_by(column, style, |writer| {
        get_typed_column_writer_mut::<T>(writer).write_batch(values, present, None)?;
        Ok(())
    })
}

/// Encodes a column of what `write` writes.
pub(super) fn encode_by(
    column: &ColumnDescPtr,
    style: Style,
    write: impl FnOnce(&mut ColumnWriter<'_>) -> Result<(), SealError>,
) -> Result<Encoded, SealError> {
    let mut sink = TrackedWrite::new(Vec::new());
    let pages = Box::new(SerializedPageWriter::new(&mut sink));
    let mut writer = get_column_writer(Arc::clone(column), properties(style), pages);
    write(&mut writer)?;
    let close = writer.close()?;
    Ok((Bytes::from(sink.into_inner()?), close))
}

fn no_column(name: &str) -> SealError {
    SealError::NotAPart(format!("no column {name}"))
}

/// Values of a column of a row group, with 1 in `present` where a row has one and 0 where not.
pub(super) struct Column<T> {
    pub values: Vec<T>,
    present: Vec<i16>,
}

impl<T: Clone> Column<T> {
    /// Row by row.
    pub fn rows(&self) -> impl Iterator<Item = Option<T>> {
        let mut values = self.values.iter();
        self.present
            .iter()
            .map(move |present| (*present > 0).then(|| values.next().cloned()).flatten())
    }
}

/// Reads these rows of a column. A column that is not there is `None`.
fn find<T: DataType>(
    group: &dyn RowGroupReader,
    name: &str,
    rows: Range<usize>,
) -> Result<Option<Column<T::T>>, SealError> {
    let schema = group.metadata().schema_descr();
    let Some((at, column)) = schema
        .columns()
        .iter()
        .enumerate()
        .find(|(_, column)| column.name() == name)
    else {
        return Ok(None);
    };
    if column.physical_type() != T::get_physical_type() || column.max_rep_level() > 0 {
        return Err(SealError::NotAPart(format!(
            "column {name} has another type"
        )));
    }
    let is_optional = column.max_def_level() > 0;
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(at)?);
    let (mut values, mut present) = (Vec::new(), Vec::new());
    if rows.start > 0 && reader.skip_records(rows.start)? < rows.start {
        return Err(SealError::NotAPart(format!("column {name} is cut short")));
    }
    let rows = rows.len();
    let mut read = 0;
    while read < rows {
        let levels = is_optional.then_some(&mut present);
        // In steps, so that a wrong number of rows asks for no more memory than there are rows.
        let most = (rows - read).min(1 << 16);
        let (records, ..) = reader.read_records(most, levels, None, &mut values)?;
        if records == 0 {
            let short = format!("column {name} ends after {read} of {rows} rows");
            return Err(ParquetError::General(short).into());
        }
        read += records;
    }
    if !is_optional {
        present = vec![1; values.len()];
    }
    if present.len() != rows {
        return Err(SealError::NotAPart(format!("column {name} is cut short")));
    }
    Ok(Some(Column { values, present }))
}

/// Reads a column that must be there.
pub(super) fn read<T: DataType>(
    group: &dyn RowGroupReader,
    name: &str,
    rows: Range<usize>,
) -> Result<Column<T::T>, SealError> {
    find::<T>(group, name, rows)?.ok_or_else(|| no_column(name))
}

/// Reads a text column; bytes that are no text are replaced.
pub(super) fn read_texts(
    group: &dyn RowGroupReader,
    name: &str,
    rows: Range<usize>,
) -> Result<Column<ByteArray>, SealError> {
    read::<ByteArrayType>(group, name, rows)
}

/// The text of a value.
pub(super) fn text(value: &ByteArray) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(value.data())
}
