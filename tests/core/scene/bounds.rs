//! What a scene must not make the program read, and files that are no scenes.

use std::fs::File;

use super::{Scene, help};

const ONE: &str = "equipment = [{ id = \"a\", kind = \"station\" }]";

#[test]
fn a_model_outside_of_the_folders_is_refused() {
    for name in [
        "/etc/passwd",
        "../secret.glb",
        "a/../../secret.glb",
        "a\\\\..\\\\secret.glb",
        "",
    ] {
        let scene = Scene::new(&format!("model = \"{name}\" # here\n{ONE}"));
        scene.only_mistake("leaves the folder of the scene");
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_refused() {
    let outside = tempfile::NamedTempFile::new().expect("a file");
    let scene = Scene::new(&format!("model = \"link.glb\" # here\n{ONE}")).with("models/x", "");
    std::os::unix::fs::symlink(outside.path(), scene.path().join("models/link.glb"))
        .expect("a link");
    scene.only_mistake("leaves the folder of the scene");
}

#[test]
fn a_kind_cannot_be_a_path() {
    let scene = Scene::new("[[equipment]]\nid = \"a\"\nkind = \"../kinds/station\" # here");
    scene.only_mistake("unknown kind \"../kinds/station\"");
}

#[test]
fn a_certificate_may_lie_elsewhere_but_not_above() {
    let source = |ca: &str| {
        format!(
            "[[source]]\nid = \"s\"\nurl = \"mqtts://x\"\nca = \"{ca}\" # here\n[[equipment]]\nid = \"a\"\nkind = \"station\""
        )
    };
    Scene::new(&source("../ca.pem")).only_mistake("the path leaves the folder");
    let loaded = Scene::new(&source("/nowhere/ca.pem"))
        .load()
        .expect("a scene");
    assert!(
        loaded.warnings[0]
            .message
            .contains("there is no file \"/nowhere/ca.pem\" here")
    );
}

#[test]
fn a_scene_that_is_not_there_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = twinscape::model::scene::load(&folder.path().join("none")).expect_err("no scene");
    assert!(
        error.errors[0]
            .message
            .starts_with("the file cannot be read"),
        "{error}"
    );
    assert_eq!(error.errors[0].line, 0);
}

#[test]
fn a_file_that_is_not_text_says_where() {
    let scene = Scene::new("").with("scene.toml", b"format = 1\nname = \"\xff\"\n");
    let mistakes = scene.mistakes();
    assert_eq!(mistakes[0].message, "the file is not UTF-8 text (byte 19)");
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    let scene = Scene::new("").with("scene.toml", format!("\u{feff}format = 1\n{ONE}"));
    assert_eq!(scene.plant().equipment.len(), 1);
}

#[test]
fn a_file_too_large_is_not_read() {
    // Sparse: it claims 65 MiB and holds nothing.
    let scene = Scene::new("");
    let file = File::create(scene.path().join("scene.toml")).expect("a file");
    file.set_len(65 << 20).expect("a size");
    assert!(
        scene.mistakes()[0]
            .message
            .contains("more than the 67108864 that are read")
    );

    let scene =
        Scene::new(&format!("model = \"big.glb\" # here\n{ONE}")).with("models/big.glb", "");
    let file = File::create(scene.path().join("models/big.glb")).expect("a file");
    file.set_len(3 << 30).expect("a size");
    scene.only_mistake(
        "model \"big.glb\" is 3221225472 bytes, more than the 268435456 that are read",
    );
}

#[test]
fn a_folder_in_place_of_a_file_is_refused() {
    let scene = Scene::new(&format!("model = \"m.glb\" # here\n{ONE}")).with("models/m.glb/x", "");
    scene.only_mistake("is not a file");
}

#[test]
fn a_missing_model_is_named_with_the_nearest_one() {
    let scene = Scene::new(&format!("model = \"cnc-lathes.glb\" # here\n{ONE}"));
    let mistake = scene.only_mistake("model \"cnc-lathes.glb\" does not exist");
    assert_eq!(help(&mistake), "did you mean \"cnc-lathe.glb\"?");
}

#[test]
fn a_small_file_cannot_ask_for_all_the_memory() {
    let signals: String = (0..50_000).map(|n| format!("[signals.s{n}]\n")).collect();
    let equipment: String = (0..100)
        .map(|n| format!("{{ id = \"e{n}\", kind = \"k\" }},\n"))
        .collect();
    let scene = Scene::new(&format!("equipment = [\n{equipment}]"))
        .kind("k", &format!("size = [1, 1, 1]\n{signals}"));
    assert!(
        scene.mistakes()[0]
            .message
            .contains("more than 4000000 signals")
    );
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let scene = Scene::new(&format!(
        "x = {}1{}\n{ONE}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    ));
    assert!(!scene.mistakes().is_empty());
}
