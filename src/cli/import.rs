//! `twinscape import SCENE FILE… --out DIR`: data from outside as a recording of a plant.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::signals;
use crate::clock::Clock;
use crate::import::{Feed, Import as Reading, ImportReport, Mapping, with_files_as_source};
use crate::model::scene;
use crate::recording::Direct;

/// Readings between two looks at progress and at whether the user wants it to end.
const LOOK: u64 = 16_384;
/// Bad lines shown.
const SHOWN: usize = 10;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// Scene folder, or its scene.toml
    scene: PathBuf,
    /// Files: CSV with any delimiter, wide or long; JSON lines; Parquet
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Folder of the recording: a new one, or one of the same plant, which is added to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which column is which signal; import.toml beside the scene when it is there, else by names
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Only say what would be imported
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    /// Imports the files; a failure when nothing in them could be.
    ///
    /// # Errors
    ///
    /// When the scene or a file cannot be used, or the folder cannot be recorded to.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let loaded = scene::load(&self.scene).context("the scene cannot be used")?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        let plant = Arc::new(with_files_as_source(loaded.plant));
        let mapping = self.mapping()?;
        let clock = Clock::start();
        let asked = signals::watch();
        let mut readings = Reading::open(&plant, &mapping, &self.files)?;
        let mut recording = match self.dry_run {
            true => None,
            false => Some(Direct::open(&self.out, &plant, clock.now())?),
        };
        let bar = bar();
        let mut feed = Feed::new(&plant);
        let mut count = 0_u64;
        while let Some(reading) = readings.next() {
            count += 1;
            if let Some(recording) = &mut recording
                && let Some(batch) = feed.push(&reading)
            {
                recording.ingest(&batch, clock.now())?;
            }
            if count.is_multiple_of(LOOK) {
                let progress = readings.progress();
                bar.set_length(progress.whole);
                bar.set_position(progress.done);
                if asked.is_set() {
                    break;
                }
            }
        }
        if let Some(mut recording) = recording {
            if let Some(batch) = feed.finish() {
                recording.ingest(&batch, clock.now())?;
            }
            recording.finish(clock.now())?;
        }
        bar.finish_and_clear();
        let report = readings.report();
        // Nobody is left to read when this fails.
        let _ = std::io::stderr().lock().write_all(words(report).as_bytes());
        if asked.is_set() {
            bail!(
                "ended by the user; what was imported by then is kept: import the rest, or begin again in a new folder"
            );
        }
        if report.readings == 0 {
            bail!(
                "nothing was imported: say which column is which signal in a mapping (--map FILE)"
            );
        }
        Ok(ExitCode::SUCCESS)
    }

    fn mapping(&self) -> anyhow::Result<Mapping> {
        if let Some(file) = &self.map {
            return Ok(Mapping::read(file)?);
        }
        let folder = match self.scene.is_dir() {
            true => self.scene.clone(),
            false => self.scene.parent().map(Into::into).unwrap_or_default(),
        };
        let beside = folder.join("import.toml");
        if beside.is_file() {
            return Ok(Mapping::read(&beside)?);
        }
        Ok(Mapping::by_name())
    }
}

fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// What came in and what did not, for people.
fn words(report: &ImportReport) -> String {
    let mut words = format!("{} readings of {} rows", report.readings, report.rows);
    if let Some((first, last)) = report.span {
        words += &format!(", {first} to {last}");
    }
    words.push('\n');
    if report.late > 0 {
        words += &format!(
            "{} came out of order by more than can be put in order; they are in their place all the same\n",
            report.late
        );
    }
    for (name, count) in report.unknown.iter().take(SHOWN) {
        words += &match count {
            1 => format!("not imported, no signal of the plant: {name}\n"),
            count => format!("not imported, no signal of the plant, {count} times: {name}\n"),
        };
    }
    if report.unknown.len() > SHOWN {
        words += &format!("and {} names more\n", report.unknown.len() - SHOWN);
    }
    for bad in report.bad.iter().take(SHOWN) {
        words += &format!("left out: {bad}\n");
    }
    let rest = report.bad_count.saturating_sub(SHOWN as u64);
    if rest > 0 {
        words += &format!("and {rest} lines more\n");
    }
    words
}
