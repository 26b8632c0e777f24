//! The plant at the cursor: whatever way it is reached, and while the present goes on.

use std::sync::Arc;

use proptest::prelude::*;
use twinscape::command::{Command, Direction};
use twinscape::model::{Freshness, OperatingState, Snapshot, Value};
use twinscape::state;
use twinscape::twin::{LiveBoard, Mode, Twin, ViewCursor};

use super::{Desk, FIRST, plant};
use crate::ingest::Rig;
use crate::plants::{CONNECTION, at, by_exception, real};

/// What a view shows that comes there by one jump.
fn jump(twin: &Twin, to: twinscape::model::Timestamp) -> Snapshot {
    let mut snapshot = Snapshot::new(twin.plant());
    twin.advance(&mut snapshot, &mut ViewCursor::default(), to);
    snapshot
}

fn same(a: &Snapshot, b: &Snapshot) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.time, b.time);
    prop_assert_eq!(&a.values, &b.values);
    prop_assert_eq!(&a.times, &b.times);
    prop_assert_eq!(&a.freshness, &b.freshness);
    prop_assert_eq!(&a.states, &b.states);
    prop_assert_eq!(&a.state_since, &b.state_since);
    prop_assert_eq!(&a.health, &b.health);
    Ok(())
}

#[derive(Clone, Debug)]
enum Happens {
    Asked(Command),
    /// Signal, how long after now it is dated, whether it is a state.
    Arrives(u32, f64),
    Session(bool),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => (0_u32..9, -30.0..15.0_f64).prop_map(|(signal, ahead)| Happens::Arrives(signal, ahead)),
        1 => any::<bool>().prop_map(Happens::Session),
        1 => (-60.0..60.0_f64).prop_map(|by| Happens::Asked(Command::SeekBy(by))),
        1 => Just(Happens::Asked(Command::Shuttle(Direction::Forward))),
        1 => Just(Happens::Asked(Command::Shuttle(Direction::Backward))),
        1 => Just(Happens::Asked(Command::Pause)),
        1 => Just(Happens::Asked(Command::FollowLive)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn playing_jumping_and_arrivals_late_or_dated_ahead_show_what_one_jump_shows(
        steps in prop::collection::vec((happens(), 0.0..12.0_f64), 1..80)
    ) {
        let mut desk = Desk::recorded(30);
        let mut snapshot = Snapshot::new(&desk.plant);
        let mut cursor = ViewCursor::default();
        let mut now = 30.0;
        for (step, wait) in steps {
            match step {
                Happens::Asked(command) => {
                    desk.give(command).unwrap();
                }
                Happens::Arrives(signal, ahead) if signal < 6 => {
                    desk.value(signal, now + ahead, now);
                }
                Happens::Arrives(signal, ahead) => {
                    let state = OperatingState::ALL[(now as usize) % OperatingState::COUNT];
                    desk.state(twinscape::model::EquipmentId(signal - 6), now + ahead, state);
                }
                Happens::Session(is_alive) => {
                    let signal = desk.plant.session_signal(CONNECTION);
                    desk.put(signal, now, Value::Boolean(is_alive));
                }
            }
            now += wait;
            let shown = desk.twin.tick(at(now));
            desk.twin.advance(&mut snapshot, &mut cursor, shown);
            same(&snapshot, &jump(&desk.twin, shown))?;
        }
    }
}

#[test]
fn a_value_is_stale_where_it_was_stale_then_and_a_gap_is_never_bridged() {
    let mut rig = Rig::machine(vec![real("x"), by_exception(real("y"))]);
    for secs in 0..20 {
        rig.send(0, f64::from(secs), 1.0);
    }
    rig.send(1, 0.0, 1.0);
    rig.alive(CONNECTION, false, 25.0);
    rig.alive(CONNECTION, true, 90.0);
    for secs in 90..120 {
        rig.send(0, f64::from(secs), 2.0);
    }
    rig.send(1, 91.0, 2.0);
    let mut twin = Twin::new(
        Arc::clone(&rig.plant),
        rig.reader.clone(),
        LiveBoard::default(),
    );
    twin.tick(at(120.0));
    let mut snapshot = Snapshot::new(&rig.plant);
    let mut cursor = ViewCursor::default();
    let mut fresh = |twin: &mut Twin, secs: f64| {
        twin.apply(&Command::Seek(at(secs))).unwrap();
        let shown = twin.tick(at(120.0));
        twin.advance(&mut snapshot, &mut cursor, shown);
        [0, 1].map(|at| snapshot.freshness[at] == Freshness::Fresh)
    };
    assert_eq!(fresh(&mut twin, 24.9), [true, true]);
    assert_eq!(
        fresh(&mut twin, 28.0),
        [true, false],
        "its connection was dead"
    );
    assert_eq!(fresh(&mut twin, 60.0), [false, false]);
    assert_eq!(fresh(&mut twin, 90.5), [true, false]);
    assert_eq!(fresh(&mut twin, 100.0), [true, true]);
    assert_eq!(fresh(&mut twin, 60.0), [false, false], "back into the gap");
}

#[test]
fn the_state_says_where_the_cursor_is_and_what_the_plant_was_then() {
    let mut desk = Desk::recorded(100);
    desk.state(FIRST, 10.0, OperatingState::Held);
    desk.state(FIRST, 50.0, OperatingState::Execute);
    desk.give(Command::Seek(at(20.0))).unwrap();
    desk.give(Command::SelectRange([at(5.0), at(20.0)]))
        .unwrap();
    desk.give(Command::Select("first".into())).unwrap();
    desk.give(Command::PinSignal("first/x".into())).unwrap();
    let shown = desk.twin.tick(at(100.0));
    assert_eq!(desk.twin.mode(), Mode::Replay);
    let json =
        serde_json::to_value(state::report(&desk.twin, &jump(&desk.twin, shown), None)).unwrap();
    assert_eq!(json["mode"], "replay");
    assert_eq!(json["time"], json["timeline"]["cursor"]);
    assert_eq!(json["timeline"]["state"], "paused");
    assert_eq!(json["timeline"]["selection"]["to"], "2026-03-01T10:15:20Z");
    assert_eq!(json["timeline"]["pins"][0], "first/x");
    assert_eq!(json["equipment"][0]["state"], "held");
    assert_eq!(json["equipment"][0]["signals"]["x"]["value"], 20.0);
    let statistics = &json["timeline"]["statistics"];
    let x = &statistics["signals"][0];
    let told = ["count", "min", "max", "mean", "last"].map(|name| x[name].as_f64());
    assert_eq!(told, [15.0, 5.0, 19.0, 12.0, 19.0].map(Some));
    assert_eq!(statistics["states"][0], serde_json::json!(["held", 10.0]));
}

#[test]
fn a_plant_without_anything_has_a_timeline_all_the_same() {
    let plant = plant();
    let (_, reader) = twinscape::history::in_memory(&plant);
    let mut twin = Twin::new(Arc::clone(&plant), reader, LiveBoard::default());
    twin.tick(at(0.0));
    twin.apply(&Command::SeekBy(-100.0)).unwrap();
    twin.tick(at(1.0));
    assert_eq!(twin.timeline().recorded(), None);
    assert!(twin.alarms().is_empty());
}
