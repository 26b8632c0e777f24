//! [`ViewState`]: what the user has chosen about the view, and which part of it outlives the
//! program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::CameraGoal;
use crate::command::{CameraPose, Overlay, Panel, Quality, Side, Theme, Visibility};
use crate::model::{EquipmentId, SignalId};
use crate::timeline::Markers;

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
    /// Pinned ranges of the heat overlay, by the name of the signal.
    pub heat_ranges: BTreeMap<Arc<str>, HeatRange>,
    /// Labels above equipment.
    pub labels: Visibility,
    /// Equipment whose label is hidden.
    pub unlabelled: BTreeSet<EquipmentId>,
    /// Open panels.
    pub panels: BTreeMap<Panel, Visibility>,
    /// Where panels are.
    pub docks: Docks,
    /// Chosen quality; `None`: by the adapter.
    pub quality: Option<Quality>,
    /// Percent.
    pub ui_scale: u16,
    /// Colours.
    pub theme: Theme,
    /// Whether the tour was ended once: it does not open by itself any more.
    pub has_seen_tour: bool,
    /// Saved views.
    pub viewpoints: Viewpoints,
    /// Bookmarks on the timeline.
    pub markers: Arc<Markers>,
    /// Signals that are drawn along the timeline, in the order in which they were pinned.
    pub pins: Vec<SignalId>,
    /// Areas and lines whose lanes are unfolded on the timeline; the whole plant: `""`.
    pub open_lanes: BTreeSet<Arc<str>>,
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
            heat_ranges: BTreeMap::new(),
            labels: Visibility::Shown,
            unlabelled: BTreeSet::new(),
            panels: [
                Panel::Plant,
                Panel::Inspector,
                Panel::Alarms,
                Panel::Legend,
                Panel::Timeline,
            ]
            .map(|panel| (panel, Visibility::Shown))
            .into(),
            docks: Docks::default(),
            quality: None,
            ui_scale: 100,
            theme: Theme::default(),
            has_seen_tour: false,
            viewpoints: Viewpoints::new(),
            markers: Arc::default(),
            pins: Vec::new(),
            open_lanes: [Arc::from("")].into(),
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

    /// Open panels at a side, in their order.
    pub fn open_at(&self, side: Side) -> impl Iterator<Item = Panel> + '_ {
        Panel::DOCKED
            .into_iter()
            .filter(move |panel| self.is_open(*panel) && self.docks.side(*panel) == side)
    }

    /// The open panel of a side that is before the others.
    pub fn front_at(&self, side: Side) -> Option<Panel> {
        let front = self.docks.fronts.get(&side).copied();
        self.open_at(side)
            .find(|panel| Some(*panel) == front)
            .or_else(|| self.open_at(side).next())
    }

    pub(super) fn set_ui_scale(&mut self, percent: u16) {
        self.ui_scale = percent.clamp(75, 250);
    }
}

/// A range of heat that somebody has pinned: the same colours mean the same values, whatever is
/// shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HeatRange {
    /// Value at the cold end.
    pub low: f64,
    /// Value at the hot end.
    pub high: f64,
    /// Symbol of the unit that both are in: signals of another plant may have the name and not the
    /// unit.
    pub unit: Arc<str>,
}

impl HeatRange {
    /// From a number to a larger one; else `None`.
    pub fn new(low: f64, high: f64, unit: &str) -> Option<Self> {
        let range = Self {
            low,
            high,
            unit: unit.into(),
        };
        range.is_range().then_some(range)
    }

    fn is_range(&self) -> bool {
        (self.high - self.low).is_finite() && self.low < self.high
    }
}

/// Where panels are: which side, which before the others, how large.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Docks {
    sides: BTreeMap<Panel, Side>,
    fronts: BTreeMap<Side, Panel>,
    sizes: BTreeMap<Side, u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<u16>,
}

impl Docks {
    /// The least and the most that a side takes, points.
    pub const SIZES: [u16; 2] = [120, 800];

    /// The side of a panel.
    pub fn side(&self, panel: Panel) -> Side {
        let first = match panel {
            Panel::Plant => Side::Left,
            Panel::Inspector | Panel::Futures => Side::Right,
            _ => Side::Bottom,
        };
        self.sides.get(&panel).copied().unwrap_or(first)
    }

    /// How much of the screen a side takes, points: its width, below its height.
    pub fn size(&self, side: Side) -> u16 {
        let first = match side {
            Side::Left => 270,
            Side::Right => 320,
            Side::Bottom => 190,
        };
        self.sizes.get(&side).copied().unwrap_or(first)
    }

    /// Puts a panel to a side, before the others there.
    pub fn put(&mut self, panel: Panel, side: Side) {
        self.sides.insert(panel, side);
        self.fronts.insert(side, panel);
    }

    /// Puts a panel before the others at its side.
    pub fn bring_to_front(&mut self, panel: Panel) {
        if Panel::DOCKED.contains(&panel) {
            self.fronts.insert(self.side(panel), panel);
        }
    }

    /// Height of the timeline, points; `None`: nobody has chosen one.
    pub fn timeline_size(&self) -> Option<u16> {
        self.timeline
    }

    /// Sets the height of the timeline.
    pub fn set_timeline_size(&mut self, points: u16) {
        let [least, most] = Self::SIZES;
        self.timeline = Some(points.clamp(least, most));
    }

    /// Sets how much of the screen a side takes.
    pub fn set_size(&mut self, side: Side, points: u16) {
        let [least, most] = Self::SIZES;
        self.sizes.insert(side, points.clamp(least, most));
    }
}

/// How the user left the screen: what is the same for every plant and outlives the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    theme: Theme,
    ui_scale: u16,
    /// Chosen quality; `None`: by the adapter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    labels: Visibility,
    has_seen_tour: bool,
    panels: BTreeMap<Panel, Visibility>,
    docks: Docks,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    heat_ranges: BTreeMap<Arc<str>, HeatRange>,
}

impl Default for Settings {
    fn default() -> Self {
        Self::of(&ViewState::default())
    }
}

impl Settings {
    /// Of a view as it is.
    pub fn of(view: &ViewState) -> Self {
        let lasting = view.panels.iter().filter(|(panel, _)| !panel.is_fleeting());
        Self {
            theme: view.theme,
            ui_scale: view.ui_scale,
            quality: view.quality,
            labels: view.labels,
            has_seen_tour: view.has_seen_tour,
            panels: lasting.map(|(panel, shown)| (*panel, *shown)).collect(),
            docks: view.docks.clone(),
            heat_ranges: view.heat_ranges.clone(),
        }
    }

    /// Brings a view to how it was left. What a file says beyond what is allowed is brought back;
    /// a quality that was asked for at the start stays.
    pub(super) fn put_into(&self, view: &mut ViewState) {
        view.theme = self.theme;
        view.set_ui_scale(self.ui_scale);
        view.quality = view.quality.or(self.quality);
        view.labels = self.labels;
        view.has_seen_tour = self.has_seen_tour;
        for (panel, shown) in &self.panels {
            if !panel.is_fleeting() {
                view.panels.insert(*panel, *shown);
            }
        }
        let ranges = self
            .heat_ranges
            .iter()
            .filter(|(_, range)| range.is_range());
        view.heat_ranges = ranges
            .map(|(name, one)| (name.clone(), one.clone()))
            .collect();
        view.docks = self.docks.clone();
        if let Some(points) = self.docks.timeline {
            view.docks.set_timeline_size(points);
        }
        for side in Side::ALL {
            if self.docks.sizes.contains_key(&side) {
                view.docks.set_size(side, self.docks.size(side));
            }
        }
    }
}
