//! Surfaces that run, belts and rollers: what a node of a model looks like after some metres.

use std::collections::BTreeMap;

use bevy::prelude::*;

/// How a node shows that a surface runs, as `models.toml` beside the model says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surface {
    /// A pattern moves along an axis and looks the same again after `period` metres.
    Belt {
        /// Along which it moves.
        axis: Vec3,
        /// Metres.
        period: f32,
    },
    /// A roller, or a curved belt, turns about an axis by `per_metre` radians for each metre run;
    /// it looks the same again after `period` radians.
    Roller {
        /// About which it turns.
        axis: Vec3,
        /// Radians.
        per_metre: f32,
        /// Radians.
        period: f32,
    },
}

impl Surface {
    /// Of a node that nothing is said of: a roller of 10 cm below a surface that runs along
    /// `along`.
    pub(super) fn unsaid(along: Vec3) -> Self {
        Self::Roller {
            axis: along.cross(Vec3::Y).normalize_or(Vec3::NEG_Z),
            per_metre: 20.0,
            period: std::f32::consts::TAU,
        }
    }

    /// What a node at rest looks like after `metres`.
    pub fn pose(self, rest: &Transform, metres: f32) -> Transform {
        let mut shown = *rest;
        match self {
            Self::Belt { axis, period } => {
                shown.translation += rest.rotation * axis * metres.rem_euclid(period);
            }
            Self::Roller {
                axis,
                per_metre,
                period,
            } => {
                let angle = (metres * per_metre).rem_euclid(period);
                shown.rotation *= Quat::from_axis_angle(axis, angle);
            }
        }
        shown
    }
}

/// Facts about running surfaces from the `models.toml` beside the models.
#[derive(Default)]
pub(super) struct Manifests(BTreeMap<std::path::PathBuf, Option<toml::Table>>);

impl Manifests {
    /// How a node of a model shows that a surface runs, if the manifest says.
    pub fn surface(&mut self, model: &std::path::Path, node: &str) -> Option<Surface> {
        let file = model.parent()?.join("models.toml");
        let table = self
            .0
            .entry(file.clone())
            .or_insert_with(|| std::fs::read_to_string(&file).ok()?.parse().ok());
        let name = model.file_stem()?.to_str()?;
        let nodes = table.as_ref()?.get("model")?.get(name)?.get("nodes")?;
        let node = nodes
            .as_array()?
            .iter()
            .find(|entry| entry.get("name").and_then(|name| name.as_str()) == Some(node))?;
        let number = |key: &str| {
            let value = node.get(key)?;
            let value = value
                .as_float()
                .or_else(|| Some(value.as_integer()? as f64))?;
            value.is_finite().then_some(value as f32)
        };
        let axis = match node.get("axis")?.as_str()? {
            "x" => Vec3::X,
            "y" => Vec3::Y,
            _ => Vec3::Z,
        };
        let period = number("period")
            .map(f32::abs)
            .filter(|period| *period > 1e-4);
        let per_metre = number("per_metre");
        match node.get("motion")?.as_str()? {
            "wrap" => Some(Surface::Belt {
                axis: axis * per_metre.unwrap_or(1.0),
                period: period?,
            }),
            "wrap_turn" | "rotate" => Some(Surface::Roller {
                axis,
                per_metre: per_metre?.to_radians(),
                period: period.map_or(std::f32::consts::TAU, f32::to_radians),
            }),
            _ => None,
        }
    }
}
