//! Data from outside becomes readings of the plant's signals, and what is not understood is said.

use std::path::{Path, PathBuf};

use twinscape::import::{Import, ImportError, ImportReport, Mapping, Reading};
use twinscape::model::{Cause, Plant, Quality, Value, scene};

const KIND: &str = r#"
format = 1
name = "Pump"
size = [1.0, 1.0, 1.0]
[signals.temperature]
unit = "°C"
[signals.flow]
unit = "l/min"
[signals.starts]
type = "integer"
[signals.is_open]
type = "boolean"
[signals.state]
role = "state"
type = "text"
states = { RUN = "execute", STOP = "stopped" }
"#;

const SCENE: &str = r#"
format = 1
time_zone = "Europe/Berlin"
equipment = [{ id = "p-1", kind = "pump" }, { id = "p-2", kind = "pump" }]
"#;

struct Folder {
    folder: tempfile::TempDir,
    plant: Plant,
}

fn folder() -> Folder {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("kinds")).unwrap();
    std::fs::write(folder.path().join("kinds/pump.toml"), KIND).unwrap();
    std::fs::write(folder.path().join("scene.toml"), SCENE).unwrap();
    let plant = scene::load(folder.path()).unwrap().plant;
    Folder { folder, plant }
}

impl Folder {
    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn mapping(&self, text: &str) -> Mapping {
        Mapping::read(&self.file("map.toml", text)).unwrap()
    }

    fn read(&self, mapping: &Mapping, files: &[PathBuf]) -> (Vec<Reading>, ImportReport) {
        let mut import = Import::open(&self.plant, mapping, files).unwrap();
        let readings = import.by_ref().collect();
        (readings, import.report().clone())
    }

    /// As `time path value`, a line a reading.
    fn told(&self, readings: &[Reading]) -> Vec<String> {
        let told = |reading: &Reading| {
            let path = self.plant.signal_path(reading.signal);
            let value = match reading.value {
                Value::Text(text) => text.as_str().to_owned(),
                Value::Float(number) => format!("{number:?}"),
                other => serde_json::to_string(&other).unwrap(),
            };
            format!("{} {path} {value}", reading.time)
        };
        readings.iter().map(told).collect()
    }
}

#[test]
fn a_wide_file_with_the_names_of_signals_needs_no_mapping() {
    let here = folder();
    let file = here.file(
        "a.csv",
        "Timestamp,p-1/temperature,p-2/state,remark\n\
         2026-03-01 10:15:00,20.5,RUN,first\n\
         2026-03-01 10:15:01,,STOP,\n",
    );
    let (readings, report) = here.read(&Mapping::by_name(), &[file]);
    // Without an offset a time is the scene's: Berlin in winter.
    assert_eq!(
        here.told(&readings),
        [
            "2026-03-01T09:15:00Z p-1/temperature 20.5",
            "2026-03-01T09:15:00Z p-2/state RUN",
            "2026-03-01T09:15:01Z p-2/state STOP",
        ]
    );
    assert_eq!((report.rows, report.readings, report.bad_count), (2, 3, 0));
    assert_eq!(report.unknown, [("remark".into(), 1)]);
}

#[test]
fn a_mapping_names_columns_converts_units_and_reads_decimal_commas() {
    let here = folder();
    let mapping = here.mapping(
        r#"
        format = 1
        decimal = ","
        skip_lines = 1
        ignore = ["Bemerkung"]
        [time]
        column = "Zeit"
        format = "%d.%m.%Y %H:%M:%S"
        zone = "UTC"
        [columns]
        "Temp" = { signal = "p-1/temperature", unit = "°F" }
        "Fluss" = { signal = "p-1/flow", unit = "m³/h", factor = 0.001 }
        "#,
    );
    let file = here.file(
        "german.csv",
        "Export der Anlage 7\n\
         Zeit;Temp;Fluss;Bemerkung\n\
         09.03.2020 10:14:33;212,0;60000,0;x\n",
    );
    let (readings, report) = here.read(&mapping, &[file]);
    assert_eq!(readings.len(), 2, "{report:?}");
    let number = |at: usize| readings[at].value.as_f64().unwrap();
    assert!((number(0) - 100.0).abs() < 1e-9);
    // 60,000 thousandths of a m³/h are 1000 l/min.
    assert!((number(1) - 1000.0).abs() < 1e-9);
    assert_eq!(readings[0].time.to_string(), "2020-03-09T10:14:33Z");
    assert_eq!(report.unknown, []);
}

#[test]
fn a_long_file_has_a_row_a_reading_with_its_quality() {
    let here = folder();
    let mapping = here.mapping(
        r#"
        format = 1
        [long]
        signal = "tag"
        value = "val"
        quality = "q"
        [names]
        "PLC1.DB4" = { signal = "p-1/temperature" }
        "#,
    );
    let file = here.file(
        "long.csv",
        "ts|tag|val|q\n\
         1772360100|PLC1.DB4|20.5|192\n\
         1772360100500|p-2/starts|9007199254740993|good\n\
         2026-03-01T10:15:01Z|PLC1.DB4|21|bad\n\
         2026-03-01T10:15:02Z|nobody|21|bad\n",
    );
    let (readings, report) = here.read(&mapping, &[file]);
    assert_eq!(
        here.told(&readings),
        [
            "2026-03-01T10:15:00Z p-1/temperature 20.5",
            "2026-03-01T10:15:00.5Z p-2/starts 9007199254740993",
            "2026-03-01T10:15:01Z p-1/temperature 21.0",
        ]
    );
    assert_eq!(readings[2].quality, Quality::Bad(Cause::Reported));
    assert_eq!(report.unknown, [("nobody".into(), 1)]);
}

#[test]
fn files_are_merged_in_order_of_time_and_slight_disorder_is_mended() {
    let here = folder();
    let one = here.file(
        "one.csv",
        "time,p-1/flow\n2026-03-01T00:00:02Z,2\n2026-03-01T00:00:00Z,0\n2026-03-01T00:00:04Z,4\n",
    );
    let other = here.file(
        "other.csv",
        "time,p-2/flow\n2026-03-01T00:00:01Z,1\n2026-03-01T00:00:03Z,3\n",
    );
    let (readings, report) = here.read(&Mapping::by_name(), &[one, other]);
    let numbers: Vec<_> = readings
        .iter()
        .filter_map(|one| one.value.as_f64())
        .collect();
    assert_eq!(numbers, [0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(report.late, 0);
}

#[test]
fn bad_lines_are_listed_with_their_place_and_the_rest_is_imported() {
    let here = folder();
    let file = here.file(
        "bad.csv",
        b"time,p-1/temperature,p-1/is_open\n\
          2026-03-01T00:00:00Z,1,on\n\
          yesterday,2,on\n\
          2026-03-01T00:00:02Z,warm,off\n\
          2026-03-01T00:00:03Z,3,off,more\n\
          2026-03-01T00:00:04Z\n\
          2026-03-01T00:00:05Z,\xff\xfe,off\n\
          2026-03-01T00:00:06Z,NaN,maybe\n"
            .as_slice(),
    );
    let (readings, report) = here.read(&Mapping::by_name(), std::slice::from_ref(&file));
    let lines: Vec<_> = report.bad.iter().map(|bad| bad.line).collect();
    assert_eq!(lines, [3, 4, 5, 6, 7, 8], "{:#?}", report.bad);
    assert!(
        report.bad[0]
            .to_string()
            .starts_with(&file.display().to_string())
    );
    assert!(report.bad[0].problem.contains("yesterday"));
    assert!(report.bad[1].problem.contains("warm"));
    // What stands beside a bad cell counts.
    assert_eq!(readings.len(), 5, "{:#?}", here.told(&readings));
    let nan = readings.last().unwrap();
    assert_eq!(nan.quality, Quality::Bad(Cause::NotFinite));
}

#[test]
fn files_that_cannot_be_imported_say_why_and_what_to_do() {
    let here = folder();
    let refused = |file: PathBuf, mapping: &Mapping| -> String {
        let error: ImportError = Import::open(&here.plant, mapping, &[file]).unwrap_err();
        error.to_string()
    };
    let by_name = Mapping::by_name();
    let no_time = refused(here.file("x.csv", "when,p-1/flow\n1,2\n"), &by_name);
    assert!(
        no_time.contains("[time]") && no_time.contains("when, p-1/flow"),
        "{no_time}"
    );
    let nothing = refused(here.file("y.csv", "time,a,b\n1,2,3\n"), &by_name);
    assert!(nothing.contains("--map"), "{nothing}");
    let gone = refused(Path::new("/nowhere/z.csv").into(), &by_name);
    assert!(gone.contains("/nowhere/z.csv"), "{gone}");
    let utf16 = refused(here.file("u.csv", b"\xff\xfet\0i\0"), &by_name);
    assert!(utf16.contains("UTF-8"), "{utf16}");
    let no_parquet = refused(here.file("p.parquet", "PAR1 no"), &by_name);
    assert!(no_parquet.contains("Parquet"), "{no_parquet}");

    let wrong_unit = here.mapping(
        "format = 1\n[columns]\n\"x\" = { signal = \"p-1/temperature\", unit = \"bar\" }\n",
    );
    let message = refused(here.file("w.csv", "time,x\n1,2\n"), &wrong_unit);
    assert!(
        message.contains("pressure") && message.contains("temperature"),
        "{message}"
    );
    let wrong_signal = here.mapping("format = 1\n[columns]\n\"x\" = \"p-9/temperature\"\n");
    let message = refused(here.file("v.csv", "time,x\n1,2\n"), &wrong_signal);
    assert!(message.contains("p-9/temperature"), "{message}");

    let mapping = here.file("m.toml", "format = 1\ncolums = {}\n");
    let message = Mapping::read(&mapping).unwrap_err().to_string();
    assert!(
        message.contains("colums") && message.contains("line 2"),
        "{message}"
    );
}

#[test]
fn what_the_emulator_writes_comes_back_as_it_was() {
    let here = folder();
    let file = here.file(
        "e.jsonl",
        "{\"time\":\"2026-03-01T00:00:00Z\",\"signal\":\"p-1/temperature\",\"value\":1.5,\"quality\":\"good\"}\n\
         {\"time\":\"2026-03-01T00:00:01Z\",\"signal\":\"p-1/starts\",\"value\":18446744073709551615}\n\
         {\"time\":\"2026-03-01T00:00:02Z\",\"signal\":\"p-2/state\",\"value\":\"RUN\",\"quality\":\"bad\"}\n\
         nonsense\n",
    );
    let (readings, report) = here.read(&Mapping::by_name(), &[file]);
    assert_eq!(
        here.told(&readings),
        [
            "2026-03-01T00:00:00Z p-1/temperature 1.5",
            "2026-03-01T00:00:01Z p-1/starts 18446744073709551615",
            "2026-03-01T00:00:02Z p-2/state RUN",
        ]
    );
    assert_eq!(readings[2].quality, Quality::Bad(Cause::Reported));
    assert_eq!(report.bad_count, 1);
}

/// The real water rig, where the data is.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn the_real_water_rig_is_imported_whole() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/skab");
    if !data.is_dir() {
        eprintln!(
            "skipped: the data of SKAB is not there ({})",
            data.display()
        );
        return;
    }
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/skab");
    let plant = scene::load(&scene).unwrap().plant;
    let mapping = Mapping::read(&scene.join("import.toml")).unwrap();
    let files: Vec<_> = (0..4).map(|run| data.join(format!("{run}.csv"))).collect();
    let rows: usize = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap().lines().count() - 1)
        .sum();
    let mut import = Import::open(&plant, &mapping, &files).unwrap();
    let mut last = None;
    for reading in import.by_ref() {
        assert!(last.is_none_or(|last| last <= reading.time));
        last = Some(reading.time);
    }
    let report = import.report();
    assert_eq!(
        (report.rows, report.readings),
        (rows as u64, 8 * rows as u64)
    );
    assert_eq!((report.bad_count, report.late), (0, 0), "{:?}", report.bad);
}
