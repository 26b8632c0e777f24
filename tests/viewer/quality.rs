//! Quality follows the adapter and the frames, never up and down, and never against the user.

use std::time::Duration;

use bevy::time::TimeUpdateStrategy;
use proptest::prelude::*;
use twinscape::command::{Command, Quality};
use twinscape::viewer::commands::CommandQueue;
use twinscape::viewer::quality::{Edges, Governor, Occlusion, Preset, ShownQuality};
use twinscape::viewer::viewport::Redraw;

use crate::support::{self, Rig};

const ALL: [Quality; 3] = [Quality::Low, Quality::Medium, Quality::High];

fn rank(quality: Quality) -> usize {
    ALL.iter().position(|one| *one == quality).unwrap()
}

/// What the governor makes of frames that take so long, starting at high.
fn govern(frames: impl IntoIterator<Item = f64>) -> Vec<Quality> {
    let mut governor = Governor::default();
    governor.settle();
    let mut quality = Quality::High;
    let mut seen = vec![quality];
    for secs in frames {
        if let Some(lower) = governor.observe(secs, quality) {
            quality = lower;
            seen.push(quality);
        }
    }
    seen
}

#[test]
fn each_preset_turns_something_off_that_the_next_has() {
    let [low, medium, high] = ALL.map(Preset::of);
    assert!(low.render_scale < medium.render_scale && medium.render_scale < high.render_scale);
    assert_eq!(low.shadows, None);
    let (medium_shadows, high_shadows) = (medium.shadows.unwrap(), high.shadows.unwrap());
    assert!(medium_shadows.cascades < high_shadows.cascades);
    assert_eq!(
        [low, medium, high].map(|preset| preset.occlusion),
        [Occlusion::Baked, Occlusion::Baked, Occlusion::ScreenSpace]
    );
    assert_eq!(medium.edges, Edges::Sampled);
    assert!(low.model_near < medium.model_near && medium.model_near < high.model_near);
}

#[test]
fn a_large_screen_is_not_drawn_with_more_pixels_than_a_preset_allows() {
    let high = Preset::of(Quality::High);
    assert_eq!(high.scale(1_280.0, 720.0), 2.0);
    let scale = high.scale(2_560.0, 1_440.0);
    assert!(scale > 1.0 && scale < 2.0, "{scale}");
    assert!(2_560.0 * 1_440.0 * scale * scale <= high.pixels * 1.01);
    // But never coarser than the screen.
    assert_eq!(high.scale(7_680.0, 4_320.0), 1.0);
}

#[test]
fn frames_that_stay_slow_step_down_to_low_and_stop_there() {
    let slow = std::iter::repeat_n(0.2, 300);
    assert_eq!(govern(slow), [Quality::High, Quality::Medium, Quality::Low]);
}

#[test]
fn a_window_that_keeps_up_keeps_its_quality() {
    assert_eq!(
        govern(std::iter::repeat_n(1.0 / 30.0, 2_000)),
        [Quality::High]
    );
}

#[test]
fn a_hitch_now_and_then_is_not_slowness() {
    // A long pause every two seconds.
    let frames = (0..2_000).map(|at| if at % 60 == 0 { 1.5 } else { 1.0 / 30.0 });
    assert_eq!(govern(frames), [Quality::High]);
}

proptest! {
    #[test]
    fn quality_only_ever_falls_and_not_twice_within_the_time_to_settle(
        frames in proptest::collection::vec(0.001_f64..0.6, 1..1_500),
    ) {
        let mut governor = Governor::default();
        governor.settle();
        let (mut quality, mut since) = (Quality::High, 0.0);
        for secs in frames {
            since += secs;
            if let Some(lower) = governor.observe(secs, quality) {
                prop_assert_eq!(rank(lower) + 1, rank(quality));
                prop_assert!(since >= Governor::SETTLE_SECS + Governor::PATIENCE_SECS - 0.6, "{}", since);
                (quality, since) = (lower, 0.0);
            }
        }
    }
}

/// A window whose frames take so long for so many frames.
fn window(millis: u64, frames: usize, chosen: Option<Quality>) -> Quality {
    let mut rig = Rig::new(support::plant(&support::kind(Vec::new(), Vec::new()), 4));
    {
        let world = rig.app.world_mut();
        world.resource_mut::<ShownQuality>().by_adapter = Quality::High;
        if let Some(chosen) = chosen {
            world
                .resource_mut::<CommandQueue>()
                .push(Command::SetQuality(chosen));
        }
    }
    rig.app
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(
            millis,
        )));
    for frame in 0..frames {
        rig.app.world_mut().resource_mut::<Redraw>().moving();
        rig.at(frame as f64 * 1e-3 * millis as f64);
    }
    rig.app.world().resource::<ShownQuality>().quality
}

#[test]
fn a_slow_window_gets_a_cheaper_picture_unless_the_user_has_chosen() {
    assert_eq!(window(250, 150, None), Quality::Low);
    assert_eq!(window(20, 1_000, None), Quality::High);
    assert_eq!(window(250, 150, Some(Quality::High)), Quality::High);
}
