//! Labels above equipment: alarm shape, state letter, name and key value, in boxes that never
//! overlap; from further away only shape and letter.
//!
//! What is selected, under the mouse or abnormal comes first, then what is near. A label fades
//! with distance; one that finds no free place is left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::egui;

use super::places::{Wish, place};
use super::symbol;
use crate::command::Visibility;
use crate::model::{EquipmentId, Freshness, Health, OperatingState, Value};
use crate::viewer::camera::{self, CameraRig};
use crate::viewer::plant::key_signal;
use crate::viewer::selection::{Hovered, Proxies};
use crate::viewer::{TwinView, theme};

/// Equipment that may get a label in this frame, and what is abnormal in the plant.
#[derive(Resource, Clone, Debug, Default)]
pub struct Labels {
    candidates: Vec<u32>,
    /// One bit per equipment: a change costs the same in any plant.
    abnormal: Vec<u64>,
    is_filled: bool,
}

impl Labels {
    /// Equipment whose health is abnormal, in order of id.
    pub fn abnormal(&self) -> impl Iterator<Item = EquipmentId> + '_ {
        let words = self.abnormal.iter().zip(0_u32..);
        words
            .filter(|(word, _)| **word != 0)
            .flat_map(|(word, at)| {
                (0..64)
                    .filter(move |bit| word >> bit & 1 == 1)
                    .map(move |bit| EquipmentId(at * 64 + bit))
            })
    }

    /// Whether the health of an equipment is abnormal.
    pub fn is_abnormal(&self, id: EquipmentId) -> bool {
        self.abnormal
            .get(id.index() / 64)
            .is_some_and(|word| word >> (id.0 % 64) & 1 == 1)
    }

    fn set(&mut self, id: EquipmentId, is_abnormal: bool) {
        let bit = 1 << (id.0 % 64);
        if let Some(word) = self.abnormal.get_mut(id.index() / 64) {
            *word = if is_abnormal {
                *word | bit
            } else {
                *word & !bit
            };
        }
    }
}

/// Abnormal equipment that is labelled however far away, at most.
const FAR_MOST: usize = 60;

/// Gathers who may get a label: what is near the eye, abnormal, selected or under the mouse.
pub fn collect(
    view: Res<TwinView>,
    rig: Res<CameraRig>,
    proxies: Res<Proxies>,
    hovered: Res<Hovered>,
    mut labels: ResMut<Labels>,
) {
    let labels = &mut *labels;
    let health = |id: EquipmentId| view.snapshot.health.get(id.index()).map(|one| one.health);
    let is_abnormal = |id| health(id).is_some_and(|health| health > Health::Unknown);
    if labels.is_filled {
        for &id in &view.snapshot.changed_equipment {
            labels.set(id, is_abnormal(id));
        }
    } else {
        let count = view.snapshot.health.len();
        labels.abnormal.resize(count.div_ceil(64), 0);
        for id in (0..count as u32).map(EquipmentId) {
            labels.set(id, is_abnormal(id));
        }
        labels.is_filled = true;
    }
    labels.candidates.clear();
    if view.twin.view().labels == Visibility::Hidden {
        labels
            .candidates
            .extend(view.twin.view().selection.map(|id| id.0));
    } else {
        let eye = camera::transform(&rig.pose()).translation;
        proxies.within(eye, theme::LABEL_DISTANCE, &mut labels.candidates);
        labels.candidates.truncate(2_000);
        let abnormal: Vec<u32> = labels.abnormal().take(FAR_MOST).map(|id| id.0).collect();
        labels.candidates.extend(abnormal);
        labels
            .candidates
            .extend(view.twin.view().selection.map(|id| id.0));
        labels.candidates.extend(hovered.0.map(|id| id.0));
    }
    let hidden = &view.twin.view().unlabelled;
    if !hidden.is_empty() {
        labels.candidates.retain(|id| {
            let id = EquipmentId(*id);
            !hidden.contains(&id) || hovered.0 == Some(id)
        });
    }
    labels.candidates.sort_unstable();
    labels.candidates.dedup();
}

/// How much a label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Shape, letter, name and key value.
    Near,
    /// Shape and letter.
    Far,
}

impl Detail {
    /// Of a label so far from the eye, m.
    pub fn at(depth: f32) -> Self {
        if depth <= NEAR * theme::LABEL_DISTANCE {
            Self::Near
        } else {
            Self::Far
        }
    }
}

/// Share of the distance at which labels are gone, up to which they say everything.
const NEAR: f32 = 2.0 / 3.0;

/// A value with its unit, as people read it: at most four significant digits.
pub fn value_text(value: Value, unit: &str) -> String {
    let number = match value {
        Value::Null => return "–".to_owned(),
        Value::Float(number) if !number.is_finite() => return "–".to_owned(),
        Value::Float(number) => {
            let size = number.abs();
            let decimals = if size >= 1000.0 || size == 0.0 {
                0
            } else if size >= 100.0 {
                1
            } else if size >= 1.0 {
                2 - usize::from(size >= 10.0)
            } else {
                3
            };
            format!("{number:.decimals$}")
        }
        Value::Boolean(value) => return if value { "on" } else { "off" }.to_owned(),
        other => other.to_string(),
    };
    if unit.is_empty() {
        number
    } else {
        format!("{number}\u{202f}{unit}")
    }
}

/// What a label says.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Name of the equipment.
    pub name: String,
    /// Operating state.
    pub state: OperatingState,
    /// Health.
    pub health: Health,
    /// Key value with unit.
    pub value: Option<String>,
    /// Whether the value, or the whole equipment, is stale.
    pub is_stale: bool,
}

impl Content {
    /// Of an equipment at the instant of the view's snapshot.
    pub fn of(view: &TwinView, id: EquipmentId) -> Option<Self> {
        let plant = view.twin.plant();
        let snapshot = &view.snapshot;
        let equipment = plant.equipment(id)?;
        let health = snapshot.health.get(id.index())?.health;
        let key = key_signal(plant, equipment);
        let freshness = key.and_then(|key| snapshot.freshness.get(key.index()).copied());
        let value = key
            .filter(|_| freshness != Some(Freshness::NeverReceived))
            .and_then(|key| {
                let value = *snapshot.values.get(key.index())?;
                Some(value_text(value, plant.signal(key)?.spec.unit.symbol))
            });
        let is_bad = key
            .and_then(|key| snapshot.qualities.get(key.index()))
            .is_some_and(|quality| !quality.is_usable());
        Some(Self {
            name: equipment.name.to_string(),
            state: *snapshot.states.get(id.index())?,
            health,
            value,
            is_stale: health == Health::Unknown || freshness == Some(Freshness::Stale) || is_bad,
        })
    }
}

/// What futures say of an equipment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ahead {
    /// Shares of time in its states, in the order of [`OperatingState::ALL`].
    pub shares: [f32; OperatingState::ALL.len()],
    /// Share of time in which it holds all others back; of the one that does most.
    pub holds_back: Option<f32>,
}

/// What futures say of equipment, as far as they do.
pub type AllAhead = BTreeMap<EquipmentId, Ahead>;

/// A label that was drawn: of whom, where, and what it says. For tests and for the mouse.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnLabel {
    /// Whose.
    pub equipment: EquipmentId,
    /// Where, in points.
    pub rect: egui::Rect,
    /// What it could say.
    pub content: Content,
    /// How much of it is said.
    pub detail: Detail,
    /// What futures say of it.
    pub ahead: Option<Ahead>,
    /// The words as they were laid out: name, value and what futures say.
    pub words: [Option<Arc<egui::Galley>>; 3],
}

/// Draws the labels beside what is `covered`, and returns them.
pub fn paint(
    painter: &egui::Painter,
    rect: egui::Rect,
    view: &TwinView,
    rig: &CameraRig,
    proxies: &Proxies,
    labels: &Labels,
    hovered: Option<EquipmentId>,
    ahead: Option<&AllAhead>,
    covered: &[egui::Rect],
) -> Vec<DrawnLabel> {
    let selection = view.twin.view().selection;
    let aspect = rect.width() / rect.height().max(1.0);
    let (mut wishes, mut drawn) = (Vec::new(), Vec::new());
    for &id in &labels.candidates {
        let id = EquipmentId(id);
        let (Some(proxy), Some(equipment)) = (proxies.get(id), view.twin.plant().equipment(id))
        else {
            continue;
        };
        let anchor = equipment.kind.label_anchor.map(|at| at as f32);
        let above = Vec3::new(anchor[0], anchor[1] - proxy.half.y, anchor[2]);
        let point = proxy.centre + Quat::from_rotation_y(proxy.heading) * above;
        let Some((at, depth)) = rig.project(point, aspect) else {
            continue;
        };
        let is_chosen = selection == Some(id) || hovered == Some(id);
        let is_abnormal = labels.is_abnormal(id);
        let says_something = key_signal(view.twin.plant(), equipment).is_some()
            || view
                .snapshot
                .states
                .get(id.index())
                .is_some_and(|state| *state != OperatingState::Unknown);
        let is_readable = depth <= theme::LABEL_DISTANCE && says_something;
        if !is_readable && !is_chosen && !is_abnormal {
            continue;
        }
        let anchor = egui::pos2(
            rect.center().x + at.x * rect.width() / 2.0,
            rect.center().y - at.y * rect.height() / 2.0,
        );
        if !rect.contains(anchor) {
            continue;
        }
        let Some(content) = Content::of(view, id) else {
            continue;
        };
        let detail = if is_chosen {
            Detail::Near
        } else {
            Detail::at(depth)
        };
        let ahead = ahead.and_then(|all| all.get(&id)).copied();
        let shapes = Shapes::new(painter, &content, ahead, detail);
        if shapes.is_empty() {
            continue;
        }
        let rank = if is_chosen { 2e4 } else { 0.0 }
            + if is_abnormal {
                1e4 + 1e3 * f32::from(content.health as u8)
            } else {
                0.0
            }
            - depth;
        wishes.push(Wish {
            anchor,
            size: shapes.size,
            rank,
        });
        // Faint, but never so faint that it cannot be read.
        let fade = if is_chosen || is_abnormal {
            1.0
        } else {
            1.0 - 0.3 * (depth / theme::LABEL_DISTANCE)
        };
        drawn.push((id, content, shapes, fade, is_chosen, detail));
    }
    let places = place(&wishes, rect, theme::LABELS_MOST, covered);
    let mut shown = Vec::new();
    for ((place, wish), (id, content, shapes, fade, is_chosen, detail)) in
        places.into_iter().zip(&wishes).zip(drawn).rev()
    {
        if let Some(place) = place {
            shapes.paint(painter, place, wish.anchor, fade, is_chosen, &content);
            shown.push(DrawnLabel {
                equipment: id,
                rect: place,
                content,
                detail,
                ahead: shapes.ahead,
                words: [shapes.name, shapes.value, shapes.holds_back],
            });
        }
    }
    shown
}

struct Shapes {
    size: egui::Vec2,
    name: Option<Arc<egui::Galley>>,
    value: Option<Arc<egui::Galley>>,
    holds_back: Option<Arc<egui::Galley>>,
    ahead: Option<Ahead>,
    has_symbol: bool,
    has_state: bool,
}

const PAD: f32 = 5.0;
const CHIP: f32 = 15.0;
/// Height of the bar of what futures say, points.
const BAR: f32 = 3.0;

impl Shapes {
    fn new(
        painter: &egui::Painter,
        content: &Content,
        ahead: Option<Ahead>,
        detail: Detail,
    ) -> Self {
        let holds_back = ahead.and_then(|ahead| ahead.holds_back);
        // What holds all others back is known by its name, however far away.
        let is_short = detail == Detail::Far && holds_back.is_none();
        let has_symbol = content.health > Health::Unknown;
        let lay = |text: &str, size, colour: theme::Rgb| {
            painter.layout_no_wrap(
                text.to_owned(),
                egui::FontId::proportional(size),
                colour.egui(),
            )
        };
        let palette = theme::of(painter.ctx());
        let text = if content.is_stale {
            palette.text_weak
        } else {
            palette.text
        };
        let name = (!is_short).then(|| lay(&content.name, theme::TEXT_SIZE_SMALL, text));
        let value = content.value.as_deref().filter(|_| !is_short).map(|value| {
            let value = if content.is_stale {
                format!("({value})")
            } else {
                value.to_owned()
            };
            lay(&value, theme::TEXT_SIZE_SMALL, text)
        });
        let holds_back = holds_back.map(|share| {
            let text = format!("holds back {:.0} %", 100.0 * share);
            lay(&text, theme::TEXT_SIZE_SMALL, palette.selection)
        });
        let has_state = content.state != OperatingState::Unknown;
        let mut wide = PAD;
        if has_symbol {
            wide += theme::SYMBOL_SIZE + PAD;
        }
        if has_state {
            wide += CHIP + PAD;
        }
        for galley in name.iter().chain(&value).chain(&holds_back) {
            wide += galley.size().x + PAD;
        }
        Self {
            size: egui::vec2(wide, theme::ROW),
            name,
            value,
            holds_back,
            ahead,
            has_symbol,
            has_state,
        }
    }

    /// Whether there is nothing to be said.
    fn is_empty(&self) -> bool {
        !self.has_symbol && !self.has_state && self.name.is_none()
    }

    fn paint(
        &self,
        painter: &egui::Painter,
        rect: egui::Rect,
        anchor: egui::Pos2,
        fade: f32,
        is_chosen: bool,
        content: &Content,
    ) {
        let mut painter = painter.clone();
        painter.set_opacity(fade);
        let foot = egui::pos2(
            anchor.x.clamp(rect.left() + 4.0, rect.right() - 4.0),
            rect.bottom(),
        );
        let palette = theme::of(painter.ctx());
        let edge = if is_chosen {
            palette.selection
        } else {
            palette.line
        };
        painter.line_segment(
            [foot, anchor],
            egui::Stroke::new(1.0, palette.text_weak.egui_alpha(150)),
        );
        painter.circle_filled(anchor, 1.8, palette.text_weak.egui());
        let fill = if content.is_stale {
            palette.stale
        } else {
            palette.field
        };
        painter.rect(
            rect,
            theme::ROUNDING,
            fill.egui_alpha(238),
            egui::Stroke::new(if is_chosen { 1.5 } else { 1.0 }, edge.egui()),
            egui::StrokeKind::Inside,
        );
        let mut x = rect.left() + PAD;
        let y = rect.center().y;
        if self.has_symbol {
            let half = theme::SYMBOL_SIZE / 2.0;
            symbol::paint(
                &painter,
                egui::pos2(x + half, y),
                theme::SYMBOL_SIZE,
                content.health,
            );
            x += theme::SYMBOL_SIZE + PAD;
        }
        if self.has_state {
            symbol::paint_state(&painter, egui::pos2(x + CHIP / 2.0, y), CHIP, content.state);
            x += CHIP + PAD;
        }
        if let Some(ahead) = &self.ahead {
            bar(&painter, rect, ahead);
        }
        for galley in self.name.iter().chain(&self.value).chain(&self.holds_back) {
            let at = egui::pos2(x, y - galley.size().y / 2.0);
            painter.galley(at, galley.clone(), palette.text.egui());
            x += galley.size().x + PAD;
        }
    }
}

/// The shares of time in the states, along the lower edge of a label.
fn bar(painter: &egui::Painter, rect: egui::Rect, ahead: &Ahead) {
    let palette = theme::of(painter.ctx());
    let room = rect.shrink2(egui::vec2(PAD, 1.0));
    let y = room.bottom() - BAR..=room.bottom();
    let mut left = room.left();
    for (state, share) in OperatingState::ALL.into_iter().zip(ahead.shares) {
        let right = left + share * room.width();
        let part = egui::Rect::from_x_y_ranges(left..=right, y.clone());
        painter.rect_filled(part, 0.0, palette.state(state).egui());
        left = right;
    }
}
