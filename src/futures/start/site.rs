//! [`Site`]: the elements of a network as telemetry sees them: whose signals say what of which.

use crate::model::signal::SignalRole;
use crate::model::{EquipmentId, Plant, SignalId};
use crate::simulation::{ElementId, Place, PlantNetwork, Process};

/// What one equipment reports of the flow.
#[derive(Clone, Debug, Default)]
pub(super) struct Signals {
    /// The derived operating state.
    pub state: Option<SignalId>,
    /// Whether a controller reports it.
    pub reports_state: bool,
    pub produced: Option<SignalId>,
    pub scrapped: Option<SignalId>,
    pub content: Option<SignalId>,
    pub present: Option<SignalId>,
    pub part_id: Option<SignalId>,
    pub part_type: Option<SignalId>,
    pub order: Option<SignalId>,
    pub position: Option<[SignalId; 2]>,
}

impl Signals {
    fn of(plant: &Plant, id: EquipmentId) -> Self {
        let role = |role: SignalRole| {
            plant.equipment(id)?.signal_ids().find(|signal| {
                plant
                    .signal(*signal)
                    .is_some_and(|signal| signal.spec.role == role)
            })
        };
        Self {
            state: Some(plant.state_signal(id)),
            reports_state: role(SignalRole::State).is_some(),
            produced: role(SignalRole::Produced),
            scrapped: role(SignalRole::Scrapped),
            content: role(SignalRole::Content),
            present: role(SignalRole::PartPresent),
            part_id: role(SignalRole::PartId),
            part_type: role(SignalRole::PartType),
            order: role(SignalRole::OrderId),
            position: role(SignalRole::PositionX)
                .zip(role(SignalRole::PositionZ))
                .map(|(x, z)| [x, z]),
        }
    }

    /// Whether it says anything at all of the flow.
    pub fn is_mute(&self) -> bool {
        !self.reports_state
            && self.produced.is_none()
            && self.content.is_none()
            && self.present.is_none()
            && self.part_id.is_none()
            && self.part_type.is_none()
    }
}

/// An element, and what stands for it in the plant.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// Path of its equipment, or the name of its fleet.
    pub name: String,
    pub signals: Signals,
    /// Of a fleet: its vehicles in order, with their signals.
    pub vehicles: Vec<(EquipmentId, Signals)>,
    /// Who hands parts to it, in the order of the links.
    pub givers: Vec<ElementId>,
    pub takers: Vec<ElementId>,
}

/// All elements of a network.
#[derive(Debug)]
pub(super) struct Site<'a> {
    pub network: &'a PlantNetwork,
    parts: Vec<Part>,
    none: Part,
}

impl<'a> Site<'a> {
    pub fn new(plant: &Plant, network: &'a PlantNetwork) -> Self {
        let mut parts: Vec<Part> = network
            .network
            .elements
            .iter()
            .map(|element| Part {
                name: element.name.clone(),
                ..Part::default()
            })
            .collect();
        for (index, place) in network.places.iter().enumerate() {
            let id = EquipmentId(index as u32);
            match place {
                Place::None => {}
                Place::Element(element) => {
                    if let Some(part) = parts.get_mut(element.index()) {
                        part.signals = Signals::of(plant, id);
                    }
                }
                Place::Vehicle { fleet, .. } => {
                    let element = network.fleets.get(*fleet).map(|fleet| fleet.element);
                    if let Some(part) = element.and_then(|id| parts.get_mut(id.index())) {
                        part.vehicles.push((id, Signals::of(plant, id)));
                    }
                }
            }
        }
        for (from, to) in &network.network.links {
            if let Some(part) = parts.get_mut(to.index()) {
                part.givers.push(*from);
            }
            if let Some(part) = parts.get_mut(from.index()) {
                part.takers.push(*to);
            }
        }
        Self {
            network,
            parts,
            none: Part::default(),
        }
    }

    pub fn part(&self, element: ElementId) -> &Part {
        self.parts.get(element.index()).unwrap_or(&self.none)
    }

    pub fn process(&self, element: ElementId) -> Option<&'a Process> {
        let elements = &self.network.network.elements;
        elements
            .get(element.index())
            .map(|element| &element.process)
    }

    /// The element of that number in the list of fleets of the plant.
    pub fn fleet_ways(&self, element: ElementId) -> Option<&'a crate::simulation::FleetWays> {
        let fleets = &self.network.fleets;
        fleets.iter().find(|fleet| fleet.element == element)
    }
}
