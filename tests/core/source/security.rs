//! Users, passwords, TLS; and that no secret shows anywhere.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use twinscape::model::Value;
use twinscape::model::connection::{Connection, MqttVersion, Secret};
use twinscape::source::mqtt::Setup;
use twinscape::source::status::Link;

use super::listener::Listener;
use super::plant::{bare, bound, connection};
use crate::broker::{Broker, is_installed};

const PASSWORD: &str = "s3cret-of-the-plant";

fn with_password() -> Broker {
    let lines = "allow_anonymous false\npassword_file {folder}/users\n";
    Broker::with(lines, |folder| {
        fs::write(folder.join("secret"), format!("{PASSWORD}\n")).unwrap();
        fs::write(folder.join("wrong"), "wr0ng-password").unwrap();
        let status = Command::new("mosquitto_passwd")
            .args(["-b", "-c"])
            .arg(folder.join("users"))
            .args(["twin", PASSWORD])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    })
}

fn user(broker: &Broker, file: &str) -> Connection {
    let mut description = connection(&broker.url());
    description.username = Some("twin".into());
    description.password = Some(Secret::File(broker.folder().join(file)));
    description
}

#[test]
fn a_password_from_a_file_lets_us_in() {
    if !is_installed() {
        return;
    }
    let broker = with_password();
    let mut listener = Listener::connected(bound(user(&broker, "secret"), bare()));
    broker.publish_with("plant/m1/count", "3", &["-u", "twin", "-P", PASSWORD]);
    assert_eq!(listener.samples(1)[0].value, Value::Integer(3));
}

#[test]
fn a_wrong_password_is_said_and_never_shown() {
    if !is_installed() {
        return;
    }
    for version in [MqttVersion::V3_1_1, MqttVersion::V5] {
        let broker = with_password();
        let mut description = user(&broker, "wrong");
        description.version = version;
        let plant = bound(description, bare());
        let shown = format!("{plant:?}");
        let mut listener = Listener::start(plant);
        listener.until("refused", |it| match it.status().link {
            Link::Waiting { error, .. } => error.contains("password"),
            _ => false,
        });
        let said = format!("{:?} {:?} {shown}", listener.sources, listener.status());
        assert!(!said.contains("wr0ng"), "{said}");
    }
}

#[test]
fn what_an_attempt_needs_does_not_show_its_secrets() {
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("secret"), PASSWORD).unwrap();
    let mut description = connection("mqtt://127.0.0.1:1");
    description.username = Some("twin".into());
    description.password = Some(Secret::File(folder.path().join("secret")));
    let setup = Setup::read(&description, &description.url, "me".into()).unwrap();
    assert_eq!(setup.password.as_deref(), Some(PASSWORD.as_bytes()));
    assert!(!format!("{setup:?}").contains(PASSWORD));
    let hidden = Setup::read(&description, "mqtt://twin:s3cret@host", "me".into()).unwrap_err();
    assert!(!hidden.to_string().contains("s3cret"), "{hidden}");
}

#[test]
fn a_missing_password_is_a_failure_that_says_what_to_do() {
    let mut description = connection("mqtt://127.0.0.1:1");
    description.username = Some("twin".into());
    description.password = Some(Secret::Env("TWINSCAPE_TEST_UNSET".into()));
    let mut listener = Listener::start(bound(description, bare()));
    listener.until("failed", |it| match it.status().link {
        Link::Failed { error } => error.contains("TWINSCAPE_TEST_UNSET"),
        _ => false,
    });
}

fn openssl(folder: &Path, arguments: &str) {
    let status = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "openssl {arguments}");
}

/// An authority, and certificates for the broker and for us.
fn certificates(folder: &Path) {
    let curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(
        folder,
        &format!("req -x509 {curve} -keyout ca.key -out ca.pem -days 30 -subj /CN=ca"),
    );
    fs::write(folder.join("server.ext"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    fs::write(folder.join("client.ext"), "extendedKeyUsage=clientAuth\n").unwrap();
    for name in ["server", "client"] {
        openssl(
            folder,
            &format!("req {curve} -keyout {name}.key -out {name}.csr -subj /CN={name}"),
        );
        openssl(
            folder,
            &format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
                 -extfile {name}.ext -out {name}.pem"
            )
            .replace("                 ", ""),
        );
    }
}

const TLS: &str = "allow_anonymous true\ncafile {folder}/ca.pem\ncertfile {folder}/server.pem\n\
                   keyfile {folder}/server.key\nrequire_certificate true\n";

fn tls(broker: &Broker, version: MqttVersion) -> Connection {
    let file = |name: &str| Some(broker.folder().join(name));
    let mut description = connection(&format!("mqtts://127.0.0.1:{}", broker.port()));
    description.version = version;
    description.tls.ca = file("ca.pem");
    description.tls.client_certificate = file("client.pem");
    description.tls.client_key = file("client.key");
    description
}

#[test]
fn tls_with_an_own_authority_and_a_client_certificate() {
    if !is_installed() {
        return;
    }
    let broker = Broker::with(TLS, certificates);
    for version in [MqttVersion::V3_1_1, MqttVersion::V5] {
        let mut listener = Listener::connected(bound(tls(&broker, version), bare()));
        let file = |name: &str| broker.folder().join(name).to_str().unwrap().to_owned();
        let (ca, cert, key) = (file("ca.pem"), file("client.pem"), file("client.key"));
        let trust = ["--cafile", &ca, "--cert", &cert, "--key", &key];
        broker.publish_with("plant/m1/count", "3", &trust);
        assert_eq!(listener.samples(1)[0].value, Value::Integer(3));
    }
}

#[test]
fn a_broker_that_our_authority_did_not_sign_is_refused() {
    if !is_installed() {
        return;
    }
    let broker = Broker::with(TLS, certificates);
    let other = tempfile::TempDir::new().unwrap();
    certificates(other.path());
    let mut description = tls(&broker, MqttVersion::V3_1_1);
    description.tls.ca = Some(other.path().join("ca.pem"));
    let mut listener = Listener::start(bound(description, bare()));
    listener.until("refused", |it| match it.status().link {
        Link::Waiting { error, .. } => error.contains("certificate"),
        _ => false,
    });
}
