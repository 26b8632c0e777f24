//! Which part is where: reported, inferred, and never moved without knowing.

mod stepping;

use std::sync::Arc;

use twinscape::model::workpiece::{EquipmentParts, Part, PartPlace};
use twinscape::model::{Cause, OperatingState, Quality, Snapshot, Text, Value};
use twinscape::state;
use twinscape::tracking::parts_at;
use twinscape::twin::{LiveBoard, Twin, ViewCursor};

use crate::ingest::{Rig, Sent};
use crate::plants::{CONNECTION, at};
use crate::scene::Scene;

/// A line: a rack that says what stands in front, a belt, an arm that only says that it holds
/// something, a lathe that says what is in it, a chain without a speed, and a rack that only counts.
fn line() -> Scene {
    let count =
        "[signals.content]\nrole = \"content\"\ntype = \"integer\"\nreport = \"by-exception\"\n";
    let part_type =
        "[signals.type]\nrole = \"part-type\"\ntype = \"text\"\nreport = \"by-exception\"\n";
    Scene::new(
        "equipment = [
             { id = \"in\", kind = \"source\" },
             { id = \"rack\", kind = \"rack\" },
             { id = \"belt\", kind = \"belt\" },
             { id = \"arm\", kind = \"arm\" },
             { id = \"lathe\", kind = \"lathe\", process = { makes = \"shaft\" } },
             { id = \"chain\", kind = \"chain\" },
             { id = \"store\", kind = \"store\" },
             { id = \"out\", kind = \"sink\" },
         ]
         [[flow]]
         path = [\"in\", \"rack\", \"belt\", \"arm\", \"lathe\", \"chain\", \"store\", \"out\"]
         [[source]]
         id = \"broker\"
         url = \"mqtt://localhost:1883\"
         [[source.topic]]
         topic = \"{equipment}/{signal}\"",
    )
    .kind("rack", &format!("size = [2, 1, 2]\n[[slot]]\nat = [0, 1, 0]\ncount = [3, 2, 1]\nstep = [0.4, 0.5, 0]\n[process]\nrole = \"buffer\"\n{count}{part_type}"))
    .kind("store", &format!("size = [2, 1, 2]\n[[slot]]\nat = [0, 1, 0]\ncount = [9, 1, 1]\nstep = [0.2, 0, 0]\n[process]\nrole = \"buffer\"\n{count}"))
    .kind("belt", &format!("model = \"belt-conveyor.glb\"\nsize = [3, 0.66, 0.88]\ntile = 1.0\n[process]\nrole = \"conveyor\"\nspeed = 0.5\nspacing = 0.5\n{count}[signals.speed]\nquantity = \"speed\"\nunit = \"mm/s\"\nstale_after = \"10s\"\n[[motion]]\nnode = \"belt\"\nsignal = \"speed\"\nrun = {{ axis = \"x\" }}"))
    .kind("chain", &format!("size = [2, 1, 1]\n[process]\nrole = \"conveyor\"\nspeed = 0.1\nspacing = 0.5\n{count}[signals.state]\nrole = \"state\"\ntype = \"text\"\nreport = \"by-exception\""))
    .kind("arm", "size = [1, 1, 2]\n[[slot]]\nat = [0, 2, 0]\n[process]\nrole = \"handler\"\ncycle = \"5s\"\n[signals.holds]\nrole = \"part-present\"\ntype = \"boolean\"\nreport = \"by-exception\"")
    .kind("lathe", &format!("model = \"cnc-lathe.glb\"\n[process]\nrole = \"station\"\ncycle = \"60s\"\n{part_type}[signals.id]\nrole = \"part-id\"\ntype = \"text\"\nreport = \"by-exception\""))
}

struct Floor {
    rig: Rig,
    _scene: Scene,
}

impl Floor {
    fn new() -> Self {
        let scene = line();
        let mut rig = Rig::new(Arc::new(scene.plant()));
        rig.alive(CONNECTION, true, -1000.0);
        Self { rig, _scene: scene }
    }

    fn signal(&self, path: &str) -> u32 {
        let (equipment, name) = path.split_once('/').unwrap();
        let id = self.rig.plant.find(equipment).unwrap();
        self.rig.plant.signal_named(id, name).unwrap().0
    }

    fn tell(&mut self, path: &str, secs: f64, value: impl Into<Sent>) {
        self.rig.send(self.signal(path), secs, value);
    }

    fn counts(&mut self, equipment: &str, counts: &[(f64, i64)]) {
        for &(secs, count) in counts {
            let sent = Sent(Value::Integer(count), Quality::Good);
            self.tell(&format!("{equipment}/content"), secs, sent);
        }
    }

    /// The belt runs at so many mm/s from a second on, reported once a second.
    fn runs(&mut self, seconds: std::ops::Range<u32>, speed: f64) {
        for second in seconds {
            self.tell("belt/speed", f64::from(second), speed);
        }
    }

    fn at(&self, equipment: &str, secs: f64) -> EquipmentParts {
        let parts = parts_at(&self.rig.plant, &self.rig.reader.view(), at(secs));
        let id = self.rig.plant.find(equipment).unwrap();
        parts.get(id).unwrap().clone()
    }

    /// Where the parts of a conveyor are, in whole millimetres.
    fn along(&self, equipment: &str, secs: f64) -> Vec<i64> {
        let parts = self.at(equipment, secs).parts;
        parts.iter().map(millimetres).collect()
    }
}

fn millimetres(part: &Part) -> i64 {
    match part.place {
        PartPlace::Along(middle) => (middle * 1e3).round() as i64,
        PartPlace::Slot(slot) => i64::from(slot),
    }
}

fn types(parts: &EquipmentParts) -> Vec<(Option<&'static str>, bool)> {
    parts
        .parts
        .iter()
        .map(|part| {
            let name = part.part_type.map(|text| text.as_str());
            (name, part.is_type_inferred)
        })
        .collect()
}

#[test]
fn a_count_fills_slots_in_order_and_a_full_rack_still_says_how_many_there_are() {
    let mut floor = Floor::new();
    assert_eq!(floor.at("rack", 0.0).count, None, "nothing was said");
    floor.counts("rack", &[(1.0, 4), (2.0, 11), (3.0, 0)]);
    let four = floor.at("rack", 1.5);
    assert_eq!(four.count, Some(4));
    let slots: Vec<_> = four.parts.iter().map(|part| part.place).collect();
    assert_eq!(slots, [0, 1, 2, 3].map(PartPlace::Slot));
    assert!(four.parts.iter().all(|part| part.is_place_inferred));
    let full = floor.at("rack", 2.5);
    assert_eq!((full.count, full.parts.len()), (Some(11), 6));
    assert_eq!(floor.at("rack", 3.0).parts, []);
}

#[test]
fn what_is_reported_of_a_part_is_not_flagged() {
    let mut floor = Floor::new();
    floor.tell("lathe/id", 1.0, "SN-1");
    floor.tell("lathe/type", 1.0, "shaft-25");
    let parts = floor.at("lathe", 2.0);
    let [part] = parts.parts[..] else {
        panic!("{parts:?}");
    };
    assert_eq!(part.place, PartPlace::Slot(0));
    assert_eq!(part.id, Some(Text::new("SN-1")));
    assert_eq!(part.part_type, Some(Text::new("shaft-25")));
    assert!(!part.is_place_inferred && !part.is_type_inferred);
    floor.tell("lathe/id", 3.0, "");
    assert_eq!(floor.at("lathe", 3.0).count, Some(0));
}

#[test]
fn a_part_rides_on_the_belt_at_the_reported_speed_from_when_it_came() {
    let mut floor = Floor::new();
    floor.runs(0..20, 200.0);
    floor.counts("belt", &[(0.0, 0), (2.5, 1), (6.0, 2)]);
    assert!(floor.along("belt", 2.4).is_empty());
    assert_eq!(
        floor.along("belt", 2.5),
        [250],
        "half a spacing from the beginning"
    );
    assert_eq!(floor.along("belt", 4.5), [650]);
    assert_eq!(floor.along("belt", 7.5), [1250, 550]);
    assert!(
        floor
            .at("belt", 7.5)
            .parts
            .iter()
            .all(|part| part.is_place_inferred)
    );
}

#[test]
fn a_speed_that_changes_between_two_samples_changes_evenly() {
    let mut floor = Floor::new();
    floor.counts("belt", &[(0.0, 0), (1.0, 1)]);
    floor.tell("belt/speed", 1.0, 0.0);
    floor.tell("belt/speed", 3.0, 400.0);
    assert_eq!(floor.along("belt", 2.0), [250 + 100]);
    assert_eq!(floor.along("belt", 3.0), [250 + 400]);
    assert_eq!(
        floor.along("belt", 4.0),
        [250 + 800],
        "the last one holds while it is fresh"
    );
}

#[test]
fn parts_queue_before_the_end_and_move_up_when_the_first_has_left() {
    let mut floor = Floor::new();
    floor.runs(0..60, 250.0);
    floor.counts("belt", &[(0.0, 0), (1.0, 1), (5.0, 2), (9.0, 3)]);
    // Seven fit between the ends of three metres: 417 mm from one to the next.
    assert_eq!(floor.along("belt", 39.0), [2750, 2333, 1917]);
    floor.counts("belt", &[(40.0, 2)]);
    assert_eq!(floor.along("belt", 40.0), [2333, 1917], "nobody jumps");
    assert_eq!(floor.along("belt", 41.0), [2583, 2167]);
    assert_eq!(floor.along("belt", 50.0), [2750, 2333]);
}

#[test]
fn who_comes_on_finds_room_even_if_the_belt_was_not_seen_to_run() {
    let mut floor = Floor::new();
    floor.counts("belt", &[(0.0, 0), (1.0, 1), (2.0, 2), (3.0, 3)]);
    assert_eq!(floor.along("belt", 4.0), [1083, 667, 250]);
    floor.runs(5..7, 100.0);
    assert_eq!(floor.along("belt", 6.0), [1183, 767, 350]);
    // Backwards, and no part is pushed off or into another.
    floor.runs(7..20, -500.0);
    assert_eq!(floor.along("belt", 18.0), [1083, 667, 250]);
}

#[test]
fn a_full_belt_has_them_closer_and_never_beside_it() {
    let mut floor = Floor::new();
    floor.runs(0..60, 250.0);
    floor.counts("belt", &[(0.0, 0), (1.0, 7)]);
    assert_eq!(
        floor.along("belt", 50.0),
        [2750, 2333, 1917, 1500, 1083, 667, 250]
    );
}

#[test]
fn nothing_moves_on_a_belt_that_stands_or_is_not_heard_of() {
    let mut floor = Floor::new();
    floor.counts("belt", &[(0.0, 0), (1.0, 1)]);
    assert_eq!(floor.along("belt", 30.0), [250], "its speed was never told");
    floor.tell("belt/speed", 40.0, 100.0);
    assert_eq!(floor.along("belt", 45.0), [750]);
    assert_eq!(
        floor.along("belt", 50.0),
        [1250],
        "the speed speaks for ten seconds"
    );
    assert_eq!(floor.along("belt", 500.0), [1250]);
    floor.tell("belt/speed", 600.0, Quality::Bad(Cause::Reported));
    floor.tell("belt/speed", 600.0, 0.0);
    assert_eq!(floor.along("belt", 605.0), [1250]);
}

#[test]
fn when_the_count_goes_stale_the_parts_stay_and_say_so() {
    let mut floor = Floor::new();
    floor.counts("belt", &[(0.0, 0), (1.0, 1)]);
    floor.runs(0..9, 100.0);
    floor.rig.alive(CONNECTION, false, 5.0);
    let live = floor.at("belt", 4.0);
    assert!(!live.is_stale);
    let stale = floor.at("belt", 8.0);
    assert!(stale.is_stale);
    assert_eq!((stale.count, stale.parts.len()), (Some(1), 1));
    assert_eq!(
        floor.along("belt", 8.0),
        [250 + 400],
        "until it was last heard of"
    );
    // Whatever the speed says meanwhile: of the parts nothing is known.
    assert_eq!(floor.along("belt", 20.0), [650]);
}

#[test]
fn parts_that_were_there_before_are_spread_evenly() {
    let mut floor = Floor::new();
    floor.counts("belt", &[(5.0, 3)]);
    assert_eq!(floor.along("belt", 6.0), [2500, 1500, 500]);
    floor.runs(7..9, 100.0);
    assert_eq!(floor.along("belt", 8.0), [2600, 1600, 600]);
}

#[test]
fn a_conveyor_without_a_speed_runs_while_it_executes() {
    let mut floor = Floor::new();
    floor.counts("chain", &[(0.0, 0), (1.0, 1)]);
    floor.tell("chain/state", 3.0, "execute");
    floor.tell("chain/state", 8.0, "blocked");
    let chain = floor.rig.plant.find("chain").unwrap();
    assert_eq!(floor.rig.state(chain, 4.0), OperatingState::Execute);
    assert_eq!(floor.along("chain", 2.0), [250]);
    assert_eq!(floor.along("chain", 5.0), [450]);
    assert_eq!(floor.along("chain", 20.0), [750]);
}

#[test]
fn a_count_that_is_not_usable_shows_no_parts() {
    let mut floor = Floor::new();
    floor.counts("rack", &[(1.0, 3)]);
    floor.tell("rack/content", 2.0, Quality::Bad(Cause::Reported));
    assert_eq!(floor.at("rack", 2.0), EquipmentParts::default());
}

#[test]
fn a_type_follows_the_part_down_the_line_and_is_flagged_as_inferred() {
    let mut floor = Floor::new();
    floor.tell("rack/type", 0.0, "thin");
    floor.counts("rack", &[(0.0, 2)]);
    floor.counts("belt", &[(0.0, 0)]);
    floor.tell("arm/holds", 0.0, false);
    assert_eq!(
        types(&floor.at("rack", 0.5)),
        [(Some("thin"), false), (Some("thin"), true)],
        "the front one is told, those behind are taken to be alike"
    );
    // The thin one goes on the belt, then a thick one.
    floor.counts("rack", &[(1.0, 1)]);
    floor.tell("rack/type", 1.0, "thick");
    floor.counts("belt", &[(1.0, 1)]);
    floor.counts("rack", &[(11.0, 0)]);
    floor.tell("rack/type", 11.0, "");
    floor.counts("belt", &[(11.0, 2)]);
    assert_eq!(
        types(&floor.at("belt", 12.0)),
        [(Some("thin"), true), (Some("thick"), true)]
    );
    // The arm takes the first one; the belt says so a little before it does.
    floor.counts("belt", &[(20.0, 1)]);
    floor.tell("arm/holds", 20.2, true);
    assert_eq!(types(&floor.at("arm", 21.0)), [(Some("thin"), true)]);
    assert_eq!(types(&floor.at("belt", 21.0)), [(Some("thick"), true)]);
    // What leaves the lathe is what the lathe makes, all the way into the store.
    floor.counts("chain", &[(0.0, 0), (90.0, 1)]);
    floor.counts("store", &[(0.0, 0), (99.0, 1)]);
    floor.counts("chain", &[(99.0, 0)]);
    assert_eq!(types(&floor.at("chain", 95.0)), [(Some("shaft"), true)]);
    assert_eq!(types(&floor.at("store", 99.0)), [(Some("shaft"), true)]);
}

#[test]
fn what_was_heard_of_first_all_at_once_is_taken_to_be_of_the_type_that_waits_before_it() {
    let mut floor = Floor::new();
    floor.tell("arm/holds", 1.0, true);
    floor.counts("belt", &[(1.0, 3)]);
    floor.counts("rack", &[(1.0, 5)]);
    floor.tell("rack/type", 1.0, "thin");
    assert_eq!(types(&floor.at("arm", 2.0)), [(Some("thin"), true)]);
    assert_eq!(types(&floor.at("belt", 2.0)), [(Some("thin"), true); 3]);
}

#[test]
fn the_state_report_says_of_each_part_what_is_known_and_what_is_inferred() {
    let mut floor = Floor::new();
    floor.tell("lathe/type", 1.0, "shaft-25");
    floor.tell("lathe/id", 1.0, "SN-1");
    floor.counts("belt", &[(1.0, 0), (2.0, 1)]);
    let twin = Twin::new(
        Arc::clone(&floor.rig.plant),
        floor.rig.reader.clone(),
        LiveBoard::default(),
    );
    let mut snapshot = Snapshot::new(&floor.rig.plant);
    twin.advance(&mut snapshot, &mut ViewCursor::default(), at(3.0));
    let report = serde_json::to_value(state::report(&twin, &snapshot, None)).unwrap();
    let of = |name: &str| {
        let all = report["equipment"].as_array().unwrap();
        all.iter().find(|entry| entry["id"] == name).unwrap()["parts"].clone()
    };
    assert_eq!(
        of("lathe"),
        serde_json::json!({ "count": 1, "stale": false, "parts": [{
            "slot": 0, "along_m": null, "place_inferred": false, "type": "shaft-25",
            "type_inferred": false, "drawn_as": null, "id": "SN-1" }] })
    );
    let belt = &of("belt")["parts"][0];
    assert_eq!(
        (&belt["along_m"], &belt["place_inferred"]),
        (&0.25.into(), &true.into())
    );
    assert_eq!(
        of("rack"),
        serde_json::Value::Null,
        "it never said anything"
    );
}

#[test]
fn where_the_scene_leaves_only_one_type_nothing_needs_to_be_heard_of() {
    let scene = line().with(
        "scene.toml",
        "format = 1
         equipment = [
             { id = \"in\", kind = \"source\", process = { mix = { crate = 1.0 } } },
             { id = \"store\", kind = \"store\" },
             { id = \"arm\", kind = \"arm\" },
             { id = \"out\", kind = \"sink\" },
         ]
         [[flow]]
         path = [\"in\", \"store\", \"arm\", \"out\"]
         [[source]]
         id = \"broker\"
         url = \"mqtt://localhost:1883\"
         [[source.topic]]
         topic = \"{equipment}/{signal}\"",
    );
    let mut rig = Rig::new(Arc::new(scene.plant()));
    rig.alive(CONNECTION, true, -1000.0);
    let mut floor = Floor { rig, _scene: scene };
    floor.tell("arm/holds", 1.0, true);
    floor.counts("store", &[(1.0, 3)]);
    assert_eq!(types(&floor.at("arm", 2.0)), [(Some("crate"), true)]);
    assert_eq!(types(&floor.at("store", 2.0)), [(Some("crate"), true); 3]);
}

#[test]
fn nobody_guesses_a_type_that_nothing_tells() {
    let mut floor = Floor::new();
    floor.tell("arm/holds", 1.0, true);
    assert_eq!(types(&floor.at("arm", 2.0)), [(None, false)]);
}
