//! What telemetry tells of machines that are not one server with one set-up: pairs of types, and parts
//! side by side.

use std::sync::Arc;
use std::time::Duration;

use super::rig::{self, hear};
use twinscape::emulator::Disturbances;
use twinscape::futures::calibrate::{Calibration, Family, Item, Machine, Quantity, calibrate};
use twinscape::model::Plant;
use twinscape::model::distribution::DistributionSpec;
use twinscape::model::process::{Process, Station};
use twinscape::model::scene;
use twinscape::simulation::Distribution;

const HOUR: u64 = 3_600;

fn calibrated(real: &str, believed: &str, seed: u64, hours: u64) -> (Arc<Plant>, Calibration) {
    let plant = rig::plant(real);
    let length = Duration::from_secs(hours * HOUR);
    let heard = hear(&plant, seed, length, Disturbances::None);
    let assumed = rig::plant(believed);
    let span = heard.from..heard.to;
    let found = calibrate(&assumed, &heard.reader, span, 0.999, |_, _| {});
    (assumed, found)
}

fn machine<'c>(calibration: &'c Calibration, path: &str) -> &'c Machine {
    let mut machines = calibration.machines.iter();
    machines.find(|machine| *machine.path == *path).unwrap()
}

fn item<'m>(machine: &'m Machine, quantity: &Quantity) -> &'m Item {
    let mut items = machine.items.iter();
    let found = items.find(|item| item.quantity == *quantity);
    found.unwrap_or_else(|| panic!("no {quantity:?}: {machine:#?}"))
}

/// The station of what is accepted, as a simulation has it.
fn accepted(calibration: &Calibration, assumed: &Plant, path: &str) -> Station {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calibrated.toml");
    let text = calibration.scenario(|_| true);
    std::fs::write(&file, &text).unwrap();
    let loaded = scene::load_scenario(&file, assumed);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}\nin\n{text}"));
    let id = loaded.plant.find(path).unwrap();
    match &loaded.plant.equipment(id).unwrap().process {
        Process::Station(station) => station.clone(),
        other => panic!("{other:?}"),
    }
}

fn mean(spec: &DistributionSpec) -> f64 {
    Distribution::try_from(spec.clone()).unwrap().mean_secs()
}

/// Three types in turn by chance; a set-up takes as long as its pair does.
const COLOURS: &str = r#"
equipment = [
    { id = "in", kind = "gate", process = { interarrival = { exponential = { mean = "5m" } }, mix = { white = 0.4, red = 0.4, black = 0.2 } } },
    { id = "rack", kind = "buffer", process = { capacity = 50 } },
    { id = "booth", kind = "machine", process = { cycle = "60s", setup = { exponential = { mean = "80s" } }, setup_matrix = [
        { from = "white", to = "red", time = { normal = { mean = "30s", sd = "4s" } } },
        { from = "red", to = "white", time = { gamma = { shape = 6.0, mean = "150s" } } },
        { from = "black", to = "white", time = "240s" },
    ] } },
    { id = "out", kind = "sink" },
]
[[flow]]
path = ["in", "rack", "booth", "out"]
"#;

#[test]
fn set_ups_are_observed_pair_by_pair_where_the_scene_tells_them_apart() {
    // Believed: half as long from red to white.
    let believed = COLOURS.replace("mean = \"150s\"", "mean = \"75s\"");
    let (assumed, found) = calibrated(COLOURS, &believed, 21, 200);
    let booth = machine(&found, "booth");
    let of = |from: &str, to: &str| item(booth, &Quantity::SetupOf(from.into(), to.into()));
    let red = of("white", "red");
    assert!(red.observed > 150 && !red.differs(), "{red:#?}");
    assert_eq!(red.fit.as_ref().unwrap().family, Family::Normal);
    let white = of("red", "white");
    assert!(white.observed > 150 && white.differs(), "{white:#?}");
    let interval = &white.fit.as_ref().unwrap().mean;
    assert!(
        (interval.low..=interval.high).contains(&150.0),
        "{interval:?}"
    );
    let black = of("black", "white");
    assert_eq!(black.fit.as_ref().unwrap().family, Family::Constant);
    assert!(!black.differs(), "{black:#?}");
    // Everything else: from white and red to black, from black to red.
    let others = item(booth, &Quantity::Setup);
    assert!(others.observed > 150 && !others.differs(), "{others:#?}");

    let station = accepted(&found, &assumed, "booth");
    let pair = |from: &str, to: &str| {
        let mut pairs = station.setup_matrix.iter();
        let found = pairs.find(|(f, t, _)| **f == *from && **t == *to);
        mean(&found.unwrap().2)
    };
    assert_eq!(station.setup_matrix.len(), 3);
    assert!((pair("red", "white") - 150.0).abs() < 15.0);
    assert!((pair("black", "white") - 240.0).abs() < 0.1);
    assert!((mean(&station.setup.unwrap()) - 80.0).abs() < 25.0);
}

#[test]
fn a_pair_that_was_not_seen_stays_as_the_scene_has_it() {
    let believed = COLOURS.replace(
        "from = \"black\", to = \"white\"",
        "from = \"blue\", to = \"white\"",
    );
    let believed = believed.replace("black = 0.2", "black = 0.2, blue = 0.1");
    let (assumed, found) = calibrated(COLOURS, &believed, 22, 60);
    let booth = machine(&found, "booth");
    let unseen = item(booth, &Quantity::SetupOf("blue".into(), "white".into()));
    assert!(unseen.observed == 0 && unseen.fit.is_none(), "{unseen:#?}");
    let station = accepted(&found, &assumed, "booth");
    let mut pairs = station.setup_matrix.iter();
    let (_, _, time) = pairs.find(|(from, ..)| **from == *"blue").unwrap();
    assert_eq!(mean(time), 240.0);
}

/// Three ovens in one cell, behind an arrival process that leaves them as busy as `interarrival` says.
fn ovens(interarrival: &str, cycle: &str) -> String {
    format!(
        r#"
equipment = [
    {{ id = "in", kind = "gate", process = {{ interarrival = {{ exponential = {{ mean = "{interarrival}" }} }} }} }},
    {{ id = "rack", kind = "buffer" }},
    {{ id = "ovens", kind = "cell", process = {{ servers = 3, cycle = {cycle}, failure = {{ after = {{ exponential = {{ mean = "9h" }} }}, repair = {{ exponential = {{ mean = "10m" }} }} }} }} }},
    {{ id = "out", kind = "sink" }},
]
[[flow]]
path = ["in", "rack", "ovens", "out"]
"#
    )
}

const BAKE: &str = r#"{ gamma = { shape = 4.0, mean = "10m" } }"#;

#[test]
fn operations_of_several_servers_are_observed_while_they_are_alone() {
    let believed = ovens("20m", r#"{ exponential = { mean = "6m" } }"#);
    let (assumed, found) = calibrated(&ovens("20m", BAKE), &believed, 31, 600);
    let found_ovens = machine(&found, "ovens");
    let cycle = item(found_ovens, &Quantity::Cycle);
    assert!(cycle.observed > 300 && cycle.censored > 100, "{cycle:#?}");
    let fit = cycle.fit.as_ref().unwrap();
    assert_eq!(fit.family, Family::Gamma, "{fit:#?}");
    assert!((fit.mean.low..=fit.mean.high).contains(&600.0), "{fit:#?}");
    assert!((fit.mean.value - 600.0).abs() < 45.0, "{fit:#?}");
    assert!(cycle.differs());
    let station = accepted(&found, &assumed, "ovens");
    assert_eq!(station.servers, 3);
    assert!((mean(&station.cycle) - 600.0).abs() < 45.0);
}

#[test]
fn where_several_servers_are_hardly_ever_alone_their_mean_is_observed_and_the_rest_assumed() {
    // Nine tenths busy.
    let believed = ovens("222s", r#"{ gamma = { shape = 4.0, mean = "7m" } }"#);
    let (assumed, found) = calibrated(&ovens("222s", BAKE), &believed, 32, 100);
    let found_ovens = machine(&found, "ovens");
    let cycle = item(found_ovens, &Quantity::Cycle);
    let fit = cycle.fit.as_ref().unwrap();
    assert_eq!(fit.family, Family::Assumed);
    assert!((fit.mean.low..=fit.mean.high).contains(&600.0), "{fit:#?}");
    assert!(
        (fit.mean.value - 600.0).abs() < 25.0 && cycle.differs(),
        "{cycle:#?}"
    );
    let says = "how it varies is as the scene assumes";
    assert!(found_ovens.notes.iter().any(|note| note.contains(says)));
    let station = accepted(&found, &assumed, "ovens");
    match station.cycle {
        DistributionSpec::Gamma { shape, scale } => {
            assert!((shape - 4.0).abs() < 1e-6 && (shape * scale - fit.mean.value).abs() < 0.01);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn several_servers_that_wait_to_give_their_parts_away_are_left_as_they_are() {
    let text = ovens("222s", BAKE).replace(
        r#"{ id = "out", kind = "sink" }"#,
        r#"{ id = "press", kind = "machine", process = { cycle = "215s" } }, { id = "out", kind = "sink" }"#,
    );
    let text = text.replace(r#""ovens", "out"]"#, r#""ovens", "press", "out"]"#);
    let (_, found) = calibrated(&text, &text, 33, 60);
    let ovens = machine(&found, "ovens");
    assert!(
        !ovens
            .items
            .iter()
            .any(|item| item.quantity == Quantity::Cycle)
    );
    assert!(
        ovens
            .notes
            .iter()
            .any(|note| note.contains("what waits to leave"))
    );
}
