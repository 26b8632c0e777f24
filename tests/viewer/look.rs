//! The whole view of a scene with made-up values, to be looked at: no broker, no emulator.
//!
//! ```text
//! cargo run --example look -- [window|WIDTHxHEIGHT] SCENE SECONDS PICTURE.png [SCRIPT.toml]
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use twinscape::clock::Clock;
use twinscape::history::{self, HistoryWriter};
use twinscape::model::health::{HealthRule, HealthStatus};
use twinscape::model::signal::{SignalRole, ValueType};
use twinscape::model::{
    EquipmentId, Health, OperatingState, Plant, Point, Quality, SignalId, Text, Timestamp, Value,
    scene,
};
use twinscape::script::Script;
use twinscape::twin::{LiveBoard, Twin};
use twinscape::viewer::commands::NoHost;
use twinscape::viewer::{self, Surface, ViewerOptions, Waker};

/// A number from 0 to 1 that is always the same for the same two numbers.
fn noise(a: u64, b: u64) -> f64 {
    let mut x = a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 31;
    x = x.wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 29;
    (x >> 11) as f64 / (1_u64 << 53) as f64
}

fn feed(plant: &Plant, writer: &mut HistoryWriter, now: Timestamp, round: u64, is_first: bool) {
    let point = |value| Point {
        time: now,
        receive_time: now,
        value,
        quality: Quality::Good,
    };
    let mut points = Vec::new();
    for (equipment, id) in plant.equipment.iter().zip(0..) {
        let id = EquipmentId(id);
        // One machine in twenty is silent.
        if noise(u64::from(id.0), 99) < 0.05 {
            continue;
        }
        for at in equipment.signals.clone() {
            let spec = &plant.signals[at as usize].spec;
            let phase = noise(u64::from(at), 7) * std::f64::consts::TAU;
            let wave = 0.5 + 0.45 * (phase + round as f64 * 0.35).sin();
            let value = match (spec.role, spec.value_type) {
                (SignalRole::PositionX, _) => Value::Float(
                    equipment.pose.position[0] + 4.0 * (phase + round as f64 * 0.1).sin(),
                ),
                (SignalRole::PositionZ, _) => Value::Float(equipment.pose.position[2]),
                (_, ValueType::Float) => {
                    let [low, high] = spec.range.unwrap_or([0.0, 1.0]);
                    Value::Float(low + (high - low) * wave)
                }
                (_, ValueType::Integer) => Value::Integer((wave * 10.0) as i64),
                (_, ValueType::Boolean) => Value::Boolean(wave > 0.6),
                (_, ValueType::Text) => Value::Text(Text::new("RUN")),
            };
            points.push((SignalId(at), point(value)));
        }
        if is_first {
            let draw = noise(u64::from(id.0), 3);
            let has_state = equipment
                .signal_ids()
                .any(|id| plant.signals[id.index()].spec.role == SignalRole::State);
            if has_state {
                let state = match draw {
                    draw if draw < 0.6 => OperatingState::Execute,
                    draw if draw < 0.7 => OperatingState::Starved,
                    draw if draw < 0.8 => OperatingState::Blocked,
                    draw if draw < 0.85 => OperatingState::Held,
                    draw if draw < 0.9 => OperatingState::Setup,
                    _ => OperatingState::Idle,
                };
                points.push((plant.state_signal(id), point(state.to_value())));
            }
            let health = match noise(u64::from(id.0), 5) {
                draw if draw < 0.84 => Health::Good,
                draw if draw < 0.88 => Health::MaintenanceRequired,
                draw if draw < 0.93 => Health::OutOfSpecification,
                draw if draw < 0.95 => Health::FunctionCheck,
                _ => Health::Failure,
            };
            let status = HealthStatus {
                health,
                rule: HealthRule::None,
                signal: None,
            };
            points.push((plant.health_signal(id), point(status.to_value())));
        }
    }
    writer.append(&points);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [surface, file, secs, picture, rest @ ..] = arguments.as_slice() else {
        return Err("window|WIDTHxHEIGHT SCENE SECONDS PICTURE [SCRIPT]".into());
    };
    tracing_subscriber::fmt().with_env_filter("warn").init();
    let loaded = scene::load(Path::new(file))?;
    let plant = Arc::new(loaded.plant);
    let (mut writer, reader) = history::in_memory(&plant);
    let clock = Arc::new(Clock::start());
    let waker = Waker::default();
    let surface = match surface.split_once('x') {
        Some((width, height)) => Surface::OffScreen {
            size: [width.parse()?, height.parse()?],
        },
        None => Surface::Window { size: [1280, 720] },
    };
    {
        let (plant, clock, waker) = (Arc::clone(&plant), Arc::clone(&clock), waker.clone());
        std::thread::Builder::new()
            .name("feed".into())
            .spawn(move || {
                for round in 0.. {
                    feed(&plant, &mut writer, clock.now(), round, round == 0);
                    waker.wake(clock.now());
                    std::thread::sleep(Duration::from_secs(1));
                }
            })?;
    }
    let report = viewer::run(ViewerOptions {
        twin: Twin::new(plant, reader, LiveBoard::default()),
        clock,
        waker,
        surface,
        quality: None,
        script: rest
            .first()
            .map_or(Ok(Script::default()), |file| Script::read(Path::new(file)))?,
        screenshot: Some(PathBuf::from(picture)),
        run_for: Some(Duration::from_secs_f64(secs.parse()?)),
        host: Box::new(NoHost),
    })?;
    tracing::warn!(
        "{} frames, {:?} {:?}",
        report.frames,
        report.pictures,
        report.problems
    );
    Ok(())
}
