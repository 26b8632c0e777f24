//! Health overlay (NAMUR NE 107): what is good stays as it is, so that the rest is seen at once.

use super::Tint;
use crate::model::{EquipmentId, Health};
use crate::viewer::TwinView;

/// The tint of an equipment by its health.
pub fn tint(view: &TwinView, id: EquipmentId) -> Tint {
    match view
        .snapshot
        .health
        .get(id.index())
        .map(|status| status.health)
    {
        Some(Health::Good) => Tint::Natural,
        Some(Health::Unknown) | None => Tint::Stale,
        Some(health) => Tint::Health(health),
    }
}
