//! From a scene's connection to what a client needs: address, secrets, certificates.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::connection::{Connection, Secret};
use crate::source::sparkplug::Request;

/// Why a connection cannot be tried. Waiting does not help: the scene, a file or the environment
/// must change; it is tried again all the same, so that a mended file needs no restart.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Not `mqtt://host[:port]` or `mqtts://host[:port]`.
    #[error("the url must be mqtt://host[:port] or mqtts://host[:port], without a password: {0}")]
    Url(String),
    /// The environment has no such variable.
    #[error("set the environment variable that the scene names for the password: {0}")]
    NoVariable(Arc<str>),
    /// A password without a user.
    #[error("the scene gives a password and no user name")]
    NoUser,
    /// A file of the scene's connection cannot be read.
    #[error("cannot read the {what} ({error}): {}", path.display())]
    File {
        /// What the file is for.
        what: &'static str,
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A certificate without its key, or the other way round.
    #[error("a client certificate needs both client_certificate and client_key")]
    HalfCertificate,
    /// The files were read but TLS cannot use them.
    #[error("TLS cannot use the certificates of this connection: {0}")]
    Tls(String),
}

/// Where a broker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Host name or IP address.
    pub host: String,
    /// TCP port: 1883, or 8883 with TLS, unless the url says otherwise.
    pub port: u16,
    /// `mqtts`.
    pub is_tls: bool,
}

impl Address {
    /// Reads `mqtt://host[:port]`; IPv6 addresses stand in brackets.
    pub fn parse(url: &str) -> Result<Self, ConnectError> {
        let wrong = || ConnectError::Url(without_user(url));
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let is_tls = match scheme {
            "mqtt" | "tcp" => false,
            "mqtts" | "ssl" | "tls" => true,
            _ => return Err(wrong()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['@', '/', '?', '#', ' ']) {
            return Err(wrong());
        }
        let standard = if is_tls { 8883 } else { 1883 };
        let (host, port) = if let Some(rest) = rest.strip_prefix('[') {
            let (host, port) = rest.split_once(']').ok_or_else(wrong)?;
            match port.strip_prefix(':') {
                Some(port) => (host, port.parse().map_err(|_| wrong())?),
                None if port.is_empty() => (host, standard),
                None => return Err(wrong()),
            }
        } else {
            match rest.rsplit_once(':') {
                Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
                None => (rest, standard),
            }
        };
        if host.is_empty() || port == 0 {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            is_tls,
        })
    }
}

/// A url for people: whatever stands before an `@` may be a secret.
pub fn without_user(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        (None, Some((_, host))) => format!("…@{host}"),
        _ => url.to_owned(),
    }
}

/// All that one attempt needs; holds secrets, and does not show them.
pub struct Setup {
    /// Where to.
    pub address: Address,
    /// Client id.
    pub client_id: String,
    /// User name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<Vec<u8>>,
    /// Configuration of TLS, for `mqtts`.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// Largest packet that is read at all, bytes.
    pub packet_bytes: usize,
    /// Message that the broker publishes when this client is lost.
    pub will: Option<Request>,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("address", &self.address)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Setup {
    /// Silence after which the broker is asked whether it is there, seconds.
    pub const KEEP_ALIVE_SECS: u16 = 20;
    /// Time for TCP, TLS and the broker's greeting, seconds.
    const CONNECT_SECS: u64 = 10;
    /// Packets decoded at a time; the client's highest.
    pub const READ_BATCH: usize = 128;
    /// Messages that may wait to be sent; a listener sends next to nothing.
    pub const REQUESTS: usize = 64;
    /// Size of the socket's receive buffer, bytes: what a burst may pile up while we decode.
    const SOCKET_BYTES: u32 = 4 << 20;
    /// Bytes of the largest packet that is read and thrown away when it is larger than the
    /// connection allows. A larger one breaks the connection: MQTT knows no other way to refuse it.
    const PACKET_BYTES: usize = 64 << 20;

    /// Sets what the sockets of both protocol versions need.
    pub fn tune(network: &mut rumqttc::NetworkOptions) {
        network.set_tcp_recv_buffer_size(Self::SOCKET_BYTES);
        network.set_tcp_nodelay(true);
        network.set_connection_timeout(Self::CONNECT_SECS);
    }

    /// Reads secrets and certificates.
    pub fn read(
        connection: &Connection,
        url: &str,
        client_id: String,
    ) -> Result<Self, ConnectError> {
        let address = Address::parse(url)?;
        let password = match &connection.password {
            None => None,
            Some(_) if connection.username.is_none() => return Err(ConnectError::NoUser),
            Some(Secret::Env(name)) => Some(
                std::env::var_os(&**name)
                    .ok_or_else(|| ConnectError::NoVariable(Arc::clone(name)))?
                    .into_encoded_bytes(),
            ),
            Some(Secret::File(path)) => Some(trimmed(read("password file", path)?)),
        };
        let tls = if address.is_tls {
            Some(Arc::new(tls(connection)?))
        } else {
            None
        };
        Ok(Self {
            address,
            client_id,
            username: connection.username.as_deref().map(str::to_owned),
            password,
            tls,
            packet_bytes: Self::PACKET_BYTES.max(connection.max_packet_bytes),
            will: None,
        })
    }
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, ConnectError> {
    std::fs::read(path).map_err(|error| ConnectError::File {
        what,
        path: path.to_owned(),
        error,
    })
}

/// Without one trailing line end.
fn trimmed(mut secret: Vec<u8>) -> Vec<u8> {
    if secret.last() == Some(&b'\n') {
        secret.pop();
    }
    if secret.last() == Some(&b'\r') {
        secret.pop();
    }
    secret
}

fn tls(connection: &Connection) -> Result<rustls::ClientConfig, ConnectError> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let unusable = |error: &dyn fmt::Display| ConnectError::Tls(error.to_string());
    let certificates = |what, path: &Path| {
        CertificateDer::pem_slice_iter(&read(what, path)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unusable(&error))
    };
    let mut roots = rustls::RootCertStore::empty();
    match &connection.tls.ca {
        Some(path) => {
            roots.add_parsable_certificates(certificates("CA file", path)?);
            if roots.is_empty() {
                let what = format!("no certificate in {}", path.display());
                return Err(ConnectError::Tls(what));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                let what = "this machine trusts no certificate authority: name a `ca` file";
                return Err(ConnectError::Tls(what.to_owned()));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .with_root_certificates(roots);
    match (
        &connection.tls.client_certificate,
        &connection.tls.client_key,
    ) {
        (None, None) => Ok(config.with_no_client_auth()),
        (Some(chain), Some(key)) => {
            let chain = certificates("client certificate", chain)?;
            let key = PrivateKeyDer::from_pem_slice(&read("client key", key)?)
                .map_err(|error| unusable(&error))?;
            config
                .with_client_auth_cert(chain, key)
                .map_err(|error| unusable(&error))
        }
        _ => Err(ConnectError::HalfCertificate),
    }
}
