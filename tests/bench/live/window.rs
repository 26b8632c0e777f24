//! The window on a virtual display: what it takes when nothing comes, when a little comes, and
//! whether it answers while much comes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::driver::Program;
use crate::publisher::Publisher;
use crate::running::Running;
use crate::{Failed, mosquitto, scene};

const DISPLAY: &str = ":97";

fn xdotool(arguments: &[&str]) -> Result<String, Failed> {
    let done = Command::new("xdotool")
        .env("DISPLAY", DISPLAY)
        .args(arguments)
        .output()
        .map_err(|error| format!("this benchmark needs xdotool: {error}"))?;
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Gives the window the keyboard, which a window manager would do.
fn focus() -> Result<(), Failed> {
    let found = xdotool(&["search", "--onlyvisible", "--name", "Twinscape"])?;
    let window = found.lines().next().ok_or("no window")?;
    xdotool(&["windowfocus", window])?;
    Ok(())
}

/// Measures the three, each for so many seconds.
pub fn measure(seconds: u64) -> Result<(), Failed> {
    let _display = Running(
        Command::new("Xvfb")
            .args([DISPLAY, "-screen", "0", "1280x720x24", "-nolisten", "tcp"])
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("this benchmark needs Xvfb: {error}"))?,
    );
    std::thread::sleep(Duration::from_secs(1));
    println!("window of 1280 × 720:");
    for (name, signals, rate) in [
        ("no telemetry", 500, 0),
        ("500 signals at 1 Hz", 500, 500),
        ("5,000 messages a second", 1_000, 5_000),
    ] {
        let folder = tempfile::tempdir()?;
        let plant = scene::write(folder.path(), signals)?;
        let record = folder.path().join("record.toml");
        let broker = mosquitto()?;
        let program = Program::start_on(
            Some(DISPLAY),
            &[
                &plant.to_string_lossy(),
                "--mqtt",
                &broker.url(),
                "--record",
                &record.to_string_lossy(),
            ],
        );
        std::thread::sleep(Duration::from_secs(12));
        focus()?;
        let mut publisher = Publisher::connect(broker.port(), signals)?;
        let mut feed = |span: Duration| -> Result<(), Failed> {
            let started = Instant::now();
            for tick in 1.. {
                if started.elapsed() >= span {
                    break;
                }
                publisher.publish(rate / 10)?;
                publisher.flush()?;
                std::thread::sleep(
                    (Duration::from_millis(100) * tick).saturating_sub(started.elapsed()),
                );
            }
            Ok(())
        };
        feed(Duration::from_secs(5))?;
        let (before, started) = (program.0.cpu_secs(), Instant::now());
        feed(Duration::from_secs(seconds))?;
        let cpu = (program.0.cpu_secs() - before) / started.elapsed().as_secs_f64();
        // Labels on and off, a key at a time, while the feed goes on.
        let mut answers = Vec::new();
        for round in 0..5 {
            feed(Duration::from_millis(700))?;
            let written = || std::fs::metadata(&record).map_or(0, |file| file.len());
            let (old, pressed) = (written(), Instant::now());
            Command::new("xdotool")
                .env("DISPLAY", DISPLAY)
                .args([
                    "mousemove",
                    "640",
                    "400",
                    "key",
                    if round % 2 == 0 { "3" } else { "2" },
                ])
                .status()?;
            while written() == old && pressed.elapsed() < Duration::from_secs(10) {
                feed(Duration::from_millis(20))?;
            }
            answers.push(pressed.elapsed().as_secs_f64());
        }
        answers.sort_by(f64::total_cmp);
        println!(
            "  {name:24} CPU {:6.1} % of a core; {:.0} MiB; a key is answered in {:.2} s (median), {:.2} s (worst of {})",
            100.0 * cpu,
            program.0.resident_mib(),
            answers[answers.len() / 2],
            answers[answers.len() - 1],
            answers.len()
        );
    }
    Ok(())
}
