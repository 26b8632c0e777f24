//! [`Emulation`]: the emulated plant itself, without a clock and without a network.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use rand_pcg::Pcg64Mcg;

use super::EmulatorError;
use super::device::{Device, devices, state_of_vehicle};
use super::plan::Plan;
use super::random::stream;
use super::sensor::{self, Process, Sensor};
use crate::model::kind::Physics;
use crate::model::process;
use crate::model::signal::Reporting;
use crate::model::{
    EquipmentId, GroupId, OperatingState, Plant, Quality, SignalId, Timestamp, Value,
};
use crate::simulation::{
    Agenda, ElementId, Happening, Intervention, Observer, Part, PartView, Place, PlantNetwork,
    SimTime, Simulation, VehicleView,
};

/// How long the plant has been running when the emulation begins, so that buffers are filled and
/// machines are warm.
pub const WARM_UP: SimTime = SimTime::from_secs(3600);

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

/// A plant under emulation: a pure function of plant, seed, start and what is triggered when.
///
/// The kernel moves the parts, `Sensor`s look at what it does, `Plan`s interfere from outside.
pub struct Emulation {
    pub(super) plant: Arc<Plant>,
    pub(super) network: PlantNetwork,
    pub(super) simulation: Simulation,
    pub(super) devices: Vec<Device>,
    pub(super) sensors: Vec<Sensor>,
    pub(super) plans: Agenda<Plan>,
    pub(super) rng: Pcg64Mcg,
    pub(super) seed: u64,
    /// Signals by when they are due.
    due: BinaryHeap<Reverse<(SimTime, u32)>>,
    /// Which devices are an element or a vehicle of it.
    pub(super) devices_of: Vec<Vec<usize>>,
    /// Devices that stand on a device.
    mounted_on: Vec<Vec<usize>>,
    touched: Touched,
    pub(super) cut: Vec<GroupId>,
    /// The plant's time at the kernel's time zero.
    epoch: Timestamp,
    start: SimTime,
    pub(super) now: SimTime,
    is_warm: bool,
    parts: Vec<PartView>,
    /// Per device: the order it worked on last.
    pub(super) last_order: Vec<u32>,
}

/// Whether a reading is worth sending.
enum Sent {
    /// It is due, or new.
    AsNews,
    /// Only who asks for everything wants to hear it again.
    OnRequest,
}

/// Collects which elements something happened to.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    elements: Vec<u32>,
    /// Sinks that parts left through, with their order.
    completed: Vec<(u32, u32)>,
}

impl Touched {
    fn add(&mut self, ElementId(element): ElementId) {
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
            | Happening::Failed { element, .. }
            | Happening::Repaired { element, .. }
            | Happening::StopBegan { element, .. }
            | Happening::StopEnded { element, .. } => self.add(element),
        }
    }
}

impl Emulation {
    /// Prepares `plant` so that it has been running for [`WARM_UP`] at `start`.
    pub fn new(plant: Arc<Plant>, seed: u64, start: Timestamp) -> Result<Self, EmulatorError> {
        let epoch = Timestamp::from_nanos(start.as_nanos().saturating_sub(WARM_UP.as_nanos()));
        let network = PlantNetwork::new(&plant, epoch).map_err(EmulatorError::Plant)?;
        let simulation = Simulation::new(&network.network, seed, 0)
            .map_err(|error| EmulatorError::Network(error.to_string()))?;
        let devices = devices(&plant, &network, |path| {
            use rand::RngExt;
            stream(seed, &format!("{path} wear")).random_range(0.02..0.18)
        });
        let mut mounted_on = vec![Vec::new(); devices.len()];
        let mut devices_of = vec![Vec::new(); network.network.elements.len()];
        for (index, device) in devices.iter().enumerate() {
            if let Some(mounted) = device.host.and_then(|host| mounted_on.get_mut(host)) {
                mounted.push(index);
            }
            let element = match device.place {
                Place::None => None,
                Place::Element(element) => Some(element),
                Place::Vehicle { fleet, .. } => network.fleets.get(fleet).map(|f| f.element),
            };
            if let Some(of) = element.and_then(|element| devices_of.get_mut(element.index())) {
                of.push(index);
            }
        }
        let mut sensors: Vec<Sensor> = plant
            .signals
            .iter()
            .zip(0..)
            .map(|(signal, id)| {
                let path = plant.signal_path(SignalId(id));
                Sensor::new(
                    Arc::clone(&signal.spec),
                    signal.equipment.index(),
                    stream(seed, &path),
                )
            })
            .collect();
        for (sensor, signal) in sensors.iter_mut().zip(&plant.signals) {
            if let Some(Physics::Integral { of }) = signal.spec.sensor.as_ref().map(|s| &s.physics)
            {
                sensor.of = plant
                    .signal_named(signal.equipment, of)
                    .map(SignalId::index);
            }
        }
        let mut emulation = Self {
            rng: stream(seed, "disturbances"),
            seed,
            network,
            simulation,
            devices,
            sensors,
            plans: Agenda::default(),
            due: BinaryHeap::new(),
            devices_of,
            mounted_on,
            touched: Touched::default(),
            cut: Vec::new(),
            epoch,
            start: WARM_UP,
            now: SimTime::ZERO,
            is_warm: false,
            parts: Vec::new(),
            last_order: vec![0; plant.equipment.len()],
            plant,
        };
        emulation.plan_disturbances();
        let mut none = Vec::new();
        for device in 0..emulation.devices.len() {
            emulation.refresh(device, &mut none);
        }
        emulation.run_to(WARM_UP, &mut none);
        emulation.is_warm = true;
        emulation.plan_story();
        emulation.plan_sampling();
        Ok(emulation)
    }

    /// The plant that is emulated.
    pub fn plant(&self) -> &Arc<Plant> {
        &self.plant
    }

    /// The plant's time.
    pub fn now(&self) -> Timestamp {
        self.timestamp(self.now)
    }

    /// Lets the plant run until `until` and appends what it sends to `out`, in order of time.
    pub fn advance(&mut self, until: Timestamp, out: &mut Vec<Reading>) {
        let until = SimTime::from_nanos(until.nanos_since(self.epoch));
        self.run_to(until, out);
    }

    /// Starts an incident of the scene now; whether there is one of this id.
    pub fn trigger(&mut self, id: &str) -> bool {
        self.trigger_after(id, std::time::Duration::ZERO)
    }

    /// Starts an incident of the scene after some time; whether there is one of this id.
    pub fn trigger_after(&mut self, id: &str, after: std::time::Duration) -> bool {
        let after = SimTime::from_secs_f64(after.as_secs_f64());
        let found = self
            .plant
            .story
            .incidents
            .iter()
            .position(|incident| *incident.id == *id);
        if let Some(index) = found {
            self.plans.push(self.now + after, Plan::Incident(index));
        }
        found.is_some()
    }

    /// Whether the network of a group is cut by an incident, so that nothing of it is to be heard.
    pub fn is_cut(&self, group: GroupId) -> bool {
        self.cut.contains(&group)
    }

    /// The kernel that moves the parts, to be looked at in tests. The twin never sees it.
    pub fn kernel(&self) -> &Simulation {
        &self.simulation
    }

    /// A reading of every signal as it is now, for who joins late.
    pub fn survey(&mut self, out: &mut Vec<Reading>) {
        for signal in 0..self.sensors.len() {
            if self.sensors.get(signal).is_some_and(Sensor::is_emulated) {
                out.extend(self.look(signal).map(|(reading, _)| reading));
            }
        }
    }

    pub(super) fn timestamp(&self, time: SimTime) -> Timestamp {
        Timestamp::from_nanos(self.epoch.as_nanos().saturating_add(time.as_nanos()))
    }

    pub(super) fn story_start(&self) -> SimTime {
        self.start
    }

    /// Handles all events, plans and samples up to and with `until`: at one instant in this order.
    fn run_to(&mut self, until: SimTime, out: &mut Vec<Reading>) {
        loop {
            let event = self.simulation.next_event();
            let plan = self.plans.first();
            let sample = self.due.peek().map(|Reverse((time, _))| *time);
            let Some(next) = [event, plan, sample].into_iter().flatten().min() else {
                break;
            };
            if next > until {
                break;
            }
            self.now = next.max(self.now);
            if event == Some(next) {
                let mut touched = std::mem::take(&mut self.touched);
                let handled = self.simulation.step_until(next, &mut touched);
                self.touched = touched;
                self.react(out);
                if handled.is_none() {
                    break;
                }
            } else if plan == Some(next) {
                if let Some(plan) = self.plans.pop_due(next) {
                    self.carry_out(plan, out);
                    self.react(out);
                }
            } else if let Some(Reverse((time, signal))) = self.due.pop() {
                // The kernel's clock stands at its last event, and what moves has moved on since.
                self.simulation.run_until(next, &mut ());
                self.read(signal as usize, out);
                if let Some(period) = self.sensors.get(signal as usize).and_then(|s| s.period) {
                    self.due.push(Reverse((time + period, signal)));
                }
            }
        }
        self.now = until.max(self.now);
    }

    /// Interferes with the kernel now.
    pub(super) fn intervene(&mut self, intervention: Intervention) {
        // The kernel's clock stands at its last event.
        let mut touched = std::mem::take(&mut self.touched);
        self.simulation.run_until(self.now, &mut touched);
        // Only an element of another network is refused.
        let refused = self.simulation.intervene(intervention, &mut touched);
        debug_assert!(refused.is_ok(), "{refused:?}");
        touched.add(intervention.element());
        self.touched = touched;
    }

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
            for utility in 0..self.devices.len() {
                if self
                    .devices
                    .get(utility)
                    .is_some_and(|d| d.serves.binary_search(&index).is_ok())
                    && self.state_now(utility) != self.state_of(utility)
                {
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

    /// Reads a signal now. What is sent by exception is only sent when it is new.
    fn read(&mut self, signal: usize, out: &mut Vec<Reading>) {
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
    fn plan_sampling(&mut self) {
        use rand::RngExt;
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
