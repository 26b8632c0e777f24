//! [`TextReader`]: readings of a delimited text file (CSV).

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::bind::{Binding, Layout, columns, unreadable};
use super::mapping::Mapping;
use super::report::ImportReport;
use super::{ImportError, Progress, Reader, Reading, name_of};
use crate::model::{Plant, Quality};
use crate::source::scalar::{self, Scalar};

/// Bytes of a file in which the delimiter is looked for.
const PROBE: usize = 64 << 10;
/// A longer line is not a line of a table.
const LONGEST_LINE: usize = 16 << 20;

/// A delimited text file.
#[derive(Debug)]
pub(super) struct TextReader {
    name: Arc<str>,
    reader: csv::Reader<BufReader<File>>,
    mapping: Mapping,
    binding: Binding,
    record: csv::ByteRecord,
    columns: usize,
    whole: u64,
    /// Lines before the header.
    skipped: u64,
}

impl TextReader {
    pub fn open(
        plant: &Plant,
        mapping: &Mapping,
        path: &Path,
        report: &mut ImportReport,
    ) -> Result<Self, ImportError> {
        let (read, wrong) = (unreadable(path), columns(path));
        let file = File::open(path).map_err(&read)?;
        let whole = file.metadata().map_err(&read)?.len();
        let mut input = BufReader::with_capacity(PROBE, file);
        for _ in 0..mapping.skip_lines {
            let mut line = Vec::new();
            (&mut input)
                .take(LONGEST_LINE as u64)
                .read_until(b'\n', &mut line)
                .map_err(&read)?;
        }
        let probe = input.fill_buf().map_err(&read)?;
        // Some programs put a byte order mark before UTF-8.
        let mark = if probe.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        if probe.starts_with(&[0xff, 0xfe]) || probe.starts_with(&[0xfe, 0xff]) {
            return Err(ImportError::Format {
                path: path.to_owned(),
                message: "UTF-16 text: save it as UTF-8".to_owned(),
            });
        }
        let delimiter = match mapping.delimiter {
            Some(given) => u8::try_from(given)
                .map_err(|_| wrong(format!("the delimiter `{given}` is not one byte")))?,
            None => guess_delimiter(probe),
        };
        input.consume(mark);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(true)
            .trim(csv::Trim::All)
            .from_reader(input);
        let header: Vec<String> = reader
            .byte_headers()
            .map_err(|error| wrong(format!("the header cannot be read: {error}")))?
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).into_owned())
            .collect();
        let binding = Binding::of(plant, mapping, &header, path, |column| {
            report.unknown(column);
        })?;
        Ok(Self {
            name: name_of(path),
            reader,
            mapping: mapping.clone(),
            binding,
            record: csv::ByteRecord::new(),
            columns: header.len(),
            whole,
            skipped: u64::from(mapping.skip_lines),
        })
    }
}

/// The separator that the first lines agree on.
fn guess_delimiter(probe: &[u8]) -> u8 {
    let text = String::from_utf8_lossy(probe);
    let lines: Vec<&str> = text.lines().take(20).collect();
    // The last line of the probe may be cut.
    let lines = lines
        .get(..lines.len().saturating_sub(1).max(1))
        .unwrap_or(&[]);
    let score = |delimiter: u8| {
        let counts: Vec<_> = lines
            .iter()
            .map(|line| line.bytes().filter(|byte| *byte == delimiter).count())
            .collect();
        let first = counts.first().copied().unwrap_or(0);
        let agreeing = counts.iter().filter(|count| **count == first).count();
        (if first == 0 { 0 } else { agreeing }, first)
    };
    // The last of equals wins: a comma is the usual one.
    [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| score(*delimiter))
        .unwrap_or(b',')
}

impl Reader for TextReader {
    fn row(&mut self, out: &mut Vec<Reading>, report: &mut ImportReport) -> bool {
        let line = self.reader.position().line() + self.skipped;
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => return false,
            Ok(true) => {}
            Err(error) => {
                report.bad(&self.name, line, error.to_string());
                return false;
            }
        }
        // Blank lines lie between the place before and the row itself.
        let line = self
            .record
            .position()
            .map_or(line, |position| position.line() + self.skipped);
        report.rows += 1;
        let record = &self.record;
        let text = |at: usize| record.get(at).map(|cell| std::str::from_utf8(cell));
        let mut problem = |what: String| report.bad(&self.name, line, what);
        if record.len() > self.columns {
            problem(format!(
                "{} cells, the header has {}: is the delimiter right, or a text not in quotes?",
                record.len(),
                self.columns
            ));
            return true;
        }
        let time_at = match self.binding.layout {
            Layout::Wide { time, .. } | Layout::Long { time, .. } => time,
        };
        let Some(Ok(time_text)) = text(time_at) else {
            problem("no time".to_owned());
            return true;
        };
        let Some(time) = self.binding.time.read(time_text) else {
            problem(format!("not a time: {}", shown(time_text)));
            return true;
        };
        match &self.binding.layout {
            Layout::Wide { cells, .. } => {
                let mut first_wrong = None;
                for (at, bound) in cells {
                    let Some(cell) = record.get(*at) else {
                        first_wrong.get_or_insert_with(|| {
                            format!("{} cells, the header has {}", record.len(), self.columns)
                        });
                        break;
                    };
                    let Ok(cell) = std::str::from_utf8(cell) else {
                        first_wrong.get_or_insert_with(|| "a cell is not UTF-8".to_owned());
                        continue;
                    };
                    if self.mapping.is_missing(cell) {
                        continue;
                    }
                    match bound.cell(time, cell, self.mapping.decimal) {
                        Some(reading) => out.push(reading),
                        None => {
                            first_wrong.get_or_insert_with(|| {
                                format!(
                                    "column {}: not a {}: {}",
                                    at + 1,
                                    bound.wanted(),
                                    shown(cell)
                                )
                            });
                        }
                    }
                }
                if let Some(what) = first_wrong {
                    problem(what);
                }
            }
            Layout::Long {
                signal,
                value,
                quality,
                ..
            } => {
                let (Some(Ok(name)), Some(Ok(cell))) = (text(*signal), text(*value)) else {
                    problem("no signal or no value".to_owned());
                    return true;
                };
                let bound = match self.binding.long.get(name) {
                    Ok(Some(bound)) => bound,
                    Ok(None) => return true,
                    Err(()) => {
                        report.unknown(name);
                        return true;
                    }
                };
                if self.mapping.is_missing(cell) {
                    return true;
                }
                let Some(mut reading) = bound.cell(time, cell, self.mapping.decimal) else {
                    problem(format!("not a {}: {}", bound.wanted(), shown(cell)));
                    return true;
                };
                if let Some(at) = quality {
                    match text(*at).and_then(Result::ok).map(read_quality) {
                        Some(Some(reported)) => reading.quality = worse(reading.quality, reported),
                        _ => problem("not a quality".to_owned()),
                    }
                }
                out.push(reading);
            }
        }
        true
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.reader.position().byte(),
            whole: self.whole,
        }
    }
}

/// A quality as a cell: a word or a number of OPC's; nothing is Good.
pub(super) fn read_quality(text: &str) -> Option<Quality> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Some(Quality::Good);
    }
    // As the program writes it: `uncertain: clock skew`.
    let word = text.split(':').next().unwrap_or(text);
    scalar::quality(scalar::number(text).unwrap_or(Scalar::Text(word)))
}

fn worse(own: Quality, reported: Quality) -> Quality {
    match (own, reported) {
        (Quality::Bad(_), _) => own,
        (Quality::Uncertain(_), Quality::Good) => own,
        _ => reported,
    }
}

/// A cell in quotes, cut and without control characters: fit for a terminal.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    format!("\"{}\"", short.escape_debug())
}
