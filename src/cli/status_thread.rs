//! [`StatusThread`]: looks at the sources and at the recording for the view, twice a second.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::recording::reader::Recording;
use crate::source::Sources;
use crate::twin::LiveBoard;

/// Takes the sources' status over to the board, and looks for what was sealed or removed.
pub(super) struct StatusThread {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl StatusThread {
    const EVERY: Duration = Duration::from_millis(500);

    /// Starts it; `past` is what the session records, read back.
    pub fn start(
        sources: Arc<Sources>,
        board: LiveBoard,
        past: Option<Recording>,
    ) -> anyhow::Result<Self> {
        let (stop, stopped) = bounded::<()>(0);
        let mut known = (0, 0);
        let thread = std::thread::Builder::new()
            .name("source-status".into())
            .spawn(move || {
                while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(Self::EVERY) {
                    board.set_sources(&sources.status());
                    let (Some(past), Some(status)) = (&past, board.recorder()) else {
                        continue;
                    };
                    let parts = (status.sealed_parts, status.removed_hours);
                    if parts != known {
                        known = parts;
                        if let Err(error) = past.refresh() {
                            tracing::warn!("what was sealed cannot be read: {error}");
                        }
                    }
                }
            })
            .context("no thread for the status of the sources")?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for StatusThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It cannot have panicked: it only copies.
            let _ = thread.join();
        }
    }
}
