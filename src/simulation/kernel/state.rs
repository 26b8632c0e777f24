//! [`State`]: everything that changes while a simulation runs.

use std::collections::VecDeque;

use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::parts::Parts;
use super::{Halt, NONE, Task};
use crate::model::OperatingState;
use crate::simulation::agenda::Agenda;
use crate::simulation::calendar::Calendar;
use crate::simulation::conveyor::ConveyorState;
use crate::simulation::failures::FailureState;
use crate::simulation::fleet::{FleetState, Vehicle};
use crate::simulation::interventions::{ActiveStop, ControlEvent};
use crate::simulation::model::{Kind, Model};
use crate::simulation::random::{Purpose, Streams};
use crate::simulation::resources::ResourceState;
use crate::simulation::source::SourceState;
use crate::simulation::station::{Server, StationState};
use crate::simulation::time::SimTime;

/// What every element has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ElementState {
    /// Reasons why the element is down; up when 0.
    pub down: u32,
    /// Those reasons that are faults.
    pub faults: u32,
    /// Those reasons that are stops by somebody.
    pub stops: u32,
    /// Those reasons that are planned maintenance.
    pub maintenance: u32,
    pub state: OperatingState,
    /// Queued for a look at its state at the end of the instant.
    pub(super) touched: bool,
    pub content: u32,
    pub next_outlet: u32,
    pub since: SimTime,
    pub produced: u64,
    pub scrapped: u64,
    /// Stretches the durations of operations that begin from now on.
    pub factor: f64,
    pub route_rng: Pcg64Mcg,
}

impl ElementState {
    fn new(state: OperatingState, route_rng: Pcg64Mcg) -> Self {
        Self {
            down: 0,
            faults: 0,
            stops: 0,
            maintenance: 0,
            state,
            touched: false,
            content: 0,
            next_outlet: 0,
            since: SimTime::ZERO,
            produced: 0,
            scrapped: 0,
            factor: 1.0,
            route_rng,
        }
    }
}

/// Everything that changes while a simulation runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    pub now: SimTime,
    pub calendar: Calendar,
    pub elements: Vec<ElementState>,
    /// Per link: since which turn the giver waits; 0 when it does not.
    pub waiting: Vec<u64>,
    pub turn: u64,
    pub parts: Parts,
    pub sources: Vec<SourceState>,
    pub stations: Vec<StationState>,
    pub servers: Vec<Server>,
    /// Parts of batches and assemblies, in places that the model assigns.
    pub held: Vec<u32>,
    /// Parts gathered per inlet of assembling stations.
    pub gathered: Vec<u32>,
    pub buffers: Vec<VecDeque<u32>>,
    pub conveyors: Vec<ConveyorState>,
    pub fleets: Vec<FleetState>,
    pub vehicles: Vec<Vehicle>,
    pub failures: Vec<FailureState>,
    pub resources: Vec<ResourceState>,
    /// Control events are rare and unbounded in number: they share one slot of the calendar.
    pub controls: Agenda<ControlEvent>,
    pub stops: Vec<ActiveStop>,
    pub tasks: Vec<Task>,
    pub(super) touched: Vec<u32>,
    /// Events so far.
    pub events: u64,
    /// Events and tasks at the present instant.
    pub(super) instant: u32,
    pub halt: Option<Halt>,
}

impl State {
    fn new(calendar: Calendar, elements: Vec<ElementState>, links: usize) -> Self {
        Self {
            now: SimTime::ZERO,
            calendar,
            elements,
            waiting: vec![0; links],
            turn: 0,
            parts: Parts::default(),
            sources: Vec::new(),
            stations: Vec::new(),
            servers: Vec::new(),
            held: Vec::new(),
            gathered: Vec::new(),
            buffers: Vec::new(),
            conveyors: Vec::new(),
            fleets: Vec::new(),
            vehicles: Vec::new(),
            failures: Vec::new(),
            resources: Vec::new(),
            controls: Agenda::default(),
            stops: Vec::new(),
            tasks: Vec::new(),
            touched: Vec::new(),
            events: 0,
            instant: 0,
            halt: None,
        }
    }

    /// The state of `model` at the start, before anything has happened.
    pub fn start(model: &Model, streams: Streams) -> Self {
        let name = |element: u32| model.names[element as usize].as_str();
        let elements = (0..model.elements.len() as u32)
            .map(|element| {
                let state = match model.elements[element as usize].kind {
                    Kind::Station | Kind::Conveyor => OperatingState::Starved,
                    Kind::Fleet | Kind::Source => OperatingState::Idle,
                    Kind::Buffer | Kind::Sink => OperatingState::Execute,
                };
                ElementState::new(state, streams.stream(name(element), Purpose::Route))
            })
            .collect();
        let mut state = Self::new(
            Calendar::new(model.slots.len()),
            elements,
            model.links.len(),
        );
        for (id, fixed) in model.elements.iter().enumerate() {
            let stream = |purpose| streams.stream(name(id as u32), purpose);
            match fixed.kind {
                Kind::Source => state.sources.push(SourceState::new(
                    stream(Purpose::Arrival),
                    stream(Purpose::Mix),
                )),
                Kind::Station => {
                    let station = &model.stations[fixed.index as usize];
                    state.stations.push(StationState::new(
                        station,
                        stream(Purpose::Processing),
                        stream(Purpose::Setup),
                        stream(Purpose::Quality),
                    ));
                    let fitted = model.fitted[fixed.index as usize];
                    let end = station.servers_from + station.servers;
                    for server in station.servers_from..end {
                        let next = if server + 1 < end { server + 1 } else { NONE };
                        state.servers.push(Server::new(next, fitted));
                    }
                }
                Kind::Buffer => state.buffers.push(Default::default()),
                Kind::Conveyor => state.conveyors.push(ConveyorState::new()),
                Kind::Fleet => {
                    let fleet = &model.fleets[fixed.index as usize];
                    let rng = stream(Purpose::Transport);
                    state.fleets.push(FleetState::new(fleet.inlets, rng));
                    state
                        .vehicles
                        .extend((0..fleet.vehicles).map(|_| Vehicle::new()));
                }
                Kind::Sink => {}
            }
        }
        for (index, failure) in model.failures.iter().enumerate() {
            let first = model.elements[failure.element as usize].failures_from;
            let purpose = Purpose::Failure(index as u32 - first);
            state.failures.push(FailureState::new(
                streams.stream(name(failure.element), purpose),
            ));
        }
        state.resources = model
            .resources
            .iter()
            .map(|count| ResourceState::new(*count))
            .collect();
        state.held = vec![NONE; model.held as usize];
        state.gathered = vec![0; model.gathered as usize];
        state
    }

    /// Lets all random streams begin anew.
    pub fn reseed(&mut self, model: &Model, streams: Streams) {
        for (id, fixed) in model.elements.iter().enumerate() {
            let stream = |purpose| streams.stream(&model.names[id], purpose);
            self.elements[id].route_rng = stream(Purpose::Route);
            let index = fixed.index as usize;
            match fixed.kind {
                Kind::Source => {
                    self.sources[index].reseed(stream(Purpose::Arrival), stream(Purpose::Mix));
                }
                Kind::Station => self.stations[index].reseed(
                    stream(Purpose::Processing),
                    stream(Purpose::Setup),
                    stream(Purpose::Quality),
                ),
                Kind::Fleet => self.fleets[index].reseed(stream(Purpose::Transport)),
                Kind::Sink | Kind::Buffer | Kind::Conveyor => {}
            }
        }
        for (index, failure) in model.failures.iter().enumerate() {
            let first = model.elements[failure.element as usize].failures_from;
            let purpose = Purpose::Failure(index as u32 - first);
            let name = &model.names[failure.element as usize];
            self.failures[index].reseed(streams.stream(name, purpose));
        }
    }
}
