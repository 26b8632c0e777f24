//! Sparkplug topics: `spBv1.0/group/type/node[/device]` and `spBv1.0/STATE/host` (Sparkplug 3.0.0 §4).

use std::collections::BTreeSet;

/// The namespace of Sparkplug B.
pub const NAMESPACE: &str = "spBv1.0";

/// Type of a message that an edge node sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub enum MessageKind {
    NodeBirth,
    NodeData,
    NodeDeath,
    DeviceBirth,
    DeviceData,
    DeviceDeath,
}

impl MessageKind {
    const NODE: [(&str, Self); 3] = [
        ("NBIRTH", Self::NodeBirth),
        ("NDATA", Self::NodeData),
        ("NDEATH", Self::NodeDeath),
    ];
    const DEVICE: [(&str, Self); 3] = [
        ("DBIRTH", Self::DeviceBirth),
        ("DDATA", Self::DeviceData),
        ("DDEATH", Self::DeviceDeath),
    ];

    fn find(table: [(&str, Self); 3], word: &str) -> Option<Self> {
        let found = table.into_iter().find(|(known, _)| *known == word);
        found.map(|(_, kind)| kind)
    }
}

/// Where a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Group id.
    pub group: &'a str,
    /// Edge node id.
    pub node: &'a str,
    /// Device id; `None`: the node itself.
    pub device: Option<&'a str>,
}

impl<'a> Origin<'a> {
    /// The origin that a binding's topic `spBv1.0/group/+/node[/device]` stands for; `None` when it
    /// is not of that form.
    pub fn of_binding(topic: &'a str) -> Option<Self> {
        let (origin, kind) = split(topic)?;
        (kind == "+").then_some(origin)
    }

    /// The topics of all messages it sends.
    pub fn topics(self) -> [(MessageKind, String); 3] {
        let Self {
            group,
            node,
            device,
        } = self;
        match device {
            None => MessageKind::NODE
                .map(|(word, kind)| (kind, format!("{NAMESPACE}/{group}/{word}/{node}"))),
            Some(device) => MessageKind::DEVICE.map(|(word, kind)| {
                let topic = format!("{NAMESPACE}/{group}/{word}/{node}/{device}");
                (kind, topic)
            }),
        }
    }

    /// Topic of a command to the node.
    pub fn command_topic(self) -> String {
        format!("{NAMESPACE}/{}/NCMD/{}", self.group, self.node)
    }
}

/// What a topic of the Sparkplug namespace means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic<'a> {
    /// A message of an edge node.
    Message(MessageKind, Origin<'a>),
    /// The state of a host application with this id.
    State(&'a str),
    /// A command, to which a listener has nothing to say.
    Command,
}

impl<'a> Topic<'a> {
    /// Reads a topic; `None` when it is none of Sparkplug's.
    pub fn parse(topic: &'a str) -> Option<Self> {
        if let Some(host) = state_host(topic) {
            return Some(Self::State(host));
        }
        let (origin, word) = split(topic)?;
        let kind = match origin.device {
            None => MessageKind::find(MessageKind::NODE, word),
            Some(_) => MessageKind::find(MessageKind::DEVICE, word),
        };
        match kind {
            Some(kind) => Some(Self::Message(kind, origin)),
            None => matches!(word, "NCMD" | "DCMD").then_some(Self::Command),
        }
    }
}

fn state_host(topic: &str) -> Option<&str> {
    let rest = topic.strip_prefix(NAMESPACE)?.strip_prefix("/STATE/")?;
    (!rest.is_empty() && !rest.contains('/')).then_some(rest)
}

/// Origin and third segment.
fn split(topic: &str) -> Option<(Origin<'_>, &str)> {
    let mut parts = topic.split('/');
    if parts.next()? != NAMESPACE {
        return None;
    }
    let (group, word, node) = (parts.next()?, parts.next()?, parts.next()?);
    let device = parts.next();
    if parts.next().is_some() || group.is_empty() || node.is_empty() || device == Some("") {
        return None;
    }
    let origin = Origin {
        group,
        node,
        device,
    };
    Some((origin, word))
}

/// What to subscribe to, with the quality of service: everything that edge nodes of these groups
/// send, but not the commands to them. Deaths are wills published with QoS 1 and asked for with it;
/// all the rest is lawful with QoS 0 only.
pub fn subscriptions(groups: &BTreeSet<&str>, host: Option<&str>) -> Vec<(String, u8)> {
    let of_host = host.map(|host| (state_topic(host), 1));
    let of_groups = groups.iter().flat_map(|group| {
        let of_nodes = MessageKind::NODE.map(|(word, kind)| {
            let qos = u8::from(kind == MessageKind::NodeDeath);
            (format!("{NAMESPACE}/{group}/{word}/+"), qos)
        });
        let of_devices =
            MessageKind::DEVICE.map(|(word, _)| (format!("{NAMESPACE}/{group}/{word}/+/+"), 0));
        of_nodes.into_iter().chain(of_devices)
    });
    of_host.into_iter().chain(of_groups).collect()
}

/// Topic on which a host application publishes its state.
pub fn state_topic(host: &str) -> String {
    format!("{NAMESPACE}/STATE/{host}")
}
