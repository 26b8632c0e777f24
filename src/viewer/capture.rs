//! Pictures of the whole screen, panels included, into PNG files.
//!
//! A picture is taken when every model has come and a few frames have passed, because a glyph that
//! is drawn for the first time can be missing for one.

use std::path::PathBuf;

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};

use super::commands::{Notices, Severity, whole};
use super::model::Loading;
use super::viewport::{OffScreenTarget, Redraw};
use super::{TwinView, ViewerSystems};

/// Frames between a wish and its picture.
const SETTLE_FRAMES: u32 = 5;
/// A picture is not kept back for longer than this many frames by models that do not come.
const PATIENCE_FRAMES: u32 = 600;

/// Pictures that are wished, and what became of them.
#[derive(Resource, Clone, Debug, Default)]
pub struct Captures {
    wished: Vec<(PathBuf, u32)>,
    flying: usize,
    /// Files that were written.
    pub written: Vec<PathBuf>,
    /// Why others were not.
    pub failed: Vec<String>,
}

impl Captures {
    /// Wishes a picture.
    pub fn ask(&mut self, file: PathBuf) {
        self.wished.push((file, 0));
    }

    /// Whether any picture is still to come.
    pub fn is_busy(&self) -> bool {
        !self.wished.is_empty() || self.flying > 0
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Captures>()
        .add_systems(Update, take.after(ViewerSystems::Overlay));
}

fn take(
    mut captures: ResMut<Captures>,
    loading: Res<Loading>,
    target: Option<Res<OffScreenTarget>>,
    mut redraw: ResMut<Redraw>,
    mut commands: Commands,
) {
    if !captures.is_busy() {
        return;
    }
    redraw.moving();
    for (_, frames) in &mut captures.wished {
        *frames += 1;
    }
    // One at a time: a second picture of the same screen in the same frame is refused.
    let is_due = captures.flying == 0
        && captures.wished.first().is_some_and(|(_, frames)| {
            *frames > SETTLE_FRAMES && loading.pending == 0 || *frames > PATIENCE_FRAMES
        });
    if !is_due {
        return;
    }
    let (file, _) = captures.wished.remove(0);
    captures.flying += 1;
    let screenshot = match target {
        Some(target) => Screenshot::image(target.0.clone()),
        None => Screenshot::primary_window(),
    };
    commands.spawn(screenshot).observe(
        move |captured: On<ScreenshotCaptured>,
              view: Res<TwinView>,
              mut captures: ResMut<Captures>,
              mut notices: ResMut<Notices>| {
            captures.flying = captures.flying.saturating_sub(1);
            match write(&captured.image, &file) {
                Ok(()) => {
                    let text = format!("Picture written: {}", whole(&file).display());
                    notices.push(view.now, Severity::Info, text);
                    captures.written.push(file.clone());
                }
                Err(problem) => {
                    notices.push(view.now, Severity::Problem, problem.as_str());
                    captures.failed.push(problem);
                }
            }
        },
    );
}

fn write(image: &Image, file: &std::path::Path) -> Result<(), String> {
    let because = |why: String| {
        format!(
            "The picture could not be written: {why}: {}",
            file.display()
        )
    };
    let picture = image
        .clone()
        .try_into_dynamic()
        .map_err(|error| because(error.to_string()))?
        .to_rgb8();
    picture
        .save(file)
        .map_err(|error| because(error.to_string()))
}
