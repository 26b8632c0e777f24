//! The main job: a scene's sources, followed live, in a window, off-screen or without a picture.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::headless;
use super::session::{Session, SessionOptions};
use super::signals;
use super::user_file::data_folder;
use super::view::ViewArgs;
use crate::command::Quality;
use crate::model::scene;
use crate::recording::{AtStart, RecordOptions, Retention};
use crate::script::Script;

/// Follow a plant live.
#[derive(Args, Debug, Clone)]
pub struct RunArgs {
    /// Scene: a folder with a scene.toml, or the file; the demo plant when left out
    pub scene: Option<PathBuf>,

    /// Use this broker instead of the scene's: mqtt://host:port, or SOURCE=mqtt://host:port
    #[arg(long, value_name = "URL")]
    pub mqtt: Vec<String>,

    /// Publish the scene's emulated plant, too, when --mqtt names a broker
    #[arg(long)]
    pub emulate: bool,

    /// Seed of the emulated plant: the same seed tells the same story
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Speed of the emulated plant, times real time
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,

    /// Memory for the history, MiB; the oldest is dropped first
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    pub history: u32,

    /// Do not record what is received
    #[arg(long, conflicts_with_all = ["recording", "keep_days", "keep_bytes"])]
    pub no_record: bool,

    /// Record into this folder; one of the plant's own in the user's data folder when left out
    #[arg(long, value_name = "DIR")]
    pub recording: Option<PathBuf>,

    /// How much of the recording is kept
    #[command(flatten)]
    pub keep: KeepArgs,

    /// How it is shown
    #[command(flatten)]
    pub view: ViewArgs,
}

/// How much of a recording is kept.
#[derive(Args, Debug, Clone, Copy)]
pub struct KeepArgs {
    /// Keep what was recorded for so many days
    #[arg(long, value_name = "N", default_value_t = Retention::DAYS, value_parser = clap::value_parser!(u32).range(1..))]
    pub keep_days: u32,

    /// Keep so much of it, such as 500M or 20G; the oldest hours go first, never the current one
    #[arg(long, value_name = "BYTES", default_value = "20G", value_parser = parse_bytes)]
    pub keep_bytes: u64,
}

impl From<KeepArgs> for Retention {
    fn from(keep: KeepArgs) -> Self {
        Self {
            days: keep.keep_days,
            bytes: keep.keep_bytes,
        }
    }
}

fn parse_bytes(text: &str) -> Result<u64, String> {
    let text = text.trim().trim_end_matches(['b', 'B', 'i']);
    let (number, shift) = match text.char_indices().next_back() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            let shift = match unit.to_ascii_lowercase() {
                'k' => 10,
                'm' => 20,
                'g' => 30,
                't' => 40,
                _ => 64,
            };
            (text.get(..at).unwrap_or_default(), shift)
        }
        _ => (text, 0),
    };
    number
        .trim()
        .parse::<u64>()
        .ok()
        .filter(|_| shift < 64)
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| "a size is a whole number of bytes, or with K, M, G or T: 500M, 20G".into())
}

/// Quality by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum QualityArg {
    /// For adapters that are a CPU
    Low,
    /// For integrated adapters
    Medium,
    /// For discrete adapters
    High,
}

impl From<QualityArg> for Quality {
    fn from(quality: QualityArg) -> Self {
        match quality {
            QualityArg::Low => Self::Low,
            QualityArg::Medium => Self::Medium,
            QualityArg::High => Self::High,
        }
    }
}

pub(super) fn parse_size(text: &str) -> Result<[u32; 2], String> {
    let size = text
        .split_once('x')
        .and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    match size {
        Some([width, height])
            if (64..=16_384).contains(&width) && (64..=16_384).contains(&height) =>
        {
            Ok([width, height])
        }
        _ => Err("a size is WIDTHxHEIGHT in pixels, each 64 to 16384, such as 1920x1080".into()),
    }
}

/// The demo plant: in this folder, else beside the assets.
fn demo_scene() -> PathBuf {
    let here = PathBuf::from("scenes/gearbox");
    if here.is_dir() {
        return here;
    }
    scene::assets_folder()
        .with_file_name("scenes")
        .join("gearbox")
}

/// Runs the twin; the exit code says whether everything asked for was done.
///
/// # Errors
/// When the scene, the script or a file asked for cannot be used.
pub fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let script = args.view.script()?;
    let path = args.scene.clone().unwrap_or_else(demo_scene);
    let loaded = match scene::load(&path) {
        Ok(loaded) => loaded,
        Err(mistakes) => return show_mistakes(args, &path, mistakes),
    };
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let recording = recording(args, &loaded.plant.id);
    let session = Session::start(
        Arc::new(loaded.plant),
        SessionOptions {
            brokers: args.mqtt.clone(),
            emulate: args.emulate,
            seed: args.seed,
            speed: args.speed,
            history_bytes: (args.history as usize) << 20,
            record: args.view.record.clone(),
            recording,
        },
    )?;
    signals::seal_before_end(session.recording_end());
    show(&args.view, &Arc::new(session), &script)
}

/// Where and what is recorded: always, unless told otherwise or there is no place for it.
fn recording(args: &RunArgs, plant: &str) -> Option<(RecordOptions, AtStart)> {
    if args.no_record {
        return None;
    }
    let folder = args.recording.clone().or_else(|| data_folder(plant));
    if folder.is_none() {
        tracing::warn!("nothing is recorded: there is no folder for it (set HOME, or --recording)");
    }
    let options = RecordOptions {
        retention: args.keep.into(),
        ..RecordOptions::into_folder(folder?)
    };
    Some((options, AtStart::Patience))
}

/// Draws where it can be drawn, or goes on without pictures.
pub(super) fn show(
    args: &ViewArgs,
    session: &Arc<Session>,
    script: &Script,
) -> anyhow::Result<ExitCode> {
    #[cfg(feature = "viewer")]
    {
        use crate::viewer::{Surface, ViewerError, run::has_display};

        let window = !args.headless && has_display();
        if !window && !args.headless {
            tracing::warn!(
                "no display: going on off-screen (set DISPLAY or WAYLAND_DISPLAY for a window)"
            );
        }
        let wants_picture = args.screenshot.is_some() || script.takes_pictures();
        if window || wants_picture {
            let surface = if window {
                Surface::Window { size: args.size }
            } else {
                Surface::OffScreen { size: args.size }
            };
            return match super::window::draw(args, session, script.clone(), surface) {
                Err(ViewerError::NoAdapter) if !wants_picture || args.state.is_some() => {
                    tracing::error!("{}; going on without pictures", ViewerError::NoAdapter);
                    headless::watch(args, session, script)?;
                    Ok(if wants_picture {
                        ExitCode::FAILURE
                    } else {
                        ExitCode::SUCCESS
                    })
                }
                Err(error) => Err(error.into()),
                Ok(problems) if problems.is_empty() => Ok(ExitCode::SUCCESS),
                Ok(problems) => bail!(problems.join("\n")),
            };
        }
    }
    #[cfg(not(feature = "viewer"))]
    if args.screenshot.is_some() || script.takes_pictures() {
        bail!(
            "this program was built without the viewer: build with default features for pictures"
        );
    }
    headless::watch(args, session, script)?;
    Ok(ExitCode::SUCCESS)
}

/// A scene with mistakes: the list, on the terminal and, where there is one, in the window.
fn show_mistakes(
    args: &RunArgs,
    path: &Path,
    mistakes: scene::SceneError,
) -> anyhow::Result<ExitCode> {
    let args = &args.view;
    #[cfg(feature = "viewer")]
    if !args.headless && crate::viewer::run::has_display() {
        tracing::error!("{mistakes}");
        use anyhow::Context;

        crate::viewer::show_mistakes(
            &mistakes,
            args.size,
            args.run_for,
            args.screenshot.as_deref(),
        )
        .context("the window that lists the mistakes could not be opened")?;
        return Ok(ExitCode::FAILURE);
    }
    let _ = args;
    bail!(
        "{mistakes}\n`twinscape check {}` lists them again",
        path.display()
    );
}
