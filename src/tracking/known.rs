//! What a signal says at an instant, and how long it speaks.

use crate::history::HistoryView;
use crate::history::freshness::{FreshnessRule, life};
use crate::model::{Cause, Plant, Point, Quality, SignalId, Text, Timestamp, Value};

/// How many points of a session are looked at to find the end of a life.
const MAX_LIVES: usize = 16;

/// One nanosecond, the resolution of times.
const INSTANT: std::time::Duration = std::time::Duration::from_nanos(1);

/// Reads signals under one lock of the history.
pub(super) struct Reader<'a> {
    pub plant: &'a Plant,
    pub view: &'a HistoryView<'a>,
    rules: &'a [FreshnessRule],
}

impl<'a> Reader<'a> {
    pub fn new(plant: &'a Plant, view: &'a HistoryView<'a>, rules: &'a [FreshnessRule]) -> Self {
        Self { plant, view, rules }
    }

    /// The last point at or before `t`.
    pub fn last(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        self.view.latest_at(signal, t)
    }

    /// The first of those points that, up to the last one at or before `t`, say what that one says;
    /// there may be more of them before it.
    pub fn same_since(&self, signal: SignalId, t: Timestamp) -> Option<Point> {
        self.view.same_since(signal, t)
    }

    /// The last point before that of `time`.
    pub fn before(&self, signal: SignalId, time: Timestamp) -> Option<Point> {
        self.last(signal, just_before(time))
    }

    /// The instant from which a point does not speak any more, as known at `t`: it grows old, or its
    /// session ends. [`Timestamp::MAX`]: nothing ends it that is known at `t`.
    pub fn until(&self, signal: SignalId, point: &Point, t: Timestamp) -> Timestamp {
        let Some(rule) = self.rules.get(signal.index()) else {
            // A derived signal says by itself when nothing is known.
            return Timestamp::MAX;
        };
        if point.quality == Quality::Uncertain(Cause::UnknownAge) {
            return Timestamp::MIN;
        }
        let expiry = rule.expiry(point.time);
        if !rule.is_gated() {
            return expiry;
        }
        let Some(session) = rule.session() else {
            return Timestamp::MIN;
        };
        let session = self.plant.session_signal(session);
        let present = life(self.last(session, t));
        if present.is_some_and(|since| point.receive_time >= since) {
            return expiry;
        }
        let mut from = point.time;
        for _ in 0..MAX_LIVES {
            let Some(next) = self.view.bracket(session, from).1 else {
                break;
            };
            // Receive times come back from disk to the millisecond.
            if next.receive_time.as_millis() > point.receive_time.as_millis() {
                return expiry.min(next.time);
            }
            from = next.time;
        }
        point.time
    }

    /// When the session of a signal was born or died last up to `t`; `None`: it has none, or nothing is
    /// known of it.
    pub fn life_changed(&self, signal: SignalId, t: Timestamp) -> Option<Timestamp> {
        let session = self.rules.get(signal.index())?.session()?;
        let last = self.last(self.plant.session_signal(session), t)?;
        Some(last.time)
    }

    /// The first instant after `t` at which something else may be true of a signal.
    pub fn due(&self, signal: SignalId, t: Timestamp) -> Timestamp {
        let (last, next) = self.view.bracket(signal, t);
        let mut due = next.map_or(Timestamp::MAX, |next| next.time);
        if let Some(last) = last {
            let until = self.until(signal, &last, t);
            if until > t {
                due = due.min(until);
            }
        }
        if let Some(session) = self
            .rules
            .get(signal.index())
            .and_then(|rule| rule.session())
            && let Some(next) = self.view.bracket(self.plant.session_signal(session), t).1
        {
            due = due.min(next.time);
        }
        due
    }
}

/// The instant before a time.
pub(super) fn just_before(time: Timestamp) -> Timestamp {
    time - INSTANT
}

/// The instant after a time.
pub(super) fn just_after(time: Timestamp) -> Timestamp {
    time + INSTANT
}

/// A number of parts that a usable point tells.
pub(super) fn count(point: &Point) -> Option<u32> {
    let number = point.value.as_f64().filter(|_| point.quality.is_usable())?;
    (number >= 0.0).then_some(number.min(f64::from(u32::MAX)) as u32)
}

/// A text that a usable point tells; an empty one tells that there is none.
pub(super) fn text(point: &Point) -> Option<Text> {
    match point.value {
        Value::Text(text) if text != Text::EMPTY && point.quality.is_usable() => Some(text),
        _ => None,
    }
}
