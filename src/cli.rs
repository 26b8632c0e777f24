//! The command line: what the program is asked to do, one file per subcommand.

pub mod backtest;
pub mod calibrate;
pub mod check;
pub mod emulate;
pub mod export;
mod headless;
pub mod import;
pub mod markers;
pub mod open;
pub mod pack;
pub mod record;
mod recorded;
#[cfg(feature = "viewer")]
pub mod render;
pub mod run;
mod session;
pub mod settings;
mod signals;
pub mod simulate;
mod status_thread;
mod told;
pub mod user_file;
mod view;
pub mod views;
#[cfg(feature = "viewer")]
mod window;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A 3D digital twin of a plant: what is, what was, and what could be, under one cursor.
///
/// Without a subcommand it opens a scene and shows it live.
#[derive(Debug, Parser)]
#[command(name = "twinscape", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Task>,
    #[command(flatten)]
    run: run::RunArgs,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Ask how often forecasts would have been right
    ///
    /// At many past instants the plant is put into the state in which it was, its futures are
    /// simulated, and the band that 80 % of them lie in is compared with what then happened. Two naive
    /// forecasts stand beside it: that it goes on as in the last hour, and that it goes as at the same
    /// time the day before, each with a band made of what it was wrong by before.
    Backtest(backtest::Backtest),
    /// Compare what a scene assumes of its machines with what was recorded of them
    ///
    /// Per machine: times of operations, set-ups, failures and repairs, fitted to the distributions of
    /// scenes and tested; shares of bad parts and of ways. Beside them stands what the scene assumes.
    /// With --out what is accepted is written as a scenario that simulations take.
    Calibrate(calibrate::Calibrate),
    /// Check a scene, its kinds and its models, and list every mistake
    Check(check::Check),
    /// Write a part of a recording as CSV or Parquet
    Export(export::Export),
    /// Make a recording of a plant from files: CSV, JSON lines, Parquet
    Import(import::Import),
    /// Pack a part of a recording, with its plant, into one file
    Pack(pack::Pack),
    /// Publish a scene's emulated plant to a broker, or write it to a file
    Emulate(emulate::Emulate),
    /// Show a recording or a package, at any of its instants
    Open(open::Open),
    /// Record a plant without showing it
    Record(record::Record),
    /// Simulate many futures of a scene: throughput, lead times, bottlenecks, orders in time
    Simulate(simulate::Simulate),
    /// Draw pictures of a scene's emulated plant, at fixed steps of time
    #[cfg(feature = "viewer")]
    Render(render::Render),
}

/// Does what the command line says; an error is printed for people, without a backtrace.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let log = match &cli.command {
        Some(Task::Open(open)) => &open.view.log,
        _ => &cli.run.view.log,
    };
    start_log(log.clone());
    let done = match &cli.command {
        Some(Task::Backtest(backtest)) => backtest.run(),
        Some(Task::Calibrate(calibrate)) => calibrate.run(),
        Some(Task::Check(check)) => check.run(),
        Some(Task::Emulate(emulate)) => emulate.run(),
        Some(Task::Export(export)) => export.run(),
        Some(Task::Import(import)) => import.run(),
        Some(Task::Open(open)) => open.run(),
        Some(Task::Pack(pack)) => pack.run(),
        Some(Task::Record(record)) => record.run(),
        Some(Task::Simulate(simulate)) => simulate.run(),
        #[cfg(feature = "viewer")]
        Some(Task::Render(render)) => render.run(),
        None => run::run(&cli.run),
    };
    done.unwrap_or_else(|error| {
        // Nobody is left to read when this fails.
        let _ = writeln!(std::io::stderr(), "error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The log goes to stderr: warnings, or what `--log` or `RUST_LOG` ask for.
fn start_log(asked: Option<String>) {
    let filter = asked
        .or_else(|| std::env::var("RUST_LOG").ok())
        .unwrap_or_else(|| "warn,wgpu=error,naga=error,bevy_render=error,mqtt5=error".into());
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
}
