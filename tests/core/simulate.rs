//! `twinscape simulate`, as users call it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

/// An M/M/1 queue: ρ = 0.8, four customers on average, five minutes in it.
const QUEUE: &str = r#"
format = 1
equipment = [
    { id = "arrivals", kind = "source", process = { interarrival = { exponential = { mean = "75s" } } } },
    { id = "queue", kind = "buffer" },
    { id = "server", kind = "station", process = { cycle = { exponential = { mean = "60s" } } } },
    { id = "out", kind = "sink" },
]
[[flow]]
path = ["arrivals", "queue", "server", "out"]
"#;

fn simulate(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twinscape"))
        .arg("simulate")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = simulate(folder, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn ten_typed_lines_are_simulated_and_agree_with_the_textbook() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("queue.toml"), QUEUE).unwrap();
    let arguments = [
        "queue.toml",
        "--horizon",
        "20d",
        "--warmup",
        "1d",
        "--replications",
        "40",
    ];
    let output = simulate(folder.path(), &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    for words in [
        "throughput",
        "pcs/h",
        "lead time",
        "server",
        "Bottleneck: server",
        "events/s",
    ] {
        assert!(table.contains(words), "{words} is missing in\n{table}");
    }
    let document = json(
        folder.path(),
        &[&arguments[..], &["--json", "--confidence", "0.999"]].concat(),
    );
    assert_eq!(document["schema"], "twinscape.simulate/1");
    assert_eq!(
        (&document["scene"], &document["replications"]),
        (&"queue".into(), &40.into())
    );
    let kpi = |name: &str| {
        let kpis = document["kpis"].as_array().unwrap();
        kpis.iter().find(|kpi| kpi["name"] == name).unwrap().clone()
    };
    for (name, unit, exact) in [
        ("throughput", "pcs/h", 48.0),
        ("lead time", "s", 300.0),
        ("parts in process", "pcs", 4.0),
    ] {
        let kpi = kpi(name);
        assert_eq!(kpi["unit"], unit);
        let number = |key: &str| kpi[key].as_f64().unwrap();
        assert!(
            (number("mean") - exact).abs() <= number("half_width"),
            "{kpi}"
        );
        assert!(number("half_width") < 0.15 * exact, "{kpi}");
        assert!(kpi["quantiles"]["p05"].as_f64() < kpi["quantiles"]["p95"].as_f64());
    }
    let server = document["elements"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["name"] == "server");
    let busy = server.unwrap()["states"]["execute"]["mean"]
        .as_f64()
        .unwrap();
    assert!((busy - 0.8).abs() < 0.01, "{busy}");
    assert!(document["speed"]["events_per_sec"].as_f64() > Some(1.0));
    assert_eq!(document["relief"][0]["name"], "server");
}

#[test]
fn the_same_seed_gives_the_same_document_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("queue.toml"), QUEUE).unwrap();
    let with = |more: &[&str]| {
        let arguments = [&["queue.toml", "--replications", "9", "--json"], more].concat();
        let mut document = json(folder.path(), &arguments);
        document.as_object_mut().unwrap().remove("speed");
        document
    };
    let one = with(&["--threads", "1"]);
    assert_eq!(with(&["--threads", "3"]), one);
    assert_ne!(with(&["--seed", "2"])["kpis"], one["kpis"]);
}

#[test]
fn every_replication_is_a_row_of_a_parquet_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("queue.toml"), QUEUE).unwrap();
    let arguments = [
        "queue.toml",
        "--replications",
        "6",
        "--json=all.json",
        "--parquet",
        "rows.parquet",
    ];
    let output = simulate(folder.path(), &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("all.json")).unwrap()).unwrap();
    let file = fs::File::open(folder.path().join("rows.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let mut values = Vec::new();
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.unwrap();
        let fields: Vec<Field> = row
            .get_column_iter()
            .map(|(_, field)| field.clone())
            .collect();
        let [
            Field::Long(index),
            element,
            Field::Str(figure),
            Field::Double(value),
            Field::Str(unit),
        ] = fields.as_slice()
        else {
            panic!("{fields:?}");
        };
        if figure == "throughput" && *element == Field::Null {
            assert_eq!((*index, unit.as_str()), (values.len() as i64, "1/h"));
            values.push(*value);
        }
        assert!(matches!(element, Field::Null | Field::Str(_)));
    }
    let mean = values.iter().sum::<f64>() / 6.0;
    assert_eq!(values.len(), 6);
    assert!((mean - document["kpis"][0]["mean"].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn what_cannot_be_simulated_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let scene = folder.path().join("queue.toml");
    for (from, to, words) in [
        ("mean = \"60s\"", "mean = \"-60s\"", "queue.toml:6"),
        (
            "[[flow]]\npath = [\"arrivals\", \"queue\", \"server\", \"out\"]",
            "",
            "no flow of parts",
        ),
    ] {
        fs::write(&scene, QUEUE.replace(from, to)).unwrap();
        let output = simulate(folder.path(), &["queue.toml"]);
        assert!(!output.status.success());
        assert!(
            text(&output.stderr).contains(words),
            "{}",
            text(&output.stderr)
        );
    }
    fs::write(&scene, QUEUE).unwrap();
    for (arguments, words) in [
        (["--horizon", "0s"], "the horizon must be longer than 0"),
        (["--horizon", "8"], "it must end with ms, s, m, h or d"),
        (["--replications", "0"], "invalid value '0'"),
        (
            ["--confidence", "1.5"],
            "confidence must be above 0 and below 1",
        ),
        (["--parquet", "no/such/folder/x"], "cannot write"),
    ] {
        let output = simulate(folder.path(), &[&["queue.toml"], &arguments[..]].concat());
        assert!(!output.status.success());
        assert!(
            text(&output.stderr).contains(words),
            "{}",
            text(&output.stderr)
        );
    }
}

/// Two machines that hand parts back and forth, with no place between them.
const DEADLOCK: &str = r#"
format = 1
equipment = [
    { id = "in", kind = "source" },
    { id = "there", kind = "station", process = { cycle = "3s" } },
    { id = "back", kind = "station", process = { cycle = "5s" } },
    { id = "out", kind = "sink" },
]
[[flow]]
path = ["in", "there", "back", "out"]
[[flow]]
path = ["back", "there"]
share = 0.5
"#;

#[test]
fn who_waits_for_whom_is_told_when_nothing_moves_any_more() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("loop.toml"), DEADLOCK).unwrap();
    let output = simulate(folder.path(), &["loop.toml", "--replications", "4"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    assert!(table.contains("STANDSTILL in 4 of 4"), "{table}");
    assert!(
        table.contains("there → back → there") || table.contains("back → there → back"),
        "{table}"
    );
}

#[test]
fn hostile_scenes_and_scenarios_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let scene = folder.path().join("loop.toml");
    let refused = |arguments: &[&str], words: &str| {
        let output = simulate(folder.path(), arguments);
        let error = text(&output.stderr);
        assert!(!output.status.success(), "{words}");
        assert!(error.contains(words), "{words} is not in\n{error}");
    };
    for (from, to, words) in [
        ("\"3s\"", "\"-3s\"", "not a duration"),
        (
            "\"3s\"",
            "{ exponential = { mean = \"-3s\" } }",
            "not a duration",
        ),
        (
            "\"3s\"",
            "{ normal = { mean = \"3s\", sd = \"1e999s\" } }",
            "duration",
        ),
        ("\"3s\"", "\"3s\", servers = 0", "servers"),
        ("\"3s\"", "\"3s\", scrap = 1.5", "scrap"),
        ("\"5s\"", "\"5s\", servers = 99999999", "servers"),
        ("share = 0.5", "share = 1.5", "share"),
        (
            "kind = \"station\", process = { cycle = \"3s\" }",
            "kind = \"buffer\", process = { capacity = 0 }",
            "capacity",
        ),
        // A loop that takes no time.
        (
            "kind = \"station\", process = { cycle = \"5s\" }",
            "kind = \"buffer\"",
            "",
        ),
    ] {
        let changed = DEADLOCK.replacen(from, to, 1);
        assert_ne!(changed, DEADLOCK, "{from}");
        fs::write(&scene, &changed).unwrap();
        if words.is_empty() {
            let both = changed.replacen(
                "kind = \"station\", process = { cycle = \"3s\" }",
                "kind = \"buffer\", process = { capacity = 3 }",
                1,
            );
            fs::write(&scene, both).unwrap();
            refused(&["loop.toml"], "loop of buffers only");
        } else {
            refused(&["loop.toml"], words);
        }
    }
    // Parts without end that take no time.
    let timeless = DEADLOCK
        .replace("\"3s\"", "\"0s\"")
        .replace("\"5s\"", "\"0s\"")
        .replace("[[flow]]\npath = [\"back\", \"there\"]\nshare = 0.5\n", "");
    fs::write(&scene, timeless).unwrap();
    refused(&["loop.toml"], "came to a loop without duration");
    fs::write(&scene, DEADLOCK).unwrap();
    let scenario = folder.path().join("what-if.toml");
    fs::write(&scenario, "format = 1\nscene = \"another\"").unwrap();
    let with_scenario = ["loop.toml", "--scenario", "what-if.toml"];
    refused(
        &with_scenario,
        "this scenario is for \"another\", not for \"loop\"",
    );
    fs::write(
        &scenario,
        "format = 1\nscene = \"loop\"\n[[stop]]\nequipment = \"there\"\nat = \"-1h\"",
    )
    .unwrap();
    refused(&with_scenario, "what-if.toml:5");
}

/// Figures are means over all that happened: one bit that differs anywhere is seen.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn a_debug_and_a_release_build_give_the_same_document() {
    let Some(release) = std::env::var_os("TWINSCAPE_RELEASE") else {
        eprintln!(
            "SKIPPED: TWINSCAPE_RELEASE does not name a program that `cargo build --release` made"
        );
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for scene in ["scenes/gearbox", "scenes/bottling"] {
        let document = |program: &std::ffi::OsStr| {
            let output = Command::new(program)
                .args(["simulate", scene, "--json", "--replications", "20"])
                .args(["--horizon", "4h", "--seed", "3", "--no-relief"])
                .current_dir(root)
                .output()
                .expect("the program starts");
            assert!(output.status.success(), "{}", text(&output.stderr));
            let mut document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            document.as_object_mut().unwrap().remove("speed");
            document
        };
        let ours = document(env!("CARGO_BIN_EXE_twinscape").as_ref());
        assert!(ours["kpis"][0]["mean"].as_f64() > Some(0.0), "{scene}");
        assert!(ours == document(&release), "{scene}: the documents differ");
    }
}
