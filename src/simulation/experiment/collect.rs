//! [`Collected`]: outcomes added up, in the order of their indexes.

use std::sync::Arc;

use super::Experiment;
use super::estimate::{Running, Sample};
use super::replication::Outcome;
use super::summary::Standstill;
use crate::model::OperatingState;
use crate::simulation::network::{Network, Process};
use crate::simulation::source::Order;
use crate::simulation::time::SimTime;

/// The sums of an experiment so far. Adding outcomes in the order of their indexes gives the same
/// bits whoever computed them.
#[derive(Clone, Debug)]
pub struct Collected {
    pub(super) experiment: Arc<Described>,
    pub(super) count: u64,
    pub(super) events: u64,
    pub(super) throughput: Sample,
    pub(super) completed: Sample,
    pub(super) scrapped: Sample,
    pub(super) lost: Sample,
    pub(super) parts: Sample,
    pub(super) lead_time: Sample,
    pub(super) lead_time_sd: Sample,
    pub(super) by_type: Vec<Sample>,
    pub(super) elements: Vec<ElementSums>,
    pub(super) orders: Vec<OrderSums>,
    pub(super) resources: Vec<Running>,
    /// Per replication: throughput and lead time, to be compared with other experiments.
    pub(super) paired: Vec<(f64, Option<f64>)>,
    pub(super) standstills: u64,
    pub(super) standstill: Option<Standstill>,
}

/// What of an experiment its summary repeats.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) address: String,
    pub(super) seed: u64,
    pub(super) warm_up: SimTime,
    pub(super) horizon: SimTime,
    pub(super) confidence: f64,
    pub(super) precision: Option<super::Precision>,
    pub(super) part_types: Vec<String>,
    pub(super) elements: Vec<(String, &'static str)>,
    pub(super) orders: Vec<Order>,
    /// Names and numbers.
    pub(super) resources: Vec<(String, u32)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ElementSums {
    pub(super) throughput: Running,
    pub(super) content: Running,
    pub(super) stay: Running,
    pub(super) scrapped: Running,
    pub(super) failures: Running,
    pub(super) states: [Running; OperatingState::COUNT],
    pub(super) sole: Running,
    pub(super) shifting: Running,
    pub(super) bottleneck: Running,
    pub(super) max_content: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct OrderSums {
    pub(super) done: u64,
    pub(super) in_time: u64,
    pub(super) at: Sample,
}

fn kind(process: &Process) -> &'static str {
    match process {
        Process::Source(_) => "source",
        Process::Sink => "sink",
        Process::Station(_) => "station",
        Process::Buffer(_) => "buffer",
        Process::Conveyor(_) => "conveyor",
        Process::Fleet(_) => "fleet",
    }
}

fn is_source(kind: &str) -> bool {
    kind == "source"
}

impl Collected {
    pub(crate) fn new(experiment: &Experiment) -> Self {
        let network: &Network = experiment.network();
        let described = Described {
            address: experiment
                .address()
                .map_or_else(|_| String::new(), |address| address.to_string()),
            seed: experiment.seed,
            warm_up: experiment.warm_up,
            horizon: experiment.horizon,
            confidence: experiment.confidence,
            precision: experiment.precision,
            part_types: network.part_types.clone(),
            elements: network
                .elements
                .iter()
                .map(|element| (element.name.clone(), kind(&element.process)))
                .collect(),
            orders: experiment.orders().to_vec(),
            resources: network
                .resources
                .iter()
                .map(|resource| (resource.name.clone(), resource.count))
                .collect(),
        };
        Self {
            count: 0,
            events: 0,
            throughput: Sample::default(),
            completed: Sample::default(),
            scrapped: Sample::default(),
            lost: Sample::default(),
            parts: Sample::default(),
            lead_time: Sample::default(),
            lead_time_sd: Sample::default(),
            by_type: vec![Sample::default(); described.part_types.len().max(1)],
            elements: vec![ElementSums::default(); described.elements.len()],
            orders: vec![OrderSums::default(); described.orders.len()],
            resources: vec![Running::default(); described.resources.len()],
            paired: Vec::new(),
            standstills: 0,
            standstill: None,
            experiment: Arc::new(described),
        }
    }

    /// Replications added.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether the wanted precision is reached; without one, never.
    #[must_use]
    pub fn is_precise(&self) -> bool {
        self.experiment.precision.is_some_and(|precision| {
            let estimate = self.throughput.estimate(self.experiment.confidence);
            self.count >= precision.at_least.max(2)
                && estimate
                    .relative_half_width()
                    .is_some_and(|width| width <= precision.relative_half_width)
        })
    }

    /// Adds the next outcome.
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        let described = Arc::clone(&self.experiment);
        let result = &outcome.result;
        let hours = (result.to - result.from).as_secs_f64() / 3_600.0;
        let per_hour = |count: u64| count as f64 / hours;
        self.count += 1;
        self.events += outcome.events;
        self.throughput.add(per_hour(result.completed));
        self.completed.add(result.completed as f64);
        self.parts.add(result.mean_parts);
        let lead_time = (result.completed > 0).then_some(result.mean_lead_time_secs);
        self.paired.push((per_hour(result.completed), lead_time));
        if result.completed > 0 {
            self.lead_time.add(result.mean_lead_time_secs);
            self.lead_time_sd.add(result.sd_lead_time_secs);
        }
        let bad = |of_sources: bool| -> u64 {
            let elements = result.elements.iter().zip(&described.elements);
            elements
                .filter(|(_, (_, kind))| is_source(kind) == of_sources)
                .map(|(element, _)| element.scrapped)
                .sum()
        };
        self.scrapped.add(bad(false) as f64);
        self.lost.add(bad(true) as f64);
        for (part_type, sample) in self.by_type.iter_mut().enumerate() {
            let count = result.completed_by_type.get(part_type).copied();
            sample.add(per_hour(count.unwrap_or_default()));
        }
        for ((sums, element), bottleneck) in self
            .elements
            .iter_mut()
            .zip(&result.elements)
            .zip(&outcome.bottlenecks)
        {
            sums.throughput.add(3_600.0 * element.throughput_per_sec);
            sums.content.add(element.mean_content);
            sums.max_content = sums.max_content.max(element.max_content);
            if element.throughput_per_sec > 0.0 {
                sums.stay
                    .add(element.mean_content / element.throughput_per_sec);
            }
            sums.scrapped.add(element.scrapped as f64);
            sums.failures.add(element.failures as f64);
            for (sum, share) in sums.states.iter_mut().zip(element.state_shares) {
                sum.add(share);
            }
            sums.sole.add(bottleneck.sole);
            sums.shifting.add(bottleneck.shifting);
            sums.bottleneck.add(bottleneck.sole + bottleneck.shifting);
        }
        for ((sums, done), order) in self
            .orders
            .iter_mut()
            .zip(&outcome.orders)
            .zip(&described.orders)
        {
            if let Some(done) = done {
                sums.done += 1;
                sums.in_time += u64::from(order.due.is_some_and(|due| *done <= due));
                sums.at.add(done.as_secs_f64());
            }
        }
        for (sum, busy) in self.resources.iter_mut().zip(&result.resources_busy) {
            sum.add(*busy);
        }
        if let Some(deadlock) = &outcome.deadlock {
            self.standstills += 1;
            self.standstill.get_or_insert_with(|| Standstill {
                replication: outcome.index,
                since_secs: deadlock.since.as_secs_f64(),
                cycle: deadlock
                    .cycle
                    .iter()
                    .filter_map(|element| described.elements.get(element.index()))
                    .map(|(name, _)| name.clone())
                    .collect(),
            });
        }
    }
}
