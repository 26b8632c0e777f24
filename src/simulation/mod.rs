//! The discrete-event kernel: how parts flow through a plant.
//!
//! # An M/M/1 queue in ten lines
//!
//! ```
//! use twinscape::simulation::{Buffer, Distribution, Network, SimTime, Simulation, Source, Station};
//! use twinscape::simulation::Statistics;
//!
//! let mut queue = Network::default();
//! let arrivals = queue.source("arrivals", Source::every(Distribution::exponential(1.25)?));
//! let waiting = queue.buffer("waiting", Buffer::unlimited());
//! let server = queue.station("server", Station::new(Distribution::exponential(1.0)?));
//! let served = queue.sink("served");
//! queue.chain(&[arrivals, waiting, server, served]);
//!
//! let mut simulation = Simulation::new(&queue, 1, 0)?;
//! let mut statistics = Statistics::new(&simulation);
//! simulation.run_until(SimTime::from_secs(200_000), &mut statistics);
//! let result = statistics.result(&simulation);
//!
//! // ρ = 0.8: ρ / (1 − ρ) = 4 customers are there on average, each for W = 1 / (μ − λ) = 5 s.
//! let content = result.elements[waiting.index()].mean_content
//!     + result.elements[server.index()].mean_content;
//! assert!((content - 4.0).abs() < 0.4);
//! assert!((result.mean_lead_time_secs - 5.0).abs() < 0.5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Describing a plant
//!
//! A [`Network`] has elements and links between them. Elements are [`Source`]s, sinks, [`Station`]s,
//! [`Buffer`]s, [`Conveyor`]s and [`Fleet`]s; each may have [`Failure`]s, a [`Shift`] calendar and a
//! [`Routing`] rule; a type of parts may have a [`PartRoute`] of its own. Stations may share [`Resource`]s. All times are drawn from a [`Distribution`]. [`Network::validate`] reports every
//! mistake at once.
//!
//! # Running it
//!
//! A [`Simulation`] is a pure function of (network, seed, replication index): the same bits on every
//! thread. It is plain data; it can be cloned or serialised after any event and goes on from there
//! with the same bits. [`Simulation::step`] handles one event, [`Simulation::run_until`] all up to a
//! time. What happens is told to an [`Observer`], dispatched statically: `()` costs nothing,
//! [`Statistics`] computes the usual figures, the emulator turns it into telemetry.
//!
//! Many replications and what they say together are an [`experiment`].
//!
//! Between events everything can be asked: operating states, contents, the progress of operations,
//! positions of parts on belts and of vehicles. From outside one may [`Simulation::intervene`]: stop
//! an element, resume it, stretch its cycle time.
//!
//! # Conventions
//!
//! - Blocking after service: a station finishes a part, then waits until the next element takes it;
//!   unless it is told to wait for room before it begins ([`Blocking`]).
//! - Who waits longest is served first.
//! - An element that is down (failed, stopped, off shift) neither takes nor gives parts; operations
//!   pause and are resumed.
//! - Buffers and sinks are passive: they are in [`OperatingState::Execute`] as long as they can be
//!   used. A fleet without a request, an exhausted source and what is off shift are
//!   [`OperatingState::Idle`].
//! - At one instant work ends before something fails, and both before shifts and interventions.
//! - Each element draws from its own random streams, addressed by its name, so a change at one
//!   element leaves the draws of all others as they were (common random numbers).
//!
//! # How it works
//!
//! Everything is an index into an array; there is one calendar slot per server, vehicle, failure
//! mode and so on, so nothing is allocated per event. See `kernel` for the protocol by which parts
//! move and `calendar` for the order of events.

mod agenda;
mod availability;
mod calendar;
mod conveyor;
mod deadlock;
mod distribution;
pub mod experiment;
mod failures;
mod fleet;
pub mod floor;
mod from_plant;
mod interventions;
mod kernel;
mod model;
mod network;
mod observer;
mod part_route;
mod query;
mod random;
mod resources;
mod routing;
mod run;
mod shifts;
mod source;
mod start;
mod station;
mod statistics;
mod time;
mod validate;

pub(crate) use agenda::Agenda;

pub use crate::model::OperatingState;
pub use crate::model::distribution::DistributionSpec;
pub use crate::model::process::{Belt, Blocking, Dispatch, FailureBasis, WhenBlocked};
pub use conveyor::Conveyor;
pub use deadlock::Deadlock;
pub(crate) use distribution::lanczos;
pub use distribution::{Distribution, DistributionError};
pub use fleet::{Fleet, VehiclePhase};
pub use from_plant::{FleetWays, FromPlantError, Place, PlantNetwork, working_windows};
pub use interventions::Intervention;
pub use kernel::{Event, EventKind, Halt};
pub use network::{
    Buffer, Discipline, DownKind, Element, ElementId, Failure, Network, PartType, Process, Shift,
    ShiftId,
};
pub use observer::{Happening, Observer, Part, StopCause};
pub use part_route::{PartRoute, Visit};
pub use query::{PartPlace, PartView, VehicleView};
pub use resources::{Resource, ResourceId};
pub use routing::Routing;
pub use run::{InterventionError, RunEnd, Simulation};
pub use source::{Arrivals, Mix, Order, Source};
pub use start::{
    Doing, Down, ElementStart, Holding, ServerStart, SourceStart, StartError, StartPart,
    StartState, StopName, VehicleStart,
};
pub use station::{Changeover, Need, Station};
pub use statistics::{ElementResult, SimulationResult, Statistics};
pub use time::SimTime;
pub use validate::{InvalidNetwork, NetworkError};
