//! [`Reading`]: what the sensors and controllers of the plant send, and when.

use std::cmp::Reverse;

use rand::RngExt;

use super::emulation::Emulation;
use super::random::stream;
use super::sensor::{self, Process, Sensor};
use crate::model::signal::Reporting;
use crate::model::{Quality, SignalId, Timestamp, Value};
use crate::simulation::SimTime;

/// One value that a sensor or controller of the plant sends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Which signal.
    pub signal: SignalId,
    /// When it was true, in the plant's time.
    pub time: Timestamp,
    /// The value.
    pub value: Value,
    /// How far the sensor vouches for it.
    pub quality: Quality,
}

/// Whether a reading is worth sending.
enum Sent {
    /// It is due, or new.
    AsNews,
    /// Only who asks for everything wants to hear it again.
    OnRequest,
}

impl Emulation {
    /// A reading of every signal as it is now, for who joins late.
    pub fn survey(&mut self, out: &mut Vec<Reading>) {
        for signal in 0..self.sensors.len() {
            if self.sensors.get(signal).is_some_and(Sensor::is_emulated) {
                out.extend(self.look(signal).map(|(reading, _)| reading));
            }
        }
    }

    /// Reads a signal now. What is sent by exception is only sent when it is new.
    pub(super) fn read(&mut self, signal: usize, out: &mut Vec<Reading>) {
        if let Some((reading, Sent::AsNews)) = self.look(signal) {
            out.push(reading);
        }
    }

    /// Looks at a signal now, and says whether it would be sent on its own.
    fn look(&mut self, signal: usize) -> Option<(Reading, Sent)> {
        let sensor = self.sensors.get(signal)?;
        let (device, role) = (sensor.device, sensor.spec.role);
        let value = if sensor::is_kernel_role(role) && sensor.spec.sensor.is_none() {
            self.kernel_value(device, signal, role)
        } else {
            self.sensor_value(device, signal)
        };
        let time = self.timestamp(self.now);
        let sensor = self.sensors.get_mut(signal)?;
        let is_cyclic = matches!(sensor.spec.reporting, Reporting::Cyclic { .. });
        let is_new = !sensor.last.is_some_and(|last| last.same(value));
        sensor.last = Some(value);
        let reading = Reading {
            signal: SignalId(signal as u32),
            time,
            value,
            quality: Quality::Good,
        };
        Some((
            reading,
            if is_cyclic || is_new {
                Sent::AsNews
            } else {
                Sent::OnRequest
            },
        ))
    }

    fn sensor_value(&mut self, index: usize, signal: usize) -> Value {
        let progress = self.progress_of(index);
        let hour = self.local_hour();
        let of = self.sensors.get(signal).and_then(|sensor| sensor.of);
        let Some(device) = self.devices.get(index) else {
            return Value::Null;
        };
        let mut integral_si = 0.0;
        if let Some(integrated) = of.and_then(|of| self.sensors.get_mut(of)) {
            integrated.advance(self.now, device);
            integral_si = integrated.integral_si();
        }
        let Some(sensor) = self.sensors.get_mut(signal) else {
            return Value::Null;
        };
        sensor.advance(self.now, device);
        sensor.measure(
            self.now,
            &Process {
                device,
                progress,
                hour,
                integral_si,
            },
        )
    }

    fn local_hour(&self) -> f64 {
        let time = self.timestamp(self.now);
        let offset = jiff::Timestamp::from_nanosecond(i128::from(time.as_nanos()))
            .map_or(0, |time| {
                self.plant.calendar.time_zone.to_offset(time).seconds()
            });
        let secs = time
            .as_millis()
            .div_euclid(1000)
            .saturating_add(i64::from(offset));
        secs.rem_euclid(86_400) as f64 / 3600.0
    }

    /// Signals of one equipment and period are due together, so that they travel in one message;
    /// different equipment at different times, so that messages are spread evenly.
    pub(super) fn plan_sampling(&mut self) {
        let phases: Vec<f64> = self
            .plant
            .equipment
            .iter()
            .map(|equipment| stream(self.seed, &format!("{} phase", equipment.path)).random())
            .collect();
        for (sensor, signal) in self.sensors.iter().zip(0..) {
            let phase = phases.get(sensor.device).copied().unwrap_or(0.0);
            if let Some(period) = sensor.period
                && sensor.is_emulated()
            {
                let first = SimTime::from_secs_f64(period.as_secs_f64() * phase);
                self.due.push(Reverse((self.start + first, signal)));
            }
        }
    }
}
