//! What the renderer really puts on the screen, drawn off-screen and read back from the files.
//!
//! Each needs a Vulkan driver, one in software will do, and is skipped aloud without one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bevy::asset::RenderAssetUsages;
use bevy::image::{CompressedImageFormats, Image, ImageSampler, ImageType};
use bevy::math::{UVec2, Vec2};
use bevy::prelude::Color;
use twinscape::command::Quality;
use twinscape::history::{self, HistoryWriter};
use twinscape::model::health::{HealthRule, HealthStatus};
use twinscape::model::signal::SignalRole;
use twinscape::model::{EquipmentId, Health, OperatingState, Plant, SignalId, Timestamp, Value};
use twinscape::script::Script;
use twinscape::twin::{LiveBoard, Twin};
use twinscape::viewer::ViewerError;
use twinscape::viewer::commands::NoHost;
use twinscape::viewer::render::{Feed, Film, RenderOptions, RenderReport, render};
use twinscape::viewer::theme::{self, Rgb};

use crate::driver::skip;
use crate::support::{self, START};

/// Everything has one health, and every rack and belt is full, from the first instant on.
struct Steady {
    plant: Arc<Plant>,
    writer: HistoryWriter,
    health: Health,
    is_first: bool,
}

impl Feed for Steady {
    fn advance(&mut self, _: Timestamp) {
        if std::mem::replace(&mut self.is_first, false) {
            let status = HealthStatus {
                health: self.health,
                rule: HealthRule::Fault,
                signal: None,
            };
            for id in (0..self.plant.equipment.len() as u32).map(EquipmentId) {
                let (health, state) = (self.plant.health_signal(id), self.plant.state_signal(id));
                self.writer.append(&[
                    (health, support::point(0.0, status.to_value())),
                    (state, support::point(0.0, OperatingState::Held.to_value())),
                ]);
            }
            for (signal, id) in self.plant.signals.iter().zip(0..) {
                if signal.spec.role == SignalRole::Content {
                    let full = support::point(0.0, Value::Integer(24));
                    self.writer.append(&[(SignalId(id), full)]);
                }
            }
        }
    }
}

/// Draws a plant whose equipment all has one health; `None` where nothing can be drawn.
pub fn draw(
    plant: &Arc<Plant>,
    health: Health,
    script: &str,
    film: Option<Film>,
    size: [u32; 2],
    quality: Quality,
) -> Option<RenderReport> {
    let (writer, reader) = history::in_memory(plant);
    let mut feed = Steady {
        plant: Arc::clone(plant),
        writer,
        health,
        is_first: true,
    };
    let script = Script::parse(script).unwrap();
    let report = render(RenderOptions {
        twin: Twin::new(Arc::clone(plant), reader, LiveBoard::default()),
        feed: &mut feed,
        host: Box::new(NoHost),
        start: START,
        speed: 1.0,
        length: script.steps().last().map_or(Duration::ZERO, |step| step.at),
        script,
        film,
        size,
        quality,
    });
    match report {
        Ok(report) => {
            assert!(report.problems.is_empty(), "{:?}", report.problems);
            Some(report)
        }
        Err(ViewerError::NoAdapter) => {
            skip("no Vulkan driver here, not even one in software");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A picture that was written.
pub fn read(file: &Path) -> Image {
    Image::from_buffer(
        &std::fs::read(file).unwrap(),
        ImageType::Extension("png"),
        CompressedImageFormats::NONE,
        true,
        ImageSampler::Default,
        RenderAssetUsages::default(),
    )
    .unwrap()
}

/// A colour in CIELAB (D65).
fn lab(colour: Color) -> [f64; 3] {
    let laba = bevy::color::Laba::from(colour);
    [laba.lightness, laba.a, laba.b].map(|value| f64::from(value) * 100.0)
}

/// Difference of two colours by CIEDE2000 (Sharma, Wu and Dalal 2005).
fn difference(a: [f64; 3], b: [f64; 3]) -> f64 {
    let ([l1, a1, b1], [l2, a2, b2]) = (a, b);
    let mean = (a1.hypot(b1) + a2.hypot(b2)) / 2.0;
    let g = 0.5 * (1.0 - (mean.powi(7) / (mean.powi(7) + 25_f64.powi(7))).sqrt());
    let (a1, a2) = (a1 * (1.0 + g), a2 * (1.0 + g));
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let turn = (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0;
    let (dl, dc) = (l2 - l1, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let h = (h1 + turn / 2.0).rem_euclid(360.0);
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0)
        - 0.2 * cos(4.0 * h - 63.0);
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rc = 2.0 * (c.powi(7) / (c.powi(7) + 25_f64.powi(7))).sqrt();
    let rt = -rc
        * (60.0 * (-((h - 275.0) / 25.0).powi(2)).exp())
            .to_radians()
            .sin();
    let (dl, dc, dh) = (dl / sl, dc / sc, dh / sh);
    (dl * dl + dc * dc + dh * dh + rt * dc * dh).sqrt()
}

#[test]
fn the_difference_of_colours_is_that_of_the_paper() {
    // Pairs 1, 7 and 17 of the paper's table.
    for (a, b, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
    ] {
        assert!((difference(a, b) - expected).abs() < 1e-3, "{a:?} {b:?}");
    }
}

/// Panels away, the machine in the middle.
const CLOSE_UP: &str = r#"
[[step]]
at = "0s"
do = { set-panel = ["plant", "hidden"] }
[[step]]
at = "0s"
do = { set-panel = ["inspector", "hidden"] }
[[step]]
at = "0s"
do = { set-panel = ["alarms", "hidden"] }
[[step]]
at = "0s"
do = { set-panel = ["legend", "hidden"] }
[[step]]
at = "0s"
do = { set-panel = ["timeline", "hidden"] }
[[step]]
at = "0s"
do = { set-labels = "hidden" }
[[step]]
at = "0s"
do = { set-camera = { target = [0.0, 0.75, 0.0], yaw = -0.5, pitch = 0.6, distance = 5.0 } }
"#;

/// The colours of the middle of a close-up of a machine with this health.
fn middle(health: Health, quality: Quality) -> Option<Vec<Color>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("close-up.png");
    let plant = support::plant(&support::kind(Vec::new(), Vec::new()), 1);
    let script = format!("{CLOSE_UP}\n[[step]]\nat = \"1s\"\ndo = {{ screenshot = {file:?} }}\n");
    draw(&plant, health, &script, None, [480, 320], quality)?;
    let image = read(&file);
    let size = image.size();
    let mut colours = Vec::new();
    for y in (size.y / 2 - 30)..(size.y / 2 + 30) {
        for x in (size.x / 2 - 50)..(size.x / 2 + 50) {
            colours.push(image.get_color_at(x, y).unwrap());
        }
    }
    Some(colours)
}

/// Differences from a colour, smallest first.
fn differences(colours: &[Color], from: Rgb) -> Vec<f64> {
    let expected = lab(from.bevy());
    let mut all: Vec<f64> = colours
        .iter()
        .map(|colour| difference(lab(*colour), expected))
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

#[test]
fn an_alarm_has_the_colour_of_the_theme_however_it_is_lit() {
    for quality in [Quality::Low, Quality::High] {
        for health in [
            Health::Failure,
            Health::OutOfSpecification,
            Health::FunctionCheck,
            Health::MaintenanceRequired,
        ] {
            let Some(colours) = middle(health, quality) else {
                return;
            };
            let found = differences(&colours, theme::LIGHT.health(health));
            let share = |share: f64| found[(share * (found.len() - 1) as f64) as usize];
            // The lit sides have it; the shaded one is the same colour, darker.
            assert!(share(0.25) < 4.0, "{quality:?} {health:?}: {}", share(0.25));
            assert!(share(0.9) < 8.0, "{quality:?} {health:?}: {}", share(0.9));
            for other in Health::ALL
                .into_iter()
                .filter(|other| *other > Health::Unknown)
            {
                if other != health {
                    let wrong = differences(&colours, theme::LIGHT.health(other));
                    assert!(
                        wrong[wrong.len() / 2] > 2.0 * share(0.5),
                        "{quality:?}: {health:?} looks like {other:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_film_is_the_same_byte_for_byte_when_it_is_made_again() {
    let film = |name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_twinscape"))
            .args([
                "render",
                "tests/scenes/turnery",
                "--fps",
                "10",
                "--for",
                "1s",
            ])
            .args(["--size", "320x180", "--quality", "low", "--seed", "7"])
            .arg("--out")
            .arg(folder.path())
            .current_dir(crate::driver::repository())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        if said.contains("no graphics adapter") {
            skip("no Vulkan driver here, not even one in software");
            return None;
        }
        assert!(run.status.success(), "{name}: {said}");
        let frames: Vec<Vec<u8>> = (0..10)
            .map(|at| std::fs::read(folder.path().join(format!("frame-{at:06}.png"))).unwrap())
            .collect();
        Some(frames)
    };
    let (Some(first), Some(second)) = (film("first"), film("second")) else {
        return;
    };
    for (at, (a, b)) in first.iter().zip(&second).enumerate() {
        assert!(a == b, "frame {at} differs");
    }
    // The clock on the screen at least goes on.
    assert_ne!(first[0], first[9]);
}

#[test]
fn the_plan_shows_north_up_and_everything_to_scale() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.png");
    // Four machines on a square of 4 m.
    let plant = support::plant(&support::kind(Vec::new(), Vec::new()), 4);
    let script = format!(
        "{}\n[[step]]\nat = \"0s\"\ndo = \"top-view\"\n[[step]]\nat = \"2s\"\ndo = {{ screenshot = {file:?} }}\n",
        CLOSE_UP.rsplit_once("[[step]]").unwrap().0
    );
    let Some(_) = draw(
        &plant,
        Health::Failure,
        &script,
        None,
        [640, 480],
        Quality::Low,
    ) else {
        return;
    };
    let image = read(&file);
    let red = lab(theme::LIGHT.health(Health::Failure).bevy());
    let size = image.size();
    let mut seen: Vec<Vec2> = Vec::new();
    // Below it, the timeline tells of the failure, too.
    for y in 0..size.y - 80 {
        for x in 0..size.x {
            if difference(lab(image.get_color_at(x, y).unwrap()), red) < 10.0 {
                seen.push(UVec2::new(x, y).as_vec2());
            }
        }
    }
    assert!(seen.len() > 1_000, "machines are drawn: {}", seen.len());
    let middle = seen.iter().sum::<Vec2>() / seen.len() as f32;
    // Each quarter holds one machine; their middles form a square, as the layout has it.
    let corner = |right: bool, below: bool| {
        let of: Vec<Vec2> = seen
            .iter()
            .filter(|at| (at.x > middle.x) == right && (at.y > middle.y) == below)
            .copied()
            .collect();
        of.iter().sum::<Vec2>() / of.len().max(1) as f32
    };
    let (nw, ne, sw) = (
        corner(false, false),
        corner(true, false),
        corner(false, true),
    );
    let (east, south) = (ne - nw, sw - nw);
    assert!(east.y.abs() < 2.0 && south.x.abs() < 2.0, "{east} {south}");
    assert!((east.x / south.y - 1.0).abs() < 0.02, "{east} {south}");
}
