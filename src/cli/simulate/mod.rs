//! `twinscape simulate SCENE`: many simulated futures of a scene, and what they say together.

mod document;
mod events;
mod from;
mod rows;
pub(super) mod table;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::told;
use crate::clock::Clock;
use crate::model::scene::{self, PlannedStop};
use crate::model::{Plant, Timestamp};
use crate::simulation::experiment::{
    Collected, Control, Experiment, ExperimentError, Outcome, Precision, Relief, Summary,
};
use crate::simulation::{PlantNetwork, SimTime};

use rows::Rows;

/// Elements of which it is told what it would give to relieve them.
const RELIEVED: usize = 3;
/// Least share of time as the bottleneck for that.
const RELIEVED_SHARE: f64 = 0.05;
/// Stretch of the durations of a relieved element.
const RELIEF: f64 = 0.9;
/// Most replications for each of them.
const RELIEF_REPLICATIONS: u64 = 100;
/// Monday 1 January 2024, when simulations begin unless told otherwise, seconds since 1970.
const MONDAY: i64 = 1_704_067_200;

/// Arguments of `simulate`.
#[derive(Debug, clap::Args)]
pub struct Simulate {
    /// Scene folder, or a scene file: a queue of ten lines will do
    scene: PathBuf,
    /// A calibration of `twinscape calibrate`: the plant with the parameters that were observed
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// What is to be different: a scenario file (see scenes/README.md)
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Simulated time that the figures are about, after the warm-up: 8h, 7d
    #[arg(long, value_name = "DURATION", default_value = "8h", value_parser = scene::parse_duration)]
    horizon: Duration,
    /// Simulated time before that, which the figures leave out: the plant starts empty
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = scene::parse_duration, conflicts_with = "from")]
    warmup: Duration,
    /// Replications; with --precision, at most so many
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    replications: u64,
    /// Stop as soon as the throughput is known this well: half-width of its interval as a share of
    /// its mean, such as 0.01
    #[arg(long, value_name = "SHARE")]
    precision: Option<f64>,
    /// Confidence of all intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    confidence: f64,
    /// Chooses the random numbers: same seed, same figures to the last digit
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// When the simulation starts, which matters for shifts [default: the first working hour of a
    /// Monday]
    #[arg(long, value_name = "RFC3339", conflicts_with = "from")]
    start: Option<Timestamp>,
    /// Start in the state in which the plant was: a recording of it, or a package (.twin). What nobody
    /// recorded is inferred, and listed
    #[arg(long, value_name = "RECORDING")]
    from: Option<PathBuf>,
    /// The instant of the recording at which the futures begin; only what was recorded before it
    /// counts [default: its end]
    #[arg(long, value_name = "RFC3339", requires = "from")]
    at: Option<Timestamp>,
    /// Time between two lines of the forecast [default: an eighth of the horizon]
    #[arg(long, value_name = "DURATION", requires = "from", value_parser = scene::parse_duration)]
    every: Option<Duration>,
    /// Throughput is that of so much time before each line, recorded time included
    #[arg(long, value_name = "DURATION", default_value = "1h", requires = "from", value_parser = scene::parse_duration)]
    window: Duration,
    /// List everything that was inferred about the start
    #[arg(long, requires = "from")]
    inferred: bool,
    /// Do not find out what it would give to relieve the bottlenecks
    #[arg(long)]
    no_relief: bool,
    /// Write everything that happens in one replication to a CSV file: see --replication
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Which replication --events writes: 0, 1, 2, …
    #[arg(long, value_name = "N", default_value_t = 0, requires = "events")]
    replication: u64,
    /// Print JSON instead of tables, or write it to a file: --json=FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// Write the figures of every single replication to a Parquet file
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
}

/// Everything there is to tell.
struct Report<'a> {
    plant: &'a Plant,
    scenario: Option<&'a str>,
    start: Timestamp,
    summary: Summary,
    reliefs: Vec<Relief>,
    /// Wall-clock time and threads of the replications, reliefs left out.
    took: Duration,
    threads: usize,
}

impl Simulate {
    /// Simulates and tells.
    ///
    /// # Errors
    /// When the scene cannot be used or simulated, or a file cannot be written.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mut loaded = scene::load(&self.scene).context("the scene cannot be used")?;
        if let Some(file) = &self.calibration {
            let calibrated = scene::load_scenario(file, &loaded.plant);
            loaded.plant = calibrated.context("the calibration cannot be used")?.plant;
        }
        let scenario = match &self.scenario {
            Some(file) => Some(
                scene::load_scenario(file, &loaded.plant).context("the scenario cannot be used")?,
            ),
            None => None,
        };
        if let Some(recording) = &self.from {
            return self.run_from(recording, loaded.plant, scenario);
        }
        let (plant, stops) = match &scenario {
            Some(scenario) => (&scenario.plant, scenario.stops.as_slice()),
            None => (&loaded.plant, [].as_slice()),
        };
        let start = self.start.unwrap_or_else(|| first_working(plant));
        let experiment = self.experiment(plant, stops, start)?;
        if let Some(file) = &self.events {
            events::write(file, &experiment, self.replication, start)?;
        }
        let mut rows = match &self.parquet {
            Some(file) => Some(Rows::create(file, experiment.network())?),
            None => None,
        };
        let clock = Clock::start();
        let mut failed = None;
        let collected = self.watch(
            &experiment,
            self.replications,
            "replications",
            |outcome, _| {
                if let (Some(rows), None) = (&mut rows, &failed) {
                    failed = rows.add(outcome).err();
                }
            },
        )?;
        let took = clock.elapsed();
        if let Some(error) = failed {
            return Err(error);
        }
        if let Some(rows) = rows {
            rows.finish()?;
        }
        let summary = collected.summary();
        let reliefs = if self.no_relief {
            Vec::new()
        } else {
            relieve(&experiment, &collected, &summary)?
        };
        let report = Report {
            plant,
            scenario: scenario.as_ref().map(|scenario| &*scenario.name),
            start,
            summary,
            reliefs,
            took,
            threads: experiment.thread_count(),
        };
        self.tell(&report)?;
        Ok(ExitCode::SUCCESS)
    }

    fn experiment(
        &self,
        plant: &Plant,
        stops: &[PlannedStop],
        start: Timestamp,
    ) -> anyhow::Result<Experiment> {
        let described = PlantNetwork::new(plant, start).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("the scene cannot be simulated:\n  {}", lines.join("\n  "))
        })?;
        if described.network.links.is_empty() {
            anyhow::bail!(
                "the scene has no flow of parts: add a [[flow]] from a source to a sink (see \
                 scenes/README.md)"
            );
        }
        let places = described.places;
        let mut experiment =
            Experiment::new(described.network).context("the scene cannot be simulated")?;
        let time = |duration: Duration| SimTime::from_secs_f64(duration.as_secs_f64());
        experiment.horizon = time(self.horizon);
        experiment.warm_up = time(self.warmup);
        experiment.seed = self.seed;
        experiment.replications = self.replications;
        experiment.precision = self.precision.map(|relative_half_width| Precision {
            relative_half_width,
            at_least: 10,
        });
        experiment.confidence = self.confidence;
        experiment.threads = self.threads;
        for stop in stops {
            experiment.plan_stop(&places, stop)?;
        }
        Ok(experiment)
    }

    /// Runs with a bar of progress on a terminal.
    fn watch(
        &self,
        experiment: &Experiment,
        of: u64,
        what: &'static str,
        mut each: impl FnMut(&Outcome, &Collected),
    ) -> Result<Collected, ExperimentError> {
        let bar = bar(of, what);
        let collected = experiment.run(&Control::default(), |outcome, collected| {
            bar.inc(1);
            each(outcome, collected);
        });
        bar.finish_and_clear();
        collected
    }

    fn tell(&self, report: &Report<'_>) -> anyhow::Result<()> {
        told::tell(
            self.json.as_deref(),
            |out| document::write(out, report),
            |out| table::write(out, report),
        )
    }
}

pub(super) fn bar(of: u64, what: &'static str) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(of), target);
    if let Ok(style) = ProgressStyle::with_template("{pos}/{len} {msg} [{wide_bar}] {eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what);
    bar
}

/// What it would give to relieve the strongest bottlenecks.
fn relieve(
    experiment: &Experiment,
    collected: &Collected,
    summary: &Summary,
) -> Result<Vec<Relief>, ExperimentError> {
    summary
        .bottlenecks
        .iter()
        .take(RELIEVED)
        .filter(|bottleneck| bottleneck.share.mean >= RELIEVED_SHARE)
        .filter_map(|bottleneck| experiment.network().find(&bottleneck.name))
        .map(|element| {
            experiment.relief(
                collected,
                element,
                RELIEF,
                RELIEF_REPLICATIONS,
                &Control::default(),
            )
        })
        .collect()
}

/// The first working hour of a Monday.
fn first_working(plant: &Plant) -> Timestamp {
    let monday = Timestamp::from_nanos(MONDAY * 1_000_000_000);
    let week = monday..monday + Duration::from_secs(7 * 86_400);
    let working = plant.calendar.working(week);
    working.first().map_or(monday, |window| window.start)
}
