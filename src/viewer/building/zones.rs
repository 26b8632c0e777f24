//! What the floor is for: where machines work, where one drives and where one walks, worked out from
//! nothing but the layout.

use bevy::math::Vec2;

use super::field::{Field, Rectangle};
use crate::model::kind::Drive;
use crate::model::process::Process;
use crate::model::{Equipment, Plant};

/// Distance of two points of the grid, m.
const STEP: f32 = 0.25;
/// Floor around equipment that belongs to it, m.
const WORK_MARGIN: f32 = 0.9;
/// As far is the distance from equipment worked out, m.
const REACH: f32 = 3.5;
/// Bays narrower than twice this between machines of a row belong to the row, m.
const CLOSE: f32 = 1.5;
/// Width of an aisle, at least and at most, m: DIN 18225 asks for 1.25 m and more.
const AISLE: [f32; 2] = [1.6, 3.2];
/// Length of an aisle at least, m.
const AISLE_LENGTH: f32 = 12.0;
/// Aisles in each direction, at most.
const AISLES_MOST: usize = 8;
/// Free floor beside an aisle that makes no second one, m.
const AISLES_APART: f32 = 3.0;
/// Width of the walk along the walls, m.
const WALK: f32 = 1.2;
/// From the wall to that walk, m.
const WALK_FROM_WALL: f32 = 0.8;
/// Equipment that begins above this height takes no floor, m.
const HEADROOM: f64 = 0.6;
/// What a handler reaches beyond its footprint, m.
const HANDLER_REACH: f32 = 0.95;

/// The floor's parts.
#[derive(Clone, Debug)]
pub struct Zones {
    /// Negative where machines work.
    pub work: Field,
    /// Negative on aisles.
    pub aisles: Field,
    /// Negative on the walk along the walls.
    pub walk: Field,
    /// Middle and radius of what handlers (robots, gantries) reach, m.
    pub handlers: Vec<(Vec2, f32)>,
}

/// Whether an equipment stands on the floor, where it is.
pub fn stands(equipment: &Equipment) -> bool {
    let drives = equipment.kind.motions.iter().any(|motion| {
        matches!(
            motion.drive,
            Drive::PositionX | Drive::PositionZ | Drive::Heading
        )
    });
    !drives && equipment.pose.position[1] < HEADROOM
}

impl Zones {
    /// Of a plant in a hall.
    pub fn new(plant: &Plant, hall: Rectangle) -> Self {
        let mut distance = Field::new(hall, STEP, REACH);
        for one in plant.equipment.iter().filter(|one| stands(one)) {
            distance.place(&one.pose, one.size[0], one.size[1], REACH);
        }
        let work = distance.closed(WORK_MARGIN, CLOSE);
        let outer = hall.grown(-WALK_FROM_WALL);
        let inner = outer.grown(-WALK);
        let walk = work.with(|at, work| {
            let ring = outer.distance(at).max(-inner.distance(at));
            ring.max(0.15 - work)
        });
        let free = Free::new(&work, inner.grown(-0.3));
        let mut aisles = free.aisles(Along::X);
        aisles.extend(free.aisles(Along::Z));
        let aisles = work.with(|at, _| {
            aisles
                .iter()
                .map(|aisle| aisle.distance(at))
                .fold(f32::INFINITY, f32::min)
                .min(1e3)
        });
        let handlers = plant
            .equipment
            .iter()
            .filter(|one| stands(one) && matches!(one.process, Process::Handler(_)))
            .map(|one| {
                let [x, _, z] = one.pose.position.map(|at| at as f32);
                let reach = one.size[0].max(one.size[1]) as f32 / 2.0 + HANDLER_REACH;
                (Vec2::new(x, z), reach)
            })
            .collect();
        Self {
            work,
            aisles,
            walk,
            handlers,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Along {
    X,
    Z,
}

/// Cells that nothing stands on.
struct Free<'a> {
    grid: &'a Field,
    is_free: Vec<bool>,
    columns: usize,
    rows: usize,
}

impl<'a> Free<'a> {
    fn new(work: &'a Field, within: Rectangle) -> Self {
        let [columns, rows] = work.count.map(|count| count.saturating_sub(1));
        let mut is_free = vec![false; columns * rows];
        for row in 0..rows {
            for column in 0..columns {
                let middle = work.point(column, row) + work.step / 2.0;
                let clear = [(0, 0), (1, 0), (0, 1), (1, 1)]
                    .iter()
                    .all(|(x, z)| work.at(column + x, row + z) > 0.1);
                is_free[row * columns + column] = clear && within.distance(middle) < 0.0;
            }
        }
        Self {
            grid: work,
            is_free,
            columns,
            rows,
        }
    }

    /// Long free rectangles in one direction, the best first, none over another.
    fn aisles(&self, along: Along) -> Vec<Rectangle> {
        let mut taken = vec![false; self.is_free.len()];
        let mut found = Vec::new();
        while found.len() < AISLES_MOST {
            let Some([low, high]) = self.best(along, &taken) else {
                break;
            };
            // What is left beside it is no aisle of its own.
            let apart = (AISLES_APART / self.grid.step) as usize;
            let [beside_x, beside_z] = match along {
                Along::X => [0, apart],
                Along::Z => [apart, 0],
            };
            let rows = low[1].saturating_sub(beside_z)..(high[1] + beside_z).min(self.rows);
            let columns = low[0].saturating_sub(beside_x)..(high[0] + beside_x).min(self.columns);
            for row in rows {
                for column in columns.clone() {
                    if let Some(cell) = taken.get_mut(row * self.columns + column) {
                        *cell = true;
                    }
                }
            }
            let mut aisle = Rectangle {
                min: self.grid.point(low[0], low[1]),
                max: self.grid.point(high[0], high[1]),
            };
            // In the middle of what is free.
            let spare = match along {
                Along::X => Vec2::new(0.0, (aisle.size().y - AISLE[1]).max(0.0)),
                Along::Z => Vec2::new((aisle.size().x - AISLE[1]).max(0.0), 0.0),
            };
            aisle.min += spare / 2.0;
            aisle.max -= spare / 2.0;
            found.push(aisle);
        }
        found
    }

    /// The best free rectangle of cells, by the largest rectangle under a histogram, row by row.
    fn best(&self, along: Along, taken: &[bool]) -> Option<[[usize; 2]; 2]> {
        let step = self.grid.step;
        let mut best: Option<(f32, [[usize; 2]; 2])> = None;
        let mut heights = vec![0_usize; self.columns];
        let mut stack: Vec<(usize, usize)> = Vec::new();
        for row in 0..self.rows {
            for (column, height) in heights.iter_mut().enumerate() {
                let cell = row * self.columns + column;
                let is_free =
                    self.is_free.get(cell) == Some(&true) && taken.get(cell) == Some(&false);
                *height = if is_free { *height + 1 } else { 0 };
            }
            stack.clear();
            for column in 0..=self.columns {
                let height = heights.get(column).copied().unwrap_or(0);
                let mut start = column;
                while let Some(&(first, tall)) = stack.last() {
                    if tall < height {
                        break;
                    }
                    stack.pop();
                    start = first;
                    let size = Vec2::new((column - first) as f32, tall as f32) * step;
                    let (length, width) = match along {
                        Along::X => (size.x, size.y),
                        Along::Z => (size.y, size.x),
                    };
                    if width < AISLE[0] || length < AISLE_LENGTH || length < 1.5 * width {
                        continue;
                    }
                    let score = length * (width.min(AISLE[1]) + 0.5);
                    if best.is_none_or(|(known, _)| score > known) {
                        best = Some((score, [[first, row + 1 - tall], [column, row + 1]]));
                    }
                }
                if height > 0 {
                    stack.push((start, height));
                }
            }
        }
        best.map(|(_, cells)| cells)
    }
}
