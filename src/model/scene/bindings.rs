//! Where each signal comes from: templates and explicit bindings worked out to one
//! [`Binding`] and one [`Session`] per signal.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::connection::{Binding, Payload, Session, TopicMap};
use crate::model::equipment::Level;
use crate::model::{Group, GroupId, SessionId, SignalId};

use super::choice::{choose, describe, signal_path};
use super::diagnostic::{Report, Span, quote, suggest};
use super::equipment::EquipmentList;
use super::hierarchy::PathIndex;
use super::sessions::Sessions;
use super::sources::{self, Map, Shape, Sources};
use super::template::{Names, Place, Template};

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

/// Calls `visit` with the names of every signal.
pub(super) fn for_each_signal(
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
pub(super) fn fill(
    map: &Map<'_>,
    names: &Names<'_>,
    text: &mut String,
) -> Result<(), &'static str> {
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

/// Connection, topic and field: where exactly one signal may come from.
type Address = (u32, Arc<str>, Arc<str>);

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
    let mut taken: HashMap<Address, (SignalId, usize)> = HashMap::new();
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
