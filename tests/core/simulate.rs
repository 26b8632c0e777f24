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
