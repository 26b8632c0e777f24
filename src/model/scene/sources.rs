//! The `[[source]]` tables: broker connections, and the maps of topics and Sparkplug groups in
//! them. What they bind is worked out in [`bindings`](super::bindings).

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::model::connection::{
    Connection, MqttVersion, Payload, Rebirth, Secret, SkewWindow, SparkplugMap, TimeFormat, Tls,
    TopicMap,
};

use super::diagnostic::{Span, quote};
use super::table::{Field, Table};
use super::template::{Place, Template};

/// Packets up to this size are taken unless the scene says otherwise, bytes.
const DEFAULT_MAX_PACKET: usize = 256 << 10;

/// The connections of a scene while they are read.
pub(super) struct Sources<'a> {
    pub connections: Vec<Connection>,
    /// The maps of all connections, in the order of the file per connection.
    pub maps: Vec<Map<'a>>,
}

/// One `[[source.topic]]` or `[[source.sparkplug]]`, or an explicit binding of one signal.
pub(super) struct Map<'a> {
    pub connection: u32,
    pub at: Span,
    /// Patterns of what it binds; `None`: all that is not bound otherwise.
    pub only: Option<Vec<Field<'a>>>,
    pub shape: Shape,
}

/// What a map makes of a signal.
pub(super) enum Shape {
    Topic {
        /// Without its signals.
        map: TopicMap,
        topic: Template,
        field: Template,
    },
    Sparkplug {
        /// Without its signals.
        map: SparkplugMap,
        group: Template,
        node: Template,
        device: Option<Template>,
        metric: Template,
    },
}

/// Reads every source of the scene. Files are looked for relative to `folder`.
pub(super) fn read<'a>(scene: &Table<'a>, folder: &Path) -> Sources<'a> {
    let mut sources = Sources {
        connections: Vec::new(),
        maps: Vec::new(),
    };
    let mut ids = HashSet::new();
    for table in scene.tables("source", "[[source]]") {
        let index = sources.connections.len() as u32;
        let id_field = table.require("id");
        let id = id_field.and_then(|field| field.id());
        if let (Some(field), Some(id)) = (id_field, &id)
            && !ids.insert(Arc::clone(id))
        {
            field.error(
                format!("duplicate id: there is already a source {}", quote(id)),
                None,
            );
        }
        let connection = connection(&table, folder, id.unwrap_or_default());
        for table in table.tables("topic", "[[source.topic]]") {
            sources.maps.extend(topic_map(&table, index));
        }
        for table in table.tables("sparkplug", "[[source.sparkplug]]") {
            sources.maps.extend(sparkplug_map(&table, index));
        }
        sources.connections.push(connection);
    }
    sources
}

fn connection(table: &Table<'_>, folder: &Path, id: Arc<str>) -> Connection {
    let url_field = table.require("url");
    let url = url_field.and_then(|field| url(&field)).unwrap_or_default();
    let text = |key| table.get(key).and_then(|field| field.arc());
    let file = |key| {
        table
            .get(key)
            .and_then(|field| outside_file(&field, folder))
    };
    let version = table
        .get("version")
        .and_then(|field| field.word([("3.1.1", MqttVersion::V3_1_1), ("5", MqttVersion::V5)]))
        .unwrap_or_default();
    let username = text("username");
    let (from_env, from_file) = (table.get("password_env"), table.get("password_file"));
    if let (Some(_), Some(second)) = (from_env, from_file) {
        second.error(
            "a source has one password",
            "leave out password_env or password_file".to_owned(),
        );
    }
    let password = match (from_env, from_file) {
        (Some(field), _) => field.arc().map(Secret::Env),
        (None, Some(field)) => outside_file(&field, folder).map(Secret::File),
        (None, None) => None,
    };
    if let (Some(field), None) = (from_env.or(from_file), &username) {
        field.error(
            "a password needs a username beside it",
            "MQTT 3.1.1 allows no password without a user name".to_owned(),
        );
    }
    let tls = Tls {
        ca: file("ca"),
        client_certificate: file("client_certificate"),
        client_key: file("client_key"),
    };
    if tls.client_certificate.is_some() != tls.client_key.is_some() {
        table.report.error(
            table.at,
            "client_certificate and client_key go together",
            "name both PEM files, or neither".to_owned(),
        );
    }
    let has_tls = tls.ca.is_some() || tls.client_certificate.is_some();
    if has_tls && !url.is_empty() && !url.starts_with("mqtts://") {
        table.report.error(
            url_field.map_or(table.at, |field| field.at),
            "certificates are used with mqtts:// only",
            "write mqtts:// in the url, or take the certificates out".to_owned(),
        );
    }
    Connection {
        id,
        url,
        version,
        client_id: text("client_id"),
        username,
        password,
        tls,
        max_packet_bytes: table
            .get("max_packet")
            .and_then(|field| field.whole(1024, 268_435_455))
            .map_or(DEFAULT_MAX_PACKET, |bytes| bytes as usize),
        skew: skew(table),
        topics: Vec::new(),
        sparkplug: Vec::new(),
    }
}

fn skew(table: &Table<'_>) -> SkewWindow {
    let mut skew = SkewWindow::default();
    if let Some(table) = table.table("skew", "skew") {
        if let Some(past) = table.get("past").and_then(|field| field.duration()) {
            skew.past = past;
        }
        if let Some(future) = table.get("future").and_then(|field| field.duration()) {
            skew.future = future;
        }
    }
    skew
}

/// `mqtt://host[:port]`, `mqtts://host[:port]`, or `embedded` as the empty text.
fn url(field: &Field<'_>) -> Option<Arc<str>> {
    let text = field.text()?;
    if text == "embedded" {
        return Some(Arc::from(""));
    }
    match check_url(text) {
        Ok(()) => Some(Arc::from(text)),
        Err(problem) => {
            // A url with a password is not quoted: messages end up in logs.
            field.error(
                format!("not the url of a broker: {problem}"),
                "write mqtt://host:1883, mqtts://host:8883 or embedded".to_owned(),
            );
            None
        }
    }
}

/// What is wrong with the url of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Neither `mqtt` nor `mqtts`.
    #[error("it begins with neither mqtt:// nor mqtts://")]
    Scheme,
    /// User name or password in it.
    #[error("it holds a user name; use username and password_env or password_file")]
    Credentials,
    /// No host, or one with strange characters.
    #[error("it has no host")]
    Host,
    /// Not a number from 1 to 65535.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// A path, a query or a fragment.
    #[error("something follows the port")]
    Path,
}

/// Checks the url of a broker: `mqtt://host[:port]` or `mqtts://host[:port]`.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_url(text: &str) -> Result<(), UrlError> {
    let rest = text
        .strip_prefix("mqtt://")
        .or_else(|| text.strip_prefix("mqtts://"))
        .ok_or(UrlError::Scheme)?;
    if rest.contains('@') {
        return Err(UrlError::Credentials);
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#']) {
        return Err(UrlError::Path);
    }
    let (host, port) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(UrlError::Host)?;
            (host, port.strip_prefix(':'))
        }
        None => match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(UrlError::Host);
    }
    match port.map(str::parse::<u16>) {
        None => Ok(()),
        Some(Ok(port)) if port > 0 => Ok(()),
        Some(_) => Err(UrlError::Port),
    }
}

/// A file that is no part of the scene (a certificate, a secret): absolute, or inside the scene's
/// folder. It need not exist where the scene is only checked.
fn outside_file(field: &Field<'_>, folder: &Path) -> Option<PathBuf> {
    let name = Path::new(field.text()?);
    if !name.is_absolute() && name.components().any(|part| part == Component::ParentDir) {
        field.error(
            "the path leaves the folder of the scene",
            "give an absolute path, or put the file beside the scene".to_owned(),
        );
        return None;
    }
    let path = folder.join(name);
    if !path.is_file() {
        field.report.warning(
            field.at,
            format!("there is no file {} here", quote(&path.to_string_lossy())),
            "the source cannot connect without it".to_owned(),
        );
    }
    Some(path)
}

fn topic_map<'a>(table: &Table<'a>, connection: u32) -> Option<Map<'a>> {
    let topic_field = table.require("topic");
    let qos = table
        .get("qos")
        .and_then(|field| field.whole(0, 2))
        .unwrap_or(0);
    let payload = match table.get("payload") {
        Some(field) => payload(&field),
        None => Some(Payload::Bare),
    };
    let only = only(table);
    let topic_field = topic_field?;
    let topic = Template::read(&topic_field, Place::Topic)?;
    let payload = payload?;
    let field = match &payload {
        Payload::Bare => Template::default(),
        Payload::Json { value, .. } => Template::parse(value).ok()?,
    };
    Some(Map {
        connection,
        at: topic_field.at,
        only,
        shape: Shape::Topic {
            map: TopicMap {
                template: topic_field.arc()?,
                only: Vec::new(),
                payload,
                qos: u8::try_from(qos).unwrap_or(0),
            },
            topic,
            field,
        },
    })
}

fn payload(field: &Field<'_>) -> Option<Payload> {
    if field.is_text() {
        return field.word([("bare", Payload::Bare)]);
    }
    let table = field.table("payload")?;
    let pointer = |key| table.get(key).and_then(|field| pointer(&field));
    let value = match table.require("value") {
        Some(field) => Template::read(&field, Place::Pointer).and_then(|_| self::pointer(&field)),
        None => None,
    };
    let (time, quality) = (pointer("time"), pointer("quality"));
    let time_format = table
        .get("time_format")
        .and_then(|field| {
            field.word([
                ("auto", TimeFormat::Auto),
                ("rfc3339", TimeFormat::Rfc3339),
                ("s", TimeFormat::EpochSeconds),
                ("ms", TimeFormat::EpochMillis),
                ("us", TimeFormat::EpochMicros),
                ("ns", TimeFormat::EpochNanos),
            ])
        })
        .unwrap_or_default();
    Some(Payload::Json {
        value: value?,
        time,
        time_format,
        quality,
    })
}

/// An RFC 6901 JSON pointer.
pub(super) fn pointer(field: &Field<'_>) -> Option<Arc<str>> {
    let text = field.text()?;
    let escapes = text
        .match_indices('~')
        .all(|(at, _)| matches!(text.as_bytes().get(at + 1), Some(b'0' | b'1')));
    if (text.is_empty() || text.starts_with('/')) && escapes {
        return Some(Arc::from(text));
    }
    field.error(
        format!("{} is not a JSON pointer (RFC 6901)", quote(text)),
        "it begins with a slash: \"/value\"; the empty text is the whole document".to_owned(),
    );
    None
}

fn sparkplug_map<'a>(table: &Table<'a>, connection: u32) -> Option<Map<'a>> {
    let part = |field: Option<Field<'a>>, place| {
        field.and_then(|field| Some((field.arc()?, Template::read(&field, place)?)))
    };
    let group = part(table.require("group"), Place::Level);
    let node = part(table.require("node"), Place::Level);
    let has_device = table.has("device");
    let device = part(table.get("device"), Place::Level);
    let metric = match table.get("metric") {
        Some(field) => part(Some(field), Place::Metric),
        None => Template::parse("{signal}")
            .ok()
            .map(|template| (Arc::from("{signal}"), template)),
    };
    let rebirth = table.get("rebirth").and_then(|field| field.boolean());
    let host_id = table.get("host_id").and_then(|field| field.id());
    let only = only(table);
    if has_device && device.is_none() {
        return None;
    }
    let ((group_text, group), (node_text, node), (metric_text, metric)) = (group?, node?, metric?);
    let (device_text, device) = device.unzip();
    Some(Map {
        connection,
        at: table.at,
        only,
        shape: Shape::Sparkplug {
            map: SparkplugMap {
                group: group_text,
                node: node_text,
                device: device_text,
                metric: metric_text,
                only: Vec::new(),
                rebirth: match rebirth {
                    Some(true) => Rebirth::OnGap,
                    _ => Rebirth::Never,
                },
                host_id,
            },
            group,
            node,
            device,
            metric,
        },
    })
}

fn only<'a>(table: &Table<'a>) -> Option<Vec<Field<'a>>> {
    let field = table.get("only")?;
    let fields = field.array()?;
    if fields.is_empty() {
        field.error(
            "only names nothing",
            "leave it out to bind everything that is not bound otherwise".to_owned(),
        );
    }
    Some(fields)
}
