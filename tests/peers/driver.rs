//! Runs the real program beside a real broker and the oracle, for the tests of core and viewer.

#![expect(
    clippy::disallowed_methods,
    reason = "what is outside the program reads real clocks"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::running::Running;

/// This repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Python with the clients that the oracle sends with, when they are installed.
pub fn python() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let folder = std::env::var_os("TWINSCAPE_PEERS")
        .map(PathBuf::from)
        .or_else(|| Some(cache?.join("twinscape/peers")))?;
    let python = folder.join("venv/bin/python");
    let works = Command::new(&python)
        .args(["-c", "import paho.mqtt.client, pysparkplug, tomllib"])
        .status()
        .is_ok_and(|status| status.success());
    works.then_some(python)
}

/// Says loudly that a test is left out; `.ci/run` installs what is missing.
pub fn skip(why: &str) {
    let line = format!("\n*** SKIPPED: {why}; .ci/run installs it ***\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

/// The program; it ends with this.
pub struct Program(pub Running);

impl Program {
    /// Starts it with these arguments.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_on(None, arguments)
    }

    /// Starts it with a window on this X display; `None`: without a display. It records only where
    /// the arguments say so: no test writes to the user's folders.
    pub fn start_on(display: Option<&str>, arguments: &[&str]) -> Self {
        let records = arguments
            .iter()
            .any(|argument| matches!(*argument, "record" | "--recording"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinscape"));
        match display {
            Some(display) => command.env("DISPLAY", display),
            None => command.env_remove("DISPLAY"),
        };
        let child = command
            .env_remove("WAYLAND_DISPLAY")
            .args(arguments)
            .args((!records).then_some("--no-record"))
            .current_dir(repository())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(Running(child))
    }

    /// Waits for its end, which must be a success.
    pub fn wait(mut self) {
        let status = self.0.0.wait().unwrap();
        assert!(status.success(), "the program ended with {status}");
    }
}

/// The oracle's sender; its nodes stay connected until this is dropped.
pub struct Oracle {
    _process: Running,
    _stdin: Option<ChildStdin>,
}

impl Oracle {
    /// Sends `count` messages and waits until they are sent.
    pub fn publish(
        python: &Path,
        scene: &str,
        port: u16,
        seed: u32,
        count: u32,
        out: &Path,
    ) -> Self {
        let mut child = Command::new(python)
            .arg("tests/peers/oracle.py")
            .args(["publish", scene, &port.to_string()])
            .args([seed.to_string(), count.to_string()])
            .arg(out)
            .current_dir(repository())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line.trim(), "published", "the oracle could not publish");
        Self {
            _process: Running(child),
            _stdin: stdin,
        }
    }
}

/// Waits until a JSON file is there and whole; a dump is renamed into place.
pub fn json(file: &Path, patience: Duration) -> Value {
    let until = Instant::now() + patience;
    loop {
        if let Ok(text) = fs::read_to_string(file) {
            return serde_json::from_str(&text).unwrap();
        }
        assert!(Instant::now() < until, "no {}", file.display());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What the oracle says of files that it compares; panics with every difference.
pub fn judge(python: &Path, what: &str, files: &[&Path]) -> String {
    let verdict = Command::new(python)
        .args(["tests/peers/oracle.py", what])
        .args(files)
        .current_dir(repository())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verdict.stdout).into_owned();
    let error = String::from_utf8_lossy(&verdict.stderr);
    assert!(verdict.status.success(), "{said}{error}");
    said
}
