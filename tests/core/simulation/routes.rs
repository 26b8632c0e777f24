//! Ways of parts: routes of their types, rules among flows, shifts of what carries them.

use std::collections::BTreeMap;

use super::typed::{chain, experiment, plant, share, simulate};
use super::*;
use twinscape::simulation::OperatingState::Idle;
use twinscape::simulation::{Doing, ElementStart, Holding, ServerStart, StartPart, StartState};

/// Durations of the operations of one station and the times of leaving, by part.
#[derive(Default)]
struct Diary {
    station: ElementId,
    durations: BTreeMap<u64, Vec<i64>>,
    left: Vec<(u32, f64)>,
}

impl Observer for Diary {
    fn observe(&mut self, at: SimTime, happening: Happening) {
        match happening {
            Happening::Started {
                element,
                part,
                duration,
                ..
            } if element == self.station => {
                let durations = self.durations.entry(part.id).or_default();
                durations.push(duration.as_nanos() / 1_000_000_000);
            }
            Happening::Completed { part, .. } => {
                self.left.push((part.part_type.0, at.as_secs_f64()));
            }
            _ => {}
        }
    }
}

fn diary(text: &str, station: &str, until: i64) -> Diary {
    let experiment = experiment(text);
    let mut simulation = experiment.simulation(0).unwrap();
    let mut diary = Diary {
        station: experiment.network().find(station).unwrap(),
        ..Diary::default()
    };
    simulation.run_until(secs(until), &mut diary);
    diary
}

/// Wafers come to the stepper twice, masks once; `etch` is said to be how.
fn fab(etch: &str, more: &str) -> String {
    format!(
        r#"
equipment = [
    {{ id = "in", kind = "source", process = {{ interarrival = "1000s", orders = [
        {{ type = "wafer", quantity = 20 }}, {{ type = "mask", quantity = 1 }} ] }} }},
    {{ id = "queue", kind = "buffer" }},
    {{ id = "stepper", kind = "station", process = {{ cycle = "5s" }} }},
    {{ id = "etch", kind = "station", process = {{ {etch} }} }},
    {{ id = "out", kind = "sink" }},
    {more}
"#
    )
}

const WAFERS: &str = r#"
[[route]]
types = ["wafer"]
path = ["in", "queue", { at = "stepper", cycle = "10s" }, "etch", "queue", { at = "stepper", cycle = "20s" }, "out"]
[[flow]]
path = ["in", "queue", "stepper", "out"]
"#;

#[test]
fn a_part_type_comes_to_a_station_again_with_another_time_at_each_visit() {
    let diary = diary(&(fab("cycle = \"30s\"", "]") + WAFERS), "stepper", 30_000);
    let mut expected = vec![vec![10, 20]; 20];
    expected.push(vec![5]);
    assert_eq!(diary.durations.into_values().collect::<Vec<_>>(), expected);
    let lead_times: Vec<f64> = diary.left.iter().map(|(_, at)| at % 1_000.0).collect();
    assert_eq!(lead_times, [vec![60.0; 20], vec![5.0]].concat());
}

#[test]
fn what_is_reworked_goes_on_where_it_left_its_route() {
    let rework = r#"{ id = "rework", kind = "station", process = { cycle = "7s" } } ]
[[flow]]
path = ["etch", "rework"]
rejected = true
[[flow]]
path = ["rework", "queue"]
"#;
    let text = fab("cycle = \"30s\", scrap = 0.5", rework) + WAFERS;
    let diary = diary(&text, "stepper", 60_000);
    let mut again = 0;
    for durations in diary.durations.values().take(20) {
        let (last, first) = durations.split_last().unwrap();
        assert_eq!(*last, 20, "{durations:?}");
        assert!(
            !first.is_empty() && first.iter().all(|d| *d == 10),
            "{durations:?}"
        );
        again += first.len() - 1;
    }
    assert!(again > 5, "half of the wafers are etched again: {again}");
    assert_eq!(diary.left.len(), 21);
}

#[test]
fn a_simulation_begins_with_parts_half_way_along_their_routes() {
    let experiment = experiment(&(fab("cycle = \"30s\"", "]") + WAFERS));
    let network = experiment.network();
    let wafer = |visit| StartPart {
        part_type: "wafer".to_owned(),
        visit,
        ..StartPart::default()
    };
    let server = |part, doing| Holding::Station {
        servers: vec![ServerStart {
            parts: vec![part],
            doing,
            fitted: String::new(),
        }],
        fitted: String::new(),
        gathered: Vec::new(),
    };
    // Where a wafer is, and when it leaves the plant at last.
    for (element, holds, leaves) in [
        (
            "stepper",
            server(wafer(None), Doing::Processing(4.0)),
            6.0 + 30.0 + 20.0,
        ),
        (
            "stepper",
            server(wafer(Some(2)), Doing::Processing(4.0)),
            6.0 + 30.0 + 20.0,
        ),
        (
            "stepper",
            server(wafer(Some(5)), Doing::Processing(4.0)),
            16.0,
        ),
        ("stepper", server(wafer(Some(5)), Doing::Done), 0.0),
        (
            "etch",
            server(wafer(None), Doing::Processing(1.0)),
            29.0 + 20.0,
        ),
        ("etch", server(wafer(None), Doing::Done), 20.0),
        ("queue", Holding::Queue(vec![wafer(Some(4))]), 20.0),
        // What cannot be is the first visit.
        ("queue", Holding::Queue(vec![wafer(Some(3))]), 60.0),
    ] {
        let mut start = StartState::default();
        let said = format!("{element}: {holds:?}");
        let of = ElementStart {
            holds,
            ..ElementStart::default()
        };
        start.elements.insert(element.to_owned(), of);
        let mut simulation = Simulation::resume(network, &start, 1, 0).unwrap();
        let mut diary = Diary::default();
        // What was done at the start leaves while it begins.
        let out = network.find("out").unwrap();
        let at_once = simulation.produced(out);
        simulation.run_until(secs(900), &mut diary);
        let left: Vec<f64> = std::iter::repeat_n(0.0, at_once as usize)
            .chain(diary.left.iter().map(|(_, at)| *at))
            .collect();
        assert_eq!(left, [leaves], "{said}");
    }
}

#[test]
fn vehicles_carry_parts_along_their_route() {
    let agv = r#"{ id = "agv", kind = "source", process = { role = "vehicle", fleet = "agv", speed = 2.0, transfer = "3s" } } ]
"#;
    let routes = WAFERS.replace("types = [\"wafer\"]", "types = [\"wafer\"]\nby = \"agv\"");
    // The steps between queue and stepper have a flow already, by hand; two legs are left to drive.
    let diary = diary(&(fab("cycle = \"30s\"", agv) + &routes), "stepper", 30_000);
    assert_eq!(diary.durations[&0], [10, 20]);
    assert_eq!(diary.left.len(), 21);
    let lead_time = diary.left[3].1 % 1_000.0;
    // Loading and unloading of two trips take 12 s, driving at least a second.
    assert!((73.0..140.0).contains(&lead_time), "{lead_time}");
}

#[test]
fn routes_that_cannot_be_are_refused_at_their_line() {
    for (from, to, words) in [
        ("types = [\"wafer\"]", "types = [\"waver\"]", "wafer"),
        ("types = [\"wafer\"]", "", "types"),
        (
            "types = [\"wafer\"]",
            "types = [\"wafer\", \"wafer\"]",
            "has a route already",
        ),
        ("\"etch\",", "\"etsch\",", "etch"),
        (
            "\"etch\",",
            "{ at = \"queue\", cycle = \"5s\" },",
            "only stations and handlers have a cycle",
        ),
        (
            "\"etch\",",
            "{ at = \"etch\", cycle = \"-5s\" },",
            "not a duration",
        ),
        ("\"etch\",", "\"in\",", "takes no parts"),
        ("cycle = \"20s\"", "time = \"20s\"", "unknown key"),
    ] {
        let routes = WAFERS.replace(from, to);
        // Whatever is to be replaced must be there.
        assert_ne!(routes, WAFERS, "{from}");
        let error = plant(&(fab("cycle = \"30s\"", "]") + &routes)).unwrap_err();
        assert!(error.contains(words), "{words} is not in\n{error}");
        assert!(error.contains("scene.toml:"), "{error}");
    }
}

/// Two machines, each with a queue, and how parts choose between them.
fn fork(rule: &str) -> String {
    format!(
        r#"
equipment = [
    {{ id = "in", kind = "source", process = {{ interarrival = "60s" }} }},
    {{ id = "left", kind = "buffer" }}, {{ id = "right", kind = "buffer" }},
    {{ id = "a", kind = "station", process = {{ cycle = "100s" }} }},
    {{ id = "b", kind = "station", process = {{ cycle = "10s" }} }},
    {{ id = "out", kind = "sink" }},
]
flow = [
    {{ path = ["in", "left"]{rule} }}, {{ path = ["in", "right"]{rule} }},
    {{ path = ["left", "a", "out"] }}, {{ path = ["right", "b", "out"] }},
]
"#
    )
}

#[test]
fn parts_choose_among_flows_by_the_rule_of_the_scene() {
    let per_hour = |rule: &str| {
        let summary = simulate(&fork(rule), 0.0, 36_000.0, 2);
        let of = |name: &str| summary.element(name).unwrap().throughput_per_hour.mean;
        (of("left").round(), of("right").round())
    };
    // In turn: half of sixty each, whatever the queues; a is done with 36 an hour.
    assert_eq!(per_hour(", rule = \"in-turn\""), (30.0, 30.0));
    // The first has room always.
    assert_eq!(per_hour(", rule = \"first-free\""), (36.0, 0.0));
    // The first queue until it holds more than the second: all that its machine can do.
    assert_eq!(per_hour(""), (36.0, 24.0));
    assert_eq!(per_hour(", rule = \"emptiest\""), (36.0, 24.0));
    let mixed = fork(", rule = \"in-turn\"").replacen(", rule = \"in-turn\"", ", share = 1.0", 1);
    let error = plant(&mixed).unwrap_err();
    assert!(error.contains("different rules"), "{error}");
}

#[test]
fn belts_and_vehicles_stand_still_outside_of_their_shifts() {
    let shift = "[[shift]]\nname = \"Night\"\nstart = \"00:00\"\nend = \"06:00\"\n";
    let line = |belt: &str| {
        chain(&[
            (
                "in",
                "source",
                "interarrival = \"60s\", shifts = \"always\"",
            ),
            (
                "belt",
                "source",
                &format!("role = \"conveyor\", speed = 0.1, spacing = 0.5 {belt}"),
            ),
            ("out", "sink", ""),
        ]) + shift
    };
    let idle = |text: &str, name: &str| share(&simulate(text, 0.0, 86_400.0, 1), name, Idle);
    assert_eq!(idle(&line(""), "belt"), 0.0);
    assert!((idle(&line(", shifts = [\"Night\"]"), "belt") - 0.75).abs() < 1e-9);
    let fleet = |shifts: &str| {
        format!(
            r#"
equipment = [
    {{ id = "in", kind = "source", process = {{ interarrival = "10s", shifts = "always" }} }},
    {{ id = "agv", kind = "source", process = {{ role = "vehicle", fleet = "agv", speed = 1.0, transfer = "60s" {shifts} }} }},
    {{ id = "out", kind = "sink" }},
]
[[flow]]
path = ["in", "out"]
by = "agv"
{shift}"#
        )
    };
    // Idle until the first part comes.
    assert!((idle(&fleet(""), "fleet agv") - 10.0 / 86_400.0).abs() < 1e-9);
    assert!((idle(&fleet(", shifts = \"plant\""), "fleet agv") - 0.75).abs() < 0.01);
    let error = plant(&fleet(", shifts = [\"Nigt\"]")).unwrap_err();
    assert!(error.contains("Night"), "{error}");
}

#[test]
fn what_is_added_between_two_is_visited_on_the_route_and_what_is_removed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("what-if.toml");
    let mut plant = plant(&(fab("cycle = \"30s\"", "]") + WAFERS)).unwrap();
    plant.id = "fab".into();
    let visits = |edits: &str| {
        std::fs::write(&file, format!("format = 1\nscene = \"fab\"\n{edits}")).unwrap();
        let scenario = twinscape::model::scene::load_scenario(&file, &plant);
        let scenario = scenario.map_err(|error| error.to_string())?;
        let described =
            twinscape::simulation::PlantNetwork::new(&scenario.plant, super::typed::MONDAY);
        let network = described.unwrap().network;
        assert_eq!(network.validate(), Ok(()));
        let names = network.part_routes[0].visits.iter();
        let names: Vec<_> = names
            .map(|visit| network.name(visit.at).to_owned())
            .collect();
        Ok::<_, String>(names.join(" "))
    };
    assert_eq!(
        visits(""),
        Ok("in queue stepper etch queue stepper out".to_owned())
    );
    let check = "[[add]]\nid = \"check\"\nbetween = [\"queue\", \"stepper\"]\n\
                 process = { role = \"station\", cycle = \"1s\" }";
    assert_eq!(
        visits(check),
        Ok("in queue check stepper etch queue check stepper out".to_owned())
    );
    assert_eq!(
        visits("[[remove]]\nequipment = \"etch\""),
        Ok("in queue stepper queue stepper out".to_owned())
    );
    let beside = visits("[[add]]\nid = \"stepper-2\"\nbeside = \"stepper\"").unwrap_err();
    assert!(beside.contains("follow a route"), "{beside}");
}
