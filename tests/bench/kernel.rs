//! How many logical events the kernel handles per CPU-second.
//!
//! `cargo bench --no-default-features --bench kernel [-- PARTS]`
//!
//! - `line`: ten machines in series, the first never starved, the last never blocked, five places
//!   between neighbours, blocking after service, exponential operations with mean 1,
//!   operation-dependent exponential failures (MTTF 100) and repairs (MTTR 10). Logical events are
//!   operations, failures and repairs. The throughput is known: 0.5546 ± 0.0005.
//! - `mm1`: λ = 0.9, μ = 1; two logical events a customer, W = 10.
//! - `monte carlo`: one replication is 500 parts (after 50 for the warm-up) through the line.
//!
//! The peers are run beside it when they are there: SimPy by its programs in the folder that
//! `TWINSCAPE_SHARED` names.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its figures"
)]

use twinscape::simulation::{
    Buffer, Distribution, DistributionError, ElementId, Failure, FailureBasis, Happening, Network,
    Observer, SimTime, Simulation, Source, Station, Statistics,
};

const RUNS: usize = 5;

/// CPU time of this process in seconds, as Linux counts it: in ticks of 10 ms.
fn cpu_secs() -> Result<f64, Box<dyn std::error::Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")
        .map_err(|error| format!("CPU time can be read on Linux only: {error}"))?;
    // The name of the program, in brackets, may hold spaces. utime and stime are 14 and 15.
    let (_, after_name) = stat
        .rsplit_once(')')
        .ok_or("no program name in /proc/self/stat")?;
    let ticks: Vec<f64> = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse().ok())
        .collect();
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// Ten machines and their sink.
fn line() -> Result<(Network, Vec<ElementId>, ElementId), DistributionError> {
    let mut network = Network::default();
    let mut last = network.source("source", Source::saturated());
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
                self.0 += 1
            }
            _ => {}
        }
    }
}

fn bench_line(parts: u64) -> Result<(), Box<dyn std::error::Error>> {
    let (network, machines, sink) = line()?;
    let mut best = 0.0_f64;
    let mut throughputs = Vec::new();
    for run in 0..RUNS {
        let mut simulation = Simulation::new(&network, 1, run as u64)?;
        simulation.run_until(SimTime::from_secs(2_000), &mut ());
        let mut logical = Logical::default();
        let (from, made) = (simulation.now(), simulation.produced(sink));
        let cpu = cpu_secs()?;
        let mut until = from;
        while simulation.produced(sink) - made < parts {
            until += SimTime::from_secs(10_000);
            simulation.run_until(until, &mut logical);
        }
        let cpu = cpu_secs()? - cpu;
        let span = (simulation.now() - from).as_secs_f64();
        throughputs.push((simulation.produced(sink) - made) as f64 / span);
        best = best.max(logical.0 as f64 / cpu);
    }
    let throughput = throughputs.iter().sum::<f64>() / throughputs.len() as f64;
    println!(
        "line         {:8.2} M logical events / CPU-s   throughput {throughput:.5} (0.5546 ± 0.0005)",
        best / 1e6
    );
    let mut simulation = Simulation::new(&network, 1, 0)?;
    let mut statistics = Statistics::new(&simulation);
    let cpu = cpu_secs()?;
    simulation.run_until(SimTime::from_secs(parts as i64), &mut statistics);
    let cpu = cpu_secs()? - cpu;
    let result = statistics.result(&simulation);
    let operations: u64 = machines
        .iter()
        .map(|m| result.elements[m.index()].produced)
        .sum();
    let failures: u64 = result.elements.iter().map(|element| element.failures).sum();
    let rate = (operations + 2 * failures) as f64 / cpu / 1e6;
    println!("line + stats {rate:8.2} M logical events / CPU-s");
    Ok(())
}

fn bench_queue(customers: u64) -> Result<(), Box<dyn std::error::Error>> {
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
    let mut best = 0.0_f64;
    for run in 0..RUNS {
        let mut simulation = Simulation::new(&network, 1, run as u64)?;
        let cpu = cpu_secs()?;
        simulation.run_until(span, &mut ());
        let cpu = cpu_secs()? - cpu;
        let logical = simulation.parts_created() + simulation.produced(sink);
        best = best.max(logical as f64 / cpu);
    }
    let mut simulation = Simulation::new(&network, 1, 0)?;
    let mut statistics = Statistics::new(&simulation);
    simulation.run_until(span, &mut statistics);
    let mean = statistics.result(&simulation).mean_lead_time_secs;
    println!(
        "mm1          {:8.2} M logical events / CPU-s   W {mean:.3} (10)",
        best / 1e6
    );
    Ok(())
}

fn bench_monte_carlo() -> Result<(), Box<dyn std::error::Error>> {
    let (network, _, sink) = line()?;
    let first = Simulation::new(&network, 1, 0)?;
    let replications = 2_000;
    let cpu = cpu_secs()?;
    let mut total = 0.0;
    for replication in 0..replications {
        let mut simulation = first.replicate(1, replication);
        let mut from = SimTime::ZERO;
        while simulation.produced(sink) < 550 {
            simulation.step(&mut ());
            if simulation.produced(sink) == 50 && from == SimTime::ZERO {
                from = simulation.now();
            }
        }
        total += 500.0 / (simulation.now() - from).as_secs_f64();
    }
    let cpu = cpu_secs()? - cpu;
    println!(
        "monte carlo  {:8.0} replications / CPU-s           mean throughput {:.4}",
        replications as f64 / cpu,
        total / replications as f64
    );
    Ok(())
}

/// Runs a SimPy program on the same model and prints what it says.
fn peer(program: &str, arguments: &[&str]) {
    let Some(shared) = std::env::var_os("TWINSCAPE_SHARED") else {
        eprintln!("SKIPPED: {program}: TWINSCAPE_SHARED does not name the folder of the peers");
        return;
    };
    let path = std::path::Path::new(&shared).join("peers").join(program);
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    match std::process::Command::new(python)
        .arg(&path)
        .args(arguments)
        .output()
    {
        Ok(output) if output.status.success() => {
            print!("{}", String::from_utf8_lossy(&output.stdout));
        }
        _ => eprintln!("SKIPPED: {program}: needs Python with simpy"),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let parts = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok());
    let parts: u64 = parts.unwrap_or(1_000_000);
    bench_line(parts)?;
    bench_queue(10 * parts)?;
    bench_monte_carlo()?;
    peer("line_simpy.py", &["20000"]);
    peer("mm1_simpy.py", &["200000"]);
    Ok(())
}
