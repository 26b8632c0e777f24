//! Random small networks: never a panic, no part lost or doubled, everything restorable.

use proptest::prelude::*;

use super::repeatable::Digest;
use super::*;
use twinscape::simulation::{
    Belt, Blocking, Changeover, Conveyor, Discipline, Dispatch, DownKind, Fleet, Happening,
    Intervention, Mix, Need, Observer, Order, Part, PartType, Process, ResourceId, Routing, RunEnd,
    Shift, StopCause, Visit, WhenBlocked,
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

/// Something more that a station may have.
fn special(station: Station) -> impl Strategy<Value = Station> {
    (0_u8..10, duration(), 1_u32..3).prop_map(move |(pick, time, count)| {
        let mut station = station.clone();
        match pick {
            0 => station.processing_by_type = vec![(PartType(1), time)],
            1 | 2 => {
                station.changeover = Some(Changeover {
                    duration: time.clone(),
                    matrix: vec![(PartType(0), PartType(1), time)],
                    initial: Some(PartType(0)),
                });
            }
            3 => station.produces = Some(PartType(1)),
            4 => {
                station.batch = 1;
                station.splits = vec![(PartType(1), count), (PartType(0), 1)];
            }
            5 => station.requires = vec![(ResourceId(0), count)],
            6 => station.requires = vec![(ResourceId(0), 1), (ResourceId(1), 1)],
            7 => {
                (station.servers, station.batch) = (1, 1);
                station.blocking = Blocking::BeforeService;
            }
            // Which inlets it has is not known yet.
            8 => {
                station.batch = 1;
                station.assembly = vec![Need {
                    from: ElementId::default(),
                    count,
                }];
            }
            _ => {}
        }
        station
    })
}

fn process() -> impl Strategy<Value = Process> {
    let station = (
        duration(),
        1_u32..4,
        1_u32..4,
        prop_oneof![Just(0.0), Just(0.3)],
    )
        .prop_flat_map(|(processing, servers, batch, scrap)| {
            let mut station = Station::new(processing).with_servers(servers);
            station.batch = batch;
            station.scrap = scrap;
            special(station)
        })
        .prop_map(|station| Process::Station(Box::new(station)));
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
    let dispatch = prop_oneof![
        Just(Dispatch::Oldest),
        Just(Dispatch::Nearest),
        Just(Dispatch::LongestQueue)
    ];
    let fleet = (1_u32..4, 1_u32..4, duration(), dispatch);
    let fleet = fleet.prop_map(|(vehicles, capacity, handling, dispatch)| {
        Process::Fleet(Fleet {
            vehicles,
            capacity,
            speed_mps: 1.5,
            load: handling.clone(),
            unload: handling,
            distance_m: 4.0,
            distances_m: Vec::new(),
            dispatch,
        })
    });
    let discipline = prop_oneof![
        Just(Discipline::Fifo),
        Just(Discipline::Lifo),
        Just(Discipline::Priority(vec![PartType(1)])),
        Just(Discipline::DueDate),
    ];
    let buffer = (1_u32..5, discipline).prop_map(|(places, discipline)| {
        let mut buffer = Buffer::of(places);
        buffer.discipline = discipline;
        Process::Buffer(buffer)
    });
    prop_oneof![
        4 => station,
        2 => buffer,
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
    let limit = proptest::option::of(1_u32..6);
    let interval = proptest::option::of(0.5..4.0_f64);
    (interval, 1_u32..4, blocked, limit, any::<bool>()).prop_map(
        |(interval, batch, when_blocked, in_process, has_orders)| {
            let mut source = match interval {
                Some(mean) => Source::every(exponential(mean)),
                None => Source::saturated(),
            };
            source.batch = batch;
            source.when_blocked = when_blocked;
            source.in_process = in_process;
            source.mix = Mix::Weighted(vec![(PartType(0), 1.0), (PartType(1), 2.0)]);
            if has_orders {
                let order = |number: u32, release| Order {
                    order: number,
                    part_type: PartType(number % 2),
                    quantity: 4 * number,
                    release: secs(release),
                    due: (number != 2).then(|| secs(100 - release)),
                };
                source.mix = Mix::Orders(vec![order(1, 0), order(2, 10), order(3, 30)]);
            }
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
    let sources = proptest::collection::vec(source(), 1..3);
    (sources, middle, any::<bool>()).prop_map(|(sources, middle, is_routed)| {
        let mut network = Network::default();
        network.part_type("a");
        network.part_type("b");
        let shift = network.shift(Shift {
            windows: vec![(secs(5), secs(40))],
            period: Some(secs(50)),
        });
        let late = network.shift(Shift {
            windows: vec![(secs(10), secs(30)), (secs(60), secs(150))],
            period: None,
        });
        network.resource("operator", 2);
        network.resource("tool", 1);
        network.resources[1].shift = Some(late);
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
                let mut failure = Failure::new(basis, time_to_failure, time_to_repair);
                failure.crew = (picks[0] % 2 == 0).then_some(ResourceId(0));
                if picks[1] % 2 == 0 {
                    failure.kind = DownKind::Maintenance;
                }
                network.fails(id, failure);
            }
            if let Process::Station(station) = &mut network.elements[id.index()].process
                && station.scrap > 0.0
                && outs.len() == 2
                && picks[2] % 2 == 1
            {
                station.reject_to = Some(last);
                network.route(id, Routing::Single);
            }
        }
        assemble(&mut network);
        if is_routed {
            add_route(&mut network);
        }
        network
    })
}

/// Assemblies take from every inlet that they have.
fn assemble(network: &mut Network) {
    let links = network.links.clone();
    for (index, element) in network.elements.iter_mut().enumerate() {
        let Process::Station(station) = &mut element.process else {
            continue;
        };
        if let [Need { count, .. }] = station.assembly[..] {
            let inlets = links.iter().filter(|(_, to)| to.index() == index);
            let needs = inlets.map(|(from, _)| Need { from: *from, count });
            station.assembly = needs.collect();
        }
    }
}

/// A route of the second type from the first source on: every way back once, then onwards.
fn add_route(network: &mut Network) {
    let sink = ElementId(network.elements.len() as u32 - 1);
    let mut used = Vec::new();
    let mut visits = vec![Visit::at(ElementId(0))];
    let mut at = ElementId(0);
    while at != sink {
        let reject = match &network.elements[at.index()].process {
            Process::Station(station) => station.reject_to,
            _ => None,
        };
        let outs = network.links.iter();
        let outs = outs.filter(|(from, to)| *from == at && Some(*to) != reject);
        let next = outs
            .map(|(_, to)| *to)
            .min_by_key(|to| (used.contains(&(at, *to)), *to));
        let Some(next) = next.filter(|next| visits.len() < 40 && *next != at) else {
            break;
        };
        used.push((at, next));
        at = next;
        let processing = matches!(network.elements[at.index()].process, Process::Station(_))
            .then(|| constant(visits.len() as f64 / 7.0));
        visits.push(Visit { at, processing });
    }
    network.part_route(PartType(1), visits);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_networks_keep_every_part(
        network in network(),
        seed in any::<u64>(),
        events in 0_u32..400,
        stops in proptest::collection::vec((any::<u8>(), 0_i64..60, 0_i64..20, 0.2..4.0_f64), 0..4),
    ) {
        // Loops of buffers only and the like are refused.
        let simulation = Simulation::new(&network, seed, 0);
        prop_assume!(simulation.is_ok());
        let mut simulation = simulation.expect("just looked at");
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
        // Written and read back after any event, it comes to the same end.
        copy.run_events(secs(33), events, &mut ());
        let text = serde_json::to_string(&copy).expect("plain data");
        let mut restored: Simulation = serde_json::from_str(&text).expect("what was written");
        let mut digests = [Digest::default(), Digest::default()];
        copy.run_until(secs(80), &mut digests[0]);
        restored.run_until(secs(80), &mut digests[1]);
        prop_assert_eq!(&digests[0], &digests[1]);
        let text = |simulation: &Simulation| serde_json::to_string(simulation).expect("plain data");
        prop_assert_eq!(text(&copy), text(&restored));
    }
}
