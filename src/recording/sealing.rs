//! [`Sealer`]: makes parts of segments, puts late points into the parts that they belong to, and
//! merges the small parts of an hour that is over.
//!
//! It keeps no state that matters: what is to be done follows from the segments and parts that are
//! there, so that it can be cut off at any write and done again.

mod items;
mod merging;
mod target;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use items::{Item, WriteItems};
use target::{Target, horizon, hour_of, in_order, new_span};

use super::index;
use super::log::gather::{Destination, Gathering};
use super::log::read::{LogError, Repair, Segment, names_of_run, segments};
use super::log::segment::path_of;
use super::parts::{self, Coverage, HOUR_MS, PartFile, Place, Sort, nanos};
use super::sealed::{self, FileOrder, PartMeta, PartPoints, SealError};
use super::storage::{Storage, write_whole};
use crate::model::Timestamp;

/// Why sealing did not come to its end. It is tried again; nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A part could not be read or written.
    #[error("{error}: {path}")]
    Part {
        /// What is wrong.
        error: SealError,
        /// The part.
        path: PathBuf,
    },
    /// The disk said no.
    #[error("{}: {path}", super::folder::explain(error))]
    Disk {
        /// What the system says.
        error: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
}

/// How much is sealed at once.
#[derive(Clone, Copy, Debug)]
pub struct SealLimits {
    /// Small parts are merged up to this many points.
    pub merged_points: u64,
}

impl Default for SealLimits {
    fn default() -> Self {
        Self {
            merged_points: 4 << 20,
        }
    }
}

/// How far sealing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Up to a few seconds before the end of the last segment: recording goes on.
    Settled,
    /// All of it.
    All,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Parts written, those written again included.
    pub parts: u64,
    /// What was found wrong in the segments.
    pub repair: Repair,
}

/// Seals segments of one recording.
#[derive(Debug)]
pub struct Sealer {
    root: PathBuf,
    storage: Arc<dyn Storage>,
    limits: SealLimits,
    coverage: [Coverage; 3],
    done: Sealed,
    /// Segments whose damage is counted already.
    counted: u64,
}

impl Sealer {
    /// For the recording in this folder: removes what an interrupted merge has left.
    ///
    /// # Errors
    /// As the disk says.
    pub fn open(
        root: &Path,
        storage: Arc<dyn Storage>,
        limits: SealLimits,
    ) -> Result<Self, SealingError> {
        let mut sealer = Self {
            root: root.to_owned(),
            storage,
            limits,
            coverage: Default::default(),
            done: Sealed::default(),
            counted: 0,
        };
        for sort in Sort::ALL {
            let (parts, within) = parts::list(root, sort).map_err(|error| SealingError::Disk {
                error,
                path: root.join(sort.folder()),
            })?;
            for part in within {
                sealer.remove(sort, &part)?;
            }
            *sealer.coverage_mut(sort) = Coverage::of(parts);
        }
        Ok(sealer)
    }

    fn coverage_mut(&mut self, sort: Sort) -> &mut Coverage {
        let [samples, events, unmapped] = &mut self.coverage;
        match sort {
            Sort::Samples => samples,
            Sort::Events => events,
            Sort::Unmapped => unmapped,
        }
    }

    fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// Hours were removed: parts that are no longer there.
    pub fn forget_before(&mut self, ms: i64) {
        for coverage in &mut self.coverage {
            coverage.retain(|part| part.span.start >= ms);
        }
    }

    /// Seals the segments up to `through`, which is not written any more, and removes those whose
    /// every point is in a part then.
    ///
    /// # Errors
    /// When the disk says no. Nothing is lost: calling it again does what is left to do.
    pub fn seal(&mut self, through: u64, extent: Extent) -> Result<Sealed, SealingError> {
        self.done = Sealed::default();
        let mut numbers = segments(&self.log())?;
        let newest = numbers.last().copied();
        numbers.retain(|number| *number <= through);
        let mut kept: Vec<Segment> = Vec::new();
        let mut settled = i64::MAX;
        for number in numbers {
            let segment = Segment::read(&self.log(), number)?;
            if number >= self.counted {
                self.done.repair = self.done.repair.plus(segment.repair);
                self.counted = number + 1;
            }
            let last = segment.last;
            kept.push(segment);
            let until = match extent {
                Extent::All if number == through => None,
                // What lies in the future of several segments must not pile up.
                _ if kept.len() > 2 => None,
                _ => Some(horizon(last)),
            };
            settled = until.unwrap_or(i64::MAX);
            self.seal_read(&mut kept, number, until, newest)?;
        }
        self.merge_small(through, settled)?;
        Ok(self.done)
    }

    /// Seals segments that were read, of which the last one is `through`; only those of which
    /// something is left stay, and on the disk the newest one: the next recorder counts on from it.
    fn seal_read(
        &mut self,
        kept: &mut Vec<Segment>,
        through: u64,
        until: Option<i64>,
        newest: Option<u64>,
    ) -> Result<(), SealingError> {
        let mut is_left = vec![false; kept.len()];
        self.samples(kept, through, until, &mut is_left)?;
        self.items(kept, through, until, &mut is_left, Segment::events)?;
        self.items(kept, through, until, &mut is_left, Segment::raw)?;
        let mut left = is_left.iter();
        let mut removed = false;
        let mut result = Ok(());
        kept.retain(|segment| {
            let stays = left.next().copied().unwrap_or(true);
            if !stays && Some(segment.number) != newest && result.is_ok() {
                let path = path_of(&self.log(), segment.number);
                removed = true;
                result = self
                    .storage
                    .remove(&path)
                    .map_err(|error| SealingError::Disk { error, path });
            }
            stays
        });
        result?;
        if removed {
            let path = self.log();
            self.storage
                .sync_folder(&path)
                .map_err(|error| SealingError::Disk { error, path })?;
        }
        Ok(())
    }

    /// Where an item belongs, and until when what follows does; `None`: it is in a part already, or it
    /// is not its time.
    fn target(
        &mut self,
        sort: Sort,
        time: Timestamp,
        segment: u64,
        until: Option<i64>,
        is_left: &mut bool,
    ) -> Result<Destination<Target>, SealError> {
        let place = self.coverage_mut(sort).place(time)?;
        let mut times = place.span().clone();
        let target = match place {
            _ if place.has(segment) => None,
            Place::In { part, .. } => Some(Target::Part(*part)),
            Place::Between { next, .. } => {
                let until = until.map_or(i64::MAX, nanos);
                if time.as_nanos() >= until {
                    *is_left = true;
                    times.start = times.start.max(until);
                    None
                } else {
                    let hour = hour_of(time.as_millis());
                    times.start = times.start.max(nanos(hour));
                    times.end = times.end.min(nanos(hour + HOUR_MS)).min(until);
                    Some(Target::New(*next, hour))
                }
            }
        };
        Ok(Destination { target, times })
    }

    fn samples(
        &mut self,
        kept: &[Segment],
        through: u64,
        until: Option<i64>,
        is_left: &mut [bool],
    ) -> Result<(), SealingError> {
        let mut gathering = Gathering::<Target>::default();
        for (segment, is_left) in kept.iter().zip(is_left.iter_mut()) {
            let spare = names_of_run(kept, segment.start.as_ref().map(|start| start.run));
            gathering
                .take(segment, spare, |time| {
                    self.target(Sort::Samples, time, segment.number, until, is_left)
                })
                .map_err(|error| self.unreadable(Sort::Samples, error))?;
        }
        self.done.repair.unnamed += gathering.unnamed();
        let plant = plant_of(kept);
        let groups = gathering.sorted().into_iter();
        let groups = groups.map(|group| (group.target, group)).collect();
        for (target, group) in in_order(groups) {
            let (part, old) = match target {
                Target::Part(index) => {
                    let Some(part) = self.coverage_mut(Sort::Samples).part(index).cloned() else {
                        continue;
                    };
                    let read = File::open(&part.path)
                        .map_err(SealError::from)
                        .and_then(sealed::read_samples);
                    let (_, old) = read.map_err(|error| SealingError::Part {
                        error,
                        path: part.path.clone(),
                    })?;
                    (part, Some(old))
                }
                Target::New(next, hour) => {
                    let coverage = self.coverage_mut(Sort::Samples);
                    let times = group.times.into_iter();
                    let Some(span) = new_span(coverage, next, hour, until, times) else {
                        continue;
                    };
                    (PartFile::of(&self.root, Sort::Samples, span), None)
                }
            };
            let points = match old {
                Some(old) => old.merged(&group.points),
                None => group.points,
            };
            self.write_samples(&part, through, plant, &points)?;
        }
        Ok(())
    }

    fn unreadable(&self, sort: Sort, error: SealError) -> SealingError {
        SealingError::Part {
            error,
            path: self.root.join(sort.folder()),
        }
    }

    fn items<'s, T: Item, I: Iterator<Item = T>>(
        &mut self,
        kept: &'s [Segment],
        through: u64,
        until: Option<i64>,
        is_left: &mut [bool],
        items: impl Fn(&'s Segment) -> I,
    ) -> Result<(), SealingError>
    where
        Self: WriteItems<T>,
    {
        let mut groups: BTreeMap<Target, Vec<T>> = BTreeMap::new();
        for (segment, is_left) in kept.iter().zip(is_left.iter_mut()) {
            for item in items(segment) {
                let target = self
                    .target(T::SORT, item.time(), segment.number, until, is_left)
                    .map_err(|error| self.unreadable(T::SORT, error))?;
                if let Some(target) = target.target {
                    groups.entry(target).or_default().push(item);
                }
            }
        }
        let plant = plant_of(kept);
        for (target, mut group) in in_order(groups) {
            let part = match target {
                Target::Part(index) => {
                    let Some(part) = self.coverage_mut(T::SORT).part(index).cloned() else {
                        continue;
                    };
                    let mut all = self.read_items(&part)?;
                    all.append(&mut group);
                    group = all;
                    part
                }
                Target::New(next, hour) => {
                    let times = group.iter().map(Item::time);
                    let coverage = self.coverage_mut(T::SORT);
                    let Some(span) = new_span(coverage, next, hour, until, times) else {
                        continue;
                    };
                    PartFile::of(&self.root, T::SORT, span)
                }
            };
            group.sort_by_key(Item::time);
            self.write_items(&part, through, plant, &group)?;
        }
        Ok(())
    }

    fn write_samples(
        &mut self,
        part: &PartFile,
        through: u64,
        plant: u32,
        points: &PartPoints,
    ) -> Result<(), SealingError> {
        let meta = meta_of(part, through, plant);
        let order = FileOrder::of(points);
        // One that belongs to what the part held before must not be found beside it.
        let index = part.index(&self.root);
        if index.exists() {
            let _ = self.storage.remove(&index);
        }
        self.write_part(part, |file| {
            sealed::write_in_order(file, &meta, &order).map(|_| ())
        })?;
        self.coverage_mut(Sort::Samples).put(part.clone(), through);
        // Without an index one reads more slowly; it is made again by whoever needs it.
        let written = index
            .parent()
            .map_or(Ok(()), |folder| self.storage.make_folder(folder))
            .map_err(SealError::from)
            .and_then(|()| {
                write_whole(&*self.storage, &index, |file| {
                    index::write_in_order(file, &meta, &order)
                })
            });
        if let Err(error) = written {
            tracing::warn!(
                "an index could not be written: {error}: {}",
                index.display()
            );
        }
        Ok(())
    }

    fn write_part(
        &mut self,
        part: &PartFile,
        write: impl FnOnce(&mut dyn super::storage::StorageFile) -> Result<(), SealError>,
    ) -> Result<(), SealingError> {
        let written = part
            .path
            .parent()
            .map_or(Ok(()), |folder| self.storage.make_folder(folder))
            .map_err(SealError::from)
            .and_then(|()| write_whole(&*self.storage, &part.path, write));
        self.done.parts += 1;
        written.map_err(|error| SealingError::Part {
            error,
            path: part.path.clone(),
        })
    }

    fn remove(&mut self, sort: Sort, part: &PartFile) -> Result<(), SealingError> {
        let index = part.index(&self.root);
        if sort == Sort::Samples && index.exists() {
            let _ = self.storage.remove(&index);
        }
        self.storage
            .remove(&part.path)
            .map_err(|error| SealingError::Disk {
                error,
                path: part.path.clone(),
            })
    }
}

fn meta_of(part: &PartFile, segments_through: u64, plant: u32) -> PartMeta {
    PartMeta {
        span: Timestamp::from_millis(part.span.start)..Timestamp::from_millis(part.span.end),
        segments_through,
        plant,
    }
}

/// The revision of the newest segment.
fn plant_of(kept: &[Segment]) -> u32 {
    let mut plants = kept.iter().filter_map(|segment| segment.start.as_ref());
    plants.next_back().map_or(0, |start| start.plant)
}
