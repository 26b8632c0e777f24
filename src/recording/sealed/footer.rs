//! What a part says of itself in its footer, and the file around its columns.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{SchemaDescriptor, TypePtr};

use super::checked::{Checked, crc_of_file};
use super::{FORMAT, PartMeta, SealError};
use crate::model::Timestamp;

/// Rows of a part at most: far more than one is sealed with.
pub(super) const ROWS: u64 = 1 << 26;

const FORMAT_KEY: &str = "twinscape.format";
const KIND: &str = "twinscape.kind";
const FROM: &str = "twinscape.from";
const TO: &str = "twinscape.to";
const SEGMENTS: &str = "twinscape.segments_through";
const PLANT: &str = "twinscape.plant";
const CRC: &str = "twinscape.crc";
const CRC_BYTES: &str = "twinscape.crc_bytes";

/// A column that is encoded, ready to go into a file.
pub(super) type Encoded = (Bytes, ColumnCloseResult);

/// A part being written: row groups of columns that are encoded elsewhere.
pub(super) struct PartWriter<W: Write + Send> {
    file: SerializedFileWriter<Checked<W>>,
    pub descriptor: SchemaDescriptor,
    rows: u64,
}

/// What was written.
pub(super) struct Written {
    pub rows: u64,
    pub bytes: u64,
}

impl<W: Write + Send> PartWriter<W> {
    pub fn new(out: W, schema: TypePtr, kind: &str, meta: &PartMeta) -> Result<Self, SealError> {
        let pairs = [
            (FORMAT_KEY, FORMAT.to_string()),
            (KIND, kind.to_owned()),
            (FROM, meta.span.start.as_nanos().to_string()),
            (TO, meta.span.end.as_nanos().to_string()),
            (SEGMENTS, meta.segments_through.to_string()),
            (PLANT, format!("{:08x}", meta.plant)),
        ];
        let pairs = pairs.map(|(key, value)| KeyValue::new(key.to_owned(), value));
        let properties = WriterProperties::builder()
            .set_created_by(format!("twinscape {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(pairs.into()))
            .set_compression(Compression::ZSTD(ZstdLevel::default()));
        let descriptor = SchemaDescriptor::new(Arc::clone(&schema));
        let file =
            SerializedFileWriter::new(Checked::new(out), schema, Arc::new(properties.build()))?;
        Ok(Self {
            file,
            descriptor,
            rows: 0,
        })
    }

    /// Appends a row group.
    pub fn row_group(&mut self, columns: Vec<Encoded>) -> Result<(), SealError> {
        let mut group = self.file.next_row_group()?;
        for (bytes, close) in columns {
            group.append_column(&bytes, close)?;
        }
        self.rows += group.close()?.num_rows() as u64;
        Ok(())
    }

    /// Writes the footer.
    pub fn finish(mut self) -> Result<Written, SealError> {
        self.file.flush()?;
        let (crc, bytes) = (self.file.inner().crc(), self.file.inner().bytes);
        for (key, value) in [(CRC, format!("{crc:08x}")), (CRC_BYTES, bytes.to_string())] {
            self.file
                .append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        let mut out = self.file.into_inner()?;
        out.flush()?;
        Ok(Written {
            rows: self.rows,
            bytes: out.bytes,
        })
    }
}

/// A part that is open for reading, its content checked.
pub(super) struct PartReader {
    file: SerializedFileReader<File>,
    pub meta: PartMeta,
}

impl PartReader {
    /// Opens a part of this kind and holds its content against its checksum.
    pub fn open(mut file: File, kind: &str) -> Result<Self, SealError> {
        let (reader, head) = open(file.try_clone()?)?;
        if head.kind != kind {
            return Err(SealError::NotAPart(format!(
                "{} instead of {kind}",
                head.kind
            )));
        }
        if let Some((wanted, bytes)) = head.crc {
            file.seek(SeekFrom::Start(0))?;
            let found = crc_of_file(&mut file, bytes)?;
            if found != wanted {
                return Err(SealError::Changed { found, wanted });
            }
        }
        let rows = reader.metadata().row_groups().iter();
        let rows: u64 = rows.map(|group| group.num_rows().max(0) as u64).sum();
        if rows > ROWS {
            return Err(SealError::TooLarge(rows));
        }
        Ok(Self {
            file: reader,
            meta: head.meta,
        })
    }

    /// Hands over each row group with its number of rows.
    pub fn row_groups(
        &self,
        mut each: impl FnMut(&dyn RowGroupReader, usize) -> Result<(), SealError>,
    ) -> Result<(), SealError> {
        for at in 0..self.file.num_row_groups() {
            let group = self.file.get_row_group(at)?;
            let count = group.metadata().num_rows();
            // No checksum covers the footer; a row left out here would be missed by nobody.
            let columns = group.metadata().columns();
            if columns.iter().any(|column| column.num_values() != count) {
                let contradiction = format!("row group {at} contradicts itself about its rows");
                return Err(SealError::NotAPart(contradiction));
            }
            let rows = usize::try_from(count).unwrap_or(0);
            each(&*group, rows)?;
        }
        Ok(())
    }
}

/// The decoder of a foreign file may panic where it should fail.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, SealError>) -> Result<T, SealError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(SealError::NotAPart(
            "the file is damaged beyond what the Parquet reader understands".into(),
        ))
    })
}

struct Head {
    meta: PartMeta,
    kind: String,
    /// Of so many bytes from the start.
    crc: Option<(u32, u64)>,
}

fn open(file: File) -> Result<(SerializedFileReader<File>, Head), SealError> {
    let reader = SerializedFileReader::new(file)?;
    let pairs = reader.metadata().file_metadata().key_value_metadata();
    let find = |key: &str| {
        let mut pairs = pairs.into_iter().flatten();
        let pair = pairs.find(|pair| pair.key == key)?;
        pair.value.as_deref()
    };
    let missing = |key: &str| SealError::NotAPart(format!("no readable {key} in its footer"));
    let number = |key: &str| -> Result<i64, SealError> {
        find(key)
            .and_then(|value| value.parse().ok())
            .ok_or_else(|| missing(key))
    };
    let format = u32::try_from(number(FORMAT_KEY)?).map_err(|_| missing(FORMAT_KEY))?;
    if format > FORMAT {
        return Err(SealError::Newer { found: format });
    }
    let hex = |key: &str| find(key).and_then(|value| u32::from_str_radix(value, 16).ok());
    let head = Head {
        meta: PartMeta {
            span: Timestamp::from_nanos(number(FROM)?)..Timestamp::from_nanos(number(TO)?),
            segments_through: find(SEGMENTS)
                .and_then(|value| value.parse().ok())
                .ok_or_else(|| missing(SEGMENTS))?,
            plant: hex(PLANT).ok_or_else(|| missing(PLANT))?,
        },
        kind: find(KIND).unwrap_or("samples").to_owned(),
        crc: hex(CRC).zip(find(CRC_BYTES).and_then(|value| value.parse().ok())),
    };
    Ok((reader, head))
}

/// What a part says of itself; reads no more than its footer.
///
/// # Errors
/// When the file is no part, damaged, or written by a newer program.
pub fn read_meta(file: File) -> Result<PartMeta, SealError> {
    guarded(|| Ok(open(file)?.1.meta))
}
