//! How the screen was left outlives the program; a file that is broken or too old neither stops it
//! nor is lost; and changes of the screen are taken back one by one.

use std::fs;
use std::sync::Arc;

use proptest::prelude::*;
use twinscape::cli::settings::{KeptSettings, NAME, SettingsFile};
use twinscape::cli::user_file::UserFileError;
use twinscape::command::{CameraPose, Command, Overlay, Panel, Quality, Side, Theme, Visibility};
use twinscape::history;
use twinscape::model::Plant;
use twinscape::twin::{CommandError, Effect, LiveBoard, Settings, Twin};

fn twin() -> Twin {
    let plant = Arc::new(Plant::default().index());
    let (_, reader) = history::in_memory(&plant);
    Twin::new(plant, reader, LiveBoard::default())
}

fn give(twin: &mut Twin, command: Command) -> Effect {
    twin.apply(&command).unwrap()
}

fn arranged() -> Twin {
    let mut twin = twin();
    for command in [
        Command::SetTheme(Theme::HighContrast),
        Command::SetUiScale(175),
        Command::SetQuality(Quality::Medium),
        Command::SetLabels(Visibility::Hidden),
        Command::SetPanel(Panel::Log, Visibility::Shown),
        Command::SetPanel(Panel::Plant, Visibility::Hidden),
        Command::DockPanel(Panel::Log, Side::Right),
        Command::SetDockSize(Side::Right, 444),
        Command::SetPanel(Panel::Tour, Visibility::Hidden),
        // None of the settings: they come and go.
        Command::SetPanel(Panel::Help, Visibility::Shown),
    ] {
        give(&mut twin, command);
    }
    twin
}

#[test]
fn the_next_session_looks_like_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let left = arranged();
    let mut file = SettingsFile::within(folder.path(), NAME);
    assert!(file.read().unwrap().is_none(), "a new user has none");
    let settings = Settings::of(left.view());
    file.write(&KeptSettings::new(settings.clone())).unwrap();

    let mut next = twin();
    let read = SettingsFile::within(folder.path(), NAME)
        .read()
        .unwrap()
        .unwrap();
    next.set_settings(&read.settings);
    assert_eq!(Settings::of(next.view()), settings);
    let (now, then) = (next.view(), left.view());
    assert_eq!(now.theme, then.theme);
    assert_eq!(now.ui_scale, 175);
    assert_eq!(now.docks, then.docks);
    assert_eq!(now.front_at(Side::Right), Some(Panel::Log));
    assert!(now.has_seen_tour);
    assert!(now.is_open(Panel::Log) && !now.is_open(Panel::Plant));
    assert!(
        !now.is_open(Panel::Help),
        "help does not greet whoever starts"
    );
}

#[test]
fn a_quality_that_is_asked_for_at_the_start_is_not_undone_by_an_old_one() {
    let mut next = twin();
    give(&mut next, Command::SetQuality(Quality::Low));
    next.set_settings(&Settings::of(arranged().view()));
    assert_eq!(next.view().quality, Some(Quality::Low));
}

#[test]
fn a_broken_or_old_file_is_put_aside_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("screen.settings.toml");
    for text in [
        "theme",
        "format = 9",
        "format = 1\n[settings]\ntheme = \"mauve\"",
        "format = 1\n[settings.panels]\nperiscope = \"shown\"",
        "format = 1\n[settings]\nui-scale = 70000",
    ] {
        fs::write(&path, text).unwrap();
        let mut file = SettingsFile::within(folder.path(), NAME);
        let error = file.read().unwrap_err();
        assert!(matches!(error, UserFileError::Broken { .. }), "{error}");
        assert!(
            error.to_string().contains("screen.settings.toml.bad"),
            "{error}"
        );
        file.write(&KeptSettings::new(Settings::default())).unwrap();
        assert!(file.read().unwrap().is_some(), "keeping goes on");
    }
    let kept = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(kept, 6, "each that was put aside is still there");
}

#[test]
fn sizes_beyond_all_sense_are_brought_back() {
    let text = "format = 1\n[settings]\nui-scale = 9999\n[settings.docks.sizes]\nleft = 60000\nright = 1\n\
         [settings.heat-ranges]\nt = { low = 5.0, high = 1.0, unit = \"°C\" }\n\
         u = { low = -5.0, high = 1.0, unit = \"\" }";
    let kept: KeptSettings = toml::from_str(text).unwrap();
    let mut twin = twin();
    twin.set_settings(&kept.settings);
    assert_eq!(twin.view().ui_scale, 250);
    assert_eq!(twin.view().docks.size(Side::Left), 800);
    assert_eq!(twin.view().docks.size(Side::Right), 120);
    let ranges: Vec<_> = twin.view().heat_ranges.keys().map(|name| &**name).collect();
    assert_eq!(ranges, ["u"], "what is no range is none");
    let text = toml::to_string(&KeptSettings::new(Settings::of(twin.view()))).unwrap();
    let again: KeptSettings = toml::from_str(&text).unwrap();
    assert_eq!(again.settings, Settings::of(twin.view()));
}

#[test]
fn what_is_undone_can_be_redone_until_something_else_is_done() {
    let mut twin = twin();
    let first = twin.view().clone();
    give(&mut twin, Command::SetOverlay(Overlay::Heat));
    give(&mut twin, Command::SetDockSize(Side::Left, 300));
    // Nothing to take back: it is so already, or it is no set-up.
    give(&mut twin, Command::SetOverlay(Overlay::Heat));
    give(&mut twin, Command::SetPanel(Panel::Help, Visibility::Shown));
    give(&mut twin, Command::TopView);
    let goal = twin.view().camera_goal.clone();
    give(&mut twin, Command::Undo);
    assert_eq!(twin.view().docks, first.docks);
    assert_eq!(twin.view().overlay, Overlay::Heat);
    give(&mut twin, Command::Undo);
    assert_eq!(twin.view().overlay, first.overlay);
    assert_eq!(
        twin.view().camera_goal,
        goal,
        "the camera stays where it is"
    );
    assert!(twin.view().is_open(Panel::Help), "and the help open");
    assert_eq!(twin.apply(&Command::Undo), Err(CommandError::NothingToUndo));
    give(&mut twin, Command::Redo);
    assert_eq!(twin.view().overlay, Overlay::Heat);
    give(&mut twin, Command::SetTheme(Theme::Dark));
    assert_eq!(twin.apply(&Command::Redo), Err(CommandError::NothingToRedo));
}

#[test]
fn a_view_that_was_forgotten_comes_back_and_is_kept_again() {
    let mut twin = twin();
    let pose = CameraPose {
        target: [0.0; 3],
        yaw: 0.0,
        pitch: 0.5,
        distance: 9.0,
    };
    twin.save_viewpoint("Gate".into(), pose);
    give(&mut twin, Command::DeleteViewpoint("Gate".into()));
    assert_eq!(give(&mut twin, Command::Undo), Effect::KeepViewpoints);
    assert!(twin.view().viewpoints.contains_key("Gate"));
    assert_eq!(give(&mut twin, Command::Undo), Effect::KeepViewpoints);
    assert!(twin.view().viewpoints.is_empty());
}

proptest! {
    #[test]
    fn no_file_of_settings_makes_it_panic(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("screen.settings.toml"), &text).unwrap();
        let mut file = SettingsFile::within(folder.path(), NAME);
        if file.read().is_err() {
            let aside = folder.path().join("screen.settings.toml.bad");
            prop_assert_eq!(fs::read(aside).unwrap(), text);
        }
    }
}
