//! [`start`]: an emulation in a thread of its own that publishes to a broker in real time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use super::EmulatorError;
use super::emulation::Emulation;
use super::publisher::Publisher;
use super::reading::Reading;
use crate::clock::Clock;
use crate::model::{Plant, Timestamp};
use crate::source::mqtt::Setup;

/// How often the plant is brought up to date.
const TICK: Duration = Duration::from_millis(50);
/// Triggers that may wait.
const TRIGGERS: usize = 32;
/// A program that was suspended does not catch up with more than this at once.
const CATCH_UP: Duration = Duration::from_secs(60);

/// How a plant is emulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// The broker to publish to, `mqtt://host[:port]`, instead of the connections' own.
    pub broker_url: Option<String>,
    /// Chooses the story's chances. Same seed, same story.
    pub seed: u64,
    /// Seconds of the plant per second of the clock: 1 in real time. Readings are stamped with the
    /// clock, as those of a plant that is faster.
    pub speed: f64,
    /// Incidents to trigger, each so long after the start, in the plant's time.
    pub triggers: Vec<(Arc<str>, Duration)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            broker_url: None,
            seed: 1,
            speed: 1.0,
            triggers: Vec::new(),
        }
    }
}

/// What the emulator has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Readings of sensors.
    pub readings: u64,
    /// Messages handed to MQTT sessions.
    pub messages: u64,
    /// Messages that found no room in a session's queue.
    pub dropped: u64,
}

#[derive(Debug, Default)]
struct Shared {
    is_over: AtomicBool,
    readings: AtomicU64,
    messages: AtomicU64,
    dropped: AtomicU64,
}

/// A running emulator. Dropping it ends it, with an orderly farewell to the broker.
pub struct Handle {
    plant: Arc<Plant>,
    shared: Arc<Shared>,
    triggers: mpsc::Sender<Arc<str>>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Starts an incident of the scene; whether there is one of this id and it was taken.
    pub fn trigger(&self, id: &str) -> bool {
        self.incidents().any(|(known, _)| **known == *id)
            && self.triggers.try_send(id.into()).is_ok()
    }

    /// The incidents of the scene: id and name.
    pub fn incidents(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.plant
            .story
            .incidents
            .iter()
            .map(|incident| (&incident.id, &incident.name))
    }

    /// What it has done so far.
    pub fn counts(&self) -> Counts {
        Counts {
            readings: self.shared.readings.load(Ordering::Relaxed),
            messages: self.shared.messages.load(Ordering::Relaxed),
            dropped: self.shared.dropped.load(Ordering::Relaxed),
        }
    }

    /// Ends it and waits for its end.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It only fails by a panic of its own, which has been printed.
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts to emulate `plant` and to publish what it reads.
///
/// # Errors
///
/// When the scene cannot be simulated, no broker is known, or there is no thread for it.
pub fn start(plant: Arc<Plant>, options: Options) -> Result<Handle, EmulatorError> {
    if !(options.speed.is_finite() && options.speed > 0.0) {
        return Err(EmulatorError::Speed(options.speed));
    }
    // What cannot work is said at once; what may work later is tried again and again.
    for connection in &plant.connections {
        let url = options.broker_url.as_deref().unwrap_or(&connection.url);
        Setup::read(connection, url, String::new())
            .map_err(|error| EmulatorError::Connection(error.to_string()))?;
    }
    let clock = Clock::start();
    let begin = clock.now();
    let mut emulation = Emulation::new(Arc::clone(&plant), options.seed, begin)?;
    for (id, after) in &options.triggers {
        if !emulation.trigger_after(id, *after) {
            return Err(EmulatorError::Incident(id.to_string()));
        }
    }
    let (triggers, mut triggered) = mpsc::channel::<Arc<str>>(TRIGGERS);
    let shared = Arc::new(Shared::default());
    let mut run = Run {
        clock,
        begin,
        speed: options.speed,
        emulation,
        shared: Arc::clone(&shared),
        broker_url: options.broker_url,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let thread = std::thread::Builder::new()
        .name("emulator".to_owned())
        .spawn(move || runtime.block_on(run.go(&mut triggered)))?;
    Ok(Handle {
        plant,
        shared,
        triggers,
        thread: Some(thread),
    })
}

struct Run {
    clock: Clock,
    begin: Timestamp,
    speed: f64,
    emulation: Emulation,
    shared: Arc<Shared>,
    broker_url: Option<String>,
}

impl Run {
    async fn go(&mut self, triggered: &mut mpsc::Receiver<Arc<str>>) {
        let plant = Arc::clone(self.emulation.plant());
        let unique = format!("{:x}", self.begin.as_nanos() as u64 & 0xffff_ffff);
        let (mut publishers, of_signal) =
            Publisher::of_plant(&plant, self.broker_url.as_deref(), &unique);
        let mut readings = Vec::new();
        self.emulation.survey(&mut readings);
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        // How much of the plant's time was left out because the program was suspended.
        let mut left_out = Duration::ZERO;
        while !self.shared.is_over.load(Ordering::Relaxed) {
            ticks.tick().await;
            while let Ok(id) = triggered.try_recv() {
                self.emulation.trigger(&id);
            }
            let now = self.clock.now();
            let passed = now.saturating_since(self.begin).saturating_sub(left_out);
            let mut until = self.begin + passed.mul_f64(self.speed);
            let behind = until
                .saturating_since(self.emulation.now())
                .div_f64(self.speed);
            if behind > CATCH_UP {
                left_out += behind - TICK;
                until = self.emulation.now() + TICK.mul_f64(self.speed);
            }
            self.emulation.advance(until, &mut readings);
            self.shared
                .readings
                .fetch_add(readings.len() as u64, Ordering::Relaxed);
            for mut reading in readings.drain(..) {
                reading.time = self.stamp(&reading, left_out);
                let of = of_signal.get(reading.signal.index()).copied().flatten();
                if let Some(publisher) = of.and_then(|of| publishers.get_mut(of)) {
                    publisher.take(reading);
                }
            }
            for publisher in &mut publishers {
                publisher.step(now, |group| self.emulation.is_cut(group));
                self.shared
                    .messages
                    .fetch_add(std::mem::take(&mut publisher.messages), Ordering::Relaxed);
                self.shared
                    .dropped
                    .fetch_add(std::mem::take(&mut publisher.dropped), Ordering::Relaxed);
            }
        }
        let now = self.clock.now();
        for publisher in publishers {
            publisher.close(now).await;
        }
    }

    /// The clock's time of a reading of the plant's time.
    fn stamp(&self, reading: &Reading, left_out: Duration) -> Timestamp {
        let since = reading.time.saturating_since(self.begin);
        self.begin + since.div_f64(self.speed) + left_out
    }
}
