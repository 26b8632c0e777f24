//! Stations: where parts are worked on.
//!
//! A part that comes in may first have to be gathered with others (`intake`), then a server sets up
//! and works (`operation`), and what is finished is inspected and given away (`finished`).

mod compiled;
mod finished;
mod intake;
mod operation;
mod restore;

use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::kernel::NONE;
use super::network::{ElementId, PartType};
use super::resources::ResourceId;
use super::time::SimTime;
use crate::model::process::Blocking;

pub(super) use compiled::{ChangeoverFixed, StationFixed};

/// Change-over when the type of part changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changeover {
    /// Duration between any two types not named in `matrix`.
    pub duration: Distribution,
    /// Durations from one type to another.
    #[serde(default)]
    pub matrix: Vec<(PartType, PartType, Distribution)>,
    /// The type that all servers are set up for at the start; `None`: the first part needs no set-up.
    #[serde(default)]
    pub initial: Option<PartType>,
}

/// What an assembly takes from one inlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The element that hands the parts over; it must be linked to the station.
    pub from: ElementId,
    /// How many parts from there make one product.
    pub count: u32,
}

/// Where parts are worked on: a machine, a work place, a group of equal machines, an oven.
///
/// A server that has finished a part keeps it until the next element takes it (blocking after
/// service). When the station is down, the operations under way pause and are resumed later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// Equal servers, each with its own part or batch.
    #[serde(default = "one")]
    pub servers: u32,
    /// Duration of one operation (of a whole batch, when there are batches).
    pub processing: Distribution,
    /// Durations for some types of parts instead; a batch counts as its first part.
    #[serde(default)]
    pub processing_by_type: Vec<(PartType, Distribution)>,
    /// Change-over between types; `None`: takes no time.
    #[serde(default)]
    pub changeover: Option<Changeover>,
    /// Parts that are processed together; an operation waits until so many are there.
    #[serde(default = "one")]
    pub batch: u32,
    /// Assembly: what one product is made of. The first part from the first need becomes the product,
    /// the others are consumed. Empty: no assembly.
    #[serde(default)]
    pub assembly: Vec<Need>,
    /// The type that parts have after the operation; `None`: unchanged.
    #[serde(default)]
    pub produces: Option<PartType>,
    /// Probability that a finished part is bad.
    #[serde(default)]
    pub scrap: f64,
    /// Where bad parts go (must be linked; it is then no outlet for good parts); `None`: out of the
    /// network.
    #[serde(default)]
    pub reject_to: Option<ElementId>,
    /// Disassembly: what leaves in place of one part, as types and numbers. The first piece keeps
    /// the identity of the part. Empty: the part itself leaves.
    #[serde(default)]
    pub splits: Vec<(PartType, u32)>,
    /// Resources that each set-up and operation takes, and how many of them.
    #[serde(default)]
    pub requires: Vec<(ResourceId, u32)>,
    /// When it waits for room behind it.
    #[serde(default)]
    pub blocking: Blocking,
}

const fn one() -> u32 {
    1
}

impl Station {
    /// One server, one part at a time.
    #[must_use]
    pub fn new(processing: Distribution) -> Self {
        Self {
            servers: 1,
            processing,
            processing_by_type: Vec::new(),
            changeover: None,
            batch: 1,
            assembly: Vec::new(),
            produces: None,
            scrap: 0.0,
            reject_to: None,
            splits: Vec::new(),
            requires: Vec::new(),
            blocking: Blocking::AfterService,
        }
    }

    /// With `servers` equal servers.
    #[must_use]
    pub fn with_servers(mut self, servers: u32) -> Self {
        self.servers = servers;
        self
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StationState {
    /// First of the list of free servers.
    free: u32,
    /// First and last of the list of servers with finished parts.
    done_first: u32,
    done_last: u32,
    processing: u32,
    setting_up: u32,
    done: u32,
    /// Servers that hold a part and wait for room behind the station.
    waiting_for_room: u32,
    gathered: u32,
    /// Time spent processing, up to `clock_at`.
    pub(super) clock: SimTime,
    /// Since when the clock runs, if it does.
    pub(super) clock_at: SimTime,
    pub(super) is_clock_running: bool,
    processing_rng: Pcg64Mcg,
    setup_rng: Pcg64Mcg,
    quality_rng: Pcg64Mcg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    Free,
    /// Holds a part, and waits for room or for resources before it begins.
    Waiting,
    Setup,
    Processing,
    Done,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Server {
    pub(super) phase: Phase,
    /// The part in work, or the next one to be given away.
    pub(super) part: u32,
    /// Parts not yet given away.
    pub(super) count: u32,
    /// The link wanted by `part`.
    route: u32,
    /// The next server in the list of free or finished ones.
    next: u32,
    /// Type that the server is set up for.
    fitted: u32,
    /// Full duration of the present operation.
    pub(super) duration: SimTime,
    /// What is left of it, while the station is down.
    pub(super) paused: Option<SimTime>,
}

impl StationState {
    pub(super) fn new(
        fixed: &StationFixed,
        processing_rng: Pcg64Mcg,
        setup_rng: Pcg64Mcg,
        quality_rng: Pcg64Mcg,
    ) -> Self {
        Self {
            free: fixed.servers_from,
            done_first: NONE,
            done_last: NONE,
            processing: 0,
            setting_up: 0,
            done: 0,
            waiting_for_room: 0,
            gathered: 0,
            clock: SimTime::ZERO,
            clock_at: SimTime::ZERO,
            is_clock_running: false,
            processing_rng,
            setup_rng,
            quality_rng,
        }
    }

    pub(super) fn reseed(
        &mut self,
        processing_rng: Pcg64Mcg,
        setup_rng: Pcg64Mcg,
        quality_rng: Pcg64Mcg,
    ) {
        self.processing_rng = processing_rng;
        self.setup_rng = setup_rng;
        self.quality_rng = quality_rng;
    }

    /// Parts gathered for the next batch or product.
    pub(super) fn gathered(&self) -> u32 {
        self.gathered
    }
}

impl Server {
    pub(super) fn new(next: u32, fitted: u32) -> Self {
        Self {
            phase: Phase::Free,
            part: NONE,
            count: 0,
            route: NONE,
            next,
            fitted,
            duration: SimTime::ZERO,
            paused: None,
        }
    }
}
