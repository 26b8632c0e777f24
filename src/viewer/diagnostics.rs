//! What a frame costs: counted in the renderer's own lists of what it is about to draw.
//!
//! A *draw* is a mesh with a material, however many instances of it: what the renderer submits as
//! one command. Every pass counts: the picture, the depth before it where the quality asks for
//! that, and each cascade of the shadows.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use bevy::asset::{AssetId, UntypedAssetId};
use bevy::core_pipeline::prepass::DepthPrepass;
use bevy::pbr::{RenderMaterialInstances, RenderMeshInstances};
use bevy::prelude::*;
use bevy::render::camera::ExtractedCamera;
use bevy::render::mesh::{RenderMesh, RenderMeshBufferInfo};
use bevy::render::render_asset::RenderAssets;
use bevy::render::sync_world::MainEntity;
use bevy::render::view::{ExtractedView, RenderShadowMapVisibleEntities, RenderVisibleEntities};
use bevy::render::{Render, RenderApp, RenderSystems};
use bevy_egui::egui;

use super::viewport::Redraw;
use super::{ViewerSystems, theme};

/// What was drawn of one kind of pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Meshes with a material that were submitted, instances together.
    pub draws: usize,
    /// Triangles of all instances.
    pub triangles: u64,
    /// Instances.
    pub instances: usize,
}

impl Pass {
    fn plus(self, other: Self) -> Self {
        Self {
            draws: self.draws + other.draws,
            triangles: self.triangles + other.triangles,
            instances: self.instances + other.instances,
        }
    }
}

/// What the last frame that drew the plant cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// The picture itself.
    pub picture: Pass,
    /// Depth and normals before it.
    pub prepass: Pass,
    /// Shadows, all cascades.
    pub shadows: Pass,
}

impl Figures {
    /// Every pass together.
    pub fn total(&self) -> Pass {
        self.picture.plus(self.prepass).plus(self.shadows)
    }
}

/// What the last frames cost, for whoever wants to know.
#[derive(Resource, Clone, Debug, Default)]
pub struct Diagnostics {
    /// Counted in the renderer.
    pub figures: Figures,
    /// Entities of the program.
    pub entities: usize,
    /// Time between the last frames that followed each other at once, s, smoothed; 0 before there
    /// were any.
    pub frame_secs: f64,
    counted: Counted,
}

impl Diagnostics {
    /// What the renderer counted last, a frame before [`Diagnostics::figures`] at times.
    pub fn latest(&self) -> Figures {
        *self
            .counted
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the renderer leaves its figures.
#[derive(Resource, Clone, Debug, Default)]
struct Counted(Arc<Mutex<Figures>>);

pub(super) fn plugin(app: &mut App) {
    let counted = Counted::default();
    app.insert_resource(Diagnostics {
        counted: counted.clone(),
        ..default()
    })
    .add_systems(Update, follow.in_set(ViewerSystems::Clock));
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render
            .insert_resource(counted)
            .add_systems(Render, count.in_set(RenderSystems::Cleanup));
    }
}

fn follow(
    mut diagnostics: ResMut<Diagnostics>,
    time: Res<Time<Real>>,
    redraw: Res<Redraw>,
    entities: Query<Entity>,
    mut was_moving: Local<bool>,
    mut looked: Local<f64>,
) {
    let diagnostics = &mut *diagnostics;
    diagnostics.figures = diagnostics.latest();
    let secs = time.delta_secs_f64();
    if redraw.is_moving() && std::mem::replace(&mut *was_moving, redraw.is_moving()) && secs > 0.0 {
        diagnostics.frame_secs = if diagnostics.frame_secs == 0.0 {
            secs
        } else {
            diagnostics.frame_secs + 0.1 * (secs - diagnostics.frame_secs)
        };
    }
    // Counting them looks at every archetype: once a second is enough for people.
    if time.elapsed_secs_f64() >= *looked {
        *looked = time.elapsed_secs_f64() + 1.0;
        diagnostics.entities = entities.iter().len();
    }
}

/// Counts what the views of this frame draw.
fn count(
    counted: Res<Counted>,
    views: Query<
        (&ExtractedView, &RenderVisibleEntities, Has<DepthPrepass>),
        With<ExtractedCamera>,
    >,
    lights: Query<&RenderShadowMapVisibleEntities>,
    instances: Res<RenderMeshInstances>,
    materials: Res<RenderMaterialInstances>,
    meshes: Res<RenderAssets<RenderMesh>>,
    mut seen: Local<HashSet<(AssetId<Mesh>, Option<UntypedAssetId>)>>,
) {
    let mut pass = |visible: &RenderVisibleEntities| {
        seen.clear();
        let mut pass = Pass::default();
        let class = visible.get::<Mesh3d>();
        for (_, entity) in class.iter().flat_map(|class| class.iter_visible()) {
            add(
                &mut pass, *entity, &instances, &materials, &meshes, &mut seen,
            );
        }
        pass.draws = seen.len();
        pass
    };
    let mut figures = Figures::default();
    let mut cameras = Vec::new();
    for (view, visible, has_prepass) in &views {
        let picture = pass(visible);
        if picture.instances > 0 {
            cameras.push(view.retained_view_entity.main_entity);
        }
        figures.picture = figures.picture.plus(picture);
        if has_prepass {
            figures.prepass = figures.prepass.plus(picture);
        }
    }
    // A frame that draws only panels says nothing about the plant.
    if figures.picture.instances == 0 {
        return;
    }
    for light in &lights {
        for (view, visible) in &light.subviews {
            // Cascades of a camera that draws no meshes are never rendered.
            if cameras.contains(&view.auxiliary_entity) {
                figures.shadows = figures.shadows.plus(pass(visible));
            }
        }
    }
    *counted.0.lock().unwrap_or_else(PoisonError::into_inner) = figures;
}

fn add(
    pass: &mut Pass,
    entity: MainEntity,
    instances: &RenderMeshInstances,
    materials: &RenderMaterialInstances,
    meshes: &RenderAssets<RenderMesh>,
    seen: &mut HashSet<(AssetId<Mesh>, Option<UntypedAssetId>)>,
) {
    let Some(id) = instances.mesh_asset_id(entity) else {
        return;
    };
    let Some(mesh) = meshes.get(id) else {
        return;
    };
    let corners = match mesh.buffer_info {
        RenderMeshBufferInfo::Indexed { count, .. } => count,
        RenderMeshBufferInfo::NonIndexed => mesh.vertex_count,
    };
    pass.instances += 1;
    pass.triangles += u64::from(corners / 3);
    let material = materials.instances.get(&entity).map(|one| one.asset_id);
    seen.insert((id, material));
}

/// Shows the figures in a corner of the plant's picture.
pub fn diagnostics_ui(
    ctx: &egui::Context,
    corner: egui::Pos2,
    diagnostics: &Diagnostics,
) -> egui::Rect {
    let area = egui::Area::new("diagnostics".into())
        .fade_in(false)
        .fixed_pos(corner)
        .order(egui::Order::Middle)
        .interactable(false);
    let palette = theme::of(ctx);
    let shown = area.show(ctx, |ui| {
        egui::Frame::new()
            .fill(palette.panel.egui_alpha(230))
            .stroke(egui::Stroke::new(1.0, palette.line.egui()))
            .corner_radius(theme::ROUNDING)
            .inner_margin(8.0)
            .show(ui, |ui| {
                egui::Grid::new("figures")
                    .num_columns(2)
                    .spacing([14.0, 2.0])
                    .show(ui, |ui| {
                        for (name, value) in lines(diagnostics) {
                            let text = |text: String, colour: theme::Rgb| {
                                egui::RichText::new(text)
                                    .size(theme::TEXT_SIZE_SMALL)
                                    .color(colour.egui())
                            };
                            ui.label(text(name.to_owned(), palette.text_weak));
                            ui.with_layout(
                                egui::Layout::right_to_left(egui::Align::Center),
                                |ui| ui.label(text(value, palette.text)),
                            );
                            ui.end_row();
                        }
                    });
            });
    });
    shown.response.rect
}

/// The figures as people read them: name and value.
pub fn lines(diagnostics: &Diagnostics) -> Vec<(&'static str, String)> {
    let figures = &diagnostics.figures;
    let pass = |pass: Pass| {
        format!(
            "{} draws, {} triangles",
            pass.draws,
            grouped(pass.triangles)
        )
    };
    let frame = if diagnostics.frame_secs > 0.0 {
        format!(
            "{:.1} ms, {:.0} a second",
            diagnostics.frame_secs * 1e3,
            1.0 / diagnostics.frame_secs
        )
    } else {
        "at rest".to_owned()
    };
    vec![
        ("Frame", frame),
        ("All passes", pass(figures.total())),
        ("Picture", pass(figures.picture)),
        ("Depth", pass(figures.prepass)),
        ("Shadows", pass(figures.shadows)),
        ("Instances", grouped(figures.picture.instances as u64)),
        ("Entities", grouped(diagnostics.entities as u64)),
    ]
}

/// A number in groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}
