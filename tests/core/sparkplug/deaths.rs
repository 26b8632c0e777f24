//! Deaths: when, whose, and what is stale afterwards on the screen.

use std::sync::Arc;

use prost::Message as _;
use twinscape::history;
use twinscape::ingest::Ingest;
use twinscape::model::connection::Rebirth;
use twinscape::model::{Freshness, SignalId, Snapshot, Timestamp, Value};
use twinscape::source::sparkplug::proto::{DataType, Payload, metric};
use twinscape::source::status::RejectCause;
use twinscape::twin::{LiveBoard, Twin, ViewCursor};

use super::rig::{
    COUNT, DBIRTH, DDATA, DDATA_2, DDEATH, DEVICE, DEVICE_2, LOAD, NBIRTH, NDATA, NODE, Rig, SPEED,
    START_MS, TEMPERATURE, at, bd_seq, born, data, double, plant,
};

/// operational-behavior-edge-node-termination-host-action-ndeath-node-offline, -devices-offline
#[test]
fn a_nodes_death_ends_its_life_and_its_devices_at_receipt() {
    let mut rig = Rig::all_born();
    rig.death(0);
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
}

/// topics-nbirth-bdseq-matching, payloads-ndeath-bdseq
#[test]
fn a_death_of_an_older_birth_is_ignored() {
    let mut rig = Rig::new();
    rig.node_birth(5);
    rig.lives();
    rig.death(4);
    assert_eq!(rig.lives(), []);
    assert_eq!(rig.rejects(), [(RejectCause::StaleDeath, 1)]);
    rig.death(5);
    assert_eq!(rig.lives().len(), 1);
}

#[test]
fn a_death_of_a_later_birth_ends_this_life_too() {
    for (born, died) in [(5, 6), (255, 0), (1000, 1001)] {
        let mut rig = Rig::new();
        rig.node_birth(born);
        rig.lives();
        rig.death(died);
        assert_eq!(rig.lives(), [(NODE, false, rig.now())]);
    }
    let mut rig = Rig::new();
    rig.node_birth(0);
    rig.lives();
    rig.death(255);
    assert_eq!(rig.lives(), []);
}

#[test]
fn a_death_without_bd_seq_is_believed() {
    let mut rig = Rig::all_born();
    rig.payload(super::rig::NDEATH, None, Vec::new());
    assert_eq!(rig.lives().len(), 3);
}

fn device_death(rig: &mut Rig, millis: i64) {
    let payload = Payload {
        timestamp: Some((START_MS as i64 + millis) as u64),
        seq: Some(rig.seq),
        ..Payload::default()
    };
    rig.seq += 1;
    rig.bytes(DDEATH, &payload.encode_to_vec(), false);
}

/// operational-behavior-edge-node-termination-host-action-ddeath-devices-offline
#[test]
fn a_devices_death_has_the_time_of_its_payload() {
    let mut rig = Rig::all_born();
    rig.millis = 10_000;
    device_death(&mut rig, 8_000);
    assert_eq!(rig.lives(), [(DEVICE, false, at(8_000))]);
    assert_eq!(rig.rejects(), []);
}

#[test]
fn a_devices_death_lies_neither_before_its_last_message_nor_after_its_receipt() {
    let mut rig = Rig::all_born();
    rig.millis = 10_000;
    rig.send(DDATA, vec![data(3, metric::Value::Int(1))]);
    let last = rig.now();
    rig.lives();
    rig.millis = 20_000;
    device_death(&mut rig, 5_000);
    assert_eq!(rig.lives(), [(DEVICE, false, last)]);

    let mut rig = Rig::all_born();
    device_death(&mut rig, 3_600_000);
    assert_eq!(rig.lives(), [(DEVICE, false, rig.now())]);
}

#[test]
fn a_nodes_new_birth_ends_its_devices_until_their_own() {
    let mut rig = Rig::all_born();
    rig.node_birth(1);
    let lives = rig.lives();
    assert!(lives.contains(&(DEVICE, false, rig.now())));
    assert!(lives.contains(&(DEVICE_2, false, rig.now())));
    assert_eq!(lives.last(), Some(&(NODE, true, rig.now())));
    rig.send(DDATA, vec![data(3, metric::Value::Int(1))]);
    assert_eq!(rig.values(), []);
    assert_eq!(rig.rejects(), [(RejectCause::DataBeforeBirth, 1)]);
    rig.device_birth();
    assert_eq!(rig.lives(), [(DEVICE, true, rig.now())]);
}

#[test]
fn the_dead_come_alive_by_births_only() {
    let mut rig = Rig::all_born();
    rig.death(0);
    rig.lives();
    rig.send(NDATA, vec![data(1, double(1.0))]);
    rig.send(DDATA, vec![data(3, metric::Value::Int(1))]);
    rig.device_birth();
    assert_eq!(rig.lives(), []);
    assert_eq!(rig.rejects(), [(RejectCause::DataBeforeBirth, 3)]);
}

/// Decoder, ingest, history and snapshot together: what a user sees as stale.
struct Screen {
    rig: Rig,
    ingest: Ingest,
    twin: Twin,
    snapshot: Snapshot,
    cursor: ViewCursor,
}

impl Screen {
    fn new() -> Self {
        let plant = Arc::new(plant(Rebirth::Never, None));
        let (writer, reader) = history::in_memory(&plant);
        Self {
            rig: Rig::of(&plant),
            ingest: Ingest::new(Arc::clone(&plant), writer),
            snapshot: Snapshot::new(&plant),
            twin: Twin::new(plant, reader, LiveBoard::default()),
            cursor: ViewCursor::default(),
        }
    }

    fn freshness(&mut self) -> Vec<Freshness> {
        let now: Timestamp = self.rig.now();
        let batch = self.rig.intake.take(now);
        self.ingest.ingest(&batch);
        self.twin.advance(&mut self.snapshot, &mut self.cursor, now);
        self.snapshot.freshness.clone()
    }

    fn is_fresh(&mut self, signal: SignalId) -> bool {
        self.freshness()[signal.index()] == Freshness::Fresh
    }
}

/// operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale,
/// -ndeath-devices-tags-stale
#[test]
fn after_a_nodes_death_everything_of_it_is_stale() {
    let mut screen = Screen::new();
    screen.rig.node_birth(0);
    screen.rig.device_birth();
    screen.rig.device_2_birth();
    assert_eq!(screen.freshness(), [Freshness::Fresh; 6]);
    screen.rig.death(0);
    assert_eq!(screen.freshness(), [Freshness::Stale; 6]);
}

/// operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale
#[test]
fn after_a_devices_death_only_what_is_its_own_is_stale() {
    let mut screen = Screen::new();
    screen.rig.node_birth(0);
    screen.rig.device_birth();
    screen.rig.device_2_birth();
    device_death(&mut screen.rig, 4);
    assert!(!screen.is_fresh(SPEED) && !screen.is_fresh(TEMPERATURE));
    assert!(screen.is_fresh(LOAD) && screen.is_fresh(COUNT));
}

#[test]
fn after_a_nodes_new_birth_a_device_stays_stale_until_its_own() {
    let mut screen = Screen::new();
    screen.rig.node_birth(0);
    screen.rig.device_birth();
    screen.rig.death(0);
    screen.rig.node_birth(1);
    assert!(screen.is_fresh(LOAD));
    assert!(!screen.is_fresh(SPEED));
    screen.rig.device_birth();
    assert!(screen.is_fresh(SPEED));
}

#[test]
fn a_metric_that_the_new_birth_lacks_stays_stale() {
    let mut screen = Screen::new();
    screen.rig.node_birth(0);
    screen.rig.device_birth();
    screen.rig.death(0);
    screen.rig.node_birth(1);
    let only_speed = vec![born("speed", 3, DataType::Int32, Value::Integer(1))];
    screen.rig.send(DBIRTH, only_speed);
    assert!(screen.is_fresh(SPEED));
    assert!(!screen.is_fresh(TEMPERATURE));
    screen.rig.send(DDATA, vec![data(3, metric::Value::Int(2))]);
    assert!(!screen.is_fresh(TEMPERATURE));
}

#[test]
fn a_rebirth_with_unchanged_values_makes_them_fresh_again() {
    let mut screen = Screen::new();
    let birth = |screen: &mut Screen, number| {
        let mut load = born("load", 1, DataType::Double, Value::Float(10.0));
        load.timestamp = Some(START_MS - 60_000);
        screen.rig.seq = 0;
        screen.rig.send(NBIRTH, vec![bd_seq(number), load]);
    };
    birth(&mut screen, 0);
    screen.rig.death(0);
    assert!(!screen.is_fresh(LOAD));
    birth(&mut screen, 1);
    assert!(screen.is_fresh(LOAD));
}

#[test]
fn losing_the_broker_makes_everything_stale_until_it_is_heard_again() {
    let mut screen = Screen::new();
    screen.rig.node_birth(0);
    screen.rig.device_birth();
    screen.rig.device_2_birth();
    let now = screen.rig.now();
    screen
        .rig
        .decoder
        .connection_lost(now, &mut screen.rig.intake);
    assert_eq!(screen.freshness(), [Freshness::Stale; 6]);
    // Something was missed: what is said now is fresh, what was said before is not.
    screen.rig.seq += 5;
    screen
        .rig
        .send(DDATA_2, vec![data(6, metric::Value::Long(8))]);
    assert!(screen.is_fresh(COUNT));
    assert!(!screen.is_fresh(SPEED) && !screen.is_fresh(LOAD));
}
