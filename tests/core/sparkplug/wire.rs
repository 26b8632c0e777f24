//! Sparkplug payloads: what real encoders write is read, and no bytes do any harm.
//!
//! Statements of the Sparkplug 3.0 specification that are covered here, as far as they concern a
//! host: tck-id-payloads-metric-datatype-value(-type), -propertyset-keys-array-size,
//! -propertyset-values-array-size, -propertyset-quality-value-type, -propertyset-quality-value-value.

use std::path::PathBuf;

use proptest::prelude::*;
use prost::Message;
use twinscape::model::{Cause, Quality, Value};
use twinscape::source::sparkplug::proto::{self, DataType, PropertySet};
use twinscape::source::sparkplug::value::{Properties, ValueError, quality_of_code, value_of};
use twinscape::source::sparkplug::wire::{Head, Metric, Metrics, RawValue, WireError};

/// Payloads that another implementation encoded (npm sparkplug-payload), if this machine has them.
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn recorded(name: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("TWINSCAPE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let file = root.join("data/sparkplug").join(name);
    let bytes = std::fs::read(&file).ok();
    if bytes.is_none() {
        eprintln!("SKIPPED: no {}", file.display());
    }
    bytes
}

fn read(payload: &[u8]) -> Vec<Metric<'_>> {
    Metrics::of(payload).collect::<Result<_, _>>().unwrap()
}

fn datatype(metric: &Metric<'_>) -> DataType {
    DataType::from_code(metric.datatype.unwrap()).unwrap()
}

#[test]
fn every_value_of_a_recorded_birth_is_read_as_its_encoder_meant_it() {
    let Some(payload) = recorded("NBIRTH.bin") else {
        return;
    };
    let head = Head::read(&payload).unwrap();
    assert_eq!(
        (head.timestamp, head.seq),
        (Some(1_486_144_502_122), Some(0))
    );
    let metrics = read(&payload);
    assert_eq!(metrics.len(), head.metrics);
    let read: Vec<_> = metrics
        .iter()
        .map(|metric| {
            let name = std::str::from_utf8(metric.name.unwrap()).unwrap();
            assert_eq!(metric.timestamp, head.timestamp);
            (
                name,
                metric.alias,
                value_of(datatype(metric), metric.value.unwrap()),
            )
        })
        .collect();
    let text = |text| Value::Text(twinscape::model::Text::new(text));
    let expected = [
        ("bdSeq", None, Ok(Value::Integer(0))),
        ("Node Control/Rebirth", None, Ok(Value::Boolean(false))),
        ("i8", Some(1), Ok(Value::Integer(-128))),
        ("i16", Some(2), Ok(Value::Integer(-32_768))),
        ("i32", Some(3), Ok(Value::Integer(-2_147_483_648))),
        ("i64", Some(4), Ok(Value::Integer(i64::MIN))),
        ("u8", Some(5), Ok(Value::Integer(255))),
        ("u16", Some(6), Ok(Value::Integer(65_535))),
        ("u32", Some(7), Ok(Value::Integer(4_294_967_295))),
        ("u64", Some(8), Ok(Value::Unsigned(u64::MAX))),
        ("f32", Some(9), Ok(Value::Float(1.5))),
        ("f64", Some(10), Ok(Value::Float(std::f64::consts::PI))),
        ("str", Some(11), Ok(text("Müller/µm ✓"))),
        ("dt", Some(12), Ok(Value::Integer(0))),
        (
            "bytes",
            Some(13),
            Err(ValueError::Unsupported(DataType::Bytes)),
        ),
        ("props", Some(14), Ok(Value::Float(20.5))),
    ];
    assert_eq!(read, expected);
    let properties = Properties::read(metrics[15].properties.unwrap()).unwrap();
    assert_eq!(properties.quality, Some(Quality::Good));
    assert_eq!(properties.unit.unwrap().symbol, "°C");
}

#[test]
fn recorded_data_keep_alias_time_null_and_the_historical_flag() {
    let Some(payload) = recorded("DDATA.bin") else {
        return;
    };
    assert_eq!(Head::read(&payload).unwrap().seq, Some(7));
    let metrics = read(&payload);
    let flags: Vec<_> = metrics
        .iter()
        .map(|metric| {
            (
                metric.alias,
                metric.timestamp,
                metric.is_historical,
                metric.is_null,
            )
        })
        .collect();
    assert_eq!(
        flags,
        [
            (Some(10), Some(1_486_144_503_122), false, false),
            (Some(3), Some(1_486_144_503_121), true, false),
            (Some(11), Some(1_486_144_503_122), false, true),
        ]
    );
    let value = |at: usize| value_of(datatype(&metrics[at]), metrics[at].value.unwrap());
    assert_eq!(value(0), Ok(Value::Float(-0.25)));
    assert_eq!(value(1), Ok(Value::Integer(-1)));
    assert_eq!(metrics[2].value, None);
}

#[test]
fn data_sets_and_templates_are_named_as_unsupported() {
    for (file, expected) in [
        ("DATASET.bin", DataType::DataSet),
        ("TEMPLATE.bin", DataType::Template),
    ] {
        let Some(payload) = recorded(file) else {
            return;
        };
        let metrics = read(&payload);
        assert_eq!(metrics.len(), 1);
        assert_eq!(
            value_of(datatype(&metrics[0]), metrics[0].value.unwrap()),
            Err(ValueError::Unsupported(expected))
        );
    }
}

#[test]
fn every_encoding_of_a_negative_integer_in_use_is_read() {
    let cases: [(DataType, i64, &[u64]); 4] = [
        (
            DataType::Int8,
            -128,
            &[0x80, 0xffff_ff80, 0xffff_ffff_ffff_ff80],
        ),
        (
            DataType::Int16,
            -2,
            &[0xfffe, 0xffff_fffe, 0xffff_ffff_ffff_fffe],
        ),
        (DataType::Int32, -1, &[0xffff_ffff, u64::MAX]),
        (DataType::Int8, 127, &[0x7f]),
    ];
    for (datatype, expected, encodings) in cases {
        for &raw in encodings {
            for field in [RawValue::Int(raw), RawValue::Long(raw)] {
                assert_eq!(value_of(datatype, field), Ok(Value::Integer(expected)));
            }
        }
    }
    assert_eq!(
        value_of(DataType::Int64, RawValue::Long(u64::MAX)),
        Ok(Value::Integer(-1))
    );
}

#[test]
fn an_integer_that_does_not_fit_its_type_is_refused_not_cut() {
    for (datatype, raw) in [
        (DataType::Int8, 300),
        (DataType::Int8, 0xffff_ff7f_u64),
        (DataType::UInt8, 256),
        (DataType::UInt8, 0xffff_ff80),
        (DataType::UInt16, 65_536),
        (DataType::UInt32, 1 << 32),
        (DataType::Int32, 1 << 32),
        (DataType::Int64, 0xffff_ffff),
    ] {
        assert_eq!(
            value_of(datatype, RawValue::Int(raw)),
            Err(ValueError::OutOfRange(datatype)),
            "{datatype:?} {raw:#x}"
        );
    }
}

#[test]
fn a_value_in_a_field_of_another_type_is_refused() {
    for (datatype, raw) in [
        (DataType::Double, RawValue::Int(5)),
        (DataType::Int32, RawValue::Double(5.0)),
        (DataType::Boolean, RawValue::Int(1)),
        (DataType::String, RawValue::Boolean(true)),
        (DataType::Float, RawValue::Compound),
    ] {
        assert_eq!(
            value_of(datatype, raw),
            Err(ValueError::WrongField(datatype))
        );
    }
    assert_eq!(
        value_of(DataType::String, RawValue::String(b"\xff")),
        Err(ValueError::NotUtf8)
    );
}

#[test]
fn without_a_data_type_only_what_is_unambiguous_is_read() {
    assert_eq!(
        value_of(DataType::Unknown, RawValue::Double(1.0)),
        Ok(Value::Float(1.0))
    );
    for integer in [RawValue::Int(1), RawValue::Long(1)] {
        assert_eq!(
            value_of(DataType::Unknown, integer),
            Err(ValueError::NoType)
        );
    }
}

#[test]
fn quality_codes_of_sparkplug_and_opc_are_understood() {
    for (code, expected) in [
        (192, Quality::Good),
        (0, Quality::Bad(Cause::Reported)),
        (500, Quality::Bad(Cause::NotConnected)),
        (216, Quality::Good),
        (64, Quality::Uncertain(Cause::Reported)),
        (24, Quality::Bad(Cause::Reported)),
        (77_777, Quality::Uncertain(Cause::Reported)),
    ] {
        assert_eq!(quality_of_code(code), expected, "{code}");
    }
}

#[test]
fn properties_are_paired_by_place_and_a_missing_one_is_an_error() {
    let mut set = PropertySet::default().unit("mm/s").quality(500);
    let properties = Properties::read(&set.encode_to_vec()).unwrap();
    assert_eq!(properties.quality, Some(Quality::Bad(Cause::NotConnected)));
    assert_eq!(properties.unit.unwrap().symbol, "mm/s");
    set.values.pop();
    assert!(Properties::read(&set.encode_to_vec()).is_err());
}

#[test]
fn numbers_of_every_length_are_read_in_the_middle_and_at_the_end() {
    for bits in 0..=64 {
        let number = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
        for padding in [None, Some(vec![7; 12])] {
            let payload = proto::Payload {
                seq: Some(number),
                body: padding,
                ..proto::Payload::default()
            };
            assert_same(&payload, &payload.encode_to_vec());
        }
    }
}

#[test]
fn a_key_in_more_bytes_than_it_needs_is_the_same_key() {
    // Field 2 (a metric with alias 5, by a long key too) and field 3 (the sequence number 9).
    let bytes = b"\x92\x00\x03\x90\x00\x05\x98\x00\x09";
    let head = Head::read(bytes).unwrap();
    assert_eq!((head.metrics, head.seq), (1, Some(9)));
    assert_eq!(read(bytes)[0].alias, Some(5));
}

#[test]
fn lengths_beyond_the_end_and_endless_numbers_are_errors() {
    for (bytes, expected) in [
        (&b"\x12\x7f\x0a"[..], WireError::Truncated),
        (
            b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            WireError::Truncated,
        ),
        (
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            WireError::Varint,
        ),
        (
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            WireError::Varint,
        ),
        (b"\x08", WireError::Truncated),
        (b"\x00", WireError::Key),
        (b"\x13\x14", WireError::WireType(2)),
        (b"\x0d\x00\x00\x00\x00", WireError::WireType(1)),
    ] {
        assert_eq!(Head::read(bytes), Err(expected), "{bytes:x?}");
    }
}

fn raw_of(value: &proto::metric::Value) -> RawValue<'_> {
    use proto::metric::Value as V;
    match value {
        V::Int(value) => RawValue::Int(u64::from(*value)),
        V::Long(value) => RawValue::Long(*value),
        V::Float(value) => RawValue::Float(*value),
        V::Double(value) => RawValue::Double(*value),
        V::Boolean(value) => RawValue::Boolean(*value),
        V::String(text) => RawValue::String(text.as_bytes()),
        V::Bytes(_) => RawValue::Compound,
    }
}

/// Our reading of bytes that prost reads as `payload` must say the same.
fn assert_same(payload: &proto::Payload, bytes: &[u8]) {
    let head = Head::read(bytes).unwrap();
    assert_eq!((head.timestamp, head.seq), (payload.timestamp, payload.seq));
    let metrics = read(bytes);
    assert_eq!(metrics.len(), payload.metrics.len());
    for (ours, theirs) in metrics.iter().zip(&payload.metrics) {
        assert_eq!(ours.name, theirs.name.as_deref().map(str::as_bytes));
        assert_eq!(ours.alias, theirs.alias);
        assert_eq!(ours.timestamp, theirs.timestamp);
        assert_eq!(ours.datatype, theirs.datatype);
        assert_eq!(ours.is_historical, theirs.is_historical.unwrap_or_default());
        assert_eq!(ours.is_transient, theirs.is_transient.unwrap_or_default());
        assert_eq!(ours.is_null, theirs.is_null.unwrap_or_default());
        match (ours.value, theirs.value.as_ref().map(raw_of)) {
            (Some(RawValue::Float(a)), Some(RawValue::Float(b))) => {
                assert_eq!(a.to_bits(), b.to_bits());
            }
            (Some(RawValue::Double(a)), Some(RawValue::Double(b))) => {
                assert_eq!(a.to_bits(), b.to_bits());
            }
            (a, b) => assert_eq!(a, b),
        }
    }
}

fn any_value() -> impl Strategy<Value = proto::metric::Value> {
    use proto::metric::Value as V;
    prop_oneof![
        any::<u32>().prop_map(V::Int),
        any::<u64>().prop_map(V::Long),
        any::<f32>().prop_map(V::Float),
        any::<f64>().prop_map(V::Double),
        any::<bool>().prop_map(V::Boolean),
        ".{0,12}".prop_map(V::String),
        prop::collection::vec(any::<u8>(), 0..12).prop_map(V::Bytes),
    ]
}

prop_compose! {
    fn any_metric()(
        name in prop::option::of(".{0,12}"),
        alias in prop::option::of(any::<u64>()),
        timestamp in prop::option::of(any::<u64>()),
        datatype in prop::option::of(0_u32..40),
        flags in any::<[Option<bool>; 3]>(),
        has_properties in any::<bool>(),
        value in prop::option::of(any_value()),
    ) -> proto::Metric {
        proto::Metric {
            name,
            alias,
            timestamp,
            datatype,
            is_historical: flags[0],
            is_transient: flags[1],
            is_null: flags[2],
            properties: has_properties.then(|| PropertySet::default().unit("bar").quality(192)),
            value,
        }
    }
}

prop_compose! {
    fn any_payload()(
        timestamp in prop::option::of(any::<u64>()),
        seq in prop::option::of(any::<u64>()),
        metrics in prop::collection::vec(any_metric(), 0..6),
    ) -> proto::Payload {
        proto::Payload { timestamp, metrics, seq, uuid: None, body: None }
    }
}

/// Uses everything that can be reached from hostile bytes.
fn exercise(bytes: &[u8]) {
    let _ = Head::read(bytes);
    for metric in Metrics::of(bytes).flatten() {
        let datatype = metric
            .datatype
            .and_then(DataType::from_code)
            .unwrap_or_default();
        let _ = metric.value.map(|raw| value_of(datatype, raw));
        let _ = metric.properties.map(Properties::read);
    }
}

proptest! {
    #[test]
    fn what_prost_writes_is_read_the_same(payload in any_payload()) {
        assert_same(&payload, &payload.encode_to_vec());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise(&bytes);
    }

    /// One changed, lost or repeated stretch of a lawful message: still no panic, and what prost
    /// accepts is read the same.
    #[test]
    fn a_damaged_message_is_refused_or_read_as_prost_reads_it(
        payload in any_payload(),
        at in any::<prop::sample::Index>(),
        length in 0_usize..4,
        patch in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut bytes = payload.encode_to_vec();
        let at = at.index(bytes.len() + 1);
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, patch);
        exercise(&bytes);
        let is_whole = Head::read(&bytes).is_ok() && Metrics::of(&bytes).all(|metric| metric.is_ok());
        if is_whole && let Ok(theirs) = proto::Payload::decode(&*bytes) {
            assert_same_where_defined(&theirs, &bytes);
        }
    }
}

/// As [`assert_same`], but for fields that `proto` leaves out (metadata, data sets, templates).
fn assert_same_where_defined(theirs: &proto::Payload, bytes: &[u8]) {
    let has_others = read(bytes)
        .iter()
        .zip(&theirs.metrics)
        .any(|(ours, theirs)| ours.value.is_some() != theirs.value.is_some());
    if !has_others {
        let head = Head::read(bytes).unwrap();
        assert_eq!((head.timestamp, head.seq), (theirs.timestamp, theirs.seq));
        assert_eq!(read(bytes).len(), theirs.metrics.len());
    }
}

#[test]
fn damaged_recordings_do_no_harm() {
    for file in [
        "NBIRTH.bin",
        "DDATA.bin",
        "NDEATH.bin",
        "DATASET.bin",
        "TEMPLATE.bin",
    ] {
        let Some(payload) = recorded(file) else {
            return;
        };
        for at in 0..payload.len() {
            exercise(&payload[..at]);
            for byte in 0..=255 {
                let mut damaged = payload.clone();
                damaged[at] = byte;
                exercise(&damaged);
            }
        }
    }
}
