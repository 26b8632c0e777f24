//! The camera: it orbits a point of the plant, as in CAD programs, and never goes below the floor.
//!
//! [`CameraRig`] is plain geometry; the mouse and the keys are read in
//! [`navigation`](super::navigation). Moves to somewhere else are flown with easing and end at the
//! first touch of the mouse.

use bevy::camera::ScalingMode;
use bevy::prelude::*;

use super::framing::{Part, framing, framing_within, overview, with_neighbours};
use super::viewport::{PlantCamera, Redraw, Viewport};
use super::{TwinView, ViewerSystems};
use crate::command::CameraPose;
use crate::twin::CameraGoal;

/// Vertical field of view, radians: 35°, close to what a long look at a model needs without
/// stretched corners.
pub const FIELD_OF_VIEW: f32 = 0.61;
/// The eye stays at least this high above the floor, m.
pub const EYE_HEIGHT: f32 = 0.25;
/// Distances that can be reached, m.
const DISTANCE: std::ops::RangeInclusive<f32> = 0.6..=5_000.0;
/// Flattest look, radians above the horizon.
const PITCH_LEAST: f32 = 0.02;
/// Straight down.
const PITCH_MOST: f32 = std::f32::consts::FRAC_PI_2;
/// Duration of a flight, s.
const FLIGHT_SECS: f32 = 0.7;

/// How the plant is projected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lens {
    /// As an eye sees.
    #[default]
    Perspective,
    /// As a plan is drawn.
    Orthographic,
}

/// Where the camera is and where it flies.
#[derive(Resource, Clone, Debug)]
pub struct CameraRig {
    pose: CameraPose,
    lens: Lens,
    flight: Option<Flight>,
    followed: u64,
    /// Aspect and part of the view for which the last framing was made, until the user takes the
    /// camera.
    framed: Option<(f32, Part)>,
}

#[derive(Clone, Debug)]
struct Flight {
    from: CameraPose,
    to: CameraPose,
    lens: Lens,
    secs: f32,
}

impl Default for CameraRig {
    fn default() -> Self {
        Self {
            pose: CameraPose {
                target: [0.0; 3],
                yaw: HOME_YAW,
                pitch: HOME_PITCH,
                distance: 40.0,
            },
            lens: Lens::Perspective,
            flight: None,
            followed: u64::MAX,
            framed: None,
        }
    }
}

const HOME_YAW: f32 = -0.42;
const HOME_PITCH: f32 = 0.72;

/// The pose that keeps the eye above the floor, the point it looks at inside the building, and
/// every number finite.
pub fn lawful(pose: CameraPose) -> CameraPose {
    let finite = |value: f32, otherwise: f32| if value.is_finite() { value } else { otherwise };
    let target = pose.target.map(|at| finite(at, 0.0).clamp(-1e5, 1e5));
    let target = [target[0], target[1].clamp(0.0, 200.0), target[2]];
    let distance = finite(pose.distance, 40.0).clamp(*DISTANCE.start(), *DISTANCE.end());
    let rise = ((EYE_HEIGHT - target[1]) / distance)
        .clamp(-1.0, 1.0)
        .asin();
    let least = PITCH_LEAST.max(rise);
    CameraPose {
        target,
        yaw: finite(pose.yaw, 0.0).rem_euclid(std::f32::consts::TAU),
        pitch: finite(pose.pitch, HOME_PITCH).clamp(least.min(PITCH_MOST), PITCH_MOST),
        distance,
    }
}

/// Rotation of a camera at this pose.
pub fn rotation(pose: &CameraPose) -> Quat {
    Quat::from_euler(EulerRot::YXZ, pose.yaw, -pose.pitch, 0.0)
}

/// Place and direction of a camera at this pose.
pub fn transform(pose: &CameraPose) -> Transform {
    let rotation = rotation(pose);
    Transform {
        translation: Vec3::from_array(pose.target) + rotation * Vec3::Z * pose.distance,
        rotation,
        scale: Vec3::ONE,
    }
}

impl CameraRig {
    /// Where it is.
    pub const fn pose(&self) -> CameraPose {
        self.pose
    }

    /// How it projects.
    pub const fn lens(&self) -> Lens {
        self.lens
    }

    /// Whether it is on its way.
    pub const fn is_flying(&self) -> bool {
        self.flight.is_some()
    }

    /// Puts it somewhere, at once.
    pub fn jump(&mut self, pose: CameraPose, lens: Lens) {
        self.pose = lawful(pose);
        self.lens = lens;
        self.flight = None;
    }

    /// The lens for a pose that was given without one: a plan stays a plan while it is looked at
    /// from straight above.
    fn lens_at(&self, pose: &CameraPose) -> Lens {
        let aimed_at = self.flight.as_ref().map_or(self.lens, |flight| flight.lens);
        if pose.pitch > PITCH_MOST - 1e-3 {
            aimed_at
        } else {
            Lens::Perspective
        }
    }

    /// Sends it somewhere.
    pub fn fly(&mut self, pose: CameraPose, lens: Lens) {
        let to = lawful(pose);
        if lens == Lens::Perspective {
            self.lens = lens;
        }
        self.flight = Some(Flight {
            from: self.pose,
            to,
            lens,
            secs: 0.0,
        });
    }

    /// Turns it about its point, radians.
    pub fn orbit(&mut self, yaw: f32, pitch: f32) {
        self.flight = None;
        self.framed = None;
        self.lens = Lens::Perspective;
        self.pose = lawful(CameraPose {
            yaw: self.pose.yaw + yaw,
            pitch: self.pose.pitch + pitch,
            ..self.pose
        });
    }

    /// Moves it sideways and along the floor so that what was under the mouse stays under it;
    /// `delta` in points, `height` of the view in points.
    pub fn pan(&mut self, delta: Vec2, height: f32) {
        self.flight = None;
        self.framed = None;
        let per_point = 2.0 * (FIELD_OF_VIEW / 2.0).tan() * self.pose.distance / height.max(1.0);
        let turn = Quat::from_rotation_y(self.pose.yaw);
        let along = 1.0 / self.pose.pitch.sin().max(0.25);
        let step = turn * Vec3::new(-delta.x, 0.0, -delta.y * along) * per_point;
        self.pose.target = (Vec3::from_array(self.pose.target) + step).to_array();
        self.pose = lawful(self.pose);
    }

    /// Comes closer (factor below 1) or goes away, keeping `anchor` where it is on the screen.
    pub fn zoom(&mut self, factor: f32, anchor: Option<Vec3>) {
        self.flight = None;
        self.framed = None;
        let before = self.pose.distance;
        let distance = (before * factor).clamp(*DISTANCE.start(), *DISTANCE.end());
        if let Some(anchor) = anchor {
            let target = Vec3::from_array(self.pose.target);
            let share = 1.0 - distance / before;
            self.pose.target = target.lerp(anchor, share).to_array();
        }
        self.pose.distance = distance;
        self.pose = lawful(self.pose);
    }

    /// Goes on with a flight.
    pub fn advance(&mut self, secs: f32) {
        let Some(flight) = &mut self.flight else {
            return;
        };
        flight.secs += secs;
        let share = (flight.secs / FLIGHT_SECS).clamp(0.0, 1.0);
        let eased = share * share * (3.0 - 2.0 * share);
        let (from, to) = (&flight.from, &flight.to);
        let turn = (to.yaw - from.yaw + std::f32::consts::PI).rem_euclid(std::f32::consts::TAU)
            - std::f32::consts::PI;
        let target = Vec3::from_array(from.target).lerp(Vec3::from_array(to.target), eased);
        self.pose = lawful(CameraPose {
            target: target.to_array(),
            yaw: from.yaw + turn * eased,
            pitch: from.pitch + (to.pitch - from.pitch) * eased,
            distance: from.distance * (to.distance / from.distance).powf(eased),
        });
        if share >= 1.0 {
            self.lens = flight.lens;
            self.pose = *to;
            self.flight = None;
        }
    }

    /// The ray through a point of the view; `at` from −1, −1 (bottom left) to 1, 1 (top right).
    pub fn ray(&self, at: Vec2, aspect: f32) -> Ray3d {
        let camera = transform(&self.pose);
        let tan = (FIELD_OF_VIEW / 2.0).tan();
        let aside = Vec3::new(at.x * tan * aspect, at.y * tan, 0.0);
        match self.lens {
            Lens::Perspective => {
                let direction = camera.rotation * (aside - Vec3::Z);
                Ray3d::new(
                    camera.translation,
                    Dir3::new(direction).unwrap_or(Dir3::NEG_Y),
                )
            }
            Lens::Orthographic => Ray3d::new(
                camera.translation + camera.rotation * (aside * self.pose.distance),
                Dir3::new(camera.rotation * -Vec3::Z).unwrap_or(Dir3::NEG_Y),
            ),
        }
    }

    /// Where a point of the plant is in the view (−1, −1 bottom left to 1, 1 top right) and its
    /// distance along the line of sight, m; `None` behind the eye.
    pub fn project(&self, point: Vec3, aspect: f32) -> Option<(Vec2, f32)> {
        let camera = transform(&self.pose);
        let arm = camera.rotation.inverse() * (point - camera.translation);
        let tan = (FIELD_OF_VIEW / 2.0).tan();
        let depth = -arm.z;
        if depth < 0.05 {
            return None;
        }
        let half = match self.lens {
            Lens::Perspective => depth * tan,
            Lens::Orthographic => self.pose.distance * tan,
        };
        Some((Vec2::new(arm.x / (half * aspect), arm.y / half), depth))
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CameraRig>()
        .add_systems(
            Update,
            (follow_goal, fly).chain().in_set(ViewerSystems::Sync),
        )
        .add_systems(
            PostUpdate,
            place
                .after(bevy_egui::EguiPostUpdateSet::EndPass)
                .before(bevy::transform::TransformSystems::Propagate)
                .before(bevy::camera::CameraUpdateSystems),
        );
}

/// Flies where the twin says, once per wish.
fn follow_goal(
    view: Res<TwinView>,
    bounds: Res<super::plant::PlantBounds>,
    viewport: Res<Viewport>,
    mut rig: ResMut<CameraRig>,
    mut redraw: ResMut<Redraw>,
) {
    let (number, goal) = &view.twin.view().camera_goal;
    let aspect = viewport.aspect();
    // A new shape of the window frames anew, as long as the user has not taken the camera.
    // So does the first legend, but not every change of it: the view shall rest.
    let clear = viewport.clear();
    let is_reshaped = rig.framed.is_some_and(|(framed, part)| {
        (framed / aspect - 1.0).abs() > 0.01 || part == Part::WHOLE && clear != part
    });
    if rig.followed == *number && !is_reshaped {
        return;
    }
    let is_first = rig.followed == u64::MAX || rig.followed == *number;
    rig.followed = *number;
    rig.framed = Some((aspect, clear));
    let pose = rig.pose();
    let (to, lens) = match goal {
        CameraGoal::Home => (
            overview(&bounds.points, aspect, viewport.covered()),
            Lens::Perspective,
        ),
        CameraGoal::Top => (
            framing_within(
                &bounds.plant,
                0.0,
                PITCH_MOST,
                aspect,
                Lens::Orthographic,
                clear,
            ),
            Lens::Orthographic,
        ),
        CameraGoal::Equipment(id) => match with_neighbours(view.twin.plant(), *id) {
            Some(one) => (
                framing(&one, pose.yaw, HOME_PITCH, aspect, Lens::Perspective),
                Lens::Perspective,
            ),
            None => return,
        },
        CameraGoal::Group(path) => match bounds.group(&view, path) {
            Some(group) => (
                framing(&group, pose.yaw, HOME_PITCH, aspect, Lens::Perspective),
                Lens::Perspective,
            ),
            None => return,
        },
        CameraGoal::Pose(pose) => {
            rig.framed = None;
            let pose = lawful(*pose);
            // Where it is already, nothing happens: the user's own gestures end in this wish.
            if rig.is_flying() || rig.pose() != pose {
                let lens = rig.lens_at(&pose);
                rig.jump(pose, lens);
                redraw.moving();
            }
            return;
        }
        CameraGoal::Viewpoint(pose) => {
            rig.framed = None;
            (*pose, Lens::Perspective)
        }
    };
    redraw.moving();
    if is_first {
        rig.jump(to, lens);
    } else {
        rig.fly(to, lens);
    }
}

fn fly(time: Res<Time<Real>>, mut rig: ResMut<CameraRig>, mut redraw: ResMut<Redraw>) {
    if rig.is_flying() {
        rig.advance(time.delta_secs().min(0.2));
        redraw.moving();
    }
}

/// Puts Bevy's camera where the rig is.
fn place(
    rig: Res<CameraRig>,
    viewport: Res<Viewport>,
    mut cameras: Query<(&mut Transform, &mut Projection), With<PlantCamera>>,
) {
    if !rig.is_changed() && !viewport.is_changed() {
        return;
    }
    for (mut place, mut projection) in &mut cameras {
        let pose = rig.pose();
        place.set_if_neq(transform(&pose));
        *projection = match rig.lens() {
            Lens::Perspective => Projection::Perspective(PerspectiveProjection {
                fov: FIELD_OF_VIEW,
                near: (pose.distance * 0.01).clamp(0.05, 2.0),
                far: 20_000.0,
                aspect_ratio: viewport.aspect(),
                ..default()
            }),
            Lens::Orthographic => Projection::Orthographic(OrthographicProjection {
                near: 0.1,
                far: pose.distance + 50.0,
                scaling_mode: ScalingMode::FixedVertical {
                    viewport_height: 2.0 * pose.distance * (FIELD_OF_VIEW / 2.0).tan(),
                },
                ..OrthographicProjection::default_3d()
            }),
        };
    }
}
