//! What a frame may cost, counted in the renderer: for the demo plant and for one of 2,000 machines.

use std::path::Path;
use std::sync::Arc;

use twinscape::command::Quality;
use twinscape::model::layout::Pose;
use twinscape::model::{Health, Plant, scene};
use twinscape::viewer::diagnostics::Figures;

use crate::pictures::draw;

fn gearbox() -> Plant {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/gearbox");
    scene::load(&path).expect("the demo loads").plant
}

/// The figures of a picture of a plant after these steps.
fn figures(plant: Plant, steps: &str) -> Option<Figures> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.png");
    let script = format!("{steps}\n[[step]]\nat = \"3s\"\ndo = {{ screenshot = {file:?} }}\n");
    let size = [960, 540];
    let report = draw(
        &Arc::new(plant),
        Health::Good,
        &script,
        None,
        size,
        Quality::High,
    )?;
    Some(report.figures)
}

/// Views: from home, of one line, of one machine, straight down.
const VIEWS: [&str; 4] = [
    "",
    "[[step]]\nat = \"1s\"\ndo = { focus = \"machining/line1\" }\n",
    "[[step]]\nat = \"1s\"\ndo = { focus = \"machining/line2/lathe-2\" }\n",
    "[[step]]\nat = \"1s\"\ndo = \"top-view\"\n",
];

#[test]
fn the_demo_plant_costs_at_most_500_draws_and_1_5_million_triangles_a_frame() {
    for view in VIEWS {
        let Some(figures) = figures(gearbox(), view) else {
            return;
        };
        let all = figures.total();
        assert!(
            figures.picture.triangles > 10_000 && figures.shadows.triangles > 10_000,
            "it is drawn, shadows too: {figures:?}"
        );
        assert!(all.draws <= 500, "{view:?}: {figures:?}");
        assert!(all.triangles <= 1_500_000, "{view:?}: {figures:?}");
    }
}

/// The demo's machines, again and again, side by side.
fn large(machines: usize) -> Plant {
    let mut plant = gearbox();
    let one = plant.equipment.clone();
    plant.model = None;
    let mut copies = Vec::new();
    let side = 4;
    let mut copy = 0;
    while copies.len() < machines {
        let by = [f64::from(copy % side) * 70.0, f64::from(copy / side) * 48.0];
        for equipment in &one {
            if copies.len() == machines {
                break;
            }
            let mut other = equipment.clone();
            other.path = format!("{}-{copy}", equipment.path).into();
            other.id = format!("{}-{copy}", equipment.id).into();
            other.signals = 0..0;
            let [x, y, z] = equipment.pose.position;
            other.pose = Pose {
                position: [x + by[0], y, z + by[1]],
                heading: equipment.pose.heading,
            };
            copies.push(other);
        }
        copy += 1;
    }
    plant.equipment = copies;
    plant.signals.clear();
    plant.bindings.clear();
    plant.flows.clear();
    plant.index()
}

#[test]
fn a_plant_of_2000_machines_costs_at_most_1500_draws_and_8_million_triangles() {
    for view in [
        "",
        "[[step]]\nat = \"1s\"\ndo = { focus = \"machining/line2/lathe-2-5\" }\n",
    ] {
        let Some(figures) = figures(large(2_000), view) else {
            return;
        };
        let all = figures.total();
        assert!(all.draws <= 1_500, "{view:?}: {figures:?}");
        assert!(all.triangles <= 8_000_000, "{view:?}: {figures:?}");
    }
}
