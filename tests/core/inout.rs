//! The whole way of data from outside, by the program itself: files become a recording, a recording
//! becomes files and packages, and nothing changes on the way.

use std::path::Path;
use std::process::{Command, Output};

const KIND: &str = r#"
format = 1
name = "Pump"
size = [1.0, 1.0, 1.0]
[signals.temperature]
unit = "°C"
stale_after = "5s"
limits = { h = 80.0, on_delay = "0s", priority = "high", consequence = "It burns", response = "Stop it" }
[signals.state]
role = "state"
type = "text"
report = "by-exception"
states = { RUN = "execute", STOP = "stopped" }
[signals.starts]
type = "integer"
"#;

const SCENE: &str = "format = 1\n[[equipment]]\nid = \"p-1\"\nkind = \"pump\"\n";

/// Two minutes of a pump that gets too hot, across the change of an hour, with a gap of half a minute.
fn csv() -> String {
    let mut text = "time,p-1/temperature,p-1/state,p-1/starts\n".to_owned();
    for second in (0..60).chain(90..120) {
        let (minute, second) = (59 + second / 60, second % 60);
        let (hour, minute) = (10 + minute / 60, minute % 60);
        let temperature = match second {
            30..40 => 85.5,
            _ => 20.0 + f64::from(second) / 8.0,
        };
        let (state, starts) = match (minute, second) {
            (59, 0) => ("RUN", "9007199254740993"),
            (0, 45) => ("STOP", ""),
            _ => ("", ""),
        };
        text += &format!(
            "2026-03-01T{hour:02}:{minute:02}:{second:02}Z,{temperature},{state},{starts}\n"
        );
    }
    text
}

fn twinscape(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twinscape"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = twinscape(folder, arguments);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {words}");
    words
}

/// A folder with a scene and the recording `rec`, imported from a file.
fn imported() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::create_dir_all(here.join("scene/kinds")).unwrap();
    std::fs::write(here.join("scene/kinds/pump.toml"), KIND).unwrap();
    std::fs::write(here.join("scene/scene.toml"), SCENE).unwrap();
    std::fs::write(here.join("in.csv"), csv()).unwrap();
    let words = done(here, &["import", "scene", "in.csv", "--out", "rec"]);
    assert!(words.contains("93 readings of 90 rows"), "{words}");
    folder
}

/// `time signal value` of each row of reported signals in a CSV that the program wrote.
fn rows(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut rows: Vec<String> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').take(3).collect::<Vec<_>>().join(" "))
        .filter(|row| !row.contains('#'))
        .collect();
    rows.sort();
    rows
}

/// The same of the wide file that went in.
fn given() -> Vec<String> {
    let text = csv();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut rows = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        for (name, cell) in header.iter().zip(&cells).skip(1) {
            if !cell.is_empty() {
                rows.push(format!("{} {name} {cell}", cells[0]));
            }
        }
    }
    rows.sort();
    rows
}

#[test]
fn what_is_imported_is_exported_again_to_the_last_digit() {
    let folder = imported();
    let here = folder.path();
    done(here, &["export", "rec", "--out", "out.csv"]);
    assert_eq!(rows(&here.join("out.csv")), given());
    // By way of Parquet, into another recording, and out again.
    done(here, &["export", "rec", "--out", "out.parquet"]);
    done(here, &["import", "scene", "out.parquet", "--out", "again"]);
    done(here, &["export", "again", "--out", "again.csv"]);
    assert_eq!(rows(&here.join("again.csv")), given());
}

#[test]
fn states_and_alarms_follow_from_what_is_imported() {
    let folder = imported();
    let here = folder.path();
    done(
        here,
        &["export", "rec", "--out", "s.csv", "--signal", "p-1/#*"],
    );
    let text = std::fs::read_to_string(here.join("s.csv")).unwrap();
    let stopped = text
        .lines()
        .any(|line| line.starts_with("2026-03-01T11:00:45Z,p-1/#state,stopped"));
    assert!(stopped, "{text}");
    let hot = text
        .lines()
        .any(|line| line.starts_with("2026-03-01T10:59:30Z,p-1/#health,") && line.contains("out"));
    assert!(hot, "{text}");
}

#[test]
fn a_wide_export_is_empty_where_nothing_fresh_was_known() {
    let folder = imported();
    let here = folder.path();
    done(
        here,
        &[
            "export",
            "rec",
            "--out",
            "w.csv",
            "--every",
            "10s",
            "--signal",
            "p-1/temperature",
            "--from",
            "2026-03-01T10:59:00Z",
            "--to",
            "2026-03-01T11:01:00Z",
        ],
    );
    let text = std::fs::read_to_string(here.join("w.csv")).unwrap();
    let cells: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap())
        .collect();
    // The last value before the gap is of 10:59:59; it is stale five seconds later.
    let known = ["20", "21.25", "22.5", "85.5", "25", "26.25"];
    assert_eq!(&cells[..6], known, "{text}");
    assert_eq!(&cells[6..9], ["27.375", "", ""], "{text}");
    assert_eq!(&cells[9..], ["85.5", "25", "26.25"], "{text}");
}

#[test]
fn a_package_holds_its_span_and_what_the_plant_was_when_it_began() {
    let folder = imported();
    let here = folder.path();
    let (from, to) = ("2026-03-01T11:00:30Z", "2026-03-01T11:00:50Z");
    done(
        here,
        &[
            "pack", "rec", "--from", from, "--to", to, "--out", "hot.twin",
        ],
    );
    // On another machine, with nothing else.
    let other = tempfile::tempdir().unwrap();
    let there = other.path();
    std::fs::copy(here.join("hot.twin"), there.join("hot.twin")).unwrap();
    done(there, &["export", "hot.twin", "--out", "all.csv"]);
    let packed = rows(&there.join("all.csv"));
    let inside = |row: &&String| row.as_str() >= from && row.as_str() < to;
    let expected: Vec<String> = given().into_iter().filter(|row| inside(&row)).collect();
    let found: Vec<String> = packed.iter().filter(inside).cloned().collect();
    assert_eq!(found, expected);
    // The state and the counter were last heard of an hour before.
    let before: Vec<&String> = packed.iter().filter(|row| !inside(row)).collect();
    assert_eq!(
        before,
        [
            "2026-03-01T10:59:00Z p-1/starts 9007199254740993",
            "2026-03-01T10:59:00Z p-1/state RUN",
            "2026-03-01T10:59:59Z p-1/temperature 27.375",
        ]
    );
}

#[test]
fn a_range_of_the_timeline_is_packed_with_its_bookmarks() {
    let folder = imported();
    let here = folder.path();
    let script = r#"
        [[step]]
        at = "0s"
        do = { bookmark = { name = "Too hot", from = "2026-03-01T11:00:30Z", to = "2026-03-01T11:00:40Z" } }
        [[step]]
        at = "0s"
        do = { select-range = ["2026-03-01T11:00:30Z", "2026-03-01T11:00:40Z"] }
        [[step]]
        at = "0s"
        do = { pack = "hot.twin" }
        [[step]]
        at = "0s"
        do = "quit"
    "#;
    std::fs::write(here.join("pack.toml"), script).unwrap();
    done(
        here,
        &["open", "rec", "--headless", "--script", "pack.toml"],
    );
    let other = tempfile::tempdir().unwrap();
    let there = other.path();
    std::fs::copy(here.join("hot.twin"), there.join("hot.twin")).unwrap();
    let at = "2026-03-01T11:00:35Z";
    done(
        there,
        &[
            "open",
            "hot.twin",
            "--headless",
            "--at",
            at,
            "--for",
            "1s",
            "--state",
            "s.json",
        ],
    );
    let text = std::fs::read_to_string(there.join("s.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(state["time"], at, "{text}");
    assert_eq!(state["plant"], "scene", "it is the same plant there");
    assert!(text.contains("Too hot") && text.contains("85.5"), "{text}");
}

#[test]
fn bookmarks_added_to_a_package_are_there_the_next_time_and_go_into_a_package_made_of_it() {
    let folder = imported();
    let here = folder.path();
    done(here, &["pack", "rec", "--out", "all.twin"]);
    let script = r#"
        [[step]]
        at = "0s"
        do = { bookmark = { name = "Seen later", from = "2026-03-01T11:00:30Z" } }
        [[step]]
        at = "0s"
        do = "quit"
    "#;
    std::fs::write(here.join("later.toml"), script).unwrap();
    done(
        here,
        &["open", "all.twin", "--headless", "--script", "later.toml"],
    );
    let shown = |package: &str| {
        let asked = ["--headless", "--for", "1s", "--state", "s.json"];
        done(here, &[&["open", package], &asked[..]].concat());
        std::fs::read_to_string(here.join("s.json")).unwrap()
    };
    assert!(shown("all.twin").contains("Seen later"));
    done(here, &["pack", "all.twin", "--out", "again.twin"]);
    std::fs::remove_file(here.join("all.twin.markers.toml")).unwrap();
    assert!(shown("again.twin").contains("Seen later"));
    assert!(!shown("all.twin").contains("Seen later"));
}

#[test]
fn what_cannot_be_opened_says_what_to_do() {
    let folder = imported();
    let here = folder.path();
    std::fs::write(here.join("no.twin"), "no zip").unwrap();
    for (arguments, words) in [
        (
            vec!["export", "no.twin", "--out", "x.csv"],
            "ask for it again",
        ),
        (vec!["export", "nowhere", "--out", "x.csv"], "no recording"),
        (vec!["export", "scene", "--out", "x.csv"], "no recording"),
        (vec!["export", "rec", "--out", "x.xls"], ".csv or .parquet"),
        (
            vec![
                "export",
                "rec",
                "--out",
                "x.csv",
                "--from",
                "2027-01-01T00:00:00Z",
            ],
            "nothing is recorded there",
        ),
        (
            vec!["export", "rec", "--out", "x.csv", "--signal", "p-9/*"],
            "no signal is called so",
        ),
        (
            vec!["import", "scene", "nowhere.csv", "--out", "r"],
            "nowhere.csv",
        ),
    ] {
        let output = twinscape(here, &arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(!here.join("x.csv").exists());
    }
    // Another plant's data does not get into this recording.
    std::fs::rename(here.join("scene"), here.join("other")).unwrap();
    let output = twinscape(here, &["import", "other", "in.csv", "--out", "rec"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("other"), "{said}");
}
