//! Merging the small parts of an hour that is over into few.

use std::fs::File;

use super::items::{Item, WriteItems};
use super::{Sealer, SealingError, hour_of};
use crate::recording::parts::{HOUR_MS, PartFile, Sort};
use crate::recording::sealed::{self, PartPoints, RawMessage, RecordedEvent, SealError};

/// An hour is over for good so long after its end, ms.
const SETTLED_MS: i64 = 120_000;

impl Sealer {
    /// Merges neighbouring small parts of hours that are over. All segments up to `through` are sealed
    /// up to `settled`, ms.
    pub(super) fn merge_small(&mut self, through: u64, settled: i64) -> Result<(), SealingError> {
        for sort in Sort::ALL {
            let parts: Vec<PartFile> = self.coverage_mut(sort).parts().cloned().collect();
            let Some(newest) = parts.last().map(|part| part.span.end.min(settled)) else {
                continue;
            };
            for hour in parts.chunk_by(|a, b| hour_of(a.span.start) == hour_of(b.span.start)) {
                let is_over = hour
                    .first()
                    .is_some_and(|part| hour_of(part.span.start) + HOUR_MS + SETTLED_MS <= newest);
                if hour.len() < 2 || !is_over {
                    continue;
                }
                for run in self.runs(hour)? {
                    self.merge(sort, &run, through)?;
                }
            }
        }
        Ok(())
    }

    /// Neighbours of an hour that are to be one part.
    fn runs(&self, hour: &[PartFile]) -> Result<Vec<Vec<PartFile>>, SealingError> {
        let mut runs: Vec<Vec<PartFile>> = Vec::new();
        let mut room = 0;
        for part in hour {
            let rows = part.rows().map_err(|error| SealingError::Part {
                error,
                path: part.path.clone(),
            })?;
            // One that is large as it is would only be written a second time.
            let is_small = rows < self.limits.merged_points / 4;
            match runs.last_mut() {
                Some(run) if is_small && rows <= room => {
                    run.push(part.clone());
                    room -= rows;
                }
                _ => {
                    runs.push(vec![part.clone()]);
                    room = match is_small {
                        true => self.limits.merged_points.saturating_sub(rows),
                        false => 0,
                    };
                }
            }
        }
        runs.retain(|run| run.len() > 1);
        Ok(runs)
    }

    fn merge(&mut self, sort: Sort, run: &[PartFile], through: u64) -> Result<(), SealingError> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return Ok(());
        };
        let whole = PartFile::of(&self.root, sort, first.span.start..last.span.end);
        let mut plant = 0;
        match sort {
            Sort::Samples => {
                let mut all = PartPoints::default();
                for part in run {
                    let read = File::open(&part.path)
                        .map_err(SealError::from)
                        .and_then(sealed::read_samples);
                    let (meta, points) = read.map_err(|error| SealingError::Part {
                        error,
                        path: part.path.clone(),
                    })?;
                    plant = meta.plant;
                    all = all.merged(&points);
                }
                self.write_samples(&whole, through, plant, &all)?;
            }
            Sort::Events => self.merge_items::<RecordedEvent>(run, &whole, through)?,
            Sort::Unmapped => self.merge_items::<RawMessage>(run, &whole, through)?,
        }
        for part in run {
            self.remove(sort, part)?;
        }
        Ok(())
    }

    fn merge_items<T: Item>(
        &mut self,
        run: &[PartFile],
        whole: &PartFile,
        through: u64,
    ) -> Result<(), SealingError>
    where
        Self: WriteItems<T>,
    {
        let mut all = Vec::new();
        let mut plant = 0;
        for part in run {
            if let Ok(meta) = File::open(&part.path)
                .map_err(SealError::from)
                .and_then(sealed::read_meta)
            {
                plant = meta.plant;
            }
            all.append(&mut self.read_items(part)?);
        }
        all.sort_by_key(Item::time);
        self.write_items(whole, through, plant, &all)
    }
}
