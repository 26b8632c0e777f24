//! `twinscape simulate SCENE --from RECORDING --at T`: futures from the state in which the plant was.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use super::table::{self, Signed, columns, half, number, span};
use super::{Simulate, bar, events};
use crate::cli::recorded::Recorded;
use crate::cli::told::tell;
use crate::clock::Clock;
use crate::futures::{
    Band, Difference, Forecast, Fork, Futures, Inferred, Settings, Track, WhatIf,
};
use crate::history::of_recording;
use crate::model::scene::Scenario;
use crate::model::{Plant, Timestamp};
use crate::simulation::experiment::{Precision, Summary};

/// Name and version of the document's schema.
const SCHEMA: &str = "twinscape.forecast/1";
/// Lines of the forecast unless told otherwise.
const LINES: u32 = 8;
/// Buffers listed at most, those with the widest bands.
const BUFFERS: usize = 5;
/// Inferred facts of one kind that are listed by name at most, unless all are asked for.
const LISTED: usize = 3;

/// Everything there is to tell.
struct Told<'a> {
    plant: &'a Plant,
    scenario: Option<&'a str>,
    fork: &'a Fork,
    futures: &'a Futures,
    forecast: &'a Forecast,
    summary: Summary,
    /// Against the plant as it is.
    differences: Vec<(Track, Vec<Difference>)>,
    took: Duration,
    forked: Duration,
}

impl Simulate {
    pub(super) fn run_from(
        &self,
        recording: &Path,
        plant: Plant,
        scenario: Option<Scenario>,
    ) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            self.parquet.is_none(),
            "--parquet goes with a simulation from the beginning; --json has the bands"
        );
        let recorded = Recorded::open_as(recording, plant)?;
        let plant = Arc::clone(&recorded.plant);
        let history = of_recording(recorded.recording.clone());
        let Some(span) = history.span() else {
            anyhow::bail!(
                "nothing of this plant is recorded there: {}",
                recording.display()
            );
        };
        let at = self.at.unwrap_or(span.end + Duration::from_nanos(1));
        anyhow::ensure!(
            at > span.start,
            "nothing is recorded before {at}; there is something from {} to {}",
            span.start,
            span.end
        );
        let clock = Clock::start();
        let fork = Fork::new(&plant, &history, at).context("the plant cannot be forked")?;
        let forked = clock.elapsed();
        let settings = self.settings();
        let what_if = scenario.map(WhatIf::from);
        let futures = Futures::new(&plant, &fork, what_if.as_ref(), &history, &settings)
            .context("the futures cannot be simulated")?;
        if let Some(file) = &self.events {
            events::write(file, futures.experiment(), self.replication, at)?;
        }
        let clock = Clock::start();
        let forecast = self.watch_futures(&futures)?;
        let took = clock.elapsed();
        let mut differences = Vec::new();
        if what_if.is_some() {
            let as_it_is = Futures::new(&plant, &fork, None, &history, &settings)?;
            let base = self.watch_futures(&as_it_is)?;
            for track in [
                Track::Completed,
                Track::Throughput,
                Track::LeadTime,
                Track::Parts,
            ] {
                let off = forecast.differences(&base, &track, self.confidence);
                differences.push((track, off));
            }
        }
        let told = Told {
            plant: &plant,
            scenario: what_if.as_ref().map(|what_if| &*what_if.name),
            fork: &fork,
            futures: &futures,
            forecast: &forecast,
            summary: forecast.summary(),
            differences,
            took,
            forked,
        };
        self.tell_futures(&told)?;
        Ok(ExitCode::SUCCESS)
    }

    fn settings(&self) -> Settings {
        Settings {
            horizon: self.horizon,
            step: self.every.unwrap_or(self.horizon / LINES),
            window: self.window,
            replications: self.replications,
            precision: self.precision.map(|relative_half_width| Precision {
                relative_half_width,
                at_least: 10,
            }),
            seed: self.seed,
            confidence: self.confidence,
            threads: self.threads,
        }
    }

    fn watch_futures(&self, futures: &Futures) -> anyhow::Result<Forecast> {
        let mut job = futures.spawn()?;
        let bar = bar(self.replications, "futures");
        while !job.is_finished() {
            bar.set_position(job.progress().done);
            std::thread::sleep(Duration::from_millis(2));
        }
        bar.finish_and_clear();
        Ok(job.finish()?)
    }

    fn tell_futures(&self, told: &Told<'_>) -> anyhow::Result<()> {
        tell(
            self.json.as_deref(),
            |out| write_document(out, told),
            |out| self.write_table(out, told),
        )
    }

    fn write_table(&self, out: &mut dyn Write, told: &Told<'_>) -> io::Result<()> {
        let summary = &told.summary;
        writeln!(
            out,
            "{}{}: {} from {}, {} futures, seed {}",
            told.plant.name,
            told.scenario
                .map_or_else(String::new, |name| format!(", {name}")),
            span(summary.horizon_secs),
            told.fork.at,
            summary.replications,
            self.seed,
        )?;
        table::preface(out, summary)?;
        let tracks = told.forecast.tracks();
        for track in tracks.iter().filter(|track| !is_content(track)) {
            write_band(out, told, track, &title(track, self.window))?;
        }
        write_buffers(out, told)?;
        write_differences(out, told)?;
        table::kpis(out, summary)?;
        table::elements(out, summary)?;
        table::resources(out, summary)?;
        table::orders(out, summary)?;
        table::bottlenecks(out, summary, &[])?;
        if let Some(standstill) = &summary.standstill {
            writeln!(
                out,
                "\nSTANDSTILL in {} of {} futures, first in number {} after {}: {}",
                summary.standstills,
                summary.replications,
                standstill.replication,
                span(standstill.since_secs),
                standstill.cycle.join(" → ")
            )?;
        }
        for dropped in told.futures.dropped() {
            writeln!(
                out,
                "\nThe scenario has no place for what was in {dropped}: left out"
            )?;
        }
        self.write_inferred(out, &told.fork.inferred)?;
        writeln!(
            out,
            "\nforked in {:.1} ms; {} events in {:.3} s on {} threads",
            1e3 * told.forked.as_secs_f64(),
            summary.events,
            told.took.as_secs_f64(),
            told.futures.experiment().thread_count(),
        )
    }

    fn write_inferred(&self, out: &mut dyn Write, inferred: &[Inferred]) -> io::Result<()> {
        if inferred.is_empty() {
            return writeln!(out, "\nEverything about the start was reported");
        }
        writeln!(
            out,
            "\nInferred about the start, not reported: {} facts",
            inferred.len()
        )?;
        let mut sorted: Vec<&Inferred> = inferred.iter().collect();
        sorted.sort_by_key(|fact| fact.what);
        for of_kind in sorted.chunk_by(|a, b| a.what == b.what) {
            let shown = if self.inferred { of_kind.len() } else { LISTED };
            for fact in of_kind.iter().take(shown) {
                writeln!(out, "  {fact}")?;
            }
            if of_kind.len() > shown {
                let more = of_kind.len() - shown;
                writeln!(
                    out,
                    "  … and {more} more of this kind; --inferred lists all"
                )?;
            }
        }
        Ok(())
    }
}

fn title(track: &Track, window: Duration) -> String {
    match track {
        Track::Completed => "parts that have left".to_owned(),
        Track::Throughput => format!("throughput of the last {}", span(window.as_secs_f64())),
        Track::LeadTime => format!("lead time of the last {}", span(window.as_secs_f64())),
        Track::Parts => "parts in the plant".to_owned(),
        Track::Content(name) => name.to_string(),
    }
}

const fn is_content(track: &Track) -> bool {
    matches!(track, Track::Content(_))
}

/// A line of a band.
fn line(band: &Band, point: usize, first: String, unit: &str) -> Vec<String> {
    let limits = band.limits.get(point).copied().unwrap_or_default();
    let mean = band.means.get(point).copied().unwrap_or_default();
    let mut cells = vec![first];
    cells.extend(
        [
            mean, limits.p05, limits.p10, limits.p50, limits.p90, limits.p95,
        ]
        .into_iter()
        .map(number),
    );
    cells.push(unit.to_owned());
    cells
}

fn head(what: &str) -> Vec<String> {
    [
        what, "mean", "5 %", "10 %", "median", "90 %", "95 %", "unit",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn write_band(out: &mut dyn Write, told: &Told<'_>, track: &Track, title: &str) -> io::Result<()> {
    let band = told.forecast.band(track);
    let mut rows = vec![head(title)];
    for (point, time) in band.times.iter().enumerate() {
        if *time > told.fork.at {
            let after = format!("after {}", span(time.secs_since(told.fork.at)));
            rows.push(line(&band, point, after, track.unit()));
        }
    }
    writeln!(out)?;
    columns(out, &rows)
}

/// The contents at the horizon that are the least certain.
fn write_buffers(out: &mut dyn Write, told: &Told<'_>) -> io::Result<()> {
    let mut bands: Vec<(Arc<str>, Band)> = told
        .forecast
        .tracks()
        .into_iter()
        .filter_map(|track| match &track {
            Track::Content(name) => Some((Arc::clone(name), told.forecast.band(&track))),
            _ => None,
        })
        .collect();
    let width = |band: &Band| band.limits.last().map_or(0.0, |last| last.p95 - last.p05);
    bands.retain(|(_, band)| width(band) > 0.0);
    bands.sort_by(|(_, a), (_, b)| width(b).total_cmp(&width(a)));
    if bands.is_empty() {
        return Ok(());
    }
    let mut rows = vec![head("content at the horizon")];
    for (name, band) in bands.iter().take(BUFFERS) {
        rows.push(line(band, band.times.len() - 1, name.to_string(), "pcs"));
    }
    writeln!(out)?;
    columns(out, &rows)
}

fn write_differences(out: &mut dyn Write, told: &Told<'_>) -> io::Result<()> {
    let mut rows = vec![
        [
            "against the plant as it is",
            "mean",
            "±",
            "5 %",
            "median",
            "95 %",
            "unit",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for (track, differences) in &told.differences {
        if let Some(last) = differences.last() {
            rows.push(vec![
                title(track, Duration::from_secs(3_600)),
                Signed(last.estimate.mean).to_string(),
                half(&last.estimate),
                Signed(last.limits.p05).to_string(),
                Signed(last.limits.p50).to_string(),
                Signed(last.limits.p95).to_string(),
                track.unit().to_owned(),
            ]);
        }
    }
    if rows.len() == 1 {
        return Ok(());
    }
    writeln!(out)?;
    columns(out, &rows)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    scene: &'a str,
    scenario: Option<&'a str>,
    at: Timestamp,
    #[serde(flatten)]
    summary: &'a Summary,
    bands: Vec<BandDocument>,
    differences: Vec<DifferenceDocument<'a>>,
    dropped: &'a [String],
    inferred: &'a [Inferred],
    speed: Speed,
}

#[derive(Serialize)]
struct BandDocument {
    what: &'static str,
    element: Option<Arc<str>>,
    unit: &'static str,
    #[serde(flatten)]
    band: Band,
}

#[derive(Serialize)]
struct DifferenceDocument<'a> {
    what: &'static str,
    unit: &'static str,
    over_time: &'a [Difference],
}

/// The only part that differs between two runs.
#[derive(Serialize)]
struct Speed {
    fork_secs: f64,
    wall_secs: f64,
    threads: usize,
}

const fn word(track: &Track) -> &'static str {
    match track {
        Track::Completed => "completed",
        Track::Throughput => "throughput",
        Track::LeadTime => "lead_time",
        Track::Parts => "parts",
        Track::Content(_) => "content",
    }
}

fn write_document(out: &mut dyn Write, told: &Told<'_>) -> anyhow::Result<()> {
    let bands = told
        .forecast
        .tracks()
        .into_iter()
        .map(|track| BandDocument {
            what: word(&track),
            unit: track.unit(),
            band: told.forecast.band(&track),
            element: match track {
                Track::Content(name) => Some(name),
                _ => None,
            },
        });
    let differences = told.differences.iter();
    let document = Document {
        schema: SCHEMA,
        scene: &told.plant.id,
        scenario: told.scenario,
        at: told.fork.at,
        summary: &told.summary,
        bands: bands.collect(),
        differences: differences
            .map(|(track, over_time)| DifferenceDocument {
                what: word(track),
                unit: track.unit(),
                over_time,
            })
            .collect(),
        dropped: told.futures.dropped(),
        inferred: &told.fork.inferred,
        speed: Speed {
            fork_secs: told.forked.as_secs_f64(),
            wall_secs: told.took.as_secs_f64(),
            threads: told.futures.experiment().thread_count(),
        },
    };
    serde_json::to_writer_pretty(out, &document)?;
    Ok(())
}
