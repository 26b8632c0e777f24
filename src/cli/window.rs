//! The viewer as the program hosts it, in a window or off-screen.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::headless::StatusLine;
use super::session::{self, Session};
use super::settings::{self, KeptSettings, SettingsFile};
use super::view::ViewArgs;
use crate::command::{Command, Quality};
use crate::model::{Snapshot, Timestamp};
use crate::script::Script;
use crate::state::ViewReport;
use crate::timeline::Markers;
use crate::twin::{Settings, Twin, Viewpoints};
use crate::viewer::commands::Host;
use crate::viewer::{Surface, ViewerError, ViewerOptions, Waker};

/// Shows the plant until the user, the script or `--for` ends it; says what could not be done.
///
/// # Errors
/// When there is nothing to draw on or with.
pub fn draw(
    args: &ViewArgs,
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
    // A script shows the same to everybody, and leaves no trace in anybody's settings.
    let is_personal = matches!(surface, Surface::Window { .. }) && args.script.is_none();
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
            settings: is_personal.then(|| SettingsFile::of_user(settings::NAME)),
            quality: args.quality.map(|_| None),
            news: Arc::default(),
        }),
    })?;
    let mut problems = report.problems;
    if let Some(file) = &args.state
        && let Some(twin) = &report.twin
        && let Err(error) = session.dump(file, twin, &report.snapshot, report.view.as_ref())
    {
        problems.push(format!("{error:#}"));
    }
    Ok(problems)
}

struct ProgramHost {
    session: Arc<Session>,
    line: Mutex<Option<StatusLine>>,
    /// `None`: this run has none.
    settings: Option<SettingsFile>,
    /// The quality that is kept, where another one was asked for at the start of this run alone.
    quality: Option<Option<Quality>>,
    /// How long work went that is done.
    news: Arc<Mutex<Vec<Result<String, String>>>>,
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

    fn saved_markers(&mut self) -> Result<Markers, String> {
        self.session.saved_markers()
    }

    fn keep_markers(&mut self, markers: &Markers) -> Result<(), String> {
        self.session.keep_markers(markers)
    }

    fn settings(&mut self) -> Result<Option<Settings>, String> {
        let Some(file) = &mut self.settings else {
            return Ok(None);
        };
        let kept = file.read().map_err(|error| error.to_string())?;
        let settings = kept.map(|kept| kept.settings).unwrap_or_default();
        if let Some(quality) = &mut self.quality {
            *quality = settings.quality;
        }
        Ok(Some(settings))
    }

    fn keep_settings(&mut self, settings: &Settings) -> Result<(), String> {
        let Some(file) = &self.settings else {
            return Ok(());
        };
        let mut settings = settings.clone();
        if let Some(quality) = self.quality {
            settings.quality = quality;
        }
        file.write(&KeptSettings::new(settings))
            .map_err(|error| error.to_string())
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

    fn write(&mut self, file: &Path, text: &str) -> Result<(), String> {
        session::write(file, text.as_bytes()).map_err(|error| format!("{error:#}"))
    }

    fn pack(&mut self, span: Range<Timestamp>, file: &Path) -> Result<(), String> {
        let (session, file, news) = (
            Arc::clone(&self.session),
            file.to_owned(),
            Arc::clone(&self.news),
        );
        let packing = std::thread::Builder::new().name("pack".into());
        let spawned = packing.spawn(move || {
            let said = session.pack(span, &file);
            let mut news = news.lock().unwrap_or_else(PoisonError::into_inner);
            news.push(said);
            drop(news);
            session.wake.wake();
        });
        match spawned {
            // It says by itself how it went.
            Ok(_) => Ok(()),
            Err(error) => Err(format!("No thread to pack on: {error}")),
        }
    }

    fn news(&mut self) -> Vec<Result<String, String>> {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *news)
    }

    fn status(&mut self, twin: &Twin, snapshot: &Snapshot) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = &mut *line {
            line.show(self.session.clock.elapsed(), twin, snapshot);
        }
    }
}
