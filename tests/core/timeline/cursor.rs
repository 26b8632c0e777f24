//! How the cursor moves.

use proptest::prelude::*;
use twinscape::command::{Command, Direction, Looping, RangeEnd, SpeedChange};
use twinscape::timeline::{PlayState, SPEEDS};
use twinscape::twin::{CommandError, Mode, Twin};

use super::Desk;
use crate::plants::at;

#[test]
fn live_is_the_present_and_nothing_else() {
    let mut desk = Desk::recorded(100);
    assert_eq!(desk.twin.mode(), Mode::Live);
    assert_eq!(desk.twin.tick(at(107.5)), at(107.5));
    desk.give(Command::Play).unwrap();
    assert_eq!(desk.twin.mode(), Mode::Live, "it plays already");
}

#[test]
fn a_pause_freezes_the_cursor_while_time_goes_on_and_one_command_returns() {
    let mut desk = Desk::recorded(100);
    desk.give(Command::Pause).unwrap();
    assert_eq!(desk.twin.mode(), Mode::Replay);
    assert_eq!(desk.twin.tick(at(160.0)), at(100.0));
    desk.give(Command::FollowLive).unwrap();
    assert_eq!(desk.cursor(), 160.0, "at once, not with the next look");
    assert_eq!(desk.twin.mode(), Mode::Live);
}

#[test]
fn it_plays_with_its_speed_and_catches_up_with_the_present() {
    let mut desk = Desk::recorded(100);
    desk.give(Command::Seek(at(10.0))).unwrap();
    assert_eq!(desk.twin.timeline().state(), PlayState::Paused);
    desk.give(Command::Play).unwrap();
    desk.twin.tick(at(105.0));
    assert_eq!(desk.cursor(), 15.0);
    desk.give(Command::SetSpeed(10.0)).unwrap();
    desk.twin.tick(at(110.0));
    assert_eq!(desk.cursor(), 65.0);
    assert_eq!(desk.twin.mode(), Mode::Replay);
    desk.twin.tick(at(116.0));
    assert_eq!(desk.twin.mode(), Mode::Live, "it has caught up");
    assert_eq!(desk.cursor(), 116.0);
    assert_eq!(
        desk.twin.timeline().speed(),
        1.0,
        "the present has one speed"
    );
}

#[test]
fn it_plays_backwards_to_the_beginning_and_stops_there() {
    let mut desk = Desk::recorded(100);
    desk.give(Command::Shuttle(Direction::Backward)).unwrap();
    desk.twin.tick(at(110.0));
    assert_eq!(desk.cursor(), 90.0);
    desk.give(Command::Shuttle(Direction::Backward)).unwrap();
    assert_eq!(desk.twin.timeline().speed(), 2.0, "asked again: faster");
    desk.twin.tick(at(120.0));
    assert_eq!(desk.cursor(), 70.0);
    desk.twin.tick(at(1_000.0));
    assert_eq!(desk.cursor(), 0.0);
    assert_eq!(desk.twin.timeline().state(), PlayState::Paused);
    desk.give(Command::Shuttle(Direction::Forward)).unwrap();
    desk.twin.tick(at(1_001.0));
    assert_eq!(desk.cursor(), 1.0, "forward begins at normal speed");
}

#[test]
fn speeds_are_stepped_through_and_end_at_a_tenth_and_ten_thousand() {
    let mut desk = Desk::recorded(10);
    let mut seen = Vec::new();
    for _ in 0..20 {
        desk.give(Command::ChangeSpeed(SpeedChange::Faster))
            .unwrap();
        seen.push(desk.twin.timeline().speed());
    }
    assert_eq!(seen[..4], [2.0, 5.0, 10.0, 20.0]);
    assert_eq!(desk.twin.timeline().speed(), SPEEDS[1]);
    for _ in 0..20 {
        desk.give(Command::ChangeSpeed(SpeedChange::Slower))
            .unwrap();
    }
    assert_eq!(desk.twin.timeline().speed(), SPEEDS[0]);
    desk.give(Command::SetSpeed(1e9)).unwrap();
    assert_eq!(desk.twin.timeline().speed(), SPEEDS[1]);
    let refused = desk.give(Command::SetSpeed(f64::NAN));
    assert!(matches!(refused, Err(CommandError::BadNumber(_))));
}

#[test]
fn a_loop_plays_its_range_again_and_again_both_ways() {
    let mut desk = Desk::recorded(100);
    assert_eq!(
        desk.give(Command::SetLoop(Looping::On)),
        Err(CommandError::NoRange)
    );
    desk.give(Command::SelectRange([at(30.0), at(20.0)]))
        .unwrap();
    assert_eq!(
        desk.twin.timeline().range(),
        Some(at(20.0)..at(30.0)),
        "in either order"
    );
    desk.give(Command::SetLoop(Looping::On)).unwrap();
    desk.give(Command::Seek(at(25.0))).unwrap();
    desk.give(Command::Play).unwrap();
    desk.twin.tick(at(104.0));
    assert_eq!(desk.cursor(), 29.0);
    desk.twin.tick(at(107.0));
    assert_eq!(desk.cursor(), 22.0);
    desk.twin.tick(at(140.0));
    assert_eq!(desk.cursor(), 25.0, "three times around");
    desk.give(Command::SetDirection(Direction::Backward))
        .unwrap();
    desk.twin.tick(at(147.0));
    assert_eq!(desk.cursor(), 28.0);
    desk.give(Command::ClearRange).unwrap();
    assert_eq!(desk.twin.timeline().looping(), Looping::Off);
}

#[test]
fn a_seek_to_the_present_or_beyond_follows_it_and_before_the_beginning_ends_there() {
    let mut desk = Desk::recorded(100);
    desk.give(Command::SeekBy(-30.0)).unwrap();
    assert_eq!(desk.cursor(), 70.0);
    desk.give(Command::SeekBy(31.0)).unwrap();
    assert_eq!(desk.twin.mode(), Mode::Live);
    desk.give(Command::Seek(at(-5_000.0))).unwrap();
    assert_eq!(desk.cursor(), 0.0);
    desk.give(Command::Scrub(at(500.0))).unwrap();
    assert_eq!(
        (desk.cursor(), desk.twin.mode()),
        (100.0, Mode::Replay),
        "a hand that moves it does not let it go"
    );
}

#[test]
fn what_is_asked_for_before_anything_is_known_is_kept() {
    let mut desk = Desk::new();
    desk.give(Command::Seek(at(40.0))).unwrap();
    assert_eq!(desk.twin.tick(at(100.0)), at(40.0));
    assert_eq!(desk.twin.mode(), Mode::Replay);
}

#[test]
fn ends_of_the_range_are_put_to_the_cursor() {
    let mut desk = Desk::recorded(100);
    desk.give(Command::Seek(at(40.0))).unwrap();
    desk.give(Command::MarkRange(RangeEnd::Start)).unwrap();
    desk.give(Command::Seek(at(60.0))).unwrap();
    desk.give(Command::MarkRange(RangeEnd::End)).unwrap();
    assert_eq!(desk.twin.timeline().range(), Some(at(40.0)..at(60.0)));
    desk.give(Command::Seek(at(80.0))).unwrap();
    desk.give(Command::MarkRange(RangeEnd::Start)).unwrap();
    let range = desk.twin.timeline().range().unwrap();
    assert_eq!(
        range.start,
        at(80.0),
        "the old end lies before: a new range"
    );
    assert!(range.end > at(80.0) && range.end <= at(100.0));
}

#[test]
fn a_recording_alone_ends_where_it_ends() {
    let desk = Desk::recorded(100);
    let mut twin = Twin::of_recording(desk.plant.clone(), desk.reader.clone());
    assert_eq!(twin.tick(at(9_999.0)), at(100.0), "it begins at its end");
    assert_eq!(twin.mode(), Mode::Replay);
    twin.apply(&Command::Play).unwrap();
    twin.tick(at(10_002.0));
    assert_eq!(
        twin.timeline().cursor(),
        at(3.0),
        "whoever plays at the end begins anew"
    );
    twin.apply(&Command::SetSpeed(1_000.0)).unwrap();
    twin.tick(at(10_010.0));
    assert_eq!(
        (twin.timeline().cursor(), twin.timeline().state()),
        (at(100.0), PlayState::Paused)
    );
    twin.apply(&Command::FollowLive).unwrap();
    assert_eq!(twin.mode(), Mode::Replay, "nothing here is live");
}

#[test]
fn the_visible_part_zooms_from_milliseconds_to_months_and_pans() {
    let mut desk = Desk::recorded(100);
    desk.give(Command::Seek(at(50.0))).unwrap();
    let length = |desk: &Desk| {
        let visible = desk.twin.timeline().visible();
        assert!(visible.contains(&desk.twin.timeline().cursor()));
        visible.end.secs_since(visible.start)
    };
    for _ in 0..80 {
        desk.give(Command::ZoomTime(0.5)).unwrap();
    }
    assert!((length(&desk) - 0.01).abs() < 1e-9);
    for _ in 0..80 {
        desk.give(Command::ZoomTime(2.0)).unwrap();
    }
    assert!(length(&desk) > 300.0 * 86_400.0);
    desk.give(Command::ShowSpan([at(80.0), at(20.0)])).unwrap();
    assert_eq!(desk.twin.timeline().visible(), at(20.0)..at(80.0));
    desk.give(Command::PanTime(0.5)).unwrap();
    assert_eq!(desk.twin.timeline().visible(), at(50.0)..at(110.0));
    assert!(!desk.twin.timeline().follows());
    desk.give(Command::ShowAllTime).unwrap();
    let all = desk.twin.timeline().visible();
    assert!(all.contains(&at(0.0)) && all.contains(&at(100.0)));
}

#[test]
fn what_is_visible_moves_along_with_the_cursor_until_a_hand_moves_it() {
    let mut desk = Desk::recorded(100);
    assert!(desk.twin.timeline().visible().contains(&at(100.0)));
    desk.twin.tick(at(5_000.0));
    assert!(desk.twin.timeline().visible().contains(&at(5_000.0)));
    desk.give(Command::ShowSpan([at(20.0), at(80.0)])).unwrap();
    desk.twin.tick(at(6_000.0));
    assert_eq!(desk.twin.timeline().visible(), at(20.0)..at(80.0));
    desk.give(Command::FollowLive).unwrap();
    desk.twin.tick(at(6_100.0));
    let visible = desk.twin.timeline().visible();
    assert!(visible.contains(&at(6_100.0)));
    assert_eq!(
        visible.end.nanos_since(visible.start),
        60_000_000_000,
        "as much as before"
    );
}

fn any_command() -> impl Strategy<Value = Command> {
    let time = (-1e4..1e4_f64).prop_map(at);
    let number = prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        -1e20..1e20_f64,
        -5.0..5.0
    ];
    prop_oneof![
        Just(Command::Play),
        Just(Command::Pause),
        Just(Command::FollowLive),
        time.clone().prop_map(Command::Seek),
        time.clone().prop_map(Command::Scrub),
        number.clone().prop_map(Command::SeekBy),
        number.clone().prop_map(Command::SetSpeed),
        number.clone().prop_map(Command::ZoomTime),
        number.prop_map(Command::PanTime),
        (time.clone(), time).prop_map(|(a, b)| Command::SelectRange([a, b])),
        Just(Command::SetLoop(Looping::On)),
        Just(Command::Shuttle(Direction::Backward)),
        Just(Command::Shuttle(Direction::Forward)),
        Just(Command::MarkRange(RangeEnd::Start)),
        Just(Command::ShowAllTime),
    ]
}

proptest! {
    #[test]
    fn whatever_is_asked_the_cursor_stays_between_the_beginning_and_the_present(
        steps in prop::collection::vec((any_command(), 0.0..200.0_f64), 1..60)
    ) {
        let mut desk = Desk::recorded(100);
        let mut now = 100.0;
        for (command, wait) in steps {
            let _ = desk.give(command.clone());
            now += wait;
            let shown = desk.twin.tick(at(now));
            let timeline = desk.twin.timeline();
            prop_assert!(shown <= at(now), "{command:?}: {shown:?}");
            prop_assert!(shown >= at(0.0), "{command:?}: {shown:?}");
            prop_assert_eq!(desk.twin.mode() == Mode::Live, shown == at(now) && timeline.state() == PlayState::Live);
            let visible = timeline.visible();
            prop_assert!(visible.start < visible.end, "{command:?}");
            prop_assert!((SPEEDS[0]..=SPEEDS[1]).contains(&timeline.speed()));
        }
    }

    #[test]
    fn the_same_commands_at_the_same_instants_give_the_same_cursor(
        steps in prop::collection::vec((any_command(), 0.0..200.0_f64), 1..30)
    ) {
        let run = || {
            let mut desk = Desk::recorded(100);
            let mut now = 100.0;
            let mut seen = Vec::new();
            for (command, wait) in &steps {
                let _ = desk.give(command.clone());
                now += wait;
                seen.push(desk.twin.tick(at(now)));
            }
            seen
        };
        prop_assert_eq!(run(), run());
    }
}

#[test]
fn a_new_timeline_shows_what_there_is_until_somebody_chooses_how_much() {
    let mut desk = Desk::recorded(5);
    let length = |desk: &Desk| {
        let visible = desk.twin.timeline().visible();
        visible.end.secs_since(visible.start)
    };
    assert!((50.0..70.0).contains(&length(&desk)));
    desk.twin.tick(at(300.0));
    assert!((300.0..500.0).contains(&length(&desk)));
    desk.twin.tick(at(5_000.0));
    assert!(
        (length(&desk) - 600.0).abs() < 1.0,
        "no more than can be read"
    );
    desk.give(Command::ZoomTime(0.1)).unwrap();
    desk.twin.tick(at(9_000.0));
    assert!((length(&desk) - 60.0).abs() < 1.0);
}

#[test]
fn a_range_without_a_beginning_begins_where_something_is_known() {
    let mut desk = Desk::recorded(100);
    desk.give(Command::Seek(at(40.0))).unwrap();
    desk.give(Command::MarkRange(RangeEnd::End)).unwrap();
    assert_eq!(desk.twin.timeline().range(), Some(at(0.0)..at(40.0)));
}
