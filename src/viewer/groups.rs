//! How many equipment of each group have which health, kept up to date at the cost of what changed.

use std::sync::Arc;

use bevy::prelude::*;

use super::{TwinView, ViewerSystems};
use crate::model::{EquipmentId, GroupId, Health, Plant};

/// Number of equipment by health, in the order of [`Health::ALL`].
pub type HealthCounts = [usize; Health::ALL.len()];

/// Health counts of every group, those of its groups included.
#[derive(Resource, Clone, Debug, Default)]
pub struct GroupHealth {
    counts: Vec<HealthCounts>,
    /// What each equipment was counted as.
    counted: Vec<Health>,
    /// Of which plant.
    plant: Option<Arc<Plant>>,
}

impl GroupHealth {
    /// Counts of a group and everything below it.
    pub fn counts(&self, id: GroupId) -> HealthCounts {
        self.counts.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// Counts of the whole plant.
    pub fn of_plant(&self) -> HealthCounts {
        self.counts(GroupId(0))
    }

    /// Number of equipment in a group and below it.
    pub fn size(&self, id: GroupId) -> usize {
        self.counts(id).iter().sum()
    }

    /// The worst health in a group and below it.
    pub fn worst(&self, id: GroupId) -> Health {
        let counts = self.counts(id);
        let worst = Health::ALL
            .into_iter()
            .filter(|health| counts.get(*health as usize).is_some_and(|count| *count > 0))
            .max();
        worst.unwrap_or_default()
    }

    fn count_anew(&mut self, view: &TwinView) {
        let plant = view.twin.plant();
        self.plant = Some(Arc::clone(plant));
        self.counts.clear();
        self.counts
            .resize(plant.groups.len(), HealthCounts::default());
        self.counted.clear();
        self.counted
            .extend(view.snapshot.health.iter().map(|one| one.health));
        for (health, id) in self.counted.clone().into_iter().zip(0..) {
            self.add(plant, EquipmentId(id), health, 1);
        }
    }

    fn change(&mut self, view: &TwinView, id: EquipmentId) {
        let Some(new) = view.snapshot.health.get(id.index()) else {
            return;
        };
        let Some(old) = self.counted.get_mut(id.index()) else {
            return;
        };
        let old = std::mem::replace(old, new.health);
        if old != new.health {
            self.add(view.twin.plant(), id, old, -1);
            self.add(view.twin.plant(), id, new.health, 1);
        }
    }

    /// Counts an equipment in its group and all above it.
    fn add(&mut self, plant: &Plant, id: EquipmentId, health: Health, by: isize) {
        let mut group = plant.equipment(id).map(|one| one.group);
        while let Some(at) = group {
            let counts = self.counts.get_mut(at.0 as usize);
            if let Some(count) = counts.and_then(|counts| counts.get_mut(health as usize)) {
                *count = count.saturating_add_signed(by);
            }
            group = plant.group(at).and_then(|group| group.parent);
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<GroupHealth>()
        .add_systems(Update, follow.in_set(ViewerSystems::Sync));
}

fn follow(view: Res<TwinView>, mut groups: ResMut<GroupHealth>) {
    let is_known = groups
        .plant
        .as_ref()
        .is_some_and(|known| Arc::ptr_eq(known, view.twin.plant()));
    if !is_known {
        groups.count_anew(&view);
        return;
    }
    for id in &view.snapshot.changed_equipment {
        groups.change(&view, *id);
    }
}
