//! The usual figures of a simulation, weighted with time.

use serde::{Deserialize, Serialize};

use super::network::ElementId;
use super::observer::{Happening, Observer};
use super::run::Simulation;
use super::time::SimTime;
use crate::model::OperatingState;

/// Collects figures from the moment it is made: make it after the warm-up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Statistics {
    from: SimTime,
    elements: Vec<Tally>,
    present: Level,
    completed: u64,
    lead_time: f64,
    lead_time_squared: f64,
    /// Parts that left, by type.
    by_type: Vec<u64>,
    /// Per resource: what it had worked when the count began, in seconds.
    worked: Vec<f64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Tally {
    content: Level,
    state: OperatingState,
    since: SimTime,
    /// Time spent in each state, by its number.
    time_in: [SimTime; OperatingState::COUNT],
    produced: u64,
    scrapped: u64,
    failures: u64,
}

/// A number that changes in steps, and its integral over time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Level {
    value: u32,
    max: u32,
    /// Each change times the nanoseconds at which it came, as if the value had been 0 at time zero.
    /// A value that is `n` at time `t` has the integral `n t` minus these, which asks for the time of
    /// the last change nowhere.
    moments: i128,
}

impl Level {
    fn new(value: u32, since: SimTime) -> Self {
        Self {
            value,
            max: value,
            moments: i128::from(value) * i128::from(since.as_nanos()),
        }
    }

    #[inline(always)]
    fn set(&mut self, now: SimTime, value: u32) {
        let change = i64::from(value) - i64::from(self.value);
        self.moments += i128::from(change) * i128::from(now.as_nanos());
        self.value = value;
        self.max = self.max.max(value);
    }

    fn mean(self, from: SimTime, now: SimTime) -> f64 {
        let span = (now - from).as_nanos();
        if span > 0 {
            let area = i128::from(self.value) * i128::from(now.as_nanos()) - self.moments;
            area as f64 / span as f64
        } else {
            f64::from(self.value)
        }
    }
}

/// Figures of one element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElementResult {
    /// Parts handed over; of a sink, parts that left through it.
    pub produced: u64,
    /// Parts found bad; of a source, parts turned away.
    pub scrapped: u64,
    /// Failures, stops from outside not counted.
    pub failures: u64,
    /// Parts handed over per second.
    pub throughput_per_sec: f64,
    /// Mean number of parts in it.
    pub mean_content: f64,
    /// Greatest number of parts in it.
    pub max_content: u32,
    /// Share of time in each state, in the order of [`OperatingState::ALL`]; they sum to 1.
    pub state_shares: [f64; OperatingState::COUNT],
}

impl ElementResult {
    /// Share of time in one state.
    #[must_use]
    pub fn share(&self, state: OperatingState) -> f64 {
        self.state_shares[state as usize]
    }
}

/// Figures of a network over a span of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulationResult {
    /// Begin of the span.
    pub from: SimTime,
    /// End of the span.
    pub to: SimTime,
    /// Parts that left through sinks.
    pub completed: u64,
    /// The same per second.
    pub throughput_per_sec: f64,
    /// Mean number of parts in the network.
    pub mean_parts: f64,
    /// Mean time from creation to leaving, in seconds, of the parts that left; 0 when none did.
    pub mean_lead_time_secs: f64,
    /// Standard deviation of that time, in seconds.
    pub sd_lead_time_secs: f64,
    /// Parts that left through sinks, by [`super::PartType`]; types beyond its end: none.
    pub completed_by_type: Vec<u64>,
    /// Per resource: how many of it worked on average.
    pub resources_busy: Vec<f64>,
    /// Per element, by [`ElementId`].
    pub elements: Vec<ElementResult>,
}

impl Statistics {
    /// Begins to count now.
    #[must_use]
    pub fn new(simulation: &Simulation) -> Self {
        let now = simulation.now();
        let tally = |element: ElementId| Tally {
            content: Level::new(simulation.content(element), now),
            state: simulation.state(element),
            since: now,
            time_in: [SimTime::ZERO; OperatingState::COUNT],
            produced: 0,
            scrapped: 0,
            failures: 0,
        };
        Self {
            from: now,
            elements: simulation.elements().map(tally).collect(),
            present: Level::new(simulation.parts_present() as u32, now),
            completed: 0,
            lead_time: 0.0,
            lead_time_squared: 0.0,
            by_type: Vec::new(),
            worked: simulation
                .resources()
                .map(|resource| simulation.resource_worked_secs(resource))
                .collect(),
        }
    }

    #[inline(always)]
    fn tally(&mut self, element: ElementId) -> Option<&mut Tally> {
        self.elements.get_mut(element.index())
    }

    fn scrap(&mut self, element: ElementId) {
        if let Some(tally) = self.tally(element) {
            tally.scrapped += 1;
        }
    }

    /// The figures up to the present of `simulation`.
    #[must_use]
    pub fn result(&self, simulation: &Simulation) -> SimulationResult {
        let (from, to) = (self.from, simulation.now());
        let span = (to - from).as_secs_f64();
        let rate = |count: u64| if span > 0.0 { count as f64 / span } else { 0.0 };
        let elements = self.elements.iter().map(|tally| {
            let mut time_in = tally.time_in;
            time_in[tally.state as usize] += to - tally.since;
            ElementResult {
                produced: tally.produced,
                scrapped: tally.scrapped,
                failures: tally.failures,
                throughput_per_sec: rate(tally.produced),
                mean_content: tally.content.mean(from, to),
                max_content: tally.content.max,
                state_shares: time_in.map(|time| {
                    if span > 0.0 {
                        time.as_secs_f64() / span
                    } else {
                        0.0
                    }
                }),
            }
        });
        let count = self.completed.max(1) as f64;
        let mean = self.lead_time / count;
        let variance = (self.lead_time_squared / count - mean * mean).max(0.0);
        SimulationResult {
            from,
            to,
            completed: self.completed,
            throughput_per_sec: rate(self.completed),
            mean_parts: self.present.mean(from, to),
            mean_lead_time_secs: mean,
            sd_lead_time_secs: variance.sqrt(),
            completed_by_type: self.by_type.clone(),
            resources_busy: simulation
                .resources()
                .zip(&self.worked)
                .map(|(resource, before)| {
                    let worked = simulation.resource_worked_secs(resource) - before;
                    if span > 0.0 { worked / span } else { 0.0 }
                })
                .collect(),
            elements: elements.collect(),
        }
    }
}

impl Observer for Statistics {
    #[inline(always)]
    fn observe(&mut self, at: SimTime, happening: Happening) {
        match happening {
            Happening::Created { .. } => self.present.set(at, self.present.value + 1),
            Happening::Lost { element, .. } => {
                self.present.set(at, self.present.value.saturating_sub(1));
                self.scrap(element);
            }
            Happening::Consumed { .. } => {
                self.present.set(at, self.present.value.saturating_sub(1));
            }
            Happening::Moved { from, .. } => {
                if let Some(tally) = self.tally(from) {
                    tally.produced += 1;
                }
            }
            Happening::Scrapped {
                element, is_gone, ..
            } => {
                if is_gone {
                    self.present.set(at, self.present.value.saturating_sub(1));
                }
                self.scrap(element);
            }
            Happening::Completed { element, part } => {
                self.present.set(at, self.present.value.saturating_sub(1));
                self.completed += 1;
                let of_type = part.part_type.0 as usize;
                if self.by_type.len() <= of_type {
                    self.by_type.resize(of_type + 1, 0);
                }
                if let Some(count) = self.by_type.get_mut(of_type) {
                    *count += 1;
                }
                let secs = (at - part.created).as_secs_f64();
                self.lead_time += secs;
                self.lead_time_squared += secs * secs;
                if let Some(tally) = self.tally(element) {
                    tally.produced += 1;
                }
            }
            Happening::StateChanged { element, from, to } => {
                if let Some(tally) = self.tally(element) {
                    let time_in = &mut tally.time_in[from as usize];
                    *time_in = time_in.after(at.since(tally.since));
                    tally.since = at;
                    tally.state = to;
                }
            }
            Happening::ContentChanged { element, content } => {
                if let Some(tally) = self.tally(element) {
                    tally.content.set(at, content);
                }
            }
            Happening::Failed { element, .. } => {
                if let Some(tally) = self.tally(element) {
                    tally.failures += 1;
                }
            }
            Happening::SetupBegan { .. }
            | Happening::Started { .. }
            | Happening::Finished { .. }
            | Happening::Departed { .. }
            | Happening::Repaired { .. }
            | Happening::Occupied { .. }
            | Happening::StopBegan { .. }
            | Happening::StopEnded { .. } => {}
        }
    }
}
