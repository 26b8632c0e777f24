//! Models that are damaged or hostile, and what is taken from sound ones.

use super::{Scene, help};

/// A `.glb` with this JSON and so many bytes of data.
fn glb(json: &str, data: usize) -> Vec<u8> {
    let mut json = json.as_bytes().to_vec();
    json.resize(json.len().next_multiple_of(4), b' ');
    let data = data.next_multiple_of(4);
    let length = 12 + 8 + json.len() + if data > 0 { 8 + data } else { 0 };
    let mut file = b"glTF".to_vec();
    file.extend(2_u32.to_le_bytes());
    file.extend((length as u32).to_le_bytes());
    file.extend((json.len() as u32).to_le_bytes());
    file.extend(b"JSON");
    file.extend(&json);
    if data > 0 {
        file.extend((data as u32).to_le_bytes());
        file.extend(b"BIN\0");
        file.resize(length, 0);
    }
    file
}

const HEAD: &str = "\"asset\": { \"version\": \"2.0\" }";

/// A scene whose one kind has this model.
fn scene(model: Vec<u8>) -> Scene {
    Scene::new("equipment = [{ id = \"a\", kind = \"k\" }]")
        .kind("k", "size = [1, 1, 1]\nmodel = \"m.glb\" # here")
        .with("models/m.glb", model)
}

#[test]
fn what_is_not_a_glb_is_refused() {
    for bytes in [&b""[..], b"glTF", b"{\"asset\":{}}", &[0; 64]] {
        scene(bytes.to_vec()).only_mistake("is not a binary glTF 2.0 file");
    }
}

#[test]
fn sizes_that_the_header_claims_are_compared_with_the_file() {
    let whole = glb(&format!("{{ {HEAD} }}"), 16);
    scene(whole.clone()).plant();

    let mut file = whole.clone();
    file[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    scene(file).only_mistake("the header claims 4294967295 bytes");

    let mut file = whole.clone();
    file[12..16].copy_from_slice(&(u32::MAX - 3).to_le_bytes());
    scene(file).only_mistake("the JSON part claims 4294967292 bytes");

    let mut file = whole.clone();
    let data = whole.len() - 16 - 8;
    file[data..data + 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    scene(file).only_mistake("the binary part claims 2147483647 bytes");

    let mut file = whole;
    file.truncate(30);
    scene(file).only_mistake("is damaged");
}

#[test]
fn json_that_is_broken_or_deeply_nested_is_refused() {
    scene(glb("{ \"asset\": ", 0)).only_mistake("is damaged");
    let deep = format!(
        "{{ {HEAD}, \"extras\": {}1{} }}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    match scene(glb(&deep, 0)).load() {
        // Extras are kept as raw text by the reader and never followed.
        Ok(_) => {}
        Err(error) => assert!(error.errors[0].message.contains("is damaged"), "{error}"),
    }
}

#[test]
fn nodes_in_a_cycle_are_refused() {
    let nodes = |nodes: &str| glb(&format!("{{ {HEAD}, \"nodes\": [{nodes}] }}"), 0);
    scene(nodes("{ \"children\": [0] }")).only_mistake("its nodes form a cycle");
    scene(nodes("{ \"children\": [1] }, { \"children\": [0] }"))
        .only_mistake("its nodes form a cycle");
    scene(nodes("{ \"children\": [2] }, { \"children\": [2] }, {}")).only_mistake("two parents");
    scene(nodes("{ \"children\": [7] }")).only_mistake("is damaged");
}

#[test]
fn a_long_chain_of_nodes_is_walked_without_recursion() {
    let count = 50_000;
    let nodes: Vec<String> = (0..count)
        .map(|n| {
            if n + 1 < count {
                format!("{{ \"children\": [{}] }}", n + 1)
            } else {
                "{}".to_owned()
            }
        })
        .collect();
    scene(glb(
        &format!("{{ {HEAD}, \"nodes\": [{}] }}", nodes.join(",")),
        0,
    ))
    .plant();
}

#[test]
fn accessors_cannot_claim_more_than_there_is() {
    let model = |count: u64, view: &str| {
        glb(
            &format!(
                "{{ {HEAD}, \"buffers\": [{{ \"byteLength\": 48 }}], \"bufferViews\": [{{ \"buffer\": 0, \"byteLength\": 48 }}], \
                 \"accessors\": [{{ {view} \"componentType\": 5126, \"type\": \"VEC3\", \"count\": {count} }}] }}"
            ),
            48,
        )
    };
    scene(model(4, "\"bufferView\": 0,")).plant();
    scene(model(5, "\"bufferView\": 0,")).only_mistake("accessor 0 reaches beyond its buffer view");
    scene(model(4_000_000_000, "\"bufferView\": 0,"))
        .only_mistake("accessor 0 claims 4000000000 elements");
    scene(model(u64::MAX, "\"bufferView\": 0,")).only_mistake("accessor 0 claims");
    let sparse = |at: u32| {
        format!(
            "\"sparse\": {{ \"count\": 1, \"indices\": {{ \"bufferView\": 0, \"byteOffset\": {at}, \"componentType\": 5125 }}, \
             \"values\": {{ \"bufferView\": 0, \"byteOffset\": {at} }} }},"
        )
    };
    scene(model(4, &sparse(0))).plant();
    scene(model(4, &sparse(40)))
        .only_mistake("accessor 0 has sparse elements beyond their buffer view");
    scene(model(60_000_000, &sparse(0)))
        .only_mistake("accessor 0 claims 60000000 elements and has no data");
    scene(model(4, "\"bufferView\": 9,")).only_mistake("is damaged");
}

#[test]
fn buffers_and_images_in_other_files_are_refused() {
    let buffer = format!(
        "{{ {HEAD}, \"buffers\": [{{ \"byteLength\": 4, \"uri\": \"../../etc/passwd\" }}] }}"
    );
    scene(glb(&buffer, 0)).only_mistake("refers to another file: ../../etc/passwd");
    let image = format!("{{ {HEAD}, \"images\": [{{ \"uri\": \"http://x/y.png\" }}] }}");
    scene(glb(&image, 0)).only_mistake("refers to another file");
    let view = format!(
        "{{ {HEAD}, \"buffers\": [{{ \"byteLength\": 4 }}], \"bufferViews\": [{{ \"buffer\": 0, \"byteOffset\": 2, \"byteLength\": 4 }}] }}"
    );
    scene(glb(&view, 4)).only_mistake("buffer view 0 reaches beyond its buffer");
    let claim = format!("{{ {HEAD}, \"buffers\": [{{ \"byteLength\": 1000000000000 }}] }}");
    scene(glb(&claim, 4)).only_mistake("buffer 0 claims 1000000000000 bytes");
}

#[test]
fn a_compression_that_cannot_be_drawn_is_refused() {
    let json = format!(
        "{{ {HEAD}, \"extensionsUsed\": [\"KHR_draco_mesh_compression\"], \"extensionsRequired\": [\"KHR_draco_mesh_compression\"] }}"
    );
    let mistake =
        scene(glb(&json, 0)).only_mistake("needs the extension KHR_draco_mesh_compression");
    assert!(help(&mistake).contains("no compression"));
}

/// A plant model: two pumps under a hall, the second with a shaft, both 2 m × 1 m × 3 m.
fn plant_model() -> Vec<u8> {
    glb(
        &format!(
            "{{ {HEAD}, \"buffers\": [{{ \"byteLength\": 12 }}], \"bufferViews\": [{{ \"buffer\": 0, \"byteLength\": 12 }}], \
             \"accessors\": [{{ \"bufferView\": 0, \"componentType\": 5126, \"type\": \"VEC3\", \"count\": 1, \"min\": [0, 0, 0], \"max\": [2, 1, 3] }}], \
             \"meshes\": [{{ \"primitives\": [{{ \"attributes\": {{ \"POSITION\": 0 }} }}] }}], \
             \"nodes\": [{{ \"name\": \"hall\", \"translation\": [100, 0, 0], \"children\": [1, 2] }}, \
             {{ \"name\": \"pump-1\", \"mesh\": 0 }}, \
             {{ \"name\": \"pump-2\", \"mesh\": 0, \"translation\": [0, 0, 10], \"rotation\": [0, 0.7071067811865476, 0, 0.7071067811865476], \"children\": [3] }}, \
             {{ \"name\": \"shaft\" }}], \"scenes\": [{{ \"nodes\": [0] }}], \"scene\": 0 }}"
        ),
        12,
    )
}

fn plant_scene(nodes: &str) -> Scene {
    Scene::new(&format!("model = \"plant.glb\"\n{nodes}"))
        .with("models/plant.glb", plant_model())
        .kind("pump", "size = [1, 1, 1]\n")
}

#[test]
fn equipment_stands_where_its_node_of_the_plant_model_is() {
    let plant = plant_scene(
        "equipment = [{ id = \"a\", kind = \"pump\", node = \"pump-1\" }, { id = \"b\", kind = \"pump\", node = \"pump-2\" }]",
    )
    .plant();
    let [a, b] = plant.equipment.as_slice() else {
        panic!("two pumps");
    };
    assert_eq!(
        (a.pose.position, a.size),
        ([101.0, 0.0, 1.5], [2.0, 3.0, 1.0])
    );
    // Turned by 90° about y: x → −z, z → x.
    let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
    let [x, y, z] = b.pose.position;
    assert!(
        near(x, 101.5) && near(y, 0.0) && near(z, 9.0),
        "{:?}",
        b.pose
    );
    assert!(near(b.size[0], 3.0) && near(b.size[1], 2.0), "{:?}", b.size);
    assert_eq!(a.node.as_deref(), Some("pump-1"));
}

#[test]
fn nodes_of_the_plant_model_are_checked() {
    let node = |name: &str| {
        plant_scene(&format!(
            "[[equipment]]\nid = \"a\"\nkind = \"pump\"\nnode = \"{name}\" # here"
        ))
    };
    assert_eq!(
        help(&node("pump1").only_mistake("the scene's model has no node \"pump1\"")),
        "did you mean \"pump-1\"?"
    );
    let twice = plant_scene(
        "[[equipment]]\nid = \"a\"\nkind = \"pump\"\nnode = \"pump-1\"\n[[equipment]]\nid = \"b\"\nkind = \"pump\"\nnode = \"pump-1\" # here",
    );
    twice.only_mistake("node \"pump-1\" already shows \"a\"");
    let without = Scene::new("[[equipment]]\nid = \"a\"\nkind = \"station\"\nnode = \"x\" # here");
    without.only_mistake("the scene has no model whose node this could be");
}

#[test]
fn a_kind_may_move_nodes_below_its_equipments_node() {
    let moving = "size = [1, 1, 1]\n[signals.s]\nunit = \"rpm\"\n[[motion]]\nnode = \"shaft\"\nsignal = \"s\"\nspin = { axis = \"x\" }";
    let scene = |node: &str| {
        plant_scene(&format!(
            "[[equipment]]\nid = \"a\"\nkind = \"shafted\"\nnode = \"{node}\" # here"
        ))
        .kind("shafted", moving)
    };
    scene("pump-2").plant();
    scene("pump-1").only_mistake("has no part \"shaft\", which its kind moves");
}
