//! Signals that the simulation kernel itself knows: states, counters, parts, positions of vehicles.

use super::emulation::Emulation;
use crate::model::process::Process;
use crate::model::signal::{SignalRole, SignalSpec, ValueType};
use crate::model::{EquipmentId, OperatingState, Quantity, Text, Value};
use crate::simulation::{Part, Place, VehiclePhase, floor};

/// Over this distance to both sides a vehicle's heading is taken from its way, m: it turns in an arc.
const TURN_M: f64 = 0.5;

impl Emulation {
    /// The value of a signal with a role that the kernel knows.
    pub(super) fn kernel_value(&mut self, index: usize, signal: usize, role: SignalRole) -> Value {
        let Some(spec) = self
            .sensors
            .get(signal)
            .map(|sensor| std::sync::Arc::clone(&sensor.spec))
        else {
            return Value::Null;
        };
        let element = self.element_of(index);
        let text_of = |part: Option<Part>, text: &dyn Fn(Part) -> String| {
            Value::Text(part.map_or(Text::EMPTY, |part| Text::new(&text(part))))
        };
        match role {
            SignalRole::State => {
                let state = self.devices.get(index).map(|device| device.state);
                as_reported(&spec, state.unwrap_or_default())
            }
            SignalRole::Produced => {
                let made = element.map_or(0, |element| self.simulation.produced(element));
                number(&spec, made as f64)
            }
            SignalRole::Scrapped => {
                let bad = element.map_or(0, |element| self.simulation.scrapped(element));
                number(&spec, bad as f64)
            }
            SignalRole::Content => {
                let content = match self.devices.get(index).map(|device| device.place) {
                    Some(Place::Vehicle { fleet, vehicle }) => self
                        .vehicle(fleet, vehicle)
                        .map_or(0, |(_, view)| view.load),
                    _ => element.map_or(0, |element| self.simulation.content(element)),
                };
                number(&spec, f64::from(content))
            }
            SignalRole::PartPresent => {
                let is_present = self.part_in(index).is_some();
                number(&spec, f64::from(u8::from(is_present)))
            }
            SignalRole::PartId => {
                text_of(self.part_in(index), &|part| format!("SN-{:06}", part.id))
            }
            SignalRole::PartType => {
                let part = self.part_in(index);
                let names = &self.network.network.part_types;
                text_of(part, &|part| {
                    names
                        .get(part.part_type.0 as usize)
                        .cloned()
                        .unwrap_or_default()
                })
            }
            SignalRole::OrderId => match self.order_of(index) {
                Some(order) if order > 0 => Value::Text(Text::new(&format!("PO-{order}"))),
                _ => Value::Text(Text::EMPTY),
            },
            // What is delivered for one order is one batch of blanks.
            SignalRole::BatchId => match self.order_of(index) {
                Some(order) if order > 0 => Value::Text(Text::new(&format!("B-{order}"))),
                _ => Value::Text(Text::EMPTY),
            },
            SignalRole::Progress => {
                let done = self.progress_of(index).unwrap_or(0.0);
                number(&spec, (done * 1000.0).round() / 1000.0)
            }
            SignalRole::PositionX | SignalRole::PositionZ | SignalRole::Heading => {
                let [x, z, heading] = self.pose_of(index);
                let si = match role {
                    SignalRole::PositionX => x,
                    SignalRole::PositionZ => z,
                    _ => heading,
                };
                let resolution = if spec.unit.quantity == Quantity::Angle {
                    10.0
                } else {
                    1000.0
                };
                number(
                    &spec,
                    (spec.unit.from_si(si) * resolution).round() / resolution,
                )
            }
            SignalRole::Measurement
            | SignalRole::Fault
            | SignalRole::Check
            | SignalRole::Wear
            | SignalRole::Power => Value::Null,
        }
    }

    /// The order of the part inside; of a source, of the part it hands over next; of a sink, of the
    /// part that left last.
    fn order_of(&mut self, index: usize) -> Option<u32> {
        let plant = std::sync::Arc::clone(&self.plant);
        match plant.equipment(EquipmentId(index as u32))?.process {
            Process::Sink => self.last_order.get(index).copied(),
            _ => match self.part_in(index) {
                Some(part) => {
                    if let Some(last) = self.last_order.get_mut(index) {
                        *last = part.order;
                    }
                    Some(part.order)
                }
                // A machine keeps its order between two parts.
                None => self.last_order.get(index).copied(),
            },
        }
    }

    /// x and z in metres and heading in radians: of a vehicle along its way, else where it stands.
    fn pose_of(&self, index: usize) -> [f64; 3] {
        let Some(equipment) = self.plant.equipment.get(index) else {
            return [0.0; 3];
        };
        let home = [
            equipment.pose.position[0],
            equipment.pose.position[2],
            equipment.pose.heading,
        ];
        let Some(Place::Vehicle { fleet, vehicle }) = self.devices.get(index).map(|d| d.place)
        else {
            return home;
        };
        let (Some((_, view)), Some(ways)) =
            (self.vehicle(fleet, vehicle), self.network.fleets.get(fleet))
        else {
            return home;
        };
        let way = ways.way(vehicle, view.from_stop, view.to_stop);
        let length = floor::length_m(way);
        let is_driving = matches!(view.phase, VehiclePhase::ToPickup | VehiclePhase::ToDropOff);
        let along = if is_driving {
            length * eased(view.progress)
        } else {
            length
        };
        if way.len() < 2 {
            // It has not left its first stop yet, or was called where it stood.
            return match way.first() {
                Some([x, z]) => [*x, *z, home[2]],
                None => home,
            };
        }
        let [x, z] = floor::point_along(way, along);
        let [ax, az] = floor::point_along(way, (along - TURN_M).max(0.0).min(length - TURN_M));
        let [bx, bz] = floor::point_along(way, (along + TURN_M).min(length).max(TURN_M));
        [x, z, (az - bz).atan2(bx - ax)]
    }
}

/// Starts and stops gently: the share of the way after a share of the time.
fn eased(share: f64) -> f64 {
    const RAMP: f64 = 0.08;
    let top = 1.0 / (1.0 - RAMP);
    let share = share.clamp(0.0, 1.0);
    if share < RAMP {
        top * share * share / (2.0 * RAMP)
    } else if share > 1.0 - RAMP {
        let left = 1.0 - share;
        1.0 - top * left * left / (2.0 * RAMP)
    } else {
        top * (share - RAMP / 2.0)
    }
}

/// A state in the words of the signal's own table; without one, the state's name in capitals.
fn as_reported(spec: &SignalSpec, state: OperatingState) -> Value {
    let word = spec
        .states
        .iter()
        .find(|(_, known)| **known == state)
        .map(|(word, _)| word.to_string());
    match spec.value_type {
        ValueType::Text => {
            let word = word.unwrap_or_else(|| state.as_str().to_ascii_uppercase());
            Value::Text(Text::new(&word))
        }
        ValueType::Boolean => Value::Boolean(state == OperatingState::Execute),
        ValueType::Integer | ValueType::Float => {
            let code = word
                .and_then(|word| word.parse().ok())
                .unwrap_or(state as i64);
            number(spec, code as f64)
        }
    }
}

fn number(spec: &SignalSpec, value: f64) -> Value {
    match spec.value_type {
        ValueType::Float => Value::Float(value),
        ValueType::Integer => Value::Integer(value.round() as i64),
        ValueType::Boolean => Value::Boolean(value != 0.0),
        ValueType::Text => Value::Text(Text::new(&value.to_string())),
    }
}
