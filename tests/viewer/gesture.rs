//! A gesture with the camera ends in a wish for the pose that it led to, and in nothing else.

use bevy::prelude::*;
use twinscape::command::{CameraPose, Command};
use twinscape::viewer::camera::{CameraRig, Lens};
use twinscape::viewer::commands::CommandQueue;
use twinscape::viewer::gesture::{Gesture, Hand};

use crate::support::{self, Rig, after};

#[test]
fn the_pose_is_told_once_when_the_hand_has_rested() {
    let mut gesture = Gesture::default();
    let mut rig = CameraRig::default();
    assert_eq!(gesture.follow(Hand::Rests, &rig, after(0.0)), None);
    rig.orbit(0.2, 0.1);
    assert_eq!(gesture.follow(Hand::Moves, &rig, after(1.0)), None);
    // The button is held still for a while: the drag is not over.
    assert_eq!(gesture.follow(Hand::Holds, &rig, after(5.0)), None);
    assert!(gesture.is_under_way());
    assert_eq!(gesture.follow(Hand::Rests, &rig, after(5.1)), None);
    rig.zoom(0.8, None);
    assert_eq!(gesture.follow(Hand::Moves, &rig, after(5.2)), None);
    assert_eq!(gesture.follow(Hand::Rests, &rig, after(5.3)), None);
    let told = gesture.follow(Hand::Rests, &rig, after(5.6));
    assert_eq!(told, Some(rig.pose()));
    assert_eq!(gesture.follow(Hand::Rests, &rig, after(9.0)), None);
    assert!(!gesture.is_under_way());
}

#[test]
fn a_button_held_without_moving_is_no_gesture() {
    let (mut gesture, rig) = (Gesture::default(), CameraRig::default());
    assert_eq!(gesture.follow(Hand::Holds, &rig, after(0.0)), None);
    assert_eq!(gesture.follow(Hand::Rests, &rig, after(2.0)), None);
}

#[test]
fn a_flight_that_begins_meanwhile_is_not_disturbed() {
    let (mut gesture, mut rig) = (Gesture::default(), CameraRig::default());
    gesture.follow(Hand::Moves, &rig, after(0.0));
    let far = CameraPose {
        distance: 90.0,
        ..rig.pose()
    };
    rig.fly(far, Lens::Perspective);
    assert_eq!(gesture.follow(Hand::Rests, &rig, after(0.4)), None);
    rig.advance(5.0);
    assert_eq!(gesture.follow(Hand::Rests, &rig, after(5.0)), None);
}

fn give(rig: &mut Rig, command: Command, secs: f64) {
    let mut queue = rig.app.world_mut().resource_mut::<CommandQueue>();
    assert!(queue.push(command));
    rig.at(secs);
}

fn camera(rig: &Rig) -> CameraRig {
    rig.app.world().resource::<CameraRig>().clone()
}

#[test]
fn a_wish_for_the_pose_that_is_there_changes_nothing() {
    let mut rig = Rig::new(support::plant(&support::kind(Vec::new(), Vec::new()), 9));
    give(&mut rig, Command::TopView, 1.0);
    rig.app.world_mut().resource_mut::<CameraRig>().advance(5.0);
    rig.app
        .world_mut()
        .resource_mut::<CameraRig>()
        .pan(Vec2::new(30.0, 10.0), 700.0);
    let before = camera(&rig);
    assert_eq!(before.lens(), Lens::Orthographic);
    give(&mut rig, Command::SetCamera(before.pose()), 2.0);
    let after = camera(&rig);
    assert_eq!((after.pose(), after.lens()), (before.pose(), before.lens()));
}

#[test]
fn a_plan_stays_a_plan_when_its_pose_is_played_again() {
    let mut rig = Rig::new(support::plant(&support::kind(Vec::new(), Vec::new()), 9));
    give(&mut rig, Command::TopView, 1.0);
    rig.app.world_mut().resource_mut::<CameraRig>().advance(5.0);
    let panned = CameraPose {
        target: [3.0, 0.0, 3.0],
        ..camera(&rig).pose()
    };
    give(&mut rig, Command::SetCamera(panned), 2.0);
    assert_eq!(camera(&rig).lens(), Lens::Orthographic);
    let tilted = CameraPose {
        pitch: 0.5,
        ..panned
    };
    give(&mut rig, Command::SetCamera(tilted), 3.0);
    assert_eq!(camera(&rig).lens(), Lens::Perspective);
}
