//! Slots of kinds and what parts are drawn as.

use twinscape::model::workpiece::Hold;
use twinscape::model::{EquipmentId, Text};

use super::{Scene, help};

fn rack(slots: &str) -> Scene {
    Scene::new("[[equipment]]\nid = \"a\"\nkind = \"rack\"")
        .kind("rack", &format!("size = [2, 1, 2]\n{slots}"))
}

/// A kind on a built-in model.
fn modelled(text: &str) -> Scene {
    Scene::new("[[equipment]]\nid = \"a\"\nkind = \"machine\"").kind("machine", text)
}

/// Where a point of a slot lies in the frame of its node.
fn point(frame: [[f64; 4]; 4], [x, y, z]: [f64; 3]) -> [f64; 3] {
    let [u, v, w, origin] = frame;
    let at = |axis: usize| {
        let whole = u[axis] * x + v[axis] * y + w[axis] * z + origin[axis];
        (whole * 1e6).round() / 1e6 + 0.0
    };
    [at(0), at(1), at(2)]
}

#[test]
fn counted_slots_fill_a_row_then_a_level_then_the_next() {
    let plant = rack("[[slot]]\nat = [0, 1, 0]\ncount = [2, 2, 2]\nstep = [0.5, 0.4, 0.3]").plant();
    let at: Vec<_> = plant.kinds[0].slots.iter().map(|slot| slot.at).collect();
    assert_eq!(
        at,
        [
            [0.0, 1.0, 0.0],
            [0.5, 1.0, 0.0],
            [0.0, 1.0, 0.3],
            [0.5, 1.0, 0.3],
            [0.0, 1.4, 0.0],
            [0.5, 1.4, 0.0],
            [0.0, 1.4, 0.3],
            [0.5, 1.4, 0.3],
        ]
    );
}

#[test]
fn a_part_stands_as_the_slot_says() {
    let slot = |text: &str| {
        let plant = rack(&format!("[[slot]]\nat = [1, 2, 3]\n{text}")).plant();
        plant.kinds[0].slots[0].clone()
    };
    let upright = slot("");
    assert_eq!(upright.hold, Hold::Base);
    assert_eq!(point(upright.frame, [0.1, 0.2, 0.3]), [1.1, 2.2, 3.3]);
    assert_eq!(
        point(slot("turn = 90").frame, [0.1, 0.2, 0.3]),
        [1.3, 2.2, 2.9],
        "a quarter turn counter-clockwise from above takes x to -z"
    );
    assert_eq!(
        point(slot("up = \"x\"").frame, [0.0, 1.0, 0.0]),
        [2.0, 2.0, 3.0]
    );
    assert_eq!(
        point(slot("up = \"-y\"").frame, [0.0, 1.0, 0.0]),
        [1.0, 1.0, 3.0]
    );
    let tilted = slot("up = [0, 1, 1]");
    let top = point(tilted.frame, [0.0, 1.0, 0.0]);
    assert_eq!(top, [1.0, 2.707107, 3.707107]);
    assert_eq!(slot("hold = \"centre\"").hold, Hold::Centre);
}

#[test]
fn a_slot_on_a_node_is_in_the_frame_of_the_node() {
    let plant = modelled(
        "model = \"robot-six-axis.glb\"\n[[slot]]\nat = [1.275, 1.66, 0]\nnode = \"gripper\"",
    )
    .plant();
    // The gripper's pivot is at (1.085, 1.66, 0) and not turned at rest.
    let slot = &plant.kinds[0].slots[0];
    let origin = point(slot.frame, [0.0; 3]);
    assert!(
        (origin[0] - 0.19).abs() < 1e-3 && origin[1].abs() < 1e-3,
        "{origin:?}"
    );
}

#[test]
fn a_kind_without_slots_takes_those_of_its_model() {
    let plant = modelled("model = \"packing-cell.glb\"").plant();
    assert_eq!(plant.kinds[0].slots.len(), 2);
    let plant = modelled("model = \"cnc-mill.glb\"").plant();
    assert_eq!(plant.kinds[0].slots[0].node.as_deref(), Some("table"));
}

#[test]
fn a_slot_on_a_node_that_is_not_there_is_refused_with_the_nearest_name() {
    let scene = modelled(
        "model = \"robot-six-axis.glb\"\n[[slot]]\nat = [0, 0, 0]\nnode = \"griper\" # here",
    );
    let mistake = scene.only_mistake("model \"robot-six-axis.glb\" has no node \"griper\"");
    assert_eq!(help(&mistake), "did you mean \"gripper\"?");
    let scene = rack("[[slot]]\nat = [0, 0, 0]\nnode = \"shelf\" # here");
    scene.only_mistake("and the kind has none");
}

#[test]
fn mistakes_in_a_slot_are_found_at_their_line() {
    let scene = rack("[[slot]]\nat = [0, 0, 0]\nhold = \"bottom\" # here");
    scene.only_mistake("unknown hold \"bottom\"");
    let scene = rack("[[slot]]\nat = [0, 0, 0]\ncuont = [1, 1, 1] # here");
    assert_eq!(
        help(&scene.only_mistake("unknown key \"cuont\" in [[slot]]")),
        "did you mean \"count\"?"
    );
    let scene = rack("[[slot]] # here\nat = [0, 0, 0]\ncount = [4, 1, 1]");
    scene.only_mistake("need the step");
    let scene =
        rack("[[slot]] # here\nat = [0, 0, 0]\ncount = [9999, 9999, 9999]\nstep = [1, 1, 1]");
    scene.only_mistake("more than 10000 slots");
}

#[test]
fn the_first_workpiece_that_fits_a_part_where_it_is_counts() {
    let plant = Scene::new(
        "equipment = [{ id = \"early\", kind = \"buffer\" }, { id = \"late\", kind = \"buffer\" }]
         [[workpiece]]
         name = \"Raw\"
         types = [\"a\", \"b\"]
         model = \"blank.glb\"
         at = [\"ear*\"]
         [[workpiece]]
         types = [\"a\"]
         model = \"shaft.glb\"
         [[workpiece]]
         name = \"Anything\"
         size = [0.3, 0.2, 0.1]",
    )
    .plant();
    let drawn = |equipment: u32, part_type: Option<&str>| {
        let kind = plant
            .workpiece_kind(EquipmentId(equipment), part_type.map(Text::new))
            .unwrap();
        plant.workpieces[kind].name.to_string()
    };
    assert_eq!(drawn(0, Some("a")), "Raw");
    assert_eq!(drawn(1, Some("a")), "a");
    assert_eq!(drawn(1, Some("b")), "Anything");
    assert_eq!(drawn(0, None), "Anything");
    let raw = &plant.workpieces[0];
    assert!(raw.model.is_some() && raw.model_far.is_some());
    assert!(
        (raw.size[2] - 0.25).abs() < 0.01,
        "a blank's height: {:?}",
        raw.size
    );
    assert_eq!(plant.workpieces[2].size, [0.3, 0.2, 0.1]);
}

#[test]
fn mistakes_in_a_workpiece_are_found_at_their_line() {
    let scene = |text: &str| {
        Scene::new(&format!(
            "[[equipment]]\nid = \"a\"\nkind = \"buffer\"\n[[workpiece]]{text}"
        ))
    };
    scene(" # here\nname = \"x\"").only_mistake("the workpiece has neither a size nor a model");
    let mistake =
        scene("\nmodel = \"shaff.glb\" # here").only_mistake("model \"shaff.glb\" does not exist");
    assert_eq!(help(&mistake), "did you mean \"shaft.glb\"?");
    scene("\nmodel = \"shaft.glb\"\nat = [\"b*\"] # here").only_mistake("nothing fits \"b*\"");
    scene("\nmodel = \"shaft.glb\"\nat = [\"bb\"] # here").only_mistake("unknown equipment \"bb\"");
    scene("\nmodel = \"shaft.glb\"\ntypes = [\"a b\"] # here").only_mistake("not a part type");
    let mistake =
        scene("\nmodel = \"shaft.glb\"\ntype = \"a\" # here").only_mistake("unknown key \"type\"");
    assert_eq!(help(&mistake), "did you mean \"types\"?");
}
