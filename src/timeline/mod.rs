//! [`Timeline`]: the one cursor over past and present, and how it moves.
//!
//! A pure function of what users ask for and of the instants that are passed in: [`Timeline::tick`]
//! says what time it is, everything else is a [`Command`](crate::command::Command) that
//! [`Twin::apply`](crate::twin::Twin::apply) hands over. The same calls give the same cursor, in the
//! window, in a script and in a test.
//!
//! | module | what |
//! | --- | --- |
//! | [`window`] | the visible part of time: zoom, pan, keeping the cursor in view |
//! | [`ruler`] | ticks from milliseconds to months, and how instants are written |
//! | [`step`] | the next and the previous change or event |
//! | [`markers`] | bookmarks and ranges with notes, as a file |
//! | [`alarms`] | the alarm list as it was at an instant |
//! | [`lanes`] | what a view draws along time, a pixel's worth at a time |
//! | [`statistics`] | a selected range in numbers |

pub mod alarms;
pub mod lanes;
pub mod markers;
pub mod ruler;
pub mod statistics;
pub mod step;
pub mod window;

use std::ops::Range;

use serde::Serialize;

pub use markers::{Marker, Markers};
pub use window::Window;

use crate::command::{Direction, Looping, RangeEnd, SpeedChange};
use crate::model::Timestamp;

/// What the cursor does by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayState {
    /// It is the present.
    #[default]
    Live,
    /// It moves through what was recorded.
    Playing,
    /// It stands.
    Paused,
}

/// What lies at the end of what was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edge {
    /// The present: who catches up with it follows it.
    #[default]
    Live,
    /// Nothing: the recording is all there is.
    End,
}

/// The slowest and the fastest, times real time.
pub const SPEEDS: [f64; 2] = [0.1, 10_000.0];
/// The speeds that are stepped through.
const LADDER: [f64; 16] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0,
    10_000.0,
];

/// The cursor, how it moves, the selected range and the visible part of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    state: PlayState,
    cursor: Timestamp,
    /// Times real time, in [`SPEEDS`].
    speed: f64,
    direction: Direction,
    looping: Looping,
    range: Option<[Timestamp; 2]>,
    window: Window,
    edge: Edge,
    now: Timestamp,
    recorded: Option<[Timestamp; 2]>,
    /// When the cursor left the present.
    left_live: Option<Timestamp>,
    /// Where a future that is watched ends.
    future: Option<Timestamp>,
}

impl Timeline {
    /// Follows live; for a recording alone, stands at its end.
    pub fn new(edge: Edge) -> Self {
        Self {
            state: match edge {
                Edge::Live => PlayState::Live,
                Edge::End => PlayState::Paused,
            },
            cursor: Timestamp::MIN,
            speed: 1.0,
            direction: Direction::Forward,
            looping: Looping::Off,
            range: None,
            window: Window::default(),
            edge,
            now: Timestamp::MIN,
            recorded: None,
            left_live: None,
            future: None,
        }
    }

    /// What the cursor does.
    pub fn state(&self) -> PlayState {
        self.state
    }

    /// The instant that is shown.
    pub fn cursor(&self) -> Timestamp {
        self.cursor
    }

    /// The present, as [`Timeline::tick`] was told last.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How fast it plays, times real time.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Which way it plays.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Whether it plays the selected range again and again.
    pub fn looping(&self) -> Looping {
        self.looping
    }

    /// The selected range.
    pub fn range(&self) -> Option<Range<Timestamp>> {
        self.range.map(|[from, to]| from..to)
    }

    /// The visible part of time.
    pub fn visible(&self) -> Range<Timestamp> {
        self.window.span()
    }

    /// Whether the visible part moves along with the cursor.
    pub fn follows(&self) -> bool {
        self.window.follows()
    }

    /// What lies at the end of what was recorded.
    pub fn edge(&self) -> Edge {
        self.edge
    }

    /// The span that anything is known of, as [`Timeline::tick`] was told last: to the present where
    /// there is one.
    pub fn recorded(&self) -> Option<Range<Timestamp>> {
        self.recorded.map(|[from, _]| from..self.end())
    }

    /// When the cursor left the present; `None` while it is live.
    pub fn left_live(&self) -> Option<Timestamp> {
        self.left_live
    }

    /// Where time ends: at the present, or with the recording; with the future that is watched.
    fn end(&self) -> Timestamp {
        let known = match (self.edge, self.recorded) {
            (Edge::End, Some([_, to])) => to,
            _ => self.now,
        };
        self.future.unwrap_or(known)
    }

    /// Where a future that is watched from now on ends; `None`: none is.
    pub(crate) fn set_future(&mut self, to: Option<Timestamp>) {
        self.future = to;
        if to.is_none() && self.state != PlayState::Live && self.now != Timestamp::MIN {
            self.cursor = self.cursor.min(self.end());
        }
    }

    /// Lets time pass to `now`, and says what is known.
    pub fn tick(&mut self, now: Timestamp, recorded: Option<Range<Timestamp>>) {
        let is_first = self.now == Timestamp::MIN;
        let nanos = if is_first {
            0
        } else {
            now.nanos_since(self.now).max(0)
        };
        self.now = now;
        if let Some(span) = recorded {
            let is_new = self.recorded.is_none();
            self.recorded = Some([span.start, span.end]);
            // A recording alone begins where it ends: that is what somebody looks for first.
            if is_new && self.edge == Edge::End && self.cursor == Timestamp::MIN {
                self.cursor = span.end;
            }
        }
        match self.state {
            PlayState::Live => self.cursor = now,
            PlayState::Paused => {}
            PlayState::Playing => self.play_on(nanos),
        }
        if self.state == PlayState::Live
            && let Some([from, _]) = self.recorded
        {
            self.window.grow(now.nanos_since(from));
        }
        self.window.keep(self.cursor, self.state);
    }

    fn play_on(&mut self, nanos: i64) {
        let start = self.recorded.map(|[from, _]| from);
        let step = (nanos as f64 * self.speed) as i64;
        let before = self.cursor;
        let at = match self.direction {
            Direction::Forward => before.as_nanos().saturating_add(step),
            Direction::Backward => before.as_nanos().saturating_sub(step),
        };
        self.cursor = Timestamp::from_nanos(at);
        if self.looping == Looping::On
            && let Some([from, to]) = self.range
        {
            self.cursor = wrapped(self.cursor, from, to, self.direction);
            // A loop that reaches beyond what is known ends there until more is known.
            let start = start.map_or(Timestamp::MIN, |start| start.min(self.end()));
            self.cursor = self.cursor.max(start).min(self.end());
            return;
        }
        match self.direction {
            Direction::Forward if self.cursor >= self.end() => match self.edge {
                Edge::Live if self.future.is_none() => self.follow_live(),
                Edge::Live | Edge::End => {
                    self.cursor = self.end();
                    self.state = PlayState::Paused;
                }
            },
            Direction::Backward => {
                if let Some(start) = start.filter(|start| self.cursor <= *start) {
                    self.cursor = start.min(before);
                    self.state = PlayState::Paused;
                }
            }
            Direction::Forward => {}
        }
    }

    /// The cursor is the present again. A recording alone has none: there it goes to its end.
    pub(crate) fn follow_live(&mut self) {
        self.direction = Direction::Forward;
        match self.edge {
            Edge::Live => {
                self.state = PlayState::Live;
                self.cursor = self.now;
                self.speed = 1.0;
                self.left_live = None;
            }
            Edge::End => {
                self.state = PlayState::Paused;
                self.cursor = self.end();
            }
        }
        self.window.follow(self.cursor, self.state);
    }

    fn leave_live(&mut self) {
        if self.edge == Edge::Live && self.left_live.is_none() {
            self.left_live = Some(self.now);
        }
    }

    /// Plays on from the cursor, the way it played last.
    pub(crate) fn play(&mut self) {
        if self.state == PlayState::Live && self.direction == Direction::Forward {
            return;
        }
        self.leave_live();
        let is_at_end = self.edge == Edge::End && self.cursor >= self.end();
        if let Some([from, _]) = self.recorded.filter(|_| is_at_end)
            && self.direction == Direction::Forward
        {
            self.cursor = from;
        }
        self.state = PlayState::Playing;
        self.window.follow(self.cursor, self.state);
    }

    /// Stops the cursor where it is.
    pub(crate) fn pause(&mut self) {
        self.leave_live();
        self.state = PlayState::Paused;
    }

    /// Puts the cursor somewhere: at the present and beyond, it follows that.
    pub(crate) fn seek(&mut self, at: Timestamp) {
        let is_present = self.edge == Edge::Live && self.now != Timestamp::MIN && at >= self.now;
        if is_present && self.future.is_none() {
            return self.follow_live();
        }
        self.leave_live();
        if self.state == PlayState::Live {
            self.state = PlayState::Paused;
        }
        self.put(at);
        self.window.show(self.cursor);
    }

    /// Puts the cursor somewhere while a hand moves it: it stands still otherwise, and the visible
    /// part of time with it.
    pub(crate) fn scrub(&mut self, at: Timestamp) {
        self.leave_live();
        self.state = PlayState::Paused;
        self.put(at);
    }

    fn put(&mut self, at: Timestamp) {
        let at = if self.now == Timestamp::MIN {
            at
        } else {
            at.min(self.end())
        };
        self.cursor = match self.recorded {
            Some([from, _]) => at.max(from.min(self.end())),
            None => at,
        };
    }

    /// Plays this way; asked for again, faster (the keys J and L of video editors).
    pub(crate) fn shuttle(&mut self, direction: Direction) {
        let is_same = self.state == PlayState::Playing && self.direction == direction;
        if is_same {
            return self.change_speed(SpeedChange::Faster);
        }
        if self.state == PlayState::Live && direction == Direction::Forward {
            return;
        }
        self.direction = direction;
        self.speed = 1.0;
        self.play();
    }

    /// Plays this way from now on.
    pub(crate) fn set_direction(&mut self, direction: Direction) {
        if self.state == PlayState::Live && direction == Direction::Backward {
            self.leave_live();
            self.state = PlayState::Playing;
        }
        self.direction = direction;
    }

    /// Another speed, times real time, within [`SPEEDS`].
    pub(crate) fn set_speed(&mut self, speed: f64) {
        let [least, most] = SPEEDS;
        self.speed = speed.clamp(least, most);
    }

    /// The next speed of the ladder.
    pub(crate) fn change_speed(&mut self, change: SpeedChange) {
        let next = match change {
            SpeedChange::Faster => LADDER.into_iter().find(|speed| *speed > self.speed * 1.001),
            SpeedChange::Slower => LADDER
                .into_iter()
                .rev()
                .find(|speed| *speed < self.speed * 0.999),
        };
        self.speed = next.unwrap_or(self.speed);
    }

    /// Plays the selected range again and again, or not.
    pub(crate) fn set_looping(&mut self, looping: Looping) {
        self.looping = looping;
    }

    /// Selects a range, in either order.
    pub(crate) fn select(&mut self, [from, to]: [Timestamp; 2]) {
        self.range = (from != to).then_some([from.min(to), from.max(to)]);
        if self.range.is_none() {
            self.looping = Looping::Off;
        }
    }

    /// Selects nothing.
    pub(crate) fn clear_range(&mut self) {
        self.range = None;
        self.looping = Looping::Off;
    }

    /// Puts an end of the selected range to the cursor (the keys I and O of video editors). Without
    /// another end, the range goes to the end of what is visible, or from its beginning.
    pub(crate) fn mark(&mut self, end: RangeEnd) {
        // What is visible and known.
        let start = self.recorded.map_or(Timestamp::MIN, |[from, _]| from);
        let visible = self.visible();
        let visible = visible.start.max(start)..visible.end.min(self.end());
        let cursor = self.cursor;
        let [from, to] = match (end, self.range) {
            (RangeEnd::Start, Some([_, to])) if to > cursor => [cursor, to],
            (RangeEnd::Start, _) => [cursor, visible.end.max(cursor)],
            (RangeEnd::End, Some([from, _])) if from < cursor => [from, cursor],
            (RangeEnd::End, _) => [visible.start.min(cursor), cursor],
        };
        self.select([from, to]);
    }

    /// Shows this part of time.
    pub(crate) fn show_span(&mut self, [from, to]: [Timestamp; 2]) {
        self.window.set(from.min(to)..from.max(to));
    }

    /// Shows so many times as much time, the cursor where it is.
    pub(crate) fn zoom(&mut self, factor: f64) {
        self.window.zoom(factor, self.cursor);
        self.window.keep(self.cursor, self.state);
    }

    /// Moves the visible part by so many of its own lengths.
    pub(crate) fn pan(&mut self, lengths: f64) {
        self.window.pan(lengths);
    }

    /// Shows all that is known.
    pub(crate) fn show_all(&mut self) {
        if let Some(span) = self.recorded() {
            let room = (span.end.nanos_since(span.start) / 50).max(1);
            let end = span.end.as_nanos().saturating_add(room);
            self.window.set(span.start..Timestamp::from_nanos(end));
        }
    }
}

/// `at`, brought back into a range that is played again and again.
fn wrapped(at: Timestamp, from: Timestamp, to: Timestamp, direction: Direction) -> Timestamp {
    let length = to.nanos_since(from).max(1);
    let past = match direction {
        Direction::Forward if at >= to => at.nanos_since(to),
        Direction::Backward if at < from => from.nanos_since(at),
        // What lies before a range that is played forward leads into it.
        _ => return at,
    };
    let past = past % length;
    Timestamp::from_nanos(match direction {
        Direction::Forward => from.as_nanos() + past,
        Direction::Backward => to.as_nanos() - past,
    })
}
