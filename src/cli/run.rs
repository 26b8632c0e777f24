//! The main job, without a subcommand: a scene, live.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use crate::model::scene;

/// Arguments of the main job.
#[derive(Debug, clap::Args)]
pub struct Run {
    /// Scene folder, or its scene.toml
    #[arg(default_value = "scenes/gearbox")]
    scene: PathBuf,
    /// Open no window: draw off-screen and print a status line
    #[arg(long)]
    headless: bool,
    /// End after this long: 20s, 5m
    #[arg(long = "for", value_name = "DURATION", value_parser = scene::parse_duration)]
    lasts: Option<Duration>,
    /// Write a picture to this file at the end
    #[arg(long, value_name = "PNG")]
    screenshot: Option<PathBuf>,
    /// Write the state of the plant to this file at the end
    #[arg(long, value_name = "JSON")]
    state: Option<PathBuf>,
    /// Carry out a list of commands with their times
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Take the plant's data from this broker instead of the scene's sources
    #[arg(long, value_name = "URL")]
    mqtt: Option<String>,
    /// Seed of the emulated plant
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Size of the picture in pixels
    #[arg(long, value_name = "WxH", value_parser = parse_size)]
    size: Option<(u32, u32)>,
    /// How much is spent on a picture
    #[arg(long, value_parser = ["low", "medium", "high"])]
    quality: Option<String>,
    /// What is logged: error, warn, info, debug, trace, or a filter such as twinscape=debug
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
}

impl Run {
    /// Runs until the user ends it or its time is over.
    ///
    /// # Errors
    ///
    /// When the scene cannot be used.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        scene::load(&self.scene).context("the scene cannot be used")?;
        anyhow::bail!("showing a scene is not part of this build")
    }
}

/// `1280x720`.
fn parse_size(text: &str) -> Result<(u32, u32), String> {
    text.split_once(['x', 'X'])
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)))
        .filter(|(width, height)| (16..=16_384).contains(width) && (16..=16_384).contains(height))
        .ok_or_else(|| "write width and height in pixels: 1280x720".to_owned())
}
