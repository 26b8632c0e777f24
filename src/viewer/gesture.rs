//! When a user's gesture with the camera is over: then the view asks for the pose that it has, so
//! that a recorded script shows the same pictures.

use super::camera::CameraRig;
use crate::command::CameraPose;
use crate::model::Timestamp;

/// What the user's hand does with the camera in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// It moves the camera.
    Moves,
    /// A button is still held down: the drag is not over.
    Holds,
    /// Nothing.
    Rests,
}

/// The gesture under way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gesture {
    moved: Option<Timestamp>,
}

impl Gesture {
    /// A gesture is over when the hand has rested for so long, s: a wheel turns in steps, and keys
    /// repeat.
    pub const REST_SECS: f64 = 0.3;

    /// Follows the hand; the pose of the camera when a gesture has just ended.
    ///
    /// A flight that began meanwhile ends the gesture without a pose: it goes somewhere else.
    pub fn follow(&mut self, hand: Hand, rig: &CameraRig, now: Timestamp) -> Option<CameraPose> {
        let moved = match hand {
            Hand::Moves => {
                self.moved = Some(now);
                return None;
            }
            Hand::Holds => {
                self.moved = self.moved.map(|_| now);
                return None;
            }
            Hand::Rests => self.moved?,
        };
        if rig.is_flying() {
            self.moved = None;
            return None;
        }
        if now.secs_since(moved) < Self::REST_SECS {
            return None;
        }
        self.moved = None;
        Some(rig.pose())
    }

    /// Whether a gesture is under way: another frame must come to see its end.
    pub const fn is_under_way(&self) -> bool {
        self.moved.is_some()
    }
}
