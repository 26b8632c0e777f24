//! What equipment looks like: its kind's model, near and far, once or tiled along its length; a
//! node of the plant's one big model; or a bevelled box of its size when it has neither.

use std::collections::HashMap;
use std::path::Path;

use bevy::asset::RenderAssetUsages;
use bevy::camera::primitives::Aabb;
use bevy::camera::visibility::VisibilityRange;
use bevy::gltf::GltfAssetLabel;
use bevy::light::NotShadowCaster;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;
use bevy::world_serialization::{WorldAsset, WorldAssetRoot, WorldInstanceReady};

use super::plant::PlantEntities;
use super::quality::ShownQuality;
use super::viewport::Redraw;
use super::{TwinView, ViewerSystems, theme};
use crate::model::{Equipment, EquipmentId};

/// The meshes that show an equipment, each with the material it has by itself.
#[derive(Component, Clone, Debug, Default)]
pub struct ModelMeshes(pub Vec<(Entity, Handle<StandardMaterial>)>);

/// The named nodes of the models that show an equipment; tiles repeat a name.
#[derive(Component, Clone, Debug, Default)]
pub struct ModelNodes(pub Vec<(Box<str>, Entity)>);

/// An equipment's model has come, or a part of it.
#[derive(Message, Clone, Copy, Debug)]
pub struct ModelReady(pub EquipmentId);

/// Which level of detail a mesh belongs to.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    Near,
    Far,
}

/// An instance on its way: of whom, and at which level.
#[derive(Component, Clone, Copy, Debug)]
struct Instance {
    equipment: EquipmentId,
    detail: Option<Detail>,
}

/// The one big model of the plant, on its way.
#[derive(Component, Clone, Copy, Debug)]
struct PlantModel;

/// Models still being loaded, and those that could not be.
#[derive(Resource, Clone, Debug, Default)]
pub struct Loading {
    /// Instances that are not on screen yet.
    pub pending: usize,
    /// How many instances failed to load: they are drawn as boxes.
    pub failed: usize,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Loading>()
        .add_message::<ModelReady>()
        .add_systems(PostStartup, spawn)
        .add_systems(
            Update,
            (replace_failed, set_detail).in_set(ViewerSystems::Sync),
        )
        .add_observer(on_ready);
}

/// An asset path for a file anywhere on the disk; the asset root is `/`.
pub(super) fn asset_path(file: &Path) -> String {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    file.to_string_lossy().trim_start_matches('/').to_owned()
}

/// How a model is repeated to fill a length: how many times, and stretched by how much.
pub fn tiles(length: f64, tile: Option<f64>) -> (usize, f32) {
    match tile {
        Some(tile) if tile > 0.0 && length > 0.0 => {
            let count = (length / tile).round().clamp(1.0, 500.0);
            (count as usize, (length / (count * tile)) as f32)
        }
        _ => (1, 1.0),
    }
}

fn spawn(
    view: Res<TwinView>,
    entities: Res<PlantEntities>,
    server: Option<Res<AssetServer>>,
    mut meshes: Option<ResMut<Assets<Mesh>>>,
    mut materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut loading: ResMut<Loading>,
    mut ready: MessageWriter<ModelReady>,
    mut commands: Commands,
) {
    let (Some(server), Some(meshes), Some(materials)) =
        (server, meshes.as_mut(), materials.as_mut())
    else {
        return;
    };
    let plant = view.twin.plant();
    let mut boxes = Boxes::default();
    if let Some(file) = &plant.model {
        let scene: Handle<WorldAsset> =
            server.load(GltfAssetLabel::Scene(0).from_asset(asset_path(file)));
        loading.pending += 1;
        commands.spawn((
            PlantModel,
            WorldAssetRoot(scene),
            Transform::default(),
            Visibility::default(),
        ));
    }
    for (id, entity) in entities.iter() {
        let Some(equipment) = plant.equipment(id) else {
            continue;
        };
        if equipment.node.is_some() && plant.model.is_some() {
            continue;
        }
        let Some(near) = &equipment.kind.model else {
            boxes.add(equipment, id, entity, meshes, materials, &mut commands);
            ready.write(ModelReady(id));
            continue;
        };
        let far = equipment.kind.model_far.as_ref();
        let (count, stretch) = tiles(equipment.size[0], equipment.kind.tile_length);
        let step = equipment.size[0] as f32 / count as f32;
        for (file, detail) in [
            (Some(near), far.map(|_| Detail::Near)),
            (far, Some(Detail::Far)),
        ] {
            let Some(file) = file else { continue };
            let path = asset_path(file);
            let scene: Handle<WorldAsset> = server.load(GltfAssetLabel::Scene(0).from_asset(path));
            for at in 0..count {
                loading.pending += 1;
                let x = (at as f32 - (count as f32 - 1.0) / 2.0) * step;
                let instance = commands
                    .spawn((
                        Instance {
                            equipment: id,
                            detail,
                        },
                        WorldAssetRoot(scene.clone()),
                        Transform::from_xyz(x, 0.0, 0.0).with_scale(Vec3::new(stretch, 1.0, 1.0)),
                        Visibility::default(),
                    ))
                    .id();
                commands.entity(entity).add_child(instance);
            }
        }
    }
    commands.insert_resource(boxes);
}

/// An instance is in the world: its meshes and named nodes become known to its equipment.
fn on_ready(
    event: On<WorldInstanceReady>,
    view: Res<TwinView>,
    entities: Res<PlantEntities>,
    instances: Query<&Instance>,
    plant_models: Query<(), With<PlantModel>>,
    children: Query<&Children>,
    names: Query<&Name>,
    materials: Query<&MeshMaterial3d<StandardMaterial>>,
    sizes: Query<&Aabb>,
    mut known: Query<(Option<&mut ModelMeshes>, Option<&mut ModelNodes>)>,
    quality: Res<ShownQuality>,
    mut loading: ResMut<Loading>,
    mut redraw: ResMut<Redraw>,
    mut ready: MessageWriter<ModelReady>,
    mut commands: Commands,
) {
    loading.pending = loading.pending.saturating_sub(1);
    redraw.scene();
    let mut bind = |id: EquipmentId, root: Entity, detail: Option<Detail>| {
        let Some(owner) = entities.get(id) else {
            return;
        };
        let (mut meshes, mut nodes) = (Vec::new(), Vec::new());
        for entity in std::iter::once(root).chain(children.iter_descendants(root)) {
            if let Ok(material) = materials.get(entity) {
                meshes.push((entity, material.0.clone()));
                if sizes.get(entity).is_ok_and(is_small) {
                    commands.entity(entity).insert(NotShadowCaster);
                }
                if let Some(detail) = detail {
                    commands
                        .entity(entity)
                        .insert((detail, range(detail, quality.preset().model_near)));
                }
            }
            if detail != Some(Detail::Far)
                && let Ok(name) = names.get(entity)
            {
                nodes.push((Box::from(name.as_str()), entity));
            }
        }
        match known.get_mut(owner) {
            Ok((Some(mut old_meshes), Some(mut old_nodes))) => {
                old_meshes.0.append(&mut meshes);
                old_nodes.0.append(&mut nodes);
            }
            _ => {
                commands
                    .entity(owner)
                    .insert((ModelMeshes(meshes), ModelNodes(nodes)));
            }
        }
        ready.write(ModelReady(id));
    };
    if let Ok(instance) = instances.get(event.entity) {
        bind(instance.equipment, event.entity, instance.detail);
    } else if plant_models.contains(event.entity) {
        let by_name: HashMap<&str, Entity> = children
            .iter_descendants(event.entity)
            .filter_map(|entity| Some((names.get(entity).ok()?.as_str(), entity)))
            .collect();
        for (equipment, id) in view.twin.plant().equipment.iter().zip(0..) {
            let node = equipment
                .node
                .as_ref()
                .and_then(|node| by_name.get(&**node));
            if let Some(node) = node {
                bind(EquipmentId(id), *node, None);
            }
        }
    }
}

/// A piece that is shorter than this from end to end casts no shadow, m: a lamp, a grip or a roller has
/// none that is missed, and each would be a draw in every cascade.
const SHADOW_LEAST: f32 = 0.7;

fn is_small(bounds: &Aabb) -> bool {
    2.0 * bounds.half_extents.max_element() < SHADOW_LEAST
}

fn range(detail: Detail, near: f32) -> VisibilityRange {
    match detail {
        Detail::Near => VisibilityRange::abrupt(0.0, near),
        Detail::Far => VisibilityRange::abrupt(near, 1e6),
    }
}

/// Moves the border between near and far models when the quality changes.
fn set_detail(quality: Res<ShownQuality>, mut meshes: Query<(&Detail, &mut VisibilityRange)>) {
    if quality.is_changed() {
        for (detail, mut shown) in &mut meshes {
            shown.set_if_neq(range(*detail, quality.preset().model_near));
        }
    }
}

/// Draws a box where a model could not be loaded.
fn replace_failed(
    view: Res<TwinView>,
    entities: Res<PlantEntities>,
    server: Option<Res<AssetServer>>,
    instances: Query<(Entity, &Instance, &WorldAssetRoot)>,
    mut boxes: Option<ResMut<Boxes>>,
    mut meshes: Option<ResMut<Assets<Mesh>>>,
    mut materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut loading: ResMut<Loading>,
    mut redraw: ResMut<Redraw>,
    mut ready: MessageWriter<ModelReady>,
    mut commands: Commands,
) {
    if loading.pending == 0 {
        return;
    }
    redraw.moving();
    let (Some(server), Some(boxes), Some(meshes), Some(materials)) =
        (server, boxes.as_mut(), meshes.as_mut(), materials.as_mut())
    else {
        return;
    };
    for (instance_entity, instance, root) in &instances {
        if !matches!(
            server.load_state(&root.0),
            bevy::asset::LoadState::Failed(_)
        ) {
            continue;
        }
        loading.pending = loading.pending.saturating_sub(1);
        loading.failed += 1;
        commands.entity(instance_entity).despawn();
        if instance.detail == Some(Detail::Far) {
            continue;
        }
        if let (Some(equipment), Some(entity)) = (
            view.twin.plant().equipment(instance.equipment),
            entities.get(instance.equipment),
        ) {
            boxes.add(
                equipment,
                instance.equipment,
                entity,
                meshes,
                materials,
                &mut commands,
            );
            ready.write(ModelReady(instance.equipment));
        }
    }
}

/// Meshes of boxes, one per size, and their one material.
#[derive(Resource, Clone, Debug, Default)]
struct Boxes {
    by_size: HashMap<[u32; 3], Handle<Mesh>>,
    material: Option<Handle<StandardMaterial>>,
}

impl Boxes {
    fn add(
        &mut self,
        equipment: &Equipment,
        id: EquipmentId,
        entity: Entity,
        meshes: &mut Assets<Mesh>,
        materials: &mut Assets<StandardMaterial>,
        commands: &mut Commands,
    ) {
        let size = [equipment.size[0], equipment.size[2], equipment.size[1]];
        // Millimetres: sizes that differ by less share a mesh.
        let key = size.map(|metres| (metres.clamp(0.01, 1e4) * 1e3).round() as u32);
        let mesh = self
            .by_size
            .entry(key)
            .or_insert_with(|| {
                let size = Vec3::from_array(key.map(|millis| millis as f32 * 1e-3));
                meshes.add(bevelled_box(size, 0.04))
            })
            .clone();
        let material = self
            .material
            .get_or_insert_with(|| {
                materials.add(StandardMaterial {
                    base_color: theme::BOX.bevy(),
                    perceptual_roughness: 0.7,
                    ..default()
                })
            })
            .clone();
        let child = commands
            .spawn((
                Mesh3d(mesh),
                MeshMaterial3d(material.clone()),
                Transform::default(),
                Instance {
                    equipment: id,
                    detail: None,
                },
            ))
            .id();
        commands
            .entity(entity)
            .add_child(child)
            .insert((ModelMeshes(vec![(child, material)]), ModelNodes::default()));
    }
}

/// A box standing on the floor, with its edges cut at 45°, flat shaded. `size` and `bevel` in
/// metres; the bevel is at most a quarter of the shortest side.
pub fn bevelled_box(size: Vec3, bevel: f32) -> Mesh {
    let half = size / 2.0;
    let bevel = bevel.min(size.min_element() / 4.0);
    let inner = half - Vec3::splat(bevel);
    let (mut positions, mut normals, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    let mut face = |corners: &[Vec3], normal: Vec3| {
        let first = positions.len() as u32;
        for corner in corners {
            positions.push((*corner + Vec3::Y * half.y).to_array());
            normals.push(normal.to_array());
        }
        for at in 1..corners.len() as u32 - 1 {
            let (a, b, c) = (corners[0], corners[at as usize], corners[at as usize + 1]);
            if (b - a).cross(c - a).dot(normal) > 0.0 {
                indices.extend([first, first + at, first + at + 1]);
            } else {
                indices.extend([first, first + at + 1, first + at]);
            }
        }
    };
    let unit = |axis: usize| Vec3::AXES[axis];
    for axis in 0..3 {
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        for sign in [-1.0, 1.0] {
            let normal = unit(axis) * sign;
            let corner = |a: f32, b: f32| {
                unit(axis) * sign * half[axis] + unit(u) * a * inner[u] + unit(v) * b * inner[v]
            };
            face(
                &[
                    corner(-1.0, -1.0),
                    corner(1.0, -1.0),
                    corner(1.0, 1.0),
                    corner(-1.0, 1.0),
                ],
                normal,
            );
            // The edge between this face and the next axis' faces.
            for other in [-1.0, 1.0] {
                let along = |share: f32| unit(v) * share * inner[v];
                let here = unit(axis) * sign * half[axis] + unit(u) * other * inner[u];
                let there = unit(axis) * sign * inner[axis] + unit(u) * other * half[u];
                face(
                    &[
                        here + along(-1.0),
                        here + along(1.0),
                        there + along(1.0),
                        there + along(-1.0),
                    ],
                    (unit(axis) * sign + unit(u) * other).normalize(),
                );
            }
        }
    }
    for at in 0..8 {
        let sign = Vec3::new(
            if at & 1 == 0 { -1.0 } else { 1.0 },
            if at & 2 == 0 { -1.0 } else { 1.0 },
            if at & 4 == 0 { -1.0 } else { 1.0 },
        );
        let tip = |axis: usize| {
            let mut point = inner * sign;
            point[axis] = half[axis] * sign[axis];
            point
        };
        face(&[tip(0), tip(1), tip(2)], sign.normalize());
    }
    let uvs = vec![[0.0_f32; 2]; positions.len()];
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::default(),
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
    .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
    .with_inserted_indices(Indices::U32(indices))
}
