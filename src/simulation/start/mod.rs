//! [`StartState`]: the state that a network is in when a simulation begins, as somebody outside of it
//! would describe it: which parts are where, and how long everything has been going on.
//!
//! How long it will still take is not said but drawn: for a time that has lasted for `a`, from the
//! distribution of those that last longer than `a`. So replications of one start differ from the first
//! event on, as what is known at the start allows.
//!
//! Everything goes by name, so that a start can be given to a network that was changed: what is not
//! there any more is left out, what is new is empty.

mod restore;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::distribution::Distribution;
use super::network::{Network, Process};
use super::observer::StopCause;
use super::validate::InvalidNetwork;

pub(super) use restore::{Prepared, Restore, ago};

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
    /// Which visit of the route of its type it is at, from 0; `None`: the first one of its element.
    pub visit: Option<u32>,
    /// How long ago it came into being; `None`: nobody knows, and its lead time counts from the start.
    pub age_secs: Option<f64>,
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

impl StartState {
    /// All parts in the network.
    pub fn parts(&self) -> impl Iterator<Item = &StartPart> {
        self.elements.values().flat_map(ElementStart::parts)
    }
}

impl ElementStart {
    /// The parts in it.
    pub fn parts(&self) -> Box<dyn Iterator<Item = &StartPart> + '_> {
        match &self.holds {
            Holding::Nothing => Box::new(std::iter::empty()),
            Holding::Queue(parts) => Box::new(parts.iter()),
            Holding::Belt { parts, .. } => Box::new(parts.iter().map(|(part, _)| part)),
            Holding::Station {
                servers, gathered, ..
            } => {
                let inside = servers.iter().flat_map(|server| &server.parts);
                Box::new(inside.chain(gathered.iter().map(|(_, part)| part)))
            }
            Holding::Fleet(vehicles) => Box::new(vehicles.iter().flat_map(|v| &v.cargo)),
            Holding::Source(source) => Box::new(source.waiting.iter()),
        }
    }

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
            .chain(self.parts().filter_map(|part| part.age_secs))
            .chain([self.waited_secs])
    }
}
