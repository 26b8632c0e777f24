//! [`Summary`]: what the replications of an experiment say together.

use std::collections::BTreeMap;

use serde::Serialize;

use super::collect::Collected;
use super::estimate::{Estimate, Probability, Sample};
use crate::model::OperatingState;

/// Shares of the quantiles told of each indicator.
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// What the replications of an experiment say together. Every number has its unit in its name or
/// beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Address of the experiment, in hexadecimal digits.
    pub address: String,
    /// Its seed.
    pub seed: u64,
    /// Time from the start that is left out, in seconds.
    pub warm_up_secs: f64,
    /// Time that the figures are about, in seconds.
    pub horizon_secs: f64,
    /// Replications.
    pub replications: u64,
    /// Confidence of all intervals.
    pub confidence: f64,
    /// Events of all replications, warm-ups included.
    pub events: u64,
    /// Indicators of the whole network; throughput is the first.
    pub kpis: Vec<Kpi>,
    /// Figures per element, in the order of the network.
    pub elements: Vec<ElementSummary>,
    /// Elements that were the bottleneck at some time, the strongest first.
    pub bottlenecks: Vec<BottleneckSummary>,
    /// Operators, tools and crews.
    pub resources: Vec<ResourceSummary>,
    /// Orders with a due time, by number.
    pub orders: Vec<OrderSummary>,
    /// In how many replications parts came to a standstill for ever.
    pub standstills: u64,
    /// The first of them.
    pub standstill: Option<Standstill>,
}

/// An indicator of the whole network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kpi {
    /// Its name.
    pub name: String,
    /// The unit of all its numbers.
    pub unit: &'static str,
    /// Mean, spread and interval.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// How it is distributed over the replications; none without a value.
    pub quantiles: Option<Quantiles>,
}

/// Values that 5 %, a quarter, half, three quarters and 95 % of the replications do not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// 5 %.
    pub p05: f64,
    /// A quarter.
    pub p25: f64,
    /// Half: the median.
    pub p50: f64,
    /// Three quarters.
    pub p75: f64,
    /// 95 %.
    pub p95: f64,
}

/// Figures of one element.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ElementSummary {
    /// Its name; of a plant's equipment, its path.
    pub name: String,
    /// `source`, `sink`, `station`, `buffer`, `conveyor` or `fleet`.
    pub kind: &'static str,
    /// Parts that left it, per hour.
    pub throughput_per_hour: Estimate,
    /// Mean number of parts in it.
    pub mean_content: Estimate,
    /// Greatest number of parts in it, in any replication.
    pub max_content: u32,
    /// Mean time a part is in it: in a buffer its waiting time, in a station its operation and what
    /// it waits after it. Mean content over throughput (Little); seconds.
    pub stay_secs: Estimate,
    /// Parts found bad, or turned away by a source.
    pub scrapped: Estimate,
    /// Failures.
    pub failures: Estimate,
    /// Share of time in each operating state that it was ever in.
    pub states: BTreeMap<&'static str, Estimate>,
}

/// How often an element was the bottleneck.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BottleneckSummary {
    /// The element.
    pub name: String,
    /// Share of time in which it was, alone or not.
    pub share: Estimate,
    /// Share of time in which it alone was.
    pub sole: Estimate,
    /// Share of time in which the bottleneck shifted to or from it.
    pub shifting: Estimate,
}

/// How much resources of one kind had to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResourceSummary {
    /// Its name.
    pub name: String,
    /// How many there are.
    pub count: u32,
    /// How many of them worked on average over the horizon, times without a shift included.
    pub mean_busy: Estimate,
}

/// How likely an order is done in time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrderSummary {
    /// Its number.
    pub order: u32,
    /// Its parts.
    pub quantity: u32,
    /// When it should be done, in seconds after the start.
    pub due_secs: f64,
    /// In how many replications it was done by then.
    pub in_time: Probability,
    /// In how many it was done within the horizon at all.
    pub done: u64,
    /// When it was done, of those, in seconds after the start.
    pub done_secs: Estimate,
    /// How that is distributed.
    pub done_quantiles: Option<Quantiles>,
}

/// Parts that can never move again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standstill {
    /// The first replication in which it happened.
    pub replication: u64,
    /// Since when, in seconds after the start.
    pub since_secs: f64,
    /// Elements of which each waits for the next and the last for the first; a single one waits for
    /// what never comes.
    pub cycle: Vec<String>,
}

impl Quantiles {
    fn of(sample: &Sample) -> Option<Self> {
        let [p05, p25, p50, p75, p95] = sample.quantiles(QUANTILES)?;
        Some(Self {
            p05,
            p25,
            p50,
            p75,
            p95,
        })
    }
}

impl Summary {
    /// The indicator of that name.
    #[must_use]
    pub fn kpi(&self, name: &str) -> Option<&Kpi> {
        self.kpis.iter().find(|kpi| kpi.name == name)
    }

    /// The figures of the element of that name.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<&ElementSummary> {
        self.elements.iter().find(|element| element.name == name)
    }
}

impl ElementSummary {
    /// Share of time in a state.
    #[must_use]
    pub fn share(&self, state: OperatingState) -> f64 {
        self.states.get(state.as_str()).map_or(0.0, |e| e.mean)
    }
}

impl Collected {
    /// What has been added so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let described = &self.experiment;
        let confidence = described.confidence;
        Summary {
            address: described.address.clone(),
            seed: described.seed,
            warm_up_secs: described.warm_up.as_secs_f64(),
            horizon_secs: described.horizon.as_secs_f64(),
            replications: self.count,
            confidence,
            events: self.events,
            kpis: self.kpis(),
            elements: self.element_summaries(),
            bottlenecks: self.bottlenecks(),
            resources: self
                .resources
                .iter()
                .zip(&described.resources)
                .map(|(running, (name, count))| ResourceSummary {
                    name: name.clone(),
                    count: *count,
                    mean_busy: running.estimate(confidence),
                })
                .collect(),
            orders: self
                .orders
                .iter()
                .zip(&described.orders)
                .map(|(sums, order)| OrderSummary {
                    order: order.order,
                    quantity: order.quantity,
                    due_secs: order.due.unwrap_or_default().as_secs_f64(),
                    in_time: Probability::new(sums.in_time, self.count, confidence),
                    done: sums.done,
                    done_secs: sums.at.estimate(confidence),
                    done_quantiles: Quantiles::of(&sums.at),
                })
                .collect(),
            standstills: self.standstills,
            standstill: self.standstill.clone(),
        }
    }

    fn kpis(&self) -> Vec<Kpi> {
        let kpi = |name: &str, unit, sample: &Sample| Kpi {
            name: name.to_owned(),
            unit,
            estimate: sample.estimate(self.experiment.confidence),
            quantiles: Quantiles::of(sample),
        };
        let mut kpis = vec![
            kpi("throughput", "pcs/h", &self.throughput),
            kpi("completed", "pcs", &self.completed),
            kpi("lead time", "s", &self.lead_time),
            kpi("lead time sd", "s", &self.lead_time_sd),
            kpi("parts in process", "pcs", &self.parts),
            kpi("scrapped", "pcs", &self.scrapped),
            kpi("turned away", "pcs", &self.lost),
        ];
        if self.experiment.part_types.len() > 1 {
            let types = self.experiment.part_types.iter().zip(&self.by_type);
            // Components leave inside of what they are built into: only what leaves is told.
            let leaving = types.filter(|(_, sample)| sample.estimate(0.95).mean > 0.0);
            kpis.extend(
                leaving
                    .map(|(name, sample)| kpi(&format!("throughput of {name}"), "pcs/h", sample)),
            );
        }
        kpis
    }

    fn element_summaries(&self) -> Vec<ElementSummary> {
        let confidence = self.experiment.confidence;
        let elements = self.elements.iter().zip(&self.experiment.elements);
        let summary = elements.map(|(sums, (name, kind))| ElementSummary {
            name: name.clone(),
            kind,
            throughput_per_hour: sums.throughput.estimate(confidence),
            mean_content: sums.content.estimate(confidence),
            max_content: sums.max_content,
            stay_secs: sums.stay.estimate(confidence),
            scrapped: sums.scrapped.estimate(confidence),
            failures: sums.failures.estimate(confidence),
            states: OperatingState::ALL
                .iter()
                .zip(&sums.states)
                .map(|(state, running)| (state.as_str(), running.estimate(confidence)))
                .filter(|(_, estimate)| estimate.mean > 0.0)
                .collect(),
        });
        summary.collect()
    }

    fn bottlenecks(&self) -> Vec<BottleneckSummary> {
        let confidence = self.experiment.confidence;
        let elements = self.elements.iter().zip(&self.experiment.elements);
        let mut bottlenecks: Vec<BottleneckSummary> = elements
            .map(|(sums, (name, _))| BottleneckSummary {
                name: name.clone(),
                share: sums.bottleneck.estimate(confidence),
                sole: sums.sole.estimate(confidence),
                shifting: sums.shifting.estimate(confidence),
            })
            .filter(|bottleneck| bottleneck.share.mean > 0.0)
            .collect();
        bottlenecks.sort_by(|a, b| b.share.mean.total_cmp(&a.share.mean));
        bottlenecks
    }
}
