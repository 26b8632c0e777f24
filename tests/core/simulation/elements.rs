//! Elements that scenes describe: disciplines, disassembly, shared resources, maintenance, shifts,
//! blocking before service, limits, orders. Times are constant, so that every figure can be counted.

use super::typed::{chain, experiment, kpi, plant, share, simulate};
use twinscape::simulation::OperatingState::{
    Blocked, Execute, Held, Idle, Maintenance, Setup, Starved,
};
use twinscape::simulation::experiment::{Control, Experiment, Summary};
use twinscape::simulation::{Happening, Observer, SimTime};

/// The order in which parts leave, as (order, seconds).
#[derive(Default)]
struct Leaving(Vec<(u32, f64)>);

impl Observer for Leaving {
    fn observe(&mut self, at: SimTime, happening: Happening) {
        if let Happening::Completed { part, .. } = happening {
            self.0.push((part.order, at.as_secs_f64()));
        }
    }
}

fn leaving(experiment: &Experiment, secs: i64) -> Vec<(u32, f64)> {
    let mut simulation = experiment.simulation(0).unwrap();
    let mut leaving = Leaving::default();
    simulation.run_until(SimTime::from_secs(secs), &mut leaving);
    leaving.0
}

fn orders_of(leaving: &[(u32, f64)]) -> Vec<u32> {
    leaving.iter().map(|(order, _)| *order).collect()
}

/// Four orders of one part each come at once.
fn four_orders(buffer: &str) -> String {
    chain(&[
        (
            "in",
            "source",
            r#"orders = [
                { order = 1, type = "plain", quantity = 1, due = "4h" },
                { order = 2, type = "plain", quantity = 1, due = "3h" },
                { order = 3, type = "rush", quantity = 1 },
                { order = 4, type = "odd", quantity = 1, due = "1h" },
            ]"#,
        ),
        ("rack", "buffer", buffer),
        ("machine", "station", "cycle = \"60s\""),
        ("out", "sink", ""),
    ])
}

#[test]
fn a_buffer_gives_parts_in_the_order_of_its_discipline() {
    for (buffer, order) in [
        ("", [1, 2, 3, 4]),
        ("discipline = \"lifo\"", [4, 3, 2, 1]),
        ("priority = [\"rush\", \"plain\"]", [3, 1, 2, 4]),
        ("discipline = \"due-date\"", [4, 2, 1, 3]),
    ] {
        let experiment = experiment(&four_orders(buffer));
        assert_eq!(orders_of(&leaving(&experiment, 3_600)), order, "{buffer}");
    }
}

#[test]
fn a_part_that_overtakes_goes_its_own_way() {
    // The plain part at the front waits for a machine that is busy; the rush part comes to stand
    // before it and goes to the other one.
    let text = r#"
equipment = [
    { id = "in", kind = "source", process = { interarrival = "10s", orders = [
        { type = "plain", quantity = 2 }, { type = "rush", quantity = 1 } ] } },
    { id = "rack", kind = "buffer", process = { priority = ["rush"] } },
    { id = "slow", kind = "station", process = { cycle = "1000s" } },
    { id = "fast", kind = "station", process = { cycle = "5s" } },
    { id = "out", kind = "sink" },
]
flow = [
    { path = ["in", "rack"] },
    { path = ["rack", "slow", "out"], types = ["plain"] },
    { path = ["rack", "fast", "out"], types = ["rush"] },
]
"#;
    let leaving = leaving(&experiment(text), 5_000);
    assert_eq!(leaving, [(2, 35.0), (1, 1_010.0), (1, 2_010.0)]);
}

#[test]
fn a_disassembly_gives_out_every_piece_on_its_own_way() {
    let text = r#"
equipment = [
    { id = "in", kind = "source", process = { mix = { motor = 1.0 } } },
    { id = "bench", kind = "station", process = { cycle = "30s", splits = { rotor = 1, screw = 4 } } },
    { id = "rotors", kind = "sink" },
    { id = "screws", kind = "sink" },
]
flow = [
    { path = ["in", "bench", "rotors"], types = ["rotor"] },
    { path = ["bench", "screws"], types = ["screw"] },
]
"#;
    // The first step carries motors, so it must not be narrowed to rotors.
    let text = text.replace(
        r#"{ path = ["in", "bench", "rotors"], types = ["rotor"] }"#,
        r#"{ path = ["in", "bench"] }, { path = ["bench", "rotors"], types = ["rotor"] }"#,
    );
    let summary = simulate(&text, 0.0, 3_000.0, 2);
    let per_hour = |element: &str| summary.element(element).unwrap().throughput_per_hour.mean;
    assert_eq!((per_hour("rotors"), per_hour("screws")), (120.0, 480.0));
    assert_eq!(kpi(&summary, "throughput of screw").mean, 480.0);
    assert!(share(&summary, "bench", Execute) > 0.999);
}

/// Two machines, each with parts without end, and what they require.
fn two_machines(machine: &str, more: &str) -> String {
    format!(
        r#"
equipment = [
    {{ id = "in-1", kind = "source" }}, {{ id = "in-2", kind = "source" }},
    {{ id = "m1", kind = "station", process = {{ cycle = "60s", {machine} }} }},
    {{ id = "m2", kind = "station", process = {{ cycle = "60s", {machine} }} }},
    {{ id = "out", kind = "sink" }},
]
flow = [{{ path = ["in-1", "m1", "out"] }}, {{ path = ["in-2", "m2", "out"] }}]
{more}
"#
    )
}

#[test]
fn machines_that_share_an_operator_take_turns() {
    let operator = |count: u32| format!("[[resource]]\nid = \"operator\"\ncount = {count}");
    let both = simulate(
        &two_machines("requires = { operator = 1 }", &operator(2)),
        0.0,
        36_000.0,
        2,
    );
    let one = simulate(
        &two_machines("requires = { operator = 1 }", &operator(1)),
        0.0,
        36_000.0,
        2,
    );
    assert_eq!(kpi(&both, "throughput").mean, 120.0);
    assert_eq!(kpi(&one, "throughput").mean, 60.0);
    for machine in ["m1", "m2"] {
        assert!((share(&one, machine, Execute) - 0.5).abs() < 0.01);
        assert!((share(&one, machine, Starved) - 0.5).abs() < 0.01);
    }
    assert_eq!(
        (one.resources[0].name.as_str(), one.resources[0].count),
        ("operator", 1)
    );
    assert!((one.resources[0].mean_busy.mean - 1.0).abs() < 1e-9);
    assert!((both.resources[0].mean_busy.mean - 2.0).abs() < 1e-9);
}

#[test]
fn a_machine_that_needs_two_operators_waits_for_both() {
    let more = "[[resource]]\nid = \"operator\"\ncount = 3";
    let text = two_machines("requires = { operator = 2 }", more);
    assert_eq!(
        kpi(&simulate(&text, 0.0, 36_000.0, 2), "throughput").mean,
        60.0
    );
}

#[test]
fn one_crew_repairs_one_machine_after_the_other() {
    // Both fail after 100 s of calendar time, and each repair takes 50 s.
    let failure = |crew: &str| {
        format!("failure = {{ after = \"100s\", repair = \"50s\", clock = \"calendar\"{crew} }}")
    };
    let more = "[[resource]]\nid = \"fitter\"";
    let alone = simulate(&two_machines(&failure(""), more), 0.0, 200.0, 1);
    let crew = simulate(
        &two_machines(&failure(", crew = \"fitter\""), more),
        0.0,
        200.0,
        1,
    );
    let down = |summary: &Summary, machine: &str| share(summary, machine, Held);
    assert_eq!((down(&alone, "m1"), down(&alone, "m2")), (0.25, 0.25));
    assert_eq!((down(&crew, "m1"), down(&crew, "m2")), (0.25, 0.5));
    assert_eq!(alone.resources[0].mean_busy.mean, 0.0);
    assert_eq!(crew.resources[0].mean_busy.mean, 0.5);
    // From then on they alternate and need not wait.
    let long = simulate(
        &two_machines(&failure(", crew = \"fitter\""), more),
        0.0,
        36_000.0,
        1,
    );
    assert!((down(&long, "m1") + down(&long, "m2") - 2.0 / 3.0).abs() < 0.003);
}

#[test]
fn maintenance_by_plan_is_neither_failure_nor_work() {
    let text = chain(&[
        ("in", "source", ""),
        (
            "m",
            "station",
            "cycle = \"60s\", maintenance = { every = \"9h\", takes = \"1h\" }",
        ),
        ("out", "sink", ""),
    ]);
    let summary = simulate(&text, 0.0, 360_000.0, 2);
    assert!((share(&summary, "m", Maintenance) - 0.1).abs() < 1e-9);
    assert!((share(&summary, "m", Execute) - 0.9).abs() < 1e-9);
    assert_eq!(summary.element("m").unwrap().failures.mean, 0.0);
}

#[test]
fn a_set_up_takes_what_the_matrix_says() {
    let orders = |order: &[&str]| {
        let each = order
            .iter()
            .map(|t| format!("{{ type = \"{t}\", quantity = 1 }}"));
        each.collect::<Vec<_>>().join(", ")
    };
    let text = chain(&[
        (
            "in",
            "source",
            &format!("orders = [{}]", orders(&["a", "b", "a", "a"])),
        ),
        (
            "m",
            "station",
            r#"cycle = "10s", setup = "100s", setup_matrix = [{ from = "b", to = "a", time = "7s" }]"#,
        ),
        ("out", "sink", ""),
    ]);
    let left = leaving(&experiment(&text), 10_000);
    let times: Vec<f64> = left.iter().map(|(_, at)| *at).collect();
    assert_eq!(times, [10.0, 120.0, 137.0, 147.0]);
    let summary = simulate(&text, 0.0, 1_000.0, 2);
    assert!((share(&summary, "m", Setup) - 0.107).abs() < 1e-9);
}

#[test]
fn a_machine_of_the_early_shift_rests_in_the_late_one() {
    let shifts = r#"
[[shift]]
name = "Early"
start = "06:00"
end = "14:00"
[[shift]]
name = "Late"
start = "14:00"
end = "22:00"
"#;
    let text = two_machines("shifts = [\"Early\"]", shifts).replacen("shifts = [\"Early\"]", "", 1);
    let summary = simulate(&text, 0.0, 7.0 * 86_400.0, 1);
    assert!((share(&summary, "m1", Execute) - 16.0 / 24.0).abs() < 1e-6);
    assert!((share(&summary, "m2", Execute) - 8.0 / 24.0).abs() < 1e-6);
    assert!((share(&summary, "m2", Idle) - 16.0 / 24.0).abs() < 1e-6);
    // Operators go home too: what is under way is finished, nothing new begins.
    let operators = "[[resource]]\nid = \"operator\"\ncount = 2\nshifts = [\"Early\"]\n";
    let text = two_machines(
        "shifts = \"always\", requires = { operator = 1 }",
        &format!("{operators}{shifts}"),
    )
    .replace(
        "kind = \"source\"",
        "kind = \"source\", process = { shifts = \"always\" }",
    );
    let summary = simulate(&text, 0.0, 7.0 * 86_400.0, 1);
    assert!((share(&summary, "m1", Execute) - 8.0 / 24.0).abs() < 0.001);
    assert!((share(&summary, "m1", Starved) - 16.0 / 24.0).abs() < 0.001);
}

#[test]
fn blocking_before_service_waits_for_room_first() {
    // A machine of 10 s before a buffer of one place and a machine of 30 s.
    let line = |blocking: &str| {
        chain(&[
            ("in", "source", ""),
            ("first", "station", &format!("cycle = \"10s\"{blocking}")),
            ("rack", "buffer", "capacity = 1"),
            ("second", "station", "cycle = \"30s\""),
            ("out", "sink", ""),
        ])
    };
    let after = simulate(&line(""), 3_000.0, 30_000.0, 1);
    let before = simulate(
        &line(", blocking = \"before-service\""),
        3_000.0,
        30_000.0,
        1,
    );
    for summary in [&after, &before] {
        assert!((kpi(summary, "throughput").mean - 120.0).abs() < 1e-9);
        assert!((share(summary, "first", Execute) - 1.0 / 3.0).abs() < 1e-9);
        assert!((share(summary, "first", Blocked) - 2.0 / 3.0).abs() < 1e-9);
    }
    let rack = |summary: &Summary| summary.element("rack").unwrap().mean_content.mean;
    // After service a finished part takes the place as soon as it is free, before service 10 s later.
    assert!((rack(&after) - 1.0).abs() < 1e-9 && (rack(&before) - 2.0 / 3.0).abs() < 1e-9);
}

#[test]
fn only_so_many_parts_are_in_process_at_once() {
    let text = chain(&[
        ("in", "source", "in_process = 3"),
        ("rack", "buffer", ""),
        ("m", "station", "cycle = \"20s\", scrap = 0.5"),
        ("rack-2", "buffer", ""),
        ("n", "station", "cycle = \"20s\""),
        ("out", "sink", ""),
    ]);
    let mut experiment = experiment(&text);
    experiment.horizon = SimTime::from_secs(10_000);
    let mut most = 0;
    let mut simulation = experiment.simulation(0).unwrap();
    let inside: Vec<_> = simulation
        .elements()
        .filter(|e| !matches!(simulation.name(*e), "in" | "out"))
        .collect();
    while simulation.now() < SimTime::from_secs(10_000) {
        simulation.step(&mut ());
        let count: u32 = inside
            .iter()
            .map(|element| simulation.content(*element))
            .sum();
        most = most.max(count);
        assert!(count <= 3);
    }
    assert_eq!(most, 3);
    let summary = experiment
        .run(&Control::default(), |_, _| {})
        .unwrap()
        .summary();
    assert!(kpi(&summary, "scrapped").mean > 100.0);
}

#[test]
fn what_a_scene_says_of_resources_shifts_and_types_must_be_there() {
    for (machine, more, words) in [
        (
            "requires = { operater = 1 }",
            "[[resource]]\nid = \"operator\"",
            "did you mean",
        ),
        (
            "requires = { operator = 1 }",
            "",
            "[[resource]] id = \"operator\"",
        ),
        (
            "requires = { operator = 2 }",
            "[[resource]]\nid = \"operator\"",
            "2 of \"operator\" are required",
        ),
        (
            "shifts = [\"Erly\"]",
            "[[shift]]\nname = \"Early\"\nstart = \"06:00\"\nend = \"14:00\"",
            "Early",
        ),
        (
            "failure = { after = \"1h\", repair = \"1m\", crew = \"nobody\" }",
            "",
            "nobody",
        ),
        (
            "setup_matrix = [{ from = \"x\", to = \"y\", time = \"1m\" }]",
            "",
            "unknown part type",
        ),
        ("maintenance = { every = \"1h\" }", "", "takes"),
        ("blocking = \"never\"", "", "unknown blocking"),
    ] {
        let error = plant(&two_machines(machine, more)).unwrap_err();
        assert!(error.contains(words), "{words} is not in\n{error}");
        assert!(error.contains("scene.toml:"), "{error}");
    }
}
