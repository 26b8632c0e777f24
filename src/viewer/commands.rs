//! The one queue of commands: panels, keys, picking and scripts put in, the twin acts.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bevy::app::AppExit;
use bevy::prelude::*;

use super::capture::Captures;
use super::drawn::Drawn;
use super::viewport::Redraw;
use super::{TwinView, ViewerSystems};
use crate::command::{Command, Panel, Visibility};
use crate::model::{Snapshot, Timestamp};
use crate::state::ViewReport;
use crate::timeline::{Edge, Markers};
use crate::twin::{Effect, Settings, Twin, Viewpoints};

/// What the viewer asks of the program around it.
pub trait Host: Send + Sync + 'static {
    /// Starts an incident of the emulator inside the program.
    ///
    /// # Errors
    /// A sentence for the user: no emulator runs here, or it knows no such incident.
    fn trigger_incident(&mut self, id: &str) -> Result<(), String>;

    /// Writes the state of the plant, as `--state` does, with what is drawn of it.
    ///
    /// # Errors
    /// A sentence for the user: why the file could not be written.
    fn dump(
        &mut self,
        file: &Path,
        twin: &Twin,
        snapshot: &Snapshot,
        view: &ViewReport,
    ) -> Result<(), String>;

    /// Writes a text into a file.
    ///
    /// # Errors
    /// A sentence for the user: why the file could not be written.
    fn write(&mut self, file: &Path, text: &str) -> Result<(), String> {
        let _ = text;
        Err(format!("This program writes no files: {}", file.display()))
    }

    /// Writes down a command that is given, where the user wants that.
    ///
    /// # Errors
    /// A sentence for the user: it could not be written.
    fn record(&mut self, command: &Command) -> Result<(), String> {
        let _ = command;
        Ok(())
    }

    /// The views that were saved in earlier sessions.
    ///
    /// # Errors
    /// A sentence for the user: there were some, and they cannot be used.
    fn saved_views(&mut self) -> Result<Viewpoints, String> {
        Ok(Viewpoints::new())
    }

    /// Keeps the saved views for later sessions.
    ///
    /// # Errors
    /// A sentence for the user: why they end with the program.
    fn keep_views(&mut self, views: &Viewpoints) -> Result<(), String> {
        let _ = views;
        Ok(())
    }

    /// The bookmarks that were kept with what is recorded.
    ///
    /// # Errors
    /// A sentence for the user: there were some, and they cannot be used.
    fn saved_markers(&mut self) -> Result<Markers, String> {
        Ok(Markers::new())
    }

    /// Keeps the bookmarks with what is recorded.
    ///
    /// # Errors
    /// A sentence for the user: why they end with the program.
    fn keep_markers(&mut self, markers: &Markers) -> Result<(), String> {
        let _ = markers;
        Ok(())
    }

    /// Begins to pack what is recorded of a span into a file; [`Host::news`] says how it went.
    ///
    /// # Errors
    /// A sentence for the user: why it cannot even begin.
    fn pack(&mut self, span: Range<Timestamp>, file: &Path) -> Result<(), String> {
        let _ = span;
        Err(format!("This program records nothing: {}", file.display()))
    }

    /// How work went that has ended since the last call: a sentence each.
    fn news(&mut self) -> Vec<Result<String, String>> {
        Vec::new()
    }

    /// How the user left the screen; `None` where this run is not a person's own: a script's, or
    /// one without a window.
    ///
    /// # Errors
    /// A sentence for the user: there were settings, and they cannot be used.
    fn settings(&mut self) -> Result<Option<Settings>, String> {
        Ok(None)
    }

    /// Keeps the settings for later sessions.
    ///
    /// # Errors
    /// A sentence for the user: why they end with the program.
    fn keep_settings(&mut self, settings: &Settings) -> Result<(), String> {
        let _ = settings;
        Ok(())
    }

    /// Incidents that [`Host::trigger_incident`] can start, id and name; none where no emulator
    /// runs inside.
    fn incidents(&self) -> Vec<(Arc<str>, Arc<str>)> {
        Vec::new()
    }

    /// Called about once a second without a window: a chance to print a status line.
    fn status(&mut self, twin: &Twin, snapshot: &Snapshot) {
        let _ = (twin, snapshot);
    }
}

/// A host that can do nothing: of a twin that only watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl Host for NoHost {
    fn trigger_incident(&mut self, id: &str) -> Result<(), String> {
        Err(format!(
            "No emulator runs here, and the twin never commands a real plant: {id}"
        ))
    }

    fn dump(&mut self, file: &Path, _: &Twin, _: &Snapshot, _: &ViewReport) -> Result<(), String> {
        Err(format!(
            "This program cannot write its state: {}",
            file.display()
        ))
    }
}

/// The program around the viewer.
#[derive(Resource)]
pub struct HostLink(pub Box<dyn Host>);

impl Default for HostLink {
    fn default() -> Self {
        Self(Box::new(NoHost))
    }
}

/// Incidents of the emulated plant that the user can start, id and name.
#[derive(Resource, Clone, Debug, Default)]
pub struct Incidents(pub Vec<(Arc<str>, Arc<str>)>);

/// Commands that wait for the next frame.
#[derive(Resource, Clone, Debug, Default)]
pub struct CommandQueue(Vec<Command>);

impl CommandQueue {
    /// At most this many wait: a person cannot ask for more in a frame.
    pub const MOST: usize = 1_024;

    /// Puts one in; refused, with `false`, when the queue is full.
    pub fn push(&mut self, command: Command) -> bool {
        let fits = self.0.len() < Self::MOST;
        if fits {
            self.0.push(command);
        }
        fits
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Something that the user should read: a command that could not be done, a picture written.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// When.
    pub time: Timestamp,
    /// What.
    pub text: Arc<str>,
    /// Whether something failed.
    pub severity: Severity,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// For information.
    Info,
    /// Something could not be done.
    Problem,
}

/// What the user should read, newest last.
#[derive(Resource, Clone, Debug, Default)]
pub struct Notices(std::collections::VecDeque<Notice>);

impl Notices {
    /// At most this many are kept.
    pub const MOST: usize = 200;

    /// Adds one; the oldest goes when there are too many.
    pub fn push(&mut self, time: Timestamp, severity: Severity, text: impl Into<Arc<str>>) {
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        self.0.push_back(Notice {
            time,
            text: text.into(),
            severity,
        });
    }

    /// Oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.0.iter()
    }

    /// What failed, oldest first.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        let failed = |notice: &&Notice| notice.severity == Severity::Problem;
        self.0.iter().filter(failed).map(|notice| &*notice.text)
    }

    /// The newest.
    pub fn last(&self) -> Option<&Notice> {
        self.0.back()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CommandQueue>()
        .init_resource::<Notices>()
        .init_resource::<HostLink>()
        .init_resource::<Incidents>()
        .init_resource::<KeptSettings>()
        .add_systems(Startup, ask_host)
        .add_systems(Update, apply.in_set(ViewerSystems::Commands));
}

/// The settings as they were last kept; `None` where they are not.
#[derive(Resource, Clone, Debug, Default)]
struct KeptSettings(Option<Settings>);

/// Takes over what the program around knows from before.
fn ask_host(
    mut host: ResMut<HostLink>,
    mut view: ResMut<TwinView>,
    mut notices: ResMut<Notices>,
    mut incidents: ResMut<Incidents>,
    mut kept: ResMut<KeptSettings>,
) {
    incidents.0 = host.0.incidents();
    match host.0.saved_views() {
        Ok(views) => view.twin.set_viewpoints(views),
        Err(problem) => notices.push(view.now, Severity::Problem, problem),
    }
    match host.0.saved_markers() {
        Ok(markers) => view.twin.set_markers(markers),
        Err(problem) => notices.push(view.now, Severity::Problem, problem),
    }
    match host.0.settings() {
        Ok(None) => {}
        Ok(Some(settings)) => {
            view.twin.set_settings(&settings);
            // It shows a plant at work, not the past of one.
            let is_live = view.twin.timeline().edge() == Edge::Live;
            if is_live && !view.twin.view().has_seen_tour {
                // Cannot fail: it names nothing of the plant.
                let tour = Command::SetPanel(Panel::Tour, Visibility::Shown);
                view.twin.apply(&tour).ok();
            }
            kept.0 = Some(Settings::of(view.twin.view()));
        }
        Err(problem) => {
            notices.push(view.now, Severity::Problem, problem);
            kept.0 = Some(Settings::of(view.twin.view()));
        }
    }
}

fn apply(
    mut queue: ResMut<CommandQueue>,
    mut view: ResMut<TwinView>,
    mut host: ResMut<HostLink>,
    mut notices: ResMut<Notices>,
    mut captures: ResMut<Captures>,
    mut redraw: ResMut<Redraw>,
    drawn: Drawn,
    mut kept: ResMut<KeptSettings>,
    mut exit: MessageWriter<AppExit>,
) {
    let now = view.now;
    for said in host.0.news() {
        redraw.scene();
        match said {
            Ok(said) => notices.push(now, Severity::Info, said),
            Err(problem) => notices.push(now, Severity::Problem, problem),
        }
    }
    if queue.is_empty() {
        return;
    }
    redraw.scene();
    for command in std::mem::take(&mut queue.0) {
        if let Err(problem) = host.0.record(&command) {
            notices.push(now, Severity::Problem, problem);
        }
        let effect = match view.twin.apply(&command) {
            Ok(effect) => effect,
            Err(error) => {
                notices.push(now, Severity::Problem, sentence(&error.to_string()));
                continue;
            }
        };
        let done = match effect {
            Effect::None => Ok(()),
            Effect::SaveViewpoint(name) => {
                let said = format!("View saved: {name}");
                notices.push(now, Severity::Info, said);
                view.twin.save_viewpoint(name, drawn.camera());
                host.0.keep_views(&view.twin.view().viewpoints)
            }
            Effect::KeepViewpoints => host.0.keep_views(&view.twin.view().viewpoints),
            Effect::KeepMarkers => host.0.keep_markers(&view.twin.view().markers),
            Effect::TriggerIncident(id) => host.0.trigger_incident(&id),
            Effect::Screenshot(picture) => {
                captures.ask(picture);
                Ok(())
            }
            Effect::Dump(file) => {
                let report = drawn.report(&view);
                host.0
                    .dump(&file, &view.twin, &view.snapshot, &report)
                    .map(|()| {
                        let said = format!("State written: {}", whole(&file).display());
                        notices.push(now, Severity::Info, said);
                    })
            }
            Effect::Pack(span, file) => {
                notices.push(now, Severity::Info, "Packing…");
                host.0.pack(span, &file)
            }
            Effect::Write(file, text) => host.0.write(&file, &text).map(|()| {
                let said = format!("Written: {}", whole(&file).display());
                notices.push(now, Severity::Info, said);
            }),
            Effect::Quit => {
                exit.write(AppExit::Success);
                Ok(())
            }
        };
        if let Err(problem) = done {
            notices.push(now, Severity::Problem, problem);
        }
    }
    if let Some(last) = &mut kept.0 {
        let settings = Settings::of(view.twin.view());
        if *last != settings {
            let done = host.0.keep_settings(&settings);
            *last = settings;
            if let Err(problem) = done {
                // Said once: every change of the screen would say it again.
                kept.0 = None;
                notices.push(now, Severity::Problem, problem);
            }
        }
    }
}

/// Where a file is, so that a user finds it whatever the current folder is.
pub(super) fn whole(file: &Path) -> std::path::PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

/// An error message as a sentence on screen: with a capital letter.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}
