//! Whose being alive decides whether values reported by exception are fresh.

use std::collections::HashMap;

use crate::model::SessionId;
use crate::model::connection::{Session, SessionKind};

/// Sessions while they are found: one per connection first, then Sparkplug nodes and devices.
pub(super) struct Sessions {
    pub list: Vec<Session>,
    known: HashMap<(u32, String, String, Option<String>), SessionId>,
}

impl Sessions {
    pub fn of_connections(count: usize) -> Self {
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

    pub fn sparkplug(
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
