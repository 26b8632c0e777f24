//! [`IndexFile`]: an index that is open, and [`Head`], what is kept of it in memory.

use std::fs::File;
use std::io;
use std::path::Path;

use super::directory::{BlockPlace, HEADER, Header, Place, SignalPlace};
use super::entry::Entry;
use super::run::Run;
use super::tally::{self, MinuteTally};
use super::{IndexError, pack};
use crate::model::{Text, Timestamp};
use crate::recording::sealed::PartMeta;

/// Nothing unpacked is larger.
const RAW: u32 = 256 << 20;

/// Bytes that can be read anywhere: a file, or an index made in memory.
#[derive(Debug)]
enum Source {
    File(File),
    Memory(Vec<u8>),
}

impl Source {
    fn read(&self, at: u64, len: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::File(file) => {
                let mut bytes = vec![0; len];
                read_exact_at(file, &mut bytes, at)?;
                Ok(bytes)
            }
            Self::Memory(all) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                all.get(at..at.saturating_add(len))
                    .map(<[u8]>::to_vec)
                    .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }

    fn len(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => Ok(file.metadata()?.len()),
            Self::Memory(all) => Ok(all.len() as u64),
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(not(unix))]
fn read_exact_at(mut file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    // Only ever used under the lock of the one reader.
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(bytes)
}

/// What an index says first: enough to know which signals its part has.
#[derive(Debug)]
pub(crate) struct IndexHeader(Header);

impl IndexHeader {
    /// Same lists of names have the same.
    pub fn names_key(&self) -> (u32, u32) {
        (self.0.names_crc, self.0.names_raw)
    }

    pub fn meta(&self) -> PartMeta {
        PartMeta {
            span: Timestamp::from_nanos(self.0.from)..Timestamp::from_nanos(self.0.to),
            segments_through: self.0.through,
            plant: self.0.plant,
        }
    }
}

/// An index that is open for reading.
#[derive(Debug)]
pub(crate) struct IndexFile {
    source: Source,
    len: u64,
}

impl IndexFile {
    pub fn open(path: &Path) -> Result<(Self, IndexHeader), IndexError> {
        Self::from_source(Source::File(File::open(path)?))
    }

    pub fn from_bytes(bytes: Vec<u8>) -> Result<(Self, IndexHeader), IndexError> {
        Self::from_source(Source::Memory(bytes))
    }

    fn from_source(source: Source) -> Result<(Self, IndexHeader), IndexError> {
        let len = source.len()?;
        let header = Header::read(&source.read(0, HEADER.min(len as usize))?)?;
        Ok((Self { source, len }, IndexHeader(header)))
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        match &self.source {
            Source::File(_) => 0,
            Source::Memory(all) => all.len(),
        }
    }

    fn unpacked(&self, place: Place) -> Result<Vec<u8>, IndexError> {
        if place.raw > RAW || place.at.saturating_add(u64::from(place.len)) > self.len {
            return Err(IndexError::Damaged("something lies outside of it"));
        }
        let packed = self.source.read(place.at, place.len as usize)?;
        let raw = zstd::bulk::decompress(&packed, place.raw as usize)
            .map_err(|_| IndexError::Damaged("something in it does not unpack"))?;
        if raw.len() != place.raw as usize {
            return Err(IndexError::Damaged("something in it is cut short"));
        }
        Ok(raw)
    }

    /// Names of the signals.
    pub fn names(&self, header: &IndexHeader) -> Result<Vec<String>, IndexError> {
        let header = &header.0;
        let raw = self.unpacked(Place {
            at: HEADER as u64,
            len: header.names_len,
            raw: header.names_raw,
        })?;
        if crc32fast::hash(&raw) != header.names_crc {
            return Err(IndexError::Damaged("its names have changed"));
        }
        let names =
            String::from_utf8(raw).map_err(|_| IndexError::Damaged("its names are no text"))?;
        let names: Vec<String> = match header.signals {
            0 => Vec::new(),
            _ => names.split('\n').map(Into::into).collect(),
        };
        if names.len() != header.signals as usize {
            return Err(IndexError::Damaged("it has another number of names"));
        }
        Ok(names)
    }

    /// First and last points and directories.
    pub fn head(&self, header: &IndexHeader) -> Result<Head, IndexError> {
        let header = &header.0;
        let at = HEADER as u64 + u64::from(header.names_len);
        if header.head_len > RAW || at + u64::from(header.head_len) > self.len {
            return Err(IndexError::Damaged("its head lies outside of it"));
        }
        let bytes = self.source.read(at, header.head_len as usize)?;
        if crc32fast::hash(&bytes) != header.head_crc {
            return Err(IndexError::Damaged("its head has changed"));
        }
        Head::read(bytes, header).ok_or(IndexError::Damaged("its head is cut short"))
    }

    /// A block, unpacked: see [`run_in`].
    pub fn block(&self, block: &BlockPlace) -> Result<Vec<u8>, IndexError> {
        self.unpacked(block.place)
    }

    /// All points of a signal as one run; `None`: they are in the Parquet only.
    pub fn column(&self, signal: &SignalPlace) -> Result<Option<Vec<u8>>, IndexError> {
        match signal.column.len {
            0 => Ok(None),
            _ => self.unpacked(signal.column).map(Some),
        }
    }

    /// The tallies of a signal; `None`: its points are few.
    pub fn tallies(&self, signal: &SignalPlace) -> Result<Option<Vec<MinuteTally>>, IndexError> {
        match signal.tallies.len {
            0 => Ok(None),
            _ => tally::read(&self.unpacked(signal.tallies)?)
                .map(Some)
                .ok_or(IndexError::Damaged("its tallies are cut short")),
        }
    }
}

/// The run of a signal in a block.
#[inline]
pub(crate) fn run_in(block: &[u8], signal: usize) -> Option<Run<'_>> {
    let mut ends = pack::Bytes(block.get(4 * signal..4 * signal + 8)?);
    let (from, to) = (ends.u32()? as usize, ends.u32()? as usize);
    Run::begin(block.get(from..)?, to.checked_sub(from)?)
}

/// What is kept in memory of an index in use.
#[derive(Debug)]
pub(crate) struct Head {
    bytes: Vec<u8>,
    signals: usize,
    pub blocks: Vec<BlockPlace>,
    pub texts: Vec<Text>,
}

impl Head {
    fn read(bytes: Vec<u8>, header: &Header) -> Option<Self> {
        let signals = header.signals as usize;
        let lists = signals.checked_mul(2 * Entry::BYTES + SignalPlace::BYTES)?;
        let mut rest = bytes.get(lists..)?;
        let mut blocks = Vec::new();
        for _ in 0..header.blocks {
            blocks.push(BlockPlace::read(&mut rest)?);
        }
        let mut rest = pack::Bytes(rest);
        let mut texts = Vec::new();
        for _ in 0..rest.u32()? {
            let len = rest.u32()? as usize;
            let text = rest.take(len)?;
            texts.push(Text::new(&String::from_utf8_lossy(text)));
        }
        Some(Self {
            bytes,
            signals,
            blocks,
            texts,
        })
    }

    /// Memory it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.bytes.len()
            + self.blocks.len() * size_of::<BlockPlace>()
            + self.texts.len() * size_of::<Text>()
    }

    fn list(&self, from: usize) -> &[u8] {
        self.bytes.get(self.signals * from..).unwrap_or_default()
    }

    /// The first point of a signal in the part.
    #[inline]
    pub fn first(&self, signal: usize) -> Option<Entry> {
        Entry::get(self.list(0), signal).filter(|_| signal < self.signals)
    }

    /// The last point of a signal in the part.
    #[inline]
    pub fn last(&self, signal: usize) -> Option<Entry> {
        Entry::get(self.list(Entry::BYTES), signal).filter(|_| signal < self.signals)
    }

    /// What the part has of a signal.
    pub fn signal(&self, signal: usize) -> Option<SignalPlace> {
        SignalPlace::get(self.list(2 * Entry::BYTES), signal).filter(|_| signal < self.signals)
    }

    /// The block that answers for an instant.
    pub fn block_at(&self, time: i64) -> Option<usize> {
        let after = self
            .blocks
            .partition_point(|block| block.span.start <= time);
        after.checked_sub(1)
    }
}
