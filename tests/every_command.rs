//! Every [`Command`], once, for tests that must leave none out.

use twinscape::command::{
    CameraPose, Command, Overlay, Panel, Picture, Quality, Side, Theme, Visibility,
};

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
    Command::Undo => "undo", Command::Undo;
    Command::Redo => "redo", Command::Redo;
    Command::Quit => "quit", Command::Quit;
}
