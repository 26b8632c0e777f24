//! What happens to the emulated plant from outside: the incidents of the scene, and disturbances that
//! a planner's model would not have, so that forecasts can be wrong.
//!
//! Disturbances are utilities that fail and stop everything they serve, breaks that run late, and
//! cycle times that drift over hours.

use std::sync::Arc;

use rand::RngExt;

use super::emulation::Emulation;
use super::plan::Plan;
use super::random::stream;
use super::reading::Reading;
use crate::model::EquipmentId;
use crate::model::equipment::Level;
use crate::model::process::Process;
use crate::model::story::IncidentEffect;
use crate::simulation::{Distribution, Intervention, SimTime, StopCause, working_windows};

/// How often drifting cycle times are brought up to date.
const DRIFT_STEP_SECS: i64 = 300;
/// How far a cycle time drifts at most, as a share.
const DRIFT_MAX: f64 = 0.08;
/// A gap between two working windows up to this is a break.
const LONGEST_BREAK_SECS: f64 = 3600.0;
/// Share of areas whose people come back late from a break, and how late at most.
const LATE_SHARE: f64 = 0.5;
const LATE_MAX_SECS: f64 = 240.0;
/// How long what a utility serves goes on without it, and how long it takes to start again, s.
const RESERVE_SECS: std::ops::Range<f64> = 2.0..8.0;
const RESTART_SECS: std::ops::Range<f64> = 3.0..25.0;

fn secs(secs: f64) -> SimTime {
    SimTime::from_secs_f64(secs)
}

impl Emulation {
    /// The incidents that the scene lets happen by themselves.
    pub(super) fn plan_story(&mut self) {
        let plant = Arc::clone(&self.plant);
        for (index, incident) in plant.story.incidents.iter().enumerate() {
            for at in &incident.at_secs {
                self.plans
                    .push(self.story_start() + secs(*at), Plan::Incident(index));
            }
        }
    }

    pub(super) fn plan_disturbances(&mut self) {
        self.plans.push(SimTime::ZERO, Plan::Drift);
        for device in 0..self.devices.len() {
            self.plan_utility_failure(device);
        }
        if let Some(windows) = working_windows(&self.plant.calendar, self.now()) {
            for pair in windows.windows(2) {
                if let [(_, from), (to, _)] = pair
                    && (*to - *from).as_secs_f64() <= LONGEST_BREAK_SECS
                {
                    self.plans.push(*to, Plan::BreakEnds);
                }
            }
        }
    }

    fn plan_utility_failure(&mut self, device: usize) {
        let after = self
            .utility_failure(device)
            .and_then(|failure| Distribution::try_from(failure.time_to_failure.clone()).ok());
        if let Some(after) = after {
            let after = after.sample(&mut self.rng, 1.0);
            self.plans
                .push(self.now + after, Plan::UtilityFails { device });
        }
    }

    pub(super) fn carry_out(&mut self, plan: Plan, out: &mut Vec<Reading>) {
        match plan {
            Plan::Incident(index) => self.begin_incident(index, out),
            Plan::BearingFails {
                device,
                repair_secs,
            } => {
                self.stop(device, StopCause::Fault, repair_secs, out);
                self.plans.push(
                    self.now + secs(repair_secs),
                    Plan::BearingRenewed { device },
                );
            }
            Plan::BearingRenewed { device } => {
                self.let_time_pass(device);
                if let Some(device) = self.devices.get_mut(device) {
                    device.wear.renew(self.now);
                }
            }
            Plan::FaultOver { device } => {
                if let Some(device) = self.devices.get_mut(device) {
                    device.faults = device.faults.saturating_sub(1);
                }
                self.refresh(device, out);
            }
            Plan::UtilityFails { device } => {
                let repair = self.utility_failure(device).and_then(|failure| {
                    Distribution::try_from(failure.time_to_repair.clone()).ok()
                });
                if let Some(repair) = repair {
                    let repair = repair.sample(&mut self.rng, 1.0).as_secs_f64();
                    self.stop(device, StopCause::Fault, repair, out);
                }
                self.plan_utility_failure(device);
            }
            Plan::Stop {
                element,
                cause,
                secs: length,
            } => self.intervene(Intervention::Stop {
                element,
                cause,
                duration: Some(secs(length)),
            }),
            Plan::EffectBegins { device, name } => self.change_effect(device, |effects| {
                effects.push(name);
            }),
            Plan::EffectEnds { device, name } => self.change_effect(device, |effects| {
                if let Some(at) = effects.iter().position(|known| *known == name) {
                    effects.remove(at);
                }
            }),
            Plan::Unstuck { signal } => {
                if let Some(sensor) = self.sensors.get_mut(signal) {
                    sensor.stuck = sensor.stuck.saturating_sub(1);
                }
            }
            Plan::Adjusted { signal } => {
                if let Some(sensor) = self.sensors.get_mut(signal) {
                    sensor.drift = None;
                }
            }
            Plan::NetworkBack { group } => {
                if let Some(at) = self.cut.iter().position(|known| *known == group) {
                    self.cut.remove(at);
                }
            }
            Plan::Drift => self.drift(),
            Plan::BreakEnds => self.end_break(),
        }
    }

    fn begin_incident(&mut self, index: usize, out: &mut Vec<Reading>) {
        let plant = Arc::clone(&self.plant);
        let Some(incident) = plant.story.incidents.get(index) else {
            return;
        };
        let device = incident.equipment.index();
        let over = self.now + secs(incident.duration_secs);
        match &incident.effect {
            IncidentEffect::BearingWear { repair_secs } => {
                self.let_time_pass(device);
                if let Some(device) = self.devices.get_mut(device) {
                    device.wear.fail_within(self.now, incident.duration_secs);
                }
                let repair_secs = *repair_secs;
                self.plans.push(
                    over,
                    Plan::BearingFails {
                        device,
                        repair_secs,
                    },
                );
            }
            IncidentEffect::Jam => self.stop(device, StopCause::Fault, incident.duration_secs, out),
            IncidentEffect::Effect { name } => {
                let served = self
                    .devices
                    .get(device)
                    .map(|d| d.serves.clone())
                    .unwrap_or_default();
                for device in std::iter::once(device).chain(served) {
                    let name = Arc::clone(name);
                    self.carry_out(
                        Plan::EffectBegins {
                            device,
                            name: Arc::clone(&name),
                        },
                        out,
                    );
                    self.plans.push(over, Plan::EffectEnds { device, name });
                }
            }
            IncidentEffect::StuckSensor { signal } => {
                if let Some(signal) = plant.signal_named(incident.equipment, signal) {
                    let signal = signal.index();
                    if let Some(sensor) = self.sensors.get_mut(signal) {
                        sensor.stuck += 1;
                    }
                    self.plans.push(over, Plan::Unstuck { signal });
                }
            }
            IncidentEffect::DriftingSensor { signal, per_hour } => {
                if let Some(signal) = plant.signal_named(incident.equipment, signal) {
                    let signal = signal.index();
                    if let Some(sensor) = self.sensors.get_mut(signal) {
                        sensor.drift = Some((self.now, *per_hour));
                    }
                    self.plans.push(over, Plan::Adjusted { signal });
                }
            }
            IncidentEffect::NetworkDrop => {
                if let Some(equipment) = plant.equipment(incident.equipment) {
                    self.cut.push(equipment.group);
                    self.plans.push(
                        over,
                        Plan::NetworkBack {
                            group: equipment.group,
                        },
                    );
                }
            }
        }
    }

    /// Stops a device for some seconds. A utility takes what it serves with it.
    fn stop(&mut self, device: usize, cause: StopCause, length: f64, out: &mut Vec<Reading>) {
        if let Some(element) = self.element_of(device) {
            self.intervene(Intervention::Stop {
                element,
                cause,
                duration: Some(secs(length)),
            });
            return;
        }
        let Some(stopped) = self.devices.get_mut(device) else {
            return;
        };
        stopped.faults += 1;
        let served = stopped.serves.clone();
        self.plans
            .push(self.now + secs(length), Plan::FaultOver { device });
        self.refresh(device, out);
        let is_utility = self
            .plant
            .equipment(EquipmentId(device as u32))
            .is_some_and(|equipment| matches!(equipment.process, Process::Utility { .. }));
        if is_utility {
            for element in served
                .into_iter()
                .filter_map(|served| self.element_of(served))
                .collect::<Vec<_>>()
            {
                let reserve = self.rng.random_range(RESERVE_SECS);
                let restart = self.rng.random_range(RESTART_SECS);
                let secs = (length - reserve).max(0.0) + restart;
                let plan = Plan::Stop {
                    element,
                    cause: StopCause::Utility,
                    secs,
                };
                self.plans
                    .push(self.now + super::happen::secs(reserve), plan);
            }
        }
    }

    fn change_effect(&mut self, device: usize, change: impl FnOnce(&mut Vec<Arc<str>>)) {
        self.let_time_pass(device);
        if let Some(device) = self.devices.get_mut(device) {
            change(&mut device.effects);
        }
    }

    /// Cycle times go up and down over hours, each station in its own time: a slow wave and a
    /// quicker one on it, together at most [`DRIFT_MAX`].
    fn drift(&mut self) {
        let plant = Arc::clone(&self.plant);
        let hours = self.now.as_secs_f64() / 3600.0;
        for (index, equipment) in plant.equipment.iter().enumerate() {
            if !matches!(equipment.process, Process::Station(_) | Process::Handler(_)) {
                continue;
            }
            let Some(element) = self.element_of(index) else {
                continue;
            };
            let mut own = stream(self.seed, &format!("{} drift", equipment.path));
            let (period, phase, second): (f64, f64, f64) =
                (own.random_range(2.0..5.0), own.random(), own.random());
            let turn = std::f64::consts::TAU;
            let slow = (turn * (hours / period + phase)).sin();
            let quick = (turn * (3.7 * hours / period + second)).sin();
            let factor = 1.0 + DRIFT_MAX * (0.75 * slow + 0.25 * quick);
            self.intervene(Intervention::SetCycleFactor { element, factor });
        }
        self.plans
            .push(self.now + SimTime::from_secs(DRIFT_STEP_SECS), Plan::Drift);
    }

    fn end_break(&mut self) {
        let plant = Arc::clone(&self.plant);
        for area in plant
            .groups
            .iter()
            .filter(|group| group.level == Level::Area)
        {
            if self.rng.random::<f64>() >= LATE_SHARE {
                continue;
            }
            let late = self.rng.random_range(20.0..LATE_MAX_SECS);
            for (index, equipment) in plant.equipment.iter().enumerate() {
                let is_inside = equipment
                    .path
                    .strip_prefix(&*area.path)
                    .is_some_and(|rest| rest.starts_with('/'));
                if is_inside
                    && matches!(equipment.process, Process::Station(_))
                    && let Some(element) = self.element_of(index)
                {
                    self.intervene(Intervention::Stop {
                        element,
                        cause: StopCause::Unmanned,
                        duration: Some(secs(late)),
                    });
                }
            }
        }
    }
}
