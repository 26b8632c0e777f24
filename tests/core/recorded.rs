//! A plant with a history that a test writes point by point.

use std::sync::Arc;

use twinscape::history::{HistoryReader, HistoryWriter, in_memory};
use twinscape::model::{Plant, Point, Quality, SignalId, Snapshot, Value};
use twinscape::twin::{LiveBoard, Twin, ViewCursor};

use crate::plants::at;

/// What was received of a plant, in order of time.
pub struct Recorded {
    pub plant: Arc<Plant>,
    pub reader: HistoryReader,
    writer: HistoryWriter,
}

impl Recorded {
    pub fn new(plant: impl Into<Arc<Plant>>) -> Self {
        let plant = plant.into();
        let (writer, reader) = in_memory(&plant);
        Self {
            plant,
            reader,
            writer,
        }
    }

    /// A good value, received when it was true.
    pub fn put(&mut self, signal: SignalId, secs: f64, value: Value) {
        let time = at(secs);
        let point = Point {
            time,
            receive_time: time,
            value,
            quality: Quality::Good,
        };
        self.writer.append(&[(signal, point)]);
    }

    /// The whole plant at an instant.
    pub fn snapshot(&self, secs: f64) -> Snapshot {
        let mut snapshot = Snapshot::new(&self.plant);
        let plant = Arc::clone(&self.plant);
        let twin = Twin::new(plant, self.reader.clone(), LiveBoard::default());
        twin.advance(&mut snapshot, &mut ViewCursor::default(), at(secs));
        snapshot
    }
}
