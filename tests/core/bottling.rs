//! The bottling plant: a scene of another trade, all of it data, and lawful when it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use twinscape::emulator::{Emulation, Reading};
use twinscape::model::process::Process;
use twinscape::model::{Plant, Timestamp, Value, scene};
use twinscape::simulation::{PlantNetwork, SimTime, Simulation};

/// A Tuesday, 07:00 in the plant.
const START: Timestamp = Timestamp::from_secs(1_772_517_600);
/// Bottles in a crate, crates on a pallet.
const CRATE: u64 = 12;
const PALLET: u64 = 40;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/bottling")
}

static PLANT: LazyLock<Arc<Plant>> = LazyLock::new(|| {
    let loaded = scene::load(&folder()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.warnings, []);
    Arc::new(loaded.plant)
});

fn emulation(seed: u64) -> Emulation {
    Emulation::new(Arc::clone(&PLANT), seed, START).unwrap_or_else(|error| panic!("{error}"))
}

fn run(emulation: &mut Emulation, secs: u64) -> Vec<Reading> {
    let mut readings = Vec::new();
    let until = emulation.now() + Duration::from_secs(secs);
    emulation.advance(until, &mut readings);
    readings
}

/// What a signal said, with seconds after the start.
fn said(readings: &[Reading], equipment: &str, name: &str) -> Vec<(f64, Value)> {
    let id = PLANT.find(equipment).unwrap();
    let signal = PLANT.signal_named(id, name).unwrap();
    readings
        .iter()
        .filter(|reading| reading.signal == signal)
        .map(|reading| (reading.time.secs_since(START), reading.value))
        .collect()
}

fn numbers(readings: &[Reading], equipment: &str, name: &str) -> Vec<(f64, f64)> {
    said(readings, equipment, name)
        .into_iter()
        .map(|(at, value)| (at, value.as_f64().unwrap()))
        .collect()
}

/// The line as the kernel runs it when no incident of the story befalls it.
fn undisturbed(seed: u64) -> (PlantNetwork, Simulation) {
    let network = PlantNetwork::new(&PLANT, START).unwrap();
    let simulation = Simulation::new(&network.network, seed, 0).unwrap();
    (network, simulation)
}

#[test]
fn every_signal_is_bound_and_it_speaks_both_tongues() {
    assert!(
        (45..=80).contains(&PLANT.equipment.len()),
        "{}",
        PLANT.equipment.len()
    );
    assert!(PLANT.signals.len() >= 400, "{}", PLANT.signals.len());
    assert_eq!(PLANT.bindings.len(), PLANT.signals.len());
    let is_sparkplug = |topic: &str| topic.starts_with("spBv1.0/");
    let sparkplug = PLANT
        .bindings
        .iter()
        .filter(|binding| is_sparkplug(&binding.topic))
        .count();
    assert!(sparkplug > 100 && sparkplug < PLANT.signals.len() - 100);
}

#[test]
fn no_kind_of_its_own_is_known_to_the_program() {
    let own: BTreeSet<String> = std::fs::read_dir(folder().join("kinds"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(own.len() >= 12, "{own:?}");
    let used: BTreeSet<_> = PLANT.kinds.iter().map(|kind| kind.id.to_string()).collect();
    assert_eq!(own.difference(&used).next(), None, "a kind is not used");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![sources];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                for kind in &own {
                    let quoted = format!("\"{kind}\"");
                    assert!(!text.contains(&quoted), "{} knows {kind}", path.display());
                }
            }
        }
    }
}

#[test]
fn what_can_raise_an_alarm_says_what_it_means_and_what_to_do() {
    for kind in PLANT.kinds.iter() {
        for signal in &kind.signals {
            if let Some(limits) = &signal.limits {
                assert!(
                    !limits.consequence.is_empty() && !limits.response.is_empty(),
                    "{}: {}",
                    kind.id,
                    signal.name
                );
            }
        }
    }
}

#[test]
fn the_line_fills_and_packs_bottles_for_an_hour_without_deadlock() {
    for seed in 1..=3 {
        let (network, mut simulation) = undisturbed(seed);
        let element = |path: &str| network.network.find(path).unwrap();
        let filler = element("bottling/wet-end/filler-1");
        let packer = element("packing/packing/packer-1");
        let dispatch = element("logistics/warehouse/dispatch-1");
        // Half an hour until the first pallets are there, then an hour in six parts.
        let mut now = SimTime::from_secs(1800);
        simulation.run_until(now, &mut ());
        let count = |simulation: &Simulation| {
            [filler, packer, dispatch].map(|element| simulation.produced(element))
        };
        let before = count(&simulation);
        let mut last = before;
        for _ in 0..6 {
            now += SimTime::from_secs(600);
            simulation.run_until(now, &mut ());
            assert_eq!(simulation.deadlock(), None, "seed {seed}");
            assert_eq!(simulation.halt(), None, "seed {seed}");
            let present = count(&simulation);
            assert!(
                present.iter().zip(&last).all(|(now, before)| now > before),
                "seed {seed}: {last:?} then {present:?} after ten minutes more"
            );
            last = present;
        }
        let [bottles, crates, pallets] = [0, 1, 2].map(|k: usize| last[k] - before[k]);
        assert!(
            (9_000..=12_600).contains(&bottles),
            "seed {seed}: {bottles} bottles an hour"
        );
        // What is filled is packed, up to rejects, failures and what stands on the way.
        assert!(
            crates.abs_diff(bottles / CRATE) < 60,
            "seed {seed}: {crates} crates of {bottles} bottles"
        );
        assert!(
            pallets.abs_diff(crates / PALLET) <= 3,
            "seed {seed}: {pallets} pallets of {crates} crates"
        );
    }
}

#[test]
fn every_bottle_is_somewhere() {
    let (network, mut simulation) = undisturbed(5);
    simulation.run_until(SimTime::from_secs(2 * 3600), &mut ());
    let element = |path: &str| network.network.find(path).unwrap();
    let produced = |path: &str| simulation.produced(element(path));
    let scrapped = |path: &str| simulation.scrapped(element(path));
    let before_filler: u32 = [
        "conveyor-w1",
        "rinser-1",
        "conveyor-w2",
        "inspector-1",
        "conveyor-w3",
        "filler-1",
    ]
    .iter()
    .map(|id| simulation.content(element(&format!("bottling/wet-end/{id}"))))
    .sum();
    let came = produced("bottling/wet-end/depalletiser-1");
    let left = produced("bottling/wet-end/filler-1") + scrapped("bottling/wet-end/inspector-1");
    let on_table = simulation.content(element("bottling/wet-end/table-1"));
    let waits = simulation.content(element("bottling/wet-end/depalletiser-1"));
    let missing = came - left - u64::from(before_filler) - u64::from(on_table);
    // A layer is counted when its sweep ends, also what then has to wait for room on the table.
    assert!(missing <= u64::from(waits), "{missing} of {waits}");
}

#[test]
fn a_label_break_fills_the_table_and_does_not_stop_the_filler() {
    let mut emulation = emulation(1);
    let readings = run(&mut emulation, 240);
    let table = numbers(&readings, "bottling/dry-end/table-2", "content");
    let most = table
        .iter()
        .map(|(_, content)| *content)
        .fold(0.0, f64::max);
    assert!(
        (120.0..=280.0).contains(&most),
        "{most} bottles on the table"
    );
    let states = said(&readings, "bottling/wet-end/filler-1", "state");
    assert!(
        states
            .iter()
            .all(|(_, state)| state.to_string() == "Producing"),
        "{states:?}"
    );
    let labeller = said(&readings, "bottling/dry-end/labeller-1", "state");
    assert!(
        labeller
            .iter()
            .any(|(at, state)| (44.0..47.0).contains(at) && state.to_string() == "Failure")
    );
    // The lamp on it says so too, and the table is worked off again.
    let red = said(&readings, "bottling/dry-end/light-labeller-1", "lamp_red");
    assert!(red.iter().any(|(_, value)| value.to_string() == "true"));
    assert!(table.last().unwrap().1 < most - 20.0, "{:?}", table.last());
}

#[test]
fn a_worn_bearing_shows_before_the_capper_fails() {
    let mut emulation = emulation(1);
    let readings = run(&mut emulation, 780);
    let capper = "bottling/wet-end/capper-1";
    let first = |name: &str, above: f64| {
        let found = numbers(&readings, capper, name)
            .into_iter()
            .find(|(_, value)| *value > above);
        found.map_or(f64::INFINITY, |(at, _)| at)
    };
    let failure = said(&readings, capper, "state")
        .into_iter()
        .find(|(_, state)| state.to_string() == "Failure")
        .map_or(f64::INFINITY, |(at, _)| at);
    let order = [
        first("vibration", 2.8),
        first("bearing_wear", 75.0),
        failure,
    ];
    assert!(order.is_sorted() && order[2] < 600.0, "{order:?}");
    // Without a capper nothing is filled either.
    let filler = said(&readings, "bottling/wet-end/filler-1", "state");
    assert!(
        filler
            .iter()
            .any(|(at, state)| *at > failure && state.to_string() == "Tailback"),
        "{filler:?}"
    );
}

#[test]
fn carbon_dioxide_that_runs_low_raises_alarms_at_mixer_and_filler() {
    let mut emulation = emulation(3);
    assert!(emulation.trigger("co2-low"));
    let readings = run(&mut emulation, 120);
    let last = |equipment: &str, name: &str| numbers(&readings, equipment, name).last().unwrap().1;
    assert!(last("bottling/wet-end/carbonator-1", "co2_pressure") < 4.5);
    assert!(last("bottling/wet-end/carbonator-1", "co2_content") < 5.0);
    assert!(last("bottling/wet-end/filler-1", "bowl_pressure") < 2.9);
}

/// Enough slots that whatever is inside can be seen.
#[test]
fn machines_have_a_place_for_every_bottle_that_they_can_hold() {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/models.toml"),
    )
    .unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let slots: BTreeMap<String, usize> = manifest["model"]
        .as_table()
        .unwrap()
        .iter()
        .filter_map(|(name, model)| Some((name.clone(), model.get("slots")?.as_array()?.len())))
        .collect();
    for id in [
        "depalletiser",
        "bottle-table",
        "bottle-curve",
        "bottle-rinser",
        "bottle-filler",
        "bottle-capper",
        "bottle-labeller",
        "bottle-inspector",
        "fill-inspector",
        "case-packer",
    ] {
        let kind = PLANT.kinds.iter().find(|kind| &*kind.id == id).unwrap();
        let model = kind.model.as_ref().unwrap();
        let places = slots[model.file_stem().unwrap().to_str().unwrap()];
        let equipment = PLANT
            .equipment
            .iter()
            .find(|equipment| equipment.kind.id == kind.id)
            .unwrap();
        let inside = match &equipment.process {
            Process::Buffer { capacity, .. } => capacity.unwrap(),
            Process::Station(station) => {
                let one = station
                    .needs
                    .values()
                    .sum::<u32>()
                    .max(station.batch)
                    .max(1);
                if station.needs.is_empty() {
                    one * station.servers
                } else {
                    one
                }
            }
            _ => 0,
        };
        assert!(
            inside > 0 && places >= inside as usize,
            "{id}: {places} of {inside}"
        );
    }
}

#[test]
fn every_bottle_is_drawn_as_what_it_is_by_then() {
    let drawn = |path: &str, part_type: Option<&str>| {
        let id = PLANT.find(path).unwrap();
        let kind = PLANT.workpiece_kind(id, part_type.map(twinscape::model::Text::new));
        let model = PLANT.workpieces[kind.unwrap()].model.clone().unwrap();
        model.file_stem().unwrap().to_string_lossy().into_owned()
    };
    // By its type, and where nobody says the type by where it is.
    for (path, part_type, model) in [
        ("wet-end/table-1", "bottle-empty", "bottle-empty"),
        ("wet-end/conveyor-w4", "bottle-filled", "bottle-filled"),
        ("dry-end/table-2", "bottle-capped", "bottle-capped"),
        ("dry-end/conveyor-d6", "bottle", "bottle"),
        ("packing/conveyor-p2", "crate", "crate"),
        ("packing/conveyor-p4", "case", "case"),
        ("packing/wrapper-1", "pallet-of-cases", "pallet-of-cases"),
    ] {
        assert_eq!(drawn(path, Some(part_type)), model, "{path}");
        assert_eq!(drawn(path, None), model, "{path}, type unknown");
    }
}
