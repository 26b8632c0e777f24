//! Which of a scene's topic and Sparkplug maps binds each signal.

use std::collections::BTreeMap;

use crate::model::{EquipmentId, Group, GroupId, SignalId};

use super::bindings::{fill, for_each_signal};
use super::diagnostic::{Report, quote, suggest};
use super::equipment::EquipmentList;
use super::hierarchy::PathIndex;
use super::sources::{Map, Shape, Sources};
use super::template::glob;

/// Which map each signal is bound by, as an index into the maps.
///
/// What names a signal more closely goes first: a binding of its own, a pattern for signals, one
/// for equipment, and last the maps without `only`. Two maps on one of these steps are a mistake.
pub(super) fn choose(
    report: &Report,
    groups: &[Group],
    group_index: &PathIndex<GroupId>,
    list: &EquipmentList<'_>,
    sources: &Sources<'_>,
) -> Vec<Option<usize>> {
    let mut chosen = Chosen {
        maps: vec![None; list.signals.len()],
        free: Vec::new(),
        twice: BTreeMap::new(),
    };
    chosen.next_step();
    for (index, map) in sources.maps.iter().enumerate() {
        for signal in explicit_signals(map) {
            chosen.take(*signal, index);
        }
    }
    let mut of_equipment = Vec::new();
    chosen.next_step();
    for (index, map) in sources.maps.iter().enumerate() {
        for pattern in map.only.iter().flatten() {
            let found = matching(pattern, groups, group_index, list);
            for signal in found.of_signals {
                chosen.take(signal, index);
            }
            of_equipment.push((index, found.of_equipment));
        }
    }
    chosen.next_step();
    for (index, signals) in of_equipment {
        for signal in signals {
            chosen.take(signal, index);
        }
    }
    chosen.next_step();
    let mut text = String::new();
    for (index, map) in sources.maps.iter().enumerate() {
        if map.only.is_some() || !explicit_signals(map).is_empty() {
            continue;
        }
        for_each_signal(groups, list, |signal, names| {
            if chosen.is_free(signal) && fill(map, names, &mut text).is_ok() {
                chosen.take(signal, index);
            }
        });
    }
    chosen.report(report, list, sources);
    chosen.maps
}

/// The choice of maps while it is made, step by step.
struct Chosen {
    maps: Vec<Option<usize>>,
    /// Which signals no earlier step took.
    free: Vec<bool>,
    /// By pair of maps: the first signal that both bind, and how many they are.
    twice: BTreeMap<(usize, usize), (SignalId, usize)>,
}

impl Chosen {
    fn next_step(&mut self) {
        self.free = self.maps.iter().map(Option::is_none).collect();
    }

    fn is_free(&self, signal: SignalId) -> bool {
        self.free.get(signal.index()) == Some(&true)
    }

    fn take(&mut self, signal: SignalId, map: usize) {
        if !self.is_free(signal) {
            return;
        }
        match self.maps.get_mut(signal.index()) {
            Some(Some(other)) if *other != map => {
                self.twice.entry((*other, map)).or_insert((signal, 0)).1 += 1;
            }
            Some(slot) => *slot = Some(map),
            None => {}
        }
    }

    fn report(&self, report: &Report, list: &EquipmentList<'_>, sources: &Sources<'_>) {
        for (&(first, second), &(signal, count)) in &self.twice {
            let (Some(second), Some(first)) = (sources.maps.get(second), sources.maps.get(first))
            else {
                continue;
            };
            let (more, is) = match count {
                1 => (String::new(), "is"),
                count => (format!(" and {} more", count - 1), "are"),
            };
            report.error(
                second.at,
                format!(
                    "signal bound twice: {}{more} {is} already bound by {}",
                    quote(&signal_path(list, signal)),
                    describe(first),
                ),
                "leave one of the two out, or say with only = […] what each binds".to_owned(),
            );
        }
    }
}

fn explicit_signals<'m>(map: &'m Map<'_>) -> &'m [SignalId] {
    match &map.shape {
        Shape::Topic { map, .. } => &map.only,
        Shape::Sparkplug { map, .. } => &map.only,
    }
}

pub(super) fn describe(map: &Map<'_>) -> String {
    match &map.shape {
        Shape::Topic { map, .. } => format!("topic {}", quote(&map.template)),
        Shape::Sparkplug { map, .. } => format!("Sparkplug group {}", quote(&map.group)),
    }
}

pub(super) fn signal_path(list: &EquipmentList<'_>, id: SignalId) -> String {
    let signal = list.signals.get(id.index());
    let equipment = signal.and_then(|signal| list.equipment.get(signal.equipment.index()));
    match (signal, equipment) {
        (Some(signal), Some(equipment)) => format!("{}/{}", equipment.path, signal.spec.name),
        _ => String::new(),
    }
}

/// What a pattern of `only` names.
#[derive(Default)]
struct Matching {
    /// Signals by their own path.
    of_signals: Vec<SignalId>,
    /// Signals by their equipment or its group.
    of_equipment: Vec<SignalId>,
}

/// The signals that a pattern of `only` means: those of an equipment or a group, one signal, or
/// all whose path (or whose equipment's path) fits a pattern with `*`.
fn matching(
    pattern: &super::table::Field<'_>,
    groups: &[Group],
    group_index: &PathIndex<GroupId>,
    list: &EquipmentList<'_>,
) -> Matching {
    let mut found = Matching::default();
    let Some(text) = pattern.text() else {
        return found;
    };
    let signals_of = |id: EquipmentId| {
        list.equipment
            .get(id.index())
            .into_iter()
            .flat_map(|equipment| equipment.signal_ids())
    };
    if text.contains('*') {
        wildcard(text, list, &mut found);
        if found.of_signals.is_empty() && found.of_equipment.is_empty() {
            pattern.error(format!("nothing fits {}", quote(text)), None);
        }
        return found;
    }
    if let Ok(id) = list.index.find(text) {
        found.of_equipment.extend(signals_of(id));
        return found;
    }
    if let Ok(group) = group_index.find(text) {
        let mut stack = vec![group];
        while let Some(group) = stack.pop() {
            if let Some(group) = groups.get(group.0 as usize) {
                let signals = group.equipment.iter().flat_map(|id| signals_of(*id));
                found.of_equipment.extend(signals);
                stack.extend(&group.children);
            }
        }
        return found;
    }
    let signal = text.rsplit_once('/').and_then(|(path, name)| {
        let id = list.index.find(path).ok()?;
        signals_of(id).find(|id| {
            list.signals
                .get(id.index())
                .is_some_and(|signal| &*signal.spec.name == name)
        })
    });
    match signal {
        Some(signal) => found.of_signals.push(signal),
        None => {
            let help = if pattern.report.is_full() {
                None
            } else {
                suggest(
                    text,
                    list.equipment.iter().map(|equipment| &*equipment.path),
                    "known equipment",
                )
            };
            pattern.error(
                format!("{} is no signal, equipment or group", quote(text)),
                help,
            );
        }
    }
    found
}

fn wildcard(pattern: &str, list: &EquipmentList<'_>, found: &mut Matching) {
    let mut path = String::new();
    for equipment in &list.equipment {
        if glob(pattern, &equipment.path) {
            found.of_equipment.extend(equipment.signal_ids());
            continue;
        }
        for id in equipment.signal_ids() {
            if let Some(signal) = list.signals.get(id.index()) {
                path.clear();
                path.push_str(&equipment.path);
                path.push('/');
                path.push_str(&signal.spec.name);
                if glob(pattern, &path) {
                    found.of_signals.push(id);
                }
            }
        }
    }
}
