//! `twinscape backtest SCENE --from RECORDING`: how often forecasts would have been right.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use super::recorded::Recorded;
use super::simulate::{bar, table};
use super::told::tell;
use crate::futures::Settings;
use crate::futures::backtest::{Questions, Report, Score, Verdict, backtest};
use crate::history::of_recording;
use crate::model::{Timestamp, scene};
use crate::simulation::experiment::Control;

use table::{columns, half, number, span};

/// Name and version of the document's schema.
const SCHEMA: &str = "twinscape.backtest/1";

/// Arguments of `backtest`.
#[derive(Debug, clap::Args)]
pub struct Backtest {
    /// Scene folder, or a scene file
    scene: PathBuf,
    /// The recording of the plant, or a package (.twin)
    #[arg(long, value_name = "RECORDING")]
    from: PathBuf,
    /// A calibration of `twinscape calibrate`, or a scenario: the plant as it is to be simulated
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// How far each forecast goes
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = scene::parse_duration)]
    horizon: Duration,
    /// Time from one question to the next; at least the horizon [default: the horizon]
    #[arg(long, value_name = "DURATION", value_parser = scene::parse_duration)]
    every: Option<Duration>,
    /// Ask from this time on [default: an hour after the recording begins]
    #[arg(long, value_name = "RFC3339")]
    begin: Option<Timestamp>,
    /// Ask nothing whose answer lies after this time [default: the end of the recording]
    #[arg(long, value_name = "RFC3339")]
    end: Option<Timestamp>,
    /// Futures for each question
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(2..))]
    replications: u64,
    /// Chooses the random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// Print JSON instead of tables, or write it to a file: --json=FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    json: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    scene: &'a str,
    #[serde(flatten)]
    report: &'a Report,
}

impl Backtest {
    /// Asks and tells.
    ///
    /// # Errors
    /// When the scene or the recording cannot be used, or there is too little of it.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let loaded = scene::load(&self.scene).context("the scene cannot be used")?;
        let plant = match &self.calibration {
            None => loaded.plant,
            Some(file) => {
                let scenario = scene::load_scenario(file, &loaded.plant);
                scenario.context("the calibration cannot be used")?.plant
            }
        };
        let recorded = Recorded::open_as(&self.from, plant)?;
        let history = of_recording(recorded.recording.clone());
        let questions = Questions {
            from: self.begin.unwrap_or(Timestamp::MIN),
            to: self.end.unwrap_or(Timestamp::MAX),
            horizon: self.horizon,
            every: self.every.unwrap_or(self.horizon),
            settings: Settings {
                replications: self.replications,
                seed: self.seed,
                threads: self.threads,
                ..Settings::default()
            },
        };
        let progress = bar(0, "questions");
        let report = backtest(
            &recorded.plant,
            &history,
            &questions,
            &Control::default(),
            |done, of| {
                progress.set_length(of as u64);
                progress.set_position(done as u64);
            },
        );
        progress.finish_and_clear();
        let report = report?;
        let document = Document {
            schema: SCHEMA,
            scene: &recorded.plant.id,
            report: &report,
        };
        tell(
            self.json.as_deref(),
            |out| Ok(serde_json::to_writer_pretty(out, &document)?),
            |out| write_table(out, &recorded.plant.name, &report),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}

fn row(score: &Score) -> Vec<String> {
    let coverage = &score.coverage;
    vec![
        score.method.to_owned(),
        coverage.of.to_string(),
        format!("{:.1} %", 100.0 * coverage.share()),
        format!("{:.1}–{:.1} %", 100.0 * coverage.low, 100.0 * coverage.high),
        format!("{:.1} %", 100.0 * score.coverage_ties_shared.mean),
        format!("{}/{}", score.below, score.above),
        table::Signed(score.bias.mean).to_string(),
        half(&score.bias),
        number(score.width.mean),
        number(score.interval_score.mean),
        number(score.crps.mean),
        score.width_at_band.map_or_else(String::new, number),
    ]
}

/// Writes the figures for people.
///
/// # Errors
/// When nobody reads.
pub fn write_table(out: &mut dyn Write, name: &str, report: &Report) -> io::Result<()> {
    let head = [
        "forecast",
        "asked",
        "coverage",
        "interval",
        "ties shared",
        "below/above",
        "bias",
        "±",
        "width",
        "interval score",
        "CRPS",
        "width at 80 %",
    ];
    writeln!(
        out,
        "{name}: parts that leave within {}, asked {} times; bands of {:.0} %, figures in pcs",
        span(report.horizon_secs),
        report.asked.len(),
        100.0 * report.band
    )?;
    let mut rows = vec![head.map(str::to_owned).to_vec(), row(&report.all)];
    writeln!(out)?;
    columns(out, &rows)?;
    if report.compared.len() > 1 {
        rows.truncate(1);
        rows.extend(report.compared.iter().map(row));
        writeln!(out, "\nOver the questions that all of them answered:")?;
        columns(out, &rows)?;
        writeln!(out, "{}", verdict(&report.compared))?;
    } else {
        writeln!(
            out,
            "\nThe naive forecasts have not been wrong often enough yet to have bands: record for longer"
        )?;
    }
    writeln!(out, "\nCoverage over time:")?;
    for (from, coverage) in &report.over_time {
        writeln!(
            out,
            "  from {from}: {:.0} % of {} ({:.0}–{:.0} %)",
            100.0 * coverage.share(),
            coverage.of,
            100.0 * coverage.low,
            100.0 * coverage.high
        )?;
    }
    match report.verdict() {
        Verdict::Holds => {}
        Verdict::TooNarrow => writeln!(
            out,
            "\nThe bands hold less than they should: the plant does what its model does not have"
        )?,
        Verdict::TooWide => writeln!(
            out,
            "\nThe bands hold more than they should: they are too wide"
        )?,
    }
    Ok(())
}

/// Whether the simulation is sharper than the others at equal coverage.
fn verdict(compared: &[Score]) -> String {
    let width = |method: &str| {
        let found = compared.iter().find(|score| score.method == method)?;
        found.width_at_band
    };
    let Some(own) = width("simulation") else {
        return "Too few questions to compare sharpness at equal coverage".to_owned();
    };
    let words: Vec<String> = ["last hour", "day before"]
        .into_iter()
        .filter_map(|method| {
            let other = width(method)?;
            let than = if own < other {
                "sharper"
            } else {
                "NOT sharper"
            };
            Some(format!(
                "{than} than {method} ({} to {})",
                number(own),
                number(other)
            ))
        })
        .collect();
    format!(
        "At equal coverage the simulation is {}",
        words.join(", and ")
    )
}
