//! Equipment with a role in the flow as elements.

use std::sync::Arc;

use super::{Builder, Place};
use crate::model::process;
use crate::simulation::{
    Arrivals, Buffer, Changeover, Conveyor, Failure, Process, Source, Station,
};

impl Builder<'_> {
    /// Adds an element for each equipment through which parts flow, vehicles excepted.
    pub(super) fn add_elements(&mut self) {
        let plant = self.plant;
        let mut sources = 0;
        for (index, equipment) in plant.equipment.iter().enumerate() {
            let path = &equipment.path;
            let mut is_manned = false;
            let process = match &equipment.process {
                process::Process::None
                | process::Process::Utility { .. }
                | process::Process::Vehicle { .. } => continue,
                process::Process::Source {
                    interarrival,
                    mix,
                    order_size,
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
                    source.mix = self.mix(mix, *order_size, sources);
                    is_manned = true;
                    Process::Source(source)
                }
                process::Process::Sink => Process::Sink,
                process::Process::Buffer { capacity } => Process::Buffer(Buffer {
                    capacity: *capacity,
                }),
                process::Process::Conveyor {
                    speed,
                    spacing,
                    belt,
                    ..
                } => Process::Conveyor(Conveyor {
                    length_m: equipment.size[0],
                    speed_mps: *speed,
                    spacing_m: *spacing,
                    belt: *belt,
                }),
                process::Process::Station(station) | process::Process::Handler(station) => {
                    is_manned = true;
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
            let shift = self.shift.filter(|_| is_manned);
            if let Some(element) = self.network.element_mut(id) {
                element.shift = shift;
            }
        }
    }

    fn failure(&mut self, path: &Arc<str>, failure: &process::Failure) -> Failure {
        Failure {
            basis: failure.basis,
            time_to_failure: self.duration(path, "the time to failure", &failure.time_to_failure),
            time_to_repair: self.duration(path, "the time to repair", &failure.time_to_repair),
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
        if let Some(setup) = &station.setup {
            let duration = self.duration(path, "the set-up time", setup);
            result.changeover = Some(Changeover {
                duration,
                matrix: Vec::new(),
                initial: None,
            });
        }
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
