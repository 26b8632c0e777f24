//! [`Drawn`]: what is on the screen, read back from the entities themselves.
//!
//! `--state` and the `dump` command write it beside what the twin knows, so that somebody who
//! shares no code with the viewer can judge the picture: transforms from the entities that are
//! drawn, colours from the materials that they have, words from the labels as they were laid out.

use std::collections::{BTreeMap, BTreeSet};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::camera::CameraRig;
use super::model::ModelMeshes;
use super::motion::{self, Lamp, Motions};
use super::plant::PlantEntities;
use super::ui::DrawnLabels;
use super::viewport::Viewport;
use super::workpiece::Workpieces;
use super::{TwinView, light};
use crate::command::CameraPose;
use crate::model::{EquipmentId, Health, OperatingState};
use crate::state::{ShownEquipment, ShownLabel, ShownNode, ShownPart, ViewReport};

/// The colour of a mesh that shows itself.
const OWN: &str = "own";

/// Reads back what is drawn.
#[derive(SystemParam)]
pub struct Drawn<'w, 's> {
    rig: Res<'w, CameraRig>,
    viewport: Res<'w, Viewport>,
    entities: Res<'w, PlantEntities>,
    motions: Res<'w, Motions>,
    workpieces: Res<'w, Workpieces>,
    places: TransformHelper<'w, 's>,
    labels: Option<Res<'w, DrawnLabels>>,
    materials: Option<Res<'w, Assets<StandardMaterial>>>,
    models: Query<'w, 's, &'static ModelMeshes>,
    transforms: Query<'w, 's, &'static Transform>,
    meshes: Query<
        'w,
        's,
        (
            &'static MeshMaterial3d<StandardMaterial>,
            Option<&'static Lamp>,
        ),
    >,
    children: Query<'w, 's, &'static Children>,
    part_meshes: Query<'w, 's, &'static Mesh3d>,
}

impl Drawn<'_, '_> {
    /// Where the camera is.
    pub fn camera(&self) -> CameraPose {
        self.rig.pose()
    }

    /// Everything that is drawn of the plant.
    pub fn report(&self, view: &TwinView) -> ViewReport {
        let mut equipment: BTreeMap<EquipmentId, ShownEquipment> = self
            .entities
            .iter()
            .filter_map(|(id, entity)| Some((id, self.equipment(view, id, entity)?)))
            .collect();
        for (id, name, node) in self.motions.nodes() {
            if let (Some(shown), Some(node)) = (equipment.get_mut(&id), self.node(node)) {
                shown.nodes.insert(name.clone(), node);
            }
        }
        let ratio = self.viewport.pixels_per_point;
        for label in self.labels.iter().flat_map(|labels| &labels.0) {
            let content = &label.content;
            if let Some(shown) = equipment.get_mut(&label.equipment) {
                shown.label = Some(ShownLabel {
                    text: label
                        .words
                        .iter()
                        .flatten()
                        .map(|words| words.text().to_owned())
                        .collect(),
                    health: Some(content.health).filter(|health| *health > Health::Unknown),
                    state: Some(content.state).filter(|state| *state != OperatingState::Unknown),
                    stale: content.is_stale,
                    rect: pixels(label.rect, ratio),
                });
            }
        }
        ViewReport {
            camera: Some(self.camera()),
            viewport: pixels(self.viewport.rect, ratio),
            motion_delay_s: motion::DELAY.as_secs_f64(),
            parts_time: Some(view.snapshot.parts.time),
            equipment: equipment.into_values().collect(),
        }
    }

    fn equipment(
        &self,
        view: &TwinView,
        id: EquipmentId,
        entity: Entity,
    ) -> Option<ShownEquipment> {
        let transform = self.transforms.get(entity).ok()?;
        let mut colours = BTreeSet::new();
        if let Ok(model) = self.models.get(entity) {
            for (mesh, own) in &model.0 {
                let Ok((material, _)) = self.meshes.get(*mesh) else {
                    continue;
                };
                if material.0 == *own {
                    colours.insert(OWN.to_owned());
                } else if let Some(material) = self.material(&material.0) {
                    // What a tint reflects and what it glows with make up its colour.
                    let light = material.base_color.to_linear() + material.emissive;
                    colours.insert(hex(light::shown(light).with_alpha(1.0).into()));
                }
            }
        }
        Some(ShownEquipment {
            id: view.twin.plant().equipment(id)?.path.clone(),
            position: transform.translation.to_array(),
            heading_deg: transform.rotation.to_euler(EulerRot::YXZ).0.to_degrees(),
            colours: colours.into_iter().collect(),
            parts: self.parts(id),
            ..default()
        })
    }

    fn parts(&self, id: EquipmentId) -> Vec<ShownPart> {
        self.workpieces
            .of(id)
            .iter()
            .filter_map(|part| {
                let place = self.places.compute_global_transform(part.root()).ok()?;
                let (first, _) = part.pieces().first()?;
                let mesh = self.part_meshes.get(*first).ok()?;
                Some(ShownPart {
                    model: mesh
                        .0
                        .path()
                        .and_then(|path| Some(path.path().file_name()?.to_string_lossy().into())),
                    position: place.translation().to_array(),
                    up: place.up().to_array(),
                    stale: part.pieces().iter().all(|(piece, own)| {
                        self.meshes
                            .get(*piece)
                            .is_ok_and(|(material, _)| material.0 != *own)
                    }),
                })
            })
            .collect()
    }

    fn material(&self, handle: &Handle<StandardMaterial>) -> Option<&StandardMaterial> {
        self.materials.as_ref()?.get(handle)
    }

    fn node(&self, entity: Entity) -> Option<ShownNode> {
        let transform = self.transforms.get(entity).ok()?;
        let lamp = std::iter::once(entity)
            .chain(self.children.iter_descendants(entity))
            .filter_map(|part| self.meshes.get(part).ok())
            .find_map(|(material, lamp)| Some((material, lamp?)));
        Some(ShownNode {
            translation: transform.translation.to_array(),
            rotation: transform.rotation.to_array(),
            lit: lamp.and_then(|(material, _)| {
                let emissive = self.material(&material.0)?.emissive;
                Some(emissive.red.max(emissive.green).max(emissive.blue) > 0.0)
            }),
        })
    }
}

fn pixels(rect: bevy_egui::egui::Rect, ratio: f32) -> [f32; 4] {
    [rect.left(), rect.top(), rect.width(), rect.height()].map(|points| points * ratio)
}

fn hex(colour: Color) -> String {
    let colour = colour.to_srgba().to_u8_array_no_alpha();
    let [red, green, blue] = colour;
    format!("#{red:02x}{green:02x}{blue:02x}")
}
