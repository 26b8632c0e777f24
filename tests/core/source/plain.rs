//! Plain topics through a real mosquitto.

use twinscape::model::connection::MqttVersion;
use twinscape::model::{Cause, Quality, Text, Timestamp, Value};
use twinscape::source::status::RejectCause;

use super::listener::Listener;
use super::plant::{bare, bound, connection, json, signal};
use crate::broker::{Broker, is_installed};

#[test]
fn bare_values_arrive_as_their_signals_declare_them() {
    if !is_installed() {
        return;
    }
    let broker = Broker::open();
    let plant = bound(connection(&broker.url()), bare());
    let ids = ["temperature", "count", "running", "state"].map(|name| signal(&plant, "m1", name));
    let mut listener = Listener::connected(plant);
    broker.publish("plant/m1/temperature", "23.25");
    broker.publish("plant/m1/count", "9007199254740993");
    broker.publish("plant/m1/running", "on");
    broker.publish("plant/m1/state", "EXECUTE");
    let samples = listener.samples(4).to_vec();
    let expected = [
        Value::Float(23.25),
        Value::Integer(9_007_199_254_740_993),
        Value::Boolean(true),
        Value::Text(Text::new("EXECUTE")),
    ];
    for (id, value) in ids.into_iter().zip(expected) {
        assert_eq!(listener.values(id), [value]);
    }
    assert!(samples.iter().all(|sample| sample.quality == Quality::Good));
    assert!(samples.iter().all(|sample| sample.source_time.is_none()));
}

#[test]
fn json_over_mqtt_5_carries_time_and_quality() {
    if !is_installed() {
        return;
    }
    let broker = Broker::open();
    let mut description = connection(&broker.url());
    description.version = MqttVersion::V5;
    let plant = bound(description, json("plant/{equipment}/{signal}", "/v"));
    let mut listener = Listener::connected(plant);
    let now = listener.status().connected_since.unwrap();
    let seconds = now.as_nanos() / 1_000_000_000;
    let send = |rest: &str| broker.publish("plant/m2/temperature", rest);
    send(&format!(r#"{{"v":1.5,"t":{seconds}.125,"q":192}}"#));
    send(&format!(r#"{{"q":"bad","t":"{now}","v":2.5}}"#));
    send(r#"{"v":null,"extra":[{"v":9}]}"#);
    let samples = listener.samples(3);
    let at = Timestamp::from_nanos(seconds * 1_000_000_000 + 125_000_000);
    assert_eq!(samples[0].source_time, Some(at));
    assert_eq!(samples[0].quality, Quality::Good);
    assert_eq!(samples[1].source_time, Some(now));
    assert_eq!(samples[1].quality, Quality::Bad(Cause::Reported));
    assert_eq!(samples[2].value, Value::Null);
    assert_eq!(samples[2].quality, Quality::Bad(Cause::NoValue));
}

#[test]
fn one_message_carries_many_signals() {
    if !is_installed() {
        return;
    }
    let broker = Broker::open();
    let map = json("plant/{equipment}", "/data/{signal}");
    let plant = bound(connection(&broker.url()), map);
    let ids = ["temperature", "count", "state"].map(|name| signal(&plant, "m2", name));
    let mut listener = Listener::connected(plant);
    broker.publish(
        "plant/m2",
        r#"{"data":{"state":"IDLE","count":18446744073709551615,"other":1,"temperature":-4e-3}}"#,
    );
    listener.samples(3);
    let expected = [
        Value::Float(-0.004),
        Value::Unsigned(u64::MAX),
        Value::Text(Text::new("IDLE")),
    ];
    for (id, value) in ids.into_iter().zip(expected) {
        assert_eq!(listener.values(id), [value]);
    }
    assert_eq!(listener.samples.len(), 3);
}

#[test]
fn a_retained_value_without_a_time_has_unknown_age() {
    if !is_installed() {
        return;
    }
    let broker = Broker::open();
    broker.retain("plant/m1/temperature", "40");
    let plant = bound(connection(&broker.url()), bare());
    let mut listener = Listener::connected(plant);
    assert_eq!(
        listener.samples(1)[0].quality,
        Quality::Uncertain(Cause::UnknownAge)
    );
    broker.publish("plant/m1/temperature", "41");
    assert_eq!(listener.samples(2)[1].quality, Quality::Good);
}

#[test]
fn a_retained_value_with_a_time_is_as_old_as_it_says() {
    if !is_installed() {
        return;
    }
    let broker = Broker::open();
    broker.retain(
        "plant/m1/temperature",
        r#"{"v":40,"t":"2026-01-01T00:00:00Z"}"#,
    );
    let plant = bound(
        connection(&broker.url()),
        json("plant/{equipment}/{signal}", "/v"),
    );
    let mut listener = Listener::connected(plant);
    let sample = listener.samples(1)[0];
    assert_eq!(sample.quality, Quality::Good);
    assert_eq!(sample.source_time, "2026-01-01T00:00:00Z".parse().ok());
    let late = listener.rejects(RejectCause::PastTime, 1);
    assert_eq!(&*late.last_topic, "plant/m1/temperature");
}

#[test]
fn what_nobody_has_bound_is_listed_and_what_is_malformed_is_counted() {
    if !is_installed() {
        return;
    }
    let broker = Broker::open();
    let map = json("plant/{equipment}/{signal}", "/v");
    let mut listener = Listener::connected(bound(connection(&broker.url()), map));
    broker.publish("plant/m9/temperature", r#"{"v":1}"#);
    broker.publish("plant/m1/temperature", r#"{"v":1"#);
    broker.publish("plant/m1/temperature", r#"{"w":1}"#);
    broker.publish("plant/m1/temperature", r#"{"v":[1]}"#);
    broker.publish(
        "plant/m1/temperature",
        &format!(r#"{{"v":1,"pad":"{}"}}"#, "x".repeat(70_000)),
    );
    broker.publish(
        "plant/m1/temperature",
        r#"{"v":7,"t":"2026-01-02T00:00:00Z"}"#,
    );
    broker.publish(
        "plant/m1/temperature",
        r#"{"v":7,"t":"2026-01-02T00:00:00Z"}"#,
    );
    broker.publish(
        "plant/m1/temperature",
        r#"{"v":8,"t":"2026-01-01T00:00:00Z"}"#,
    );
    broker.publish(
        "plant/m1/temperature",
        r#"{"v":9,"t":"2096-01-01T00:00:00Z"}"#,
    );

    let malformed = listener.rejects(RejectCause::Malformed, 2);
    assert_eq!(&*malformed.last_topic, "plant/m1/temperature");
    assert!(malformed.last_detail.contains(r#"{"w":1}"#));
    for cause in [
        RejectCause::WrongType,
        RejectCause::Oversized,
        RejectCause::Duplicate,
        RejectCause::OutOfOrder,
        RejectCause::FutureTime,
    ] {
        assert_eq!(listener.rejects(cause, 1).count, 1, "{cause:?}");
    }
    let values: Vec<_> = listener.samples(4).iter().map(|it| it.value).collect();
    let expected = [
        Value::Null,
        Value::Float(7.0),
        Value::Float(8.0),
        Value::Float(9.0),
    ];
    assert_eq!(values, expected);
    assert_eq!(listener.samples[0].quality, Quality::Bad(Cause::WrongType));

    let unmapped = listener.status().unmapped;
    assert_eq!(unmapped.len(), 1);
    assert_eq!(&*unmapped[0].topic, "plant/m9/temperature");
    assert_eq!(&*unmapped[0].sample, r#"{"v":1}"#);
}
