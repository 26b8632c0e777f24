//! A real mosquitto on a free loopback port, and its command-line clients.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::running::Running;

/// Mosquitto with a configuration of its own. It ends with this.
pub struct Broker {
    folder: TempDir,
    port: u16,
    process: Option<Running>,
}

/// Whether mosquitto and its clients are installed; says loudly when a test is left out.
pub fn is_installed() -> bool {
    let missing: Vec<_> = ["mosquitto", "mosquitto_pub", "openssl"]
        .into_iter()
        .filter(|program| find(program).is_none())
        .collect();
    if !missing.is_empty() {
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            format!(
                "\n*** SKIPPED: no {} here: a test with a real broker was left out ***\n",
                missing.join(", ")
            )
            .as_bytes(),
        );
    }
    missing.is_empty()
}

/// Where a program is: on the search path, or where Debian puts services.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// A port that nobody listens on just now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Broker {
    /// Starts one that lets everybody in.
    pub fn open() -> Self {
        Self::with("allow_anonymous true\n", |_| {})
    }

    /// Starts one with more lines in its listener's configuration; `prepare` fills its folder, which
    /// the lines name as `{folder}`.
    pub fn with(lines: &str, prepare: impl FnOnce(&Path)) -> Self {
        let mut broker = Self::stopped(lines, prepare);
        broker.start();
        broker
    }

    /// One that is not there yet.
    pub fn stopped(lines: &str, prepare: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::new().unwrap();
        prepare(folder.path());
        let port = free_port();
        let lines = lines.replace("{folder}", folder.path().to_str().unwrap());
        let config = format!("user root\nlistener {port} 127.0.0.1\n{lines}");
        fs::write(folder.path().join("mosquitto.conf"), config).unwrap();
        Self {
            folder,
            port,
            process: None,
        }
    }

    /// Starts it on its port and waits until it listens.
    pub fn start(&mut self) {
        let child = Command::new(find("mosquitto").unwrap())
            .arg("-c")
            .arg(self.folder.path().join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.process = Some(Running(child));
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("mosquitto does not listen on {}", self.port);
    }

    /// Kills it without a goodbye.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// The process, while it runs.
    pub fn process(&self) -> Option<&Running> {
        self.process.as_ref()
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `mqtt://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Publishes with mosquitto_pub.
    pub fn publish(&self, topic: &str, payload: &str) {
        self.publish_with(topic, payload, &[]);
    }

    /// Publishes a retained message with mosquitto_pub.
    pub fn retain(&self, topic: &str, payload: &str) {
        self.publish_with(topic, payload, &["-r"]);
    }

    /// Publishes with more arguments for mosquitto_pub.
    pub fn publish_with(&self, topic: &str, payload: &str, arguments: &[&str]) {
        let status = Command::new(find("mosquitto_pub").unwrap())
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-q", "1"])
            .args(["-t", topic, "-m", payload])
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success(), "mosquitto_pub {topic}");
    }
}
