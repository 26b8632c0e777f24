//! The emulated demo plant: repeatable, lawful, and heard by clients that are not ours.

mod clients;
mod incidents;

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use twinscape::emulator::{self, Emulation, Options, Reading, unpaced};
use twinscape::model::{Plant, SignalId, Timestamp, Value, scene};
use twinscape::simulation::{PartPlace, Place, PlantNetwork, Process};

static PLANT: LazyLock<Arc<Plant>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/gearbox");
    let loaded = scene::load(&path).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(loaded.plant)
});

/// A Tuesday, 07:00 in the plant, far from breaks.
const START: Timestamp = Timestamp::from_secs(1_772_517_600);

fn emulation(seed: u64) -> Emulation {
    Emulation::new(Arc::clone(&PLANT), seed, START).unwrap_or_else(|error| panic!("{error}"))
}

fn run(emulation: &mut Emulation, secs: u64) -> Vec<Reading> {
    let mut readings = Vec::new();
    let until = emulation.now() + Duration::from_secs(secs);
    emulation.advance(until, &mut readings);
    readings
}

fn signal(path: &str) -> SignalId {
    let (equipment, name) = path.rsplit_once('/').unwrap();
    let id = PLANT
        .find(equipment)
        .unwrap_or_else(|| panic!("no {equipment}"));
    PLANT
        .signal_named(id, name)
        .unwrap_or_else(|| panic!("no {path}"))
}

fn of(readings: &[Reading], path: &str) -> Vec<(f64, Value)> {
    let signal = signal(path);
    readings
        .iter()
        .filter(|reading| reading.signal == signal)
        .map(|reading| (reading.time.secs_since(START), reading.value))
        .collect()
}

fn numbers(readings: &[Reading], path: &str) -> Vec<(f64, f64)> {
    of(readings, path)
        .into_iter()
        .map(|(at, value)| (at, value.as_f64().unwrap()))
        .collect()
}

fn words(readings: &[Reading], path: &str) -> Vec<(f64, String)> {
    of(readings, path)
        .into_iter()
        .map(|(at, value)| (at, value.to_string()))
        .collect()
}

/// The last word said up to an instant.
fn word_at(readings: &[Reading], path: &str, at: f64) -> String {
    let said = words(readings, path);
    let last = said.into_iter().rfind(|(time, _)| *time <= at);
    last.map_or_else(|| format!("nothing from {path}"), |(_, word)| word)
}

fn first(series: &[(f64, f64)], from: f64, is: impl Fn(f64) -> bool) -> f64 {
    let found = series.iter().find(|(at, value)| *at >= from && is(*value));
    found.map_or(f64::INFINITY, |(at, _)| *at)
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let (a, b) = (run(&mut emulation(7), 400), run(&mut emulation(7), 400));
    assert!(a.len() > 100_000, "{} readings", a.len());
    assert!(a == b);
    // In whatever steps it is asked.
    let mut stepped = emulation(7);
    let mut c = Vec::new();
    for _ in 0..4000 {
        c.extend({
            let mut readings = Vec::new();
            let until = stepped.now() + Duration::from_millis(100);
            stepped.advance(until, &mut readings);
            readings
        });
    }
    assert!(a == c);
    assert!(a != run(&mut emulation(8), 400));
}

#[test]
fn readings_come_in_order_of_time() {
    let readings = run(&mut emulation(1), 300);
    assert!(readings.is_sorted_by_key(|reading| reading.time));
}

#[test]
fn every_signal_of_the_demo_has_a_value_and_is_bound() {
    let mut emulation = emulation(1);
    let mut readings = Vec::new();
    emulation.survey(&mut readings);
    let seen: BTreeSet<_> = readings.iter().map(|reading| reading.signal).collect();
    assert_eq!(seen.len(), PLANT.signals.len());
    assert!(readings.iter().all(|reading| reading.value != Value::Null));
    assert_eq!(PLANT.bindings.len(), PLANT.signals.len());
    assert!(PLANT.equipment.len() >= 70 && PLANT.signals.len() >= 500);
}

#[test]
fn cyclic_signals_are_sent_before_they_would_be_stale() {
    use twinscape::model::signal::Reporting;
    let readings = run(&mut emulation(1), 240);
    let mut last: BTreeMap<SignalId, Timestamp> = BTreeMap::new();
    for reading in &readings {
        let spec = &PLANT.signal(reading.signal).unwrap().spec;
        if let Reporting::Cyclic { stale_after } = spec.reporting {
            let before = last.insert(reading.signal, reading.time).unwrap_or(START);
            let gap = reading.time.saturating_since(before);
            assert!(
                gap < stale_after,
                "{}: {gap:?}",
                PLANT.signal_path(reading.signal)
            );
        }
    }
}

#[test]
fn no_part_is_lost_or_made_from_nothing() {
    let mut emulation = emulation(3);
    run(&mut emulation, 4 * 3600);
    let network = PlantNetwork::new(&PLANT, START).unwrap();
    let kernel = emulation.kernel();
    let (mut left, mut rejected, mut built_in) = (0, 0, 0);
    let mut parts = Vec::new();
    for place in &network.places {
        let Place::Element(id) = *place else { continue };
        match &network.network.elements[id.index()].process {
            Process::Sink => left += kernel.produced(id),
            Process::Station(station) => {
                rejected += kernel.scrapped(id);
                let needed: u32 = station.assembly.iter().map(|need| need.count).sum();
                parts.clear();
                kernel.parts(id, &mut parts);
                let inside = parts
                    .iter()
                    .filter(|view| matches!(view.place, PartPlace::Server { .. }))
                    .count() as u64;
                let begun = kernel.produced(id) + kernel.scrapped(id) + inside;
                built_in += begun * u64::from(needed.saturating_sub(1));
            }
            _ => {}
        }
    }
    assert!(left > 10, "{left} pallets in four hours");
    assert_eq!(
        kernel.parts_created(),
        kernel.parts_present() as u64 + left + rejected + built_in
    );
}

#[test]
fn vehicles_never_drive_through_machines() {
    let readings = run(&mut emulation(4), 1200);
    let boxes: Vec<_> = PLANT
        .equipment
        .iter()
        .filter(|equipment| equipment.pose.position[1] == 0.0 && !equipment.id.starts_with("agv"))
        .collect();
    for vehicle in PLANT
        .equipment
        .iter()
        .filter(|equipment| equipment.id.starts_with("agv"))
    {
        let xs = numbers(&readings, &format!("{}/position_x", vehicle.path));
        let zs = numbers(&readings, &format!("{}/position_z", vehicle.path));
        assert_eq!(xs.len(), zs.len());
        let mut way = 0.0;
        let mut before = None;
        for ((at, x), (_, z)) in xs.iter().zip(&zs) {
            for equipment in &boxes {
                let pose = equipment.pose;
                let (dx, dz) = (x - pose.position[0], z - pose.position[2]);
                let (sin, cos) = pose.heading.sin_cos();
                let (u, v) = (dx * cos - dz * sin, dx * sin + dz * cos);
                let is_outside = u.abs() > equipment.size[0] / 2.0 + 0.4
                    || v.abs() > equipment.size[1] / 2.0 + 0.4;
                assert!(
                    is_outside,
                    "{} in {} at {at} s: {x}, {z}",
                    vehicle.path, equipment.path
                );
            }
            if let Some((px, pz)) = before {
                let step = f64::hypot(x - px, z - pz);
                assert!(step < 0.6, "{} jumps {step} m at {at} s", vehicle.path);
                way += step;
            }
            before = Some((*x, *z));
        }
        if vehicle.id.as_ref() != "agv-7" {
            assert!(way > 50.0, "{} went {way} m in 20 minutes", vehicle.path);
        }
    }
}

#[test]
fn an_unpaced_run_writes_what_a_paced_one_sends() {
    let mut file = Vec::new();
    let mut emulation = emulation(1);
    let count = unpaced::write(&mut emulation, Duration::from_secs(30), &mut file).unwrap();
    let lines: Vec<serde_json::Value> = file
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    assert_eq!(lines.len() as u64, count);
    assert_eq!(emulation.now(), START + Duration::from_secs(30));
    assert!(count > 15_000, "{count}");
    let path = lines[5]["signal"].as_str().unwrap();
    let _ = signal(path);
    assert!(
        lines
            .iter()
            .all(|line| line["quality"] == "good" && !line["value"].is_null())
    );
}

#[test]
fn what_cannot_work_is_refused_with_the_reason() {
    let options = |change: &dyn Fn(&mut Options)| {
        let mut options = Options {
            broker_url: Some("mqtt://127.0.0.1:1".into()),
            ..Options::default()
        };
        change(&mut options);
        emulator::start(Arc::clone(&PLANT), options)
            .err()
            .map(|error| error.to_string())
    };
    let url = options(&|options| options.broker_url = Some("http://x".into())).unwrap();
    assert!(url.contains("http://x"), "{url}");
    let speed = options(&|options| options.speed = f64::NAN).unwrap();
    assert!(speed.contains("NaN"), "{speed}");
    let incident = options(&|options| options.triggers.push(("x".into(), Duration::ZERO))).unwrap();
    assert!(incident.contains("`x`"), "{incident}");
}
