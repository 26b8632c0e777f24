//! MQTT 5 over `rumqttc-v5`.

use rumqttc_v5 as mqtt;

use mqtt::{
    AsyncClient, ConnectionError, Event, EventLoop, StateError, TlsConfiguration, Transport,
};

use super::connect::Setup;
use super::link::{GOODBYE, Link, LinkError, Packet, quality};
use crate::source::sparkplug::Request;

/// A client of this version.
pub struct Client {
    client: AsyncClient,
    events: EventLoop,
}

impl Client {
    /// Prepares a connection; it is made with the first [`Link::next`].
    pub fn new(mut setup: Setup) -> Self {
        let will = setup.will.take();
        let packet_bytes = setup.packet_bytes;
        let mut options = options(setup);
        options.set_keep_alive(Setup::KEEP_ALIVE_SECS);
        options.set_max_packet_size(u32::try_from(packet_bytes).ok());
        options.set_read_batch_size(Setup::READ_BATCH);
        if let Some(Request {
            topic,
            payload,
            qos,
            is_retained,
        }) = will
        {
            let will = mqtt::LastWill::new(topic, payload, quality(qos), is_retained, None);
            options.set_last_will(will);
        }
        let mut network = options.network_options();
        Setup::tune(&mut network);
        options.set_network_options(network);
        let (client, events) = AsyncClient::builder(options)
            .capacity(Setup::REQUESTS)
            .build();
        Self { client, events }
    }
}

/// Where a client connects to and as whom.
fn options(setup: Setup) -> mqtt::MqttOptions {
    let address = (setup.address.host, setup.address.port);
    let mut options = mqtt::MqttOptions::new(setup.client_id, address);
    match (setup.username, setup.password) {
        (Some(user), Some(password)) => {
            options.set_credentials(user, password);
        }
        (Some(user), None) => {
            options.set_username(user);
        }
        (None, _) => {}
    }
    if let Some(tls) = setup.tls {
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls)));
    }
    options
}

impl Link for Client {
    async fn next(&mut self) -> Result<Packet, LinkError> {
        match self.events.poll().await {
            Ok(event) => Ok(packet(event)),
            Err(error) => Err(failure(&error)),
        }
    }

    #[inline]
    fn ready(&mut self) -> Option<Packet> {
        self.events.state.events.pop_front().map(packet)
    }

    fn subscribe(&mut self, filters: &[(String, u8)]) -> Result<(), LinkError> {
        let filters = filters
            .iter()
            .map(|(filter, qos)| mqtt::SubscribeFilter::new(filter.clone(), quality(*qos)));
        self.client
            .try_subscribe_many(filters)
            .map_err(LinkError::unsubscribed)
    }

    fn publish(&mut self, message: Request) -> bool {
        let qos = quality(message.qos);
        let options = mqtt::PublishOptions::new(qos).retain(message.is_retained);
        self.client
            .try_publish(message.topic, message.payload, options)
            .is_ok()
    }

    fn disconnect(&mut self) {
        let _ = self.client.try_disconnect_with_timeout(GOODBYE);
    }
}

#[inline]
fn packet(event: Event) -> Packet {
    match event {
        Event::Incoming(mqtt::Packet::Publish(message)) => Packet::Publish {
            topic: message.topic,
            payload: message.payload,
            retained: message.retain,
        },
        Event::Incoming(mqtt::Packet::ConnAck(_)) => Packet::Connected,
        Event::Incoming(mqtt::Packet::SubAck(answer)) => Packet::Subscribed {
            refused: answer
                .return_codes
                .iter()
                .filter(|code| !matches!(code, mqtt::SubscribeReasonCode::Success(_)))
                .count(),
        },
        _ => Packet::Other,
    }
}

fn failure(error: &ConnectionError) -> LinkError {
    use mqtt::ConnectReturnCode as Code;
    let message = match error {
        ConnectionError::ConnectionRefused(
            Code::BadUserNamePassword | Code::NotAuthorized | Code::BadAuthenticationMethod,
        ) => LinkError::NOT_AUTHORISED.to_owned(),
        other => other.to_string(),
    };
    let oversized = match error {
        ConnectionError::MqttState(StateError::IncomingPacketTooLarge { pkt_size, .. }) => {
            Some(*pkt_size)
        }
        ConnectionError::MqttState(StateError::Deserialization(
            mqtt::Error::PayloadSizeLimitExceeded { pkt_size, .. },
        )) => Some(*pkt_size),
        _ => None,
    };
    LinkError { message, oversized }
}
