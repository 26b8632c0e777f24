//! [`TrackRecord`]: how often bands like those on the screen have been right in this plant's past.
//!
//! The past before the fork is asked the same question again and again, by a thread of its own, once
//! the futures that were asked for are there.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::futures::Settings;
use crate::futures::backtest::{Questions, Report, backtest};
use crate::history::HistoryReader;
use crate::model::{Plant, Timestamp};
use crate::simulation::experiment::Control;

/// Past instants that are asked, at most.
const QUESTIONS: u64 = 60;
/// Futures for each of them.
const REPLICATIONS: u64 = 60;

/// How often such bands have been right.
#[derive(Clone, Debug)]
pub struct TrackRecord(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    control: Control,
    done: AtomicUsize,
    of: AtomicUsize,
    found: OnceLock<Result<Report, Arc<str>>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.control.cancel();
    }
}

/// What is known of a track record.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// So many of so many questions are answered.
    Asking(usize, usize),
    /// The score.
    Told(&'a Report),
    /// Nothing can be said, and why.
    Nothing(&'a Arc<str>),
}

impl TrackRecord {
    /// Asks the past before `at`.
    pub(super) fn ask(
        plant: &Arc<Plant>,
        history: &HistoryReader,
        at: Timestamp,
        settings: &Settings,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let settings = Settings {
            replications: REPLICATIONS,
            // What is on the screen goes on meanwhile.
            threads: 1,
            precision: None,
            ..settings.clone()
        };
        let questions = history
            .span()
            .and_then(|past| Questions::before(at, &past, &settings, QUESTIONS));
        let nothing = |why: String| {
            // Only this one is set: whoever looks has no other yet.
            let _ = shared.found.set(Err(why.into()));
        };
        let Some(questions) = questions else {
            nothing(format!(
                "too little is recorded before it: an hour, and {} times five minutes",
                Questions::LEAST
            ));
            return Self(shared);
        };
        let (plant, history) = (Arc::clone(plant), history.clone());
        // The thread alone does not keep it going.
        let (weak, control) = (Arc::downgrade(&shared), shared.control.clone());
        let work = move || {
            let report = backtest(&plant, &history, &questions, &control, |done, of| {
                if let Some(shared) = weak.upgrade() {
                    shared.done.store(done, Ordering::Relaxed);
                    shared.of.store(of, Ordering::Relaxed);
                }
            });
            if let Some(shared) = weak.upgrade() {
                let _ = shared
                    .found
                    .set(report.map_err(|error| error.to_string().into()));
            }
        };
        if let Err(why) = super::outlook::background("track record", work) {
            nothing(why.to_string());
        }
        Self(shared)
    }

    /// What is known so far.
    pub fn known(&self) -> Known<'_> {
        match self.0.found.get() {
            Some(Ok(report)) => Known::Told(report),
            Some(Err(why)) => Known::Nothing(why),
            None => Known::Asking(
                self.0.done.load(Ordering::Relaxed),
                self.0.of.load(Ordering::Relaxed),
            ),
        }
    }

    /// Whether there is more to come.
    pub fn is_busy(&self) -> bool {
        self.0.found.get().is_none()
    }
}
