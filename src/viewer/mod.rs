//! The 3D window: a projection of the twin's snapshot, and the hands of its user.
//!
//! [`run`] opens a window, or draws off-screen where there is none. Every frame goes through
//! [`ViewerSystems`] in order: what users asked for, the time, the snapshot, the entities, what is
//! laid over them. Then the panels are drawn ([`ui`]), which only read and make
//! [`Command`](crate::command::Command)s.
//!
//! Bevy components are never the truth: they follow the [`Snapshot`], and are written only when
//! it says that something changed.

pub mod building;
pub mod bvh;
pub mod camera;
pub mod capture;
pub mod clock;
pub mod commands;
pub mod diagnostics;
pub mod drawn;
pub mod dress;
pub mod framing;
pub mod gesture;
pub mod groups;
pub mod kpi;
pub mod lanes;
pub mod levels;
pub mod light;
pub mod mistakes;
pub mod model;
pub mod motion;
pub mod navigation;
pub mod overlay;
pub mod plant;
pub mod quality;
pub mod render;
pub mod run;
pub mod selection;
pub mod theme;
pub mod ui;
pub mod viewport;
pub mod workpiece;

use bevy::prelude::*;

use crate::model::{Snapshot, Timestamp};
use crate::timeline::PlayState;
use crate::twin::{Twin, ViewCursor};

pub use clock::Waker;
pub use mistakes::show_mistakes;
pub use run::{ExitReport, Surface, ViewerError, ViewerOptions, run};

/// What happens in a frame, in this order.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewerSystems {
    /// What users asked for is applied to the twin.
    Commands,
    /// The time is read.
    Clock,
    /// The snapshot comes to the cursor.
    Snapshot,
    /// Entities follow the snapshot.
    Sync,
    /// What is laid over the plant follows.
    Overlay,
}

/// The twin, and this view's snapshot of it. The one thing that everything is drawn from.
#[derive(Resource)]
pub struct TwinView {
    /// The twin.
    pub twin: Twin,
    /// The plant at the cursor.
    pub snapshot: Snapshot,
    /// The view's place in the history.
    pub cursor: ViewCursor,
    /// The present, as the clock said in this frame; what is shown is of the cursor, which is
    /// [`Snapshot::time`].
    pub now: Timestamp,
}

impl TwinView {
    /// A view of a twin, with nothing received.
    pub fn new(mut twin: Twin, now: Timestamp) -> Self {
        let snapshot = Snapshot::new(twin.plant());
        twin.tick(now);
        Self {
            twin,
            snapshot,
            cursor: ViewCursor::with_parts_behind(motion::DELAY),
            now,
        }
    }
}

/// Everything of the view that needs no renderer, so that tests and benchmarks run it without one.
/// Wants a [`TwinView`] resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewerPlugin;

impl Plugin for ViewerPlugin {
    fn build(&self, app: &mut App) {
        app.configure_sets(
            Update,
            (
                ViewerSystems::Commands,
                ViewerSystems::Clock,
                ViewerSystems::Snapshot,
                ViewerSystems::Sync,
                ViewerSystems::Overlay,
            )
                .chain(),
        )
        .add_plugins((
            commands::plugin,
            clock::plugin,
            viewport::plugin,
            quality::plugin,
            plant::plugin,
            model::plugin,
            motion::plugin,
            workpiece::plugin,
            selection::plugin,
            groups::plugin,
            camera::plugin,
            overlay::plugin,
            capture::plugin,
            levels::plugin,
            diagnostics::plugin,
        ))
        .add_plugins(dress::plugin)
        .add_plugins((kpi::plugin, lanes::plugin))
        .add_systems(Update, advance.in_set(ViewerSystems::Snapshot));
    }
}

fn advance(
    mut view: ResMut<TwinView>,
    mut redraw: ResMut<viewport::Redraw>,
    notices: Option<ResMut<commands::Notices>>,
) {
    let view = &mut *view;
    let shown = view.twin.tick(view.now);
    if let (Some(problem), Some(mut notices)) = (view.twin.take_problem(), notices) {
        notices.push(view.now, commands::Severity::Problem, problem.to_string());
    }
    if view.twin.is_working_out() {
        redraw.waits();
    }
    view.twin
        .advance(&mut view.snapshot, &mut view.cursor, shown);
    if view.twin.timeline().state() == PlayState::Playing {
        redraw.waits();
    }
}
