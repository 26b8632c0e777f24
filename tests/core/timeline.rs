//! The timeline: one cursor over past and present.

mod alarms;
mod cursor;
mod lanes;
mod markers;
mod replay;
mod ruler;
mod steps;

use std::sync::Arc;

use twinscape::command::Command;
use twinscape::history::{HistoryReader, HistoryWriter, in_memory};
use twinscape::model::health::HealthRule;
use twinscape::model::{
    EquipmentId, Health, HealthStatus, OperatingState, Plant, Point, Quality, SignalId, Value,
};
use twinscape::twin::{CommandError, Effect, LiveBoard, Twin};

use crate::plants::{CONNECTION, PlantBuilder, at, real};

/// A twin of three machines, two of them in a line, driven by hand.
pub struct Desk {
    pub plant: Arc<Plant>,
    pub writer: HistoryWriter,
    pub reader: HistoryReader,
    pub twin: Twin,
}

pub const FIRST: EquipmentId = EquipmentId(0);
pub const SECOND: EquipmentId = EquipmentId(1);

pub fn plant() -> Arc<Plant> {
    let mut builder = PlantBuilder::new();
    let site = twinscape::model::GroupId(0);
    let line = builder.line("line", Some(site));
    for (name, group) in [("first", line), ("second", line), ("third", site)] {
        builder.equipment(name, group, CONNECTION, vec![real("x"), real("y")]);
    }
    let mut plant = Arc::unwrap_or_clone(builder.build());
    plant.groups[0].children.push(line);
    Arc::new(plant.index())
}

impl Desk {
    pub fn new() -> Self {
        let plant = plant();
        let (writer, reader) = in_memory(&plant);
        let twin = Twin::new(Arc::clone(&plant), reader.clone(), LiveBoard::default());
        Self {
            plant,
            writer,
            reader,
            twin,
        }
    }

    /// With values of the first signal from second 0 to second `secs`, one a second; it is `secs`
    /// now.
    pub fn recorded(secs: u32) -> Self {
        let mut desk = Self::new();
        for second in 0..=secs {
            desk.value(0, f64::from(second), f64::from(second));
        }
        desk.twin.tick(at(f64::from(secs)));
        desk
    }

    pub fn put(&mut self, signal: SignalId, secs: f64, value: Value) {
        let point = Point {
            time: at(secs),
            receive_time: at(secs),
            value,
            quality: Quality::Good,
        };
        self.writer.append(&[(signal, point)]);
    }

    pub fn value(&mut self, signal: u32, secs: f64, value: f64) {
        self.put(SignalId(signal), secs, Value::Float(value));
    }

    pub fn state(&mut self, id: EquipmentId, secs: f64, state: OperatingState) {
        self.put(self.plant.state_signal(id), secs, state.to_value());
    }

    pub fn health(&mut self, id: EquipmentId, secs: f64, health: Health, rule: HealthRule) {
        let status = HealthStatus {
            health,
            rule,
            signal: None,
        };
        self.put(self.plant.health_signal(id), secs, status.to_value());
    }

    pub fn give(&mut self, command: Command) -> Result<Effect, CommandError> {
        self.twin.apply(&command)
    }

    /// Where the cursor is, s.
    pub fn cursor(&self) -> f64 {
        self.twin.timeline().cursor().nanos_since(at(0.0)) as f64 / 1e9
    }
}
