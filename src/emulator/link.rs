//! [`Link`]: one MQTT session of the emulated plant.

use std::time::Duration;

use rumqttc::{AsyncClient, Event, LastWill, Packet, PublishOptions, QoS};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::source::mqtt::{self, Setup};

/// Messages that may wait to be sent. One survey of a line fits several times.
const REQUESTS: usize = 4096;
/// Things that may wait to be noticed by the publisher.
const EVENTS: usize = 64;
const KEEP_ALIVE_SECS: u16 = 10;
const MAX_PACKET_BYTES: usize = 1 << 20;

/// What the publisher has to know of its session.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LinkEvent {
    /// Connected.
    Up,
    /// Lost, or could not be made; the link is dead.
    Down(String),
    /// Somebody sent a command.
    Command(Vec<u8>),
}

/// One connection. Dropping it drops the socket, so that the broker publishes the will.
pub(super) struct Link {
    client: AsyncClient,
    events: mpsc::Receiver<LinkEvent>,
    task: JoinHandle<()>,
    /// Messages that found no room in the queue.
    pub(super) dropped: u64,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    /// Begins to connect. Must be called inside a tokio runtime.
    pub(super) fn open(
        setup: Setup,
        will: Option<(String, Vec<u8>)>,
        commands: Option<String>,
    ) -> Self {
        let mut options = mqtt::options_of_v3(setup);
        options.set_keep_alive(KEEP_ALIVE_SECS);
        options.set_max_packet_size(MAX_PACKET_BYTES, MAX_PACKET_BYTES);
        if let Some((topic, payload)) = will {
            options.set_last_will(LastWill::new(topic, payload, QoS::AtLeastOnce, false));
        }
        let (client, mut events) = AsyncClient::builder(options).capacity(REQUESTS).build();
        let (tell, told) = mpsc::channel(EVENTS);
        let subscriber = client.clone();
        let task = tokio::spawn(async move {
            loop {
                let event = match events.poll().await {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        if let Some(topic) = &commands
                            && let Err(error) = subscriber.try_subscribe(topic, QoS::AtLeastOnce)
                        {
                            tracing::warn!(%error, "the emulator cannot listen to commands");
                        }
                        LinkEvent::Up
                    }
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        LinkEvent::Command(message.payload.to_vec())
                    }
                    Ok(_) => continue,
                    Err(error) => {
                        // The end of this task says the same when the queue is full.
                        let _ = tell.try_send(LinkEvent::Down(error.to_string()));
                        return;
                    }
                };
                // A full queue drops commands, of which one is as good as many.
                let _ = tell.try_send(event);
            }
        });
        Self {
            client,
            events: told,
            task,
            dropped: 0,
        }
    }

    /// What happened since last time; `Down` when the session is over.
    pub(super) fn poll(&mut self) -> Option<LinkEvent> {
        match self.events.try_recv() {
            Ok(event) => Some(event),
            Err(mpsc::error::TryRecvError::Empty) => None,
            Err(mpsc::error::TryRecvError::Disconnected) => {
                Some(LinkEvent::Down("the connection is over".to_owned()))
            }
        }
    }

    /// Queues a message.
    pub(super) fn publish(&mut self, topic: &str, payload: Vec<u8>, qos: QoS, is_retained: bool) {
        let options = PublishOptions::new(qos).retain(is_retained);
        if self.client.try_publish(topic, payload, options).is_err() {
            self.dropped += 1;
        }
    }

    /// Says goodbye after what is queued, and waits for it, but not for long.
    pub(super) async fn close(mut self) {
        let timeout = Duration::from_millis(500);
        if self.client.try_disconnect_with_timeout(timeout).is_ok() {
            let _ = tokio::time::timeout(timeout, &mut self.task).await;
        }
    }
}
