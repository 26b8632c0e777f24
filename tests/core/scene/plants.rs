//! What scenes become: the waterworks that the tests share, the demo, a queue, a large plant.

use std::path::{Path, PathBuf};

use twinscape::model::distribution::DistributionSpec;
use twinscape::model::process::{Discipline, FailureBasis, Process};
use twinscape::model::scene;
use twinscape::model::signal::Reporting;
use twinscape::model::{OperatingState, Plant, Value};

use super::{Scene, assets};

/// A waterworks that is not the demo: for tests that need a plant nothing was tuned for.
pub fn water() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes/water")
}

fn load(path: &Path) -> Plant {
    match scene::load_with_assets(path, &assets()) {
        Ok(loaded) => {
            assert_eq!(loaded.warnings, []);
            loaded.plant
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_waterworks_loads_with_every_signal_bound() {
    let plant = load(&water());
    assert_eq!(
        (&*plant.id, plant.equipment.len(), plant.signals.len()),
        ("water", 10, 39)
    );
    assert_eq!(plant.bindings.len(), plant.signals.len());
    let topic = |path: &str, signal: &str| {
        let id = plant
            .signal_named(plant.find(path).expect("it"), signal)
            .expect("its signal");
        let binding = plant.binding(id).expect("its binding");
        (binding.topic.to_string(), binding.field.to_string())
    };
    let pair = |topic: &str, field: &str| (topic.to_owned(), field.to_owned());
    assert_eq!(
        topic("wells/well-1", "flow"),
        pair("waterworks/wells/well-1/flow", "/value")
    );
    assert_eq!(topic("tank", "temperature"), pair("legacy/tt-104", ""));
    assert_eq!(
        topic("filter", "backwash"),
        pair("waterworks/treatment/street-1/filter", "/values/backwash")
    );
    assert_eq!(
        topic("high-zone/pump-1", "speed"),
        pair("spBv1.0/waterworks/+/high-zone/pump-1", "speed")
    );
    // One connection, two nodes, four devices.
    assert_eq!(plant.sessions.len(), 7);
}

#[test]
fn an_override_changes_one_key_and_leaves_the_others() {
    let plant = load(&water());
    let level = |well: &str| {
        let id = plant
            .signal_named(plant.find(well).expect("it"), "level")
            .expect("level");
        plant
            .signal(id)
            .expect("level")
            .spec
            .limits
            .clone()
            .expect("limits")
    };
    let (usual, deeper) = (level("well-1"), level("well-3"));
    assert_eq!((usual.low_low, usual.low), (Some(5.0), Some(7.5)));
    assert_eq!((deeper.low_low, deeper.low), (Some(4.5), Some(6.0)));
    assert_eq!(deeper.deadband, usual.deadband);
    assert_eq!(deeper.consequence, usual.consequence);
}

#[test]
fn states_are_read_through_the_kinds_table() {
    let plant = load(&water());
    let spec = |path: &str| {
        let id = plant
            .signal_named(plant.find(path).expect("it"), "state")
            .expect("state");
        std::sync::Arc::clone(&plant.signal(id).expect("state").spec)
    };
    assert_eq!(
        spec("high-zone/pump-1").state_of(Value::Integer(3)),
        Some(OperatingState::Held)
    );
    assert_eq!(spec("well-1").reporting, Reporting::ByException);
}

#[test]
fn the_demo_loads_without_a_warning() {
    let plant = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/gearbox"));
    assert!(plant.equipment.len() >= 70, "{}", plant.equipment.len());
    assert!(plant.signals.len() >= 500, "{}", plant.signals.len());
    assert_eq!(plant.bindings.len(), plant.signals.len());
}

#[test]
fn what_has_no_place_stands_in_rows_beside_the_rest_without_overlapping() {
    let many: String = (0..60)
        .map(|n| {
            format!(
                "[[equipment]]\nid = \"e{n}\"\nkind = \"station\"\nheading = {}\n",
                n * 7 % 90
            )
        })
        .collect();
    let plant = Scene::new(&format!(
        "{many}[[equipment]]\nid = \"placed\"\nkind = \"station\"\nat = [5.0, 3.0]\n"
    ))
    .plant();
    let depths: Vec<f64> = plant
        .equipment
        .iter()
        .take(60)
        .map(|equipment| equipment.pose.position[2])
        .collect();
    assert!(depths.iter().all(|z| *z > 3.75), "south of what is placed");
    assert!(depths.first() < depths.last(), "in more than one row");
}

#[test]
fn a_process_override_keeps_what_it_does_not_name() {
    let plant = Scene::new(
        "equipment = [{ id = \"a\", kind = \"k\", process = { cycle = \"50s\", failure = { repair = \"9m\" } } }, \
         { id = \"b\", kind = \"k\", process = { failure = \"never\" } }, { id = \"c\", kind = \"k\", process = { role = \"buffer\", capacity = 7 } }]",
    )
    .kind(
        "k",
        "size = [1, 1, 1]\n[process]\nrole = \"station\"\ncycle = { lognormal = { mean = \"72s\", sd = \"3s\" } }\nservers = 3\nscrap = 0.02\n\
         failure = { after = { exponential = { mean = \"4h\" } }, repair = \"5m\", clock = \"calendar\" }",
    )
    .plant();
    let Process::Station(a) = &plant.equipment[0].process else {
        panic!("a station");
    };
    assert_eq!(
        (&a.cycle, a.servers, a.scrap),
        (&DistributionSpec::Constant { value: 50.0 }, 3, 0.02)
    );
    let failure = a.failure.as_ref().expect("a failure");
    assert_eq!(
        failure.time_to_failure,
        DistributionSpec::Exponential { mean: 14_400.0 }
    );
    assert_eq!(
        failure.time_to_repair,
        DistributionSpec::Constant { value: 540.0 }
    );
    assert_eq!(failure.basis, FailureBasis::CalendarTime);
    let Process::Station(b) = &plant.equipment[1].process else {
        panic!("a station");
    };
    assert!(b.failure.is_none());
    assert_eq!(
        b.cycle,
        DistributionSpec::Lognormal {
            mean: 72.0,
            sd: 3.0
        }
    );
    assert_eq!(
        plant.equipment[2].process,
        Process::Buffer {
            capacity: Some(7),
            discipline: Discipline::Fifo,
        }
    );
}

#[test]
fn a_scenes_own_kind_wins_over_a_built_in_one() {
    let plant = Scene::new("equipment = [{ id = \"a\", kind = \"station\" }]")
        .kind("station", "name = \"Ours\"\nsize = [1, 1, 1]")
        .plant();
    assert_eq!(&*plant.equipment[0].kind.name, "Ours");
}

#[test]
fn derived_signals_follow_the_reported_ones() {
    let plant = load(&water());
    let count = plant.signals.len() as u32;
    let first = plant.find("well-1").expect("a well");
    assert_eq!(plant.state_signal(first).0, count);
    assert_eq!(plant.health_signal(first).0, count + 1);
    assert_eq!(plant.signal_count(), 39 + 2 * 10 + 7);
}

#[test]
fn a_plant_of_ten_thousand_equipment_and_a_hundred_thousand_signals_loads() {
    let signals: String = (0..10)
        .map(|n| format!("[signals.s{n}]\nunit = \"bar\"\n"))
        .collect();
    let mut text = String::from("area = [{ id = \"m\" }]\n");
    for line in 0..100 {
        text.push_str(&format!("[[line]]\nid = \"l{line}\"\nin = \"m\"\n"));
    }
    for n in 0..10_000 {
        let (line, x, z) = (n / 100, (n % 100) * 3, (n / 100) * 3);
        text.push_str(&format!(
            "[[equipment]]\nid = \"e{n}\"\nin = \"m/l{line}\"\nkind = \"k\"\nat = [{x}, {z}]\n"
        ));
    }
    for n in 0..9_999 {
        text.push_str(&format!("[[flow]]\nfrom = \"e{n}\"\nto = \"e{}\"\n", n + 1));
    }
    text.push_str("[[source]]\nid = \"s\"\nurl = \"mqtt://x\"\n[[source.topic]]\ntopic = \"{path}/{equipment}/{signal}\"\n");
    let scene = Scene::new(&text).kind(
        "k",
        &format!("size = [2, 2, 2]\n[process]\nrole = \"station\"\ncycle = \"1m\"\n{signals}"),
    );
    // Parts come from nowhere and go nowhere: the checks run over all of it and say just that.
    let mistakes = scene.mistakes();
    assert!(
        mistakes
            .iter()
            .all(|mistake| mistake.message.contains("no part ever reaches"))
    );
    let closed = text
        .replace(
            "id = \"e0\"\nin",
            "process = { role = \"source\" }\nid = \"e0\"\nin",
        )
        .replace(
            "id = \"e9999\"\nin",
            "process = { role = \"sink\" }\nid = \"e9999\"\nin",
        );
    let plant = scene
        .with("scene.toml", format!("format = 1\n{closed}"))
        .plant();
    assert_eq!(
        (plant.equipment.len(), plant.bindings.len()),
        (10_000, 100_000)
    );
}
