//! [`Twin`]: the plant, its branches, the cursor and what the user has chosen.
//!
//! Two things change it: facts that the ingest appends to the history, and
//! [`Twin::apply`] of a [`Command`]. A view asks [`Twin::advance`] to bring its snapshot to the
//! cursor and draws from nothing else.

mod advance;

pub use advance::ViewCursor;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::command::{CameraPose, Command, Overlay, Panel, Picture, Quality, Visibility};
use crate::history::HistoryReader;
use crate::model::alarm::Alarm;
use crate::model::{EquipmentId, Plant, SignalId};
use crate::source::SourceStatus;

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

/// Saved views by name.
pub type Viewpoints = BTreeMap<Arc<str>, CameraPose>;

/// What the user has chosen about the view. Plain data: saved, scripted, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewState {
    /// Selected equipment.
    pub selection: Option<EquipmentId>,
    /// Selected signal, of the selected equipment.
    pub signal: Option<SignalId>,
    /// What colours the equipment.
    pub overlay: Overlay,
    /// Name of the signal of the heat overlay.
    pub heat_signal: Arc<str>,
    /// Labels above equipment.
    pub labels: Visibility,
    /// Open panels.
    pub panels: BTreeMap<Panel, Visibility>,
    /// Chosen quality; `None`: by the adapter.
    pub quality: Option<Quality>,
    /// Percent.
    pub ui_scale: u16,
    /// Saved views.
    pub viewpoints: Viewpoints,
    /// Where the camera shall fly, and how many such wishes there were.
    pub camera_goal: (u64, CameraGoal),
}

impl Default for ViewState {
    fn default() -> Self {
        Self {
            selection: None,
            signal: None,
            overlay: Overlay::default(),
            heat_signal: "".into(),
            labels: Visibility::Shown,
            panels: [Panel::Plant, Panel::Inspector, Panel::Alarms, Panel::Legend]
                .map(|panel| (panel, Visibility::Shown))
                .into(),
            quality: None,
            ui_scale: 100,
            viewpoints: Viewpoints::new(),
            camera_goal: (0, CameraGoal::Home),
        }
    }
}

impl ViewState {
    /// Whether a panel is open, as commands say it.
    pub fn shown(&self, panel: Panel) -> Visibility {
        if self.is_open(panel) {
            Visibility::Shown
        } else {
            Visibility::Hidden
        }
    }

    /// Whether a panel is open.
    pub fn is_open(&self, panel: Panel) -> bool {
        self.panels
            .get(&panel)
            .is_some_and(|shown| shown.is_shown())
    }
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
    /// No such saved view.
    #[error("no view is saved under this name: {0}")]
    UnknownViewpoint(Arc<str>),
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
    /// Start an incident of the emulator.
    TriggerIncident(Arc<str>),
    /// Write a picture.
    Screenshot(Picture),
    /// Write the state.
    Dump(std::path::PathBuf),
    /// End.
    Quit,
}

/// The twin of one plant.
#[derive(Debug)]
pub struct Twin {
    plant: Arc<Plant>,
    history: HistoryReader,
    board: LiveBoard,
    mode: Mode,
    /// What the user has chosen about the view.
    view: ViewState,
}

impl Twin {
    /// A twin that follows live.
    pub fn new(plant: Arc<Plant>, history: HistoryReader, board: LiveBoard) -> Self {
        Self {
            plant,
            history,
            board,
            mode: Mode::Live,
            view: ViewState::default(),
        }
    }

    /// The plant at the cursor.
    pub fn plant(&self) -> &Arc<Plant> {
        &self.plant
    }

    /// The history at the cursor.
    pub fn history(&self) -> &HistoryReader {
        &self.history
    }

    /// What the cursor reads.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What the user has chosen about the view.
    pub fn view(&self) -> &ViewState {
        &self.view
    }

    /// Status of the sources, in the order of the plant's connections.
    pub fn sources(&self) -> Vec<SourceStatus> {
        self.board.sources()
    }

    /// Alarms, newest first.
    pub fn alarms(&self) -> Arc<[Alarm]> {
        self.board.alarms()
    }

    /// The views that were saved in earlier sessions, in place of those that are there.
    pub fn set_viewpoints(&mut self, views: Viewpoints) {
        self.view.viewpoints = views;
    }

    /// Keeps a view under a name.
    pub fn save_viewpoint(&mut self, name: Arc<str>, pose: CameraPose) {
        self.view.viewpoints.insert(name, pose);
    }

    /// Does what the user asks for; what needs a camera, a file or the emulator is returned.
    ///
    /// # Errors
    /// When the command names something that is not there.
    pub fn apply(&mut self, command: &Command) -> Result<Effect, CommandError> {
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
            Command::SelectSignal(path) => {
                let unknown = || CommandError::UnknownSignal(Arc::clone(path));
                let (equipment, name) = path.rsplit_once('/').ok_or_else(unknown)?;
                let id = self.plant.find(equipment).ok_or_else(unknown)?;
                let signal = self.plant.signal_named(id, name).ok_or_else(unknown)?;
                view.selection = Some(id);
                view.signal = Some(signal);
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
            Command::SetLabels(shown) => view.labels = *shown,
            Command::SetPanel(panel, shown) => {
                view.panels.insert(*panel, *shown);
            }
            Command::SetQuality(quality) => view.quality = Some(*quality),
            Command::SetUiScale(percent) => view.ui_scale = (*percent).clamp(75, 250),
            Command::TriggerIncident(id) => return Ok(Effect::TriggerIncident(Arc::clone(id))),
            Command::Screenshot(picture) => return Ok(Effect::Screenshot(picture.clone())),
            Command::Dump(path) => return Ok(Effect::Dump(path.clone())),
            Command::Quit => return Ok(Effect::Quit),
        }
        Ok(Effect::None)
    }
}
