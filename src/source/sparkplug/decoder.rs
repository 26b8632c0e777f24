//! [`Decoder`]: the Sparkplug messages of one connection, from topics to those who act on them.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasherDefault;

use super::deliver::{Context, list_unmapped};
use super::host::{Host, Request};
use super::scope::Scope;
use super::topic::{self, MessageKind, NAMESPACE, Origin, Topic};
use super::wire::Head;
use crate::model::connection::{Connection, Rebirth, SessionKind};
use crate::model::{Plant, SessionId, Timestamp};
use crate::source::Intake;
use crate::source::status::RejectCause;
use crate::source::topic::TopicHasher;

/// One message as it came from the broker.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Its topic.
    pub topic: &'a [u8],
    /// Its payload.
    pub payload: &'a [u8],
    /// Whether the broker had kept it from an earlier time.
    pub retained: bool,
    /// When it was received.
    pub receive_time: Timestamp,
}

/// Turns the Sparkplug messages of one connection into samples and lives.
#[derive(Debug)]
pub struct Decoder {
    /// Topic → kind, node, scope, for everything that the scene binds.
    routes: HashMap<Box<[u8]>, Route, BuildHasherDefault<TopicHasher>>,
    pub(super) nodes: Vec<Node>,
    pub(super) scopes: Vec<Scope>,
    /// Group and node id → node: for devices that nothing is bound to.
    by_origin: HashMap<(Box<str>, Box<str>), usize>,
    groups: BTreeSet<Box<str>>,
    host: Option<Host>,
}

/// Who speaks on a topic. Small, as it is looked up for every message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub kind: MessageKind,
    node: u32,
    /// The node's own metrics.
    own: u32,
    /// [`Route::NOBODY`]: a device that nothing is bound to.
    scope: u32,
}

impl Route {
    const NOBODY: u32 = u32::MAX;

    /// Index of the edge node.
    pub const fn node(self) -> usize {
        self.node as usize
    }

    /// Index of the scope of the node itself.
    pub const fn own(self) -> usize {
        self.own as usize
    }

    /// Index of the scope of who speaks; `None`: a device that nothing is bound to.
    pub fn scope(self) -> Option<usize> {
        (self.scope != Self::NOBODY).then_some(self.scope as usize)
    }
}

#[derive(Debug)]
pub(super) struct Node {
    pub group: Box<str>,
    pub id: Box<str>,
    pub rebirth: Rebirth,
    pub rebirth_asked: Option<Timestamp>,
    /// Its own metrics.
    pub scope: usize,
    pub devices: Vec<usize>,
    /// bdSeq of its birth.
    pub bd_seq: Option<u64>,
}

impl Decoder {
    /// For the Sparkplug bindings of one connection.
    pub fn new(plant: &Plant, connection: u32) -> Self {
        let mut decoder = Self {
            routes: HashMap::default(),
            nodes: Vec::new(),
            scopes: Vec::new(),
            by_origin: HashMap::new(),
            groups: BTreeSet::new(),
            host: None,
        };
        let Some(description) = plant.connections.get(connection as usize) else {
            return decoder;
        };
        let mut maps = description.sparkplug.iter();
        decoder.host = maps.find_map(|map| map.host_id.as_deref().map(Host::new));
        for (session, id) in plant.sessions.iter().zip(0..) {
            let origin = match &session.kind {
                SessionKind::Node { group, node } => Origin {
                    group,
                    node,
                    device: None,
                },
                SessionKind::Device {
                    group,
                    node,
                    device,
                } => Origin {
                    group,
                    node,
                    device: Some(device),
                },
                SessionKind::Connection => continue,
            };
            if session.connection == connection {
                let at = decoder.scope(origin, description);
                if let Some(scope) = decoder.scopes.get_mut(at) {
                    scope.set_session(SessionId(id));
                }
            }
        }
        for binding in &plant.bindings {
            if binding.connection == connection
                && let Some(origin) = Origin::of_binding(&binding.topic)
            {
                let at = decoder.scope(origin, description);
                if let Some(scope) = decoder.scopes.get_mut(at) {
                    scope.bind(plant, &binding.field, binding.signal);
                }
            }
        }
        decoder
    }

    /// The scope of a node or device; made, with its node and its routes, when it is new.
    fn scope(&mut self, origin: Origin<'_>, description: &Connection) -> usize {
        let Origin {
            group, node: id, ..
        } = origin;
        let key = (Box::from(group), Box::from(id));
        let node = match self.by_origin.get(&key) {
            Some(&node) => node,
            None => {
                let node = self.nodes.len();
                let own = self.scopes.len();
                let scope = self.add_scope(origin_of_node(origin), node, own);
                self.nodes.push(Node {
                    group: group.into(),
                    id: id.into(),
                    rebirth: rebirth_of(description, group, id),
                    rebirth_asked: None,
                    scope,
                    devices: Vec::new(),
                    bd_seq: None,
                });
                self.groups.insert(group.into());
                self.by_origin.insert(key, node);
                node
            }
        };
        let [(_, topic), ..] = origin.topics();
        if let Some(scope) = self.routes.get(topic.as_bytes()).and_then(|at| at.scope()) {
            return scope;
        }
        let own = self.nodes.get(node).map_or(0, |node| node.scope);
        let scope = self.add_scope(origin, node, own);
        if let Some(node) = self.nodes.get_mut(node) {
            node.devices.push(scope);
        }
        scope
    }

    fn add_scope(&mut self, origin: Origin<'_>, node: usize, own: usize) -> usize {
        let scope = self.scopes.len();
        self.scopes.push(Scope::default());
        for (kind, topic) in origin.topics() {
            let route = Route {
                kind,
                node: node as u32,
                own: own as u32,
                scope: scope as u32,
            };
            self.routes.insert(topic.into_bytes().into(), route);
        }
        scope
    }

    /// Whether a topic is one of Sparkplug's, and so for this decoder.
    pub fn is_for(&self, topic: &[u8]) -> bool {
        !self.nodes.is_empty()
            && topic
                .strip_prefix(NAMESPACE.as_bytes())
                .is_some_and(|rest| rest.starts_with(b"/"))
    }

    /// What to subscribe to, with the quality of service; nothing when nothing is bound.
    pub fn subscriptions(&self) -> Vec<(String, u8)> {
        let groups = self.groups.iter().map(|group| &**group).collect();
        topic::subscriptions(&groups, self.host.as_ref().map(Host::id))
    }

    /// This host's STATE, if the scene asks for one: its will, births and death.
    pub fn host(&mut self) -> Option<&mut Host> {
        self.host.as_mut()
    }

    /// Takes a message: samples and lives into `intake`, what should be published into `requests`.
    /// Nothing in it can do harm; what cannot be used is counted.
    pub fn message(
        &mut self,
        message: &Message<'_>,
        intake: &mut Intake,
        requests: &mut Vec<Request>,
    ) {
        let Ok(topic) = std::str::from_utf8(message.topic) else {
            let topic = String::from_utf8_lossy(message.topic);
            let what = format_args!("topic is not UTF-8");
            let time = message.receive_time;
            intake.reject(RejectCause::Malformed, &topic, what, b"", time);
            return;
        };
        let route = match self.routes.get(message.topic) {
            Some(route) => *route,
            None => match Topic::parse(topic) {
                Some(Topic::Message(kind, origin)) => {
                    let key = (Box::from(origin.group), Box::from(origin.node));
                    let Some(&node) = self.by_origin.get(&key) else {
                        list_unmapped(topic, message, intake);
                        return;
                    };
                    Route {
                        kind,
                        node: node as u32,
                        own: self.nodes.get(node).map_or(0, |node| node.scope) as u32,
                        scope: Route::NOBODY,
                    }
                }
                Some(Topic::State(id)) => {
                    let host = self.host.as_ref().filter(|host| host.id() == id);
                    requests.extend(host.and_then(|host| host.answer(message.payload)));
                    return;
                }
                Some(Topic::Command) => return,
                None => {
                    intake.unmapped(topic, "", message.payload, message.receive_time);
                    return;
                }
            },
        };
        let head = Head::read(message.payload);
        let mut context = Context {
            topic,
            message,
            head: head.unwrap_or_default(),
            intake,
            requests,
        };
        match head {
            Err(error) => {
                context.reject(RejectCause::Malformed, format_args!("payload {error}"));
            }
            Ok(head) if head.uuid == Head::COMPRESSED => {
                let what = format_args!("compressed payload: switch compression off at the sender");
                context.reject(RejectCause::Unsupported, what);
            }
            Ok(_) => self.take(route, &mut context),
        }
    }
}

fn origin_of_node(origin: Origin<'_>) -> Origin<'_> {
    Origin {
        device: None,
        ..origin
    }
}

/// Whether the scene allows rebirth requests to this node.
fn rebirth_of(description: &Connection, group: &str, node: &str) -> Rebirth {
    let is_allowed = description.sparkplug.iter().any(|map| {
        map.rebirth == Rebirth::OnGap && fits(&map.group, group) && fits(&map.node, node)
    });
    if is_allowed {
        Rebirth::OnGap
    } else {
        Rebirth::Never
    }
}

/// Whether `text` is `template` with each `{name}` replaced by some text.
fn fits(template: &str, text: &str) -> bool {
    let Some((head, rest)) = template.split_once('{') else {
        return template == text;
    };
    let Some((_, tail)) = rest.split_once('}') else {
        return template == text;
    };
    text.strip_prefix(head).is_some_and(|text| {
        (0..=text.len())
            .filter_map(|at| text.get(at..))
            .any(|text| fits(tail, text))
    })
}
