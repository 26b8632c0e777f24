//! [`LimitWatch`]: alarm limits of one signal with deadband and on/off delays (ISA-18.2 §10.5, IEC
//! 62682). A pure state machine: samples and time in, transitions out.

use crate::model::Timestamp;
use crate::model::alarm::AlarmCondition;
use crate::model::signal::Limits;

/// A limit was passed or left, at the instant its delay ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// Which limit.
    pub condition: AlarmCondition,
    /// Passed (`true`) or left.
    pub is_active: bool,
    /// The limit, in the signal's unit.
    pub limit: f64,
}

/// One limit: a value beyond it for `on_delay` activates it, a value back inside by the deadband
/// for `off_delay` ends that. In between, the state stays.
#[derive(Clone, Copy, Debug)]
struct Limit {
    condition: AlarmCondition,
    limit: f64,
    /// Turns "below" into "above": 1 for high limits, −1 for low ones.
    sign: f64,
    is_active: bool,
    /// Since when the value asks for the other state.
    pending_since: Option<Timestamp>,
}

impl Limit {
    /// Whether the value asks for the other state: beyond the limit while inactive, back by the
    /// deadband while active.
    fn wants_change(&self, value: f64, deadband: f64) -> bool {
        let beyond = (value - self.limit) * self.sign;
        if self.is_active {
            beyond <= -deadband
        } else {
            beyond > 0.0
        }
    }
}

/// The limits of one signal and where its value stands among them.
#[derive(Clone, Debug)]
pub struct LimitWatch {
    limits: Vec<Limit>,
    deadband: f64,
    on_delay: std::time::Duration,
    off_delay: std::time::Duration,
    calm: [f64; 2],
}

impl LimitWatch {
    /// Nothing passed yet; `None` when no limit is set.
    pub fn new(spec: &Limits) -> Option<Self> {
        let limit = |limit: Option<f64>, condition, sign| {
            limit.map(|limit| Limit {
                condition,
                limit,
                sign,
                is_active: false,
                pending_since: None,
            })
        };
        let limits: Vec<_> = [
            limit(spec.low_low, AlarmCondition::LowLow, -1.0),
            limit(spec.high_high, AlarmCondition::HighHigh, 1.0),
            limit(spec.low, AlarmCondition::Low, -1.0),
            limit(spec.high, AlarmCondition::High, 1.0),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut watch = Self {
            limits,
            deadband: spec.deadband.max(0.0),
            on_delay: spec.on_delay,
            off_delay: spec.off_delay,
            calm: [f64::NEG_INFINITY, f64::INFINITY],
        };
        watch.find_calm();
        (!watch.limits.is_empty()).then_some(watch)
    }

    /// A value between these bounds (included) changes nothing: no need to call
    /// [`LimitWatch::value`]. Empty (NaN) while anything is active or pending.
    pub fn calm(&self) -> [f64; 2] {
        self.calm
    }

    fn find_calm(&mut self) {
        let mut calm = [f64::NEG_INFINITY, f64::INFINITY];
        for limit in &self.limits {
            if limit.is_active || limit.pending_since.is_some() {
                calm = [f64::NAN; 2];
                break;
            }
            if limit.sign > 0.0 {
                calm[1] = calm[1].min(limit.limit);
            } else {
                calm[0] = calm[0].max(limit.limit);
            }
        }
        self.calm = calm;
    }

    /// The worst limit that is passed: HH and LL before H and L.
    pub fn worst(&self) -> Option<AlarmCondition> {
        self.limits
            .iter()
            .find(|limit| limit.is_active)
            .map(|limit| limit.condition)
    }

    /// When a delay ends; [`Timestamp::MAX`] when none runs.
    pub fn due(&self) -> Timestamp {
        let delay = |limit: &Limit| {
            let delay = if limit.is_active {
                self.off_delay
            } else {
                self.on_delay
            };
            limit.pending_since.map(|since| since + delay)
        };
        self.limits
            .iter()
            .filter_map(delay)
            .min()
            .unwrap_or(Timestamp::MAX)
    }

    /// The value at `at`, which must not lie before the last one. Delays that ended before it must
    /// have been settled with [`LimitWatch::settle`].
    pub fn value(&mut self, value: f64, at: Timestamp, out: &mut Vec<Transition>) {
        for limit in &mut self.limits {
            if limit.wants_change(value, self.deadband) {
                limit.pending_since.get_or_insert(at);
            } else {
                limit.pending_since = None;
            }
        }
        self.settle(at, out);
    }

    /// Ends the delays that are over at `now`.
    pub fn settle(&mut self, now: Timestamp, out: &mut Vec<Transition>) {
        for limit in &mut self.limits {
            let Some(since) = limit.pending_since else {
                continue;
            };
            let delay = if limit.is_active {
                self.off_delay
            } else {
                self.on_delay
            };
            if since + delay <= now {
                limit.is_active = !limit.is_active;
                limit.pending_since = None;
                out.push(Transition {
                    at: since + delay,
                    condition: limit.condition,
                    is_active: limit.is_active,
                    limit: limit.limit,
                });
            }
        }
        self.find_calm();
    }

    /// Nobody knows the value any more: delays stop, what is active stays so until a value says
    /// otherwise.
    pub fn silence(&mut self) {
        for limit in &mut self.limits {
            limit.pending_since = None;
        }
        self.find_calm();
    }
}
