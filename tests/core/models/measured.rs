//! Reads one `.glb` without a GPU and checks what holds for every level of every model.

use std::collections::{BTreeMap, BTreeSet};

use gltf::mesh::util::ReadColors;

use super::folder;

/// What one `.glb` was measured to hold, in model space.
pub struct Measured {
    pub min: [f32; 3],
    pub max: [f32; 3],
    pub triangles: usize,
    pub draws: BTreeSet<(usize, usize)>,
    pub materials: BTreeSet<String>,
    /// Name → (parent, origin, whether it or a node below it is drawn).
    pub nodes: BTreeMap<String, (String, [f32; 3], bool)>,
}

/// Reads a file and checks what holds for every level of every model.
pub fn measure(file: &str, root_name: &str) -> Measured {
    let bytes = std::fs::read(folder().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let gltf = gltf::Gltf::from_slice(&bytes).unwrap_or_else(|e| panic!("{file}: {e}"));
    assert_eq!(
        gltf.images().len() + gltf.textures().len(),
        0,
        "{file}: has textures"
    );
    assert_eq!(gltf.extensions_used().count(), 0, "{file}: uses extensions");
    assert_eq!(gltf.scenes().len(), 1, "{file}");
    let roots: Vec<_> = gltf.scenes().flat_map(|s| s.nodes()).collect();
    assert_eq!(roots.len(), 1, "{file}: one root");
    assert_eq!(roots[0].name(), Some(root_name), "{file}: root's name");
    assert_eq!(
        roots[0].transform().decomposed().0,
        [0.0; 3],
        "{file}: root's place"
    );

    let mut out = Measured {
        min: [f32::MAX; 3],
        max: [f32::MIN; 3],
        triangles: 0,
        draws: BTreeSet::new(),
        materials: BTreeSet::new(),
        nodes: BTreeMap::new(),
    };
    let blob = gltf
        .blob
        .as_deref()
        .unwrap_or_else(|| panic!("{file}: no data"));
    visit(file, blob, &roots[0], "", [0.0; 3], &mut out);
    for material in gltf.materials() {
        assert_eq!(
            material.alpha_mode(),
            gltf::material::AlphaMode::Opaque,
            "{file}"
        );
        assert!(
            !material.double_sided(),
            "{file}: {:?} is double sided",
            material.name()
        );
        out.materials.insert(material.name().unwrap().to_owned());
    }
    out
}

/// Adds a node and all below it; returns whether any of them is drawn.
fn visit(
    file: &str,
    blob: &[u8],
    node: &gltf::Node,
    parent: &str,
    parent_origin: [f32; 3],
    out: &mut Measured,
) -> bool {
    let name = node
        .name()
        .unwrap_or_else(|| panic!("{file}: a node without a name"));
    let (translation, rotation, scale) = node.transform().decomposed();
    assert_eq!(
        rotation,
        [0.0, 0.0, 0.0, 1.0],
        "{file}: {name} is turned at rest"
    );
    assert_eq!(scale, [1.0; 3], "{file}: {name} is scaled");
    let origin: [f32; 3] = std::array::from_fn(|i| parent_origin[i] + translation[i]);
    let mut drawn = node.mesh().is_some();
    for primitive in node.mesh().iter().flat_map(|mesh| mesh.primitives()) {
        let mesh = node.mesh().map_or(0, |m| m.index());
        out.draws.insert((mesh, primitive.index()));
        add(&format!("{file}: {name}"), blob, &primitive, origin, out);
    }
    for child in node.children() {
        drawn |= visit(file, blob, &child, name, origin, out);
    }
    let known = out
        .nodes
        .insert(name.to_owned(), (parent.to_owned(), origin, drawn));
    assert!(known.is_none(), "{file}: two nodes are called {name}");
    drawn
}

/// Adds one primitive and checks its data: indices, unit normals that agree with the winding, shades.
fn add(what: &str, blob: &[u8], primitive: &gltf::Primitive, origin: [f32; 3], out: &mut Measured) {
    assert_eq!(primitive.mode(), gltf::mesh::Mode::Triangles, "{what}");
    let reader = primitive.reader(|buffer| (buffer.index() == 0).then_some(blob));
    let positions: Vec<[f32; 3]> = reader.read_positions().unwrap().collect();
    let normals: Vec<[f32; 3]> = reader.read_normals().unwrap().collect();
    let indices: Vec<usize> = reader
        .read_indices()
        .unwrap()
        .into_u32()
        .map(|i| i as usize)
        .collect();
    let Some(ReadColors::RgbaU8(colours)) = reader.read_colors(0) else {
        panic!("{what}: no vertex colours")
    };
    let colours: Vec<[u8; 4]> = colours.collect();
    assert_eq!(positions.len(), normals.len(), "{what}");
    assert_eq!(positions.len(), colours.len(), "{what}");
    assert!(
        colours.iter().all(|c| c[3] == 255),
        "{what}: a shade is not opaque"
    );
    assert!(
        positions
            .iter()
            .flatten()
            .chain(normals.iter().flatten())
            .all(|c| c.is_finite())
    );
    for n in &normals {
        assert!(
            (dot(*n, *n) - 1.0).abs() < 1e-3,
            "{what}: a normal is not of unit length"
        );
    }
    assert_eq!(indices.len() % 3, 0, "{what}");
    for t in indices.chunks_exact(3) {
        let [a, b, c] = [positions[t[0]], positions[t[1]], positions[t[2]]];
        let [n0, n1, n2] = [normals[t[0]], normals[t[1]], normals[t[2]]];
        let face = cross(minus(b, a), minus(c, a));
        let sum: [f32; 3] = std::array::from_fn(|i| n0[i] + n1[i] + n2[i]);
        assert!(dot(face, sum) >= 0.0, "{what}: a triangle faces inwards");
    }
    out.triangles += indices.len() / 3;
    for p in positions {
        for i in 0..3 {
            out.min[i] = out.min[i].min(p[i] + origin[i]);
            out.max[i] = out.max[i].max(p[i] + origin[i]);
        }
    }
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|i| a[i] - b[i])
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}
