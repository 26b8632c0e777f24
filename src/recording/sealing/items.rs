//! What is sealed beside samples, events and raw messages: one code for both.

use std::fs::File;

use super::{Sealer, SealingError, meta_of};
use crate::model::Timestamp;
use crate::recording::parts::{PartFile, Sort};
use crate::recording::sealed::{self, RawMessage, RecordedEvent, SealError};

/// One sort of thing that is sealed.
pub(super) trait Item: Sized {
    const SORT: Sort;
    fn time(&self) -> Timestamp;
}

impl Item for RecordedEvent {
    const SORT: Sort = Sort::Events;
    fn time(&self) -> Timestamp {
        self.time
    }
}

impl Item for RawMessage {
    const SORT: Sort = Sort::Unmapped;
    fn time(&self) -> Timestamp {
        self.receive_time
    }
}

/// Reading and writing parts of a sort.
pub(super) trait WriteItems<T> {
    fn read_items(&self, part: &PartFile) -> Result<Vec<T>, SealingError>;
    fn write_items(
        &mut self,
        part: &PartFile,
        through: u64,
        plant: u32,
        items: &[T],
    ) -> Result<(), SealingError>;
}

macro_rules! write_items {
    ($item:ty, $read:path, $write:path) => {
        impl WriteItems<$item> for Sealer {
            fn read_items(&self, part: &PartFile) -> Result<Vec<$item>, SealingError> {
                File::open(&part.path)
                    .map_err(SealError::from)
                    .and_then($read)
                    .map(|(_, items)| items)
                    .map_err(|error| SealingError::Part {
                        error,
                        path: part.path.clone(),
                    })
            }

            fn write_items(
                &mut self,
                part: &PartFile,
                through: u64,
                plant: u32,
                items: &[$item],
            ) -> Result<(), SealingError> {
                let meta = meta_of(part, through, plant);
                self.write_part(part, |file| $write(file, &meta, items).map(|_| ()))?;
                self.coverage_mut(<$item as Item>::SORT)
                    .put(part.clone(), through);
                Ok(())
            }
        }
    };
}

write_items!(RecordedEvent, sealed::read_events, sealed::write_events);
write_items!(RawMessage, sealed::read_unmapped, sealed::write_unmapped);
