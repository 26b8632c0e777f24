//! [`Twin`]: the plant, its branches, the cursor and what the user has chosen.
//!
//! Two things change it: facts that the ingest appends to the history, and
//! [`Twin::apply`] of a [`Command`]. A view asks [`Twin::advance`] to bring its snapshot to the
//! cursor and draws from nothing else.

mod advance;
mod calibration;
mod forecast;
mod outlook;
mod time;
mod track_record;
mod undo;
mod view_state;
mod work;

pub use advance::ViewCursor;
pub use calibration::Calibrating;
pub use outlook::{Case, CaseState, Outlook, Running, Watched, horizon_words};
pub use time::LiveNews;
pub use track_record::TrackRecord;
pub use view_state::{Docks, HeatRange, Settings, ViewState, Viewpoints};
pub use work::{Known, Work};

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::command::{CameraPose, Command, Panel, Picture};
use crate::history::HistoryReader;
use crate::model::alarm::Alarm;
use crate::model::{EquipmentId, Plant, SignalId, Timestamp};
use crate::recording::RecorderStatus;
use crate::source::SourceStatus;
use crate::timeline::alarms::AlarmsThen;
use crate::timeline::{Edge, Markers, Timeline};

/// What the cursor reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The present.
    #[default]
    Live,
    /// The recorded past.
    Replay,
    /// A simulated future.
    WhatIf,
}

/// The live lists that the ingest keeps and any thread may look at.
#[derive(Clone, Debug, Default)]
pub struct LiveBoard(Arc<Mutex<Board>>);

#[derive(Debug, Default)]
struct Board {
    sources: Vec<SourceStatus>,
    alarms: Arc<[Alarm]>,
    revision: u64,
    recorder: Option<RecorderStatus>,
}

impl LiveBoard {
    /// Replaces the status of the sources.
    pub fn set_sources(&self, sources: &[SourceStatus]) {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.sources.clear();
        board.sources.extend_from_slice(sources);
    }

    /// Replaces the alarm list: active ones and those of the recent past, newest first.
    pub fn set_alarms(&self, alarms: Arc<[Alarm]>) {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.alarms = alarms;
        board.revision += 1;
    }

    /// Replaces the status of the recorder.
    pub fn set_recorder(&self, status: RecorderStatus) {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.recorder = Some(status);
    }

    /// Status of the recorder; `None`: nothing is recorded, and nothing shall be.
    pub fn recorder(&self) -> Option<RecorderStatus> {
        let board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.recorder.clone()
    }

    /// Status of the sources, in the order of the plant's connections.
    pub fn sources(&self) -> Vec<SourceStatus> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .sources
            .clone()
    }

    /// The alarm list, newest first.
    pub fn alarms(&self) -> Arc<[Alarm]> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner).alarms)
    }
}

/// Where the camera shall fly.
#[derive(Clone, Debug, PartialEq)]
pub enum CameraGoal {
    /// The whole plant.
    Home,
    /// Straight down.
    Top,
    /// Frame an equipment.
    Equipment(EquipmentId),
    /// Frame all equipment whose path begins so.
    Group(Arc<str>),
    /// A pose: fly (`true`) is a matter of the viewer; scripts jump.
    Pose(CameraPose),
    /// A saved pose.
    Viewpoint(CameraPose),
}

/// Why a command was not done.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CommandError {
    /// No equipment or group of this path, or several.
    #[error("no equipment or line is called so, or several are: give more of the path: {0}")]
    UnknownPath(Arc<str>),
    /// No such signal.
    #[error("no signal is called so: {0}")]
    UnknownSignal(Arc<str>),
    /// A range of heat whose ends are no numbers or not in order.
    #[error("a heat range goes from a number to a larger one: {0}")]
    BadHeatRange(Arc<str>),
    /// No such saved view.
    #[error("no view is saved under this name: {0}")]
    UnknownViewpoint(Arc<str>),
    /// Nothing was changed yet, or all of it is taken back.
    #[error(
        "nothing to undo: panels, overlay, labels, theme, size, quality, heat ranges, saved views, bookmarks and plots are as they were"
    )]
    NothingToUndo,
    /// Nothing was taken back.
    #[error("nothing to redo")]
    NothingToRedo,
    /// A number of seconds, lengths or times that is none.
    #[error("this needs a finite number, and not 0 where it multiplies: {0}")]
    BadNumber(f64),
    /// No such bookmark.
    #[error("no bookmark is called so: {0}")]
    UnknownMarker(Arc<str>),
    /// Nothing lies there.
    #[error("nothing more is known {0}")]
    NothingFurther(&'static str),
    /// There is no range to be played again and again.
    #[error("select a range on the timeline first: it is what a loop plays")]
    NoRange,
    /// Nothing was received yet that a bookmark could stand at.
    #[error("there is no instant to be kept yet: nothing was received")]
    NoTime,
    /// A future that was not asked for.
    #[error("there are no futures yet: ask for a forecast first")]
    NoFutures,
    /// It could not be simulated.
    #[error("this future cannot be watched: {0}")]
    FutureFailed(Arc<str>),
    /// Nothing of what was observed is used.
    #[error("no observed parameters are used yet: take those of a machine first")]
    NothingUsed,
    /// Parameters that nobody has looked for.
    #[error("nothing was observed of its parameters yet: ask for a calibration first: {0}")]
    NotObserved(Arc<str>),
    /// The plant cannot be simulated with what was observed.
    #[error("this cannot be used: {0}")]
    NotUsable(Arc<str>),
    /// What-ifs without end.
    #[error("{0} what-ifs stand side by side already: forget the futures first")]
    TooManyCases(usize),
    /// Futures of futures without end.
    #[error("futures begin in one another {0} times at most: leave the one that is watched first")]
    TooDeep(usize),
    /// Something that cannot be different.
    #[error(transparent)]
    Change(#[from] crate::futures::ChangeError),
    /// No emulator inside, or no such incident.
    #[error("no emulator with this incident runs here; the twin never commands a real plant: {0}")]
    NoIncident(Arc<str>),
}

/// What the twin leaves to its host: what needs a camera, a file or the emulator.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Done.
    None,
    /// Keep the present view under this name with [`Twin::save_viewpoint`].
    SaveViewpoint(Arc<str>),
    /// The saved views have changed: keep them for the next session.
    KeepViewpoints,
    /// The bookmarks have changed: keep them with the recording.
    KeepMarkers,
    /// Start an incident of the emulator.
    TriggerIncident(Arc<str>),
    /// Write a picture.
    Screenshot(Picture),
    /// Write the state.
    Dump(std::path::PathBuf),
    /// Pack what is recorded of a span into this file.
    Pack(std::ops::Range<Timestamp>, std::path::PathBuf),
    /// Write a text into this file.
    Write(std::path::PathBuf, String),
    /// End.
    Quit,
}

/// The twin of one plant.
#[derive(Clone, Debug)]
pub struct Twin {
    plant: Arc<Plant>,
    history: HistoryReader,
    board: LiveBoard,
    timeline: Timeline,
    /// With the branch that it is about.
    alarms_then: (u64, AlarmsThen),
    /// The alarm list at the cursor; `None`: the live one.
    alarms_shown: Option<Arc<[Alarm]>>,
    /// What the user has chosen about the view.
    view: ViewState,
    past: undo::Past,
    /// The futures that were asked for.
    outlook: Option<outlook::Outlook>,
    /// What was observed of the parameters of the scene, and what of it is used.
    calibration: Option<calibration::Calibrating>,
    /// Questions and futures so far.
    numbers: u64,
    /// Why something that was asked for did not come.
    problem: Option<Arc<str>>,
}

impl Twin {
    /// A twin that follows live.
    pub fn new(plant: Arc<Plant>, history: HistoryReader, board: LiveBoard) -> Self {
        Self::with_edge(plant, history, board, Edge::Live)
    }

    /// A twin of a recording alone: its time ends where the recording does.
    pub fn of_recording(plant: Arc<Plant>, history: HistoryReader) -> Self {
        Self::with_edge(plant, history, LiveBoard::default(), Edge::End)
    }

    fn with_edge(plant: Arc<Plant>, history: HistoryReader, board: LiveBoard, edge: Edge) -> Self {
        Self {
            plant,
            history,
            board,
            timeline: Timeline::new(edge),
            alarms_then: (0, AlarmsThen::default()),
            alarms_shown: None,
            view: ViewState::default(),
            past: undo::Past::default(),
            outlook: None,
            calibration: None,
            numbers: 0,
            problem: None,
        }
    }

    /// The cursor, and how it moves.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// What the user has chosen about the view.
    pub fn view(&self) -> &ViewState {
        &self.view
    }

    /// Status of the sources, in the order of the plant's connections.
    pub fn sources(&self) -> Vec<SourceStatus> {
        self.board.sources()
    }

    /// Status of the recorder; `None`: nothing is recorded, and nothing shall be.
    pub fn recorder(&self) -> Option<RecorderStatus> {
        self.board.recorder()
    }

    /// Alarms at the cursor, newest first: in replay, the list as it was then.
    pub fn alarms(&self) -> Arc<[Alarm]> {
        match &self.alarms_shown {
            Some(then) => Arc::clone(then),
            None => self.board.alarms(),
        }
    }

    /// The bookmarks that were kept with the recording, in place of those that are there.
    pub fn set_markers(&mut self, markers: Markers) {
        self.view.markers = Arc::new(markers);
    }

    /// The views that were saved in earlier sessions, in place of those that are there.
    pub fn set_viewpoints(&mut self, views: Viewpoints) {
        self.view.viewpoints = views;
    }

    /// Keeps a view under a name.
    pub fn save_viewpoint(&mut self, name: Arc<str>, pose: CameraPose) {
        let before = self.view.clone();
        self.view.viewpoints.insert(name, pose);
        self.past.remember(before, &self.view);
    }

    /// How the user left the screen in an earlier session, in place of how it is.
    pub fn set_settings(&mut self, settings: &Settings) {
        settings.put_into(&mut self.view);
    }

    /// Does what the user asks for; what needs a camera, a file or the emulator is returned.
    ///
    /// # Errors
    /// When the command names something that is not there.
    pub fn apply(&mut self, command: &Command) -> Result<Effect, CommandError> {
        let before = self.view.clone();
        match command {
            Command::Undo if self.past.undo(&mut self.view) => {}
            Command::Redo if self.past.redo(&mut self.view) => {}
            Command::Undo => return Err(CommandError::NothingToUndo),
            Command::Redo => return Err(CommandError::NothingToRedo),
            other => {
                let effect = self.change(other)?;
                self.past.remember(before, &self.view);
                return Ok(effect);
            }
        }
        Ok(if before.viewpoints != self.view.viewpoints {
            Effect::KeepViewpoints
        } else if before.markers != self.view.markers {
            Effect::KeepMarkers
        } else {
            Effect::None
        })
    }

    /// The signal with this path.
    fn signal(&self, path: &Arc<str>) -> Result<(EquipmentId, SignalId), CommandError> {
        let unknown = || CommandError::UnknownSignal(Arc::clone(path));
        let (equipment, name) = path.rsplit_once('/').ok_or_else(unknown)?;
        let id = self.plant.find(equipment).ok_or_else(unknown)?;
        let signal = self.plant.signal_named(id, name).ok_or_else(unknown)?;
        Ok((id, signal))
    }

    fn change(&mut self, command: &Command) -> Result<Effect, CommandError> {
        if let Some(done) = self.change_future(command) {
            return done;
        }
        if let Some(done) = self.change_time(command) {
            return done;
        }
        if let Command::SelectSignal(path) = command {
            let (id, signal) = self.signal(path)?;
            self.view.selection = Some(id);
            self.view.signal = Some(signal);
            return Ok(Effect::None);
        }
        let view = &mut self.view;
        match command {
            Command::Select(path) => {
                let id = self
                    .plant
                    .find(path)
                    .ok_or_else(|| CommandError::UnknownPath(Arc::clone(path)))?;
                if view.selection != Some(id) {
                    view.signal = None;
                }
                view.selection = Some(id);
            }
            Command::Deselect => {
                view.selection = None;
                view.signal = None;
            }
            Command::Focus(path) => {
                let goal = match self.plant.find(path) {
                    Some(id) => CameraGoal::Equipment(id),
                    None if self.plant.groups.iter().any(|group| group.path == *path) => {
                        CameraGoal::Group(Arc::clone(path))
                    }
                    None => return Err(CommandError::UnknownPath(Arc::clone(path))),
                };
                view.camera_goal = (view.camera_goal.0 + 1, goal);
            }
            Command::Home => view.camera_goal = (view.camera_goal.0 + 1, CameraGoal::Home),
            Command::TopView => view.camera_goal = (view.camera_goal.0 + 1, CameraGoal::Top),
            Command::SetCamera(pose) => {
                view.camera_goal = (view.camera_goal.0 + 1, CameraGoal::Pose(*pose));
            }
            Command::SaveViewpoint(name) => return Ok(Effect::SaveViewpoint(Arc::clone(name))),
            Command::GoToViewpoint(name) => {
                let pose = view
                    .viewpoints
                    .get(name)
                    .ok_or_else(|| CommandError::UnknownViewpoint(Arc::clone(name)))?;
                view.camera_goal = (view.camera_goal.0 + 1, CameraGoal::Viewpoint(*pose));
            }
            Command::DeleteViewpoint(name) => {
                view.viewpoints
                    .remove(name)
                    .ok_or_else(|| CommandError::UnknownViewpoint(Arc::clone(name)))?;
                return Ok(Effect::KeepViewpoints);
            }
            Command::SetOverlay(overlay) => view.overlay = *overlay,
            Command::SetHeatSignal(name) => view.heat_signal = Arc::clone(name),
            Command::SetHeatRange(name, [low, high]) => {
                let mut signals = self.plant.signals.iter();
                let signal = signals
                    .find(|signal| signal.spec.name == *name)
                    .ok_or_else(|| CommandError::UnknownSignal(Arc::clone(name)))?;
                let range = HeatRange::new(*low, *high, signal.spec.unit.symbol)
                    .ok_or_else(|| CommandError::BadHeatRange(Arc::clone(name)))?;
                view.heat_ranges.insert(Arc::clone(name), range);
            }
            Command::ResetHeatRange(name) => {
                view.heat_ranges.remove(name);
            }
            Command::SetLabels(shown) => view.labels = *shown,
            Command::SetLabel(path, shown) => {
                let id = self
                    .plant
                    .find(path)
                    .ok_or_else(|| CommandError::UnknownPath(Arc::clone(path)))?;
                if shown.is_shown() {
                    view.unlabelled.remove(&id);
                } else {
                    view.unlabelled.insert(id);
                }
            }
            Command::SetPanel(panel, shown) => {
                view.panels.insert(*panel, *shown);
                if shown.is_shown() {
                    view.docks.bring_to_front(*panel);
                } else if *panel == Panel::Tour {
                    view.has_seen_tour = true;
                }
            }
            Command::DockPanel(panel, side) => view.docks.put(*panel, *side),
            Command::SetDockSize(side, points) => view.docks.set_size(*side, *points),
            Command::SetTheme(theme) => view.theme = *theme,
            Command::SetQuality(quality) => view.quality = Some(*quality),
            Command::SetUiScale(percent) => view.set_ui_scale(*percent),
            Command::TriggerIncident(id) => return Ok(Effect::TriggerIncident(Arc::clone(id))),
            Command::Screenshot(picture) => return Ok(Effect::Screenshot(picture.clone())),
            Command::Dump(path) => return Ok(Effect::Dump(path.clone())),
            Command::Pack(path) => {
                let span = self.timeline.range();
                let span = span.unwrap_or_else(|| self.timeline.visible());
                return Ok(Effect::Pack(span, path.clone()));
            }
            Command::Quit => return Ok(Effect::Quit),
            // Done before: in `apply`, in `change`, and in `change_time`.
            _ => {}
        }
        Ok(Effect::None)
    }
}
