//! [`Fork`]: the state of a plant at an instant, inferred from what was recorded before it.
//!
//! What is reported is taken as it is; what is not is inferred and [said to be](Inferred):
//!
//! | what | from |
//! | --- | --- |
//! | parts in buffers, on conveyors, in machines | contents, part present, ids; else the operating state |
//! | how long an operation, set-up, repair or stop has lasted | phases of the state, the last change of the counters |
//! | where the parts of a conveyor are | when each came on, and how long the belt has run since |
//! | what vehicles do | their state, load and position |
//! | types and orders | reports; else what was told of the part that left upstream when it came |
//! | where on its route a part is that comes to one machine again | who handed it over when it came |
//! | how long parts have been in the plant | hand-overs, followed back to the source |
//! | where a source is in its orders | the order it reports, and its counter since |
//!
//! How long it will *still* take is never inferred but drawn by every replication, given how long it
//! has lasted ([`Simulation::resume`](crate::simulation::Simulation::resume)). Nothing that was
//! recorded at or after the instant is looked at.

mod ages;
mod belt;
mod downtime;
mod fleet;
mod flow;
mod inferred;
mod origin;
mod past;
mod several;
mod site;
mod station;
mod supply;
mod visits;

use std::sync::Arc;

use crate::history::HistoryReader;
use crate::model::{OperatingState, Plant, Timestamp};
use crate::simulation::{
    ElementId, ElementStart, FromPlantError, PlantNetwork, Process, StartPart, StartState,
};

pub(super) use ages::lead_times;
pub use inferred::{Inferred, What};

use origin::{Known, Origins};
use past::Past;
use site::Site;

/// A plant at an instant, from which futures begin.
#[derive(Clone, Debug)]
pub struct Fork {
    /// The instant: time zero of the futures.
    pub at: Timestamp,
    /// The plant as a network whose time zero is that instant.
    pub network: Arc<PlantNetwork>,
    /// The state.
    pub start: Arc<StartState>,
    /// What of the state nobody reported.
    pub inferred: Vec<Inferred>,
}

/// Why a plant cannot be forked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ForkError {
    /// It cannot be simulated at all.
    #[error("the plant cannot be simulated: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Plant(Vec<FromPlantError>),
    /// It has no flow.
    #[error("the plant has no flow of parts: add a [[flow]] from a source to a sink to its scene")]
    NoFlow,
    /// Nothing is known before the instant.
    #[error("nothing of this plant was recorded before {at}{}", .begins.map_or_else(String::new, |t| format!("; what there is begins at {t}")))]
    NothingBefore {
        /// The instant that was asked for.
        at: Timestamp,
        /// When the history begins, if there is any.
        begins: Option<Timestamp>,
    },
}

/// Whether an equipment in this state pauses what it does.
fn is_down(state: OperatingState) -> bool {
    matches!(
        state,
        OperatingState::Held
            | OperatingState::Stopped
            | OperatingState::Maintenance
            | OperatingState::Idle
    )
}

impl Fork {
    /// The state of `plant` at `at`, from what `history` tells of the time before it.
    ///
    /// # Errors
    /// When the plant cannot be simulated, or nothing is known before that instant.
    pub fn new(plant: &Plant, history: &HistoryReader, at: Timestamp) -> Result<Self, ForkError> {
        let network = PlantNetwork::new(plant, at).map_err(ForkError::Plant)?;
        Self::with_network(plant, Arc::new(network), history, at)
    }

    /// As [`Fork::new`], with the network that is made of the plant for this instant.
    ///
    /// # Errors
    /// As [`Fork::new`].
    pub fn with_network(
        plant: &Plant,
        network: Arc<PlantNetwork>,
        history: &HistoryReader,
        at: Timestamp,
    ) -> Result<Self, ForkError> {
        if network.network.links.is_empty() {
            return Err(ForkError::NoFlow);
        }
        let span = history.span();
        if span.as_ref().is_none_or(|span| span.start >= at) {
            return Err(ForkError::NothingBefore {
                at,
                begins: span.map(|span| span.start),
            });
        }
        let view = history.view();
        let signals = (0..plant.signals.len() as u32).map(crate::model::SignalId);
        let last = at - std::time::Duration::from_nanos(1);
        if !signals
            .into_iter()
            .any(|signal| view.latest_at(signal, last).is_some())
        {
            return Err(ForkError::NothingBefore { at, begins: None });
        }
        let site = Site::new(plant, &network);
        let past = Past::before(&view, at);
        let mut infer = Infer {
            plant,
            site: &site,
            past,
            origins: Origins::new(&site, past),
            notes: Vec::new(),
        };
        let start = infer.everything();
        let inferred = infer.notes;
        drop(view);
        Ok(Self {
            at,
            start: Arc::new(start),
            inferred,
            network: Arc::clone(&network),
        })
    }
}

/// One look at the past.
struct Infer<'a> {
    plant: &'a Plant,
    site: &'a Site<'a>,
    past: Past<'a>,
    origins: Origins<'a>,
    notes: Vec<Inferred>,
}

impl Infer<'_> {
    fn everything(&mut self) -> StartState {
        let mut start = StartState::default();
        let elements = (0..self.site.network.network.elements.len() as u32).map(ElementId);
        for element in elements {
            let of = self.element(element);
            if of != ElementStart::default() {
                let name = self.site.part(element).name.clone();
                start.elements.insert(name, of);
            }
        }
        start.next_part = 1 + highest_id(&start).unwrap_or_default();
        self.note_ages(&start);
        start
    }

    fn element(&mut self, element: ElementId) -> ElementStart {
        let signals = self.site.part(element).signals.clone();
        let end = self.past.end;
        let counter = |signal| {
            let number = self.past.number(signal, end);
            number.unwrap_or_default().clamp(0.0, 9e15) as u64
        };
        let mut start = ElementStart {
            produced: signals.produced.map_or(0, counter),
            scrapped: signals.scrapped.map_or(0, counter),
            ..ElementStart::default()
        };
        self.note_silence(element);
        match self.site.process(element) {
            Some(Process::Station(station)) => {
                start.holds = self.station(element, station);
                start.waited_secs = self.waited(element);
            }
            Some(Process::Buffer(buffer)) => {
                start.holds = self.buffer(element, buffer);
                start.waited_secs = self.waited(element);
            }
            Some(Process::Conveyor(conveyor)) => {
                start.holds = self.belt(element, conveyor);
                start.waited_secs = self.waited(element);
            }
            Some(Process::Fleet(fleet)) => start.holds = self.fleet(element, fleet),
            Some(Process::Source(source)) => {
                start.holds = self.source(element, source);
                start.waited_secs = self.waited(element);
            }
            Some(Process::Sink) | None => {}
        }
        start.down = self.down(element);
        start.running_secs = self.running(element);
        start
    }

    /// How long the first part of an element has been waiting to leave, as far as it is known: since
    /// when it is blocked; of a buffer, since the last part left.
    fn waited(&self, element: ElementId) -> f64 {
        let signals = &self.site.part(element).signals;
        let since = match signals.state.filter(|_| signals.reports_state) {
            Some(state) => self.past.phases(state).next().map(|phase| phase.start),
            None => signals
                .content
                .or(signals.produced)
                .and_then(|signal| self.past.changed(signal, self.past.end)),
        };
        since.map_or(0.0, |since| self.past.end.secs_since(since).max(0.0))
    }

    fn note(&mut self, element: ElementId, what: What, taken: String, from: &'static str) {
        self.notes.push(Inferred {
            element: self.site.part(element).name.clone(),
            what,
            taken,
            from,
        });
    }

    fn note_silence(&mut self, element: ElementId) {
        let part = self.site.part(element);
        let signals = &part.signals;
        let silent = signals.state.filter(|_| signals.reports_state);
        if silent.is_some_and(|state| self.past.is_silent(state)) {
            let taken = "as it was when it was last heard of".to_owned();
            self.note(element, What::Silence, taken, "nothing fresh tells");
        }
    }

    fn note_ages(&mut self, start: &StartState) {
        let ages: Vec<Option<f64>> = start.parts().map(|part| part.age_secs).collect();
        let known = ages.iter().flatten().count();
        let mut say = |count: usize, taken: &str, from: &'static str| {
            if count > 0 {
                self.notes.push(Inferred {
                    element: "the plant".to_owned(),
                    what: What::Ages,
                    taken: format!("{taken} of {count} parts"),
                    from,
                });
            }
        };
        say(
            known,
            "ages",
            "hand-overs back to the source, first in first out",
        );
        say(
            ages.len() - known,
            "no ages",
            "nobody saw them come into the plant: no lead times are foretold",
        );
    }

    fn note_origin(&mut self, element: ElementId, known: Known, came: Known) {
        if known.part_type.is_none() && self.site.network.network.part_types.len() > 1 {
            let (taken, from) = match came.part_type {
                Some(found) => (format!("type {found}"), "what left upstream when it came"),
                None => ("the first type".to_owned(), "nothing tells its type"),
            };
            self.note(element, What::Types, taken, from);
        }
        if known.order.is_none()
            && let Some(order) = came.order.filter(|order| *order > 0)
        {
            let taken = format!("order {order}");
            self.note(
                element,
                What::Orders,
                taken,
                "what left upstream when it came",
            );
        }
    }

    fn note_visit(&mut self, element: ElementId, known: Known) {
        if let Some(visit) = known.visit {
            let taken = format!("step {} of its route", visit + 1);
            let from = "who handed it over when it came";
            self.note(element, What::Visits, taken, from);
        }
    }
}

fn start_part(known: Known, id: Option<u64>) -> StartPart {
    StartPart {
        id,
        part_type: known
            .part_type
            .map_or_else(String::new, |text| text.as_str().to_owned()),
        order: known.order.unwrap_or_default(),
        visit: known.visit,
        age_secs: known.age.map(|age| age.as_secs_f64()),
    }
}

fn highest_id(start: &StartState) -> Option<u64> {
    start.parts().filter_map(|part| part.id).max()
}
