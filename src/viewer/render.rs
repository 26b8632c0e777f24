//! [`render`]: pictures at fixed steps of time, without a window and without a clock.
//!
//! Time here is what the frame counter says: each frame lets the [`Feed`] put what happened until
//! then into the history, gives the commands of the script that are due, and draws. The same feed,
//! script and size give the same pictures, however slow the machine is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::time::TimeUpdateStrategy;

use super::TwinView;
use super::capture::{self, Captures};
use super::commands::{CommandQueue, Host, Notices};
use super::diagnostics::{Diagnostics, Figures};
use super::model::Loading;
use super::run::{self, Surface, ViewerError};
use super::viewport::{OffScreenTarget, Redraw};
use crate::command::{Command, Quality};
use crate::model::Timestamp;
use crate::script::Script;
use crate::twin::Twin;

/// Puts what happens in the plant into the history that the twin reads.
pub trait Feed {
    /// Everything until this instant, which is never earlier than the one before.
    fn advance(&mut self, until: Timestamp);
}

/// A picture for every frame.
#[derive(Clone, Debug)]
pub struct Film {
    /// Frames a second of the script's time.
    pub frames_per_second: u32,
    /// Where `frame-000000.png` and its followers go.
    pub folder: PathBuf,
}

/// What to draw.
pub struct RenderOptions<'a> {
    /// The twin to show.
    pub twin: Twin,
    /// What happens in the plant.
    pub feed: &'a mut dyn Feed,
    /// The program around.
    pub host: Box<dyn Host>,
    /// The plant's time at the first frame.
    pub start: Timestamp,
    /// Seconds of the plant in a second of the script.
    pub speed: f64,
    /// Commands, in the time of the frames; where its pictures go is its own business.
    pub script: Script,
    /// A picture of every frame; `None`: only those that the script takes.
    pub film: Option<Film>,
    /// How long it lasts, in the script's time.
    pub length: Duration,
    /// Width and height, pixels.
    pub size: [u32; 2],
    /// Quality; nobody waits for a frame here.
    pub quality: Quality,
}

/// What was drawn.
#[derive(Clone, Debug, Default)]
pub struct RenderReport {
    /// Pictures of the film.
    pub frames: u64,
    /// Pictures that the script took.
    pub pictures: Vec<PathBuf>,
    /// What failed on the way.
    pub problems: Vec<String>,
    /// What the last picture cost.
    pub figures: Figures,
}

/// Marks a program whose time is stepped.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Stepped;

/// Frames of the film on their way from the renderer to the disk.
#[derive(Resource, Default)]
struct Frames {
    flying: usize,
    written: u64,
    failed: Vec<String>,
}

/// Time between two looks at the plant where no film is made.
const STILLS_STEP: Duration = Duration::from_millis(250);
/// Updates that a picture may need until it is there: the renderer is a few behind.
const PATIENCE: u32 = 1_000;
/// Updates that models may need to come, with a short rest after each.
const LOADING_PATIENCE: u32 = 6_000;
/// Updates after the models have come, for what follows from them.
const SETTLE: u32 = 6;

/// Draws.
///
/// # Errors
/// When there is no adapter, or the renderer gives up.
pub fn render(options: RenderOptions<'_>) -> Result<RenderReport, ViewerError> {
    let by_adapter = run::probe()?;
    let mut view = TwinView::new(options.twin, options.start);
    // Cannot fail: it names nothing of the plant.
    view.twin.apply(&Command::SetQuality(options.quality)).ok();
    let mut app = run::app(
        view,
        Surface::OffScreen { size: options.size },
        by_adapter,
        options.host,
    );
    app.insert_resource(Stepped).init_resource::<Frames>();
    run::finish(&mut app);
    let mut stage = Stage {
        app,
        feed: options.feed,
        is_over: false,
    };
    stage.set_time(options.start);
    stage.load();
    let step = options.film.as_ref().map_or(STILLS_STEP, |film| {
        Duration::from_secs(1) / film.frames_per_second.max(1)
    });
    let count = (options.length.as_secs_f64() / step.as_secs_f64()).round() as u32;
    let mut steps = options.script.steps().iter().peekable();
    for number in 0..count.max(1) {
        let at = step * number;
        stage.set_time(options.start + at.mul_f64(options.speed));
        while let Some(due) = steps.next_if(|next| next.at <= at) {
            stage.command(&due.command);
        }
        let passed = if number == 0 { Duration::ZERO } else { step };
        match &options.film {
            Some(film) => stage.frame(passed, &film.folder.join(format!("frame-{number:06}.png"))),
            None => stage.update(passed),
        }
        if stage.is_over {
            break;
        }
    }
    // What the script asks for at the very end.
    for rest in steps {
        if !stage.is_over && rest.at <= options.length {
            stage.command(&rest.command);
        }
    }
    Ok(stage.report())
}

/// The program, whose time stands still between two steps.
struct Stage<'a> {
    app: App,
    feed: &'a mut dyn Feed,
    is_over: bool,
}

impl Stage<'_> {
    fn set_time(&mut self, now: Timestamp) {
        self.feed.advance(now);
        self.app.world_mut().resource_mut::<TwinView>().now = now;
    }

    fn update(&mut self, passed: Duration) {
        self.app
            .insert_resource(TimeUpdateStrategy::ManualDuration(passed));
        self.app.update();
        self.is_over |= self.app.should_exit().is_some();
    }

    /// Lets models come before anything is drawn.
    fn load(&mut self) {
        self.hold(true);
        let (mut left, mut settled) = (LOADING_PATIENCE, 0);
        while left > 0 && settled < SETTLE {
            self.update(Duration::ZERO);
            left -= 1;
            if self.app.world().resource::<Loading>().pending == 0 {
                settled += 1;
            } else {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    fn hold(&mut self, is_held: bool) {
        self.app.world_mut().resource_mut::<Redraw>().hold(is_held);
    }

    /// Gives a command; a picture shows the plant as it is now, so it is waited for.
    fn command(&mut self, command: &Command) {
        self.app
            .world_mut()
            .resource_mut::<CommandQueue>()
            .push(command.clone());
        self.update(Duration::ZERO);
        let mut left = PATIENCE;
        while left > 0 {
            let captures = self.app.world().resource::<Captures>();
            if !captures.is_busy() {
                break;
            }
            let is_near = captures.is_near();
            self.hold(!is_near);
            self.update(Duration::ZERO);
            left -= 1;
        }
        self.hold(true);
    }

    /// Draws a frame into a file.
    fn frame(&mut self, passed: Duration, file: &Path) {
        let world = self.app.world_mut();
        let Some(target) = world.get_resource::<OffScreenTarget>().cloned() else {
            return;
        };
        let file = file.to_owned();
        world.resource_mut::<Frames>().flying += 1;
        world.spawn(Screenshot::image(target.0)).observe(
            move |captured: On<ScreenshotCaptured>, mut frames: ResMut<Frames>| {
                frames.flying = frames.flying.saturating_sub(1);
                match capture::write(&captured.image, &file) {
                    Ok(()) => frames.written += 1,
                    Err(problem) => frames.failed.push(problem),
                }
            },
        );
        self.hold(false);
        self.app.world_mut().resource_mut::<Redraw>().scene();
        self.update(passed);
        self.hold(true);
        let mut left = PATIENCE;
        while left > 0 && self.app.world().resource::<Frames>().flying > 0 {
            self.update(Duration::ZERO);
            left -= 1;
        }
    }

    fn report(mut self) -> RenderReport {
        let mut frames = self.app.world_mut().resource_mut::<Frames>();
        let mut problems = std::mem::take(&mut frames.failed);
        let written = frames.written;
        let world = self.app.world();
        let captures = world.resource::<Captures>();
        problems.extend(captures.failed.iter().cloned());
        problems.extend(world.resource::<Notices>().problems().map(str::to_owned));
        problems.dedup();
        RenderReport {
            frames: written,
            pictures: captures.written.clone(),
            problems,
            figures: world.resource::<Diagnostics>().latest(),
        }
    }
}
