//! `twinscape export RECORDING --out FILE`: a part of a recording as CSV or Parquet.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};

use super::recorded::{Recorded, SpanArgs};
use crate::history;
use crate::model::{Freshness, Plant, Point, Quality, SignalId, Snapshot, Timestamp, Value, scene};
use crate::package;
use crate::recording::SignalNames;
use crate::recording::reader::Recording;
use crate::recording::sealed::{PartMeta, PartPoints, RecordedPoint, write_samples};
use crate::twin::{LiveBoard, Twin, ViewCursor};

/// Points of one Parquet file at most: it is made in memory.
const FILE_POINTS: usize = 50_000_000;
/// Points gathered before they are written to CSV in order of time: spans are cut until they fit.
const STEP: Duration = Duration::from_secs(600);

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Folder of a recording, or a package (.twin)
    recording: PathBuf,
    /// The file: .csv, or .parquet; a name without either is a folder of Parquet files by hour
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    span: SpanArgs,
    /// Only these signals: paths, in which * stands for any text. May be given several times
    #[arg(long, value_name = "PATH")]
    signal: Vec<String>,
    /// CSV with a column a signal, and a row every so often: 1s, 5m. A cell is empty where nothing
    /// fresh was known
    #[arg(long, value_name = "TIME", value_parser = scene::parse_duration)]
    every: Option<Duration>,
}

impl Export {
    /// Exports the span.
    ///
    /// # Errors
    ///
    /// When the recording cannot be used, or the file cannot be written.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let opened = Recorded::open(&self.recording)?;
        let span = opened.span(self.span)?;
        let signals = self.signals(&opened.plant)?;
        let rows = match self.out.extension().and_then(|end| end.to_str()) {
            Some("csv") => {
                let write = |out: &mut dyn Write| match self.every {
                    Some(every) => wide(&opened, &signals, &span, every, out),
                    None => long(&opened, &signals, &span, out),
                };
                whole(&self.out, write)?
            }
            Some("parquet") => {
                let points = gather(&opened.recording, &opened.plant, &signals, &span)?;
                let meta = PartMeta {
                    span: span.clone(),
                    segments_through: 0,
                    plant: opened.revision,
                };
                whole(&self.out, |out| {
                    // The writer of Parquet wants to be sent to other threads.
                    let mut bytes = Vec::new();
                    let stats = write_samples(&mut bytes, &meta, &points)?;
                    out.write_all(&bytes)?;
                    Ok(stats.rows)
                })?
            }
            None => {
                if !self.signal.is_empty() {
                    bail!("a folder is exported whole; --signal goes with a .csv or .parquet file");
                }
                std::fs::create_dir(&self.out).with_context(|| {
                    format!("the folder cannot be made: {}", self.out.display())
                })?;
                let stats = package::cut(&opened.root, &opened.recording, span, &self.out)?;
                stats.points + stats.before
            }
            Some(other) => bail!(
                "the file's name must end in .csv or .parquet, or be that of a folder: .{other}"
            ),
        };
        let _ = writeln!(std::io::stderr(), "{rows} rows: {}", self.out.display());
        Ok(ExitCode::SUCCESS)
    }

    /// The signals asked for, those derived by the twin included when nothing is asked for.
    fn signals(&self, plant: &Plant) -> anyhow::Result<Vec<SignalId>> {
        let names = SignalNames::of(plant);
        if self.signal.is_empty() {
            return Ok(names.iter().map(|(id, _)| id).collect());
        }
        let mut found = Vec::new();
        for pattern in &self.signal {
            let before = found.len();
            let fitting = names.iter().filter(|(_, name)| fits(pattern, name));
            found.extend(fitting.map(|(id, _)| id));
            if found.len() == before {
                bail!("no signal is called so: {pattern}");
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.find(part) {
            Some(at) => left = left.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// Writes a file that appears under its name only when it is whole.
fn whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<u64>,
) -> anyhow::Result<u64> {
    let part = path.with_extension("part");
    let cannot = || format!("cannot be written: {}", path.display());
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&part).with_context(cannot)?);
    let rows = write(&mut out)
        .and_then(|rows| {
            out.flush()?;
            Ok(rows)
        })
        .with_context(cannot);
    if rows.is_err() {
        // Half a file is of no use.
        let _ = std::fs::remove_file(&part);
    } else {
        std::fs::rename(&part, path).with_context(cannot)?;
    }
    rows
}

/// Spans of a step each.
fn steps(span: &Range<Timestamp>) -> impl Iterator<Item = Range<Timestamp>> {
    let end = span.end;
    let mut from = span.start;
    std::iter::from_fn(move || {
        let to = (from + STEP).min(end);
        let step = from..to;
        from = to;
        (step.start < step.end).then_some(step)
    })
}

/// A row a point, in order of time.
fn long(
    opened: &Recorded,
    signals: &[SignalId],
    span: &Range<Timestamp>,
    out: &mut dyn Write,
) -> anyhow::Result<u64> {
    let names = SignalNames::of(&opened.plant);
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["time", "signal", "value", "quality", "receive_time"])?;
    let mut rows = Vec::new();
    let mut points: Vec<Point> = Vec::new();
    let mut count = 0;
    for step in steps(span) {
        rows.clear();
        for &id in signals {
            points.clear();
            opened.recording.range(id, step.clone(), &mut points);
            rows.extend(points.iter().map(|point| (*point, id)));
        }
        rows.sort_by_key(|(point, id)| (point.time, *id));
        for (point, id) in &rows {
            let name = names.name(*id).map_or("", |name| name);
            csv.write_record([
                point.time.to_string().as_str(),
                name,
                cell(names.stored(*id, point.value)).as_str(),
                quality(point.quality).as_str(),
                point.receive_time.to_string().as_str(),
            ])?;
            count += 1;
        }
    }
    csv.flush()?;
    Ok(count)
}

/// A row a step, a column a signal.
fn wide(
    opened: &Recorded,
    signals: &[SignalId],
    span: &Range<Timestamp>,
    every: Duration,
    out: &mut dyn Write,
) -> anyhow::Result<u64> {
    if every.is_zero() {
        bail!("--every must be longer than 0");
    }
    let plant = &opened.plant;
    let signals: Vec<SignalId> = signals
        .iter()
        .copied()
        .filter(|id| id.index() < plant.signals.len())
        .collect();
    let reader = history::of_recording(opened.recording.clone());
    let twin = Twin::new(Arc::clone(plant), reader, LiveBoard::default());
    let (mut snapshot, mut cursor) = (Snapshot::new(plant), ViewCursor::default());
    let mut csv = csv::Writer::from_writer(out);
    csv.write_field("time")?;
    for id in &signals {
        csv.write_field(plant.signal_path(*id))?;
    }
    csv.write_record(None::<&[u8]>)?;
    let (mut at, mut count) = (span.start, 0);
    while at < span.end {
        twin.advance(&mut snapshot, &mut cursor, at);
        csv.write_field(at.to_string())?;
        for id in &signals {
            let slot = id.index();
            let is_fresh = snapshot.freshness.get(slot) == Some(&Freshness::Fresh);
            let value = snapshot.values.get(slot).filter(|_| is_fresh);
            csv.write_field(value.map_or_else(String::new, |value| cell(*value)))?;
        }
        csv.write_record(None::<&[u8]>)?;
        count += 1;
        at = at + every;
    }
    csv.flush()?;
    Ok(count)
}

/// A value as a cell: numbers with as many digits as they need.
fn cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Float(number) => number.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Text(text) => text.as_str().to_owned(),
    }
}

fn quality(quality: Quality) -> String {
    match quality {
        Quality::Good => "good".to_owned(),
        Quality::Uncertain(cause) => format!("uncertain: {}", cause.as_str()),
        Quality::Bad(cause) => format!("bad: {}", cause.as_str()),
    }
}

fn gather(
    recording: &Recording,
    plant: &Plant,
    signals: &[SignalId],
    span: &Range<Timestamp>,
) -> anyhow::Result<PartPoints> {
    let names = SignalNames::of(plant);
    let mut paths = Vec::new();
    let (mut points, mut gathered) = (Vec::new(), Vec::new());
    for (&id, name) in signals.iter().zip(0..) {
        points.clear();
        recording.range(id, span.clone(), &mut points);
        let path = names.name(id).cloned().unwrap_or_default();
        paths.push(path);
        gathered.extend(points.iter().map(|point| {
            let value = names.stored(id, point.value);
            RecordedPoint {
                name,
                point: Point { value, ..*point },
                source_time: None,
            }
        }));
        if gathered.len() > FILE_POINTS {
            bail!(
                "more than {FILE_POINTS} rows are too many for one file: give a shorter span, or the name of a folder"
            );
        }
    }
    Ok(PartPoints::from_arrivals(paths, &gathered))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name) in [
            ("a/b", "a/b"),
            ("*", "a/b"),
            ("line-1/*/temperature", "line-1/cnc-03/temperature"),
            ("*temperature", "line-1/cnc-03/oil_temperature"),
            ("line*", "line-1/cnc"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a", "a/b"), ("*x", "a/b"), ("b*", "a/b"), ("a*c*b", "a/b")] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
