//! Where telemetry comes from: MQTT brokers, plain topics and Sparkplug B.
//!
//! The only place in the program that knows what a topic looks like.
//!
//! ```text
//! broker ─▶ mqtt (a thread a connection) ─▶ topic, payload │ sparkplug ─▶ intake ─▶ outlet ─▶ channel
//! ```
//!
//! [`start`] starts one named thread for each connection of the plant. What arrives is decoded there
//! into the connection's [`Intake`]; its samples go on in [`Batch`]es over the one bounded channel.
//! When that is full, they wait in a spill within a budget; when that is full too, they are counted
//! and lost, and the gap is recorded. The thread itself never waits.

pub mod batch;
pub mod encode;
pub mod intake;
pub mod json;
pub mod meter;
pub mod mqtt;
pub mod outlet;
pub mod payload;
pub mod scalar;
pub mod sparkplug;
pub mod status;
pub mod tally;
pub mod topic;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;
use tokio::sync::watch;

pub use batch::{Batch, Pool};
pub use intake::Intake;
pub use status::SourceStatus;

use crate::clock::Clock;
use crate::model::Plant;
use mqtt::{Address, ConnectError};
use outlet::{Outlet, SpillBudget};

/// Why the sources cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A connection of the scene that no waiting will mend.
    #[error("connection {connection}: {error}")]
    Connection {
        /// Its id.
        connection: Arc<str>,
        /// What is wrong with it.
        error: ConnectError,
    },
    /// The scene means the embedded broker, and none runs.
    #[error(
        "connection {0} has no url and no broker runs inside: give it a url, or run the emulator"
    )]
    NoBroker(Arc<str>),
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// What differs from the scene in this run.
#[derive(Clone, Debug)]
pub struct Overrides {
    /// Where the embedded broker listens: takes the place of an empty url and of `embedded`.
    pub embedded_url: Option<Arc<str>>,
    /// Memory that all spills together may take, bytes.
    pub spill_bytes: usize,
    /// How much of what no signal is bound to each connection hands on for a recording, bytes a
    /// second; 0: none.
    pub unmapped_bytes_per_second: usize,
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            embedded_url: None,
            spill_bytes: SpillBudget::DEFAULT_BYTES,
            unmapped_bytes_per_second: 0,
        }
    }
}

/// The running sources of a plant. Dropping it stops them.
pub struct Sources {
    stop: watch::Sender<bool>,
    boards: Vec<Arc<Mutex<SourceStatus>>>,
    threads: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.status()).finish()
    }
}

/// Starts a thread for each connection of `plant`, sending to `sender`.
///
/// # Errors
///
/// A url that is none, or a system without threads. What may mend itself (no broker yet, a missing
/// password or certificate) is no error: the source's status tells, and it is tried again.
pub fn start(
    plant: Arc<Plant>,
    sender: Sender<Batch>,
    clock: Arc<Clock>,
    overrides: &Overrides,
) -> Result<Sources, SourceError> {
    let budget = SpillBudget::new(overrides.spill_bytes);
    let mut sources = Sources {
        stop: watch::Sender::new(false),
        boards: Vec::new(),
        threads: Vec::new(),
    };
    for (connection, number) in plant.connections.iter().zip(0..) {
        let url = match &*connection.url {
            "" | "embedded" => overrides
                .embedded_url
                .clone()
                .ok_or_else(|| SourceError::NoBroker(Arc::clone(&connection.id)))?,
            _ => Arc::clone(&connection.url),
        };
        Address::parse(&url).map_err(|error| SourceError::Connection {
            connection: Arc::clone(&connection.id),
            error,
        })?;
        let board = Arc::new(Mutex::new(SourceStatus {
            name: Arc::clone(&connection.id),
            url: Arc::clone(&url),
            ..SourceStatus::default()
        }));
        let client_id = match &connection.client_id {
            Some(id) => id.to_string(),
            None => own_client_id(&plant.id, &connection.id, clock.now().as_nanos()),
        };
        let outlet = Outlet::new(sender.clone(), budget.clone());
        let mut session =
            mqtt::Session::new(&plant, number, url, client_id, &clock, outlet, &board);
        session.keep_unmapped(overrides.unmapped_bytes_per_second);
        let stop = sources.stop.subscribe();
        let name = format!("source {}", connection.id);
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            if let Err(error) = mqtt::run(session, stop) {
                tracing::error!("cannot start a source: {error}");
            }
        })?;
        sources.boards.push(board);
        sources.threads.push(thread);
    }
    Ok(sources)
}

impl Sources {
    /// Status of each source, in the order of the plant's connections.
    pub fn status(&self) -> Vec<SourceStatus> {
        self.boards
            .iter()
            .map(|board| board.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect()
    }

    /// Says goodbye to every broker, sends on what is left and waits for the threads. The status
    /// stays readable.
    pub fn shutdown(&mut self) {
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a source has panicked");
            }
        }
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        self.shutdown();
    }
}

/// A client id that no other twin has: brokers throw out the older of two clients of one name.
fn own_client_id(plant: &str, connection: &str, nanos: i64) -> String {
    let mut hasher = topic::TopicHasher::default();
    (plant, connection, std::process::id(), nanos).hash(&mut hasher);
    format!("twinscape-{:08x}", hasher.finish() as u32)
}
