//! The real program behind a real mosquitto: what it loses, what it takes, and whether it answers.
//!
//! ```text
//! cargo bench --bench live -- saturate [SECONDS]   the broker driven as fast as it goes
//! cargo bench --bench live -- window [SECONDS]     a window on a virtual display: idle, and busy
//! cargo bench --bench live -- soak [SECONDS]       5,000 samples a second into a full history
//! ```
//!
//! Without a word, `saturate` and a short `soak`. Needs mosquitto; `window` needs Xvfb and xdotool.
//! The program is the one that users start: nothing is switched on or off for it.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(
    clippy::disallowed_methods,
    reason = "what is outside the program reads real clocks"
)]
#![expect(
    clippy::unwrap_used,
    reason = "what a benchmark cannot start or read ends it"
)]

#[path = "../peers/broker.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod broker;
#[path = "../peers/driver.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod driver;
#[path = "live/publisher.rs"]
mod publisher;
#[path = "../peers/running.rs"]
#[expect(
    dead_code,
    reason = "another benchmark asks for the CPU time of children"
)]
mod running;
#[path = "live/scene.rs"]
mod scene;
#[path = "live/window.rs"]
mod window;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use broker::Broker;
use driver::Program;
use publisher::Publisher;
use serde_json::Value;

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let seconds = words.iter().find_map(|word| word.parse().ok());
    let is_asked = |name: &str| words.iter().any(|word| word == name);
    let is_any = ["saturate", "window", "soak"]
        .iter()
        .any(|name| is_asked(name));
    if is_asked("saturate") || !is_any {
        saturate(seconds.unwrap_or(20))?;
    }
    if is_asked("window") {
        window::measure(seconds.unwrap_or(20))?;
    }
    if is_asked("soak") || !is_any {
        soak(seconds.unwrap_or(60))?;
    }
    Ok(())
}

/// A thousand signals, driven as fast as the broker takes them; then every last value is compared.
fn saturate(seconds: u64) -> Result<(), Failed> {
    const SIGNALS: usize = 1_000;
    let folder = tempfile::tempdir()?;
    let plant = scene::write(folder.path(), SIGNALS)?;
    let state = folder.path().join("state.json");
    let broker = mosquitto()?;
    let run_for = format!("{}s", seconds + 25);
    let program = Program::start(&[
        &plant.to_string_lossy(),
        "--headless",
        "--mqtt",
        &broker.url(),
        "--for",
        &run_for,
        "--state",
        &state.to_string_lossy(),
    ]);
    std::thread::sleep(Duration::from_secs(3));
    let (broker_before, twin_before) = (cpu_secs(&broker), program.0.cpu_secs());
    let mut publisher = Publisher::connect(broker.port(), SIGNALS)?;
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(seconds) {
        publisher.publish(10_000)?;
    }
    // What the broker still has for us is delivered; then one slow round, which nobody drops.
    publisher.flush()?;
    let took = started.elapsed().as_secs_f64();
    std::thread::sleep(Duration::from_secs(8));
    let (broker_cpu, twin_cpu) = (
        cpu_secs(&broker) - broker_before,
        program.0.cpu_secs() - twin_before,
    );
    let blasted = publisher.sent();
    for _ in 0..SIGNALS / 100 {
        publisher.publish(100)?;
        publisher.flush()?;
        std::thread::sleep(Duration::from_millis(50));
    }
    let dropped_by_broker = dropped(&broker)?;
    program.wait();
    let state = read(&state)?;
    let source = &state["sources"][0];
    let number = |name: &str| source[name].as_u64().unwrap_or_default();
    let received = number("messages");
    let rejected: u64 = source["rejects"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|reject| reject["count"].as_u64())
        .sum();
    let right = last_values(&state)
        .zip(publisher.last())
        .filter(|(shown, sent)| shown == sent)
        .count();
    println!(
        "saturated mosquitto: {blasted} messages in {took:.1} s, {:.0} a second",
        blasted as f64 / took
    );
    println!(
        "  sent {}, received {received}, dropped by the broker {dropped_by_broker}",
        publisher.sent()
    );
    println!("  lost by us {}, rejected {rejected}", number("dropped"));
    println!("  last values right: {right} of {SIGNALS}");
    println!(
        "  CPU: mosquitto {broker_cpu:.1} s, the twin {twin_cpu:.1} s: {:.2} of the broker's",
        twin_cpu / broker_cpu
    );
    let unexplained = publisher.sent() as i64 - received as i64 - dropped_by_broker as i64;
    println!("  neither received nor counted as dropped: {unexplained}");
    Ok(())
}

/// Memory over time with the history at its budget.
fn soak(seconds: u64) -> Result<(), Failed> {
    const SIGNALS: usize = 5_000;
    const BUDGET_MIB: u64 = 24;
    let folder = tempfile::tempdir()?;
    let plant = scene::write(folder.path(), SIGNALS)?;
    let broker = mosquitto()?;
    let program = Program::start(&[
        &plant.to_string_lossy(),
        "--headless",
        "--mqtt",
        &broker.url(),
        "--history",
        &format!("{BUDGET_MIB}"),
    ]);
    std::thread::sleep(Duration::from_secs(3));
    let mut publisher = Publisher::connect(broker.port(), SIGNALS)?;
    println!("5,000 samples a second for {seconds} s, history of {BUDGET_MIB} MiB:");
    let started = Instant::now();
    let cpu_before = program.0.cpu_secs();
    let mut sizes = Vec::new();
    for tick in 0..seconds * 10 {
        publisher.publish(500)?;
        publisher.flush()?;
        if tick % (seconds * 10 / 20).max(1) == 0 {
            sizes.push(program.0.resident_mib());
        }
        let next = Duration::from_millis(100) * (tick as u32 + 1);
        std::thread::sleep(next.saturating_sub(started.elapsed()));
    }
    let cpu = program.0.cpu_secs() - cpu_before;
    let shown: Vec<String> = sizes.iter().map(|size| format!("{size:.1}")).collect();
    println!("  resident MiB: {}", shown.join(" "));
    let half = sizes.len() / 2;
    let mean = |sizes: &[f64]| sizes.iter().sum::<f64>() / sizes.len().max(1) as f64;
    let (middle, end) = sizes.split_at(half + half / 2);
    println!(
        "  last quarter against the one before: {:+.1} %",
        100.0 * (mean(end) / mean(middle.get(half..).unwrap_or_default()) - 1.0)
    );
    println!(
        "  CPU {:.1} % of a core",
        100.0 * cpu / started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// A broker that says every second how it is.
fn mosquitto() -> Result<Broker, Failed> {
    if !broker::is_installed() {
        return Err("this benchmark needs mosquitto and its clients".into());
    }
    Ok(Broker::with(
        "allow_anonymous true\nsys_interval 1\n",
        |_| {},
    ))
}

fn cpu_secs(broker: &Broker) -> f64 {
    broker.process().map_or(0.0, running::Running::cpu_secs)
}

/// Messages that the broker says it has dropped because a client was too slow for it.
fn dropped(broker: &Broker) -> Result<u64, Failed> {
    let said = Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &broker.port().to_string()])
        .args(["-t", "$SYS/broker/publish/messages/dropped"])
        .args(["-C", "1", "-W", "5"])
        .output()?;
    // A figure that the broker does not give is not one of 0.
    Ok(String::from_utf8_lossy(&said.stdout).trim().parse()?)
}

fn read(file: &Path) -> Result<Value, Failed> {
    Ok(serde_json::from_slice(&std::fs::read(file)?)?)
}

/// The values that the state shows, in the order of signals.
fn last_values(state: &Value) -> impl Iterator<Item = u64> {
    state["equipment"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|equipment| {
            equipment["signals"]["temp"]["value"]
                .as_f64()
                .unwrap_or(-1.0) as u64
        })
}
