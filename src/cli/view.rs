//! How something is shown: the arguments that every subcommand with a view has.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::run::{QualityArg, parse_size};
use crate::command::Command;
use crate::model::{Timestamp, scene};
use crate::script::{Script, ScriptError};

/// Where and how it is shown, and what is written at the end.
#[derive(Args, Debug, Clone)]
pub struct ViewArgs {
    /// Open no window: go on off-screen and print a status line
    #[arg(long)]
    pub headless: bool,

    /// End after this time, such as 20s or 5m
    #[arg(long = "for", value_name = "TIME", value_parser = scene::parse_duration)]
    pub run_for: Option<Duration>,

    /// Show this instant first, such as 2026-03-01T10:15:00Z
    #[arg(long, value_name = "RFC3339")]
    pub at: Option<Timestamp>,

    /// Select this equipment first, and look at it: line1/cnc-03
    #[arg(long, value_name = "PATH")]
    pub select: Option<String>,

    /// Write a picture (PNG) at the end
    #[arg(long, value_name = "FILE")]
    pub screenshot: Option<PathBuf>,

    /// Write what the twin knows (JSON) at the end
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// Play a script: commands with times
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,

    /// Write every command that is given, by hand or by a script, to a script that plays again
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Size of the window or the off-screen picture, pixels
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1280x720", value_parser = parse_size)]
    pub size: [u32; 2],

    /// What is logged: error, warn, info, debug, trace, or a filter such as twinscape=debug
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,

    /// Quality of the picture; chosen by the graphics adapter when left out
    #[arg(long)]
    pub quality: Option<QualityArg>,
}

impl ViewArgs {
    /// What is asked for from the beginning on: what `--at` and `--select` say, then the script.
    ///
    /// # Errors
    /// When the script cannot be read or is not understood.
    pub fn script(&self) -> Result<Script, ScriptError> {
        let script = match &self.script {
            Some(file) => Script::read(file)?,
            None => Script::default(),
        };
        let select = self.select.iter().flat_map(|path| {
            let path: std::sync::Arc<str> = path.as_str().into();
            [Command::Select(path.clone()), Command::Focus(path)]
        });
        let seek = self.at.into_iter().map(Command::Seek);
        Ok(script.after(seek.chain(select)))
    }
}
