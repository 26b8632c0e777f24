//! Flow overlay: ribbons on the floor along the ways of the material, as wide as parts go there per
//! hour, with arrows that say where to. A way that nobody counts is hatched, and has no width.
//!
//! All ribbons are one mesh: one draw, made anew when the rates or the colours change.

use bevy::math::Vec2;
use bevy::prelude::*;

use crate::command::{Overlay, Theme};
use crate::kpi::{FlowRate, FlowRates, RibbonScale};
use crate::model::process::Process;
use crate::model::{Equipment, Plant};
use crate::viewer::building::paint::{Paint, linear};
use crate::viewer::kpi::ShownKpis;
use crate::viewer::theme::Palette;
use crate::viewer::viewport::Redraw;
use crate::viewer::{TwinView, ViewerSystems, light};

/// Height above the floor, above everything painted on it, m.
const HEIGHT: f32 = 0.032;
/// Distance of two arrows, m.
const ARROWS_APART: f32 = 1.5;
/// Length of an arrow as a share of the ribbon's width, and at least and at most, m.
const ARROW: [f32; 3] = [0.45, 0.16, 0.5];
/// Width of a hatched way, m.
const HATCHED: f32 = 0.4;
/// Length of a stripe and of the gap after it, m.
const STRIPE: f32 = 0.3;
/// How much is seen of a ribbon that a counter tells, and of one that follows from others.
const OPACITY: [f32; 2] = [0.92, 0.6];

/// A straight piece of a ribbon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ribbon {
    /// From here, x and z, m.
    pub from: Vec2,
    /// To here.
    pub to: Vec2,
    /// What flows there.
    pub rate: FlowRate,
    /// How wide it is, m; `None`: hatched, for nobody can tell.
    pub width: Option<f32>,
}

/// The ribbons of a plant: of every flow, and along the conveyors between them.
pub fn ribbons(plant: &Plant, rates: &FlowRates, scale: RibbonScale) -> Vec<Ribbon> {
    let ribbon = |from, to, rate: FlowRate| Ribbon {
        from,
        to,
        rate,
        width: rate.per_hour().map(|rate| scale.width(rate) as f32),
    };
    let mut ribbons = Vec::new();
    let mut along = vec![None; plant.equipment.len()];
    for (flow, rate) in plant.flows.iter().zip(&rates.of) {
        let (Some(from), Some(to)) = (plant.equipment(flow.from), plant.equipment(flow.to)) else {
            continue;
        };
        ribbons.push(ribbon(end(from, 0.5), end(to, -0.5), *rate));
        if let Some(known) = along.get_mut(flow.from.index()) {
            *known = Some(*rate);
        }
    }
    for (rate, one) in along.into_iter().zip(&plant.equipment) {
        if let (Some(rate), Process::Conveyor { .. }) = (rate, &one.process) {
            ribbons.push(ribbon(end(one, -0.5), end(one, 0.5), rate));
        }
    }
    ribbons
}

/// Where a ribbon begins or ends: at an end of a conveyor, else in the middle.
fn end(one: &Equipment, share: f64) -> Vec2 {
    let along = match one.process {
        Process::Conveyor { .. } => share * one.size[0],
        _ => 0.0,
    };
    let [x, _, z] = one.pose.transform([along, 0.0, 0.0]);
    Vec2::new(x as f32, z as f32)
}

/// The ribbons as one mesh; what is widest lies below.
pub fn paint(ribbons: &[Ribbon], palette: &Palette) -> Paint {
    let mut order: Vec<&Ribbon> = ribbons.iter().collect();
    order.sort_by(|a, b| b.width.unwrap_or(0.0).total_cmp(&a.width.unwrap_or(0.0)));
    let mut paint = Paint::default();
    let tone = |colour, alpha| {
        let [red, green, blue, _] = linear(colour, 1.0);
        let shown = light::shown_as(LinearRgba::new(red, green, blue, alpha));
        [shown.red, shown.green, shown.blue, shown.alpha]
    };
    let arrow = tone(palette.ribbon_arrow, 0.95);
    for ribbon in order {
        let (way, length) = (ribbon.to - ribbon.from).normalize_and_length();
        if length < 0.05 {
            continue;
        }
        let strip = Strip {
            from: ribbon.from,
            way,
            length,
        };
        match ribbon.width {
            Some(width) => {
                let opacity = match ribbon.rate {
                    FlowRate::Balanced(_) => OPACITY[1],
                    _ => OPACITY[0],
                };
                let colour = tone(palette.ribbon, opacity);
                strip.slanted(&mut paint, 0.0, length, width, 0.0, colour);
                strip.arrows(&mut paint, width, arrow);
            }
            None => strip.hatch(&mut paint, tone(palette.ribbon_unknown, 0.85)),
        }
    }
    paint
}

/// A straight way on the floor.
struct Strip {
    from: Vec2,
    way: Vec2,
    length: f32,
}

impl Strip {
    fn at(&self, along: f32, aside: f32) -> Vec3 {
        let at = self.from + self.way * along + Vec2::new(-self.way.y, self.way.x) * aside;
        Vec3::new(at.x, HEIGHT, at.y)
    }

    /// A piece of it whose one side is ahead of the other by `slant`.
    fn slanted(
        &self,
        paint: &mut Paint,
        from: f32,
        to: f32,
        width: f32,
        slant: f32,
        colour: [f32; 4],
    ) {
        let half = width / 2.0;
        let ahead = |along: f32, by: f32| (along + by).clamp(0.0, self.length);
        let corners = [
            self.at(ahead(from, slant), half),
            self.at(ahead(to, slant), half),
            self.at(ahead(to, -slant), -half),
            self.at(ahead(from, -slant), -half),
        ];
        paint.face(&corners, Vec3::Y, &[colour]);
    }

    fn arrows(&self, paint: &mut Paint, width: f32, colour: [f32; 4]) {
        let [share, least, most] = ARROW;
        let long = (width * share).clamp(least, most);
        let half = (width * 0.3).max(0.07);
        let count = (self.length / ARROWS_APART).floor().max(1.0);
        for number in 0..count as u32 {
            let middle = self.length * (number as f32 + 0.5) / count;
            // The notch makes it an arrow from any side.
            let tip = self.at(middle + long / 2.0, 0.0);
            let notch = self.at(middle - long / 6.0, 0.0);
            for side in [half, -half] {
                let wing = self.at(middle - long / 2.0, side);
                let corners = if side > 0.0 {
                    [wing, tip, notch]
                } else {
                    [notch, tip, wing]
                };
                paint.face(&corners, Vec3::Y, &[colour]);
            }
        }
    }

    fn hatch(&self, paint: &mut Paint, colour: [f32; 4]) {
        let count = (self.length / (2.0 * STRIPE)).ceil().max(1.0);
        for number in 0..count as u32 {
            let from = 2.0 * STRIPE * number as f32;
            let to = (from + STRIPE).min(self.length);
            self.slanted(paint, from, to, HATCHED, 0.15, colour);
        }
    }
}

/// The ribbons as they are drawn.
#[derive(Resource, Clone, Debug, Default)]
pub struct ShownRibbons {
    entity: Option<Entity>,
    of: Option<(FlowRates, Theme)>,
    /// Each of them.
    pub ribbons: Vec<Ribbon>,
}

/// A mark on the entity that has the mesh.
#[derive(Component, Clone, Copy, Debug)]
pub struct RibbonMesh;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ShownRibbons>()
        .add_systems(Update, follow.in_set(ViewerSystems::Overlay));
}

fn follow(
    view: Res<TwinView>,
    kpis: Res<ShownKpis>,
    mut shown: ResMut<ShownRibbons>,
    meshes: Option<ResMut<Assets<Mesh>>>,
    materials: Option<ResMut<Assets<StandardMaterial>>>,
    mut redraw: ResMut<Redraw>,
    mut commands: Commands,
) {
    let chosen = view.twin.view();
    let rates = kpis.rates.as_ref();
    let wanted = rates
        .filter(|_| chosen.overlay == Overlay::Flow)
        .map(|rates| (rates, chosen.theme));
    let known = shown.of.as_ref().map(|(rates, theme)| (rates, *theme));
    if wanted == known {
        return;
    }
    if let Some(entity) = shown.entity.take() {
        commands.entity(entity).despawn();
    }
    redraw.scene();
    shown.of = wanted.map(|(rates, theme)| (rates.clone(), theme));
    shown.ribbons.clear();
    let Some((rates, theme)) = wanted else {
        return;
    };
    shown.ribbons = ribbons(view.twin.plant(), rates, rates.scale());
    let paint = paint(&shown.ribbons, Palette::of(theme));
    if let (Some(mut meshes), Some(mut materials)) = (meshes, materials)
        && !paint.is_empty()
    {
        let entity = commands.spawn((
            RibbonMesh,
            Mesh3d(meshes.add(paint.mesh())),
            MeshMaterial3d(materials.add(StandardMaterial {
                unlit: true,
                alpha_mode: AlphaMode::Blend,
                // Over the shade under machines, which is blended, too.
                depth_bias: 10.0,
                ..default()
            })),
            Transform::default(),
            bevy::light::NotShadowCaster,
        ));
        shown.entity = Some(entity.id());
    }
}
