//! Every [`Command`], once, for tests that must leave none out.

use twinscape::command::{
    Bookmark, CameraPose, Command, Direction, FutureChoice, Looping, Outlooks, Overlay, Panel,
    Parameters, Picture, Quality, RangeEnd, Side, SpeedChange, Step, Theme, Visibility,
};
use twinscape::futures::Change;
use twinscape::model::Timestamp;

/// 2026-03-01T10:15:00.123456789Z
const INSTANT: Timestamp = Timestamp::from_nanos(1_772_360_100_123_456_789);

/// Makes from one list the name of a command, an example of each, and all names: a command that is
/// added to the enum and not here does not compile.
macro_rules! commands {
    ($($pattern:pat => $name:literal, $example:expr;)*) => {
        /// Name of a command, as scripts write it.
        pub fn name(command: &Command) -> &'static str {
            match command {
                $($pattern => $name,)*
            }
        }

        /// Names of all commands.
        pub const NAMES: &[&str] = &[$($name),*];

        /// One of each.
        pub fn examples() -> Vec<Command> {
            vec![$($example),*]
        }
    };
}

commands! {
    Command::Select(_) => "select", Command::Select("line1/cnc-03".into());
    Command::Deselect => "deselect", Command::Deselect;
    Command::SelectSignal(_) => "select-signal",
        Command::SelectSignal("line1/cnc-03/spindle_speed".into());
    Command::Focus(_) => "focus", Command::Focus("line1".into());
    Command::Home => "home", Command::Home;
    Command::TopView => "top-view", Command::TopView;
    Command::SetCamera(_) => "set-camera", Command::SetCamera(CameraPose {
        target: [1.5, -0.0, 1e-7],
        yaw: 0.1,
        pitch: 1.0 / 3.0,
        distance: 5_000.0,
    });
    Command::SaveViewpoint(_) => "save-viewpoint",
        Command::SaveViewpoint("Gate \"4\",\n= [west] \\ µ".into());
    Command::GoToViewpoint(_) => "go-to-viewpoint", Command::GoToViewpoint("".into());
    Command::DeleteViewpoint(_) => "delete-viewpoint",
        Command::DeleteViewpoint("'''".into());
    Command::SetOverlay(_) => "set-overlay", Command::SetOverlay(Overlay::DataAge);
    Command::SetHeatSignal(_) => "set-heat-signal",
        Command::SetHeatSignal("spindle_temperature".into());
    Command::SetHeatRange(..) => "set-heat-range",
        Command::SetHeatRange("spindle_temperature".into(), [-12.5, 80.0]);
    Command::ResetHeatRange(_) => "reset-heat-range",
        Command::ResetHeatRange("spindle_temperature".into());
    Command::SetLabels(_) => "set-labels", Command::SetLabels(Visibility::Hidden);
    Command::SetLabel(..) => "set-label",
        Command::SetLabel("line1/cnc-03".into(), Visibility::Hidden);
    Command::SetPanel(..) => "set-panel", Command::SetPanel(Panel::Log, Visibility::Shown);
    Command::DockPanel(..) => "dock-panel", Command::DockPanel(Panel::Log, Side::Right);
    Command::SetDockSize(..) => "set-dock-size", Command::SetDockSize(Side::Bottom, 240);
    Command::SetTheme(_) => "set-theme", Command::SetTheme(Theme::HighContrast);
    Command::SetQuality(_) => "set-quality", Command::SetQuality(Quality::High);
    Command::SetUiScale(_) => "set-ui-scale", Command::SetUiScale(125);
    Command::TriggerIncident(_) => "trigger-incident", Command::TriggerIncident("jam".into());
    Command::Screenshot(_) => "screenshot", Command::Screenshot(Picture::Sized {
        file: "a b/picture.png".into(),
        size: [3_840, 2_160],
    });
    Command::Dump(_) => "dump", Command::Dump("state.json".into());
    Command::Pack(_) => "pack", Command::Pack("bearing.twin".into());
    Command::Play => "play", Command::Play;
    Command::Pause => "pause", Command::Pause;
    Command::FollowLive => "follow-live", Command::FollowLive;
    Command::Seek(_) => "seek", Command::Seek(INSTANT);
    Command::SeekBy(_) => "seek-by", Command::SeekBy(-12.5);
    Command::Scrub(_) => "scrub", Command::Scrub(INSTANT);
    Command::Step(_) => "step", Command::Step(Step::PreviousChange);
    Command::SetSpeed(_) => "set-speed", Command::SetSpeed(0.1);
    Command::ChangeSpeed(_) => "change-speed", Command::ChangeSpeed(SpeedChange::Faster);
    Command::SetDirection(_) => "set-direction", Command::SetDirection(Direction::Backward);
    Command::Shuttle(_) => "shuttle", Command::Shuttle(Direction::Forward);
    Command::SetLoop(_) => "set-loop", Command::SetLoop(Looping::On);
    Command::SelectRange(_) => "select-range",
        Command::SelectRange([INSTANT, Timestamp::from_secs(1_772_360_200)]);
    Command::MarkRange(_) => "mark-range", Command::MarkRange(RangeEnd::Start);
    Command::ClearRange => "clear-range", Command::ClearRange;
    Command::ShowSpan(_) => "show-span",
        Command::ShowSpan([INSTANT, Timestamp::from_secs(1_772_360_200)]);
    Command::ZoomTime(_) => "zoom-time", Command::ZoomTime(0.5);
    Command::PanTime(_) => "pan-time", Command::PanTime(-0.25);
    Command::ShowAllTime => "show-all-time", Command::ShowAllTime;
    Command::Bookmark(_) => "bookmark", Command::Bookmark(Bookmark {
        name: "First \"sign\"\nof wear".into(),
        from: Some(INSTANT),
        to: None,
        note: "4 K above its neighbours".into(),
    });
    Command::DeleteBookmark(_) => "delete-bookmark", Command::DeleteBookmark("Jam".into());
    Command::GoToBookmark(_) => "go-to-bookmark", Command::GoToBookmark("Jam".into());
    Command::PinSignal(_) => "pin-signal",
        Command::PinSignal("line1/cnc-03/spindle_speed".into());
    Command::UnpinSignal(_) => "unpin-signal",
        Command::UnpinSignal("line1/cnc-03/spindle_speed".into());
    Command::SetLane(..) => "set-lane", Command::SetLane("line1".into(), Visibility::Hidden);
    Command::SetTimelineSize(_) => "set-timeline-size", Command::SetTimelineSize(240);
    Command::Forecast(_) => "forecast", Command::Forecast(Outlooks {
        at: Some(INSTANT),
        hours: Some(4.0),
    });
    Command::WhatIf(_) => "what-if",
        Command::WhatIf(Change::Serviced("line1/cnc-03".into(), 0.0, 1_800.0));
    Command::Calibrate => "calibrate", Command::Calibrate;
    Command::UseParameters(..) => "use-parameters",
        Command::UseParameters("line1/lathe".into(), Parameters::Observed);
    Command::SaveCalibration(_) => "save-calibration",
        Command::SaveCalibration("calibrated.toml".into());
    Command::WatchFuture(_) => "watch-future",
        Command::WatchFuture(FutureChoice::Share(1, 10.0));
    Command::LeaveFuture => "leave-future", Command::LeaveFuture;
    Command::DropFutures => "drop-futures", Command::DropFutures;
    Command::Undo => "undo", Command::Undo;
    Command::Redo => "redo", Command::Redo;
    Command::Quit => "quit", Command::Quit;
}
