//! [`Emulation`]: the emulated plant itself, without a clock and without a network.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use rand_pcg::Pcg64Mcg;

use super::EmulatorError;
use super::device::{Device, devices};
use super::follow::Touched;
use super::plan::Plan;
use super::random::stream;
use super::reading::Reading;
use super::sensor::Sensor;
use crate::model::kind::Physics;
use crate::model::{GroupId, Plant, SignalId, Timestamp};
use crate::simulation::{Agenda, Intervention, PartView, Place, PlantNetwork, SimTime, Simulation};

/// How long the plant has been running when the emulation begins, so that buffers are filled and
/// machines are warm.
pub const WARM_UP: SimTime = SimTime::from_secs(3600);

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
    pub(super) due: BinaryHeap<Reverse<(SimTime, u32)>>,
    /// Which devices are an element or a vehicle of it.
    pub(super) devices_of: Vec<Vec<usize>>,
    /// Devices that stand on a device.
    pub(super) mounted_on: Vec<Vec<usize>>,
    /// Utilities that serve a device.
    pub(super) served_by: Vec<Vec<usize>>,
    pub(super) touched: Touched,
    pub(super) cut: Vec<GroupId>,
    /// The plant's time at the kernel's time zero.
    epoch: Timestamp,
    pub(super) start: SimTime,
    pub(super) now: SimTime,
    pub(super) is_warm: bool,
    pub(super) parts: Vec<PartView>,
    /// Per device: the order it worked on last.
    pub(super) last_order: Vec<u32>,
}

/// Whether the emulated plant does what a planner's model of it does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disturbances {
    /// Incidents, utilities that fail, breaks that run late, cycle times that drift.
    #[default]
    AsInLife,
    /// Nothing but what the scene's processes describe.
    None,
}

impl Emulation {
    /// Prepares `plant` so that it has been running for [`WARM_UP`] at `start`.
    pub fn new(plant: Arc<Plant>, seed: u64, start: Timestamp) -> Result<Self, EmulatorError> {
        Self::with(plant, seed, start, Disturbances::AsInLife)
    }

    /// As [`Emulation::new`], with or without what the scene's processes do not describe.
    pub fn with(
        plant: Arc<Plant>,
        seed: u64,
        start: Timestamp,
        disturbances: Disturbances,
    ) -> Result<Self, EmulatorError> {
        let epoch = Timestamp::from_nanos(start.as_nanos().saturating_sub(WARM_UP.as_nanos()));
        let network = PlantNetwork::new(&plant, epoch).map_err(EmulatorError::Plant)?;
        let simulation = Simulation::new(&network.network, seed, 0)
            .map_err(|error| EmulatorError::Network(error.to_string()))?;
        let mut emulation = Self::assemble(plant, network, simulation, seed, epoch);
        emulation.start = WARM_UP;
        if disturbances == Disturbances::AsInLife {
            emulation.plan_disturbances();
        }
        let mut none = Vec::new();
        for device in 0..emulation.devices.len() {
            emulation.refresh(device, &mut none);
        }
        emulation.run_to(WARM_UP, &mut none);
        emulation.is_warm = true;
        if disturbances == Disturbances::AsInLife {
            emulation.plan_story();
        }
        emulation.plan_sampling();
        Ok(emulation)
    }

    /// Sensors on a simulation, before anybody has looked at it.
    pub(super) fn assemble(
        plant: Arc<Plant>,
        network: PlantNetwork,
        simulation: Simulation,
        seed: u64,
        epoch: Timestamp,
    ) -> Self {
        let devices = devices(&plant, &network, |path| {
            use rand::RngExt;
            stream(seed, &format!("{path} wear")).random_range(0.02..0.18)
        });
        let mut mounted_on = vec![Vec::new(); devices.len()];
        let mut served_by = vec![Vec::new(); devices.len()];
        let mut devices_of = vec![Vec::new(); network.network.elements.len()];
        for (index, device) in devices.iter().enumerate() {
            if let Some(mounted) = device.host.and_then(|host| mounted_on.get_mut(host)) {
                mounted.push(index);
            }
            for served in &device.serves {
                if let Some(utilities) = served_by.get_mut(*served) {
                    utilities.push(index);
                }
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
        Self {
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
            served_by,
            touched: Touched::default(),
            cut: Vec::new(),
            epoch,
            start: SimTime::ZERO,
            now: SimTime::ZERO,
            is_warm: false,
            parts: Vec::new(),
            last_order: vec![0; plant.equipment.len()],
            plant,
        }
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
}
