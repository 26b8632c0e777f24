//! What is shown from how far (ISA-101 has four levels of display): from afar each line as a plate
//! with its rolled-up health, nearer the machines with their labels, close by their key signals.
//!
//! Plates take over where the labels of machines fade out, and a click on one flies there.

use bevy::prelude::*;
use bevy_egui::egui;

use super::camera::{self, CameraRig};
use super::groups::GroupHealth;
use super::overlay::places::{Wish, place};
use super::overlay::{paint, symbol};
use super::plant::{Bounds, Proxy};
use super::{TwinView, theme};
use crate::command::Command;
use crate::model::equipment::Level;
use crate::model::{GroupId, Health, Plant};

/// Plates are there from this distance between the eye and the line on, m.
const FROM: f32 = 42.0;
/// Lines with plates, at most.
const MOST: usize = 60;
/// Height of a plate, points.
const HEIGHT: f32 = 30.0;
/// Room inside a plate, points.
const PAD: f32 = 8.0;

/// A line or area, and where its plate belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Which.
    pub group: GroupId,
    /// Above its middle, m.
    pub above: Vec3,
}

/// The groups that get plates: those that have equipment of their own, as far as they stand
/// together; the site has none.
pub fn places(plant: &Plant) -> Vec<Place> {
    plant
        .groups
        .iter()
        .zip(0..)
        .filter(|(group, _)| group.level != Level::Site)
        .filter_map(|(group, id)| {
            let boxes: Vec<Bounds> = group
                .equipment
                .iter()
                .filter_map(|id| plant.equipment(*id))
                .filter(|one| super::building::zones::stands(one))
                .map(|one| Proxy::of(one).bounds())
                .collect();
            let all = boxes.iter().copied().fold(Bounds::EMPTY, Bounds::union);
            if !all.min.is_finite() {
                return None;
            }
            // The median: a cabinet that stands elsewhere does not draw the plate away.
            let median = |axis: usize| {
                let mut at: Vec<f32> = boxes.iter().map(|one| one.centre()[axis]).collect();
                at.sort_by(f32::total_cmp);
                at.get(at.len() / 2).copied().unwrap_or_default()
            };
            Some(Place {
                group: GroupId(id),
                above: Vec3::new(median(0), all.max.y.min(4.0) + 0.6, median(2)),
            })
        })
        .take(MOST)
        .collect()
}

/// The plates of a plant, and those drawn in the last frame.
#[derive(Resource, Clone, Debug, Default)]
pub struct Plates {
    places: Vec<Place>,
    /// In the last frame.
    pub drawn: Vec<DrawnPlate>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Plates>()
        .add_systems(Startup, find_places);
}

fn find_places(view: Res<TwinView>, mut plates: ResMut<Plates>) {
    plates.places = places(view.twin.plant());
}

/// How opaque the plate of a line of this health is from a distance; `None` where there is none.
/// Paler where the labels of machines take over, but never so pale that it cannot be read; what is
/// abnormal never steps back.
pub fn opacity(distance: f32, worst: Health) -> Option<f32> {
    let share = (distance - FROM) / (0.25 * FROM);
    if share < 0.0 {
        None
    } else if worst > Health::Unknown {
        Some(1.0)
    } else {
        Some((0.75 + 0.25 * share).min(1.0))
    }
}

/// A plate that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnPlate {
    /// Whose.
    pub group: GroupId,
    /// Where, in points.
    pub rect: egui::Rect,
    /// What it says.
    pub name: String,
    /// The worst health of the group.
    pub health: Health,
}

/// Draws the plates of what is far away, beside what is `covered` already.
pub fn plates_ui(
    ui: &egui::Ui,
    rect: egui::Rect,
    view: &TwinView,
    rig: &CameraRig,
    groups: &GroupHealth,
    all: &mut Plates,
    covered: &[egui::Rect],
    out: &mut Vec<Command>,
) {
    all.drawn.clear();
    if !view.twin.view().labels.is_shown() {
        return;
    }
    let eye = camera::transform(&rig.pose()).translation;
    let painter = ui.painter().with_clip_rect(rect);
    let plant = view.twin.plant();
    let (mut wishes, mut plates) = (Vec::new(), Vec::new());
    for place in &all.places {
        let health = groups.worst(place.group);
        let (Some(shown), Some(group), Some(anchor)) = (
            opacity(eye.distance(place.above), health),
            plant.group(place.group),
            paint::on_screen(rect, rig, place.above),
        ) else {
            continue;
        };
        let abnormal: usize = Health::ALL
            .into_iter()
            .zip(groups.counts(place.group))
            .filter(|(health, _)| *health > Health::Unknown)
            .map(|(_, count)| count)
            .sum();
        let palette = theme::of(painter.ctx());
        let lay = |text: String, size: f32, colour: theme::Rgb| {
            painter.layout_no_wrap(text, egui::FontId::proportional(size), colour.egui())
        };
        let name = lay(group.name.to_string(), theme::TEXT_SIZE, palette.text);
        let count = if abnormal > 0 {
            format!("{abnormal} of {}", groups.size(place.group))
        } else {
            groups.size(place.group).to_string()
        };
        let count = lay(count, theme::TEXT_SIZE_SMALL, palette.text_weak);
        let width = PAD * 4.0 + theme::SYMBOL_SIZE + name.size().x + count.size().x;
        wishes.push(Wish {
            anchor,
            size: egui::vec2(width, HEIGHT),
            rank: 1e3 * f32::from(health as u8) + groups.size(place.group) as f32,
        });
        plates.push((place.group, health, name, count, shown));
    }
    let spots = place(&wishes, rect, MOST, covered);
    for ((spot, wish), (group, health, name, count, shown)) in
        spots.into_iter().zip(&wishes).zip(plates)
    {
        let Some(spot) = spot else { continue };
        let path = plant.group(group).map(|group| group.path.clone());
        let response = ui
            .interact(spot, ui.id().with(("plate", group.0)), egui::Sense::click())
            .on_hover_text("Fly there");
        if response.clicked()
            && let Some(path) = path
        {
            out.push(Command::Focus(path));
        }
        let palette = theme::of(painter.ctx());
        let mut painter = painter.clone();
        painter.set_opacity(shown);
        painter.line_segment(
            [egui::pos2(wish.anchor.x, spot.bottom()), wish.anchor],
            egui::Stroke::new(1.0, palette.text_weak.egui_alpha(140)),
        );
        let is_abnormal = health > Health::Unknown;
        let (edge, width) = if is_abnormal {
            (palette.health(health), 2.0)
        } else {
            (palette.line, 1.0)
        };
        painter.rect(
            spot,
            theme::ROUNDING,
            if response.hovered() {
                palette.hover
            } else {
                palette.field
            }
            .egui_alpha(240),
            egui::Stroke::new(width, edge.egui()),
            egui::StrokeKind::Inside,
        );
        let y = spot.center().y;
        let mut x = spot.left() + PAD;
        symbol::paint(
            &painter,
            egui::pos2(x + theme::SYMBOL_SIZE / 2.0, y),
            theme::SYMBOL_SIZE,
            health,
        );
        x += theme::SYMBOL_SIZE + PAD;
        let text = name.text().to_owned();
        for galley in [name, count] {
            let size = galley.size();
            painter.galley(egui::pos2(x, y - size.y / 2.0), galley, palette.text.egui());
            x += size.x + PAD;
        }
        all.drawn.push(DrawnPlate {
            group,
            rect: spot,
            name: text,
            health,
        });
    }
}
