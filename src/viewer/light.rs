//! Light of the hall: a soft key light from above, and an environment of our own so that metal has
//! something to reflect.

use bevy::light::{EnvironmentMapLight, GlobalAmbientLight};
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
    commands.spawn((
        DirectionalLight {
            color: Color::srgb(1.0, 0.985, 0.96),
            illuminance: KEY,
            shadow_maps_enabled: false,
            ..default()
        },
        Transform::from_xyz(-6.0, 14.0, 8.0).looking_at(Vec3::ZERO, Vec3::Y),
    ));
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
