//! What the twin may publish: rebirth requests and its STATE, both only if the scene asks for it.

use prost::Message as _;
use twinscape::model::connection::Rebirth;
use twinscape::source::sparkplug::Request;
use twinscape::source::sparkplug::proto::{self, Payload, metric};

use super::rig::{NDATA, Rig, at, data, double, plant};

/// operational-behavior-data-commands-ncmd-rebirth-verb, -name, -value; payloads-ncmd-seq, -qos,
/// -retain, -timestamp
#[test]
fn a_rebirth_request_is_what_the_specification_wants() {
    let mut rig = Rig::asking();
    rig.send(NDATA, vec![data(1, double(1.0))]);
    let [request] = &rig.requests[..] else {
        panic!("{:?}", rig.requests);
    };
    assert_eq!((request.qos, request.is_retained), (0, false));
    let payload = Payload::decode(&*request.payload).unwrap();
    assert_eq!(payload.seq, None);
    assert_eq!(payload.timestamp, Some(rig.now().as_millis() as u64));
    let [metric] = &payload.metrics[..] else {
        panic!("{payload:?}");
    };
    assert_eq!(metric.name.as_deref(), Some("Node Control/Rebirth"));
    assert_eq!(metric.datatype, Some(proto::DataType::Boolean as u32));
    assert_eq!(metric.value, Some(metric::Value::Boolean(true)));
}

fn state(request: &Request) -> serde_json::Value {
    assert_eq!(request.topic, "spBv1.0/STATE/control room");
    assert_eq!((request.qos, request.is_retained), (1, true));
    serde_json::from_slice(&request.payload).unwrap()
}

/// host-topic-phid-birth-*, host-topic-phid-death-*, payloads-state-*
#[test]
fn the_hosts_birth_repeats_the_time_of_its_will() {
    let mut rig = Rig::of(&plant(Rebirth::Never, Some("control room")));
    let host = rig.decoder.host().unwrap();
    let time = |millis| at(millis).as_millis();
    assert_eq!(
        state(&host.will(at(500))),
        serde_json::json!({ "online": false, "timestamp": time(500) })
    );
    assert_eq!(
        state(&host.birth()),
        serde_json::json!({ "online": true, "timestamp": time(500) })
    );
    assert_eq!(
        state(&host.death(at(900))),
        serde_json::json!({ "online": false, "timestamp": time(900) })
    );
}

/// message-flow-hid-sparkplug-state-message-delivered
#[test]
fn a_message_that_this_host_is_offline_is_answered_with_its_birth() {
    let mut rig = Rig::of(&plant(Rebirth::Never, Some("control room")));
    rig.decoder.host().unwrap().will(at(500));
    let topic = "spBv1.0/STATE/control room";
    rig.bytes(topic, br#"{"online":true,"timestamp":1}"#, false);
    rig.bytes(
        "spBv1.0/STATE/other",
        br#"{"online":false,"timestamp":1}"#,
        false,
    );
    rig.bytes(topic, b"OFFLINE", false);
    assert_eq!(rig.requests, []);
    rig.bytes(topic, br#"{"online":false,"timestamp":1}"#, true);
    assert_eq!(rig.requests, [rig.decoder.host().unwrap().birth()]);
}

#[test]
fn nothing_is_published_unless_the_scene_asks_for_it() {
    let mut rig = Rig::new();
    assert!(rig.decoder.host().is_none());
    rig.bytes(
        "spBv1.0/STATE/control room",
        br#"{"online":false,"timestamp":1}"#,
        false,
    );
    rig.payload(NDATA, Some(9), vec![data(1, double(1.0))]);
    assert_eq!(rig.requests, []);
}

/// message-flow-phid-sparkplug-subscription, payloads-state-subscribe
#[test]
fn everything_that_nodes_of_the_group_send_is_subscribed_to_but_no_commands() {
    let rig = Rig::of(&plant(Rebirth::Never, Some("control room")));
    let subscriptions = rig.decoder.subscriptions();
    let expected = [
        ("spBv1.0/STATE/control room", 1),
        ("spBv1.0/Werk Süd/NBIRTH/+", 0),
        ("spBv1.0/Werk Süd/NDATA/+", 0),
        ("spBv1.0/Werk Süd/NDEATH/+", 1),
        ("spBv1.0/Werk Süd/DBIRTH/+/+", 0),
        ("spBv1.0/Werk Süd/DDATA/+/+", 0),
        ("spBv1.0/Werk Süd/DDEATH/+/+", 0),
    ];
    assert_eq!(
        subscriptions,
        expected.map(|(filter, qos)| (filter.to_owned(), qos))
    );
}

#[test]
fn commands_of_other_hosts_are_passed_over() {
    let mut rig = Rig::all_born();
    rig.bytes("spBv1.0/Werk Süd/NCMD/line.1 (α)", b"\x08\x01", false);
    rig.bytes("spBv1.0/Werk Süd/DCMD/line.1 (α)/cnc 1", b"\x08\x01", false);
    assert!(rig.intake.is_empty());
    assert_eq!(rig.rejects(), []);
    assert_eq!(rig.status().unmapped, []);
}
