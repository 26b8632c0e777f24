//! [`Governor`]: steps the automatic quality down when frames take too long for a while.
//!
//! It only ever steps down, one preset at a time, and looks anew after each step: a picture that
//! gets better and worse by itself disturbs more than a coarse one. A new start, or the user, gives
//! the adapter another chance.

use crate::command::Quality;

/// Watches how long frames take.
#[derive(Clone, Debug, Default)]
pub struct Governor {
    /// Seconds of slow frames in a row, less those of quick ones.
    slow_secs: f64,
    slow_frames: u32,
    /// Seconds left in which nothing is judged: models load, pipelines are built.
    settling: f64,
}

impl Governor {
    /// A frame is slow when it takes longer than this many seconds: below 15 frames a second motion
    /// falls apart.
    pub const SLOW_SECS: f64 = 1.0 / 15.0;
    /// So long must frames be slow, s.
    pub const PATIENCE_SECS: f64 = 3.0;
    /// And so many of them: one long hitch is not slowness.
    pub const PATIENCE_FRAMES: u32 = 12;
    /// After a start or a step nothing is judged for so long, s.
    pub const SETTLE_SECS: f64 = 4.0;

    /// Begins anew: after a start or a change of quality.
    pub const fn settle(&mut self) {
        self.slow_secs = 0.0;
        self.slow_frames = 0;
        self.settling = Self::SETTLE_SECS;
    }

    /// Takes note of a frame that was drawn right after another and took so long, s; the quality to
    /// go on with when that is a lower one.
    pub fn observe(&mut self, secs: f64, quality: Quality) -> Option<Quality> {
        let lower = match quality {
            Quality::High => Quality::Medium,
            Quality::Medium => Quality::Low,
            Quality::Low => return None,
        };
        if self.settling > 0.0 {
            self.settling -= secs;
            return None;
        }
        if secs <= Self::SLOW_SECS {
            self.slow_secs = (self.slow_secs - 2.0 * secs).max(0.0);
            if self.slow_secs == 0.0 {
                self.slow_frames = 0;
            }
            return None;
        }
        // A pause of the machine says nothing about the picture: no frame counts for more than that.
        self.slow_secs += secs.min(1.0);
        self.slow_frames += 1;
        if self.slow_secs < Self::PATIENCE_SECS || self.slow_frames < Self::PATIENCE_FRAMES {
            return None;
        }
        self.settle();
        Some(lower)
    }
}
