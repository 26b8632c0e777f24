//! Who vouches for imported values that were reported by exception: the files, as long as they go on.

use std::time::Duration;

use crate::model::connection::{Connection, MqttVersion, Session, SessionKind, SkewWindow, Tls};
use crate::model::signal::Reporting;
use crate::model::{Plant, SessionId, Timestamp};

/// Id of the connection that stands for files, in plants whose signals have no other.
const FILES: &str = "import";

/// The plant, with a session for the signals that no source of the scene sends: to import into, and to
/// read what was imported.
#[must_use]
pub fn with_files_as_source(mut plant: Plant) -> Plant {
    if plant.signals.iter().all(|signal| signal.session.is_some()) {
        return plant;
    }
    let connection = plant.connections.len() as u32;
    let session = SessionId(plant.sessions.len() as u32);
    plant.connections.push(Connection {
        id: FILES.into(),
        url: "".into(),
        version: MqttVersion::default(),
        client_id: None,
        username: None,
        password: None,
        tls: Tls::default(),
        max_packet_bytes: 0,
        skew: SkewWindow::default(),
        topics: Vec::new(),
        sparkplug: Vec::new(),
    });
    plant.sessions.push(Session {
        connection,
        kind: SessionKind::Connection,
        parent: None,
    });
    for signal in &mut plant.signals {
        signal.session.get_or_insert(session);
    }
    plant.index()
}

/// Says when the files are alive: from a reading until none has come for longer than any signal may
/// keep silent.
#[derive(Debug)]
pub(super) struct Liveness {
    sessions: u32,
    patience: Duration,
    last: Option<Timestamp>,
}

impl Liveness {
    pub fn of(plant: &Plant) -> Self {
        let patience = plant
            .signals
            .iter()
            .filter_map(|signal| match signal.spec.reporting {
                Reporting::Cyclic { stale_after } => Some(stale_after),
                Reporting::ByException => None,
            });
        Self {
            sessions: plant.sessions.len() as u32,
            patience: patience.max().unwrap_or(Duration::from_secs(60)),
            last: None,
        }
    }

    /// A reading of this time is next: appends who lives and dies before it.
    pub fn reading(&mut self, time: Timestamp, out: &mut Vec<(SessionId, bool, Timestamp)>) {
        if let Some(last) = self.last
            && time > last + self.patience
        {
            self.all(false, last + self.patience, out);
            self.last = None;
        }
        if self.last.is_none() {
            self.all(true, time, out);
        }
        self.last = self.last.max(Some(time));
    }

    /// Nothing more comes.
    pub fn end(&mut self, out: &mut Vec<(SessionId, bool, Timestamp)>) -> Option<Timestamp> {
        let end = self.last.take()? + self.patience;
        self.all(false, end, out);
        Some(end)
    }

    fn all(&self, is_alive: bool, time: Timestamp, out: &mut Vec<(SessionId, bool, Timestamp)>) {
        out.extend((0..self.sessions).map(|session| (SessionId(session), is_alive, time)));
    }
}
