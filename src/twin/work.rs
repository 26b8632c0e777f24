//! [`Work`]: something that a thread of its own works out, once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::simulation::experiment::Control;

/// Something that is being worked out, or has been. It is cancelled when nobody asks any more.
#[derive(Clone, Debug)]
pub struct Work<T>(Arc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    control: Control,
    done: AtomicUsize,
    of: AtomicUsize,
    found: OnceLock<Result<T, Arc<str>>>,
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        self.control.cancel();
    }
}

/// What is known of it.
#[derive(Debug)]
pub enum Known<'a, T> {
    /// So many of so many steps are done.
    UnderWay(usize, usize),
    /// All of it.
    Told(&'a T),
    /// Nothing can be said, and why.
    Nothing(&'a Arc<str>),
}

impl<T: Send + Sync + 'static> Work<T> {
    /// Begins it on a thread of this name; the work tells how many of how many steps are done.
    pub(super) fn begin(
        name: &str,
        work: impl FnOnce(&Control, &dyn Fn(usize, usize)) -> Result<T, String> + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            control: Control::default(),
            done: AtomicUsize::new(0),
            of: AtomicUsize::new(0),
            found: OnceLock::new(),
        });
        // The thread alone does not keep it going.
        let (weak, control) = (Arc::downgrade(&shared), shared.control.clone());
        let started = background(name, move || {
            let found = work(&control, &|done, of| {
                if let Some(shared) = weak.upgrade() {
                    shared.done.store(done, Ordering::Relaxed);
                    shared.of.store(of, Ordering::Relaxed);
                }
            });
            if let Some(shared) = weak.upgrade() {
                // Nobody else sets it.
                let _ = shared.found.set(found.map_err(Into::into));
            }
        });
        if let Err(why) = started {
            let _ = shared.found.set(Err(why));
        }
        Self(shared)
    }
}

impl<T> Work<T> {
    /// What is known so far.
    pub fn known(&self) -> Known<'_, T> {
        match self.0.found.get() {
            Some(Ok(found)) => Known::Told(found),
            Some(Err(why)) => Known::Nothing(why),
            None => Known::UnderWay(
                self.0.done.load(Ordering::Relaxed),
                self.0.of.load(Ordering::Relaxed),
            ),
        }
    }

    /// What was found, once it was.
    pub fn told(&self) -> Option<&T> {
        self.0.found.get()?.as_ref().ok()
    }

    /// Whether there is more to come.
    pub fn is_busy(&self) -> bool {
        self.0.found.get().is_none()
    }
}

/// Does something on a thread of its own.
///
/// # Errors
/// A sentence for the user, when none can be started.
pub(super) fn background(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Arc<str>> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .map(drop)
        .map_err(|error| format!("no thread could be started for it: {error}").into())
}
