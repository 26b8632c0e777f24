//! The hall wears the theme in force: floor, markings, and what is behind the plant.

use bevy::prelude::*;
use bevy_egui::PrimaryEguiContext;

use super::theme::{Palette, Rgb};
use super::viewport::{PlantCamera, Redraw};
use super::{TwinView, ViewerSystems};
use crate::command::Theme;

/// The colour of the palette that the material of an entity has. The material is its own: no other
/// entity shares it.
#[derive(Component, Clone, Copy, Debug)]
pub struct Wears(pub fn(&Palette) -> Rgb);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, dress.in_set(ViewerSystems::Sync));
}

fn dress(
    view: Res<TwinView>,
    dressed: Query<(&Wears, &MeshMaterial3d<StandardMaterial>)>,
    new: Query<(), Added<Wears>>,
    mut plant: Query<&mut Camera, With<PlantCamera>>,
    mut screen: Query<&mut Camera, (With<PrimaryEguiContext>, Without<PlantCamera>)>,
    materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut redraw: ResMut<Redraw>,
    mut worn: Local<Option<Theme>>,
) {
    let theme = view.twin.view().theme;
    if *worn == Some(theme) && new.is_empty() {
        return;
    }
    *worn = Some(theme);
    redraw.scene();
    let palette = Palette::of(theme);
    let clear = |colour: Rgb| ClearColorConfig::Custom(colour.bevy());
    for mut camera in &mut plant {
        camera.clear_color = clear(palette.background);
    }
    for mut camera in &mut screen {
        camera.clear_color = clear(palette.panel);
    }
    let Some(mut materials) = materials else {
        return;
    };
    for (Wears(colour), material) in &dressed {
        if let Some(mut material) = materials.get_mut(&material.0) {
            // Walls that stand in the way are seen through, in any theme.
            let alpha = material.base_color.alpha();
            material.base_color = colour(palette).bevy().with_alpha(alpha);
        }
    }
}
