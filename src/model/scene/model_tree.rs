//! The nodes of a model: their names, and the box around each as it stands in the model.

use std::collections::HashMap;

use gltf::json;
use gltf::json::validation::Checked;

use super::models::ModelError;

/// An axis-aligned box: least and greatest corner, m.
pub(super) type Bounds = [[f64; 3]; 2];

/// The nodes of a model.
#[derive(Debug)]
pub(super) struct Model {
    nodes: Vec<Node>,
    by_name: HashMap<String, Vec<usize>>,
    /// Box around everything.
    pub bounds: Option<Bounds>,
}

#[derive(Debug, Default)]
struct Node {
    parent: Option<usize>,
    bounds: Option<Bounds>,
    /// Its frame in that of the model.
    world: Option<Matrix>,
}

/// A node that cannot be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeError {
    Missing,
    /// Several have the name.
    Ambiguous(usize),
}

impl Model {
    pub fn has_node(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The only node with this name.
    pub fn find(&self, name: &str) -> Result<usize, NodeError> {
        match self.by_name.get(name).map(Vec::as_slice) {
            Some([node]) => Ok(*node),
            Some(several) => Err(NodeError::Ambiguous(several.len())),
            None => Err(NodeError::Missing),
        }
    }

    /// Whether `node` or something below it has this name.
    pub fn has_below(&self, node: usize, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|named| {
            named.iter().any(|&start| {
                let mut at = Some(start);
                while let Some(index) = at {
                    if index == node {
                        return true;
                    }
                    at = self.nodes.get(index).and_then(|node| node.parent);
                }
                false
            })
        })
    }

    /// Box around a node and everything below it, in the model's frame.
    pub fn bounds_of(&self, node: usize) -> Option<Bounds> {
        self.nodes.get(node)?.bounds
    }

    /// The frame of a node in that of the model.
    pub fn world_of(&self, node: usize) -> Option<Matrix> {
        self.nodes.get(node)?.world
    }

    /// Names of nodes, for suggestions.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.by_name.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

/// An affine map, column-major.
pub(super) type Matrix = [[f64; 4]; 4];

/// Walks the nodes of a model whose indices were checked.
///
/// The walk has no recursion and visits each node once, however the file nests them.
pub(super) fn read(root: &json::Root) -> Result<Model, ModelError> {
    let mut nodes: Vec<Node> = root.nodes.iter().map(|_| Node::default()).collect();
    for (parent, node) in root.nodes.iter().enumerate() {
        for child in node.children.iter().flatten() {
            let Some(child) = nodes.get_mut(child.value()) else {
                return Err(ModelError::Invalid(format!(
                    "node {parent} has no such child"
                )));
            };
            if child.parent.replace(parent).is_some() {
                return Err(ModelError::Invalid(
                    "a node has two parents, or is its own".to_owned(),
                ));
            }
        }
    }
    // Depth first from the nodes without a parent; what is never reached hangs in a cycle.
    let mut world: Vec<Option<Matrix>> = vec![None; nodes.len()];
    let mut order = Vec::with_capacity(nodes.len());
    let mut stack: Vec<usize> = (0..nodes.len())
        .rev()
        .filter(|&index| nodes.get(index).is_some_and(|node| node.parent.is_none()))
        .collect();
    while let Some(index) = stack.pop() {
        let (Some(source), Some(node)) = (root.nodes.get(index), nodes.get(index)) else {
            continue;
        };
        let above = node
            .parent
            .and_then(|parent| world.get(parent).copied().flatten());
        let matrix = above.map_or_else(|| local(source), |above| product(&above, &local(source)));
        if let Some(slot) = world.get_mut(index) {
            *slot = Some(matrix);
        }
        order.push(index);
        stack.extend(source.children.iter().flatten().map(|child| child.value()));
    }
    if order.len() < nodes.len() {
        return Err(ModelError::Invalid("its nodes form a cycle".to_owned()));
    }
    let mut bounds = None;
    for &index in order.iter().rev() {
        let own = root
            .nodes
            .get(index)
            .and_then(|node| node.mesh)
            .and_then(|mesh| root.get(mesh))
            .zip(world.get(index).copied().flatten())
            .and_then(|(mesh, matrix)| mesh_bounds(root, mesh, &matrix));
        let Some(node) = nodes.get_mut(index) else {
            continue;
        };
        node.bounds = union(node.bounds, own);
        node.world = world.get(index).copied().flatten();
        let (parent, below) = (node.parent, node.bounds);
        match parent.and_then(|parent| nodes.get_mut(parent)) {
            Some(parent) => parent.bounds = union(parent.bounds, below),
            None => bounds = union(bounds, below),
        }
    }
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, node) in root.nodes.iter().enumerate() {
        if let Some(name) = &node.name {
            by_name.entry(name.clone()).or_default().push(index);
        }
    }
    Ok(Model {
        nodes,
        by_name,
        bounds,
    })
}

fn local(node: &json::Node) -> Matrix {
    if let Some(columns) = node.matrix {
        let mut matrix = [[0.0; 4]; 4];
        for (slot, value) in matrix.as_flattened_mut().iter_mut().zip(columns) {
            *slot = f64::from(value);
        }
        return matrix;
    }
    let [x, y, z, w] = node
        .rotation
        .map_or([0.0, 0.0, 0.0, 1.0], |rotation| rotation.0.map(f64::from));
    let [sx, sy, sz] = node.scale.map_or([1.0; 3], |scale| scale.map(f64::from));
    let [tx, ty, tz] = node
        .translation
        .map_or([0.0; 3], |translation| translation.map(f64::from));
    [
        [
            sx * (1.0 - 2.0 * (y * y + z * z)),
            sx * 2.0 * (x * y + z * w),
            sx * 2.0 * (x * z - y * w),
            0.0,
        ],
        [
            sy * 2.0 * (x * y - z * w),
            sy * (1.0 - 2.0 * (x * x + z * z)),
            sy * 2.0 * (y * z + x * w),
            0.0,
        ],
        [
            sz * 2.0 * (x * z + y * w),
            sz * 2.0 * (y * z - x * w),
            sz * (1.0 - 2.0 * (x * x + y * y)),
            0.0,
        ],
        [tx, ty, tz, 1.0],
    ]
}

/// `a · b`, column-major.
pub(super) fn product(a: &Matrix, b: &Matrix) -> Matrix {
    b.map(|column| {
        let mut result = [0.0; 4];
        for (a, factor) in a.iter().zip(column) {
            for (slot, value) in result.iter_mut().zip(a) {
                *slot += value * factor;
            }
        }
        result
    })
}

/// The inverse of an affine map; `None` when it flattens space.
pub(super) fn inverse(matrix: &Matrix) -> Option<Matrix> {
    let [u, v, w, origin] = matrix.map(|[x, y, z, _]| [x, y, z]);
    let cross = |[ax, ay, az]: [f64; 3], [bx, by, bz]: [f64; 3]| {
        [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
    };
    let dot = |[ax, ay, az]: [f64; 3], [bx, by, bz]: [f64; 3]| ax * bx + ay * by + az * bz;
    let determinant = dot(u, cross(v, w));
    if !determinant.is_normal() {
        return None;
    }
    let rows = [cross(v, w), cross(w, u), cross(u, v)].map(|row| row.map(|x| x / determinant));
    let [[a, b, c], [d, e, f], [g, h, i]] = rows;
    let [x, y, z] = rows.map(|row| -dot(row, origin));
    Some([
        [a, d, g, 0.0],
        [b, e, h, 0.0],
        [c, f, i, 0.0],
        [x, y, z, 1.0],
    ])
}

/// The box around a mesh by the extremes that its position accessors state, as glTF asks for.
fn mesh_bounds(root: &json::Root, mesh: &json::Mesh, matrix: &Matrix) -> Option<Bounds> {
    let mut bounds = None;
    for primitive in &mesh.primitives {
        let Some(accessor) = primitive
            .attributes
            .get(&Checked::Valid(json::mesh::Semantic::Positions))
            .and_then(|index| root.get(*index))
        else {
            continue;
        };
        let corner = |value: &Option<json::Value>| -> Option<[f64; 3]> {
            let list = value.as_ref()?.as_array()?;
            let number = |index: usize| list.get(index)?.as_f64().filter(|x| x.is_finite());
            Some([number(0)?, number(1)?, number(2)?])
        };
        let (Some(low), Some(high)) = (corner(&accessor.min), corner(&accessor.max)) else {
            continue;
        };
        for pick in 0..8_u8 {
            let choose =
                |bit: u8, low: f64, high: f64| if pick >> bit & 1 == 0 { low } else { high };
            let ([lx, ly, lz], [hx, hy, hz]) = (low, high);
            let point = [choose(0, lx, hx), choose(1, ly, hy), choose(2, lz, hz), 1.0];
            let mut moved = [0.0; 4];
            for (column, factor) in matrix.iter().zip(point) {
                for (slot, value) in moved.iter_mut().zip(column) {
                    *slot += value * factor;
                }
            }
            let [x, y, z, _] = moved;
            if [x, y, z].iter().all(|value| value.is_finite()) {
                bounds = union(bounds, Some([[x, y, z], [x, y, z]]));
            }
        }
    }
    bounds
}

fn union(a: Option<Bounds>, b: Option<Bounds>) -> Option<Bounds> {
    let (Some([a_low, a_high]), Some([b_low, b_high])) = (a, b) else {
        return a.or(b);
    };
    let merge = |a: [f64; 3], b: [f64; 3], pick: fn(f64, f64) -> f64| {
        let ([ax, ay, az], [bx, by, bz]) = (a, b);
        [pick(ax, bx), pick(ay, by), pick(az, bz)]
    };
    Some([
        merge(a_low, b_low, f64::min),
        merge(a_high, b_high, f64::max),
    ])
}
