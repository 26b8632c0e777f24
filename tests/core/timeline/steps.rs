//! Steps from change to change and from event to event.

use twinscape::command::{Bookmark, Command, Step};
use twinscape::model::alarm::{Event, EventKind};
use twinscape::model::health::HealthRule;
use twinscape::model::{Health, OperatingState};
use twinscape::twin::{CommandError, Mode};

use super::{Desk, FIRST, SECOND};
use crate::plants::at;

fn step(desk: &mut Desk, step: Step) -> f64 {
    desk.give(Command::Step(step)).unwrap();
    desk.cursor()
}

fn desk() -> Desk {
    let mut desk = Desk::recorded(100);
    desk.state(FIRST, 10.0, OperatingState::Execute);
    desk.state(SECOND, 20.0, OperatingState::Execute);
    // The same again, which nobody sees.
    desk.state(FIRST, 25.0, OperatingState::Execute);
    desk.state(FIRST, 30.0, OperatingState::Held);
    desk.health(FIRST, 40.0, Health::Failure, HealthRule::Fault);
    // Another reason for the same health.
    desk.health(FIRST, 45.0, Health::Failure, HealthRule::HighHigh);
    desk
}

#[test]
fn a_step_goes_to_the_next_change_that_is_seen_and_at_last_to_the_present() {
    let mut desk = desk();
    desk.give(Command::Seek(at(0.0))).unwrap();
    let mut seen = Vec::new();
    while desk.twin.mode() == Mode::Replay {
        seen.push(step(&mut desk, Step::NextChange));
    }
    assert_eq!(seen, [10.0, 20.0, 30.0, 40.0, 100.0]);
    let mut seen = Vec::new();
    while desk.give(Command::Step(Step::PreviousChange)).is_ok() {
        seen.push(desk.cursor());
    }
    assert_eq!(seen, [40.0, 30.0, 20.0, 10.0]);
    assert_eq!(
        desk.give(Command::Step(Step::PreviousChange)),
        Err(CommandError::NothingFurther("before the cursor"))
    );
}

#[test]
fn with_a_selection_only_its_own_changes_count_and_those_of_its_signal() {
    let mut desk = desk();
    desk.give(Command::Select("second".into())).unwrap();
    desk.give(Command::Seek(at(0.0))).unwrap();
    assert_eq!(step(&mut desk, Step::NextChange), 20.0);
    assert_eq!(step(&mut desk, Step::NextChange), 100.0);
    desk.value(3, 50.0, 1.0);
    desk.value(3, 51.0, 1.0);
    desk.value(3, 52.0, 2.0);
    desk.give(Command::SelectSignal("second/y".into())).unwrap();
    desk.give(Command::Seek(at(21.0))).unwrap();
    assert_eq!(step(&mut desk, Step::NextChange), 50.0);
    assert_eq!(step(&mut desk, Step::NextChange), 52.0);
}

#[test]
fn of_two_points_of_one_instant_the_last_counts() {
    let mut desk = Desk::recorded(100);
    desk.state(FIRST, 10.0, OperatingState::Execute);
    desk.state(FIRST, 20.0, OperatingState::Held);
    desk.state(FIRST, 20.0, OperatingState::Execute);
    desk.state(FIRST, 30.0, OperatingState::Idle);
    desk.give(Command::Seek(at(10.0))).unwrap();
    assert_eq!(step(&mut desk, Step::NextChange), 30.0);
    assert_eq!(step(&mut desk, Step::PreviousChange), 10.0);
}

#[test]
fn events_and_bookmarks_are_stepped_through() {
    let mut desk = Desk::recorded(100);
    for secs in [15.0, 70.0] {
        let message = "somebody said so".into();
        desk.writer.event(Event {
            time: at(secs),
            kind: EventKind::Note { message },
        });
    }
    desk.give(Command::Bookmark(Bookmark {
        name: "here".into(),
        from: Some(at(40.0)),
        ..Bookmark::default()
    }))
    .unwrap();
    desk.give(Command::Seek(at(0.0))).unwrap();
    let seen: Vec<_> = (0..4).map(|_| step(&mut desk, Step::NextEvent)).collect();
    assert_eq!(seen, [15.0, 40.0, 70.0, 100.0]);
    let seen: Vec<_> = (0..3)
        .map(|_| step(&mut desk, Step::PreviousEvent))
        .collect();
    assert_eq!(seen, [70.0, 40.0, 15.0]);
}
