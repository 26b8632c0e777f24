//! [`Paint`]: flat shapes and boxes gathered into one mesh, so that each kind of marking is one draw.

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;

use crate::viewer::theme::Rgb;

/// Shapes with a colour each, as one mesh.
#[derive(Clone, Debug, Default)]
pub struct Paint {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    colours: Vec<[f32; 4]>,
    indices: Vec<u32>,
}

/// A colour as vertices have it: linear, with its opacity.
pub fn linear(colour: Rgb, alpha: f32) -> [f32; 4] {
    let colour = colour.bevy().to_linear();
    [colour.red, colour.green, colour.blue, alpha]
}

impl Paint {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// Number of triangles.
    pub fn triangles(&self) -> usize {
        self.indices.len() / 3
    }

    /// A convex face whose corners run counter-clockwise seen from where its normal points.
    pub fn face(&mut self, corners: &[Vec3], normal: Vec3, colours: &[[f32; 4]]) {
        let first = self.positions.len() as u32;
        for (at, corner) in corners.iter().enumerate() {
            self.positions.push(corner.to_array());
            self.normals.push(normal.to_array());
            let colour = colours.get(at).or(colours.last());
            self.colours.push(colour.copied().unwrap_or([1.0; 4]));
        }
        for at in 1..(corners.len() as u32).saturating_sub(1) {
            self.indices.extend([first, first + at, first + at + 1]);
        }
    }

    /// A rectangle on the floor.
    pub fn rectangle(&mut self, x: [f32; 2], z: [f32; 2], y: f32, colour: [f32; 4]) {
        self.face(
            &[
                Vec3::new(x[0], y, z[0]),
                Vec3::new(x[0], y, z[1]),
                Vec3::new(x[1], y, z[1]),
                Vec3::new(x[1], y, z[0]),
            ],
            Vec3::Y,
            &[colour],
        );
    }

    /// A straight line on the floor, a little longer than its ends so that corners close.
    pub fn line(&mut self, from: Vec2, to: Vec2, width: f32, y: f32, colour: [f32; 4]) {
        let along = (to - from).normalize_or_zero() * (width / 2.0);
        let aside = Vec2::new(-along.y, along.x);
        let (from, to) = (from - along * 0.5, to + along * 0.5);
        let on_floor = |at: Vec2| Vec3::new(at.x, y, at.y);
        self.face(
            &[
                on_floor(from + aside),
                on_floor(to + aside),
                on_floor(to - aside),
                on_floor(from - aside),
            ],
            Vec3::Y,
            &[colour],
        );
    }

    /// A box without its underside.
    pub fn block(&mut self, min: Vec3, max: Vec3, colour: [f32; 4]) {
        let corner = |x: f32, y: f32, z: f32| {
            Vec3::new(
                min.x + (max.x - min.x) * x,
                min.y + (max.y - min.y) * y,
                min.z + (max.z - min.z) * z,
            )
        };
        let faces = [
            (
                Vec3::Y,
                [[0., 1., 0.], [0., 1., 1.], [1., 1., 1.], [1., 1., 0.]],
            ),
            (
                Vec3::X,
                [[1., 0., 0.], [1., 1., 0.], [1., 1., 1.], [1., 0., 1.]],
            ),
            (
                Vec3::NEG_X,
                [[0., 0., 1.], [0., 1., 1.], [0., 1., 0.], [0., 0., 0.]],
            ),
            (
                Vec3::Z,
                [[1., 0., 1.], [1., 1., 1.], [0., 1., 1.], [0., 0., 1.]],
            ),
            (
                Vec3::NEG_Z,
                [[0., 0., 0.], [0., 1., 0.], [1., 1., 0.], [1., 0., 0.]],
            ),
        ];
        for (normal, corners) in faces {
            self.face(&corners.map(|[x, y, z]| corner(x, y, z)), normal, &[colour]);
        }
    }

    /// The mesh.
    pub fn mesh(self) -> Mesh {
        let uvs = vec![[0.0_f32; 2]; self.positions.len()];
        Mesh::new(
            PrimitiveTopology::TriangleList,
            RenderAssetUsages::default(),
        )
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, self.normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, self.colours)
        .with_inserted_indices(Indices::U32(self.indices))
    }
}
