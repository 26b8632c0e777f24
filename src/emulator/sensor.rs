//! [`Sensor`]: a signal's sensor on the emulated process.

use std::sync::Arc;

use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64Mcg;

use super::device::Device;
use crate::model::kind::{Physics, SensorModel};
use crate::model::signal::{Reporting, SignalRole, SignalSpec, ValueType};
use crate::model::{OperatingState, Quantity, Text, Value};
use crate::simulation::SimTime;

/// Shortest time between two values of one sensor, s.
const MIN_PERIOD_SECS: f64 = 0.02;
/// A cyclic signal without a period of its own is sent this many times before it would go stale.
const SENT_PER_STALE_AFTER: f64 = 10.0;

/// One signal under emulation.
#[derive(Clone, Debug)]
pub(super) struct Sensor {
    pub(super) spec: Arc<SignalSpec>,
    /// Index of its equipment.
    pub(super) device: usize,
    /// Nobody wants to hear of it.
    pub(super) is_muted: bool,
    /// Time between two values; `None`: only looked at when something happens.
    pub(super) period: Option<SimTime>,
    /// The true value of a quantity that changes by itself (lag, level), at `at`.
    level: f64,
    /// Integral of the true value over time, unit × s.
    integral: f64,
    at: SimTime,
    /// What an integrating sensor showed at the start.
    base: f64,
    /// Index of the signal it integrates.
    pub(super) of: Option<usize>,
    rng: Pcg64Mcg,
    /// What it said last.
    pub(super) last: Option<Value>,
    /// Incidents that make it repeat itself.
    pub(super) stuck: u32,
    /// Drift: since when, and how much an hour.
    pub(super) drift: Option<(SimTime, f64)>,
}

/// What an equipment is doing, as far as its sensors feel it.
pub(super) struct Process<'a> {
    pub(super) device: &'a Device,
    /// Progress of the operation that is under way, also while it is interrupted.
    pub(super) progress: Option<f64>,
    /// Local hour of the day.
    pub(super) hour: f64,
    /// Integral of the sensor's `of`, unit × s, in SI.
    pub(super) integral_si: f64,
}

impl Sensor {
    pub(super) fn new(spec: Arc<SignalSpec>, device: usize, mut rng: Pcg64Mcg) -> Self {
        let period = match (&spec.sensor, spec.reporting) {
            (
                Some(SensorModel {
                    physics: Physics::InState { .. } | Physics::Constant { .. },
                    ..
                }),
                Reporting::ByException,
            ) => None,
            (Some(sensor), _) => Some(sensor.period.as_secs_f64()),
            (None, Reporting::Cyclic { stale_after }) => {
                Some(stale_after.as_secs_f64() / SENT_PER_STALE_AFTER)
            }
            (None, Reporting::ByException) => None,
        };
        let (level, base) = match spec.sensor.as_ref().map(|sensor| &sensor.physics) {
            Some(Physics::Lag { levels, .. }) => (levels.get("idle").copied().unwrap_or(0.0), 0.0),
            // Nothing starts freshly filled, nor about to be refilled.
            Some(Physics::Level {
                full, refill_at, ..
            }) => (full + (refill_at - full) * rng.random_range(0.1..0.7), 0.0),
            Some(Physics::Integral { .. }) => (0.0, rng.random_range(5_000.0..90_000.0)),
            _ => (0.0, 0.0),
        };
        Self {
            spec,
            device,
            is_muted: false,
            period: period.map(|secs| SimTime::from_secs_f64(secs.max(MIN_PERIOD_SECS))),
            level,
            integral: 0.0,
            at: SimTime::ZERO,
            base,
            of: None,
            rng,
            last: None,
            stuck: 0,
            drift: None,
        }
    }

    /// Whether it is looked at when something happens, not only on its period.
    pub(super) fn is_event_driven(&self) -> bool {
        let is_of_kernel = is_kernel_role(self.spec.role) && self.spec.sensor.is_none();
        let physics = self.spec.sensor.as_ref().map(|sensor| &sensor.physics);
        !self.is_muted && (is_of_kernel || matches!(physics, Some(Physics::InState { .. })))
    }

    /// Whether the emulator makes values for it at all.
    pub(super) fn is_emulated(&self) -> bool {
        !self.is_muted && (self.spec.sensor.is_some() || is_kernel_role(self.spec.role))
    }

    /// The integral of the true value over time, in SI units × s.
    pub(super) fn integral_si(&self) -> f64 {
        self.spec.unit.to_si(self.integral)
    }

    /// Lets time pass for what changes by itself, with the device as it has been since last time.
    pub(super) fn advance(&mut self, now: SimTime, device: &Device) {
        let secs = (now - self.at).as_secs_f64();
        if secs <= 0.0 {
            return;
        }
        self.at = now;
        let acting = |effects: &std::collections::BTreeMap<Arc<str>, f64>| -> f64 {
            device
                .effects
                .iter()
                .filter_map(|effect| effects.get(effect))
                .sum()
        };
        match self.spec.sensor.as_ref().map(|sensor| &sensor.physics) {
            Some(Physics::Lag {
                levels,
                tau,
                wear_gain,
                effects,
            }) => {
                let idle = levels.get("idle").copied().unwrap_or(0.0);
                let mut target = levels.get(device.state.as_str()).copied().unwrap_or(idle);
                if device.state == OperatingState::Execute {
                    target += wear_gain * device.wear.level(now).powi(2);
                }
                target += acting(effects);
                // First-order lag, exact for a constant target.
                let left = if *tau > 0.0 { (-secs / tau).exp() } else { 0.0 };
                self.integral += target * secs + (self.level - target) * tau * (1.0 - left);
                self.level = target + (self.level - target) * left;
            }
            Some(Physics::Level {
                full,
                refill_at,
                per_hour,
                effects,
            }) => {
                let extra = acting(effects);
                let own = if device.state == OperatingState::Execute {
                    *per_hour
                } else {
                    0.0
                };
                self.level += (own + extra) * secs / 3600.0;
                let is_due = if refill_at < full {
                    self.level = self.level.max(0.0);
                    self.level <= *refill_at
                } else {
                    self.level >= *refill_at
                };
                // Nobody refills while it runs out elsewhere.
                if is_due && extra == 0.0 {
                    self.level = *full;
                }
            }
            _ => {}
        }
    }

    /// What the sensor says now. The caller has let time pass before.
    pub(super) fn measure(&mut self, now: SimTime, process: &Process<'_>) -> Value {
        if self.stuck > 0
            && let Some(last) = self.last
        {
            return last;
        }
        let Some(model) = &self.spec.sensor else {
            return Value::Null;
        };
        let device = process.device;
        let true_value = match &model.physics {
            Physics::Lag { .. } | Physics::Level { .. } => self.level,
            Physics::Cycle { points, rest } => {
                // A drive at rest stays where it is; its speed and force are gone.
                let is_position =
                    matches!(self.spec.unit.quantity, Quantity::Angle | Quantity::Length);
                let is_moving = device.state == OperatingState::Execute;
                let is_interrupted =
                    matches!(device.state, OperatingState::Held | OperatingState::Stopped);
                match process.progress {
                    Some(share) if is_moving || is_position && is_interrupted => {
                        interpolate(points, share).unwrap_or(*rest)
                    }
                    _ => *rest,
                }
            }
            Physics::Daily {
                mean,
                amplitude,
                peak_hour,
            } => {
                let phase = (process.hour - peak_hour) / 24.0 * std::f64::consts::TAU;
                mean + amplitude * phase.cos()
            }
            Physics::Wear if self.spec.unit.symbol == "%" => device.wear.level(now) * 100.0,
            Physics::Wear => device.wear.level(now),
            Physics::Integral { .. } => self.base + self.spec.unit.from_si(process.integral_si),
            Physics::InState { states } => {
                let is_in = states.iter().any(|state| **state == *device.state.as_str());
                return self.as_declared(f64::from(u8::from(is_in)));
            }
            Physics::Constant { value } => *value,
        };
        let mut value = true_value;
        // What stands still measures zero without noise.
        if model.noise > 0.0 && true_value.abs() > model.noise {
            let noise: f64 = self.rng.sample(StandardNormal);
            value += model.noise * noise;
        }
        if let Some((since, per_hour)) = self.drift {
            value += per_hour * (now - since).as_secs_f64() / 3600.0;
        }
        // Nothing is worn by less than nothing or by more than all of it, whatever the noise.
        if model.physics == Physics::Wear {
            let all = if self.spec.unit.symbol == "%" {
                100.0
            } else {
                1.0
            };
            value = value.clamp(0.0, all);
        }
        self.as_declared(quantised(value, model.quantum))
    }

    fn as_declared(&self, value: f64) -> Value {
        match self.spec.value_type {
            ValueType::Float => Value::Float(value),
            ValueType::Integer => Value::Integer(value.round() as i64),
            ValueType::Boolean => Value::Boolean(value != 0.0),
            ValueType::Text => Value::Text(Text::new(&value.to_string())),
        }
    }
}

/// Whether the kernel itself knows a signal of this role.
pub(super) fn is_kernel_role(role: SignalRole) -> bool {
    !matches!(
        role,
        SignalRole::Measurement
            | SignalRole::Fault
            | SignalRole::Check
            | SignalRole::Wear
            | SignalRole::Power
    )
}

fn interpolate(points: &[[f64; 2]], share: f64) -> Option<f64> {
    let after = points.iter().position(|[at, _]| *at >= share);
    match after {
        None => points.last().map(|[_, level]| *level),
        Some(0) => points.first().map(|[_, level]| *level),
        Some(index) => {
            let ([a, from], [b, to]) = (*points.get(index - 1)?, *points.get(index)?);
            let span = b - a;
            Some(if span > 0.0 {
                from + (to - from) * (share - a) / span
            } else {
                to
            })
        }
    }
}

/// To the nearest multiple of `quantum`. Divides by the whole number of quanta in one where there is
/// one, so that 0.1 is not written as 0.30000000000000004.
fn quantised(value: f64, quantum: f64) -> f64 {
    if quantum <= 0.0 {
        return value;
    }
    let per_one = 1.0 / quantum;
    let whole = per_one.round();
    if whole >= 1.0 && (per_one - whole).abs() < 1e-6 * whole {
        (value * whole).round() / whole
    } else {
        (value / quantum).round() * quantum
    }
}
