//! [`Session`]: what one connection's thread owns and does.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::backoff::Backoff;
use super::connect::Setup;
use super::link::{Link, LinkError, Packet};
use super::{v3, v5};
use crate::clock::Clock;
use crate::model::connection::{MqttVersion, SessionKind};
use crate::model::{Plant, SessionId, Timestamp};
use crate::source::batch::{BATCH_SAMPLES, Pool};
use crate::source::intake::Intake;
use crate::source::json::Found;
use crate::source::meter::Meter;
use crate::source::outlet::Outlet;
use crate::source::payload::Message;
use crate::source::sparkplug;
use crate::source::status::{Link as LinkStatus, RejectCause, SourceStatus};
use crate::source::topic::{Router, subscriptions};

/// How long samples wait for company before they are sent on; the first after a pause do not.
const FLUSH_AFTER: Duration = Duration::from_millis(5);
/// How often the status is brought up to date.
const STATUS_EVERY: Duration = Duration::from_millis(250);
/// How often a full channel is tried again.
const DRAIN_EVERY: Duration = Duration::from_millis(5);
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// One connection: description, decoders and everything that is counted.
pub struct Session {
    plant: Arc<Plant>,
    connection: u32,
    id: Option<SessionId>,
    max_packet_bytes: usize,
    url: Arc<str>,
    client_id: String,
    clock: Arc<Clock>,
    router: Router,
    sparkplug: sparkplug::Decoder,
    /// Messages that the scene allows us to send and that wait for the link.
    requests: Vec<sparkplug::Request>,
    found: Found,
    scratch: Vec<u32>,
    intake: Intake,
    outlet: Outlet,
    status: SourceStatus,
    meter: Meter,
    board: Arc<Mutex<SourceStatus>>,
    is_connected: bool,
    was_connected: bool,
    flushed: Timestamp,
    published: Timestamp,
}

/// How listening ended.
enum End {
    Stopped,
    Lost(LinkError),
}

impl Session {
    /// Hands on what no signal is bound to, for a recording.
    pub fn keep_unmapped(&mut self, bytes_per_second: usize) {
        self.intake.keep_unmapped(bytes_per_second);
    }

    /// Prepares a connection; `url` may differ from the scene's (the embedded broker).
    pub fn new(
        plant: &Arc<Plant>,
        connection: u32,
        url: Arc<str>,
        client_id: String,
        clock: &Arc<Clock>,
        outlet: Outlet,
        board: &Arc<Mutex<SourceStatus>>,
    ) -> Self {
        let id = plant.sessions.iter().zip(0..).find_map(|(session, id)| {
            let is_own =
                session.connection == connection && session.kind == SessionKind::Connection;
            is_own.then_some(SessionId(id))
        });
        let max_packet_bytes = plant
            .connections
            .get(connection as usize)
            .map_or(usize::MAX, |description| description.max_packet_bytes);
        let status = board.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self {
            plant: Arc::clone(plant),
            connection,
            id,
            max_packet_bytes,
            url,
            client_id,
            clock: Arc::clone(clock),
            router: Router::new(plant, connection),
            sparkplug: sparkplug::Decoder::new(plant, connection),
            requests: Vec::new(),
            found: Found::default(),
            scratch: Vec::new(),
            intake: Intake::new(plant, connection, Pool::new()),
            outlet,
            status,
            meter: Meter::default(),
            board: Arc::clone(board),
            is_connected: false,
            was_connected: false,
            flushed: Timestamp::MIN,
            published: Timestamp::MIN,
        }
    }

    /// Connects, listens and tries again until `stop` changes.
    pub async fn serve(&mut self, mut stop: watch::Receiver<bool>) {
        let seed = self.clock.now().as_nanos() as u64 ^ u64::from(self.connection);
        let mut backoff = Backoff::new(seed);
        while !*stop.borrow() && !self.outlet.is_closed() {
            let Some(description) = self.plant.connections.get(self.connection as usize) else {
                return;
            };
            let setup = Setup::read(description, &self.url, self.client_id.clone());
            let link = match (setup, description.version) {
                (Err(error), _) => LinkStatus::Failed {
                    error: error.to_string().into(),
                },
                (Ok(mut setup), version) => {
                    let now = self.clock.now();
                    setup.will = self.sparkplug.host().map(|host| host.will(now));
                    let end = match version {
                        MqttVersion::V3_1_1 => {
                            self.listen(v3::Client::new(setup), &mut stop, &mut backoff)
                                .await
                        }
                        MqttVersion::V5 => {
                            self.listen(v5::Client::new(setup), &mut stop, &mut backoff)
                                .await
                        }
                    };
                    match end {
                        End::Stopped => break,
                        End::Lost(error) => self.lost(&error),
                    }
                }
            };
            self.wait(link, backoff.next_wait(), &mut stop).await;
        }
        self.disconnected("stopped");
        self.flush(self.clock.now());
        self.publish(self.clock.now());
    }

    /// Listens until the connection is lost or `stop` changes.
    async fn listen<L: Link>(
        &mut self,
        mut link: L,
        stop: &mut watch::Receiver<bool>,
        backoff: &mut Backoff,
    ) -> End {
        let mut filters = subscriptions(&self.plant, self.connection);
        filters.extend(self.sparkplug.subscriptions());
        let mut tick = interval(STATUS_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let event = {
                let mut next = pin!(link.next());
                loop {
                    let pause = self.pause();
                    tokio::select! {
                        biased;
                        event = &mut next => break Some(event),
                        // The socket has nothing more for the moment.
                        _ = stop.changed() => break None,
                        () = sleep(pause.unwrap_or_default()), if pause.is_some() => {
                            self.flush(self.clock.now());
                        }
                        _ = tick.tick() => self.publish(self.clock.now()),
                    }
                    if self.outlet.is_closed() {
                        break None;
                    }
                }
            };
            let now = self.clock.now();
            let (mut packet, end) = match event {
                Some(Ok(packet)) => (Some(packet), None),
                // What had been read before the loss is still good.
                Some(Err(error)) => (link.ready(), Some(End::Lost(error))),
                None => (link.ready(), Some(End::Stopped)),
            };
            while let Some(received) = packet {
                match received {
                    Packet::Publish {
                        topic,
                        payload,
                        retained,
                    } => {
                        // A broker may send what is subscribed to before it says so, and the
                        // connection must be alive before what depends on it.
                        self.connected(now);
                        self.message(&topic, &payload, retained, now);
                    }
                    Packet::Connected => {
                        if let Err(error) = link.subscribe(&filters) {
                            return End::Lost(error);
                        }
                        if filters.is_empty() {
                            self.connected(now);
                        }
                    }
                    Packet::Subscribed { refused } => {
                        if refused > 0 && refused >= filters.len() {
                            return End::Lost(LinkError {
                                message:
                                    "the broker refused every subscription: see its access rules"
                                        .to_owned(),
                                oversized: None,
                            });
                        }
                        if refused > 0 {
                            let of = filters.len();
                            let what =
                                format!("the broker refused {refused} of {of} subscriptions");
                            tracing::warn!(source = %self.status.name, "{what}");
                            self.intake.note(now, what);
                        }
                        backoff.reset();
                        self.connected(now);
                        self.requests
                            .extend(self.sparkplug.host().map(|host| host.birth()));
                    }
                    Packet::Other => {}
                }
                packet = link.ready();
            }
            match end {
                Some(End::Stopped) => {
                    self.say_goodbye(link).await;
                    return End::Stopped;
                }
                Some(lost) => return lost,
                None => {}
            }
            for request in self.requests.drain(..) {
                if !link.publish(request) {
                    tracing::debug!(source = %self.status.name, "a request found the queue full");
                }
            }
            if now.saturating_since(self.flushed) >= FLUSH_AFTER {
                self.flush(now);
            }
            if now.saturating_since(self.published) >= STATUS_EVERY {
                self.publish(now);
            }
            if self.outlet.is_closed() || stop.has_changed().unwrap_or(true) {
                self.say_goodbye(link).await;
                return End::Stopped;
            }
        }
    }

    /// How long to wait before [`Session::flush`], if there is anything to be sent.
    fn pause(&self) -> Option<Duration> {
        if self.outlet.has_backlog() {
            Some(DRAIN_EVERY)
        } else {
            (!self.intake.is_empty()).then_some(FLUSH_AFTER)
        }
    }

    /// Leaves on purpose: the broker need not publish the will.
    async fn say_goodbye<L: Link>(&mut self, mut link: L) {
        let now = self.clock.now();
        if self.is_connected
            && let Some(host) = self.sparkplug.host()
        {
            link.publish(host.death(now));
        }
        link.disconnect();
        let goodbye = async { while link.next().await.is_ok() {} };
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    }

    /// Takes one message.
    #[inline]
    fn message(&mut self, topic: &[u8], payload: &[u8], retained: bool, now: Timestamp) {
        self.status.messages += 1;
        self.status.bytes += payload.len() as u64;
        self.status.last_message = Some(now);
        let most = self.max_packet_bytes;
        if payload.len() + topic.len() > most {
            let topic = String::from_utf8_lossy(topic);
            let what = format_args!("{} bytes, {most} are allowed", payload.len());
            self.intake
                .reject(RejectCause::Oversized, &topic, what, payload, now);
            return;
        }
        if self.sparkplug.is_for(topic) {
            let message = sparkplug::Message {
                topic,
                payload,
                retained,
                receive_time: now,
            };
            self.sparkplug
                .message(&message, &mut self.intake, &mut self.requests);
            if self.intake.len() >= BATCH_SAMPLES {
                self.flush(now);
            }
            return;
        }
        let message = Message {
            topic,
            payload,
            retained,
            receive_time: now,
        };
        let mut is_bound = false;
        for reader in self.router.find(topic, &mut self.scratch) {
            is_bound = true;
            reader.read(&message, &mut self.found, &mut self.intake);
        }
        if !is_bound {
            self.intake
                .unmapped(&String::from_utf8_lossy(topic), "", payload, now);
        }
        if self.intake.len() >= BATCH_SAMPLES {
            self.flush(now);
        }
    }

    fn connected(&mut self, now: Timestamp) {
        if self.is_connected {
            return;
        }
        self.is_connected = true;
        if self.was_connected {
            self.status.reconnects += 1;
        }
        self.was_connected = true;
        self.status.link = LinkStatus::Connected;
        self.status.connected_since = Some(now);
        if let Some(id) = self.id {
            self.intake.liveness(id, true, now);
        }
        self.intake.note(now, format!("connected to {}", self.url));
        tracing::info!(source = %self.status.name, "connected");
        self.publish(now);
    }

    fn disconnected(&mut self, why: &str) {
        if !std::mem::take(&mut self.is_connected) {
            return;
        }
        let now = self.clock.now();
        self.status.connected_since = None;
        self.sparkplug.connection_lost(now, &mut self.intake);
        if let Some(id) = self.id {
            self.intake.liveness(id, false, now);
        }
        self.requests.clear();
        self.intake.note(now, format!("disconnected: {why}"));
        tracing::warn!(source = %self.status.name, "disconnected: {why}");
    }

    fn lost(&mut self, error: &LinkError) -> LinkStatus {
        if let Some(bytes) = error.oversized {
            let what = format_args!("a packet of {bytes} bytes broke the connection");
            let now = self.clock.now();
            self.intake
                .reject(RejectCause::Oversized, "", what, b"", now);
        }
        self.disconnected(&error.message);
        LinkStatus::Waiting {
            error: error.message.as_str().into(),
            retry: Timestamp::MAX,
        }
    }

    /// Waits before the next attempt; what is queued goes on meanwhile.
    async fn wait(
        &mut self,
        mut link: LinkStatus,
        wait: Duration,
        stop: &mut watch::Receiver<bool>,
    ) {
        let now = self.clock.now();
        if let LinkStatus::Waiting { retry, .. } = &mut link {
            *retry = now + wait;
        }
        if self.status.link != link {
            match &link {
                LinkStatus::Waiting { error, .. } | LinkStatus::Failed { error } => {
                    tracing::debug!(source = %self.status.name, "{error}; next try in {wait:?}");
                }
                _ => {}
            }
        }
        self.status.link = link;
        self.flush(now);
        self.publish(now);
        let mut tick = interval(STATUS_EVERY);
        let mut pause = pin!(sleep(wait));
        loop {
            tokio::select! {
                () = &mut pause => return,
                _ = stop.changed() => return,
                () = sleep(DRAIN_EVERY), if self.outlet.has_backlog() => {
                    self.flush(self.clock.now());
                }
                _ = tick.tick() => self.publish(self.clock.now()),
            }
        }
    }

    /// Sends on what has been collected.
    fn flush(&mut self, now: Timestamp) {
        self.flushed = now;
        if self.intake.is_empty() && !self.outlet.has_backlog() {
            return;
        }
        let batch = self.intake.take(now);
        self.status.samples += batch.samples.len() as u64;
        self.outlet.send(batch);
    }

    /// Brings the status that others see up to date.
    fn publish(&mut self, now: Timestamp) {
        self.published = now;
        let status = &mut self.status;
        self.meter.advance(now, status.messages);
        status.messages_per_second = self.meter.per_second(now);
        status.dropped = self.outlet.dropped();
        status.spilled = self.outlet.spilled();
        self.intake.tally().publish(status);
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        board.clone_from(status);
    }
}

/// Runs a connection on the calling thread until `stop` changes.
pub fn run(mut session: Session, stop: watch::Receiver<bool>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(session.serve(stop));
    Ok(())
}
