//! `twinscape emulate SCENE`: the scene's plant, emulated, publishing over MQTT or into a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::clock::Clock;
use crate::emulator::{self, Disturbances, Emulation, Options, broker, unpaced};
use crate::model::{Plant, Timestamp, scene};

/// How often the status line is brought up to date.
const STATUS: Duration = Duration::from_secs(2);

/// Arguments of `emulate`.
#[derive(Debug, clap::Args)]
pub struct Emulate {
    /// Scene folder, or its scene.toml
    #[arg(default_value = "scenes/gearbox")]
    scene: PathBuf,
    /// Publish to this broker instead of the scene's: mqtt://host[:port]. Where neither names one, a
    /// broker is started on a free port of this machine
    #[arg(long, value_name = "URL", conflicts_with = "unpaced")]
    mqtt: Option<String>,
    /// Chooses the story's chances: same seed, same story
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Seconds of the plant per second
    #[arg(
        long,
        value_name = "FACTOR",
        default_value_t = 1.0,
        conflicts_with = "unpaced"
    )]
    speed: f64,
    /// End after this long, in the plant's time: 20s, 8h
    #[arg(long = "for", value_name = "DURATION", value_parser = scene::parse_duration)]
    lasts: Option<Duration>,
    /// Start an incident of the scene at this time after the start: bearing-wear@30s
    #[arg(long, value_name = "ID@TIME", value_parser = parse_trigger)]
    trigger: Vec<(Arc<str>, Duration)>,
    /// Leave out what a planner's model does not have: incidents, utilities that fail, breaks that end
    /// late, cycle times that drift
    #[arg(long, requires = "unpaced")]
    undisturbed: bool,
    /// As fast as it goes, into a file
    #[arg(long, requires_all = ["out", "lasts"])]
    unpaced: bool,
    /// The file: JSON lines of time, signal, value and quality; - is the standard output
    #[arg(long, value_name = "FILE", requires = "unpaced")]
    out: Option<PathBuf>,
    /// The plant's time at the start of an unpaced run; now, unless said otherwise
    #[arg(long, value_name = "RFC3339", requires = "unpaced")]
    start: Option<Timestamp>,
}

impl Emulate {
    /// Emulates until the time is over or the user ends it.
    ///
    /// # Errors
    ///
    /// When the scene cannot be used or emulated, there is no broker, or the file cannot be written.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let loaded = scene::load(&self.scene).context("the scene cannot be used")?;
        let plant = Arc::new(loaded.plant);
        if self.unpaced {
            self.write(plant)?;
        } else {
            self.publish(plant)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn write(&self, plant: Arc<Plant>) -> anyhow::Result<()> {
        let (Some(path), Some(lasts)) = (&self.out, self.lasts) else {
            anyhow::bail!("an unpaced run needs --out FILE and --for DURATION");
        };
        let start = self.start.unwrap_or_else(|| Clock::start().now());
        let disturbances = match self.undisturbed {
            true => Disturbances::None,
            false => Disturbances::AsInLife,
        };
        let mut emulation = Emulation::with(plant, self.seed, start, disturbances)?;
        for (id, after) in &self.trigger {
            anyhow::ensure!(
                emulation.trigger_after(id, *after),
                "the scene has no incident `{id}`"
            );
        }
        let mut out: Box<dyn Write> = if path.as_os_str() == "-" {
            Box::new(io::stdout().lock())
        } else {
            let file =
                File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            Box::new(BufWriter::with_capacity(1 << 20, file))
        };
        let count = unpaced::write(&mut emulation, lasts, &mut out)?;
        out.flush()?;
        writeln!(io::stderr(), "{count} samples until {}", emulation.now())?;
        Ok(())
    }

    fn publish(&self, plant: Arc<Plant>) -> anyhow::Result<()> {
        let clock = Clock::start();
        let has_own = plant
            .connections
            .iter()
            .all(|connection| !connection.url.is_empty());
        let (url, _broker) = match &self.mqtt {
            Some(url) => (Some(url.clone()), None),
            None if has_own => (None, None),
            None => {
                let broker = broker::start()?;
                (Some(broker.url()), Some(broker))
            }
        };
        let mut out = io::stderr();
        match &url {
            Some(url) => writeln!(out, "publishing to {url}")?,
            None => writeln!(out, "publishing to the scene's own brokers")?,
        }
        let options = Options {
            broker_url: url,
            seed: self.seed,
            speed: self.speed,
            triggers: self.trigger.clone(),
        };
        let emulator = emulator::start(plant, options)?;
        let lasts = self.lasts.map(|lasts| lasts.div_f64(self.speed));
        loop {
            let left = lasts.map(|lasts| lasts.saturating_sub(clock.elapsed()));
            if left == Some(Duration::ZERO) {
                break;
            }
            std::thread::sleep(left.map_or(STATUS, |left| left.min(STATUS)));
            let counts = emulator.counts();
            tracing::info!(
                readings = counts.readings,
                messages = counts.messages,
                dropped = counts.dropped,
                "emulating"
            );
        }
        let counts = emulator.counts();
        emulator.shutdown();
        writeln!(
            out,
            "{} samples in {} messages, {} dropped",
            counts.readings, counts.messages, counts.dropped
        )?;
        Ok(())
    }
}

/// `bearing-wear@30s`; without a time, at once.
fn parse_trigger(text: &str) -> Result<(Arc<str>, Duration), String> {
    let (id, at) = text.split_once('@').unwrap_or((text, "0s"));
    if id.is_empty() {
        return Err("write the id of an incident and a time: bearing-wear@30s".to_owned());
    }
    let at = scene::parse_duration(at).map_err(|error| error.to_string())?;
    Ok((id.into(), at))
}
