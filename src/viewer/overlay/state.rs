//! Operating-state overlay: greys while a machine works or waits for its turn, colour where it
//! cannot.

use super::Tint;
use crate::model::{EquipmentId, OperatingState};
use crate::viewer::TwinView;

/// The tint of an equipment by its operating state; what has no state signal steps aside.
pub fn tint(view: &TwinView, id: EquipmentId) -> Tint {
    match view.snapshot.states.get(id.index()) {
        Some(OperatingState::Unknown) | None => {
            if crate::viewer::plant::is_silent(view, id) {
                Tint::Stale
            } else {
                Tint::Aside
            }
        }
        Some(state) => Tint::State(*state),
    }
}

/// How many equipment are in each state, in the order of [`OperatingState::ALL`].
pub fn counts(view: &TwinView) -> [usize; OperatingState::ALL.len()] {
    let mut counts = [0; OperatingState::ALL.len()];
    for state in &view.snapshot.states {
        if let Some(count) = counts.get_mut(*state as usize) {
            *count += 1;
        }
    }
    counts
}
