//! The command line: what the program is asked to do, one file per subcommand.

pub mod check;
pub mod run;

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
    run: run::Run,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Check a scene, its kinds and its models, and list every mistake
    Check(check::Check),
}

/// Does what the command line says.
///
/// # Errors
///
/// What went wrong, for people: it is printed as it is.
pub fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    match cli.command {
        Some(Task::Check(check)) => check.run(),
        None => cli.run.run(),
    }
}
