//! Whoever sits before the timeline goes back in time, sees what was then, and never takes it for
//! now.

use bevy_egui::egui::{Key, Modifiers, PointerButton, Pos2, Rect, pos2};
use twinscape::command::{Bookmark, Command, Direction, Panel, Visibility};
use twinscape::model::alarm::{Alarm, AlarmCondition};
use twinscape::model::signal::Priority;
use twinscape::model::{EquipmentId, OperatingState, SignalId, Value};
use twinscape::timeline::PlayState;
use twinscape::twin::Mode;

use super::SIZE;
use super::desk::{Kept, Screen};
use crate::support::after;

/// A plant that has worked for ten minutes.
fn worked() -> Screen {
    Screen::worked(SIZE, &Kept::default(), 600)
}

/// A point on the ruler, at a share of the width.
fn on_ruler(screen: &Screen, share: f32) -> Pos2 {
    let rect = screen.timeline();
    pos2(
        rect.left() + share * rect.width(),
        rect.top() + 32.0 + 16.0 + 11.0,
    )
}

/// A point in the lanes, at a share of the width.
fn in_lanes(screen: &Screen, share: f32) -> Pos2 {
    on_ruler(screen, share) + bevy_egui::egui::vec2(0.0, 24.0)
}

#[test]
fn a_drag_on_the_ruler_takes_the_whole_plant_along_and_one_key_brings_it_back() {
    let mut screen = worked();
    assert_eq!(screen.twin().mode(), Mode::Live);
    assert_eq!(screen.state_of(EquipmentId(3)), OperatingState::Execute);
    let (from, to) = (on_ruler(&screen, 0.8), on_ruler(&screen, 0.57));
    screen.drag(from, to);
    assert_eq!(screen.twin().mode(), Mode::Replay);
    let shown = screen.shown_at();
    assert!((240.0..360.0).contains(&shown), "{shown}");
    assert_eq!(screen.state_of(EquipmentId(3)), OperatingState::Held);
    let scrubbed = screen.given().into_iter();
    let scrubbed = scrubbed.filter(|command| matches!(command, Command::Scrub(_)));
    assert!(scrubbed.count() >= 1, "it follows the hand");
    screen.wait_until(700.0);
    assert_eq!(screen.shown_at(), shown, "the hand has left it there");
    screen.key(Modifiers::NONE, Key::End);
    assert_eq!(screen.twin().mode(), Mode::Live);
    assert!((screen.shown_at() - 700.0).abs() < 1e-6);
}

#[test]
fn a_click_in_the_lanes_goes_there_and_a_drag_selects_a_range_and_says_its_numbers() {
    let mut screen = worked();
    let at = in_lanes(&screen, 0.57);
    screen.click_at(at, PointerButton::Primary);
    assert_eq!(screen.twin().mode(), Mode::Replay);
    assert_eq!(screen.state_of(EquipmentId(0)), OperatingState::Held);
    screen.give(Command::SelectSignal("line/thing-5/temperature".into()));
    let (from, to) = (in_lanes(&screen, 0.3), in_lanes(&screen, 0.5));
    screen.drag(from, to);
    let range = screen.twin().timeline().range().expect("a range");
    let secs = range.end.secs_since(range.start);
    assert!((90.0..200.0).contains(&secs), "{secs}");
    assert!(screen.says("thing-5: Temperature"), "its numbers are said");
    assert!(
        screen.says("Execute 100 %") || screen.says("Held"),
        "and its states"
    );
    screen.key(Modifiers::NONE, Key::Escape);
    screen.key(Modifiers::NONE, Key::Escape);
    assert_eq!(screen.twin().timeline().range(), None);
    screen.key(Modifiers::NONE, Key::Escape);
    assert_eq!(
        screen.twin().mode(),
        Mode::Live,
        "Esc leaves one thing after the other"
    );
}

#[test]
fn in_a_recording_alone_esc_does_not_carry_the_cursor_to_its_end() {
    let mut screen = worked();
    screen.as_recording();
    let at = in_lanes(&screen, 0.57);
    screen.click_at(at, PointerButton::Primary);
    let cursor = screen.twin().timeline().cursor();
    for _ in 0..4 {
        screen.key(Modifiers::NONE, Key::Escape);
    }
    assert_eq!(screen.twin().timeline().cursor(), cursor);
    assert_eq!(screen.twin().mode(), Mode::Replay);
}

#[test]
fn the_keys_are_those_of_video_editors() {
    let mut screen = worked();
    screen.key(Modifiers::NONE, Key::Space);
    assert_eq!(screen.twin().timeline().state(), PlayState::Paused);
    screen.key(Modifiers::NONE, Key::J);
    screen.key(Modifiers::NONE, Key::J);
    let timeline = screen.twin().timeline();
    assert_eq!(timeline.direction(), Direction::Backward);
    assert_eq!(timeline.speed(), 2.0);
    screen.wait_until(610.0);
    assert!((screen.shown_at() - 580.0).abs() < 1.0);
    screen.key(Modifiers::NONE, Key::K);
    assert_eq!(screen.twin().timeline().state(), PlayState::Paused);
    screen.key(Modifiers::NONE, Key::Comma);
    assert!((screen.shown_at() - 579.0).abs() < 1.0);
    screen.key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::ArrowLeft);
    assert!(
        (screen.shown_at() - 360.0).abs() < 1e-6,
        "to the change before"
    );
    screen.key(Modifiers::NONE, Key::I);
    screen.key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::ArrowLeft);
    screen.key(Modifiers::NONE, Key::Home);
    assert!(screen.shown_at() < 2.0);
    screen.key(Modifiers::NONE, Key::L);
    screen.wait_until(620.0);
    assert!((9.0..13.0).contains(&screen.shown_at()));
    screen.key(Modifiers::NONE, Key::End);
    assert_eq!(screen.twin().mode(), Mode::Live);
}

#[test]
fn a_bookmark_is_named_at_once_and_gone_back_to() {
    let mut screen = worked();
    screen.give(Command::SeekBy(-100.0));
    screen.type_at_once(&[(Modifiers::NONE, Key::B)], "first sign");
    let markers = screen.view().markers.clone();
    let names: Vec<&str> = markers.keys().map(|name| &**name).collect();
    assert_eq!(
        names,
        ["first sign"],
        "letters were letters, not keys of the plant"
    );
    assert_eq!(screen.twin().mode(), Mode::Replay);
    screen.key(Modifiers::NONE, Key::End);
    screen.click("Bookmark: first sign");
    assert!((screen.shown_at() - 500.0).abs() < 1e-6);
    screen.key(Modifiers::COMMAND, Key::Z);
    assert!(screen.view().markers.is_empty());
}

#[test]
fn nobody_takes_the_past_for_the_present() {
    let mut screen = worked();
    let words = |screen: &Screen| -> Vec<String> {
        screen.texts().into_iter().map(|shown| shown.text).collect()
    };
    assert!(words(&screen).iter().any(|word| word == "LIVE"));
    screen.give(Command::SeekBy(-192.0));
    let shown = words(&screen);
    assert!(
        shown.iter().any(|word| word.ends_with("REPLAY")),
        "{shown:?}"
    );
    assert!(!shown.iter().any(|word| word == "LIVE"));
    assert!(screen.says("3 min 12 s ago"));
    assert!(screen.says("Back to live"));
}

#[test]
fn what_turns_bad_now_is_told_to_whoever_looks_at_the_past() {
    let mut screen = Screen::worked([1920.0, 1080.0], &Kept::default(), 600);
    screen.give(Command::SeekBy(-100.0));
    screen.wait_until(610.0);
    assert!(!screen.says("new alarm"));
    screen.raise(Alarm {
        number: 1,
        equipment: EquipmentId(4),
        signal: SignalId(8),
        condition: AlarmCondition::HighHigh,
        priority: Priority::Critical,
        raised: after(605.0),
        cleared: None,
        value: Value::Float(99.0),
        limit: Some(90.0),
        count: 1,
        is_first_out: true,
    });
    assert!(screen.says("1 new alarm now"));
    assert!(screen.says("thing-4: temperature far too high"));
    assert!(screen.says("No alarm"), "the list is still that of then");
    screen.click("Back to live");
    assert!(!screen.says("new alarm now"));
}

#[test]
fn lanes_are_unfolded_and_folded_and_a_signal_is_plotted() {
    let mut screen = Screen::worked([1920.0, 1080.0], &Kept::default(), 600);
    screen.click("Lane: line");
    assert!(screen.view().open_lanes.contains("line"));
    assert!(screen.says("thing-0"));
    screen.click("Lane: line");
    assert!(!screen.view().open_lanes.contains("line"));
    screen.give(Command::SelectSignal("line/thing-5/temperature".into()));
    screen.key(Modifiers::NONE, Key::P);
    assert_eq!(screen.view().pins.len(), 1);
    screen.key(Modifiers::NONE, Key::P);
    assert!(screen.view().pins.is_empty());
}

#[test]
fn its_edge_is_dragged_and_it_is_folded_to_a_bar() {
    let mut screen = Screen::worked([1920.0, 1080.0], &Kept::default(), 600);
    let before = screen.timeline();
    screen.drag(
        pos2(900.0, before.top() + 2.0),
        pos2(900.0, before.top() - 30.0),
    );
    let higher = screen.timeline();
    assert!(
        higher.height() > before.height() + 20.0,
        "{before:?} {higher:?}"
    );
    screen.click("Fold the lanes");
    assert!(screen.timeline().height() < 60.0);
    assert!(!screen.view().is_open(Panel::Timeline));
}

/// Texts that lie over each other cannot be read.
fn overlapping(screen: &Screen) -> Option<String> {
    let place = screen.timeline();
    let texts: Vec<(String, Rect)> = screen
        .texts()
        .into_iter()
        .filter(|shown| place.contains(shown.rect.center()))
        .filter(|shown| shown.clip.intersects(shown.rect))
        .map(|shown| (shown.text, shown.rect.intersect(shown.clip).shrink(1.0)))
        .filter(|(_, rect)| rect.is_positive())
        .collect();
    for (at, (text, rect)) in texts.iter().enumerate() {
        for (other, another) in &texts[at + 1..] {
            if rect.intersects(*another) {
                return Some(format!("{text:?} and {other:?}: {rect:?} {another:?}"));
            }
        }
    }
    None
}

#[test]
fn no_text_of_it_lies_over_another_at_any_size() {
    for pixels in [SIZE, [1920.0, 1080.0]] {
        for scale in [100.0, 125.0, 150.0, 200.0] {
            let size = pixels.map(|pixels| pixels * 100.0 / scale);
            let mut screen = Screen::worked(size, &Kept::default(), 600);
            let steps = [
                Command::SetPanel(Panel::Alarms, Visibility::Hidden),
                Command::SetLane("line".into(), Visibility::Shown),
                Command::PinSignal("line/thing-5/temperature".into()),
                Command::SeekBy(-4_000.0),
                Command::SeekBy(200.0),
                Command::Bookmark(Bookmark::default()),
                Command::ZoomTime(0.001),
                Command::ZoomTime(1e6),
                Command::ShowAllTime,
                Command::SetPanel(Panel::Timeline, Visibility::Hidden),
            ];
            for step in steps {
                screen.give(step.clone());
                let found = overlapping(&screen);
                assert_eq!(found, None, "{size:?} after {step:?}");
                let rect = screen.timeline();
                let whole = screen.rect();
                assert!(
                    whole.contains_rect(rect.shrink(0.5)),
                    "{rect:?} in {whole:?}"
                );
                assert!(rect.height() <= 0.45 * whole.height(), "{rect:?}");
            }
        }
    }
}
