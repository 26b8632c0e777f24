//! What is missed: gaps in the sequence, births, the connection itself.

use twinscape::model::{Cause, Quality, Value};
use twinscape::source::sparkplug::proto::{DataType, Metric, metric};
use twinscape::source::sparkplug::session::REBIRTH_PAUSE;
use twinscape::source::status::RejectCause;

use super::rig::{
    DBIRTH, DDATA, DEVICE, DEVICE_2, LOAD, NBIRTH, NDATA, NODE, Rig, SPEED, bd_seq, born, data,
    double,
};

fn lose_connection(rig: &mut Rig) {
    let now = rig.now();
    rig.decoder.connection_lost(now, &mut rig.intake);
}

/// topics-ndata-seq-num, payloads-ndata-seq-inc
#[test]
fn the_sequence_goes_on_at_0_after_255() {
    let mut rig = Rig::all_born();
    for turn in 0..600 {
        rig.send(NDATA, vec![data(1, double(f64::from(turn)))]);
    }
    assert_eq!(rig.values().len(), 600);
    assert_eq!(rig.rejects(), []);
}

/// payloads-nbirth-seq: a birth may begin anywhere in 0 to 255
#[test]
fn the_sequence_begins_where_the_birth_says() {
    let mut rig = Rig::new();
    rig.seq = 254;
    let load = born("load", 1, DataType::Double, Value::Float(0.0));
    rig.send(NBIRTH, vec![bd_seq(0), load]);
    rig.send(NDATA, vec![data(1, double(1.0))]);
    rig.send(NDATA, vec![data(1, double(2.0))]);
    assert_eq!(rig.rejects(), []);
}

#[test]
fn a_gap_is_counted_once_and_the_values_after_it_are_used() {
    let mut rig = Rig::all_born();
    rig.seq = 10;
    rig.send(NDATA, vec![data(1, double(1.0))]);
    rig.send(NDATA, vec![data(1, double(2.0))]);
    assert_eq!(
        rig.values(),
        [(LOAD, Value::Float(1.0)), (LOAD, Value::Float(2.0))]
    );
    assert_eq!(rig.rejects(), [(RejectCause::SequenceGap, 1)]);
    assert!(
        rig.detail(RejectCause::SequenceGap)
            .starts_with("sequence number 10 where 3 comes next")
    );
    // Unless the scene allows it, nothing is ever asked of the plant.
    assert_eq!(rig.requests, []);
}

#[test]
fn a_message_without_a_sequence_number_is_used_and_counted() {
    let mut rig = Rig::all_born();
    rig.payload(NDATA, None, vec![data(1, double(1.0))]);
    rig.payload(NDATA, Some(256), vec![data(1, double(2.0))]);
    rig.send(NDATA, vec![data(1, double(3.0))]);
    assert_eq!(rig.values().len(), 3);
    assert_eq!(rig.rejects(), [(RejectCause::Malformed, 2)]);
}

/// operational-behavior-host-reordering-rebirth, with a timeout of nothing
#[test]
fn after_a_gap_a_rebirth_is_asked_for_if_the_scene_allows_it_and_not_too_often() {
    let mut rig = Rig::asking();
    rig.births();
    for _ in 0..5 {
        rig.seq += 3;
        rig.send(NDATA, vec![data(1, double(1.0))]);
    }
    assert_eq!(rig.requests.len(), 1);
    assert_eq!(rig.requests[0].topic, "spBv1.0/Werk Süd/NCMD/line.1 (α)");
    rig.millis += REBIRTH_PAUSE.as_millis() as i64;
    rig.seq += 3;
    rig.send(NDATA, vec![data(1, double(1.0))]);
    assert_eq!(rig.requests.len(), 2);
    // The birth answers it: a later gap is a new reason.
    rig.births();
    rig.seq += 3;
    rig.send(NDATA, vec![data(1, double(1.0))]);
    assert_eq!(rig.requests.len(), 3);
}

#[test]
fn data_before_a_birth_are_used_if_they_say_name_and_type() {
    let mut rig = Rig::asking();
    let named = |name: &str, datatype, value| Metric {
        name: Some(name.into()),
        datatype,
        value: Some(value),
        ..Metric::default()
    };
    rig.payload(
        NDATA,
        Some(7),
        vec![
            named("load", Some(DataType::Double as u32), double(3.0)),
            data(1, double(9.0)),
        ],
    );
    rig.payload(
        DDATA,
        Some(8),
        // An integer without a data type may be signed or not.
        vec![named("speed", None, metric::Value::Int(u32::MAX))],
    );
    let batch = rig.intake.take(rig.now());
    let values: Vec<_> = batch
        .samples
        .iter()
        .map(|sample| (sample.signal, sample.value, sample.quality))
        .collect();
    assert_eq!(
        values,
        [
            (LOAD, Value::Float(3.0), Quality::Good),
            (SPEED, Value::Null, Quality::Bad(Cause::WrongType)),
        ]
    );
    // Who sends is alive.
    let lives: Vec<_> = batch
        .liveness
        .iter()
        .map(|(id, alive, _)| (*id, *alive))
        .collect();
    assert_eq!(lives, [(NODE, true), (DEVICE, true)]);
    assert_eq!(
        rig.rejects(),
        [
            (RejectCause::WrongType, 1),
            (RejectCause::DataBeforeBirth, 2)
        ]
    );
    assert_eq!(rig.requests.len(), 1);
}

#[test]
fn losing_the_connection_ends_every_life() {
    let mut rig = Rig::all_born();
    lose_connection(&mut rig);
    let mut lives = rig.lives();
    lives.sort_by_key(|(session, ..)| *session);
    let now = rig.now();
    assert_eq!(
        lives,
        [
            (NODE, false, now),
            (DEVICE, false, now),
            (DEVICE_2, false, now)
        ]
    );
    lose_connection(&mut rig);
    assert_eq!(rig.lives(), []);
}

#[test]
fn a_node_that_continues_its_sequence_after_a_lost_connection_goes_on() {
    let mut rig = Rig::all_born();
    lose_connection(&mut rig);
    rig.samples();
    rig.send(DDATA, vec![data(3, metric::Value::Int(5))]);
    let batch = rig.intake.take(rig.now());
    assert_eq!(batch.liveness.len(), 3);
    assert!(batch.liveness.iter().all(|(_, is_alive, _)| *is_alive));
    assert_eq!(batch.samples[0].quality, Quality::Good);
    assert_eq!(rig.rejects(), []);
}

#[test]
fn after_a_missed_birth_old_aliases_are_in_doubt_and_names_are_not() {
    let mut rig = Rig::all_born();
    lose_connection(&mut rig);
    rig.lives();
    rig.seq = 100;
    rig.send(
        DDATA,
        vec![
            data(3, metric::Value::Int(5)),
            Metric {
                name: Some("speed".into()),
                ..data(3, metric::Value::Int(6))
            },
        ],
    );
    let samples = rig.samples();
    assert_eq!(samples[0].quality, Quality::Uncertain(Cause::BirthMissed));
    assert_eq!(samples[1].quality, Quality::Good);
    rig.births();
    rig.send(DDATA, vec![data(3, metric::Value::Int(7))]);
    assert_eq!(rig.samples()[0].quality, Quality::Good);
}

#[test]
fn a_birth_of_a_device_whose_nodes_birth_was_missed_is_used() {
    let mut rig = Rig::new();
    rig.seq = 40;
    rig.device_birth();
    rig.send(DDATA, vec![data(3, metric::Value::Int(5))]);
    let samples = rig.samples();
    assert_eq!(samples.len(), 3);
    assert_eq!(samples[2].value, Value::Integer(5));
    assert_eq!(samples[2].quality, Quality::Good);
}

#[test]
fn the_death_of_a_node_whose_birth_was_missed_is_not_final() {
    let mut rig = Rig::all_born();
    lose_connection(&mut rig);
    rig.seq = 77;
    rig.send(NDATA, vec![data(1, double(1.0))]);
    rig.lives();
    // It may be the will of the life before: the node goes on sending.
    rig.death(0);
    assert_eq!(rig.lives(), [(NODE, false, rig.now())]);
    rig.send(NDATA, vec![data(1, double(2.0))]);
    assert_eq!(rig.lives(), [(NODE, true, rig.now())]);
}

#[test]
fn a_device_born_in_a_missed_life_of_its_node_is_found_again() {
    let mut rig = Rig::new();
    rig.seq = 40;
    rig.device_birth();
    lose_connection(&mut rig);
    rig.lives();
    rig.device_birth();
    assert!(rig.lives().contains(&(DEVICE, true, rig.now())));
    rig.send(
        DBIRTH,
        vec![born("speed", 8, DataType::Int32, Value::Integer(1))],
    );
    assert_eq!(rig.lives(), [(DEVICE, true, rig.now())]);
}
