//! Checks of a network: every mistake at once, each with what to do about it.

mod elements;
mod links;
mod mistake;
mod part_routes;
mod resources;
mod station;
mod timeless;

use std::collections::HashSet;

use super::calendar::MAX_SLOTS;
use super::network::{Element, ElementId, Network, PartType, Process, Shift};
use super::time::SimTime;

pub use mistake::{InvalidNetwork, NetworkError};

impl Network {
    /// Checks everything and reports every mistake.
    pub fn validate(&self) -> Result<(), InvalidNetwork> {
        let mut check = Check {
            network: self,
            inlets: Vec::new(),
            mistakes: Vec::new(),
        };
        check.run();
        if check.mistakes.is_empty() {
            Ok(())
        } else {
            Err(InvalidNetwork {
                mistakes: check.mistakes,
            })
        }
    }
}

struct Check<'a> {
    network: &'a Network,
    /// Per element: how many links lead into it.
    inlets: Vec<usize>,
    mistakes: Vec<NetworkError>,
}

impl Check<'_> {
    fn run(&mut self) {
        let network = self.network;
        if network.elements.is_empty() {
            self.mistakes.push(NetworkError::Empty);
        }
        let mut names = HashSet::new();
        for element in &network.elements {
            if !names.insert(element.name.as_str()) {
                let element = element.name.clone();
                self.mistakes.push(NetworkError::DuplicateName { element });
            }
        }
        for (index, shift) in network.shifts.iter().enumerate() {
            if !is_shift_sound(shift) {
                self.mistakes.push(NetworkError::BadShift {
                    shift: index as u32,
                });
            }
        }
        self.check_resources();
        let (outs, ins) = self.check_links();
        self.inlets = ins.iter().map(Vec::len).collect();
        for (index, element) in network.elements.iter().enumerate() {
            self.check_element(element, &outs[index], &ins[index]);
        }
        self.check_part_routes(&outs);
        self.check_size();
        if self.mistakes.is_empty() {
            self.check_timeless(&outs);
        }
    }

    fn exists(&self, id: ElementId) -> bool {
        id.index() < self.network.elements.len()
    }

    fn number(&mut self, element: &Element, what: &'static str, rule: &'static str, value: f64) {
        let element = element.name.clone();
        self.mistakes.push(NetworkError::BadNumber {
            element,
            what,
            rule,
            value,
        });
    }

    fn inconsistent(&mut self, element: &Element, problem: &'static str) {
        let element = element.name.clone();
        self.mistakes
            .push(NetworkError::Inconsistent { element, problem });
    }

    fn at_least_one(&mut self, element: &Element, what: &'static str, value: u32) {
        if value == 0 {
            self.number(element, what, "at least 1", 0.0);
        }
    }

    fn positive(&mut self, element: &Element, what: &'static str, value: f64) {
        if !(value.is_finite() && value > 0.0) {
            self.number(element, what, "a finite number greater than 0", value);
        }
    }

    fn part_type(&mut self, element: &Element, what: &'static str, part_type: PartType) {
        if part_type.0 as usize >= self.network.part_types.len().max(1) {
            let (element, part_type) = (element.name.clone(), part_type.0);
            self.mistakes.push(NetworkError::UnknownPartType {
                element,
                what,
                part_type,
            });
        }
    }

    fn neighbour(
        &mut self,
        element: &Element,
        what: &'static str,
        id: ElementId,
        among: &[ElementId],
        problem: &'static str,
    ) {
        if !self.exists(id) {
            let element = element.name.clone();
            self.mistakes.push(NetworkError::UnknownElement {
                element,
                what,
                id: id.0,
            });
        } else if !among.contains(&id) {
            self.inconsistent(element, problem);
        }
    }

    fn weights(&mut self, element: &Element, what: &'static str, weights: &[f64]) {
        for weight in weights {
            if !(weight.is_finite() && *weight >= 0.0) {
                self.number(element, what, "a finite number, at least 0", *weight);
            }
        }
        if weights.iter().all(|weight| *weight == 0.0) {
            self.inconsistent(element, "at least one weight must be greater than 0");
        }
    }

    /// Held places and calendar slots must fit into 32 and 22 bits.
    fn check_size(&mut self) {
        let mut slots = 1_u64;
        let mut held = 0_u64;
        for element in &self.network.elements {
            slots += element.failures.len() as u64
                + match &element.process {
                    Process::Station(station) => {
                        let needs: u64 = station.assembly.iter().map(|n| u64::from(n.count)).sum();
                        let pieces: u64 = station.splits.iter().map(|(_, n)| u64::from(*n)).sum();
                        let intake = needs.max(u64::from(station.batch)).max(pieces);
                        if intake > 1 {
                            held = held.saturating_add(
                                intake.saturating_mul(u64::from(station.servers) + 1),
                            );
                        }
                        u64::from(station.servers)
                    }
                    Process::Fleet(fleet) => u64::from(fleet.vehicles),
                    Process::Conveyor(_) => 2,
                    Process::Source(_) => 1,
                    Process::Buffer(_) | Process::Sink => 0,
                };
        }
        let count = slots.max(held / 16);
        if count > MAX_SLOTS as u64 {
            self.mistakes.push(NetworkError::TooLarge { count });
        }
    }
}

fn is_shift_sound(shift: &Shift) -> bool {
    let mut last = SimTime::ZERO;
    for (begin, end) in &shift.windows {
        if *begin < last || end <= begin {
            return false;
        }
        last = *end;
    }
    match shift.period {
        Some(period) => period > SimTime::ZERO && last <= period,
        None => true,
    }
}
