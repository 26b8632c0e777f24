//! From a described start to a simulation: parts are placed, what goes on is drawn, and then everything
//! is looked at once.

use std::sync::Arc;

use rand_pcg::Pcg64Mcg;

use super::{Down, ElementStart, Holding, SourceStart, StartError, StartPart, StartState};
use crate::model::process::FailureBasis;
use crate::simulation::availability::Reason;
use crate::simulation::calendar::Priority;
use crate::simulation::distribution::Distribution;
use crate::simulation::interventions::Intervention;
use crate::simulation::kernel::{Kernel, NONE, State, Task};
use crate::simulation::model::{Kind, Model};
use crate::simulation::network::{DownKind, ElementId, Network, PartType};
use crate::simulation::observer::{Observer, Part};
use crate::simulation::random::{Purpose, Streams};
use crate::simulation::resources::Request;
use crate::simulation::run::Simulation;
use crate::simulation::time::SimTime;

/// A start that fits its network, ready for replications.
#[derive(Clone, Debug)]
pub(in crate::simulation) struct Prepared {
    pub(in crate::simulation) start: Arc<StartState>,
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
    pub(in crate::simulation) fn resume_again(
        &self,
        start: &Prepared,
        seed: u64,
        replication: u64,
    ) -> Self {
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
    pub(in crate::simulation) fn new(
        network: &Network,
        start: Arc<StartState>,
    ) -> Result<Self, StartError> {
        network.validate()?;
        start.check(network)?;
        Ok(Self {
            start,
            part_types: network.part_types.as_slice().into(),
        })
    }
}

/// Puts a start into a simulation in which nothing has happened yet.
pub(in crate::simulation) struct Restore<'a, O> {
    pub(in crate::simulation) kernel: Kernel<'a, O>,
    part_types: &'a [String],
    streams: Streams,
}

/// Seconds before the start, as a time before zero.
pub(in crate::simulation) fn ago(secs: f64) -> SimTime {
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
    pub(in crate::simulation) fn stream(&self, element: u32) -> Pcg64Mcg {
        let name = self.kernel.m.names.get(element as usize);
        let name = name.map_or("", String::as_str);
        self.streams.stream(name, Purpose::Start)
    }

    pub(in crate::simulation) fn part_type(&self, name: &str) -> PartType {
        let known = self.part_types.iter().position(|known| known == name);
        PartType(known.unwrap_or_default() as u32)
    }

    /// Adds a part to an element.
    pub(in crate::simulation) fn part(&mut self, element: u32, start: &StartPart) -> u32 {
        let part = Part {
            id: 0,
            created: ago(start.age_secs.unwrap_or_default()),
            part_type: self.part_type(&start.part_type),
            order: start.order,
            batch: 0,
            source: self.limiting_source(),
        };
        self.kernel.s.elements[element as usize].content += 1;
        let part = self.kernel.s.parts.restore(part, start.id);
        self.kernel.resume_route(element, part, start.visit);
        part
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
                let priority = Priority::Failure;
                self.s.calendar.schedule(fixed.slot, time, priority);
            }
        }
    }

    fn set_failed(&mut self, failure: u32, left: SimTime) {
        self.s.failures[failure as usize].set_failed(left);
    }
}
