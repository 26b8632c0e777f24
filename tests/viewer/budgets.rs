//! What a frame may cost, counted in the renderer: for the demo plant, for one of 2,000 machines, and
//! for one of 2,000 with 20,000 workpieces.

use std::path::Path;
use std::sync::Arc;

use twinscape::command::Quality;
use twinscape::model::layout::Pose;
use twinscape::model::signal::SignalRole;
use twinscape::model::{EquipmentId, Health, Plant, Signal, scene};
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
    // Below the plant is the bar of the timeline.
    let size = [960, 590];
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

/// So many machines, `racks` of them racks of 24 parts in a store beside the others; every eighth
/// rack has another kind of part, as long as the demo has kinds.
fn stocked(machines: usize, racks: usize) -> Plant {
    let mut plant = large(machines - racks);
    let demo = gearbox();
    let rack = demo
        .find("machining/line1/rack-1-in")
        .expect("the demo has it");
    let rack = &demo.equipment[rack.index()];
    let content = rack
        .signal_ids()
        .filter_map(|id| demo.signal(id))
        .find(|signal| signal.spec.role == SignalRole::Content)
        .expect("it says how many parts are in it");
    let per_row = 60;
    for number in 0..racks {
        let id = EquipmentId(plant.equipment.len() as u32);
        let first = plant.signals.len() as u32;
        plant.signals.push(Signal {
            equipment: id,
            spec: Arc::clone(&content.spec),
            session: None,
        });
        let [length, width, _] = rack.size;
        let mut one = rack.clone();
        one.path = format!("{}-{number}", rack.path).into();
        one.id = format!("{}-{number}", rack.id).into();
        one.signals = first..first + 1;
        one.pose = Pose {
            position: [
                (number % per_row) as f64 * (length + 0.6),
                0.0,
                -12.0 - (number / per_row) as f64 * (width + 1.8),
            ],
            heading: 0.0,
        };
        plant.equipment.push(one);
    }
    let kinds = plant.workpieces.len();
    let first_rack = machines - racks;
    for (number, kind) in plant.workpieces.iter_mut().enumerate() {
        kind.types.clear();
        let racks = (first_rack..machines).filter(|at| at / 8 % kinds == number);
        kind.places = Some(racks.map(|at| EquipmentId(at as u32)).collect());
    }
    plant.index()
}

#[test]
fn a_plant_of_2000_machines_with_20000_workpieces_keeps_within_the_same_budget() {
    let racks = 840;
    // The parts are there: what is drawn for a view is more with them than without.
    let whole = "[[step]]\nat = \"1s\"\ndo = \"home\"\n";
    let store = "[[step]]\nat = \"1s\"\ndo = { set-camera = { target = [40.0, 1.0, -22.0], \
                 yaw = 0.3, pitch = 0.35, distance = 30.0 } }\n";
    let above = "[[step]]\nat = \"1s\"\ndo = { set-camera = { target = [60.0, 0.0, -30.0], \
                 yaw = 0.0, pitch = 1.2, distance = 90.0 } }\n";
    for view in [
        whole,
        store,
        above,
        "[[step]]\nat = \"1s\"\ndo = \"top-view\"\n",
    ] {
        let Some(figures) = figures(stocked(2_000, racks), view) else {
            return;
        };
        let mut empty = stocked(2_000, racks);
        empty.signals.clear();
        for one in &mut empty.equipment {
            one.signals = 0..0;
        }
        let without = figures_of(empty.index(), view);
        let all = figures.total();
        if view == store {
            let parts = all.triangles.saturating_sub(without.total().triangles);
            assert!(parts > 50_000, "parts are drawn: {parts} triangles");
        }
        let said = format!("{view:?}: {all:?}, without parts {:?}", without.total());
        if let Ok(keep) = std::env::var("TWINSCAPE_KEEP") {
            let name = format!("figures-{}.txt", view.len());
            std::fs::write(Path::new(&keep).join(name), &said).unwrap();
        }
        assert!(all.draws <= 1_500, "{said}");
        assert!(all.triangles <= 8_000_000, "{said}");
    }
}

/// The figures where there is a driver for certain.
fn figures_of(plant: Plant, view: &str) -> Figures {
    figures(plant, view).expect("there was a driver a moment ago")
}
