//! Checks of a network: every mistake at once, each with what to do about it.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use super::calendar::MAX_SLOTS;
use super::distribution::Distribution;
use super::network::{Element, ElementId, Network, PartType, Process, Shift};
use super::routing::Routing;
use super::source::{Arrivals, Mix, WhenBlocked};
use super::station::Station;
use super::time::SimTime;
use crate::model::process::FailureBasis;

/// One mistake in a network. All can be mended in the description.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum NetworkError {
    /// Nothing to simulate.
    #[error("the network has no elements")]
    Empty,
    /// More elements, servers, vehicles and failure modes than one calendar holds.
    #[error("{count} servers, vehicles and failure modes are more than the {MAX_SLOTS} possible")]
    TooLarge {
        /// How many events could be pending at the same time.
        count: u64,
    },
    /// Two elements with one name; names address random streams.
    #[error("two elements have the same name: rename one `{element}`")]
    DuplicateName {
        /// The name.
        element: String,
    },
    /// An element is mentioned that does not exist.
    #[error("{what} names element number {id}, which does not exist, at `{element}`")]
    UnknownElement {
        /// Who mentions it.
        element: String,
        /// Where.
        what: &'static str,
        /// The number mentioned.
        id: u32,
    },
    /// A type of part is mentioned that does not exist.
    #[error("{what} names part type number {part_type}, which does not exist, at `{element}`")]
    UnknownPartType {
        /// Who mentions it.
        element: String,
        /// Where.
        what: &'static str,
        /// The number mentioned.
        part_type: u32,
    },
    /// A shift calendar is mentioned that does not exist.
    #[error("shift calendar number {shift} does not exist, at `{element}`")]
    UnknownShift {
        /// Who mentions it.
        element: String,
        /// The number mentioned.
        shift: u32,
    },
    /// A link that cannot be.
    #[error("the link from `{from}` to `{to}` {problem}")]
    BadLink {
        /// Giver.
        from: String,
        /// Taker.
        to: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Parts cannot leave.
    #[error(
        "no link leads out of `{element}` for good parts: link it to the next element or a sink"
    )]
    NoOutlet {
        /// The element.
        element: String,
    },
    /// Parts cannot come in.
    #[error("no link leads into `{element}`: link a source or another element to it")]
    NoInlet {
        /// The element.
        element: String,
    },
    /// Several outlets and no rule.
    #[error("{outlets} links lead out of `{element}`: say by which routing parts choose")]
    RoutingMissing {
        /// The element.
        element: String,
        /// How many outlets it has.
        outlets: usize,
    },
    /// A number that makes no sense there.
    #[error("{what} must be {rule}, not {value}, at `{element}`")]
    BadNumber {
        /// The element.
        element: String,
        /// The parameter.
        what: &'static str,
        /// What it must be.
        rule: &'static str,
        /// What it is.
        value: f64,
    },
    /// Parameters that exclude or lack each other.
    #[error("{problem}, at `{element}`")]
    Inconsistent {
        /// The element.
        element: String,
        /// What is wrong and how to mend it.
        problem: &'static str,
    },
    /// Windows of a shift calendar that overlap, run backwards, or do not fit into its period.
    #[error(
        "shift calendar number {shift}: windows must lie one after the other, each with its end \
         after its begin, and within the period"
    )]
    BadShift {
        /// Its number.
        shift: u32,
    },
    /// Endlessly many parts would appear at one instant.
    #[error(
        "`{element}` would bring forth parts without end at one instant: give it an interval, a limit, or a next element that takes time"
    )]
    EndlessSource {
        /// The source.
        element: String,
    },
    /// Buffers that hand parts around in a circle take no time.
    #[error(
        "a loop of buffers only, through `{element}`, would turn parts around without end: put a station or conveyor into it"
    )]
    TimelessLoop {
        /// One of the buffers.
        element: String,
    },
}

/// A network that cannot be simulated, with all its mistakes.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("the network has {} mistake{}: {}", .mistakes.len(), if .mistakes.len() == 1 { "" } else { "s" }, join(.mistakes))]
pub struct InvalidNetwork {
    /// What is wrong, in the order of the elements.
    pub mistakes: Vec<NetworkError>,
}

fn join(mistakes: &[NetworkError]) -> String {
    let texts: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

impl Network {
    /// Checks everything and reports every mistake.
    pub fn validate(&self) -> Result<(), InvalidNetwork> {
        let mut check = Check {
            network: self,
            mistakes: Vec::new(),
        };
        check.run();
        if check.mistakes.is_empty() {
            Ok(())
        } else {
            Err(InvalidNetwork {
                mistakes: check.mistakes,
            })
        }
    }
}

struct Check<'a> {
    network: &'a Network,
    mistakes: Vec<NetworkError>,
}

impl Check<'_> {
    fn run(&mut self) {
        let network = self.network;
        if network.elements.is_empty() {
            self.mistakes.push(NetworkError::Empty);
        }
        let mut names = HashSet::new();
        for element in &network.elements {
            if !names.insert(element.name.as_str()) {
                let element = element.name.clone();
                self.mistakes.push(NetworkError::DuplicateName { element });
            }
        }
        for (index, shift) in network.shifts.iter().enumerate() {
            if !is_shift_sound(shift) {
                self.mistakes.push(NetworkError::BadShift {
                    shift: index as u32,
                });
            }
        }
        let (outs, ins) = self.check_links();
        for (index, element) in network.elements.iter().enumerate() {
            self.check_element(element, &outs[index], &ins[index]);
        }
        self.check_size();
        if self.mistakes.is_empty() {
            self.check_timeless(&outs);
        }
    }

    fn exists(&self, id: ElementId) -> bool {
        id.index() < self.network.elements.len()
    }

    /// Outlets and inlets of each element.
    fn check_links(&mut self) -> (Vec<Vec<ElementId>>, Vec<Vec<ElementId>>) {
        let network = self.network;
        let mut outs = vec![Vec::new(); network.elements.len()];
        let mut ins = vec![Vec::new(); network.elements.len()];
        let mut seen = HashSet::new();
        for (from, to) in &network.links {
            for (id, other) in [(from, to), (to, from)] {
                if !self.exists(*id) {
                    let element = network.name(*other).to_owned();
                    let what = "a link";
                    self.mistakes.push(NetworkError::UnknownElement {
                        element,
                        what,
                        id: id.0,
                    });
                }
            }
            let (Some(giver), Some(taker)) = (
                network.elements.get(from.index()),
                network.elements.get(to.index()),
            ) else {
                continue;
            };
            let problem = if from == to {
                Some("leads back to itself: put a buffer between")
            } else if !seen.insert((*from, *to)) {
                Some("is there twice: remove one")
            } else if matches!(giver.process, Process::Sink) {
                Some("leads out of a sink: nothing comes out of it")
            } else if matches!(taker.process, Process::Source(_)) {
                Some("leads into a source: nothing goes into it")
            } else {
                None
            };
            if let Some(problem) = problem {
                let (from, to) = (giver.name.clone(), taker.name.clone());
                self.mistakes
                    .push(NetworkError::BadLink { from, to, problem });
            } else {
                outs[from.index()].push(*to);
                ins[to.index()].push(*from);
            }
        }
        (outs, ins)
    }

    fn number(&mut self, element: &Element, what: &'static str, rule: &'static str, value: f64) {
        let element = element.name.clone();
        self.mistakes.push(NetworkError::BadNumber {
            element,
            what,
            rule,
            value,
        });
    }

    fn inconsistent(&mut self, element: &Element, problem: &'static str) {
        let element = element.name.clone();
        self.mistakes
            .push(NetworkError::Inconsistent { element, problem });
    }

    fn at_least_one(&mut self, element: &Element, what: &'static str, value: u32) {
        if value == 0 {
            self.number(element, what, "at least 1", 0.0);
        }
    }

    fn positive(&mut self, element: &Element, what: &'static str, value: f64) {
        if !(value.is_finite() && value > 0.0) {
            self.number(element, what, "a finite number greater than 0", value);
        }
    }

    fn part_type(&mut self, element: &Element, what: &'static str, part_type: PartType) {
        if part_type.0 as usize >= self.network.part_types.len().max(1) {
            let (element, part_type) = (element.name.clone(), part_type.0);
            self.mistakes.push(NetworkError::UnknownPartType {
                element,
                what,
                part_type,
            });
        }
    }

    fn neighbour(
        &mut self,
        element: &Element,
        what: &'static str,
        id: ElementId,
        among: &[ElementId],
        problem: &'static str,
    ) {
        if !self.exists(id) {
            let element = element.name.clone();
            self.mistakes.push(NetworkError::UnknownElement {
                element,
                what,
                id: id.0,
            });
        } else if !among.contains(&id) {
            self.inconsistent(element, problem);
        }
    }

    fn weights(&mut self, element: &Element, what: &'static str, weights: &[f64]) {
        for weight in weights {
            if !(weight.is_finite() && *weight >= 0.0) {
                self.number(element, what, "a finite number, at least 0", *weight);
            }
        }
        if weights.iter().all(|weight| *weight == 0.0) {
            self.inconsistent(element, "at least one weight must be greater than 0");
        }
    }

    fn check_element(&mut self, element: &Element, outs: &[ElementId], ins: &[ElementId]) {
        let reject = match &element.process {
            Process::Station(station) => station.reject_to,
            _ => None,
        };
        let good: Vec<ElementId> = outs
            .iter()
            .filter(|to| Some(**to) != reject)
            .copied()
            .collect();
        if good.is_empty() && !matches!(element.process, Process::Sink) {
            self.mistakes.push(NetworkError::NoOutlet {
                element: element.name.clone(),
            });
        }
        if ins.is_empty() && !matches!(element.process, Process::Source(_)) {
            self.mistakes.push(NetworkError::NoInlet {
                element: element.name.clone(),
            });
        }
        self.check_routing(element, &good);
        self.check_failures(element);
        if let Some(shift) = element.shift
            && shift.0 as usize >= self.network.shifts.len()
        {
            let (element, shift) = (element.name.clone(), shift.0);
            self.mistakes
                .push(NetworkError::UnknownShift { element, shift });
        }
        match &element.process {
            Process::Sink => {}
            Process::Buffer(buffer) => {
                if buffer.capacity == Some(0) {
                    self.inconsistent(
                        element,
                        "a buffer without a place holds nothing: link its neighbours directly",
                    );
                }
            }
            Process::Conveyor(conveyor) => {
                self.positive(element, "length_m", conveyor.length_m);
                self.positive(element, "speed_mps", conveyor.speed_mps);
                self.positive(element, "spacing_m", conveyor.spacing_m);
            }
            Process::Fleet(fleet) => {
                self.at_least_one(element, "vehicles", fleet.vehicles);
                self.positive(element, "speed_mps", fleet.speed_mps);
                let named = fleet.distances_m.iter().map(|(_, _, metres)| *metres);
                for metres in named.chain([fleet.distance_m]) {
                    if !(metres.is_finite() && metres >= 0.0) {
                        self.number(element, "a distance", "a finite number, at least 0", metres);
                    }
                }
                let at: Vec<ElementId> = outs.iter().chain(ins).copied().collect();
                for (from, to, _) in &fleet.distances_m {
                    for end in [from, to] {
                        let problem = "a distance names an element that is not linked to the fleet";
                        self.neighbour(element, "a distance", *end, &at, problem);
                    }
                }
            }
            Process::Source(source) => {
                self.at_least_one(element, "batch", source.batch);
                if source.arrivals == Arrivals::Saturated
                    && source.when_blocked == WhenBlocked::Lose
                {
                    self.inconsistent(
                        element,
                        "a saturated source has no arrivals to lose: hold parts when blocked",
                    );
                }
                match &source.mix {
                    Mix::Single(part_type) => self.part_type(element, "the mix", *part_type),
                    Mix::Weighted(weights) => {
                        for (part_type, _) in weights {
                            self.part_type(element, "the mix", *part_type);
                        }
                        let weights: Vec<f64> = weights.iter().map(|(_, w)| *w).collect();
                        self.weights(element, "a weight of the mix", &weights);
                    }
                    Mix::Orders(orders) => {
                        for order in orders {
                            self.part_type(element, "an order", order.part_type);
                        }
                    }
                }
            }
            Process::Station(station) => self.check_station(element, station, outs, ins),
        }
    }

    fn check_routing(&mut self, element: &Element, good: &[ElementId]) {
        match &element.routing {
            Routing::Single if good.len() > 1 => {
                let (element, outlets) = (element.name.clone(), good.len());
                self.mistakes
                    .push(NetworkError::RoutingMissing { element, outlets });
            }
            Routing::Probability(weights) => {
                for (to, _) in weights {
                    let problem = "the routing names an element that no link leads to";
                    self.neighbour(element, "the routing", *to, good, problem);
                }
                let weights: Vec<f64> = weights.iter().map(|(_, weight)| *weight).collect();
                self.weights(element, "a weight of the routing", &weights);
            }
            Routing::ByType { table, otherwise } => {
                let problem = "the routing names an element that no link leads to";
                self.neighbour(element, "the routing", *otherwise, good, problem);
                for (part_type, to) in table {
                    self.part_type(element, "the routing", *part_type);
                    self.neighbour(element, "the routing", *to, good, problem);
                }
            }
            Routing::Single
            | Routing::RoundRobin
            | Routing::ShortestQueue
            | Routing::FirstAvailable => {}
        }
    }

    fn check_failures(&mut self, element: &Element) {
        for failure in &element.failures {
            if failure.basis == FailureBasis::OperationTime
                && !matches!(element.process, Process::Station(_) | Process::Conveyor(_))
            {
                self.inconsistent(
                    element,
                    "only stations and conveyors count operation time: use calendar time",
                );
            }
            if failure.time_to_failure.is_zero() {
                self.inconsistent(element, "a time to failure of 0 would fail without end");
            }
        }
    }

    fn check_station(
        &mut self,
        element: &Element,
        station: &Station,
        outs: &[ElementId],
        ins: &[ElementId],
    ) {
        self.at_least_one(element, "servers", station.servers);
        self.at_least_one(element, "batch", station.batch);
        if !(0.0..=1.0).contains(&station.scrap) {
            self.number(element, "scrap", "a probability in 0..=1", station.scrap);
        }
        for (part_type, _) in &station.processing_by_type {
            self.part_type(element, "a processing time", *part_type);
        }
        if let Some(part_type) = station.produces {
            self.part_type(element, "what it produces", part_type);
        }
        if let Some(changeover) = &station.changeover {
            let pairs = changeover
                .matrix
                .iter()
                .flat_map(|(from, to, _)| [*from, *to]);
            for part_type in pairs.chain(changeover.initial) {
                self.part_type(element, "the changeover", part_type);
            }
        }
        if let Some(reject) = station.reject_to {
            let problem = "no link leads to the element for rejects";
            self.neighbour(element, "the reject outlet", reject, outs, problem);
        }
        if station.assembly.is_empty() {
            return;
        }
        if station.batch > 1 {
            self.inconsistent(element, "a station has batches or assembles, not both");
        }
        let mut named = HashSet::new();
        for need in &station.assembly {
            self.at_least_one(element, "a count of the assembly", need.count);
            let problem = "the assembly names an element that no link comes from";
            self.neighbour(element, "the assembly", need.from, ins, problem);
            if !named.insert(need.from) {
                self.inconsistent(element, "the assembly names an element twice");
            }
        }
        if ins.iter().any(|from| !named.contains(from)) {
            self.inconsistent(
                element,
                "the assembly does not say how many parts an inlet gives",
            );
        }
    }

    /// Held places and calendar slots must fit into 32 and 22 bits.
    fn check_size(&mut self) {
        let mut slots = 1_u64;
        let mut held = 0_u64;
        for element in &self.network.elements {
            slots += element.failures.len() as u64
                + match &element.process {
                    Process::Station(station) => {
                        let needs: u64 = station.assembly.iter().map(|n| u64::from(n.count)).sum();
                        let intake = needs.max(u64::from(station.batch));
                        if intake > 1 {
                            held = held.saturating_add(
                                intake.saturating_mul(u64::from(station.servers) + 1),
                            );
                        }
                        u64::from(station.servers)
                    }
                    Process::Fleet(fleet) => u64::from(fleet.vehicles),
                    Process::Conveyor(_) => 2,
                    Process::Source(_) => 1,
                    Process::Buffer(_) | Process::Sink => 0,
                };
        }
        let count = slots.max(held / 16);
        if count > MAX_SLOTS as u64 {
            self.mistakes.push(NetworkError::TooLarge { count });
        }
    }

    /// Sources and loops that would never let time pass.
    fn check_timeless(&mut self, outs: &[Vec<ElementId>]) {
        for (index, element) in self.network.elements.iter().enumerate() {
            let Process::Source(source) = &element.process else {
                continue;
            };
            let is_instant = match &source.arrivals {
                Arrivals::Saturated => true,
                Arrivals::Interval(interval) => Distribution::is_zero(interval),
            };
            let is_endless = source.limit.is_none() && !matches!(source.mix, Mix::Orders(_));
            if is_instant && is_endless && self.is_bottomless(&outs[index], outs) {
                let element = element.name.clone();
                self.mistakes.push(NetworkError::EndlessSource { element });
            }
        }
        // Depth first through buffers; a buffer met again on the present path closes a loop.
        let mut colour: HashMap<u32, bool> = HashMap::new();
        for start in 0..self.network.elements.len() as u32 {
            let mut stack = vec![(start, 0_usize)];
            if !self.is_buffer(start) || colour.contains_key(&start) {
                continue;
            }
            colour.insert(start, true);
            while let Some((node, next)) = stack.pop() {
                let Some(to) = outs[node as usize].get(next) else {
                    colour.insert(node, false);
                    continue;
                };
                stack.push((node, next + 1));
                if !self.is_buffer(to.0) {
                    continue;
                }
                match colour.get(&to.0) {
                    Some(true) => {
                        let element = self.network.name(*to).to_owned();
                        self.mistakes.push(NetworkError::TimelessLoop { element });
                        return;
                    }
                    Some(false) => {}
                    None => {
                        colour.insert(to.0, true);
                        stack.push((to.0, 0));
                    }
                }
            }
        }
    }

    fn is_buffer(&self, id: u32) -> bool {
        matches!(
            self.network.elements[id as usize].process,
            Process::Buffer(_)
        )
    }

    /// Parts given to one of `first` can pile up or vanish without end at one instant.
    fn is_bottomless(&self, first: &[ElementId], outs: &[Vec<ElementId>]) -> bool {
        let mut seen = HashSet::new();
        let mut open: Vec<ElementId> = first.to_vec();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match &self.network.elements[id.index()].process {
                Process::Sink => return true,
                Process::Buffer(buffer) => {
                    if buffer.capacity.is_none() {
                        return true;
                    }
                    open.extend(&outs[id.index()]);
                }
                _ => {}
            }
        }
        false
    }
}

fn is_shift_sound(shift: &Shift) -> bool {
    let mut last = SimTime::ZERO;
    for (begin, end) in &shift.windows {
        if *begin < last || end <= begin {
            return false;
        }
        last = *end;
    }
    match shift.period {
        Some(period) => period > SimTime::ZERO && last <= period,
        None => true,
    }
}
