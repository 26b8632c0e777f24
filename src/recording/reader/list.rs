//! The list of parts, and how it follows the folder.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError};

use super::part::{self, OpenPart, Part, Source, Stamp, stamp};
use super::shelf::Key;
use super::{Inner, RecordingError, Tail};
use crate::recording::index::IndexFile;
use crate::recording::parts::{self, PartFile, Sort};
use crate::recording::sealed::{PartPoints, RecordedEvent, RecordedPoint, read_meta, read_samples};

/// What there is, at some moment.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// No other list has it.
    pub round: u64,
    /// Ascending and disjoint.
    pub list: Vec<Arc<Part>>,
    pub events: Vec<EventPart>,
    /// Events that are not sealed yet, in order of time.
    pub tail_events: Vec<RecordedEvent>,
    pub broken: Vec<(PathBuf, String)>,
}

#[derive(Clone, Debug)]
pub(super) struct EventPart {
    pub key: u64,
    pub file: PartFile,
    pub stamp: Stamp,
    /// Why it is left out.
    pub broken: Arc<OnceLock<String>>,
}

const fn nanos(ms: i64) -> i64 {
    ms.saturating_mul(1_000_000)
}

impl Parts {
    /// Memory it takes.
    pub fn bytes(&self) -> usize {
        let memory = self.list.iter().map(|part| match &part.source {
            Source::Memory(open) => open.bytes(),
            Source::File(_) => 0,
        });
        memory.sum::<usize>()
            + self.list.len() * (size_of::<Part>() + 200)
            + self.tail_events.len() * 200
    }

    /// The part that an instant lies in, or the first one after it.
    pub fn at(&self, time: i64) -> (usize, bool) {
        let after = self.list.partition_point(|part| part.span.start <= time);
        match after.checked_sub(1) {
            Some(before)
                if self
                    .list
                    .get(before)
                    .is_some_and(|part| time < part.span.end) =>
            {
                (before, true)
            }
            _ => (after, false),
        }
    }

    /// The parts that may hold something of a span.
    pub fn within(&self, span: &Range<i64>) -> Range<usize> {
        let start = self
            .list
            .partition_point(|part| part.span.end <= span.start);
        let end = self.list.partition_point(|part| part.span.start < span.end);
        start..end.max(start)
    }
}

impl Inner {
    pub(super) fn refresh(&self) -> Result<bool, RecordingError> {
        let _one = self
            .refreshing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let disk = |error: io::Error| RecordingError::Disk {
            error,
            path: self.root.clone(),
        };
        let old = self.parts();
        let mut new = Parts {
            round: self.next_key.fetch_add(1, Ordering::Relaxed),
            ..Parts::default()
        };
        // What is sealed meanwhile is in the log and in a part, not in neither.
        let unsealed = match self.tail {
            Tail::Read => Some(crate::recording::read_unsealed(&self.root)?),
            Tail::Leave => None,
        };
        let mut changed = unsealed.is_some();
        let (files, _) = parts::list(&self.root, Sort::Samples).map_err(disk)?;
        let mut known = old.list.iter().peekable();
        for file in files {
            let span = nanos(file.span.start)..nanos(file.span.end);
            while known.next_if(|part| part.span.start < span.start).is_some() {}
            let stamp = stamp(&file.path);
            let same = known.next_if(|part| {
                part.stamp == stamp && matches!(&part.source, Source::File(old) if *old == file)
            });
            match same {
                Some(part) => new.list.push(Arc::clone(part)),
                None => {
                    changed = true;
                    new.list.push(Arc::new(self.part(file, stamp)));
                }
            }
        }
        changed |= new.list.len() != old.list.len();
        self.list_events(&old, &mut new, &mut changed)
            .map_err(disk)?;
        if let Some(unsealed) = unsealed {
            new.tail_events = unsealed.events;
            self.put_unsealed(&unsealed.points, &mut new);
        }
        if !changed {
            return Ok(false);
        }
        let mut kept: Vec<u64> = new.list.iter().map(|part| part.key).collect();
        kept.extend(new.events.iter().map(|part| part.key));
        kept.sort_unstable();
        let round = new.round;
        self.shelf().purge(|key| match key {
            Key::Before { round: of, .. } | Key::From { round: of, .. } => of != round,
            _ => key
                .part()
                .is_some_and(|part| kept.binary_search(&part).is_err()),
        });
        *self.parts.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(true)
    }

    fn next_key(&self) -> u64 {
        self.next_key.fetch_add(1, Ordering::Relaxed)
    }

    /// A part on disk. Which signals it has is looked up now, if it has an index.
    fn part(&self, file: PartFile, stamp: Stamp) -> Part {
        let meta = File::open(&file.path)
            .map_err(Into::into)
            .and_then(read_meta);
        let path = file.index(&self.root);
        let part = Part {
            key: self.next_key(),
            span: nanos(file.span.start)..nanos(file.span.end),
            source: Source::File(file),
            stamp,
            mapping: OnceLock::new(),
            is_distrusted: AtomicBool::new(false),
            broken: OnceLock::new(),
        };
        match meta {
            Err(error) => self.leave_out(&part, &error),
            Ok(meta) => {
                if let Ok((index, header)) = IndexFile::open(&path)
                    && header.meta() == meta
                    && let Ok(found) = part::mapping(&index, &header, &self.names, &self.mappings)
                {
                    let _ = part.mapping.set(found);
                }
            }
        }
        part
    }

    fn list_events(&self, old: &Parts, new: &mut Parts, changed: &mut bool) -> io::Result<()> {
        let (files, _) = parts::list(&self.root, Sort::Events)?;
        for file in files {
            let stamp = stamp(&file.path);
            let mut known = old.events.iter();
            let same = known.find(|part| part.file == file && part.stamp == stamp);
            new.events.push(same.cloned().unwrap_or_else(|| {
                *changed = true;
                EventPart {
                    key: self.next_key(),
                    file,
                    stamp,
                    broken: Arc::default(),
                }
            }));
        }
        Ok(())
    }

    /// Puts points that are not sealed yet in their places: into gaps as parts of their own, into
    /// parts by making those anew in memory.
    fn put_unsealed(&self, points: &PartPoints, new: &mut Parts) {
        if points.is_empty() {
            return;
        }
        // By place: in the gap before the part of this index, or in that part.
        let mut places: std::collections::BTreeMap<(usize, bool), Vec<RecordedPoint>> =
            std::collections::BTreeMap::new();
        for point in points.iter() {
            let (at, is_in) = new.at(point.point.time.as_nanos());
            places.entry((at, is_in)).or_default().push(point);
        }
        // From behind, and each part before the gap before it, so that indices stay.
        for ((at, is_in), some) in places.into_iter().rev() {
            let times = some.iter().map(|each| each.point.time.as_nanos());
            let (low, high) = times.fold((i64::MAX, i64::MIN), |(low, high), time| {
                (low.min(time), high.max(time))
            });
            let some = PartPoints::from_arrivals(points.names().to_vec(), &some);
            if !is_in {
                let span = low..high.saturating_add(1);
                match self.memory_part(span, &some) {
                    Ok(part) => new.list.insert(at, Arc::new(part)),
                    Err(error) => new.broken.push((self.root.join("log"), error)),
                }
                continue;
            }
            let Some(place) = new.list.get_mut(at) else {
                continue;
            };
            let Source::File(file) = &place.source else {
                continue;
            };
            let read = std::fs::File::open(&file.path)
                .map_err(Into::into)
                .and_then(read_samples);
            match read {
                Ok((_, old)) => {
                    let merged = old.merged(&some);
                    match self.memory_part(place.span.clone(), &merged) {
                        Ok(part) => *place = Arc::new(part),
                        Err(error) => new.broken.push((file.path.clone(), error)),
                    }
                }
                Err(error) => self.leave_out(place, &error),
            }
        }
    }

    fn memory_part(&self, span: Range<i64>, points: &PartPoints) -> Result<Part, String> {
        let open = part::in_memory(span.clone(), points, &self.names, &self.mappings)
            .map_err(|error| error.to_string())?;
        let open: Arc<OpenPart> = Arc::new(open);
        Ok(Part {
            key: self.next_key(),
            span,
            mapping: OnceLock::from(Arc::clone(&open.mapping)),
            source: Source::Memory(open),
            stamp: None,
            is_distrusted: AtomicBool::new(false),
            broken: OnceLock::new(),
        })
    }
}
