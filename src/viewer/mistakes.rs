//! The window of a scene that cannot be shown: the list of its mistakes, instead of nothing.

use std::path::Path;
use std::time::Duration;

use bevy::app::AppExit;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured, save_to_disk};
use bevy::window::WindowResolution;
use bevy_egui::{EguiContexts, EguiPlugin, EguiPrimaryContextPass, egui};

use super::run::ViewerError;
use super::theme;
use crate::model::scene::{SceneError, Severity};

#[derive(Resource)]
struct Mistakes {
    lines: Vec<(Severity, String)>,
    omitted: usize,
    run_for: Option<Duration>,
    screenshot: Option<std::path::PathBuf>,
}

/// Shows every mistake of a scene until the user closes the window or the time is over.
///
/// # Errors
/// When no window can be opened.
pub fn show_mistakes(
    mistakes: &SceneError,
    size: [u32; 2],
    run_for: Option<Duration>,
    screenshot: Option<&Path>,
) -> Result<(), ViewerError> {
    super::run::probe()?;
    let lines = mistakes
        .errors
        .iter()
        .chain(&mistakes.warnings)
        .map(|diagnostic| (diagnostic.severity, diagnostic.to_string()))
        .collect();
    let mut app = App::new();
    app.add_plugins(
        DefaultPlugins
            .build()
            .disable::<LogPlugin>()
            .set(WindowPlugin {
                primary_window: Some(Window {
                    title: "Mistakes in the scene – Twinscape".to_owned(),
                    resolution: WindowResolution::new(size[0], size[1]),
                    ..default()
                }),
                ..default()
            }),
    )
    .add_plugins(EguiPlugin::default())
    .insert_resource(ClearColor(theme::LIGHT.panel.bevy()))
    .insert_resource(bevy::winit::WinitSettings::desktop_app())
    .insert_resource(Mistakes {
        lines,
        omitted: mistakes.omitted,
        run_for,
        screenshot: screenshot.map(Path::to_owned),
    })
    .add_systems(Startup, |mut commands: Commands| {
        commands.spawn(Camera3d::default());
    })
    .add_systems(EguiPrimaryContextPass, list_ui)
    .add_systems(Update, end);
    if app.run().is_error() {
        return Err(ViewerError::Failed("see the log".to_owned()));
    }
    Ok(())
}

fn list_ui(mut contexts: EguiContexts, mistakes: Res<Mistakes>) -> Result {
    let ctx = contexts.ctx_mut()?;
    let count = mistakes.lines.len() + mistakes.omitted;
    egui::Window::new("mistakes")
        .title_bar(false)
        .fixed_rect(ctx.content_rect().shrink(12.0))
        .show(ctx, |ui| {
            ui.heading("This scene cannot be shown yet");
            ui.label(format!(
                "{count} to mend. Save the file and start again; `twinscape check` lists the same."
            ));
            ui.separator();
            egui::ScrollArea::vertical()
                .auto_shrink(false)
                .show(ui, |ui| {
                    for (severity, text) in &mistakes.lines {
                        let (place, rest) = text.split_once(": ").unwrap_or(("", text));
                        let (what, help) = rest.split_once('\n').unwrap_or((rest, ""));
                        let mark = match severity {
                            Severity::Error => "Error",
                            Severity::Warning => "Warning",
                        };
                        ui.add_space(6.0);
                        ui.label(egui::RichText::new(format!("{mark}: {what}")).strong());
                        ui.label(egui::RichText::new(place).monospace().weak());
                        if !help.is_empty() {
                            ui.label(help.trim());
                        }
                    }
                    if mistakes.omitted > 0 {
                        ui.label(format!("… and {} more", mistakes.omitted));
                    }
                });
        });
    Ok(())
}

/// Frames until fonts and window have settled.
const SETTLED: u32 = 10;

fn end(
    time: Res<Time<Real>>,
    mut frames: Local<u32>,
    mut mistakes: ResMut<Mistakes>,
    mut commands: Commands,
    mut exit: MessageWriter<AppExit>,
) {
    *frames += 1;
    let is_over = mistakes.run_for.is_some_and(|end| time.elapsed() >= end);
    if !is_over || *frames < SETTLED {
        return;
    }
    match mistakes.screenshot.take() {
        Some(file) => {
            commands
                .spawn(Screenshot::primary_window())
                .observe(save_to_disk(file))
                .observe(
                    |_: On<ScreenshotCaptured>, mut exit: MessageWriter<AppExit>| {
                        exit.write(AppExit::Success);
                    },
                );
            mistakes.run_for = None;
        }
        None => {
            exit.write(AppExit::Success);
        }
    }
}
