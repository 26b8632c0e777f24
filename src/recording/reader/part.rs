//! Parts as the reader knows them: [`Part`] on the list, [`OpenPart`] with its index in use.

use std::collections::HashMap;
use std::fs::{self, File};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use crate::model::SignalId;
use crate::recording::SignalNames;
use crate::recording::index::{Head, IndexError, IndexFile, IndexHeader, SignalPlace, index_of};
use crate::recording::parts::PartFile;
use crate::recording::sealed::{
    FileOrder, PartMeta, PartPoints, SealError, read_meta, read_samples,
};

/// No signal.
pub(super) const NONE: u32 = u32::MAX;

/// Which signals of the plant a part has. Parts with the same list of names share it.
#[derive(Debug)]
pub(super) struct Mapping {
    /// Signal of the plant by place in the part.
    pub dense: Vec<u32>,
    /// Place in the part by signal of the plant.
    pub local: Vec<u32>,
    /// Signals of the plant that the part has not.
    pub absent: Vec<u32>,
}

impl Mapping {
    pub fn new(part_names: &[String], names: &SignalNames) -> Self {
        let mut local = vec![NONE; names.len()];
        let dense: Vec<u32> = part_names
            .iter()
            .map(|name| names.find(name).map_or(NONE, |id| id.0))
            .collect();
        for (at, id) in (0..).zip(&dense) {
            if let Some(place) = local.get_mut(*id as usize) {
                *place = at;
            }
        }
        let absent = (0..).zip(&local).filter(|(_, place)| **place == NONE);
        Self {
            absent: absent.map(|(id, _)| id).collect(),
            dense,
            local,
        }
    }

    /// Place of a signal in the part.
    #[inline]
    pub fn local(&self, signal: SignalId) -> Option<usize> {
        let local = self.local.get(signal.index()).copied()?;
        (local != NONE).then_some(local as usize)
    }

    pub fn bytes(&self) -> usize {
        4 * (self.dense.len() + self.local.len() + self.absent.len())
    }
}

/// The mappings in use.
pub(super) type Mappings = Mutex<HashMap<(u32, u32), Arc<Mapping>>>;

/// A part on the list.
#[derive(Debug)]
pub(super) struct Part {
    /// No other part ever has it.
    pub key: u64,
    /// ns.
    pub span: Range<i64>,
    pub source: Source,
    /// Length and time of change of the file.
    pub stamp: Stamp,
    /// Known once its index was looked at.
    pub mapping: OnceLock<Arc<Mapping>>,
    /// Its index on disk has failed once: it is not opened again.
    pub is_distrusted: AtomicBool,
    /// Why it is left out.
    pub broken: OnceLock<String>,
}

pub(super) type Stamp = Option<(u64, SystemTime)>;

#[derive(Debug)]
pub(super) enum Source {
    /// Sealed, on disk.
    File(PartFile),
    /// Not sealed yet: an index of all there is.
    Memory(Arc<OpenPart>),
}

/// Length and time of change of a file.
pub(super) fn stamp(path: &Path) -> Stamp {
    let data = fs::metadata(path).ok()?;
    Some((data.len(), data.modified().ok()?))
}

/// A part in use.
#[derive(Debug)]
pub(super) struct OpenPart {
    pub head: Head,
    pub mapping: Arc<Mapping>,
    pub index: IndexFile,
}

impl OpenPart {
    /// What it has of a signal.
    pub fn place(&self, signal: SignalId) -> Option<SignalPlace> {
        self.head.signal(self.mapping.local(signal)?)
    }

    pub fn bytes(&self) -> usize {
        self.head.bytes() + self.index.bytes()
    }
}

/// What came of opening a part.
pub(super) struct Opened {
    pub part: OpenPart,
    /// The index had to be made anew, for this reason.
    pub rebuilt: Option<IndexError>,
}

/// Opens a part with its index, or a new one.
///
/// # Errors
/// When the part itself cannot be read.
pub(super) fn open(
    root: &Path,
    file: &PartFile,
    names: &SignalNames,
    mappings: &Mappings,
    is_distrusted: bool,
) -> Result<Opened, SealError> {
    let meta = read_meta(File::open(&file.path)?)?;
    let path = file.index(root);
    if is_distrusted {
        let part = rebuild(file, &path, names, mappings)?;
        let rebuilt = None;
        return Ok(Opened { part, rebuilt });
    }
    match open_index(&path, &meta, names, mappings) {
        Ok(part) => Ok(Opened {
            part,
            rebuilt: None,
        }),
        Err(why) => Ok(Opened {
            part: rebuild(file, &path, names, mappings)?,
            rebuilt: Some(why),
        }),
    }
}

fn open_index(
    path: &Path,
    meta: &PartMeta,
    names: &SignalNames,
    mappings: &Mappings,
) -> Result<OpenPart, IndexError> {
    let (index, header) = IndexFile::open(path)?;
    if header.meta() != *meta {
        return Err(IndexError::Stale);
    }
    in_use(index, &header, names, mappings)
}

fn in_use(
    index: IndexFile,
    header: &IndexHeader,
    names: &SignalNames,
    mappings: &Mappings,
) -> Result<OpenPart, IndexError> {
    Ok(OpenPart {
        head: index.head(header)?,
        mapping: mapping(&index, header, names, mappings)?,
        index,
    })
}

/// Which signals an index has; read from it unless a part before had the same.
pub(super) fn mapping(
    index: &IndexFile,
    header: &IndexHeader,
    names: &SignalNames,
    mappings: &Mappings,
) -> Result<Arc<Mapping>, IndexError> {
    let known = |key| {
        let mappings = mappings.lock().unwrap_or_else(PoisonError::into_inner);
        mappings.get(&key).cloned()
    };
    if let Some(known) = known(header.names_key()) {
        return Ok(known);
    }
    let mapping = Arc::new(Mapping::new(&index.names(header)?, names));
    let mut mappings = mappings.lock().unwrap_or_else(PoisonError::into_inner);
    let mapping = mappings.entry(header.names_key()).or_insert(mapping);
    Ok(Arc::clone(mapping))
}

/// Makes the index of a part anew. It goes beside the part if that can be written, else it stays in
/// memory.
fn rebuild(
    file: &PartFile,
    path: &Path,
    names: &SignalNames,
    mappings: &Mappings,
) -> Result<OpenPart, SealError> {
    let (meta, points) = read_samples(File::open(&file.path)?)?;
    let bytes = index_of(&meta, &FileOrder::as_read(&points), Columns::Few)?;
    drop(points);
    let opened = match keep(path, &bytes) {
        Ok(()) => IndexFile::open(path),
        Err(_) => IndexFile::from_bytes(bytes),
    };
    let own = |error: IndexError| SealError::NotAPart(format!("its new index fails: {error}"));
    let (index, header) = opened.map_err(own)?;
    in_use(index, &header, names, mappings).map_err(own)
}

use crate::recording::index::Columns;

fn keep(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension(format!("blocks.{}.tmp", std::process::id()));
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A part in memory, of points that are not sealed yet.
pub(super) fn in_memory(
    span: Range<i64>,
    points: &PartPoints,
    names: &SignalNames,
    mappings: &Mappings,
) -> Result<OpenPart, SealError> {
    use crate::model::Timestamp;
    let meta = PartMeta {
        span: Timestamp::from_nanos(span.start)..Timestamp::from_nanos(span.end),
        segments_through: 0,
        plant: 0,
    };
    let bytes = index_of(&meta, &FileOrder::as_read(points), Columns::All)?;
    let own = |error: IndexError| SealError::NotAPart(error.to_string());
    let (index, header) = IndexFile::from_bytes(bytes).map_err(own)?;
    in_use(index, &header, names, mappings).map_err(own)
}
