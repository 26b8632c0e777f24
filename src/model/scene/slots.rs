//! Where parts rest in a kind: its `[[slot]]` tables, or else what `models.toml` beside its model
//! says of that model.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::workpiece::{Hold, Slot};

use super::diagnostic::{Report, Span, quote, suggest};
use super::model_tree::{Matrix, Model, NodeError, inverse, product};
use super::table::{Field, Table};
use super::{kinds, motion};

/// Most slots of a kind: a small file must not ask for all the memory.
const MAX_SLOTS: usize = 10_000;

/// A kind's model file and what is in it.
pub(super) type KindModel<'a> = Option<(&'a Path, &'a Model)>;

/// A point, the node that carries it, and where in a file it is named.
type Place = ([f64; 3], Option<Arc<str>>, Span);

/// The slots that manifests beside models list, read when they are first asked for.
#[derive(Default)]
pub(super) struct Manifests(HashMap<PathBuf, HashMap<String, Vec<Place>>>);

/// The slots of a kind.
pub(super) fn read(
    table: &Table<'_>,
    model: KindModel<'_>,
    manifests: &mut Manifests,
) -> Vec<Slot> {
    if table.has("slot") {
        let mut slots = Vec::new();
        for table in table.tables("slot", "[[slot]]") {
            read_one(&table, model, &mut slots);
        }
        return slots;
    }
    // Asked for, so that it is a known key.
    let _ = table.get("slot");
    let Some((path, model)) = model else {
        return Vec::new();
    };
    manifests
        .of(table.report, path)
        .iter()
        .filter_map(|(at, node, named)| {
            let frame = in_node(
                table.report,
                &frame(*at, [0.0, 1.0, 0.0], 0.0),
                node.as_deref().map(|node| (node, *named)),
                Some((path, model)),
            )?;
            Some(Slot {
                at: *at,
                node: node.clone(),
                frame,
                hold: Hold::Base,
            })
        })
        .collect()
}

fn read_one(table: &Table<'_>, model: KindModel<'_>, slots: &mut Vec<Slot>) {
    let at = table.require("at").and_then(|field| field.numbers::<3>());
    let node = table
        .get("node")
        .and_then(|field| Some((field.arc()?, field.at)));
    let up = match table.get("up") {
        Some(field) => motion::axis(&field),
        None => Some([0.0, 1.0, 0.0]),
    };
    let turn = table
        .get("turn")
        .and_then(|field| field.number_within(-360.0, 360.0))
        .unwrap_or(0.0);
    let hold = table
        .get("hold")
        .and_then(|field| {
            field.word([
                ("base", Hold::Base),
                ("centre", Hold::Centre),
                ("top", Hold::Top),
            ])
        })
        .unwrap_or_default();
    let count = table.get("count").map_or([1; 3], |field| counts(&field));
    let step_field = table.get("step");
    let step = step_field
        .and_then(|field| field.numbers::<3>())
        .unwrap_or_default();
    if count != [1; 3] && step_field.is_none() {
        table.report.error(
            table.at,
            "slots that are counted need the step from one to the next",
            "add step = [x, y, z] in metres".to_owned(),
        );
    }
    let (Some([x, y, z]), Some(up)) = (at, up) else {
        return;
    };
    let [along, high, deep] = count;
    if (along as usize * high as usize * deep as usize) + slots.len() > MAX_SLOTS {
        table.report.error(
            table.at,
            format!("the kind has more than {MAX_SLOTS} slots"),
            None,
        );
        return;
    }
    for level in 0..high {
        for row in 0..deep {
            for place in 0..along {
                let [dx, dy, dz] = step;
                let at = [
                    x + dx * f64::from(place),
                    y + dy * f64::from(level),
                    z + dz * f64::from(row),
                ];
                let Some(frame) = in_node(
                    table.report,
                    &frame(at, up, turn.to_radians()),
                    node.as_ref().map(|(node, at)| (&**node, *at)),
                    model,
                ) else {
                    return;
                };
                slots.push(Slot {
                    at,
                    node: node.as_ref().map(|(node, _)| Arc::clone(node)),
                    frame,
                    hold,
                });
            }
        }
    }
}

/// How many slots there are along x, y and z.
fn counts(field: &Field<'_>) -> [u32; 3] {
    let fields = field.array().unwrap_or_default();
    if let [x, y, z] = fields.as_slice() {
        [x, y, z].map(|field| field.whole(1, MAX_SLOTS as u32).unwrap_or(1))
    } else {
        field.error("count is how many along [x, y, z]", None);
        [1; 3]
    }
}

/// A frame at a point, its y axis along `up` and turned about it.
fn frame([x, y, z]: [f64; 3], up: [f64; 3], turn: f64) -> Matrix {
    let [a, b, c] = up;
    // The shortest way that takes y to `up`, by Rodrigues' formula with axis y × up = (c, 0, -a).
    let shortest = if b < -1.0 + 1e-9 {
        [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]]
    } else {
        let k = 1.0 / (1.0 + b);
        [
            [1.0 - k * a * a, -a, -k * a * c],
            [a, b, c],
            [-k * a * c, -c, 1.0 - k * c * c],
        ]
    };
    let [right, up, back] = shortest.map(|[x, y, z]| [x, y, z, 0.0]);
    let (sin, cos) = turn.sin_cos();
    let tilted = [right, up, back, [x, y, z, 1.0]];
    let turned = [
        [cos, 0.0, -sin, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [sin, 0.0, cos, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ];
    product(&tilted, &turned)
}

/// A frame of the model in that of a node of it; `None` after a mistake was noted.
fn in_node(
    report: &Report,
    frame: &Matrix,
    node: Option<(&str, Span)>,
    model: KindModel<'_>,
) -> Option<Matrix> {
    let Some((name, at)) = node else {
        return Some(*frame);
    };
    let Some((path, model)) = model else {
        report.error(
            at,
            "a slot moves along with a node of the kind's model, and the kind has none",
            "leave the node out, or add model = \"….glb\"".to_owned(),
        );
        return None;
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let file = quote(&file);
    let problem = match model.find(name) {
        Ok(node) => match model.world_of(node).and_then(|world| inverse(&world)) {
            Some(inverse) => return Some(product(&inverse, frame)),
            None => (
                format!("node {} of model {file} is flat", quote(name)),
                None,
            ),
        },
        Err(NodeError::Missing) => (
            format!("model {file} has no node {}", quote(name)),
            suggest(name, model.names(), "its nodes"),
        ),
        Err(NodeError::Ambiguous(count)) => (
            format!("model {file} has {count} nodes {}", quote(name)),
            None,
        ),
    };
    report.error(at, problem.0, problem.1);
    None
}

impl Manifests {
    /// The slots of a model, if a `models.toml` beside it lists some.
    fn of(&mut self, report: &Report, model: &Path) -> &[Place] {
        let (Some(folder), Some(name)) = (
            model.parent(),
            model.file_stem().and_then(|stem| stem.to_str()),
        ) else {
            return &[];
        };
        self.0
            .entry(folder.join("models.toml"))
            .or_insert_with_key(|file| manifest(report, file).unwrap_or_default())
            .get(name)
            .map_or(&[], Vec::as_slice)
    }
}

fn manifest(report: &Report, path: &Path) -> Option<HashMap<String, Vec<Place>>> {
    if !path.is_file() {
        return None;
    }
    let (file, text) = kinds::read_source(report, path)?;
    let root = kinds::parse(report, file, &text)?;
    let table = Table::new(report, &root, file.whole(), "the manifest of models");
    let models = table.table("model", "[model]");
    table.abandon();
    let mut slots = HashMap::new();
    for (field, _) in models?.entries() {
        let Some(model) = field.table("the model") else {
            continue;
        };
        let mut places = Vec::new();
        for slot in model.tables("slots", "a slot") {
            let at = slot.require("at").and_then(|field| field.numbers::<3>());
            let node = slot.get("node");
            if let Some(at) = at {
                let named = node.map_or(slot.at, |field| field.at);
                places.push((at, node.and_then(|field| field.arc()), named));
            }
            slot.abandon();
        }
        model.abandon();
        slots.insert(field.key.to_owned(), places);
    }
    Some(slots)
}
