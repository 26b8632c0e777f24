//! `twinscape calibrate SCENE --from RECORDING`: what telemetry says of the scene's parameters.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;

use super::recorded::Recorded;
use super::simulate::{bar, table};
use super::told::tell;
use crate::futures::calibrate::{Calibration, Item, Machine, Share, calibrate, words};
use crate::history::of_recording;
use crate::model::{Timestamp, scene};

use table::{columns, number};

/// Name and version of the document's schema.
const SCHEMA: &str = "twinscape.calibration/1";

/// Arguments of `calibrate`.
#[derive(Debug, clap::Args)]
pub struct Calibrate {
    /// Scene folder, or a scene file
    scene: PathBuf,
    /// The recording of the plant, or a package (.twin)
    #[arg(long, value_name = "RECORDING")]
    from: PathBuf,
    /// Look at what was recorded from this time on [default: its beginning]
    #[arg(long, value_name = "RFC3339")]
    begin: Option<Timestamp>,
    /// Look at what was recorded up to this time [default: its end]
    #[arg(long, value_name = "RFC3339")]
    end: Option<Timestamp>,
    /// Confidence of all intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    confidence: f64,
    /// Write what is accepted as a scenario file, to be simulated with: simulate --calibration FILE
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Accept only these machines: paths, or unique ends of them. May be given several times [default:
    /// all]
    #[arg(long, value_name = "PATH", requires = "out")]
    accept: Vec<String>,
    /// Print JSON instead of tables, or write it to a file: --json=FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    json: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    calibration: &'a Calibration,
}

impl Calibrate {
    /// Looks and tells.
    ///
    /// # Errors
    /// When the scene or the recording cannot be used, or a file cannot be written.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            self.confidence > 0.0 && self.confidence < 1.0,
            "the confidence must be above 0 and below 1"
        );
        let loaded = scene::load(&self.scene).context("the scene cannot be used")?;
        let recorded = Recorded::open_as(&self.from, loaded.plant)?;
        let history = of_recording(recorded.recording.clone());
        let Some(all) = history.span() else {
            anyhow::bail!(
                "nothing of this plant is recorded there: {}",
                self.from.display()
            );
        };
        let span = self.begin.map_or(all.start, |begin| begin.max(all.start))
            ..self.end.map_or(all.end, |end| end.min(all.end));
        anyhow::ensure!(
            span.start < span.end,
            "nothing is recorded there; there is something from {} to {}",
            all.start,
            all.end
        );
        let plant = &recorded.plant;
        let mut accepted = Vec::new();
        for path in &self.accept {
            let id = plant.find(path).and_then(|id| plant.equipment(id));
            let equipment =
                id.with_context(|| format!("no equipment is called so, or several are: {path}"))?;
            accepted.push(std::sync::Arc::clone(&equipment.path));
        }
        let progress = bar(0, "machines");
        let calibration = calibrate(plant, &history, span, self.confidence, |done, of| {
            progress.set_length(of as u64);
            progress.set_position(done as u64);
        });
        progress.finish_and_clear();
        if let Some(file) = &self.out {
            let text = calibration
                .scenario(|machine| self.accept.is_empty() || accepted.contains(&machine.path));
            std::fs::write(file, text)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        let document = Document {
            schema: SCHEMA,
            calibration: &calibration,
        };
        tell(
            self.json.as_deref(),
            |out| Ok(serde_json::to_writer_pretty(out, &document)?),
            |out| write_table(out, &plant.name, &calibration),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}

fn write_table(out: &mut dyn Write, name: &str, calibration: &Calibration) -> io::Result<()> {
    writeln!(
        out,
        "{name}, from {} to {}; intervals of {:.4} %, times in s\n",
        calibration.from,
        calibration.to,
        100.0 * calibration.confidence
    )?;
    let head = [
        "machine", "what", "observed", "mean", "interval", "assumed", "p", "follows",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for machine in &calibration.machines {
        rows.extend(machine.items.iter().map(|item| row(machine, item)));
        rows.extend(
            machine
                .scrap
                .iter()
                .map(|share| share_row(machine, "scrap", share)),
        );
        let routes = machine.routes.iter();
        rows.extend(routes.map(|share| share_row(machine, &format!("to {}", share.what), share)));
    }
    columns(out, &rows)?;
    for machine in &calibration.machines {
        for note in &machine.notes {
            writeln!(out, "{}: {note}", machine.path)?;
        }
    }
    writeln!(
        out,
        "\np: how often chance alone agrees worse with the fit (Anderson–Darling, bootstrap); \
         ≠: what the scene assumes lies outside of the interval"
    )
}

fn row(machine: &Machine, item: &Item) -> Vec<String> {
    let fit = item.fit.as_ref();
    let mut follows = fit.map_or_else(|| "not observed".to_owned(), |f| words(&f.distribution));
    if fit.is_some() && item.is_few() {
        follows += ", few data";
    } else if fit.is_some_and(|fit| fit.is_poor()) {
        follows += ", a poor fit";
    }
    let mark = if item.differs() { " ≠" } else { "" };
    vec![
        machine.path.to_string(),
        item.quantity.name(),
        match item.censored {
            0 => item.observed.to_string(),
            open => format!("{} + {open}", item.observed),
        },
        fit.map_or_else(String::new, |fit| number(fit.mean.value)),
        fit.map_or_else(String::new, |fit| interval(fit.mean.low, fit.mean.high)),
        item.assumed_mean_secs
            .map_or_else(String::new, |secs| format!("{}{mark}", number(secs))),
        fit.and_then(|fit| fit.goodness)
            .map_or_else(String::new, |goodness| format!("{:.3}", goodness.p_value)),
        follows,
    ]
}

fn share_row(machine: &Machine, what: &str, share: &Share) -> Vec<String> {
    let found = &share.found;
    let is_off = |assumed: f64| !(found.low..=found.high).contains(&assumed);
    let mark = if share.assumed.is_some_and(is_off) {
        " ≠"
    } else {
        ""
    };
    vec![
        machine.path.to_string(),
        what.to_owned(),
        format!("{} of {}", found.hits, found.of),
        number(found.share()),
        interval(found.low, found.high),
        share
            .assumed
            .map_or_else(String::new, |share| format!("{}{mark}", number(share))),
        String::new(),
        "share of parts".to_owned(),
    ]
}

fn interval(low: f64, high: f64) -> String {
    match high.is_finite() {
        true => format!("{}–{}", number(low), number(high)),
        false => "anything".to_owned(),
    }
}
