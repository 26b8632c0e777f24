//! Births: names, aliases, data types, and the values they carry.

use twinscape::model::{Cause, Quality, Value};
use twinscape::source::sparkplug::proto::{DataType, Metric, PropertySet, metric};
use twinscape::source::status::RejectCause;

use super::rig::{
    COUNT, DBIRTH, DDATA, DDATA_2, DEVICE, LOAD, MODE, NBIRTH, NDATA, NODE, Rig, SPEED, SPEED_2,
    TEMPERATURE, at, bd_seq, born, data, double, text,
};

/// topics-nbirth-metrics, topics-dbirth-metrics, payloads-nbirth-timestamp
#[test]
fn a_birth_begins_a_life_and_its_values_are_samples() {
    let mut rig = Rig::new();
    rig.node_birth(0);
    let samples = rig.samples();
    assert_eq!(samples.len(), 2);
    assert_eq!(samples[0].signal, LOAD);
    assert_eq!(samples[0].value, Value::Float(10.0));
    assert_eq!(samples[0].quality, Quality::Good);
    // Without a time of its own a metric has that of its message.
    assert_eq!(samples[0].source_time, Some(at(1)));
    assert_eq!(samples[0].receive_time, at(1));
    assert_eq!(samples[1].value, text("auto"));

    rig.device_birth();
    assert_eq!(rig.lives(), [(DEVICE, true, at(2))]);
    assert_eq!(rig.rejects(), []);
}

#[test]
fn the_life_begins_no_later_than_the_values_of_its_birth() {
    let mut rig = Rig::new();
    rig.node_birth(0);
    assert_eq!(rig.lives(), [(NODE, true, at(1))]);
}

/// payloads-alias-birth-requirement, payloads-alias-data-cmd-requirement,
/// payloads-metric-datatype-not-req
#[test]
fn data_by_alias_have_the_data_type_of_the_birth() {
    let mut rig = Rig::all_born();
    rig.send(NDATA, vec![data(1, double(55.5))]);
    rig.send(DDATA, vec![data(3, metric::Value::Int((-5_i32) as u32))]);
    rig.send(DDATA_2, vec![data(6, metric::Value::Long(u64::MAX))]);
    assert_eq!(
        rig.values(),
        [
            (LOAD, Value::Float(55.5)),
            (SPEED, Value::Integer(-5)),
            (COUNT, Value::Unsigned(u64::MAX)),
        ]
    );
    assert_eq!(rig.rejects(), []);
}

/// payloads-name-requirement
#[test]
fn data_by_name_need_no_alias() {
    let mut rig = Rig::new();
    rig.seq = 0;
    let nameless = |metric| Metric {
        alias: None,
        ..metric
    };
    rig.send(
        NBIRTH,
        vec![
            bd_seq(0),
            nameless(born("load", 0, DataType::Double, Value::Float(1.0))),
        ],
    );
    rig.send(
        NDATA,
        vec![Metric {
            name: Some("load".into()),
            value: Some(double(2.0)),
            ..Metric::default()
        }],
    );
    assert_eq!(
        rig.values(),
        [(LOAD, Value::Float(1.0)), (LOAD, Value::Float(2.0))]
    );
}

#[test]
fn an_alias_of_no_birth_is_counted_and_the_rest_is_used() {
    let mut rig = Rig::all_born();
    rig.send(NDATA, vec![data(77, double(1.0)), data(1, double(2.0))]);
    assert_eq!(rig.values(), [(LOAD, Value::Float(2.0))]);
    assert_eq!(rig.rejects(), [(RejectCause::UnknownAlias, 1)]);
    assert!(rig.detail(RejectCause::UnknownAlias).contains("77"));
}

#[test]
fn aliases_of_one_device_mean_nothing_for_another() {
    let mut rig = Rig::all_born();
    rig.send(DDATA, vec![data(5, metric::Value::Int(1))]);
    assert_eq!(rig.values(), []);
    assert_eq!(rig.rejects(), [(RejectCause::UnknownAlias, 1)]);
}

#[test]
fn huge_aliases_are_as_good_as_small_ones() {
    let speed = born("speed", u64::MAX, DataType::Int32, Value::Integer(1));
    let mut rig = Rig::with_device(vec![speed]);
    rig.samples();
    rig.send(DDATA, vec![data(u64::MAX, metric::Value::Int(9))]);
    assert_eq!(rig.values(), [(SPEED, Value::Integer(9))]);
}

/// payloads-alias-uniqueness
#[test]
fn of_two_metrics_with_one_alias_the_first_has_it() {
    let mut rig = Rig::with_device(vec![
        born("speed", 3, DataType::Int32, Value::Integer(1)),
        born("temperature", 3, DataType::Float, Value::Float(2.0)),
    ]);
    assert_eq!(rig.rejects(), [(RejectCause::Malformed, 1)]);
    rig.samples();
    rig.send(DDATA, vec![data(3, metric::Value::Int(4))]);
    assert_eq!(rig.values(), [(SPEED, Value::Integer(4))]);
}

#[test]
fn a_new_birth_may_deal_aliases_and_types_anew() {
    let mut rig = Rig::all_born();
    rig.node_birth(0);
    rig.send(
        DBIRTH,
        vec![
            born("temperature", 3, DataType::Double, Value::Float(1.5)),
            born("speed", 4, DataType::UInt16, Value::Integer(40_000)),
        ],
    );
    rig.samples();
    rig.send(
        DDATA,
        vec![data(3, double(2.5)), data(4, metric::Value::Int(50_000))],
    );
    assert_eq!(
        rig.values(),
        [
            (TEMPERATURE, Value::Float(2.5)),
            (SPEED, Value::Integer(50_000)),
        ]
    );
    assert_eq!(rig.rejects(), []);
}

#[test]
fn a_changed_data_type_is_noted_in_the_log() {
    let mut rig = Rig::all_born();
    rig.send(
        DBIRTH,
        vec![born("speed", 3, DataType::Double, Value::Float(1.5))],
    );
    let batch = rig.intake.take(rig.now());
    let [(time, note)] = &batch.notes[..] else {
        panic!("{:?}", batch.notes);
    };
    assert_eq!(*time, rig.now());
    assert!(
        note.contains("speed") && note.contains("Int32") && note.contains("Double"),
        "{note}"
    );
}

/// A birth repeats values that have not changed since: they count as received again.
#[test]
fn a_rebirth_confirms_values_that_have_not_changed() {
    let mut rig = Rig::new();
    let unchanged = Metric {
        timestamp: Some(super::rig::START_MS - 60_000),
        ..born("load", 1, DataType::Double, Value::Float(10.0))
    };
    for number in 0..2 {
        rig.seq = 0;
        rig.send(NBIRTH, vec![bd_seq(number), unchanged.clone()]);
    }
    let samples = rig.samples();
    assert_eq!(samples.len(), 2);
    assert_eq!(samples[0].source_time, samples[1].source_time);
    assert_eq!(samples[1].receive_time, at(2));
    assert_eq!(rig.rejects(), []);
}

#[test]
fn a_birth_in_another_unit_than_the_scene_makes_no_wrong_value() {
    let mut rig = Rig::new();
    rig.node_birth(0);
    let fahrenheit = Metric {
        properties: Some(PropertySet::default().unit("°F")),
        ..born("temperature", 4, DataType::Float, Value::Float(212.0))
    };
    rig.samples();
    rig.send(DBIRTH, vec![fahrenheit]);
    rig.send(DDATA, vec![data(4, metric::Value::Float(213.0))]);
    for sample in rig.samples() {
        assert_eq!(sample.quality, Quality::Bad(Cause::WrongType));
    }
    let detail = rig.detail(RejectCause::WrongType);
    assert!(
        detail.contains("temperature is sent in °F, the scene says °C"),
        "{detail}"
    );
}

#[test]
fn a_metric_nobody_has_bound_is_listed_with_its_value() {
    let mut rig = Rig::with_device(vec![
        born("speed", 3, DataType::Int32, Value::Integer(1)),
        born("coolant/flow", 9, DataType::Double, Value::Float(12.5)),
        born(
            "Device Control/Reboot",
            10,
            DataType::Boolean,
            Value::Boolean(false),
        ),
    ]);
    rig.send(DDATA, vec![data(9, double(13.0))]);
    let status = rig.status();
    assert_eq!(status.unmapped.len(), 1, "{:?}", status.unmapped);
    assert_eq!(&*status.unmapped[0].topic, format!("{DBIRTH} coolant/flow"));
    assert_eq!(&*status.unmapped[0].sample, "12.5");
    assert_eq!(rig.rejects(), []);
}

#[test]
fn a_device_nobody_has_bound_is_listed_and_its_messages_count_in_the_sequence() {
    let mut rig = Rig::all_born();
    let stranger = "spBv1.0/Werk Süd/DBIRTH/line.1 (α)/robot";
    rig.send(
        stranger,
        vec![born("joint 1", 20, DataType::Double, Value::Float(0.5))],
    );
    rig.send(NDATA, vec![data(1, double(3.0))]);
    assert_eq!(rig.values(), [(LOAD, Value::Float(3.0))]);
    assert_eq!(rig.rejects(), []);
    assert_eq!(
        &*rig.status().unmapped[0].topic,
        format!("{stranger} joint 1")
    );
}

#[test]
fn a_node_nobody_has_bound_is_listed() {
    let mut rig = Rig::new();
    rig.send(
        "spBv1.0/Werk Süd/NBIRTH/line.9",
        vec![
            bd_seq(0),
            born("power", 1, DataType::Double, Value::Float(4.0)),
        ],
    );
    rig.send("spBv1.0/Werk Süd/NDATA/line.9", vec![data(1, double(5.0))]);
    let status = rig.status();
    let topics: Vec<&str> = status.unmapped.iter().map(|topic| &*topic.topic).collect();
    assert_eq!(
        topics,
        [
            "spBv1.0/Werk Süd/NDATA/line.9",
            "spBv1.0/Werk Süd/NBIRTH/line.9 power"
        ]
    );
    assert_eq!(rig.samples(), []);
}

#[test]
fn a_retained_birth_teaches_aliases_but_begins_no_life() {
    use prost::Message as _;
    use twinscape::source::sparkplug::proto::Payload;
    let mut rig = Rig::new();
    let payload = Payload {
        timestamp: Some(super::rig::START_MS),
        seq: Some(0),
        metrics: vec![
            bd_seq(0),
            born("load", 1, DataType::Double, Value::Float(1.0)),
        ],
        ..Payload::default()
    };
    rig.bytes(NBIRTH, &payload.encode_to_vec(), true);
    assert!(rig.intake.is_empty());
    rig.payload(NDATA, Some(9), vec![data(1, double(2.0))]);
    let samples = rig.samples();
    assert_eq!(samples[0].signal, LOAD);
    assert_eq!(samples[0].quality, Quality::Uncertain(Cause::BirthMissed));
}

/// payloads-sequence-num-always-included; both devices and the node share one sequence.
#[test]
fn a_whole_birth_sequence_reaches_every_signal() {
    let mut rig = Rig::new();
    rig.node_birth(3);
    rig.device_birth();
    rig.device_2_birth();
    let signals: Vec<_> = rig.samples().iter().map(|sample| sample.signal).collect();
    assert_eq!(signals, [LOAD, MODE, SPEED, TEMPERATURE, SPEED_2, COUNT]);
    assert_eq!(rig.rejects(), []);
}
