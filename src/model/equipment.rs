//! [`Equipment`]: one physical asset in the ISA-95 hierarchy, and its [`OperatingState`].

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::kind::EquipmentKind;
use super::layout::Pose;
use super::process::Process;
use super::{SignalId, Value};

/// Dense number of an equipment in its plant, `0..plant.equipment.len()`. In memory only: on disk
/// an equipment is its [`path`](Equipment::path).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EquipmentId(pub u32);

impl EquipmentId {
    /// As an index into per-equipment arrays.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Dense number of a hierarchy node (site, area, line) in its plant. 0 is the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// The level of a group (ISA-95 part 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The whole plant.
    Site,
    /// A production area.
    Area,
    /// A line, cell or unit: what ISA-95 calls a work centre.
    Line,
}

/// A site, an area or a line.
#[derive(Clone, Debug)]
pub struct Group {
    /// Local id, unique among its siblings.
    pub id: Arc<str>,
    /// Path from the site, without the site: `machining/line1`; empty for the site.
    pub path: Arc<str>,
    /// Name for people.
    pub name: Arc<str>,
    /// Its level.
    pub level: Level,
    /// What it belongs to; `None` for the site.
    pub parent: Option<GroupId>,
    /// The equipment directly in it, in scene order.
    pub equipment: Vec<EquipmentId>,
    /// The groups directly in it, in scene order.
    pub children: Vec<GroupId>,
}

/// One physical asset.
#[derive(Clone, Debug)]
pub struct Equipment {
    /// Local id, unique in its group: `cnc-03`.
    pub id: Arc<str>,
    /// Stable id: path of its group and its id, `machining/line1/cnc-03`.
    pub path: Arc<str>,
    /// Name for people.
    pub name: Arc<str>,
    /// What it is.
    pub kind: Arc<EquipmentKind>,
    /// Where it belongs.
    pub group: GroupId,
    /// Where it stands.
    pub pose: Pose,
    /// Length × width × height in metres: the kind's, or the scene's where it differs (conveyors).
    pub size: [f64; 3],
    /// Node of the scene's plant model that shows it, instead of a model of its own.
    pub node: Option<Arc<str>>,
    /// What it does to the flow: the kind's defaults with the scene's overrides.
    pub process: Process,
    /// Its reported signals: a contiguous range of ids.
    pub signals: std::ops::Range<u32>,
}

impl Equipment {
    /// The ids of its reported signals.
    pub fn signal_ids(&self) -> impl ExactSizeIterator<Item = SignalId> + use<> {
        self.signals.clone().map(SignalId)
    }
}

/// What an equipment is doing: the states of PackML (ISA-TR88.00.02) that matter to a twin, with
/// the waiting states split by their cause as OEE needs them.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum OperatingState {
    /// Nothing fresh tells.
    #[default]
    Unknown,
    /// Produces.
    Execute,
    /// Ready, nothing to do.
    Idle,
    /// Waits for parts from upstream (PackML: Suspended, cause upstream).
    Starved,
    /// Waits to give parts away downstream (PackML: Suspended, cause downstream).
    Blocked,
    /// Own fault (PackML: Held, Aborted).
    Held,
    /// Is being set up for another part type.
    Setup,
    /// Stopped on purpose: break, no shift, by hand.
    Stopped,
    /// Under maintenance.
    Maintenance,
}

impl OperatingState {
    /// Number of states.
    pub const COUNT: usize = 9;

    /// Every state; the position of each is `state as usize`.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Unknown,
        Self::Execute,
        Self::Idle,
        Self::Starved,
        Self::Blocked,
        Self::Held,
        Self::Setup,
        Self::Stopped,
        Self::Maintenance,
    ];

    /// The word in files and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Execute => "execute",
            Self::Idle => "idle",
            Self::Starved => "starved",
            Self::Blocked => "blocked",
            Self::Held => "held",
            Self::Setup => "setup",
            Self::Stopped => "stopped",
            Self::Maintenance => "maintenance",
        }
    }

    /// The state with this word, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str().eq_ignore_ascii_case(word))
    }

    /// As the value of the equipment's derived state signal.
    pub const fn to_value(self) -> Value {
        Value::Integer(self as i64)
    }

    /// From the value of the equipment's derived state signal; Unknown for any other value.
    pub fn from_value(value: Value) -> Self {
        match value {
            Value::Integer(index) => usize::try_from(index)
                .ok()
                .and_then(|index| Self::ALL.get(index).copied())
                .unwrap_or_default(),
            _ => Self::Unknown,
        }
    }
}
