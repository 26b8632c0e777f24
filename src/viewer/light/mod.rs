//! Light of the hall: a soft key light from above, and an environment of our own so that metal has
//! something to reflect.
//!
//! Exposure is chosen so that a matte surface facing up has nearly its own colour on the screen, and
//! [`TONE_MAPPING`] leaves such colours as they are: what an alarm is tinted with is what one sees.

pub mod environment;

use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::light::{CascadeShadowConfigBuilder, DirectionalLightShadowMap, GlobalAmbientLight};
use bevy::prelude::*;

use super::quality::Shadows;
use super::viewport::PlantCamera;

/// Highlights are compressed, everything else keeps its colour: Khronos PBR Neutral (2024).
pub const TONE_MAPPING: Tonemapping = Tonemapping::KhronosPbrNeutral;

/// What [`TONE_MAPPING`] makes of a colour that is not brighter than white paint: its toe takes away
/// what a surface mirrors at least.
pub fn shown(light: LinearRgba) -> LinearRgba {
    let least = light.red.min(light.green).min(light.blue).max(0.0);
    let taken = if least < 0.08 {
        least - 6.25 * least * least
    } else {
        0.04
    };
    lifted(light, -taken)
}

/// The light that is [`shown`] as a colour.
pub fn shown_as(colour: LinearRgba) -> LinearRgba {
    let least = colour.red.min(colour.green).min(colour.blue).max(0.0);
    let taken = if least < 0.04 {
        (least / 6.25).sqrt() - least
    } else {
        0.04
    };
    lifted(colour, taken)
}

fn lifted(colour: LinearRgba, by: f32) -> LinearRgba {
    LinearRgba::new(
        colour.red + by,
        colour.green + by,
        colour.blue + by,
        colour.alpha,
    )
}

/// What a matte white surface with this normal sends back, 1 for all: for surfaces that lie in one
/// plane and need not be lit point by point.
pub fn on_plane(normal: Vec3) -> f32 {
    let exposure = bevy::camera::Exposure::default().exposure();
    let key = KEY * normal.dot(KEY_FROM.normalize()).max(0.0) / std::f32::consts::PI;
    let around = environment::luminance(environment::irradiance(normal))
        / environment::luminance(environment::irradiance(Vec3::Y));
    (key + ENVIRONMENT * around) * exposure
}

/// Strength of the key light, lux.
const KEY: f32 = 2_500.0;
/// Radiance of the environment seen by a surface facing up, cd/m².
const ENVIRONMENT: f32 = 590.0;
/// Where the key light comes from: above, in front and to the left of the home view.
const KEY_FROM: Vec3 = Vec3::new(-7.0, 13.0, 8.0);

pub(super) fn plugin(app: &mut App) {
    app.insert_resource(GlobalAmbientLight::NONE)
        .add_systems(PostStartup, spawn);
}

fn spawn(
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    cameras: Query<Entity, With<PlantCamera>>,
) {
    spawn_key(&mut commands, None);
    let environment = environment::hall(&mut images, ENVIRONMENT);
    for camera in &cameras {
        commands.entity(camera).insert(environment.clone());
    }
}

/// Spawns the key light, with shadows or without.
pub fn spawn_key(commands: &mut Commands, shadows: Option<Shadows>) {
    let mut light = commands.spawn((
        KeyLight,
        DirectionalLight {
            color: Color::srgb(1.0, 0.985, 0.96),
            illuminance: KEY,
            shadow_maps_enabled: shadows.is_some(),
            ..default()
        },
        Transform::from_translation(KEY_FROM).looking_at(Vec3::ZERO, Vec3::Y),
    ));
    if let Some(shadows) = shadows {
        light.insert(
            CascadeShadowConfigBuilder {
                num_cascades: shadows.cascades,
                maximum_distance: shadows.distance,
                first_cascade_far_bound: shadows.distance / 4.0,
                ..default()
            }
            .build(),
        );
        commands.insert_resource(DirectionalLightShadowMap {
            size: shadows.texels,
        });
    }
}

/// The key light.
#[derive(Component, Clone, Copy, Debug)]
pub struct KeyLight;
