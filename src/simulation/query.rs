//! What can be asked of a simulation at any moment.

use serde::{Deserialize, Serialize};

use super::fleet::VehiclePhase;
use super::kernel::{Halt, occupancy};
use super::model::Kind;
use super::network::ElementId;
use super::observer::{Part, StopCause};
use super::resources::ResourceId;
use super::run::Simulation;
use super::station::Phase;
use super::time::SimTime;
use crate::model::OperatingState;

/// Where in an element a part is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartPlace {
    /// In a queue, counted from the front: 0 leaves first.
    Queue(u32),
    /// Gathered for a batch or an assembly that is not complete.
    Gathering(u32),
    /// In a server of a station.
    Server {
        /// Which server.
        server: u32,
        /// Its progress through the operation: 0..=1, 1 when finished.
        progress: f64,
    },
    /// On a conveyor.
    Belt {
        /// Way from the beginning to the front of the part, in metres.
        position_m: f64,
    },
    /// On a vehicle.
    Vehicle(u32),
}

/// A part and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartView {
    /// The part.
    pub part: Part,
    /// Where in the element.
    pub place: PartPlace,
}

/// Where a vehicle is and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VehicleView {
    /// What it does.
    pub phase: VehiclePhase,
    /// The stop it comes from, numbered as in [`super::Fleet`].
    pub from_stop: u32,
    /// The stop it stands at or drives to.
    pub to_stop: u32,
    /// How far it has come on its way, or with loading or unloading: 0..=1.
    pub progress: f64,
    /// The part it carries; of several, the one that is set down next.
    pub part: Option<Part>,
    /// How many parts it carries.
    pub load: u32,
}

impl Simulation {
    /// The simulated present.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.state.now
    }

    /// When the next event comes.
    #[must_use]
    pub fn next_event(&self) -> Option<SimTime> {
        self.state.calendar.next().map(|next| next.time())
    }

    /// Events handled so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.state.events
    }

    /// Why it cannot go on, if so.
    #[must_use]
    pub fn halt(&self) -> Option<Halt> {
        self.state.halt
    }

    /// All elements.
    pub fn elements(&self) -> impl ExactSizeIterator<Item = ElementId> + use<> {
        (0..self.model.elements.len() as u32).map(ElementId)
    }

    /// The name of an element; empty when there is no such element.
    #[must_use]
    pub fn name(&self, element: ElementId) -> &str {
        self.model
            .names
            .get(element.index())
            .map_or("", String::as_str)
    }

    /// What an element is doing. Like the other queries it answers for an element of another network
    /// as for one that is idle and empty.
    #[must_use]
    pub fn state(&self, element: ElementId) -> OperatingState {
        let e = self.state.elements.get(element.index());
        e.map_or(OperatingState::Idle, |e| e.state)
    }

    /// Since when it has been doing that.
    #[must_use]
    pub fn since(&self, element: ElementId) -> SimTime {
        self.state
            .elements
            .get(element.index())
            .map_or(SimTime::ZERO, |e| e.since)
    }

    /// Number of parts in it.
    #[must_use]
    pub fn content(&self, element: ElementId) -> u32 {
        self.state
            .elements
            .get(element.index())
            .map_or(0, |e| e.content)
    }

    /// How many servers a station or vehicles a fleet has; 0 for other elements.
    #[must_use]
    pub fn units(&self, element: ElementId) -> u32 {
        occupancy(&self.model, &self.state, element.0).1
    }

    /// How many of its servers or vehicles have something to do: hold a part, or are not parked.
    #[must_use]
    pub fn occupied(&self, element: ElementId) -> u32 {
        occupancy(&self.model, &self.state, element.0).0
    }

    /// How long resources of one kind have worked since the start, added up, in seconds; 0 for one
    /// of another network.
    #[must_use]
    pub fn resource_worked_secs(&self, resource: ResourceId) -> f64 {
        let state = self.state.resources.get(resource.0 as usize);
        state.map_or(0.0, |state| state.worked(self.state.now))
    }

    /// How many of a resource work now.
    #[must_use]
    pub fn resource_busy(&self, resource: ResourceId) -> u32 {
        let state = self.state.resources.get(resource.0 as usize);
        state.map_or(0, |state| state.busy)
    }

    /// All resources.
    pub fn resources(&self) -> impl ExactSizeIterator<Item = ResourceId> + use<> {
        (0..self.model.resources.len() as u32).map(ResourceId)
    }

    /// Parts it has handed over since the start; of a sink, those that have left through it.
    #[must_use]
    pub fn produced(&self, element: ElementId) -> u64 {
        self.state
            .elements
            .get(element.index())
            .map_or(0, |e| e.produced)
    }

    /// Parts it has found bad since the start; of a source, those turned away.
    #[must_use]
    pub fn scrapped(&self, element: ElementId) -> u64 {
        self.state
            .elements
            .get(element.index())
            .map_or(0, |e| e.scrapped)
    }

    /// The present cycle-time factor.
    #[must_use]
    pub fn cycle_factor(&self, element: ElementId) -> f64 {
        self.state
            .elements
            .get(element.index())
            .map_or(1.0, |e| e.factor)
    }

    /// Parts created since the start.
    #[must_use]
    pub fn parts_created(&self) -> u64 {
        self.state.parts.created
    }

    /// Parts in the network.
    #[must_use]
    pub fn parts_present(&self) -> usize {
        self.state.parts.present()
    }

    /// Causes of the stops from outside that are not over, oldest first.
    pub fn stop_causes(&self, element: ElementId) -> impl Iterator<Item = StopCause> + '_ {
        let of_element = self
            .state
            .stops
            .iter()
            .filter(move |stop| stop.element == element.0);
        of_element.map(|stop| stop.cause)
    }

    /// Progress of the operation that is nearest to its end: 0..=1; `None` when none is under way.
    /// Stations and fleets have operations.
    #[must_use]
    pub fn progress(&self, element: ElementId) -> Option<f64> {
        let fixed = self.model.elements.get(element.index())?;
        let progress = |items: &mut dyn Iterator<Item = f64>| items.reduce(f64::max);
        match fixed.kind {
            Kind::Station => {
                let station = &self.model.stations[fixed.index as usize];
                let busy = (0..station.servers).filter(|local| {
                    let server = &self.state.servers[(station.servers_from + local) as usize];
                    matches!(server.phase, Phase::Processing | Phase::Setup)
                });
                progress(&mut busy.map(|local| self.server_progress(fixed.index, local)))
            }
            Kind::Fleet => {
                let vehicles = self.vehicles(element);
                let busy = vehicles.filter(|v| {
                    !matches!(
                        v.phase,
                        VehiclePhase::Parked | VehiclePhase::AtPickup | VehiclePhase::Waiting
                    )
                });
                progress(&mut busy.map(|v| v.progress))
            }
            _ => None,
        }
    }

    fn server_progress(&self, station: u32, local: u32) -> f64 {
        let fixed = &self.model.stations[station as usize];
        let server = &self.state.servers[(fixed.servers_from + local) as usize];
        match server.phase {
            Phase::Free | Phase::Waiting => 0.0,
            Phase::Done => 1.0,
            Phase::Setup | Phase::Processing => {
                self.part_done(server.duration, server.paused, fixed.slots_from + local)
            }
        }
    }

    fn part_done(&self, duration: SimTime, paused: Option<SimTime>, slot: u32) -> f64 {
        let left = paused.or_else(|| {
            let end = self.state.calendar.time_of(slot);
            end.map(|end| end - self.state.now)
        });
        match left {
            Some(left) if duration > SimTime::ZERO => {
                (1.0 - left.as_secs_f64() / duration.as_secs_f64()).clamp(0.0, 1.0)
            }
            _ => 1.0,
        }
    }

    /// The vehicles of a fleet; none of another element.
    pub fn vehicles(&self, element: ElementId) -> impl Iterator<Item = VehicleView> + '_ {
        let fixed = self.model.elements.get(element.index());
        let fleet = fixed
            .filter(|fixed| fixed.kind == Kind::Fleet)
            .and_then(|fixed| self.model.fleets.get(fixed.index as usize));
        fleet.into_iter().flat_map(move |fleet| {
            (0..fleet.vehicles).map(move |local| {
                let v = &self.state.vehicles[(fleet.vehicles_from + local) as usize];
                let is_standing = matches!(
                    v.phase,
                    VehiclePhase::Parked | VehiclePhase::AtPickup | VehiclePhase::Waiting
                );
                VehicleView {
                    phase: v.phase,
                    from_stop: v.from_stop,
                    to_stop: v.stop,
                    progress: if is_standing {
                        1.0
                    } else {
                        self.part_done(v.duration, v.paused, fleet.slots_from + local)
                    },
                    part: v.cargo.first().map(|(part, _)| self.state.parts.get(*part)),
                    load: v.cargo.len() as u32,
                }
            })
        })
    }

    /// The parts in an element and where they are, appended to `out`.
    pub fn parts(&self, element: ElementId, out: &mut Vec<PartView>) {
        let Some(fixed) = self.model.elements.get(element.index()) else {
            return;
        };
        let mut add = |part: u32, place: PartPlace| {
            out.push(PartView {
                part: self.state.parts.get(part),
                place,
            });
        };
        match fixed.kind {
            Kind::Sink => {}
            Kind::Source => {
                let queue = &self.state.sources[fixed.index as usize].queue;
                for (place, part) in queue.iter().enumerate() {
                    add(*part, PartPlace::Queue(place as u32));
                }
            }
            Kind::Buffer => {
                let queue = &self.state.buffers[fixed.index as usize];
                for (place, part) in queue.iter().enumerate() {
                    add(*part, PartPlace::Queue(place as u32));
                }
            }
            Kind::Conveyor => {
                let conveyor = &self.model.conveyors[fixed.index as usize];
                let state = &self.state.conveyors[fixed.index as usize];
                for (place, (part, _)) in state.parts.iter().enumerate() {
                    let time = state.place(conveyor, self.state.now, place);
                    let position_m = time.as_secs_f64() * conveyor.speed_mps;
                    add(*part, PartPlace::Belt { position_m });
                }
            }
            Kind::Fleet => {
                let fleet = &self.model.fleets[fixed.index as usize];
                for local in 0..fleet.vehicles {
                    let vehicle = &self.state.vehicles[(fleet.vehicles_from + local) as usize];
                    for (part, _) in &vehicle.cargo {
                        add(*part, PartPlace::Vehicle(local));
                    }
                }
            }
            Kind::Station => {
                let station = &self.model.stations[fixed.index as usize];
                for local in 0..station.servers {
                    let server = &self.state.servers[(station.servers_from + local) as usize];
                    if server.phase == Phase::Free {
                        continue;
                    }
                    let progress = self.server_progress(fixed.index, local);
                    let place = PartPlace::Server {
                        server: local,
                        progress,
                    };
                    let is_whole = !station.splits.is_empty() && server.phase != Phase::Done;
                    if station.outtake > 1 && !is_whole {
                        let from = station.held_from + local * station.region;
                        let end = from + station.outtake;
                        for held in end - server.count..end {
                            add(self.state.held[held as usize], place);
                        }
                    } else {
                        add(server.part, place);
                    }
                }
                let gathered = self.state.stations[fixed.index as usize].gathered();
                let from = station.held_from + station.servers * station.region;
                for place in 0..gathered {
                    let part = self.state.held[(from + place) as usize];
                    add(part, PartPlace::Gathering(place));
                }
            }
        }
    }
}
