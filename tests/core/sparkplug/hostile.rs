//! Whatever arrives, on whatever topic: no panic, and what is counted is bounded.

use std::path::PathBuf;

use proptest::prelude::*;
use prost::Message as _;
use twinscape::model::Value;
use twinscape::source::sparkplug::proto::{DataType, Payload, metric};
use twinscape::source::status::RejectCause;

use super::rig::{
    DBIRTH, DDATA, DDEATH, LOAD, NBIRTH, NDATA, NDEATH, Rig, bd_seq, born, data, double,
};

const TOPICS: [&str; 12] = [
    NBIRTH,
    NDATA,
    NDEATH,
    DBIRTH,
    DDATA,
    DDEATH,
    "spBv1.0/Werk Süd/DDATA/line.1 (α)/robot",
    "spBv1.0/Werk Süd/DBIRTH/line.2",
    "spBv1.0/STATE/x",
    "spBv1.0///",
    "spBv1.0/Werk Süd/NBIRTH",
    "",
];

prop_compose! {
    fn any_message()(
        topic in 0..TOPICS.len(),
        seq in prop::option::of(0_u64..300),
        number in 0_u64..3,
        aliases in prop::collection::vec((0_u64..8, any::<f64>(), 0_u32..36), 0..4),
        named in any::<bool>(),
        garbage in prop::option::of(prop::collection::vec(any::<u8>(), 0..40)),
        retained in prop::bool::weighted(0.1),
        is_loss in prop::bool::weighted(0.05),
    ) -> (&'static str, Vec<u8>, bool, bool) {
        let names = ["load", "mode", "speed", "temperature", "count", "", "bdSeq", "x"];
        let metrics = aliases.into_iter().map(|(alias, value, datatype)| {
            let mut metric = data(alias, double(value));
            if named {
                metric.name = Some(names[alias as usize].into());
                metric.datatype = Some(datatype);
            }
            metric
        });
        let metrics = std::iter::once(bd_seq(number)).chain(metrics).collect();
        let payload = Payload { timestamp: Some(number * 1000), metrics, seq, ..Payload::default() };
        (TOPICS[topic], garbage.unwrap_or_else(|| payload.encode_to_vec()), retained, is_loss)
    }
}

proptest! {
    #[test]
    fn no_order_of_messages_does_harm(messages in prop::collection::vec(any_message(), 0..60)) {
        let mut rig = Rig::asking();
        let mut alive = [false; 4];
        for (topic, payload, retained, is_loss) in messages {
            rig.bytes(topic, &payload, retained);
            if is_loss {
                let now = rig.now();
                rig.decoder.connection_lost(now, &mut rig.intake);
            }
            for (session, is_alive, time) in rig.lives() {
                let was_alive = &mut alive[session.0 as usize];
                // Lives end once, and never after the present.
                prop_assert!(*was_alive || is_alive);
                prop_assert!(time <= rig.now());
                *was_alive = is_alive;
            }
        }
        prop_assert!(rig.requests.len() <= 1 + 60);
    }

    #[test]
    fn any_topic_is_taken(topic in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut rig = Rig::new();
        let message = twinscape::source::sparkplug::Message {
            topic: &topic,
            payload: b"\x08\x01",
            retained: false,
            receive_time: rig.now(),
        };
        rig.decoder.message(&message, &mut rig.intake, &mut rig.requests);
    }
}

#[test]
fn a_payload_that_is_none_is_counted_and_changes_nothing() {
    let mut rig = Rig::all_born();
    rig.bytes(NDATA, b"{\"value\": 1}", false);
    rig.bytes(NDATA, b"\x12\x7f", false);
    assert_eq!(rig.rejects(), [(RejectCause::Malformed, 2)]);
    rig.send(NDATA, vec![data(1, double(2.0))]);
    assert_eq!(rig.values(), [(LOAD, Value::Float(2.0))]);
    assert_eq!(rig.rejects(), [(RejectCause::Malformed, 2)]);
}

#[test]
fn a_metric_that_is_none_is_counted_and_the_others_are_used() {
    let mut rig = Rig::all_born();
    let good = data(1, double(2.0)).encode_to_vec();
    // A metric whose alias is a text, then a good one; sequence number 3.
    let mut payload = b"\x12\x03\x12\x01x\x18\x03\x12".to_vec();
    payload.push(good.len() as u8);
    payload.extend(good);
    rig.bytes(NDATA, &payload, false);
    assert_eq!(rig.values(), [(LOAD, Value::Float(2.0))]);
    assert_eq!(rig.rejects(), [(RejectCause::Malformed, 1)]);
}

#[test]
fn repeated_births_with_ever_new_aliases_do_not_pile_up() {
    let mut rig = Rig::new();
    rig.node_birth(0);
    for turn in 0..2_000_u64 {
        let speed = born("speed", u64::MAX - turn, DataType::Int32, Value::Integer(1));
        rig.send(DBIRTH, vec![speed]);
        rig.samples();
    }
    // Of all these aliases only the last one means something.
    rig.send(DDATA, vec![data(u64::MAX, metric::Value::Int(1))]);
    assert_eq!(rig.rejects(), [(RejectCause::UnknownAlias, 1)]);
}

/// Payloads that another implementation encoded, on our plant's topics.
#[test]
fn recorded_payloads_go_through_the_whole_decoder() {
    let root = std::env::var_os("TWINSCAPE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let read = |name: &str| std::fs::read(root.join("data/sparkplug").join(name)).ok();
    let (Some(birth), Some(death), Some(data)) =
        (read("NBIRTH.bin"), read("NDEATH.bin"), read("DDATA.bin"))
    else {
        return;
    };
    let mut rig = Rig::new();
    rig.bytes(NBIRTH, &birth, false);
    assert_eq!(rig.rejects(), []);
    assert_eq!(
        rig.status().unmapped.len(),
        14,
        "{:?}",
        rig.status().unmapped
    );
    rig.bytes(NDATA, &data, false);
    assert_eq!(rig.rejects(), [(RejectCause::SequenceGap, 1)]);
    rig.lives();
    rig.bytes(NDEATH, &death, false);
    assert_eq!(rig.lives().len(), 1);
    assert_eq!(rig.rejects(), [(RejectCause::SequenceGap, 1)]);
}
