//! Scenes as a user would type them, and what replications of them give.

use std::path::{Path, PathBuf};

use twinscape::model::{Plant, Timestamp, scene};
use twinscape::simulation::experiment::{Control, Estimate, Experiment, Summary};
use twinscape::simulation::{OperatingState, PlantNetwork, SimTime};

fn assets() -> PathBuf {
    let root = std::env::var_os("TWINSCAPE_ASSETS").map(PathBuf::from);
    root.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("assets"))
}

/// Monday 1 January 2024, midnight.
pub const MONDAY: Timestamp = Timestamp::from_nanos(1_704_067_200_000_000_000);

/// The plant of a scene: `format = 1` and this text.
pub fn plant(text: &str) -> Result<Plant, String> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("scene.toml");
    std::fs::write(&file, format!("format = 1\n{text}")).expect("a file for the test");
    scene::load_with_assets(&file, &assets())
        .map(|loaded| loaded.plant)
        .map_err(|error| error.to_string())
}

/// An experiment with a scene.
pub fn experiment(text: &str) -> Experiment {
    let plant = plant(text).unwrap_or_else(|error| panic!("{error}\nin\n{text}"));
    let network = PlantNetwork::new(&plant, MONDAY).unwrap_or_else(|e| panic!("{e:?}\nin\n{text}"));
    Experiment::new(network.network).unwrap_or_else(|error| panic!("{error}\nin\n{text}"))
}

/// Replications of a scene; times in seconds.
pub fn simulate(text: &str, warm_up: f64, horizon: f64, replications: u64) -> Summary {
    let mut experiment = experiment(text);
    experiment.warm_up = SimTime::from_secs_f64(warm_up);
    experiment.horizon = SimTime::from_secs_f64(horizon);
    experiment.replications = replications;
    experiment.seed = 20_261_126;
    experiment.confidence = 0.999;
    let collected = experiment.run(&Control::default(), |_, _| {});
    collected.expect("it runs").summary()
}

/// `exact` lies in the 99.9 % interval, which is at most `precision` (relative) to either side.
pub fn agrees(what: &str, estimate: &Estimate, exact: f64, precision: f64) {
    assert!(
        estimate.covers(exact),
        "{what}: {estimate:?} does not contain {exact}"
    );
    let half_width = estimate.half_width.unwrap_or(f64::INFINITY);
    assert!(
        half_width <= precision * exact.abs() + 1e-12,
        "{what}: {estimate:?} is not precise enough for {exact}"
    );
}

/// An indicator of the whole plant.
pub fn kpi<'s>(summary: &'s Summary, name: &str) -> &'s Estimate {
    let kpi = summary.kpi(name);
    &kpi.unwrap_or_else(|| panic!("no indicator {name}"))
        .estimate
}

/// Mean share of time that an element is in a state.
pub fn share(summary: &Summary, element: &str, state: OperatingState) -> f64 {
    let found = summary.element(element);
    found
        .unwrap_or_else(|| panic!("no element {element}"))
        .share(state)
}

/// A chain of equipment: `(id, kind, process)`, with a flow along it.
pub fn chain(equipment: &[(&str, &str, &str)]) -> String {
    let mut text = String::from("equipment = [\n");
    for (id, kind, process) in equipment {
        text +=
            &format!("    {{ id = \"{id}\", kind = \"{kind}\", process = {{ {process} }} }},\n");
    }
    let path: Vec<String> = equipment
        .iter()
        .map(|(id, _, _)| format!("\"{id}\""))
        .collect();
    text + &format!("]\n[[flow]]\npath = [{}]\n", path.join(", "))
}
