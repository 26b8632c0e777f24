//! The timeline by hand.

use twinscape::command::{Command, Direction};

use super::desk::Desk;

/// Everything that is asked of the timeline: by keys, and by the mouse on its buttons, its overview,
/// its ruler, its lanes and its edge.
pub fn the_timeline(desk: &Desk) {
    desk.ask_until("lathe", |command| {
        *command == Command::Select("lathe".into())
    });
    desk.key_until("space", |command| *command == Command::Pause);
    desk.key_until("space", |command| *command == Command::Play);
    desk.key_until("j", |command| {
        *command == Command::Shuttle(Direction::Backward)
    });
    desk.key_until("shift+k", |command| {
        matches!(command, Command::SetDirection(_))
    });
    desk.key_until("shift+l", |command| {
        matches!(command, Command::ChangeSpeed(_))
    });
    desk.key_until("k", |command| *command == Command::Pause);
    desk.key_until("comma", |command| *command == Command::SeekBy(-1.0));
    desk.key_until("Home", |command| matches!(command, Command::Seek(_)));
    desk.key_until("ctrl+Right", |command| matches!(command, Command::Step(_)));
    desk.key_until("ctrl+Up", |command| matches!(command, Command::ZoomTime(_)));
    desk.key_until("a", |command| *command == Command::ShowAllTime);
    let rows = |from: u32| (from..from + 130).step_by(4);
    // From below: the lanes, the ruler, the overview and the buttons lie over each other.
    desk.try_until(
        rows(560).rev(),
        |y| desk.drag(1, [600, y], [120, 0]),
        |command| matches!(command, Command::SelectRange(_)),
    );
    desk.key_until("r", |command| matches!(command, Command::SetLoop(_)));
    desk.key_until("ctrl+p", |command| matches!(command, Command::Pack(_)));
    for (key, of) in [("i", "start"), ("o", "end")] {
        desk.key_until(key, |command| {
            matches!(command, Command::MarkRange(end) if format!("{end:?}").to_lowercase() == of)
        });
    }
    desk.try_until(
        rows(560),
        |y| desk.drag(1, [500, y], [200, 0]),
        |command| matches!(command, Command::Scrub(_)),
    );
    desk.try_until(
        rows(560),
        |y| desk.drag(1, [500, y], [60, 0]),
        |command| matches!(command, Command::ShowSpan(_)),
    );
    desk.try_until(
        0..12,
        |_| {
            desk.key("Escape");
            desk.key("b");
            desk.pause();
            desk.write("first sign");
            desk.key("Return");
        },
        |command| matches!(command, Command::Bookmark(_)),
    );
    desk.ask_until("first sign", |command| {
        matches!(command, Command::GoToBookmark(_))
    });
    desk.ask_until("delete bookmark first sign", |command| {
        matches!(command, Command::DeleteBookmark(_))
    });
    desk.key_until("x", |command| *command == Command::ClearRange);
    desk.ask_until("spindle speed lathe", |command| {
        matches!(command, Command::SelectSignal(_))
    });
    desk.key_until("p", |command| matches!(command, Command::PinSignal(_)));
    desk.key_until("p", |command| matches!(command, Command::UnpinSignal(_)));
    // The name of a lane that has others below it.
    desk.try_until(
        rows(590),
        |y| desk.click(40, y),
        |command| matches!(command, Command::SetLane(..)),
    );
    desk.try_until(
        (520..560).step_by(2),
        |y| desk.drag(1, [700, y], [0, 25]),
        |command| matches!(command, Command::SetTimelineSize(_)),
    );
    let bar = bar_of(desk);
    desk.try_until(
        (180..230)
            .step_by(10)
            .flat_map(|x| (300..560).step_by(14).map(move |y| (x, y))),
        |(x, y)| {
            desk.key("Escape");
            desk.click(x, bar);
            desk.pause();
            desk.click(x, y);
        },
        |command| matches!(command, Command::SetSpeed(_)),
    );
    desk.key("Escape");
    desk.try_until(
        0..12,
        |_| desk.shift_wheel([700, 640]),
        |command| matches!(command, Command::PanTime(_)),
    );
    the_future(desk);
    desk.key_until("End", |command| *command == Command::FollowLive);
}

/// The middle of the timeline's buttons, which is where its edge was dragged to.
fn bar_of(desk: &Desk) -> u32 {
    /// Above the status bar, on a screen of 720 points; half of the height of the buttons.
    const BOTTOM: u32 = 693;
    const HALF: u32 = 16;
    desk.pause();
    let sizes = desk.recorded().into_iter().rev();
    let mut sizes = sizes.filter_map(|command| match command {
        Command::SetTimelineSize(points) => Some(u32::from(points)),
        _ => None,
    });
    BOTTOM - sizes.next().expect("its edge was dragged") + HALF
}

/// Futures, a what-if for the selected machine, one of them watched, left and forgotten.
fn the_future(desk: &Desk) {
    desk.ask_until("lathe", |command| {
        *command == Command::Select("lathe".into())
    });
    desk.key_until("y", |command| matches!(command, Command::Forecast(_)));
    desk.ask_until("what if lathe fails now", |command| {
        matches!(command, Command::WhatIf(_))
    });
    desk.ask_until("watch the worst future", |command| {
        matches!(command, Command::WatchFuture(_))
    });
    desk.key_until("shift+y", |command| *command == Command::LeaveFuture);
    desk.ask_until("forget the futures", |command| {
        *command == Command::DropFutures
    });
    desk.ask_until("compare the model with what was observed", |command| {
        *command == Command::Calibrate
    });
    desk.ask_until("simulate all machines as observed", |command| {
        matches!(command, Command::UseParameters(..))
    });
    desk.ask_until("write the observed parameters", |command| {
        matches!(command, Command::SaveCalibration(_))
    });
}
