//! Where each signal comes from: templates and explicit bindings worked out to one
//! [`Binding`] and one [`Session`] per signal.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::connection::{Binding, Payload, Session, SessionKind, TopicMap};
use crate::model::equipment::Level;
use crate::model::{EquipmentId, Group, GroupId, SessionId, SignalId};

use super::diagnostic::{Report, Span, quote, suggest};
use super::equipment::EquipmentList;
use super::hierarchy::PathIndex;
use super::sources::{self, Map, Shape, Sources};
use super::template::{Names, Place, Template, glob};

/// Bindings in order of signal, and the sessions they come over.
pub(super) struct Bound {
    pub bindings: Vec<Binding>,
    pub sessions: Vec<Session>,
}

/// The parts of a scene that bindings are made of.
pub(super) struct Scene<'s, 'a> {
    pub report: &'s Report,
    pub groups: &'s [Group],
    pub group_index: &'s PathIndex<GroupId>,
    pub list: &'s mut EquipmentList<'a>,
    pub sources: &'s mut Sources<'a>,
}

/// Binds every signal that a source gives, writes the session into each signal, and fills the maps
/// of the connections.
pub(super) fn bind(scene: Scene<'_, '_>) -> Bound {
    let Scene {
        report,
        groups,
        group_index,
        list,
        sources,
    } = scene;
    explicit_maps(list, sources);
    let chosen = choose(report, groups, group_index, list, sources);
    let bound = expand(report, groups, list, sources, &chosen);
    fill_maps(report, sources, &chosen);
    warn_unbound(report, list, sources, &bound);
    bound
}

/// Turns each explicit binding into a map of one signal.
fn explicit_maps<'a>(list: &mut EquipmentList<'a>, sources: &mut Sources<'a>) {
    let by_id: HashMap<Arc<str>, u32> = sources
        .connections
        .iter()
        .zip(0..)
        .map(|(connection, index)| (Arc::clone(&connection.id), index))
        .collect();
    for explicit in &list.explicit {
        let connection = match &explicit.source {
            Some(field) => field.text().and_then(|id| {
                let index = by_id.get(id).copied();
                if index.is_none() {
                    let mut known: Vec<&str> = by_id.keys().map(|id| &**id).collect();
                    known.sort_unstable();
                    field.error(
                        format!("unknown source {}", quote(id)),
                        suggest(id, known, "sources"),
                    );
                }
                index
            }),
            None if sources.connections.len() == 1 => Some(0),
            None => {
                explicit.topic.error(
                    "the topic needs the source that it comes from",
                    "add source = \"…\" beside it".to_owned(),
                );
                None
            }
        };
        let pointer = match &explicit.field {
            Some(field) => match sources::pointer(field) {
                Some(pointer) => Some(pointer),
                None => continue,
            },
            None => None,
        };
        let (Some(connection), Some(text), Some(topic)) = (
            connection,
            explicit.topic.arc(),
            Template::read(&explicit.topic, Place::Topic),
        ) else {
            continue;
        };
        let (payload, field) = match pointer {
            Some(value) => {
                let Ok(field) = Template::parse(&value) else {
                    continue;
                };
                let payload = Payload::Json {
                    value,
                    time: None,
                    time_format: Default::default(),
                    quality: None,
                };
                (payload, field)
            }
            None => (Payload::Bare, Template::default()),
        };
        sources.maps.push(Map {
            connection,
            at: explicit.at,
            only: None,
            shape: Shape::Topic {
                map: TopicMap {
                    template: text,
                    only: vec![explicit.signal],
                    payload,
                    qos: 0,
                },
                topic,
                field,
            },
        });
    }
}

/// Which map each signal is bound by, as an index into the maps.
///
/// What names a signal more closely goes first: a binding of its own, a pattern for signals, one
/// for equipment, and last the maps without `only`. Two maps on one of these steps are a mistake.
fn choose(
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

fn describe(map: &Map<'_>) -> String {
    match &map.shape {
        Shape::Topic { map, .. } => format!("topic {}", quote(&map.template)),
        Shape::Sparkplug { map, .. } => format!("Sparkplug group {}", quote(&map.group)),
    }
}

fn signal_path(list: &EquipmentList<'_>, id: SignalId) -> String {
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

/// Calls `visit` with the names of every signal.
fn for_each_signal(
    groups: &[Group],
    list: &EquipmentList<'_>,
    mut visit: impl FnMut(SignalId, &Names<'_>),
) {
    let site = groups.first().map_or("", |group| &group.id);
    for equipment in &list.equipment {
        let mut names = Names {
            site,
            equipment: &equipment.id,
            ..Names::default()
        };
        let mut at = groups.get(equipment.group.0 as usize);
        names.path = at.map_or("", |group| &group.path);
        while let Some(group) = at {
            match group.level {
                Level::Line => names.line = &group.id,
                Level::Area => names.area = &group.id,
                Level::Site => break,
            }
            at = group
                .parent
                .and_then(|parent| groups.get(parent.0 as usize));
        }
        for id in equipment.signal_ids() {
            if let Some(signal) = list.signals.get(id.index()) {
                names.signal = &signal.spec.name;
                visit(id, &names);
            }
        }
    }
}

/// Tries every template of a map on a signal; the name that is missing otherwise.
fn fill(map: &Map<'_>, names: &Names<'_>, text: &mut String) -> Result<(), &'static str> {
    text.clear();
    match &map.shape {
        Shape::Topic { topic, field, .. } => {
            topic.fill(names, text)?;
            field.fill(names, text)
        }
        Shape::Sparkplug {
            group,
            node,
            device,
            metric,
            ..
        } => [Some(group), Some(node), device.as_ref(), Some(metric)]
            .into_iter()
            .flatten()
            .try_for_each(|template| template.fill(names, text)),
    }
}

/// Makes the bindings and sessions of the signals by the maps that were chosen for them.
fn expand(
    report: &Report,
    groups: &[Group],
    list: &mut EquipmentList<'_>,
    sources: &Sources<'_>,
    chosen: &[Option<usize>],
) -> Bound {
    let mut bindings: Vec<Binding> = Vec::new();
    let mut sessions = Sessions::of_connections(sources.connections.len());
    let mut taken: HashMap<(u32, Arc<str>, Arc<str>), (SignalId, usize)> = HashMap::new();
    let mut collisions: BTreeMap<(usize, usize), (SignalId, SignalId, usize)> = BTreeMap::new();
    let mut missing: BTreeMap<usize, (SignalId, &'static str, usize)> = BTreeMap::new();
    let mut over: Vec<(SignalId, SessionId)> = Vec::new();
    let mut field_cache: HashMap<String, Arc<str>> = HashMap::new();
    for_each_signal(groups, list, |signal, names| {
        let Some((index, map)) = chosen
            .get(signal.index())
            .copied()
            .flatten()
            .and_then(|index| Some((index, sources.maps.get(index)?)))
        else {
            return;
        };
        let (topic, field, session) = match one(map, names, &mut sessions) {
            Ok(parts) => parts,
            Err(name) => {
                missing.entry(index).or_insert((signal, name, 0)).2 += 1;
                return;
            }
        };
        let topic: Arc<str> = Arc::from(topic);
        let field = match field_cache.get(&field) {
            Some(field) => Arc::clone(field),
            None => {
                let shared: Arc<str> = Arc::from(field.as_str());
                field_cache.insert(field, Arc::clone(&shared));
                shared
            }
        };
        let key = (map.connection, Arc::clone(&topic), Arc::clone(&field));
        if let Some((other, by)) = taken.insert(key, (signal, index)) {
            collisions
                .entry((by, index))
                .or_insert((other, signal, 0))
                .2 += 1;
        }
        over.push((signal, session));
        bindings.push(Binding {
            signal,
            connection: map.connection,
            topic,
            field,
        });
    });
    for (signal, session) in over {
        if let Some(signal) = list.signals.get_mut(signal.index()) {
            signal.session = Some(session);
        }
    }
    for (index, (signal, name, count)) in missing {
        if let Some(map) = sources.maps.get(index) {
            report.error(
                map.at,
                format!(
                    "{{{name}}} cannot be filled in for {}{}",
                    quote(&signal_path(list, signal)),
                    and_more(count)
                ),
                format!(
                    "its equipment is in no {name}: use {{path}}, or bind it by another template"
                ),
            );
        }
    }
    for ((_, index), (first, second, count)) in collisions {
        if let Some(map) = sources.maps.get(index) {
            report.error(
                map.at,
                format!(
                    "one topic and field for two signals: {} and {}{}",
                    quote(&signal_path(list, first)),
                    quote(&signal_path(list, second)),
                    and_more(count)
                ),
                "put {equipment} and {signal} into the topic, or {signal} into the payload's value"
                    .to_owned(),
            );
        }
    }
    bindings.sort_unstable_by_key(|binding| binding.signal);
    Bound {
        bindings,
        sessions: sessions.list,
    }
}

fn and_more(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        count => format!(", and {} more", count - 1),
    }
}

/// Topic, field and session of one signal; the name that is missing otherwise.
fn one(
    map: &Map<'_>,
    names: &Names<'_>,
    sessions: &mut Sessions,
) -> Result<(String, String, SessionId), &'static str> {
    let filled = |template: &Template| {
        let mut text = String::new();
        template.fill(names, &mut text).map(|()| text)
    };
    match &map.shape {
        Shape::Topic { topic, field, .. } => {
            Ok((filled(topic)?, filled(field)?, SessionId(map.connection)))
        }
        Shape::Sparkplug {
            group,
            node,
            device,
            metric,
            ..
        } => {
            let (group, node, metric) = (filled(group)?, filled(node)?, filled(metric)?);
            let device = device.as_ref().map(filled).transpose()?;
            let mut topic = format!("spBv1.0/{group}/+/{node}");
            if let Some(device) = &device {
                topic.push('/');
                topic.push_str(device);
            }
            let session = sessions.sparkplug(map.connection, &group, &node, device.as_deref());
            Ok((topic, metric, session))
        }
    }
}

/// Sessions while they are found: one per connection first, then Sparkplug nodes and devices.
struct Sessions {
    list: Vec<Session>,
    known: HashMap<(u32, String, String, Option<String>), SessionId>,
}

impl Sessions {
    fn of_connections(count: usize) -> Self {
        Self {
            list: (0..count as u32)
                .map(|connection| Session {
                    connection,
                    kind: SessionKind::Connection,
                    parent: None,
                })
                .collect(),
            known: HashMap::new(),
        }
    }

    fn sparkplug(
        &mut self,
        connection: u32,
        group: &str,
        node: &str,
        device: Option<&str>,
    ) -> SessionId {
        let key = (
            connection,
            group.to_owned(),
            node.to_owned(),
            device.map(str::to_owned),
        );
        if let Some(session) = self.known.get(&key) {
            return *session;
        }
        let (kind, parent) = match device {
            None => (
                SessionKind::Node {
                    group: group.into(),
                    node: node.into(),
                },
                SessionId(connection),
            ),
            Some(device) => (
                SessionKind::Device {
                    group: group.into(),
                    node: node.into(),
                    device: device.into(),
                },
                self.sparkplug(connection, group, node, None),
            ),
        };
        let session = SessionId(self.list.len() as u32);
        self.list.push(Session {
            connection,
            kind,
            parent: Some(parent),
        });
        self.known.insert(key, session);
        session
    }
}

/// Gives every connection its maps, each with the signals that it binds.
fn fill_maps(report: &Report, sources: &mut Sources<'_>, chosen: &[Option<usize>]) {
    let mut signals: Vec<Vec<SignalId>> = sources.maps.iter().map(|_| Vec::new()).collect();
    for (map, signal) in chosen.iter().zip(0..) {
        if let Some(list) = map.and_then(|map| signals.get_mut(map)) {
            list.push(SignalId(signal));
        }
    }
    for (map, signals) in sources.maps.iter().zip(signals) {
        let Some(connection) = sources.connections.get_mut(map.connection as usize) else {
            continue;
        };
        if signals.is_empty() {
            report.warning(
                map.at,
                format!("{} binds no signal", describe(map)),
                "every signal is bound otherwise, or lacks a name that it needs".to_owned(),
            );
            continue;
        }
        match &map.shape {
            Shape::Topic { map, .. } => connection.topics.push(TopicMap {
                only: signals,
                ..map.clone()
            }),
            Shape::Sparkplug { map, .. } => {
                let mut map = map.clone();
                map.only = signals;
                connection.sparkplug.push(map);
            }
        }
    }
}

fn warn_unbound(report: &Report, list: &EquipmentList<'_>, sources: &Sources<'_>, bound: &Bound) {
    let Some(at) = sources.maps.first().map(|map| map.at) else {
        return;
    };
    let mut unbound = list
        .signals
        .iter()
        .zip(0..)
        .filter(|(signal, _)| signal.session.is_none());
    if let Some((_, first)) = unbound.next() {
        report.warning(
            at_whole(at),
            format!(
                "{} of {} signals are bound to no source, the first is {}",
                list.signals.len() - bound.bindings.len(),
                list.signals.len(),
                quote(&signal_path(list, SignalId(first)))
            ),
            None,
        );
    }
}

fn at_whole(at: Span) -> Span {
    at.file.whole()
}
