//! `twinscape record SCENE --out DIR`: records a plant without showing it.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};

use super::run::KeepArgs;
use super::session::{Session, SessionOptions};
use super::signals;
use crate::model::scene;
use crate::recording::{AtStart, RecordOptions, RecorderStatus};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// Time between two status lines on a terminal, and in a log.
const LINE_TERMINAL: Duration = Duration::from_secs(1);
const LINE_LOG: Duration = Duration::from_secs(10);
/// Memory for what is not on the disk yet and for the newest points.
const HISTORY_BYTES: usize = 64 << 20;

/// Arguments of `record`.
#[derive(Debug, clap::Args)]
pub struct Record {
    /// Scene folder, or its scene.toml
    scene: PathBuf,
    /// Folder of the recording: a new one, or one of the same plant, which is gone on with
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    keep: KeepArgs,
    /// End after this time, such as 20s or 5m
    #[arg(long = "for", value_name = "TIME", value_parser = scene::parse_duration)]
    lasts: Option<Duration>,
    /// Use this broker instead of the scene's: mqtt://host:port, or SOURCE=mqtt://host:port
    #[arg(long, value_name = "URL")]
    mqtt: Vec<String>,
    /// Publish the scene's emulated plant, too, when --mqtt names a broker
    #[arg(long)]
    emulate: bool,
    /// Seed of the emulated plant
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Speed of the emulated plant, times real time
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
}

impl Record {
    /// Records until the time is over or the user ends it.
    ///
    /// # Errors
    ///
    /// When the scene cannot be used, or the folder cannot be recorded to.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let loaded = scene::load(&self.scene).context("the scene cannot be used")?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        let asked = signals::watch();
        let options = RecordOptions {
            retention: self.keep.into(),
            ..RecordOptions::into_folder(self.out.clone())
        };
        let session = Session::start(
            Arc::new(loaded.plant),
            SessionOptions {
                brokers: self.mqtt.clone(),
                emulate: self.emulate,
                seed: self.seed,
                speed: self.speed,
                history_bytes: HISTORY_BYTES,
                record: None,
                recording: Some((options, AtStart::Insist)),
            },
        )?;
        let board = session.board.clone();
        let mut shown: Option<Duration> = None;
        let out = std::io::stderr();
        let is_terminal = out.is_terminal();
        let every = if is_terminal { LINE_TERMINAL } else { LINE_LOG };
        while !asked.is_set() {
            let elapsed = session.clock.elapsed();
            if shown.is_none_or(|shown| elapsed >= shown + every) {
                shown = Some(elapsed);
                let words = self.words(&session, &board.recorder().unwrap_or_default());
                let (begin, end) = if is_terminal {
                    ("\r\x1b[K", "")
                } else {
                    ("", "\n")
                };
                // Nobody is left to read when this fails.
                let _ = write!(out.lock(), "{begin}{words}{end}");
            }
            let left = self.lasts.map(|lasts| lasts.saturating_sub(elapsed));
            if left == Some(Duration::ZERO) {
                break;
            }
            std::thread::sleep(left.map_or(LOOK, |left| left.min(LOOK)));
        }
        if is_terminal {
            let _ = writeln!(out.lock());
        }
        drop(session);
        let status = board.recorder().unwrap_or_default();
        let _ = writeln!(out.lock(), "{}: {}", status.words(), self.out.display());
        if let Some(problem) = status.problem {
            bail!("not everything is recorded: {problem}");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn words(&self, session: &Session, status: &RecorderStatus) -> String {
        let sources = session.board.sources();
        let connected = sources
            .iter()
            .filter(|source| source.connected_since.is_some())
            .count();
        // The sum of no floats is −0, which would be shown.
        let rate = sources
            .iter()
            .fold(0.0, |sum, source| sum + source.messages_per_second);
        format!(
            "REC {}  {connected}/{} sources  {rate:.0} msg/s  {}",
            session
                .clock
                .now()
                .to_string()
                .get(..19)
                .unwrap_or_default(),
            sources.len(),
            status.words()
        )
    }
}
