//! [`Command`]: everything a user can ask for, as one enum.
//!
//! Panels, keys, picking and scripts only make commands; [`Twin::apply`](crate::twin::Twin::apply)
//! and the viewer act on them. In a script each is a TOML or JSON value such as
//! `{ select = "line1/cnc-03" }` or `"home"`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::futures::Change;
use crate::model::Timestamp;

/// Something a user asks for. Equipment and signals are named by path, so that a command means the
/// same in a script, in a log and in the next session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Select an equipment; nothing is selected after [`Command::Deselect`].
    Select(Arc<str>),
    /// Select nothing.
    Deselect,
    /// Select one signal of an equipment: `machining/line1/cnc-03/spindle_speed`.
    SelectSignal(Arc<str>),
    /// Fly to an equipment or a group and frame it.
    Focus(Arc<str>),
    /// Fly to the view of the whole plant.
    Home,
    /// Look straight down, with the plant filling the view.
    TopView,
    /// Put the camera somewhere, at once.
    SetCamera(CameraPose),
    /// Keep the present view under this name, in place of an older one of the same name.
    SaveViewpoint(Arc<str>),
    /// Fly to a saved view.
    GoToViewpoint(Arc<str>),
    /// Forget a saved view.
    DeleteViewpoint(Arc<str>),
    /// Show an overlay.
    SetOverlay(Overlay),
    /// Name of the signal that the heat overlay shows, on every equipment that has one.
    SetHeatSignal(Arc<str>),
    /// Pin the range of the heat overlay for the signals of this name: from the cold end to the hot
    /// one, in the unit of the signal.
    SetHeatRange(Arc<str>, [f64; 2]),
    /// Let the limits of the signals of this name say the range of the heat overlay again.
    ResetHeatRange(Arc<str>),
    /// Show or hide the labels above equipment.
    SetLabels(Visibility),
    /// Show or hide the label of one equipment.
    SetLabel(Arc<str>, Visibility),
    /// Open a panel, before others at its side, or close it.
    SetPanel(Panel, Visibility),
    /// Put a panel to a side of the screen.
    DockPanel(Panel, Side),
    /// How much of the screen the panels at a side take, points: 120 to 800.
    SetDockSize(Side, u16),
    /// Colours of the user interface and the hall.
    SetTheme(Theme),
    /// Draw with another quality.
    SetQuality(Quality),
    /// Size of the user interface, percent of normal: 75 to 250.
    SetUiScale(u16),
    /// Start an incident of the emulated demo plant. The twin never commands a real one: without
    /// an emulator inside, this is refused and says so.
    TriggerIncident(Arc<str>),
    /// Write a picture of the window to a file (PNG).
    Screenshot(Picture),
    /// Write the state of the plant, as `--state` does, to this file (JSON).
    Dump(std::path::PathBuf),
    /// Pack the selected range of the timeline, or what it shows where none is selected, with the plant
    /// into this file (.twin).
    Pack(std::path::PathBuf),
    /// Play what was recorded from the cursor on.
    Play,
    /// Stop the cursor where it is.
    Pause,
    /// Follow the present.
    FollowLive,
    /// Put the cursor to an instant; where that is the present or later, follow live.
    Seek(Timestamp),
    /// Move the cursor by so many seconds.
    SeekBy(f64),
    /// Put the cursor to an instant while a hand moves it: it stays where the hand leaves it.
    Scrub(Timestamp),
    /// Move the cursor from change to change or from event to event.
    Step(Step),
    /// Play this many times as fast as real time: 0.1 to 10000.
    SetSpeed(f64),
    /// Play the next faster or slower speed.
    ChangeSpeed(SpeedChange),
    /// Play this way.
    SetDirection(Direction),
    /// Play this way; asked for again, faster: the keys J and L of video editors.
    Shuttle(Direction),
    /// Play the selected range again and again, or not.
    SetLoop(Looping),
    /// Select a range of time.
    SelectRange([Timestamp; 2]),
    /// Put an end of the selected range to the cursor.
    MarkRange(RangeEnd),
    /// Select no range.
    ClearRange,
    /// Let the timeline show this part of time.
    ShowSpan([Timestamp; 2]),
    /// Let the timeline show so many times as much time, about the cursor.
    ZoomTime(f64),
    /// Move what the timeline shows by so many of its lengths.
    PanTime(f64),
    /// Let the timeline show all that was recorded.
    ShowAllTime,
    /// Keep an instant or a range under a name, in place of an older one of the same name.
    Bookmark(Bookmark),
    /// Forget a bookmark.
    DeleteBookmark(Arc<str>),
    /// Go to a bookmark; a range is selected, too.
    GoToBookmark(Arc<str>),
    /// Draw a signal along the timeline.
    PinSignal(Arc<str>),
    /// Draw it no longer.
    UnpinSignal(Arc<str>),
    /// Unfold or fold the lanes of a line or an area on the timeline; the whole plant: `""`.
    SetLane(Arc<str>, Visibility),
    /// Height of the timeline, points: 120 to 800.
    SetTimelineSize(u16),
    /// Simulate what could be, from an instant on: `{ }` is eight hours from the cursor.
    Forecast(Outlooks),
    /// Simulate the same futures with something different.
    WhatIf(Change),
    /// Work out what was observed of the parameters that the scene assumes: in the selected range of
    /// the timeline, or in all that was recorded.
    Calibrate,
    /// Simulate a machine with the parameters that the scene assumes or with those that were observed;
    /// every machine: `""`.
    UseParameters(Arc<str>, Parameters),
    /// Write the observed parameters that are used into a scenario file (TOML).
    SaveCalibration(PathBuf),
    /// Let the cursor read one of the futures, and play it.
    WatchFuture(FutureChoice),
    /// Let it read what was recorded again; the futures stay.
    LeaveFuture,
    /// Forget the futures.
    DropFutures,
    /// Take back the last change of how things are shown: panels, overlay, labels, theme, size,
    /// quality, heat ranges, saved views. Not what the camera did.
    Undo,
    /// Change it again.
    Redo,
    /// End the program.
    Quit,
}

/// What is kept under a name on the timeline: `{ name = "Jam" }` is the selected range, or else the
/// cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bookmark {
    /// Its name; empty: a name that is free.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub name: Arc<str>,
    /// The instant, or where a range begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Where a range ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// What is to be said of it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub note: Arc<str>,
}

/// Which futures: `{ at = 2026-03-01T10:15:00Z, hours = 4.0 }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Outlooks {
    /// Where they begin; the cursor, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How far they go, hours; 8, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<f64>,
}

/// One of many futures: of the plant as it is (case 0), or of a what-if (1, 2, …).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FutureChoice {
    /// The one that so many percent of them do not surpass: 50 is the median.
    Share(u32, f64),
    /// The one in which most is made.
    Best(u32),
    /// The one in which least is made.
    Worst(u32),
    /// By its number.
    Number(u32, u64),
}

impl FutureChoice {
    /// The case that it is of.
    pub const fn case(self) -> u32 {
        match self {
            Self::Share(case, _) | Self::Best(case) | Self::Worst(case) | Self::Number(case, _) => {
                case
            }
        }
    }
}

/// A step of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// To the next change of a state or a health: of the selection, else of anything.
    NextChange,
    /// To the one before.
    PreviousChange,
    /// To the next event or bookmark.
    NextEvent,
    /// To the one before.
    PreviousEvent,
}

/// Faster or slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpeedChange {
    /// The next faster speed.
    Faster,
    /// The next slower speed.
    Slower,
}

/// Which way the cursor plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// As time goes.
    #[default]
    Forward,
    /// Into the past.
    Backward,
}

/// Where the parameters of a machine come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parameters {
    /// The scene.
    #[default]
    Assumed,
    /// Its own telemetry.
    Observed,
}

/// Whether the selected range is played again and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Looping {
    /// Again and again.
    On,
    /// On beyond its end.
    #[default]
    Off,
}

/// An end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RangeEnd {
    /// Its beginning.
    Start,
    /// Its end.
    End,
}

/// A picture to be taken: `"a.png"` as large as the window, or
/// `{ file = "a.png", size = [3840, 2160] }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Picture {
    /// As large as the window.
    OfWindow(PathBuf),
    /// Of a size of its own: the same view with more or fewer pixels.
    Sized {
        /// Where it goes.
        file: PathBuf,
        /// Width and height, pixels.
        size: [u32; 2],
    },
}

impl Picture {
    /// Width and height of a picture, pixels, at most: what graphics adapters of the last ten years
    /// can draw at once.
    pub const LARGEST: u32 = 8_192;

    /// Where it goes.
    pub fn file(&self) -> &Path {
        match self {
            Self::OfWindow(file) | Self::Sized { file, .. } => file,
        }
    }

    /// Its own size, as far as it can be drawn.
    pub fn size(&self) -> Option<[u32; 2]> {
        match self {
            Self::OfWindow(_) => None,
            Self::Sized { size, .. } => Some(size.map(|edge| edge.clamp(16, Self::LARGEST))),
        }
    }

    /// The same picture, in a folder.
    pub fn into_folder(self, folder: &Path) -> Self {
        match self {
            Self::OfWindow(file) => Self::OfWindow(folder.join(file)),
            Self::Sized { file, size } => Self::Sized {
                file: folder.join(file),
                size,
            },
        }
    }
}

impl<P: Into<PathBuf>> From<P> for Picture {
    fn from(file: P) -> Self {
        Self::OfWindow(file.into())
    }
}

/// Whether something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Shown.
    Shown,
    /// Hidden.
    Hidden,
}

impl Visibility {
    /// The other one.
    pub const fn toggled(self) -> Self {
        match self {
            Self::Shown => Self::Hidden,
            Self::Hidden => Self::Shown,
        }
    }

    /// Whether it is shown.
    pub const fn is_shown(self) -> bool {
        matches!(self, Self::Shown)
    }
}

/// What colours the equipment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlay {
    /// The models as they are.
    None,
    /// NE 107 health.
    #[default]
    Health,
    /// Operating state.
    State,
    /// One signal as heat.
    Heat,
    /// Age of the newest value.
    DataAge,
    /// Material flow: ribbons on the floor, as wide as parts go along them per hour.
    Flow,
}

/// A panel that can be opened and closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Panel {
    /// Plant tree.
    Plant,
    /// Inspector of the selection.
    Inspector,
    /// Sources and their status.
    Sources,
    /// Alarms.
    Alarms,
    /// What happened.
    Log,
    /// What could be: simulated futures, and what-ifs.
    Futures,
    /// Legend of the overlay.
    Legend,
    /// Keys and mouse.
    Help,
    /// What a frame costs.
    Diagnostics,
    /// Search for everything, and give every command by name.
    Palette,
    /// What is where on the screen, in a minute.
    Tour,
    /// Lanes along time; the bar with the cursor's time is always there.
    Timeline,
}

impl Panel {
    /// Panels that have a place at a side; the others float over the plant.
    pub const DOCKED: [Self; 6] = [
        Self::Plant,
        Self::Inspector,
        Self::Alarms,
        Self::Sources,
        Self::Log,
        Self::Futures,
    ];

    /// Whether it comes and goes with what is done, and belongs to no set-up.
    pub const fn is_fleeting(self) -> bool {
        matches!(self, Self::Help | Self::Palette | Self::Tour)
    }
}

/// A side of the screen where panels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// At the left.
    Left,
    /// At the right.
    Right,
    /// Below.
    Bottom,
}

impl Side {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Left, Self::Right, Self::Bottom];
}

/// A set of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// Dark on light, for bright rooms.
    #[default]
    Light,
    /// Light on dark, for dim rooms.
    Dark,
    /// White on black, with lines between all things.
    HighContrast,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::HighContrast];
}

/// How much is spent on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// For adapters that are a CPU: no shadows, no anti-aliasing, coarser 3D picture.
    Low,
    /// For integrated adapters.
    Medium,
    /// For discrete adapters.
    High,
}

/// Where the camera is: it orbits a point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CameraPose {
    /// Point it looks at, m.
    pub target: [f32; 3],
    /// Turn about the vertical, radians; 0 looks north (towards −z).
    pub yaw: f32,
    /// Angle above the horizon, radians; π/2 looks straight down.
    pub pitch: f32,
    /// Distance from the point, m.
    pub distance: f32,
}
