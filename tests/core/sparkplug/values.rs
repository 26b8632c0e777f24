//! Values of every type as they reach the history, with quality and time.

use twinscape::model::connection::{Binding, Rebirth};
use twinscape::model::{Cause, Quality, SignalId, Value};
use twinscape::source::sparkplug::proto::{DataType, Metric, PropertySet, metric};
use twinscape::source::status::RejectCause;

use super::rig::{
    LOAD, MODE, NBIRTH, NDATA, NODE, Rig, START_MS, at, bd_seq, born, data, double, plant, signal,
    text,
};

/// Sends `value` as `datatype` in a birth and in data; both must read the same.
fn there_and_back(datatype: DataType, value: Value) {
    let mut rig = Rig::new();
    rig.seq = 0;
    let birth = born("mode", 2, datatype, value);
    let again = Metric {
        name: None,
        datatype: None,
        ..birth.clone()
    };
    rig.send(NBIRTH, vec![bd_seq(0), birth]);
    rig.send(NDATA, vec![again]);
    let samples = rig.samples();
    assert_eq!(samples.len(), 2, "{datatype:?} {value}");
    for sample in samples {
        assert!(
            sample.value.same(value),
            "{datatype:?}: {} for {value}",
            sample.value
        );
    }
}

/// payloads-metric-datatype-value, payloads-metric-datatype-req
#[test]
fn every_scalar_type_arrives_as_it_was_sent() {
    let signed = [
        (DataType::Int8, i64::from(i8::MIN), i64::from(i8::MAX)),
        (DataType::Int16, i64::from(i16::MIN), i64::from(i16::MAX)),
        (DataType::Int32, i64::from(i32::MIN), i64::from(i32::MAX)),
        (DataType::Int64, i64::MIN, i64::MAX),
        (DataType::UInt8, 0, i64::from(u8::MAX)),
        (DataType::UInt16, 0, i64::from(u16::MAX)),
        (DataType::UInt32, 0, i64::from(u32::MAX)),
        (DataType::DateTime, 0, START_MS as i64),
    ];
    for (datatype, low, high) in signed {
        for value in [low, -1, 0, 1, high]
            .into_iter()
            .filter(|value| *value >= low)
        {
            there_and_back(datatype, Value::Integer(value));
        }
    }
    there_and_back(DataType::UInt64, Value::Unsigned(u64::MAX));
    for value in [0.0, -0.5, f64::MAX, f64::NAN, f64::NEG_INFINITY] {
        there_and_back(DataType::Double, Value::Float(value));
    }
    there_and_back(DataType::Float, Value::Float(f64::from(0.1_f32)));
    for value in [false, true] {
        there_and_back(DataType::Boolean, Value::Boolean(value));
    }
    for datatype in [DataType::String, DataType::Text, DataType::Uuid] {
        there_and_back(datatype, text("Müller/µm ✓"));
    }
}

/// operational-behavior-data-publish-nbirth-values
#[test]
fn null_is_a_sample_without_a_value() {
    let mut rig = Rig::all_born();
    rig.send(
        NDATA,
        vec![Metric {
            alias: Some(1),
            is_null: Some(true),
            ..Metric::default()
        }],
    );
    let samples = rig.samples();
    assert_eq!(samples[0].value, Value::Null);
    assert_eq!(samples[0].quality, Quality::Bad(Cause::NoValue));
    assert_eq!(rig.rejects(), []);
}

#[test]
fn a_number_that_is_not_finite_is_kept_and_bad() {
    let mut rig = Rig::all_born();
    rig.send(NDATA, vec![data(1, double(f64::NAN))]);
    assert_eq!(rig.samples()[0].quality, Quality::Bad(Cause::NotFinite));
}

/// payloads-propertyset-quality-value-value
#[test]
fn the_quality_property_is_the_samples_quality() {
    let mut rig = Rig::all_born();
    for (code, expected) in [
        (192, Quality::Good),
        (0, Quality::Bad(Cause::Reported)),
        (500, Quality::Bad(Cause::NotConnected)),
    ] {
        let metric = Metric {
            properties: Some(PropertySet::default().quality(code)),
            ..data(1, double(f64::from(code)))
        };
        rig.send(NDATA, vec![metric]);
        assert_eq!(rig.samples()[0].quality, expected, "{code}");
    }
}

#[test]
fn a_metric_that_two_signals_are_bound_to_feeds_both() {
    let mut plant = plant(Rebirth::Never, None);
    let twice = Binding {
        signal: SignalId(plant.signals.len() as u32),
        ..plant.bindings[LOAD.index()].clone()
    };
    plant.signals.push(signal("load", "%", NODE));
    let both = [LOAD, twice.signal];
    plant.bindings.push(twice);
    let mut rig = Rig::of(&plant);
    rig.node_birth(0);
    rig.samples();
    rig.send(NDATA, vec![data(1, double(61.5))]);
    let mut fed: Vec<_> = rig
        .samples()
        .iter()
        .map(|one| (one.signal, one.value))
        .collect();
    fed.sort_by_key(|(signal, _)| *signal);
    assert_eq!(fed, both.map(|signal| (signal, Value::Float(61.5))));
}

/// payloads-metric-timestamp-in-UTC
#[test]
fn a_metrics_own_time_comes_before_that_of_its_message() {
    let mut rig = Rig::all_born();
    let metric = Metric {
        timestamp: Some(START_MS - 250),
        ..data(1, double(1.0))
    };
    rig.send(
        NDATA,
        vec![metric, data(2, metric::Value::String("manual".into()))],
    );
    let samples = rig.samples();
    assert_eq!(samples[0].source_time, Some(at(-250)));
    assert_eq!(samples[1].source_time, Some(rig.now()));
}

#[test]
fn a_time_beyond_all_reason_is_far_away_but_no_overflow() {
    let mut rig = Rig::all_born();
    let metric = Metric {
        timestamp: Some(u64::MAX),
        ..data(1, double(1.0))
    };
    rig.send(NDATA, vec![metric]);
    assert_eq!(rig.samples().len(), 1);
    assert_eq!(rig.rejects(), [(RejectCause::FutureTime, 1)]);
}

#[test]
fn historical_values_are_samples_of_their_time_and_not_out_of_order() {
    let mut rig = Rig::all_born();
    rig.send(NDATA, vec![data(1, double(50.0))]);
    let old = |millis, value| Metric {
        timestamp: Some(START_MS - millis),
        is_historical: Some(true),
        ..data(1, double(value))
    };
    rig.send(NDATA, vec![old(2000, 1.0), old(1000, 2.0)]);
    let batch = rig.intake.take(rig.now());
    let samples: Vec<_> = batch
        .samples
        .iter()
        .map(|sample| (sample.source_time, sample.value))
        .collect();
    assert_eq!(
        samples,
        [
            (Some(at(4)), Value::Float(50.0)),
            (Some(at(-2000)), Value::Float(1.0)),
            (Some(at(-1000)), Value::Float(2.0)),
        ]
    );
    assert_eq!(rig.rejects(), []);
}

#[test]
fn a_historical_value_without_a_time_has_no_place_and_is_refused() {
    let mut rig = Rig::all_born();
    let metric = Metric {
        is_historical: Some(true),
        ..data(1, double(1.0))
    };
    rig.send(NDATA, vec![metric, data(1, double(2.0))]);
    assert_eq!(rig.values(), [(LOAD, Value::Float(2.0))]);
    assert_eq!(rig.rejects(), [(RejectCause::Malformed, 1)]);
}

/// The value before is no longer true, whatever the new one is.
#[test]
fn a_value_that_cannot_be_used_takes_the_place_of_the_one_before() {
    for (value, cause) in [
        (metric::Value::Int(1), RejectCause::WrongType),
        (metric::Value::Bytes(vec![1, 2]), RejectCause::WrongType),
    ] {
        let mut rig = Rig::all_born();
        rig.send(
            NDATA,
            vec![
                data(1, value),
                data(2, metric::Value::String("manual".into())),
            ],
        );
        let samples = rig.samples();
        assert_eq!(samples[0].signal, LOAD);
        assert_eq!(samples[0].value, Value::Null);
        assert_eq!(samples[0].quality, Quality::Bad(Cause::WrongType));
        assert_eq!(
            (samples[1].signal, samples[1].value),
            (MODE, text("manual"))
        );
        assert_eq!(rig.rejects(), [(cause, 1)]);
    }
}

#[test]
fn a_value_of_another_type_than_the_scene_says_is_passed_on_and_counted() {
    let mut rig = Rig::all_born();
    rig.send(
        NDATA,
        vec![Metric {
            datatype: Some(DataType::String as u32),
            ..data(1, metric::Value::String("much".into()))
        }],
    );
    assert_eq!(rig.values(), [(LOAD, text("much"))]);
    assert_eq!(rig.rejects(), [(RejectCause::WrongType, 1)]);
    let detail = rig.detail(RejectCause::WrongType);
    assert!(detail.starts_with("alias 1 is no number: much"), "{detail}");
}

#[test]
fn an_array_bound_to_a_signal_is_unsupported_and_says_so() {
    let mut rig = Rig::new();
    rig.seq = 0;
    let array = Metric {
        name: Some("load".into()),
        alias: Some(1),
        datatype: Some(DataType::DoubleArray as u32),
        value: Some(metric::Value::Bytes(vec![0; 16])),
        ..Metric::default()
    };
    let mode = born("mode", 2, DataType::String, text("auto"));
    rig.send(NBIRTH, vec![bd_seq(0), array, mode]);
    assert_eq!(rig.values(), [(LOAD, Value::Null), (MODE, text("auto"))]);
    assert_eq!(rig.rejects(), [(RejectCause::Unsupported, 1)]);
    let detail = rig.detail(RejectCause::Unsupported);
    assert!(
        detail.starts_with("load: a DoubleArray carries no single value"),
        "{detail}"
    );
}

#[test]
fn a_compressed_payload_is_named_as_such() {
    use prost::Message as _;
    use twinscape::source::sparkplug::proto::Payload;
    let mut rig = Rig::all_born();
    let payload = Payload {
        uuid: Some("SPBV1.0_COMPRESSED".into()),
        body: Some(vec![1, 2, 3]),
        ..Payload::default()
    };
    rig.bytes(NDATA, &payload.encode_to_vec(), false);
    assert_eq!(rig.rejects(), [(RejectCause::Unsupported, 1)]);
    assert!(
        rig.detail(RejectCause::Unsupported)
            .contains("switch compression off")
    );
}
