//! Vehicles as fleets, and the ways they take.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Builder, FromPlantError, Place};
use crate::model::{EquipmentId, process};
use crate::simulation::floor::{self, Floor};
use crate::simulation::{ElementId, Fleet, PartType, Routing};

/// Least way between two stops of a vehicle, m.
const MIN_WAY_M: f64 = 1.0;

/// A fleet of the network and the ways of its vehicles.
#[derive(Clone, Debug)]
pub struct FleetWays {
    /// The element.
    pub element: ElementId,
    stops: usize,
    /// Per vehicle, from stop, to stop: the corners of the way, x and z in metres.
    ways: Vec<Vec<[f64; 2]>>,
}

impl FleetWays {
    /// The way of a vehicle between two stops, numbered as in [`Fleet`].
    pub fn way(&self, vehicle: u32, from_stop: u32, to_stop: u32) -> &[[f64; 2]] {
        let (from, to) = (from_stop as usize, to_stop as usize);
        if from >= self.stops || to >= self.stops {
            return &[];
        }
        self.ways
            .get((vehicle as usize * self.stops + from) * self.stops + to)
            .map_or(&[], Vec::as_slice)
    }
}

impl Builder<'_> {
    /// Adds the fleets that carry parts along the flows marked with their names.
    pub(super) fn add_fleets(&mut self) {
        let plant = self.plant;
        let mut flows: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (index, flow) in plant.flows.iter().enumerate() {
            if let Some(fleet) = &flow.fleet {
                flows.entry(Arc::clone(fleet)).or_default().push(index);
            }
        }
        let floor = Floor::new(plant);
        for (fleet, flows) in flows {
            let vehicles: Vec<_> = plant
                .equipment
                .iter()
                .enumerate()
                .filter(|(_, equipment)| {
                    matches!(&equipment.process, process::Process::Vehicle { fleet: of, .. } if *of == fleet)
                })
                .map(|(index, _)| index)
                .collect();
            if let Some(other) = vehicles.iter().find(|index| {
                self.vehicle(**index) != vehicles.first().and_then(|first| self.vehicle(*first))
            }) {
                let vehicle = plant.equipment.get(*other).map(|e| Arc::clone(&e.path));
                self.errors.push(FromPlantError::UnequalVehicles {
                    fleet,
                    vehicle: vehicle.unwrap_or_default(),
                });
                continue;
            }
            let groups = if self.is_told_by_type(&flows) {
                vec![flows]
            } else {
                flows.into_iter().map(|flow| vec![flow]).collect()
            };
            if vehicles.len() < groups.len() {
                self.errors.push(FromPlantError::TooFewVehicles {
                    fleet,
                    vehicles: vehicles.len(),
                    flows: groups.len(),
                });
                continue;
            }
            let count = groups.len();
            for (number, group) in groups.iter().enumerate() {
                let name = if count == 1 {
                    format!("fleet {fleet}")
                } else {
                    format!("fleet {fleet} {number}")
                };
                let members: Vec<_> = vehicles
                    .iter()
                    .copied()
                    .skip(number)
                    .step_by(count)
                    .collect();
                self.add_fleet(name, group, &members, &floor);
            }
        }
    }

    fn vehicle(&self, index: usize) -> Option<&process::Process> {
        Some(&self.plant.equipment.get(index)?.process)
    }

    /// Whether the type of a part, or its route, tells which of these flows it takes.
    fn is_told_by_type(&self, flows: &[usize]) -> bool {
        let mut goals: BTreeMap<u32, EquipmentId> = BTreeMap::new();
        let routed: BTreeSet<u32> = self
            .plant
            .routes
            .iter()
            .filter_map(|route| Some(self.part_type(&route.part_type)?.0))
            .collect();
        flows.iter().all(|index| {
            let Some(flow) = self.plant.flows.get(*index) else {
                return false;
            };
            self.types_on(*index)
                .into_iter()
                .filter(|part_type| !routed.contains(part_type))
                .all(|part_type| *goals.entry(part_type).or_insert(flow.to) == flow.to)
        })
    }

    fn add_fleet(&mut self, name: String, flows: &[usize], members: &[usize], floor: &Floor) {
        let plant = self.plant;
        let mut from_stops: Vec<EquipmentId> = Vec::new();
        let mut to_stops: Vec<EquipmentId> = Vec::new();
        for flow in flows.iter().filter_map(|index| plant.flows.get(*index)) {
            if !from_stops.contains(&flow.from) {
                from_stops.push(flow.from);
            }
            if !to_stops.contains(&flow.to) {
                to_stops.push(flow.to);
            }
        }
        let stops: Vec<EquipmentId> = from_stops.iter().chain(&to_stops).copied().collect();
        let mut ways = Vec::with_capacity(members.len() * stops.len() * stops.len());
        for lane in 0..members.len() as u32 {
            let points: Vec<[f64; 2]> = stops
                .iter()
                .map(|stop| {
                    floor.stop(plant, *stop, lane).unwrap_or_else(|| {
                        let position = plant.equipment(*stop).map(|e| e.pose.position);
                        position.map_or([0.0; 2], |[x, _, z]| [x, z])
                    })
                })
                .collect();
            for (at, from) in points.iter().enumerate() {
                for (index, to) in points.iter().enumerate() {
                    ways.push(if at == index {
                        vec![*from]
                    } else {
                        floor.way(*from, *to)
                    });
                }
            }
        }
        let vehicle = members.first().and_then(|index| self.vehicle(*index));
        let Some(process::Process::Vehicle {
            speed,
            transfer,
            capacity,
            dispatch,
            manned,
            ..
        }) = vehicle.cloned()
        else {
            return;
        };
        let path: Arc<str> = name.as_str().into();
        let transfer = self.duration(&path, "the time to load", &transfer);
        let mut distances_m = Vec::new();
        for (at, from) in stops.iter().enumerate() {
            for (index, to) in stops.iter().enumerate().skip(at + 1) {
                if let (Some(a), Some(b)) = (self.element_of(*from), self.element_of(*to))
                    && a != b
                {
                    let way = ways
                        .get(at * stops.len() + index)
                        .map_or(0.0, |w| floor::length_m(w));
                    distances_m.push((a, b, way.max(MIN_WAY_M)));
                }
            }
        }
        let element = self.network.fleet(
            name,
            Fleet {
                vehicles: members.len() as u32,
                capacity,
                speed_mps: speed,
                load: transfer.clone(),
                unload: transfer,
                distance_m: MIN_WAY_M,
                distances_m,
                dispatch,
            },
        );
        let shift = self.shift_of(&path, &manned);
        if let Some(described) = self.network.element_mut(element) {
            described.shift = shift;
        }
        for (stop, is_inlet) in from_stops
            .iter()
            .map(|s| (s, true))
            .chain(to_stops.iter().map(|s| (s, false)))
        {
            if let Some(other) = self.element_of(*stop) {
                let (from, to) = if is_inlet {
                    (other, element)
                } else {
                    (element, other)
                };
                self.network.link(from, to);
            }
        }
        if to_stops.len() > 1 {
            let mut table = Vec::new();
            for index in flows {
                let goal = plant
                    .flows
                    .get(*index)
                    .and_then(|flow| self.element_of(flow.to));
                if let Some(goal) = goal {
                    table.extend(
                        self.types_on(*index)
                            .into_iter()
                            .map(|t| (PartType(t), goal)),
                    );
                }
            }
            table.sort_unstable_by_key(|(part_type, goal)| (part_type.0, goal.0));
            table.dedup();
            if let Some((_, otherwise)) = table.first().copied() {
                self.network
                    .route(element, Routing::ByType { table, otherwise });
            }
        }
        for index in flows {
            if let Some(carrier) = self.carriers.get_mut(*index) {
                *carrier = Some(element);
            }
        }
        for (vehicle, member) in members.iter().enumerate() {
            if let Some(place) = self.places.get_mut(*member) {
                *place = Place::Vehicle {
                    fleet: self.fleets.len(),
                    vehicle: vehicle as u32,
                };
            }
        }
        self.fleets.push(FleetWays {
            element,
            stops: stops.len(),
            ways,
        });
    }
}
