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
use crate::kpi::{self, Kpis, Scope};
use crate::model::{Snapshot, Timestamp};
use crate::twin::{LiveBoard, Twin, ViewCursor};

/// Indicators cover this long before the cursor, or what there is of it.
pub const SPAN: Duration = Duration::from_secs(3600);
/// Time between two questions at least.
pub const AGAIN: Duration = Duration::from_secs(2);
/// The thread rests this many times as long as an answer took.
const SHARE: u32 = 20;

/// The indicators in force.
#[derive(Resource, Default)]
pub struct ShownKpis {
    /// The last answer; `None` before the first.
    pub kpis: Option<Kpis>,
    worker: Option<Worker>,
    /// From when on this program knows the plant.
    began: Option<Timestamp>,
    asked: Option<Timestamp>,
}

struct Worker {
    ask: Sender<std::ops::Range<Timestamp>>,
    answers: Receiver<Kpis>,
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
    let began = *shown.began.get_or_insert(now);
    let is_due = shown.asked.is_none_or(|asked| now >= asked + AGAIN);
    let span = kpi::span(began, now, SPAN).filter(|_| is_due);
    if stepped.is_some() {
        if let Some(span) = span {
            shown.asked = Some(now);
            let (plant, history) = (view.twin.plant(), view.twin.history());
            let kpis = kpi::kpis(plant, history, &view.snapshot, Scope::Plant, span);
            shown.kpis = Some(kpis);
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
    if let Ok(kpis) = worker.answers.try_recv() {
        shown.kpis = Some(kpis);
        redraw.waits();
    }
    // A question that finds the thread at work is asked again in the next frame.
    if let Some(span) = span
        && worker.ask.try_send(span).is_ok()
    {
        shown.asked = Some(now);
    }
}

/// Starts the thread, which ends when the window does; without one there are no indicators.
fn start(twin: &Twin, clock: ViewClock) -> Option<Worker> {
    let (ask, questions) = bounded::<std::ops::Range<Timestamp>>(1);
    let (answer, answers) = bounded(1);
    let plant = Arc::clone(twin.plant());
    let history = twin.history().clone();
    let twin = Twin::new(Arc::clone(&plant), history, LiveBoard::default());
    let work = move || {
        let mut snapshot = Snapshot::new(&plant);
        let mut cursor = ViewCursor::default();
        for span in questions {
            let began = clock.clock.elapsed();
            twin.advance(&mut snapshot, &mut cursor, span.end);
            let kpis = kpi::kpis(&plant, twin.history(), &snapshot, Scope::Plant, span);
            let took = clock.clock.elapsed().saturating_sub(began);
            if answer.send(kpis).is_err() {
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
