//! [`FlowRates`]: parts per hour along every flow of the plant, as far as its counters tell.
//!
//! A flow has a rate where a counter at one of its ends speaks for it alone, or where it is the only
//! unknown one of an equipment that keeps nothing: what goes in comes out, its contents' change
//! counted in. Whatever is left has no rate and a reason, never a guess.

use std::collections::VecDeque;
use std::ops::Range;

use super::flow::{counted, signal_of};
use crate::history::HistoryReader;
use crate::model::flow::Route;
use crate::model::process::Process;
use crate::model::signal::SignalRole;
use crate::model::{EquipmentId, Plant, Point, SignalId, Snapshot, Timestamp};

/// A counter must have been known for so long before it makes a rate, s: one part more or less in a
/// shorter time would be told as a hundred an hour.
pub const LEAST_SECS: f64 = 60.0;

/// Parts per hour along one flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FlowRate {
    /// A counter at one of its ends says so.
    Counted(f64),
    /// It follows from the counters of the neighbours: parts neither vanish nor come from nowhere.
    Balanced(f64),
    /// Nobody can tell.
    Unknown(Untold),
}

/// Why a flow has no rate; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Untold {
    /// A counter that would tell is stale, bad or was never received.
    Silent,
    /// A counter that would tell is known for too short a time ([`LEAST_SECS`]).
    TooNew,
    /// Nothing on its way counts.
    Uncounted,
}

impl FlowRate {
    /// Parts per hour, if anybody can tell.
    pub fn per_hour(self) -> Option<f64> {
        match self {
            Self::Counted(rate) | Self::Balanced(rate) => Some(rate),
            Self::Unknown(_) => None,
        }
    }
}

/// The rates of all flows of a plant over a span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowRates {
    /// In the order of [`Plant::flows`].
    pub of: Vec<FlowRate>,
}

impl FlowRates {
    /// The scale that has room for all of them.
    pub fn scale(&self) -> RibbonScale {
        let rates = self.of.iter().filter_map(|rate| rate.per_hour());
        RibbonScale::to(rates.fold(0.0, f64::max))
    }

    /// How many flows nobody can tell, for this reason.
    pub fn untold(&self, reason: Untold) -> usize {
        let is = |rate: &&FlowRate| **rate == FlowRate::Unknown(reason);
        self.of.iter().filter(is).count()
    }
}

/// How wide a rate is drawn: in proportion, up to a round number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RibbonScale {
    /// Parts per hour of the widest ribbon: 1, 2 or 5 times a power of ten.
    pub most: f64,
}

impl RibbonScale {
    /// Width of the widest ribbon, m.
    pub const WIDEST: f64 = 2.0;
    /// Width of a ribbon that carries nothing, m: the way is there, and one sees that it is empty.
    pub const NARROWEST: f64 = 0.06;

    /// The scale for rates up to this one, at least 10 an hour.
    pub fn to(rate: f64) -> Self {
        let rate = if rate.is_finite() { rate } else { 0.0 };
        let rate = rate.clamp(10.0, 1e12);
        let decade = 10_f64.powf(rate.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
        let most = steps.into_iter().find(|most| *most >= rate * (1.0 - 1e-9));
        Self {
            most: most.unwrap_or(10.0 * decade),
        }
    }

    /// Width of a rate, m.
    pub fn width(self, per_hour: f64) -> f64 {
        (Self::WIDEST * per_hour / self.most).clamp(Self::NARROWEST, Self::WIDEST)
    }

    /// Rates to show beside the scale: all of it, half, a tenth.
    pub fn examples(self) -> [f64; 3] {
        [self.most, self.most / 2.0, self.most / 10.0]
    }
}

/// What an equipment says of the parts that pass it, per hour.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Passes {
    /// Its counters say so: good parts out, rejected parts out.
    Counts { good: f64, rejected: f64 },
    /// It has a counter, and that says nothing.
    Mute(Untold),
    /// It has none; its contents grow by so many an hour.
    Through { grows: f64 },
    /// It has none, and parts change in it or nobody knows how its contents grow.
    Opaque,
}

/// The rates of all flows over `span`; `snapshot` is of its end and says what is fresh.
pub fn rates(
    plant: &Plant,
    history: &HistoryReader,
    snapshot: &Snapshot,
    span: Range<Timestamp>,
) -> FlowRates {
    let mut points = Vec::new();
    let mut asked = Asked {
        plant,
        history,
        snapshot,
        span,
        points: &mut points,
    };
    let mut ends = Ends::new(plant);
    for (end, id) in ends.0.iter_mut().zip(0..) {
        if !end.ins.is_empty() || !end.outs.is_empty() {
            end.passes = asked.passes(EquipmentId(id));
        }
    }
    let mut of = vec![FlowRate::Unknown(Untold::Uncounted); plant.flows.len()];
    ends.by_counters(plant, &mut of);
    ends.by_balance(plant, &mut of);
    ends.reasons(plant, &mut of);
    FlowRates { of }
}

struct Asked<'a> {
    plant: &'a Plant,
    history: &'a HistoryReader,
    snapshot: &'a Snapshot,
    span: Range<Timestamp>,
    points: &'a mut Vec<Point>,
}

impl Asked<'_> {
    fn passes(&mut self, id: EquipmentId) -> Passes {
        let Some(equipment) = self.plant.equipment(id) else {
            return Passes::Opaque;
        };
        if let Some(produced) = signal_of(self.plant, id, SignalRole::Produced) {
            let scrapped = signal_of(self.plant, id, SignalRole::Scrapped);
            let rejected = scrapped.map_or(Ok(0.0), |scrapped| self.per_hour(scrapped));
            return match (self.per_hour(produced), rejected) {
                (Ok(made), Ok(rejected)) => Passes::Counts {
                    good: (made - rejected).max(0.0),
                    rejected,
                },
                (Err(why), _) | (_, Err(why)) => Passes::Mute(why),
            };
        }
        match &equipment.process {
            Process::Station(station) | Process::Handler(station)
                if station.needs.is_empty() && station.makes.is_none() =>
            {
                Passes::Through { grows: 0.0 }
            }
            Process::Buffer { .. } | Process::Conveyor { .. } => self.grows(id),
            _ => Passes::Opaque,
        }
    }

    /// Per hour, how far a counter that is fresh has gone.
    fn per_hour(&mut self, counter: SignalId) -> Result<f64, Untold> {
        self.snapshot.usable(counter).ok_or(Untold::Silent)?;
        let made = counted(self.history, counter, &self.span, self.points);
        let made = made.ok_or(Untold::Silent)?;
        let hours = self.hours_known(counter).ok_or(Untold::TooNew)?;
        Ok(made / hours)
    }

    /// How long a signal is known in the span whose points were just read.
    fn hours_known(&self, signal: SignalId) -> Option<f64> {
        let since = match self.history.latest_at(signal, self.span.start) {
            Some(_) => self.span.start,
            None => self.points.first()?.time,
        };
        let secs = self.span.end.secs_since(since);
        (secs >= LEAST_SECS).then_some(secs / 3600.0)
    }

    /// By how many parts an hour the contents grow.
    fn grows(&mut self, id: EquipmentId) -> Passes {
        let Some(content) = signal_of(self.plant, id, SignalRole::Content) else {
            return Passes::Through { grows: 0.0 };
        };
        let Some(now) = self
            .snapshot
            .usable(content)
            .and_then(|value| value.as_f64())
        else {
            return Passes::Mute(Untold::Silent);
        };
        self.points.clear();
        self.history.range(content, self.span.clone(), self.points);
        let before = self.history.latest_at(content, self.span.start);
        let first = before.or_else(|| self.points.first().copied());
        let Some(first) = first.and_then(|point| point.value.as_f64()) else {
            return Passes::Mute(Untold::Silent);
        };
        match self.hours_known(content) {
            Some(hours) => Passes::Through {
                grows: (now - first) / hours,
            },
            None => Passes::Mute(Untold::TooNew),
        }
    }
}

/// The flows in and out of an equipment.
#[derive(Clone, Debug)]
struct End {
    ins: Vec<usize>,
    outs: Vec<usize>,
    passes: Passes,
}

struct Ends(Vec<End>);

impl Ends {
    fn new(plant: &Plant) -> Self {
        let none = End {
            ins: Vec::new(),
            outs: Vec::new(),
            passes: Passes::Opaque,
        };
        let mut ends = vec![none; plant.equipment.len()];
        for (flow, at) in plant.flows.iter().zip(0..) {
            if let Some(end) = ends.get_mut(flow.from.index()) {
                end.outs.push(at);
            }
            if let Some(end) = ends.get_mut(flow.to.index()) {
                end.ins.push(at);
            }
        }
        Self(ends)
    }

    /// Flows for which one counter alone speaks. What leaves is counted where it leaves; what comes
    /// in only where every part that comes in also leaves, or enough of each for one.
    fn by_counters(&self, plant: &Plant, of: &mut [FlowRate]) {
        for (end, equipment) in self.0.iter().zip(&plant.equipment) {
            let Passes::Counts { good, rejected } = end.passes else {
                continue;
            };
            let is_reject = |at: &&usize| {
                let flow = plant.flows.get(**at);
                flow.is_some_and(|flow| flow.route == Route::Rejected)
            };
            let reject: Vec<&usize> = end.outs.iter().filter(is_reject).collect();
            let others: Vec<&usize> = end.outs.iter().filter(|at| !is_reject(at)).collect();
            for (flows, rate) in [(reject, rejected), (others, good)] {
                if let [only] = flows[..] {
                    tell(of, *only, FlowRate::Counted(rate));
                }
            }
            let each = match &equipment.process {
                Process::Station(station) | Process::Handler(station) => {
                    let mut needs = station.needs.values().copied();
                    match (needs.next(), end.ins.len() == station.needs.len().max(1)) {
                        (None, true) => Some(1),
                        (Some(first), true) if needs.all(|need| need == first) => Some(first),
                        _ => None,
                    }
                }
                Process::Sink => (end.ins.len() == 1).then_some(1),
                _ => None,
            };
            for at in end.ins.iter().filter(|_| each.is_some()) {
                let rate = f64::from(each.unwrap_or_default()) * (good + rejected);
                tell(of, *at, FlowRate::Counted(rate));
            }
        }
    }

    /// Flows that are the only unknown one of an equipment, again and again.
    fn by_balance(&self, plant: &Plant, of: &mut [FlowRate]) {
        let mut waiting: Vec<usize> = (0..self.0.len()).collect();
        while let Some(at) = waiting.pop() {
            let Some(end) = self.0.get(at) else { continue };
            let solved = match end.passes {
                Passes::Through { grows } => {
                    only_unknown(of, &end.ins, &end.outs).map(|(flow, ins, outs)| {
                        let is_in = end.ins.contains(&flow);
                        (
                            flow,
                            if is_in {
                                outs - ins + grows
                            } else {
                                ins - outs - grows
                            },
                        )
                    })
                }
                Passes::Counts { good, rejected } => only_unknown(of, &[], &end.outs)
                    .map(|(flow, _, outs)| (flow, good + rejected - outs))
                    .filter(|_| self.all_leave(plant, end))
                    .or_else(|| {
                        let is_plain = plant.equipment.get(at).is_some_and(takes_one);
                        only_unknown(of, &end.ins, &[])
                            .filter(|_| is_plain)
                            .map(|(flow, ins, _)| (flow, good + rejected - ins))
                    }),
                Passes::Mute(_) | Passes::Opaque => None,
            };
            if let Some((flow, rate)) = solved {
                tell(of, flow, FlowRate::Balanced(rate.max(0.0)));
                if let Some(flow) = plant.flows.get(flow) {
                    waiting.extend([flow.from.index(), flow.to.index()]);
                }
            }
        }
    }

    /// Whether rejected parts have a way out, so that all that is made leaves by the flows.
    fn all_leave(&self, plant: &Plant, end: &End) -> bool {
        let is_reject = |at: &usize| {
            let flow = plant.flows.get(*at);
            flow.is_some_and(|flow| flow.route == Route::Rejected)
        };
        let scraps = matches!(end.passes, Passes::Counts { rejected, .. } if rejected > 0.0);
        !scraps || end.outs.iter().any(is_reject)
    }

    /// Gives unknown flows their reason: that of a counter at one of their ends, else that of the
    /// nearest one on their way.
    fn reasons(&self, plant: &Plant, of: &mut [FlowRate]) {
        let mut give = |flow: usize, why: Untold| {
            let rate = of.get_mut(flow);
            let is_news = rate.as_deref() == Some(&FlowRate::Unknown(Untold::Uncounted))
                && why < Untold::Uncounted;
            if let (true, Some(rate)) = (is_news, rate) {
                *rate = FlowRate::Unknown(why);
            }
            is_news
        };
        let mut known = VecDeque::new();
        for end in &self.0 {
            if let Passes::Mute(why) = end.passes {
                for flow in end.ins.iter().chain(&end.outs) {
                    if give(*flow, why) {
                        known.push_back((*flow, why));
                    }
                }
            }
        }
        while let Some((flow, why)) = known.pop_front() {
            let Some(flow) = plant.flows.get(flow) else {
                continue;
            };
            for end in [flow.from, flow.to] {
                // A counter that speaks keeps apart what lies on its two sides.
                let Some(end) = self.0.get(end.index()) else {
                    continue;
                };
                if matches!(end.passes, Passes::Counts { .. }) {
                    continue;
                }
                for flow in end.ins.iter().chain(&end.outs) {
                    if give(*flow, why) {
                        known.push_back((*flow, why));
                    }
                }
            }
        }
    }
}

/// Whether a part that comes in is one that leaves.
fn takes_one(equipment: &crate::model::Equipment) -> bool {
    match &equipment.process {
        Process::Station(station) | Process::Handler(station) => station.needs.is_empty(),
        Process::Sink => true,
        _ => false,
    }
}

/// A rate for a flow that has none yet.
fn tell(of: &mut [FlowRate], flow: usize, rate: FlowRate) {
    if let Some(known) = of.get_mut(flow)
        && known.per_hour().is_none()
    {
        *known = rate;
    }
}

/// The one flow of both lists that has no rate, and what the others carry.
fn only_unknown(of: &[FlowRate], ins: &[usize], outs: &[usize]) -> Option<(usize, f64, f64)> {
    if ins.is_empty() && outs.is_empty() {
        return None;
    }
    let mut unknown = None;
    let mut sums = [0.0, 0.0];
    for (flows, sum) in [ins, outs].into_iter().zip(&mut sums) {
        for at in flows {
            match of.get(*at).and_then(|rate| rate.per_hour()) {
                Some(rate) => *sum += rate,
                None if unknown.is_none() => unknown = Some(*at),
                None => return None,
            }
        }
    }
    unknown.map(|flow| (flow, sums[0], sums[1]))
}
