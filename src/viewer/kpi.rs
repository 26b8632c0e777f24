//! [`ShownKpis`]: the plant's indicators at the cursor, told by a thread of their own so that no frame
//! waits for them.
//!
//! The thread has its own view of the history. It is asked again when the last answer is
//! [`AGAIN`] old, and never spends more than one part in [`SHARE`] of its time. Where frames are
//! steps of time and not of a clock (pictures of `render`), the answer is that of the frame itself, so
//! that the same steps give the same pictures.

use std::sync::Arc;
use std::time::Duration;

use bevy::prelude::*;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::clock::ViewClock;
use super::render::Stepped;
use super::viewport::Redraw;
use super::{TwinView, ViewerSystems};
use crate::command::Overlay;
use crate::history::HistoryReader;
use crate::kpi::{self, FlowRates, Kpis, Scope};
use crate::model::{Plant, Snapshot, Timestamp};
use crate::twin::{LiveBoard, Mode, Twin, ViewCursor};

/// Indicators cover this long before the cursor, or what there is of it.
pub const SPAN: Duration = Duration::from_secs(3600);
/// Time between two questions at least.
pub const AGAIN: Duration = Duration::from_secs(2);
/// The same while the cursor is moved about.
const AGAIN_MOVED: Duration = Duration::from_millis(200);
/// The thread rests this many times as long as an answer took.
const SHARE: u32 = 20;

/// The indicators in force.
#[derive(Resource, Default)]
pub struct ShownKpis {
    /// The last answer; `None` before the first.
    pub kpis: Option<Kpis>,
    /// Parts per hour along every flow, while the overlay shows them.
    pub rates: Option<FlowRates>,
    worker: Option<Worker>,
    /// From when on this program knows the plant.
    began: Option<Timestamp>,
    asked: Option<Timestamp>,
    /// The cursor of the last question.
    told_to: Option<Timestamp>,
    wants_rates: bool,
    /// The branch that the thread reads.
    branch: u64,
}

struct Worker {
    ask: Sender<Question>,
    answers: Receiver<Answer>,
}

type Answer = (Kpis, Option<FlowRates>);

/// What is to be told.
struct Question {
    span: std::ops::Range<Timestamp>,
    wants_rates: bool,
}

impl Question {
    fn answer(self, plant: &Plant, history: &HistoryReader, snapshot: &Snapshot) -> Answer {
        let rates = self
            .wants_rates
            .then(|| kpi::rate::rates(plant, history, snapshot, self.span.clone()));
        let kpis = kpi::kpis(plant, history, snapshot, Scope::Plant, self.span);
        (kpis, rates)
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ShownKpis>()
        .add_systems(Update, follow.in_set(ViewerSystems::Sync));
}

fn follow(
    view: Res<TwinView>,
    clock: Option<Res<ViewClock>>,
    stepped: Option<Res<Stepped>>,
    mut shown: ResMut<ShownKpis>,
    mut redraw: ResMut<Redraw>,
) {
    let shown = &mut *shown;
    let now = view.now;
    let cursor = view.snapshot.time;
    let began = *shown.began.get_or_insert(now);
    if shown.branch != view.twin.branch() {
        shown.branch = view.twin.branch();
        (shown.worker, shown.asked, shown.told_to) = (None, None, None);
    }
    // What was recorded before is known, too.
    let recorded = view.twin.timeline().recorded();
    let began = match recorded {
        Some(recorded) if cursor <= began => recorded.start,
        _ => began,
    };
    let wants_rates = view.twin.view().overlay == Overlay::Flow;
    if wants_rates != shown.wants_rates {
        shown.wants_rates = wants_rates;
        // At once: somebody waits for it.
        shown.asked = None;
        shown.rates = None;
    }
    let again = match view.twin.mode() {
        Mode::Live => AGAIN,
        Mode::Replay | Mode::WhatIf => AGAIN_MOVED,
    };
    let is_due = shown
        .asked
        .is_none_or(|asked| now >= asked + again || now < asked)
        && (shown.asked.is_none() || shown.told_to != Some(cursor));
    let span = kpi::span(began, cursor, SPAN).filter(|_| is_due);
    if stepped.is_some() {
        if let Some(span) = span {
            (shown.asked, shown.told_to) = (Some(now), Some(cursor));
            let (plant, history) = (view.twin.plant(), view.twin.history());
            let question = Question { span, wants_rates };
            let (kpis, rates) = question.answer(plant, history, &view.snapshot);
            (shown.kpis, shown.rates) = (Some(kpis), rates);
        }
        return;
    }
    let Some(clock) = clock else {
        return;
    };
    if shown.worker.is_none() {
        shown.worker = start(&view.twin, clock.clone());
    }
    let Some(worker) = &shown.worker else {
        return;
    };
    if let Ok((kpis, rates)) = worker.answers.try_recv() {
        shown.kpis = Some(kpis);
        // One that was on its way when the overlay changed says nothing of them.
        if wants_rates && rates.is_some() {
            shown.rates = rates;
        }
        redraw.waits();
    }
    // A question that finds the thread at work is asked again in the next frame.
    if let Some(span) = span
        && worker.ask.try_send(Question { span, wants_rates }).is_ok()
    {
        (shown.asked, shown.told_to) = (Some(now), Some(cursor));
    }
}

/// Starts the thread, which ends when the window does; without one there are no indicators.
fn start(twin: &Twin, clock: ViewClock) -> Option<Worker> {
    let (ask, questions) = bounded::<Question>(1);
    let (answer, answers) = bounded(1);
    let plant = Arc::clone(twin.plant());
    let history = twin.history().clone();
    let twin = Twin::new(Arc::clone(&plant), history, LiveBoard::default());
    let work = move || {
        let mut snapshot = Snapshot::new(&plant);
        let mut cursor = ViewCursor::default();
        for question in questions {
            let began = clock.clock.elapsed();
            twin.advance(&mut snapshot, &mut cursor, question.span.end);
            let told = question.answer(&plant, twin.history(), &snapshot);
            let took = clock.clock.elapsed().saturating_sub(began);
            if answer.send(told).is_err() {
                return;
            }
            clock.waker.wake(clock.clock.now());
            std::thread::sleep(took.saturating_mul(SHARE));
        }
    };
    let thread = std::thread::Builder::new().name("indicators".into());
    match thread.spawn(work) {
        Ok(_) => Some(Worker { ask, answers }),
        Err(error) => {
            tracing::warn!("no thread for the indicators: {error}");
            None
        }
    }
}
