//! What the ingest remembers of each signal, equipment and session between two samples.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::history::freshness::{FreshnessRule, GatedSignals, Life};
use crate::model::health::HealthRule;
use crate::model::signal::{SignalRole, SignalSpec, ValueType};
use crate::model::{
    EquipmentId, GroupId, Health, HealthStatus, OperatingState, Plant, SignalId, Timestamp, Value,
};

use super::limits::LimitWatch;

/// One reported signal: what the next sample is compared with. Touched by every sample, and so no
/// more than one line of a processor's memory.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct SignalTrack {
    /// Effective time of the last point; [`Timestamp::MIN`] before the first.
    pub time: Timestamp,
    /// Values between these bounds pass no limit and end none.
    pub calm: [f64; 2],
    pub rule: FreshnessRule,
    pub equipment: u32,
    pub session: u32,
    /// Index into the limit watches, or for a state signal into the state tables.
    pub aux: u32,
    pub role: Watch,
    pub value_type: ValueType,
    /// Whether its movement is the only sign that its equipment operates.
    pub is_mover: bool,
    /// Whether its last value is fresh and usable: only then it says anything of its equipment.
    pub is_speaking: bool,
    /// Whether a stale or sensor-bad alarm may be active.
    pub is_alarmed: bool,
    /// What it says of its equipment's health.
    pub says: Option<(Health, HealthRule)>,
}

const _: () = assert!(size_of::<SignalTrack>() == 64);

impl SignalTrack {
    /// Whether it matters that its next value is another one.
    #[inline]
    pub fn minds_change(&self) -> bool {
        self.is_mover || !matches!(self.role, Watch::Nothing | Watch::Limits)
    }
}

/// What must be done with a value of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    /// Nothing beyond storing it.
    Nothing,
    /// Limits.
    Limits,
    /// The operating state.
    State,
    /// A fault while true.
    Fault,
    /// Under check while true.
    Check,
}

/// No watch, no session.
pub(super) const NONE: u32 = u32::MAX;

/// One equipment.
#[derive(Clone, Debug)]
pub(super) struct EquipmentTrack {
    pub id: EquipmentId,
    pub group: GroupId,
    pub signals: std::ops::Range<u32>,
    pub state_signal: Option<u32>,
    /// How many of its signals speak.
    pub speaking: u32,
    /// What its state signal said last.
    pub operating: OperatingState,
    /// Derived state as announced, and its time; health likewise.
    pub state: (OperatingState, Timestamp),
    pub health: (HealthStatus, Timestamp),
    pub is_dirty: bool,
    /// When a counter or a progress moved last, and until when that counts as operating.
    pub moved: Timestamp,
    pub moving_until: Timestamp,
}

/// One session.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionTrack {
    pub life: Life,
    /// Time of its last liveness point.
    pub stamp: Option<Timestamp>,
    pub children: Vec<u32>,
}

/// Which state a reported value stands for: a spec's table, by value seen. Bounded.
#[derive(Clone, Debug)]
pub(super) struct StateTable {
    spec: Arc<SignalSpec>,
    seen: Vec<(Value, Option<OperatingState>)>,
}

impl StateTable {
    /// More distinct values than any state table has; a counter bound as a state must not fill the
    /// memory.
    const SEEN: usize = 64;

    pub fn state_of(&mut self, value: Value) -> Option<OperatingState> {
        if let Some((_, state)) = self.seen.iter().find(|(seen, _)| seen.same(value)) {
            return *state;
        }
        let state = self.spec.state_of(value);
        if self.seen.len() < Self::SEEN {
            self.seen.push((value, state));
        }
        state
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct Tracks {
    pub signals: Vec<SignalTrack>,
    /// Newest value of each signal whose change matters ([`SignalTrack::minds_change`]).
    pub values: Vec<Value>,
    pub watches: Vec<LimitWatch>,
    pub states: Vec<StateTable>,
    pub equipment: Vec<EquipmentTrack>,
    pub sessions: Vec<SessionTrack>,
    pub gated: GatedSignals,
}

impl Tracks {
    pub fn new(plant: &Plant) -> Self {
        let mut watches = Vec::new();
        let mut states: Vec<StateTable> = Vec::new();
        let mut table_of = BTreeMap::new();
        let equipment: Vec<_> = plant
            .equipment
            .iter()
            .zip(0..)
            .map(|(equipment, id)| EquipmentTrack {
                id: EquipmentId(id),
                group: equipment.group,
                signals: equipment.signals.clone(),
                state_signal: equipment.signals.clone().find(|signal| {
                    plant
                        .signal(SignalId(*signal))
                        .is_some_and(|signal| signal.spec.role == SignalRole::State)
                }),
                speaking: 0,
                operating: OperatingState::Unknown,
                state: (OperatingState::Unknown, Timestamp::MIN),
                health: (HealthStatus::default(), Timestamp::MIN),
                is_dirty: false,
                moved: Timestamp::MIN,
                moving_until: Timestamp::MIN,
            })
            .collect();
        let signals: Vec<_> = plant
            .signals
            .iter()
            .zip(0..)
            .filter_map(|(signal, id)| {
                let spec = &signal.spec;
                let is_stateless = equipment
                    .get(signal.equipment.index())
                    .is_some_and(|equipment| equipment.state_signal.is_none());
                let moves = matches!(
                    spec.role,
                    SignalRole::Progress
                        | SignalRole::Produced
                        | SignalRole::PositionX
                        | SignalRole::PositionZ
                );
                let mut aux = NONE;
                let mut calm = [f64::NEG_INFINITY, f64::INFINITY];
                let role = match spec.role {
                    SignalRole::State => {
                        aux = *table_of.entry(Arc::as_ptr(spec)).or_insert_with(|| {
                            states.push(StateTable {
                                spec: Arc::clone(spec),
                                seen: Vec::new(),
                            });
                            states.len() as u32 - 1
                        });
                        Watch::State
                    }
                    SignalRole::Fault => Watch::Fault,
                    SignalRole::Check => Watch::Check,
                    _ => match spec.limits.as_ref().and_then(LimitWatch::new) {
                        Some(watch) => {
                            aux = watches.len() as u32;
                            calm = watch.calm();
                            watches.push(watch);
                            Watch::Limits
                        }
                        None => Watch::Nothing,
                    },
                };
                Some(SignalTrack {
                    time: Timestamp::MIN,
                    calm,
                    rule: FreshnessRule::of(plant, SignalId(id))?,
                    equipment: signal.equipment.0,
                    session: signal.session.map_or(NONE, |session| session.0),
                    aux,
                    role,
                    value_type: spec.value_type,
                    is_mover: is_stateless && moves,
                    is_speaking: false,
                    is_alarmed: false,
                    says: None,
                })
            })
            .collect();
        let mut sessions = vec![SessionTrack::default(); plant.sessions.len()];
        for (session, id) in plant.sessions.iter().zip(0..) {
            if let Some(parent) = session.parent
                && let Some(parent) = sessions.get_mut(parent.0 as usize)
            {
                parent.children.push(id);
            }
        }
        let rules: Vec<_> = signals.iter().map(|signal| signal.rule).collect();
        Self {
            gated: GatedSignals::new(&rules, sessions.len()),
            values: vec![Value::Null; signals.len()],
            signals,
            watches,
            states,
            equipment,
            sessions,
        }
    }

    /// Present life of the session of a signal, if its session matters to its freshness.
    #[inline]
    pub fn life(&self, rule: &FreshnessRule) -> Life {
        self.sessions.get(rule.session()?.0 as usize)?.life
    }

    /// NE 107 status of an equipment: the worst that its signals say, Unknown when none speaks.
    pub fn health(&self, equipment: &EquipmentTrack) -> HealthStatus {
        if equipment.speaking == 0 {
            return HealthStatus {
                health: Health::Unknown,
                rule: HealthRule::Silent,
                signal: None,
            };
        }
        let mut worst = HealthStatus {
            health: Health::Good,
            rule: HealthRule::None,
            signal: None,
        };
        for signal in equipment.signals.clone() {
            if let Some(track) = self.signals.get(signal as usize)
                && let Some((health, rule)) = track.says
                && health > worst.health
            {
                worst = HealthStatus {
                    health,
                    rule,
                    signal: Some(SignalId(signal)),
                };
            }
        }
        worst
    }

    /// Operating state: what the state signal says; without one, what faults, checks and movement
    /// tell.
    pub fn operating_state(&self, equipment: &EquipmentTrack) -> OperatingState {
        if let Some(signal) = equipment.state_signal {
            return match self.signals.get(signal as usize) {
                Some(track) if track.is_speaking => equipment.operating,
                _ => OperatingState::Unknown,
            };
        }
        let says = |wanted: HealthRule| {
            equipment.signals.clone().any(|signal| {
                self.signals
                    .get(signal as usize)
                    .is_some_and(|track| track.says.is_some_and(|(_, rule)| rule == wanted))
            })
        };
        if says(HealthRule::Fault) {
            OperatingState::Held
        } else if says(HealthRule::Check) {
            OperatingState::Maintenance
        } else if equipment.moving_until > Timestamp::MIN
            && equipment.signals.clone().any(|signal| {
                self.signals
                    .get(signal as usize)
                    .is_some_and(|track| track.is_mover && track.is_speaking)
            })
        {
            OperatingState::Execute
        } else {
            OperatingState::Unknown
        }
    }
}
