//! The models of `shared/peers`, and how fast ours runs them.

use twinscape::simulation::experiment::Experiment;
use twinscape::simulation::{
    Buffer, Distribution, ElementId, Failure, FailureBasis, Happening, Network, Observer, SimTime,
    Simulation, Source, Station, Statistics,
};

use super::Outcome;
use super::clock::thread_secs;

/// Logical events per CPU-second, and what shows that it was the right model.
#[derive(Clone, Default)]
pub struct Rate {
    pub per_sec: f64,
    pub proof: String,
}

impl Rate {
    pub fn better(&mut self, other: Self) {
        if other.per_sec > self.per_sec {
            *self = other;
        }
    }
}

/// Ten machines and their sink.
pub fn line(source: Source) -> Outcome<(Network, Vec<ElementId>, ElementId)> {
    let mut network = Network::default();
    let mut last = network.source("source", source);
    let mut machines = Vec::new();
    for index in 0..10 {
        if index > 0 {
            let buffer = network.buffer(format!("buffer {index}"), Buffer::of(5));
            network.link(last, buffer);
            last = buffer;
        }
        let machine = network.station(
            format!("machine {index}"),
            Station::new(Distribution::exponential(1.0)?),
        );
        network.fails(
            machine,
            Failure::new(
                FailureBasis::OperationTime,
                Distribution::exponential(100.0)?,
                Distribution::exponential(10.0)?,
            ),
        );
        network.link(last, machine);
        machines.push(machine);
        last = machine;
    }
    let sink = network.sink("sink");
    network.link(last, sink);
    Ok((network, machines, sink))
}

/// Operations, failures and repairs.
#[derive(Default)]
struct Logical(u64);

impl Observer for Logical {
    #[inline]
    fn observe(&mut self, _: SimTime, happening: Happening) {
        match happening {
            Happening::Finished { .. } | Happening::Failed { .. } | Happening::Repaired { .. } => {
                self.0 += 1;
            }
            _ => {}
        }
    }
}

/// The line, with nobody watching but who counts logical events.
pub fn line_rate(parts: u64, round: u64) -> Outcome<Rate> {
    let (network, _, sink) = line(Source::saturated())?;
    let mut simulation = Simulation::new(&network, 1, round)?;
    simulation.run_until(SimTime::from_secs(2_000), &mut ());
    let mut logical = Logical::default();
    let (from, made) = (simulation.now(), simulation.produced(sink));
    let cpu = thread_secs()?;
    let mut until = from;
    while simulation.produced(sink) - made < parts {
        until += SimTime::from_secs(10_000);
        simulation.run_until(until, &mut logical);
    }
    let cpu = thread_secs()? - cpu;
    let span = (simulation.now() - from).as_secs_f64();
    let throughput = (simulation.produced(sink) - made) as f64 / span;
    Ok(Rate {
        per_sec: logical.0 as f64 / cpu,
        proof: format!("throughput {throughput:.4} (0.5546 ± 0.0005)"),
    })
}

/// The line in an experiment: statistics, active periods, orders.
pub fn line_with_figures(parts: u64, round: u64) -> Outcome<Rate> {
    let (network, machines, _) = line(Source::saturated())?;
    let mut experiment = Experiment::new(network)?;
    experiment.horizon = SimTime::from_secs_f64(parts as f64 / 0.5546);
    experiment.warm_up = SimTime::from_secs(2_000);
    let cpu = thread_secs()?;
    let outcome = experiment.replication(round)?;
    let cpu = thread_secs()? - cpu;
    let element = |id: &ElementId| &outcome.result.elements[id.index()];
    let logical: u64 = machines
        .iter()
        .map(|machine| element(machine).produced + 2 * element(machine).failures)
        .sum();
    let throughput = outcome.result.throughput_per_sec;
    Ok(Rate {
        per_sec: logical as f64 / cpu,
        proof: format!("throughput {throughput:.4}"),
    })
}

/// An M/M/1 queue.
pub fn queue_rate(customers: u64, round: u64) -> Outcome<Rate> {
    let mut network = Network::default();
    let source = network.source(
        "source",
        Source::every(Distribution::exponential(1.0 / 0.9)?),
    );
    let waiting = network.buffer("waiting", Buffer::unlimited());
    let server = network.station("server", Station::new(Distribution::exponential(1.0)?));
    let sink = network.sink("sink");
    network.chain(&[source, waiting, server, sink]);
    let span = SimTime::from_secs_f64(customers as f64 / 0.9);
    let mut simulation = Simulation::new(&network, 1, round)?;
    let cpu = thread_secs()?;
    simulation.run_until(span, &mut ());
    let cpu = thread_secs()? - cpu;
    let logical = simulation.parts_created() + simulation.produced(sink);
    // Once more, to see that it was the right queue.
    let mut simulation = Simulation::new(&network, 1, round)?;
    let mut statistics = Statistics::new(&simulation);
    simulation.run_until(span, &mut statistics);
    let mean = statistics.result(&simulation).mean_lead_time_secs;
    Ok(Rate {
        per_sec: logical as f64 / cpu,
        proof: format!("W {mean:.3} (10)"),
    })
}
