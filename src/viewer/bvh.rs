//! A tree of boxes, to find what a ray or a ball touches without looking at everything.

use bevy::math::{Ray3d, Vec3};

use super::plant::Bounds;

/// Boxes in a binary tree, split at the median of the longest side. Built once: what moves does
/// not belong in it.
#[derive(Clone, Debug, Default)]
pub struct Bvh {
    nodes: Vec<Node>,
    items: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Node {
    bounds: Bounds,
    /// Children `left` and `left + 1`, or a leaf of `items[first..first + count]`.
    left: u32,
    first: u32,
    count: u32,
}

const LEAF: usize = 4;

impl Bvh {
    /// Of boxes by their numbers.
    pub fn new(boxes: &[(u32, Bounds)]) -> Self {
        let mut order: Vec<(u32, Bounds)> = boxes.to_vec();
        let mut tree = Self::default();
        if !order.is_empty() {
            tree.nodes.push(Node {
                bounds: Bounds::EMPTY,
                left: 0,
                first: 0,
                count: 0,
            });
            tree.split(0, &mut order, 0);
        }
        tree.items = order.iter().map(|(item, _)| *item).collect();
        tree
    }

    fn split(&mut self, node: usize, boxes: &mut [(u32, Bounds)], first: usize) {
        let bounds = boxes
            .iter()
            .map(|(_, bounds)| *bounds)
            .fold(Bounds::EMPTY, Bounds::union);
        self.nodes[node].bounds = bounds;
        if boxes.len() <= LEAF {
            self.nodes[node].first = first as u32;
            self.nodes[node].count = boxes.len() as u32;
            return;
        }
        let size = bounds.max - bounds.min;
        let axis = if size.x >= size.y && size.x >= size.z {
            0
        } else if size.z >= size.y {
            2
        } else {
            1
        };
        let middle = boxes.len() / 2;
        boxes.select_nth_unstable_by(middle, |(_, a), (_, b)| {
            a.centre()[axis].total_cmp(&b.centre()[axis])
        });
        let left = self.nodes.len();
        let empty = Node {
            bounds: Bounds::EMPTY,
            left: 0,
            first: 0,
            count: 0,
        };
        self.nodes.extend([empty.clone(), empty]);
        self.nodes[node].left = left as u32;
        let (low, high) = boxes.split_at_mut(middle);
        self.split(left, low, first);
        self.split(left + 1, high, first + middle);
    }

    /// The nearest item for which `hit` gives a distance, among those whose box the ray enters.
    pub fn nearest(
        &self,
        ray: &Ray3d,
        mut hit: impl FnMut(u32) -> Option<f32>,
    ) -> Option<(u32, f32)> {
        let mut best: Option<(u32, f32)> = None;
        let mut stack = vec![0_u32];
        while let Some(node) = stack.pop().and_then(|at| self.nodes.get(at as usize)) {
            let is_near = enters(&node.bounds, ray)
                .is_some_and(|at| best.is_none_or(|(_, distance)| at <= distance));
            if !is_near {
                continue;
            }
            if node.count == 0 {
                stack.extend([node.left, node.left + 1]);
                continue;
            }
            for &item in self.leaf(node) {
                if let Some(at) = hit(item)
                    && best.is_none_or(|(other, distance)| (at, item) < (distance, other))
                {
                    best = Some((item, at));
                }
            }
        }
        best
    }

    /// Appends the items whose boxes touch a ball.
    pub fn within(&self, centre: Vec3, radius: f32, out: &mut Vec<u32>) {
        let mut stack = vec![0_u32];
        while let Some(node) = stack.pop().and_then(|at| self.nodes.get(at as usize)) {
            let nearest = centre.clamp(node.bounds.min, node.bounds.max);
            if nearest.distance_squared(centre) > radius * radius {
                continue;
            }
            if node.count == 0 {
                stack.extend([node.left, node.left + 1]);
            } else {
                out.extend_from_slice(self.leaf(node));
            }
        }
    }

    fn leaf(&self, node: &Node) -> &[u32] {
        let first = node.first as usize;
        self.items
            .get(first..first + node.count as usize)
            .unwrap_or_default()
    }
}

/// Distance at which a ray enters a box along the axes; 0 from inside.
fn enters(bounds: &Bounds, ray: &Ray3d) -> Option<f32> {
    let (mut enter, mut leave) = (0.0_f32, f32::INFINITY);
    for axis in 0..3 {
        let (from, along) = (ray.origin[axis], ray.direction[axis]);
        if along.abs() < 1e-9 {
            if from < bounds.min[axis] || from > bounds.max[axis] {
                return None;
            }
            continue;
        }
        let (a, b) = (
            (bounds.min[axis] - from) / along,
            (bounds.max[axis] - from) / along,
        );
        enter = enter.max(a.min(b));
        leave = leave.min(a.max(b));
    }
    (enter <= leave).then_some(enter)
}
