//! Durations as distributions: `"72s"` or `{ lognormal = { mean = "72s", sd = "3s" } }`.

use crate::model::distribution::DistributionSpec;

use super::table::{Field, Table};

/// The distribution in a field; `None` after a mistake was noted.
pub(super) fn read(field: &Field<'_>) -> Option<DistributionSpec> {
    if !field.is_table() {
        return field.duration().map(constant);
    }
    let table = field.table("the distribution")?;
    let found: Vec<_> = [
        "constant",
        "uniform",
        "triangular",
        "exponential",
        "normal",
        "lognormal",
        "gamma",
        "erlang",
        "weibull",
        "geometric",
        "empirical",
    ]
    .into_iter()
    .filter_map(|name| Some((name, table.get(name)?)))
    .collect();
    let [(name, parameters)] = found.as_slice() else {
        if table.is_empty() {
            field.error("the distribution is empty", None);
        } else if found.len() > 1 {
            field.error("a duration has one distribution, this has several", None);
        }
        return None;
    };
    match *name {
        "constant" => parameters.duration().map(constant),
        "empirical" => empirical(parameters),
        name => {
            let table = parameters.table("the distribution")?;
            parametric(name, &table)
        }
    }
}

fn constant(duration: std::time::Duration) -> DistributionSpec {
    DistributionSpec::Constant {
        value: duration.as_secs_f64(),
    }
}

/// A list of durations, or of pairs of a duration and how often it was observed.
fn empirical(field: &Field<'_>) -> Option<DistributionSpec> {
    let mut values = Vec::new();
    let mut weights = Vec::new();
    let mut is_weighted = false;
    for field in &field.array()? {
        let (duration, weight) = if field.is_array() {
            is_weighted = true;
            match field.array()?.as_slice() {
                [duration, weight] => (duration.duration(), weight.positive()),
                _ => {
                    field.error(
                        "an observed duration with its number is a pair",
                        "such as [\"72s\", 5]".to_owned(),
                    );
                    return None;
                }
            }
        } else {
            (field.duration(), Some(1.0))
        };
        values.push(duration?.as_secs_f64());
        weights.push(weight?);
    }
    if values.is_empty() {
        field.error(
            "an empirical distribution needs at least one duration",
            None,
        );
        return None;
    }
    if !is_weighted {
        weights.clear();
    }
    Some(DistributionSpec::Empirical { values, weights })
}

fn parametric(name: &str, table: &Table<'_>) -> Option<DistributionSpec> {
    let seconds = |key| Some(table.require(key)?.duration()?.as_secs_f64());
    let above_zero = |key| Some(table.require(key)?.positive_duration()?.as_secs_f64());
    let ordered = |low: f64, high: f64, message: &str| {
        if low > high {
            table.report.error(table.at, message, None);
        }
        low <= high
    };
    match name {
        "uniform" => {
            let (min, max) = (seconds("min"), seconds("max"));
            let (min, max) = (min?, max?);
            ordered(min, max, "min must not be above max")
                .then_some(DistributionSpec::Uniform { min, max })
        }
        "triangular" => {
            let (min, mode, max) = (seconds("min"), seconds("mode"), seconds("max"));
            let (min, mode, max) = (min?, mode?, max?);
            (ordered(min, mode, "min must not be above mode")
                && ordered(mode, max, "mode must not be above max"))
            .then_some(DistributionSpec::Triangular { min, mode, max })
        }
        "exponential" => above_zero("mean").map(|mean| DistributionSpec::Exponential { mean }),
        "normal" => {
            let (mean, sd) = (seconds("mean"), seconds("sd"));
            Some(DistributionSpec::Normal {
                mean: mean?,
                sd: sd?,
            })
        }
        "lognormal" => {
            let (mean, sd) = (above_zero("mean"), seconds("sd"));
            Some(DistributionSpec::Lognormal {
                mean: mean?,
                sd: sd?,
            })
        }
        "gamma" => {
            let (shape, mean) = (shape(table), above_zero("mean"));
            let shape = shape?;
            Some(DistributionSpec::Gamma {
                shape,
                scale: mean? / shape,
            })
        }
        "geometric" => {
            let probability = table.require("probability");
            let probability = probability.and_then(|field| field.number_within(1e-9, 1.0));
            let unit = above_zero("unit");
            Some(DistributionSpec::Geometric {
                probability: probability?,
                unit: unit?,
            })
        }
        "erlang" => {
            let k = table.require("k").and_then(|field| field.whole(1, 10_000));
            let mean = above_zero("mean");
            Some(DistributionSpec::Erlang { k: k?, mean: mean? })
        }
        _ => {
            let (shape, scale) = (shape(table), above_zero("scale"));
            Some(DistributionSpec::Weibull {
                shape: shape?,
                scale: scale?,
            })
        }
    }
}

fn shape(table: &Table<'_>) -> Option<f64> {
    table.require("shape")?.number_within(1e-3, 1e4)
}
