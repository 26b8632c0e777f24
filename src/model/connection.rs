//! Where a plant's telemetry comes from, as the scene says it: brokers and how topics and payloads
//! map to signals. Pure description; [`source`](crate::source) acts on it.

use std::cmp::Ordering;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{SessionId, SignalId, Timestamp};

/// One broker connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Id, unique in the scene.
    pub id: Arc<str>,
    /// `mqtt://host[:port]` or `mqtts://host[:port]`; never holds a password. Empty: the embedded
    /// demo broker, when the emulator runs inside.
    pub url: Arc<str>,
    /// Protocol version.
    pub version: MqttVersion,
    /// Client id; `None`: `twinscape-` and a number of its own for each run, since a broker throws
    /// out the older of two clients of one name.
    pub client_id: Option<Arc<str>>,
    /// User name.
    pub username: Option<Arc<str>>,
    /// Where the password is.
    pub password: Option<Secret>,
    /// TLS beyond the scheme: own CA, client certificate.
    pub tls: Tls,
    /// Largest packet taken, bytes.
    pub max_packet_bytes: usize,
    /// How far a source's clock may be off before its times are not believed.
    pub skew: SkewWindow,
    /// Plain topics.
    pub topics: Vec<TopicMap>,
    /// Sparkplug B groups.
    pub sparkplug: Vec<SparkplugMap>,
}

/// MQTT protocol version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MqttVersion {
    /// MQTT 3.1.1.
    #[default]
    V3_1_1,
    /// MQTT 5.
    V5,
}

/// Where a secret is kept. Never the secret itself: neither scene, nor command line, nor log holds
/// one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Name of an environment variable.
    Env(Arc<str>),
    /// A file; a trailing line end is not part of the secret.
    File(PathBuf),
}

/// TLS settings, used with `mqtts`.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// PEM file of the certificate authorities to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// PEM file of the client's certificate chain.
    pub client_certificate: Option<PathBuf>,
    /// PEM file of the client's private key.
    pub client_key: Option<PathBuf>,
}

/// How far a source time may lie from the receive time and still be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkewWindow {
    /// Into the past (buffered and retained data are legitimately old).
    pub past: Duration,
    /// Into the future.
    pub future: Duration,
}

impl Default for SkewWindow {
    fn default() -> Self {
        Self {
            past: Duration::from_secs(7 * 24 * 3600),
            future: Duration::from_secs(5),
        }
    }
}

/// A [`SkewWindow`] in nanoseconds: it is asked of every sample.
#[derive(Clone, Copy, Debug)]
pub struct Skew {
    past: i64,
    future: i64,
}

impl From<SkewWindow> for Skew {
    fn from(window: SkewWindow) -> Self {
        let nanos = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        Self {
            past: nanos(window.past),
            future: nanos(window.future),
        }
    }
}

impl Skew {
    /// Where a source time lies: before the window around the receive time, in it (bounds
    /// included: [`Ordering::Equal`]), or after it.
    #[inline(always)]
    pub const fn place(self, time: Timestamp, received: Timestamp) -> Ordering {
        let ahead = time.nanos_since(received);
        if ahead > self.future {
            Ordering::Greater
        } else if ahead < self.past.saturating_neg() {
            Ordering::Less
        } else {
            Ordering::Equal
        }
    }
}

/// Plain topics by template.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicMap {
    /// Template such as `{site}/{area}/{line}/{equipment}/{signal}`; `+` and `#` match what is not
    /// needed. `{path}` is area/line together, `{equipment}` the local id, `{signal}` the name.
    pub template: Arc<str>,
    /// The signals bound to it, in order. Loading a scene works them out, also for a map that names
    /// none: then they are all that are not bound otherwise and for which the template can be
    /// filled. A map that binds nothing is left out.
    pub only: Vec<SignalId>,
    /// How the payload is read.
    pub payload: Payload,
    /// MQTT quality of service asked for, 0 to 2.
    pub qos: u8,
}

/// How a plain payload is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Payload {
    /// A bare number, `true`/`false`/`on`/`off`, or text: as the signal's type wants it.
    #[default]
    Bare,
    /// JSON, by RFC 6901 pointers.
    Json {
        /// Where the value is. `{signal}` stands for the signal's name: then one message carries
        /// many signals and the topic template has no `{signal}`.
        value: Arc<str>,
        /// Where the time is, if the message has one.
        time: Option<Arc<str>>,
        /// How the time is written.
        time_format: TimeFormat,
        /// Where the quality is, if the message has one: OPC (192 good), `good`/`bad`/`uncertain`,
        /// or a truth value.
        quality: Option<Arc<str>>,
    },
}

/// How a time is written in a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// RFC 3339 text, or epoch number whose unit follows from its size (s, ms, µs, ns).
    #[default]
    Auto,
    /// RFC 3339 text.
    Rfc3339,
    /// Seconds since the epoch, with fraction.
    EpochSeconds,
    /// Milliseconds since the epoch.
    EpochMillis,
    /// Microseconds since the epoch.
    EpochMicros,
    /// Nanoseconds since the epoch.
    EpochNanos,
}

/// A Sparkplug B group or part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct SparkplugMap {
    /// Group id, or a template (`{site}`).
    pub group: Arc<str>,
    /// Edge node id template: `{line}`, or a fixed text.
    pub node: Arc<str>,
    /// Device id template: `{equipment}`; `None`: the metrics are the node's own.
    pub device: Option<Arc<str>>,
    /// Metric name template: `{signal}`, `{equipment}/{signal}`.
    pub metric: Arc<str>,
    /// The signals bound to it, as for [`TopicMap::only`].
    pub only: Vec<SignalId>,
    /// Ask for a rebirth when a sequence gap shows that something was lost. Off by default: the
    /// twin does not write to the plant.
    pub rebirth: Rebirth,
    /// Publish STATE under this host id (Sparkplug 3.0 §5); `None`: never.
    pub host_id: Option<Arc<str>>,
}

/// Whether the twin may ask a node for its birth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rebirth {
    /// Never: listen only.
    #[default]
    Never,
    /// After a gap, an unknown alias or data before birth.
    OnGap,
}

/// Something whose being alive decides whether values that are reported by exception are fresh:
/// a broker connection, a Sparkplug edge node, a Sparkplug device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Index into [`Plant::connections`](super::Plant::connections).
    pub connection: u32,
    /// What it is.
    pub kind: SessionKind,
    /// The session it depends on: device → node → connection.
    pub parent: Option<SessionId>,
}

/// What a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// The connection to the broker. Its loss makes stale at once only what is reported by
    /// exception; cyclic values age by themselves.
    Connection,
    /// A Sparkplug edge node: its death makes all its metrics stale at once.
    Node {
        /// Group id.
        group: Arc<str>,
        /// Edge node id.
        node: Arc<str>,
    },
    /// A Sparkplug device: its death makes all its metrics stale at once.
    Device {
        /// Group id.
        group: Arc<str>,
        /// Edge node id.
        node: Arc<str>,
        /// Device id.
        device: Arc<str>,
    },
}

/// Where one signal's samples come from: shown to the user beside the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The signal.
    pub signal: SignalId,
    /// Index into [`Plant::connections`](super::Plant::connections).
    pub connection: u32,
    /// Topic it arrives on; for Sparkplug `spBv1.0/group/+/node[/device]`.
    pub topic: Arc<str>,
    /// Pointer or metric name inside the message; empty for a bare payload.
    pub field: Arc<str>,
}
