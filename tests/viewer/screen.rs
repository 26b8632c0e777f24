//! Whoever sits before the screen finds, chooses, moves and takes back, by mouse and by keyboard
//! alone; and can read every word at every size.

mod desk;
mod texts;
mod timeline;

use std::collections::BTreeSet;

use bevy_egui::egui::{Key, Modifiers, PointerButton, pos2};
use desk::{Kept, Screen};
use twinscape::command::{CameraPose, Command, Overlay, Panel, Side, Theme, Visibility};
use twinscape::model::EquipmentId;
use twinscape::viewer::theme::Palette;
use twinscape::viewer::ui::action::ACTIONS;

const SIZE: [f32; 2] = [1280.0, 720.0];

fn screen() -> Screen {
    Screen::open(SIZE, &Kept::default())
}

/// Opens the palette, types, and takes the best line.
fn ask(screen: &mut Screen, text: &str) {
    screen.key(Modifiers::COMMAND, Key::K);
    assert!(screen.view().is_open(Panel::Palette));
    screen.write(text);
    screen.key(Modifiers::NONE, Key::Enter);
    assert!(!screen.view().is_open(Panel::Palette), "it closes itself");
}

#[test]
fn a_click_in_the_tree_selects_and_the_inspector_says_what_it_is() {
    let mut screen = screen();
    assert!(screen.says("Nothing is selected"));
    screen.click("thing-5");
    assert_eq!(screen.view().selection, Some(EquipmentId(5)));
    assert!(
        screen.says("36.5\u{202f}°C"),
        "its value is in the inspector"
    );
}

#[test]
fn the_palette_finds_equipment_by_a_part_of_its_name_with_the_keyboard_alone() {
    let mut screen = screen();
    ask(&mut screen, "thg 7");
    assert_eq!(screen.view().selection, Some(EquipmentId(7)));
    assert!(
        screen
            .given()
            .contains(&Command::Focus("line/thing-7".into()))
    );
}

#[test]
fn whoever_types_on_while_the_palette_opens_searches_and_gives_no_command_of_the_plant() {
    let mut screen = screen();
    screen.type_at_once(&[(Modifiers::COMMAND, Key::K)], "thing 7");
    assert_eq!(screen.view().selection, Some(EquipmentId(7)));
    assert_eq!(
        screen.given(),
        [
            Command::SetPanel(Panel::Palette, Visibility::Shown),
            Command::SetPanel(Panel::Palette, Visibility::Hidden),
            Command::Select("line/thing-7".into()),
            Command::Focus("line/thing-7".into()),
        ],
        "T, H and the others are keys of the plant, but were letters here"
    );
}

#[test]
fn the_palette_finds_signals_views_overlays_panels_and_commands() {
    let mut screen = screen();
    ask(&mut screen, "temperature thing-3");
    assert_eq!(screen.view().selection, Some(EquipmentId(3)));
    assert!(screen.view().signal.is_some());
    ask(&mut screen, "data age");
    assert_eq!(screen.view().overlay, Overlay::DataAge);
    ask(&mut screen, "log");
    assert!(screen.view().is_open(Panel::Log));
    ask(&mut screen, "dark theme");
    assert_eq!(screen.view().theme, Theme::Dark);
    screen.give(Command::SaveViewpoint("Gate 7".into()));
    ask(&mut screen, "gate");
    assert!(
        screen
            .given()
            .contains(&Command::GoToViewpoint("Gate 7".into()))
    );
    ask(&mut screen, "move alarms right");
    assert_eq!(screen.view().docks.side(Panel::Alarms), Side::Right);
    ask(&mut screen, "jam");
    assert!(
        screen
            .given()
            .contains(&Command::TriggerIncident("jam".into()))
    );
    ask(&mut screen, "forget gate");
    assert!(screen.view().viewpoints.is_empty());
}

#[test]
fn whoever_leaves_the_palette_and_opens_it_again_within_a_frame_finds_it_open() {
    let mut screen = screen();
    screen.key(Modifiers::COMMAND, Key::K);
    screen.write("nothing of the kind");
    let again = [(Modifiers::NONE, Key::Escape), (Modifiers::COMMAND, Key::K)];
    screen.type_at_once(&again, "thing 7");
    assert_eq!(screen.view().selection, Some(EquipmentId(7)));
    assert!(!screen.view().is_open(Panel::Palette));
    assert!(!screen.given().contains(&Command::Home), "H was a letter");
}

#[test]
fn the_palette_is_left_by_escape_and_what_is_typed_there_moves_no_camera() {
    let mut screen = screen();
    screen.click("thing-5");
    screen.key(Modifiers::COMMAND, Key::K);
    screen.write("h");
    screen.key(Modifiers::NONE, Key::ArrowDown);
    screen.key(Modifiers::NONE, Key::ArrowDown);
    screen.key(Modifiers::NONE, Key::Escape);
    assert!(!screen.view().is_open(Panel::Palette));
    assert_eq!(
        screen.view().selection,
        Some(EquipmentId(5)),
        "Esc did only one thing"
    );
    assert!(!screen.given().contains(&Command::Home));
    screen.key(Modifiers::NONE, Key::Escape);
    assert_eq!(screen.view().selection, None);
}

#[test]
fn arrows_choose_another_line_of_the_palette() {
    let mut screen = screen();
    screen.key(Modifiers::COMMAND, Key::K);
    screen.write("theme");
    let words = ["Light theme", "Dark theme", "High-contrast theme"];
    let mut lines = words.map(|word| (screen.find(word).top(), word));
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    screen.key(Modifiers::NONE, Key::ArrowDown);
    screen.key(Modifiers::NONE, Key::ArrowDown);
    screen.key(Modifiers::NONE, Key::ArrowUp);
    screen.key(Modifiers::NONE, Key::Enter);
    let chosen = match screen.view().theme {
        Theme::Light => "Light theme",
        Theme::Dark => "Dark theme",
        Theme::HighContrast => "High-contrast theme",
    };
    assert_eq!(chosen, lines[1].1);
}

#[test]
fn a_theme_changes_every_panel_at_once() {
    let mut screen = screen();
    for theme in Theme::ALL {
        screen.give(Command::SetTheme(theme));
        let palette = Palette::of(theme);
        assert_eq!(screen.visuals().panel_fill, palette.panel.egui());
        assert_eq!(screen.visuals().text_color(), palette.text.egui());
    }
}

#[test]
fn a_panel_is_dragged_to_another_side_by_its_tab() {
    let mut screen = screen();
    let tab = screen.find("Plant").center();
    screen.drag(tab, pos2(1200.0, 300.0));
    assert_eq!(screen.view().docks.side(Panel::Plant), Side::Right);
    assert_eq!(screen.view().front_at(Side::Right), Some(Panel::Plant));
    assert!(screen.find("Plant").left() > 900.0);
    screen.click("Inspector");
    assert_eq!(screen.view().front_at(Side::Right), Some(Panel::Inspector));
    let tab = screen.find("Inspector").center();
    screen.drag(tab, pos2(600.0, 480.0));
    assert_eq!(screen.view().docks.side(Panel::Inspector), Side::Bottom);
    // In the middle there is no side: it stays where it is.
    let tab = screen.find("Inspector").center();
    screen.drag(tab, pos2(600.0, 200.0));
    assert_eq!(screen.view().docks.side(Panel::Inspector), Side::Bottom);
}

#[test]
fn an_edge_is_dragged_and_where_panels_are_outlives_the_program() {
    let kept = Kept::new_user();
    let mut screen = Screen::open(SIZE, &kept);
    screen.key(Modifiers::NONE, Key::Escape);
    let tab = screen.find("Plant");
    screen.drag(pos2(268.0, 300.0), pos2(360.0, 300.0));
    let size = screen.view().docks.size(Side::Left);
    assert!((355..=362).contains(&size), "{size}");
    let alarms = screen.find("Alarms").center();
    screen.drag(alarms, pos2(60.0, 300.0));
    screen.give(Command::SetPanel(Panel::Legend, Visibility::Hidden));
    screen.give(Command::SetTheme(Theme::Dark));
    let left = screen.view().clone();
    drop(screen);

    let screen = Screen::open(SIZE, &kept);
    assert_eq!(screen.view().docks, left.docks);
    for panel in Panel::DOCKED.into_iter().chain([Panel::Legend]) {
        assert_eq!(
            screen.view().is_open(panel),
            left.is_open(panel),
            "{panel:?}"
        );
    }
    assert_eq!(screen.view().theme, Theme::Dark);
    assert_eq!(screen.view().front_at(Side::Left), Some(Panel::Alarms));
    assert!(screen.find("Alarms").left() < tab.right() + 40.0);
}

#[test]
fn changes_of_the_screen_are_taken_back_and_done_again() {
    let mut screen = screen();
    let before = screen.view().clone();
    screen.key(Modifiers::NONE, Key::Num3);
    screen.key(Modifiers::COMMAND, Key::Plus);
    screen.key(Modifiers::NONE, Key::N);
    // What is selected, and where the camera is, is no set-up.
    screen.click("thing-5");
    screen.key(Modifiers::NONE, Key::H);
    let after = screen.view().clone();
    for _ in 0..3 {
        screen.key(Modifiers::COMMAND, Key::Z);
    }
    let now = screen.view();
    assert_eq!(now.overlay, before.overlay);
    assert_eq!(now.ui_scale, 100);
    assert_eq!(now.labels, before.labels);
    assert_eq!(now.selection, Some(EquipmentId(5)));
    screen.key(Modifiers::COMMAND, Key::Z);
    assert!(
        screen.says("Nothing to undo"),
        "one who takes back too much is told"
    );
    for _ in 0..3 {
        screen.key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    }
    assert_eq!(screen.view().overlay, after.overlay);
    assert_eq!(screen.view().ui_scale, 110);
    assert_eq!(screen.view().labels, after.labels);
}

#[test]
fn the_right_button_opens_what_can_be_done_with_a_machine() {
    let mut screen = screen();
    screen.right_click("thing-4");
    screen.click("Hide its label");
    assert_eq!(screen.view().unlabelled, [EquipmentId(4)].into());
    screen.right_click("thing-4");
    screen.click("Fly there");
    assert_eq!(screen.view().selection, Some(EquipmentId(4)));
    assert!(
        screen
            .given()
            .contains(&Command::Focus("line/thing-4".into()))
    );
}

#[test]
fn the_breadcrumb_leads_back_up() {
    let mut screen = screen();
    screen.click("thing-5");
    screen.give(Command::Focus("line/thing-5".into()));
    // The plant's name is in the top bar, too; its line in the tree, below.
    let (site, line) = (screen.find_lowest("Test plant"), screen.find("line"));
    assert!(site.right() < line.left() && (site.top() - line.top()).abs() < 2.0);
    screen.click_at(line.center(), PointerButton::Primary);
    assert_eq!(screen.given().last(), Some(&Command::Focus("line".into())));
    screen.click_at(site.center(), PointerButton::Primary);
    assert_eq!(screen.given().last(), Some(&Command::Home));
}

#[test]
fn a_new_user_is_shown_around_once_and_can_leave_at_once() {
    let kept = Kept::new_user();
    let mut screen = Screen::open(SIZE, &kept);
    assert!(screen.says("Your plant, as it is now"));
    screen.key(Modifiers::NONE, Key::Enter);
    assert!(screen.says("Present, past or future"));
    screen.key(Modifiers::NONE, Key::Escape);
    assert!(!screen.view().is_open(Panel::Tour));
    drop(screen);
    let mut screen = Screen::open(SIZE, &kept);
    assert!(!screen.view().is_open(Panel::Tour), "once is enough");
    ask(&mut screen, "tour");
    assert!(screen.says("Your plant, as it is now"));
    for _ in 0..8 {
        screen.key(Modifiers::NONE, Key::Enter);
    }
    assert!(!screen.view().is_open(Panel::Tour), "it ends");
    let screen = Screen::open(SIZE, &Kept::default());
    assert!(
        !screen.view().is_open(Panel::Tour),
        "nobody is there to be shown around"
    );
}

#[test]
fn no_two_commands_have_one_key() {
    let chords: Vec<String> = ACTIONS
        .iter()
        .filter_map(|action| Some(action.chord?.text()))
        .collect();
    let unlike: BTreeSet<_> = chords.iter().collect();
    assert_eq!(chords.len(), unlike.len(), "{chords:?}");
}

/// Types over what a field holds that stands behind a word.
fn type_over(screen: &mut Screen, word: &str, text: &str) {
    let field = screen.field(word).center();
    screen.click_at(field, PointerButton::Primary);
    screen.key(Modifiers::COMMAND, Key::A);
    screen.write(text);
    screen.key(Modifiers::NONE, Key::Enter);
}

#[test]
fn the_heat_range_is_typed_over_taken_back_kept_and_made_automatic_again() {
    let kept = Kept::new_user();
    let mut screen = Screen::open(SIZE, &kept);
    screen.key(Modifiers::NONE, Key::Escape);
    screen.key(Modifiers::NONE, Key::Num4);
    screen.give(Command::SetHeatSignal("temperature".into()));
    assert!(screen.says("Automatic: the declared limits") && screen.says("°C"));
    let tint = |screen: &Screen| screen.tint(EquipmentId(5));
    let before = tint(&screen);
    type_over(&mut screen, "From", "30,5");
    let pinned = |screen: &Screen| {
        let range = screen.view().heat_ranges.get("temperature").cloned();
        range.map(|range| [range.low, range.high])
    };
    assert_eq!(pinned(&screen), Some([30.5, 100.0]));
    type_over(&mut screen, "to", "40");
    assert_eq!(pinned(&screen), Some([30.5, 40.0]));
    assert!(screen.says("Pinned"));
    assert_ne!(tint(&screen), before, "36.5 °C has another place on it");
    // What is no range changes nothing and says so.
    type_over(&mut screen, "to", "10");
    assert_eq!(pinned(&screen), Some([30.5, 40.0]));
    assert!(screen.says("A heat range goes from a number to a larger one"));
    type_over(&mut screen, "to", "warm");
    assert_eq!(pinned(&screen), Some([30.5, 40.0]));
    screen.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(pinned(&screen), Some([30.5, 100.0]));
    screen.key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    assert_eq!(pinned(&screen), Some([30.5, 40.0]));
    drop(screen);
    let mut screen = Screen::open(SIZE, &kept);
    assert_eq!(pinned(&screen), Some([30.5, 40.0]), "it is kept");
    screen.key(Modifiers::NONE, Key::Num4);
    screen.give(Command::SetHeatSignal("temperature".into()));
    screen.click("Automatic");
    assert_eq!(pinned(&screen), None);
    assert_eq!(tint(&screen), before);
}

#[test]
fn plates_labels_legend_and_breadcrumb_never_lie_over_each_other() {
    let mut screen = screen();
    let (mut labels_seen, mut plates_seen) = (0, 0);
    for distance in [15.0, 40.0, 45.0, 50.0, 55.0, 65.0, 90.0] {
        for turn in 0_u8..8 {
            // The line is moved about, under the breadcrumb in the corner, too.
            let aside = f32::from(turn % 4) * 0.3 * distance;
            screen.give(Command::SetCamera(CameraPose {
                target: [aside, 0.0, aside / 2.0],
                yaw: f32::from(turn) * 0.2,
                pitch: 0.3 + 0.1 * f32::from(turn),
                distance,
            }));
            let [labels, plates] = screen.labels_and_plates();
            labels_seen += labels.len();
            plates_seen += plates.len();
            let crumbs = screen.find_lowest("Test plant");
            let all: Vec<_> = labels
                .into_iter()
                .chain(plates)
                .chain([crumbs])
                .chain(screen.legend())
                .collect();
            for (at, a) in all.iter().enumerate() {
                for b in &all[at + 1..] {
                    assert!(!a.intersects(*b), "{distance} m, {turn}: {a:?} {b:?}");
                }
            }
        }
    }
    assert!(
        labels_seen > 100 && plates_seen > 10,
        "{labels_seen} {plates_seen}"
    );
}

#[test]
fn the_menu_leads_to_the_plan_view_and_to_what_a_frame_costs() {
    let mut screen = screen();
    for (name, command) in [
        ("Plan view: from straight above", Command::TopView),
        (
            "What a frame costs",
            Command::SetPanel(Panel::Diagnostics, Visibility::Shown),
        ),
    ] {
        screen.click_at(pos2(24.0, 16.0), PointerButton::Primary);
        let entry = screen.find(name);
        assert!(screen.rect().contains_rect(entry), "{name}: {entry:?}");
        screen.click(name);
        assert_eq!(screen.given().last(), Some(&command));
    }
}
