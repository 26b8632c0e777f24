//! [`Cell`]: what an equipment, or a group of them, did in one bucket; [`Phase`]s from points.

use std::ops::Range;
use std::time::Duration;

use crate::history::HistoryReader;
use crate::model::{Health, HealthStatus, OperatingState, Plant, Point, SignalId, Timestamp};

/// A state or a health as a small number.
pub type Code = u8;

/// Number of codes: as many as there are operating states, which are more than healths.
pub(super) const CODES: usize = OperatingState::COUNT;

/// One bucket of a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What lasted longest; `None`: nothing was known.
    pub main: Option<Code>,
    /// What needs attention most of all that happened in it, however short.
    pub worst: Option<Code>,
}

/// What a lane is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    State,
    Health,
}

impl Kind {
    pub fn code(self, point: &Point) -> Code {
        match self {
            Self::State => OperatingState::from_value(point.value) as Code,
            Self::Health => HealthStatus::from_value(point.value).health as Code,
        }
    }

    /// What needs more attention ranks higher.
    pub fn rank(self, code: Code) -> u8 {
        match self {
            Self::Health => code,
            Self::State => OperatingState::ALL
                .get(code as usize)
                .map_or(0, |state| attention(*state)),
        }
    }
}

/// How much attention a state needs: what is one's own fault most, what works as planned least.
pub const fn attention(state: OperatingState) -> u8 {
    match state {
        OperatingState::Execute => 0,
        OperatingState::Idle => 1,
        OperatingState::Stopped => 2,
        OperatingState::Unknown => 3,
        OperatingState::Starved => 4,
        OperatingState::Blocked => 5,
        OperatingState::Setup => 6,
        OperatingState::Maintenance => 7,
        OperatingState::Held => 8,
    }
}

impl Cell {
    /// Its operating states: what lasted longest, and what needs attention most.
    pub fn states(self) -> Option<(OperatingState, OperatingState)> {
        let of = |code: Option<Code>| OperatingState::ALL.get(code? as usize).copied();
        Some((of(self.main)?, of(self.worst)?))
    }

    /// Its healths: what lasted longest, and the worst.
    pub fn healths(self) -> Option<(Health, Health)> {
        let of = |code: Option<Code>| Health::ALL.get(code? as usize).copied();
        Some((of(self.main)?, of(self.worst)?))
    }
}

/// A contiguous run of one operating state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The state.
    pub state: OperatingState,
    /// From when to when, within what was asked for.
    pub span: Range<Timestamp>,
}

/// What an equipment did in a span, exactly: contiguous runs of its operating state, without what is
/// not known at all.
pub fn phases(
    plant: &Plant,
    history: &HistoryReader,
    id: crate::model::EquipmentId,
    span: Range<Timestamp>,
) -> Vec<Phase> {
    let signal: SignalId = plant.state_signal(id);
    let before = span.start - Duration::from_nanos(1);
    let mut state = history
        .latest_at(signal, before)
        .map(|point| OperatingState::from_value(point.value));
    let mut points = Vec::new();
    history.range(signal, span.clone(), &mut points);
    let mut since = span.start;
    let mut phases: Vec<Phase> = Vec::new();
    let mut add = |state: Option<OperatingState>, span: Range<Timestamp>| {
        if let Some(state) = state
            && span.start < span.end
        {
            match phases.last_mut() {
                Some(last) if last.state == state && last.span.end == span.start => {
                    last.span.end = span.end;
                }
                _ => phases.push(Phase { state, span }),
            }
        }
    };
    for point in &points {
        add(state, since..point.time);
        since = point.time.max(span.start);
        state = Some(OperatingState::from_value(point.value));
    }
    add(state, since..span.end);
    phases
}
