//! Which ways parts took, where the scene says which share takes which.

use std::ops::Range;
use std::sync::Arc;

use super::{Share, role};
use crate::history::HistoryReader;
use crate::model::flow::Route;
use crate::model::signal::SignalRole;
use crate::model::{EquipmentId, Plant, Timestamp};
use crate::simulation::experiment::Probability;

/// How the parts of an equipment spread over the ways of which the scene says a share.
pub(super) fn routes(
    plant: &Plant,
    history: &HistoryReader,
    id: EquipmentId,
    span: &Range<Timestamp>,
    confidence: f64,
) -> Vec<Share> {
    let ways = || plant.flows.iter().filter(|flow| flow.from == id);
    if !ways().any(|flow| matches!(flow.route, Route::Share(_))) {
        return Vec::new();
    }
    let told: f64 = ways()
        .filter_map(|flow| match flow.route {
            Route::Share(share) => Some(share),
            _ => None,
        })
        .sum();
    let open = ways().filter(|flow| flow.route == Route::Any).count();
    let mut found = Vec::new();
    for flow in ways().filter(|flow| matches!(flow.route, Route::Share(_) | Route::Any)) {
        // What came there came from here only if nobody else gives there.
        let is_only = plant
            .flows
            .iter()
            .filter(|other| other.to == flow.to)
            .count()
            == 1;
        let came = is_only
            .then(|| came_in(plant, history, flow.to, span))
            .flatten();
        let Some(came) = came else {
            return Vec::new();
        };
        let assumed = match flow.route {
            Route::Share(share) => share,
            _ => (1.0 - told).max(0.0) / open.max(1) as f64,
        };
        let to = plant.equipment(flow.to).map(|to| Arc::clone(&to.path));
        found.push((to.unwrap_or_default(), came, assumed));
    }
    let total: u64 = found.iter().map(|(_, came, _)| came).sum();
    let share = |(what, came, assumed): (Arc<str>, u64, f64)| Share {
        what,
        found: Probability::new(came, total, confidence),
        assumed: Some(assumed),
    };
    if total == 0 {
        return Vec::new();
    }
    found.into_iter().map(share).collect()
}

/// Parts that came into an equipment: what it has finished and what is in it, against the begin.
fn came_in(
    plant: &Plant,
    history: &HistoryReader,
    id: EquipmentId,
    span: &Range<Timestamp>,
) -> Option<u64> {
    let counted = |of: SignalRole| {
        let signal = role(plant, id, of)?;
        crate::kpi::flow::counted(history, signal, span, &mut Vec::new())
    };
    let content = role(plant, id, SignalRole::Content).or(role(plant, id, SignalRole::PartPresent));
    let level = |at: Timestamp| {
        let point = content.and_then(|signal| history.latest_at(signal, at));
        point.and_then(|point| point.value.as_f64()).unwrap_or(0.0)
    };
    if let Some(produced) = counted(SignalRole::Produced) {
        let bad = counted(SignalRole::Scrapped).unwrap_or_default();
        let inside = level(span.end) - level(span.start);
        return Some((produced + bad + inside).max(0.0).round() as u64);
    }
    let mut points = Vec::new();
    history.range(content?, span.clone(), &mut points);
    let mut last = level(span.start);
    let mut came = 0.0;
    for level in points.iter().filter_map(|point| point.value.as_f64()) {
        came += (level - last).max(0.0);
        last = level;
    }
    Some(came.round() as u64)
}
