//! Where equipment stands: a row for what the scene does not place, and footprints that overlap.

use std::collections::HashMap;

use crate::model::layout::overlap_depth;

use super::diagnostic::{Report, quote};
use super::equipment::EquipmentList;

/// Clear space between two equipment that are put in a row, m.
const ROW_GAP: f64 = 1.0;
/// A row is begun anew beyond this length, m (or the square root of what there is to place).
const ROW_LENGTH: f64 = 60.0;
/// Footprints may overlap by this much: models touch, and drawings are not exact, m.
const TOLERANCE: f64 = 0.05;
/// A footprint covers at most this many cells of the look-up grid before it is compared with all.
const MAX_CELLS: f64 = 4096.0;

/// Puts the equipment without a place into rows, in scene order, south of everything else.
pub(super) fn place_rest(list: &mut EquipmentList<'_>) {
    let mut south = f64::NEG_INFINITY;
    let mut area = 0.0;
    let mut waiting = Vec::new();
    for (index, (equipment, note)) in list.equipment.iter().zip(&list.notes).enumerate() {
        let [length, width, _] = equipment.size;
        if note.is_placed {
            for [_, z] in equipment.pose.corners(length, width) {
                south = south.max(z);
            }
        } else {
            area += (length + ROW_GAP) * (width + ROW_GAP);
            waiting.push(index);
        }
    }
    let row_length = f64::max(ROW_LENGTH, 2.0 * area.sqrt());
    let mut row_start = if south.is_finite() {
        south + ROW_GAP
    } else {
        0.0
    };
    let (mut x, mut row_width) = (0.0, 0.0);
    for index in waiting {
        let Some(equipment) = list.equipment.get_mut(index) else {
            continue;
        };
        let [length, width, _] = equipment.size;
        // The box around the footprint as it is turned.
        let (sin, cos) = equipment.pose.heading.sin_cos();
        let across = length * cos.abs() + width * sin.abs();
        let deep = length * sin.abs() + width * cos.abs();
        if x > 0.0 && x + across > row_length {
            row_start += row_width + ROW_GAP;
            (x, row_width) = (0.0, 0.0);
        }
        equipment.pose.position = [x + across / 2.0, 0.0, row_start + deep / 2.0];
        x += across + ROW_GAP;
        row_width = f64::max(row_width, deep);
    }
}

/// Notes every pair of footprints that overlap by more than the tolerance.
///
/// A grid whose cells are as large as a usual footprint finds the neighbours, so the cost follows
/// the number of equipment, not its square.
pub(super) fn check_overlaps(report: &Report, list: &EquipmentList<'_>) {
    struct Footprint {
        index: usize,
        corners: [[f64; 2]; 4],
        low: [f64; 2],
        high: [f64; 2],
        bottom: f64,
        top: f64,
    }
    let footprints: Vec<Footprint> = list
        .equipment
        .iter()
        .zip(&list.notes)
        .enumerate()
        .filter(|(_, (_, note))| !note.may_overlap)
        .map(|(index, (equipment, _))| {
            let [length, width, height] = equipment.size;
            let corners = equipment.pose.corners(length, width);
            let extreme = |pick: fn(f64, f64) -> f64| {
                corners
                    .into_iter()
                    .reduce(|[ax, az], [bx, bz]| [pick(ax, bx), pick(az, bz)])
                    .unwrap_or_default()
            };
            let [_, bottom, _] = equipment.pose.position;
            Footprint {
                index,
                corners,
                low: extreme(f64::min),
                high: extreme(f64::max),
                bottom,
                top: bottom + height,
            }
        })
        .collect();
    let mut sides: Vec<f64> = footprints
        .iter()
        .map(|footprint| {
            let ([lx, lz], [hx, hz]) = (footprint.low, footprint.high);
            f64::max(hx - lx, hz - lz)
        })
        .collect();
    sides.sort_unstable_by(f64::total_cmp);
    let cell = sides.get(sides.len() / 2).copied().unwrap_or(1.0).max(0.1);
    let to_cell = |value: f64| (value / cell).floor() as i64;

    let mut grid: HashMap<(i64, i64), Vec<usize>> = HashMap::new();
    let mut wide: Vec<usize> = Vec::new();
    for (slot, footprint) in footprints.iter().enumerate() {
        if report.is_full() {
            return;
        }
        let ([lx, lz], [hx, hz]) = (footprint.low, footprint.high);
        let cells = ((hx - lx) / cell + 1.0) * ((hz - lz) / cell + 1.0);
        let mut near: Vec<usize> = wide.clone();
        if cells > MAX_CELLS {
            near = (0..slot).collect();
            wide.push(slot);
        } else {
            for i in to_cell(lx)..=to_cell(hx) {
                for j in to_cell(lz)..=to_cell(hz) {
                    let entry = grid.entry((i, j)).or_default();
                    near.extend(entry.iter());
                    entry.push(slot);
                }
            }
        }
        near.sort_unstable();
        near.dedup();
        for other in near.into_iter().filter_map(|other| footprints.get(other)) {
            let is_apart = other.top <= footprint.bottom || footprint.top <= other.bottom;
            let depth = overlap_depth(&footprint.corners, &other.corners);
            if is_apart || depth <= TOLERANCE {
                continue;
            }
            let (Some(equipment), Some(note), Some(first)) = (
                list.equipment.get(footprint.index),
                list.notes.get(footprint.index),
                list.equipment.get(other.index),
            ) else {
                continue;
            };
            report.error(
                note.at,
                format!(
                    "{} overlaps {} by {depth:.2} m",
                    quote(&equipment.path),
                    quote(&first.path)
                ),
                "move one of them, or add may_overlap = true if it is meant".to_owned(),
            );
        }
    }
}
