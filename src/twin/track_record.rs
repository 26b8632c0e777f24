//! [`TrackRecord`]: how often bands like those on the screen have been right in this plant's past.
//!
//! The past before the fork is asked the same question again and again, once the futures that were asked
//! for are there.

use std::sync::Arc;

use super::work::Work;
use crate::futures::Settings;
use crate::futures::backtest::{Questions, Report, backtest};
use crate::history::HistoryReader;
use crate::model::{Plant, Timestamp};

/// Past instants that are asked, at most.
const QUESTIONS: u64 = 60;
/// Futures for each of them.
const REPLICATIONS: u64 = 60;

/// How often such bands have been right.
pub type TrackRecord = Work<Report>;

/// Asks the past before `at`.
pub(super) fn ask(
    plant: &Arc<Plant>,
    history: &HistoryReader,
    at: Timestamp,
    settings: &Settings,
) -> TrackRecord {
    let settings = Settings {
        replications: REPLICATIONS,
        // What is on the screen goes on meanwhile.
        threads: 1,
        precision: None,
        ..settings.clone()
    };
    let (plant, history) = (Arc::clone(plant), history.clone());
    Work::begin("track record", move |control, each| {
        let past = history.span();
        let questions = past.and_then(|past| Questions::before(at, &past, &settings, QUESTIONS));
        let questions = questions.ok_or_else(|| {
            format!(
                "too little is recorded before it: an hour, and {} times five minutes",
                Questions::LEAST
            )
        })?;
        backtest(&plant, &history, &questions, control, each).map_err(|error| error.to_string())
    })
}
