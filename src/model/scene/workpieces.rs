//! The `[[workpiece]]` tables of a scene: what parts are drawn as.

use std::sync::Arc;

use crate::model::EquipmentId;
use crate::model::workpiece::WorkpieceKind;

use super::diagnostic::quote;
use super::equipment::EquipmentList;
use super::kinds::{self, Kinds};
use super::table::{Field, Table, is_id};
use super::template::glob;

/// Reads what parts are drawn as, in the order of the scene.
pub(super) fn read(
    scene: &Table<'_>,
    kinds: &mut Kinds<'_>,
    list: &EquipmentList<'_>,
) -> Vec<WorkpieceKind> {
    scene
        .tables("workpiece", "[[workpiece]]")
        .iter()
        .map(|table| read_one(table, kinds, list))
        .collect()
}

fn read_one(table: &Table<'_>, kinds: &mut Kinds<'_>, list: &EquipmentList<'_>) -> WorkpieceKind {
    let types: Vec<Arc<str>> = table
        .get("types")
        .and_then(|field| field.array())
        .unwrap_or_default()
        .iter()
        .filter_map(part_type)
        .collect();
    let places = table
        .get("at")
        .and_then(|field| field.array())
        .map(|fields| places(&fields, list));
    let model = table.get("model").and_then(|field| kinds.model(&field));
    let model_far = model
        .as_ref()
        .and_then(|(path, _)| kinds.far_model(table, path));
    let size = kinds::read_size(
        table,
        model.as_ref().and_then(|(_, model)| model.bounds),
        "the workpiece",
    );
    let name = table
        .get("name")
        .and_then(|field| field.arc())
        .or_else(|| types.first().cloned())
        .unwrap_or_else(|| Arc::from("part"));
    WorkpieceKind {
        name,
        model: model.map(|(path, _)| path),
        model_far,
        size,
        types,
        places,
    }
}

fn part_type(field: &Field<'_>) -> Option<Arc<str>> {
    let text = field.text()?;
    if !is_id(text) {
        field.error(
            format!("{} is not a part type", quote(text)),
            "a part type is written like an id: letters, digits, '-', '_' and '.'".to_owned(),
        );
        return None;
    }
    Some(Arc::from(text))
}

/// The equipment that paths or patterns with `*` name, in rising order.
fn places(fields: &[Field<'_>], list: &EquipmentList<'_>) -> Vec<EquipmentId> {
    let mut places = Vec::new();
    for field in fields {
        let Some(text) = field.text() else { continue };
        let before = places.len();
        if text.contains('*') {
            places.extend(
                (0..)
                    .map(EquipmentId)
                    .zip(&list.equipment)
                    .filter(|(_, equipment)| glob(text, &equipment.path))
                    .map(|(id, _)| id),
            );
            if places.len() == before {
                field.error(format!("nothing fits {}", quote(text)), None);
            }
        } else {
            places.extend(list.index.resolve(field, "equipment"));
        }
    }
    places.sort_unstable();
    places.dedup();
    places
}
