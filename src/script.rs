//! [`Script`]: commands with times, for guided tours and for tests that drive the real program.
//!
//! ```toml
//! [[step]]
//! at = "2s"                       # since the start of the program
//! do = { select = "machining/line1/cnc-03" }
//!
//! [[step]]
//! at = "2500ms"
//! do = "home"
//! ```
//!
//! A [`Recorder`] writes such a file from the commands that are given.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::command::Command;

/// Commands in order of their time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    steps: Vec<Step>,
}

/// One command and when it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Since the start of the program.
    pub at: Duration,
    /// What is asked.
    pub command: Command,
}

/// What is wrong with a script.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("the script cannot be read: {0}: {1}")]
    Read(std::io::Error, String),
    /// Not TOML, an unknown key, or a command that there is not.
    #[error("the script is not understood: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A time that is none.
    #[error("step {step}: `at` is a time such as \"2s\", \"250ms\" or \"1m\", not: {at}")]
    Time {
        /// Which step, from 1.
        step: usize,
        /// What was written.
        at: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    step: Vec<RawStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    at: String,
    r#do: Command,
}

impl Script {
    /// Reads a script; steps may be written in any order, those of one time stay in theirs.
    ///
    /// # Errors
    /// With the line, or the number of the step, and what is expected there.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let file: File = toml::from_str(text)?;
        let mut steps = Vec::with_capacity(file.step.len());
        for (raw, number) in file.step.into_iter().zip(1..) {
            let at = duration(&raw.at).ok_or(ScriptError::Time {
                step: number,
                at: raw.at,
            })?;
            steps.push(Step {
                at,
                command: raw.r#do,
            });
        }
        steps.sort_by_key(|step| step.at);
        Ok(Self { steps })
    }

    /// Reads a script file.
    ///
    /// # Errors
    /// As [`Script::parse`], or when the file cannot be read.
    pub fn read(file: &Path) -> Result<Self, ScriptError> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| ScriptError::Read(error, file.display().to_string()))?;
        Self::parse(&text)
    }

    /// Whether a step writes a picture: then something must draw.
    pub fn takes_pictures(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.command, Command::Screenshot(_)))
    }

    /// The same steps with other commands.
    pub fn map(self, command: impl Fn(&Command) -> Command) -> Self {
        let change = |step: Step| Step {
            at: step.at,
            command: command(&step.command),
        };
        Self {
            steps: self.steps.into_iter().map(change).collect(),
        }
    }

    /// The same script after these commands, which are given at once.
    pub fn after(mut self, commands: impl Iterator<Item = Command>) -> Self {
        let first = commands.map(|command| Step {
            at: Duration::ZERO,
            command,
        });
        self.steps.splice(0..0, first);
        self
    }

    /// The steps, in order of time.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// Writes commands down as they are given: a script that plays them again.
///
/// Each step is flushed at once, so that a program that crashes leaves what led to it.
#[derive(Debug)]
pub struct Recorder<W> {
    out: W,
}

/// Why a command was not written down.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The disk is full, or the file is gone.
    #[error("the script of this session cannot be written: {0}")]
    Write(#[from] io::Error),
    /// It names a file whose name is no text, which a script cannot say.
    #[error("a script cannot say this command: {0}")]
    Unwritable(#[from] toml::ser::Error),
}

impl<W: Write> Recorder<W> {
    /// Writes to `out`, which begins empty.
    pub const fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes down a command that was given at this time since the start of the program.
    ///
    /// # Errors
    /// When it cannot be written; what was written before still plays.
    pub fn record(&mut self, at: Duration, command: &Command) -> Result<(), RecordError> {
        let mut value = String::new();
        command.serialize(toml::ser::ValueSerializer::new(&mut value))?;
        let millis = at.as_millis();
        // In one piece: whoever reads meanwhile finds whole steps.
        let step = format!("[[step]]\nat = \"{millis}ms\"\ndo = {value}\n\n");
        self.out.write_all(step.as_bytes())?;
        Ok(self.out.flush()?)
    }
}

/// `250ms`, `2s`, `1.5s`, `5m`, `1h`.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let split = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let number: f64 = number.trim().parse().ok()?;
    let secs = match unit {
        "ms" => number / 1e3,
        "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(secs).ok()
}
