//! Other people's simulators on the same models.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that prints a line of JSON with its rate.
pub struct Peer {
    pub name: &'static str,
    /// How many times as fast ours is to be on the line.
    pub goal: f64,
    program: PathBuf,
    /// Per model: the arguments.
    line: Vec<OsString>,
    mm1: Vec<OsString>,
}

impl Peer {
    /// Logical events per CPU-second; none, said aloud, when it does not run.
    pub fn run(&self, model: &str) -> Option<f64> {
        let arguments = if model == "line" {
            &self.line
        } else {
            &self.mm1
        };
        let output = Command::new(&self.program).args(arguments).output();
        let rate = output.ok().and_then(|output| {
            let document: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
            document.get("ev_per_cpu_s")?.as_f64()
        });
        if rate.is_none() {
            eprintln!("SKIPPED: {} does not run {model}", self.name);
        }
        rate
    }
}

/// The peers that are there; those that are not are named.
pub fn found() -> Vec<Peer> {
    let mut peers = Vec::new();
    match std::env::var_os("TWINSCAPE_SHARED") {
        Some(shared) => peers.push(simpy(&PathBuf::from(shared).join("peers"))),
        None => eprintln!("SKIPPED: simpy: TWINSCAPE_SHARED does not name the folder of the peers"),
    }
    match std::env::var_os("TWINSCAPE_RUST_PEERS").map(PathBuf::from) {
        Some(folder) => {
            let words = |words: &[&str]| words.iter().map(OsString::from).collect();
            peers.push(Peer {
                name: "nexosim 1.0",
                goal: 8.0,
                program: folder.join("des_nexosim"),
                line: words(&["line", "1e5", "1"]),
                mm1: words(&["mm1", "1e6", "1"]),
            });
            peers.push(Peer {
                name: "odem-rs 0.4",
                goal: 1.6,
                program: folder.join("des_odem"),
                line: words(&["line", "4e5"]),
                mm1: words(&["mm1", "4e6"]),
            });
        }
        None => eprintln!(
            "SKIPPED: nexosim, odem-rs: TWINSCAPE_RUST_PEERS does not name the folder of \
             des_nexosim and des_odem"
        ),
    }
    peers
}

fn simpy(folder: &Path) -> Peer {
    let python = std::env::var_os("PYTHON").or_else(|| {
        let peers = std::env::var_os("TWINSCAPE_PEERS")?;
        Some(Path::new(&peers).join("venv/bin/python").into())
    });
    let call = |program: &str, count: &str| vec![folder.join(program).into(), count.into()];
    Peer {
        name: "SimPy",
        goal: 100.0,
        program: python.unwrap_or_else(|| "python3".into()).into(),
        line: call("line_simpy.py", "10000"),
        mm1: call("mm1_simpy.py", "100000"),
    }
}
