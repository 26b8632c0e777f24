//! Scenarios in: [`load`] reads what is to be different about a plant, and gives the changed plant.
//!
//! A scenario is a TOML file of its own, in the words of scenes; `scenes/README.md` describes it.
//! The plant keeps all its equipment, so that ids stay: what is removed has no part in the flow any
//! more, what is added comes last. Added equipment has no signals; it is there to be simulated.

mod edit;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{EquipmentId, Plant};

use super::diagnostic::{Diagnostic, FileId, Report, quote};
use super::table::Table;
use super::{SceneError, calendar, kinds, resources};
use edit::Edit;

/// A plant with what is different about it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Name for people.
    pub name: Arc<str>,
    /// The changed plant.
    pub plant: Plant,
    /// What happens to it, by time.
    pub stops: Vec<PlannedStop>,
    /// What is probably meant otherwise.
    pub warnings: Vec<Diagnostic>,
}

/// An equipment that will be down for a while, or for good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedStop {
    /// Which.
    pub equipment: EquipmentId,
    /// After the start of the simulation, in seconds.
    pub at_secs: f64,
    /// For how long, in seconds; `None`: for good.
    pub lasts_secs: Option<f64>,
    /// Why.
    pub cause: StopReason,
}

/// Why an equipment is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StopReason {
    /// A fault.
    #[default]
    Fault,
    /// Somebody switches it off.
    Operator,
    /// Planned maintenance.
    Maintenance,
}

/// Reads a scenario for `plant`.
///
/// # Errors
/// Every mistake of the file, each with its line; that it is for another plant; equipment that the
/// plant does not have, with the name that is nearest.
pub fn load(path: &Path, plant: &Plant) -> Result<Scenario, SceneError> {
    let report = Report::default();
    let source = kinds::read_source(&report, path);
    let scenario = source.and_then(|(file, text)| read(path, file, &text, plant, &report));
    finish(report, scenario)
}

/// Reads a scenario for `plant` from a text; `name` stands for the file in messages.
///
/// # Errors
/// As [`load`].
pub fn parse(name: &str, text: &str, plant: &Plant) -> Result<Scenario, SceneError> {
    let report = Report::default();
    let path = Path::new(name);
    let file = report.add_file(path, text);
    let scenario = read(path, file, text, plant, &report);
    finish(report, scenario)
}

/// The scenario files of a plant: those in the folder `scenarios` beside its scene, relative to that,
/// in order. None where the folder cannot be read.
#[must_use]
pub fn files(plant: &Plant) -> Vec<PathBuf> {
    const FOLDER: &str = "scenarios";
    let beside = plant.file.parent().unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(beside.join(FOLDER)).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|it| it == "toml"))
        .map(|entry| Path::new(FOLDER).join(entry.file_name()))
        .collect();
    files.sort();
    files
}

fn finish(report: Report, scenario: Option<Scenario>) -> Result<Scenario, SceneError> {
    let (errors, omitted, warnings) = report.finish();
    match scenario {
        Some(mut scenario) if errors.is_empty() => {
            scenario.warnings = warnings;
            Ok(scenario)
        }
        _ => Err(SceneError {
            errors,
            omitted,
            warnings,
        }),
    }
}

fn read(path: &Path, file: FileId, text: &str, plant: &Plant, report: &Report) -> Option<Scenario> {
    let root = kinds::parse(report, file, text)?;
    let table = Table::new(report, &root, file.whole(), "the scenario");
    kinds::check_format(&table);
    if let Some(field) = table.require("scene")
        && let Some(scene) = field.text()
        && *scene != *plant.id
    {
        field.error(
            format!(
                "this scenario is for {}, not for {}",
                quote(scene),
                quote(&plant.id)
            ),
            "simulate that scene with it, or say scene = … for this one".to_owned(),
        );
        table.abandon();
        return None;
    }
    let name = table.get("name").and_then(|field| field.arc());
    let mut edit = Edit {
        report,
        plant: plant.clone(),
    };
    for added in table.tables("add", "[[add]]") {
        edit.add(&added);
    }
    for changed in table.tables("change", "[[change]]") {
        edit.change(&changed);
    }
    for removed in table.tables("remove", "[[remove]]") {
        edit.remove(&removed);
    }
    for route in table.tables("route", "[[route]]") {
        edit.route(&route);
    }
    if table.has("shift") {
        // The scenario's shifts stand in place of the plant's.
        let own = calendar::read(&table);
        edit.plant.calendar.shifts = own.shifts;
    }
    let stops = table.tables("stop", "[[stop]]");
    let stops = stops.iter().filter_map(|table| edit.stop(table)).collect();
    resources::change(&table, &mut edit.plant, file.whole());
    Some(Scenario {
        name: name.unwrap_or_else(|| Arc::from(path.to_string_lossy())),
        plant: edit.plant.index(),
        stops,
        warnings: Vec::new(),
    })
}
