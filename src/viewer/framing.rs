//! Where the camera must stand for a box to fill the view, or the part of it that is free.

use bevy::math::{Quat, Vec2, Vec3};

use super::camera::{CameraRig, FIELD_OF_VIEW, Lens, rotation};
use super::plant::Bounds;
use crate::command::CameraPose;

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
    let mut rig = CameraRig::default();
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
        for corner in bounds.corners() {
            if let Some((at, _)) = rig.project(corner, aspect) {
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
        let widest = bounds
            .corners()
            .into_iter()
            .try_fold(0.0_f32, |widest, corner| {
                let (at, _) = rig.project(corner, aspect)?;
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
