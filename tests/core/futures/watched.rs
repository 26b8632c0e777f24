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
