//! How much is spent on a picture: three presets, chosen from the adapter and changeable.
//!
//! | preset | 3D scale | anti-aliasing | shadows | far models from |
//! | --- | --- | --- | --- | --- |
//! | low | 0.75 | edges smoothed (FXAA) | none | 14 m |
//! | medium | 1.0 | 4 samples | one cascade of 2048² | 30 m |
//! | high | 1.0 | 4 samples | three cascades of 4096² | 45 m |
//!
//! The user interface is always drawn at full scale: only the plant gets coarser.

use bevy::anti_alias::fxaa::Fxaa;
use bevy::prelude::*;

use super::capture::Captures;
use super::light::{self, KeyLight};
use super::viewport::{OffScreenSize, PlantCamera, Redraw};
use super::{TwinView, ViewerSystems, theme};
use crate::command::Quality;

/// What a preset means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Pixels of the 3D picture per pixel of the screen, along each axis.
    pub render_scale: f32,
    /// Anti-aliasing.
    pub msaa: Msaa,
    /// Edge of the shadow map in texels and number of cascades; `None`: no shadows.
    pub shadows: Option<(usize, usize)>,
    /// Beyond this distance the far model is drawn, m.
    pub model_near: f32,
    /// Frames a second while something moves, at most.
    pub frames_per_second: f32,
}

impl Preset {
    /// What a quality means.
    pub const fn of(quality: Quality) -> Self {
        match quality {
            Quality::Low => Self {
                render_scale: 0.75,
                msaa: Msaa::Off,
                shadows: None,
                model_near: 14.0,
                frames_per_second: 10.0,
            },
            Quality::Medium => Self {
                render_scale: 1.0,
                msaa: Msaa::Sample4,
                shadows: Some((2048, 1)),
                model_near: 30.0,
                frames_per_second: 30.0,
            },
            Quality::High => Self {
                render_scale: 1.0,
                msaa: Msaa::Sample4,
                shadows: Some((4096, 3)),
                model_near: theme::MODEL_NEAR,
                frames_per_second: 60.0,
            },
        }
    }
}

/// The quality in force: the user's choice, else the one that suits the adapter.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct ShownQuality {
    /// What suits the adapter.
    pub by_adapter: Quality,
    /// In force.
    pub quality: Quality,
    /// What the frame is for.
    pub purpose: Purpose,
}

/// What a frame is drawn for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To be watched.
    #[default]
    Screen,
    /// For a picture without a window: nobody waits for the next frame, so it is drawn in full
    /// size and smoothed also at low quality.
    Picture,
}

impl Default for ShownQuality {
    fn default() -> Self {
        Self {
            by_adapter: Quality::Low,
            quality: Quality::Low,
            purpose: Purpose::Screen,
        }
    }
}

impl ShownQuality {
    /// What the quality in force means for what the frame is for.
    pub const fn preset(&self) -> Preset {
        let preset = Preset::of(self.quality);
        match self.purpose {
            Purpose::Screen => preset,
            Purpose::Picture => Preset {
                render_scale: 1.0,
                msaa: Msaa::Sample4,
                model_near: theme::MODEL_NEAR,
                ..preset
            },
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ShownQuality>()
        .add_systems(Update, choose.in_set(ViewerSystems::Sync));
}

fn choose(
    view: Res<TwinView>,
    mut shown: ResMut<ShownQuality>,
    lights: Query<Entity, With<KeyLight>>,
    mut cameras: Query<(Entity, &mut Msaa), With<PlantCamera>>,
    mut commands: Commands,
    mut redraw: ResMut<Redraw>,
    captures: Res<Captures>,
    off_screen: Option<Res<OffScreenSize>>,
    mut is_done: Local<Option<(Quality, Purpose)>>,
) {
    let quality = view.twin.view().quality.unwrap_or(shown.by_adapter);
    let purpose = if off_screen.is_some() && captures.is_busy() {
        Purpose::Picture
    } else {
        Purpose::Screen
    };
    if *is_done == Some((quality, purpose)) || cameras.is_empty() {
        return;
    }
    *is_done = Some((quality, purpose));
    shown.purpose = purpose;
    redraw.scene();
    shown.quality = quality;
    let preset = shown.preset();
    for (camera, mut msaa) in &mut cameras {
        msaa.set_if_neq(preset.msaa);
        let mut camera = commands.entity(camera);
        if preset.msaa == Msaa::Off {
            camera.insert(Fxaa::default());
        } else {
            camera.remove::<Fxaa>();
        }
    }
    // A light whose shadows are turned on later casts none: it is made anew.
    if !lights.is_empty() {
        for light in &lights {
            commands.entity(light).despawn();
        }
        light::spawn_key(&mut commands, preset.shadows);
    }
}
