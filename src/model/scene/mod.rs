//! Scene files in: [`load`] reads a scene and the kinds and models it uses, checks all of it, and
//! gives a [`Plant`], or every mistake at once.
//!
//! The format is described in `scenes/README.md`. Nothing that a file says is trusted: sizes are
//! looked at before anything is read, names cannot leave the scene's folder, and no text makes
//! this panic.

mod bindings;
mod calendar;
mod choice;
mod diagnostic;
mod distribution;
mod duration;
mod equipment;
mod files;
mod flows;
mod hierarchy;
mod kinds;
mod layout;
mod model_tree;
mod models;
mod motion;
mod process;
mod resources;
mod routes;
mod scenario;
mod sensor;
mod sessions;
mod signals;
mod slots;
mod sources;
mod story;
mod table;
mod template;
mod workpieces;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use diagnostic::{Diagnostic, Severity};
pub use duration::{ParseDurationError, parse_duration};
pub use files::assets_folder;
pub use scenario::{
    PlannedStop, Scenario, StopReason, files as scenario_files, load as load_scenario,
    parse as read_scenario,
};
pub use sources::{UrlError, check_url};

use super::Plant;
use diagnostic::Report;
use kinds::{Folders, Kinds};
use table::Table;

/// A scene that can be used.
#[derive(Debug)]
pub struct Loaded {
    /// The plant.
    pub plant: Plant,
    /// What is probably meant otherwise.
    pub warnings: Vec<Diagnostic>,
}

/// A scene that cannot be used: its mistakes, all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneError {
    /// The mistakes, in order of file and line.
    pub errors: Vec<Diagnostic>,
    /// How many more there are than are listed.
    pub omitted: usize,
    /// What is probably meant otherwise.
    pub warnings: Vec<Diagnostic>,
}

impl std::error::Error for SceneError {}

/// Every mistake on its own lines, warnings last.
impl fmt::Display for SceneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.errors.iter().chain(&self.warnings).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            diagnostic.fmt(f)?;
        }
        if self.omitted > 0 {
            write!(f, "\n… and {} more", self.omitted)?;
        }
        Ok(())
    }
}

/// Reads and checks a scene: a folder with a `scene.toml`, or the file itself. Built-in kinds and
/// models come from [`assets_folder`].
///
/// # Errors
///
/// Every mistake of the scene, its kinds and its models.
pub fn load(path: &Path) -> Result<Loaded, SceneError> {
    load_with_assets(path, &assets_folder())
}

/// As [`load`], with built-in kinds and models from another folder.
///
/// # Errors
///
/// Every mistake of the scene, its kinds and its models.
pub fn load_with_assets(path: &Path, assets: &Path) -> Result<Loaded, SceneError> {
    let report = Report::default();
    let plant = read(path, assets, &report);
    let (errors, omitted, warnings) = report.finish();
    match plant {
        Some(plant) if errors.is_empty() => Ok(Loaded { plant, warnings }),
        _ => Err(SceneError {
            errors,
            omitted,
            warnings,
        }),
    }
}

fn read(path: &Path, assets: &Path, report: &Report) -> Option<Plant> {
    let file_path = if path.is_dir() {
        path.join("scene.toml")
    } else {
        path.to_path_buf()
    };
    let folder = match file_path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let id = scene_id(&file_path, &folder);
    let (file, text) = kinds::read_source(report, &file_path)?;
    let root = kinds::parse(report, file, &text)?;
    let scene = Table::new(report, &root, file.whole(), "the scene");
    kinds::check_format(&scene);

    let folders = Folders {
        kinds: vec![folder.join("kinds"), assets.join("kinds")],
        models: vec![folder.join("models"), assets.join("models")],
    };
    let mut kinds = Kinds::new(report, &folders);
    let name = scene
        .get("name")
        .and_then(|field| field.arc())
        .unwrap_or_else(|| Arc::clone(&id));
    let calendar = calendar::read(&scene);
    let model = scene.get("model").and_then(|field| kinds.model(&field));
    let (mut groups, group_index) = hierarchy::read(&scene, report, &id, &name);
    let mut list = equipment::read(
        &scene,
        &mut kinds,
        &mut groups,
        &group_index,
        model.as_ref().map(|(_, model)| &**model),
    );
    let workpieces = workpieces::read(&scene, &mut kinds, &list);
    kinds.check_unused();
    layout::place_rest(&mut list);
    layout::check_overlaps(report, &list);
    let (flows, routes) = flows::read(&scene, &list);
    let resources = resources::read(&scene, &list, &calendar);
    let mut sources = sources::read(&scene, &folder);
    let bound = bindings::bind(bindings::Scene {
        report,
        groups: &groups,
        group_index: &group_index,
        list: &mut list,
        sources: &mut sources,
    });
    let story = story::read(&scene, &list);
    if list.equipment.is_empty() && !report.has_errors() {
        report.error(
            file.whole(),
            "the scene has no equipment",
            "add an [[equipment]] with an id and a kind".to_owned(),
        );
    }
    let mut plant = Plant::default();
    plant.id = id;
    plant.name = name;
    plant.file = file_path;
    plant.calendar = calendar;
    plant.kinds = kinds.used();
    plant.groups = groups;
    plant.equipment = list.equipment;
    plant.signals = list.signals;
    plant.flows = flows;
    plant.routes = routes;
    plant.resources = resources;
    plant.workpieces = workpieces;
    plant.connections = sources.connections;
    plant.bindings = bound.bindings;
    plant.sessions = bound.sessions;
    plant.model = model.map(|(path, _)| path);
    plant.story = story;
    Some(plant.index())
}

/// The scene folder's name; for a file that is not called `scene.toml`, its own.
fn scene_id(file: &Path, folder: &Path) -> Arc<str> {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    let name = match stem {
        Some("scene") => folder
            .canonicalize()
            .ok()
            .and_then(|folder| Some(folder.file_name()?.to_str()?.to_owned())),
        stem => stem.map(str::to_owned),
    };
    let id: String = name
        .unwrap_or_default()
        .chars()
        .map(|c| {
            if table::is_id(c.encode_utf8(&mut [0; 4])) || c == '.' {
                c
            } else {
                '-'
            }
        })
        .take(64)
        .collect();
    Arc::from(if id.is_empty() { "plant" } else { &id })
}
