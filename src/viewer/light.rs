//! Light of the hall: a soft key light from above, and an environment of our own so that metal has
//! something to reflect.

use bevy::light::{
    CascadeShadowConfigBuilder, DirectionalLightShadowMap, EnvironmentMapLight, GlobalAmbientLight,
};
use bevy::prelude::*;

use super::viewport::PlantCamera;

/// Strength of the key light, lux.
const KEY: f32 = 2_900.0;
/// Strength of the environment, cd/m².
const ENVIRONMENT: f32 = 330.0;

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
    let mut environment = EnvironmentMapLight::hemispherical_gradient(
        &mut images,
        Color::srgb(0.98, 0.99, 1.0),
        Color::srgb(0.80, 0.82, 0.85),
        Color::srgb(0.55, 0.54, 0.53),
    );
    environment.intensity = ENVIRONMENT;
    for camera in &cameras {
        commands.entity(camera).insert(environment.clone());
    }
}

/// Spawns the key light, with shadows of so many texels along an edge and so many cascades, or
/// without.
pub fn spawn_key(commands: &mut Commands, shadows: Option<(usize, usize)>) {
    let mut light = commands.spawn((
        KeyLight,
        DirectionalLight {
            color: Color::srgb(1.0, 0.985, 0.96),
            illuminance: KEY,
            shadow_maps_enabled: shadows.is_some(),
            ..default()
        },
        Transform::from_xyz(-6.0, 14.0, 8.0).looking_at(Vec3::ZERO, Vec3::Y),
    ));
    if let Some((_, cascades)) = shadows {
        light.insert(
            CascadeShadowConfigBuilder {
                num_cascades: cascades,
                maximum_distance: 160.0,
                first_cascade_far_bound: 25.0,
                ..default()
            }
            .build(),
        );
    }
    if let Some((size, _)) = shadows {
        commands.insert_resource(DirectionalLightShadowMap { size });
    }
}

/// The key light.
#[derive(Component, Clone, Copy, Debug)]
pub struct KeyLight;
