//! `twinscape check SCENE`: every mistake of a scene, its kinds and its models.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::model::Plant;
use crate::model::scene::{self, Diagnostic, Severity};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// Scene folder, or its scene.toml
    scene: PathBuf,
}

impl Check {
    /// Prints every mistake to stderr and a summary to stdout; failure when there is an error.
    ///
    /// # Errors
    ///
    /// When nothing can be printed.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let (errors, omitted, warnings, plant) = match scene::load(&self.scene) {
            Ok(loaded) => (Vec::new(), 0, loaded.warnings, Some(loaded.plant)),
            Err(error) => (error.errors, error.omitted, error.warnings, None),
        };
        let stderr = std::io::stderr();
        let style = Style {
            is_on: stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        };
        let mut out = stderr.lock();
        for diagnostic in errors.iter().chain(&warnings) {
            style.write(&mut out, diagnostic)?;
        }
        if omitted > 0 {
            writeln!(out, "… and {omitted} more")?;
        }
        let mut out = std::io::stdout().lock();
        let scene = self.scene.display();
        let warnings = count(warnings.len(), "warning");
        match plant {
            Some(plant) => {
                writeln!(out, "{scene}: {}, {warnings}", summary(&plant))?;
                Ok(ExitCode::SUCCESS)
            }
            None => {
                let errors = count(errors.len() + omitted, "error");
                writeln!(out, "{scene}: {errors}, {warnings}")?;
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

/// What a plant consists of, in one line.
pub fn summary(plant: &Plant) -> String {
    [
        count(plant.equipment.len(), "equipment"),
        count(plant.signals.len(), "signal"),
        count(plant.bindings.len(), "binding"),
        count(plant.flows.len(), "flow"),
    ]
    .join(", ")
}

fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 || thing == "equipment" {
        ""
    } else {
        "s"
    };
    format!("{number} {thing}{plural}")
}

/// Colours on a terminal, plain text elsewhere.
#[derive(Clone, Copy)]
struct Style {
    is_on: bool,
}

impl Style {
    fn write(self, out: &mut impl Write, diagnostic: &Diagnostic) -> std::io::Result<()> {
        if !self.is_on {
            return writeln!(out, "{diagnostic}");
        }
        // The place is bold, what is wrong red or yellow, help as it is.
        let text = diagnostic.to_string();
        let colour = match diagnostic.severity {
            Severity::Error => "31",
            Severity::Warning => "33",
        };
        let (place, rest) = text.split_once(": ").unwrap_or(("", text.as_str()));
        let (what, help) = rest.split_once('\n').unwrap_or((rest, ""));
        writeln!(out, "\x1b[1m{place}:\x1b[0m \x1b[{colour}m{what}\x1b[0m")?;
        if !help.is_empty() {
            writeln!(out, "{help}")?;
        }
        Ok(())
    }
}
