//! What the system asks the program to do: on Ctrl-C and on a request to end, what was recorded is
//! sealed first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set when the program was asked to end.
#[derive(Clone, Debug, Default)]
pub struct EndAsked(Arc<AtomicBool>);

impl EndAsked {
    /// Whether it was.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// From now on a request to end only sets this; a second one ends the program at once.
pub fn watch() -> EndAsked {
    let asked = EndAsked::default();
    let set = asked.clone();
    on_request(move |code| {
        if set.0.swap(true, Ordering::Relaxed) {
            std::process::exit(code);
        }
        Then::GoOn
    });
    asked
}

/// From now on a request to end first does this, then ends the program.
pub fn seal_before_end(seal: impl FnOnce() + Send + 'static) {
    let mut seal = Some(seal);
    on_request(move |code| {
        if let Some(seal) = seal.take() {
            seal();
        }
        std::process::exit(code)
    });
}

enum Then {
    GoOn,
}

/// Calls this with the exit code of each request, on a thread of its own.
fn on_request(mut act: impl FnMut(i32) -> Then + Send + 'static) {
    let started = std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            else {
                return;
            };
            runtime.block_on(async {
                while let Some(code) = request().await {
                    let Then::GoOn = act(code);
                }
            });
        });
    if let Err(error) = started {
        tracing::warn!("no thread that waits for Ctrl-C: {error}");
    }
}

/// Waits for the next request; its exit code, or `None` when there is nothing to wait for.
#[cfg(unix)]
async fn request() -> Option<i32> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).ok()?;
    let mut terminate = signal(SignalKind::terminate()).ok()?;
    let mut hang_up = signal(SignalKind::hangup()).ok()?;
    // As a shell says: 128 and the number of the signal.
    tokio::select! {
        _ = interrupt.recv() => Some(130),
        _ = terminate.recv() => Some(143),
        _ = hang_up.recv() => Some(129),
    }
}

#[cfg(not(unix))]
async fn request() -> Option<i32> {
    tokio::signal::ctrl_c().await.ok().map(|()| 130)
}
