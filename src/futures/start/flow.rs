//! When parts came and went, from counters and contents.

use std::time::Duration;

use super::past::{Change, Past, just_before};
use super::site::Site;
use crate::model::{SignalId, Timestamp};
use crate::simulation::{ElementId, Process};

/// What two counters tell of one hand-over comes within this time.
pub(super) const TOGETHER: Duration = Duration::from_millis(50);
/// Hand-overs that are looked for at most.
const MAX_FLOW: usize = 4_096;

/// How often a number of parts went by at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Passed {
    pub time: Timestamp,
    pub count: u32,
}

/// Changes of several signals up to `t`, newest first, each with its direction.
fn merged<'p>(
    past: &Past<'p>,
    signals: &[SignalId],
    t: Timestamp,
) -> impl Iterator<Item = (usize, Change)> + use<'p> {
    let mut all: Vec<_> = signals
        .iter()
        .map(|signal| past.changes(*signal, t).peekable())
        .collect();
    std::iter::from_fn(move || {
        let mut newest: Option<(usize, Timestamp)> = None;
        for (index, changes) in all.iter_mut().enumerate() {
            if let Some(change) = changes.peek()
                && newest.is_none_or(|(_, time)| change.time > time)
            {
                newest = Some((index, change.time));
            }
        }
        let (index, _) = newest?;
        let change = all.get_mut(index)?.next()?;
        Some((index, change))
    })
}

/// Adds what falls together, and keeps what is above zero.
fn passes(changes: impl Iterator<Item = (Timestamp, f64)>) -> impl Iterator<Item = Passed> {
    let mut changes = changes.peekable();
    std::iter::from_fn(move || {
        loop {
            let (time, mut sum) = changes.next()?;
            while let Some((_, more)) = changes.next_if(|(at, _)| time <= *at + TOGETHER) {
                sum += more;
            }
            if sum > 0.5 {
                let count = sum.round() as u32;
                return Some(Passed { time, count });
            }
        }
    })
    .take(MAX_FLOW)
}

/// Parts that left an element towards all of its takers, newest first; `None`: nothing counts them.
pub(super) fn departures<'p>(
    site: &Site<'_>,
    past: &Past<'p>,
    element: ElementId,
    t: Timestamp,
) -> Option<Box<dyn Iterator<Item = Passed> + 'p>> {
    let part = site.part(element);
    if let Some(produced) = part.signals.produced {
        let changes = past.changes(produced, t);
        return Some(Box::new(passes(changes.map(|c| (c.time, c.counted())))));
    }
    let held = |signals: &super::site::Signals| signals.content.or(signals.present);
    let signals: Option<Vec<SignalId>> = match site.process(element)? {
        Process::Fleet(_) => part
            .vehicles
            .iter()
            .map(|(_, signals)| held(signals))
            .collect(),
        _ => held(&part.signals).map(|signal| vec![signal]),
    };
    let signals = signals.filter(|signals| !signals.is_empty())?;
    let falls = merged(past, &signals, t).map(|(_, c)| (c.time, c.from - c.to));
    Some(Box::new(passes(falls)))
}

/// What an element tells of the parts that it hands over, all to one taker: counters, and, marked, loads
/// that fall. `None`: it has several takers, or does not tell.
fn hands_over(site: &Site<'_>, giver: ElementId) -> Option<Vec<(SignalId, bool)>> {
    let part = site.part(giver);
    if part.takers.len() != 1 {
        return None;
    }
    if let Some(produced) = part.signals.produced {
        return Some(vec![(produced, false)]);
    }
    if !matches!(site.process(giver)?, Process::Fleet(_)) {
        return None;
    }
    let loads = part.vehicles.iter().map(|(_, signals)| {
        let load = signals.content.or(signals.present)?;
        Some((load, true))
    });
    loads.collect()
}

/// Parts that came into an element, newest first; `None`: nothing tells.
pub(super) fn arrivals<'p>(
    site: &Site<'_>,
    past: &Past<'p>,
    element: ElementId,
    t: Timestamp,
) -> Option<Box<dyn Iterator<Item = Passed> + 'p>> {
    let part = site.part(element);
    // Whoever tells what it hands over only to this one tells it best: what comes as another leaves does
    // not change a content.
    let givers = part.givers.iter().map(|giver| hands_over(site, *giver));
    let told: Option<Vec<_>> = givers.collect();
    if let Some(told) = told.filter(|told| !told.is_empty()) {
        let (signals, falls): (Vec<SignalId>, Vec<bool>) = told.into_iter().flatten().unzip();
        let left = merged(past, &signals, t).map(move |(index, change)| {
            let count = match falls.get(index) {
                Some(true) => (change.from - change.to).max(0.0),
                _ => change.counted(),
            };
            (change.time, count)
        });
        return Some(Box::new(passes(left)));
    }
    let own = &part.signals;
    if let Some(content) = own.content.or(own.present) {
        let mut signals = vec![content];
        signals.extend(own.produced);
        signals.extend(own.scrapped);
        let changes = merged(past, &signals, t).map(|(index, c)| {
            let change = if index == 0 {
                c.to - c.from
            } else {
                c.counted()
            };
            (c.time, change)
        });
        return Some(Box::new(passes(changes)));
    }
    if let [giver] = part.givers.as_slice()
        && site.part(*giver).takers.len() == 1
    {
        return departures(site, past, *giver, t);
    }
    None
}

/// Parts that left the plant through a sink, newest first.
pub(super) fn left_through<'p>(
    site: &Site<'_>,
    past: &Past<'p>,
    sink: ElementId,
) -> Box<dyn Iterator<Item = Passed> + 'p> {
    let counted = match site.part(sink).signals.produced {
        Some(_) => departures(site, past, sink, past.end),
        None => arrivals(site, past, sink, past.end),
    };
    counted.unwrap_or_else(|| Box::new(std::iter::empty()))
}

/// When the newest `count` parts came in up to `t`, oldest first; fewer where nobody saw them come.
pub(super) fn entries(
    site: &Site<'_>,
    past: &Past<'_>,
    element: ElementId,
    count: usize,
    t: Timestamp,
) -> Vec<Timestamp> {
    let mut found = Vec::with_capacity(count.min(MAX_FLOW));
    for passed in arrivals(site, past, element, t).into_iter().flatten() {
        let missing = count.saturating_sub(found.len());
        if missing == 0 {
            break;
        }
        let times = std::iter::repeat_n(passed.time, missing.min(passed.count as usize));
        found.extend(times);
    }
    found.reverse();
    found
}

/// Parts that left from `since` on, up to `t`.
pub(super) fn left_since(
    site: &Site<'_>,
    past: &Past<'_>,
    element: ElementId,
    since: Timestamp,
    t: Timestamp,
) -> Option<u32> {
    let passed = departures(site, past, element, t)?;
    let recent = passed.take_while(|passed| passed.time >= since);
    Some(recent.map(|passed| passed.count).sum())
}

/// How many parts an element said it held just before `t`.
pub(super) fn content_before(
    site: &Site<'_>,
    past: &Past<'_>,
    element: ElementId,
    t: Timestamp,
) -> Option<f64> {
    let signals = &site.part(element).signals;
    past.number(signals.content.or(signals.present)?, just_before(t))
}
