//! [`ActivePeriods`]: which element holds the others up, by the active-period method.
//!
//! An element is *active* while it works, sets up or is down: while others wait for it and not it for
//! others. The bottleneck of an instant is the element whose active period, of those that contain the
//! instant, is the longest. Where the periods of two bottlenecks in a row overlap, the bottleneck
//! shifts; elsewhere one is it alone (Roser, Nakano and Tanaka, *Shifting bottleneck detection*, 2002).
//!
//! A period that lies inside a longer one is never the longest, so only those that no other contains
//! are kept: a short stack, however many operations there are.

use std::collections::VecDeque;

use crate::model::OperatingState;
use crate::simulation::network::ElementId;
use crate::simulation::observer::{Happening, Observer};
use crate::simulation::run::Simulation;
use crate::simulation::time::SimTime;

const NONE: u32 = u32::MAX;
/// Kept periods above which those that nothing can contain any more are settled.
const SETTLE_AT: usize = 1024;

/// Time for which each element was the bottleneck, over a span.
#[derive(Clone, Debug)]
pub struct ActivePeriods {
    from: SimTime,
    elements: Vec<Activity>,
    /// Active elements by the begin of their period: first and last of the list.
    oldest: u32,
    newest: u32,
    /// Periods that have ended and that no other contains, by begin and by end.
    kept: VecDeque<Period>,
    /// Elements that ceased to be active at `ceased_at`; they may go on at the same instant.
    ceased: Vec<u32>,
    ceased_at: SimTime,
    /// The last period that was a bottleneck, and how much of it the one before overlapped.
    last: Option<(Period, SimTime)>,
}

#[derive(Clone, Copy, Debug)]
struct Period {
    begin: SimTime,
    end: SimTime,
    element: u32,
}

#[derive(Clone, Debug)]
struct Activity {
    /// Belts and buffers hold parts up, but it is never their work that does.
    is_candidate: bool,
    is_working: bool,
    /// All its servers or vehicles have something to do.
    is_full: bool,
    /// Begin of the active period, if it is active.
    begin: Option<SimTime>,
    before: u32,
    after: u32,
    sole: SimTime,
    shifting: SimTime,
}

/// Time for which one element was the bottleneck.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bottlenecked {
    /// Share of the span in which it alone was.
    pub sole: f64,
    /// Share of the span in which it was while the bottleneck shifted to or from it.
    pub shifting: f64,
}

impl ActivePeriods {
    /// Begins to watch now.
    #[must_use]
    pub fn new(simulation: &Simulation) -> Self {
        let now = simulation.now();
        let elements = simulation.elements().map(|element| Activity {
            is_candidate: simulation.units(element) > 0,
            is_working: is_active(simulation.state(element)),
            // Of a single one, whether it works tells all.
            is_full: simulation.units(element) <= 1
                || simulation.occupied(element) >= simulation.units(element),
            begin: None,
            before: NONE,
            after: NONE,
            sole: SimTime::ZERO,
            shifting: SimTime::ZERO,
        });
        let mut periods = Self {
            from: now,
            elements: elements.collect(),
            oldest: NONE,
            newest: NONE,
            kept: VecDeque::new(),
            ceased: Vec::new(),
            ceased_at: now,
            last: None,
        };
        for element in 0..periods.elements.len() as u32 {
            periods.update(now, element);
        }
        periods
    }

    /// Per element, the shares of the span up to the present of `simulation`.
    #[must_use]
    pub fn shares(mut self, simulation: &Simulation) -> Vec<Bottlenecked> {
        let now = simulation.now();
        self.end_ceased();
        let mut element = self.oldest;
        while let Some(activity) = self.elements.get(element as usize) {
            let after = activity.after;
            if let Some(begin) = activity.begin {
                let period = Period {
                    begin,
                    end: now,
                    element,
                };
                // The oldest contains all younger ones, which end with the span as it does.
                if self.kept.back().is_none_or(|last| last.end < now) {
                    self.keep(period);
                }
            }
            element = after;
        }
        self.settle(SimTime::MAX);
        if let Some((last, before)) = self.last.take() {
            self.count(last, before);
        }
        let span = (now - self.from).as_secs_f64();
        let share = |time: SimTime| {
            if span > 0.0 {
                time.as_secs_f64() / span
            } else {
                0.0
            }
        };
        let shares = self.elements.iter().map(|activity| Bottlenecked {
            sole: share(activity.sole),
            shifting: share(activity.shifting),
        });
        shares.collect()
    }

    fn update(&mut self, now: SimTime, element: u32) {
        if !self.ceased.is_empty() && self.ceased_at < now {
            self.end_ceased();
        }
        let Some(activity) = self.elements.get_mut(element as usize) else {
            return;
        };
        if !activity.is_candidate {
            return;
        }
        let is_active = activity.is_working && activity.is_full;
        match (activity.begin.is_some(), is_active) {
            (false, true) => {
                activity.begin = Some(now);
                activity.before = self.newest;
                activity.after = NONE;
                let newest = std::mem::replace(&mut self.newest, element);
                match self.elements.get_mut(newest as usize) {
                    Some(newest) => newest.after = element,
                    None => self.oldest = element,
                }
            }
            (true, false) => {
                self.ceased_at = now;
                self.ceased.push(element);
            }
            _ => {}
        }
    }

    /// Ends the periods of those that did not go on at the instant at which they ceased.
    fn end_ceased(&mut self) {
        while let Some(element) = self.ceased.pop() {
            let Some(activity) = self.elements.get_mut(element as usize) else {
                continue;
            };
            if activity.is_working && activity.is_full {
                continue;
            }
            let Some(begin) = activity.begin.take() else {
                continue;
            };
            let (before, after) = (activity.before, activity.after);
            match self.elements.get_mut(before as usize) {
                Some(activity) => activity.after = after,
                None => self.oldest = after,
            }
            match self.elements.get_mut(after as usize) {
                Some(activity) => activity.before = before,
                None => self.newest = before,
            }
            let end = self.ceased_at;
            if before == NONE && begin < end {
                // Nobody active is active for longer.
                self.keep(Period {
                    begin,
                    end,
                    element,
                });
            }
        }
        if self.kept.len() >= SETTLE_AT {
            let oldest = self.elements.get(self.oldest as usize);
            let safe = oldest.and_then(|activity| activity.begin);
            self.settle(safe.unwrap_or(self.ceased_at));
        }
    }

    /// Adds a period that ends after all others, and drops those that it contains.
    fn keep(&mut self, period: Period) {
        while self
            .kept
            .back()
            .is_some_and(|last| last.begin >= period.begin)
        {
            self.kept.pop_back();
        }
        self.kept.push_back(period);
    }

    /// Counts the bottlenecks whose periods end by `until`, before which nobody active began.
    fn settle(&mut self, until: SimTime) {
        while let Some(next) = self.successor() {
            if next.end > until {
                return;
            }
            let mut overlap = SimTime::ZERO;
            if let Some((last, before)) = self.last {
                overlap = (last.end - next.begin).max(SimTime::ZERO);
                self.count(last, before + overlap);
            }
            self.last = Some((next, overlap));
            // They are sorted by their ends, too.
            while self.kept.front().is_some_and(|first| first.end <= next.end) {
                self.kept.pop_front();
            }
        }
    }

    /// The bottleneck after the last one: who becomes active for longer while it lasts, else who is
    /// active the longest when it ends, else who becomes active next.
    fn successor(&self) -> Option<Period> {
        let Some((last, _)) = &self.last else {
            return self.kept.front().copied();
        };
        let length = |period: &Period| period.end - period.begin;
        let meanwhile = self.kept.iter().take_while(|p| p.begin <= last.end);
        meanwhile
            .clone()
            .find(|period| length(period) > length(last))
            .or_else(|| meanwhile.max_by_key(|period| length(period)))
            .or(self.kept.front())
            .copied()
    }

    fn count(&mut self, period: Period, overlap: SimTime) {
        if let Some(activity) = self.elements.get_mut(period.element as usize) {
            let length = period.end - period.begin;
            let shifting = overlap.min(length);
            activity.shifting += shifting;
            activity.sole += length - shifting;
        }
    }
}

impl Observer for ActivePeriods {
    const OCCUPANCY: bool = true;

    #[inline(always)]
    fn observe(&mut self, at: SimTime, happening: Happening) {
        match happening {
            Happening::StateChanged { element, to, .. } => {
                let ElementId(element) = element;
                if let Some(activity) = self.elements.get_mut(element as usize) {
                    activity.is_working = is_active(to);
                    self.update(at, element);
                }
            }
            Happening::Occupied {
                element,
                busy,
                units,
            } => {
                let ElementId(element) = element;
                if let Some(activity) = self.elements.get_mut(element as usize)
                    && activity.is_full != (busy >= units)
                {
                    activity.is_full = busy >= units;
                    self.update(at, element);
                }
            }
            _ => {}
        }
    }
}

fn is_active(state: OperatingState) -> bool {
    matches!(
        state,
        OperatingState::Execute
            | OperatingState::Setup
            | OperatingState::Held
            | OperatingState::Maintenance
            | OperatingState::Stopped
    )
}
