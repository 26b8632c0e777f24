//! Back-tests: had one asked then, would the answer have been right?
//!
//! At many past instants the plant is forked from what was recorded before, its futures are simulated
//! over a horizon, and the band of 80 % is compared with what then happened. Beside it stand two naive
//! forecasts, with bands made of their own errors up to then:
//!
//! - *last hour*: it goes on as in the last hour;
//! - *day before*: it goes as it went at the same time the day before.
//!
//! | figure | what it says | source |
//! | --- | --- | --- |
//! | coverage | how often the band held what happened, with Wilson's interval; should be 80 % | |
//! | ties shared | coverage where what is counted in whole parts lies on a limit of the band | Czado, Gneiting and Held 2009 |
//! | bias | mean of the forecast − what happened | |
//! | width | mean width of the band: its sharpness | |
//! | interval score | width, and 10 × what lies outside of it; less is better | Gneiting and Raftery 2007, §6.2 |
//! | CRPS | the whole distribution against what happened; less is better | Gneiting and Raftery 2007, §4.2 |
//! | width at 80 % | mean width if the band were stretched until it held 80 %: sharpness at equal coverage | |

mod naive;
mod score;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::{Fork, Futures, FuturesError, Settings, Track, sinks};
use crate::history::HistoryReader;
use crate::kpi::flow::counted;
use crate::model::{Plant, SignalId, Timestamp};
use crate::simulation::PlantNetwork;
use crate::simulation::experiment::{Control, ExperimentError, Probability};

pub use score::{Score, crps, interval_score};

/// Share of the futures that a band is to hold.
pub const BAND: f64 = 0.8;
/// Blocks of time of which the coverage is told one by one.
const BLOCKS: usize = 10;
/// Points of the past without which there is nothing to fork.
const LEAST_PAST: Duration = Duration::from_secs(3_600);

/// What is asked, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Questions {
    /// Asked from here on; earlier than an hour after the history begins: from there.
    pub from: Timestamp,
    /// All answers lie before here.
    pub to: Timestamp,
    /// How far each forecast goes.
    pub horizon: Duration,
    /// Time from one question to the next; not shorter than the horizon, so that no two answers share
    /// anything that happened.
    pub every: Duration,
    /// How the futures are simulated; its horizon and step are those of the question.
    pub settings: Settings,
}

/// Horizons that the past is asked about where that of the forecast does not fit into it often enough.
const SHORTER: [Duration; 7] = [
    Duration::from_secs(4 * 3_600),
    Duration::from_secs(2 * 3_600),
    Duration::from_secs(3_600),
    Duration::from_secs(30 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(5 * 60),
];

impl Questions {
    /// Fewer answers than this say nothing about a forecast.
    pub const LEAST: u64 = 10;

    /// The questions that a forecast from `at` on is judged by: the last ones before it, `most` of them
    /// at most, as far ahead as the forecast itself or, where the past is too short for that, as far
    /// as it allows [`Questions::LEAST`] of. `None`: it is too short for any.
    #[must_use]
    pub fn before(
        at: Timestamp,
        past: &Range<Timestamp>,
        settings: &Settings,
        most: u64,
    ) -> Option<Self> {
        let room = at.saturating_since(past.start + LEAST_PAST);
        let shorter = SHORTER.into_iter().filter(|it| *it < settings.horizon);
        std::iter::once(settings.horizon)
            .chain(shorter)
            .find_map(|horizon| {
                let fits = (room.as_nanos() / horizon.as_nanos().max(1)) as u64;
                let count = u32::try_from(fits.min(most)).unwrap_or(u32::MAX);
                (fits >= Self::LEAST).then(|| Self {
                    from: at - horizon * count,
                    to: at,
                    horizon,
                    every: horizon,
                    settings: settings.clone(),
                })
            })
    }
}

/// One question, the answers to it, and what happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// When it was asked.
    pub at: Timestamp,
    /// Parts that then left within the horizon.
    pub actual: f64,
    /// Lower end of the band, median, upper end.
    pub band: [f64; 3],
    /// The same of the last hour's rate; none as long as it has not been wrong often enough.
    pub last_hour: Option<[f64; 3]>,
    /// The same of the day before.
    pub day_before: Option<[f64; 3]>,
}

/// What a back-test has found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How far each forecast goes, in seconds.
    pub horizon_secs: f64,
    /// Share that a band is to hold.
    pub band: f64,
    /// The forecast, over all questions.
    pub all: Score,
    /// The forecast and the two naive ones, over the questions that all of them answered.
    pub compared: Vec<Score>,
    /// Coverage of the forecast block by block of time, each with its first question.
    pub over_time: Vec<(Timestamp, Probability)>,
    /// Every question.
    pub asked: Vec<Asked>,
}

/// What the coverage says of the bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They hold as much as they should, as far as so few answers tell.
    Holds,
    /// They hold less: the plant does what its model does not have.
    TooNarrow,
    /// They hold more.
    TooWide,
}

impl Report {
    /// What the coverage says. Among whole parts a band holds more than it should by what lies on its
    /// limits: such ties are shared.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let shared = &self.all.coverage_ties_shared;
        let half = shared.half_width.unwrap_or(1.0);
        if shared.mean + half < self.band {
            Verdict::TooNarrow
        } else if shared.mean - half > self.band {
            Verdict::TooWide
        } else {
            Verdict::Holds
        }
    }
}

/// Why there is nothing to be found.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BacktestError {
    /// The futures cannot be simulated.
    #[error(transparent)]
    Futures(#[from] FuturesError),
    /// The plant cannot be simulated.
    #[error("the plant cannot be simulated: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Plant(Vec<crate::simulation::FromPlantError>),
    /// Nothing counts what leaves the plant.
    #[error("nothing counts the parts that leave: give a sink a signal with role = \"produced\"")]
    NoCounter,
    /// The recording is too short.
    #[error("nothing can be asked: the recording must go on for an hour and the horizon; there is {}", .0.as_ref().map_or_else(|| "nothing".to_owned(), |span| format!("{} to {}", span.start, span.end)))]
    TooShort(Option<Range<Timestamp>>),
    /// It was cancelled.
    #[error("it was cancelled")]
    Cancelled,
}

/// Asks all questions of the plant's history. `each` is told how many of how many are answered.
///
/// # Errors
/// When the plant cannot be simulated, or there is nothing to be asked.
pub fn backtest(
    plant: &Arc<Plant>,
    history: &HistoryReader,
    questions: &Questions,
    control: &Control,
    mut each: impl FnMut(usize, usize),
) -> Result<Report, BacktestError> {
    let instants = instants(history, questions)?;
    let network = PlantNetwork::new(plant, questions.from).map_err(BacktestError::Plant)?;
    let counters: Vec<SignalId> = sinks(plant, &network).collect();
    if counters.is_empty() {
        return Err(BacktestError::NoCounter);
    }
    let settings = Settings {
        horizon: questions.horizon,
        step: questions.horizon,
        ..questions.settings.clone()
    };
    let count = |span: Range<Timestamp>| left(history, &counters, span);
    let mut past = naive::Naive::new(questions.horizon);
    let mut answers = score::Answers::default();
    let mut asked = Vec::with_capacity(instants.len());
    for (index, at) in instants.iter().copied().enumerate() {
        if control.is_cancelled() {
            return Err(BacktestError::Cancelled);
        }
        let until = at + questions.horizon;
        let Some(actual) = count(at..until) else {
            continue;
        };
        let fork = Fork::new(plant, history, at).map_err(FuturesError::from)?;
        let futures = Futures::new(plant, &fork, None, history, &settings)?;
        let forecast = match futures.run(control) {
            Err(FuturesError::Experiment(ExperimentError::Cancelled)) => {
                return Err(BacktestError::Cancelled);
            }
            other => other?,
        };
        let last = forecast.grid().len().saturating_sub(1);
        let mut values = forecast.values(&Track::Completed, last);
        values.sort_unstable_by(f64::total_cmp);
        let naive = past.answers(at, &count);
        past.learn(until, naive.centres, actual);
        let of = |sample: &Option<Vec<f64>>| sample.as_deref().map(score::band);
        asked.push(Asked {
            at,
            actual,
            band: score::band(&values),
            last_hour: of(&naive.samples[0]),
            day_before: of(&naive.samples[1]),
        });
        answers.add(actual, values, naive.samples);
        each(index + 1, instants.len());
    }
    if asked.is_empty() {
        return Err(BacktestError::TooShort(history.span()));
    }
    let confidence = questions.settings.confidence;
    Ok(Report {
        horizon_secs: questions.horizon.as_secs_f64(),
        band: BAND,
        all: answers.all(confidence),
        compared: answers.compared(confidence),
        over_time: over_time(&asked, confidence),
        asked,
    })
}

fn instants(
    history: &HistoryReader,
    questions: &Questions,
) -> Result<Vec<Timestamp>, BacktestError> {
    let span = history.span();
    let Some(known) = span.clone() else {
        return Err(BacktestError::TooShort(span));
    };
    let from = questions.from.max(known.start + LEAST_PAST);
    let to = questions.to.min(known.end);
    let every = questions.every.max(questions.horizon);
    let mut instants = Vec::new();
    let mut at = from;
    while at + questions.horizon <= to && instants.len() < 1_000_000 {
        instants.push(at);
        at = at + every;
    }
    if instants.is_empty() || every.is_zero() {
        return Err(BacktestError::TooShort(span));
    }
    Ok(instants)
}

/// Parts that left in a span, by all counters; none when one of them said nothing.
fn left(history: &HistoryReader, counters: &[SignalId], span: Range<Timestamp>) -> Option<f64> {
    let mut points = Vec::new();
    let mut sum = 0.0;
    for counter in counters {
        // What a counter says at the begin of a span is where it stands.
        history.latest_at(*counter, span.start)?;
        sum += counted(history, *counter, &span, &mut points)?;
    }
    Some(sum)
}

fn over_time(asked: &[Asked], confidence: f64) -> Vec<(Timestamp, Probability)> {
    let size = asked.len().div_ceil(BLOCKS).max(1);
    let blocks = asked.chunks(size);
    blocks
        .filter_map(|block| {
            let first = block.first()?;
            let is_held = |asked: &&Asked| {
                let [low, _, high] = asked.band;
                (low..=high).contains(&asked.actual)
            };
            let hits = block.iter().filter(is_held).count() as u64;
            Some((
                first.at,
                Probability::new(hits, block.len() as u64, confidence),
            ))
        })
        .collect()
}
