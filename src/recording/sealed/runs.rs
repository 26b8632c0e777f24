//! Columns that say the same in row after row, encoded by hand: names of signals, kinds of values,
//! qualities, and what most rows do not have.
//!
//! The library's own writer hashes, packs and compares the value of every row anew; that took half of
//! the time of sealing. A value that is there for a thousand rows is two numbers of the format's own
//! run lengths ([encodings](https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLEDICT)).

use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Compression, Encoding, Type, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::SealError;
use super::column::{PAGE_ROWS, ZSTD_LEVEL};
use super::footer::Encoded;

/// A name, and for how many rows it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct NameRun<'a> {
    pub name: &'a str,
    pub rows: usize,
}

/// Encodes a required column of texts.
pub(super) fn encode_names(
    column: &ColumnDescPtr,
    runs: &[NameRun<'_>],
) -> Result<Encoded, SealError> {
    let mut names = Vec::new();
    for run in runs {
        names.extend(length(run.name.len())?.to_le_bytes());
        names.extend_from_slice(run.name.as_bytes());
    }
    let mut sink = TrackedWrite::new(Vec::new());
    let mut chunk = Chunk::new(column, &mut sink, Type::BYTE_ARRAY, true);
    chunk.dictionary(&names, runs.len())?;
    let width = runs.len().saturating_sub(1).max(1).ilog2() + 1;
    let number_bytes = width.div_ceil(8) as usize;
    let (mut numbers, mut begin, mut rows, mut bytes) = (vec![width as u8], 0, 0, 0);
    for (at, run) in runs.iter().enumerate() {
        put_run(&mut numbers, run.rows as u64);
        numbers.extend_from_slice(at.to_le_bytes().get(..number_bytes).unwrap_or_default());
        rows += run.rows;
        bytes += (run.rows * run.name.len()) as i64;
        if rows < PAGE_ROWS && at + 1 < runs.len() {
            continue;
        }
        let (min, max) = ends(runs.get(begin..=at).unwrap_or_default());
        chunk
            .offsets
            .append_unencoded_byte_array_data_bytes(Some(bytes));
        chunk.index.append(false, min.into(), max.into(), 0, None);
        chunk.page(&numbers, rows, Encoding::RLE_DICTIONARY)?;
        numbers.truncate(1);
        (begin, rows, bytes) = (at + 1, 0, 0);
    }
    let (min, max) = ends(runs);
    let (min, max) = (ByteArray::from(min), ByteArray::from(max));
    let statistics = Statistics::byte_array(Some(min), Some(max), None, Some(0), false);
    let close = chunk.close(statistics)?;
    Ok((Bytes::from(sink.into_inner()?), close))
}

/// Encodes a required column of so many rows that all say this.
pub(super) fn encode_same(
    column: &ColumnDescPtr,
    value: i32,
    rows: usize,
) -> Result<Encoded, SealError> {
    let mut sink = TrackedWrite::new(Vec::new());
    let mut chunk = Chunk::new(column, &mut sink, Type::INT32, false);
    let bytes = value.to_le_bytes();
    chunk.dictionary(&bytes, 1)?;
    for rows in pages(rows) {
        let mut numbers = vec![1];
        put_run(&mut numbers, rows as u64);
        numbers.push(0);
        chunk
            .index
            .append(false, bytes.into(), bytes.into(), 0, None);
        chunk.page(&numbers, rows, Encoding::RLE_DICTIONARY)?;
    }
    let statistics = Statistics::int32(Some(value), Some(value), None, Some(0), false);
    let close = chunk.close(statistics)?;
    Ok((Bytes::from(sink.into_inner()?), close))
}

/// Encodes a column of so many rows that all have no value.
pub(super) fn encode_absent(column: &ColumnDescPtr, rows: usize) -> Result<Encoded, SealError> {
    let kind = column.physical_type();
    let mut sink = TrackedWrite::new(Vec::new());
    let mut chunk = Chunk::new(column, &mut sink, kind, false);
    for rows in pages(rows) {
        let mut levels = Vec::new();
        put_run(&mut levels, rows as u64);
        levels.push(0);
        let mut page = length(levels.len())?.to_le_bytes().to_vec();
        page.append(&mut levels);
        if kind == Type::BYTE_ARRAY {
            chunk
                .offsets
                .append_unencoded_byte_array_data_bytes(Some(0));
        }
        let nulls = rows as i64;
        chunk
            .index
            .append(true, Vec::new(), Vec::new(), nulls, None);
        chunk.page(&page, rows, Encoding::PLAIN)?;
    }
    let nulls = Some(rows as u64);
    let statistics = match kind {
        Type::INT32 => Statistics::int32(None, None, None, nulls, false),
        Type::INT64 => Statistics::int64(None, None, None, nulls, false),
        Type::DOUBLE => Statistics::double(None, None, None, nulls, false),
        _ => Statistics::byte_array(None, None, None, nulls, false),
    };
    let close = chunk.close(statistics)?;
    Ok((Bytes::from(sink.into_inner()?), close))
}

/// Rows of each page of so many rows.
fn pages(rows: usize) -> impl Iterator<Item = usize> {
    let begins = (0..rows).step_by(PAGE_ROWS);
    begins.map(move |begin| (rows - begin).min(PAGE_ROWS))
}

/// A column of a row group that is being written.
struct Chunk<'s> {
    column: ColumnDescPtr,
    pages: SerializedPageWriter<'s, Vec<u8>>,
    /// What is too short is not compressed.
    is_packed: bool,
    offsets: OffsetIndexBuilder,
    index: ColumnIndexBuilder,
    dictionary_offset: Option<i64>,
    data_offset: Option<i64>,
    encodings: Vec<Encoding>,
    rows: usize,
    packed: u64,
    plain: u64,
}

impl<'s> Chunk<'s> {
    fn new(
        column: &ColumnDescPtr,
        sink: &'s mut TrackedWrite<Vec<u8>>,
        kind: Type,
        is_packed: bool,
    ) -> Self {
        let mut index = ColumnIndexBuilder::new(kind);
        index.set_boundary_order(BoundaryOrder::UNORDERED);
        Self {
            column: column.clone(),
            pages: SerializedPageWriter::new(sink),
            is_packed,
            offsets: OffsetIndexBuilder::new(),
            index,
            dictionary_offset: None,
            data_offset: None,
            encodings: vec![Encoding::PLAIN, Encoding::RLE],
            rows: 0,
            packed: 0,
            plain: 0,
        }
    }

    /// Writes a page; where it begins and what it takes.
    fn write(
        &mut self,
        content: &[u8],
        page: impl FnOnce(Bytes) -> Page,
    ) -> Result<(i64, i32), SealError> {
        let packed = match self.is_packed {
            true => zstd::bulk::compress(content, ZSTD_LEVEL)?,
            false => content.to_vec(),
        };
        let page = CompressedPage::new(page(Bytes::from(packed)), content.len());
        let spec = self.pages.write_page(page)?;
        self.packed += spec.compressed_size as u64;
        self.plain += spec.uncompressed_size as u64;
        let size = spec.compressed_size as u64;
        let size = i32::try_from(size).map_err(|_| SealError::TooLarge(size))?;
        Ok((i64::try_from(spec.offset).unwrap_or(i64::MAX), size))
    }

    fn dictionary(&mut self, values: &[u8], count: usize) -> Result<(), SealError> {
        let num_values = length(count)?;
        let (offset, _) = self.write(values, |buf| Page::DictionaryPage {
            buf,
            num_values,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        })?;
        self.dictionary_offset = Some(offset);
        self.encodings.push(Encoding::RLE_DICTIONARY);
        Ok(())
    }

    fn page(&mut self, content: &[u8], rows: usize, encoding: Encoding) -> Result<(), SealError> {
        let num_values = length(rows)?;
        let (offset, size) = self.write(content, |buf| Page::DataPage {
            buf,
            num_values,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        })?;
        self.data_offset.get_or_insert(offset);
        self.offsets.append_row_count(rows as i64);
        self.offsets.append_offset_and_size(offset, size);
        self.rows += rows;
        Ok(())
    }

    fn close(mut self, statistics: Statistics) -> Result<ColumnCloseResult, SealError> {
        self.pages.close()?;
        let compression = match self.is_packed {
            true => Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default()),
            false => Compression::UNCOMPRESSED,
        };
        let metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(compression)
            .set_encodings(self.encodings)
            .set_total_compressed_size(i64::try_from(self.packed).unwrap_or(i64::MAX))
            .set_total_uncompressed_size(i64::try_from(self.plain).unwrap_or(i64::MAX))
            .set_num_values(i64::try_from(self.rows).unwrap_or(i64::MAX))
            .set_dictionary_page_offset(self.dictionary_offset)
            .set_data_page_offset(self.data_offset.unwrap_or_default())
            .set_statistics(statistics)
            .build()?;
        Ok(ColumnCloseResult {
            bytes_written: self.packed,
            rows_written: self.rows as u64,
            metadata,
            bloom_filter: None,
            column_index: Some(self.index.build()?),
            offset_index: Some(self.offsets.build()),
        })
    }
}

/// The first and the last name in order of bytes.
fn ends<'a>(runs: &[NameRun<'a>]) -> (&'a str, &'a str) {
    let names = || runs.iter().map(|run| run.name);
    let min = names().min().unwrap_or_default();
    (min, names().max().unwrap_or_default())
}

fn length(bytes: usize) -> Result<u32, SealError> {
    u32::try_from(bytes).map_err(|_| SealError::TooLarge(bytes as u64))
}

/// Appends the head of a run of so many rows: seven bits a byte, the low ones first.
fn put_run(out: &mut Vec<u8>, rows: u64) {
    let mut number = rows << 1;
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
