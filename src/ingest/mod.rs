//! The ingest thread: samples from all sources onto the one time axis, into the history, with what
//! follows from them (operating state, health, liveness, alarms, events).
//!
//! [`Ingest`] does the work and knows neither threads nor clocks; [`start`] gives it both. It keeps
//! working while the window sleeps or draws.

mod alarms;
mod convert;
mod derive;
mod limits;
mod pipeline;
mod track;

pub use alarms::{AlarmBook, Raise, SHOWN as ALARMS_SHOWN};
pub use limits::{LimitWatch, Transition};
pub use pipeline::{Ingest, IngestStats};

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, select};

use crate::clock::Clock;
use crate::history::HistoryWriter;
use crate::model::{Plant, Timestamp};
use crate::source::batch::Batch;
use crate::twin::LiveBoard;

/// Wakes whoever draws; called at most [`WAKES_PER_SECOND`] times a second.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// How often the window is woken at most.
pub const WAKES_PER_SECOND: u32 = 30;
/// Time between two looks at the system's clock and at the alarm list.
const HOUSEKEEPING: Duration = Duration::from_secs(1);
const ALARM_LIST: Duration = Duration::from_millis(100);

/// The ingest could not be started.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The system gave no thread: too many, or no memory.
    #[error("no thread for the ingest: close other programs and start again: {0}")]
    Thread(#[source] std::io::Error),
}

/// The running ingest thread. It ends when this is dropped, or when every source is gone.
pub struct Handle {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("thread", &self.thread)
            .finish_non_exhaustive()
    }
}

impl Handle {
    /// Waits until every source is gone and all they sent is in the history.
    pub fn join(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts the ingest thread, which owns `writer` and drains `batches`.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    plant: Arc<Plant>,
    writer: HistoryWriter,
    batches: Receiver<Batch>,
    board: LiveBoard,
    clock: Arc<Clock>,
    wake: Wake,
) -> Result<Handle, IngestError> {
    let (stop, stopped) = bounded(0);
    let worker = Worker {
        ingest: Ingest::new(plant, writer),
        board,
        clock,
        wake,
        woken: Timestamp::MIN,
        listed: Timestamp::MIN,
        kept_house: Timestamp::MIN,
        has_news: false,
        announced: 0,
    };
    let thread = std::thread::Builder::new()
        .name("ingest".into())
        .spawn(move || worker.run(batches, stopped))
        .map_err(IngestError::Thread)?;
    Ok(Handle {
        stop: Some(stop),
        thread: Some(thread),
    })
}

struct Worker {
    ingest: Ingest,
    board: LiveBoard,
    clock: Arc<Clock>,
    wake: Wake,
    woken: Timestamp,
    listed: Timestamp,
    kept_house: Timestamp,
    /// Whether something happened that the window has not been woken for.
    has_news: bool,
    announced: u64,
}

impl Worker {
    fn run(mut self, batches: Receiver<Batch>, stopped: Receiver<()>) {
        loop {
            let wait = self.wait();
            select! {
                recv(batches) -> batch => match batch {
                    Ok(batch) => self.batch(&batch),
                    Err(_) => break,
                },
                recv(stopped) -> _ => {
                    // What has arrived by now is taken first.
                    while let Ok(batch) = batches.try_recv() {
                        self.batch(&batch);
                    }
                    break;
                }
                default(wait) => {}
            }
            let now = self.clock.now();
            if batches.is_empty() {
                self.ingest.tick(now);
            }
            self.report(now);
        }
        let now = self.clock.now();
        self.ingest.tick(now);
        self.listed = Timestamp::MIN;
        self.woken = Timestamp::MIN;
        self.report(now);
    }

    fn batch(&mut self, batch: &Batch) {
        self.ingest.ingest(batch);
        self.has_news |= !batch.is_empty();
    }

    /// How long nothing needs to be done if nothing arrives.
    fn wait(&mut self) -> Duration {
        let now = self.clock.now();
        let mut wait = HOUSEKEEPING;
        if let Some(next) = self.ingest.next_deadline() {
            wait = wait.min(next.saturating_since(now));
        }
        if self.ingest.has_alarms() {
            wait = wait.min((self.listed + ALARM_LIST).saturating_since(now));
        }
        if self.has_news {
            let due = self.woken + Duration::from_secs(1) / WAKES_PER_SECOND;
            wait = wait.min(due.saturating_since(now));
        }
        wait
    }

    fn report(&mut self, now: Timestamp) {
        let announced = self.ingest.announcements();
        if announced != self.announced {
            self.announced = announced;
            self.has_news = true;
        }
        if now >= self.kept_house + HOUSEKEEPING {
            self.kept_house = now;
            if let Some(nanos) = self.clock.jump() {
                self.ingest.clock_jump(now, nanos);
                self.has_news = true;
            }
        }
        if now >= self.listed + ALARM_LIST
            && let Some(alarms) = self.ingest.take_alarms()
        {
            self.listed = now;
            self.board.set_alarms(alarms);
            self.has_news = true;
        }
        if self.has_news && now >= self.woken + Duration::from_secs(1) / WAKES_PER_SECOND {
            self.woken = now;
            self.has_news = false;
            (self.wake)();
        }
    }
}
