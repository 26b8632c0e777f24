//! Heat overlay: one signal over the whole plant, on a perceptually uniform scale.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Tint;
use crate::model::{EquipmentId, Plant, Signal, SignalId};
use crate::twin::HeatRange;
use crate::viewer::TwinView;

/// Which signal is shown as heat, and over which range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatScale {
    /// Name of the signal; empty when the plant has none that suits.
    pub signal: Arc<str>,
    /// Symbol of its unit.
    pub unit: &'static str,
    /// Whether somebody has pinned the range.
    pub is_pinned: bool,
    /// Value at the cold end.
    pub low: f64,
    /// Value at the hot end.
    pub high: f64,
    by_equipment: BTreeMap<EquipmentId, SignalId>,
}

impl HeatScale {
    /// The scale of a signal name: from the least to the largest normal value that any equipment
    /// declares for it, unless a range is pinned in its unit. An empty name takes the signal that
    /// most equipment has.
    pub fn of(plant: &Plant, name: &str, pinned: &BTreeMap<Arc<str>, HeatRange>) -> Self {
        let name = if name.is_empty() {
            signals(plant)
                .first()
                .map_or_else(|| "".into(), |(name, _)| Arc::clone(name))
        } else {
            name.into()
        };
        let mut scale = Self {
            signal: Arc::clone(&name),
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            ..Self::default()
        };
        for (signal, id) in plant.signals.iter().zip(0..) {
            if signal.spec.name != name {
                continue;
            }
            scale.by_equipment.insert(signal.equipment, SignalId(id));
            scale.unit = signal.spec.unit.symbol;
            let limits = signal.spec.limits.iter();
            let ends = limits
                .flat_map(|limits| [limits.low_low, limits.high_high])
                .flatten();
            for value in signal.spec.range.iter().flatten().copied().chain(ends) {
                scale.low = scale.low.min(value);
                scale.high = scale.high.max(value);
            }
        }
        if !(scale.low < scale.high) {
            (scale.low, scale.high) = (0.0, 1.0);
        }
        let range = pinned.get(&name).filter(|range| *range.unit == *scale.unit);
        if let Some(range) = range {
            (scale.low, scale.high) = (range.low, range.high);
            scale.is_pinned = true;
        }
        scale
    }

    /// Where a value lies on the scale, 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The signal of an equipment that is shown, if it has it.
    pub fn signal_of(&self, id: EquipmentId) -> Option<SignalId> {
        self.by_equipment.get(&id).copied()
    }
}

/// Whether a signal can be shown as heat: something says what is much and what is little.
pub fn suits(signal: &Signal) -> bool {
    signal.spec.range.is_some() || signal.spec.limits.is_some()
}

/// Names of signals that suit the overlay, with how many equipment have each, most first.
pub fn signals(plant: &Plant) -> Vec<(Arc<str>, usize)> {
    let mut counts: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for signal in &plant.signals {
        if suits(signal) {
            *counts.entry(Arc::clone(&signal.spec.name)).or_default() += 1;
        }
    }
    let mut names: Vec<_> = counts.into_iter().collect();
    names.sort_by(|(a, many), (b, more)| more.cmp(many).then(a.cmp(b)));
    names
}

/// The tint of an equipment by the heat of its signal.
pub fn tint(view: &TwinView, scale: &HeatScale, id: EquipmentId) -> Tint {
    let Some(signal) = scale.signal_of(id) else {
        return Tint::Aside;
    };
    view.snapshot
        .usable(signal)
        .and_then(|value| value.as_f64())
        .map_or(Tint::Stale, |value| {
            Tint::Heat(Tint::step(scale.share(value)))
        })
}
