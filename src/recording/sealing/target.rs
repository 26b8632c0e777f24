//! [`Target`]: which part an item goes to, and what span a new part has.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use crate::model::Timestamp;
use crate::recording::parts::{Coverage, HOUR_MS};

/// How far behind the newest a part ends: what comes this late is not late.
const BEHIND: Duration = Duration::from_secs(5);
/// A part that would begin less than this before the end of its span, ms, ends with its hour.
const SHORT_MS: i64 = 60_000;

/// Where the items of one part come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A part that is there.
    Part(usize),
    /// A new one: in the gap before the part of this index, in the hour that begins here, ms.
    New(usize, i64),
}

/// Parts that are there, then new ones from the last to the first: so the indices of parts stay.
pub(super) fn in_order<T>(groups: BTreeMap<Target, T>) -> impl Iterator<Item = (Target, T)> {
    let (parts, new): (Vec<_>, Vec<_>) = groups
        .into_iter()
        .partition(|(target, _)| matches!(target, Target::Part(_)));
    parts.into_iter().chain(new.into_iter().rev())
}

/// When the hour of a time begins, ms.
pub(super) const fn hour_of(ms: i64) -> i64 {
    ms - ms.rem_euclid(HOUR_MS)
}

/// Up to where a segment is sealed whose last point was received at `last`, ms.
pub(super) fn horizon(last: Timestamp) -> i64 {
    let until = (last - BEHIND).as_millis();
    let hour = hour_of(until);
    if until - hour < SHORT_MS { hour } else { until }
}

/// The span of a new part that holds these times: within its hour and the gap between its neighbours,
/// and no wider than it must be where nothing was recorded around it.
pub(super) fn new_span(
    coverage: &Coverage,
    next: usize,
    hour: i64,
    until: Option<i64>,
    times: impl Iterator<Item = Timestamp>,
) -> Option<Range<i64>> {
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    for time in times {
        first = first.min(time.as_millis());
        last = last.max(time.as_millis());
    }
    if first > last {
        return None;
    }
    let before = next
        .checked_sub(1)
        .and_then(|index| coverage.part(index))
        .map_or(i64::MIN, |part| part.span.end);
    let behind = coverage.part(next).map_or(i64::MAX, |part| part.span.start);
    let from = before.max(hour);
    let to = behind
        .min(hour.saturating_add(HOUR_MS))
        .min(until.unwrap_or(i64::MAX));
    let from = if first - from < SHORT_MS { from } else { first };
    let to = if to - last <= SHORT_MS && until.is_some() {
        to
    } else {
        last + 1
    };
    (from < to).then_some(from..to)
}
