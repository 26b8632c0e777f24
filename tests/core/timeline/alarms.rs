//! The alarm list at the cursor is the one that was shown then.

use std::sync::Arc;

use proptest::prelude::*;
use twinscape::command::{Command, Step};
use twinscape::ingest::Ingest;
use twinscape::model::alarm::{Alarm, Event};
use twinscape::model::{Quality, Sample, SignalId, Value};
use twinscape::source::batch::Batch;
use twinscape::timeline::alarms::AlarmsThen;
use twinscape::twin::{LiveBoard, Twin};

use crate::ingest::{Rig, SITE};
use crate::plants::{CONNECTION, PlantBuilder, at, limited};

fn rig() -> Rig {
    let mut builder = PlantBuilder::new();
    for name in ["a", "b"] {
        let specs = vec![limited("x", 0.0, 0, 0), limited("y", 0.0, 0, 0)];
        builder.equipment(name, SITE, CONNECTION, specs);
    }
    let mut rig = Rig::new(builder.build());
    rig.alive(CONNECTION, true, -1.0);
    rig
}

fn send(ingest: &mut Ingest, signal: u32, secs: f64, value: f64) {
    let mut batch = Batch::new(0, at(secs));
    batch.samples.push(Sample {
        signal: SignalId(signal),
        source_time: None,
        receive_time: at(secs),
        value: Value::Float(value),
        quality: Quality::Good,
    });
    ingest.ingest(&batch);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn wherever_the_cursor_jumps_the_list_is_the_one_of_then(
        values in prop::collection::vec((0_u32..4, -20.0..110.0_f64), 1..900),
        jumps in prop::collection::vec(0.0..1.0_f64, 1..40),
    ) {
        let mut rig = rig();
        let mut shown: Vec<Arc<[Alarm]>> = Vec::new();
        let mut last: Arc<[Alarm]> = Arc::default();
        for (&(signal, value), second) in values.iter().zip(1_u32..) {
            send(&mut rig.ingest, signal, f64::from(second), value);
            if let Some(list) = rig.ingest.take_alarms() {
                last = list;
            }
            shown.push(Arc::clone(&last));
        }
        let mut then = AlarmsThen::default();
        for jump in jumps {
            let second = ((values.len() as f64 * jump) as usize).min(values.len() - 1);
            let list = then.at(&rig.reader, at(second as f64 + 1.5));
            prop_assert_eq!(&*list, &*shown[second], "second {}", second);
        }
    }
}

#[test]
fn what_turns_bad_in_the_present_is_told_while_the_cursor_is_elsewhere() {
    let mut rig = rig();
    let board = LiveBoard::default();
    let mut twin = Twin::new(Arc::clone(&rig.plant), rig.reader.clone(), board.clone());
    send(&mut rig.ingest, 0, 0.0, 85.0);
    board.set_alarms(rig.ingest.take_alarms().unwrap());
    twin.tick(at(5.0));
    assert_eq!(twin.alarms().len(), 1);
    twin.apply(&Command::SeekBy(-2.0)).unwrap();
    assert_eq!(twin.live_news(), None, "it was known before");
    send(&mut rig.ingest, 1, 6.0, 85.0);
    send(&mut rig.ingest, 2, 7.0, 85.0);
    send(&mut rig.ingest, 2, 8.0, 50.0);
    board.set_alarms(rig.ingest.take_alarms().unwrap());
    twin.tick(at(9.0));
    assert_eq!(twin.alarms().len(), 1, "the list is still that of then");
    let news = twin.live_news().unwrap();
    assert_eq!((news.raised, news.active), (2, 1));
    assert_eq!(news.newest.signal, SignalId(2));
    twin.apply(&Command::FollowLive).unwrap();
    assert_eq!(twin.live_news(), None);
    assert_eq!(twin.alarms().len(), 3);
}

#[test]
fn an_alarm_that_was_raised_long_ago_and_ends_later_is_in_the_list() {
    let mut rig = rig();
    let hour = 3_600.0;
    for secs in 0..=100 * 720 {
        send(&mut rig.ingest, 0, f64::from(secs) * 5.0, 85.0);
    }
    send(&mut rig.ingest, 0, 100.0 * hour + 1.0, 50.0);
    let mut then = AlarmsThen::default();
    let list = then.at(&rig.reader, at(99.9 * hour));
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].cleared, None);
}

#[test]
fn an_alarm_that_stands_for_days_is_in_the_list_and_no_news() {
    let mut rig = rig();
    let hour = 3_600.0;
    for secs in 0..=100 * 720 {
        send(&mut rig.ingest, 0, f64::from(secs) * 5.0, 85.0);
    }
    let raised = rig.ingest.take_alarms().unwrap();
    let mut then = AlarmsThen::default();
    assert_eq!(then.at(&rig.reader, at(99.9 * hour)), raised);
    let news = rig.reader.events(at(1.0)..at(100.0 * hour));
    assert_eq!(news.len(), 4, "once a day");
    assert!(!news.iter().any(Event::is_news));
    let board = LiveBoard::default();
    let mut twin = Twin::new(Arc::clone(&rig.plant), rig.reader.clone(), board);
    twin.tick(at(100.0 * hour));
    twin.apply(&Command::Seek(at(99.0 * hour))).unwrap();
    twin.apply(&Command::Step(Step::PreviousEvent)).unwrap();
    assert_eq!(twin.tick(at(100.0 * hour)), raised[0].raised);
}
