//! What surrounds the plant for its light: an industrial hall with rows of long lamps under a pale
//! ceiling and a band of windows, computed once at the start.
//!
//! The specular map is filtered per roughness with the GGX distribution (Karis 2013, *Real shading
//! in Unreal Engine 4*), the diffuse map with the cosine. Both are small: the hall has no detail that
//! a larger one would show.

use std::f32::consts::TAU;

use bevy::asset::RenderAssetUsages;
use bevy::light::EnvironmentMapLight;
use bevy::prelude::*;
use bevy::render::render_resource::{
    Extent3d, TextureDimension, TextureFormat, TextureViewDescriptor, TextureViewDimension,
};

/// Edge of a face of the specular map, texels; a power of two, each level half of the one before.
const SPECULAR: u32 = 64;
/// Edge of a face of the diffuse map, texels.
const DIFFUSE: u32 = 8;
/// Directions averaged for a texel.
const SAMPLES: u32 = 96;

/// The environment, which gives a surface facing up this radiance, cd/m².
pub(super) fn hall(images: &mut Assets<Image>, intensity: f32) -> EnvironmentMapLight {
    let unit = 1.0 / luminance(irradiance(Vec3::Y)).max(1e-3);
    let levels = SPECULAR.ilog2() + 1;
    let specular = cubemap(SPECULAR, levels, |level, direction| {
        let roughness = level as f32 / (levels - 1) as f32;
        unit * reflected(direction, roughness)
    });
    let diffuse = cubemap(DIFFUSE, 1, |_, direction| unit * irradiance(direction));
    EnvironmentMapLight {
        diffuse_map: images.add(diffuse),
        specular_map: images.add(specular),
        intensity,
        ..default()
    }
}

/// Light that comes from a direction, without unit.
pub fn radiance(from: Vec3) -> Vec3 {
    let warm = Vec3::new(1.0, 0.985, 0.955);
    let cool = Vec3::new(0.94, 0.975, 1.0);
    let floor = Vec3::new(0.42, 0.42, 0.41);
    let wall = Vec3::new(0.74, 0.755, 0.77);
    let ceiling = Vec3::new(0.52, 0.53, 0.54);
    let up = from.y;
    // The floor is darkest right below, where things shade it.
    let below = floor * (0.8 + 0.2 * smooth(-1.0, -0.1, up));
    // A band of windows on the two long sides.
    let window = smooth(0.10, 0.16, up)
        * (1.0 - smooth(0.30, 0.38, up))
        * smooth(0.45, 0.75, from.z.abs())
        * (0.75 + 0.25 * smooth(-0.2, 0.2, (from.x * 14.0).sin()));
    let side = wall + cool * (1.15 * window);
    // Rows of lamps across the ceiling, at the height of one.
    let overhead = if up > 0.05 {
        let (across, along) = (from.z / up, from.x / up);
        let row = (across / 1.1).rem_euclid(1.0) - 0.5;
        let lamp = (1.0 - smooth(0.09, 0.15, row.abs()))
            * (1.0 - smooth(2.6, 3.4, across.abs()))
            * (1.0 - smooth(3.0, 4.2, along.abs()));
        ceiling + warm * (4.4 * lamp)
    } else {
        ceiling
    };
    let above = side.lerp(overhead, smooth(0.34, 0.46, up));
    below.lerp(above, smooth(-0.06, 0.02, up))
}

fn smooth(from: f32, to: f32, at: f32) -> f32 {
    let share = ((at - from) / (to - from)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// Brightness of a light (ITU-R BT.709).
pub fn luminance(light: Vec3) -> f32 {
    light.dot(Vec3::new(0.2126, 0.7152, 0.0722))
}

/// The light on a matte surface, as the radiance that gives the same.
pub fn irradiance(normal: Vec3) -> Vec3 {
    let turn = Quat::from_rotation_arc(Vec3::Y, normal);
    let count = SAMPLES * 8;
    let mut sum = Vec3::ZERO;
    for at in 0..count {
        let [u, v] = hammersley(at, count);
        // More directions where the cosine is large.
        let (rise, aside) = ((1.0 - u).sqrt(), u.sqrt());
        let around = TAU * v;
        sum += radiance(turn * Vec3::new(aside * around.cos(), rise, aside * around.sin()));
    }
    sum / count as f32
}

/// The light that a surface of this perceptual roughness mirrors when it is looked at from the
/// front.
fn reflected(normal: Vec3, roughness: f32) -> Vec3 {
    if roughness <= 0.0 {
        return radiance(normal);
    }
    let turn = Quat::from_rotation_arc(Vec3::Y, normal);
    let squared = roughness.powi(4);
    let (mut sum, mut weight) = (Vec3::ZERO, 0.0);
    for at in 0..SAMPLES {
        let [u, v] = hammersley(at, SAMPLES);
        let rise = ((1.0 - u) / (1.0 + (squared - 1.0) * u)).sqrt();
        let aside = (1.0 - rise * rise).max(0.0).sqrt();
        let around = TAU * v;
        let half = turn * Vec3::new(aside * around.cos(), rise, aside * around.sin());
        let to_light = 2.0 * normal.dot(half) * half - normal;
        let cosine = normal.dot(to_light);
        if cosine > 0.0 {
            sum += radiance(to_light) * cosine;
            weight += cosine;
        }
    }
    sum / f32::max(weight, 1e-4)
}

/// A point of the unit square, evenly spread.
fn hammersley(at: u32, count: u32) -> [f32; 2] {
    [
        (at as f32 + 0.5) / count as f32,
        at.reverse_bits() as f32 / (u32::MAX as f32 + 1.0),
    ]
}

/// A cube map of half floats, every level of a face after the other.
fn cubemap(size: u32, levels: u32, light: impl Fn(u32, Vec3) -> Vec3) -> Image {
    let mut data = Vec::new();
    for face in 0..6 {
        for level in 0..levels {
            let edge = (size >> level).max(1);
            for row in 0..edge {
                for column in 0..edge {
                    let at = |index: u32| (index as f32 + 0.5) / edge as f32 * 2.0 - 1.0;
                    let colour = light(level, direction(face, at(column), at(row)));
                    for channel in [colour.x, colour.y, colour.z, 1.0] {
                        data.extend(half_float(channel).to_le_bytes());
                    }
                }
            }
        }
    }
    let mut image = Image::new_uninit(
        Extent3d {
            width: size,
            height: size,
            depth_or_array_layers: 6,
        },
        TextureDimension::D2,
        TextureFormat::Rgba16Float,
        RenderAssetUsages::RENDER_WORLD,
    );
    image.data = Some(data);
    image.texture_descriptor.mip_level_count = levels;
    image.sampler = bevy::image::ImageSampler::linear();
    image.texture_view_descriptor = Some(TextureViewDescriptor {
        dimension: Some(TextureViewDimension::Cube),
        ..default()
    });
    image
}

/// The direction in the plant that a texel of a face stands for; cube maps are left-handed.
fn direction(face: u32, u: f32, v: f32) -> Vec3 {
    let at = match face {
        0 => Vec3::new(1.0, -v, -u),
        1 => Vec3::new(-1.0, -v, u),
        2 => Vec3::new(u, 1.0, v),
        3 => Vec3::new(u, -1.0, -v),
        4 => Vec3::new(u, -v, 1.0),
        _ => Vec3::new(-u, -v, -1.0),
    };
    Vec3::new(at.x, at.y, -at.z).normalize()
}

/// The half float (IEEE 754 binary16) nearest to a positive number that is neither tiny nor huge.
pub fn half_float(value: f32) -> u16 {
    let bits = value.clamp(6.2e-5, 65_000.0).to_bits();
    (((bits + 0x1000) >> 13) - (112 << 10)) as u16
}
