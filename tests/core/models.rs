//! Every committed model keeps the contract that kinds bind to: `assets/models/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

mod measured;

use measured::{measure, minus};

const MAX_BYTES: u64 = 300_000;
const MAX_TRIANGLES: usize = 15_000;
const MAX_MATERIALS: usize = 6;
const MAX_FAR_TRIANGLES: usize = 600;
const MAX_FAR_MATERIALS: usize = 3;
const MAX_TOTAL_BYTES: u64 = 10_000_000;
/// How far a measured length may be from the manifest's, which is rounded to the millimetre.
const TOLERANCE_M: f32 = 0.0015;

/// What each kind must be able to move, and how: the names, motions and axes that kinds bind to.
const MOVES: &str = "
cnc-lathe: door slide x, spindle rotate x, turret rotate x
cnc-mill: door slide x, spindle rotate y, table slide x
grinder: wheel rotate x, door slide x
gear-hobber: hob rotate z, table rotate y, door slide x
robot-six-axis: j1 rotate y, j2 rotate z, j3 rotate z, j4 rotate x, j5 rotate z, j6 rotate x
gantry-loader: x_axis slide x, z_axis slide y
belt-conveyor: belt wrap x
conveyor-curve: belt wrap_turn y
roller-conveyor: roller_1 rotate z, roller_8 rotate z
transfer-table: roller_1 rotate z, lift slide y
conveyor-end: drum rotate z
washer: fan rotate z, door slide y
deburring-cell: spindle rotate y, z_axis slide y
assembly-station: press slide y
press-station: ram slide y
screwdriving-station: x_axis slide x, tool slide y
test-bench: drum rotate x
marking-station: door slide y
packing-cell: arm rotate y
palletiser: lift slide y
stretch-wrapper: table rotate y, lift slide y
agv: lift slide y
compressor: fan rotate y
chiller: fan rotate y, fan_2 rotate y
coolant-unit: pump rotate y
air-handling-unit: fan rotate z
dust-extractor: fan rotate z
pump: shaft rotate x
fence-gate: door rotate y
bottle-conveyor: chain wrap x
bottle-curve: chain wrap_turn y
bottle-table: chain wrap x
depalletiser: head_x slide x, head_y slide y, belt wrap x
bottle-rinser: carousel rotate y, infeed_star rotate y, outfeed_star rotate y, chain wrap x
bottle-filler: carousel rotate y, infeed_star rotate y, outfeed_star rotate y, chain wrap x
bottle-capper: carousel rotate y, infeed_star rotate y, outfeed_star rotate y, chain wrap x
bottle-labeller: carousel rotate y, label_roll_1 rotate y, label_roll_2 rotate y, chain wrap x
bottle-inspector: chain wrap x, pusher slide z
case-packer: bridge slide z, head slide y
crate-store: lift slide y
process-tank: agitator rotate y
cip-skid: pump rotate x
";

/// Models that need no moving part but must exist.
const STILL: &str = "
agv-charger blank bottle bottle-capped bottle-empty bottle-filled box buffer-rack carbonator case
column crate electrical-cabinet gear gearbox glass-store goods-in goods-out housing
operator-terminal pallet pallet-of-cases quality-gate safety-fence shaft stack-light tank tote
transformer
";

#[derive(Deserialize)]
struct Manifest {
    format: u32,
    model: BTreeMap<String, Entry>,
}

/// The keys of `models.toml` that are facts about the files.
#[derive(Deserialize)]
struct Entry {
    size: [f32; 3],
    min: [f32; 3],
    max: [f32; 3],
    triangles: usize,
    bytes: u64,
    draws: usize,
    materials: BTreeSet<String>,
    far_triangles: usize,
    far_bytes: u64,
    tiles: Option<f32>,
    #[serde(default)]
    slots: Vec<Slot>,
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Slot {
    at: [f32; 3],
    node: Option<String>,
}

#[derive(Deserialize, Clone)]
struct Node {
    name: String,
    parent: String,
    pivot: [f32; 3],
    motion: Option<String>,
    axis: Option<String>,
    range: Option<[f32; 2]>,
    period: Option<f32>,
    per_metre: Option<f32>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/models")
}

fn manifest() -> Manifest {
    let text = std::fs::read_to_string(folder().join("models.toml")).unwrap();
    let manifest: Manifest = toml::from_str(&text).unwrap();
    assert_eq!(manifest.format, 1);
    manifest
}

fn near(a: [f32; 3], b: [f32; 3]) -> bool {
    (0..3).all(|i| (a[i] - b[i]).abs() <= TOLERANCE_M)
}

#[test]
fn the_folder_holds_exactly_the_models_of_the_manifest_with_a_far_level_each() {
    let expected: BTreeSet<String> = manifest()
        .model
        .keys()
        .flat_map(|name| [format!("{name}.glb"), format!("{name}.lod1.glb")])
        .collect();
    let present: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".glb"))
        .collect();
    assert_eq!(present, expected);
    let total: u64 = present
        .iter()
        .map(|name| std::fs::metadata(folder().join(name)).unwrap().len())
        .sum();
    assert!(total <= MAX_TOTAL_BYTES, "{total} bytes in all");
}

#[test]
fn every_model_is_what_its_manifest_says_within_its_budget() {
    for (name, entry) in manifest().model {
        let file = format!("{name}.glb");
        let found = measure(&file, &name);
        assert_eq!(found.triangles, entry.triangles, "{file}");
        assert!(
            found.triangles <= MAX_TRIANGLES,
            "{file}: {} triangles",
            found.triangles
        );
        assert_eq!(found.draws.len(), entry.draws, "{file}");
        assert_eq!(found.materials, entry.materials, "{file}");
        let lamps = found
            .materials
            .iter()
            .filter(|m| m.starts_with("lamp_"))
            .count();
        assert!(
            found.materials.len() - lamps <= MAX_MATERIALS,
            "{file}: {:?}",
            found.materials
        );
        assert!(
            near(found.min, entry.min) && near(found.max, entry.max),
            "{file}: bounds"
        );
        assert!(
            near(minus(found.max, found.min), entry.size),
            "{file}: size"
        );
        let bytes = std::fs::metadata(folder().join(&file)).unwrap().len();
        assert_eq!(bytes, entry.bytes, "{file}");
        assert!(bytes <= MAX_BYTES, "{file}: {bytes} bytes");
    }
}

#[test]
fn every_model_stands_on_the_floor_around_its_origin_in_metres() {
    for (name, entry) in manifest().model {
        assert!(
            entry.min[1].abs() <= 0.005,
            "{name} floats or sinks: {}",
            entry.min[1]
        );
        for i in [0, 2] {
            let off = (entry.min[i] + entry.max[i]) / 2.0;
            // What juts out, a panel on its arm or a robot's reach, does not move the footprint.
            let juts = if name == "robot-six-axis" { 0.4 } else { 0.1 };
            assert!(
                off.abs() <= juts * entry.size[i] + 0.06,
                "{name} is off centre by {off} m"
            );
        }
        let longest = entry.size.iter().copied().fold(0.0, f32::max);
        assert!(
            (0.15..=6.1).contains(&longest),
            "{name} is {longest} m long"
        );
    }
}

#[test]
fn every_node_of_the_manifest_is_in_its_file_at_its_pivot() {
    for (name, entry) in manifest().model {
        let found = measure(&format!("{name}.glb"), &name);
        let named: BTreeSet<_> = entry.nodes.iter().map(|n| n.name.clone()).collect();
        let present: BTreeSet<_> = found
            .nodes
            .keys()
            .filter(|n| **n != name)
            .cloned()
            .collect();
        assert_eq!(present, named, "{name}");
        for node in &entry.nodes {
            let (parent, origin, drawn) = &found.nodes[&node.name];
            assert_eq!(parent, &node.parent, "{name}: {}", node.name);
            assert!(
                near(*origin, node.pivot),
                "{name}: {} is at {origin:?}",
                node.name
            );
            assert!(
                drawn,
                "{name}: {} moves nothing that can be seen",
                node.name
            );
            let wraps = matches!(node.motion.as_deref(), Some("wrap" | "wrap_turn"));
            assert_eq!(
                node.period.is_some_and(|p| p > 0.0),
                wraps,
                "{name}: {}",
                node.name
            );
            assert!(!wraps || node.per_metre.is_some(), "{name}: {}", node.name);
            assert!(
                node.range.is_none_or(|[lo, hi]| lo < hi),
                "{name}: {}",
                node.name
            );
        }
        for slot in &entry.slots {
            assert!(
                slot.node.as_ref().is_none_or(|n| named.contains(n)),
                "{name}: slot's node"
            );
            let inside =
                (0..3).all(|i| (entry.min[i] - 0.2..=entry.max[i] + 0.2).contains(&slot.at[i]));
            assert!(inside, "{name}: a slot at {:?} lies outside", slot.at);
        }
    }
}

#[test]
fn every_kind_of_the_plant_has_a_model_that_moves_as_it_must() {
    let models = manifest().model;
    for name in STILL.split_whitespace() {
        assert!(models.contains_key(name), "{name} is missing");
    }
    for (name, moves) in MOVES.lines().filter_map(|line| line.split_once(": ")) {
        let entry = models
            .get(name)
            .unwrap_or_else(|| panic!("{name} is missing"));
        for wanted in moves.split(", ") {
            let found = entry.nodes.iter().any(|n| match (&n.motion, &n.axis) {
                (Some(motion), Some(axis)) => format!("{} {motion} {axis}", n.name) == wanted,
                _ => false,
            });
            assert!(found, "{name}: nothing moves as \"{wanted}\"");
        }
    }
    let parent = |node: &str| -> String {
        let robot = &models["robot-six-axis"].nodes;
        robot
            .iter()
            .find(|n| n.name == node)
            .unwrap()
            .parent
            .clone()
    };
    let chain = [
        "robot-six-axis",
        "j1",
        "j2",
        "j3",
        "j4",
        "j5",
        "j6",
        "gripper",
    ];
    for pair in chain.windows(2) {
        assert_eq!(parent(pair[1]), pair[0]);
    }
    for lamp in [
        "lamp_red",
        "lamp_yellow",
        "lamp_green",
        "lamp_blue",
        "lamp_white",
    ] {
        let light = &models["stack-light"];
        assert!(light.nodes.iter().any(|n| n.name == lamp), "no {lamp}");
        assert!(
            light.materials.contains(lamp),
            "{lamp} has no material of its own"
        );
    }
}

#[test]
fn tiles_are_exactly_as_long_as_they_repeat() {
    for (name, entry) in manifest().model {
        let Some(length) = entry.tiles else { continue };
        // A fence's feet stand astride the joint; what a conveyor carries must not.
        let feet = if name.starts_with("fence") || name == "safety-fence" {
            0.06
        } else {
            0.0
        };
        assert!(
            (entry.min[0] + length / 2.0 + feet).abs() <= TOLERANCE_M,
            "{name}"
        );
        assert!(
            (entry.max[0] - length / 2.0 - feet).abs() <= TOLERANCE_M,
            "{name}"
        );
    }
}

#[test]
fn every_far_level_is_one_small_mesh_of_the_same_shape() {
    for (name, entry) in manifest().model {
        let file = format!("{name}.lod1.glb");
        let far = measure(&file, &name);
        assert_eq!(far.nodes.len(), 1, "{file}: one node");
        assert_eq!(far.triangles, entry.far_triangles, "{file}");
        assert!(
            (1..=MAX_FAR_TRIANGLES).contains(&far.triangles),
            "{file}: {}",
            far.triangles
        );
        assert!(
            far.materials.len() <= MAX_FAR_MATERIALS,
            "{file}: {:?}",
            far.materials
        );
        let bytes = std::fs::metadata(folder().join(&file)).unwrap().len();
        assert_eq!(bytes, entry.far_bytes, "{file}");
        for i in 0..3 {
            let (far, full) = (far.max[i] - far.min[i], entry.size[i]);
            assert!(
                (0.8 * full..=full + 0.02).contains(&far),
                "{file}: {far} m for {full} m"
            );
        }
    }
}

#[test]
fn every_slot_of_a_built_in_kind_lies_in_its_model_and_on_a_node_that_is_there() {
    let scene = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenes/gearbox");
    let plant = twinscape::model::scene::load(&scene).unwrap().plant;
    let mut slots = 0;
    for kind in &plant.kinds {
        let [length, width, height] = kind.size;
        for slot in &kind.slots {
            slots += 1;
            let [x, y, z] = slot.at;
            assert!(
                x.abs() <= length / 2.0 + 1.0
                    && z.abs() <= width / 2.0 + 1.0
                    && y >= 0.0
                    && y <= height,
                "{}: a slot at {:?}",
                kind.id,
                slot.at
            );
        }
        let says_of_parts = kind.signals.iter().any(|signal| {
            use twinscape::model::signal::SignalRole as Role;
            matches!(
                signal.role,
                Role::Content | Role::PartPresent | Role::PartId | Role::PartType
            )
        });
        assert!(
            !says_of_parts || !kind.slots.is_empty(),
            "{} has no slot for its parts",
            kind.id
        );
    }
    assert!(slots > 40, "{slots}");
}

#[test]
fn every_part_type_of_the_demo_is_drawn_as_something_of_its_own() {
    let scene = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenes/gearbox");
    let plant = twinscape::model::scene::load(&scene).unwrap().plant;
    let mut types = BTreeSet::new();
    for equipment in &plant.equipment {
        use twinscape::model::process::Process;
        match &equipment.process {
            Process::Source { mix, .. } => types.extend(mix.keys().cloned()),
            Process::Station(station) | Process::Handler(station) => {
                types.extend(station.makes.clone())
            }
            _ => {}
        }
    }
    assert!(types.len() >= 9, "{types:?}");
    for part_type in types {
        for id in 0..plant.equipment.len() as u32 {
            let text = twinscape::model::Text::new(&part_type);
            let kind = plant.workpiece_kind(twinscape::model::EquipmentId(id), Some(text));
            let kind = &plant.workpieces[kind.unwrap()];
            assert!(
                kind.model.is_some() && kind.model_far.is_some(),
                "{part_type}"
            );
        }
    }
}
