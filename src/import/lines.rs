//! [`LinesReader`]: JSON lines of `{time, signal, value, quality}`, as `twinscape emulate --unpaced`
//! writes them.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::bind::{LongNames, Names, columns, unreadable};
use super::mapping::Mapping;
use super::report::ImportReport;
use super::text::read_quality;
use super::time::TimeReader;
use super::{ImportError, Progress, Reader, Reading, name_of};
use crate::model::Plant;
use crate::source::scalar::Scalar;

/// A longer line is not one of these.
const LONGEST_LINE: u64 = 1 << 20;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    signal: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a serde_json::value::RawValue,
    #[serde(default)]
    quality: Option<serde_json::Value>,
}

/// A file of JSON lines.
#[derive(Debug)]
pub(super) struct LinesReader {
    name: Arc<str>,
    input: BufReader<File>,
    long: LongNames,
    time: TimeReader,
    line: Vec<u8>,
    number: u64,
    done: u64,
    whole: u64,
}

impl LinesReader {
    pub fn open(plant: &Plant, mapping: &Mapping, path: &Path) -> Result<Self, ImportError> {
        let (read, wrong) = (unreadable(path), columns(path));
        let file = File::open(path).map_err(&read)?;
        let whole = file.metadata().map_err(&read)?.len();
        Ok(Self {
            name: name_of(path),
            input: BufReader::with_capacity(1 << 18, file),
            long: LongNames::new(&Names::new(plant), mapping).map_err(&wrong)?,
            time: TimeReader::new(&mapping.time, &plant.calendar.time_zone).map_err(&wrong)?,
            line: Vec::new(),
            number: 0,
            done: 0,
            whole,
        })
    }

    fn parse(&mut self, report: &mut ImportReport) -> Result<Option<Reading>, String> {
        let line: Line<'_> =
            serde_json::from_slice(&self.line).map_err(|error| error.to_string())?;
        let bound = match self.long.get(&line.signal) {
            Ok(Some(bound)) => bound,
            Ok(None) => return Ok(None),
            Err(()) => {
                report.unknown(&line.signal);
                return Ok(None);
            }
        };
        let time = self
            .time
            .read(&line.time)
            .ok_or_else(|| format!("not a time: {:?}", line.time))?;
        let value: serde_json::Value =
            serde_json::from_str(line.value.get()).map_err(|error| error.to_string())?;
        let scalar = match &value {
            serde_json::Value::Null => Scalar::Null,
            serde_json::Value::Bool(value) => Scalar::Boolean(*value),
            serde_json::Value::String(text) => Scalar::Text(text),
            serde_json::Value::Number(number) => {
                if let Some(whole) = number.as_i64() {
                    Scalar::Integer(whole)
                } else if let Some(whole) = number.as_u64() {
                    Scalar::Unsigned(whole)
                } else {
                    Scalar::Float(number.as_f64().unwrap_or(f64::NAN))
                }
            }
            _ => Scalar::Compound,
        };
        let mut reading = bound
            .scalar(time, scalar)
            .ok_or_else(|| format!("not a {}: {value}", bound.wanted()))?;
        if let Some(quality) = line.quality {
            let text = match &quality {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            reading.quality =
                read_quality(&text).ok_or_else(|| format!("not a quality: {text}"))?;
        }
        Ok(Some(reading))
    }
}

impl Reader for LinesReader {
    fn row(&mut self, out: &mut Vec<Reading>, report: &mut ImportReport) -> bool {
        self.line.clear();
        self.number += 1;
        let read = (&mut self.input)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut self.line);
        match read {
            Ok(0) => return false,
            Ok(bytes) => self.done += bytes as u64,
            Err(error) => {
                report.bad(&self.name, self.number, error.to_string());
                return false;
            }
        }
        if self.line.trim_ascii().is_empty() {
            return true;
        }
        report.rows += 1;
        if self.line.len() as u64 == LONGEST_LINE && !self.line.ends_with(b"\n") {
            report.bad(
                &self.name,
                self.number,
                "a line of more than 1 MiB: not JSON lines",
            );
            return false;
        }
        match self.parse(report) {
            Ok(reading) => out.extend(reading),
            Err(problem) => report.bad(&self.name, self.number, problem),
        }
        true
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            whole: self.whole,
        }
    }
}
