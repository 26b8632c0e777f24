//! The program and its broker as processes, and what the system says they take.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Failed;

fn stat(pid: u32) -> Result<f64, Failed> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .ok_or("no process")?
        .1
        .split_whitespace()
        .collect();
    let mut ticks = 0.0;
    for at in [11, 12] {
        ticks += fields.get(at).ok_or("no CPU times")?.parse::<f64>()?;
    }
    Ok(ticks / 100.0)
}

/// The program as users start it. Killed when dropped.
pub struct Program(Child);

impl Program {
    /// Starts it.
    pub fn start(arguments: &[&str]) -> Result<Self, Failed> {
        Self::start_on(None, arguments)
    }

    /// Starts it on a display.
    pub fn start_on(display: Option<&str>, arguments: &[&str]) -> Result<Self, Failed> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinscape"));
        match display {
            Some(display) => command.env("DISPLAY", display),
            None => command.env_remove("DISPLAY"),
        };
        Ok(Self(
            command
                .env_remove("WAYLAND_DISPLAY")
                .args(arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?,
        ))
    }

    /// CPU time it has taken, s.
    pub fn cpu_secs(&self) -> Result<f64, Failed> {
        stat(self.0.id())
    }

    /// Memory it holds, MiB.
    pub fn resident_mib(&self) -> Result<f64, Failed> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .ok_or("no memory size")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<f64>()? / 1024.0)
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Result<(), Failed> {
        let status = self.0.wait()?;
        status
            .success()
            .then_some(())
            .ok_or_else(|| format!("the program ended with {status}").into())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A mosquitto on a free port. Killed when dropped.
pub struct Broker {
    child: Child,
    port: u16,
}

impl Broker {
    /// Starts it with its configuration in `folder`.
    pub fn start(folder: &Path) -> Result<Self, Failed> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let file = folder.join("mosquitto.conf");
        std::fs::write(
            &file,
            format!("user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nsys_interval 1\n"),
        )?;
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
            .map(PathBuf::from)
            .into_iter()
            .find(|file| file.exists())
            .unwrap_or_else(|| "mosquitto".into());
        let child = Command::new(program)
            .arg("-c")
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("this benchmark needs mosquitto: {error}"))?;
        std::thread::sleep(Duration::from_millis(500));
        Ok(Self { child, port })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// CPU time it has taken, s.
    pub fn cpu_secs(&self) -> Result<f64, Failed> {
        stat(self.child.id())
    }

    /// Messages that it says it has dropped because a client was too slow for it.
    pub fn dropped(&self) -> Result<u64, Failed> {
        let said = Command::new("mosquitto_sub")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-t", "$SYS/broker/publish/messages/dropped"])
            .args(["-C", "1", "-W", "5"])
            .output()?;
        Ok(String::from_utf8_lossy(&said.stdout)
            .trim()
            .parse()
            .unwrap_or(0))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
