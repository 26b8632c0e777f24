//! A column of names, each for many rows in a row: a dictionary, and how many rows each is for.
//!
//! The library's own writer hashes the name of every row anew, a third of the time that sealing took.
//! A name that is there for a thousand rows is two numbers of the format's own run lengths
//! ([encodings](https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLEDICT)).

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
#[derive(Clone, Debug)]
pub(super) struct NameRun {
    pub name: ByteArray,
    pub rows: u32,
}

/// What pages take together.
#[derive(Default)]
struct Taken {
    packed: i64,
    plain: i64,
}

/// Encodes a required column of texts.
pub(super) fn encode_runs(column: &ColumnDescPtr, runs: &[NameRun]) -> Result<Encoded, SealError> {
    let mut sink = TrackedWrite::new(Vec::new());
    let mut pages = SerializedPageWriter::new(&mut sink);
    let mut taken = Taken::default();
    let mut names = Vec::new();
    for run in runs {
        names.extend(length(run.name.len())?.to_le_bytes());
        names.extend_from_slice(run.name.data());
    }
    let dictionary = |buf| Page::DictionaryPage {
        buf,
        num_values: runs.len() as u32,
        encoding: Encoding::PLAIN,
        is_sorted: false,
    };
    write(&mut pages, &names, &mut taken, dictionary)?;

    let width = runs.len().saturating_sub(1).max(1).ilog2() + 1;
    let number_bytes = width.div_ceil(8) as usize;
    let mut offsets = OffsetIndexBuilder::new();
    let mut index = ColumnIndexBuilder::new(Type::BYTE_ARRAY);
    let mut data_offset = None;
    let (mut numbers, mut begin, mut rows, mut bytes) = (vec![width as u8], 0, 0, 0);
    for (at, run) in runs.iter().enumerate() {
        put_length(&mut numbers, u64::from(run.rows) << 1);
        numbers.extend_from_slice(at.to_le_bytes().get(..number_bytes).unwrap_or_default());
        rows += run.rows;
        bytes += i64::from(run.rows) * run.name.len() as i64;
        if (rows as usize) < PAGE_ROWS && at + 1 < runs.len() {
            continue;
        }
        let page = |buf| Page::DataPage {
            buf,
            num_values: rows,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let (offset, size) = write(&mut pages, &numbers, &mut taken, page)?;
        data_offset.get_or_insert(offset);
        offsets.append_row_count(i64::from(rows));
        offsets.append_offset_and_size(offset, size);
        offsets.append_unencoded_byte_array_data_bytes(Some(bytes));
        let (min, max) = ends(runs.get(begin..=at).unwrap_or_default());
        index.append(false, min.to_vec(), max.to_vec(), 0, None);
        numbers.truncate(1);
        (begin, rows, bytes) = (at + 1, 0, 0);
    }
    index.set_boundary_order(BoundaryOrder::UNORDERED);
    pages.close()?;

    let all: u64 = runs.iter().map(|run| u64::from(run.rows)).sum();
    let (min, max) = ends(runs);
    let statistics = Statistics::byte_array(
        Some(ByteArray::from(min)),
        Some(ByteArray::from(max)),
        None,
        Some(0),
        false,
    );
    let level = ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default();
    let metadata = ColumnChunkMetaData::builder(column.clone())
        .set_compression(Compression::ZSTD(level))
        .set_encodings(vec![
            Encoding::PLAIN,
            Encoding::RLE,
            Encoding::RLE_DICTIONARY,
        ])
        .set_total_compressed_size(taken.packed)
        .set_total_uncompressed_size(taken.plain)
        .set_num_values(i64::try_from(all).unwrap_or(i64::MAX))
        .set_dictionary_page_offset(Some(0))
        .set_data_page_offset(data_offset.unwrap_or_default())
        .set_statistics(statistics)
        .build()?;
    let close = ColumnCloseResult {
        bytes_written: taken.packed.unsigned_abs(),
        rows_written: all,
        metadata,
        bloom_filter: None,
        column_index: Some(index.build()?),
        offset_index: Some(offsets.build()),
    };
    Ok((Bytes::from(sink.into_inner()?), close))
}

/// Writes a page; where it begins and what it takes.
fn write(
    pages: &mut SerializedPageWriter<'_, Vec<u8>>,
    content: &[u8],
    taken: &mut Taken,
    page: impl FnOnce(Bytes) -> Page,
) -> Result<(i64, i32), SealError> {
    let packed = zstd::bulk::compress(content, ZSTD_LEVEL)?;
    let page = CompressedPage::new(page(Bytes::from(packed)), content.len());
    let spec = pages.write_page(page)?;
    taken.packed += spec.compressed_size as i64;
    taken.plain += spec.uncompressed_size as i64;
    let size = i32::try_from(spec.compressed_size).map_err(|_| SealError::TooLarge(u64::MAX))?;
    Ok((i64::try_from(spec.offset).unwrap_or(i64::MAX), size))
}

/// The first and the last name in order of bytes.
fn ends(runs: &[NameRun]) -> (&[u8], &[u8]) {
    let names = || runs.iter().map(|run| run.name.data());
    let min = names().min().unwrap_or_default();
    (min, names().max().unwrap_or_default())
}

fn length(bytes: usize) -> Result<u32, SealError> {
    u32::try_from(bytes).map_err(|_| SealError::TooLarge(bytes as u64))
}

/// Appends a number, seven bits a byte, the low ones first.
fn put_length(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
