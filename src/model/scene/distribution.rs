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

fn empirical(field: &Field<'_>) -> Option<DistributionSpec> {
    let values: Vec<f64> = field
        .array()?
        .iter()
        .filter_map(|field| Some(field.duration()?.as_secs_f64()))
        .collect();
    if values.is_empty() {
        field.error(
            "an empirical distribution needs at least one duration",
            None,
        );
        return None;
    }
    Some(DistributionSpec::Empirical {
        values,
        weights: Vec::new(),
    })
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
