//! `twinscape render SCENE --script FILE`: pictures of the emulated plant at fixed steps of time.

mod feed;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};

use super::run::{QualityArg, parse_size};
use crate::command::{Command, Quality};
use crate::model::{Timestamp, scene};
use crate::script::Script;
use crate::viewer::render::{Film, RenderOptions, render};
use feed::EmulatedFeed;

/// Draw pictures of the emulated plant, without a window, at fixed steps of time: the same seed and
/// script give the same pictures on a slow machine and on a fast one.
///
/// The plant is the scene's emulation, stepped with the frames. What it sends goes through the same
/// ingest, history and snapshot as live telemetry; only the broker between them is left out, for a
/// network has a time of its own. Follow a scene live (`twinscape SCENE`) to see that part at work.
#[derive(Debug, clap::Args)]
pub struct Render {
    /// Scene folder, or its scene.toml
    scene: PathBuf,
    /// Commands with times; its `screenshot` steps write below --out, too
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// A picture for every frame, so many a second, as frame-000000.png and so on; without it only
    /// the script's own pictures are drawn
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=240))]
    fps: Option<u32>,
    /// Size of the pictures, pixels
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1920x1080", value_parser = parse_size)]
    size: [u32; 2],
    /// Where the pictures go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How long it lasts, in the script's time; to the script's last step when left out
    #[arg(long = "for", value_name = "TIME", value_parser = scene::parse_duration)]
    lasts: Option<Duration>,
    /// Seed of the emulated plant: the same seed tells the same story
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds of the plant in a second of the script
    #[arg(long, default_value_t = 1.0, value_parser = parse_speed)]
    speed: f64,
    /// The plant's time at the first frame
    #[arg(long, value_name = "RFC3339", default_value = "2026-03-02T09:00:00Z")]
    start: Timestamp,
    /// Quality of the picture: nobody waits for a frame here
    #[arg(long, default_value = "high")]
    quality: QualityArg,
}

/// How long it lasts when neither a script nor `--for` says.
const LASTS: Duration = Duration::from_secs(1);

impl Render {
    /// Draws; the exit code says whether every picture was written.
    ///
    /// # Errors
    /// When the scene or the script cannot be used, or nothing can be drawn here.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let script = match &self.script {
            Some(file) => Script::read(file)?,
            None => Script::default(),
        };
        if self.fps.is_none() && !script.takes_pictures() {
            bail!(
                "nothing would be drawn: give --fps for a picture of every frame, or a --script with `screenshot` steps"
            );
        }
        let loaded = scene::load(&self.scene).context("the scene cannot be used")?;
        std::fs::create_dir_all(&self.out)
            .with_context(|| format!("cannot make the folder {}", self.out.display()))?;
        let last = script.steps().last().map(|step| step.at);
        let (mut feed, host, twin) =
            EmulatedFeed::new(Arc::new(loaded.plant), self.seed, self.start)?;
        let report = render(RenderOptions {
            twin,
            feed: &mut feed,
            host: Box::new(host),
            start: self.start,
            speed: self.speed,
            script: script.map(|command| into(command, &self.out)),
            film: self.fps.map(|frames_per_second| Film {
                frames_per_second,
                folder: self.out.clone(),
            }),
            length: self.lasts.or(last).unwrap_or(LASTS),
            size: self.size,
            quality: Quality::from(self.quality),
        })?;
        tracing::info!(
            frames = report.frames,
            pictures = report.pictures.len(),
            "rendered"
        );
        if !report.problems.is_empty() {
            bail!(report.problems.join("\n"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A command whose files lie in a folder.
fn into(command: &Command, folder: &Path) -> Command {
    match command {
        Command::Screenshot(picture) => Command::Screenshot(picture.clone().into_folder(folder)),
        Command::Dump(file) => Command::Dump(folder.join(file)),
        Command::Pack(file) => Command::Pack(folder.join(file)),
        Command::SaveCalibration(file) => Command::SaveCalibration(folder.join(file)),
        other => other.clone(),
    }
}

fn parse_speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(speed),
        _ => Err("a speed is a number above 0, such as 4".to_owned()),
    }
}
