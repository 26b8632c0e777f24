//! Topics: which signals a message speaks of, and what to subscribe to.
//!
//! A [`Router`] is built once from the bindings of one connection. Looking up a topic without
//! wildcards costs one hash of its bytes and allocates nothing.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::payload::Reader;
use crate::model::Plant;
use crate::model::connection::{Binding, Connection, TopicMap};

/// Finds the readers of a topic.
#[derive(Debug, Default)]
pub struct Router {
    readers: Vec<Reader>,
    /// Topic without wildcards → span of `lists`.
    exact: HashMap<Box<[u8]>, (u32, u32), BuildHasherDefault<TopicHasher>>,
    lists: Vec<u32>,
    wild: Vec<Level>,
}

/// A level of the tree of topic filters with wildcards.
#[derive(Debug, Default)]
struct Level {
    children: HashMap<Box<str>, usize, BuildHasherDefault<TopicHasher>>,
    /// Behind `+`.
    any: Option<usize>,
    /// `#` stands here.
    rest: Option<u32>,
    /// A filter ends here.
    end: Option<u32>,
}

impl Router {
    /// For the plain topics of one connection.
    pub fn new(plant: &Plant, connection: u32) -> Self {
        let mut router = Self {
            wild: vec![Level::default()],
            ..Self::default()
        };
        let Some(description) = plant.connections.get(connection as usize) else {
            return router;
        };
        let mut by_topic: BTreeMap<&str, Vec<(&Binding, &TopicMap)>> = BTreeMap::new();
        for binding in plant
            .bindings
            .iter()
            .filter(|binding| binding.connection == connection)
        {
            if let Some(map) = map_of(plant, description, binding) {
                by_topic
                    .entry(&binding.topic)
                    .or_default()
                    .push((binding, map));
            }
        }
        for (at, (topic, bindings)) in (0..).zip(&by_topic) {
            router.readers.push(Reader::new(plant, bindings));
            if has_wildcard(topic) {
                router.insert_wild(topic, at);
            }
        }
        let mut found = Vec::new();
        for (at, (topic, _)) in (0..).zip(&by_topic) {
            if !has_wildcard(topic) {
                let start = router.lists.len();
                router.lists.push(at);
                found.clear();
                router.find_wild(topic, &mut found);
                router.lists.extend(&found);
                router.exact.insert(
                    topic.as_bytes().into(),
                    (start as u32, router.lists.len() as u32),
                );
            }
        }
        router
    }

    /// The readers of `topic`; none when nothing is bound to it. `scratch` is overwritten.
    #[inline]
    pub fn find<'a>(
        &'a self,
        topic: &[u8],
        scratch: &'a mut Vec<u32>,
    ) -> impl Iterator<Item = &'a Reader> {
        let list = match self.exact.get(topic) {
            Some(&(start, end)) => self.lists.get(start as usize..end as usize),
            None => {
                scratch.clear();
                if let Ok(topic) = std::str::from_utf8(topic) {
                    self.find_wild(topic, scratch);
                }
                Some(&**scratch)
            }
        };
        list.unwrap_or_default()
            .iter()
            .filter_map(|&at| self.readers.get(at as usize))
    }

    fn insert_wild(&mut self, filter: &str, reader: u32) {
        let mut at = 0;
        for segment in filter.split('/') {
            if segment == "#" {
                if let Some(level) = self.wild.get_mut(at) {
                    level.rest = Some(reader);
                }
                return;
            }
            let fresh = self.wild.len();
            let Some(level) = self.wild.get_mut(at) else {
                return;
            };
            at = match segment {
                "+" => *level.any.get_or_insert(fresh),
                literal => *level.children.entry(literal.into()).or_insert(fresh),
            };
            if at == fresh {
                self.wild.push(Level::default());
            }
        }
        if let Some(level) = self.wild.get_mut(at) {
            level.end = Some(reader);
        }
    }

    fn find_wild(&self, topic: &str, found: &mut Vec<u32>) {
        // MQTT 3.1.1 §4.7.2: wildcards at the start do not match topics of the broker itself.
        if !topic.starts_with('$') {
            self.walk(0, Some(topic), found);
        }
    }

    /// `rest`: the segments below this level; `None` behind the last one.
    fn walk(&self, at: usize, rest: Option<&str>, found: &mut Vec<u32>) {
        let Some(level) = self.wild.get(at) else {
            return;
        };
        found.extend(level.rest);
        let Some(rest) = rest else {
            found.extend(level.end);
            return;
        };
        let (segment, rest) = match rest.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (rest, None),
        };
        if let Some(&child) = level.children.get(segment) {
            self.walk(child, rest, found);
        }
        if let Some(child) = level.any {
            self.walk(child, rest, found);
        }
    }
}

/// The topic map that made a binding: it fits the binding's topic and field; one that names the
/// signal comes before one that takes every signal.
fn map_of<'a>(
    plant: &Plant,
    connection: &'a Connection,
    binding: &Binding,
) -> Option<&'a TopicMap> {
    let signal = plant.signal(binding.signal)?;
    let equipment = plant.equipment(signal.equipment)?;
    let fits = |template: &str, text: &str| {
        let known = template
            .replace("{signal}", &signal.spec.name)
            .replace("{equipment}", &equipment.id);
        fits_template(&known, text)
    };
    let fitting = |map: &&TopicMap| {
        let field = match &map.payload {
            crate::model::connection::Payload::Bare => "",
            crate::model::connection::Payload::Json { value, .. } => value,
        };
        fits(&map.template, &binding.topic) && fits(field, &binding.field)
    };
    let named = connection
        .topics
        .iter()
        .filter(|map| map.only.binary_search(&binding.signal).is_ok());
    let open = connection.topics.iter().filter(|map| map.only.is_empty());
    named.chain(open).find(fitting)
}

/// Whether `text` is `template` with each `{name}` replaced by some text.
fn fits_template(template: &str, text: &str) -> bool {
    let Some((head, tail)) = template.split_once('{') else {
        return template == text;
    };
    let Some((_, tail)) = tail.split_once('}') else {
        return template == text;
    };
    let Some(text) = text.strip_prefix(head) else {
        return false;
    };
    (0..=text.len())
        .filter(|&at| text.is_char_boundary(at))
        .any(|at| text.get(at..).is_some_and(|rest| fits_template(tail, rest)))
}

fn has_wildcard(topic: &str) -> bool {
    topic.split('/').any(|segment| matches!(segment, "+" | "#"))
}

/// What to subscribe to for the plain topics of one connection, with the quality of service: every
/// placeholder but `{site}` becomes `+`, so that siblings nobody has bound show up as unmapped;
/// filters that another one covers are left out.
pub fn subscriptions(plant: &Plant, connection: u32) -> Vec<(String, u8)> {
    let Some(description) = plant.connections.get(connection as usize) else {
        return Vec::new();
    };
    let mut filters: BTreeMap<String, u8> = BTreeMap::new();
    for binding in &plant.bindings {
        if binding.connection != connection {
            continue;
        }
        let Some(map) = map_of(plant, description, binding) else {
            continue;
        };
        let qos = filters
            .entry(generalise(&map.template, &binding.topic))
            .or_default();
        *qos = (*qos).max(map.qos.min(2));
    }
    minimal(&filters)
}

/// `topic` with `+` where the template has a placeholder other than `{site}`.
fn generalise(template: &str, topic: &str) -> String {
    let pattern: Vec<&str> = template.split('/').collect();
    let segments: Vec<&str> = topic.split('/').collect();
    let path = pattern.iter().position(|part| part.contains("{path}"));
    let generalised = segments.iter().enumerate().map(|(at, segment)| {
        let part = match path {
            Some(path) if at >= path => {
                // Aligned from the right: `{path}` takes as many segments as there are too many.
                let from_right = segments.len() - at;
                match pattern.len().checked_sub(from_right) {
                    Some(index) if index > path => pattern.get(index),
                    _ => pattern.get(path),
                }
            }
            _ => pattern.get(at),
        };
        let is_open = part.is_some_and(|part| part.replace("{site}", "").contains('{'));
        if is_open { "+" } else { segment }
    });
    generalised.collect::<Vec<_>>().join("/")
}

/// Leaves out filters that another one covers, and gives the others the higher quality of service.
fn minimal(filters: &BTreeMap<String, u8>) -> Vec<(String, u8)> {
    let mut kept: Vec<(String, u8)> = Vec::new();
    for (filter, &qos) in filters {
        if kept.iter().any(|(other, _)| covers(other, filter)) {
            for (other, kept_qos) in &mut kept {
                if covers(other, filter) {
                    *kept_qos = (*kept_qos).max(qos);
                }
            }
            continue;
        }
        let mut highest = qos;
        kept.retain(|(other, kept_qos)| {
            let is_covered = covers(filter, other);
            if is_covered {
                highest = highest.max(*kept_qos);
            }
            !is_covered
        });
        kept.push((filter.clone(), highest));
    }
    kept
}

/// Whether every topic that `narrow` matches is matched by `wide`.
fn covers(wide: &str, narrow: &str) -> bool {
    let (mut wide, mut narrow) = (wide.split('/'), narrow.split('/'));
    loop {
        match (wide.next(), narrow.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(segment)) if segment != "#" => {}
            (Some(a), Some(b)) if a == b => {}
            _ => return false,
        }
    }
}

/// A fast hash for topics: folded multiplication of eight bytes at a time (wyhash's mixing).
///
/// Only the scene decides what is in the tables, so there is nothing that hostile topics could
/// fill with collisions.
#[derive(Debug, Default)]
pub struct TopicHasher(u64);

impl TopicHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15)
            * u128::from(0xbf58_476d_1ce4_e5b9_u64);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for TopicHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            if let Ok(word) = word.try_into() {
                self.mix(u64::from_le_bytes(word));
            }
        }
        let mut last = [0; 8];
        let rest = words.remainder();
        if let Some(start) = last.get_mut(..rest.len()) {
            start.copy_from_slice(rest);
        }
        self.mix(u64::from_le_bytes(last) ^ ((bytes.len() as u64) << 56));
    }

    #[inline]
    fn write_usize(&mut self, length: usize) {
        self.mix(length as u64);
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
