//! [`Floor`]: where vehicles can drive between equipment, and the ways they take.
//!
//! Equipment stands on the floor as boxes; everything else can be driven on. A way is found with A*
//! (Hart, Nilsson and Raphael 1968) on a grid, where cells near equipment cost more, so that vehicles
//! keep to the middle of aisles; then it is pulled straight wherever there is room.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::layout::Pose;
use crate::model::process::Process;
use crate::model::{EquipmentId, Plant};

/// Side of a cell, m.
const CELL_M: f64 = 0.25;
/// What a vehicle needs to each side of its middle, m.
const CLEARANCE_M: f64 = 0.6;
/// Up to this distance from equipment a cell costs more, m.
const COMFORT_M: f64 = 1.5;
/// How far around the outermost equipment one may drive, m.
const MARGIN_M: f64 = 3.0;
/// How far from the side of an equipment a vehicle stops, from its middle, m.
const STOP_M: f64 = 0.9;
/// Cells of the largest floor that is looked at in detail; on a larger one vehicles drive straight.
const MAX_CELLS: usize = 4_000_000;
/// Equipment that begins above this height does not stand in the way, m.
const HEADROOM_M: f64 = 0.6;

/// The floor of a plant with what stands on it.
#[derive(Clone, Debug)]
pub struct Floor {
    origin: [f64; 2],
    columns: usize,
    rows: usize,
    /// Distance from the middle of each cell to the nearest equipment, m, up to [`COMFORT_M`].
    room: Vec<f32>,
}

impl Floor {
    /// The floor of `plant`. Vehicles and what hangs above their heads do not stand in the way.
    pub fn new(plant: &Plant) -> Self {
        let boxes: Vec<_> = plant
            .equipment
            .iter()
            .filter(|equipment| {
                !matches!(equipment.process, Process::Vehicle { .. })
                    && equipment.pose.position[1] < HEADROOM_M
            })
            .map(|equipment| (equipment.pose, equipment.size))
            .collect();
        let corners = || {
            boxes
                .iter()
                .flat_map(|(pose, size)| pose.corners(size[0], size[1]))
        };
        let low = |axis: usize| corners().map(|c| c[axis]).fold(f64::INFINITY, f64::min);
        let high = |axis: usize| corners().map(|c| c[axis]).fold(f64::NEG_INFINITY, f64::max);
        let origin = [low(0) - MARGIN_M, low(1) - MARGIN_M];
        let cells = |axis: usize| {
            let length = high(axis) + MARGIN_M - origin[axis];
            if length.is_finite() {
                (length / CELL_M).ceil() as usize
            } else {
                0
            }
        };
        let (columns, rows) = (cells(0), cells(1));
        if columns.saturating_mul(rows) > MAX_CELLS {
            return Self {
                origin,
                columns: 0,
                rows: 0,
                room: Vec::new(),
            };
        }
        let mut floor = Self {
            origin,
            columns,
            rows,
            room: vec![COMFORT_M as f32; columns * rows],
        };
        for (pose, size) in &boxes {
            floor.place(*pose, size[0], size[1]);
        }
        floor
    }

    /// Lowers the room of all cells near a box.
    fn place(&mut self, pose: Pose, length: f64, width: f64) {
        let reach = length.hypot(width) / 2.0 + COMFORT_M;
        let [x, _, z] = pose.position;
        let (sin, cos) = pose.heading.sin_cos();
        let range = |at: f64, origin: f64, count: usize| {
            let first = ((at - reach - origin) / CELL_M).floor().max(0.0) as usize;
            let last = ((at + reach - origin) / CELL_M).ceil().max(0.0) as usize;
            first..last.min(count)
        };
        for row in range(z, self.origin[1], self.rows) {
            for column in range(x, self.origin[0], self.columns) {
                let [cx, cz] = self.middle(column, row);
                let (dx, dz) = (cx - x, cz - z);
                // In the frame of the box.
                let (u, v) = (dx * cos - dz * sin, dx * sin + dz * cos);
                let outside_u = (u.abs() - length / 2.0).max(0.0);
                let outside_v = (v.abs() - width / 2.0).max(0.0);
                let distance = outside_u.hypot(outside_v) as f32;
                if let Some(room) = self.room.get_mut(row * self.columns + column) {
                    *room = room.min(distance);
                }
            }
        }
    }

    fn middle(&self, column: usize, row: usize) -> [f64; 2] {
        [
            self.origin[0] + (column as f64 + 0.5) * CELL_M,
            self.origin[1] + (row as f64 + 0.5) * CELL_M,
        ]
    }

    fn cell(&self, [x, z]: [f64; 2]) -> Option<usize> {
        let index = |at: f64, origin: f64, count: usize| {
            let cell = ((at - origin) / CELL_M).floor();
            (cell >= 0.0 && cell < count as f64).then_some(cell as usize)
        };
        let column = index(x, self.origin[0], self.columns)?;
        let row = index(z, self.origin[1], self.rows)?;
        Some(row * self.columns + column)
    }

    fn room_at(&self, cell: usize) -> f64 {
        self.room.get(cell).map_or(0.0, |room| f64::from(*room))
    }

    fn is_free(&self, point: [f64; 2]) -> bool {
        self.cell(point)
            .is_some_and(|cell| self.room_at(cell) >= CLEARANCE_M)
    }

    /// Where vehicle number `lane` of a fleet stops at an equipment: before its front, else behind
    /// it, else at its ends; each further vehicle a place to the side. `None` when there is no room.
    pub fn stop(&self, plant: &Plant, id: EquipmentId, lane: u32) -> Option<[f64; 2]> {
        let equipment = plant.equipment(id)?;
        let [length, width, _] = equipment.size;
        let aside =
            f64::from(lane.div_ceil(2)) * 1.6 * if lane.is_multiple_of(2) { -1.0 } else { 1.0 };
        let ahead = width / 2.0 + STOP_M;
        let beside = length / 2.0 + STOP_M;
        let places = [
            [aside, 0.0, ahead],
            [0.0, 0.0, ahead],
            [aside, 0.0, -ahead],
            [0.0, 0.0, -ahead],
            [beside, 0.0, aside],
            [-beside, 0.0, aside],
        ];
        places
            .into_iter()
            .map(|place| {
                let [x, _, z] = equipment.pose.transform(place);
                [x, z]
            })
            .find(|point| self.is_free(*point))
    }

    /// The way from one point to another as a list of corners, first and last included. A straight
    /// line when there is no way around.
    pub fn way(&self, from: [f64; 2], to: [f64; 2]) -> Vec<[f64; 2]> {
        let cells = match (self.cell(from), self.cell(to)) {
            (Some(start), Some(goal)) => self.search(start, goal),
            _ => None,
        };
        let Some(cells) = cells else {
            return vec![from, to];
        };
        let mut points = vec![from];
        points.extend(
            cells
                .iter()
                .skip(1)
                .take(cells.len().saturating_sub(2))
                .map(|cell| self.middle(cell % self.columns, cell / self.columns)),
        );
        points.push(to);
        self.straighten(&points)
    }

    /// A* over the eight neighbours of each cell; the cells from start to goal.
    fn search(&self, start: usize, goal: usize) -> Option<Vec<usize>> {
        let columns = self.columns as i64;
        let position = |cell: usize| (cell as i64 % columns, cell as i64 / columns);
        let (goal_column, goal_row) = position(goal);
        let estimate = |cell: usize| {
            let (column, row) = position(cell);
            let (dx, dz) = ((column - goal_column) as f64, (row - goal_row) as f64);
            dx.hypot(dz)
        };
        let mut cost = vec![f64::INFINITY; self.room.len()];
        let mut before = vec![u32::MAX; self.room.len()];
        *cost.get_mut(start)? = 0.0;
        // Costs are not negative, so their bits order like the numbers.
        let mut open = BinaryHeap::from([(Reverse(estimate(start).to_bits()), start)]);
        while let Some((Reverse(priority), cell)) = open.pop() {
            if cell == goal {
                let mut cells = vec![goal];
                let mut at = goal;
                while at != start {
                    at = *before.get(at)? as usize;
                    cells.push(at);
                }
                cells.reverse();
                return Some(cells);
            }
            let so_far = *cost.get(cell)?;
            if f64::from_bits(priority) > so_far + estimate(cell) + 1e-9 {
                continue;
            }
            let (column, row) = position(cell);
            for (dx, dz) in [
                (1, 0),
                (-1, 0),
                (0, 1),
                (0, -1),
                (1, 1),
                (1, -1),
                (-1, 1),
                (-1, -1),
            ] {
                let (column, row) = (column + dx, row + dz);
                if column < 0 || row < 0 || column >= columns || row >= self.rows as i64 {
                    continue;
                }
                let next = (row * columns + column) as usize;
                let room = self.room_at(next);
                if room < CLEARANCE_M && next != goal {
                    continue;
                }
                let step = if dx != 0 && dz != 0 {
                    std::f64::consts::SQRT_2
                } else {
                    1.0
                };
                let total = so_far + step * (1.0 + 1.5 * (COMFORT_M - room).max(0.0));
                if let (Some(known), Some(from)) = (cost.get_mut(next), before.get_mut(next))
                    && total < *known
                {
                    *known = total;
                    *from = cell as u32;
                    open.push((Reverse((total + estimate(next)).to_bits()), next));
                }
            }
        }
        None
    }

    /// Leaves out corners between which one can drive straight without coming nearer to equipment.
    fn straighten(&self, points: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let mut straight: Vec<[f64; 2]> = points.first().copied().into_iter().collect();
        let mut at = 0;
        while at + 1 < points.len() {
            let here = points.get(at).copied().unwrap_or_default();
            let mut next = at + 1;
            let furthest = points.len().min(at + 400);
            for candidate in (at + 2..furthest).rev() {
                if points
                    .get(candidate)
                    .is_some_and(|there| self.is_line_free(here, *there))
                {
                    next = candidate;
                    break;
                }
            }
            straight.extend(points.get(next).copied());
            at = next;
        }
        straight
    }

    fn is_line_free(&self, from: [f64; 2], to: [f64; 2]) -> bool {
        let steps = ((to[0] - from[0]).hypot(to[1] - from[1]) / (CELL_M / 2.0))
            .ceil()
            .max(1.0);
        (0..=steps as usize).all(|step| {
            let share = step as f64 / steps;
            let point = [
                from[0] + (to[0] - from[0]) * share,
                from[1] + (to[1] - from[1]) * share,
            ];
            self.cell(point)
                .is_some_and(|cell| self.room_at(cell) >= CLEARANCE_M)
        })
    }
}

/// Length of a way, m.
pub fn length_m(way: &[[f64; 2]]) -> f64 {
    way.windows(2)
        .filter_map(|pair| match pair {
            [a, b] => Some((b[0] - a[0]).hypot(b[1] - a[1])),
            _ => None,
        })
        .sum()
}

/// The point `distance` metres along a way; its ends beyond them.
pub fn point_along(way: &[[f64; 2]], distance: f64) -> [f64; 2] {
    let mut left = distance.max(0.0);
    for pair in way.windows(2) {
        let [a, b] = pair else { continue };
        let length = (b[0] - a[0]).hypot(b[1] - a[1]);
        if left <= length && length > 0.0 {
            let share = left / length;
            return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
        }
        left -= length;
    }
    way.last().copied().unwrap_or_default()
}
