//! The result of `twinscape simulate` as JSON; `scenes/README.md` says what each key means.

use std::io::Write;

use serde::Serialize;

use super::Report;
use crate::simulation::experiment::{Relief, Summary};

/// Name and version of the document's schema.
const SCHEMA: &str = "twinscape.simulate/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    scene: &'a str,
    scenario: Option<&'a str>,
    start: String,
    #[serde(flatten)]
    summary: &'a Summary,
    relief: &'a [Relief],
    speed: Speed,
}

/// The only part that differs between two runs of the same experiment.
#[derive(Serialize)]
struct Speed {
    wall_secs: f64,
    threads: usize,
    events_per_sec: f64,
}

pub(super) fn write(out: &mut dyn Write, report: &Report<'_>) -> anyhow::Result<()> {
    let wall_secs = report.took.as_secs_f64();
    let document = Document {
        schema: SCHEMA,
        scene: &report.plant.id,
        scenario: report.scenario,
        start: report.start.to_string(),
        summary: &report.summary,
        relief: &report.reliefs,
        speed: Speed {
            wall_secs,
            threads: report.threads,
            events_per_sec: report.summary.events as f64 / wall_secs.max(1e-9),
        },
    };
    serde_json::to_writer_pretty(out, &document)?;
    Ok(())
}
