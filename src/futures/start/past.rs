//! [`Past`]: what a history tells up to an instant, walked back from there. Nothing after it is looked
//! at, so that a fork of the past is what it would have been then.

use std::time::Duration;

use crate::history::HistoryView;
use crate::model::{OperatingState, Point, SignalId, Text, Timestamp, Value};

/// One nanosecond, the resolution of times.
const INSTANT: Duration = Duration::from_nanos(1);
/// Stretches of one signal that are walked back over at most.
const MAX_STRETCHES: usize = 4_096;

/// A history up to an instant.
#[derive(Clone, Copy)]
pub(super) struct Past<'a> {
    view: &'a HistoryView<'a>,
    /// The last instant that is known.
    pub end: Timestamp,
}

/// A number that became another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    pub time: Timestamp,
    pub from: f64,
    pub to: f64,
}

impl Change {
    /// How far a counter went on; one that fell has begun anew.
    pub fn counted(&self) -> f64 {
        if self.to >= self.from {
            self.to - self.from
        } else {
            self.to
        }
    }
}

/// A span in one operating state, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Phase {
    pub start: Timestamp,
    pub end: Timestamp,
    pub state: OperatingState,
}

impl Phase {
    pub fn secs(&self) -> f64 {
        self.end.secs_since(self.start)
    }
}

pub(super) fn just_before(time: Timestamp) -> Timestamp {
    time - INSTANT
}

fn number(point: &Point) -> Option<f64> {
    point.value.as_f64().filter(|_| point.quality.is_usable())
}

fn text(point: &Point) -> Option<Text> {
    match point.value {
        Value::Text(text) if text != Text::EMPTY && point.quality.is_usable() => Some(text),
        _ => None,
    }
}

impl<'a> Past<'a> {
    /// Everything before `at`.
    pub fn before(view: &'a HistoryView<'a>, at: Timestamp) -> Self {
        Self {
            view,
            end: just_before(at),
        }
    }

    fn at(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        self.view.latest_at(signal, t.min(self.end))
    }

    /// What a signal said up to `t`, newest first: of points that say the same without a break mostly
    /// only the first; of several at one instant the last.
    pub fn back(&self, signal: SignalId, t: Timestamp) -> impl Iterator<Item = Point> + use<'a> {
        let past = *self;
        let mut next = Some(t.min(self.end));
        std::iter::from_fn(move || {
            let point = past.view.same_since(signal, next?)?;
            next = (point.time > Timestamp::MIN).then(|| just_before(point.time));
            Some(point)
        })
        .take(MAX_STRETCHES)
    }

    /// The last usable number up to `t`.
    pub fn number(&self, signal: SignalId, t: Timestamp) -> Option<f64> {
        self.back(signal, t).find_map(|point| number(&point))
    }

    /// What a text said at `t`; an empty one says that there is nothing.
    pub fn text(&self, signal: SignalId, t: Timestamp) -> Option<Text> {
        text(&self.at(signal, t)?)
    }

    /// The last text up to `t` that was not empty.
    pub fn last_text(&self, signal: SignalId, t: Timestamp) -> Option<Text> {
        self.back(signal, t).take(64).find_map(|point| text(&point))
    }

    /// Since when a text says what it said at `t`; `None`: it says nothing, or nobody saw it begin.
    pub fn text_since(&self, signal: SignalId, t: Timestamp) -> Option<Timestamp> {
        let now = self.text(signal, t)?;
        let mut since = None;
        for point in self.back(signal, t) {
            if text(&point) != Some(now) {
                return since;
            }
            since = Some(point.time);
        }
        None
    }

    /// Changes of a number up to `t`, newest first.
    pub fn changes(
        &self,
        signal: SignalId,
        t: Timestamp,
    ) -> impl Iterator<Item = Change> + use<'a> {
        let mut points = self
            .back(signal, t)
            .filter_map(|point| Some((point.time, number(&point)?)))
            .peekable();
        std::iter::from_fn(move || {
            loop {
                let (time, to) = points.next()?;
                let (_, from) = points.peek().copied()?;
                if from != to {
                    return Some(Change { time, from, to });
                }
            }
        })
    }

    /// When a number changed last up to `t`.
    pub fn changed(&self, signal: SignalId, t: Timestamp) -> Option<Timestamp> {
        self.changes(signal, t).next().map(|change| change.time)
    }

    /// The first instant that is known of a signal, as far as it is walked back.
    pub fn first(&self, signal: SignalId) -> Option<Timestamp> {
        self.back(signal, self.end).last().map(|point| point.time)
    }

    /// The operating states of a derived state signal, newest first. What nobody knows counts to what
    /// was known before it.
    pub fn phases(&self, state: SignalId) -> impl Iterator<Item = Phase> + use<'a> {
        let mut points = self.back(state, self.end);
        let mut end = self.end;
        let mut open: Option<Phase> = None;
        std::iter::from_fn(move || {
            for point in points.by_ref() {
                let state = OperatingState::from_value(point.value);
                match &mut open {
                    _ if state == OperatingState::Unknown => {}
                    Some(phase) if phase.state == state => phase.start = point.time,
                    _ => {
                        let next = Phase {
                            start: point.time,
                            end,
                            state,
                        };
                        end = point.time;
                        if let Some(done) = open.replace(next) {
                            return Some(done);
                        }
                    }
                }
                end = open.map_or(end, |phase| phase.start);
            }
            open.take()
        })
    }

    /// Whether the newest that is known of a state is that nobody knows it.
    pub fn is_silent(&self, state: SignalId) -> bool {
        self.at(state, self.end)
            .is_none_or(|point| OperatingState::from_value(point.value) == OperatingState::Unknown)
    }

    /// Where something is, and since when it has not moved by more than `tolerance`.
    pub fn still_since(
        &self,
        [x, z]: [SignalId; 2],
        tolerance: f64,
    ) -> Option<([f64; 2], Timestamp)> {
        let (x, still_x) = self.steady_since(x, tolerance)?;
        let (z, still_z) = self.steady_since(z, tolerance)?;
        Some(([x, z], still_x.max(still_z)))
    }

    fn steady_since(&self, signal: SignalId, tolerance: f64) -> Option<(f64, Timestamp)> {
        let mut points = self
            .back(signal, self.end)
            .filter_map(|point| Some((point.time, number(&point)?)));
        let (mut since, here) = points.next()?;
        for (time, there) in points {
            if (there - here).abs() > tolerance {
                break;
            }
            since = time;
        }
        Some((here, since))
    }
}
