//! [`write()`]: an emulation as fast as it goes, into a file.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::emulation::Emulation;
use super::reading::Reading;
use crate::model::{Plant, Quality, Timestamp, Value};

/// One line of the file.
#[derive(Serialize)]
struct Line<'a> {
    time: Timestamp,
    signal: &'a str,
    value: Value,
    quality: Quality,
}

/// Lets the plant run for `length` and writes what it sends as JSON lines `{time, signal, value,
/// quality}`, in order of time. Returns how many.
///
/// # Errors
///
/// When writing fails.
pub fn write(emulation: &mut Emulation, length: Duration, out: &mut impl Write) -> io::Result<u64> {
    /// Written at a time.
    const STEP: Duration = Duration::from_secs(10);
    let plant = std::sync::Arc::clone(emulation.plant());
    let paths = paths(&plant);
    let end = emulation.now() + length;
    let mut readings = Vec::new();
    emulation.survey(&mut readings);
    let mut count = 0;
    loop {
        for reading in readings.drain(..) {
            if write_line(emulation, &plant, &paths, reading, out)? {
                count += 1;
            }
        }
        if emulation.now() >= end {
            return Ok(count);
        }
        let until = (emulation.now() + STEP).min(end);
        emulation.advance(until, &mut readings);
    }
}

fn paths(plant: &Plant) -> Vec<String> {
    (0..plant.signals.len() as u32)
        .map(|id| plant.signal_path(crate::model::SignalId(id)))
        .collect()
}

/// Nothing is heard of a group whose network is cut.
fn write_line(
    emulation: &Emulation,
    plant: &Plant,
    paths: &[String],
    reading: Reading,
    out: &mut impl Write,
) -> io::Result<bool> {
    let group = plant
        .signal(reading.signal)
        .and_then(|signal| plant.equipment(signal.equipment))
        .map(|equipment| equipment.group);
    let Some(path) = paths.get(reading.signal.index()) else {
        return Ok(false);
    };
    if group.is_some_and(|group| emulation.is_cut(group)) {
        return Ok(false);
    }
    let line = Line {
        time: reading.time,
        signal: path,
        value: reading.value,
        quality: reading.quality,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")?;
    Ok(true)
}
