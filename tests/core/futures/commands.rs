//! `simulate --from`, `calibrate` and `backtest`, as users call them, on a plant that was emulated by
//! another process.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::rig;

fn twinscape(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twinscape"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = twinscape(folder, arguments);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {words}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = twinscape(folder, arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&told(folder, arguments)).expect("JSON")
}

/// A folder with `line.toml` and a recording of so many hours of it.
fn recorded(hours: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    rig::write_scene(folder.path(), rig::LINE);
    let length = format!("{hours}h");
    let start = "2026-03-02T06:00:00Z";
    told(
        folder.path(),
        &[
            "emulate",
            "line.toml",
            "--unpaced",
            "--undisturbed",
            "--seed",
            "61",
            "--for",
            &length,
            "--start",
            start,
            "--out",
            "heard.jsonl",
        ],
    );
    told(
        folder.path(),
        &["import", "line.toml", "heard.jsonl", "--out", "recording"],
    );
    folder
}

#[test]
fn futures_are_told_from_a_recording_at_an_instant() {
    let folder = recorded(6);
    let folder = folder.path();
    let from = [
        "simulate",
        "line.toml",
        "--from",
        "recording",
        "--horizon",
        "2h",
    ];
    let few = ["--replications", "40"];
    let at = ["--at", "2026-03-02T10:00:00Z"];
    let table = told(folder, &[&from[..], &few, &at].concat());
    for words in [
        "2 h from 2026-03-02T10:00:00Z, 40 futures, seed 1",
        "throughput of the last 1 h",
        "lead time of the last 1 h",
        "after 15 min",
        "parts that have left",
        "content at the horizon",
        "Bottleneck:",
        "Inferred about the start, not reported:",
        "forked in",
    ] {
        assert!(table.contains(words), "{words} is missing in\n{table}");
    }
    let document = json(folder, &[&from[..], &few, &at, &["--json"]].concat());
    assert_eq!(document["schema"], "twinscape.forecast/1");
    assert_eq!(document["at"], "2026-03-02T10:00:00Z");
    assert_eq!(document["replications"], 40);
    let bands = document["bands"].as_array().unwrap();
    let completed = bands
        .iter()
        .find(|band| band["what"] == "completed")
        .unwrap();
    assert_eq!(completed["times"].as_array().unwrap().len(), 9);
    let last = &completed["limits"][8];
    assert!(last["p05"].as_f64() < last["p95"].as_f64(), "{last}");
    assert!(bands.iter().any(|band| band["element"] == "rack"));
    let mut bands_of_lead_time = bands.iter().filter(|band| band["what"] == "lead_time");
    let lead_time = bands_of_lead_time.next().unwrap();
    assert_eq!(lead_time["unit"], "s");
    // Some minutes in rack, lathe, belt, mill, store and press.
    let median = lead_time["limits"].as_array().unwrap().last().unwrap()["p50"].as_f64();
    assert!((250.0..3_000.0).contains(&median.unwrap()), "{lead_time}");
    assert!(!document["inferred"].as_array().unwrap().is_empty());
    // The same again, to the last digit.
    let again = json(
        folder,
        &[&from[..], &few, &at, &["--json", "--threads", "1"]].concat(),
    );
    assert_eq!(
        (&again["address"], &again["bands"]),
        (&document["address"], &document["bands"])
    );
    // Without an instant: from the end on.
    let end = told(folder, &[&from[..], &few].concat());
    assert!(end.contains("from 2026-03-02T1"), "{end}");
}

#[test]
fn a_scenario_is_set_against_the_plant_as_it_is() {
    let folder = recorded(4);
    let folder = folder.path();
    let scenario = "format = 1\nscene = \"line\"\nname = \"press dies\"\n[[stop]]\nequipment = \"press\"\nat = \"10m\"\nlasts = \"1h\"\n";
    std::fs::write(folder.join("dies.toml"), scenario).unwrap();
    let table = told(
        folder,
        &[
            "simulate",
            "line.toml",
            "--from",
            "recording",
            "--at",
            "2026-03-02T09:00:00Z",
            "--horizon",
            "2h",
            "--replications",
            "30",
            "--scenario",
            "dies.toml",
        ],
    );
    assert!(table.contains(", press dies: 2 h from"), "{table}");
    assert!(table.contains("against the plant as it is"), "{table}");
}

#[test]
fn a_calibration_is_written_accepted_and_simulated_with() {
    let folder = recorded(20);
    let folder = folder.path();
    let table = told(
        folder,
        &[
            "calibrate",
            "line.toml",
            "--from",
            "recording",
            "--out",
            "found.toml",
        ],
    );
    for words in [
        "lathe",
        "time to failure",
        "lognormal (mean = ",
        "few data",
        " of ",
        "p: how often",
    ] {
        assert!(table.contains(words), "{words} is missing in\n{table}");
    }
    let plain = [
        "simulate",
        "line.toml",
        "--from",
        "recording",
        "--horizon",
        "1h",
        "--replications",
        "10",
        "--json",
    ];
    let with = json(
        folder,
        &[&plain[..], &["--calibration", "found.toml"]].concat(),
    );
    let without = json(folder, &plain);
    assert_ne!(
        with["address"], without["address"],
        "the calibration is part of the address"
    );
    let document = json(
        folder,
        &["calibrate", "line.toml", "--from", "recording", "--json"],
    );
    assert_eq!(document["schema"], "twinscape.calibration/1");
    let words = refused(
        folder,
        &[
            "calibrate",
            "line.toml",
            "--from",
            "recording",
            "--out",
            "x.toml",
            "--accept",
            "lath",
        ],
    );
    assert!(
        words.contains("no equipment is called so, or several are: lath"),
        "{words}"
    );
}

#[test]
fn a_backtest_keeps_score() {
    let folder = recorded(60);
    let folder = folder.path();
    let asked = [
        "backtest",
        "line.toml",
        "--from",
        "recording",
        "--replications",
        "30",
    ];
    let table = told(folder, &asked);
    for words in [
        "asked 59 times",
        "coverage",
        "interval score",
        "CRPS",
        "last hour",
        "day before",
        "Coverage over time:",
    ] {
        assert!(table.contains(words), "{words} is missing in\n{table}");
    }
    let document = json(
        folder,
        &[&asked[..], &["--horizon", "2h", "--json"]].concat(),
    );
    assert_eq!(document["schema"], "twinscape.backtest/1");
    assert_eq!(document["asked"].as_array().unwrap().len(), 29);
}

#[test]
fn what_cannot_be_done_is_said_with_what_there_is() {
    let folder = recorded(1);
    let folder = folder.path();
    let from = ["simulate", "line.toml", "--from", "recording"];
    let words = refused(
        folder,
        &[&from[..], &["--at", "2026-03-01T00:00:00Z"]].concat(),
    );
    assert!(
        words.contains("there is something from 2026-03-02T06:00:00Z to"),
        "{words}"
    );
    let words = refused(folder, &["simulate", "line.toml", "--from", "nowhere"]);
    assert!(
        words.contains("no recording and no package: nowhere"),
        "{words}"
    );
    let words = refused(
        folder,
        &["simulate", "line.toml", "--at", "2026-03-02T06:30:00Z"],
    );
    assert!(words.contains("--from"), "{words}");
    let words = refused(
        folder,
        &[
            "backtest",
            "line.toml",
            "--from",
            "recording",
            "--horizon",
            "9h",
        ],
    );
    assert!(
        words.contains("the recording must go on for an hour and the horizon"),
        "{words}"
    );
    std::fs::write(folder.join("other.toml"), "format = 1\nequipment = [{ id = \"a\", kind = \"source\" }, { id = \"b\", kind = \"station\" }, { id = \"c\", kind = \"sink\" }]\n[[flow]]\npath = [\"a\", \"b\", \"c\"]\n").unwrap();
    let words = refused(folder, &["simulate", "other.toml", "--from", "recording"]);
    assert!(
        words.contains("nothing of this plant was recorded"),
        "{words}"
    );
}
