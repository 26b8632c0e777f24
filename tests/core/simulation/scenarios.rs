//! Scenarios: what is different, and what is refused.

use super::typed::{MONDAY, kpi, share};
use twinscape::model::{Plant, scene};
use twinscape::simulation::OperatingState::{Held, Starved};
use twinscape::simulation::experiment::{Control, Experiment, Summary};
use twinscape::simulation::{PlantNetwork, SimTime};

const LINE: &str = r#"
equipment = [
    { id = "in", kind = "source", process = { interarrival = "30s", mix = { shaft = 1.0 } } },
    { id = "rack", kind = "buffer", process = { capacity = 10 } },
    { id = "lathe", kind = "station", process = { cycle = "60s" } },
    { id = "rack-2", kind = "buffer", process = { capacity = 10 } },
    { id = "mill", kind = "station", process = { cycle = "50s" } },
    { id = "out", kind = "sink" },
]
[[flow]]
path = ["in", "rack", "lathe", "rack-2", "mill", "out"]
"#;

fn plant() -> Plant {
    let mut plant = super::typed::plant(LINE).unwrap();
    plant.id = "line".into();
    plant
}

fn load(text: &str) -> Result<scene::Scenario, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("what-if.toml");
    std::fs::write(&file, text).unwrap();
    scene::load_scenario(&file, &plant()).map_err(|error| error.to_string())
}

fn simulate(edits: &str) -> Summary {
    let scenario =
        load(&format!("format = 1\nscene = \"line\"\n{edits}")).unwrap_or_else(|e| panic!("{e}"));
    let network = PlantNetwork::new(&scenario.plant, MONDAY).unwrap();
    let places = network.places;
    let mut experiment = Experiment::new(network.network).unwrap();
    experiment.warm_up = SimTime::from_secs(3_600);
    experiment.horizon = SimTime::from_secs(36_000);
    experiment.replications = 2;
    for stop in &scenario.stops {
        experiment.plan_stop(&places, stop).unwrap();
    }
    experiment
        .run(&Control::default(), |_, _| {})
        .unwrap()
        .summary()
}

fn throughput(edits: &str) -> f64 {
    kpi(&simulate(edits), "throughput").mean
}

#[test]
fn parameters_machines_and_demand_can_be_other() {
    assert_eq!(throughput(""), 60.0);
    for (edits, parts_per_hour) in [
        (
            "[[change]]\nequipment = \"lathe\"\nprocess = { cycle = \"40s\" }",
            72.0,
        ),
        (
            "[[change]]\nequipment = \"lathe\"\ncycle_factor = 1.5",
            40.0,
        ),
        (
            "[[change]]\nequipment = \"lathe\"\nprocess = { servers = 2 }",
            72.0,
        ),
        (
            "[[change]]\nequipment = \"in\"\nprocess = { interarrival = \"90s\" }",
            40.0,
        ),
        ("[[add]]\nid = \"lathe-2\"\nbeside = \"lathe\"", 72.0),
        ("[[remove]]\nequipment = \"lathe\"", 72.0),
        ("[[remove]]\nequipment = \"rack\"", 60.0),
        (
            "[[add]]\nid = \"check\"\nbetween = [\"mill\", \"out\"]\nprocess = { role = \"station\", cycle = \"90s\" }",
            40.0,
        ),
        (
            "[[add]]\nid = \"lathe-2\"\nbeside = \"lathe\"\n[[remove]]\nequipment = \"lathe\"",
            60.0,
        ),
    ] {
        assert_eq!(throughput(edits), parts_per_hour, "{edits}");
    }
}

#[test]
fn crews_and_shifts_can_be_other() {
    let operator =
        "[[change]]\nequipment = \"lathe\"\nprocess = { servers = 2, requires = { turner = 1 } }";
    let turners =
        |count: u32| format!("{operator}\n[[resource]]\nid = \"turner\"\ncount = {count}");
    assert_eq!(throughput(&turners(1)), 60.0);
    assert_eq!(throughput(&turners(2)), 72.0);
    let summary = simulate("[[shift]]\nname = \"Short\"\nstart = \"00:00\"\nend = \"06:00\"");
    assert!((kpi(&summary, "throughput").mean - 30.0).abs() < 0.2);
}

#[test]
fn a_machine_can_die_at_a_given_time() {
    let for_an_hour = simulate("[[stop]]\nequipment = \"mill\"\nat = \"2h\"\nlasts = \"1h\"");
    assert!((share(&for_an_hour, "mill", Held) - 0.1).abs() < 1e-9);
    let for_good = simulate("[[stop]]\nequipment = \"lathe\"\nat = \"6h\"");
    assert!((share(&for_good, "lathe", Held) - 0.5).abs() < 1e-9);
    assert!(share(&for_good, "mill", Starved) > 0.5);
}

#[test]
fn what_makes_no_sense_is_refused_at_its_line() {
    for (text, words) in [
        (
            "format = 1\nscene = \"other\"",
            "this scenario is for \"other\", not for \"line\"",
        ),
        ("format = 1", "the scenario has no"),
        ("format = 1\nscene = \"line\"\nchanges = 3", "unknown key"),
        (
            "format = 1\nscene = \"line\"\n[[change]]\nequipment = \"lathe\"",
            "nothing is changed",
        ),
        (
            "format = 1\nscene = \"line\"\n[[stop]]\nequipment = \"lathes\"\nat = \"1h\"",
            "what-if.toml:4",
        ),
        (
            "format = 1\nscene = \"line\"\n[[stop]]\nequipment = \"lathes\"\nat = \"1h\"",
            "lathe",
        ),
        (
            "format = 1\nscene = \"line\"\n[[stop]]\nequipment = \"mill\"\nat = \"-1h\"",
            "not a duration",
        ),
        (
            "format = 1\nscene = \"line\"\n[[add]]\nid = \"x\"",
            "no place in the flow",
        ),
        (
            "format = 1\nscene = \"line\"\n[[add]]\nid = \"mill\"\nbeside = \"mill\"",
            "already",
        ),
        (
            "format = 1\nscene = \"line\"\n[[add]]\nid = \"x\"\nbetween = [\"mill\", \"rack\"]",
            "no flow goes",
        ),
        (
            "format = 1\nscene = \"line\"\n[[change]]\nequipment = \"mill\"\nprocess = { requires = { nobody = 1 } }",
            "unknown resource",
        ),
        (
            "format = 1\nscene = \"line\"\n[[change]]\nequipment = \"mill\"\nprocess = { cycle = \"-5s\" }",
            "not a duration",
        ),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(words), "{words} is not in\n{error}");
    }
}
