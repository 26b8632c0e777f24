//! Emulated plants and what of them was heard: only what they published reaches the twin.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use twinscape::emulator::{Disturbances, Emulation};
use twinscape::history::{HistoryReader, in_memory_within};
use twinscape::import::{Feed, Reading, with_files_as_source};
use twinscape::ingest::Ingest;
use twinscape::model::signal::{SignalRole, SignalSpec};
use twinscape::model::{Plant, Timestamp, scene};

/// Monday 2 March 2026, 06:00 UTC.
pub const START: Timestamp = Timestamp::from_secs(1_772_431_200);

/// A machine that says what it does, counts, and names what is in it.
const MACHINE: &str = r#"
format = 1
name = "Machine"
size = [2.0, 1.5, 1.5]
[process]
role = "station"
cycle = "60s"
[signals.state]
role = "state"
type = "text"
report = "by-exception"
[signals.produced]
role = "produced"
type = "integer"
report = "by-exception"
[signals.scrapped]
role = "scrapped"
type = "integer"
report = "by-exception"
[signals.part_id]
role = "part-id"
type = "text"
report = "by-exception"
[signals.part_type]
role = "part-type"
type = "text"
report = "by-exception"
[signals.order_id]
role = "order-id"
type = "text"
report = "by-exception"
"#;

/// A machine that counts what is in it, for assemblies and several servers.
const CELL: &str = r#"
format = 1
name = "Cell"
size = [2.0, 1.5, 1.5]
[process]
role = "station"
cycle = "60s"
[signals.state]
role = "state"
type = "text"
report = "by-exception"
[signals.produced]
role = "produced"
type = "integer"
report = "by-exception"
[signals.content]
role = "content"
type = "integer"
report = "by-exception"
"#;

/// Where parts come from, with what order they belong to.
const GATE: &str = r#"
format = 1
name = "Gate"
size = [1.0, 1.0, 1.0]
[process]
role = "source"
[signals.state]
role = "state"
type = "text"
report = "by-exception"
[signals.produced]
role = "produced"
type = "integer"
report = "by-exception"
[signals.order_id]
role = "order-id"
type = "text"
report = "by-exception"
"#;

/// Writes a scene into a folder: `format = 1` and this text, with the kinds `machine`, `cell` and `gate`
/// where it uses them.
pub fn write_scene(folder: &Path, text: &str) -> PathBuf {
    let kinds = folder.join("kinds");
    std::fs::create_dir_all(&kinds).expect("a folder");
    for (name, kind) in [("machine", MACHINE), ("cell", CELL), ("gate", GATE)] {
        if text.contains(&format!("kind = \"{name}\"")) {
            std::fs::write(kinds.join(format!("{name}.toml")), kind).expect("a file");
        }
    }
    let file = folder.join("line.toml");
    std::fs::write(&file, format!("format = 1\n{text}")).expect("a file");
    file
}

/// The plant of such a scene.
pub fn plant(text: &str) -> Arc<Plant> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write_scene(folder.path(), text);
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let loaded = scene::load_with_assets(&file, &assets);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}\nin\n{text}"));
    Arc::new(with_files_as_source(loaded.plant))
}

/// The demo plant.
pub fn gearbox() -> Arc<Plant> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/gearbox");
    let loaded = scene::load(&folder).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(with_files_as_source(loaded.plant))
}

/// Three machines with a belt between them, failures and scrap, fed at random.
pub const LINE: &str = r#"
equipment = [
    { id = "in", kind = "gate", process = { interarrival = { exponential = { mean = "66s" } } } },
    { id = "rack", kind = "buffer", process = { capacity = 12 } },
    { id = "lathe", kind = "machine", process = { cycle = { lognormal = { mean = "54s", sd = "14s" } }, failure = { after = { exponential = { mean = "70m" } }, repair = { lognormal = { mean = "6m", sd = "4m" } } } } },
    { id = "belt", kind = "conveyor", length = 6.0 },
    { id = "mill", kind = "machine", process = { cycle = { gamma = { shape = 8.0, mean = "52s" } }, scrap = 0.03, failure = { after = { weibull = { shape = 2.0, scale = "2h" } }, repair = { exponential = { mean = "8m" } } } } },
    { id = "store", kind = "buffer", process = { capacity = 8 } },
    { id = "press", kind = "machine", process = { cycle = { triangular = { min = "30s", mode = "50s", max = "70s" } } } },
    { id = "out", kind = "sink" },
]
[[flow]]
path = ["in", "rack", "lathe", "belt", "mill", "store", "press", "out"]
"#;

/// A plant and what was heard of it.
pub struct Heard {
    pub plant: Arc<Plant>,
    pub reader: HistoryReader,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Whether a signal is about the flow of parts.
pub fn is_of_flow(spec: &SignalSpec) -> bool {
    !matches!(
        spec.role,
        SignalRole::Measurement
            | SignalRole::Check
            | SignalRole::Wear
            | SignalRole::Power
            | SignalRole::Progress
            | SignalRole::Fault
    )
}

/// What is heard of a plant that runs for `length`: its flow signals.
pub fn hear(plant: &Arc<Plant>, seed: u64, length: Duration, disturbances: Disturbances) -> Heard {
    let emulation = Emulation::with(Arc::clone(plant), seed, START, disturbances);
    hear_on(emulation.unwrap_or_else(|error| panic!("{error}")), length)
}

/// As [`hear`], of an emulation from where it is.
pub fn hear_on(mut emulation: Emulation, length: Duration) -> Heard {
    let plant = Arc::clone(emulation.plant());
    let specs = Arc::clone(&plant);
    emulation.hear_only(|id| {
        specs
            .signal(id)
            .is_some_and(|signal| is_of_flow(&signal.spec))
    });
    hear_all_of(emulation, length)
}

/// What is heard of an emulation from where it is, of the signals that it is heard of.
pub fn hear_all_of(mut emulation: Emulation, length: Duration) -> Heard {
    let plant = Arc::clone(emulation.plant());
    let (writer, reader) = in_memory_within(&plant, 2 << 30);
    let mut ingest = Ingest::new(Arc::clone(&plant), writer);
    let mut feed = Feed::new(&plant);
    let from = emulation.now();
    let to = from + length;
    let mut readings = Vec::new();
    emulation.survey(&mut readings);
    loop {
        for reading in readings.drain(..) {
            let reading = Reading {
                time: reading.time,
                signal: reading.signal,
                value: reading.value,
                quality: reading.quality,
            };
            if let Some(batch) = feed.push(&reading) {
                ingest.ingest(&batch);
            }
        }
        if emulation.now() >= to {
            break;
        }
        let until = (emulation.now() + Duration::from_secs(60)).min(to);
        emulation.advance(until, &mut readings);
    }
    if let Some(batch) = feed.finish() {
        ingest.ingest(&batch);
    }
    Heard {
        plant,
        reader,
        from,
        to,
    }
}

/// Instants between two, by chance but the same each time.
pub fn instants(from: Timestamp, to: Timestamp, count: usize) -> Vec<Timestamp> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let span = to.nanos_since(from) as u64;
    let mut found: Vec<Timestamp> = (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            Timestamp::from_nanos(from.as_nanos() + (state % span) as i64)
        })
        .collect();
    found.sort();
    found
}

/// What a counter stood at.
pub fn counted(heard: &Heard, equipment: &str, at: Timestamp) -> f64 {
    let id = heard.plant.find(equipment).expect("an equipment");
    let signal = heard.plant.signal_named(id, "produced").expect("a counter");
    let point = heard.reader.latest_at(signal, at);
    point.and_then(|point| point.value.as_f64()).unwrap_or(0.0)
}
