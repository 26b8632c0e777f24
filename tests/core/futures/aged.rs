//! How old the parts are with which futures begin, and what lead times come of it.

use std::sync::Arc;
use std::time::Duration;

use super::rig::{self, START, counted, gearbox, hear, instants};
use twinscape::emulator::{Disturbances, Emulation, WARM_UP};
use twinscape::futures::{Forecast, Fork, Futures, Settings, Track, What};
use twinscape::model::{Plant, Timestamp};
use twinscape::simulation::experiment::Control;
use twinscape::simulation::{ElementId, Process, SimTime, Simulation};

const HOUR: u64 = 3_600;

/// Ages of the parts of an element in a simulation, oldest first, s.
fn ages(simulation: &Simulation, element: ElementId, now: SimTime) -> Vec<f64> {
    let mut parts = Vec::new();
    simulation.parts(element, &mut parts);
    let mut ages: Vec<f64> = parts
        .iter()
        .map(|view| (now - view.part.created).as_secs_f64())
        .collect();
    ages.sort_by(|a, b| b.total_cmp(a));
    ages
}

/// The ages with which futures begin against those that the parts of the emulated plant have, element by
/// element: how many are off by more than a second, of how many, and the means of both.
fn compared(plant: &Arc<Plant>, seed: u64, hours: u64, count: usize) -> (usize, usize, [f64; 2]) {
    let length = Duration::from_secs(hours * HOUR);
    let heard = hear(plant, seed, length, Disturbances::None);
    let mut emulation =
        Emulation::with(Arc::clone(plant), seed, START, Disturbances::None).unwrap();
    let (mut wrong, mut of, mut sums) = (0, 0, [0.0, 0.0]);
    for at in instants(heard.from + length / 3, heard.to, count) {
        emulation.advance(at, &mut Vec::new());
        let mut kernel = emulation.kernel().clone();
        let now = WARM_UP + SimTime::from_nanos(at.nanos_since(START));
        kernel.run_until(now, &mut ());
        let fork = Fork::new(plant, &heard.reader, at).unwrap();
        let resumed = Simulation::resume(&fork.network.network, &fork.start, 7, 0).unwrap();
        for element in kernel.elements() {
            let process = &fork.network.network.elements[element.index()].process;
            if matches!(process, Process::Source(_)) {
                // What stands ready there is of no age yet.
                continue;
            }
            let true_ages = ages(&kernel, element, now);
            let own = ages(&resumed, element, SimTime::ZERO);
            for (own, age) in own.iter().zip(&true_ages) {
                of += 1;
                wrong += usize::from((own - age).abs() > 1.0);
                sums[0] += own;
                sums[1] += age;
            }
        }
    }
    (wrong, of, sums.map(|sum| sum / of as f64))
}

#[test]
fn parts_are_as_old_as_they_are_in_the_plant() {
    let (wrong, of, means) = compared(&rig::plant(rig::LINE), 3, 30, 100);
    assert!(of > 600 && wrong == 0, "{wrong} of {of}: {means:?}");
}

#[test]
fn parts_of_the_demo_are_as_old_as_they_are_across_belts_vehicles_and_assemblies() {
    let (wrong, of, [own, real]) = compared(&gearbox(), 5, 6, 25);
    assert!(of > 1_000, "{of}");
    assert!(
        wrong * 50 <= of,
        "{wrong} of {of}: {own} s against {real} s"
    );
    assert!((own / real - 1.0).abs() < 0.01, "{own} s against {real} s");
}

fn foreseen(
    plant: &Arc<Plant>,
    reader: &twinscape::history::HistoryReader,
    at: Timestamp,
) -> (Futures, Forecast) {
    let fork = Fork::new(plant, reader, at).unwrap();
    let settings = Settings {
        horizon: Duration::from_secs(2 * HOUR),
        replications: 40,
        ..Settings::default()
    };
    let futures = Futures::new(plant, &fork, None, reader, &settings).unwrap();
    let forecast = futures.run(&Control::default()).unwrap();
    (futures, forecast)
}

/// Nothing is scrapped, nothing overtakes: the part that leaves as number n came as number n.
const FLOW: &str = r#"
equipment = [
    { id = "in", kind = "gate", process = { interarrival = { exponential = { mean = "66s" } }, when_blocked = "lose" } },
    { id = "rack", kind = "buffer", process = { capacity = 20 } },
    { id = "lathe", kind = "machine", process = { cycle = { lognormal = { mean = "54s", sd = "14s" } }, failure = { after = { exponential = { mean = "70m" } }, repair = { lognormal = { mean = "6m", sd = "4m" } } } } },
    { id = "belt", kind = "conveyor", length = 6.0 },
    { id = "press", kind = "machine", process = { cycle = { triangular = { min = "30s", mode = "50s", max = "70s" } } } },
    { id = "out", kind = "sink" },
]
[[flow]]
path = ["in", "rack", "lathe", "belt", "press", "out"]
"#;

#[test]
fn lead_times_that_are_foretold_are_those_that_come() {
    let plant = rig::plant(FLOW);
    let heard = hear(
        &plant,
        8,
        Duration::from_secs(120 * HOUR),
        Disturbances::None,
    );
    let times = |equipment: &str| -> Vec<Timestamp> {
        let id = plant.find(equipment).unwrap();
        let signal = plant.signal_named(id, "produced").unwrap();
        let mut points = Vec::new();
        heard
            .reader
            .range(signal, heard.from..heard.to, &mut points);
        points.iter().skip(1).map(|point| point.time).collect()
    };
    let (came, left) = (times("in"), times("out"));
    // Those that were there when the recording began.
    let before = counted(&heard, "in", heard.from) - counted(&heard, "out", heard.from);
    let before = before as usize;
    let lead = |number: usize| left[number].secs_since(came[number - before]);
    let begin = heard.from + Duration::from_secs(4 * HOUR);
    let horizon = Duration::from_secs(2 * HOUR);
    let window = Duration::from_secs(HOUR);
    let at = instants(begin, heard.to - horizon, 80);
    let foreseen: Vec<_> = at
        .iter()
        .map(|at| (*at, foreseen(&plant, &heard.reader, *at)))
        .collect();
    // Parts that are on their way at the fork, then such as come later.
    for minutes in [15, 120] {
        let after = Duration::from_secs(60 * minutes);
        let (mut inside, mut off, mut told, mut equal) = (0, 0.0, 0, 0);
        for (at, (futures, forecast)) in &foreseen {
            let (at, then) = (*at, *at + after);
            let from = left.partition_point(|t| *t <= at.max(then - window));
            let leads: Vec<f64> = (from..left.partition_point(|t| *t <= then))
                .map(lead)
                .collect();
            let band = forecast.band(&Track::LeadTime);
            let place = band.times.iter().position(|time| *time == then);
            let Some(limits) = place.map(|place| band.limits[place]) else {
                continue;
            };
            if leads.is_empty() {
                continue;
            }
            told += 1;
            let real = leads.iter().sum::<f64>() / leads.len() as f64;
            inside += usize::from((limits.p10..=limits.p90).contains(&real));
            off += limits.p50 / real - 1.0;
            // What is drawn over the band says the same, as soon as it is known.
            let measured = futures.measured(&Track::LeadTime, &heard.reader, then);
            let measured = measured.last().filter(|(time, _)| *time == then);
            equal +=
                usize::from(measured.is_some_and(|(_, secs)| (secs / real - 1.0).abs() < 0.01));
        }
        assert!(told >= 70, "{minutes} min: {told}");
        assert!(
            equal * 20 >= told * 19,
            "{minutes} min: {equal} of {told} as they were"
        );
        let share = inside as f64 / told as f64;
        assert!(
            (0.65..0.93).contains(&share),
            "{minutes} min: {share} in the 80 % band"
        );
        let off = off / told as f64;
        assert!(off.abs() < 0.06, "{minutes} min: {off}");
    }
}

#[test]
fn no_lead_times_are_foretold_of_parts_that_nobody_saw_come() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(&plant, 3, Duration::from_secs(6 * HOUR), Disturbances::None);
    let says = |at: Timestamp| {
        let fork = Fork::new(&plant, &heard.reader, at).unwrap();
        let facts = fork.inferred.iter().filter(|fact| fact.what == What::Ages);
        facts.map(|fact| fact.taken.clone()).collect::<Vec<_>>()
    };
    let soon = heard.from + Duration::from_secs(120);
    let late = heard.from + Duration::from_secs(3 * HOUR);
    // Only those that came since the recording began have an age.
    let came = counted(&heard, "in", soon) - counted(&heard, "in", heard.from);
    let fork = Fork::new(&plant, &heard.reader, soon).unwrap();
    let aged = fork.start.parts().filter(|part| part.age_secs.is_some());
    assert!(aged.count() <= came as usize);
    assert!(
        says(soon)
            .iter()
            .any(|fact| fact.starts_with("no ages of "))
    );
    assert!(says(late).iter().all(|fact| fact.starts_with("ages of ")));
    let (_, early) = foreseen(&plant, &heard.reader, soon);
    let has_lead_time = |forecast: &Forecast| {
        let mut kpis = forecast.summary().kpis.into_iter();
        (
            forecast.tracks().contains(&Track::LeadTime),
            kpis.any(|kpi| kpi.name == "lead time"),
        )
    };
    assert_eq!(has_lead_time(&early), (false, false));
    assert!(early.band(&Track::LeadTime).times.is_empty());
    assert_eq!(
        has_lead_time(&foreseen(&plant, &heard.reader, late).1),
        (true, true)
    );
}
