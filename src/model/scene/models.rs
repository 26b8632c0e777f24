//! Models: what is in a `.glb`, read without a GPU and without trusting it.
//!
//! Only the header and the JSON chunk are read; the sizes that they claim are compared with the
//! file before anything is allocated, so that a hostile file is refused here and never reaches the
//! viewer's loader.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gltf::json;
use gltf::json::validation::{Checked, Validate};

/// Largest model file, bytes.
pub(super) const MAX_MODEL_BYTES: u64 = 256 << 20;
/// Largest JSON chunk, bytes.
const MAX_JSON_BYTES: u64 = 64 << 20;
/// Most vertices or indices in one accessor.
const MAX_ACCESSOR_COUNT: u64 = 64 << 20;
/// Extensions that a model may require: those that the viewer's loader draws.
const EXTENSIONS: [&str; 4] = [
    "KHR_lights_punctual",
    "KHR_materials_unlit",
    "KHR_materials_emissive_strength",
    "KHR_texture_transform",
];

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ModelError {
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("is not a binary glTF 2.0 file (.glb)")]
    NotGlb,
    #[error("is {size} bytes, more than the {MAX_MODEL_BYTES} that are read")]
    TooLarge { size: u64 },
    #[error("is damaged: {what} claims {claimed} bytes, the file has {present}")]
    Length {
        what: &'static str,
        claimed: u64,
        present: u64,
    },
    #[error("has a JSON part of {0} bytes, more than the {MAX_JSON_BYTES} that are read")]
    JsonTooLarge(u64),
    #[error("is damaged: {0}")]
    Json(String),
    #[error("is damaged: {0}")]
    Invalid(String),
    #[error("needs the extension {0}, which cannot be drawn")]
    Extension(String),
    #[error("refers to another file: {0}")]
    External(String),
}

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

    /// Names of nodes, for suggestions.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.by_name.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

/// Models that were read, by file.
#[derive(Default)]
pub(super) struct Models {
    read: HashMap<PathBuf, Result<Rc<Model>, Rc<ModelError>>>,
}

impl Models {
    pub fn read(&mut self, path: &Path) -> Result<Rc<Model>, Rc<ModelError>> {
        if let Some(model) = self.read.get(path) {
            return model.clone();
        }
        let model = read(path).map(Rc::new).map_err(Rc::new);
        self.read.insert(path.to_path_buf(), model.clone());
        model
    }
}

fn read(path: &Path) -> Result<Model, ModelError> {
    let (root, binary) = read_json(path)?;
    check(&root, binary)?;
    tree(&root)
}

/// The JSON chunk, and the length of the binary chunk.
fn read_json(path: &Path) -> Result<(json::Root, u64), ModelError> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > MAX_MODEL_BYTES {
        return Err(ModelError::TooLarge { size });
    }
    let mut words = [0; 20];
    file.read_exact(&mut words)
        .map_err(|_| ModelError::NotGlb)?;
    let word = |at: usize| {
        words
            .get(at..at + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u32::from_le_bytes)
    };
    if !words.starts_with(b"glTF") || word(4) != 2 || word(16) != u32::from_le_bytes(*b"JSON") {
        return Err(ModelError::NotGlb);
    }
    let (claimed, length) = (u64::from(word(8)), u64::from(word(12)));
    if claimed > size {
        return Err(ModelError::Length {
            what: "the header",
            claimed,
            present: size,
        });
    }
    if length > size - 20 {
        return Err(ModelError::Length {
            what: "the JSON part",
            claimed: length,
            present: size - 20,
        });
    }
    if length > MAX_JSON_BYTES {
        return Err(ModelError::JsonTooLarge(length));
    }
    let mut text = Vec::new();
    Read::by_ref(&mut file)
        .take(length)
        .read_to_end(&mut text)?;
    let mut binary = 0;
    let behind = 20 + length.next_multiple_of(4);
    if behind + 8 <= claimed {
        file.seek(SeekFrom::Start(behind))?;
        let mut header = [0; 8];
        file.read_exact(&mut header)?;
        let [a, b, c, d, kind @ ..] = header;
        if kind == *b"BIN\0" {
            binary = u64::from(u32::from_le_bytes([a, b, c, d]));
            if binary > size - behind - 8 {
                return Err(ModelError::Length {
                    what: "the binary part",
                    claimed: binary,
                    present: size - behind - 8,
                });
            }
        }
    }
    let root = json::deserialize::from_slice(&text)
        .map_err(|error| ModelError::Json(error.to_string().chars().take(200).collect()))?;
    Ok((root, binary))
}

fn check(root: &json::Root, binary: u64) -> Result<(), ModelError> {
    let invalid = |what: String| Err(ModelError::Invalid(what));
    if let Some(extension) = root
        .extensions_required
        .iter()
        .find(|name| !EXTENSIONS.contains(&name.as_str()))
    {
        return Err(ModelError::Extension(extension.chars().take(60).collect()));
    }
    let mut first = None;
    root.validate(root, json::Path::new, &mut |path, error| {
        let path = path();
        if first.is_none() && !path.as_str().starts_with("extensionsRequired") {
            let place: String = path.as_str().chars().take(100).collect();
            first = Some(format!("{place}: {error}"));
        }
    });
    if let Some(first) = first {
        return invalid(first);
    }
    for (index, buffer) in root.buffers.iter().enumerate() {
        let length = buffer.byte_length.0;
        match &buffer.uri {
            Some(uri) if !uri.starts_with("data:") => {
                return Err(ModelError::External(uri.chars().take(60).collect()));
            }
            Some(uri) if length > uri.len() as u64 => {
                return invalid(format!("buffer {index} is longer than its data"));
            }
            None if index > 0 || length > binary => {
                return invalid(format!(
                    "buffer {index} claims {length} bytes, the file has {binary}"
                ));
            }
            _ => {}
        }
    }
    for image in &root.images {
        if let Some(uri) = image.uri.as_ref().filter(|uri| !uri.starts_with("data:")) {
            return Err(ModelError::External(uri.chars().take(60).collect()));
        }
    }
    for (index, view) in root.buffer_views.iter().enumerate() {
        let end = view
            .byte_offset
            .map_or(0, |offset| offset.0)
            .checked_add(view.byte_length.0);
        let length = root
            .get(view.buffer)
            .map_or(0, |buffer| buffer.byte_length.0);
        if end.is_none_or(|end| end > length) {
            return invalid(format!("buffer view {index} reaches beyond its buffer"));
        }
    }
    for (index, accessor) in root.accessors.iter().enumerate() {
        check_accessor(root, accessor)
            .map_err(|what| ModelError::Invalid(format!("accessor {index} {what}")))?;
    }
    Ok(())
}

fn check_accessor(root: &json::Root, accessor: &json::Accessor) -> Result<(), String> {
    let count = accessor.count.0;
    if count > MAX_ACCESSOR_COUNT {
        return Err(format!("claims {count} elements"));
    }
    let (Checked::Valid(component), Checked::Valid(dimensions)) =
        (&accessor.component_type, &accessor.type_)
    else {
        return Err("has an unknown type".to_owned());
    };
    let element = (component.0.size() * dimensions.multiplicity()) as u64;
    if let Some(sparse) = &accessor.sparse
        && sparse.count.0 > count
    {
        return Err("has more sparse elements than elements".to_owned());
    }
    let Some(view) = accessor.buffer_view.and_then(|view| root.get(view)) else {
        // All zero: nothing but the claim bounds what it takes in memory.
        let present = root.buffers.iter().map(|buffer| buffer.byte_length.0).sum();
        return match count.checked_mul(element) {
            Some(bytes) if bytes <= u64::max(present, 1 << 20) => Ok(()),
            _ => Err(format!("claims {count} elements and has no data")),
        };
    };
    let stride = view.byte_stride.map_or(element, |stride| stride.0 as u64);
    let end = count
        .saturating_sub(1)
        .checked_mul(stride)
        .and_then(|bytes| bytes.checked_add(if count > 0 { element } else { 0 }))
        .and_then(|bytes| bytes.checked_add(accessor.byte_offset.map_or(0, |offset| offset.0)));
    if end.is_none_or(|end| end > view.byte_length.0) {
        return Err("reaches beyond its buffer view".to_owned());
    }
    Ok(())
}

type Matrix = [[f64; 4]; 4];

fn tree(root: &json::Root) -> Result<Model, ModelError> {
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
fn product(a: &Matrix, b: &Matrix) -> Matrix {
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
