//! [`Outlook`]: the futures that somebody asked for: how they come in, how they compare, and the one
//! that is watched.
//!
//! One fork, the plant as it is, and beside it what-ifs from the same fork and with the same random
//! numbers. Everything that takes time (the fork, the replications, a future that is to be watched) is
//! done by threads of their own; their answers come in through one bounded inbox, which
//! [`Twin::tick`](super::Twin::tick) empties.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::clock::Clock;
use crate::futures::{
    Branch, Change, Detail, Forecast, Fork, Futures, Job, Pick, Settings, Track, WhatIf,
};
use crate::history::HistoryReader;
use crate::model::{Plant, Timestamp};
use crate::simulation::experiment::Control;

use super::track_record::{self, TrackRecord};
use super::work::background;

/// What-ifs beside the plant as it is, at most.
pub const CASES: usize = 6;
/// Answers that wait to be taken.
const INBOX: usize = 32;
/// What the bands so far say is worked out anew when so many more replications are done: the first
/// few show a band at once, later ones only refine it.
const AGAIN: f64 = 0.2;

/// The futures that were asked for.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// The plant as it is simulated, with what of its parameters is taken from what was observed.
    plant: Arc<Plant>,
    history: HistoryReader,
    /// Which question they answer: answers to older ones are dropped.
    question: u64,
    at: Timestamp,
    settings: Settings,
    fork: Option<Arc<Fork>>,
    /// The plant as it is, then what-ifs.
    cases: Vec<Case>,
    watched: Option<Watched>,
    /// What is on its way to be watched.
    coming: Option<Coming>,
    /// How often such bands have been right; `None`: the futures come first.
    record: Option<TrackRecord>,
    /// Raised whenever something that is shown has changed.
    revision: u64,
    inbox: (Sender<Answer>, Receiver<Answer>),
}

/// The futures of the plant as it is, or with something different.
#[derive(Clone, Debug)]
pub struct Case {
    /// Name for people.
    pub name: Arc<str>,
    /// What is different.
    pub change: Option<Change>,
    /// How far it is.
    pub state: CaseState,
}

/// How far the futures of a case are.
#[derive(Clone, Debug)]
pub enum CaseState {
    /// The plant is being forked.
    Begun,
    /// Replications are done one after another.
    Running(Box<Running>),
    /// There are none, and why.
    Failed(Arc<str>),
}

/// Futures with what they say so far.
#[derive(Clone, Debug)]
pub struct Running {
    futures: Arc<Futures>,
    job: Arc<Job>,
    /// What those that are done say together; `None`: none is done yet.
    pub forecast: Option<Arc<Forecast>>,
    /// Replications that are done.
    pub done: u64,
    /// Replications that were asked for.
    pub asked: u64,
    /// Whether there will be no more.
    pub is_finished: bool,
    asked_for: Arc<Clock>,
    /// How long after it was asked for the first band was there.
    pub first_after: Option<Duration>,
    /// How long after it was asked for the throughput was known to within a hundredth.
    pub settled_after: Option<Duration>,
}

impl Running {
    /// The futures themselves.
    pub fn futures(&self) -> &Arc<Futures> {
        &self.futures
    }
}

impl Case {
    /// What the futures so far say.
    pub fn forecast(&self) -> Option<&Arc<Forecast>> {
        match &self.state {
            CaseState::Running(running) => running.forecast.as_ref(),
            _ => None,
        }
    }

    fn running(&self) -> Option<&Running> {
        match &self.state {
            CaseState::Running(running) => Some(running),
            _ => None,
        }
    }
}

/// The future that the cursor reads.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The future.
    pub branch: Arc<Branch>,
    /// Whose.
    pub case: usize,
    /// No two have the same.
    pub number: u64,
}

#[derive(Clone, Debug)]
struct Coming {
    number: u64,
    control: Control,
}

/// The fork, the futures from it, and the job that simulates them.
type Made = (Arc<Fork>, Arc<Futures>, Arc<Job>);

#[derive(Debug)]
enum Answer {
    Case {
        question: u64,
        case: usize,
        asked_for: Arc<Clock>,
        made: Result<Made, String>,
    },
    Branch {
        number: u64,
        case: usize,
        made: Result<Arc<Branch>, String>,
    },
}

/// What came in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct News {
    /// A future is there to be watched.
    pub is_watched: bool,
    /// What failed, for people.
    pub failed: Option<Arc<str>>,
}

impl Outlook {
    /// Asks for futures of a plant from an instant on.
    pub(super) fn ask(
        plant: &Arc<Plant>,
        history: &HistoryReader,
        at: Timestamp,
        settings: Settings,
        question: u64,
    ) -> Self {
        let mut outlook = Self {
            plant: Arc::clone(plant),
            history: history.clone(),
            question,
            at,
            settings,
            fork: None,
            cases: Vec::new(),
            watched: None,
            coming: None,
            record: None,
            revision: question << 32,
            inbox: bounded(INBOX),
        };
        outlook.begin("As it is".into(), None);
        outlook
    }

    /// Asks for the same futures with something different.
    pub(super) fn what_if(&mut self, change: Change, what_if: WhatIf) {
        let name = Arc::clone(&what_if.name);
        self.begin(name, Some((change, what_if)));
    }

    fn begin(&mut self, name: Arc<str>, what_if: Option<(Change, WhatIf)>) {
        let (change, what_if) = what_if.unzip();
        let case = self.cases.len();
        self.revision += 1;
        self.cases.push(Case {
            name,
            change,
            state: CaseState::Begun,
        });
        let (plant, history) = (Arc::clone(&self.plant), self.history.clone());
        let (fork, at, settings) = (self.fork.clone(), self.at, self.settings.clone());
        let make = move || {
            let said = |error: &dyn std::fmt::Display| error.to_string();
            let fork = match fork {
                Some(fork) => fork,
                None => Arc::new(Fork::new(&plant, &history, at).map_err(|error| said(&error))?),
            };
            let futures = Futures::new(&plant, &fork, what_if.as_ref(), &history, &settings);
            let futures = Arc::new(futures.map_err(|error| said(&error))?);
            let job = Arc::new(futures.spawn().map_err(|error| said(&error))?);
            Ok((fork, futures, job))
        };
        let (question, send) = (self.question, self.inbox.0.clone());
        let asked_for = Arc::new(Clock::start());
        let started = background("fork", move || {
            // Nobody asks any more when nobody listens.
            let _ = send.send(Answer::Case {
                question,
                case,
                asked_for,
                made: make(),
            });
        });
        if let (Err(why), Some(case)) = (started, self.cases.last_mut()) {
            case.state = CaseState::Failed(why);
        }
    }

    /// Asks for one future to be watched.
    ///
    /// # Errors
    /// When there are no futures yet that it could be one of.
    pub(super) fn watch(&mut self, case: usize, which: Which, number: u64) -> Result<(), Arc<str>> {
        let none = || Arc::<str>::from("there are no futures yet to choose from");
        let running = self.cases.get(case).and_then(Case::running);
        let running = running.ok_or_else(none)?;
        let index = match which {
            Which::Index(index) => Some(index),
            Which::Pick(pick) => {
                let forecast = running.forecast.as_ref().ok_or_else(none)?;
                forecast.pick(&Track::Completed, pick)
            }
        };
        let index = index.ok_or_else(none)?;
        if let Some(coming) = self.coming.take() {
            coming.control.cancel();
        }
        let control = Control::default();
        self.coming = Some(Coming {
            number,
            control: control.clone(),
        });
        let (futures, history) = (Arc::clone(&running.futures), self.history.clone());
        let send = self.inbox.0.clone();
        background("branch", move || {
            let made = futures.branch(index, &history, Detail::Motion, &control);
            let made = made.map(Arc::new).map_err(|error| error.to_string());
            let _ = send.send(Answer::Branch { number, case, made });
        })
    }

    /// Takes what has come in.
    pub(super) fn take(&mut self) -> News {
        let mut news = News::default();
        while let Ok(answer) = self.inbox.1.try_recv() {
            self.revision += 1;
            match answer {
                Answer::Case {
                    question,
                    case,
                    asked_for,
                    made,
                } if question == self.question => {
                    let state = match made {
                        Ok((fork, futures, job)) => {
                            self.fork.get_or_insert(fork);
                            CaseState::Running(Box::new(Running {
                                asked: futures.experiment().replications,
                                futures,
                                job,
                                forecast: None,
                                done: 0,
                                is_finished: false,
                                asked_for,
                                first_after: None,
                                settled_after: None,
                            }))
                        }
                        Err(why) => {
                            let why: Arc<str> = why.into();
                            news.failed = Some(Arc::clone(&why));
                            CaseState::Failed(why)
                        }
                    };
                    if let Some(case) = self.cases.get_mut(case) {
                        case.state = state;
                    }
                }
                Answer::Branch { number, case, made }
                    if self.coming.as_ref().is_some_and(|c| c.number == number) =>
                {
                    self.coming = None;
                    match made {
                        Ok(branch) => {
                            self.watched = Some(Watched {
                                branch,
                                case,
                                number,
                            });
                            news.is_watched = true;
                        }
                        Err(why) => news.failed = Some(why.into()),
                    }
                }
                Answer::Case { .. } | Answer::Branch { .. } => {}
            }
        }
        for case in &mut self.cases {
            if let CaseState::Running(running) = &mut case.state
                && running.refine()
            {
                self.revision += 1;
            }
        }
        let base = self.cases.first().and_then(Case::running);
        if self.record.is_none() && base.is_some_and(|running| running.is_finished) {
            let (plant, history) = (&self.plant, &self.history);
            self.record = Some(track_record::ask(plant, history, self.at, &self.settings));
        }
        news
    }

    /// Watches no future any more.
    pub(super) fn leave(&mut self) {
        if let Some(coming) = self.coming.take() {
            coming.control.cancel();
        }
        if self.watched.take().is_some() {
            self.revision += 1;
        }
    }

    /// The plant as it is simulated, with what of its parameters is taken from what was observed.
    pub fn plant(&self) -> &Arc<Plant> {
        &self.plant
    }

    /// How often such bands have been right before; `None`: not asked yet.
    pub fn record(&self) -> Option<&TrackRecord> {
        self.record.as_ref()
    }

    /// The instant that all of them begin at.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// From the fork to the horizon.
    pub fn span(&self) -> Range<Timestamp> {
        self.at..self.at + self.settings.horizon
    }

    /// How they are simulated.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The state at the fork, with what of it is inferred.
    pub fn fork(&self) -> Option<&Arc<Fork>> {
        self.fork.as_ref()
    }

    /// The plant as it is, then the what-ifs.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The future that is watched.
    pub fn watched(&self) -> Option<&Watched> {
        self.watched.as_ref()
    }

    /// Whether a future that is to be watched is being simulated.
    pub fn is_coming(&self) -> bool {
        self.coming.is_some()
    }

    /// Whether something is still being worked out.
    pub fn is_busy(&self) -> bool {
        let waits = |case: &Case| match &case.state {
            CaseState::Begun => true,
            CaseState::Running(running) => !running.is_finished,
            CaseState::Failed(_) => false,
        };
        self.coming.is_some() || self.cases.iter().any(waits)
    }

    /// Changes whenever something that is shown has.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

impl Running {
    /// Asks the job whether there is enough more to be said.
    fn refine(&mut self) -> bool {
        if self.is_finished {
            return false;
        }
        // Before the count: what is finished has all of it.
        let is_finished = self.job.is_finished();
        let done = self.job.progress().done;
        let more = done.saturating_sub(self.done);
        if more == 0 && !is_finished {
            return false;
        }
        if !is_finished && (more as f64) < AGAIN * self.done as f64 {
            return false;
        }
        let forecast = self.job.forecast();
        if forecast.count() > 0 {
            self.done = forecast.count();
            let after = self.asked_for.elapsed();
            self.first_after.get_or_insert(after);
            if self.settled_after.is_none() && is_settled(&forecast) {
                self.settled_after = Some(after);
            }
            self.forecast = Some(Arc::new(forecast));
        }
        self.is_finished = is_finished;
        true
    }
}

/// Whether the throughput is known to within a hundredth.
fn is_settled(forecast: &Forecast) -> bool {
    let summary = forecast.summary();
    let throughput = summary.kpis.first().map(|kpi| &kpi.estimate);
    throughput.is_some_and(|of| of.half_width.is_some_and(|half| half <= 0.01 * of.mean))
}

/// Which of many futures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Which {
    /// By what it comes to.
    Pick(Pick),
    /// By its number.
    Index(u64),
}

/// Words for a horizon: *8 h*, *90 min*.
pub fn horizon_words(horizon: Duration) -> String {
    let minutes = horizon.as_secs() / 60;
    match minutes {
        0 => format!("{} s", horizon.as_secs()),
        _ if minutes.is_multiple_of(60) => format!("{} h", minutes / 60),
        _ => format!("{minutes} min"),
    }
}
