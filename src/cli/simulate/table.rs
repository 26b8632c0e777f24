//! The result of `twinscape simulate` as tables for people.

use std::io::{self, Write};

use super::Report;
use crate::model::OperatingState;
use crate::simulation::experiment::{ElementSummary, Estimate, Relief, Summary};

/// Elements above which only those that work are listed, and at most so many.
const ELEMENTS: usize = 80;

/// What the figures below it are.
pub(super) fn preface(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    writeln!(
        out,
        "± is half of the {:.4} % confidence interval of the mean; experiment {}",
        100.0 * summary.confidence,
        summary.address
    )
}

pub(super) fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    let summary = &report.summary;
    writeln!(
        out,
        "{}{}: {} after a warm-up of {}, {} replications, seed {}",
        report.plant.name,
        report
            .scenario
            .map_or_else(String::new, |name| format!(", {name}")),
        span(summary.horizon_secs),
        span(summary.warm_up_secs),
        summary.replications,
        summary.seed,
    )?;
    preface(out, summary)?;
    kpis(out, summary)?;
    elements(out, summary)?;
    resources(out, summary)?;
    orders(out, summary)?;
    bottlenecks(out, summary, &report.reliefs)?;
    if let Some(standstill) = &summary.standstill {
        let cycle = &standstill.cycle;
        let who = match cycle.as_slice() {
            [alone] => format!("{alone} waits for what never comes"),
            [first, ..] => format!("{} → {first} wait for each other", cycle.join(" → ")),
            [] => "parts are left".to_owned(),
        };
        writeln!(
            out,
            "\nSTANDSTILL in {} of {} replications, first in number {} after {}: {who}",
            summary.standstills,
            summary.replications,
            standstill.replication,
            span(standstill.since_secs)
        )?;
    }
    let secs = report.took.as_secs_f64();
    writeln!(
        out,
        "\n{} events in {secs:.3} s on {} thread{}: {:.2} million events/s, {:.0} replications/s",
        summary.events,
        report.threads,
        if report.threads == 1 { "" } else { "s" },
        summary.events as f64 / secs.max(1e-9) / 1e6,
        summary.replications as f64 / secs.max(1e-9),
    )
}

pub(super) fn kpis(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    let mut rows = vec![
        [
            "indicator",
            "mean",
            "±",
            "sd",
            "5 %",
            "median",
            "95 %",
            "unit",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for kpi in &summary.kpis {
        let Some(quantiles) = kpi.quantiles else {
            continue;
        };
        if matches!(kpi.name.as_str(), "scrapped" | "turned away") && kpi.estimate.mean == 0.0 {
            continue;
        }
        rows.push(vec![
            kpi.name.clone(),
            number(kpi.estimate.mean),
            half(&kpi.estimate),
            number(kpi.estimate.sd),
            number(quantiles.p05),
            number(quantiles.p50),
            number(quantiles.p95),
            kpi.unit.to_owned(),
        ]);
    }
    writeln!(out)?;
    columns(out, &rows)
}

pub(super) fn elements(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    let head = [
        "element",
        "pcs/h",
        "±",
        "pcs in it",
        "stay s",
        "working %",
        "±",
        "starved",
        "blocked",
        "down",
        "set-up",
        "idle",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let all = summary.elements.len();
    let shown = summary
        .elements
        .iter()
        .filter(|element| all <= ELEMENTS || matches!(element.kind, "station" | "fleet" | "sink"));
    for element in shown.take(ELEMENTS) {
        let percent = |states: &[OperatingState]| {
            let share: f64 = states.iter().map(|state| element.share(*state)).sum();
            if has_states(element) {
                format!("{:.1}", 100.0 * share)
            } else {
                String::new()
            }
        };
        let working = element.states.get(OperatingState::Execute.as_str());
        rows.push(vec![
            element.name.clone(),
            number(element.throughput_per_hour.mean),
            half(&element.throughput_per_hour),
            number(element.mean_content.mean),
            if element.stay_secs.count > 0 {
                number(element.stay_secs.mean)
            } else {
                String::new()
            },
            percent(&[OperatingState::Execute]),
            match working.and_then(|estimate| estimate.half_width) {
                Some(half) if has_states(element) => format!("{:.1}", 100.0 * half),
                _ => String::new(),
            },
            percent(&[OperatingState::Starved]),
            percent(&[OperatingState::Blocked]),
            percent(&[OperatingState::Held, OperatingState::Maintenance]),
            percent(&[OperatingState::Setup]),
            percent(&[OperatingState::Idle, OperatingState::Stopped]),
        ]);
    }
    let listed = rows.len() - 1;
    writeln!(out)?;
    columns(out, &rows)?;
    if listed < all {
        writeln!(out, "… and {} more; --json lists all", all - listed)?;
    }
    Ok(())
}

/// Buffers and sinks are passive.
fn has_states(element: &ElementSummary) -> bool {
    !matches!(element.kind, "buffer" | "sink")
}

pub(super) fn resources(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    if summary.resources.is_empty() {
        return Ok(());
    }
    let head = ["resource", "number", "busy", "±", "%"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for resource in &summary.resources {
        let share = resource.mean_busy.mean / f64::from(resource.count.max(1));
        rows.push(vec![
            resource.name.clone(),
            resource.count.to_string(),
            number(resource.mean_busy.mean),
            half(&resource.mean_busy),
            format!("{:.1}", 100.0 * share),
        ]);
    }
    writeln!(out)?;
    columns(out, &rows)
}

pub(super) fn orders(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    if summary.orders.is_empty() {
        return Ok(());
    }
    let head = [
        "order",
        "pcs",
        "due after",
        "done in time",
        "interval",
        "of",
        "done after",
        "95 % by",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for order in summary.orders.iter().take(ELEMENTS) {
        let quantiles = order.done_quantiles;
        rows.push(vec![
            order.order.to_string(),
            order.quantity.to_string(),
            span(order.due_secs),
            format!("{:.1} %", 100.0 * order.in_time.share()),
            format!(
                "{:.1}–{:.1} %",
                100.0 * order.in_time.low,
                100.0 * order.in_time.high
            ),
            order.in_time.of.to_string(),
            quantiles.map_or_else(|| "never".to_owned(), |q| span(q.p50)),
            quantiles.map_or_else(String::new, |q| span(q.p95)),
        ]);
    }
    writeln!(out)?;
    columns(out, &rows)?;
    if summary.orders.len() > ELEMENTS {
        let more = summary.orders.len() - ELEMENTS;
        writeln!(out, "… and {more} more; --json lists all")?;
    }
    Ok(())
}

pub(super) fn bottlenecks(
    out: &mut dyn Write,
    summary: &Summary,
    reliefs: &[Relief],
) -> io::Result<()> {
    let Some(first) = summary.bottlenecks.first() else {
        return Ok(());
    };
    let percent = |estimate: &Estimate| format!("{:.0} %", 100.0 * estimate.mean);
    writeln!(
        out,
        "\nBottleneck: {}. For {} of the time ({} alone) nothing was active for longer without having \
         to wait for parts or for room",
        first.name,
        percent(&first.share),
        percent(&first.sole),
    )?;
    for other in summary.bottlenecks.iter().skip(1).take(3) {
        if other.share.mean >= 0.01 {
            writeln!(
                out,
                "  then {}: {} ({} alone)",
                other.name,
                percent(&other.share),
                percent(&other.sole)
            )?;
        }
    }
    let base = summary.kpis.first().map_or(0.0, |kpi| kpi.estimate.mean);
    for relief in reliefs {
        let gain = &relief.throughput_gain_per_hour;
        let lead = &relief.lead_time_change_secs;
        writeln!(
            out,
            "  {:.0} % shorter operations at {}: {} ± {} pcs/h ({:+.1} %), lead time {} ± {} s",
            100.0 * (1.0 - relief.cycle_factor),
            relief.name,
            Signed(gain.mean),
            half(gain),
            if base > 0.0 {
                100.0 * gain.mean / base
            } else {
                0.0
            },
            Signed(lead.mean),
            half(lead),
        )?;
    }
    Ok(())
}

/// Written with its sign.
pub(in crate::cli) struct Signed(pub f64);

impl std::fmt::Display for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0.0 { "−" } else { "+" };
        write!(f, "{sign}{}", number(self.0.abs()))
    }
}

pub(in crate::cli) fn half(estimate: &Estimate) -> String {
    estimate.half_width.map_or_else(String::new, number)
}

/// Four significant digits, without an exponent where people would write none.
pub(in crate::cli) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e9).contains(&size) {
        format!("{value:.2e}")
    } else {
        let digits = (3 - size.log10().floor() as i32).clamp(0, 7) as usize;
        format!("{value:.digits$}")
    }
}

/// Seconds as people say them.
pub(in crate::cli) fn span(secs: f64) -> String {
    for (unit, size) in [("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)] {
        if secs >= 2.0 * size || secs == size {
            return format!("{} {unit}", number_short(secs / size));
        }
    }
    format!("{} s", number_short(secs))
}

fn number_short(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// The first column to the left, the others to the right, and a last one of words to the left.
pub(in crate::cli) fn columns(out: &mut dyn Write, rows: &[Vec<String>]) -> io::Result<()> {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let is_words = cell.chars().any(char::is_alphabetic) && column + 1 == count;
            if column > 0 {
                line.push_str("  ");
            }
            let gap = " ".repeat(width - cell.chars().count());
            if column == 0 || is_words {
                line.push_str(cell);
                line.push_str(&gap);
            } else {
                line.push_str(&gap);
                line.push_str(cell);
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
