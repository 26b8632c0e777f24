//! [`Cell`]: what an equipment, or a group of them, did in one bucket.

use crate::model::{Health, HealthStatus, OperatingState, Point};

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
