//! Everything that one key, one entry of the menu or one line of the palette does: the one table
//! that all of them, and the help, read from.
//!
//! | file | what |
//! | --- | --- |
//! | [`chord`] | keys, and how they are written |
//! | `deed` | the commands that a deed asks for |

pub mod chord;
mod deed;

use std::path::PathBuf;

use bevy_egui::egui::{self, Key, Modifiers};
use egui_phosphor::regular as icon;

use super::PanelData;
use crate::command::{Overlay, Panel, Parameters, Quality, Side, Theme};

pub use chord::Chord;

/// One thing to do.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// As people call it.
    pub name: &'static str,
    /// Its picture.
    pub icon: &'static str,
    /// Its key.
    pub chord: Option<Chord>,
    /// Under which heading the help has it.
    pub group: Group,
    /// What it does.
    pub deed: Deed,
}

/// A heading of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Where the camera is and what is selected.
    Look,
    /// What is shown of the plant.
    Show,
    /// The cursor on the timeline.
    Time,
    /// Panels, theme, size.
    Screen,
    /// Views, files and the program.
    Program,
}

impl Group {
    /// All of them, with their words.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Look, "Look around"),
        (Self::Show, "Show"),
        (Self::Time, "Time"),
        (Self::Screen, "Screen"),
        (Self::Program, "Views, files, program"),
    ];
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Fly home.
    Home,
    /// Look from above.
    TopView,
    /// Fly to the selection.
    Focus,
    /// Select nothing.
    Deselect,
    /// Colour the equipment by this.
    Overlay(Overlay),
    /// Show the selected signal as heat.
    HeatMap,
    /// Labels on and off.
    Labels,
    /// The label of the selection on and off.
    Label,
    /// Something with the timeline.
    Time(TimeDeed),
    /// Ask what could be, and show it.
    Forecast,
    /// Back from the future.
    LeaveFuture,
    /// Watch one of the futures of the plant as it is.
    Watch(Chance),
    /// Forget the futures.
    DropFutures,
    /// Compare what the scene assumes with what was observed, and show it.
    Calibrate,
    /// Simulate all machines with these parameters.
    Parameters(Parameters),
    /// Write the observed parameters that are used.
    SaveCalibration,
    /// A panel opened or closed.
    Panel(Panel),
    /// A panel moved.
    Dock(Panel, Side),
    /// A side larger or smaller by so many points.
    Resize(Side, i16),
    /// Other colours.
    Theme(Theme),
    /// Another quality.
    Quality(Quality),
    /// A larger interface.
    Larger,
    /// A smaller interface.
    Smaller,
    /// The interface as it is for new users.
    NormalSize,
    /// Ask for a name and save the view.
    SaveView,
    /// A picture.
    Picture,
    /// The state as JSON.
    State,
    /// The selected range, or what the timeline shows, as a package.
    Pack,
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// End.
    Quit,
}

/// One of many futures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chance {
    /// Half of them make more.
    Median,
    /// None makes more.
    Best,
    /// None makes less.
    Worst,
}

/// What is done with the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeDeed {
    /// Play what stands, stop what plays or is live.
    PlayPause,
    /// Play backwards; again: faster.
    Backward,
    /// Stand still.
    Pause,
    /// Play forward; again: faster.
    Forward,
    /// Play the next faster speed.
    Faster,
    /// Play the next slower speed.
    Slower,
    /// Play the other way.
    Reverse,
    /// One second back.
    SecondBack,
    /// One second on.
    SecondOn,
    /// To the change before.
    PreviousChange,
    /// To the next change.
    NextChange,
    /// To the event before.
    PreviousEvent,
    /// To the next event.
    NextEvent,
    /// To the beginning of what was recorded.
    Beginning,
    /// To the present.
    Live,
    /// Keep the cursor, or the range, under a name.
    Bookmark,
    /// The range begins here.
    MarkStart,
    /// The range ends here.
    MarkEnd,
    /// No range.
    ClearRange,
    /// The range again and again.
    Loop,
    /// Draw the selected signal along the timeline, or no longer.
    Pin,
    /// Less time, in more detail.
    ZoomIn,
    /// More time.
    ZoomOut,
    /// All of it.
    ShowAll,
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

const fn action(
    group: Group,
    icon: &'static str,
    name: &'static str,
    chord: Option<Chord>,
    deed: Deed,
) -> Action {
    Action {
        name,
        icon,
        chord,
        group,
        deed,
    }
}

const fn key(held: Modifiers, key: Key) -> Option<Chord> {
    Some(Chord::new(held, key))
}

/// All of them.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    action(Group::Look, icon::HOUSE, "Home: the whole plant", key(NONE, Key::H), Deed::Home),
    action(Group::Look, icon::MAP_TRIFOLD, "Plan view: from straight above", key(NONE, Key::T), Deed::TopView),
    action(Group::Look, icon::CROSSHAIR, "Fly to the selection", key(NONE, Key::F), Deed::Focus),
    action(Group::Look, icon::SELECTION_SLASH, "Select nothing", key(NONE, Key::Escape), Deed::Deselect),

    action(Group::Show, icon::CUBE, "Plain", key(NONE, Key::Num1), Deed::Overlay(Overlay::None)),
    action(Group::Show, icon::HEARTBEAT, "Health", key(NONE, Key::Num2), Deed::Overlay(Overlay::Health)),
    action(Group::Show, icon::TRAFFIC_SIGNAL, "State", key(NONE, Key::Num3), Deed::Overlay(Overlay::State)),
    action(Group::Show, icon::THERMOMETER, "Heat", key(NONE, Key::Num4), Deed::Overlay(Overlay::Heat)),
    action(Group::Show, icon::CLOCK_COUNTDOWN, "Data age", key(NONE, Key::Num5), Deed::Overlay(Overlay::DataAge)),
    action(Group::Show, icon::FLOW_ARROW, "Material flow", key(NONE, Key::Num6), Deed::Overlay(Overlay::Flow)),
    action(Group::Show, icon::FIRE, "Heat map of the selected signal", key(NONE, Key::M), Deed::HeatMap),
    action(Group::Show, icon::TAG, "Labels on and off", key(NONE, Key::N), Deed::Labels),
    action(Group::Show, icon::TAG_SIMPLE, "Label of the selection on and off", key(SHIFT, Key::N), Deed::Label),

    action(Group::Time, icon::PACKAGE, "Pack the selected range, or what the timeline shows", key(CTRL, Key::P), Deed::Pack),
    action(Group::Time, icon::PLAY_PAUSE, "Play or pause", key(NONE, Key::Space), Deed::Time(TimeDeed::PlayPause)),
    action(Group::Time, icon::REWIND, "Play backwards, again: faster", key(NONE, Key::J), Deed::Time(TimeDeed::Backward)),
    action(Group::Time, icon::PAUSE, "Pause", key(NONE, Key::K), Deed::Time(TimeDeed::Pause)),
    action(Group::Time, icon::FAST_FORWARD, "Play forward, again: faster", key(NONE, Key::L), Deed::Time(TimeDeed::Forward)),
    action(Group::Time, icon::GAUGE, "Faster", key(SHIFT, Key::L), Deed::Time(TimeDeed::Faster)),
    action(Group::Time, icon::GAUGE, "Slower", key(SHIFT, Key::J), Deed::Time(TimeDeed::Slower)),
    action(Group::Time, icon::ARROWS_LEFT_RIGHT, "Play the other way", key(SHIFT, Key::K), Deed::Time(TimeDeed::Reverse)),
    action(Group::Time, icon::CARET_DOUBLE_LEFT, "One second back", key(NONE, Key::Comma), Deed::Time(TimeDeed::SecondBack)),
    action(Group::Time, icon::CARET_DOUBLE_RIGHT, "One second on", key(NONE, Key::Period), Deed::Time(TimeDeed::SecondOn)),
    action(Group::Time, icon::CARET_LINE_LEFT, "Change before, of the selection or of all", key(CTRL_SHIFT, Key::ArrowLeft), Deed::Time(TimeDeed::PreviousChange)),
    action(Group::Time, icon::CARET_LINE_RIGHT, "Next change, of the selection or of all", key(CTRL_SHIFT, Key::ArrowRight), Deed::Time(TimeDeed::NextChange)),
    action(Group::Time, icon::SKIP_BACK, "Event before", key(CTRL, Key::ArrowLeft), Deed::Time(TimeDeed::PreviousEvent)),
    action(Group::Time, icon::SKIP_FORWARD, "Next event", key(CTRL, Key::ArrowRight), Deed::Time(TimeDeed::NextEvent)),
    action(Group::Time, icon::ARROW_LINE_LEFT, "Beginning of what was recorded", key(NONE, Key::Home), Deed::Time(TimeDeed::Beginning)),
    action(Group::Time, icon::BROADCAST, "Back to live", key(NONE, Key::End), Deed::Time(TimeDeed::Live)),
    action(Group::Time, icon::BOOKMARK_SIMPLE, "Bookmark this instant or range…", key(NONE, Key::B), Deed::Time(TimeDeed::Bookmark)),
    action(Group::Time, icon::ARROW_LINE_RIGHT, "Range begins at the cursor", key(NONE, Key::I), Deed::Time(TimeDeed::MarkStart)),
    action(Group::Time, icon::ARROW_LINE_LEFT, "Range ends at the cursor", key(NONE, Key::O), Deed::Time(TimeDeed::MarkEnd)),
    action(Group::Time, icon::SELECTION_SLASH, "Select no range", key(NONE, Key::X), Deed::Time(TimeDeed::ClearRange)),
    action(Group::Time, icon::REPEAT, "Play the range again and again", key(NONE, Key::R), Deed::Time(TimeDeed::Loop)),
    action(Group::Time, icon::PUSH_PIN, "Plot the selected signal along the timeline", key(NONE, Key::P), Deed::Time(TimeDeed::Pin)),
    action(Group::Time, icon::MAGNIFYING_GLASS_PLUS, "Less time, in more detail", key(CTRL, Key::ArrowUp), Deed::Time(TimeDeed::ZoomIn)),
    action(Group::Time, icon::MAGNIFYING_GLASS_MINUS, "More time", key(CTRL, Key::ArrowDown), Deed::Time(TimeDeed::ZoomOut)),
    action(Group::Time, icon::ARROWS_OUT_LINE_HORIZONTAL, "All that was recorded", key(NONE, Key::A), Deed::Time(TimeDeed::ShowAll)),

    action(Group::Time, icon::BINOCULARS, "See what could be, from the cursor on", key(NONE, Key::Y), Deed::Forecast),
    action(Group::Time, icon::ARROW_U_UP_LEFT, "Leave the future that is watched", key(SHIFT, Key::Y), Deed::LeaveFuture),
    action(Group::Time, icon::PLAY_CIRCLE, "Watch the median future", None, Deed::Watch(Chance::Median)),
    action(Group::Time, icon::PLAY_CIRCLE, "Watch the best future", None, Deed::Watch(Chance::Best)),
    action(Group::Time, icon::PLAY_CIRCLE, "Watch the worst future", None, Deed::Watch(Chance::Worst)),
    action(Group::Time, icon::TRASH, "Forget the futures", None, Deed::DropFutures),
    action(Group::Time, icon::RULER, "Compare the model with what was observed", None, Deed::Calibrate),
    action(Group::Time, icon::RULER, "Simulate all machines as observed", None, Deed::Parameters(Parameters::Observed)),
    action(Group::Time, icon::RULER, "Simulate all machines as the scene assumes", None, Deed::Parameters(Parameters::Assumed)),
    action(Group::Time, icon::FLOPPY_DISK, "Write the observed parameters that are used", None, Deed::SaveCalibration),

    action(Group::Screen, icon::COMMAND, "Search and commands", key(CTRL, Key::K), Deed::Panel(Panel::Palette)),
    action(Group::Screen, icon::TREE_STRUCTURE, "Plant", key(CTRL, Key::Num1), Deed::Panel(Panel::Plant)),
    action(Group::Screen, icon::MAGNIFYING_GLASS, "Inspector", key(CTRL, Key::Num2), Deed::Panel(Panel::Inspector)),
    action(Group::Screen, icon::BELL, "Alarms", key(CTRL, Key::Num3), Deed::Panel(Panel::Alarms)),
    action(Group::Screen, icon::PLUGS_CONNECTED, "Sources", key(CTRL, Key::Num4), Deed::Panel(Panel::Sources)),
    action(Group::Screen, icon::LIST_BULLETS, "Log", key(CTRL, Key::Num5), Deed::Panel(Panel::Log)),
    action(Group::Screen, icon::PALETTE, "Legend", key(CTRL, Key::Num6), Deed::Panel(Panel::Legend)),
    action(Group::Screen, icon::CLOCK_COUNTER_CLOCKWISE, "Timeline", key(CTRL, Key::Num7), Deed::Panel(Panel::Timeline)),
    action(Group::Screen, icon::BINOCULARS, "Futures", key(CTRL, Key::Num8), Deed::Panel(Panel::Futures)),
    action(Group::Screen, icon::GAUGE, "What a frame costs", key(NONE, Key::F3), Deed::Panel(Panel::Diagnostics)),
    action(Group::Screen, icon::QUESTION, "Help: mouse and keys", key(NONE, Key::F1), Deed::Panel(Panel::Help)),
    action(Group::Screen, icon::SUN, "Light theme", None, Deed::Theme(Theme::Light)),
    action(Group::Screen, icon::MOON, "Dark theme", None, Deed::Theme(Theme::Dark)),
    action(Group::Screen, icon::CIRCLE_HALF, "High-contrast theme", None, Deed::Theme(Theme::HighContrast)),
    action(Group::Screen, icon::MAGNIFYING_GLASS_PLUS, "Larger", key(CTRL, Key::Plus), Deed::Larger),
    action(Group::Screen, icon::MAGNIFYING_GLASS_MINUS, "Smaller", key(CTRL, Key::Minus), Deed::Smaller),
    action(Group::Screen, icon::TEXT_AA, "Normal size", key(CTRL, Key::Num0), Deed::NormalSize),
    action(Group::Screen, icon::GAUGE, "Low quality", None, Deed::Quality(Quality::Low)),
    action(Group::Screen, icon::GAUGE, "Medium quality", None, Deed::Quality(Quality::Medium)),
    action(Group::Screen, icon::GAUGE, "High quality", None, Deed::Quality(Quality::High)),

    action(Group::Program, icon::ARROW_COUNTER_CLOCKWISE, "Undo a change of the screen", key(CTRL, Key::Z), Deed::Undo),
    action(Group::Program, icon::ARROW_CLOCKWISE, "Redo it", key(CTRL_SHIFT, Key::Z), Deed::Redo),
    action(Group::Program, icon::MAP_PIN, "Save this view under a name…", key(CTRL, Key::S), Deed::SaveView),
    action(Group::Program, icon::CAMERA, "Take a picture", key(NONE, Key::F12), Deed::Picture),
    action(Group::Program, icon::BRACKETS_CURLY, "Write the state (JSON)", key(SHIFT, Key::F12), Deed::State),
    action(Group::Program, icon::SIGNPOST, "Tour of the screen", None, Deed::Panel(Panel::Tour)),
    action(Group::Program, icon::SIGN_OUT, "Quit", key(CTRL, Key::Q), Deed::Quit),
];

/// The action of a deed, if the table has it.
pub fn of(deed: Deed) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.deed == deed)
}

/// The key of a deed in brackets after what a tooltip says: `Fly there (F)`.
pub fn hint(text: &str, deed: Deed) -> String {
    match of(deed).and_then(|action| action.chord) {
        Some(chord) => format!("{text} ({})", chord.text()),
        None => text.to_owned(),
    }
}

/// `gearbox_2026-11-22_23-24-05.250.png`, in the current folder: the plant, and its time of day at the cursor.
pub fn file_name(data: &PanelData, ending: &str) -> PathBuf {
    let plant = data.view.twin.plant();
    let now: jiff::Timestamp = data.view.snapshot.time.into();
    let time = now
        .to_zoned(plant.calendar.time_zone.clone())
        .strftime("%Y-%m-%d_%H-%M-%S%.3f");
    format!("{}_{time}.{ending}", plant.id).into()
}

/// The action that a key stands for. While a text is being typed, letters are text.
pub fn of_key(key: Key, held: Modifiers, keyboard: super::Keyboard) -> Option<&'static Action> {
    let is_text = keyboard == super::Keyboard::Widget;
    ACTIONS.iter().find(|action| {
        action
            .chord
            .is_some_and(|chord| chord.is_meant(key, held) && (!is_text || chord.works_in_text()))
    })
}

/// What the keys of this frame ask for.
pub fn deeds_of_keys(ctx: &egui::Context, keyboard: super::Keyboard) -> Vec<Deed> {
    super::keyboard::pressed_keys(ctx)
        .into_iter()
        .filter_map(|(key, held)| of_key(key, held, keyboard))
        .map(|action| action.deed)
        .collect()
}
