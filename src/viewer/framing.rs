//! Where the camera must stand for a box to fill the view, or the part of it that is free.

use bevy::math::{Quat, Vec2, Vec3};

use super::camera::{CameraRig, FIELD_OF_VIEW, Lens, rotation};
use super::plant::{Bounds, Proxy};
use crate::command::CameraPose;
use crate::model::{EquipmentId, Plant};

/// Room left around what is framed.
const MARGIN: f32 = 1.06;

/// A part of the view, in its coordinates (−1, −1 bottom left to 1, 1 top right).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Its middle.
    pub centre: Vec2,
    /// Half its width and height.
    pub half: Vec2,
}

impl Part {
    /// All of the view.
    pub const WHOLE: Self = Self {
        centre: Vec2::ZERO,
        half: Vec2::ONE,
    };
}

/// The pose at `yaw` and `pitch` from which a box just fills a view of this aspect (width divided
/// by height), in its middle.
pub fn framing(bounds: &Bounds, yaw: f32, pitch: f32, aspect: f32, lens: Lens) -> CameraPose {
    framing_within(bounds, yaw, pitch, aspect, lens, Part::WHOLE)
}

/// As [`framing`], in a part of the view: something floats over the rest.
pub fn framing_within(
    bounds: &Bounds,
    yaw: f32,
    pitch: f32,
    aspect: f32,
    lens: Lens,
    part: Part,
) -> CameraPose {
    framing_points(&bounds.corners(), yaw, pitch, aspect, lens, part)
}

/// Turns about the vertical from which a plant is looked at from home: aslant, so that one sees
/// depth, but not so much that its far end is small.
const HOME_YAWS: [f32; 8] = [-0.24, 0.24, -0.38, 0.38, -0.52, 0.52, -0.66, 0.66];
/// Angles above the horizon from which it is looked at.
const HOME_PITCHES: [f32; 3] = [0.62, 0.74, 0.86];

/// The view from home: aslant from above, from where these points fill most of a view and none lies
/// behind what floats over the part `covered`.
pub fn overview(points: &[Vec3], aspect: f32, covered: Option<Part>) -> CameraPose {
    /// Directions that are looked at more closely.
    const BEST: usize = 4;
    let mut directions: Vec<(f32, f32, f32)> = HOME_YAWS
        .into_iter()
        .flat_map(|yaw| HOME_PITCHES.map(|pitch| (yaw, pitch)))
        .map(|(yaw, pitch)| {
            let pose = clear_of(points, yaw, pitch, aspect, None);
            (filled(points, &pose, aspect), yaw, pitch)
        })
        .collect();
    directions.sort_by(|a, b| b.0.total_cmp(&a.0));
    directions
        .into_iter()
        .take(BEST)
        .map(|(_, yaw, pitch)| {
            let pose = clear_of(points, yaw, pitch, aspect, covered);
            (filled(points, &pose, aspect), pose)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(|| CameraRig::default().pose(), |(_, pose)| pose)
}

/// As near as nothing is cut off or covered: the free part shrinks from the covered side until all
/// points lie free.
fn clear_of(
    points: &[Vec3],
    yaw: f32,
    pitch: f32,
    aspect: f32,
    covered: Option<Part>,
) -> CameraPose {
    /// Tries on the way from the whole view to what lies beside or above the covered part.
    const STEPS: u8 = 5;
    let frame = |part| framing_points(points, yaw, pitch, aspect, Lens::Perspective, part);
    let Some(covered) = covered else {
        return frame(Part::WHOLE);
    };
    let edge = covered.centre + covered.half;
    let mut tried: Option<(f32, CameraPose)> = None;
    for step in 0..=STEPS {
        let share = f32::from(step) / f32::from(STEPS);
        for is_beside in [true, false] {
            // The covered part is in the lower left corner.
            let low = if is_beside {
                Vec2::new(-1.0 + (edge.x + 1.0) * share, -1.0)
            } else {
                Vec2::new(-1.0, -1.0 + (edge.y + 1.0) * share)
            };
            let pose = frame(Part {
                centre: (Vec2::ONE + low) / 2.0,
                half: (Vec2::ONE - low) / 2.0,
            });
            let mut rig = CameraRig::default();
            rig.jump(pose, Lens::Perspective);
            let is_hidden = points.iter().any(|point| {
                rig.project(*point, aspect)
                    .is_some_and(|(at, _)| at.cmplt(edge).all())
            });
            let filled = filled(points, &pose, aspect);
            if !is_hidden && tried.as_ref().is_none_or(|(known, _)| filled > *known) {
                tried = Some((filled, pose));
            }
        }
        if tried.is_some() {
            break;
        }
    }
    tried.map_or_else(|| frame(Part::WHOLE), |(_, pose)| pose)
}

/// Share of a view that the outline of points fills, 0 to 1 when all are in it.
pub fn filled(points: &[Vec3], pose: &CameraPose, aspect: f32) -> f32 {
    let mut rig = CameraRig::default();
    rig.jump(*pose, Lens::Perspective);
    let mut seen: Vec<Vec2> = points
        .iter()
        .filter_map(|point| Some(rig.project(*point, aspect)?.0))
        .collect();
    area(&mut seen) / 4.0
}

/// Area of the convex hull of points (Andrew's monotone chain).
fn area(points: &mut [Vec2]) -> f32 {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let chain = |points: &mut dyn Iterator<Item = Vec2>| {
        let mut chain: Vec<Vec2> = Vec::new();
        for point in points {
            while let [.., a, b] = chain[..]
                && (b - a).perp_dot(point - b) <= 0.0
            {
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    let mut hull = chain(&mut points.iter().copied());
    hull.extend(chain(&mut points.iter().rev().copied()));
    let next = hull.iter().cycle().skip(1);
    hull.iter()
        .zip(next)
        .map(|(a, b)| a.perp_dot(*b))
        .sum::<f32>()
        / 2.0
}

/// As [`framing_within`], of points.
pub fn framing_points(
    points: &[Vec3],
    yaw: f32,
    pitch: f32,
    aspect: f32,
    lens: Lens,
    part: Part,
) -> CameraPose {
    let bounds = points.iter().copied().fold(Bounds::EMPTY, Bounds::with);
    let mut rig = CameraRig::default();
    if !(bounds.min.is_finite() && bounds.max.is_finite()) {
        return rig.pose();
    }
    rig.jump(
        CameraPose {
            target: bounds.centre().to_array(),
            yaw,
            pitch,
            distance: (bounds.max - bounds.min).length().max(1.0) * 2.0,
        },
        lens,
    );
    // Perspective makes what is near larger: a few rounds of looking, centring and coming closer.
    for _ in 0..8 {
        let pose = rig.pose();
        let (mut low, mut high) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
        for point in points {
            if let Some((at, _)) = rig.project(*point, aspect) {
                low = low.min(at);
                high = high.max(at);
            }
        }
        if !(low.is_finite() && high.is_finite()) {
            break;
        }
        let middle = (low + high) / 2.0 - part.centre;
        let half = (FIELD_OF_VIEW / 2.0).tan() * pose.distance;
        let turn = rotation(&pose);
        let aside = turn * Vec3::X * middle.x * half * aspect;
        // Along the floor, so that the point looked at stays where orbiting expects it.
        let ahead = Quat::from_rotation_y(pose.yaw) * Vec3::NEG_Z;
        let deep = ahead * middle.y * half / pose.pitch.sin().max(0.2);
        let size = ((high - low) / 2.0 / part.half).max_element() * MARGIN;
        rig.jump(
            CameraPose {
                target: (Vec3::from_array(pose.target) + aside + deep).to_array(),
                distance: pose.distance * size.clamp(0.2, 3.0),
                ..pose
            },
            lens,
        );
    }
    // Whatever the last round did, nothing may be cut off or lie behind the eye.
    for _ in 0..40 {
        let widest = points.iter().try_fold(0.0_f32, |widest, point| {
            let (at, _) = rig.project(*point, aspect)?;
            Some(widest.max(((at - part.centre) / part.half).abs().max_element()))
        });
        let factor = match widest {
            Some(widest) if widest <= 1.0 => break,
            Some(widest) => widest.clamp(1.02, 1.3),
            None => 1.3,
        };
        let pose = rig.pose();
        rig.jump(
            CameraPose {
                distance: pose.distance * factor,
                ..pose
            },
            lens,
        );
    }
    rig.pose()
}

/// Room around a selection in which its neighbours are shown with it, as multiples of its size.
const AROUND: f32 = 1.6;
/// And at least so much, m.
const AROUND_LEAST: f32 = 4.0;

/// The space to be shown when an equipment is looked at: itself, what gives it parts and what it
/// gives them to, and what stands beside it, as far as that is near.
pub fn with_neighbours(plant: &Plant, id: EquipmentId) -> Option<Bounds> {
    let own = Proxy::of(plant.equipment(id)?).bounds();
    let size = (own.max - own.min).max_element();
    let around = own.grown((size * AROUND).max(AROUND_LEAST));
    let flows = plant.flows.iter().filter_map(|flow| {
        if flow.from == id {
            Some(flow.to)
        } else {
            (flow.to == id).then_some(flow.from)
        }
    });
    let near = plant
        .equipment
        .iter()
        .zip(0..)
        .map(|(one, other)| (EquipmentId(other), Proxy::of(one).bounds()));
    let beside = own.grown(1.5);
    let touches =
        |bounds: &Bounds| bounds.min.cmple(beside.max).all() && bounds.max.cmpge(beside.min).all();
    let flows: Vec<EquipmentId> = flows.collect();
    let all = near
        .filter(|(other, bounds)| flows.contains(other) || touches(bounds))
        .fold(own.grown(0.8), |all, (_, bounds)| all.union(bounds));
    Some(Bounds {
        min: all.min.max(around.min),
        max: all.max.min(around.max),
    })
}
