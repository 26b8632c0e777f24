//! The viewer as the program hosts it, in a window or off-screen.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::headless::StatusLine;
use super::run::RunArgs;
use super::session::Session;
use crate::command::{Command, Quality};
use crate::model::Snapshot;
use crate::script::Script;
use crate::state::ViewReport;
use crate::twin::{Twin, Viewpoints};
use crate::viewer::commands::Host;
use crate::viewer::{Surface, ViewerError, ViewerOptions, Waker};

/// Shows the plant until the user, the script or `--for` ends it; says what could not be done.
///
/// # Errors
/// When there is nothing to draw on or with.
pub fn draw(
    args: &RunArgs,
    session: &Arc<Session>,
    script: Script,
    surface: Surface,
) -> Result<Vec<String>, ViewerError> {
    let waker = Waker::default();
    let (wake, clock) = (waker.clone(), Arc::clone(&session.clock));
    session.wake.set(Arc::new(move || wake.wake(clock.now())));
    let line = match surface {
        Surface::Window { .. } => None,
        Surface::OffScreen { .. } => Some(StatusLine::default()),
    };
    let report = crate::viewer::run(ViewerOptions {
        twin: session.twin(),
        clock: Arc::clone(&session.clock),
        waker,
        surface,
        quality: args.quality.map(Quality::from),
        script,
        screenshot: args.screenshot.clone(),
        run_for: args.run_for,
        host: Box::new(ProgramHost {
            session: Arc::clone(session),
            line: Mutex::new(line),
        }),
    })?;
    let mut problems = report.problems;
    if let Some(file) = &args.state
        && let Err(error) = session.dump(
            file,
            &session.twin(),
            &report.snapshot,
            report.view.as_ref(),
        )
    {
        problems.push(format!("{error:#}"));
    }
    Ok(problems)
}

struct ProgramHost {
    session: Arc<Session>,
    line: Mutex<Option<StatusLine>>,
}

impl Host for ProgramHost {
    fn record(&mut self, command: &Command) -> Result<(), String> {
        self.session.record(command)
    }

    fn saved_views(&mut self) -> Result<Viewpoints, String> {
        self.session.saved_views()
    }

    fn keep_views(&mut self, views: &Viewpoints) -> Result<(), String> {
        self.session.keep_views(views)
    }

    fn incidents(&self) -> Vec<(Arc<str>, Arc<str>)> {
        self.session.incidents()
    }

    fn trigger_incident(&mut self, id: &str) -> Result<(), String> {
        self.session.trigger(id)
    }

    fn dump(
        &mut self,
        file: &Path,
        twin: &Twin,
        snapshot: &Snapshot,
        view: &ViewReport,
    ) -> Result<(), String> {
        self.session
            .dump(file, twin, snapshot, Some(view))
            .map_err(|error| format!("{error:#}"))
    }

    fn status(&mut self, twin: &Twin, snapshot: &Snapshot) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = &mut *line {
            line.show(self.session.clock.elapsed(), twin, snapshot);
        }
    }
}
