//! `scenes/README.md`: what it shows works, and it leaves nothing out.

use std::collections::BTreeSet;
use std::path::Path;

use twinscape::model::{Quantity, Unit, scene};

use super::{Scene, assets};

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/README.md");
    std::fs::read_to_string(path).expect("scenes/README.md")
}

/// The examples: each a scene with the kinds shown before it.
fn examples() -> Vec<Vec<(String, String)>> {
    let text = readme();
    let mut examples = Vec::new();
    let mut files = Vec::new();
    for block in text.split("```toml\n").skip(1) {
        let (block, _) = block.split_once("```").expect("a closed block");
        let name = block
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# "))
            .expect("the name of the file first");
        if name == "scenario.toml" {
            continue;
        }
        files.push((name.to_owned(), block.to_owned()));
        if name == "scene.toml" {
            examples.push(std::mem::take(&mut files));
        }
    }
    assert!(files.is_empty(), "a kind without its scene");
    examples
}

#[test]
fn every_example_in_the_documentation_is_a_scene_without_mistakes() {
    let examples = examples();
    assert_eq!(examples.len(), 3);
    for files in examples {
        let scene = files
            .iter()
            .fold(Scene::new(""), |scene, (name, text)| scene.with(name, text));
        match scene.load() {
            Ok(loaded) => assert_eq!(loaded.warnings, [], "{files:?}"),
            Err(error) => panic!("{error}\n{files:?}"),
        }
    }
}

#[test]
fn the_scenario_in_the_documentation_is_one_for_the_queue() {
    let (_, queue) = examples().remove(0).remove(0);
    let readme = readme();
    let (_, scenario) = readme.split_once("# scenario.toml").expect("a scenario");
    let (scenario, _) = scenario.split_once("```").expect("a closed block");
    let scene = Scene::new("")
        .with("queue.toml", queue)
        .with("scenario.toml", scenario);
    let plant = scene::load_with_assets(&scene.path().join("queue.toml"), &assets());
    let plant = plant.expect("the first example").plant;
    match scene::load_scenario(&scene.path().join("scenario.toml"), &plant) {
        Ok(scenario) => {
            assert_eq!(scenario.warnings, []);
            assert_eq!(scenario.plant.equipment.len(), 6);
            assert_eq!(scenario.stops.len(), 1);
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_first_example_has_ten_lines_and_is_a_queue() {
    let example = examples().remove(0);
    let (_, text) = &example[0];
    assert!(text.lines().skip(1).count() <= 10);
    let plant = Scene::new("").with("scene.toml", text).plant();
    assert_eq!(plant.flows.len(), 3);
}

#[test]
fn the_documented_binding_is_the_one_that_is_made() {
    let files = examples().remove(1);
    let scene = files
        .iter()
        .fold(Scene::new(""), |scene, (name, text)| scene.with(name, text));
    let plant = scene.plant();
    let topics: Vec<_> = plant
        .bindings
        .iter()
        .map(|binding| &*binding.topic)
        .collect();
    assert!(
        topics.contains(&"waterworks/intake/feed/p-1/pressure"),
        "{topics:?}"
    );
}

#[test]
fn every_unit_and_quantity_is_in_the_documentation() {
    let text = readme();
    for unit in Unit::all() {
        assert!(
            unit.symbol.is_empty() || text.contains(&format!("`{}`", unit.symbol)),
            "{unit} is not documented"
        );
    }
    for quantity in Quantity::all() {
        assert!(
            text.contains(&format!("| `{}`", quantity.as_str())),
            "{quantity:?}"
        );
    }
}

/// The files in a folder, and in those in it.
fn sources(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the reader") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// The keys that the reader asks for, found in its source.
#[test]
fn every_key_that_the_reader_knows_is_in_the_documentation() {
    let text = readme();
    let mut keys = BTreeSet::new();
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model/scene"),
        &mut files,
    );
    for file in files {
        let source = std::fs::read_to_string(file).expect("a text");
        for call in ["get(\"", "require(\"", ".table(\"", "tables(\""] {
            for (at, _) in source.match_indices(call) {
                let rest = &source[at + call.len()..];
                if let Some((key, behind)) = rest.split_once('"')
                    && (behind.starts_with(')') || behind.starts_with(','))
                    && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                {
                    keys.insert(key.to_owned());
                }
            }
        }
    }
    assert!(keys.len() > 60, "{keys:?}");
    let missing: Vec<_> = keys
        .iter()
        .filter(|key| {
            !["`", "[[", "[", ".", "[[source.", "`{ "]
                .iter()
                .any(|before| text.contains(&format!("{before}{key}")))
                && !text.contains(&format!(" {key} = "))
        })
        .collect();
    assert!(missing.is_empty(), "not documented: {missing:?}");
}

#[test]
fn the_built_in_kinds_are_all_without_mistakes() {
    let kinds = std::fs::read_dir(assets().join("kinds")).expect("the kinds");
    let mut count = 0;
    for entry in kinds {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("a name");
        let Some(id) = name.strip_suffix(".toml") else {
            continue;
        };
        Scene::new(&format!("equipment = [{{ id = \"a\", kind = \"{id}\" }}]")).plant();
        count += 1;
    }
    assert!(count >= 30, "{count} kinds");
}
