//! Same address, same bits.

use super::*;
use twinscape::simulation::{Happening, Intervention, Observer, StopCause};

/// A number that depends on everything that happens, in order.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Digest(u64);

impl Digest {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Observer for Digest {
    fn observe(&mut self, at: SimTime, happening: Happening) {
        self.add(&format!("{at:?} {happening:?}"));
    }
}

#[test]
fn the_same_address_gives_the_same_bits() {
    let network = failing_line().network;
    let run = |seed, replication| {
        let mut simulation = Simulation::new(&network, seed, replication).expect("valid");
        let mut digest = Digest::default();
        simulation.run_until(secs(500), &mut digest);
        digest
    };
    assert_eq!(run(1, 0), run(1, 0));
    assert_ne!(run(1, 0), run(1, 1));
    assert_ne!(run(1, 0), run(2, 0));
    let thread = std::thread::scope(|scope| scope.spawn(|| run(1, 0)).join());
    assert_eq!(thread.expect("the thread ends"), run(1, 0));
}

#[test]
fn watching_changes_nothing() {
    let network = failing_line().network;
    let (mut seen, mut unseen) = (start(&network), start(&network));
    seen.run_until(secs(500), &mut Digest::default());
    unseen.run_until(secs(500), &mut ());
    let text = |simulation| serde_json::to_string(simulation).expect("plain data");
    assert_eq!(text(&seen), text(&unseen));
}

#[test]
fn written_and_read_back_at_any_event_it_goes_on_with_the_same_bits() {
    let line = failing_line();
    let mut simulation = start(&line.network);
    let stop = Intervention::Stop {
        element: line.stations[4],
        cause: StopCause::Utility,
        duration: Some(secs(30)),
    };
    simulation.plan(secs(120), stop).expect("a future time");
    for events in [1, 10, 777, 2_000] {
        for _ in 0..events {
            simulation.step(&mut ());
        }
        let text = serde_json::to_string(&simulation).expect("plain data");
        let mut restored: Simulation = serde_json::from_str(&text).expect("what was written");
        let mut copy = simulation.clone();
        let mut digests = [Digest::default(), Digest::default()];
        let until = simulation.now() + secs(300);
        copy.run_until(until, &mut digests[0]);
        restored.run_until(until, &mut digests[1]);
        assert_eq!(digests[0], digests[1], "after {events} events");
        assert_ne!(digests[0], Digest::default());
    }
}

/// Durations of the operations of one station, in order.
struct Durations(ElementId, Vec<SimTime>);

impl Observer for Durations {
    fn observe(&mut self, _: SimTime, happening: Happening) {
        match happening {
            Happening::Started {
                element, duration, ..
            }
            | Happening::Failed {
                element, duration, ..
            } if element == self.0 => {
                self.1.push(duration);
            }
            _ => {}
        }
    }
}

#[test]
fn a_change_at_one_station_leaves_the_draws_of_another_as_they_were() {
    let mut line = failing_line();
    let watched = line.stations[7];
    let draws = |network: &Network| {
        let mut durations = Durations(watched, Vec::new());
        start(network).run_until(secs(1_000), &mut durations);
        durations.1
    };
    let before = draws(&line.network);
    // A slower station, and one more element.
    if let Some(element) = line.network.element_mut(line.stations[2]) {
        element.process =
            twinscape::simulation::Process::Station(Box::new(Station::new(exponential(1.5))));
    }
    let extra = line
        .network
        .source("extra", Source::every(exponential(50.0)));
    line.network.link(extra, line.sink);
    let after = draws(&line.network);
    let common = before.len().min(after.len());
    assert!(common > 300 && before.len() != after.len());
    assert_eq!(before[..common], after[..common]);
}
