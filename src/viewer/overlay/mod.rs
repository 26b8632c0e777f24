//! What is laid over the plant: colour by health, state, heat or age, ribbons of its material flow,
//! and labels.
//!
//! An equipment has one [`Tint`]; all that have the same share one material, and a change swaps a
//! handle. No material is ever changed for one machine.

pub mod age;
pub mod flow;
pub mod health;
pub mod heat;
pub mod label;
pub mod paint;
pub mod places;
pub mod state;
pub mod symbol;

use std::collections::HashMap;

use bevy::prelude::*;

use super::model::{ModelMeshes, ModelReady};
use super::plant::{PlantEntities, is_silent};
use super::theme::Palette;
use super::viewport::Redraw;
use super::{TwinView, ViewerSystems, light, theme};
use crate::command::{Overlay, Theme};
use crate::model::{EquipmentId, Health, OperatingState};
use crate::twin::{HeatRange, ViewState};

/// How an equipment is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tint {
    /// As its model is.
    #[default]
    Natural,
    /// Nothing fresh is known of it.
    Stale,
    /// By health.
    Health(Health),
    /// By operating state.
    State(OperatingState),
    /// By heat, in [`theme::COLOUR_STEPS`] steps.
    Heat(u8),
    /// By age, in [`theme::COLOUR_STEPS`] steps.
    Age(u8),
    /// The overlay says nothing of it: stepped back.
    Aside,
}

impl Tint {
    /// Its colour in a theme; `None` for the model's own.
    pub fn colour(self, palette: &Palette) -> Option<theme::Rgb> {
        let share = |step: u8| f64::from(step) / f64::from(theme::COLOUR_STEPS - 1);
        Some(match self {
            Self::Natural => return None,
            Self::Stale | Self::State(OperatingState::Unknown) => palette.stale,
            Self::Health(health) => palette.health(health),
            Self::State(state) => palette.state(state),
            Self::Heat(step) => theme::heat(share(step)),
            Self::Age(step) => theme::age(share(step)),
            Self::Aside => theme::BOX.mix(palette.background, 0.5),
        })
    }

    /// A share, 0 to 1, in steps.
    pub fn step(share: f64) -> u8 {
        (share.clamp(0.0, 1.0) * f64::from(theme::COLOUR_STEPS - 1)).round() as u8
    }
}

/// The tint of every equipment, and the materials of tints.
#[derive(Resource, Clone, Debug, Default)]
pub struct Tints {
    shown: Vec<Tint>,
    materials: HashMap<Tint, Handle<StandardMaterial>>,
    /// What the colours stand for now.
    basis: Option<Basis>,
    /// Heat range in force.
    pub heat: heat::HeatScale,
    aged: f64,
    theme: Theme,
}

#[derive(Clone, Debug, PartialEq)]
struct Basis {
    overlay: Overlay,
    heat_signal: std::sync::Arc<str>,
    heat_range: Option<HeatRange>,
}

impl Tints {
    /// The tint of an equipment.
    pub fn get(&self, id: EquipmentId) -> Tint {
        self.shown.get(id.index()).copied().unwrap_or_default()
    }

    /// Gives the shared materials the colours of the theme in force.
    fn colour_again(&self, materials: &mut Assets<StandardMaterial>) {
        let palette = Palette::of(self.theme);
        #[expect(
            clippy::iter_over_hash_type,
            reason = "each material is coloured by itself: the order is the same to it"
        )]
        for (tint, handle) in &self.materials {
            if let (Some(colour), Some(mut material)) =
                (tint.colour(palette), materials.get_mut(handle))
            {
                (material.base_color, material.emissive) = paint_of(colour);
            }
        }
    }
}

/// What a tint's material reflects, and its light of its own: the colour is that of the theme in the
/// shade, too.
pub(crate) fn paint_of(colour: theme::Rgb) -> (Color, LinearRgba) {
    let colour = light::shown_as(colour.bevy().to_linear());
    let reflected = (colour * (1.0 - GLOW)).with_alpha(1.0);
    (reflected.into(), colour * GLOW)
}

/// Seconds between two looks at all ages.
const AGE_PERIOD: f64 = 1.0;

pub(super) fn plugin(app: &mut App) {
    flow::plugin(app);
    app.init_resource::<Tints>()
        .init_resource::<label::Labels>()
        .add_systems(
            Update,
            (colour, colour_new, label::collect)
                .chain()
                .in_set(ViewerSystems::Overlay),
        );
}

fn heat_range(signal: &std::sync::Arc<str>, chosen: &ViewState) -> Option<HeatRange> {
    chosen.heat_ranges.get(signal).cloned()
}

/// The tint that an equipment should have.
fn wanted(view: &TwinView, tints: &Tints, id: EquipmentId) -> Tint {
    match view.twin.view().overlay {
        Overlay::None | Overlay::Flow if is_silent(view, id) => Tint::Stale,
        Overlay::None | Overlay::Flow => Tint::Natural,
        Overlay::Health => health::tint(view, id),
        Overlay::State => state::tint(view, id),
        Overlay::Heat => heat::tint(view, &tints.heat, id),
        Overlay::DataAge => age::tint(view, id),
    }
}

fn colour(
    view: Res<TwinView>,
    entities: Res<PlantEntities>,
    mut tints: ResMut<Tints>,
    meshes: Query<&ModelMeshes>,
    mut materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut redraw: ResMut<Redraw>,
    mut commands: Commands,
) {
    let tints = &mut *tints;
    let plant = view.twin.plant();
    let chosen = view.twin.view();
    let basis = Basis {
        overlay: chosen.overlay,
        heat_signal: chosen.heat_signal.clone(),
        heat_range: heat_range(&tints.heat.signal, chosen),
    };
    if tints.theme != chosen.theme {
        tints.theme = chosen.theme;
        if let Some(materials) = materials.as_mut() {
            tints.colour_again(materials);
            redraw.scene();
        }
    }
    let is_new = tints.basis.as_ref() != Some(&basis);
    if is_new {
        tints.heat = heat::HeatScale::of(plant, &basis.heat_signal, &chosen.heat_ranges);
        tints.basis = Some(Basis {
            // The name that the plant chose where none was.
            heat_range: heat_range(&tints.heat.signal, chosen),
            ..basis
        });
        tints.shown.resize(plant.equipment.len(), Tint::default());
    }
    let now = view
        .snapshot
        .time
        .secs_since(crate::model::Timestamp::from_secs(0));
    let is_age_due = chosen.overlay == Overlay::DataAge && (now - tints.aged).abs() >= AGE_PERIOD;
    let mut set = |tints: &mut Tints, id: EquipmentId| {
        let tint = wanted(&view, tints, id);
        if tints.get(id) == tint {
            return;
        }
        if let Some(shown) = tints.shown.get_mut(id.index()) {
            *shown = tint;
        }
        let owned = entities.get(id).and_then(|entity| meshes.get(entity).ok());
        if let (Some(owned), Some(materials)) = (owned, materials.as_mut()) {
            paint_meshes(tints, tint, owned, materials, &mut commands);
            redraw.scene();
        }
    };
    if is_new || is_age_due {
        tints.aged = now;
        for (id, _) in entities.iter() {
            set(tints, id);
        }
        return;
    }
    for &id in &view.snapshot.changed_equipment {
        set(tints, id);
    }
    if chosen.overlay == Overlay::Heat {
        for signal in &view.snapshot.changed_signals {
            if let Some(signal) = plant.signal(*signal)
                && *signal.spec.name == *tints.heat.signal
            {
                set(tints, signal.equipment);
            }
        }
    }
}

/// Models that have just come take the tint that their equipment has.
fn colour_new(
    mut ready: MessageReader<ModelReady>,
    entities: Res<PlantEntities>,
    mut tints: ResMut<Tints>,
    meshes: Query<&ModelMeshes>,
    mut materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut commands: Commands,
) {
    for ModelReady(id) in ready.read() {
        let tint = tints.get(*id);
        if tint != Tint::Natural
            && let Some(owned) = entities.get(*id).and_then(|entity| meshes.get(entity).ok())
            && let Some(materials) = materials.as_mut()
        {
            paint_meshes(&mut tints, tint, owned, materials, &mut commands);
        }
    }
}

/// Share of a tint that glows; the rest depends on the light, and shows the shape.
const GLOW: f32 = 0.5;

fn paint_meshes(
    tints: &mut Tints,
    tint: Tint,
    owned: &ModelMeshes,
    materials: &mut Assets<StandardMaterial>,
    commands: &mut Commands,
) {
    let shared = tint.colour(Palette::of(tints.theme)).map(|colour| {
        let (base_color, emissive) = paint_of(colour);
        tints
            .materials
            .entry(tint)
            .or_insert_with(|| {
                materials.add(StandardMaterial {
                    base_color,
                    emissive,
                    perceptual_roughness: 0.75,
                    reflectance: 0.2,
                    ..default()
                })
            })
            .clone()
    });
    for (entity, own) in &owned.0 {
        let material = shared.clone().unwrap_or_else(|| own.clone());
        if let Ok(mut entity) = commands.get_entity(*entity) {
            entity.try_insert(MeshMaterial3d(material));
        }
    }
}
