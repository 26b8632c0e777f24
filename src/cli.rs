//! The command line: what the program is asked to do, one file per subcommand.

pub mod check;
pub mod emulate;
mod headless;
#[cfg(feature = "viewer")]
pub mod render;
pub mod run;
mod session;
pub mod settings;
pub mod simulate;
pub mod user_file;
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
    /// Check a scene, its kinds and its models, and list every mistake
    Check(check::Check),
    /// Publish a scene's emulated plant to a broker, or write it to a file
    Emulate(emulate::Emulate),
    /// Simulate many futures of a scene: throughput, lead times, bottlenecks, orders in time
    Simulate(simulate::Simulate),
    /// Draw pictures of a scene's emulated plant, at fixed steps of time
    #[cfg(feature = "viewer")]
    Render(render::Render),
}

/// Does what the command line says; an error is printed for people, without a backtrace.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli.run);
    let done = match &cli.command {
        Some(Task::Check(check)) => check.run(),
        Some(Task::Emulate(emulate)) => emulate.run(),
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
fn start_log(run: &run::RunArgs) {
    let filter = run
        .log
        .clone()
        .or_else(|| std::env::var("RUST_LOG").ok())
        .unwrap_or_else(|| "warn,wgpu=error,naga=error,bevy_render=error,mqtt5=error".into());
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
}
