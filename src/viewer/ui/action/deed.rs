//! What deeds ask for.

use super::{Chance, Deed, TimeDeed, file_name};
use crate::command::{
    Command, Direction, FutureChoice, Looping, Outlooks, Panel, RangeEnd, SpeedChange, Step,
    Visibility,
};
use crate::timeline::{Edge, PlayState};
use crate::twin::Mode;
use crate::viewer::navigation::heat_map;
use crate::viewer::ui::{PanelData, PanelMemory, palette, toggle};

/// Sizes of the interface that the keys step through, percent.
const SIZES: [u16; 10] = [75, 90, 100, 110, 125, 150, 175, 200, 225, 250];
/// The size of new users.
const NORMAL: u16 = 100;

impl Deed {
    /// Does what a key, the menu or the palette asks for: asks for commands, or opens what they need.
    pub(in crate::viewer::ui) fn give(
        self,
        data: &PanelData,
        memory: &mut PanelMemory,
        out: &mut Vec<Command>,
    ) {
        let view = data.view.twin.view();
        let leave = |panel| Command::SetPanel(panel, Visibility::Hidden);
        match self {
            Deed::SaveView => memory.menu.ask_for_name(),
            Deed::Time(TimeDeed::Bookmark) => memory.timeline.bookmark.open(data),
            Deed::Panel(Panel::Palette) => {
                memory.palette = palette::Memory::default();
                out.extend(self.commands(data));
            }
            // Esc leaves what was opened last before it lets go of the selection.
            Deed::Deselect if view.is_open(Panel::Palette) => out.push(leave(Panel::Palette)),
            Deed::Deselect if view.is_open(Panel::Help) => out.push(leave(Panel::Help)),
            Deed::Deselect if view.is_open(Panel::Tour) => out.push(leave(Panel::Tour)),
            Deed::Deselect if view.selection.is_none() => {
                let timeline = data.view.twin.timeline();
                out.push(match (timeline.range(), data.view.twin.mode()) {
                    (Some(_), _) => Command::ClearRange,
                    (None, Mode::WhatIf) => Command::LeaveFuture,
                    // What is left last is the past; where nothing is live, there is nothing to go to.
                    (None, Mode::Replay) if timeline.edge() == Edge::Live => Command::FollowLive,
                    (None, _) => Command::ClearRange,
                });
            }
            Deed::Deselect => out.push(Command::Deselect),
            other => out.extend(other.commands(data)),
        }
    }

    /// Whether there is something to do it with.
    pub fn is_possible(self, data: &PanelData) -> bool {
        match self {
            Self::HeatMap | Self::Time(TimeDeed::Pin) => !self.commands(data).is_empty(),
            Self::Watch(_) | Self::LeaveFuture | Self::DropFutures => {
                data.view.twin.outlook().is_some()
            }
            Self::Parameters(_) => {
                let calibration = data.view.twin.calibration();
                calibration.is_some_and(|calibration| calibration.told().is_some())
            }
            Self::SaveCalibration => {
                let calibration = data.view.twin.calibration();
                calibration.is_some_and(|calibration| calibration.plant().is_some())
            }
            Self::Focus | Self::Label | Self::Deselect => data.view.twin.view().selection.is_some(),
            _ => true,
        }
    }

    /// What is asked for by it. Saving a view needs a name first: see
    /// [`menu`](super::menu).
    pub fn commands(self, data: &PanelData) -> Vec<Command> {
        let plant = data.view.twin.plant();
        let view = data.view.twin.view();
        let selected = view.selection.and_then(|id| plant.equipment(id));
        let one = match self {
            Self::Home => Command::Home,
            Self::TopView => Command::TopView,
            Self::Focus => match selected {
                Some(one) => Command::Focus(one.path.clone()),
                None => return Vec::new(),
            },
            Self::Deselect => Command::Deselect,
            Self::Overlay(overlay) => Command::SetOverlay(overlay),
            Self::HeatMap => {
                let signal = view.signal.and_then(|id| plant.signal(id));
                return signal.map(heat_map).unwrap_or_default();
            }
            Self::Labels => Command::SetLabels(view.labels.toggled()),
            Self::Label => match (selected, view.selection) {
                (Some(one), Some(id)) => {
                    let shown = if view.unlabelled.contains(&id) {
                        Visibility::Shown
                    } else {
                        Visibility::Hidden
                    };
                    Command::SetLabel(one.path.clone(), shown)
                }
                _ => return Vec::new(),
            },
            Self::Time(deed) => match deed.command(data) {
                Some(command) => command,
                None => return Vec::new(),
            },
            Self::Forecast => {
                return vec![
                    Command::Forecast(Outlooks::default()),
                    Command::SetPanel(Panel::Futures, Visibility::Shown),
                ];
            }
            Self::LeaveFuture => Command::LeaveFuture,
            Self::Watch(chance) => Command::WatchFuture(match chance {
                Chance::Median => FutureChoice::Share(0, 50.0),
                Chance::Best => FutureChoice::Best(0),
                Chance::Worst => FutureChoice::Worst(0),
            }),
            Self::DropFutures => Command::DropFutures,
            Self::Calibrate => {
                return vec![
                    Command::Calibrate,
                    Command::SetPanel(Panel::Futures, Visibility::Shown),
                ];
            }
            Self::Parameters(from) => Command::UseParameters("".into(), from),
            Self::SaveCalibration => Command::SaveCalibration(file_name(data, "toml")),
            Self::Panel(panel) => toggle(data, panel),
            Self::Dock(panel, side) => {
                return vec![
                    Command::DockPanel(panel, side),
                    Command::SetPanel(panel, Visibility::Shown),
                ];
            }
            Self::Resize(side, by) => {
                let size = view.docks.size(side).saturating_add_signed(by);
                Command::SetDockSize(side, size)
            }
            Self::Theme(theme) => Command::SetTheme(theme),
            Self::Quality(quality) => Command::SetQuality(quality),
            Self::Larger => {
                let next = SIZES.into_iter().find(|size| *size > view.ui_scale);
                Command::SetUiScale(next.unwrap_or(view.ui_scale))
            }
            Self::Smaller => {
                let next = SIZES.into_iter().rev().find(|size| *size < view.ui_scale);
                Command::SetUiScale(next.unwrap_or(view.ui_scale))
            }
            Self::NormalSize => Command::SetUiScale(NORMAL),
            Self::SaveView => return Vec::new(),
            Self::Picture => Command::Screenshot(file_name(data, "png").into()),
            Self::State => Command::Dump(file_name(data, "json")),
            Self::Pack => Command::Pack(file_name(data, "twin")),
            Self::Undo => Command::Undo,
            Self::Redo => Command::Redo,
            Self::Quit => Command::Quit,
        };
        vec![one]
    }
}

/// How much more or less time a key shows.
const ZOOM: f64 = 1.6;

impl TimeDeed {
    /// What is asked for by it; a bookmark needs a name first.
    fn command(self, data: &PanelData) -> Option<Command> {
        let twin = &data.view.twin;
        let timeline = twin.timeline();
        Some(match self {
            Self::PlayPause => match timeline.state() {
                PlayState::Paused => Command::Play,
                PlayState::Playing | PlayState::Live => Command::Pause,
            },
            Self::Backward => Command::Shuttle(Direction::Backward),
            Self::Pause => Command::Pause,
            Self::Forward => Command::Shuttle(Direction::Forward),
            Self::Faster => Command::ChangeSpeed(SpeedChange::Faster),
            Self::Slower => Command::ChangeSpeed(SpeedChange::Slower),
            Self::Reverse => Command::SetDirection(match timeline.direction() {
                Direction::Forward => Direction::Backward,
                Direction::Backward => Direction::Forward,
            }),
            Self::SecondBack => Command::SeekBy(-1.0),
            Self::SecondOn => Command::SeekBy(1.0),
            Self::PreviousChange => Command::Step(Step::PreviousChange),
            Self::NextChange => Command::Step(Step::NextChange),
            Self::PreviousEvent => Command::Step(Step::PreviousEvent),
            Self::NextEvent => Command::Step(Step::NextEvent),
            Self::Beginning => Command::Seek(timeline.recorded()?.start),
            Self::Live => Command::FollowLive,
            Self::Bookmark => return None,
            Self::MarkStart => Command::MarkRange(RangeEnd::Start),
            Self::MarkEnd => Command::MarkRange(RangeEnd::End),
            Self::ClearRange => Command::ClearRange,
            Self::Loop => Command::SetLoop(match timeline.looping() {
                Looping::On => Looping::Off,
                Looping::Off => Looping::On,
            }),
            Self::Pin => {
                let signal = twin.view().signal?;
                let path = twin.plant().signal_path(signal).into();
                if twin.view().pins.contains(&signal) {
                    Command::UnpinSignal(path)
                } else {
                    Command::PinSignal(path)
                }
            }
            Self::ZoomIn => Command::ZoomTime(1.0 / ZOOM),
            Self::ZoomOut => Command::ZoomTime(ZOOM),
            Self::ShowAll => Command::ShowAllTime,
        })
    }
}
