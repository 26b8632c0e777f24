//! Lamps: a mesh that is lit has a copy of its own material that shines.

use std::collections::HashMap;

use bevy::prelude::*;

use crate::viewer::theme;

/// A mesh of a lamp, with the material it has when it is dark.
#[derive(Component, Clone, Debug)]
pub struct Lamp(pub Handle<StandardMaterial>);

/// The material that a mesh has, lit or dark.
pub(super) fn lamp(
    known: &mut HashMap<AssetId<StandardMaterial>, Handle<StandardMaterial>>,
    materials: &mut Assets<StandardMaterial>,
    plain: &Handle<StandardMaterial>,
    is_lit: bool,
) -> Handle<StandardMaterial> {
    if !is_lit {
        return plain.clone();
    }
    if let Some(lit) = known.get(&plain.id()) {
        return lit.clone();
    }
    let mut material = materials.get(plain).cloned().unwrap_or_default();
    let own = material.base_color.to_linear();
    let colour = if own.red.max(own.green).max(own.blue) > 0.04 {
        own
    } else {
        theme::LAMP.bevy().to_linear()
    };
    material.emissive = colour * 1.6;
    material.base_color = colour.into();
    let lit = materials.add(material);
    known.insert(plain.id(), lit.clone());
    lit
}
