//! The light of the hall: where it comes from, and that it leaves the colours of alarms as they are.

use std::f32::consts::{PI, TAU};

use bevy::prelude::*;
use twinscape::viewer::light::environment::{half_float, irradiance, luminance, radiance};
use twinscape::viewer::light::{shown, shown_as};

#[test]
fn half_floats_come_back_as_they_were() {
    for value in [1.0_f32, 0.5, 0.33, 2.75, 100.0] {
        let half = u32::from(half_float(value));
        let back = f32::from_bits((half + (112 << 10)) << 13);
        assert!((back / value - 1.0).abs() < 6e-4, "{value} {back}");
    }
}

#[test]
fn the_ceiling_gives_most_light_and_the_floor_some() {
    let up = luminance(irradiance(Vec3::Y));
    let aside = luminance(irradiance(Vec3::X));
    let down = luminance(irradiance(Vec3::NEG_Y));
    assert!(
        up > aside && aside > down && down > 0.2 * up,
        "{up} {aside} {down}"
    );
}

#[test]
fn the_light_on_a_surface_is_the_cosine_weighted_mean_of_what_surrounds_it() {
    let normal = Vec3::new(0.3, 0.8, -0.2).normalize();
    let (mut sum, mut weight) = (0.0, 0.0);
    let steps = 200;
    for row in 0..steps {
        let polar = PI * (row as f32 + 0.5) / steps as f32;
        for column in 0..2 * steps {
            let around = TAU * (column as f32 + 0.5) / (2 * steps) as f32;
            let from = Vec3::new(
                polar.sin() * around.cos(),
                polar.cos(),
                polar.sin() * around.sin(),
            );
            let share = polar.sin() * normal.dot(from).max(0.0);
            sum += luminance(radiance(from)) * share;
            weight += share;
        }
    }
    let expected = sum / weight;
    let found = luminance(irradiance(normal));
    assert!((found / expected - 1.0).abs() < 0.03, "{found} {expected}");
}

#[test]
fn light_for_a_colour_is_shown_as_that_colour() {
    for health in twinscape::model::Health::ALL {
        let colour = twinscape::viewer::theme::LIGHT
            .health(health)
            .bevy()
            .to_linear();
        let back = shown(shown_as(colour));
        for (a, b) in [
            (colour.red, back.red),
            (colour.green, back.green),
            (colour.blue, back.blue),
        ] {
            assert!((a - b).abs() < 1e-4, "{health:?}: {colour:?} {back:?}");
        }
    }
}
