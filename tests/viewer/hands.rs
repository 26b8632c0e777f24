//! Every command is given by hand: a real mouse and a real keyboard, in the real window of the real
//! program, on an X server of its own. What the program was asked for is read from what it records.

mod desk;
mod timeline;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use desk::Desk;
use serde_json::Value;
use twinscape::command::{CameraPose, Command, Overlay, Panel, Side, Theme, Visibility};

use crate::every_command::{NAMES, name};

/// Width and height of the window, pixels.
const SIZE: [u32; 2] = [1280, 720];
/// Where the plant certainly is, between the panels.
const MIDDLE: [u32; 2] = [620, 230];

fn is_overlay(command: &Command) -> bool {
    matches!(command, Command::SetOverlay(_))
}

fn poses(commands: &[Command]) -> Vec<CameraPose> {
    let poses = commands.iter().filter_map(|command| match command {
        Command::SetCamera(pose) => Some(*pose),
        _ => None,
    });
    poses.collect()
}

#[test]
fn every_command_can_be_given_by_mouse_and_keyboard() {
    let Some(mut desk) = Desk::open("tests/scenes/turnery", SIZE) else {
        return;
    };
    // The window is there when it answers.
    desk.key_until("h", |command| *command == Command::Home);
    leave_the_tour(&desk);
    // Its room is wanted for what comes first.
    the_strip(&desk, Visibility::Hidden);

    overlays_and_labels(&desk);
    pick_in_the_plant(&desk);
    select_in_the_tree(&desk);
    let signal = one_signal_as_heat(&desk);
    pin_the_heat(&desk, &signal);
    // A click beside the legend deselects.
    desk.ask_until("lathe", |command| {
        *command == Command::Select("lathe".into())
    });
    desk.key_until("f", |command| matches!(command, Command::Focus(_)));
    camera_gestures(&desk);
    saved_views(&desk);
    the_menu(&desk);
    the_palette(&desk);
    sizes(&desk);
    arrange_panels(&desk);
    the_strip(&desk, Visibility::Shown);
    timeline::the_timeline(&desk);
    files(&desk);
    desk.ask_until("lathe", |command| {
        *command == Command::Select("lathe".into())
    });
    desk.key_until("shift+n", |command| {
        matches!(command, Command::SetLabel(..))
    });
    desk.key_until("Escape", |command| *command == Command::Deselect);
    top_bar(&desk);

    desk.key_until("ctrl+q", |command| *command == Command::Quit);
    assert!(desk.ends_with_success(), "the program ended with an error");

    what_is_left_for_the_next_start(&desk);
    let given = desk.recorded();
    let missing: Vec<_> = NAMES
        .iter()
        .filter(|known| !given.iter().any(|command| name(command) == **known))
        .collect();
    assert!(missing.is_empty(), "never given by hand: {missing:?}");
}

/// Whoever is here for the first time is shown around, and can leave at once.
fn leave_the_tour(desk: &Desk) {
    desk.key_until("Escape", |command| {
        *command == Command::SetPanel(Panel::Tour, Visibility::Hidden)
    });
}

/// Shows or hides the timeline by its key.
fn the_strip(desk: &Desk, shown: Visibility) {
    desk.key_until("ctrl+7", |command| {
        *command == Command::SetPanel(Panel::Timeline, shown)
    });
}

fn overlays_and_labels(desk: &Desk) {
    for (key, overlay) in [
        ("1", Overlay::None),
        ("3", Overlay::State),
        ("4", Overlay::Heat),
        ("5", Overlay::DataAge),
        ("6", Overlay::Flow),
        ("2", Overlay::Health),
    ] {
        desk.key_until(key, |command| *command == Command::SetOverlay(overlay));
    }
    desk.key_until("n", |command| matches!(command, Command::SetLabels(_)));
    desk.key_until("n", |command| matches!(command, Command::SetLabels(_)));
    desk.key_until("t", |command| *command == Command::TopView);
    desk.key_until("h", |command| *command == Command::Home);
}

/// A click on a model selects its equipment: the plant stands somewhere about the middle.
fn pick_in_the_plant(desk: &Desk) {
    let rows = [0, 20, -20, 40, -40, 60, -60, 80, 100];
    let columns = [0, 60, -60, 120, -120, 180, -180, 240, -240];
    let places = rows
        .into_iter()
        .flat_map(|y| columns.into_iter().map(move |x| (x, y)));
    let picked = desk.try_until(
        places,
        |(x, y)| {
            desk.click(
                MIDDLE[0].wrapping_add_signed(x),
                MIDDLE[1].wrapping_add_signed(y),
            )
        },
        |command| matches!(command, Command::Select(_)),
    );
    let Command::Select(path) = picked else {
        unreachable!("it matched");
    };
    assert!(
        ["blanks", "lathe", "washer", "finished"].contains(&&*path),
        "{path}"
    );
}

/// What is searched for is listed alone below the search field; a click there selects it.
fn select_in_the_tree(desk: &Desk) {
    let fields = [113, 106, 120, 84, 75].into_iter();
    let rows =
        fields.flat_map(|field| (18..60).step_by(9).map(move |below| (field, field + below)));
    let mut searched = 0;
    desk.try_until(
        rows,
        |(field, row)| {
            if searched != field {
                searched = field;
                desk.click(120, field);
                desk.key("ctrl+a");
                desk.write("lath");
            }
            desk.click(120, row);
        },
        |command| *command == Command::Select("lathe".into()),
    );
}

/// A click on a signal in the inspector chooses it; one with a range can be shown as heat.
fn one_signal_as_heat(desk: &Desk) -> Arc<str> {
    let rows = (150..560).step_by(22).map(|y| (1090, y));
    let chosen = desk.try_until(
        rows,
        |(x, y)| {
            desk.click(x, y);
            desk.pause();
            desk.key("m");
        },
        |command| matches!(command, Command::SetHeatSignal(_)),
    );
    let Command::SetHeatSignal(signal) = chosen else {
        unreachable!("it matched");
    };
    let path = format!("lathe/{signal}");
    let given = desk.recorded();
    assert!(
        given.contains(&Command::SelectSignal(path.as_str().into())),
        "{path}: {given:?}"
    );
    let after = given
        .iter()
        .skip_while(|command| !matches!(command, Command::SetHeatSignal(_)));
    assert_eq!(
        after.filter(|command| is_overlay(command)).last(),
        Some(&Command::SetOverlay(Overlay::Heat))
    );
    signal
}

/// The hot end of the heat range is typed over in the legend, and a button takes that back.
fn pin_the_heat(desk: &Desk, signal: &Arc<str>) {
    // Somewhere above the panels at the bottom, wherever they end.
    let rows = || (230..450).rev().step_by(8);
    let pinned = desk.try_until(
        rows(),
        |y| {
            desk.click(421, y);
            desk.pause();
            desk.key("ctrl+a");
            desk.write("77");
            desk.key("Return");
        },
        |command| matches!(command, Command::SetHeatRange(..)),
    );
    let Command::SetHeatRange(of, [_, hot]) = pinned else {
        unreachable!("it matched");
    };
    assert_eq!((&of, hot), (signal, 77.0));
    desk.try_until(
        rows(),
        |y| desk.click(365, y),
        |command| *command == Command::ResetHeatRange(signal.clone()),
    );
}

/// A drag, the wheel and an arrow key each end in the pose that they led to.
fn camera_gestures(desk: &Desk) {
    let gestures: [(&str, &dyn Fn()); 4] = [
        ("orbit by dragging", &|| desk.drag(2, MIDDLE, [90, 30])),
        ("pan by dragging", &|| desk.drag(3, MIDDLE, [40, 25])),
        ("zoom by the wheel", &|| desk.wheel(MIDDLE)),
        ("orbit by a key", &|| desk.key("Left")),
    ];
    for (gesture, deed) in gestures {
        let before = poses(&desk.recorded());
        desk.try_until(
            0..12,
            |_| deed(),
            |command| matches!(command, Command::SetCamera(_)),
        );
        let poses = poses(&desk.recorded());
        let pose = poses.last().unwrap();
        assert_ne!(before.last(), Some(pose), "{gesture}");
        assert_eq!(twinscape::viewer::camera::lawful(*pose), *pose, "{gesture}");
    }
}

/// A view is saved under a name that is typed, kept in a file, flown to, and forgotten.
fn saved_views(desk: &Desk) {
    for view in ["Gate 7", "Lathe"] {
        desk.try_until(
            0..12,
            |_| {
                desk.key("Escape");
                desk.key("ctrl+s");
                desk.pause();
                desk.key("ctrl+a");
                desk.write(view);
                desk.key("Return");
            },
            |command| *command == Command::SaveViewpoint(view.into()),
        );
    }
    let file = desk.folder().join("config/twinscape/turnery.toml");
    let saved = || fs::read_to_string(&file).unwrap_or_default();
    desk.wait("the file of saved views", || {
        saved().contains("Gate 7") && saved().contains("Lathe")
    });
    let flown = desk.menu_until(1, |command| matches!(command, Command::GoToViewpoint(_)));
    assert!(
        matches!(&flown, (_, Command::GoToViewpoint(view)) if ["Gate 7", "Lathe"].contains(&&**view)),
        "{flown:?}"
    );
    let (_, forgotten) = desk.menu_until(flown.0, |command| {
        matches!(command, Command::DeleteViewpoint(_))
    });
    let Command::DeleteViewpoint(view) = forgotten else {
        unreachable!("it matched");
    };
    desk.wait("a view forgotten in the file", || {
        !saved().contains(&*view) && saved().contains("yaw")
    });
}

/// What has no key of its own is in the menu, which is long: the mouse finds it there.
fn the_menu(desk: &Desk) {
    // Down the menu where entries over its whole width are, and no button of a row of buttons.
    let incident = desk.try_until(
        (180..712).step_by(8),
        |y| {
            desk.key("Escape");
            desk.pause();
            desk.click(24, 16);
            desk.pause();
            desk.click(255, y);
        },
        |command| matches!(command, Command::TriggerIncident(_)),
    );
    assert_eq!(incident, Command::TriggerIncident("jam".into()));
    desk.key("Escape");
}

/// Every command by its name, without a mouse.
fn the_palette(desk: &Desk) {
    desk.ask_until("medium quality", |command| {
        matches!(command, Command::SetQuality(_))
    });
    desk.ask_until("low quality", |command| {
        matches!(command, Command::SetQuality(_))
    });
    desk.ask_until("dark theme", |command| {
        *command == Command::SetTheme(Theme::Dark)
    });
    desk.ask_until("lathe", |command| {
        *command == Command::Select("lathe".into())
    });
}

/// A panel goes to another side, a side becomes wider, and both are taken back and done again.
fn arrange_panels(desk: &Desk) {
    desk.ask_until("move log to the right", |command| {
        *command == Command::DockPanel(Panel::Log, Side::Right)
    });
    // Wherever the tree has its edge.
    let edges = (230..290).rev().step_by(3);
    desk.try_until(
        edges,
        |x| desk.drag(1, [x, 400], [40, 0]),
        |command| matches!(command, Command::SetDockSize(Side::Left, _)),
    );
    desk.key_until("ctrl+z", |command| *command == Command::Undo);
    desk.key_until("ctrl+shift+z", |command| *command == Command::Redo);
}

/// How the screen was left is in the user's folder.
fn what_is_left_for_the_next_start(desk: &Desk) {
    let file = desk.folder().join("config/twinscape/screen.settings.toml");
    let left = fs::read_to_string(file).unwrap_or_default();
    for line in [
        "has-seen-tour = true",
        "theme = \"dark\"",
        "log = \"right\"",
    ] {
        assert!(left.contains(line), "{line}: {left}");
    }
    assert!(
        !left.contains("quality"),
        "asked for by --quality for one run: {left}"
    );
}

/// Larger, smaller, and normal again, also from what the walk through the menu left.
fn sizes(desk: &Desk) {
    desk.key_until("ctrl+0", |command| *command == Command::SetUiScale(100));
    desk.key_until("ctrl+plus", |command| *command == Command::SetUiScale(110));
    desk.key_until("ctrl+minus", |command| *command == Command::SetUiScale(100));
    desk.key_until("ctrl+plus", |command| *command == Command::SetUiScale(110));
    desk.key_until("ctrl+0", |command| *command == Command::SetUiScale(100));
}

/// F12 writes a picture of the window, Shift+F12 the state, which knows of the incident.
fn files(desk: &Desk) {
    let picture = desk.key_until("F12", |command| matches!(command, Command::Screenshot(_)));
    let Command::Screenshot(picture) = picture else {
        unreachable!("it matched");
    };
    let picture = desk.folder().join(picture.file());
    desk.wait("the picture", || desk::png_size(&picture) == Some(SIZE));

    let lathe = || {
        let state = desk.key_until("shift+F12", |command| matches!(command, Command::Dump(_)));
        let Command::Dump(state) = state else {
            unreachable!("it matched");
        };
        let file = desk.folder().join(state);
        desk.wait("the state", || file.exists());
        let state: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(state["plant"], "turnery");
        let equipment = state["equipment"].as_array().unwrap();
        let lathe = equipment.iter().find(|one| one["id"] == "lathe").unwrap();
        lathe["state"].clone()
    };
    desk.wait("the jam in the lathe", || lathe() == "held");
}

/// Clicks along the top bar open or close every panel and choose every overlay.
fn top_bar(desk: &Desk) {
    let before = desk.recorded().len();
    let panels = [
        Panel::Plant,
        Panel::Inspector,
        Panel::Sources,
        Panel::Alarms,
        Panel::Log,
        Panel::Legend,
        Panel::Help,
    ];
    let overlays = [
        Overlay::None,
        Overlay::Health,
        Overlay::State,
        Overlay::Heat,
        Overlay::DataAge,
        Overlay::Flow,
    ];
    let is_done = || {
        let given = desk.recorded();
        let given = given.get(before..).unwrap_or_default();
        panels.iter().all(|panel| {
            given
                .iter()
                .any(|command| matches!(command, Command::SetPanel(toggled, _) if toggled == panel))
        }) && overlays
            .iter()
            .all(|overlay| given.contains(&Command::SetOverlay(*overlay)))
    };
    // Slower every time: a program that is busy may see only one of two clicks.
    for pauses in 0..4 {
        for x in (SIZE[0] / 2..SIZE[0] - 4).rev().step_by(10) {
            desk.click(x, 16);
            (0..pauses).for_each(|_| desk.pause());
            if is_done() {
                break;
            }
        }
        if is_done() {
            break;
        }
    }
    desk.wait("every panel and overlay by a click on the top bar", is_done);
    // The help has a key, too.
    desk.key_until("F1", |command| {
        matches!(command, Command::SetPanel(Panel::Help, _))
    });
    std::thread::sleep(Duration::from_millis(100));
}
