//! The `[signals.<name>.sensor]` table: how the emulator makes a signal's values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::OperatingState;
use crate::model::kind::{Physics, SensorModel};

use super::diagnostic::{quote, suggest};
use super::table::{Field, Table};

/// Reads a sensor table over `base`: what the table does not name stays as it is there.
pub(super) fn read(table: &Table<'_>, base: Option<SensorModel>) -> Option<SensorModel> {
    let physics = [
        "lag", "cycle", "daily", "level", "wear", "integral", "in_state", "constant",
    ]
    .into_iter()
    .filter_map(|name| Some((name, table.get(name)?)))
    .collect::<Vec<_>>();
    let period = table
        .get("period")
        .and_then(|field| field.positive_duration());
    let noise = table
        .get("noise")
        .and_then(|field| field.number_within(0.0, f64::MAX));
    let quantum = table
        .get("quantum")
        .and_then(|field| field.number_within(0.0, f64::MAX));
    if let [_, (_, second), ..] = physics.as_slice() {
        second.error("a sensor has one kind of physics, this has several", None);
        return None;
    }
    let physics = match physics.first() {
        Some((name, field)) => Some(read_physics(name, field)?),
        None => base.as_ref().map(|base| base.physics.clone()),
    };
    let Some(physics) = physics else {
        table.report.error(
            table.at,
            "the sensor has no physics",
            "add one of lag, cycle, daily, level, wear, integral, in_state, constant".to_owned(),
        );
        return None;
    };
    let (base_period, base_noise, base_quantum) = base
        .map_or((Duration::from_secs(1), 0.0, 0.0), |base| {
            (base.period, base.noise, base.quantum)
        });
    Some(SensorModel {
        period: period.unwrap_or(base_period),
        physics,
        noise: noise.unwrap_or(base_noise),
        quantum: quantum.unwrap_or(base_quantum),
    })
}

fn read_physics(name: &str, field: &Field<'_>) -> Option<Physics> {
    match name {
        "lag" => lag(field),
        "cycle" => cycle(field),
        "daily" => {
            let table = field.table("daily")?;
            let number = |key| table.require(key).and_then(|field| field.number());
            let (mean, amplitude, peak_hour) =
                (number("mean"), number("amplitude"), table.get("peak_hour"));
            Some(Physics::Daily {
                mean: mean?,
                amplitude: amplitude?,
                peak_hour: match peak_hour {
                    Some(field) => field.number_within(0.0, 24.0)?,
                    None => 15.0,
                },
            })
        }
        "level" => {
            let table = field.table("level")?;
            let number = |key| table.require(key).and_then(|field| field.number());
            let (full, refill_at, per_hour) =
                (number("full"), number("refill_at"), number("per_hour"));
            let effects = effects(&table);
            Some(Physics::Level {
                full: full?,
                refill_at: refill_at?,
                per_hour: per_hour?,
                effects,
            })
        }
        "wear" => match field.boolean()? {
            true => Some(Physics::Wear),
            false => {
                field.error("wear is true or left out", None);
                None
            }
        },
        "integral" => Some(Physics::Integral { of: field.id()? }),
        "in_state" => {
            let states: Vec<Arc<str>> = field.array()?.iter().filter_map(state).collect();
            Some(Physics::InState { states })
        }
        _ if field.is_bool() => Some(Physics::Constant {
            value: f64::from(u8::from(field.boolean()?)),
        }),
        _ => Some(Physics::Constant {
            value: field.number()?,
        }),
    }
}

fn lag(field: &Field<'_>) -> Option<Physics> {
    let mut table = field.table("lag")?;
    let tau = match table.get("tau") {
        Some(field) => field.duration()?.as_secs_f64(),
        None => 1.0,
    };
    let wear_gain = match table.get("wear") {
        Some(field) => field.number()?,
        None => 0.0,
    };
    let effects = effects(&table);
    let has_idle = table.has("idle");
    let levels: BTreeMap<Arc<str>, f64> = table
        .other_entries()
        .into_iter()
        .filter_map(|(field, at)| {
            let Some(state) = OperatingState::parse(field.key) else {
                let known = OperatingState::ALL.map(OperatingState::as_str);
                field.report.error(
                    at,
                    format!("unknown key {} in lag", quote(field.key)),
                    suggest(
                        field.key,
                        known.into_iter().chain(["tau", "wear", "effects"]),
                        "known keys",
                    ),
                );
                return None;
            };
            Some((Arc::from(state.as_str()), field.number()?))
        })
        .collect();
    if !has_idle {
        field.error(
            "lag has no level for idle",
            "add idle = …: it is the level of every state that is not named".to_owned(),
        );
        return None;
    }
    Some(Physics::Lag {
        levels,
        tau,
        wear_gain,
        effects,
    })
}

fn cycle(field: &Field<'_>) -> Option<Physics> {
    let table = field.table("cycle")?;
    let rest = table.get("rest").map_or(Some(0.0), |field| field.number());
    let list = table.require("points")?;
    let points: Vec<[f64; 2]> = list
        .array()?
        .iter()
        .filter_map(Field::numbers::<2>)
        .collect();
    let is_rising = points
        .windows(2)
        .all(|pair| matches!(pair, [[a, _], [b, _]] if a < b));
    let is_share = points.iter().all(|[share, _]| (0.0..=1.0).contains(share));
    if points.is_empty() || !is_rising || !is_share {
        list.error("points are [share, level], shares rising from 0 to 1", None);
        return None;
    }
    Some(Physics::Cycle {
        points,
        rest: rest?,
    })
}

fn effects(table: &Table<'_>) -> BTreeMap<Arc<str>, f64> {
    let Some(mut table) = table.table("effects", "effects") else {
        return BTreeMap::new();
    };
    table
        .entries()
        .into_iter()
        .filter_map(|(field, _)| Some((Arc::from(field.key), field.number()?)))
        .collect()
}

/// A state in its usual spelling.
fn state(field: &Field<'_>) -> Option<Arc<str>> {
    let word = field.text()?;
    let state = OperatingState::parse(word);
    if state.is_none() {
        field.error(
            format!("unknown state {}", quote(word)),
            suggest(
                word,
                OperatingState::ALL.map(OperatingState::as_str),
                "states",
            ),
        );
    }
    state.map(|state| Arc::from(state.as_str()))
}
