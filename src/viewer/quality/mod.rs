//! How much is spent on a picture: three presets, chosen from the adapter and by how long frames
//! take, and changeable.
//!
//! | preset | for | 3D scale | edges | shadows | shade in corners | far models from |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | low | an adapter that is a CPU | 0.75 | FXAA | only the soft one painted under machines | baked | 14 m |
//! | medium | integrated adapters | 1.0 | 4 samples | one cascade of 2048² | baked | 30 m |
//! | high | discrete adapters | up to 2.0 | averaged from more pixels, FXAA | two cascades of 4096² | baked and screen-space (GTAO) | 45 m |
//!
//! High draws up to [`Preset::pixels`] and averages them down; on a larger screen its scale falls to
//! 1. The user interface is always drawn at full scale: only the plant gets coarser. While the user
//! has chosen nothing, a [`Governor`] steps down when frames take too long for a while.

mod governor;

use bevy::anti_alias::fxaa::Fxaa;
use bevy::core_pipeline::prepass::{DepthPrepass, NormalPrepass};
use bevy::pbr::{ScreenSpaceAmbientOcclusion, ScreenSpaceAmbientOcclusionQualityLevel};
use bevy::prelude::*;

pub use governor::Governor;

use super::capture::Captures;
use super::commands::{Notices, Severity};
use super::light::{self, KeyLight};
use super::render::Stepped;
use super::viewport::{OffScreenSize, PlantCamera, Redraw};
use super::{TwinView, ViewerSystems, theme};
use crate::command::Quality;

/// Shadows of the key light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shadows {
    /// Edge of each shadow map, texels.
    pub texels: usize,
    /// Number of cascades.
    pub cascades: usize,
    /// Shadows end at this distance from the eye, m.
    pub distance: f32,
}

/// How edges are smoothed, beyond drawing more pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// By finding them in the picture (FXAA).
    Found,
    /// By four samples a pixel.
    Sampled,
}

/// Shade where little light comes, found in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occlusion {
    /// Only what the models have baked in.
    Baked,
    /// And that of the picture: ground truth ambient occlusion (Jimenez et al. 2016).
    ScreenSpace,
}

/// What a preset means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Pixels of the 3D picture per pixel of the screen, along each axis, at most.
    pub render_scale: f32,
    /// A scale above 1 falls until the picture has no more pixels than this.
    pub pixels: f32,
    /// Smoothing of edges.
    pub edges: Edges,
    /// Shadows; `None`: only those painted on the floor.
    pub shadows: Option<Shadows>,
    /// Shade in corners.
    pub occlusion: Occlusion,
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
                pixels: 2e6,
                edges: Edges::Found,
                shadows: None,
                occlusion: Occlusion::Baked,
                model_near: 14.0,
                frames_per_second: 10.0,
            },
            Quality::Medium => Self {
                render_scale: 1.0,
                pixels: 8.4e6,
                edges: Edges::Sampled,
                shadows: Some(Shadows {
                    texels: 2048,
                    cascades: 1,
                    distance: 120.0,
                }),
                occlusion: Occlusion::Baked,
                model_near: 30.0,
                frames_per_second: 30.0,
            },
            Quality::High => Self {
                render_scale: 2.0,
                pixels: 8.4e6,
                edges: Edges::Found,
                shadows: Some(Shadows {
                    texels: 4096,
                    cascades: 2,
                    distance: 180.0,
                }),
                occlusion: Occlusion::ScreenSpace,
                model_near: theme::MODEL_NEAR,
                frames_per_second: 60.0,
            },
        }
    }

    /// Pixels of the 3D picture per pixel of a view of this many pixels.
    pub fn scale(&self, width: f32, height: f32) -> f32 {
        let most = (self.pixels / (width * height).max(1.0)).sqrt().max(1.0);
        self.render_scale.min(most)
    }
}

/// The quality in force: the user's choice, else the one that suits the adapter.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct ShownQuality {
    /// What suits the adapter, lowered when it was too slow for it.
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
    pub fn preset(&self) -> Preset {
        let preset = Preset::of(self.quality);
        match self.purpose {
            Purpose::Picture if self.quality == Quality::Low => Preset {
                render_scale: 1.0,
                edges: Edges::Sampled,
                model_near: theme::MODEL_NEAR,
                ..preset
            },
            _ => preset,
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ShownQuality>()
        .init_resource::<Watch>()
        .add_systems(Update, (watch, choose).chain().in_set(ViewerSystems::Sync));
}

/// Looks at how long frames take.
#[derive(Resource, Clone, Debug, Default)]
struct Watch {
    governor: Governor,
    /// Whether the frame before was drawn and asked for this one at once.
    was_busy: bool,
    judged: Option<Quality>,
}

/// Steps the automatic quality down when the window is too slow for it.
fn watch(
    mut watch: ResMut<Watch>,
    mut shown: ResMut<ShownQuality>,
    view: Res<TwinView>,
    redraw: Res<Redraw>,
    time: Res<Time<Real>>,
    off_screen: Option<Res<OffScreenSize>>,
    mut notices: ResMut<Notices>,
) {
    if off_screen.is_some() || view.twin.view().quality.is_some() {
        return;
    }
    if watch.judged != Some(shown.by_adapter) {
        watch.judged = Some(shown.by_adapter);
        watch.governor.settle();
    }
    let is_busy = redraw.is_scene_due() && redraw.is_moving();
    let was_busy = std::mem::replace(&mut watch.was_busy, is_busy);
    if !(is_busy && was_busy) {
        return;
    }
    let took = time.delta_secs_f64();
    if let Some(lower) = watch.governor.observe(took, shown.by_adapter) {
        shown.by_adapter = lower;
        notices.push(
            view.now,
            Severity::Info,
            "Frames took too long: the picture is drawn with lower quality. The menu can raise it",
        );
    }
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
    stepped: Option<Res<Stepped>>,
    mut is_done: Local<Option<(Quality, Purpose)>>,
) {
    let quality = view.twin.view().quality.unwrap_or(shown.by_adapter);
    let purpose = if stepped.is_some() || off_screen.is_some() && captures.is_busy() {
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
        msaa.set_if_neq(match preset.edges {
            Edges::Found => Msaa::Off,
            Edges::Sampled => Msaa::Sample4,
        });
        let mut camera = commands.entity(camera);
        match preset.edges {
            Edges::Found => camera.insert(Fxaa::default()),
            Edges::Sampled => camera.remove::<Fxaa>(),
        };
        match preset.occlusion {
            Occlusion::ScreenSpace => camera.insert(ScreenSpaceAmbientOcclusion {
                quality_level: ScreenSpaceAmbientOcclusionQualityLevel::High,
                ..default()
            }),
            Occlusion::Baked => {
                camera.remove::<(ScreenSpaceAmbientOcclusion, DepthPrepass, NormalPrepass)>()
            }
        };
    }
    // A light whose shadows are turned on later casts none: it is made anew.
    if !lights.is_empty() {
        for light in &lights {
            commands.entity(light).despawn();
        }
        light::spawn_key(&mut commands, preset.shadows);
    }
}
