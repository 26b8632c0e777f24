//! What workpieces look like: the meshes of each kind's model, loaded once and shared by all parts.
//!
//! A model is spawned once out of sight, its meshes and materials are taken, and it is gone again:
//! parts of a kind then differ in nothing but their transforms, so they are drawn in one batch.

use bevy::camera::visibility::VisibilityRange;
use bevy::gltf::GltfAssetLabel;
use bevy::prelude::*;
use bevy::world_serialization::{WorldAsset, WorldAssetRoot, WorldInstanceReady};

use crate::model::workpiece::WorkpieceKind;
use crate::viewer::model::{Loading, asset_path, bevelled_box};
use crate::viewer::quality::Preset;
use crate::viewer::viewport::Redraw;
use crate::viewer::{TwinView, ViewerSystems, theme};

/// A mesh of a workpiece.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Shared by all parts of a kind.
    pub mesh: Handle<Mesh>,
    /// Shared by all parts of a kind.
    pub material: Handle<StandardMaterial>,
    /// Where it is in the workpiece.
    pub transform: Transform,
}

/// From which distance a piece is seen.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Near only.
    Near,
    /// Far only.
    Far,
    /// There is no coarse model: it stands for both.
    Both,
}

impl Detail {
    /// The distances at which it is drawn; beyond, a part is too small to be seen.
    pub fn range(self, preset: &Preset) -> VisibilityRange {
        let near = preset.model_near * theme::PART_NEAR;
        let far = preset.model_near * theme::PART_FAR;
        match self {
            Self::Near => VisibilityRange::abrupt(0.0, near),
            Self::Far => VisibilityRange::abrupt(near, far),
            Self::Both => VisibilityRange::abrupt(0.0, far),
        }
    }
}

/// The looks of one kind of workpiece.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Its meshes, each with the distances at which it is drawn.
    pub pieces: Vec<(Detail, Piece)>,
    /// Length, height and width, m.
    pub size: Vec3,
    /// Models that have not come yet.
    waiting: u8,
}

impl Shape {
    /// Whether it can be drawn.
    pub fn is_ready(&self) -> bool {
        self.waiting == 0
    }
}

/// The looks of every kind of workpiece, in the order of the plant's; behind them, that of parts of
/// which the scene says nothing.
#[derive(Resource, Clone, Debug, Default)]
pub struct Shapes(pub Vec<Shape>);

/// An instance whose meshes are to be taken.
#[derive(Component, Clone, Copy, Debug)]
struct Pattern {
    kind: usize,
    detail: Detail,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Shapes>()
        .add_systems(PostStartup, load)
        .add_systems(Update, replace_failed.in_set(ViewerSystems::Sync))
        .add_observer(on_ready);
}

fn load(
    view: Res<TwinView>,
    server: Option<Res<AssetServer>>,
    meshes: Option<ResMut<Assets<Mesh>>>,
    materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut loading: ResMut<Loading>,
    mut shapes: ResMut<Shapes>,
    mut commands: Commands,
) {
    let kinds = &view.twin.plant().workpieces;
    let extent = |kind: &WorkpieceKind| {
        let [length, width, height] = kind.size.map(|side| side as f32);
        Vec3::new(length, height, width)
    };
    shapes.0 = kinds
        .iter()
        .map(extent)
        .chain([Vec3::splat(theme::UNKNOWN_PART)])
        .map(|size| Shape { size, ..default() })
        .collect();
    let (Some(server), Some(mut meshes), Some(mut materials)) = (server, meshes, materials) else {
        return;
    };
    for (number, shape) in shapes.0.iter_mut().enumerate() {
        let Some((near, kind)) = kinds
            .get(number)
            .and_then(|kind| Some((kind.model.as_ref()?, kind)))
        else {
            shape.stand_in(&mut meshes, &mut materials);
            continue;
        };
        let far = kind.model_far.as_ref();
        let detail = if far.is_some() {
            Detail::Near
        } else {
            Detail::Both
        };
        for (file, detail) in [(Some(near), detail), (far, Detail::Far)] {
            let Some(file) = file else { continue };
            let scene: Handle<WorldAsset> =
                server.load(GltfAssetLabel::Scene(0).from_asset(asset_path(file)));
            shape.waiting += 1;
            loading.pending += 1;
            commands.spawn((
                Pattern {
                    kind: number,
                    detail,
                },
                WorldAssetRoot(scene),
                Transform::default(),
                Visibility::Hidden,
            ));
        }
    }
}

impl Shape {
    /// A box of its size, in place of a model.
    fn stand_in(&mut self, meshes: &mut Assets<Mesh>, materials: &mut Assets<StandardMaterial>) {
        self.pieces = vec![(
            Detail::Both,
            Piece {
                mesh: meshes.add(bevelled_box(self.size, 0.01)),
                material: materials.add(StandardMaterial {
                    base_color: theme::BOX.bevy(),
                    perceptual_roughness: 0.7,
                    ..default()
                }),
                transform: Transform::default(),
            },
        )];
    }
}

fn on_ready(
    event: On<WorldInstanceReady>,
    patterns: Query<&Pattern>,
    children: Query<&Children>,
    meshes: Query<(&Mesh3d, &MeshMaterial3d<StandardMaterial>)>,
    places: Query<(&Transform, &ChildOf)>,
    mut shapes: ResMut<Shapes>,
    mut redraw: ResMut<Redraw>,
    mut commands: Commands,
) {
    let Ok(pattern) = patterns.get(event.entity) else {
        return;
    };
    let Some(shape) = shapes.0.get_mut(pattern.kind) else {
        return;
    };
    for entity in children.iter_descendants(event.entity) {
        let Ok((mesh, material)) = meshes.get(entity) else {
            continue;
        };
        let mut transform = Transform::default();
        let mut at = entity;
        while at != event.entity
            && let Ok((place, parent)) = places.get(at)
        {
            transform = *place * transform;
            at = parent.parent();
        }
        shape.pieces.push((
            pattern.detail,
            Piece {
                mesh: mesh.0.clone(),
                material: material.0.clone(),
                transform,
            },
        ));
    }
    // Whichever file came first: near ones in front.
    shape
        .pieces
        .sort_by_key(|(detail, _)| *detail == Detail::Far);
    shape.waiting = shape.waiting.saturating_sub(1);
    redraw.scene();
    commands.entity(event.entity).despawn();
}

/// Boxes for workpieces whose model could not be loaded.
fn replace_failed(
    server: Option<Res<AssetServer>>,
    patterns: Query<(Entity, &Pattern, &WorldAssetRoot)>,
    meshes: Option<ResMut<Assets<Mesh>>>,
    materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut loading: ResMut<Loading>,
    mut shapes: ResMut<Shapes>,
    mut commands: Commands,
) {
    if patterns.is_empty() {
        return;
    }
    let (Some(server), Some(mut meshes), Some(mut materials)) = (server, meshes, materials) else {
        return;
    };
    for (entity, pattern, root) in &patterns {
        if !matches!(
            server.load_state(&root.0),
            bevy::asset::LoadState::Failed(_)
        ) {
            continue;
        }
        loading.pending = loading.pending.saturating_sub(1);
        loading.failed += 1;
        if let Some(shape) = shapes.0.get_mut(pattern.kind) {
            shape.waiting = shape.waiting.saturating_sub(1);
            if shape.pieces.is_empty() && pattern.detail != Detail::Far {
                shape.stand_in(&mut meshes, &mut materials);
            }
        }
        commands.entity(entity).despawn();
    }
}
