//! Many short replications: the line, and the demo plant.

use std::path::Path;
use std::time::Duration;

use twinscape::clock::Clock;
use twinscape::model::{Timestamp, scene};
use twinscape::simulation::experiment::{Control, Experiment};
use twinscape::simulation::{Mix, Order, PartType, PlantNetwork, SimTime, Source};

use super::clock::process_secs;
use super::{Outcome, models};

/// Monday 1 January 2024.
const MONDAY: Timestamp = Timestamp::from_nanos(1_704_067_200_000_000_000);

/// 550 parts through the line. The time from the 50th to the last is that of two orders, of which
/// the experiment tells when each is done.
pub fn line_of_parts() -> Outcome<Experiment> {
    let mut source = Source::saturated();
    let order = |number, quantity| Order {
        order: number,
        part_type: PartType(0),
        quantity,
        release: SimTime::ZERO,
        due: Some(SimTime::ZERO),
    };
    source.mix = Mix::Orders(vec![order(1, 50), order(2, 500)]);
    let (network, _, _) = models::line(source)?;
    let mut experiment = Experiment::new(network)?;
    // Nothing happens any more when all parts are through.
    experiment.horizon = SimTime::from_secs(100_000);
    Ok(experiment)
}

/// The demo plant from the beginning of a shift.
pub fn demo_plant() -> Outcome<Experiment> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaded = scene::load_with_assets(&root.join("scenes/gearbox"), &root.join("assets"))?;
    let week = MONDAY..MONDAY + Duration::from_secs(7 * 86_400);
    let shift = loaded.plant.calendar.working(week);
    let begin = shift.first().map_or(MONDAY, |shift| shift.start);
    let described = PlantNetwork::new(&loaded.plant, begin).map_err(|e| format!("{e:?}"))?;
    let mut experiment = Experiment::new(described.network)?;
    experiment.replications = 200;
    Ok(experiment)
}

/// Wall-clock and CPU seconds, and the mean of what `figure` takes from each replication.
fn timed(
    experiment: &Experiment,
    mut figure: impl FnMut(&twinscape::simulation::experiment::Outcome) -> f64,
) -> Outcome<(f64, f64, f64)> {
    let clock = Clock::start();
    let (cpu, began) = (process_secs()?, clock.elapsed());
    let mut sum = 0.0;
    experiment.run(&Control::default(), |outcome, _| sum += figure(outcome))?;
    let wall = clock.elapsed().saturating_sub(began).as_secs_f64();
    Ok((
        wall,
        process_secs()? - cpu,
        sum / experiment.replications as f64,
    ))
}

pub fn run() -> Outcome<()> {
    let mut experiment = line_of_parts()?;
    experiment.replications = 6_000;
    let mut best = [(f64::INFINITY, f64::INFINITY, 0.0); 2];
    for _ in 0..3 {
        for (best, threads) in best.iter_mut().zip([1, 2]) {
            experiment.threads = threads;
            let (wall, cpu, mean) =
                timed(&experiment, |outcome| match outcome.orders.as_slice() {
                    [Some(first), Some(last)] => 500.0 / (*last - *first).as_secs_f64(),
                    _ => f64::NAN,
                })?;
            *best = (best.0.min(wall), best.1.min(cpu), mean);
        }
    }
    let [(one, one_cpu, mean), (two, two_cpu, _)] = best;
    let count = experiment.replications as f64;
    println!(
        "monte carlo          {:8.0} replications / s on one thread, {:.0} on two (goal 3500): {:.2} × \
         (goal 1.8)\n                     {:8.0} replications / CPU-s on one thread, {:.0} on two; mean \
         throughput {mean:.4}",
        count / one,
        count / two,
        one / two,
        count / one_cpu,
        count / two_cpu,
    );
    let mut plant = demo_plant()?;
    plant.threads = 2;
    let mut best = (f64::INFINITY, f64::INFINITY);
    let mut throughput = 0.0;
    for _ in 0..3 {
        let (wall, cpu, mean) = timed(&plant, |outcome| {
            3_600.0 * outcome.result.throughput_per_sec
        })?;
        best = (best.0.min(wall), best.1.min(cpu));
        throughput = mean;
    }
    println!(
        "demo plant           {:8.2} s for 200 replications of 8 h on two threads (goal 1), {:.2} \
         CPU-s; {throughput:.1} gearboxes / h",
        best.0, best.1
    );
    Ok(())
}
