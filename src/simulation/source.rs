//! Sources: where parts come into being.

use std::collections::VecDeque;

use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::calendar::Priority;
use super::distribution::Distribution;
use super::kernel::{Kernel, Task};
use super::model::{Model, Role};
use super::network::{ElementId, PartType};
use super::observer::{Happening, Observer, Part};
use super::start::{Restore, SourceStart};
use super::time::SimTime;
use crate::model::OperatingState;
use crate::model::process::WhenBlocked;

/// When parts arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// There is always a part: the first element behind it is never starved.
    Saturated,
    /// Time between arrivals; the first arrival is one such time after the start.
    Interval(Distribution),
}

/// What kind of parts arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mix {
    /// One type only.
    Single(PartType),
    /// By weights, drawn per arrival. Weights need not sum to 1.
    Weighted(Vec<(PartType, f64)>),
    /// By a list of orders, from first to last; then the source is exhausted.
    Orders(Vec<Order>),
}

/// A number of equal parts that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Number of the order, carried by its parts.
    pub order: u32,
    /// The type of all its parts.
    pub part_type: PartType,
    /// How many parts.
    pub quantity: u32,
    /// Not before this time.
    #[serde(default)]
    pub release: SimTime,
    /// When it should be done; `None`: nobody asks.
    #[serde(default)]
    pub due: Option<SimTime>,
}

/// Where parts come into being.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// When.
    pub arrivals: Arrivals,
    /// What.
    pub mix: Mix,
    /// Parts per arrival.
    #[serde(default = "one")]
    pub batch: u32,
    /// Parts in all; `None`: without end.
    #[serde(default)]
    pub limit: Option<u64>,
    /// What happens when there is no room.
    #[serde(default)]
    pub when_blocked: WhenBlocked,
    /// Most of its parts that may be in the network at once; the next goes in when one is finished,
    /// scrapped or built into another (CONWIP). `None`: as many as there is room for.
    #[serde(default)]
    pub in_process: Option<u32>,
}

const fn one() -> u32 {
    1
}

impl Source {
    /// There is always a part of the first type.
    #[must_use]
    pub fn saturated() -> Self {
        Self::new(Arrivals::Saturated)
    }

    /// Single parts of the first type, with `interval` between them.
    #[must_use]
    pub fn every(interval: Distribution) -> Self {
        Self::new(Arrivals::Interval(interval))
    }

    fn new(arrivals: Arrivals) -> Self {
        Self {
            arrivals,
            mix: Mix::Single(PartType(0)),
            batch: 1,
            limit: None,
            when_blocked: WhenBlocked::Hold,
            in_process: None,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SourceFixed {
    /// Distribution of the intervals; none when saturated.
    pub(super) interval: Option<u32>,
    pub(super) mix: MixFixed,
    pub(super) batch: u32,
    pub(super) limit: u64,
    pub(super) when_blocked: WhenBlocked,
    pub(super) in_process: u32,
    pub(super) slot: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum MixFixed {
    Single(u32),
    /// Types and cumulative weights.
    Weighted(Vec<u32>, Vec<f64>),
    Orders(Vec<Order>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SourceState {
    /// Parts that have arrived and found no room yet.
    pub(super) queue: VecDeque<u32>,
    created: u64,
    batches: u32,
    /// Its parts in the network, when they are limited.
    in_process: u32,
    /// Present order of the list, and how many of its parts exist.
    order: u32,
    of_order: u32,
    is_clock_running: bool,
    paused: Option<SimTime>,
    arrival_rng: Pcg64Mcg,
    mix_rng: Pcg64Mcg,
}

impl SourceState {
    pub(super) fn new(arrival_rng: Pcg64Mcg, mix_rng: Pcg64Mcg) -> Self {
        Self {
            queue: VecDeque::new(),
            created: 0,
            batches: 0,
            in_process: 0,
            order: 0,
            of_order: 0,
            is_clock_running: false,
            paused: None,
            arrival_rng,
            mix_rng,
        }
    }
}

impl SourceState {
    pub(super) fn reseed(&mut self, arrival_rng: Pcg64Mcg, mix_rng: Pcg64Mcg) {
        (self.arrival_rng, self.mix_rng) = (arrival_rng, mix_rng);
    }
}

impl Model {
    /// Compiles a source and tells its position among the sources.
    pub(super) fn add_source(&mut self, id: u32, source: &Source) -> u32 {
        let interval = match &source.arrivals {
            Arrivals::Saturated => None,
            Arrivals::Interval(interval) => Some(self.distribution(interval)),
        };
        let mix = match &source.mix {
            Mix::Single(part_type) => MixFixed::Single(part_type.0),
            Mix::Weighted(weights) => {
                let mut sum = 0.0;
                let cumulative = weights.iter().map(|(_, weight)| {
                    sum += weight;
                    sum
                });
                let cumulative = cumulative.collect();
                MixFixed::Weighted(weights.iter().map(|(t, _)| t.0).collect(), cumulative)
            }
            Mix::Orders(orders) => {
                MixFixed::Orders(orders.iter().filter(|o| o.quantity > 0).copied().collect())
            }
        };
        let slot = self.slot(id, 0, Role::Arrival);
        self.sources.push(SourceFixed {
            interval,
            mix,
            batch: source.batch,
            limit: source.limit.unwrap_or(u64::MAX),
            when_blocked: source.when_blocked,
            in_process: source.in_process.unwrap_or(u32::MAX),
            slot,
        });
        self.sources.len() as u32 - 1
    }
}

impl<O: Observer> Kernel<'_, O> {
    pub(super) fn start_source(&mut self, element: u32) {
        let index = self.m.elements[element as usize].index;
        if self.m.sources[index as usize].interval.is_some() {
            self.schedule_arrival(element);
        } else {
            self.s.tasks.push(Task::Push(element));
        }
        self.touch(element);
    }

    /// The earliest time of the next part; none when there will be no more.
    #[inline]
    fn next_release(&self, source: u32) -> Option<SimTime> {
        let fixed = &self.m.sources[source as usize];
        let state = &self.s.sources[source as usize];
        if state.created >= fixed.limit {
            return None;
        }
        match &fixed.mix {
            MixFixed::Single(_) | MixFixed::Weighted(..) => Some(SimTime::ZERO),
            MixFixed::Orders(orders) => orders.get(state.order as usize).map(|o| o.release),
        }
    }

    /// Lets the clock run towards the next arrival.
    #[inline]
    fn schedule_arrival(&mut self, element: u32) {
        let index = self.m.elements[element as usize].index;
        let fixed = &self.m.sources[index as usize];
        let release = self.next_release(index);
        let state = &mut self.s.sources[index as usize];
        let (Some(release), Some(interval)) = (release, fixed.interval) else {
            state.is_clock_running = false;
            return;
        };
        let factor = self.s.elements[element as usize].factor;
        let interval =
            self.m.distributions[interval as usize].sample(&mut state.arrival_rng, factor);
        let time = (self.s.now + interval).max(release);
        state.is_clock_running = true;
        self.s.calendar.schedule(fixed.slot, time, Priority::Work);
    }

    /// The clock of a source has run down.
    #[inline]
    pub(super) fn arrive(&mut self, element: u32) {
        let index = self.m.elements[element as usize].index;
        let fixed = &self.m.sources[index as usize];
        self.s.tasks.push(Task::Push(element));
        self.touch(element);
        self.s.sources[index as usize].is_clock_running = false;
        if fixed.interval.is_none() {
            // A saturated source has waited for the release of an order.
            return;
        }
        for _ in 0..fixed.batch {
            self.bring_forth(element, index);
        }
        self.s.sources[index as usize].batches += 1;
        if fixed.when_blocked != WhenBlocked::Hold {
            self.schedule_arrival(element);
        }
    }

    #[inline]
    fn bring_forth(&mut self, element: u32, index: u32) {
        let fixed = &self.m.sources[index as usize];
        let now = self.s.now;
        if self.next_release(index).is_none_or(|release| release > now) {
            return;
        }
        let state = &mut self.s.sources[index as usize];
        let (part_type, order) = match &fixed.mix {
            MixFixed::Single(part_type) => (*part_type, 0),
            MixFixed::Weighted(types, cumulative) => {
                let total = cumulative.last().copied().unwrap_or_default();
                let aim = state.mix_rng.random::<f64>() * total;
                let place = cumulative.partition_point(|sum| *sum <= aim);
                (types[place.min(types.len() - 1)], 0)
            }
            MixFixed::Orders(orders) => {
                let order = &orders[state.order as usize];
                state.of_order += 1;
                if state.of_order >= order.quantity {
                    state.of_order = 0;
                    state.order += 1;
                }
                (order.part_type.0, order.order)
            }
        };
        state.created += 1;
        let part = Part {
            id: 0,
            created: now,
            part_type: PartType(part_type),
            order,
            batch: state.batches,
            source: if fixed.in_process == u32::MAX {
                ElementId::default()
            } else {
                ElementId(element)
            },
        };
        if let Some(place) = self.create(element, part) {
            self.s.sources[index as usize].queue.push_back(place);
        }
    }

    #[inline]
    pub(super) fn source_head(&mut self, element: u32) -> Option<u32> {
        let index = self.m.elements[element as usize].index;
        let fixed = &self.m.sources[index as usize];
        if self.s.sources[index as usize].in_process >= fixed.in_process {
            return None;
        }
        if self.s.sources[index as usize].queue.is_empty() && fixed.interval.is_none() {
            self.bring_forth(element, index);
            let state = &mut self.s.sources[index as usize];
            if state.queue.is_empty() {
                let release = self.next_release(index)?;
                if release > self.s.now {
                    self.s.sources[index as usize].is_clock_running = true;
                    self.s
                        .calendar
                        .schedule(fixed.slot, release, Priority::Work);
                }
                return None;
            }
            if state.created.is_multiple_of(u64::from(fixed.batch)) {
                state.batches += 1;
            }
        }
        self.s.sources[index as usize].queue.front().copied()
    }

    #[inline]
    pub(super) fn source_took(&mut self, element: u32) {
        let index = self.m.elements[element as usize].index;
        let fixed = &self.m.sources[index as usize];
        let state = &mut self.s.sources[index as usize];
        state.queue.pop_front();
        if fixed.in_process != u32::MAX {
            state.in_process += 1;
        }
        if fixed.when_blocked == WhenBlocked::Hold
            && fixed.interval.is_some()
            && state.queue.is_empty()
        {
            self.schedule_arrival(element);
        }
    }

    /// A part is no more: its source may let the next one in.
    pub(super) fn left_process(&mut self, part: Part) {
        let ElementId(source) = part.source;
        let Some(fixed) = self.m.elements.get(source as usize) else {
            return;
        };
        if let Some(state) = self.s.sources.get_mut(fixed.index as usize) {
            state.in_process = state.in_process.saturating_sub(1);
            self.s.tasks.push(Task::Push(source));
        }
    }

    #[inline]
    pub(super) fn source_refused(&mut self, element: u32) {
        let index = self.m.elements[element as usize].index;
        self.touch(element);
        if self.m.sources[index as usize].when_blocked != WhenBlocked::Lose {
            return;
        }
        self.stop_waiting(element);
        while let Some(place) = self.s.sources[index as usize].queue.pop_front() {
            let part = self.destroy(element, place);
            self.s.elements[element as usize].scrapped += 1;
            self.tell(Happening::Lost {
                element: ElementId(element),
                part,
            });
        }
    }

    pub(super) fn source_state(&self, element: u32) -> OperatingState {
        let index = self.m.elements[element as usize].index;
        let fixed = &self.m.sources[index as usize];
        let state = &self.s.sources[index as usize];
        if !state.queue.is_empty() && fixed.when_blocked == WhenBlocked::Hold {
            OperatingState::Blocked
        } else if state.is_clock_running
            || !state.queue.is_empty()
            || (fixed.interval.is_none() && self.next_release(index).is_some())
        {
            OperatingState::Execute
        } else {
            OperatingState::Idle
        }
    }

    pub(super) fn pause_source(&mut self, source: u32) {
        let slot = self.m.sources[source as usize].slot;
        let state = &mut self.s.sources[source as usize];
        if state.is_clock_running
            && let Some(time) = self.s.calendar.time_of(slot)
        {
            state.paused = Some(time - self.s.now);
            self.s.calendar.cancel(slot);
        }
    }

    pub(super) fn resume_source(&mut self, source: u32) {
        let slot = self.m.sources[source as usize].slot;
        if let Some(left) = self.s.sources[source as usize].paused.take() {
            self.schedule_work(slot, left);
        }
    }
}

impl<O: Observer> Restore<'_, O> {
    pub(super) fn restore_source(&mut self, element: u32, start: &SourceStart) {
        let index = self.kernel.m.elements[element as usize].index;
        let fixed = &self.kernel.m.sources[index as usize];
        let created = self.kernel.s.elements[element as usize].produced;
        let state = &mut self.kernel.s.sources[index as usize];
        state.created = created + start.waiting.len() as u64;
        state.batches = (state.created / u64::from(fixed.batch.max(1))) as u32;
        state.in_process = start.in_process;
        if let MixFixed::Orders(orders) = &fixed.mix
            && let Some(number) = start.order
        {
            // An order that is not of the list: the list is over.
            let place = orders.iter().position(|order| order.order == number);
            state.order = place.unwrap_or(orders.len()) as u32;
            state.of_order = start.of_order;
            if place.is_some_and(|place| start.of_order >= orders[place].quantity) {
                state.order += 1;
                state.of_order = 0;
            }
        }
        for part in &start.waiting {
            let part = self.part(element, part);
            self.kernel.s.sources[index as usize].queue.push_back(part);
        }
        let holds_back = fixed.when_blocked == WhenBlocked::Hold && !start.waiting.is_empty();
        if let Some(interval) = fixed.interval
            && !holds_back
            && let Some(release) = self.kernel.next_release(index)
        {
            let elapsed = SimTime::from_secs_f64(start.elapsed_secs);
            let mut rng = self.stream(element);
            let interval = &self.kernel.m.distributions[interval as usize];
            let whole = interval.sample_beyond(&mut rng, elapsed).unwrap_or(elapsed);
            let time = (self.kernel.s.now + (whole - elapsed)).max(release);
            self.kernel.s.sources[index as usize].is_clock_running = true;
            let slot = self.kernel.m.sources[index as usize].slot;
            self.kernel.s.calendar.schedule(slot, time, Priority::Work);
        }
    }
}
