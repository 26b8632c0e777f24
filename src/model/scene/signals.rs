//! The `[signals.<name>]` tables of a kind, and their overrides by an equipment.

use std::sync::Arc;

use crate::model::signal::{Limits, Priority, Reporting, SignalRole, SignalSpec, ValueType};
use crate::model::{OperatingState, Quantity, Unit};

use super::diagnostic::{quote, suggest};
use super::sensor;
use super::table::Table;

const ROLES: [(&str, SignalRole); 18] = [
    ("measurement", SignalRole::Measurement),
    ("state", SignalRole::State),
    ("fault", SignalRole::Fault),
    ("check", SignalRole::Check),
    ("wear", SignalRole::Wear),
    ("produced", SignalRole::Produced),
    ("scrapped", SignalRole::Scrapped),
    ("content", SignalRole::Content),
    ("part-present", SignalRole::PartPresent),
    ("part-id", SignalRole::PartId),
    ("part-type", SignalRole::PartType),
    ("order-id", SignalRole::OrderId),
    ("batch-id", SignalRole::BatchId),
    ("progress", SignalRole::Progress),
    ("position-x", SignalRole::PositionX),
    ("position-z", SignalRole::PositionZ),
    ("heading", SignalRole::Heading),
    ("power", SignalRole::Power),
];

/// Reads a signal table over `base`: what the table does not name stays as it is there.
///
/// The keys of an explicit binding are left to the caller, who asks for them on the same table.
pub(super) fn read(table: &Table<'_>, base: SignalSpec) -> SignalSpec {
    let role = table
        .get("role")
        .and_then(|field| field.word(ROLES))
        .unwrap_or(base.role);
    let value_type = table
        .get("type")
        .and_then(|field| {
            field.word([
                ("float", ValueType::Float),
                ("integer", ValueType::Integer),
                ("boolean", ValueType::Boolean),
                ("text", ValueType::Text),
            ])
        })
        .unwrap_or(base.value_type);
    let spec = SignalSpec {
        name: base.name,
        description: table
            .get("description")
            .and_then(|field| field.arc())
            .unwrap_or(base.description),
        role,
        value_type,
        unit: unit(table).unwrap_or(base.unit),
        range: match table.get("range") {
            Some(field) => field.numbers::<2>().filter(|[low, high]| {
                if low >= high {
                    field.error("a range is [low, high], low below high", None);
                }
                low < high
            }),
            None => base.range,
        },
        limits: limits(table, base.limits, value_type),
        reporting: reporting(table).unwrap_or(base.reporting),
        is_key: table
            .get("key")
            .and_then(|field| field.boolean())
            .unwrap_or(base.is_key),
        states: match table.get("states") {
            Some(field) => {
                if role != SignalRole::State {
                    field.error(
                        "only a signal with role = \"state\" has states",
                        "add role = \"state\"".to_owned(),
                    );
                }
                field.table("states").map(states).unwrap_or_default()
            }
            None => base.states,
        },
        sensor: match table.get("sensor") {
            Some(field) => field
                .table("the sensor")
                .and_then(|table| sensor::read(&table, base.sensor)),
            None => base.sensor,
        },
    };
    check_quantity(table, &spec);
    spec
}

fn unit(table: &Table<'_>) -> Option<Unit> {
    let field = table.get("unit")?;
    let symbol = field.text()?;
    let unit = Unit::parse(symbol);
    if unit.is_none() {
        field.error(
            format!("unknown unit {}", quote(symbol)),
            suggest(symbol, Unit::all().iter().map(|unit| unit.symbol), "units")
                .or_else(|| Some("scenes/README.md lists the units".to_owned())),
        );
    }
    unit
}

fn check_quantity(table: &Table<'_>, spec: &SignalSpec) {
    let Some(field) = table.get("quantity") else {
        return;
    };
    let Some(word) = field.text() else {
        return;
    };
    let Some(quantity) = Quantity::all().find(|quantity| quantity.as_str() == word) else {
        field.error(
            format!("unknown quantity {}", quote(word)),
            suggest(word, Quantity::all().map(Quantity::as_str), "quantities"),
        );
        return;
    };
    if quantity != spec.unit.quantity {
        let units: Vec<_> = Unit::all()
            .iter()
            .filter(|unit| unit.quantity == quantity && !unit.symbol.is_empty())
            .map(|unit| unit.symbol)
            .collect();
        field.error(
            format!(
                "unit {} is not of quantity {}, it is of {}",
                quote(spec.unit.symbol),
                quote(word),
                quote(spec.unit.quantity.as_str())
            ),
            format!("units of {word}: {}", units.join(", ")),
        );
    }
}

fn reporting(table: &Table<'_>) -> Option<Reporting> {
    let stale_after = table.get("stale_after");
    let report = table
        .get("report")
        .and_then(|field| field.word([("by-exception", Reporting::ByException)]));
    match (stale_after, report) {
        (Some(field), Some(_)) => {
            field.error(
                "a signal that reports by exception has no stale_after",
                "leave one of the two out".to_owned(),
            );
            None
        }
        (Some(field), None) => field
            .positive_duration()
            .map(|stale_after| Reporting::Cyclic { stale_after }),
        (None, report) => report,
    }
}

fn limits(table: &Table<'_>, base: Option<Limits>, value_type: ValueType) -> Option<Limits> {
    let Some(field) = table.get("limits") else {
        return base;
    };
    let limits_table = field.table("limits")?;
    let base = base.unwrap_or_default();
    let number = |key, base: Option<f64>| match limits_table.get(key) {
        Some(field) => field.number(),
        None => base,
    };
    let delay = |key, base| {
        limits_table
            .get(key)
            .and_then(|field| field.duration())
            .unwrap_or(base)
    };
    let text = |key, base: Arc<str>| {
        limits_table
            .get(key)
            .and_then(|field| field.arc())
            .unwrap_or(base)
    };
    let limits = Limits {
        low_low: number("ll", base.low_low),
        low: number("l", base.low),
        high: number("h", base.high),
        high_high: number("hh", base.high_high),
        deadband: limits_table
            .get("deadband")
            .and_then(|field| field.number_within(0.0, f64::MAX))
            .unwrap_or(base.deadband),
        on_delay: delay("on_delay", base.on_delay),
        off_delay: delay("off_delay", base.off_delay),
        priority: limits_table
            .get("priority")
            .and_then(|field| {
                field.word([
                    ("low", Priority::Low),
                    ("medium", Priority::Medium),
                    ("high", Priority::High),
                    ("critical", Priority::Critical),
                ])
            })
            .unwrap_or(base.priority),
        consequence: text("consequence", base.consequence),
        response: text("response", base.response),
    };
    if matches!(value_type, ValueType::Text | ValueType::Boolean) {
        field.error(
            "a signal of this type has no limits",
            "limits need type = \"float\" or \"integer\"; a fault bit is role = \"fault\""
                .to_owned(),
        );
    }
    let given: Vec<(&str, f64)> = [
        ("ll", limits.low_low),
        ("l", limits.low),
        ("h", limits.high),
        ("hh", limits.high_high),
    ]
    .into_iter()
    .filter_map(|(name, limit)| Some((name, limit?)))
    .collect();
    for pair in given.windows(2) {
        if let [(lower, low), (upper, high)] = pair
            && low >= high
        {
            field.error(
                format!("limit {lower} = {low} must be below {upper} = {high}"),
                "limits are in the order ll < l < h < hh".to_owned(),
            );
        }
    }
    if let (Some(low), Some(high)) = (
        limits.low.or(limits.low_low),
        limits.high.or(limits.high_high),
    ) && high > low
        && limits.deadband >= high - low
    {
        field.error(
            format!(
                "deadband {} is as wide as the span between the limits",
                limits.deadband
            ),
            "an alarm would never clear: make it smaller".to_owned(),
        );
    }
    Some(limits)
}

fn states(mut table: Table<'_>) -> std::collections::BTreeMap<Arc<str>, OperatingState> {
    table
        .entries()
        .into_iter()
        .filter_map(|(field, _)| {
            let state = field.word(OperatingState::ALL.map(|state| (state.as_str(), state)))?;
            Some((Arc::from(field.key), state))
        })
        .collect()
}
