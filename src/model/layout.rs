//! Where things stand: [`Pose`], and boxes on the floor.
//!
//! Plant coordinates are right-handed metres: x to the east, y up, z to the south; a heading turns
//! counter-clockwise seen from above. They are glTF's and Bevy's, so nothing is ever converted.

/// Position and heading of an equipment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Centre of the footprint on the floor, m: x, y (height), z.
    pub position: [f64; 3],
    /// Turn about the vertical, radians, counter-clockwise seen from above.
    pub heading: f64,
}

impl Pose {
    /// A point given in the equipment's own frame, in plant coordinates.
    pub fn transform(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let (sin, cos) = self.heading.sin_cos();
        [
            self.position[0] + x * cos + z * sin,
            self.position[1] + y,
            self.position[2] - x * sin + z * cos,
        ]
    }

    /// The four corners (x, z) of a footprint of `length` × `width` metres at this pose.
    pub fn corners(&self, length: f64, width: f64) -> [[f64; 2]; 4] {
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(x, z)| {
            let point = self.transform([x * length / 2.0, 0.0, z * width / 2.0]);
            [point[0], point[2]]
        })
    }
}

/// How deep two convex footprints overlap, in metres (separating axis test); 0 when they only touch.
pub fn overlap_depth(a: &[[f64; 2]; 4], b: &[[f64; 2]; 4]) -> f64 {
    let mut depth = f64::INFINITY;
    for corners in [a, b] {
        for side in 0..2 {
            let edge = [
                corners[side + 1][0] - corners[side][0],
                corners[side + 1][1] - corners[side][1],
            ];
            let length = edge[0].hypot(edge[1]);
            if length == 0.0 {
                continue;
            }
            let axis = [-edge[1] / length, edge[0] / length];
            let span = |corners: &[[f64; 2]; 4]| {
                corners
                    .iter()
                    .map(|corner| corner[0] * axis[0] + corner[1] * axis[1])
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
                        (low.min(at), high.max(at))
                    })
            };
            let ((a_low, a_high), (b_low, b_high)) = (span(a), span(b));
            depth = depth.min(a_high.min(b_high) - a_low.max(b_low));
        }
    }
    depth.max(0.0)
}
