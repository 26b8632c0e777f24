//! [`Window`]: the visible part of time.

use std::ops::Range;
use std::time::Duration;

use super::PlayState;
use crate::model::Timestamp;

/// The shortest and the longest that is visible.
pub const LENGTHS: [Duration; 2] = [
    Duration::from_millis(10),
    Duration::from_secs(2 * 366 * 86_400),
];
/// What a new timeline shows at first and at most: as long as what was recorded, in between.
const FIRST: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(600)];
/// Where the present is while it is followed: share of the length.
const LIVE_AT: f64 = 0.96;
/// Where the cursor is kept while it plays: shares of the length.
const PLAYED_AT: [f64; 2] = [0.08, 0.92];

/// The visible part of time: from where, how long, and whether it moves along with the cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    from: Timestamp,
    /// Nanoseconds, within [`LENGTHS`].
    length: i64,
    follows: bool,
    /// Whether nobody has chosen the length yet: it grows with what was recorded.
    grows: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            from: Timestamp::MIN,
            length: nanos(FIRST[0]),
            follows: true,
            grows: true,
        }
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

fn within(length: i64) -> i64 {
    let [least, most] = LENGTHS.map(nanos);
    length.clamp(least, most)
}

impl Window {
    /// From and to.
    pub fn span(&self) -> Range<Timestamp> {
        self.from..Timestamp::from_nanos(self.from.as_nanos().saturating_add(self.length))
    }

    /// Whether it moves along with the cursor.
    pub fn follows(&self) -> bool {
        self.follows
    }

    fn share(&self, share: f64) -> i64 {
        (self.length as f64 * share) as i64
    }

    /// Puts `at` at a share of the length.
    fn put(&mut self, at: Timestamp, share: f64) {
        self.begin(at.as_nanos().saturating_sub(self.share(share)));
    }

    /// Begins there, as far as time can be written.
    fn begin(&mut self, from: i64) {
        self.from = Timestamp::from_nanos(from.min(i64::MAX - self.length));
    }

    /// Moves along with the cursor, if it does that.
    pub(super) fn keep(&mut self, cursor: Timestamp, state: PlayState) {
        if !self.follows || cursor == Timestamp::MIN {
            return;
        }
        let at = cursor.nanos_since(self.from) as f64 / self.length as f64;
        let [first, last] = PLAYED_AT;
        match state {
            PlayState::Live => self.put(cursor, LIVE_AT),
            PlayState::Playing if !(-0.5..=1.5).contains(&at) => self.put(cursor, 0.5),
            PlayState::Playing if at < first => self.put(cursor, first),
            PlayState::Playing if at > last => self.put(cursor, last),
            PlayState::Paused if !(0.0..=1.0).contains(&at) => self.put(cursor, 0.5),
            PlayState::Playing | PlayState::Paused => {}
        }
    }

    /// Shows all that was recorded so far, until that is too much or somebody has chosen a length.
    pub(super) fn grow(&mut self, recorded: i64) {
        if self.grows && self.follows {
            let [least, most] = FIRST.map(nanos);
            let wanted = (recorded as f64 * 1.2) as i64;
            // In steps: what is drawn moves as rarely.
            let step = (self.length / 8).max(1);
            if wanted > self.length {
                self.length = (wanted.div_euclid(step) * step + step).clamp(least, most);
            }
        }
    }

    /// Moves along with the cursor from now on.
    pub(super) fn follow(&mut self, cursor: Timestamp, state: PlayState) {
        self.follows = true;
        self.keep(cursor, state);
    }

    /// Makes an instant visible.
    pub(super) fn show(&mut self, at: Timestamp) {
        if !self.span().contains(&at) {
            self.put(at, 0.5);
            self.follows = true;
        }
    }

    /// Shows this part, and stays there.
    pub(super) fn set(&mut self, span: Range<Timestamp>) {
        self.grows = false;
        let asked = span.end.nanos_since(span.start).max(1);
        self.length = within(asked);
        // What is too short is shown in the middle.
        let room = (self.length - asked) / 2;
        self.begin(span.start.as_nanos().saturating_sub(room));
        self.follows = false;
    }

    /// Shows `factor` times as much, with `at` where it is.
    pub(super) fn zoom(&mut self, factor: f64, at: Timestamp) {
        self.grows = false;
        let before = self.length as f64;
        let length = within((before * factor) as i64);
        let share = at.nanos_since(self.from) as f64 / before;
        self.length = length;
        let share = if (0.0..=1.0).contains(&share) {
            share
        } else {
            0.5
        };
        self.put(at, share);
    }

    /// Moves by so many of its own lengths, and stays there.
    pub(super) fn pan(&mut self, lengths: f64) {
        let by = self.share(lengths);
        self.begin(self.from.as_nanos().saturating_add(by));
        self.follows = false;
    }
}
