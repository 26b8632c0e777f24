//! [`Scope`]: the part of the plant that an indicator is about.

use serde::Serialize;

use crate::model::equipment::GroupId;
use crate::model::process::Process;
use crate::model::{EquipmentId, Plant};

/// A part of the plant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of it.
    #[default]
    Plant,
    /// An area or a line with everything in it.
    #[serde(skip)]
    Group(GroupId),
    /// One equipment.
    #[serde(skip)]
    Equipment(EquipmentId),
}

/// The equipment of a scope.
#[derive(Clone, Debug)]
pub struct Members {
    /// Whether each equipment of the plant is one.
    is_member: Vec<bool>,
    /// Those that are, in scene order.
    pub ids: Vec<EquipmentId>,
}

impl Members {
    /// Whether an equipment is one.
    pub fn has(&self, id: EquipmentId) -> bool {
        self.is_member.get(id.index()).copied().unwrap_or(false)
    }
}

impl Scope {
    /// The equipment in it.
    pub fn members(self, plant: &Plant) -> Members {
        let mut is_member = vec![self == Self::Plant; plant.equipment.len()];
        match self {
            Self::Plant => {}
            Self::Equipment(id) => {
                if let Some(member) = is_member.get_mut(id.index()) {
                    *member = true;
                }
            }
            Self::Group(id) => {
                let mut groups = vec![id];
                while let Some(group) = groups.pop().and_then(|id| plant.group(id)) {
                    groups.extend(&group.children);
                    for id in &group.equipment {
                        if let Some(member) = is_member.get_mut(id.index()) {
                            *member = true;
                        }
                    }
                }
            }
        }
        let ids = (0..plant.equipment.len() as u32)
            .map(EquipmentId)
            .filter(|id| is_member.get(id.index()) == Some(&true))
            .collect();
        Members { is_member, ids }
    }
}

/// The equipment of a scope that parts leave it through: the sinks in it and those with a flow out
/// of it; for a single equipment, itself. Each once, in scene order.
pub fn exits(plant: &Plant, members: &Members) -> Vec<EquipmentId> {
    let is_sink = |id: EquipmentId| {
        plant
            .equipment(id)
            .is_some_and(|equipment| equipment.process == Process::Sink)
    };
    members
        .ids
        .iter()
        .copied()
        .filter(|id| {
            members.ids.len() == 1
                || is_sink(*id)
                || plant
                    .flows
                    .iter()
                    .any(|flow| flow.from == *id && !members.has(flow.to))
        })
        .collect()
}
