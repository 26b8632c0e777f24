//! How fast the kernel is, beside other people's.
//!
//! `cargo bench --no-default-features --bench kernel [-- PARTS] [once] [line] [figures] [mm1] [replications]
//! [memory]`: all of it, or what is named; `once` without rounds and peers, for a profiler.
//!
//! - `line`: ten machines in series, the first never starved, the last never blocked, five places
//!   between neighbours, blocking after service, exponential operations with mean 1,
//!   operation-dependent exponential failures (MTTF 100) and repairs (MTTR 10). Logical events are
//!   operations, failures and repairs. The throughput is known: 0.5546 ± 0.0005.
//! - `line, all figures`: the same with everything that an experiment collects.
//! - `mm1`: λ = 0.9, μ = 1; two logical events a customer, W = 10.
//! - Monte Carlo: one replication is 500 parts (after 50 for the warm-up) through the line, by the
//!   experiment that the program ships with, on one thread and on two.
//! - The demo plant: 200 replications of 8 h on two threads.
//! - Memory: the most that one replication holds beside its results.
//!
//! Rates are per CPU-second of one thread, the best of several rounds in which everybody takes
//! turns. The peers run when they are there: SimPy by its programs in the folder that
//! `TWINSCAPE_SHARED` names, with the Python of `PYTHON` or of `TWINSCAPE_PEERS`; nexosim and odem-rs
//! by the programs `des_nexosim` and `des_odem` in the folder that `TWINSCAPE_RUST_PEERS` names
//! (`cargo build --release` in `$TWINSCAPE_SHARED/peers/rust`).

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its figures"
)]

#[path = "kernel/clock.rs"]
mod clock;
#[path = "kernel/heap.rs"]
mod heap;
#[path = "kernel/models.rs"]
mod models;
#[path = "kernel/monte_carlo.rs"]
mod monte_carlo;
#[path = "kernel/peers.rs"]
mod peers;

use models::Rate;
use peers::Peer;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Rounds in which everybody takes turns.
const ROUNDS: u64 = 5;

/// One round of a model.
type Run<'a> = &'a dyn Fn(u64) -> Outcome<Rate>;

/// Ours, and the peers that are there, on one model; the ratio of the best rounds.
fn side_by_side(rounds: u64, model: &str, peers: &[Peer], ours: &[(&str, Run<'_>)]) -> Outcome<()> {
    let mut rates = vec![Rate::default(); ours.len()];
    let mut others = vec![None::<f64>; peers.len()];
    for round in 0..rounds {
        for (rate, (_, run)) in rates.iter_mut().zip(ours) {
            rate.better(run(round)?);
        }
        for (best, peer) in others.iter_mut().zip(peers) {
            if let Some(rate) = peer.run(model) {
                *best = Some(best.map_or(rate, |best| best.max(rate)));
            }
        }
    }
    for (rate, (name, _)) in rates.iter().zip(ours) {
        println!(
            "{name:20} {:8.2} M logical events / CPU-s   {}",
            rate.per_sec / 1e6,
            rate.proof
        );
    }
    let base = rates.first().map_or(0.0, |rate| rate.per_sec);
    for (best, peer) in others.iter().zip(peers) {
        if let Some(best) = best {
            println!(
                "  {:18} {:8.3} M, ours is {:6.1} ×, goal {:5.1} ×",
                peer.name,
                best / 1e6,
                base / best,
                peer.goal
            );
        }
    }
    Ok(())
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let parts = arguments.iter().find_map(|argument| argument.parse().ok());
    let parts: u64 = parts.unwrap_or(400_000);
    let is_named = |name: &str| arguments.iter().any(|argument| argument == name);
    let names = ["line", "figures", "mm1", "replications", "memory"];
    let is_wanted = |name: &str| is_named(name) || !names.iter().any(|name| is_named(name));
    let (rounds, peers) = if is_named("once") {
        (1, Vec::new())
    } else {
        (ROUNDS, peers::found())
    };
    if is_wanted("line") {
        let line = |round| models::line_rate(parts, round);
        side_by_side(rounds, "line", &peers, &[("line", &line)])?;
    }
    if is_wanted("figures") {
        let line = |round| models::line_with_figures(parts, round);
        side_by_side(rounds, "line", &[], &[("line, all figures", &line)])?;
    }
    if is_wanted("mm1") {
        let queue = |round| models::queue_rate(6 * parts, round);
        side_by_side(rounds, "mm1", &peers, &[("mm1", &queue)])?;
    }
    if is_wanted("replications") {
        monte_carlo::run()?;
    }
    if is_wanted("memory") {
        heap::run()?;
    }
    Ok(())
}
