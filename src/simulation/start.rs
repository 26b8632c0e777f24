//! [`StartState`]: the state that a network is in when a simulation begins, as somebody outside of it
//! would describe it: which parts are where, and how long everything has been going on.
//!
//! How long it will still take is not said but drawn: for a time that has lasted for `a`, from the
//! distribution of those that last longer than `a`. So replications of one start differ from the first
//! event on, as what is known at the start allows.
//!
//! Everything goes by name, so that a start can be given to a network that was changed: what is not
//! there any more is left out, what is new is empty.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::availability::Reason;
use super::distribution::Distribution;
use super::interventions::Intervention;
use super::kernel::{Kernel, NONE, State, Task};
use super::model::{Kind, Model};
use super::network::{DownKind, ElementId, Network, PartType, Process};
use super::observer::{Observer, Part, StopCause};
use super::random::{Purpose, Streams};
use super::resources::Request;
use super::run::Simulation;
use super::time::SimTime;
use super::validate::InvalidNetwork;
use crate::model::process::FailureBasis;

/// The state of a network at time zero. Plain data: it is written into the address of what is simulated
/// from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StartState {
    /// What is known of elements, by name; others are empty and up.
    pub elements: BTreeMap<String, ElementStart>,
    /// The number of the first part that will come into being.
    pub next_part: u64,
}

/// The state of one element. Times are seconds before the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ElementStart {
    /// Parts handed over so far: where its counter stands.
    pub produced: u64,
    /// Parts found bad so far.
    pub scrapped: u64,
    /// The parts in it, and what it does with them.
    pub holds: Holding,
    /// How long its first part has been waiting to leave: who waits longest is served first.
    pub waited_secs: f64,
    /// Why it is down, if it is.
    pub down: Vec<Down>,
    /// Per failure mode: how far its clock has run since the last repair; modes beyond the end: not.
    pub running_secs: Vec<f64>,
}

/// A part at the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StartPart {
    /// Its number, if it is known; it is then its serial number in telemetry, too.
    pub id: Option<u64>,
    /// Name of its type; empty: the first type of the network.
    pub part_type: String,
    /// Its order; 0: none.
    pub order: u32,
    /// How long ago it came into being.
    pub age_secs: f64,
}

/// The parts of an element, and what it does with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holding {
    /// Nothing.
    #[default]
    Nothing,
    /// A buffer: its parts, the one that came first in front.
    Queue(Vec<StartPart>),
    /// A conveyor.
    Belt {
        /// Its parts from the front, each with how long the belt has moved since it came on.
        parts: Vec<(StartPart, f64)>,
        /// How long the belt has moved since the last part left; `None`: none has, for long.
        last_left_secs: Option<f64>,
    },
    /// A station.
    Station {
        /// Servers that have something to do; those that are not named are free.
        servers: Vec<ServerStart>,
        /// The type that free servers are set up for; empty: as the network says.
        fitted: String,
        /// Parts gathered for the next batch or product, each with the element it came from.
        gathered: Vec<(String, StartPart)>,
    },
    /// The vehicles of a fleet, in order.
    Fleet(Vec<VehicleStart>),
    /// A source.
    Source(SourceStart),
}

/// A server of a station that has something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerStart {
    /// The part, or those of the batch; of a product, one.
    pub parts: Vec<StartPart>,
    /// What it does.
    pub doing: Doing,
    /// The type that it was set up for before, while it is being set up; empty: nobody knows.
    pub fitted: String,
}

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// Waits for room or resources before it begins.
    Waiting,
    /// Is being set up, for so many seconds so far, pauses left out.
    Setup(f64),
    /// Works, for so many seconds so far, pauses left out.
    Processing(f64),
    /// Has finished, and waits for somebody to take what it holds.
    Done,
}

/// A vehicle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VehicleStart {
    /// What it does.
    pub phase: super::VehiclePhase,
    /// Where it comes from.
    pub from: StopName,
    /// Where it stands or drives to.
    pub at: StopName,
    /// How long it has been doing that.
    pub elapsed_secs: f64,
    /// What it carries.
    pub cargo: Vec<StartPart>,
}

/// A stop of a fleet, by the element that is linked there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopName {
    /// The first one.
    #[default]
    First,
    /// Where parts of this element are fetched.
    Inlet(String),
    /// Where parts are brought to this element.
    Outlet(String),
}

/// A source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceStart {
    /// Parts that have arrived and found no room.
    pub waiting: Vec<StartPart>,
    /// Number of the order that the next part belongs to; `None`: the first of the list.
    pub order: Option<u32>,
    /// Parts of that order that exist already.
    pub of_order: u32,
    /// How long the clock towards the next arrival has run.
    pub elapsed_secs: f64,
    /// Its parts in the network, when they are limited.
    pub in_process: u32,
}

/// Why an element is down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Down {
    /// One of its failure modes, for so long.
    Failed {
        /// Which of its modes.
        mode: u32,
        /// For how long so far.
        elapsed_secs: f64,
    },
    /// Something that the network does not describe.
    Stopped {
        /// Why.
        cause: StopCause,
        /// For how long so far.
        elapsed_secs: f64,
        /// How long such stops last; where none has lasted as long, a draw with the mean of what has
        /// passed comes on top.
        lasts: Option<Distribution>,
    },
}

/// Why a start does not fit its network. Mend the start, or take another network.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum StartError {
    /// The network is wrong by itself.
    #[error(transparent)]
    Network(#[from] InvalidNetwork),
    /// A time that is negative or no number.
    #[error("a time before the start must be 0 or longer, at `{0}`")]
    Time(String),
    /// An element holds what its kind cannot hold.
    #[error("it cannot hold what the start says of it: another kind of element, at `{0}`")]
    Kind(String),
    /// More parts in a station than it has servers for.
    #[error("{parts} parts or batches are in work on {servers} servers, at `{element}`")]
    Servers {
        /// How many are in work.
        parts: usize,
        /// How many servers there are.
        servers: u32,
        /// The station.
        element: String,
    },
    /// An operation with another number of parts than it takes.
    #[error("an operation of {wanted} parts holds {found} at the start, at `{element}`")]
    Batch {
        /// Parts that it holds.
        found: usize,
        /// Parts that it takes.
        wanted: u32,
        /// The station.
        element: String,
    },
    /// A product or batch that is complete but was not begun, or parts that it does not take.
    #[error("what is gathered does not fit what an operation takes, at `{0}`")]
    Gathered(String),
}

impl StartState {
    /// Whether it can be the start of `network`.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, network: &Network) -> Result<(), StartError> {
        for element in &network.elements {
            let Some(start) = self.elements.get(&element.name) else {
                continue;
            };
            let name = || element.name.clone();
            if !start.times().all(|secs| secs.is_finite() && secs >= 0.0) {
                return Err(StartError::Time(name()));
            }
            match (&element.process, &start.holds) {
                (_, Holding::Nothing)
                | (Process::Buffer(_), Holding::Queue(_))
                | (Process::Conveyor(_), Holding::Belt { .. })
                | (Process::Fleet(_), Holding::Fleet(_))
                | (Process::Source(_), Holding::Source(_)) => {}
                (
                    Process::Station(station),
                    Holding::Station {
                        servers, gathered, ..
                    },
                ) => {
                    if servers.len() > station.servers as usize {
                        return Err(StartError::Servers {
                            parts: servers.len(),
                            servers: station.servers,
                            element: name(),
                        });
                    }
                    let is_assembly = !station.assembly.is_empty();
                    let wanted = if is_assembly { 1 } else { station.batch };
                    for server in servers {
                        let found = server.parts.len();
                        let fits = match server.doing {
                            Doing::Done => found >= 1 && found <= pieces(station).max(1),
                            _ => found == wanted as usize,
                        };
                        if !fits {
                            return Err(StartError::Batch {
                                found,
                                wanted,
                                element: name(),
                            });
                        }
                    }
                    if !fits_gathering(network, station, gathered) {
                        return Err(StartError::Gathered(name()));
                    }
                }
                _ => return Err(StartError::Kind(name())),
            }
        }
        Ok(())
    }
}

/// Parts that one operation gives out.
fn pieces(station: &super::Station) -> usize {
    let pieces: u32 = station.splits.iter().map(|(_, count)| count).sum();
    match (pieces, station.assembly.is_empty()) {
        (0, true) => station.batch as usize,
        (0, false) => 1,
        (pieces, _) => pieces as usize,
    }
}

fn fits_gathering(
    network: &Network,
    station: &super::Station,
    gathered: &[(String, StartPart)],
) -> bool {
    if station.assembly.is_empty() {
        return gathered.is_empty() || gathered.len() < station.batch as usize;
    }
    let wanted: u32 = station.assembly.iter().map(|need| need.count).sum();
    let fits = |need: &super::Need| {
        let name = network.name(need.from);
        let found = gathered.iter().filter(|(from, _)| from == name).count();
        found <= need.count as usize
    };
    let is_needed = |from: &String| {
        let mut needs = station.assembly.iter();
        needs.any(|need| network.name(need.from) == from)
    };
    gathered.len() < wanted as usize
        && station.assembly.iter().all(fits)
        && gathered.iter().all(|(from, _)| is_needed(from))
}

impl ElementStart {
    /// Every time in it.
    fn times(&self) -> impl Iterator<Item = f64> + '_ {
        let holds: Vec<f64> = match &self.holds {
            Holding::Nothing | Holding::Queue(_) => Vec::new(),
            Holding::Belt {
                parts,
                last_left_secs,
            } => {
                let rides = parts.iter().map(|(_, riding)| *riding);
                rides.chain(*last_left_secs).collect()
            }
            Holding::Station { servers, .. } => servers
                .iter()
                .map(|server| match server.doing {
                    Doing::Setup(secs) | Doing::Processing(secs) => secs,
                    Doing::Waiting | Doing::Done => 0.0,
                })
                .collect(),
            Holding::Fleet(vehicles) => vehicles.iter().map(|v| v.elapsed_secs).collect(),
            Holding::Source(source) => vec![source.elapsed_secs],
        };
        let down = self.down.iter().map(|down| match down {
            Down::Failed { elapsed_secs, .. } | Down::Stopped { elapsed_secs, .. } => *elapsed_secs,
        });
        holds
            .into_iter()
            .chain(down)
            .chain(self.running_secs.iter().copied())
            .chain([self.waited_secs])
    }
}

/// A start that fits its network, ready for replications.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) start: Arc<StartState>,
    part_types: Arc<[String]>,
}

impl Simulation {
    /// Replication `replication` of the experiment with `seed`, from `start` on: its time zero. What
    /// goes on there ends at a time that is drawn, given how long it has lasted.
    ///
    /// # Errors
    /// When the network is wrong, or the start does not fit it.
    pub fn resume(
        network: &Network,
        start: &StartState,
        seed: u64,
        replication: u64,
    ) -> Result<Self, StartError> {
        let prepared = Prepared::new(network, Arc::new(start.clone()))?;
        let model = Arc::new(Model::new(network));
        Ok(Self::resume_prepared(model, &prepared, seed, replication))
    }

    /// As [`Simulation::resume`], of the same network as this one.
    pub(super) fn resume_again(&self, start: &Prepared, seed: u64, replication: u64) -> Self {
        Self::resume_prepared(Arc::clone(&self.model), start, seed, replication)
    }

    fn resume_prepared(model: Arc<Model>, start: &Prepared, seed: u64, replication: u64) -> Self {
        let streams = Streams { seed, replication };
        let state = State::start(&model, streams);
        let mut simulation = Self { model, state };
        let mut restore = Restore {
            kernel: Kernel {
                m: &simulation.model,
                s: &mut simulation.state,
                o: &mut (),
            },
            part_types: &start.part_types,
            streams,
        };
        restore.everything(&start.start);
        simulation
    }
}

impl Prepared {
    pub(super) fn new(network: &Network, start: Arc<StartState>) -> Result<Self, StartError> {
        network.validate()?;
        start.check(network)?;
        Ok(Self {
            start,
            part_types: network.part_types.as_slice().into(),
        })
    }
}

/// Puts a start into a simulation in which nothing has happened yet.
pub(super) struct Restore<'a, O> {
    pub(super) kernel: Kernel<'a, O>,
    part_types: &'a [String],
    streams: Streams,
}

/// Seconds before the start, as a time before zero.
pub(super) fn ago(secs: f64) -> SimTime {
    SimTime::ZERO - SimTime::from_secs_f64(secs)
}

impl<O: Observer> Restore<'_, O> {
    fn everything(&mut self, start: &StartState) {
        let model = self.kernel.m;
        self.kernel.s.parts.created = start.next_part;
        let none = ElementStart::default();
        let of = |element: u32| {
            let name = model.names.get(element as usize);
            name.and_then(|name| start.elements.get(name))
                .unwrap_or(&none)
        };
        let elements = 0..model.elements.len() as u32;
        for element in elements.clone() {
            self.place(element, of(element));
        }
        let mut repairs = Vec::new();
        for element in elements.clone() {
            self.set_failures(element, of(element), &mut repairs);
        }
        // Crews are with those that have been down the longest.
        repairs.sort_by(|(a, _): &(f64, u32), (b, _)| b.total_cmp(a));
        for (_, failure) in repairs {
            self.repair(failure);
        }
        self.kernel.start_shifts();
        for element in elements.clone() {
            self.stop(element, of(element));
        }
        for element in elements.clone() {
            let index = model.elements[element as usize].index;
            match model.elements[element as usize].kind {
                Kind::Station => {
                    if self.kernel.is_up(element) {
                        self.kernel.rearm_station(element, index);
                    }
                    self.kernel.prepare_waiting(element, index);
                }
                Kind::Conveyor if self.kernel.is_up(element) => self.kernel.rearm_conveyor(element),
                _ => {}
            }
            self.kernel.touch(element);
        }
        // The last one pushed is looked at first.
        let mut order: Vec<u32> = elements.collect();
        order.sort_by(|a, b| of(*a).waited_secs.total_cmp(&of(*b).waited_secs));
        for element in order {
            self.kernel.s.tasks.push(Task::Push(element));
        }
        self.kernel.settle();
        self.kernel.s.events = 0;
    }

    /// The stream from which what goes on at the start of an element is drawn.
    pub(super) fn stream(&self, element: u32) -> Pcg64Mcg {
        let name = self.kernel.m.names.get(element as usize);
        let name = name.map_or("", String::as_str);
        self.streams.stream(name, Purpose::Start)
    }

    pub(super) fn part_type(&self, name: &str) -> PartType {
        let known = self.part_types.iter().position(|known| known == name);
        PartType(known.unwrap_or_default() as u32)
    }

    /// Adds a part to an element.
    pub(super) fn part(&mut self, element: u32, start: &StartPart) -> u32 {
        let part = Part {
            id: 0,
            created: ago(start.age_secs),
            part_type: self.part_type(&start.part_type),
            order: start.order,
            batch: 0,
            source: self.limiting_source(),
        };
        self.kernel.s.elements[element as usize].content += 1;
        self.kernel.s.parts.restore(part, start.id)
    }

    /// The only source that limits its parts in process, if there is one.
    fn limiting_source(&self) -> ElementId {
        if !self.kernel.m.has_limits {
            return ElementId::default();
        }
        let elements = (0..).zip(&self.kernel.m.elements);
        let mut limited = elements.filter(|(_, fixed)| {
            let source = self.kernel.m.sources.get(fixed.index as usize);
            fixed.kind == Kind::Source && source.is_some_and(|s| s.in_process != u32::MAX)
        });
        match (limited.next(), limited.next()) {
            (Some((element, _)), None) => ElementId(element),
            _ => ElementId::default(),
        }
    }

    fn place(&mut self, element: u32, start: &ElementStart) {
        let e = &mut self.kernel.s.elements[element as usize];
        (e.produced, e.scrapped) = (start.produced, start.scrapped);
        let fixed = &self.kernel.m.elements[element as usize];
        let index = fixed.index;
        match (&start.holds, fixed.kind) {
            (Holding::Queue(parts), Kind::Buffer) => {
                for part in parts {
                    let part = self.part(element, part);
                    let is_sorted = self.kernel.is_sorting(index);
                    if is_sorted {
                        self.kernel.sort_in(element, index, part);
                    } else {
                        self.kernel.s.buffers[index as usize].push_back(part);
                    }
                }
            }
            (
                Holding::Belt {
                    parts,
                    last_left_secs,
                },
                Kind::Conveyor,
            ) => self.restore_belt(element, parts, *last_left_secs),
            (
                Holding::Station {
                    servers,
                    fitted,
                    gathered,
                },
                Kind::Station,
            ) => self.restore_station(element, servers, fitted, gathered),
            (Holding::Fleet(vehicles), Kind::Fleet) => self.restore_fleet(element, vehicles),
            (Holding::Source(source), Kind::Source) => self.restore_source(element, source),
            (_, Kind::Source) => self.restore_source(element, &SourceStart::default()),
            _ => {}
        }
    }

    /// Draws when each mode fails next, or how long its repair still takes.
    fn set_failures(&mut self, element: u32, start: &ElementStart, repairs: &mut Vec<(f64, u32)>) {
        let fixed = &self.kernel.m.elements[element as usize];
        let modes = fixed.failures_from..fixed.failures_to;
        let mut rng = self.streams.stream(
            &self.kernel.m.names[element as usize],
            Purpose::StartFailures,
        );
        for (mode, index) in (0..).zip(modes) {
            let failed = start.down.iter().find_map(|down| match down {
                Down::Failed {
                    mode: of,
                    elapsed_secs,
                } if *of == mode => Some(*elapsed_secs),
                _ => None,
            });
            let run = start.running_secs.get(mode as usize).copied();
            let run = SimTime::from_secs_f64(run.unwrap_or_default());
            let next = self.kernel.remaining_life(index, &mut rng, run);
            match failed {
                None => self.kernel.set_life(index, next),
                Some(elapsed) => {
                    let elapsed_time = SimTime::from_secs_f64(elapsed);
                    let left = self.kernel.remaining_repair(index, &mut rng, elapsed_time);
                    self.kernel.set_failed(index, left);
                    repairs.push((elapsed, index));
                    let reason = self.kernel.reason(index);
                    self.kernel.take_down(element, reason);
                }
            }
        }
    }

    fn repair(&mut self, failure: u32) {
        let has_crew = self.kernel.m.failures[failure as usize].crew != NONE;
        if !has_crew || self.kernel.seize(Request::Repair { failure }) {
            self.kernel.begin_repair(failure);
        }
    }

    /// Stops that the network does not describe.
    fn stop(&mut self, element: u32, start: &ElementStart) {
        let mut rng = self
            .streams
            .stream(&self.kernel.m.names[element as usize], Purpose::StartStops);
        for down in &start.down {
            let Down::Stopped {
                cause,
                elapsed_secs,
                lasts,
            } = down
            else {
                continue;
            };
            let elapsed = SimTime::from_secs_f64(*elapsed_secs);
            let whole = lasts
                .as_ref()
                .and_then(|lasts| lasts.sample_beyond(&mut rng, elapsed));
            let left = whole.map_or_else(
                || {
                    let more = Distribution::exponential(elapsed_secs.max(1.0));
                    more.map_or(elapsed, |more| more.sample(&mut rng, 1.0))
                },
                |whole| whole - elapsed,
            );
            self.kernel.intervene(Intervention::Stop {
                element: ElementId(element),
                cause: *cause,
                duration: Some(left),
            });
        }
    }
}

impl<O: Observer> Kernel<'_, O> {
    fn reason(&self, failure: u32) -> Reason {
        match self.m.failures[failure as usize].kind {
            DownKind::Failure => Reason::Fault,
            DownKind::Maintenance => Reason::Maintenance,
        }
    }

    /// How far the clock of a mode that has run for `run` still runs until it fails.
    fn remaining_life(&self, failure: u32, rng: &mut Pcg64Mcg, run: SimTime) -> SimTime {
        let fixed = &self.m.failures[failure as usize];
        let life = &self.m.distributions[fixed.time_to_failure as usize];
        life.sample_beyond(rng, run)
            .map_or(SimTime::ZERO, |whole| whole - run)
    }

    fn remaining_repair(&self, failure: u32, rng: &mut Pcg64Mcg, elapsed: SimTime) -> SimTime {
        let fixed = &self.m.failures[failure as usize];
        let repair = &self.m.distributions[fixed.time_to_repair as usize];
        repair
            .sample_beyond(rng, elapsed)
            .map_or(SimTime::ZERO, |whole| whole - elapsed)
    }

    /// All clocks of operation time stand at zero at the start.
    fn set_life(&mut self, failure: u32, left: SimTime) {
        let fixed = &self.m.failures[failure as usize];
        match fixed.basis {
            FailureBasis::OperationTime => self.s.failures[failure as usize].due = left,
            FailureBasis::CalendarTime => {
                let time = self.s.now + left;
                let priority = super::calendar::Priority::Failure;
                self.s.calendar.schedule(fixed.slot, time, priority);
            }
        }
    }

    fn set_failed(&mut self, failure: u32, left: SimTime) {
        self.s.failures[failure as usize].set_failed(left);
    }
}
