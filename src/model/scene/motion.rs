//! The `[[motion]]` tables of a kind: which node moves with which signal.

use std::sync::Arc;

use crate::model::Quantity;
use crate::model::kind::{Drive, Motion};
use crate::model::signal::{SignalSpec, ValueType};

use super::diagnostic::{Span, quote, suggest};
use super::table::{Field, Table};

/// Revolutions per second shown at most, unless a kind says otherwise.
const SPIN_MAX: f64 = 3.0;

/// Reads one motion, and where its node is named. `signals` are those of the kind.
pub(super) fn read(
    table: &Table<'_>,
    signals: &[Arc<SignalSpec>],
) -> Option<(Motion, Option<Span>)> {
    let node = table
        .get("node")
        .and_then(|field| Some((field.arc()?, field.at)));
    let signal_field = table.require("signal");
    let drives: Vec<_> = ["spin", "rotate", "translate", "run", "light", "follow"]
        .into_iter()
        .filter_map(|name| Some((name, table.get(name)?)))
        .collect();
    let [(name, field)] = drives.as_slice() else {
        table.report.error(
            table.at,
            "a motion has exactly one of spin, rotate, translate, run, light, follow",
            None,
        );
        return None;
    };
    let drive = drive(name, field);
    let is_whole = matches!(
        drive,
        Some(Drive::PositionX | Drive::PositionZ | Drive::Heading)
    );
    match (&node, is_whole) {
        (Some((_, at)), true) => table.report.error(
            *at,
            "a motion with follow moves the whole equipment",
            "leave the node out".to_owned(),
        ),
        (None, false) if drive.is_some() && !table.has("node") => table.report.error(
            table.at,
            "a motion needs the node that moves",
            "name a node of the kind's model".to_owned(),
        ),
        _ => {}
    }
    let signal_field = signal_field?;
    let signal = signal_field.text()?;
    let Some(spec) = signals.iter().find(|spec| &*spec.name == signal) else {
        signal_field.error(
            format!("the kind has no signal {}", quote(signal)),
            suggest(signal, signals.iter().map(|spec| &*spec.name), "signals"),
        );
        return None;
    };
    let drive = drive?;
    if let Some(problem) = mismatch(&drive, spec) {
        signal_field.error(
            format!("signal {} cannot drive this: {problem}", quote(signal)),
            None,
        );
        return None;
    }
    let (node, at) = node.unzip();
    Some((
        Motion {
            node,
            signal: Arc::from(signal),
            drive,
        },
        at,
    ))
}

fn drive(name: &str, field: &Field<'_>) -> Option<Drive> {
    match name {
        "follow" => field.word([
            ("position-x", Drive::PositionX),
            ("position-z", Drive::PositionZ),
            ("heading", Drive::Heading),
        ]),
        "light" if field.is_bool() => {
            if field.boolean() == Some(false) {
                field.error("light is true or a list of texts", None);
                return None;
            }
            Some(Drive::Light { when: Vec::new() })
        }
        "light" => Some(Drive::Light {
            when: field.texts()?,
        }),
        _ => {
            let table = field.table("the motion")?;
            let axis = table.require("axis").and_then(|field| axis(&field));
            match name {
                "spin" => {
                    let max = match table.get("max") {
                        Some(field) => field.positive(),
                        None => Some(SPIN_MAX),
                    };
                    Some(Drive::Spin {
                        axis: axis?,
                        display_max: max?,
                    })
                }
                "translate" => {
                    let scale = match table.get("scale") {
                        Some(field) => field.number(),
                        None => Some(1.0),
                    };
                    Some(Drive::Translate {
                        axis: axis?,
                        scale: scale?,
                    })
                }
                "rotate" => Some(Drive::Rotate { axis: axis? }),
                _ => Some(Drive::Run { axis: axis? }),
            }
        }
    }
}

/// `"x"`, `"-x"`, … or `[0, 0, 1]`: a unit vector.
pub(super) fn axis(field: &Field<'_>) -> Option<[f64; 3]> {
    if field.is_text() {
        return field.word([
            ("x", [1.0, 0.0, 0.0]),
            ("-x", [-1.0, 0.0, 0.0]),
            ("y", [0.0, 1.0, 0.0]),
            ("-y", [0.0, -1.0, 0.0]),
            ("z", [0.0, 0.0, 1.0]),
            ("-z", [0.0, 0.0, -1.0]),
        ]);
    }
    let vector = field.numbers::<3>()?;
    let length = vector.iter().map(|part| part * part).sum::<f64>().sqrt();
    if !length.is_normal() {
        field.error("an axis must have a length", None);
        return None;
    }
    Some(vector.map(|part| part / length))
}

/// Why a signal cannot drive a motion.
fn mismatch(drive: &Drive, spec: &SignalSpec) -> Option<String> {
    let wanted: &[Quantity] = match drive {
        Drive::Light { when } => {
            return (!when.is_empty() && spec.value_type != ValueType::Text).then(|| {
                "a light with texts needs a signal of type \"text\"; write light = true".to_owned()
            });
        }
        Drive::Rotate { .. } | Drive::Heading => &[Quantity::Angle],
        Drive::Spin { .. } => &[Quantity::RotationalSpeed, Quantity::Frequency],
        Drive::Run { .. } => &[Quantity::Speed],
        Drive::PositionX | Drive::PositionZ => &[Quantity::Length],
        Drive::Translate { .. } => &[],
    };
    match spec.value_type {
        ValueType::Text => return Some("its values are texts".to_owned()),
        ValueType::Boolean if !wanted.is_empty() => {
            return Some("its values are true and false".to_owned());
        }
        _ => {}
    }
    if wanted.is_empty() || wanted.contains(&spec.unit.quantity) {
        return None;
    }
    let wanted: Vec<_> = wanted.iter().map(|quantity| quantity.as_str()).collect();
    Some(format!(
        "its unit {} is of {}, it must be of {}",
        quote(spec.unit.symbol),
        spec.unit.quantity.as_str(),
        wanted.join(" or ")
    ))
}
