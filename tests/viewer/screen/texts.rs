//! Every word on the screen can be read, at every size and scale.

use bevy_egui::egui::{PointerButton, pos2};
use twinscape::command::{Bookmark, Command, Overlay, Panel, RangeEnd, Visibility};

use super::desk::{Kept, Screen};
use super::{SIZE, screen};

/// What can be on the screen at once, each of which must be readable.
fn scenes() -> Vec<(&'static str, Vec<Command>)> {
    let shown = |panel| Command::SetPanel(panel, Visibility::Shown);
    let selected = || Command::SelectSignal("thing-5/temperature".into());
    vec![
        ("as it starts", vec![]),
        ("one machine", vec![selected()]),
        ("sources", vec![selected(), shown(Panel::Sources)]),
        ("log", vec![shown(Panel::Log)]),
        ("state", vec![Command::SetOverlay(Overlay::State)]),
        ("heat", vec![Command::SetOverlay(Overlay::Heat)]),
        ("data age", vec![Command::SetOverlay(Overlay::DataAge)]),
        (
            "heat, pinned",
            vec![
                Command::SetOverlay(Overlay::Heat),
                Command::SetHeatRange("temperature".into(), [-1234.5, 98765.4]),
            ],
        ),
        ("material flow", vec![Command::SetOverlay(Overlay::Flow)]),
        ("in the past", vec![selected(), Command::SeekBy(-0.4)]),
        (
            "a range of the past with a plot",
            vec![
                selected(),
                Command::PinSignal("thing-5/temperature".into()),
                Command::SeekBy(-0.4),
                Command::MarkRange(RangeEnd::Start),
                Command::Bookmark(Bookmark::default()),
            ],
        ),
        (
            "without lanes",
            vec![Command::SetPanel(Panel::Timeline, Visibility::Hidden)],
        ),
        ("palette", vec![shown(Panel::Palette)]),
        ("help", vec![shown(Panel::Help)]),
        ("tour", vec![shown(Panel::Tour)]),
    ]
}

#[test]
fn no_text_is_cut_at_75_100_and_200_percent() {
    for (pixels, scale) in [
        (SIZE, 75),
        (SIZE, 100),
        (SIZE, 200),
        ([1920.0, 1080.0], 100),
        ([1920.0, 1080.0], 200),
    ] {
        for (name, commands) in scenes() {
            let size = pixels.map(|pixels| pixels * 100.0 / scale as f32);
            let mut screen = Screen::open(size, &Kept::default());
            for command in commands {
                screen.give(command);
            }
            let whole = screen.rect();
            for shown in screen.texts() {
                let is_seen = shown.rect.intersects(shown.clip);
                let cut = shown.rect.left() < shown.clip.left() - 1.0
                    || shown.rect.right() > shown.clip.right() + 1.0
                    || !whole
                        .expand(1.0)
                        .contains_rect(shown.rect.intersect(shown.clip));
                assert!(
                    !(is_seen && (cut || shown.is_elided)),
                    "{name} at {scale} %: {shown:?}"
                );
            }
        }
    }
}

#[test]
fn the_menu_can_be_read_at_75_100_and_200_percent() {
    for scale in [75, 100, 200] {
        let size = SIZE.map(|pixels| pixels * 100.0 / scale as f32);
        let mut screen = Screen::open(size, &Kept::default());
        screen.click_at(pos2(24.0, 16.0), PointerButton::Primary);
        assert!(screen.says("Take a picture"));
        let texts = screen.texts();
        if scale <= 100 {
            let quit = texts
                .iter()
                .find(|shown| shown.text.ends_with("Quit"))
                .unwrap();
            let is_whole = quit.clip.contains_rect(quit.rect);
            assert!(is_whole, "{scale} %, and the menu ends early: {quit:?}");
        }
        for shown in texts {
            let is_cut = shown.rect.right() > shown.clip.right() + 1.0;
            let is_seen = shown.rect.intersects(shown.clip);
            assert!(
                !(is_seen && (is_cut || shown.is_elided)),
                "{scale} %: {shown:?}"
            );
        }
    }
}

#[test]
fn the_legend_of_material_flow_gives_no_widths_where_nobody_can_tell_a_rate() {
    let mut screen = screen();
    screen.give(Command::SetOverlay(Overlay::Flow));
    let texts: Vec<_> = screen.texts().into_iter().map(|shown| shown.text).collect();
    let says = |text: &str| texts.iter().any(|shown| shown == text);
    assert!(says("1 unknown: nothing counts there"), "{texts:?}");
    assert!(!says("Paler: told by its neighbours"), "{texts:?}");
    assert!(!says("10"), "a width without a rate: {texts:?}");
}
