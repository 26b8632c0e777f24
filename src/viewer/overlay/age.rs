//! Data-age overlay: how old the newest value of each equipment is.

use super::Tint;
use crate::model::{EquipmentId, Freshness, Timestamp};
use crate::viewer::TwinView;

/// The age at which the scale ends, s. Older looks the same; stale equipment is drawn as stale.
pub const OLDEST_SECS: f64 = 30.0;

/// When the newest value of an equipment was taken; `None`: never received.
pub fn newest(view: &TwinView, id: EquipmentId) -> Option<Timestamp> {
    let snapshot = &view.snapshot;
    view.twin
        .plant()
        .equipment(id)?
        .signal_ids()
        .filter(|signal| {
            snapshot
                .freshness
                .get(signal.index())
                .is_some_and(|freshness| *freshness != Freshness::NeverReceived)
        })
        .filter_map(|signal| snapshot.times.get(signal.index()).copied())
        .max()
}

/// The tint of an equipment by the age of its newest value.
pub fn tint(view: &TwinView, id: EquipmentId) -> Tint {
    let plant = view.twin.plant();
    if plant
        .equipment(id)
        .is_some_and(|one| one.signals.is_empty())
    {
        return Tint::Aside;
    }
    if super::is_silent(view, id) {
        return Tint::Stale;
    }
    newest(view, id).map_or(Tint::Stale, |time| {
        let age = view.snapshot.time.secs_since(time).max(0.0);
        Tint::Age(Tint::step(age / OLDEST_SECS))
    })
}
