//! Workpieces: where equipment can hold parts, what parts are drawn as, and which part is where.
//!
//! Parts are neither signals nor truth-bearing entities: [`Tracker`](crate::tracking::Tracker) makes
//! them of what the flow signals say, and flags what it had to infer.

use std::path::PathBuf;
use std::sync::Arc;

use super::value::Text;
use super::{EquipmentId, Plant, Timestamp};

/// A place of a kind where a part can rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Where the part rests in the equipment's frame, with everything that moves at rest, m.
    pub at: [f64; 3],
    /// Node of the kind's model that the part moves along with; `None`: it stays with the equipment.
    pub node: Option<Arc<str>>,
    /// The slot's frame in that of its node at rest (or of the equipment), as a column-major affine
    /// matrix: origin where the part rests, y the part's upright axis.
    pub frame: [[f64; 4]; 4],
    /// Which point of the part lies on it.
    pub hold: Hold,
}

/// Which point of a part lies on its slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    /// The middle of its foot: it stands.
    #[default]
    Base,
    /// Its middle: it is gripped or clamped.
    Centre,
    /// The middle of its top: it hangs.
    Top,
}

/// What parts are drawn as.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkpieceKind {
    /// Name for people.
    pub name: Arc<str>,
    /// The model, an existing file; `None` draws a box of its size.
    pub model: Option<PathBuf>,
    /// The coarse model for far away, if there is one beside it (`<model>.lod1.glb`).
    pub model_far: Option<PathBuf>,
    /// Length (x) × width (z) × height (y), m.
    pub size: [f64; 3],
    /// Part types drawn so; empty: any, also parts of an unknown type.
    pub types: Vec<Arc<str>>,
    /// Only in or on these equipment, in rising order; `None`: everywhere.
    pub places: Option<Vec<EquipmentId>>,
}

impl WorkpieceKind {
    fn draws(&self, equipment: EquipmentId, part_type: Option<Text>) -> bool {
        let is_type = self.types.is_empty()
            || part_type.is_some_and(|known| {
                let known = known.as_str();
                self.types.iter().any(|own| **own == *known)
            });
        let is_here = self
            .places
            .as_ref()
            .is_none_or(|places| places.binary_search(&equipment).is_ok());
        is_type && is_here
    }
}

impl Plant {
    /// What a part of this type is drawn as here: the first that fits, as an index into
    /// [`Plant::workpieces`]; `None`: nothing in the scene says.
    pub fn workpiece_kind(&self, equipment: EquipmentId, part_type: Option<Text>) -> Option<usize> {
        self.workpieces
            .iter()
            .position(|kind| kind.draws(equipment, part_type))
    }
}

/// Where a part is in its equipment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PartPlace {
    /// In this slot of its kind.
    Slot(u32),
    /// On a conveyor: its middle so many metres from the beginning.
    Along(f64),
}

/// A part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Where it is.
    pub place: PartPlace,
    /// Whether the place was inferred and not reported.
    pub is_place_inferred: bool,
    /// Its type, if known.
    pub part_type: Option<Text>,
    /// Whether the type was inferred from where the part came from.
    pub is_type_inferred: bool,
    /// Its serial number, if reported.
    pub id: Option<Text>,
    /// The order that it belongs to, if reported.
    pub order: Option<Text>,
    /// The batch that it belongs to, if reported.
    pub batch: Option<Text>,
}

/// The parts of one equipment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EquipmentParts {
    /// How many it reports, also those that have no slot; `None`: it says nothing of parts.
    pub count: Option<u32>,
    /// Those that have a place, the one that leaves first in front.
    pub parts: Vec<Part>,
    /// Whether what was reported no longer speaks for the instant: the parts stay as they were.
    pub is_stale: bool,
}

/// The parts of the whole plant at one instant, by equipment.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The instant, which a view may choose to lie behind that of its values.
    pub time: Timestamp,
    /// Of each equipment.
    pub of: Vec<EquipmentParts>,
    /// Equipment whose parts changed in the last advance. No duplicates.
    pub changed: Vec<EquipmentId>,
}

impl Parts {
    /// Nothing known, for this plant.
    pub fn new(plant: &Plant) -> Self {
        Self {
            time: Timestamp::MIN,
            of: vec![EquipmentParts::default(); plant.equipment.len()],
            changed: Vec::with_capacity(plant.equipment.len()),
        }
    }

    /// Of one equipment.
    pub fn get(&self, id: EquipmentId) -> Option<&EquipmentParts> {
        self.of.get(id.index())
    }
}
