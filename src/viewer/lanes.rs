//! [`ShownLanes`]: what is drawn along the timeline, worked out by a thread of its own so that no
//! frame waits for it.
//!
//! The panel says what it wants to show; the thread answers as it gets on, and rests in between. Where
//! frames are steps of time and not of a clock (pictures of `render`), the answer is that of the frame
//! itself, so that the same steps give the same pictures.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bevy::prelude::*;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::clock::ViewClock;
use super::render::Stepped;
use super::ui::PanelMemory;
use super::viewport::Redraw;
use super::{TwinView, ViewerSystems};
use crate::history::HistoryReader;
use crate::model::{EquipmentId, Plant, SignalId, Timestamp};
use crate::timeline::lanes::{Ask, Grid, Lanes, Progress, Shown};
use crate::timeline::statistics::{RangeStatistics, statistics};

/// Time between two questions while nothing but the time moves on.
const AGAIN: Duration = Duration::from_millis(500);
/// The longest time between two questions, of a window in which a pixel is long.
const AGAIN_MOST: Duration = Duration::from_secs(5);
/// Work that is done before somebody may ask for something else, microseconds.
const SLICE: usize = 20_000;
/// The thread rests this many times as long as an answer took, and at most so long.
const SHARE: u32 = 8;
const REST_MOST: Duration = Duration::from_millis(200);

/// What the timeline wants to show.
#[derive(Clone, Debug, PartialEq)]
pub struct Wants {
    /// The visible part of time.
    pub main: Ask,
    /// All that was recorded.
    pub overview: Ask,
    /// The selected range in numbers.
    pub range: Option<RangeAsk>,
}

/// What is to be told of the selected range.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeAsk {
    /// From when to when.
    pub span: Range<Timestamp>,
    /// Of these signals.
    pub signals: Vec<SignalId>,
    /// Of this equipment.
    pub equipment: Option<EquipmentId>,
}

impl Wants {
    /// Whether somebody who has what was asked for waits for something else.
    fn is_other(&self, asked: &Self) -> bool {
        let is_other = |a: &Ask, b: &Ask| {
            a.lanes != b.lanes
                || a.plots != b.plots
                || Grid::over(&a.span, a.pixels) != Grid::over(&b.span, b.pixels)
        };
        is_other(&self.main, &asked.main)
            || Grid::over(&self.overview.span, self.overview.pixels).width
                != Grid::over(&asked.overview.span, asked.overview.pixels).width
            || self.range != asked.range
    }

    /// Time between two questions: there is nothing to be seen sooner.
    fn again(&self) -> Duration {
        let width = Grid::over(&self.main.span, self.main.pixels).width;
        let width = Duration::from_nanos(width.unsigned_abs());
        width.clamp(AGAIN, AGAIN_MOST)
    }
}

/// What there is to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The visible part of time.
    pub main: Shown,
    /// All that was recorded.
    pub overview: Shown,
    /// The selected range in numbers, with what was asked.
    pub range: Option<(RangeAsk, Arc<RangeStatistics>)>,
}

/// The two timelines and the range, kept up.
#[derive(Debug, Default)]
struct Work {
    main: Lanes,
    overview: Lanes,
    range: Option<(RangeAsk, Timestamp, Arc<RangeStatistics>)>,
}

impl Work {
    fn on(
        &mut self,
        plant: &Plant,
        history: &HistoryReader,
        wants: &Wants,
        budget: usize,
    ) -> Progress {
        let main = self.main.update(plant, history, &wants.main, budget);
        let overview = self
            .overview
            .update(plant, history, &wants.overview, budget);
        match &wants.range {
            None => self.range = None,
            Some(ask) => {
                // One that lies in the past does not change; late samples are seen after a while.
                let known = wants.main.now;
                let is_kept = self.range.as_ref().is_some_and(|(kept, at, _)| {
                    kept == ask && (ask.span.end < *at || *at + AGAIN > known)
                });
                if !is_kept {
                    let told = statistics(
                        plant,
                        history,
                        ask.span.clone(),
                        &ask.signals,
                        ask.equipment,
                    );
                    self.range = Some((ask.clone(), known, Arc::new(told)));
                }
            }
        }
        if main == Progress::Done && overview == Progress::Done {
            Progress::Done
        } else {
            Progress::More
        }
    }

    fn answer(&self) -> Answer {
        Answer {
            main: self.main.shown().clone(),
            overview: self.overview.shown().clone(),
            range: self
                .range
                .as_ref()
                .map(|(ask, _, told)| (ask.clone(), Arc::clone(told))),
        }
    }
}

/// The lanes in force.
#[derive(Resource, Default)]
pub struct ShownLanes {
    /// The last answer.
    pub answer: Answer,
    worker: Option<Worker>,
    work: Work,
    asked: Option<(Wants, Timestamp)>,
    is_waiting: bool,
    /// The branch that all of it is about.
    branch: u64,
}

struct Worker {
    ask: Sender<Wants>,
    slot: Arc<Slot>,
}

/// Where the thread leaves its newest answer, and whether it has done all that was asked for.
#[derive(Default)]
struct Slot(Mutex<Option<(Answer, Progress)>>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ShownLanes>()
        .add_systems(Update, follow.in_set(ViewerSystems::Sync));
}

fn follow(
    view: Res<TwinView>,
    memory: Option<Res<PanelMemory>>,
    clock: Option<Res<ViewClock>>,
    stepped: Option<Res<Stepped>>,
    mut shown: ResMut<ShownLanes>,
    mut redraw: ResMut<Redraw>,
) {
    let Some(wants) = memory.and_then(|memory| memory.timeline.wants.clone()) else {
        return;
    };
    let shown = &mut *shown;
    if shown.branch != view.twin.branch() {
        // Another thread for another branch: the one before ends with its questions. What it has
        // said stays on the screen until there is something better.
        let answer = std::mem::take(&mut shown.answer);
        *shown = ShownLanes {
            answer,
            branch: view.twin.branch(),
            ..ShownLanes::default()
        };
    }
    let (plant, history) = (view.twin.plant(), view.twin.history());
    if stepped.is_some() {
        let is_same = shown
            .asked
            .as_ref()
            .is_some_and(|(asked, _)| *asked == wants);
        if !is_same {
            while shown.work.on(plant, history, &wants, usize::MAX) == Progress::More {}
            shown.answer = shown.work.answer();
            shown.asked = Some((wants, view.now));
        }
        return;
    }
    let Some(clock) = clock else {
        return;
    };
    if shown.worker.is_none() {
        shown.worker = start(Arc::clone(plant), history.clone(), clock.clone());
    }
    let Some(worker) = &shown.worker else {
        return;
    };
    let taken = worker
        .slot
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let Some((answer, progress)) = taken {
        shown.answer = answer;
        shown.is_waiting &= progress == Progress::More;
    }
    let is_other = shown
        .asked
        .as_ref()
        .is_none_or(|(asked, _)| wants.is_other(asked));
    let is_due = shown
        .asked
        .as_ref()
        .is_none_or(|(_, at)| view.now >= *at + wants.again() || view.now < *at);
    // A question that finds the thread at work is asked again in the next frame.
    if (is_other || is_due) && worker.ask.try_send(wants.clone()).is_ok() {
        shown.asked = Some((wants, view.now));
        shown.is_waiting |= is_other;
    } else if is_other {
        shown.is_waiting = true;
    }
    if shown.is_waiting {
        redraw.waits();
    }
}

/// Starts the thread, which ends when the window does; without one there are no lanes.
fn start(plant: Arc<Plant>, history: HistoryReader, clock: ViewClock) -> Option<Worker> {
    let (ask, questions) = bounded::<Wants>(1);
    let slot = Arc::new(Slot::default());
    let answers = Arc::clone(&slot);
    let work = move || serve(&plant, &history, &clock, &questions, &answers);
    let thread = std::thread::Builder::new().name("timeline".into());
    match thread.spawn(work) {
        Ok(_) => Some(Worker { ask, slot }),
        Err(error) => {
            tracing::warn!("no thread for the timeline: {error}");
            None
        }
    }
}

fn serve(
    plant: &Plant,
    history: &HistoryReader,
    clock: &ViewClock,
    questions: &Receiver<Wants>,
    slot: &Slot,
) {
    let mut work = Work::default();
    while let Ok(mut wants) = questions.recv() {
        let began = clock.clock.elapsed();
        loop {
            let progress = work.on(plant, history, &wants, SLICE);
            *slot.0.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((work.answer(), progress));
            clock.waker.wake(clock.clock.now());
            // What is asked for meanwhile counts more than what is being worked out.
            match questions.try_recv() {
                Ok(newer) => wants = newer,
                Err(_) if progress == Progress::Done => break,
                Err(_) => {}
            }
        }
        let took = clock.clock.elapsed().saturating_sub(began);
        std::thread::sleep((took * SHARE).min(REST_MOST));
    }
}
