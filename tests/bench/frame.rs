//! Time of a frame of our own systems, at 1,000, 10,000 and 100,000 pieces of equipment with 1,000
//! changes a frame: cost follows what changed, not what exists.
//!
//! Three times: the same thousand in every frame; a thousand neighbours, others in each frame; and
//! scattered over the whole plant. In the last two a change finds its data outside the processor's
//! cache once the plant no longer fits it: that is what they show beside the first.
//!
//! `cargo bench --bench frame [-- same|neighbours|scattered [EQUIPMENT]]`

#[path = "../viewer/support.rs"]
#[expect(dead_code, reason = "shared with the tests, which use more of it")]
mod support;

use std::time::Duration;

use twinscape::clock::Clock;
use twinscape::model::health::{HealthRule, HealthStatus};
use twinscape::model::{EquipmentId, Health, OperatingState, Value};

const CHANGES: u32 = 1_000;
const FRAMES: u32 = 200;

/// Where the changes of a frame lie.
#[derive(Clone, Copy, Debug)]
enum Where {
    Same,
    Neighbours,
    Scattered,
}

/// Median time of a frame.
fn median(count: u32, place: Where) -> Duration {
    let kind = support::kind(vec![support::signal("temperature", "°C")], Vec::new());
    let mut rig = support::Rig::new(support::plant(&kind, count));
    rig.app.edit_schedule(bevy::app::Update, |schedule| {
        schedule.set_executor(bevy::ecs::schedule::SingleThreadedExecutor::new());
    });
    let clock = Clock::start();
    let mut times = Vec::new();
    for frame in 0..FRAMES {
        let secs = 0.1 * f64::from(frame + 1);
        for change in 0..CHANGES {
            let id = EquipmentId(match place {
                Where::Same => change % count,
                Where::Neighbours => (frame * CHANGES + change) % count,
                Where::Scattered => (frame * 7_919 + change * 97) % count,
            });
            let health = Health::ALL[(frame + change) as usize % Health::ALL.len()];
            let status = HealthStatus {
                health,
                rule: HealthRule::Fault,
                signal: None,
            };
            let (health, state, signal) = (
                rig.plant.health_signal(id),
                rig.plant.state_signal(id),
                rig.plant.signal_named(id, "temperature"),
            );
            match change % 4 {
                0 => rig.send(health, secs, status.to_value()),
                1 => rig.send(
                    state,
                    secs,
                    OperatingState::ALL[(frame + change) as usize % 9].to_value(),
                ),
                _ => {
                    if let Some(signal) = signal {
                        rig.send(signal, secs, Value::Float(f64::from(change + frame)));
                    }
                }
            }
        }
        let started = clock.elapsed();
        rig.at(secs);
        times.push(clock.elapsed() - started);
    }
    times.drain(..20);
    times.sort();
    times[times.len() / 2]
}

/// Median time of a frame in which nothing happens to a plant of 2,000 racks with 20,000 parts.
fn resting_parts() -> Duration {
    const RACKS: u32 = 2_000;
    let mut rig = support::Rig::new(support::plant(&support::rack(), RACKS));
    for rack in 0..RACKS {
        if let Some(fill) = rig.plant.signal_named(EquipmentId(rack), "fill") {
            rig.send(fill, 0.1, Value::Float(10.0));
        }
    }
    let clock = Clock::start();
    let mut times = Vec::new();
    for frame in 0..FRAMES {
        // Within the five seconds for which the counts speak.
        let started = clock.elapsed();
        rig.at(1.5 + 0.01 * f64::from(frame));
        times.push(clock.elapsed() - started);
    }
    times.drain(..20);
    times.sort();
    times[times.len() / 2]
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    // Cargo adds an argument of its own.
    let asked: Vec<_> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let count: Option<u32> = asked.get(1).and_then(|count| count.parse().ok());
    for place in [Where::Same, Where::Neighbours, Where::Scattered] {
        let name = format!("{place:?}");
        if asked
            .first()
            .is_some_and(|asked| !name.eq_ignore_ascii_case(asked))
        {
            continue;
        }
        println!("{name}");
        let time = |count| {
            let millis = median(count, place).as_secs_f64() * 1e3;
            println!("{count:>9} equipment, {CHANGES} changes: {millis:.3} ms a frame");
            millis
        };
        if let Some(count) = count {
            time(count);
            continue;
        }
        let [_, tens, hundreds] = [1_000, 10_000, 100_000].map(time);
        let ratio = hundreds / tens;
        println!("  100,000 : 10,000 = {ratio:.2} (at most 1.5), at most 3 ms");
    }
    if asked.is_empty() {
        let millis = resting_parts().as_secs_f64() * 1e3;
        println!("20,000 parts at rest: {millis:.3} ms a frame");
    }
}
