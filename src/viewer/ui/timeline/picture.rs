//! What lanes look like: runs of states and health, events, density and gaps as one mesh, and the
//! letters of states that are wide enough.

use std::ops::Range;

use bevy_egui::egui;

use super::axis::Axis;
use super::rows::{Content, Row};
use crate::command::Theme;
use crate::model::{Health, OperatingState, Timestamp};
use crate::timeline::lanes::{Cell, EventCell, LaneCells, Severity, Shown};
use crate::viewer::theme::{self, Palette, Rgb};

/// Wider than this, a run has the letter of its state, points.
const LETTER: f32 = 14.0;
/// Room between two lanes, points.
const BETWEEN: f32 = 2.0;

/// What the picture of the lanes depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Basis {
    pub revision: u64,
    pub axis: Axis,
    pub rows: Vec<Row>,
    pub rect: egui::Rect,
    pub scrolled: f32,
    pub theme: Theme,
    pub known: Option<Range<Timestamp>>,
}

/// All that is filled with colour, in one piece.
pub(super) fn mesh(basis: &Basis, shown: &Shown, palette: &Palette, top: f32) -> egui::Mesh {
    let mut mesh = egui::Mesh::default();
    let (axis, rect) = (basis.axis, basis.rect);
    let mut y = top;
    for row in &basis.rows {
        let lane = egui::Rangef::new(y + BETWEEN / 2.0, y + row.height - BETWEEN / 2.0);
        y += row.height;
        if y <= rect.top() || lane.min >= rect.bottom() {
            continue;
        }
        match &row.content {
            Content::Events => {
                for cell in shown.events.iter() {
                    event(&mut mesh, axis, lane, cell, palette);
                }
            }
            Content::Data => density(&mut mesh, axis, lane, shown, palette),
            Content::Plot(_) | Content::Futures | Content::More => {}
            Content::Health | Content::Equipment(_) | Content::Group(..) => {
                if let Some(cells) = row.lane().and_then(|id| shown.lanes.get(&id)) {
                    let is_health = row.content == Content::Health;
                    let is_group = matches!(row.content, Content::Group(..));
                    runs(cells, |from, to, (main, worst)| {
                        let span = start(cells, from)..start(cells, to).min(cells.until);
                        // Of many, some wait always: of a group only faults and maintenance are marked.
                        let worst = if is_group && !is_marked(worst) {
                            main
                        } else {
                            worst
                        };
                        if let Some(part) = axis.part(&span) {
                            let [main, worst] =
                                [main, worst].map(|code| colour(code, is_health, palette));
                            run(&mut mesh, part, lane, main, worst, is_health);
                        }
                    });
                }
            }
        }
    }
    for gap in shown.gaps.iter() {
        if let Some(part) = axis.part(&gap.span) {
            hatch(
                &mut mesh,
                egui::Rect::from_x_y_ranges(part, rect.y_range()),
                palette,
            );
        }
    }
    // What was not recorded, and what has not happened.
    let line = axis.span();
    let outside = match &basis.known {
        Some(known) => [line.start..known.start, known.end..line.end],
        None => [line.clone(), line.end..line.end],
    };
    for span in outside {
        if let Some(part) = axis.part(&span) {
            let place = egui::Rect::from_x_y_ranges(part, rect.y_range());
            mesh.add_colored_rect(place, palette.panel.egui());
        }
    }
    mesh
}

fn start(cells: &LaneCells, at: usize) -> Timestamp {
    Timestamp::from_nanos((cells.first + at as i64).saturating_mul(cells.width))
}

/// Calls `each` with every run of equal cells of which something is known.
fn runs(cells: &LaneCells, mut each: impl FnMut(usize, usize, (u8, u8))) {
    let mut from = 0;
    while let Some(cell) = cells.cells.get(from) {
        let length = cells
            .cells
            .iter()
            .skip(from)
            .take_while(|other| *other == cell)
            .count();
        if let (Some(main), Some(worst)) = (cell.main, cell.worst) {
            each(from, from + length, (main, worst));
        }
        from += length;
    }
}

/// Whether a state in it marks a whole group.
fn is_marked(code: u8) -> bool {
    let state = OperatingState::ALL.get(code as usize);
    matches!(
        state,
        Some(OperatingState::Held | OperatingState::Maintenance)
    )
}

fn colour(code: u8, is_health: bool, palette: &Palette) -> Rgb {
    if is_health {
        let health = Health::ALL.get(code as usize).copied().unwrap_or_default();
        match health {
            // Grey is good, and pale.
            Health::Good => palette.chip,
            Health::Unknown => palette.stale,
            other => palette.health(other),
        }
    } else {
        let state = OperatingState::ALL
            .get(code as usize)
            .copied()
            .unwrap_or_default();
        palette.state(state)
    }
}

/// What lasted longest, and below it what was worst: never narrower than can be seen.
fn run(
    mesh: &mut egui::Mesh,
    part: egui::Rangef,
    lane: egui::Rangef,
    main: Rgb,
    worst: Rgb,
    is_health: bool,
) {
    let place = egui::Rect::from_x_y_ranges(part, lane);
    if worst == main {
        mesh.add_colored_rect(place, main.egui());
        return;
    }
    if !is_health {
        mesh.add_colored_rect(place, main.egui());
    }
    let share = if is_health { 1.0 } else { 0.5 };
    let wide = egui::Rangef::new(part.min, part.max.max(part.min + 2.0));
    let low = egui::Rangef::new(lane.max - lane.span() * share, lane.max);
    mesh.add_colored_rect(egui::Rect::from_x_y_ranges(wide, low), worst.egui());
}

/// Colour and height of a severity: it rests on both.
pub fn severity(severity: Severity, palette: &Palette) -> (Rgb, f32) {
    match severity {
        Severity::Info => (palette.text_weak, 0.3),
        Severity::Low => (palette.health(Health::MaintenanceRequired), 0.5),
        Severity::Medium => (palette.health(Health::OutOfSpecification), 0.65),
        Severity::High => (palette.health(Health::FunctionCheck), 0.85),
        Severity::Critical => (palette.health(Health::Failure), 1.0),
    }
}

fn event(
    mesh: &mut egui::Mesh,
    axis: Axis,
    lane: egui::Rangef,
    cell: &EventCell,
    palette: &Palette,
) {
    let at = Timestamp::from_nanos(cell.bucket.saturating_mul(cell.width));
    let x = axis.x(at);
    if !(axis.left..=axis.right).contains(&x) {
        return;
    }
    let (ink, share) = severity(cell.worst(), palette);
    let high = egui::Rangef::new(lane.max - lane.span() * share, lane.max);
    let wide = egui::Rangef::new(x - 1.0, x + 1.5);
    mesh.add_colored_rect(egui::Rect::from_x_y_ranges(wide, high), ink.egui());
}

fn density(
    mesh: &mut egui::Mesh,
    axis: Axis,
    lane: egui::Rangef,
    shown: &Shown,
    palette: &Palette,
) {
    let density = &shown.density;
    let most = density.counts.iter().copied().max().unwrap_or(0).max(1);
    let ink = palette.text_weak.mix(palette.field, 0.35).egui();
    for (count, at) in density
        .counts
        .iter()
        .zip(0..)
        .filter(|(count, _)| **count > 0)
    {
        let from = Timestamp::from_nanos((density.first + at).saturating_mul(density.width));
        let to = Timestamp::from_nanos((density.first + at + 1).saturating_mul(density.width));
        if let Some(part) = axis.part(&(from..to)) {
            // Few are seen, too.
            let share = (*count as f32 / most as f32).sqrt().max(0.15);
            let high = egui::Rangef::new(lane.max - lane.span() * share, lane.max);
            mesh.add_colored_rect(egui::Rect::from_x_y_ranges(part, high), ink);
        }
    }
}

/// Oblique lines over a span of which something is not known.
pub fn hatch(mesh: &mut egui::Mesh, rect: egui::Rect, palette: &Palette) {
    mesh.add_colored_rect(rect, palette.stale.egui_alpha(200));
    let ink = palette.text_weak.egui_alpha(90);
    let (step, wide) = (7.0_f32, 1.6_f32);
    let height = rect.height();
    // On one grid for the whole screen, so that gaps that meet are one.
    let mut x = ((rect.left() - height) / step).floor() * step;
    while x < rect.right() {
        // A line from the foot at `x` up to the right, cut at the sides.
        let from = (rect.left() - x).max(0.0).min(height);
        let to = (rect.right() - x).min(height);
        if to > from {
            let base = mesh.vertices.len() as u32;
            for (along, aside) in [(from, 0.0), (from, wide), (to, wide), (to, 0.0)] {
                let point =
                    egui::pos2((x + along + aside).min(rect.right()), rect.bottom() - along);
                mesh.colored_vertex(point, ink);
            }
            mesh.add_triangle(base, base + 1, base + 2);
            mesh.add_triangle(base, base + 2, base + 3);
        }
        x += step;
    }
}

/// The letter of a state where there is room for it.
pub(super) fn letters(painter: &egui::Painter, rect: egui::Rect, axis: Axis, cells: &LaneCells) {
    let palette = theme::of(painter.ctx());
    let font = egui::FontId::proportional(theme::TEXT_SIZE_SMALL - 1.0);
    // A run of one main state, whatever else happened in it.
    let mut from = 0;
    while let Some(cell) = cells.cells.get(from) {
        let same = |other: &&Cell| other.main == cell.main;
        let length = cells.cells.iter().skip(from).take_while(same).count();
        let span = start(cells, from)..start(cells, from + length).min(cells.until);
        from += length;
        let Some((state, _)) = cell.states() else {
            continue;
        };
        let Some(part) = axis.part(&span).filter(|part| part.span() >= LETTER) else {
            continue;
        };
        if state == OperatingState::Unknown {
            continue;
        }
        let ground = palette.state(state);
        painter.text(
            egui::pos2(part.min + 4.0, rect.center().y),
            egui::Align2::LEFT_CENTER,
            theme::state_letter(state),
            font.clone(),
            palette.ink_on(ground).egui(),
        );
    }
}
