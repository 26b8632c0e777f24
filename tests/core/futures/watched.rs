//! Futures as a user has them: asked for at the cursor, compared, watched and left again.

use std::sync::Arc;
use std::time::Duration;

use super::rig::{self, Heard, hear};
use twinscape::command::{Command, FutureChoice, Outlooks, Parameters};
use twinscape::emulator::Disturbances;
use twinscape::futures::Change;
use twinscape::model::{Freshness, OperatingState, Snapshot, Timestamp};
use twinscape::timeline::PlayState;
use twinscape::twin::{CommandError, Effect, Known, Mode, Twin, ViewCursor};

const HOUR: Duration = Duration::from_secs(3_600);

struct Desk {
    twin: Twin,
    now: Timestamp,
}

/// A recording of six hours, the cursor four hours in.
fn desk() -> (Heard, Desk, Timestamp) {
    let plant = rig::plant(rig::LINE);
    let heard = hear(&plant, 2, 6 * HOUR, Disturbances::None);
    let at = heard.from + 4 * HOUR;
    let twin = Twin::of_recording(Arc::clone(&heard.plant), heard.reader.clone());
    let mut desk = Desk {
        twin,
        now: heard.to,
    };
    desk.twin.tick(desk.now);
    desk.give(Command::Seek(at));
    (heard, desk, at)
}

impl Desk {
    fn give(&mut self, command: Command) {
        self.twin
            .apply(&command)
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    }

    /// Lets background work come in, the time on the screen standing still.
    fn wait(&mut self, is_there: impl Fn(&Twin) -> bool) {
        for _ in 0..24_000 {
            if is_there(&self.twin) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
            self.twin.tick(self.now);
            assert_eq!(self.twin.take_problem(), None);
        }
        panic!("it does not come");
    }

    fn ask(&mut self, hours: f64) {
        self.give(Command::Forecast(Outlooks {
            at: None,
            hours: Some(hours),
        }));
        self.wait(|twin| twin.outlook().is_some_and(|outlook| !outlook.is_busy()));
    }
}

#[test]
fn futures_begin_at_the_cursor_and_leave_it_where_it_is() {
    let (_, mut desk, at) = desk();
    desk.ask(2.0);
    assert_eq!(desk.twin.timeline().cursor(), at);
    assert_eq!(desk.twin.mode(), Mode::Replay);
    let outlook = desk.twin.outlook().unwrap();
    assert_eq!(outlook.span(), at..at + 2 * HOUR);
    let forecast = outlook.cases()[0].forecast().unwrap();
    assert_eq!(forecast.count(), 200);
    let visible = desk.twin.timeline().visible();
    assert!(visible.contains(&at) && visible.end >= at + 2 * HOUR);
}

#[test]
fn a_what_if_is_held_against_the_plant_as_it_is_with_the_same_luck() {
    let (_, mut desk, _) = desk();
    desk.ask(2.0);
    desk.give(Command::WhatIf(Change::Dies("lathe".into(), 600.0)));
    desk.give(Command::WhatIf(Change::Serviced("press".into(), 0.0, 1.0)));
    desk.wait(|twin| twin.outlook().is_some_and(|outlook| !outlook.is_busy()));
    let cases = desk.twin.outlook().unwrap().cases();
    let base = cases[0].forecast().unwrap();
    let made = |case: usize| {
        use twinscape::futures::Track;
        let all = cases[case].forecast().unwrap();
        let differences = all.differences(base, &Track::Completed, 0.95);
        differences.last().unwrap().estimate
    };
    let dead = made(1);
    let half = dead.half_width.unwrap();
    assert!(dead.mean + half < -20.0, "{dead:?}");
    // A second of maintenance changes next to nothing, and the same luck shows it.
    let paused = made(2);
    assert!(
        paused.mean.abs() < 2.0 && paused.half_width.unwrap() < 2.0,
        "{paused:?}"
    );
    let unknown = desk
        .twin
        .apply(&Command::WhatIf(Change::OneMore("nobody".into())));
    assert!(
        matches!(unknown, Err(CommandError::Change(_))),
        "{unknown:?}"
    );
}

#[test]
fn a_future_is_watched_in_the_plant_and_left_for_what_was_recorded() {
    let (heard, mut desk, at) = desk();
    let watch = Command::WatchFuture(FutureChoice::Share(0, 50.0));
    assert_eq!(desk.twin.apply(&watch), Err(CommandError::NoFutures));
    desk.ask(2.0);
    desk.give(Command::WhatIf(Change::Dies("lathe".into(), 0.0)));
    desk.wait(|twin| twin.outlook().is_some_and(|outlook| !outlook.is_busy()));
    desk.give(Command::WatchFuture(FutureChoice::Worst(1)));
    desk.wait(|twin| {
        twin.outlook()
            .is_some_and(|outlook| outlook.watched().is_some())
    });
    assert_eq!(desk.twin.mode(), Mode::WhatIf);
    assert_eq!(desk.twin.timeline().state(), PlayState::Playing);
    let (mut snapshot, mut cursor) = (Snapshot::new(&heard.plant), ViewCursor::default());
    let mut look = |desk: &mut Desk, t: Timestamp| {
        desk.give(Command::Pause);
        desk.give(Command::Seek(t));
        let shown = desk.twin.tick(desk.now);
        desk.twin.advance(&mut snapshot, &mut cursor, shown);
        snapshot.clone()
    };
    let lathe = heard.plant.find("lathe").unwrap();
    let then = look(&mut desk, at + HOUR);
    assert_eq!(then.time, at + HOUR);
    assert_eq!(then.states[lathe.index()], OperatingState::Held);
    // Before the fork it is the past again, and after it the future, to its end.
    let before = look(&mut desk, at - HOUR);
    assert_eq!(desk.twin.mode(), Mode::Replay);
    let mut alone = Snapshot::new(&heard.plant);
    let twin = Twin::of_recording(Arc::clone(&heard.plant), heard.reader.clone());
    twin.advance(&mut alone, &mut ViewCursor::default(), at - HOUR);
    assert_eq!(before.states, alone.states);
    assert_eq!(before.values, alone.values);
    assert_eq!(look(&mut desk, at + 5 * HOUR).time, at + 2 * HOUR);
    assert!(before.freshness.contains(&Freshness::Fresh));
    // Left from within, the cursor goes to the fork; what was recorded is read on.
    desk.give(Command::LeaveFuture);
    assert_eq!(
        (desk.twin.mode(), desk.twin.timeline().cursor()),
        (Mode::Replay, at)
    );
    let after = look(&mut desk, at + HOUR);
    let mut recorded = Snapshot::new(&heard.plant);
    twin.advance(&mut recorded, &mut ViewCursor::default(), at + HOUR);
    assert_eq!(after.states, recorded.states);
    assert_eq!(after.values, recorded.values);
}

fn watch(desk: &mut Desk, choice: FutureChoice) {
    desk.give(Command::WatchFuture(choice));
    desk.wait(|twin| {
        twin.outlook()
            .is_some_and(|outlook| outlook.watched().is_some())
    });
    desk.give(Command::Pause);
}

#[test]
fn futures_begin_in_a_future_and_what_was_planned_there_goes_on() {
    let (heard, mut desk, at) = desk();
    let minute = Duration::from_secs(60);
    desk.ask(4.0);
    let service = Change::Serviced("lathe".into(), 1_800.0, 7_200.0);
    desk.give(Command::WhatIf(service));
    desk.give(Command::WhatIf(Change::Dies("press".into(), 3.0 * 3_600.0)));
    desk.wait(|twin| twin.outlook().is_some_and(|outlook| !outlook.is_busy()));
    watch(&mut desk, FutureChoice::Number(1, 7));
    // Ten minutes before the service is over.
    let (outer, from) = (desk.twin.branch(), at + 140 * minute);
    desk.give(Command::Seek(from));
    desk.ask(3.0);
    let shown = |desk: &mut Desk, t: Timestamp| {
        desk.give(Command::Seek(t));
        let t = desk.twin.tick(desk.now);
        let mut snapshot = Snapshot::new(desk.twin.plant());
        desk.twin
            .advance(&mut snapshot, &mut ViewCursor::default(), t);
        snapshot
    };
    // The cursor stays where it is, in the future around; the bands begin there.
    assert_eq!(
        (desk.twin.branch(), desk.twin.mode()),
        (outer, Mode::WhatIf)
    );
    let outlook = desk.twin.outlook().unwrap();
    assert_eq!(outlook.span(), from..from + 3 * HOUR);
    assert_eq!(&*outlook.cases()[0].name, "As in future 7");
    let around = outlook.parent().unwrap();
    assert_eq!((around.at(), around.watched().unwrap().case), (at, 1));
    // The lathe comes back from its service on the minute, in every one of them.
    let lathe = heard.plant.find("lathe").unwrap();
    let before = shown(&mut desk, from);
    for number in [0, 3, 150] {
        watch(&mut desk, FutureChoice::Number(0, number));
        assert_ne!(desk.twin.branch(), outer);
        let begins = shown(&mut desk, from + Duration::from_millis(1));
        assert_eq!(begins.states, before.states);
        assert_eq!(begins.values, before.values);
        let serviced = shown(&mut desk, from + 9 * minute);
        assert_eq!(serviced.states[lathe.index()], OperatingState::Maintenance);
        let back = shown(&mut desk, from + 11 * minute);
        assert_ne!(back.states[lathe.index()], OperatingState::Maintenance);
    }
    // What was before is read in it as it was: in the future around, and before that in the past.
    let made = heard.plant.signal_named(lathe, "produced").unwrap();
    let inner = desk.twin.history().clone();
    let around = desk.twin.outlook().unwrap().parent().unwrap();
    let outer_reader = around.watched().unwrap().branch.reader.clone();
    for (reader, span) in [(&heard.reader, heard.from..at), (&outer_reader, at..from)] {
        let (mut own, mut found) = (Vec::new(), Vec::new());
        reader.range(made, span.clone(), &mut own);
        inner.range(made, span, &mut found);
        assert!(own.len() > 5 && own == found);
    }
    // It is left step by step.
    desk.give(Command::LeaveFuture);
    assert_eq!(
        (desk.twin.branch(), desk.twin.timeline().cursor()),
        (outer, from)
    );
    desk.give(Command::LeaveFuture);
    assert_eq!(
        (desk.twin.branch(), desk.twin.timeline().cursor()),
        (outer, from)
    );
    assert_eq!(desk.twin.outlook().unwrap().cases().len(), 3);
    desk.give(Command::LeaveFuture);
    assert_eq!(
        (desk.twin.mode(), desk.twin.timeline().cursor()),
        (Mode::Replay, at)
    );
}

#[test]
fn what_is_planned_in_a_future_is_still_to_come_in_the_futures_that_begin_in_it() {
    let (heard, mut desk, at) = desk();
    desk.ask(4.0);
    desk.give(Command::WhatIf(Change::Dies("press".into(), 2.0 * 3_600.0)));
    desk.wait(|twin| twin.outlook().is_some_and(|outlook| !outlook.is_busy()));
    watch(&mut desk, FutureChoice::Number(1, 0));
    desk.give(Command::Seek(at + HOUR));
    desk.ask(2.0);
    let press = heard.plant.find("press").unwrap();
    let outlook = desk.twin.outlook().unwrap();
    let summary = outlook.cases()[0].forecast().unwrap().summary();
    let told = summary
        .elements
        .iter()
        .find(|it| it.name == "press")
        .unwrap();
    // Dead for the second hour of two.
    let down = told.share(OperatingState::Held);
    assert!((down - 0.5).abs() < 0.01, "{down}");
    // Futures of futures end somewhere.
    for depth in 0..2 {
        watch(&mut desk, FutureChoice::Number(0, depth));
        let next = desk.twin.timeline().cursor() + HOUR / 4;
        desk.give(Command::Seek(next));
        if depth == 0 {
            desk.ask(1.0);
        }
    }
    let again = Command::Forecast(Outlooks {
        at: None,
        hours: Some(1.0),
    });
    desk.give(again.clone());
    desk.wait(|twin| twin.outlook().is_some_and(|outlook| !outlook.is_busy()));
    watch(&mut desk, FutureChoice::Number(0, 0));
    let next = desk.twin.timeline().cursor() + HOUR / 4;
    desk.give(Command::Seek(next));
    assert_eq!(desk.twin.apply(&again), Err(CommandError::TooDeep(3)));
    assert!(desk.twin.plant().find("press") == Some(press));
    // Back at the present all of them are left.
    desk.give(Command::FollowLive);
    assert!(desk.twin.outlook().unwrap().parent().is_none());
    assert_eq!(desk.twin.branch(), 0);
}

#[test]
fn beside_a_forecast_stands_how_often_such_bands_were_right_before_it() {
    let (heard, mut desk, at) = desk();
    desk.ask(2.0);
    let is_told = |twin: &Twin| {
        let record = twin.outlook().and_then(|outlook| outlook.record());
        record.is_some_and(|record| !record.is_busy())
    };
    desk.wait(is_told);
    let record = desk.twin.outlook().unwrap().record().unwrap();
    let Known::Told(report) = record.known() else {
        panic!("{record:?}");
    };
    // Two hours fit into the three behind the first one only once: it is asked in smaller steps.
    let horizon = Duration::from_secs_f64(report.horizon_secs);
    assert!(
        report.asked.len() >= 10 && horizon < 2 * HOUR,
        "{horizon:?}"
    );
    assert_eq!(report.all.coverage.of, report.asked.len() as u64);
    for asked in &report.asked {
        assert!(
            asked.at >= heard.from + HOUR && asked.at + horizon <= at,
            "{asked:?}"
        );
    }
    let held = |asked: &&_| {
        let asked: &twinscape::futures::backtest::Asked = asked;
        (asked.band[0]..=asked.band[2]).contains(&asked.actual)
    };
    let hits = report.asked.iter().filter(held).count() as u64;
    assert_eq!(report.all.coverage.hits, hits);
    // Where there is too little past, nothing is claimed.
    desk.give(Command::Seek(heard.from + HOUR + HOUR / 2));
    desk.ask(2.0);
    desk.wait(is_told);
    let record = desk.twin.outlook().unwrap().record().unwrap();
    assert!(
        matches!(record.known(), Known::Nothing(why) if why.contains("too little")),
        "{record:?}"
    );
}

#[test]
fn futures_are_of_the_machines_as_they_were_observed_once_that_is_accepted() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(&plant, 2, 12 * HOUR, Disturbances::None);
    // The scene believes the lathe to be half as fast as it is.
    let wrong = Change::Cycle("lathe".into(), 2.0)
        .of(&heard.plant)
        .unwrap()
        .plant;
    let mut desk = Desk {
        twin: Twin::of_recording(wrong, heard.reader.clone()),
        now: heard.to,
    };
    desk.twin.tick(desk.now);
    desk.give(Command::Seek(heard.from + 10 * HOUR));
    let accept = Command::UseParameters("lathe".into(), Parameters::Observed);
    assert!(matches!(
        desk.twin.apply(&accept),
        Err(CommandError::NotObserved(_))
    ));
    desk.ask(2.0);
    let made = |desk: &Desk| {
        let forecast = desk.twin.outlook().unwrap().cases()[0].forecast().unwrap();
        forecast.summary().kpis[0].estimate.mean
    };
    let believed = made(&desk);
    desk.give(Command::Calibrate);
    desk.wait(|twin| twin.calibration().is_some_and(|it| !it.is_busy()));
    let told = desk.twin.calibration().unwrap().told().unwrap();
    let lathe = told
        .machines
        .iter()
        .find(|it| *it.path == *"lathe")
        .unwrap();
    assert!(lathe.items.iter().any(|item| item.differs()), "{lathe:?}");
    desk.give(accept);
    desk.wait(|twin| twin.outlook().is_some_and(|outlook| !outlook.is_busy()));
    let observed = made(&desk);
    assert!(
        observed > 1.3 * believed,
        "{observed} to {believed} an hour"
    );
    // As a scenario file, it is what other simulations can be given, too.
    let file = std::path::PathBuf::from("calibrated.toml");
    let effect = desk.twin.apply(&Command::SaveCalibration(file.clone()));
    let Ok(Effect::Write(to, text)) = effect else {
        panic!("{effect:?}");
    };
    assert_eq!(to, file);
    assert!(text.contains("equipment = \"lathe\""), "{text}");
    assert_eq!(text.matches("[[change]]").count(), 1, "{text}");
    desk.give(Command::UseParameters("".into(), Parameters::Assumed));
    desk.wait(|twin| twin.outlook().is_some_and(|outlook| !outlook.is_busy()));
    assert_eq!(made(&desk), believed);
}
