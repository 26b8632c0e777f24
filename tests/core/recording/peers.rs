//! Sealed files as pandas, pyarrow, DuckDB and Polars read them, as they are. Needs, in the folder
//! that `TWINSCAPE_PEERS` names (default: `twinscape/peers` in the user's cache), a Python
//! environment `venv` with duckdb, pandas and pyarrow; skipped aloud without.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value as Json;
use twinscape::model::{Cause, Point, Quality, Text, Timestamp, Value};
use twinscape::recording::sealed::{PartPoints, RecordedPoint, write_samples};

use super::sealed::meta;

const START_MS: i64 = 1_772_360_100_000;

fn python() -> Option<PathBuf> {
    let folder = std::env::var_os("TWINSCAPE_PEERS").map_or_else(
        || {
            let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
                || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
                PathBuf::from,
            );
            cache.join("twinscape/peers")
        },
        PathBuf::from,
    );
    let python = folder.join("venv/bin/python");
    let can = Command::new(&python)
        .args(["-c", "import duckdb, pandas, pyarrow"])
        .output();
    can.is_ok_and(|output| output.status.success())
        .then_some(python)
}

/// Signals of every class and type, long enough for several pages. Those of one of them are all good, on
/// whole milliseconds and without a source time: rows that say the same in most columns.
fn points() -> PartPoints {
    let names: Vec<Arc<str>> = [
        "a/temperature",
        "a/state",
        "b/count",
        "b/noise",
        "c/big",
        "c/on",
        "d/steady",
    ]
    .map(Into::into)
    .into();
    let mut noise = 1_u64;
    let mut arrived = Vec::new();
    for at in 0..20_000_i64 {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let random = (noise >> 40) as i64;
        let values = [
            Value::Float((2_000 + random % 500) as f64 / 100.0),
            Value::Text(Text::new(
                ["execute", "held", "stöpped"][(at / 300 % 3) as usize],
            )),
            Value::Integer(-at.pow(2) % 1_000),
            Value::Float(f64::from(random as f32) * 0.123),
            Value::Integer(i64::MAX - at),
            Value::Boolean(at % 700 < 300),
        ];
        for step in 0..4 {
            let time = Timestamp::from_millis(START_MS + at * 25 + step * 5);
            arrived.push(RecordedPoint {
                name: 6,
                point: Point {
                    time,
                    receive_time: time,
                    value: Value::Float((at * 4 + step) as f64),
                    quality: Quality::Good,
                },
                source_time: None,
            });
        }
        for (name, value) in (0..).zip(values) {
            let quality = match at % 1000 {
                0 => Quality::Bad(Cause::SensorFault),
                1 => Quality::Uncertain(Cause::ClockSkew),
                _ => Quality::Good,
            };
            arrived.push(RecordedPoint {
                name,
                point: Point {
                    time: Timestamp::from_nanos((START_MS + at * 25) * 1_000_000 + random % 1000),
                    receive_time: Timestamp::from_millis(START_MS + at * 25 + 7),
                    value,
                    quality,
                },
                source_time: (at == 5).then_some(Timestamp::from_nanos(17)),
            });
        }
    }
    PartPoints::from_arrivals(names, &arrived)
}

/// What every reader has to find, signal by signal in the order of the file.
fn wanted(points: &PartPoints, signal: &str) -> Vec<Json> {
    let run = points
        .runs()
        .find(|(name, ..)| &***name == signal)
        .unwrap()
        .2;
    run.iter()
        .map(|each| {
            let nanos = each.point.time.as_nanos();
            let value = match each.point.value {
                Value::Integer(whole) if whole as f64 as i128 != i128::from(whole) => None,
                value => value.as_f64(),
            };
            let (ms, rest) = (nanos.div_euclid(1_000_000), nanos.rem_euclid(1_000_000));
            serde_json::json!([ms, rest, signal, value, each.point.quality.to_byte()])
        })
        .collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn pandas_pyarrow_duckdb_and_polars_read_the_files_as_they_are() {
    let Some(python) = python() else {
        eprintln!("SKIPPED: no python with duckdb, pandas and pyarrow here");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.parquet");
    let points = points();
    write_samples(File::create(&path).unwrap(), &meta(), &points).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/parquet.py");
    let output = Command::new(python)
        .arg(script)
        .arg("read")
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found: Json = serde_json::from_slice(&output.stdout).unwrap();
    let found = &found[path.to_str().unwrap()];
    let types = &found["pandas_types"];
    assert_eq!(types["time"], "datetime64[ms, UTC]");
    assert_eq!(types["value"], "float64");
    assert_eq!(types["quality"], "uint8");
    for reader in ["pandas", "pyarrow", "duckdb", "polars"] {
        let Some(rows) = found[reader].as_array() else {
            assert_eq!(reader, "polars", "{reader} read nothing");
            eprintln!("SKIPPED: no polars here");
            continue;
        };
        assert_eq!(rows.len(), points.len(), "{reader}");
        for signal in points.names() {
            let of: Vec<_> = rows
                .iter()
                .filter(|row| row[2] == **signal)
                .cloned()
                .collect();
            assert!(
                of == wanted(&points, signal),
                "{reader} reads another {signal}"
            );
        }
    }
}
