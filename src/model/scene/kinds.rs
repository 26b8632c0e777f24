//! Kind files: `assets/kinds/<id>.toml`, or a scene's own `kinds/<id>.toml`, which win.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use toml::de::DeTable;

use crate::model::kind::{EquipmentKind, Physics};
use crate::model::process::Process;
use crate::model::signal::SignalSpec;

use super::diagnostic::{FileId, Report, Span, quote, suggest};
use super::files::{self, FileError};
use super::model_tree::{Bounds, Model};
use super::models::Models;
use super::table::{Field, Table, is_id};
use super::{motion, process, signals, slots};

/// Height of the label above the top of an equipment, m.
const LABEL_CLEARANCE: f64 = 0.3;

/// Folders in which the files of a scene are looked for, the first that has one wins.
pub(super) struct Folders {
    pub kinds: Vec<PathBuf>,
    pub models: Vec<PathBuf>,
}

/// A kind, and what only its checks need.
pub(super) struct Kind {
    pub kind: Arc<EquipmentKind>,
    /// Nodes that its motions name, when it has no model of its own to find them in.
    pub loose_nodes: Vec<(Arc<str>, Span)>,
}

/// The kinds of a scene, read when they are first asked for.
pub(super) struct Kinds<'a> {
    report: &'a Report,
    folders: &'a Folders,
    models: Models,
    manifests: slots::Manifests,
    read: HashMap<Arc<str>, Option<Rc<Kind>>>,
    used: Vec<Arc<EquipmentKind>>,
}

impl<'a> Kinds<'a> {
    pub fn new(report: &'a Report, folders: &'a Folders) -> Self {
        Self {
            report,
            folders,
            models: Models::default(),
            manifests: slots::Manifests::default(),
            read: HashMap::new(),
            used: Vec::new(),
        }
    }

    /// The kind that a field names; `None` after a mistake was noted.
    pub fn get(&mut self, field: &Field<'_>) -> Option<Rc<Kind>> {
        let id = field.text()?;
        if let Some(kind) = self.read.get(id) {
            if kind.is_none() && self.find(id).is_err() {
                self.unknown(field, id);
            }
            return kind.clone();
        }
        let kind = match self.find(id) {
            Ok(path) => self.read_file(id, &path),
            Err(_) => {
                self.unknown(field, id);
                None
            }
        };
        if let Some(kind) = &kind {
            self.used.push(Arc::clone(&kind.kind));
        }
        self.read.insert(Arc::from(id), kind.clone());
        kind
    }

    /// Reads the kinds of the scene's own folder that nobody used, for their mistakes.
    pub fn check_unused(&mut self) {
        let own: Vec<PathBuf> = self.folders.kinds.iter().take(1).cloned().collect();
        for id in files::names_with_suffix(&own, ".toml") {
            if !self.read.contains_key(id.as_str())
                && let Ok(path) = self.find(&id)
            {
                let kind = self.read_file(&id, &path);
                self.read.insert(Arc::from(id), kind);
            }
        }
    }

    /// Every kind in use, in the order of first use.
    pub fn used(&self) -> Vec<Arc<EquipmentKind>> {
        self.used.clone()
    }

    /// Finds and reads a model for a field that names its file.
    pub fn model(&mut self, field: &Field<'_>) -> Option<(PathBuf, Rc<Model>)> {
        let name = field.text()?;
        let path = match files::find_inside(&self.folders.models, name) {
            Ok(path) => path,
            Err(error) => {
                let help = match error {
                    FileError::Missing if !self.report.is_full() => {
                        let names = files::names_with_suffix(&self.folders.models, ".glb");
                        let names: Vec<_> = names
                            .iter()
                            .filter(|name| !name.ends_with(".lod1"))
                            .map(|name| format!("{name}.glb"))
                            .collect();
                        suggest(name, names.iter().map(String::as_str), "models")
                    }
                    FileError::Leaves => {
                        Some("put it in the scene's models folder and give its name".to_owned())
                    }
                    _ => None,
                };
                field.error(format!("model {} {error}", quote(name)), help);
                return None;
            }
        };
        match self.models.read(&path) {
            Ok(model) => Some((path, model)),
            Err(error) => {
                field.error(
                    format!("model {} {error}", quote(name)),
                    "export it again as one self-contained .glb (glTF 2.0, no compression)"
                        .to_owned(),
                );
                None
            }
        }
    }

    /// The coarse model beside a kind's model, if there is one.
    pub fn far_model(&mut self, table: &Table<'_>, path: &Path) -> Option<PathBuf> {
        let stem = path.file_stem()?.to_str()?;
        let far = path.with_file_name(format!("{stem}.lod1.glb"));
        if !far.is_file() {
            return None;
        }
        match self.models.read(&far) {
            Ok(_) => Some(far),
            Err(error) => {
                self.report.error(
                    table.at,
                    format!("model {} {error}", quote(&format!("{stem}.lod1.glb"))),
                    "export it again, or remove it: it is only drawn far away".to_owned(),
                );
                None
            }
        }
    }

    fn find(&self, id: &str) -> Result<PathBuf, FileError> {
        if !is_id(id) {
            return Err(FileError::Missing);
        }
        files::find_inside(&self.folders.kinds, &format!("{id}.toml"))
    }

    fn unknown(&self, field: &Field<'_>, id: &str) {
        let help = if self.report.is_full() {
            None
        } else {
            let known = files::names_with_suffix(&self.folders.kinds, ".toml");
            let nearest = suggest(id, known.iter().map(String::as_str), "known kinds");
            Some(nearest.unwrap_or_else(|| {
                "a kind is a file kinds/<id>.toml beside the scene or in the assets".to_owned()
            }))
        };
        field.error(format!("unknown kind {}", quote(id)), help);
    }

    fn read_file(&mut self, id: &str, path: &Path) -> Option<Rc<Kind>> {
        let (file, text) = read_source(self.report, path)?;
        let root = parse(self.report, file, &text)?;
        let table = Table::new(self.report, &root, file.whole(), "the kind");
        check_format(&table);
        Some(Rc::new(self.read_kind(id, &table)))
    }

    fn read_kind(&mut self, id: &str, table: &Table<'_>) -> Kind {
        let text = |key| table.get(key).and_then(|field| field.arc());
        let name = text("name").unwrap_or_else(|| Arc::from(id));
        let description = text("description").unwrap_or_default();
        let model = table.get("model").and_then(|field| self.model(&field));
        let size = read_size(
            table,
            model.as_ref().and_then(|(_, model)| model.bounds),
            "the kind",
        );
        let tile_length = table.get("tile").and_then(|field| field.positive());
        let label_anchor = table
            .get("label")
            .and_then(|field| field.numbers::<3>())
            .unwrap_or([0.0, height(size) + LABEL_CLEARANCE, 0.0]);
        let process = table
            .table("process", "[process]")
            .map_or(Process::None, |table| process::read(&table, &Process::None));
        let signals = read_signals(table);
        let mut motions = Vec::new();
        let mut loose_nodes = Vec::new();
        for table in table.tables("motion", "[[motion]]") {
            let Some((motion, at)) = motion::read(&table, &signals) else {
                continue;
            };
            if let (Some(node), Some(at)) = (&motion.node, at) {
                match &model {
                    Some((path, model)) if !model.has_node(node) => {
                        let file = path.file_name().unwrap_or_default().to_string_lossy();
                        self.report.error(
                            at,
                            format!("model {} has no node {}", quote(&file), quote(node)),
                            suggest(node, model.names(), "its nodes"),
                        );
                    }
                    Some(_) => {}
                    None => loose_nodes.push((Arc::clone(node), at)),
                }
            }
            motions.push(motion);
        }
        if table.has("model") && model.is_none() {
            // The missing model was reported; its nodes cannot be known.
            loose_nodes.clear();
        }
        let slots = slots::read(
            table,
            model.as_ref().map(|(path, model)| (&**path, &**model)),
            &mut self.manifests,
        );
        let model = model.map(|(path, _)| path);
        let model_far = model
            .as_deref()
            .and_then(|path| self.far_model(table, path));
        Kind {
            kind: Arc::new(EquipmentKind {
                id: Arc::from(id),
                name,
                description,
                model,
                model_far,
                size,
                tile_length,
                label_anchor,
                signals,
                motions,
                slots,
                process,
            }),
            loose_nodes,
        }
    }
}

fn height([_, _, height]: [f64; 3]) -> f64 {
    height
}

/// The size that a table states, or else that of its model.
pub(super) fn read_size(table: &Table<'_>, bounds: Option<Bounds>, what: &str) -> [f64; 3] {
    if let Some(field) = table.get("size") {
        return size(&field).unwrap_or([1.0; 3]);
    }
    if let Some([[lx, _, lz], [hx, hy, hz]]) = bounds {
        return [hx - lx, hz - lz, hy].map(|side| side.clamp(0.01, 1e5));
    }
    if !table.has("model") {
        table.report.error(
            table.at,
            format!("{what} has neither a size nor a model"),
            "add size = [length, width, height] in metres".to_owned(),
        );
    }
    [1.0; 3]
}

/// Length, width and height in metres, all above 0.
pub(super) fn size(field: &Field<'_>) -> Option<[f64; 3]> {
    let size = field.numbers::<3>()?;
    let is_size = size.iter().all(|side| *side > 0.0 && *side <= 1e5);
    if !is_size {
        field.error(
            "a size is [length, width, height] in metres, each above 0",
            None,
        );
    }
    is_size.then_some(size)
}

fn read_signals(table: &Table<'_>) -> Vec<Arc<SignalSpec>> {
    let Some(mut table) = table.table("signals", "[signals]") else {
        return Vec::new();
    };
    let mut integrals = Vec::new();
    let mut specs = Vec::new();
    for (field, at) in table.entries() {
        if !is_id(field.key) {
            field.report.error(
                at,
                format!("{} cannot be a signal's name", quote(field.key)),
                "a name has letters, digits, '_', '-' and '.'".to_owned(),
            );
            continue;
        }
        let Some(table) = field.table("the signal") else {
            continue;
        };
        let base = SignalSpec {
            name: Arc::from(field.key),
            ..SignalSpec::default()
        };
        let spec = signals::read(&table, base);
        if let Some(Physics::Integral { of }) = spec.sensor.as_ref().map(|sensor| &sensor.physics) {
            integrals.push((Arc::clone(of), table.at));
        }
        specs.push(Arc::new(spec));
    }
    for (of, at) in integrals {
        if !specs.iter().any(|spec| spec.name == of) {
            table.report.error(
                at,
                format!(
                    "the sensor is the integral of an unknown signal {}",
                    quote(&of)
                ),
                suggest(&of, specs.iter().map(|spec| &*spec.name), "signals"),
            );
        }
    }
    specs
}

/// Enters a file into the report and reads it.
pub(super) fn read_source(report: &Report, path: &Path) -> Option<(FileId, String)> {
    match files::read_text(path) {
        Ok(text) => Some((report.add_file(path, &text), text)),
        Err(error) => {
            let file = report.add_file(path, "");
            report.error(file.whole(), format!("the file {error}"), None);
            None
        }
    }
}

/// Parses a file; `None` after its syntax errors were noted.
pub(super) fn parse<'t>(report: &Report, file: FileId, text: &'t str) -> Option<DeTable<'t>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error
            .span()
            .map_or(file.whole(), |span| file.at(span.start));
        report.error(at, format!("not TOML: {}", error.message()), None);
    }
    errors.is_empty().then(|| table.into_inner())
}

/// Checks the `format` key.
pub(super) fn check_format(table: &Table<'_>) {
    match table.get("format") {
        Some(field) => {
            if let Some(format) = field.whole(0, u32::MAX)
                && format != 1
            {
                field.error(
                    format!("format {format} is not one that this version reads"),
                    "this version reads format = 1".to_owned(),
                );
            }
        }
        None => table.report.error(
            table.at,
            "the file has no format",
            "begin it with format = 1".to_owned(),
        ),
    }
}
