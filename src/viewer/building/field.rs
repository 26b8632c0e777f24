//! [`Field`]: a distance at every point of a grid on the floor, and the shape where it is negative,
//! by marching squares (Lorensen and Cline 1987, in two dimensions).

use bevy::math::Vec2;

use super::paint::Paint;
use crate::model::layout::Pose;

/// Points of the largest grid; on a larger floor the grid is coarser.
const POINTS_MOST: f32 = 600_000.0;

/// A rectangle on the floor, m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rectangle {
    /// Its corner of least x and z.
    pub min: Vec2,
    /// Its corner of largest x and z.
    pub max: Vec2,
}

impl Rectangle {
    /// Width along x, and along z.
    pub fn size(&self) -> Vec2 {
        self.max - self.min
    }

    /// Larger by so many metres on each side; smaller when negative.
    pub fn grown(&self, by: f32) -> Self {
        Self {
            min: self.min - by,
            max: self.max + by,
        }
    }

    /// Distance of a point, negative inside.
    pub fn distance(&self, at: Vec2) -> f32 {
        let half = self.size() / 2.0;
        let outside = (at - (self.min + self.max) / 2.0).abs() - half;
        outside.max(Vec2::ZERO).length() + outside.max_element().min(0.0)
    }
}

/// Values at the points of a grid.
#[derive(Clone, Debug)]
pub struct Field {
    /// What it covers.
    pub extent: Rectangle,
    /// Distance of two points, m.
    pub step: f32,
    /// Points along x, and along z.
    pub count: [usize; 2],
    values: Vec<f32>,
}

impl Field {
    /// A field that is `value` everywhere, with about `step` metres between its points.
    pub fn new(extent: Rectangle, step: f32, value: f32) -> Self {
        let size = extent.size().max(Vec2::splat(step));
        let step = step.max((size.x * size.y / POINTS_MOST).sqrt());
        let count = [size.x, size.y].map(|size| (size / step).ceil() as usize + 1);
        Self {
            extent,
            step,
            count,
            values: vec![value; count[0] * count[1]],
        }
    }

    /// A field of the same points.
    pub fn with(&self, value: impl Fn(Vec2, f32) -> f32) -> Self {
        let mut new = self.clone();
        for row in 0..self.count[1] {
            for column in 0..self.count[0] {
                let index = row * self.count[0] + column;
                if let Some(slot) = new.values.get_mut(index) {
                    *slot = value(self.point(column, row), *slot);
                }
            }
        }
        new
    }

    /// Where a point of the grid is.
    pub fn point(&self, column: usize, row: usize) -> Vec2 {
        self.extent.min + Vec2::new(column as f32, row as f32) * self.step
    }

    /// The value at a point of the grid.
    pub fn at(&self, column: usize, row: usize) -> f32 {
        self.values
            .get(row * self.count[0] + column)
            .copied()
            .unwrap_or(f32::INFINITY)
    }

    /// The value at the point of the grid nearest to a place.
    pub fn near(&self, place: Vec2) -> f32 {
        let at = ((place - self.extent.min) / self.step).round();
        if at.min_element() < 0.0 || at.x >= self.count[0] as f32 {
            return f32::INFINITY;
        }
        self.at(at.x as usize, at.y as usize)
    }

    /// Lowers the values around a footprint to the distance from it, as far as `reach`.
    pub fn place(&mut self, pose: &Pose, length: f64, width: f64, reach: f32) {
        let half = Vec2::new(length as f32, width as f32) / 2.0;
        let middle = Vec2::new(pose.position[0] as f32, pose.position[2] as f32);
        let radius = half.length() + reach;
        let (sin, cos) = (pose.heading as f32).sin_cos();
        let range = |at: f32, origin: f32, count: usize| {
            let first = ((at - radius - origin) / self.step).floor().max(0.0) as usize;
            let last = ((at + radius - origin) / self.step).ceil().max(0.0) as usize;
            first..(last + 1).min(count)
        };
        let columns = range(middle.x, self.extent.min.x, self.count[0]);
        for row in range(middle.y, self.extent.min.y, self.count[1]) {
            for column in columns.clone() {
                let by = self.point(column, row) - middle;
                // In the frame of the footprint.
                let own = Vec2::new(by.x * cos - by.y * sin, by.x * sin + by.y * cos);
                let outside = own.abs() - half;
                let distance = outside.max(Vec2::ZERO).length() + outside.max_element().min(0.0);
                if let Some(slot) = self.values.get_mut(row * self.count[0] + column) {
                    *slot = slot.min(distance);
                }
            }
        }
    }

    /// Of a field of distances: negative within `margin` of things, and in the bays between them
    /// that a disc of radius `close` does not fit into (a morphological closing).
    ///
    /// Distances go over the grid in two passes (Borgefors 1986), so they are right to a few percent.
    pub fn closed(&self, margin: f32, close: f32) -> Self {
        let outer = margin + close;
        // How far inside the larger shape a point is: known at its edge, spread from there.
        let mut inside = self.with(|_, distance| {
            let depth = outer - distance;
            if depth < self.step * 1.5 {
                depth
            } else {
                f32::INFINITY
            }
        });
        let [columns, rows] = self.count.map(|count| count as i64);
        let (side, corner) = (self.step, self.step * std::f32::consts::SQRT_2);
        let mut spread = |column: i64, row: i64, neighbours: [(i64, i64, f32); 4]| {
            let index = |column: i64, row: i64| (row * columns + column) as usize;
            let nearest = neighbours
                .into_iter()
                .filter(|(x, z, _)| {
                    (0..columns).contains(&(column + x)) && (0..rows).contains(&(row + z))
                })
                .filter_map(|(x, z, by)| Some(inside.values.get(index(column + x, row + z))? + by))
                .fold(f32::INFINITY, f32::min);
            if let Some(slot) = inside.values.get_mut(index(column, row))
                && nearest < *slot
            {
                *slot = nearest;
            }
        };
        for row in 0..rows {
            for column in 0..columns {
                let before = [
                    (-1, 0, side),
                    (-1, -1, corner),
                    (0, -1, side),
                    (1, -1, corner),
                ];
                spread(column, row, before);
            }
        }
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                let behind = [(1, 0, side), (1, 1, corner), (0, 1, side), (-1, 1, corner)];
                spread(column, row, behind);
            }
        }
        inside.with(|_, depth| close - depth)
    }

    /// Paints the shape where the field is negative.
    pub fn fill(&self, paint: &mut Paint, y: f32, colour: [f32; 4]) {
        self.march(|cell| match cell {
            Cell::Full { from, to } => {
                paint.rectangle([from.x, to.x], [from.y, to.y], y, colour);
            }
            Cell::Cut { shape, .. } => {
                let corners: Vec<_> = shape
                    .iter()
                    .rev()
                    .map(|at| bevy::math::Vec3::new(at.x, y, at.y))
                    .collect();
                paint.face(&corners, bevy::math::Vec3::Y, &[colour]);
            }
        });
    }

    /// Paints a line along the edge of the shape where the field is negative; where `dash` metres
    /// are given, with gaps of the same length.
    pub fn outline(
        &self,
        paint: &mut Paint,
        width: f32,
        y: f32,
        colour: [f32; 4],
        dash: Option<f32>,
    ) {
        self.march(|cell| {
            if let Cell::Cut { edges, .. } = cell {
                for [from, to] in edges {
                    let middle = (*from + *to) / 2.0;
                    // Along x or z alone, so that dashes do not shorten at corners.
                    let along = if (*to - *from).x.abs() > (*to - *from).y.abs() {
                        middle.x
                    } else {
                        middle.y
                    };
                    let is_gap = dash.is_some_and(|dash| (along / dash).rem_euclid(2.0) > 1.0);
                    if !is_gap {
                        paint.line(*from, *to, width, y, colour);
                    }
                }
            }
        });
    }

    /// Visits the cells of the shape; full ones of a row come as one.
    fn march(&self, mut visit: impl FnMut(Cell)) {
        let [columns, rows] = self.count;
        let (mut shape, mut cuts) = (Vec::with_capacity(8), Vec::with_capacity(4));
        for row in 0..rows.saturating_sub(1) {
            let mut run: Option<usize> = None;
            for column in 0..columns {
                let corners = [
                    (column, row),
                    (column + 1, row),
                    (column + 1, row + 1),
                    (column, row + 1),
                ];
                let is_last = column + 1 >= columns;
                let values = corners.map(|(column, row)| self.at(column, row));
                let inside = values.iter().filter(|value| **value < 0.0).count();
                if !is_last && inside == 4 {
                    run.get_or_insert(column);
                    continue;
                }
                if let Some(first) = run.take() {
                    visit(Cell::Full {
                        from: self.point(first, row),
                        to: self.point(column, row + 1),
                    });
                }
                if is_last || inside == 0 {
                    continue;
                }
                shape.clear();
                cuts.clear();
                for side in 0..4 {
                    let next = (side + 1) % 4;
                    let (a, b) = (values[side], values[next]);
                    let here = self.point(corners[side].0, corners[side].1);
                    let there = self.point(corners[next].0, corners[next].1);
                    if a < 0.0 {
                        shape.push(here);
                    }
                    if (a < 0.0) != (b < 0.0) && a.is_finite() && b.is_finite() {
                        let cut = here.lerp(there, a / (a - b));
                        shape.push(cut);
                        // Leaving the shape here, or coming back to it.
                        cuts.push((cut, a < 0.0));
                    }
                }
                let mut edges = [[Vec2::ZERO; 2]; 2];
                let mut count = 0;
                for at in 0..cuts.len() {
                    let (from, leaves) = cuts[at];
                    let (to, _) = cuts[(at + 1) % cuts.len()];
                    if leaves && count < edges.len() {
                        edges[count] = [from, to];
                        count += 1;
                    }
                }
                visit(Cell::Cut {
                    shape: &shape,
                    edges: &edges[..count],
                });
            }
        }
    }
}

/// A part of a shape.
enum Cell<'a> {
    /// Cells that lie in it.
    Full { from: Vec2, to: Vec2 },
    /// A cell that its edge goes through.
    Cut {
        shape: &'a [Vec2],
        edges: &'a [[Vec2; 2]],
    },
}
