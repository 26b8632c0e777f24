//! The parts of an equipment in the report.

use serde::Serialize;

use crate::model::workpiece::{EquipmentParts, Part, PartPlace};
use crate::model::{EquipmentId, Plant};

/// The parts of one equipment.
#[derive(Debug, Serialize)]
pub struct PartsReport<'a> {
    /// How many it reports, also those that have no place.
    pub count: u32,
    /// Whether that no longer speaks for this instant.
    pub stale: bool,
    /// Those that have a place, the one that leaves first in front.
    pub parts: Vec<PartReport<'a>>,
}

/// One part.
#[derive(Debug, Serialize)]
pub struct PartReport<'a> {
    /// Slot of its kind that it is in; `null` on a conveyor.
    pub slot: Option<u32>,
    /// Middle of the part from the beginning of the conveyor, m; `null` in a slot.
    pub along_m: Option<f64>,
    /// Whether only the number of parts was reported, not where this one is.
    pub place_inferred: bool,
    /// Its type; `null`: nobody knows.
    #[serde(rename = "type")]
    pub part_type: Option<&'static str>,
    /// Whether the type follows only from where the part came from.
    pub type_inferred: bool,
    /// What it is drawn as, by the scene's name; `null`: nothing in the scene says.
    pub drawn_as: Option<&'a str>,
    /// Its serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'static str>,
    /// Its order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<&'static str>,
    /// Its batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<&'static str>,
}

/// What is known of the parts of an equipment; `None` when it says nothing of parts.
pub(super) fn report<'a>(
    plant: &'a Plant,
    id: EquipmentId,
    parts: &EquipmentParts,
) -> Option<PartsReport<'a>> {
    Some(PartsReport {
        count: parts.count?,
        stale: parts.is_stale,
        parts: parts
            .parts
            .iter()
            .map(|part| report_one(plant, id, part))
            .collect(),
    })
}

fn report_one<'a>(plant: &'a Plant, id: EquipmentId, part: &Part) -> PartReport<'a> {
    let (slot, along_m) = match part.place {
        PartPlace::Slot(slot) => (Some(slot), None),
        PartPlace::Along(middle) => (None, Some(middle)),
    };
    PartReport {
        slot,
        along_m,
        place_inferred: part.is_place_inferred,
        part_type: part.part_type.map(|text| text.as_str()),
        type_inferred: part.is_type_inferred,
        drawn_as: plant
            .workpiece_kind(id, part.part_type)
            .and_then(|kind| plant.workpieces.get(kind))
            .map(|kind| &*kind.name),
        id: part.id.map(|text| text.as_str()),
        order: part.order.map(|text| text.as_str()),
        batch: part.batch.map(|text| text.as_str()),
    }
}
