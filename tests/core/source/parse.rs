//! Topics and payloads, whatever they hold.
//!
//! A long run: `PROPTEST_CASES=1000000 cargo test --no-default-features --test core source::parse`

use proptest::prelude::*;
use twinscape::model::connection::TimeFormat;
use twinscape::model::signal::ValueType;
use twinscape::model::{Cause, Quality, Timestamp, Value};
use twinscape::source::json::{Fields, Found};
use twinscape::source::mqtt::Address;
use twinscape::source::payload::Message;
use twinscape::source::scalar::{Scalar, bare, quality, time};
use twinscape::source::topic::{Router, subscriptions};
use twinscape::source::{Intake, Pool};

use super::plant::{bare as bare_map, bound, connection, json};

const TYPES: [ValueType; 4] = [
    ValueType::Float,
    ValueType::Integer,
    ValueType::Boolean,
    ValueType::Text,
];

#[test]
fn every_way_to_write_a_time_is_understood() {
    let expected = Some(Timestamp::from_nanos(1_772_360_100_250_000_000));
    for (text, format) in [
        ("2026-03-01T10:15:00.25Z", TimeFormat::Auto),
        ("2026-03-01T11:15:00.25+01:00", TimeFormat::Rfc3339),
        ("1772360100.25", TimeFormat::Auto),
        ("1772360100.25", TimeFormat::EpochSeconds),
        ("1772360100250", TimeFormat::Auto),
        ("1772360100250", TimeFormat::EpochMillis),
        ("1772360100250000", TimeFormat::Auto),
        ("1772360100250000", TimeFormat::EpochMicros),
        ("1772360100250000000", TimeFormat::Auto),
        ("1772360100250000000", TimeFormat::EpochNanos),
    ] {
        assert_eq!(time(text, format), expected, "{text} as {format:?}");
    }
    let exact = Timestamp::from_nanos(1_772_360_100_123_456_789);
    assert_eq!(time("1772360100.123456789", TimeFormat::Auto), Some(exact));
    assert_eq!(
        time("-1.5", TimeFormat::EpochSeconds),
        Some(Timestamp::from_nanos(-1_500_000_000))
    );
    for text in [
        "",
        "yesterday",
        "1e300",
        "nan",
        "-",
        ".",
        "99999999999999999999",
    ] {
        assert_eq!(time(text, TimeFormat::EpochSeconds), None, "{text}");
    }
}

#[test]
fn every_way_to_write_a_quality_is_understood() {
    let bad = |cause| Some(Quality::Bad(cause));
    for (scalar, expected) in [
        (Scalar::Integer(192), Some(Quality::Good)),
        (Scalar::Integer(0), bad(Cause::Reported)),
        (Scalar::Integer(24), bad(Cause::NotConnected)),
        (Scalar::Integer(16), bad(Cause::SensorFault)),
        (
            Scalar::Integer(64),
            Some(Quality::Uncertain(Cause::Reported)),
        ),
        (Scalar::Integer(0x8000_0000), bad(Cause::Reported)),
        (Scalar::Text("GOOD"), Some(Quality::Good)),
        (Scalar::Text("Bad"), bad(Cause::Reported)),
        (Scalar::Text("192"), Some(Quality::Good)),
        (Scalar::Boolean(true), Some(Quality::Good)),
        (Scalar::Boolean(false), bad(Cause::Reported)),
        (Scalar::Text("fishy"), None),
        (Scalar::Integer(-1), None),
    ] {
        assert_eq!(quality(scalar), expected, "{scalar:?}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_bad_and_never_guessed() {
    for (payload, value_type) in [
        ("hot", ValueType::Float),
        ("true", ValueType::Float),
        ("1,5", ValueType::Float),
        ("1.5", ValueType::Integer),
        ("2", ValueType::Boolean),
        ("maybe", ValueType::Boolean),
    ] {
        let (value, quality) = bare(payload.as_bytes(), value_type).unwrap();
        assert_eq!(value, Value::Null, "{payload}");
        assert_eq!(quality, Quality::Bad(Cause::WrongType), "{payload}");
    }
    for payload in ["nan", "-inf"] {
        let (_, quality) = bare(payload.as_bytes(), ValueType::Float).unwrap();
        assert_eq!(quality, Quality::Bad(Cause::NotFinite), "{payload}");
    }
    assert_eq!(bare(b"\xff", ValueType::Text), None);
}

#[test]
fn pointers_find_nested_escaped_and_indexed_fields() {
    let mut fields = Fields::new();
    let pointers = ["/a~1b/1/~0", "/n", "/a~1b", "/s", "/absent"];
    let [deep, number, list, text, absent] = pointers.map(|pointer| fields.add(pointer));
    assert_eq!(fields.add("/n"), number);
    fields.finish();
    let mut found = Found::default();
    let message = br#"{"n":12345678901234567890,"x":{"n":0},"a/b":[0,{"~":true}],"s":"\u00e9\n"}"#;
    fields.read(message, &mut found).unwrap();
    assert_eq!(found.scalar(deep), Some(Scalar::Boolean(true)));
    assert_eq!(found.text(number), Some("12345678901234567890"));
    assert_eq!(found.scalar(list), Some(Scalar::Compound));
    assert_eq!(found.scalar(text), Some(Scalar::Text("é\n")));
    assert_eq!(found.scalar(absent), None);
    for broken in ["", "{", r#"{"n":1}x"#, r#"{"n":01}"#, r#"{"s":"\x"}"#] {
        assert!(
            fields.read(broken.as_bytes(), &mut found).is_err(),
            "{broken}"
        );
    }
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    assert!(fields.read(&deep, &mut found).is_ok() || fields.read(&deep, &mut found).is_err());
}

#[test]
fn subscriptions_are_few_and_wide_enough_to_see_siblings() {
    let plant = bound(connection("mqtt://h"), bare_map());
    assert_eq!(subscriptions(&plant, 0), [("plant/+/+".to_owned(), 0)]);
    let mut both = bound(
        connection("mqtt://h"),
        json("plant/{equipment}/{signal}", "/v"),
    );
    let mut wild = both.bindings[0].clone();
    wild.topic = "plant/+/count".into();
    both.connections[0].topics.push(json("plant/+/count", "/v"));
    both.bindings[0] = wild;
    assert_eq!(subscriptions(&both, 0), [("plant/+/+".to_owned(), 1)]);
}

#[test]
fn wildcards_in_a_binding_match_as_mqtt_says() {
    for (filter, topic, is_match) in [
        ("a/+/c", "a/b/c", true),
        ("a/+/c", "a//c", true),
        ("a/+/c", "a/b/d", false),
        ("a/+/c", "a/b/c/d", false),
        ("a/#", "a", true),
        ("a/#", "a/b/c", true),
        ("#", "a/b", true),
        ("#", "$SYS/a", false),
        ("+/b", "$SYS/b", false),
    ] {
        let mut map = bare_map();
        map.template = filter.into();
        let plant = bound(connection("mqtt://h"), map);
        let router = Router::new(&plant, 0);
        let found = router.find(topic.as_bytes(), &mut Vec::new()).count();
        assert_eq!(found > 0, is_match, "{filter} and {topic}");
    }
}

#[test]
fn an_address_is_a_host_and_a_port_and_holds_no_user() {
    let address = Address::parse("mqtts://[::1]:8884").unwrap();
    assert_eq!(
        (&*address.host, address.port, address.is_tls),
        ("::1", 8884, true)
    );
    assert_eq!(Address::parse("mqtt://broker").unwrap().port, 1883);
    for url in [
        "",
        "http://h",
        "mqtt://",
        "mqtt://h:0",
        "mqtt://h:x",
        "mqtt://u:p@h",
        "mqtt://h/x",
    ] {
        assert!(Address::parse(url).is_err(), "{url}");
    }
}

proptest! {
    #[test]
    fn a_bare_number_is_read_as_the_standard_library_reads_it(text in "-?[0-9]{0,22}(\\.[0-9]{0,22})?") {
        let expected = text.parse::<f64>().ok();
        let got = bare(text.as_bytes(), ValueType::Float);
        match expected {
            Some(number) => prop_assert_eq!(got, Some((Value::Float(number), Quality::Good))),
            None => prop_assert!(!got.unwrap().1.is_usable()),
        }
    }

    #[test]
    fn no_payload_makes_the_parsers_panic(
        payload in prop::collection::vec(any::<u8>(), 0..200),
        text in "\\PC{0,60}",
    ) {
        for value_type in TYPES {
            let _ = bare(&payload, value_type);
            let _ = bare(text.as_bytes(), value_type);
        }
        for format in [TimeFormat::Auto, TimeFormat::EpochNanos, TimeFormat::EpochSeconds] {
            let _ = time(&text, format);
        }
        let _ = Address::parse(&text);
    }

    #[test]
    fn no_message_makes_the_reader_panic_and_every_one_is_accounted_for(
        payload in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[\\[\\]{}\":,vtq0-9.eE+ nulltruefalse-]{0,60}".prop_map(String::into_bytes),
            ("\\PC{0,8}", any::<f64>(), any::<i64>()).prop_map(|(text, v, t)| {
                serde_json::json!({ "v": v, "t": t, "q": text }).to_string().into_bytes()
            }),
        ],
    ) {
        let plant = bound(connection("mqtt://h"), json("plant/{equipment}", "/{signal}"));
        let single = bound(connection("mqtt://h"), json("plant/{equipment}/{signal}", "/v"));
        for (plant, topic) in [(plant, "plant/m1"), (single, "plant/m1/count")] {
            let router = Router::new(&plant, 0);
            let mut intake = Intake::new(&plant, 0, Pool::new());
            let message = Message {
                topic: topic.as_bytes(),
                payload: &payload,
                retained: false,
                receive_time: Timestamp::from_secs(1_772_360_100),
            };
            let mut scratch = Vec::new();
            for reader in router.find(message.topic, &mut scratch) {
                reader.read(&message, &mut Found::default(), &mut intake);
            }
            let mut status = twinscape::source::SourceStatus::default();
            intake.tally().publish(&mut status);
            prop_assert!(!intake.is_empty() || status.rejected() > 0);
        }
    }

    #[test]
    fn no_topic_makes_the_router_panic(topic in "[a-z+#/$]{0,40}", other in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut map = bare_map();
        map.template = topic.clone().into();
        let plant = bound(connection("mqtt://h"), map);
        let router = Router::new(&plant, 0);
        let _ = subscriptions(&plant, 0);
        let _ = router.find(topic.as_bytes(), &mut Vec::new()).count();
        let _ = router.find(&other, &mut Vec::new()).count();
    }
}
