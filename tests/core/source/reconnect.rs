//! Brokers that go and come.

use std::time::Duration;

use twinscape::model::connection::MqttVersion;
use twinscape::model::{Cause, Quality, SessionId, Value};
use twinscape::source::status::Link;

use super::listener::Listener;
use super::plant::{bare, bound, connection, signal};
use crate::broker::{Broker, is_installed};

#[test]
fn a_killed_broker_is_waited_for_and_subscribed_to_again() {
    if !is_installed() {
        return;
    }
    for version in [MqttVersion::V3_1_1, MqttVersion::V5] {
        let mut broker = Broker::open();
        let mut description = connection(&broker.url());
        description.version = version;
        let plant = bound(description, bare());
        let temperature = signal(&plant, "m1", "temperature");
        let mut listener = Listener::connected(plant);
        broker.publish("plant/m1/temperature", "1");
        listener.samples(1);

        broker.kill();
        listener.until("waiting", |it| {
            matches!(it.status().link, Link::Waiting { .. })
        });
        std::thread::sleep(Duration::from_secs(3));
        broker.start();
        broker.retain("plant/m1/temperature", "2");
        listener.until("connected again", |it| {
            it.status().link == Link::Connected && it.status().reconnects == 1
        });
        listener.samples(2);
        broker.publish("plant/m1/temperature", "3");
        let samples = listener.samples(3);
        assert_eq!(samples[1].quality, Quality::Uncertain(Cause::UnknownAge));
        let values = [1.0, 2.0, 3.0].map(Value::Float);
        assert_eq!(listener.values(temperature), values);
        let alive: Vec<_> = listener
            .liveness
            .iter()
            .map(|&(id, alive, _)| (id, alive))
            .collect();
        let session = SessionId(0);
        assert_eq!(alive, [(session, true), (session, false), (session, true)]);
    }
}

#[test]
fn a_broker_that_is_not_there_yet_is_waited_for() {
    if !is_installed() {
        return;
    }
    let mut broker = Broker::stopped("allow_anonymous true\n", |_| {});
    let mut listener = Listener::start(bound(connection(&broker.url()), bare()));
    listener.until("waiting", |it| {
        matches!(it.status().link, Link::Waiting { .. })
    });
    broker.start();
    listener.until("connected", |it| it.status().link == Link::Connected);
    assert_eq!(listener.status().reconnects, 0);
    broker.publish("plant/m2/count", "5");
    assert_eq!(listener.samples(1)[0].value, Value::Integer(5));
}

#[test]
fn stopping_says_goodbye_and_sends_on_what_is_left() {
    if !is_installed() {
        return;
    }
    let broker = Broker::open();
    let mut listener = Listener::connected(bound(connection(&broker.url()), bare()));
    broker.publish("plant/m2/count", "5");
    listener.samples(1);
    listener.sources.shutdown();
    listener.until("the end of the session", |it| it.liveness.len() == 2);
    assert!(!listener.liveness[1].1);
}
