//! Sensors on a simulation that somebody else has begun: how a simulated future is seen.

use std::cmp::Reverse;
use std::sync::Arc;

use super::emulation::Emulation;
use super::reading::Reading;
use crate::model::{Plant, SignalId, Timestamp, Value};
use crate::simulation::{PlantNetwork, Simulation};

impl Emulation {
    /// The sensors of `plant` on a simulation of its network that begins at `epoch`, its time zero.
    /// Only the signals that `is_wanted` names are read; nothing happens but what the simulation does.
    pub fn on(
        plant: Arc<Plant>,
        network: PlantNetwork,
        simulation: Simulation,
        seed: u64,
        epoch: Timestamp,
        is_wanted: impl Fn(SignalId) -> bool,
    ) -> Self {
        let mut emulation = Self::assemble(plant, network, simulation, seed, epoch);
        emulation.hear_only(is_wanted);
        for device in 0..emulation.devices.len() {
            emulation.refresh(device, &mut Vec::new());
        }
        emulation.is_warm = true;
        emulation.plan_sampling();
        emulation
    }

    /// From now on only the signals that `is_wanted` names are read.
    pub fn hear_only(&mut self, is_wanted: impl Fn(SignalId) -> bool) {
        for (sensor, id) in self.sensors.iter_mut().zip(0..) {
            sensor.is_muted = !is_wanted(SignalId(id));
        }
        let sensors = &self.sensors;
        self.due.retain(|Reverse((_, signal))| {
            let sensor = sensors.get(*signal as usize);
            sensor.is_some_and(|sensor| sensor.is_emulated())
        });
    }

    /// What signals said before, so that what is sent by exception is only sent when it is new.
    pub fn remember(&mut self, last: impl Fn(SignalId) -> Option<Value>) {
        for (sensor, id) in self.sensors.iter_mut().zip(0..) {
            sensor.last = last(SignalId(id));
        }
    }

    /// A reading of every signal that says something else now than it said last.
    pub fn survey_news(&mut self, out: &mut Vec<Reading>) {
        for signal in 0..self.sensors.len() {
            if self
                .sensors
                .get(signal)
                .is_some_and(|sensor| sensor.is_emulated())
            {
                self.read(signal, out);
            }
        }
    }
}
