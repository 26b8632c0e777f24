//! The simulation kernel.

mod behaviour;
mod conveyors;
mod distribution;
mod elements;
mod exact;
#[expect(
    dead_code,
    reason = "the table of the benchmarks takes all cases at once"
)]
mod exact_cases;
mod experiments;
mod fleets;
mod from_plant;
mod peers;
mod random_network;
mod refused;
mod repeatable;
mod routes;
mod scenarios;
mod typed;

use twinscape::simulation::{
    Buffer, Distribution, ElementId, Failure, FailureBasis, Happening, Network, Observer, SimTime,
    Simulation, Source, Station,
};

/// A whole number of seconds.
fn secs(secs: i64) -> SimTime {
    SimTime::from_secs(secs)
}

fn constant(secs: f64) -> Distribution {
    Distribution::constant(secs).expect("a duration")
}

fn exponential(mean: f64) -> Distribution {
    Distribution::exponential(mean).expect("a mean")
}

fn start(network: &Network) -> Simulation {
    Simulation::new(network, 1, 0).expect("a valid network")
}

/// A saturated line of stations with `places` between neighbours.
struct Line {
    network: Network,
    source: ElementId,
    stations: Vec<ElementId>,
    buffers: Vec<ElementId>,
    sink: ElementId,
}

fn line(processing: &[Distribution], places: u32) -> Line {
    let mut network = Network::default();
    let source = network.source("source", Source::saturated());
    let (mut stations, mut buffers) = (Vec::new(), Vec::new());
    let mut last = source;
    for (index, duration) in processing.iter().enumerate() {
        if index > 0 && places > 0 {
            let buffer = network.buffer(format!("buffer {index}"), Buffer::of(places));
            network.link(last, buffer);
            buffers.push(buffer);
            last = buffer;
        }
        let station = network.station(format!("station {index}"), Station::new(duration.clone()));
        network.link(last, station);
        stations.push(station);
        last = station;
    }
    let sink = network.sink("sink");
    network.link(last, sink);
    Line {
        network,
        source,
        stations,
        buffers,
        sink,
    }
}

/// The ten-machine line of the benchmarks: exponential, five places, operation-dependent failures.
fn failing_line() -> Line {
    let mut line = line(&vec![exponential(1.0); 10], 5);
    for station in &line.stations {
        line.network.fails(
            *station,
            Failure::new(
                FailureBasis::OperationTime,
                exponential(100.0),
                exponential(10.0),
            ),
        );
    }
    line
}

/// Keeps what it is told.
#[derive(Default)]
struct Log(Vec<(SimTime, Happening)>);

impl Observer for Log {
    fn observe(&mut self, at: SimTime, happening: Happening) {
        self.0.push((at, happening));
    }
}
