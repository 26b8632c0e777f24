//! [`Outlook`]: the futures that somebody asked for: how they come in, how they compare, and the one
//! that is watched.
//!
//! One fork, the plant as it is, and beside it what-ifs from the same fork and with the same random
//! numbers. Everything that takes time (the fork, the replications, a future that is to be watched) is
//! done by threads of their own; their answers come in through one bounded inbox, which
//! [`Twin::tick`](super::Twin::tick) empties.

mod case;

pub use case::{Case, CaseState, Running};

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::clock::Clock;
use crate::futures::{
    Branch, Change, Detail, Fork, Futures, Job, Pick, Planned, Settings, Track, WhatIf,
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
/// A look that comes before the first band of a case waits for it so long, once: it is nearly there, and
/// where drawing is slow the next look is far.
const MOMENT: Duration = Duration::from_millis(100);
/// A look this soon after a question is the one that asked it.
const SOON: Duration = Duration::from_millis(5);

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
    /// The futures in one of which these begin, and what is still planned there; `None`: they begin in
    /// what was recorded.
    parent: Option<(Box<Self>, Arc<[Planned]>)>,
    watched: Option<Watched>,
    /// What is on its way to be watched.
    coming: Option<Coming>,
    /// How often such bands have been right; `None`: the futures come first.
    record: Option<TrackRecord>,
    /// When the last case was asked for, until its first band was waited for.
    asked: Option<Arc<Clock>>,
    /// Raised whenever something that is shown has changed.
    revision: u64,
    inbox: (Sender<Answer>, Receiver<Answer>),
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

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Where the futures begin.
    pub at: Timestamp,
    /// How they are simulated.
    pub settings: Settings,
    /// No two have the same.
    pub number: u64,
}

impl Outlook {
    /// Asks for futures of a plant.
    pub(super) fn ask(plant: &Arc<Plant>, history: &HistoryReader, question: Question) -> Self {
        let mut outlook = Self::new(plant, history, question);
        outlook.begin("As it is".into(), None);
        outlook
    }

    /// Asks for futures that begin in the one that is watched; where none is, these stay.
    pub(super) fn ask_within(self, question: Question) -> Self {
        let Some(watched) = &self.watched else {
            return self;
        };
        let branch = &watched.branch;
        let mut outlook = Self::new(&branch.plant, &branch.reader, question);
        let running = self.cases.get(watched.case).and_then(Case::running);
        let planned = running.map_or_else(Vec::new, |it| it.futures.planned_from(outlook.at));
        let name = format!("As in future {}", branch.index);
        if self.settings == outlook.settings {
            outlook.record.clone_from(&self.record);
        }
        outlook.parent = Some((Box::new(self), planned.into()));
        outlook.begin(name.into(), None);
        outlook
    }

    fn new(plant: &Arc<Plant>, history: &HistoryReader, question: Question) -> Self {
        Self {
            plant: Arc::clone(plant),
            history: history.clone(),
            question: question.number,
            at: question.at,
            settings: question.settings,
            fork: None,
            cases: Vec::new(),
            parent: None,
            watched: None,
            coming: None,
            record: None,
            asked: None,
            revision: question.number << 32,
            inbox: bounded(INBOX),
        }
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
        let planned = self.parent.as_ref().map(|(_, planned)| Arc::clone(planned));
        let make = move || {
            let said = |error: &dyn std::fmt::Display| error.to_string();
            let planned = planned.as_deref().unwrap_or_default();
            let fork = match fork {
                Some(fork) => fork,
                None => {
                    let fork = Fork::new(&plant, &history, at).map_err(|error| said(&error))?;
                    Arc::new(fork.knowing(planned))
                }
            };
            let what_if = Planned::with(planned, what_if, &plant);
            let futures = Futures::new(&plant, &fork, what_if.as_ref(), &history, &settings);
            let futures = Arc::new(futures.map_err(|error| said(&error))?);
            let job = Arc::new(futures.spawn().map_err(|error| said(&error))?);
            Ok((fork, futures, job))
        };
        let (question, send) = (self.question, self.inbox.0.clone());
        let asked_for = Arc::new(Clock::start());
        self.asked = Some(Arc::clone(&asked_for));
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
        let mut news = self.take_what_is_there();
        if self.asked.take_if(|asked| asked.elapsed() > SOON).is_some() {
            let looked = Clock::start();
            while self.cases.last().is_some_and(Case::has_no_band) && looked.elapsed() < MOMENT {
                std::thread::sleep(Duration::from_millis(1));
                let more = self.take_what_is_there();
                news.is_watched |= more.is_watched;
                news.failed = more.failed.or(news.failed);
            }
        }
        news
    }

    fn take_what_is_there(&mut self) -> News {
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
            // A simulated past says nothing of how often such bands have been right.
            let real = self.root();
            let asked = track_record::ask(&real.plant, &real.history, real.at, &self.settings);
            self.record = Some(asked);
        }
        news
    }

    /// The futures in one of which these begin; `None`: they begin in what was recorded.
    pub fn parent(&self) -> Option<&Self> {
        self.parent.as_ref().map(|(parent, _)| &**parent)
    }

    /// These, and then those that they begin in.
    pub fn and_parents(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |outlook| outlook.parent())
    }

    fn root(&self) -> &Self {
        self.and_parents().last().unwrap_or(self)
    }

    /// The futures that these begin in, in place of these; `None`: these begin in what was recorded.
    pub(super) fn into_parent(mut self) -> Option<Self> {
        self.leave();
        self.parent.map(|(parent, _)| *parent)
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
