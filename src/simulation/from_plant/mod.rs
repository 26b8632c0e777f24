//! A [`Network`] from a described [`Plant`]: what the emulator plays and what futures simulate.
//!
//! Equipment with a role in the flow becomes an element of the same path; vehicles of one fleet
//! become one element, or one per flow when the type of a part does not tell where it goes. Which
//! types of parts can be where follows from the sources and what stations make.

mod elements;
mod fleets;
mod links;
mod mix;
mod types;
mod working_time;

use std::collections::BTreeSet;
use std::sync::Arc;

use thiserror::Error;

use super::{Distribution, DistributionError, ElementId, Network, ShiftId};
use crate::model::distribution::DistributionSpec;
use crate::model::flow::Flow;
use crate::model::{EquipmentId, Plant, Timestamp};

pub use fleets::FleetWays;
pub use working_time::working_windows;

/// Why a plant cannot be simulated. Each can be mended in the scene.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FromPlantError {
    /// A duration that is none.
    #[error("{what}: {error}, at `{equipment}`")]
    Duration {
        /// What is wrong with it.
        error: DistributionError,
        /// Which duration.
        what: &'static str,
        /// Whose.
        equipment: Arc<str>,
    },
    /// A flow is carried by a fleet that has too few vehicles.
    #[error(
        "fleet `{fleet}` has {vehicles} vehicles for {flows} flows that the type of a part does not \
         tell apart: add vehicles of this fleet"
    )]
    TooFewVehicles {
        /// The fleet.
        fleet: Arc<str>,
        /// How many it has.
        vehicles: usize,
        /// How many it needs.
        flows: usize,
    },
    /// Vehicles of one fleet stand in for each other, so they must be equal.
    #[error(
        "fleet `{fleet}` has unequal vehicles: give all the same speed, transfer, capacity, dispatch and shifts, or \
         name another fleet, at `{vehicle}`"
    )]
    UnequalVehicles {
        /// The fleet.
        fleet: Arc<str>,
        /// One that differs from the first.
        vehicle: Arc<str>,
    },
    /// A part type that nothing makes.
    #[error("no source brings and no station makes `{part_type}`, at `{equipment}`")]
    UnknownType {
        /// The type.
        part_type: Arc<str>,
        /// Who names it.
        equipment: Arc<str>,
    },
    /// A resource that is not there.
    #[error(
        "there is no resource `{resource}`: add [[resource]] id = \"{resource}\", at `{equipment}`"
    )]
    UnknownResource {
        /// Its id.
        resource: Arc<str>,
        /// Who names it.
        equipment: Arc<str>,
    },
    /// A shift that is not there.
    #[error("there is no shift `{shift}`: add [[shift]] name = \"{shift}\", at `{equipment}`")]
    UnknownShift {
        /// Its name.
        shift: Arc<str>,
        /// Who names it.
        equipment: Arc<str>,
    },
    /// An assembly needs parts that nobody brings.
    #[error("no flow brings `{part_type}` to `{equipment}`")]
    NeedNotMet {
        /// What is needed.
        part_type: Arc<str>,
        /// Where.
        equipment: Arc<str>,
    },
}

/// Where an equipment is found in the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// It has no part in the flow.
    #[default]
    None,
    /// It is an element.
    Element(ElementId),
    /// It is a vehicle.
    Vehicle {
        /// Its fleet's place in [`PlantNetwork::fleets`].
        fleet: usize,
        /// Its number in the fleet.
        vehicle: u32,
    },
}

/// A plant as a network.
#[derive(Clone, Debug)]
pub struct PlantNetwork {
    /// The network.
    pub network: Network,
    /// Per equipment: where it is found.
    pub places: Vec<Place>,
    /// Its fleets.
    pub fleets: Vec<FleetWays>,
}

impl PlantNetwork {
    /// Describes `plant` as a network whose time zero is `start`. All mistakes at once.
    pub fn new(plant: &Plant, start: Timestamp) -> Result<Self, Vec<FromPlantError>> {
        let mut builder = Builder::new(plant);
        builder.start = start;
        builder.add_shift();
        builder.add_resources();
        builder.add_elements();
        builder.spread_types();
        builder.add_fleets();
        builder.link();
        if builder.errors.is_empty() {
            Ok(Self {
                network: builder.network,
                places: builder.places,
                fleets: builder.fleets,
            })
        } else {
            Err(builder.errors)
        }
    }

    /// Where an equipment is found.
    pub fn place(&self, id: EquipmentId) -> Place {
        self.places.get(id.index()).copied().unwrap_or_default()
    }
}

/// Per equipment: the flows that have it at one end.
fn flows_of(plant: &Plant, end: fn(&Flow) -> EquipmentId) -> Vec<Vec<usize>> {
    let mut flows = vec![Vec::new(); plant.equipment.len()];
    for (index, flow) in plant.flows.iter().enumerate() {
        if let Some(of) = flows.get_mut(end(flow).index()) {
            of.push(index);
        }
    }
    flows
}

struct Builder<'a> {
    plant: &'a Plant,
    network: Network,
    places: Vec<Place>,
    fleets: Vec<FleetWays>,
    /// Types that can leave each equipment.
    leaving: Vec<BTreeSet<u32>>,
    /// Per equipment: the flows that lead out of it, and into it.
    flows_out: Vec<Vec<usize>>,
    flows_in: Vec<Vec<usize>>,
    /// Per flow: the fleet element that carries it.
    carriers: Vec<Option<ElementId>>,
    start: Timestamp,
    shift: Option<ShiftId>,
    /// Shift calendars of some of the plant's shifts only, by their names.
    shifts: Vec<(Vec<Arc<str>>, ShiftId)>,
    errors: Vec<FromPlantError>,
}

impl<'a> Builder<'a> {
    fn new(plant: &'a Plant) -> Self {
        let network = Network {
            part_types: types::named_in(plant),
            ..Network::default()
        };
        Self {
            plant,
            network,
            places: vec![Place::None; plant.equipment.len()],
            fleets: Vec::new(),
            leaving: vec![BTreeSet::new(); plant.equipment.len()],
            flows_out: flows_of(plant, |flow| flow.from),
            flows_in: flows_of(plant, |flow| flow.to),
            carriers: vec![None; plant.flows.len()],
            start: Timestamp::from_nanos(0),
            shift: None,
            shifts: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn duration(
        &mut self,
        equipment: &Arc<str>,
        what: &'static str,
        spec: &DistributionSpec,
    ) -> Distribution {
        Distribution::try_from(spec.clone()).unwrap_or_else(|error| {
            let equipment = Arc::clone(equipment);
            self.errors.push(FromPlantError::Duration {
                error,
                what,
                equipment,
            });
            Distribution::constant(0.0).unwrap_or_else(|_| unreachable!("zero is a duration"))
        })
    }

    fn element_of(&self, id: EquipmentId) -> Option<ElementId> {
        match self.places.get(id.index()) {
            Some(Place::Element(element)) => Some(*element),
            _ => None,
        }
    }
}
