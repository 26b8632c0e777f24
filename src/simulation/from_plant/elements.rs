//! Equipment with a role in the flow as elements.

use std::sync::Arc;

use super::{Builder, Place};
use crate::model::distribution::DistributionSpec;
use crate::model::process;
use crate::simulation::{
    Arrivals, Buffer, Changeover, Conveyor, Discipline, DownKind, Failure, Process, Source, Station,
};

impl Builder<'_> {
    /// Adds an element for each equipment through which parts flow, vehicles excepted.
    pub(super) fn add_elements(&mut self) {
        let plant = self.plant;
        let mut sources = 0;
        for (index, equipment) in plant.equipment.iter().enumerate() {
            let path = &equipment.path;
            let mut shift = None;
            let process = match &equipment.process {
                process::Process::None
                | process::Process::Utility { .. }
                | process::Process::Vehicle { .. } => continue,
                process::Process::Source {
                    interarrival,
                    mix,
                    order_size,
                    supply,
                } => {
                    sources += 1;
                    let arrivals = match interarrival {
                        None => Arrivals::Saturated,
                        Some(time) => Arrivals::Interval(self.duration(
                            path,
                            "the time between arrivals",
                            time,
                        )),
                    };
                    let mut source = Source::saturated();
                    source.arrivals = arrivals;
                    source.mix = if supply.orders.is_empty() {
                        self.mix(mix, *order_size, sources)
                    } else {
                        self.orders(path, &supply.orders)
                    };
                    source.batch = supply.arrival_size.max(1);
                    source.limit = supply.limit.map(u64::from);
                    source.when_blocked = supply.when_blocked;
                    source.in_process = supply.in_process;
                    shift = self.shift_of(path, &supply.manned);
                    Process::Source(source)
                }
                process::Process::Sink => Process::Sink,
                process::Process::Buffer {
                    capacity,
                    discipline,
                } => Process::Buffer(Buffer {
                    capacity: *capacity,
                    discipline: self.discipline(discipline),
                }),
                process::Process::Conveyor {
                    speed,
                    spacing,
                    belt,
                    manned,
                    ..
                } => {
                    shift = self.shift_of(path, manned);
                    Process::Conveyor(Conveyor {
                        length_m: equipment.size[0],
                        speed_mps: *speed,
                        spacing_m: *spacing,
                        belt: *belt,
                    })
                }
                process::Process::Station(station) | process::Process::Handler(station) => {
                    shift = self.shift_of(path, &station.manned);
                    Process::Station(Box::new(self.station(path, station)))
                }
            };
            let id = self.network.add(path.to_string(), process);
            if let Some(place) = self.places.get_mut(index) {
                *place = Place::Element(id);
            }
            if let Some(failure) = failure_of(&equipment.process) {
                let failure = self.failure(path, failure);
                self.network.fails(id, failure);
            }
            if let process::Process::Station(station) | process::Process::Handler(station) =
                &equipment.process
                && let Some(maintenance) = &station.maintenance
            {
                let mut maintenance = self.failure(path, maintenance);
                maintenance.kind = DownKind::Maintenance;
                self.network.fails(id, maintenance);
            }
            if let Some(element) = self.network.element_mut(id) {
                element.shift = shift;
            }
        }
    }

    fn failure(&mut self, path: &Arc<str>, failure: &process::Failure) -> Failure {
        let time_to_failure = self.duration(path, "the time to failure", &failure.time_to_failure);
        let time_to_repair = self.duration(path, "the time to repair", &failure.time_to_repair);
        let mut result = Failure::new(failure.basis, time_to_failure, time_to_repair);
        result.crew = failure
            .crew
            .as_ref()
            .and_then(|crew| self.resource(path, crew));
        result
    }

    fn discipline(&self, discipline: &process::Discipline) -> Discipline {
        match discipline {
            process::Discipline::Fifo => Discipline::Fifo,
            process::Discipline::Lifo => Discipline::Lifo,
            process::Discipline::DueDate => Discipline::DueDate,
            process::Discipline::Priority(types) => Discipline::Priority(
                types
                    .iter()
                    .filter_map(|name| self.part_type(name))
                    .collect(),
            ),
        }
    }

    fn station(&mut self, path: &Arc<str>, station: &process::Station) -> Station {
        let cycle = self.duration(path, "the cycle time", &station.cycle);
        let mut result = Station::new(cycle).with_servers(station.servers.max(1));
        result.batch = station.batch.max(1);
        result.scrap = station.scrap;
        result.produces = station
            .makes
            .as_deref()
            .and_then(|name| self.part_type(name));
        for (name, time) in &station.cycle_by_type {
            if let Some(part_type) = self.part_type(name) {
                let time = self.duration(path, "a cycle time by type", time);
                result.processing_by_type.push((part_type, time));
            }
        }
        if station.setup.is_some() || !station.setup_matrix.is_empty() {
            let none = DistributionSpec::default();
            let setup = station.setup.as_ref().unwrap_or(&none);
            let duration = self.duration(path, "the set-up time", setup);
            let mut matrix = Vec::new();
            for (from, to, time) in &station.setup_matrix {
                if let (Some(from), Some(to)) = (self.part_type(from), self.part_type(to)) {
                    let time = self.duration(path, "a set-up time", time);
                    matrix.push((from, to, time));
                }
            }
            result.changeover = Some(Changeover {
                duration,
                matrix,
                initial: None,
            });
        }
        for (name, count) in &station.splits {
            if let Some(part_type) = self.part_type(name) {
                result.splits.push((part_type, *count));
            }
        }
        for (name, count) in &station.requires {
            if let Some(resource) = self.resource(path, name) {
                result.requires.push((resource, *count));
            }
        }
        result.blocking = station.blocking;
        result
    }
}

fn failure_of(process: &process::Process) -> Option<&process::Failure> {
    match process {
        process::Process::Station(station) | process::Process::Handler(station) => {
            station.failure.as_ref()
        }
        process::Process::Conveyor { failure, .. } | process::Process::Utility { failure } => {
            failure.as_ref()
        }
        _ => None,
    }
}
