//! What a message costs from the socket to the history, per CPU-second.
//!
//! `cargo bench --no-default-features --bench drain [-- [plain|json|sparkplug] [MESSAGES]]`
//!
//! A child process (its CPU time is not counted) plays a broker on a loopback port and streams
//! prepared packets on a thousand topics as fast as the client reads. Side by side, in one run:
//!
//! - `bare`: a rumqttc loop that only counts publishes,
//! - `mosquitto_sub`, where it is installed,
//! - `channel`: our sources, up to the channel to the ingest,
//! - `history`: the shipped path: sources, channel, ingest thread, history.
//!
//! Goals: `history` of plain 16-byte messages ≥ 0.5 × `bare` and ≥ 8 × `mosquitto_sub`; of Sparkplug
//! with ten metrics ≥ 8 M metrics per CPU-second.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its figures"
)]
#![expect(
    clippy::unwrap_used,
    reason = "what a benchmark cannot start or read ends it"
)]

#[path = "drain/feed.rs"]
mod feed;
#[path = "drain/plant.rs"]
mod plant;
#[path = "../peers/running.rs"]
#[expect(dead_code, reason = "another benchmark runs the program")]
mod running;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use feed::Kind;
use running::{Whose, cpu_secs};
use twinscape::clock::Clock;
use twinscape::history;
use twinscape::ingest;
use twinscape::model::Plant;
use twinscape::source::{Overrides, Sources, batch, start};
use twinscape::twin::LiveBoard;

const ROUNDS: usize = 3;

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, kind, messages] = arguments.as_slice()
        && role == "--feed"
    {
        return feed::serve(Kind::parse(kind).ok_or("no such feed")?, messages.parse()?);
    }
    let asked = arguments.iter().find_map(|argument| argument.parse().ok());
    let only = arguments.iter().find_map(|argument| Kind::parse(argument));
    for (kind, messages) in [
        (Kind::Plain, asked.unwrap_or(2_000_000)),
        (Kind::Json, asked.unwrap_or(1_000_000)),
        (Kind::Sparkplug, asked.unwrap_or(400_000)),
    ] {
        if only.is_none_or(|only| only == kind) {
            compare(kind, messages)?;
        }
    }
    Ok(())
}

/// Measures everything on one kind of message, in turns, and prints the medians.
fn compare(kind: Kind, messages: u64) -> Result<(), Failed> {
    let mut rates: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let measured = [
            bare(kind, messages)?,
            mosquitto_sub(kind, messages)?,
            ours(kind, messages, Until::Channel)?,
            ours(kind, messages, Until::History)?,
        ];
        for (rates, rate) in rates.iter_mut().zip(measured) {
            rates.extend(rate);
        }
    }
    println!(
        "{kind:?}: {messages} messages of {} B payload",
        kind.payload_bytes()
    );
    let names = ["bare", "mosquitto_sub", "channel", "history"];
    let medians = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied()
    });
    for (name, median) in names.iter().zip(medians) {
        match median {
            Some(rate) => println!("  {name:14} {:7.3} M messages per CPU-second", rate * 1e-6),
            None => println!("  {name:14} not installed"),
        }
    }
    let [bare, mosquitto, _, Some(history)] = medians else {
        return Err("nothing measured".into());
    };
    if let Some(bare) = bare {
        println!("  history / bare          {:7.2}", history / bare);
    }
    if let Some(mosquitto) = mosquitto {
        println!("  history / mosquitto_sub {:7.2}", history / mosquitto);
    }
    if kind == Kind::Sparkplug {
        let metrics = history * feed::METRICS as f64;
        println!("  {:.2} M metrics per CPU-second", metrics * 1e-6);
    }
    Ok(())
}

/// The feed in a process of its own, and the port it listens on.
fn feed(kind: Kind, messages: u64) -> Result<(Child, u16), Failed> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--feed", kind.name(), &messages.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let out = child.stdout.take().ok_or("the feed has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    Ok((child, line.trim().parse()?))
}

fn own_cpu() -> f64 {
    cpu_secs("self", Whose::Own)
}

fn end(mut feed: Child) -> Result<(), Failed> {
    feed.kill()?;
    feed.wait()?;
    Ok(())
}

/// A loop around rumqttc that only counts.
fn bare(kind: Kind, messages: u64) -> Result<Option<f64>, Failed> {
    use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
    let (feed, port) = feed(kind, messages)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let before = own_cpu();
    runtime.block_on(async {
        let mut options = MqttOptions::new("bare", ("127.0.0.1", port));
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut events) = AsyncClient::builder(options).capacity(10).build();
        let mut count = 0;
        while count < messages {
            match events.poll().await? {
                Event::Incoming(Packet::ConnAck(_)) => {
                    client.try_subscribe("#", QoS::AtMostOnce)?;
                }
                Event::Incoming(Packet::Publish(_)) => count += 1,
                _ => {}
            }
        }
        Ok::<_, Failed>(())
    })?;
    let secs = own_cpu() - before;
    end(feed)?;
    Ok(Some(messages as f64 / secs))
}

/// mosquitto's own client, writing to nowhere.
fn mosquitto_sub(kind: Kind, messages: u64) -> Result<Option<f64>, Failed> {
    // It is slow: a tenth of the messages is enough.
    let messages = (messages / 10).max(1);
    let (feed, port) = feed(kind, messages)?;
    let before = cpu_secs("self", Whose::Children);
    let status = Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-t", "#"])
        .args(["-C", &messages.to_string()])
        .stdout(Stdio::null())
        .status();
    let secs = cpu_secs("self", Whose::Children) - before;
    end(feed)?;
    Ok(status
        .is_ok_and(|status| status.success())
        .then(|| messages as f64 / secs))
}

#[derive(Clone, Copy, PartialEq)]
enum Until {
    Channel,
    History,
}

/// Our sources, up to the channel or into the history.
fn ours(kind: Kind, messages: u64, until: Until) -> Result<Option<f64>, Failed> {
    let (feed, port) = feed(kind, messages)?;
    let plant = Arc::new(plant::plant(kind, port));
    let clock = Arc::new(Clock::start());
    let (sender, receiver) = batch::channel();
    let (writer, reader) = history::in_memory(&plant);
    let before = own_cpu();
    let samples = if until == Until::History {
        let board = LiveBoard::default();
        let ingest = ingest::start(
            Arc::clone(&plant),
            writer,
            receiver,
            board,
            Arc::clone(&clock),
            Arc::new(|| {}),
        )?;
        let mut sources = begin(&plant, sender, &clock)?;
        let samples = finish(&mut sources, messages)?;
        ingest.join();
        drop(reader);
        samples
    } else {
        let counter = std::thread::Builder::new()
            .name("counter".into())
            .spawn(move || {
                receiver
                    .iter()
                    .map(|batch| batch.samples.len() as u64)
                    .sum::<u64>()
            })?;
        let mut sources = begin(&plant, sender, &clock)?;
        let samples = finish(&mut sources, messages)?;
        let counted = counter.join().map_err(|_| "the counter panicked")?;
        if counted != samples {
            eprintln!("{samples} samples were sent and {counted} arrived");
        }
        samples
    };
    let secs = own_cpu() - before;
    end(feed)?;
    let expected = messages * kind.samples();
    if samples != expected {
        eprintln!("{samples} samples instead of {expected}");
    }
    Ok(Some(messages as f64 / secs))
}

fn begin(
    plant: &Arc<Plant>,
    sender: crossbeam_channel::Sender<batch::Batch>,
    clock: &Arc<Clock>,
) -> Result<Sources, Failed> {
    let overrides = Overrides::default();
    Ok(start(
        Arc::clone(plant),
        sender,
        Arc::clone(clock),
        &overrides,
    )?)
}

/// Waits for the last message and for what still waits to be sent on; samples sent in all. Says what
/// was lost or refused.
fn finish(sources: &mut Sources, messages: u64) -> Result<u64, Failed> {
    loop {
        let now = sources.status().into_iter().next().ok_or("no source")?;
        if now.messages >= messages && now.spilled == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    sources.shutdown();
    let end = sources.status().into_iter().next().ok_or("no source")?;
    if end.dropped > 0 || end.rejected() > 0 {
        eprintln!("dropped {}, rejects {:?}", end.dropped, end.rejects);
    }
    Ok(end.samples)
}
