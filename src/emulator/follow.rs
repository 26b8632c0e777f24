//! Keeping devices up to date with what the kernel does to their elements.

use super::device::state_of_vehicle;
use super::emulation::Emulation;
use super::reading::Reading;
use super::sensor::Sensor;
use crate::model::process;
use crate::model::{EquipmentId, OperatingState};
use crate::simulation::{ElementId, Happening, Observer, Part, Place, SimTime, VehicleView};

/// Collects which elements something happened to.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    elements: Vec<u32>,
    /// Sinks that parts left through, with their order.
    completed: Vec<(u32, u32)>,
}

impl Touched {
    pub(super) fn add(&mut self, ElementId(element): ElementId) {
        if !self.elements.contains(&element) {
            self.elements.push(element);
        }
    }
}

impl Observer for Touched {
    fn observe(&mut self, _at: SimTime, happening: Happening) {
        match happening {
            Happening::Moved { from, to, .. } => {
                self.add(from);
                self.add(to);
            }
            Happening::Completed { element, part } => {
                self.completed.push((element.0, part.order));
                self.add(element);
            }
            Happening::Created { element, .. }
            | Happening::Lost { element, .. }
            | Happening::SetupBegan { element, .. }
            | Happening::Started { element, .. }
            | Happening::Finished { element, .. }
            | Happening::Scrapped { element, .. }
            | Happening::Consumed { element, .. }
            | Happening::Departed { element, .. }
            | Happening::StateChanged { element, .. }
            | Happening::ContentChanged { element, .. }
            | Happening::Occupied { element, .. }
            | Happening::Failed { element, .. }
            | Happening::Repaired { element, .. }
            | Happening::StopBegan { element, .. }
            | Happening::StopEnded { element, .. } => self.add(element),
        }
    }
}

impl Emulation {
    /// Looks at every device that the kernel did something to.
    pub(super) fn react(&mut self, out: &mut Vec<Reading>) {
        let mut touched = std::mem::take(&mut self.touched);
        for (element, order) in touched.completed.drain(..) {
            for device in self.devices_of.get(element as usize).into_iter().flatten() {
                if let Some(last) = self.last_order.get_mut(*device) {
                    *last = order;
                }
            }
        }
        for element in touched.elements.drain(..) {
            for place in 0.. {
                let device = self
                    .devices_of
                    .get(element as usize)
                    .and_then(|of| of.get(place));
                match device.copied() {
                    Some(device) => self.refresh(device, out),
                    None => break,
                }
            }
        }
        self.touched = touched;
    }

    /// Brings a device up to date; when its state changed, also who depends on it.
    pub(super) fn refresh(&mut self, index: usize, out: &mut Vec<Reading>) {
        let state = self.state_now(index);
        let is_changed = self
            .devices
            .get(index)
            .is_some_and(|device| device.state != state);
        if is_changed {
            self.let_time_pass(index);
            if let Some(device) = self.devices.get_mut(index) {
                device.state = state;
            }
        }
        if self.is_warm {
            let signals = self
                .plant
                .equipment
                .get(index)
                .map_or(0..0, |e| e.signals.clone());
            for signal in signals {
                if self
                    .sensors
                    .get(signal as usize)
                    .is_some_and(Sensor::is_event_driven)
                {
                    self.read(signal as usize, out);
                }
            }
        }
        if is_changed {
            for mounted in self.mounted_on.get(index).cloned().unwrap_or_default() {
                self.refresh(mounted, out);
            }
            for place in 0.. {
                let utility = self.served_by.get(index).and_then(|by| by.get(place));
                let Some(utility) = utility.copied() else {
                    break;
                };
                if self.state_now(utility) != self.state_of(utility) {
                    self.refresh(utility, out);
                }
            }
        }
    }

    /// Lets the sensors of a device catch up before something about it changes.
    pub(super) fn let_time_pass(&mut self, index: usize) {
        let signals = self
            .plant
            .equipment
            .get(index)
            .map_or(0..0, |e| e.signals.clone());
        if let Some(device) = self.devices.get(index) {
            for signal in signals {
                if let Some(sensor) = self.sensors.get_mut(signal as usize) {
                    sensor.advance(self.now, device);
                }
            }
        }
    }

    fn state_of(&self, index: usize) -> OperatingState {
        self.devices
            .get(index)
            .map_or(OperatingState::Unknown, |device| device.state)
    }

    fn state_now(&self, index: usize) -> OperatingState {
        let Some(device) = self.devices.get(index) else {
            return OperatingState::Unknown;
        };
        match device.place {
            Place::Element(element) => self.simulation.state(element),
            Place::Vehicle { fleet, vehicle } => match self.vehicle(fleet, vehicle) {
                Some((element, view)) => {
                    state_of_vehicle(self.simulation.state(element), view.phase)
                }
                None => OperatingState::Idle,
            },
            Place::None if device.faults > 0 => OperatingState::Held,
            Place::None => match device.host {
                Some(host) => self.state_of(host),
                None => {
                    let is_busy = device
                        .serves
                        .iter()
                        .any(|served| self.state_of(*served) == OperatingState::Execute);
                    if is_busy {
                        OperatingState::Execute
                    } else {
                        OperatingState::Idle
                    }
                }
            },
        }
    }

    pub(super) fn vehicle(&self, fleet: usize, vehicle: u32) -> Option<(ElementId, VehicleView)> {
        let element = self.network.fleets.get(fleet)?.element;
        let view = self.simulation.vehicles(element).nth(vehicle as usize)?;
        Some((element, view))
    }

    /// The part that is inside a device, the one worked on first.
    pub(super) fn part_in(&mut self, index: usize) -> Option<Part> {
        match self.devices.get(index)?.place {
            Place::None => None,
            Place::Vehicle { fleet, vehicle } => self.vehicle(fleet, vehicle)?.1.part,
            Place::Element(element) => {
                self.parts.clear();
                self.simulation.parts(element, &mut self.parts);
                self.parts.first().map(|view| view.part)
            }
        }
    }

    pub(super) fn progress_of(&self, index: usize) -> Option<f64> {
        match self.devices.get(index)?.place {
            Place::None => None,
            Place::Vehicle { fleet, vehicle } => {
                let (_, view) = self.vehicle(fleet, vehicle)?;
                (view.progress < 1.0).then_some(view.progress)
            }
            Place::Element(element) => self.simulation.progress(element),
        }
    }

    /// The element that stands for a device in the kernel; a vehicle's is its fleet.
    pub(super) fn element_of(&self, index: usize) -> Option<ElementId> {
        match self.devices.get(index)?.place {
            Place::None => None,
            Place::Element(element) => Some(element),
            Place::Vehicle { fleet, .. } => self.network.fleets.get(fleet).map(|f| f.element),
        }
    }

    /// The failure that the scene describes for a utility.
    pub(super) fn utility_failure(&self, index: usize) -> Option<&process::Failure> {
        match &self.plant.equipment(EquipmentId(index as u32))?.process {
            process::Process::Utility { failure } => failure.as_ref(),
            _ => None,
        }
    }
}
