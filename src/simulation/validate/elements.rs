//! What each kind of element needs to work; stations have a file of their own.

use super::{Check, NetworkError};
use crate::model::process::{FailureBasis, WhenBlocked};
use crate::simulation::fleet::Fleet;
use crate::simulation::network::{Discipline, Element, ElementId, Process};
use crate::simulation::source::{Arrivals, Mix, Source};

impl Check<'_> {
    pub(super) fn check_element(
        &mut self,
        element: &Element,
        outs: &[ElementId],
        ins: &[ElementId],
    ) {
        let reject = match &element.process {
            Process::Station(station) => station.reject_to,
            _ => None,
        };
        let good: Vec<ElementId> = outs
            .iter()
            .filter(|to| Some(**to) != reject)
            .copied()
            .collect();
        if good.is_empty() && !matches!(element.process, Process::Sink) {
            self.mistakes.push(NetworkError::NoOutlet {
                element: element.name.clone(),
            });
        }
        if ins.is_empty() && !matches!(element.process, Process::Source(_)) {
            self.mistakes.push(NetworkError::NoInlet {
                element: element.name.clone(),
            });
        }
        self.check_routing(element, &good);
        self.check_failures(element);
        if let Some(shift) = element.shift
            && shift.0 as usize >= self.network.shifts.len()
        {
            let (element, shift) = (element.name.clone(), shift.0);
            self.mistakes
                .push(NetworkError::UnknownShift { element, shift });
        }
        match &element.process {
            Process::Sink => {}
            Process::Buffer(buffer) => {
                if let Discipline::Priority(order) = &buffer.discipline {
                    for part_type in order {
                        self.part_type(element, "the discipline", *part_type);
                    }
                }
                if buffer.capacity == Some(0) {
                    self.inconsistent(
                        element,
                        "a buffer without a place holds nothing: link its neighbours directly",
                    );
                }
            }
            Process::Conveyor(conveyor) => {
                self.positive(element, "length_m", conveyor.length_m);
                self.positive(element, "speed_mps", conveyor.speed_mps);
                self.positive(element, "spacing_m", conveyor.spacing_m);
            }
            Process::Fleet(fleet) => self.check_fleet(element, fleet, outs, ins),
            Process::Source(source) => self.check_source(element, source),
            Process::Station(station) => self.check_station(element, station, outs, ins),
        }
    }

    fn check_source(&mut self, element: &Element, source: &Source) {
        self.at_least_one(element, "batch", source.batch);
        if let Some(limit) = source.in_process {
            self.at_least_one(element, "in_process", limit);
            if source.when_blocked == WhenBlocked::Lose {
                self.inconsistent(
                    element,
                    "a source that limits its parts in process keeps those that wait: hold or queue \
                     them when blocked",
                );
            }
        }
        if source.arrivals == Arrivals::Saturated && source.when_blocked == WhenBlocked::Lose {
            self.inconsistent(
                element,
                "a saturated source has no arrivals to lose: hold parts when blocked",
            );
        }
        match &source.mix {
            Mix::Single(part_type) => self.part_type(element, "the mix", *part_type),
            Mix::Weighted(weights) => {
                for (part_type, _) in weights {
                    self.part_type(element, "the mix", *part_type);
                }
                let weights: Vec<f64> = weights.iter().map(|(_, w)| *w).collect();
                self.weights(element, "a weight of the mix", &weights);
            }
            Mix::Orders(orders) => {
                for order in orders {
                    self.part_type(element, "an order", order.part_type);
                }
            }
        }
    }

    fn check_fleet(
        &mut self,
        element: &Element,
        fleet: &Fleet,
        outs: &[ElementId],
        ins: &[ElementId],
    ) {
        self.at_least_one(element, "vehicles", fleet.vehicles);
        self.at_least_one(element, "capacity", fleet.capacity);
        self.positive(element, "speed_mps", fleet.speed_mps);
        let named = fleet.distances_m.iter().map(|(_, _, metres)| *metres);
        for metres in named.chain([fleet.distance_m]) {
            if !(metres.is_finite() && metres >= 0.0) {
                self.number(element, "a distance", "a finite number, at least 0", metres);
            }
        }
        let at: Vec<ElementId> = outs.iter().chain(ins).copied().collect();
        for (from, to, _) in &fleet.distances_m {
            for end in [from, to] {
                let problem = "a distance names an element that is not linked to the fleet";
                self.neighbour(element, "a distance", *end, &at, problem);
            }
        }
    }

    fn check_failures(&mut self, element: &Element) {
        for failure in &element.failures {
            if let Some(crew) = failure.crew {
                self.check_requirement(element, crew, 1);
            }
            if failure.basis == FailureBasis::OperationTime
                && !matches!(element.process, Process::Station(_) | Process::Conveyor(_))
            {
                self.inconsistent(
                    element,
                    "only stations and conveyors count operation time: use calendar time",
                );
            }
            if failure.time_to_failure.is_zero() {
                self.inconsistent(element, "a time to failure of 0 would fail without end");
            }
        }
    }
}
