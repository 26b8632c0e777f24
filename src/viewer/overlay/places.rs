//! Places for boxes that belong to points of the screen: no two overlap, and those that matter most
//! come first.

use bevy_egui::egui;

/// A box that wants a place near a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// The point it belongs to, in points of the screen.
    pub anchor: egui::Pos2,
    /// Its size.
    pub size: egui::Vec2,
    /// Who gets a place first: larger is first.
    pub rank: f32,
}

/// Room between two labels, points.
const GAP: f32 = 3.0;
/// How far above its point a label floats, points.
const LIFT: f32 = 10.0;

/// Gives each wish a place inside `view`, or none, so that no two places overlap, and none what is
/// `covered` already.
pub fn place(
    wishes: &[Wish],
    view: egui::Rect,
    most: usize,
    covered: &[egui::Rect],
) -> Vec<Option<egui::Rect>> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by(|a, b| wishes[*b].rank.total_cmp(&wishes[*a].rank).then(a.cmp(b)));
    let mut places = vec![None; wishes.len()];
    let mut taken = covered.to_vec();
    for at in order {
        if taken.len() >= most + covered.len() {
            break;
        }
        let wish = &wishes[at];
        if !view.contains(wish.anchor) {
            continue;
        }
        let (wide, high) = (wish.size.x, wish.size.y);
        let tries = [
            egui::vec2(-wide / 2.0, -LIFT - high),
            egui::vec2(8.0, -LIFT - high),
            egui::vec2(-wide - 8.0, -LIFT - high),
            egui::vec2(-wide / 2.0, -LIFT - 2.2 * high),
            egui::vec2(12.0, -LIFT - 2.2 * high),
            egui::vec2(-wide - 12.0, -LIFT - 2.2 * high),
        ];
        let free = tries
            .into_iter()
            .map(|by| egui::Rect::from_min_size(wish.anchor + by, wish.size))
            .find(|rect| {
                view.contains_rect(*rect)
                    && taken
                        .iter()
                        .all(|other| !other.expand(GAP).intersects(*rect))
            });
        if let Some(rect) = free {
            taken.push(rect);
            places[at] = Some(rect);
        }
    }
    places
}
