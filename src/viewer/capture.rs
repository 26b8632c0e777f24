//! Pictures of the whole screen, panels included, into PNG files.
//!
//! A picture is taken when every model has come and a few frames have passed, because a glyph that
//! is drawn for the first time can be missing for one.

use std::path::PathBuf;

use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy_egui::PrimaryEguiContext;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use super::commands::{Notices, Severity, whole};
use super::model::Loading;
use super::viewport::{OffScreenTarget, Redraw, target_image};
use super::{TwinView, ViewerSystems};
use crate::command::Picture;

/// Frames between a wish and its picture.
const SETTLE_FRAMES: u32 = 5;
/// A picture is not kept back for longer than this many frames by models that do not come.
const PATIENCE_FRAMES: u32 = 600;

/// Pictures that are wished, and what became of them.
#[derive(Resource, Clone, Debug, Default)]
pub struct Captures {
    wished: Vec<(Picture, u32)>,
    flying: usize,
    /// Where the screen is drawn while a picture of another size is taken, and where before.
    canvas: Option<(Handle<Image>, RenderTarget)>,
    /// Files that were written.
    pub written: Vec<PathBuf>,
    /// Why others were not.
    pub failed: Vec<String>,
}

impl Captures {
    /// Wishes a picture.
    pub fn ask(&mut self, picture: Picture) {
        self.wished.push((picture, 0));
    }

    /// Whether the next picture is taken in the next frame or the one after: what is drawn now will
    /// be on it.
    pub fn is_near(&self) -> bool {
        let next = self.wished.first();
        self.flying == 0 && next.is_some_and(|(_, frames)| *frames + 1 >= SETTLE_FRAMES)
    }

    /// Whether any picture is still to come.
    pub fn is_busy(&self) -> bool {
        !self.wished.is_empty() || self.flying > 0
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Captures>().add_systems(
        Update,
        (stretch, take).chain().after(ViewerSystems::Overlay),
    );
}

/// Draws the screen with as many pixels as the next picture has: the same view, everything on it
/// as large as the picture is higher than the screen.
fn stretch(
    mut captures: ResMut<Captures>,
    mut images: ResMut<Assets<Image>>,
    mut screens: Query<(&Camera, &mut RenderTarget, &mut Projection), With<PrimaryEguiContext>>,
) {
    let captures = &mut *captures;
    let Ok((camera, mut target, mut projection)) = screens.single_mut() else {
        return;
    };
    let is_over = captures.flying == 0 && !captures.wished.iter().any(|(_, frames)| *frames > 0);
    if is_over && let Some((_, before)) = captures.canvas.take() {
        *target = before;
        // Bevy looks at a camera's target anew when its projection changes, not when the target does.
        projection.set_changed();
    }
    if captures.flying > 0 || captures.canvas.is_some() {
        return;
    }
    let Some((picture, frames)) = captures.wished.first() else {
        return;
    };
    let (Some(size), 0) = (picture.size(), *frames) else {
        return;
    };
    let height = camera.logical_target_size().map_or(720.0, |size| size.y);
    let image = images.add(target_image(UVec2::from_array(size)));
    let before = std::mem::replace(
        &mut *target,
        RenderTarget::Image(ImageRenderTarget {
            handle: image.clone(),
            scale_factor: size[1] as f32 / height.max(1.0),
        }),
    );
    projection.set_changed();
    captures.canvas = Some((image, before));
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
    // One at a time: a second picture of the same screen in the same frame is refused, and each has
    // a size of its own.
    if captures.flying > 0 {
        return;
    }
    let Some((_, frames)) = captures.wished.first_mut() else {
        return;
    };
    *frames += 1;
    let is_due = *frames > SETTLE_FRAMES && loading.pending == 0 || *frames > PATIENCE_FRAMES;
    if !is_due {
        return;
    }
    let (picture, _) = captures.wished.remove(0);
    captures.flying += 1;
    let screenshot = match (&captures.canvas, target) {
        (Some((canvas, _)), _) => Screenshot::image(canvas.clone()),
        (None, Some(target)) => Screenshot::image(target.0.clone()),
        (None, None) => Screenshot::primary_window(),
    };
    commands.spawn(screenshot).observe(
        move |captured: On<ScreenshotCaptured>,
              view: Res<TwinView>,
              mut captures: ResMut<Captures>,
              mut notices: ResMut<Notices>| {
            let file = picture.file();
            captures.flying = captures.flying.saturating_sub(1);
            match write(&captured.image, file) {
                Ok(()) => {
                    let text = format!("Picture written: {}", whole(file).display());
                    notices.push(view.now, Severity::Info, text);
                    captures.written.push(file.to_owned());
                }
                Err(problem) => {
                    notices.push(view.now, Severity::Problem, problem.as_str());
                    captures.failed.push(problem);
                }
            }
        },
    );
}

/// Writes a picture into a file (PNG).
///
/// # Errors
/// A sentence for the user.
pub(super) fn write(image: &Image, file: &std::path::Path) -> Result<(), String> {
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
    // A tenth smaller than what is fastest to write: pictures are kept, and sent to others.
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    picture
        .write_with_encoder(encoder)
        .map_err(|error| because(error.to_string()))?;
    std::fs::write(file, bytes).map_err(|error| because(error.to_string()))
}
