//! Random small networks: never a panic, no part lost or doubled, everything restorable.

use proptest::prelude::*;

use super::*;
use twinscape::simulation::{
    Belt, Conveyor, Fleet, Happening, Intervention, Mix, Observer, Part, PartType, Process,
    Routing, RunEnd, Shift, StopCause, WhenBlocked,
};

/// Follows every part by what it is told.
#[derive(Default)]
struct Ledger {
    created: u64,
    completed: u64,
    gone: u64,
    content: Vec<i64>,
}

impl Ledger {
    fn add(&mut self, element: ElementId, change: i64) {
        if self.content.len() <= element.index() {
            self.content.resize(element.index() + 1, 0);
        }
        self.content[element.index()] += change;
    }
}

impl Observer for Ledger {
    fn observe(&mut self, at: SimTime, happening: Happening) {
        let old_enough = |part: Part| assert!(part.created <= at);
        match happening {
            Happening::Created { element, .. } => {
                self.created += 1;
                self.add(element, 1);
            }
            Happening::Moved { from, to, part } => {
                old_enough(part);
                self.add(from, -1);
                self.add(to, 1);
            }
            Happening::Completed { element, part } => {
                old_enough(part);
                self.completed += 1;
                self.add(element, -1);
            }
            Happening::Lost { element, .. }
            | Happening::Consumed { element, .. }
            | Happening::Scrapped {
                element,
                is_gone: true,
                ..
            } => {
                self.gone += 1;
                self.add(element, -1);
            }
            _ => {}
        }
    }
}

fn duration() -> impl Strategy<Value = Distribution> {
    prop_oneof![
        (0_u32..5).prop_map(|d| Distribution::constant(f64::from(d))),
        (0.1..5.0_f64).prop_map(Distribution::exponential),
        (0.0..2.0_f64, 0.0..3.0_f64).prop_map(|(a, b)| Distribution::uniform(a, a + b)),
        (0.1..5.0_f64, 0.0..5.0_f64).prop_map(|(m, s)| Distribution::lognormal(m, s)),
        (0.5..3.0_f64, 0.1..2.0_f64).prop_map(|(k, s)| Distribution::weibull(k, s)),
    ]
    .prop_map(|distribution| distribution.expect("good parameters"))
}

fn process() -> impl Strategy<Value = Process> {
    let station = (
        duration(),
        1_u32..4,
        1_u32..4,
        prop_oneof![Just(0.0), Just(0.3)],
    )
        .prop_map(|(processing, servers, batch, scrap)| {
            let mut station = Station::new(processing).with_servers(servers);
            station.batch = batch;
            station.scrap = scrap;
            Process::Station(Box::new(station))
        });
    let belt = (1_u32..20, 1_u32..4, any::<bool>()).prop_map(|(length, spacing, rigid)| {
        Process::Conveyor(Conveyor {
            length_m: f64::from(length) * 0.7,
            speed_mps: 0.9,
            spacing_m: f64::from(spacing) * 0.4,
            belt: if rigid {
                Belt::Rigid
            } else {
                Belt::Accumulating
            },
        })
    });
    let fleet = (1_u32..4, 1_u32..4, duration()).prop_map(|(vehicles, capacity, handling)| {
        Process::Fleet(Fleet {
            vehicles,
            capacity,
            speed_mps: 1.5,
            load: handling.clone(),
            unload: handling,
            distance_m: 4.0,
            distances_m: Vec::new(),
        })
    });
    prop_oneof![
        4 => station,
        2 => (1_u32..5).prop_map(|places| Process::Buffer(Buffer::of(places))),
        2 => belt,
        1 => fleet,
    ]
}

fn source() -> impl Strategy<Value = Source> {
    let blocked = prop_oneof![
        Just(WhenBlocked::Hold),
        Just(WhenBlocked::Queue),
        Just(WhenBlocked::Lose)
    ];
    (proptest::option::of(0.5..4.0_f64), 1_u32..4, blocked).prop_map(
        |(interval, batch, when_blocked)| {
            let mut source = match interval {
                Some(mean) => Source::every(exponential(mean)),
                None => Source::saturated(),
            };
            source.batch = batch;
            source.when_blocked = when_blocked;
            source.mix = Mix::Weighted(vec![(PartType(0), 1.0), (PartType(1), 2.0)]);
            source
        },
    )
}

/// Links from each element to later ones, sometimes to an earlier one, and a rule to choose.
fn network() -> impl Strategy<Value = Network> {
    let middle = proptest::collection::vec(
        (
            process(),
            any::<[u8; 3]>(),
            0_u8..5,
            proptest::option::of(duration()),
            any::<bool>(),
        ),
        1..8,
    );
    (proptest::collection::vec(source(), 1..3), middle).prop_map(|(sources, middle)| {
        let mut network = Network::default();
        network.part_type("a");
        network.part_type("b");
        let shift = network.shift(Shift {
            windows: vec![(secs(5), secs(40))],
            period: Some(secs(50)),
        });
        let count = sources.len();
        for (index, source) in sources.into_iter().enumerate() {
            network.source(format!("source {index}"), source);
        }
        let sink = ElementId((count + middle.len()) as u32);
        for (index, (process, ..)) in middle.iter().enumerate() {
            network.add(format!("element {index}"), process.clone());
        }
        network.sink("sink");
        for index in 0..count {
            network.link(
                ElementId(index as u32),
                ElementId((count + index % middle.len()) as u32),
            );
        }
        for (index, (process, picks, rule, repair, is_shifted)) in middle.into_iter().enumerate() {
            let id = ElementId((count + index) as u32);
            let next = ElementId(id.0 + 1);
            network.link(id, next);
            let mut outs = vec![next];
            if picks[0] % 3 == 0 {
                let to =
                    ElementId(count as u32 + u32::from(picks[1]) % (sink.0 - count as u32 + 1));
                if to != id && !outs.contains(&to) {
                    network.link(id, to);
                    outs.push(to);
                }
            }
            let last = outs[outs.len() - 1];
            network.route(
                id,
                match rule {
                    0 => Routing::RoundRobin,
                    1 => Routing::Probability(vec![(next, 1.0), (last, 1.0)]),
                    2 => Routing::ByType {
                        table: vec![(PartType(1), last)],
                        otherwise: next,
                    },
                    3 => Routing::ShortestQueue,
                    _ => Routing::FirstAvailable,
                },
            );
            if is_shifted
                && picks[2] % 4 == 0
                && let Some(element) = network.element_mut(id)
            {
                element.shift = Some(shift);
            }
            let wears = matches!(process, Process::Station(_) | Process::Conveyor(_));
            if let Some(time_to_repair) = repair {
                let time_to_failure = exponential(7.0);
                let basis = if wears && picks[2] % 2 == 0 {
                    FailureBasis::OperationTime
                } else {
                    FailureBasis::CalendarTime
                };
                network.fails(id, Failure::new(basis, time_to_failure, time_to_repair));
            }
        }
        network
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 192,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_networks_keep_every_part(
        network in network(),
        seed in any::<u64>(),
        stops in proptest::collection::vec((any::<u8>(), 0_i64..60, 0_i64..20, 0.2..4.0_f64), 0..4),
    ) {
        // Loops of buffers only and the like are refused, which is as good.
        let Ok(mut simulation) = Simulation::new(&network, seed, 0) else { return Ok(()) };
        for (pick, at, duration, factor) in stops {
            let element = ElementId(u32::from(pick) % network.elements.len() as u32);
            let cause = if pick % 2 == 0 { StopCause::Fault } else { StopCause::Unmanned };
            let stop = Intervention::Stop { element, cause, duration: Some(secs(duration)) };
            prop_assert!(simulation.plan(secs(at), stop).is_ok());
            let slower = Intervention::SetCycleFactor { element, factor };
            prop_assert!(simulation.plan(secs(at + duration), slower).is_ok());
        }
        // What a source holds at the start was created before anybody could watch.
        let mut ledger = Ledger::default();
        for element in simulation.elements() {
            ledger.add(element, i64::from(simulation.content(element)));
        }
        let before = simulation.parts_created();
        let held = simulation.parts_present() as u64;
        let mut copy = simulation.clone();
        let mut parts = Vec::new();
        for time in [20, 45, 80, 200] {
            let end = simulation.run_until(secs(time), &mut ledger);
            prop_assert_eq!(simulation.parts_created(), before + ledger.created);
            let present = simulation.parts_present() as u64;
            prop_assert_eq!(held + ledger.created, ledger.completed + ledger.gone + present);
            parts.clear();
            for element in simulation.elements() {
                let told = ledger.content.get(element.index()).copied().unwrap_or_default();
                prop_assert_eq!(told, i64::from(simulation.content(element)));
                let listed = parts.len();
                simulation.parts(element, &mut parts);
                prop_assert_eq!((parts.len() - listed) as u32, simulation.content(element));
                if let Some(progress) = simulation.progress(element) {
                    prop_assert!((0.0..=1.0).contains(&progress));
                }
            }
            // Every part is in one place.
            let mut ids: Vec<u64> = parts.iter().map(|view| view.part.id).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), parts.len());
            if end != RunEnd::Reached {
                break;
            }
        }
        // Written and read back in the middle, it comes to the same end.
        copy.run_until(secs(33), &mut ());
        let text = serde_json::to_string(&copy).expect("plain data");
        let mut restored: Simulation = serde_json::from_str(&text).expect("what was written");
        copy.run_until(secs(80), &mut ());
        restored.run_until(secs(80), &mut ());
        let text = |simulation: &Simulation| serde_json::to_string(simulation).expect("plain data");
        prop_assert_eq!(text(&copy), text(&restored));
    }
}
