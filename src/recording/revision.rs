//! Plant revisions: the scene, and the kinds and models it uses, kept beside what was recorded under
//! it, so that a recording opens with nothing else. What-ifs that are described beside the scene come
//! with it; they are ideas about the plant, and no revision of it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::SignalNames;
use super::storage::{Storage, write_whole};
use crate::model::{Plant, scene};

/// What a plant is made of.
#[derive(Clone, Debug)]
pub struct Revision {
    /// CRC-32 of all of it: its name on disk, in hexadecimal.
    pub crc: u32,
    /// Files by their place in the revision's folder: where they are now.
    files: BTreeMap<PathBuf, PathBuf>,
    /// Scenario files, likewise: the newest are kept.
    scenarios: BTreeMap<PathBuf, PathBuf>,
}

impl Revision {
    /// Of this plant. A file that cannot be read is left out.
    pub fn of(plant: &Plant, names: &SignalNames) -> Self {
        let mut files = BTreeMap::new();
        if plant.file.is_file() {
            files.insert(PathBuf::from("scene.toml"), plant.file.clone());
        }
        let own = plant.file.parent().unwrap_or(Path::new(".")).to_owned();
        let assets = scene::assets_folder();
        for kind in &plant.kinds {
            let name = format!("{}.toml", kind.id);
            let place = [&own, &assets]
                .map(|folder| folder.join("kinds").join(&name))
                .into_iter()
                .find(|path| path.is_file());
            if let Some(place) = place {
                files.insert(Path::new("kinds").join(name), place);
            }
        }
        let kinds = plant.kinds.iter();
        let models = kinds
            .flat_map(|kind| [&kind.model, &kind.model_far])
            .chain(
                plant
                    .workpieces
                    .iter()
                    .flat_map(|kind| [&kind.model, &kind.model_far]),
            )
            .chain([&plant.model])
            .flatten();
        for model in models {
            let inside = [&own, &assets]
                .map(|folder| folder.join("models"))
                .iter()
                .find_map(|folder| model.strip_prefix(folder).ok())
                .map(Path::to_owned);
            if let Some(name) = inside.or_else(|| model.file_name().map(PathBuf::from)) {
                files.insert(Path::new("models").join(name), model.clone());
            }
        }
        // What is said of the models beside them: the slots in which parts rest.
        let beside = [&own, &assets]
            .map(|folder| folder.join("models/models.toml"))
            .into_iter()
            .find(|path| path.is_file());
        files.extend(beside.map(|path| (PathBuf::from("models/models.toml"), path)));
        let mut hasher = crc32fast::Hasher::new();
        for (_, name) in names.iter() {
            hasher.update(name.as_bytes());
            hasher.update(b"\n");
        }
        files.retain(|name, path| match fs::read(path) {
            Ok(bytes) => {
                hasher.update(name.to_string_lossy().as_bytes());
                hasher.update(&(bytes.len() as u64).to_le_bytes());
                hasher.update(&bytes);
                true
            }
            Err(_) => false,
        });
        let scenarios = scene::scenario_files(plant).into_iter();
        Self {
            crc: hasher.finalize(),
            files,
            scenarios: scenarios
                .map(|name| (name.clone(), own.join(name)))
                .collect(),
        }
    }

    /// `plants/1a2b3c4d`
    pub fn folder(root: &Path, crc: u32) -> PathBuf {
        root.join("plants").join(format!("{crc:08x}"))
    }

    /// Copies it into the recording, unless it is there. The scene comes last: where it is, all is.
    ///
    /// # Errors
    /// As the disk says.
    pub fn keep(&self, storage: &dyn Storage, root: &Path) -> io::Result<()> {
        let folder = Self::folder(root, self.crc);
        let scene = Path::new("scene.toml");
        for (name, from) in &self.scenarios {
            // One that cannot be read is no reason not to record.
            if let Ok(bytes) = fs::read(from) {
                keep_file(storage, &folder.join(name), &bytes)?;
            }
        }
        if folder.join(scene).is_file() || !self.files.contains_key(scene) {
            return Ok(());
        }
        let rest = self.files.iter().filter(|(name, _)| *name != scene);
        let last = self.files.get_key_value(scene);
        for (name, from) in rest.chain(last) {
            keep_file(storage, &folder.join(name), &fs::read(from)?)?;
        }
        Ok(())
    }
}

/// Writes a file unless it says so already.
fn keep_file(storage: &dyn Storage, to: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        storage.make_folder(parent)?;
    }
    write_whole(storage, to, |file| file.write_all(bytes))
}
